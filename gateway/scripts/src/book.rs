//! The scripts of one session: which one answers a call, how often each did, and what was tried for the newest calls.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use eush_wire::management::v1 as wire;
use eush_wire::management::v1::{TriedVerdict, Unmatched};
use prost::Message as _;
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::asked::{Asked, Kind};
use crate::fault::{Fault, Faults};
use crate::filter::Difference;
use crate::people::People;
use crate::script::{self, Script};

/// Calls of which it is remembered what was tried.
const REMEMBERED: usize = 1024;
/// Scripts told of one call at most.
const TOLD: usize = 10;

/// The scripts of one session. All at once or nothing: what changes together is under one lock.
#[derive(Debug, Default)]
pub struct Book(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// In the order in which they are tried.
    entries: Vec<Entry>,
    refuses: bool,
    unmatched_calls: u64,
    added: u64,
    memory: VecDeque<Remembered>,
    /// Calls that none matched, as [`Book::unsaved`] told them last.
    unmatched_told: u64,
}

#[derive(Debug)]
struct Entry {
    script: Script,
    /// Rises with each script added.
    order: u64,
    served: u64,
    /// As [`Book::unsaved`] told it last.
    told: u64,
}

impl Entry {
    fn is_spent(&self) -> bool {
        self.script.capacity().is_some_and(|capacity| self.served >= capacity)
    }
}

/// What a call met.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// A script answers.
    Answer {
        /// Its id.
        id: String,
        /// What it answers.
        answer: Answer,
    },
    /// A script answers, and its answer cannot be made for this call.
    Broken {
        /// Its id.
        id: String,
        /// What is wrong.
        fault: String,
    },
    /// None matches: the agency is asked.
    PassOn,
    /// None matches, and that is refused.
    Refuse,
}

/// What was tried for one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// Code of the agency.
    pub agency: String,
    /// Routing key.
    pub service: String,
    /// Kind of call.
    pub kind: Kind,
    /// Id of the script that answered.
    pub answered: Option<String>,
    /// On the virtual clock.
    pub at: Option<prost_types::Timestamp>,
    /// The scripts, the closest first.
    pub tried: Vec<Tried>,
}

/// One script that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What came of it.
    pub verdict: TriedVerdict,
    /// Where the call is otherwise.
    pub differences: Vec<Difference>,
}

#[derive(Debug)]
struct Remembered {
    message_id: String,
    explained: Explained,
}

/// A script as a listing shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// As it was written.
    pub script: wire::Script,
    /// Calls that it answered.
    pub matched: u64,
    /// How many it has left; `None` has no end.
    pub left: Option<u64>,
}

/// Everything of a book that outlives a process: for snapshots.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookState {
    /// The scripts, oldest first.
    pub scripts: Vec<SavedScript>,
    /// Whether calls that none matches are refused.
    pub refuses: bool,
    /// Calls that none matched.
    pub unmatched_calls: u64,
}

/// One script of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedScript {
    /// `eush.management.v1.ScriptFile` with this script and the names that it uses, protobuf, hexadecimal.
    pub file: String,
    /// Calls that it answered.
    pub matched: u64,
}

impl Book {
    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds scripts; one with an id that is there takes its place. Returns the ids that were there before.
    pub fn add(&self, scripts: Vec<Script>, unmatched: Unmatched) -> Vec<String> {
        self.with(|inner| {
            match unmatched {
                Unmatched::Unspecified => {}
                Unmatched::PassOn => inner.refuses = false,
                Unmatched::Refuse => inner.refuses = true,
            }
            let mut replaced = Vec::new();
            for script in scripts {
                let before = inner.entries.len();
                inner.entries.retain(|entry| entry.script.id != script.id);
                if inner.entries.len() < before {
                    replaced.push(script.id.clone());
                }
                inner.added += 1;
                let entry = Entry { script, order: inner.added, served: 0, told: 0 };
                inner.entries.push(entry);
            }
            inner.sort();
            replaced
        })
    }

    /// Takes a script away; false where there is none.
    pub fn remove(&self, id: &str) -> bool {
        self.with(|inner| {
            let before = inner.entries.len();
            inner.entries.retain(|entry| entry.script.id != id);
            inner.entries.len() < before
        })
    }

    /// Takes every script away and passes on what none matches. Returns how many there were.
    pub fn reset(&self) -> usize {
        self.with(|inner| std::mem::take(inner).entries.len())
    }

    /// The scripts in the order in which they are tried, what becomes of the rest, and how many calls that was.
    pub fn list(&self) -> (Vec<State>, Unmatched, u64) {
        self.with(|inner| {
            let states = inner.entries.iter().map(|entry| State {
                script: entry.script.written.clone(),
                matched: entry.served,
                left: entry.script.capacity().map(|capacity| capacity.saturating_sub(entry.served)),
            });
            let unmatched = if inner.refuses { Unmatched::Refuse } else { Unmatched::PassOn };
            (states.collect(), unmatched, inner.unmatched_calls)
        })
    }

    /// Whether no call could meet anything here.
    pub fn is_idle(&self) -> bool {
        self.with(|inner| inner.entries.is_empty() && !inner.refuses)
    }

    /// What a call meets. Counts it.
    pub fn find(&self, asked: &Asked, people: &dyn People) -> Found {
        self.with(|inner| {
            if inner.entries.is_empty() && !inner.refuses {
                inner.unmatched_calls += 1;
                return Found::PassOn;
            }
            let matching =
                inner.entries.iter().position(|entry| !entry.is_spent() && entry.script.matches(asked));
            let explained = inner.explain(asked, matching, people);
            if inner.memory.len() == REMEMBERED {
                inner.memory.pop_front();
            }
            inner.memory.push_back(Remembered { message_id: asked.message_id.clone(), explained });
            let Some(entry) = matching.and_then(|at| inner.entries.get_mut(at)) else {
                inner.unmatched_calls += 1;
                return if inner.refuses { Found::Refuse } else { Found::PassOn };
            };
            let id = entry.script.id.clone();
            let filled = entry.script.turn(entry.served).map(|plan| plan.fill(asked));
            entry.served += 1;
            if matches!(filled, Some(Ok(Answer::PassOn)))
                && let Some(last) = inner.memory.back_mut()
            {
                // It decided that the agency decides.
                last.explained.answered = None;
            }
            match filled {
                Some(Ok(answer)) => Found::Answer { id, answer },
                Some(Err(fault)) => Found::Broken { id, fault },
                None => Found::Broken { id, fault: "its answers are used up".to_owned() },
            }
        })
    }

    /// What was tried for the calls of a message, in their order.
    pub fn explain(&self, message_id: &str) -> Vec<Explained> {
        self.with(|inner| {
            let of_message = inner.memory.iter().filter(|one| one.message_id == message_id);
            of_message.map(|one| one.explained.clone()).collect()
        })
    }

    /// Counts that have risen since this was asked last: a script's by its id, those of calls that none matched by no id. What
    /// is told is to be kept at once, so that a process that is killed begins again where its sequences stood.
    pub fn unsaved(&self) -> Vec<(String, u64)> {
        self.with(|inner| {
            let mut risen = Vec::new();
            for entry in &mut inner.entries {
                if entry.served != entry.told {
                    entry.told = entry.served;
                    risen.push((entry.script.id.clone(), entry.served));
                }
            }
            if inner.unmatched_calls != inner.unmatched_told {
                inner.unmatched_told = inner.unmatched_calls;
                risen.push((String::new(), inner.unmatched_calls));
            }
            risen
        })
    }

    /// Puts counts that were kept over those of an imported state.
    pub fn catch_up<'a>(&self, counts: impl IntoIterator<Item = (&'a str, u64)>) {
        self.with(|inner| {
            for (id, count) in counts {
                if id.is_empty() {
                    inner.unmatched_calls = inner.unmatched_calls.max(count);
                    inner.unmatched_told = inner.unmatched_calls;
                } else if let Some(entry) = inner.entries.iter_mut().find(|entry| entry.script.id == id) {
                    entry.served = entry.served.max(count);
                    entry.told = entry.served;
                }
            }
        });
    }

    /// Everything that outlives a process.
    pub fn export(&self) -> BookState {
        self.with(|inner| {
            let mut entries: Vec<&Entry> = inner.entries.iter().collect();
            entries.sort_by_key(|entry| entry.order);
            let saved = entries.into_iter().map(|entry| {
                let file = wire::ScriptFile {
                    scripts: vec![entry.script.written.clone()],
                    people: entry.script.names.clone(),
                    ..wire::ScriptFile::default()
                };
                SavedScript { file: eush_words::hex(&file.encode_to_vec()), matched: entry.served }
            });
            BookState {
                scripts: saved.collect(),
                refuses: inner.refuses,
                unmatched_calls: inner.unmatched_calls,
            }
        })
    }

    /// Takes the place of everything that is there.
    ///
    /// # Errors
    /// What of it cannot be read; the book is as it was then.
    pub fn import(&self, state: &BookState, people: &dyn People) -> Result<(), Faults> {
        let mut entries = Vec::new();
        for (index, saved) in state.scripts.iter().enumerate() {
            let place = format!("scripts[{index}]");
            let broken = || Faults(vec![Fault::new(place.as_str(), "a saved script")]);
            let bytes = unhex(&saved.file).ok_or_else(broken)?;
            let file = wire::ScriptFile::decode(bytes.as_slice()).map_err(|_| broken())?;
            for script in script::file(&file, people)? {
                let (order, served) = (entries.len() as u64 + 1, saved.matched);
                entries.push(Entry { script, order, served, told: served });
            }
        }
        self.with(|inner| {
            inner.added = entries.len() as u64;
            inner.entries = entries;
            inner.refuses = state.refuses;
            inner.unmatched_calls = state.unmatched_calls;
            inner.unmatched_told = state.unmatched_calls;
            inner.memory.clear();
            inner.sort();
        });
        Ok(())
    }
}

impl Inner {
    /// Higher priority first; of equals the one added last.
    fn sort(&mut self) {
        self.entries.sort_by_key(|entry| (-entry.script.priority, std::cmp::Reverse(entry.order)));
    }

    fn explain(&self, asked: &Asked, matching: Option<usize>, people: &dyn People) -> Explained {
        let mut tried: Vec<Tried> = self
            .entries
            .iter()
            .enumerate()
            .map(|(at, entry)| {
                let script = &entry.script;
                let mut differences = script.filter.differences(asked, people);
                if let Some(kind) = script.kind.filter(|kind| *kind != asked.kind)
                    && !differences.iter().any(|difference| difference.path == "kind")
                {
                    differences.insert(
                        0,
                        Difference {
                            path: "kind".to_owned(),
                            expected: format!("`{}`, which its answers are for", kind.name()),
                            found: format!("`{}`", asked.kind.name()),
                        },
                    );
                }
                let verdict = match (differences.is_empty(), matching) {
                    (false, _) => TriedVerdict::Differs,
                    (true, Some(answered)) if answered == at => TriedVerdict::Answered,
                    (true, _) if entry.is_spent() => TriedVerdict::Spent,
                    (true, _) => TriedVerdict::Shadowed,
                };
                Tried { id: script.id.clone(), name: script.written.name.clone(), verdict, differences }
            })
            .collect();
        // The one that answered, then by how far the others are; equals stay in the order in which they are tried.
        tried.sort_by_key(|tried| (tried.verdict != TriedVerdict::Answered, tried.differences.len()));
        tried.truncate(TOLD);
        Explained {
            agency: asked.agency.clone(),
            service: asked.service.clone(),
            kind: asked.kind,
            answered: matching.and_then(|at| self.entries.get(at)).map(|entry| entry.script.id.clone()),
            at: asked.bus_time,
            tried,
        }
    }
}

pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    digits.chunks(2).map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?)).collect()
}

#[cfg(test)]
mod tests;
