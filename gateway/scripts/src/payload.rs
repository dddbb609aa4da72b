//! Payloads of scripted answers: JSON of a named message, checked against the message's description, with places for what
//! is known only when the answer is given.

use std::collections::BTreeMap;

use eush_wire::bus::v1 as bus;
use eush_words as words;
use prost::Message as _;
use prost_reflect::{Kind as FieldKind, MessageDescriptor};
use serde_json::{Map, Value as Json};

use crate::asked::Asked;
use crate::fault::Fault;
use crate::people::{Named, Somebody};

/// A payload before its places are filled in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Template {
    descriptor: MessageDescriptor,
    json: Map<String, Json>,
    /// Numbers of the people whom places name.
    people: BTreeMap<String, String>,
}

/// Places that every payload may have.
const PLACES: [&str; 5] = ["about", "message_id", "application_id", "bus_time", "bus_date"];

impl Template {
    /// Reads a payload. Every field is looked at, and every fault told.
    pub(crate) fn read(json: Json, named: &Named<'_>) -> Result<Self, Vec<Fault>> {
        let Json::Object(mut json) = json else {
            return Err(vec![Fault::new("", "a map with the fields of a message")]);
        };
        let Some(Json::String(name)) = json.remove("@type") else {
            return Err(vec![Fault::new("@type", "the full name of the payload's message")]);
        };
        let name = name.rsplit('/').next().unwrap_or_default();
        let descriptor = words::message(name).ok_or_else(|| {
            vec![Fault::new("@type", format!("a message of this build; there is no `{name}`"))]
        })?;
        let mut faults = Vec::new();
        let mut people = BTreeMap::new();
        places(&Json::Object(json.clone()), "", named, &mut people, &mut faults);
        let template = Self { descriptor, json, people };
        let filled = template.json_of(&sample());
        shape(&template.descriptor, &filled, "", &mut faults);
        if faults.is_empty() { Ok(template) } else { Err(faults) }
    }

    /// The payload for a call.
    ///
    /// # Errors
    /// Where it cannot be read with its places filled in, which reading it with samples makes unlikely.
    pub(crate) fn fill(&self, asked: &Asked) -> Result<prost_types::Any, String> {
        let message = words::read::message_from(&self.descriptor, self.json_of(asked).into())?;
        Ok(prost_types::Any {
            type_url: format!("type.googleapis.com/{}", self.descriptor.full_name()),
            value: message.encode_to_vec(),
        })
    }

    fn json_of(&self, asked: &Asked) -> Map<String, Json> {
        match self.filled(&Json::Object(self.json.clone()), asked) {
            Json::Object(map) => map,
            Json::Array(_) | Json::Bool(_) | Json::Null | Json::Number(_) | Json::String(_) => Map::new(),
        }
    }

    fn filled(&self, json: &Json, asked: &Asked) -> Json {
        match json {
            Json::Object(map) => {
                map.iter().map(|(name, value)| (name.clone(), self.filled(value, asked))).collect()
            }
            Json::Array(items) => items.iter().map(|item| self.filled(item, asked)).collect(),
            Json::String(text) => Json::String(replaced(text, |place| self.value(place, asked))),
            Json::Bool(_) | Json::Null | Json::Number(_) => json.clone(),
        }
    }

    fn value(&self, place: &str, asked: &Asked) -> Option<String> {
        if let Some(key) = place.strip_prefix("person:") {
            return self.people.get(key).cloned();
        }
        Some(match place {
            "about" => asked.about.clone(),
            "message_id" => asked.message_id.clone(),
            "application_id" => asked.application.clone(),
            "bus_time" => bus_time(asked),
            "bus_date" => bus_time(asked).chars().take(10).collect(),
            _ => return None,
        })
    }
}

fn bus_time(asked: &Asked) -> String {
    let at = asked.bus_time.unwrap_or_default();
    let at =
        time::OffsetDateTime::from_unix_timestamp(at.seconds).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

/// A call with a value in every place, of the form that it will have.
fn sample() -> Asked {
    let delivery = eush_wire::adapter::v1::DeliveryInfo {
        message_id: "message".to_owned(),
        application_id: "application".to_owned(),
        bus_time: Some(prost_types::Timestamp::default()),
        ..Default::default()
    };
    let request = eush_wire::adapter::v1::LookupRequest {
        delivery: Some(delivery),
        about: Some(bus::Party { number: Some(bus::party::Number::Iin("0".repeat(12))) }),
        request: None,
    };
    Asked::lookup("", &request, &crate::SignerFacts::default(), "")
}

/// A text with every `${place}` replaced. What is no place stays.
fn replaced(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        match after.split_once('}') {
            Some((place, tail)) => {
                match value(place) {
                    Some(value) => out.push_str(&value),
                    None => {
                        out.push_str("${");
                        out.push_str(place);
                        out.push('}');
                    }
                }
                rest = tail;
            }
            None => {
                out.push_str("${");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Looks at every place of a payload.
fn places(
    json: &Json,
    path: &str,
    named: &Named<'_>,
    people: &mut BTreeMap<String, String>,
    faults: &mut Vec<Fault>,
) {
    match json {
        Json::Object(map) => {
            for (name, value) in map {
                places(value, &joined(path, name), named, people, faults);
            }
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, &format!("{path}[{index}]"), named, people, faults);
            }
        }
        Json::String(text) => {
            let found = std::cell::RefCell::new(Vec::new());
            replaced(text, |place| {
                found.borrow_mut().push(place.to_owned());
                None
            });
            for place in found.into_inner() {
                match place.strip_prefix("person:").map(|key| (key, named.find(key))) {
                    Some((key, Ok(Somebody::Digits(digits)))) => {
                        people.insert(key.to_owned(), digits);
                    }
                    Some((key, Ok(Somebody::Pseudonym(_)))) => {
                        let expected = format!("somebody whose number is known; say who `{key}` is");
                        faults.push(Fault::new(path, expected));
                    }
                    Some((_, Err(expected))) => faults.push(Fault::new(path, expected)),
                    None if PLACES.contains(&place.as_str()) => {}
                    None => faults.push(Fault::new(
                        path,
                        format!("one of ${{{}}} or ${{person:KEY}}, not ${{{place}}}", PLACES.join("}, ${")),
                    )),
                }
            }
        }
        Json::Bool(_) | Json::Null | Json::Number(_) => {}
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Compares JSON with a message's description, field by field, so that every fault has its path.
fn shape(message: &MessageDescriptor, json: &Map<String, Json>, path: &str, faults: &mut Vec<Fault>) {
    for (name, value) in json {
        let at = joined(path, name);
        let Some(field) = message.get_field_by_name(name) else {
            let known = message.fields().map(|field| field.name().to_owned());
            faults.push(Fault::new(at, words::read::unknown_word(name, known)));
            continue;
        };
        match (field.kind(), value) {
            (FieldKind::Message(inner), Json::Object(map)) if !field.is_map() && is_plain(&inner) => {
                shape(&inner, map, &at, faults);
            }
            (FieldKind::Message(inner), Json::Array(items)) if field.is_list() && is_plain(&inner) => {
                for (index, item) in items.iter().enumerate() {
                    let at = format!("{at}[{index}]");
                    match item {
                        Json::Object(map) => shape(&inner, map, &at, faults),
                        Json::Array(_) | Json::Bool(_) | Json::Null | Json::Number(_) | Json::String(_) => {
                            faults.push(Fault::new(at, format!("a map with fields of {}", inner.name())));
                        }
                    }
                }
            }
            (_, _) => {
                if let Err(fault) = words::read::field_from(&field, value.clone()) {
                    faults.push(Fault::new(at, fault));
                }
            }
        }
    }
    let whole = || words::read::message_from(message, Json::Object(json.clone()));
    if path.is_empty() && faults.is_empty() {
        // What holds of fields together, such as a choice made twice.
        if let Err(fault) = whole() {
            faults.push(Fault::new("", fault));
        }
    }
}

/// Whether a message is read field by field, and not as one of protobuf's well-known ones.
fn is_plain(message: &MessageDescriptor) -> bool {
    !message.full_name().starts_with("google.protobuf.")
}

#[cfg(test)]
mod tests {
    use eush_domain::synthetic::numbers::Scheme;
    use eush_domain::synthetic::population::Population;
    use eush_wire::registry::gbdfl::v1::PersonResponse;
    use serde_json::json;

    use super::*;

    fn read(json: Json) -> Result<Template, Vec<Fault>> {
        let population = Population::new(1, Scheme::default());
        Template::read(json, &Named { people: &population, aliases: &BTreeMap::new() })
    }

    #[test]
    fn places_are_filled_in_when_the_answer_is_given() {
        let template = read(json!({
            "@type": "eush.registry.gbdfl.v1.PersonResponse",
            "message_id": "${message_id}",
            "message_date": "${bus_time}",
            "persons": [{ "iin": "${about}", "surname": "Ә", "birth_date": "${bus_date}" }, { "iin": "${person:bolat}" }],
        }))
        .unwrap();
        let asked = sample();
        let any = template.fill(&asked).unwrap();
        let answer = PersonResponse::decode(any.value.as_slice()).unwrap();
        assert_eq!(
            (answer.message_id.as_str(), answer.persons[0].iin.as_str()),
            ("message", asked.about.as_str())
        );
        assert_eq!(answer.persons[0].birth_date, "1970-01-01");
        let population = Population::new(1, Scheme::default());
        assert_eq!(answer.persons[1].iin, population.person("bolat").unwrap().iin.digits());
        assert!(answer.message_date.is_some());
    }

    #[test]
    fn every_fault_has_its_field() {
        let faults = read(json!({
            "@type": "eush.registry.gbdfl.v1.PersonResponse",
            "persons": [{ "surnam": "x", "gender": { "code": 1 } }, "no"],
            "message_id": "${mesage_id}",
            "request_id": "${person:nobody}",
        }))
        .unwrap_err();
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(
            fields,
            ["message_id", "request_id", "persons[0].gender.code", "persons[0].surnam", "persons[1]"]
        );
        assert!(faults[3].expected.contains("did you mean `surname`?"), "{}", faults[3]);
        for (json, field) in [
            (json!([]), ""),
            (json!({ "surname": "x" }), "@type"),
            (json!({ "@type": "eush.registry.gbdfl.v1.Persn" }), "@type"),
        ] {
            assert_eq!(read(json).unwrap_err()[0].field, field);
        }
    }
}
