//! The agency's own count of what reached it. The records are a bounded tail; the totals outlive it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eush_wire::management::v1::{self as wire, AgencyCallRecord};
use sha2::{Digest as _, Sha256};

/// Whole records kept.
const RECORDS: usize = 10_000;
/// Traces of dropped records kept, at 24 bytes each, so that totals by message stay exact for the last million calls.
const TRACES: usize = 1_000_000;

/// The journal. Totals over everything and by service are exact for ever; totals by message or application are exact
/// for the last [`RECORDS`] + [`TRACES`] calls.
#[derive(Debug)]
pub(crate) struct CallJournal {
    state: Arc<Mutex<State>>,
    records: usize,
    traces: usize,
}

impl Default for CallJournal {
    fn default() -> Self {
        Self::with_capacity(RECORDS, TRACES)
    }
}

#[derive(Debug, Default)]
struct State {
    records: VecDeque<AgencyCallRecord>,
    /// Sequence number of the first record kept.
    first: u64,
    traces: VecDeque<Trace>,
    total: u64,
    /// Bounded: only offered services are counted by name, all others together under the empty name.
    by_service: HashMap<String, u64>,
}

#[derive(Clone, Copy, Debug)]
struct Trace {
    message: u64,
    application: u64,
    service: u64,
}

/// What is asked of the journal; an empty part matches all.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) message_id: String,
    pub(crate) application_id: String,
    pub(crate) service_id: String,
}

/// A call being made. Dropped without an outcome, it is written down as given up by the caller.
#[derive(Debug)]
pub(crate) struct OpenCall {
    state: Arc<Mutex<State>>,
    sequence: u64,
    finished: bool,
}

impl CallJournal {
    pub(crate) fn with_capacity(records: usize, traces: usize) -> Self {
        Self { state: Arc::default(), records, traces }
    }

    /// Counts a call at its arrival.
    pub(crate) fn open(&self, record: AgencyCallRecord, known_service: bool) -> OpenCall {
        let mut state = lock(&self.state);
        let sequence = state.first + state.records.len() as u64;
        state.total += 1;
        let service = if known_service { record.service_id.clone() } else { String::new() };
        *state.by_service.entry(service).or_default() += 1;
        state.records.push_back(record);
        if state.records.len() > self.records
            && let Some(dropped) = state.records.pop_front()
        {
            state.first += 1;
            state.traces.push_back(Trace {
                message: mark(&dropped.message_id),
                application: mark(&dropped.application_id),
                service: mark(&dropped.service_id),
            });
            if state.traces.len() > self.traces {
                state.traces.pop_front();
            }
        }
        drop(state);
        OpenCall { state: Arc::clone(&self.state), sequence, finished: false }
    }

    /// Records that are still kept, oldest first, and how many calls matched in all.
    pub(crate) fn list(&self, filter: &Filter) -> (Vec<AgencyCallRecord>, u64) {
        let state = lock(&self.state);
        let calls: Vec<_> = state.records.iter().filter(|record| filter.matches(record)).cloned().collect();
        let total = if filter.message_id.is_empty() && filter.application_id.is_empty() {
            match filter.service_id.as_str() {
                "" => state.total,
                // A service that is not offered here is counted among the others, so only what is kept can be told apart.
                service => state.by_service.get(service).copied().unwrap_or(calls.len() as u64),
            }
        } else {
            let wanted = Trace {
                message: mark(&filter.message_id),
                application: mark(&filter.application_id),
                service: mark(&filter.service_id),
            };
            let dropped = state.traces.iter().filter(|trace| filter.matches_trace(trace, wanted)).count();
            (calls.len() + dropped) as u64
        };
        (calls, total)
    }

    /// Writes what is kept into a state. Totals by message are of what is kept: traces of dropped records are left behind.
    pub(crate) fn export(&self, into: &mut wire::AgencyState) {
        let state = lock(&self.state);
        into.calls = state.records.iter().cloned().collect();
        into.total = state.total;
        into.by_service = state.by_service.iter().map(|(name, count)| (name.clone(), *count)).collect();
    }

    /// Takes what a state has, in the place of its own.
    pub(crate) fn import(&self, from: &wire::AgencyState) {
        let mut state = lock(&self.state);
        let first = state.first + state.records.len() as u64;
        let dropped = from.calls.len().saturating_sub(self.records);
        *state = State {
            records: from.calls.iter().skip(dropped).cloned().collect(),
            first,
            traces: VecDeque::new(),
            total: from.total,
            by_service: from.by_service.iter().map(|(name, count)| (name.clone(), *count)).collect(),
        };
    }

    /// Forgets everything.
    pub(crate) fn reset(&self) {
        let mut state = lock(&self.state);
        // Sequence numbers go on, so that a call still open cannot write into another's record.
        let next = state.first + state.records.len() as u64;
        *state = State { first: next, ..State::default() };
    }
}

impl State {
    fn record(&mut self, sequence: u64) -> Option<&mut AgencyCallRecord> {
        let at = usize::try_from(sequence.checked_sub(self.first)?).ok()?;
        self.records.get_mut(at)
    }
}

impl OpenCall {
    /// Writes the outcome down.
    pub(crate) fn finish(mut self, outcome: &str) {
        self.write(outcome);
    }

    fn write(&mut self, outcome: &str) {
        self.finished = true;
        if let Some(record) = lock(&self.state).record(self.sequence) {
            outcome.clone_into(&mut record.outcome);
        }
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        if !self.finished {
            self.write("abandoned");
        }
    }
}

impl Filter {
    fn matches(&self, record: &AgencyCallRecord) -> bool {
        [
            (&self.message_id, &record.message_id),
            (&self.application_id, &record.application_id),
            (&self.service_id, &record.service_id),
        ]
        .into_iter()
        .all(|(wanted, found)| wanted.is_empty() || wanted == found)
    }

    fn matches_trace(&self, trace: &Trace, wanted: Trace) -> bool {
        (self.message_id.is_empty() || trace.message == wanted.message)
            && (self.application_id.is_empty() || trace.application == wanted.application)
            && (self.service_id.is_empty() || trace.service == wanted.service)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn mark(text: &str) -> u64 {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(8).fold(0, |mark, byte| (mark << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(message: &str, service: &str) -> AgencyCallRecord {
        AgencyCallRecord {
            message_id: message.to_owned(),
            service_id: service.to_owned(),
            kind: "deliver".to_owned(),
            bus_time: None,
            outcome: String::new(),
            attempt: 1,
            application_id: format!("app-{message}"),
        }
    }

    fn total(journal: &CallJournal, message: &str, service: &str) -> u64 {
        let filter = Filter { message_id: message.into(), service_id: service.into(), ..Filter::default() };
        journal.list(&filter).1
    }

    #[test]
    fn totals_outlive_the_tail() {
        let journal = CallJournal::with_capacity(2, 100);
        for turn in 0..10 {
            journal.open(record(if turn % 2 == 0 { "a" } else { "b" }, "S"), true).finish("accepted");
        }
        journal.open(record("a", "OTHER"), false).finish("not offered");
        let (kept, all) = journal.list(&Filter::default());
        assert_eq!((kept.len(), all), (2, 11));
        assert_eq!((total(&journal, "a", ""), total(&journal, "b", "")), (6, 5));
        assert_eq!((total(&journal, "", "S"), total(&journal, "a", "S")), (10, 5));
        let filter = Filter { application_id: "app-b".into(), ..Filter::default() };
        assert_eq!(journal.list(&filter).1, 5);
    }

    #[test]
    fn a_dropped_call_is_abandoned_and_a_forgotten_one_writes_nowhere() {
        let journal = CallJournal::with_capacity(5, 5);
        drop(journal.open(record("a", "S"), true));
        assert_eq!(journal.list(&Filter::default()).0[0].outcome, "abandoned");
        let open = journal.open(record("b", "S"), true);
        journal.reset();
        let other = journal.open(record("c", "S"), true);
        open.finish("accepted");
        other.finish("refused");
        let (kept, all) = journal.list(&Filter::default());
        assert_eq!((kept.len(), all), (1, 1));
        assert_eq!(kept[0].outcome, "refused");
    }
}
