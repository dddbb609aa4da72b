//! Protobuf by description: the pool of every message of the bus, the short words in which files speak of its enums,
//! files of such words read ([`read`]), written ([`yaml`]), described for editors ([`schema`]) and looked into by path
//! ([`path`]).
//! What it is not: it knows no file format and no message by name; whoever owns a format names its message.

pub mod path;
pub mod read;
pub mod schema;
pub mod yaml;

use std::sync::LazyLock;

use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, Kind, MessageDescriptor, ReflectMessage as _, Value,
};
use serde_json::Value as Json;

/// Every message of the bus, of health checking and of rich errors.
pub static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    let mut pool = DescriptorPool::global();
    let sets = [eush_wire::FILE_DESCRIPTOR_SET, tonic_health::pb::FILE_DESCRIPTOR_SET];
    for set in sets {
        if pool.decode_file_descriptor_set(set).is_err() {
            unreachable!("the descriptors were made by the same build");
        }
    }
    pool
});

/// A message of the pool.
pub fn message(name: &str) -> Option<MessageDescriptor> {
    POOL.get_message_by_name(name)
}

/// A message that the build made, so it is there.
pub fn known(name: &str) -> MessageDescriptor {
    message(name).unwrap_or_else(|| unreachable!("`{name}` is a message of this build"))
}

/// Input and output of a method, and its path on the wire.
#[derive(Clone, Debug)]
pub struct Method {
    /// `/package.Service/Method`.
    pub path: String,
    /// What it takes.
    pub input: MessageDescriptor,
    /// What it answers.
    pub output: MessageDescriptor,
}

/// Finds a method by `Service.Method` or `package.Service.Method`.
pub fn method(name: &str) -> Option<Method> {
    let (service, method) = name.rsplit_once('.')?;
    let found = POOL.services().find(|found| found.full_name() == service || found.name() == service)?;
    let found = found.methods().find(|found| found.name() == method)?;
    Some(Method {
        path: format!("/{}/{}", found.parent_service().full_name(), found.name()),
        input: found.input(),
        output: found.output(),
    })
}

/// The prefix that every value of an enum carries, for example `SUBJECT_KIND_`.
fn prefix(found: &EnumDescriptor) -> String {
    let zero = found.default_value();
    zero.name().strip_suffix("UNSPECIFIED").unwrap_or_default().to_owned()
}

/// The short word of an enum's value.
pub fn word(found: &EnumDescriptor, number: i32) -> String {
    let Some(value) = found.get_value(number) else { return number.to_string() };
    let prefix = prefix(found);
    value.name().strip_prefix(prefix.as_str()).unwrap_or(value.name()).to_lowercase().replace('_', "-")
}

/// The number of a short word, or of a full name.
pub fn number(found: &EnumDescriptor, text: &str) -> Option<i32> {
    let long = format!("{}{}", prefix(found), text.to_uppercase().replace('-', "_"));
    found.values().find(|value| value.name() == text || value.name() == long).map(|value| value.number())
}

/// Every short word of an enum but the unspecified.
pub fn all_words(found: &EnumDescriptor) -> Vec<String> {
    found.values().filter(|value| value.number() != 0).map(|value| word(found, value.number())).collect()
}

/// A message in JSON with proto field names and short enum words: what reports are written in and what expectations
/// look at. Packed messages are unpacked beside their `@type`, signed content beside its bytes as `decoded`.
pub fn to_json(message: &DynamicMessage) -> Json {
    let full = message.descriptor().full_name().to_owned();
    if full == "google.protobuf.Any" {
        return any_to_json(message);
    }
    if full.starts_with("google.protobuf.") {
        return serde_json::to_value(message).unwrap_or(Json::Null);
    }
    let mut map = serde_json::Map::new();
    for field in message.descriptor().fields() {
        if message.has_field(&field) {
            map.insert(field.name().to_owned(), value_to_json(&message.get_field(&field), &field.kind()));
        }
    }
    if full == "eush.bus.v1.SignedDocument"
        && let Some(decoded) = signed_content(message)
    {
        map.insert("decoded".to_owned(), to_json(&decoded));
    }
    Json::Object(map)
}

fn any_to_json(any: &DynamicMessage) -> Json {
    let text =
        any.get_field_by_name("type_url").and_then(|url| url.as_str().map(str::to_owned)).unwrap_or_default();
    let name = text.rsplit('/').next().unwrap_or_default().to_owned();
    let bytes =
        any.get_field_by_name("value").and_then(|value| value.as_bytes().cloned()).unwrap_or_default();
    let inner = message(&name).and_then(|found| DynamicMessage::decode(found, bytes.clone()).ok());
    let mut json = match inner.as_ref().map(to_json) {
        Some(Json::Object(map)) => map,
        _ => serde_json::Map::from_iter([("value".to_owned(), Json::from(hex(&bytes)))]),
    };
    json.insert("@type".to_owned(), Json::from(name));
    Json::Object(json)
}

/// What a signed document's bytes say, where its content type names a message of ours.
pub fn signed_content(signed: &DynamicMessage) -> Option<DynamicMessage> {
    let content_type = signed.get_field_by_name("content_type")?;
    let name = content_type.as_str()?.split("message=").nth(1)?.trim().to_owned();
    let bytes = signed.get_field_by_name("content")?.as_bytes()?.clone();
    DynamicMessage::decode(message(&name)?, bytes).ok()
}

fn value_to_json(value: &Value, kind: &Kind) -> Json {
    match value {
        Value::EnumNumber(number) => {
            kind.as_enum().map_or_else(|| Json::from(*number), |found| Json::String(word(found, *number)))
        }
        Value::List(list) => list.iter().map(|item| value_to_json(item, kind)).collect(),
        Value::Map(map) => {
            let values =
                kind.as_message().map_or_else(|| kind.clone(), |entry| entry.map_entry_value_field().kind());
            let pairs = map.iter().map(|(key, item)| (key_text(key), value_to_json(item, &values)));
            Json::Object(pairs.collect())
        }
        Value::Message(inner) => to_json(inner),
        Value::Bool(value) => Json::from(*value),
        Value::I32(value) => Json::from(*value),
        Value::I64(value) => Json::from(*value),
        Value::U32(value) => Json::from(*value),
        Value::U64(value) => Json::from(*value),
        Value::F32(value) => Json::from(*value),
        Value::F64(value) => Json::from(*value),
        Value::String(value) => Json::from(value.as_str()),
        Value::Bytes(value) => Json::from(hex(value)),
    }
}

fn key_text(key: &prost_reflect::MapKey) -> String {
    key.as_str().map_or_else(|| format!("{key:?}"), str::to_owned)
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_enums_go_both_ways() {
        let channel = POOL.get_enum_by_name("eush.bus.v1.Channel").unwrap();
        assert_eq!(word(&channel, 2), "state-corporation");
        assert_eq!(number(&channel, "state-corporation"), Some(2));
        assert_eq!(number(&channel, "CHANNEL_STATE_CORPORATION"), Some(2));
        assert_eq!(number(&channel, "post"), None);
    }

    #[test]
    fn methods_are_found_by_their_short_name() {
        assert_eq!(method("AgencyService.Lookup").unwrap().path, "/eush.adapter.v1.AgencyService/Lookup");
        assert_eq!(method("grpc.health.v1.Health.Check").unwrap().path, "/grpc.health.v1.Health/Check");
        assert!(method("AgencyService.Nothing").is_none());
    }
}
