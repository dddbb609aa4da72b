//! Recordings: what agencies answered, as scripts keyed on business fields, personal data replaced before anything is kept.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use eush_wire::bus::v1::{ProviderRefusal, ResultDocument};
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::scripted_answer::What;
use eush_wire::management::v1::{Recording, Redaction, Script, ScriptFile, ScriptedAnswer};
use eush_words as words;
use prost_reflect::{Kind as FieldKind, MessageDescriptor};
use prost_types::Timestamp;
use serde_json::{Map, Value as Json, json};

use crate::asked::{Asked, Kind, view};
use crate::classes::{self, Class, Stand};
use crate::filter::{struct_of, value_of};
use crate::people::{PSEUDONYM, People};
use crate::script::is_id;

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

/// Writes one exchange down.
struct Scribe<'a> {
    redaction: Redaction,
    about: &'a str,
    people: &'a dyn People,
    strangers: &'a mut BTreeMap<String, String>,
    names: &'a mut BTreeMap<String, String>,
}

impl Scribe<'_> {
    fn is_redacting(&self) -> bool {
        self.redaction != Redaction::None
    }

    /// The name of somebody: a key of the population, or a name of the recording.
    fn name(&mut self, digits: &str) -> String {
        if !self.is_redacting() {
            return digits.to_owned();
        }
        if let Some(key) = self.people.key(digits) {
            return key;
        }
        if let Some(name) = self.strangers.get(digits) {
            return name.clone();
        }
        let name = format!("person-of-recording-{}", self.strangers.len() + 1);
        self.strangers.insert(digits.to_owned(), name.clone());
        if let Some(pseudonym) = self.people.pseudonym(digits) {
            self.names.insert(name.clone(), format!("{PSEUDONYM}{pseudonym}"));
        }
        name
    }

    fn when(&mut self, asked: &Asked) -> Result<BTreeMap<String, Json>, String> {
        let mut when = BTreeMap::from([
            ("agency".to_owned(), json!(asked.agency)),
            ("kind".to_owned(), json!(asked.kind.name())),
            ("service".to_owned(), json!(asked.service)),
        ]);
        if !asked.about.is_empty() {
            let name = self.name(&asked.about);
            when.insert("about".to_owned(), json!(name));
        }
        let root = match asked.kind {
            Kind::Lookup => "request",
            Kind::Deliver => {
                for name in ["regulation", "channel"] {
                    if let Some(text) = asked.view.get(name) {
                        when.insert(name.to_owned(), text.clone());
                    }
                }
                "form"
            }
        };
        if let Some(payload) = asked.view.get(root).and_then(Json::as_object) {
            let message = payload_type(payload)?;
            self.keys(&message, payload, root, &mut when);
            // A question with a field more is another question.
            for field in message.fields() {
                let class = classes::find(message.full_name(), field.name());
                if class == Some(Class::Plain) && !payload.contains_key(field.name()) {
                    when.insert(format!("{root}.{}", field.name()), json!({ "present": false }));
                }
            }
        }
        Ok(when)
    }

    /// The business fields of a payload as conditions.
    fn keys(
        &mut self,
        message: &MessageDescriptor,
        payload: &Map<String, Json>,
        path: &str,
        when: &mut BTreeMap<String, Json>,
    ) {
        for field in message.fields() {
            let Some(value) = payload.get(field.name()) else { continue };
            let at = format!("{path}.{}", field.name());
            let inner = match field.kind() {
                FieldKind::Message(inner) => Some(inner),
                _ => None,
            };
            match (classes::find(message.full_name(), field.name()), value, &inner) {
                (Some(Class::Personal(Stand::Number)), Json::String(digits), None) => {
                    self.person_key(&at, digits, when);
                }
                (Some(Class::Personal(Stand::Number)), Json::Object(party), Some(_)) => {
                    for (kind, digits) in party {
                        self.person_key(&format!("{at}.{kind}"), digits.as_str().unwrap_or_default(), when);
                    }
                }
                (None, Json::Object(map), Some(inner)) if classes::has(inner.full_name()) => {
                    self.keys(inner, map, &at, when);
                }
                (None, Json::Array(items), Some(inner)) if classes::has(inner.full_name()) => {
                    when.insert(format!("{at}.size"), json!(items.len()));
                    for (index, item) in items.iter().enumerate() {
                        if let Some(map) = item.as_object() {
                            self.keys(inner, map, &format!("{at}[{index}]"), when);
                        }
                    }
                }
                (Some(Class::Plain), Json::String(_) | Json::Number(_) | Json::Bool(_), None) => {
                    when.insert(at, value.clone());
                }
                (_, _, _) => {}
            }
        }
    }

    fn person_key(&mut self, path: &str, digits: &str, when: &mut BTreeMap<String, Json>) {
        // Whoever is not of the population has no name that a payload could be compared with; `about` is kept above.
        if !self.is_redacting() || self.people.key(digits).is_some() {
            let name = self.name(digits);
            when.insert(path.to_owned(), json!(name));
        }
    }

    fn what(&mut self, outcome: &Outcome) -> Result<What, String> {
        Ok(match outcome {
            Outcome::Absent => What::Absent(wire::ScriptedAbsent {}),
            Outcome::Accepted(number) => {
                let registration = match number {
                    Some(_) if self.is_redacting() => HIDDEN.to_owned(),
                    Some(number) => number.clone(),
                    None => String::new(),
                };
                What::Accepted(wire::ScriptedAcceptance { registration })
            }
            Outcome::Failed(code) => What::Status(wire::ScriptedStatus {
                code: (*code).to_owned(),
                ..wire::ScriptedStatus::default()
            }),
            Outcome::Found(any) => What::Found(struct_of(&self.payload(any)?)),
            Outcome::Refused(refusal) => {
                let mut refusal = refusal.clone();
                if self.is_redacting() {
                    // A provider's own words may tell about anybody.
                    refusal.text = None;
                }
                What::Refused(refusal)
            }
            Outcome::Result(result) => {
                let body = result.body.as_ref().ok_or("a result without a body")?;
                What::Result(wire::ScriptedResult {
                    kind: result.kind.clone(),
                    title: result.title.clone(),
                    body: Some(struct_of(&self.payload(body)?)),
                    provider: String::new(),
                })
            }
        })
    }

    fn payload(&mut self, any: &prost_types::Any) -> Result<Json, String> {
        let seen = view(any);
        let Json::Object(map) = seen else { return Err("a payload without fields".to_owned()) };
        let message = payload_type(&map)?;
        let mut written = self.fields(&message, &map);
        written.insert("@type".to_owned(), json!(message.full_name()));
        Ok(written.into())
    }

    fn fields(&mut self, message: &MessageDescriptor, map: &Map<String, Json>) -> Map<String, Json> {
        let mut written = Map::new();
        for field in message.fields() {
            let Some(value) = map.get(field.name()) else { continue };
            let inner = match field.kind() {
                FieldKind::Message(inner) if classes::has(inner.full_name()) => Some(inner),
                _ => None,
            };
            let class = classes::find(message.full_name(), field.name());
            let value = match (class, inner) {
                (Some(Class::Volatile), _) => occasion(field.name()),
                (Some(Class::Plain), _) => Some(value.clone()),
                (Some(Class::Personal(Stand::Number)), _) => Some(self.numbers(value)),
                (Some(Class::Personal(_)), _) if !self.is_redacting() => Some(value.clone()),
                (Some(Class::Personal(stand)), _) => stand_in(stand),
                (None, Some(inner)) => Some(self.inside(&inner, value)),
                // What nobody classified is personal.
                (None, None) => (!self.is_redacting()).then(|| value.clone()),
            };
            if let Some(value) = value {
                written.insert(field.name().to_owned(), value);
            }
        }
        written
    }

    fn inside(&mut self, message: &MessageDescriptor, value: &Json) -> Json {
        match value {
            Json::Object(map) => self.fields(message, map).into(),
            Json::Array(items) => items.iter().map(|item| self.inside(message, item)).collect(),
            Json::Bool(_) | Json::Null | Json::Number(_) | Json::String(_) => value.clone(),
        }
    }

    /// A number, or a party with one: whoever is asked about in the replay, or somebody by name.
    fn numbers(&mut self, value: &Json) -> Json {
        match value {
            Json::String(digits) if digits == self.about => json!("${about}"),
            Json::String(digits) if self.is_redacting() => {
                json!(format!("${{person:{}}}", self.name(digits)))
            }
            Json::Object(party) => {
                party.iter().map(|(kind, digits)| (kind.clone(), self.numbers(digits))).collect()
            }
            Json::Array(items) => items.iter().map(|item| self.numbers(item)).collect(),
            Json::Bool(_) | Json::Null | Json::Number(_) | Json::String(_) => value.clone(),
        }
    }
}

/// What stands for a hidden text.
const HIDDEN: &str = "HIDDEN";

fn stand_in(stand: Stand) -> Option<Json> {
    Some(match stand {
        Stand::Account => json!(format!("KZ{}", "0".repeat(18))),
        Stand::Date => json!("1900-01-01"),
        Stand::Gone => return None,
        Stand::Name => json!(HIDDEN),
        Stand::Number => return None,
        Stand::Phone => json!(format!("+7{}", "0".repeat(10))),
    })
}

/// What stands for an id or time of the occasion.
fn occasion(field: &str) -> Option<Json> {
    match field {
        "message_id" => Some(json!("${message_id}")),
        "message_date" => Some(json!("${bus_time}")),
        _ => None,
    }
}

fn payload_type(payload: &Map<String, Json>) -> Result<MessageDescriptor, String> {
    let name = payload.get("@type").and_then(Json::as_str).unwrap_or_default();
    let known = words::message(name).filter(|message| classes::has(message.full_name()));
    known.ok_or_else(|| format!("a payload of the type `{name}`, of which it is not known what is personal"))
}

#[cfg(test)]
mod tests;
