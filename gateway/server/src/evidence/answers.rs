//! Answers of responders, kept while they hold: who asks about a certificate whose answer is known gets it at once, and who
//! asks about one that is being asked about waits for the same answer.
//!
//! An answer that was got within `refresh_after` is used. An older one that still holds is used and asked for again
//! meanwhile, up to `max_age`; past that it is asked for and waited for. Where nobody is available, the last good answer
//! counts as long as it holds by its own word. An answer that is not believed, or too old, ends the one that is kept. Times
//! are the bus's. That somebody was not available is remembered where he is asked, not here.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eush_domain::Timestamp;
use eush_pki::{Certificate, OcspAnswer, OcspState, OcspStatus};
use time::Duration;
use tokio::sync::watch;

/// Who asks. Every question ends.
pub(super) trait Ask: Send + Sync + 'static {
    /// What is asked.
    type Question: Send + 'static;

    /// Asks at the bus's time `at`.
    fn ask(&self, question: Self::Question, at: Timestamp) -> impl Future<Output = OcspState> + Send;

    /// Forgets who was not available: somebody changed what they would say.
    fn forget(&self);
}

/// How long answers are kept, and how many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keeping {
    pub(super) refresh_after: Duration,
    pub(super) max_age: Duration,
    pub(super) capacity: usize,
}

/// Whom an answer is about: a responder speaks of numbers of an issuer's key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    issuer: Vec<u8>,
    serial: Vec<u8>,
}

impl Key {
    pub(super) fn of(certificate: &Certificate, issuer: &Certificate) -> Self {
        Self { issuer: issuer.spki().to_vec(), serial: certificate.serial().to_vec() }
    }
}

#[derive(Clone, Debug)]
struct Held {
    answer: OcspAnswer,
    asked_at: Timestamp,
}

impl Held {
    fn holds(&self, at: Timestamp) -> bool {
        (self.answer.fresh_from..=self.answer.fresh_until).contains(&at)
    }
}

type Flight = watch::Receiver<Option<OcspState>>;

#[derive(Debug, Default)]
struct Known {
    /// One more each time that all is forgotten: what was asked before is not kept.
    generation: u64,
    held: HashMap<Key, Held>,
    flights: HashMap<Key, Flight>,
}

/// The answers, and who asks for more.
#[derive(Debug)]
pub(super) struct Answers<A> {
    ask: Arc<A>,
    keeping: Keeping,
    known: Arc<Mutex<Known>>,
}

/// An answer that is there or on its way.
pub(super) enum Pending {
    Known(OcspState),
    OnItsWay(Flight),
}

impl Pending {
    /// The answer.
    pub(super) async fn end(self) -> OcspState {
        match self {
            Self::Known(state) => state,
            Self::OnItsWay(mut flight) => {
                let told = flight.wait_for(Option::is_some).await.map(|state| state.clone());
                // Its task ended without a word: it broke off, and nothing is known.
                told.ok().flatten().unwrap_or_else(|| OcspState::unavailable("the question broke off"))
            }
        }
    }
}

impl<A: Ask> Answers<A> {
    pub(super) fn new(ask: A, keeping: Keeping) -> Self {
        Self { ask: Arc::new(ask), keeping, known: Arc::default() }
    }

    /// The answer about a certificate of this issuer, asked for where it must be. The question goes on where the caller
    /// does not wait for it.
    pub(super) fn about(
        &self,
        (certificate, issuer): (&Certificate, &Certificate),
        question: impl FnOnce() -> A::Question,
        at: Timestamp,
    ) -> Pending {
        let key = Key::of(certificate, issuer);
        let mut known = lock(&self.known);
        let held = known.held.get(&key).filter(|held| held.holds(at)).cloned();
        let age = held.as_ref().map(|held| at - held.asked_at);
        match (held, age) {
            (Some(held), Some(age)) if age <= self.keeping.refresh_after => {
                Pending::Known(OcspState::Answer(held.answer))
            }
            (Some(held), Some(age)) if age <= self.keeping.max_age => {
                let _meanwhile = self.flight(&mut known, key, question, at);
                Pending::Known(OcspState::Answer(held.answer))
            }
            (_, _) => Pending::OnItsWay(self.flight(&mut known, key, question, at)),
        }
    }

    /// Forgets every answer. Whoever asks from now on gets an answer that was asked for after this.
    pub(super) fn forget(&self) {
        let mut known = lock(&self.known);
        known.generation = known.generation.wrapping_add(1);
        known.held.clear();
        known.flights.clear();
        self.ask.forget();
    }

    fn flight(
        &self,
        known: &mut Known,
        key: Key,
        question: impl FnOnce() -> A::Question,
        at: Timestamp,
    ) -> Flight {
        if let Some(flight) = known.flights.get(&key) {
            return flight.clone();
        }
        let (landed, flight) = watch::channel(None);
        known.flights.insert(key.clone(), flight.clone());
        let (ask, all, keeping, generation) =
            (self.ask.clone(), self.known.clone(), self.keeping, known.generation);
        let question = question();
        // A task of its own, so that a caller who leaves takes nobody's answer along. A flight that breaks off is taken off
        // the list all the same, lest nobody asks again.
        tokio::spawn(async move {
            let flying = Flying { all, key, generation };
            let state = ask.ask(question, at).await;
            landed.send_replace(Some(flying.land(state, at, keeping)));
        });
        flight
    }
}

/// A question on its way.
struct Flying {
    all: Arc<Mutex<Known>>,
    key: Key,
    generation: u64,
}

impl Flying {
    /// What counts now that this came: kept, where nothing was forgotten meanwhile.
    fn land(self, state: OcspState, at: Timestamp, keeping: Keeping) -> OcspState {
        let mut known = lock(&self.all);
        if known.generation != self.generation {
            return state;
        }
        let held = known.held.get(&self.key).filter(|held| held.holds(at)).cloned();
        match (state, held) {
            // Somebody replays, or another responder lags behind: the newer answer is at hand.
            (OcspState::Answer(answer) | OcspState::Stale(answer), Some(held))
                if answer.produced_at < held.answer.produced_at =>
            {
                OcspState::Answer(held.answer)
            }
            (OcspState::Answer(answer), _) => {
                keep(&mut known.held, &self.key, &answer, at, keeping.capacity);
                OcspState::Answer(answer)
            }
            (OcspState::Unavailable(_), Some(held)) => OcspState::Answer(held.answer),
            (state @ OcspState::Unavailable(_), None) => state,
            (state @ (OcspState::Stale(_) | OcspState::Untrusted(_)), _) => {
                known.held.remove(&self.key);
                state
            }
        }
    }
}

impl Drop for Flying {
    fn drop(&mut self) {
        let mut known = lock(&self.all);
        if known.generation == self.generation {
            known.flights.remove(&self.key);
        }
    }
}

fn keep(held: &mut HashMap<Key, Held>, key: &Key, answer: &OcspAnswer, at: Timestamp, capacity: usize) {
    match answer.status {
        OcspStatus::Good | OcspStatus::NotIssued | OcspStatus::Revoked(_) => {}
        // A responder that does not know may know the next moment.
        OcspStatus::Unknown => return,
    }
    if held.len() >= capacity && !held.contains_key(key) {
        let mut ages: Vec<_> = held.values().map(|held| held.asked_at).collect();
        let middle = ages.len() / 2;
        let (_, median, _) = ages.select_nth_unstable(middle);
        let median = *median;
        held.retain(|_, held| held.asked_at > median);
    }
    held.insert(key.clone(), Held { answer: answer.clone(), asked_at: at });
}

fn lock(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}
