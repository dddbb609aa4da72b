//! Paths such as `document.applicant.iin`, `attachments[0].kind` or `steps[*].label`: writing by them into messages,
//! reading by them from the JSON view of messages. A packed message on the way is unpacked and packed again.

pub(crate) use eush_words::path::find;
use eush_words::path::{Part, parts};
use prost::Message as _;
use prost_reflect::{DynamicMessage, Kind, MapKey, ReflectMessage as _, Value};
use serde_json::Value as Json;

use crate::suite::read;
use crate::words;

/// Writes a value into a message by path; null clears. Errs with what is wrong with the path or the value.
pub(crate) fn set(message: &mut DynamicMessage, path: &str, json: Json) -> Result<(), String> {
    set_parts(message, &parts(path), json).map_err(|fault| format!("`{path}`: {fault}"))
}

fn set_parts(message: &mut DynamicMessage, path: &[Part], json: Json) -> Result<(), String> {
    let descriptor = message.descriptor();
    if descriptor.full_name() == "google.protobuf.Any" && !is_own_field(path) {
        return inside_any(message, path, json);
    }
    let [Part::Name(name), rest @ ..] = path else { return Err("a name is expected here".to_owned()) };
    let field = descriptor
        .get_field_by_name(name)
        .ok_or_else(|| format!("{} has no field `{name}`", descriptor.full_name()))?;
    if rest.is_empty() {
        if json.is_null() {
            message.clear_field(&field);
        } else {
            let value = read::field_from(&field, json)?;
            message.set_field(&field, value);
        }
        return Ok(());
    }
    let kind = field.kind();
    match (message.get_field_mut(&field), rest) {
        (Value::Message(inner), _) => set_parts(inner, rest, json),
        (Value::List(list), [Part::Index(index), rest @ ..]) => in_list(list, *index, rest, &kind, json),
        (Value::Map(map), [Part::Name(key)]) => {
            let Kind::Message(entry) = kind else { return Err("no map".to_owned()) };
            map.insert(
                MapKey::String(key.clone()),
                read::element_from(&entry.map_entry_value_field().kind(), json)?,
            );
            Ok(())
        }
        _ => Err(format!("`{name}` has nothing inside")),
    }
}

fn is_own_field(path: &[Part]) -> bool {
    matches!(path, [Part::Name(name)] if name == "type_url" || name == "value")
}

fn inside_any(any: &mut DynamicMessage, path: &[Part], json: Json) -> Result<(), String> {
    let url =
        any.get_field_by_name("type_url").and_then(|url| url.as_str().map(str::to_owned)).unwrap_or_default();
    let name = url.rsplit('/').next().unwrap_or_default().to_owned();
    let descriptor =
        words::message(&name).ok_or_else(|| format!("nothing known is packed here (`{name}`)"))?;
    let bytes =
        any.get_field_by_name("value").and_then(|value| value.as_bytes().cloned()).unwrap_or_default();
    let mut inner = DynamicMessage::decode(descriptor, bytes).map_err(|error| error.to_string())?;
    set_parts(&mut inner, path, json)?;
    any.set_field_by_name("value", Value::Bytes(inner.encode_to_vec().into()));
    Ok(())
}

fn in_list(
    list: &mut Vec<Value>,
    index: usize,
    rest: &[Part],
    kind: &Kind,
    json: Json,
) -> Result<(), String> {
    if rest.is_empty() {
        let value = read::element_from(kind, json)?;
        match list.get_mut(index) {
            Some(place) => *place = value,
            None => list.push(value),
        }
        return Ok(());
    }
    match list.get_mut(index) {
        Some(Value::Message(inner)) => set_parts(inner, rest, json),
        Some(_) => Err("its elements have nothing inside".to_owned()),
        None => Err(format!("it has no element {index}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_reach_into_packed_messages() {
        let mut message = DynamicMessage::new(words::known("eush.bus.v1.Document"));
        set(&mut message, "applicant.iin", json!("1")).unwrap();
        set(&mut message, "channel", json!("state-corporation")).unwrap();
        let form =
            json!({ "@type": "eush.registry.enbek.v1.UnemployedCertificateApplication", "surname": "Ә" });
        set(&mut message, "form", form).unwrap();
        set(&mut message, "form.name", json!("Қ")).unwrap();
        set(&mut message, "attachments", json!([{ "kind": "a", "content": "x" }])).unwrap();
        set(&mut message, "attachments[0].kind", json!("b")).unwrap();
        let view = words::to_json(&message);
        assert_eq!(find(&view, "form.name"), [&json!("Қ")]);
        assert_eq!(find(&view, "form.surname"), [&json!("Ә")]);
        assert_eq!(find(&view, "attachments[*].kind"), [&json!("b")]);
        assert_eq!(find(&view, "channel"), [&json!("state-corporation")]);
        set(&mut message, "applicant", Json::Null).unwrap();
        assert!(find(&words::to_json(&message), "applicant").is_empty());
        assert!(set(&mut message, "nothing.here", json!(1)).unwrap_err().contains("has no field `nothing`"));
    }
}
