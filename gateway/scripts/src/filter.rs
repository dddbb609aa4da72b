//! What a call must be like, and in which fields it is otherwise.

use std::collections::BTreeMap;

use eush_wire::bus::v1::LocalizedText;
use eush_words as words;
use prost::Message as _;
use prost_reflect::DynamicMessage;
use prost_types::Value;
use serde_json::Value as Json;

use crate::asked::{ABOUT_PSEUDONYM, Asked};
use crate::classes::{Class, Stand};
use crate::condition::Condition;
use crate::fault::Fault;
use crate::path::FieldPath;
use crate::people::{Named, People};

/// What a call must be like.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    terms: Vec<Term>,
}

#[derive(Clone, Debug)]
struct Term {
    path: FieldPath,
    condition: Condition,
    by_pseudonym: bool,
}

/// One field in which a call is not as a script wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Path of the field.
    pub path: String,
    /// What is wanted, in words.
    pub expected: String,
    /// What came; personal data hidden, people of the population by key.
    pub found: String,
}

impl Filter {
    /// Reads the conditions of a script.
    pub(crate) fn read(when: &BTreeMap<String, Json>, named: &Named<'_>) -> Result<Self, Vec<Fault>> {
        // The agency tells which fields a message can have.
        let agency = when.get("agency").and_then(Json::as_str);
        let mut faults = Vec::new();
        let mut terms = Vec::new();
        for (text, json) in when {
            let read = FieldPath::read(text, agency).and_then(|path| {
                let read = Condition::read(json, &path.leaf, text, named)?;
                Ok(Term { path, condition: read.condition, by_pseudonym: read.by_pseudonym })
            });
            match read {
                Ok(term) => terms.push(term),
                Err(expected) => faults.push(Fault::new(text.as_str(), expected)),
            }
        }
        if faults.is_empty() { Ok(Self { terms }) } else { Err(faults) }
    }

    /// Where a call is not as wanted; empty means that it matches.
    pub(crate) fn differences(&self, asked: &Asked, people: &dyn People) -> Vec<Difference> {
        let differs = |term: &Term| {
            let values = term.values(&asked.view);
            if term.condition.holds(&values) {
                return None;
            }
            let shown = |value: &Json| term.shown(value, people);
            let found = match values.as_slice() {
                [] => "nothing".to_owned(),
                values => values.iter().map(shown).collect::<Vec<_>>().join(", "),
            };
            let expected = term.condition.words(&shown);
            Some(Difference { path: term.path.text.clone(), expected, found })
        };
        self.terms.iter().filter_map(differs).collect()
    }

    /// Whether a call matches.
    pub(crate) fn matches(&self, asked: &Asked) -> bool {
        self.terms.iter().all(|term| term.condition.holds(&term.values(&asked.view)))
    }
}

impl Term {
    fn values(&self, view: &Json) -> Vec<Json> {
        if self.by_pseudonym {
            return view.get(ABOUT_PSEUDONYM).cloned().into_iter().collect();
        }
        self.path.values(view)
    }

    /// A value as people may see it.
    fn shown(&self, value: &Json, people: &dyn People) -> String {
        let is_number = |text: &str| text.len() == 12 && text.bytes().all(|digit| digit.is_ascii_digit());
        match value {
            _ if self.by_pseudonym => "somebody of the recording".to_owned(),
            Json::String(text) if is_number(text) => {
                people.key(text).unwrap_or_else(|| "somebody outside the population".to_owned())
            }
            Json::Array(items) => {
                items.iter().map(|item| self.shown(item, people)).collect::<Vec<_>>().join(", ")
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_) | Json::String(_) => {
                match self.path.leaf.class {
                    Class::Personal(
                        Stand::Account
                        | Stand::Date
                        | Stand::Gone
                        | Stand::Name
                        | Stand::Number
                        | Stand::Phone,
                    ) => "something else (personal, hidden)".to_owned(),
                    Class::Plain | Class::Volatile => {
                        value.as_str().map_or_else(|| value.to_string(), |text| format!("`{text}`"))
                    }
                }
            }
        }
    }
}

/// Protobuf's JSON values as JSON.
pub(crate) fn json_of(value: &Value) -> Json {
    let message =
        DynamicMessage::decode(words::known("google.protobuf.Value"), value.encode_to_vec().as_slice());
    let json = message.map(|message| words::to_json(&message)).unwrap_or_default();
    whole(json)
}

/// Numbers travel as doubles; what was whole is whole again.
fn whole(json: Json) -> Json {
    match json {
        Json::Number(number) => {
            const EXACT: f64 = 9_007_199_254_740_992.0;
            match number.as_f64().filter(|value| value.fract() == 0.0 && value.abs() < EXACT) {
                #[expect(clippy::cast_possible_truncation, reason = "whole and within the exact range")]
                Some(value) => Json::from(value as i64),
                None => Json::Number(number),
            }
        }
        Json::Array(items) => items.into_iter().map(whole).collect(),
        Json::Object(map) => map.into_iter().map(|(name, value)| (name, whole(value))).collect(),
        Json::Bool(_) | Json::Null | Json::String(_) => json,
    }
}

/// A struct of the wire as a JSON object.
pub(crate) fn json_of_struct(fields: &prost_types::Struct) -> Json {
    fields.fields.iter().map(|(name, value)| (name.clone(), json_of(value))).collect()
}

/// JSON as a value of the wire.
pub fn value_of(json: &Json) -> Value {
    use prost_types::value::Kind;
    let kind = match json {
        Json::Null => Kind::NullValue(0),
        Json::Bool(value) => Kind::BoolValue(*value),
        Json::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        Json::String(text) => Kind::StringValue(text.clone()),
        Json::Array(items) => {
            Kind::ListValue(prost_types::ListValue { values: items.iter().map(value_of).collect() })
        }
        Json::Object(_) => Kind::StructValue(struct_of(json)),
    };
    Value { kind: Some(kind) }
}

/// A JSON object as a struct of the wire; anything else has no fields.
pub fn struct_of(json: &Json) -> prost_types::Struct {
    let map = json.as_object().into_iter().flatten();
    prost_types::Struct { fields: map.map(|(name, value)| (name.clone(), value_of(value))).collect() }
}

/// A text of the wire with all or none of its languages.
pub(crate) fn is_whole(text: &LocalizedText) -> bool {
    let given = [&text.kk, &text.ru, &text.en].map(|text| !text.trim().is_empty());
    given.iter().all(|given| *given) || given.iter().all(|given| !given)
}
