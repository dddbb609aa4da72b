//! Recordings: what agencies answered, as scripts keyed on business fields, personal data replaced before anything is kept.

mod scribe;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use eush_wire::bus::v1::{ProviderRefusal, ResultDocument};
use eush_wire::management::v1::{Recording, Redaction, Script, ScriptFile, ScriptedAnswer};
use eush_words as words;
use prost::Message as _;
use prost_types::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::asked::Asked;
use crate::book::unhex;
use crate::filter::{json_of, value_of};
use crate::people::People;
use crate::script::is_id;
use scribe::Scribe;

/// Recordings that are kept at most.
const MOST_RECORDINGS: usize = 64;
/// Different questions that one recording keeps at most.
const MOST_QUESTIONS: usize = 10_000;
/// Reasons told of answers that were not kept.
const MOST_REASONS: usize = 20;

/// What an agency answered.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Lookup: absent.
    Absent,
    /// Delivery: taken, registered under this number.
    Accepted(Option<String>),
    /// It failed with a gRPC code, by its word.
    Failed(&'static str),
    /// Lookup: found.
    Found(prost_types::Any),
    /// Delivery: the provider's no.
    Refused(ProviderRefusal),
    /// Delivery: a result, as it was signed.
    Result(Box<ResultDocument>),
}

/// Why a recording cannot be begun or found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The id is none.
    #[error("`{id}` is no id; write `[a-z0-9][a-z0-9-]{{0,62}}`")]
    Id {
        /// The id.
        id: String,
    },
    /// There is one with that id.
    #[error("there is a recording `{id}`; delete it, or take another id")]
    Taken {
        /// The id.
        id: String,
    },
    /// There are too many.
    #[error("there are {MOST_RECORDINGS} recordings; delete one first")]
    TooMany,
    /// There is none with that id.
    #[error("there is no recording `{id}`")]
    Unknown {
        /// The id.
        id: String,
    },
}

/// A recording of a snapshot. Numbers of people outside the population are not in it: after an import they are found again by
/// pseudonym alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedTape {
    /// `eush.management.v1.Recording`, protobuf, hexadecimal.
    pub about: String,
    /// `eush.management.v1.ScriptFile`, protobuf, hexadecimal.
    pub file: String,
}

/// The recordings of one session.
#[derive(Debug, Default)]
pub struct Recorder(Mutex<BTreeMap<String, Tape>>);

#[derive(Debug)]
struct Tape {
    about: Recording,
    questions: Vec<Question>,
    /// People outside the population: number to name. Never leaves this struct.
    strangers: BTreeMap<String, String>,
    /// Their names, and how this data folder knows them.
    names: BTreeMap<String, String>,
}

#[derive(Debug)]
struct Question {
    name: String,
    when: BTreeMap<String, Json>,
    answers: Vec<(ScriptedAnswer, u32)>,
}

impl Recorder {
    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<String, Tape>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Begins a recording. Redaction that is not said is full.
    ///
    /// # Errors
    /// An id that is none or taken, or too many recordings.
    pub fn start(
        &self,
        id: &str,
        agencies: Vec<String>,
        redaction: Redaction,
        now: Timestamp,
    ) -> Result<Recording, RecordError> {
        if !is_id(id) {
            return Err(RecordError::Id { id: id.to_owned() });
        }
        let redaction = match redaction {
            Redaction::None => Redaction::None,
            Redaction::Full | Redaction::Unspecified => Redaction::Full,
        };
        self.with(|tapes| {
            if tapes.contains_key(id) {
                return Err(RecordError::Taken { id: id.to_owned() });
            }
            if tapes.len() == MOST_RECORDINGS {
                return Err(RecordError::TooMany);
            }
            let about = Recording {
                id: id.to_owned(),
                agencies,
                redaction: redaction.into(),
                running: true,
                started_at: Some(now),
                ..Recording::default()
            };
            let tape = Tape {
                about: about.clone(),
                questions: Vec::new(),
                strangers: BTreeMap::new(),
                names: BTreeMap::new(),
            };
            tapes.insert(id.to_owned(), tape);
            Ok(about)
        })
    }

    /// Ends a recording; one that has ended stays as it is.
    ///
    /// # Errors
    /// Where there is none.
    pub fn stop(&self, id: &str, now: Timestamp) -> Result<Recording, RecordError> {
        self.with(|tapes| {
            let tape = tapes.get_mut(id).ok_or_else(|| RecordError::Unknown { id: id.to_owned() })?;
            if tape.about.running {
                tape.about.running = false;
                tape.about.stopped_at = Some(now);
            }
            Ok(tape.about.clone())
        })
    }

    /// Every recording, by id.
    pub fn list(&self) -> Vec<Recording> {
        self.with(|tapes| tapes.values().map(|tape| tape.about.clone()).collect())
    }

    /// Forgets a recording.
    ///
    /// # Errors
    /// Where there is none.
    pub fn delete(&self, id: &str) -> Result<(), RecordError> {
        let gone = self.with(|tapes| tapes.remove(id));
        gone.map(|_| ()).ok_or_else(|| RecordError::Unknown { id: id.to_owned() })
    }

    /// Forgets every recording.
    pub fn reset(&self) {
        self.with(BTreeMap::clear);
    }

    /// Everything that outlives a process.
    pub fn save(&self) -> Vec<SavedTape> {
        self.with(|tapes| {
            let saved = tapes.values().map(|tape| SavedTape {
                about: words::hex(&tape.about.encode_to_vec()),
                file: words::hex(&tape.file().encode_to_vec()),
            });
            saved.collect()
        })
    }

    /// Takes the place of everything that is there; `None` where it cannot be read, and all is as it was.
    #[must_use]
    pub fn restore(&self, saved: &[SavedTape]) -> Option<()> {
        let restored = saved.iter().map(|tape| {
            let about = Recording::decode(unhex(&tape.about)?.as_slice()).ok()?;
            let file = ScriptFile::decode(unhex(&tape.file)?.as_slice()).ok()?;
            Some((about.id.clone(), Tape::of(about, file)))
        });
        let restored: Option<BTreeMap<_, _>> = restored.collect();
        let restored = restored?;
        self.with(|tapes| *tapes = restored);
        Some(())
    }

    /// Whether an agency's answers are wanted.
    pub fn wants(&self, agency: &str) -> bool {
        self.with(|tapes| tapes.values().any(|tape| tape.wants(agency)))
    }

    /// Keeps what an agency answered, in every recording that wants it.
    pub fn keep(&self, asked: &Asked, outcome: &Outcome, people: &dyn People) {
        self.with(|tapes| {
            for tape in tapes.values_mut().filter(|tape| tape.wants(&asked.agency)) {
                if let Err(reason) = tape.keep(asked, outcome, people)
                    && tape.about.left_out.len() < MOST_REASONS
                {
                    tape.about.left_out.push(reason);
                }
            }
        });
    }

    /// A recording as a file of scripts.
    ///
    /// # Errors
    /// Where there is none.
    pub fn export(&self, id: &str) -> Result<ScriptFile, RecordError> {
        self.with(|tapes| {
            let tape = tapes.get(id).ok_or_else(|| RecordError::Unknown { id: id.to_owned() })?;
            Ok(tape.file())
        })
    }
}

impl Tape {
    fn of(about: Recording, file: ScriptFile) -> Self {
        let questions = file.scripts.into_iter().map(|script| Question {
            name: script.name,
            when: script.when.iter().map(|(path, value)| (path.clone(), json_of(value))).collect(),
            answers: script
                .answers
                .into_iter()
                .map(|answer| (ScriptedAnswer { times: 0, ..answer.clone() }, answer.times.max(1)))
                .collect(),
        });
        Self {
            about,
            questions: questions.collect(),
            strangers: BTreeMap::new(),
            names: file.people.into_iter().collect(),
        }
    }

    fn wants(&self, agency: &str) -> bool {
        self.about.running
            && (self.about.agencies.is_empty() || self.about.agencies.iter().any(|one| one == agency))
    }

    fn keep(&mut self, asked: &Asked, outcome: &Outcome, people: &dyn People) -> Result<(), String> {
        let mut scribe = Scribe {
            redaction: self.about.redaction(),
            about: &asked.about,
            people,
            strangers: &mut self.strangers,
            names: &mut self.names,
        };
        let when = scribe.when(asked)?;
        let what = scribe.what(outcome)?;
        let answer = ScriptedAnswer { times: 0, what: Some(what) };
        let is_full = self.questions.len() == MOST_QUESTIONS;
        let position = self.questions.iter().position(|question| question.when == when);
        match position.and_then(|at| self.questions.get_mut(at)) {
            Some(question) => match question.answers.last_mut() {
                Some((last, times)) if *last == answer => *times += 1,
                Some(_) | None => question.answers.push((answer, 1)),
            },
            None if is_full => {
                return Err(format!("the recording has {MOST_QUESTIONS} different questions"));
            }
            None => {
                let about = when.get("about").and_then(Json::as_str).unwrap_or("nobody");
                let name = format!("{} {} about {about}", asked.kind.name(), asked.service);
                self.questions.push(Question { name, when, answers: vec![(answer, 1)] });
            }
        }
        self.about.exchanges += 1;
        Ok(())
    }

    fn file(&self) -> ScriptFile {
        let redaction = match self.about.redaction() {
            Redaction::None => "personal data KEPT as they came: never for real people",
            Redaction::Full | Redaction::Unspecified => "personal data replaced",
        };
        let mut notes =
            vec![format!("recording {} of {} answers; {redaction}", self.about.id, self.about.exchanges)];
        if !self.names.is_empty() {
            notes.push(
                "people who are known by pseudonym are found in this data folder alone; elsewhere say who stands for them"
                    .to_owned(),
            );
        }
        let scripts = self.questions.iter().enumerate().map(|(index, question)| {
            let last = question.answers.len().saturating_sub(1);
            let answers = question.answers.iter().enumerate().map(|(at, (answer, times))| ScriptedAnswer {
                times: if at == last { 0 } else { *times },
                ..answer.clone()
            });
            Script {
                id: format!("{}-{}", self.about.id.chars().take(50).collect::<String>(), index + 1),
                name: question.name.clone(),
                priority: 0,
                when: question.when.iter().map(|(path, json)| (path.clone(), value_of(json))).collect(),
                answer: None,
                answers: answers.collect(),
            }
        });
        ScriptFile {
            scripts: scripts.collect(),
            unmatched: 0,
            people: self.names.clone().into_iter().collect::<HashMap<_, _>>(),
            notes,
        }
    }
}

#[cfg(test)]
mod tests;
