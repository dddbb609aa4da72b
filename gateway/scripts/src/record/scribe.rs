//! Writing one exchange down: its business fields as conditions, its answer with personal data replaced.

use std::collections::BTreeMap;

use eush_wire::management::v1 as wire;
use eush_wire::management::v1::Redaction;
use eush_wire::management::v1::scripted_answer::What;
use eush_words as words;
use prost_reflect::MessageDescriptor;
use serde_json::{Map, Value as Json, json};

use super::Outcome;
use crate::asked::{Asked, Kind, view};
use crate::classes::{self, Class, Stand};
use crate::filter::struct_of;
use crate::people::{PSEUDONYM, People};

/// Writes one exchange down.
pub(super) struct Scribe<'a> {
    pub(super) redaction: Redaction,
    pub(super) about: &'a str,
    pub(super) people: &'a dyn People,
    pub(super) strangers: &'a mut BTreeMap<String, String>,
    pub(super) names: &'a mut BTreeMap<String, String>,
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
        let known = self.people.pseudonym(digits).map(|pseudonym| format!("{PSEUDONYM}{pseudonym}"));
        let before = known.as_ref().and_then(|known| self.names.iter().find(|(_, other)| *other == known));
        let name = match before {
            // Of this recording before the bus was started anew.
            Some((name, _)) => name.clone(),
            None => format!("person-of-recording-{}", self.strangers.len().max(self.names.len()) + 1),
        };
        self.strangers.insert(digits.to_owned(), name.clone());
        if let Some(known) = known {
            self.names.insert(name.clone(), known);
        }
        name
    }

    pub(super) fn when(&mut self, asked: &Asked) -> Result<BTreeMap<String, Json>, String> {
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
            let inner = field.kind().as_message().cloned();
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

    pub(super) fn what(&mut self, outcome: &Outcome) -> Result<What, String> {
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
            let kind = field.kind();
            let inner = kind.as_message().filter(|inner| classes::has(inner.full_name())).cloned();
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
pub(super) const HIDDEN: &str = "HIDDEN";

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
