//! JSON Schema of a file in our words, made from the description of the message and its comments, so that editors complete
//! what the reader takes.

use prost_reflect::prost_types::source_code_info::Location;
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value as Json, json};

use crate as words;

/// The schema of a file that holds one message.
pub fn of(message: &str, title: &str) -> Json {
    let root = words::known(message);
    let mut definitions = Map::new();
    object(&root, &mut definitions);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "$ref": format!("#/$defs/{}", root.name()),
        "$defs": definitions,
    })
}

fn object(message: &MessageDescriptor, definitions: &mut Map<String, Json>) {
    if definitions.contains_key(message.name()) {
        return;
    }
    // Taken first, so that a message that holds itself ends.
    definitions.insert(message.name().to_owned(), Json::Null);
    let mut properties = Map::new();
    for field in message.fields() {
        let mut schema = of_field(&field, definitions);
        if let (Some(text), Some(object)) =
            (comment(field.parent_file(), field.path()), schema.as_object_mut())
        {
            object.insert("description".to_owned(), text.into());
        }
        properties.insert(field.name().to_owned(), schema);
    }
    let mut schema = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    if let (Some(text), Some(object)) =
        (comment(message.parent_file(), message.path()), schema.as_object_mut())
    {
        object.insert("description".to_owned(), text.into());
    }
    definitions.insert(message.name().to_owned(), schema);
}

fn of_field(field: &FieldDescriptor, definitions: &mut Map<String, Json>) -> Json {
    if field.is_map() {
        let Kind::Message(entry) = field.kind() else { return json!({}) };
        let values = of_kind(&entry.map_entry_value_field().kind(), definitions);
        json!({ "type": "object", "additionalProperties": values })
    } else if field.is_list() {
        let one = of_kind(&field.kind(), definitions);
        if matches!(field.kind(), Kind::String) {
            json!({ "anyOf": [{ "type": "array", "items": one }, one] })
        } else {
            json!({ "type": "array", "items": one })
        }
    } else {
        of_kind(&field.kind(), definitions)
    }
}

fn of_kind(kind: &Kind, definitions: &mut Map<String, Json>) -> Json {
    match kind {
        Kind::Message(message) => match message.full_name() {
            "google.protobuf.Value" => json!({}),
            "google.protobuf.Struct" => json!({ "type": "object" }),
            "google.protobuf.Timestamp" => json!({ "type": "string", "format": "date-time" }),
            _ => {
                object(message, definitions);
                json!({ "$ref": format!("#/$defs/{}", message.name()) })
            }
        },
        Kind::Enum(found) => json!({ "enum": words::all_words(found) }),
        Kind::String | Kind::Bytes => json!({ "type": "string" }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Double | Kind::Float => json!({ "type": "number" }),
        Kind::Int32
        | Kind::Int64
        | Kind::Uint32
        | Kind::Uint64
        | Kind::Sint32
        | Kind::Sint64
        | Kind::Fixed32
        | Kind::Fixed64
        | Kind::Sfixed32
        | Kind::Sfixed64 => json!({ "type": "integer" }),
    }
}

/// The comment before a declaration, on one line.
fn comment(file: prost_reflect::FileDescriptor, path: &[i32]) -> Option<String> {
    let proto = file.file_descriptor_proto();
    let locations: &[Location] = &proto.source_code_info.as_ref()?.location;
    let text = locations.iter().find(|location| location.path == path)?.leading_comments.as_deref()?;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}
