//! Reads YAML (or JSON) in the words of a `.proto` file, guided by the message's own description: what a file may say is
//! exactly what the schema says, and an error names the place and what would be right there.

use std::fmt;

use prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;

use crate as words;

/// Why a file in our words cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {fault}", line.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default())]
pub struct ReadError {
    /// Name of the file.
    pub file: String,
    /// Line and column, from 1, where the fault has a place.
    pub line: Option<(u64, u64)>,
    /// What is wrong and what would be right.
    pub fault: String,
}

/// Reads YAML as a message of the schema.
pub fn yaml<M: Message + Default + prost::Name>(file: &str, text: &str) -> Result<M, ReadError> {
    let seed = MessageSeed(words::known(&M::full_name()), Source::Yaml);
    let options = serde_saphyr::options! { with_snippet: false };
    let read =
        serde_saphyr::with_deserializer_from_str_with_options(text, options, |de| seed.deserialize(de));
    let message = read.map_err(|error| {
        let (own, fault) = unplaced(&error.to_string());
        let told =
            error.location().filter(|place| place.line() > 0).map(|place| (place.line(), place.column()));
        ReadError { file: file.to_owned(), line: own.or(told), fault: plain(&fault) }
    })?;
    typed(file, &message)
}

/// Reads JSON in the same words.
pub fn json<M: Message + Default + prost::Name>(file: &str, text: &str) -> Result<M, ReadError> {
    let mut de = serde_json::Deserializer::from_str(text);
    let read = MessageSeed(words::known(&M::full_name()), Source::Json).deserialize(&mut de);
    let message = read.and_then(|message| de.end().map(|()| message)).map_err(|error| {
        let line = Some((error.line() as u64, error.column() as u64));
        ReadError { file: file.to_owned(), line, fault: error.to_string() }
    })?;
    typed(file, &message)
}

fn typed<M: Message + Default>(file: &str, message: &DynamicMessage) -> Result<M, ReadError> {
    M::decode(message.encode_to_vec().as_slice()).map_err(|error| ReadError {
        file: file.to_owned(),
        line: None,
        fault: error.to_string(),
    })
}

/// The parser tells the place inside its text as well; once is enough.
fn plain(text: &str) -> String {
    let text = text.strip_prefix("error: ").unwrap_or(text);
    match (text.starts_with("line "), text.split_once(": ")) {
        (true, Some((_, rest))) => rest.to_owned(),
        _ => text.split(" at line ").next().unwrap_or(text).to_owned(),
    }
}

/// Where text comes from: only YAML's reader tells places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Json,
    Yaml,
}

struct MessageSeed(MessageDescriptor, Source);

impl<'de> DeserializeSeed<'de> for MessageSeed {
    type Value = DynamicMessage;

    fn deserialize<D: Deserializer<'de>>(self, de: D) -> Result<DynamicMessage, D::Error> {
        match self.0.full_name() {
            "google.protobuf.Value" => {
                let json: Json = serde::Deserialize::deserialize(de)?;
                DynamicMessage::deserialize(self.0, json).map_err(D::Error::custom)
            }
            "google.protobuf.Any" => {
                let json: Json = serde::Deserialize::deserialize(de)?;
                any(&self.0, json).map_err(D::Error::custom)
            }
            "google.protobuf.Struct" | "google.protobuf.Timestamp" | "google.protobuf.Duration" => {
                let json: Json = serde::Deserialize::deserialize(de)?;
                let name = self.0.name().to_owned();
                DynamicMessage::deserialize(self.0, json)
                    .map_err(|error| D::Error::custom(format!("expected a {name}: {error}")))
            }
            _ => de.deserialize_map(self),
        }
    }
}

impl<'de> Visitor<'de> for MessageSeed {
    type Value = DynamicMessage;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields: Vec<_> = self.0.fields().map(|field| field.name().to_owned()).collect();
        write!(f, "a map with any of {}", fields.join(", "))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DynamicMessage, A::Error> {
        let mut message = DynamicMessage::new(self.0.clone());
        while let Some(Key(key, place)) = map.next_key_seed(KeySeed(self.1))? {
            let Some(field) = self.0.get_field_by_name(&key) else {
                let fault = unknown_word(&key, self.0.fields().map(|field| field.name().to_owned()));
                return Err(A::Error::custom(placed(place, &fault)));
            };
            if message.has_field(&field) {
                return Err(A::Error::custom(placed(place, &format!("`{key}` stands here twice; keep one"))));
            }
            // Setting one member of a oneof would clear the other without a word.
            let other = field.containing_oneof().and_then(|choice| {
                choice.fields().find(|other| message.has_field(other)).map(|other| other.name().to_owned())
            });
            if let Some(other) = other {
                let fault = format!("`{key}` and `{other}` exclude each other; keep one");
                return Err(A::Error::custom(placed(place, &fault)));
            }
            let value = map
                .next_value_seed(FieldSeed(&field, self.1))
                .map_err(|error| A::Error::custom(placed(place, &error.to_string())))?;
            message.set_field(&field, value);
        }
        Ok(message)
    }
}

/// A key, and where it stands.
struct Key(String, Option<(u64, u64)>);

struct KeySeed(Source);

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, de: D) -> Result<Key, D::Error> {
        match self.0 {
            Source::Json => <String as serde::Deserialize>::deserialize(de).map(|key| Key(key, None)),
            Source::Yaml => {
                let key: serde_saphyr::Spanned<String> = serde::Deserialize::deserialize(de)?;
                let place = (key.referenced.line(), key.referenced.column());
                Ok(Key(key.value, Some(place)))
            }
        }
    }
}

/// Mark around a place within a fault on its way out through serde, which has no field for it.
const MARK: char = '\u{29e6}';

/// A fault with its place, unless it has one from further inside.
fn placed(place: Option<(u64, u64)>, fault: &str) -> String {
    match place {
        Some((line, column)) if !fault.contains(MARK) => format!("{MARK}{line}:{column}{MARK}{fault}"),
        Some(_) | None => fault.to_owned(),
    }
}

/// Place and text of a fault that came out.
fn unplaced(text: &str) -> (Option<(u64, u64)>, String) {
    let mut parts = text.splitn(3, MARK);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(_), Some(place), Some(fault)) => {
            let place = place
                .split_once(':')
                .and_then(|(line, column)| Some((line.parse().ok()?, column.parse().ok()?)));
            (place, fault.to_owned())
        }
        _ => (None, text.to_owned()),
    }
}

/// The fault of a word that the schema does not have, with the nearest one that it has.
pub fn unknown_word(word: &str, known: impl Iterator<Item = String>) -> String {
    let known: Vec<String> = known.collect();
    let nearest =
        known.iter().min_by_key(|name| distance(word, name)).filter(|name| distance(word, name) <= 3);
    match nearest {
        Some(name) => format!("unknown word `{word}`; did you mean `{name}`?"),
        None => format!("unknown word `{word}`; expected one of {}", known.join(", ")),
    }
}

/// Edit distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut previous = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let change = previous + usize::from(from != *to);
            previous = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(previous + 1);
        }
    }
    row[b.len()]
}

/// A packed message: an object with its full name under `@type`.
fn any(descriptor: &MessageDescriptor, json: Json) -> Result<DynamicMessage, String> {
    let Json::Object(mut map) = json else { return Err("a packed message is a map with `@type`".to_owned()) };
    let Some(Json::String(name)) = map.remove("@type") else {
        return Err("a packed message needs its full name under `@type`".to_owned());
    };
    let inner = words::message(&name).ok_or_else(|| format!("there is no message `{name}`"))?;
    let inner =
        MessageSeed(inner, Source::Json).deserialize(Json::Object(map)).map_err(|error| error.to_string())?;
    Ok(pack(descriptor, &name, inner.encode_to_vec()))
}

/// `google.protobuf.Any` of a name and bytes.
pub fn pack(any: &MessageDescriptor, name: &str, bytes: Vec<u8>) -> DynamicMessage {
    let mut packed = DynamicMessage::new(any.clone());
    packed.set_field_by_name("type_url", Value::String(format!("type.googleapis.com/{name}")));
    packed.set_field_by_name("value", Value::Bytes(bytes.into()));
    packed
}

/// Reads a message from JSON in our words.
pub fn message_from(descriptor: &MessageDescriptor, json: Json) -> Result<DynamicMessage, String> {
    MessageSeed(descriptor.clone(), Source::Json).deserialize(json).map_err(|error| error.to_string())
}

/// Reads the value of a field from JSON in our words.
pub fn field_from(field: &FieldDescriptor, json: Json) -> Result<Value, String> {
    FieldSeed(field, Source::Json).deserialize(json).map_err(|error: serde_json::Error| error.to_string())
}

/// Reads one element of a list or map.
pub fn element_from(kind: &Kind, json: Json) -> Result<Value, String> {
    One(kind, Source::Json).deserialize(json).map_err(|error: serde_json::Error| error.to_string())
}

struct FieldSeed<'a>(&'a FieldDescriptor, Source);

impl<'de> DeserializeSeed<'de> for FieldSeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, de: D) -> Result<Value, D::Error> {
        if self.0.is_map() {
            de.deserialize_map(MapSeed(self.0, self.1))
        } else if self.0.is_list() {
            de.deserialize_any(ListSeed(self.0, self.1))
        } else {
            One(&self.0.kind(), self.1).deserialize(de)
        }
    }
}

struct MapSeed<'a>(&'a FieldDescriptor, Source);

impl<'de> Visitor<'de> for MapSeed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a map under `{}`", self.0.name())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let Kind::Message(entry) = self.0.kind() else { return Err(A::Error::custom("not a map")) };
        let kind = entry.map_entry_value_field().kind();
        let mut values = std::collections::HashMap::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value_seed(One(&kind, self.1))?;
            if values.insert(MapKey::String(key.clone()), value).is_some() {
                return Err(A::Error::custom(format!("`{key}` stands here twice; keep one")));
            }
        }
        Ok(Value::Map(values))
    }
}

/// A list, or one value in its place.
struct ListSeed<'a>(&'a FieldDescriptor, Source);

impl<'de> Visitor<'de> for ListSeed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list under `{}`", self.0.name())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let kind = self.0.kind();
        let mut list = Vec::new();
        while let Some(value) = seq.next_element_seed(One(&kind, self.1))? {
            list.push(value);
        }
        Ok(Value::List(list))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        let de: serde::de::value::StrDeserializer<'_, E> =
            serde::de::IntoDeserializer::into_deserializer(text);
        Ok(Value::List(vec![One(&self.0.kind(), self.1).deserialize(de)?]))
    }
}

/// Bytes are written as the text that they are, or after `hex:` as hexadecimal.
fn bytes(text: String) -> Result<Vec<u8>, String> {
    let Some(hex) = text.strip_prefix("hex:") else { return Ok(text.into_bytes()) };
    let pairs = (0..hex.len())
        .step_by(2)
        .map(|at| hex.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()));
    pairs.collect::<Option<_>>().ok_or_else(|| "expected pairs of hexadecimal digits after `hex:`".to_owned())
}

/// One value of a kind.
struct One<'a>(&'a Kind, Source);

impl<'de> DeserializeSeed<'de> for One<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, de: D) -> Result<Value, D::Error> {
        match self.0 {
            Kind::Message(inner) => MessageSeed(inner.clone(), self.1).deserialize(de).map(Value::Message),
            Kind::Enum(found) => {
                let word: String = serde::Deserialize::deserialize(de)?;
                let number = words::number(found, &word).ok_or_else(|| {
                    D::Error::custom(unknown_word(&word, words::all_words(found).into_iter()))
                })?;
                Ok(Value::EnumNumber(number))
            }
            Kind::String => <String as serde::Deserialize>::deserialize(de).map(Value::String),
            Kind::Uint32 | Kind::Fixed32 => <u32 as serde::Deserialize>::deserialize(de).map(Value::U32),
            Kind::Uint64 | Kind::Fixed64 => <u64 as serde::Deserialize>::deserialize(de).map(Value::U64),
            Kind::Bool => <bool as serde::Deserialize>::deserialize(de).map(Value::Bool),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
                <i32 as serde::Deserialize>::deserialize(de).map(Value::I32)
            }
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
                <i64 as serde::Deserialize>::deserialize(de).map(Value::I64)
            }
            Kind::Float => <f32 as serde::Deserialize>::deserialize(de).map(Value::F32),
            Kind::Double => <f64 as serde::Deserialize>::deserialize(de).map(Value::F64),
            Kind::Bytes => {
                let text = <String as serde::Deserialize>::deserialize(de)?;
                bytes(text).map(|bytes| Value::Bytes(bytes.into())).map_err(D::Error::custom)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use eush_wire::conformance::v1::{Level, SubjectKind, TestSuite};

    use super::*;

    #[test]
    fn short_words_become_a_suite() {
        let text = "name: A\nsubject: agency\ncases:\n- name: a\n  level: should\n  steps:\n  - call: X.Y\n    expect: {code: [ok, not-found], fields: {a.b: 1}}\n";
        let suite: TestSuite = yaml("a.yaml", text).unwrap();
        assert_eq!(suite.subject(), SubjectKind::Agency);
        assert_eq!(suite.cases[0].level(), Level::Should);
        let expect = suite.cases[0].steps[0].expect.as_ref().unwrap();
        assert_eq!(expect.code, ["ok", "not-found"]);
        assert!(expect.fields.contains_key("a.b"));
    }

    #[test]
    fn faults_have_a_place_and_a_remedy() {
        let error = yaml::<TestSuite>("a.yaml", "name: A\nsubjct: agency\n").unwrap_err();
        assert_eq!(error.to_string().split(':').next(), Some("a.yaml"));
        assert_eq!(error.line.map(|place| place.0), Some(2), "{error}");
        assert!(error.fault.contains("did you mean `subject`?"), "{error}");
        let error = yaml::<TestSuite>("a.yaml", "name: A\nsubject: bus\n").unwrap_err();
        assert!(error.fault.contains("expected one of agency, gateway, client"), "{error}");
        assert_eq!(error.line.map(|place| place.0), Some(2), "{error}");
    }
}
