//! What a value must be: the value itself, or a map with one word.

use regex_lite::Regex;
use serde_json::Value as Json;

use crate::path::{KINDS, Leaf, LeafKind};
use crate::people::{Named, Somebody};

/// What a value must be.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    Above(f64),
    AtLeast(f64),
    AtMost(f64),
    Below(f64),
    /// A text holds it, or one of a list is it.
    Contains(String),
    Equals(Json),
    Matches(Regex),
    Not(Box<Self>),
    OneOf(Vec<Json>),
    Present(Presence),
}

/// Whether something must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    Absent,
    Present,
}

/// The words, each with what stands after it.
pub(crate) const WORDS: [(&str, &str); 10] = [
    ("above", "a number"),
    ("at_least", "a number"),
    ("at_most", "a number"),
    ("below", "a number"),
    ("contains", "a text"),
    ("equals", "a value"),
    ("matches", "a regular expression"),
    ("not", "a value, or another word"),
    ("one_of", "a list of values"),
    ("present", "true or false"),
];

/// A condition, and, where it is about somebody known by pseudonym, that it looks at pseudonyms.
pub(crate) struct Read {
    pub(crate) condition: Condition,
    pub(crate) by_pseudonym: bool,
}

impl Condition {
    /// Reads a condition for a value of a kind.
    ///
    /// # Errors
    /// What is expected there.
    pub(crate) fn read(json: &Json, leaf: &Leaf, path: &str, named: &Named<'_>) -> Result<Read, String> {
        let reader = Reader { leaf, path, named };
        let mut pseudonyms = Vec::new();
        let condition = reader.condition(json, &mut pseudonyms)?;
        match pseudonyms.iter().collect::<std::collections::BTreeSet<_>>().len() {
            0 | 1 => Ok(Read { condition, by_pseudonym: pseudonyms.first() == Some(&true) }),
            _ => Err("either people with numbers or pseudonyms, not both".to_owned()),
        }
    }

    /// Whether the values of a path are as wanted. Of several, one is enough.
    pub(crate) fn holds(&self, values: &[Json]) -> bool {
        let each = || values.iter().flat_map(flat);
        let any_number = |wanted: &dyn Fn(f64) -> bool| each().filter_map(Json::as_f64).any(wanted);
        let texts = || each().filter_map(Json::as_str);
        match self {
            Self::Above(bound) => any_number(&|number| number > *bound),
            Self::AtLeast(bound) => any_number(&|number| number >= *bound),
            Self::AtMost(bound) => any_number(&|number| number <= *bound),
            Self::Below(bound) => any_number(&|number| number < *bound),
            Self::Contains(part) => texts().any(|text| text.contains(part.as_str())),
            Self::Equals(wanted) => {
                each().any(|value| same(value, wanted)) || (is_none(values) && is_default(wanted))
            }
            Self::Matches(pattern) => texts().any(|text| pattern.is_match(text)),
            Self::Not(inner) => !inner.holds(values),
            Self::OneOf(wanted) => wanted.iter().any(|wanted| Self::Equals(wanted.clone()).holds(values)),
            Self::Present(Presence::Absent) => is_none(values),
            Self::Present(Presence::Present) => !is_none(values),
        }
    }

    /// In words. `shown` says how a value is told.
    pub(crate) fn words(&self, shown: &dyn Fn(&Json) -> String) -> String {
        match self {
            Self::Above(bound) => format!("above {bound}"),
            Self::AtLeast(bound) => format!("at least {bound}"),
            Self::AtMost(bound) => format!("at most {bound}"),
            Self::Below(bound) => format!("below {bound}"),
            Self::Contains(part) => format!("something with {} in it", shown(&Json::from(part.as_str()))),
            Self::Equals(wanted) => shown(wanted),
            Self::Matches(pattern) => format!("a match of /{pattern}/"),
            Self::Not(inner) => format!("not {}", inner.words(shown)),
            Self::OneOf(wanted) => {
                format!("one of {}", wanted.iter().map(shown).collect::<Vec<_>>().join(", "))
            }
            Self::Present(Presence::Absent) => "nothing".to_owned(),
            Self::Present(Presence::Present) => "anything".to_owned(),
        }
    }
}

fn flat(value: &Json) -> Vec<&Json> {
    match value {
        Json::Array(items) => items.iter().collect(),
        Json::Bool(_) | Json::Null | Json::Number(_) | Json::Object(_) | Json::String(_) => vec![value],
    }
}

fn same(found: &Json, wanted: &Json) -> bool {
    // A whole number that came as a double is the same number.
    found == wanted || (found.as_f64().is_some() && found.as_f64() == wanted.as_f64())
}

fn is_none(values: &[Json]) -> bool {
    values.iter().all(|value| match value {
        Json::Null => true,
        Json::Array(items) => items.is_empty(),
        Json::String(text) => text.is_empty(),
        Json::Bool(_) | Json::Number(_) | Json::Object(_) => false,
    })
}

/// What protobuf does not write because it is the default.
fn is_default(wanted: &Json) -> bool {
    match wanted {
        Json::Null => true,
        Json::Bool(value) => !value,
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(_) => false,
    }
}

struct Reader<'a> {
    leaf: &'a Leaf,
    path: &'a str,
    named: &'a Named<'a>,
}

impl Reader<'_> {
    fn condition(&self, json: &Json, pseudonyms: &mut Vec<bool>) -> Result<Condition, String> {
        let Json::Object(map) = json else { return self.value(json, pseudonyms).map(Condition::Equals) };
        let mut words = map.iter();
        let (Some((word, wanted)), None) = (words.next(), words.next()) else {
            return Err(format!("a value, or a map with exactly one of {}", all_words()));
        };
        let number = || match self.leaf.kind {
            LeafKind::Number => wanted.as_f64().ok_or_else(|| format!("a number after `{word}`")),
            LeafKind::Bool
            | LeafKind::Enum(_)
            | LeafKind::Message
            | LeafKind::Person
            | LeafKind::Text
            | LeafKind::Texts => Err(format!("no `{word}`: `{}` is no number", self.path)),
        };
        let text = || wanted.as_str().ok_or_else(|| format!("a text after `{word}`"));
        Ok(match word.as_str() {
            "above" => Condition::Above(number()?),
            "at_least" => Condition::AtLeast(number()?),
            "at_most" => Condition::AtMost(number()?),
            "below" => Condition::Below(number()?),
            "contains" => Condition::Contains(text()?.to_owned()),
            "equals" => Condition::Equals(self.value(wanted, pseudonyms)?),
            "matches" => {
                let pattern = Regex::new(text()?);
                Condition::Matches(pattern.map_err(|error| format!("a regular expression: {error}"))?)
            }
            "not" => Condition::Not(Box::new(self.condition(wanted, pseudonyms)?)),
            "one_of" => {
                let items = wanted.as_array().ok_or("a list after `one_of`")?;
                let items = items.iter().map(|item| self.value(item, pseudonyms));
                Condition::OneOf(items.collect::<Result<_, _>>()?)
            }
            "present" => match wanted.as_bool() {
                Some(true) => Condition::Present(Presence::Present),
                Some(false) => Condition::Present(Presence::Absent),
                None => return Err("true or false after `present`".to_owned()),
            },
            _ => {
                let known = WORDS.iter().map(|(word, _)| (*word).to_owned());
                return Err(eush_words::read::unknown_word(word, known));
            }
        })
    }

    /// A value of the leaf's kind.
    fn value(&self, json: &Json, pseudonyms: &mut Vec<bool>) -> Result<Json, String> {
        match (&self.leaf.kind, json) {
            (LeafKind::Bool, Json::Bool(_)) | (LeafKind::Number, Json::Number(_)) => Ok(json.clone()),
            (LeafKind::Bool, _) => Err("true or false".to_owned()),
            (LeafKind::Number, _) => Err("a number".to_owned()),
            (LeafKind::Person, Json::String(name)) => {
                let (text, by_pseudonym) = match self.named.find(name)? {
                    Somebody::Digits(digits) => (digits, false),
                    Somebody::Pseudonym(pseudonym) if self.path == "about" => (pseudonym, true),
                    Somebody::Pseudonym(_) => {
                        return Err("somebody with a number: pseudonyms are for `about` alone".to_owned());
                    }
                };
                pseudonyms.push(by_pseudonym);
                Ok(text.into())
            }
            (LeafKind::Person, _) => Err("a key of `eush people`, or twelve digits in quotes".to_owned()),
            (LeafKind::Enum(words), Json::String(word)) => {
                if words.contains(word) {
                    Ok(json.clone())
                } else {
                    Err(eush_words::read::unknown_word(word, words.iter().cloned()))
                }
            }
            (LeafKind::Enum(words), _) => Err(format!("one of {}", words.join(", "))),
            (LeafKind::Text | LeafKind::Texts, Json::String(text)) => self.text(text),
            (LeafKind::Text | LeafKind::Texts, _) => Err("a text in quotes".to_owned()),
            (LeafKind::Message, _) => Err("only `present`, or the path of one of its fields".to_owned()),
        }
    }

    fn text(&self, text: &str) -> Result<Json, String> {
        let known = |words: &[&str]| {
            if words.contains(&text) {
                Ok(())
            } else {
                Err(eush_words::read::unknown_word(text, words.iter().map(|word| (*word).to_owned())))
            }
        };
        match self.path {
            "kind" => known(&KINDS)?,
            "signer.role" => {
                let roles: Vec<&str> =
                    eush_domain::CertificateRole::TABLE.iter().map(|(role, ..)| role.name()).collect();
                known(&roles)?;
            }
            // Written with colons or in small letters, it is the same number.
            "signer.serial" => return Ok(text.replace([':', ' '], "").to_uppercase().into()),
            _ => {}
        }
        Ok(text.into())
    }
}

fn all_words() -> String {
    WORDS.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
