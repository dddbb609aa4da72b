//! Paths into a call, checked against what a call can hold when a script is added, not when it fails to match.

use eush_words as words;
use eush_words::path::{Part, parts};
use prost_reflect::{FieldDescriptor, Kind as FieldKind, MessageDescriptor};
use serde_json::Value as Json;

use crate::classes::{self, Class, Stand};

/// A path that a call can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldPath {
    pub(crate) text: String,
    steps: Vec<Step>,
    pub(crate) leaf: Leaf,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
    Every,
    Size,
}

/// What stands at the end of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) kind: LeafKind,
    pub(crate) class: Class,
}

/// What kind of value stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LeafKind {
    Bool,
    /// One of these words.
    Enum(Vec<String>),
    /// Something with fields of its own; only whether it is there can be asked.
    Message,
    Number,
    /// Twelve digits, written in files as a key too.
    Person,
    Text,
    /// Several texts; one of them is enough.
    Texts,
}

const PLAIN: Class = Class::Plain;
const PERSONAL: Class = Class::Personal(Stand::Name);

/// What every call has, beside the fields of its message.
const OWN: &[(&str, LeafKind, Class)] = &[
    ("agency", LeafKind::Text, PLAIN),
    ("kind", LeafKind::Text, PLAIN),
    ("service", LeafKind::Text, PLAIN),
    ("regulation", LeafKind::Text, PLAIN),
    ("channel", LeafKind::Text, PLAIN),
    ("sender", LeafKind::Text, PLAIN),
    ("message", LeafKind::Text, PLAIN),
    ("application", LeafKind::Text, PLAIN),
    ("attempt", LeafKind::Number, PLAIN),
    ("profile", LeafKind::Text, PLAIN),
    ("about", LeafKind::Person, Class::Personal(Stand::Number)),
    ("signer.iin", LeafKind::Person, Class::Personal(Stand::Number)),
    ("signer.bin", LeafKind::Person, PLAIN),
    ("signer.serial", LeafKind::Text, PLAIN),
    ("signer.issuer", LeafKind::Text, PLAIN),
    ("signer.role", LeafKind::Texts, PLAIN),
    ("signer.policy", LeafKind::Texts, PLAIN),
    ("signer.name", LeafKind::Text, PERSONAL),
    ("signer.system", LeafKind::Text, PLAIN),
    ("signer.algorithm", LeafKind::Text, PLAIN),
];

/// Words that only some paths take.
pub(crate) const KINDS: [&str; 2] = ["lookup", "deliver"];

impl FieldPath {
    /// Reads a path. `agency` narrows what the fields of a message can be; `None` means any agency's.
    ///
    /// # Errors
    /// What is expected, with the nearest name where there is one.
    pub(crate) fn read(text: &str, agency: Option<&str>) -> Result<Self, String> {
        if let Some((_, kind, class)) = OWN.iter().find(|(name, _, _)| *name == text) {
            let steps = text.split('.').map(|name| Step::Name(name.to_owned())).collect();
            let leaf = Leaf { kind: kind.clone(), class: *class };
            return Ok(Self { text: text.to_owned(), steps, leaf });
        }
        let parts = parts(text);
        let Some(Part::Name(root)) = parts.first() else {
            return Err(format!("a path such as {}", examples()));
        };
        let rest = &parts[1..];
        let (mut steps, leaf) = match root.as_str() {
            "document" if !rest.is_empty() => walk(&[words::known("eush.bus.v1.Document")], rest, agency)?,
            "document" => (Vec::new(), Leaf::message()),
            "form" | "request" if rest.is_empty() => (Vec::new(), Leaf::message()),
            "form" | "request" => walk(&payloads(agency)?, rest, agency)?,
            _ => {
                let known = OWN.iter().map(|(name, _, _)| (*name).to_owned());
                let roots = ["document", "form", "request"].map(str::to_owned);
                return Err(words::read::unknown_word(text, known.chain(roots)));
            }
        };
        steps.insert(0, Step::Name(root.clone()));
        Ok(Self { text: text.to_owned(), steps, leaf })
    }

    /// Every value that the path means in a call.
    pub(crate) fn values(&self, view: &Json) -> Vec<Json> {
        let mut found = vec![view];
        for (at, step) in self.steps.iter().enumerate() {
            found = match step {
                Step::Name(name) => found.into_iter().filter_map(|value| value.get(name.as_str())).collect(),
                Step::Index(index) => found.into_iter().filter_map(|value| value.get(*index)).collect(),
                Step::Every => found.into_iter().filter_map(Json::as_array).flatten().collect(),
                Step::Size if at + 1 == self.steps.len() => {
                    // What is empty does not stand in a message at all.
                    let sizes = found.iter().map(|value| size(value));
                    return vec![Json::from(sizes.sum::<usize>())];
                }
                Step::Size => Vec::new(),
            };
        }
        found.into_iter().cloned().collect()
    }
}

impl Leaf {
    fn message() -> Self {
        Self { kind: LeafKind::Message, class: PERSONAL }
    }
}

fn examples() -> &'static str {
    "`agency`, `about`, `signer.role` or `form.family[*].relation`"
}

fn size(value: &Json) -> usize {
    match value {
        Json::Array(items) => items.len(),
        Json::Object(map) => map.len(),
        Json::String(text) => text.chars().count(),
        Json::Bool(_) | Json::Null | Json::Number(_) => 1,
    }
}

/// Packages of payloads, one an agency.
const REGISTRIES: &str = "eush.registry.";

/// Every message of an agency's package, or of all.
fn payloads(agency: Option<&str>) -> Result<Vec<MessageDescriptor>, String> {
    let package = |agency: &str| format!("{REGISTRIES}{agency}.v1");
    let wanted = |message: &MessageDescriptor| match agency {
        Some(agency) => message.package_name() == package(agency),
        None => message.package_name().starts_with(REGISTRIES),
    };
    let found: Vec<_> = words::POOL.all_messages().filter(wanted).collect();
    match agency {
        Some(agency) if found.is_empty() => Err(format!(
            "fields of a message of the package {}, which this build does not know",
            package(agency)
        )),
        Some(_) | None => Ok(found),
    }
}

/// Follows a path through messages; it is enough that one of them has it. The fault told is that of whichever went
/// furthest.
fn walk(
    candidates: &[MessageDescriptor],
    parts: &[Part],
    agency: Option<&str>,
) -> Result<(Vec<Step>, Leaf), String> {
    let mut fault = None;
    for candidate in candidates {
        match within(candidate, parts, agency) {
            Ok(found) => return Ok(found),
            Err((depth, text)) if fault.as_ref().is_none_or(|(deepest, _)| depth > *deepest) => {
                fault = Some((depth, text));
            }
            Err(_) => {}
        }
    }
    let Some((depth, text)) = fault else { return Err("a field of a message".to_owned()) };
    match parts.first() {
        // Of many messages none has even the first field: the nearest of all their fields is told.
        Some(Part::Name(name)) if depth == 0 && candidates.len() > 1 => {
            let known = candidates.iter().flat_map(MessageDescriptor::fields);
            Err(words::read::unknown_word(name, known.map(|field| field.name().to_owned())))
        }
        Some(_) | None => Err(text),
    }
}

type Walked = Result<(Vec<Step>, Leaf), (usize, String)>;

fn within(message: &MessageDescriptor, parts: &[Part], agency: Option<&str>) -> Walked {
    let Some((Part::Name(name), rest)) = parts.split_first() else {
        return Err((0, "a field's name before brackets".to_owned()));
    };
    let Some(field) = message.get_field_by_name(name) else {
        let known = message.fields().map(|field| field.name().to_owned());
        return Err((0, words::read::unknown_word(name, known)));
    };
    let deeper = |(depth, text): (usize, String)| (depth + 1, text);
    let mut steps = vec![Step::Name(name.clone())];
    let mut rest = rest;
    if matches!(rest, [Part::Name(last)] if last == "size") {
        steps.push(Step::Size);
        return Ok((steps, Leaf { kind: LeafKind::Number, class: PLAIN }));
    }
    if field.is_list() {
        match rest.split_first() {
            Some((Part::Index(index), inner)) => {
                steps.push(Step::Index(*index));
                rest = inner;
            }
            Some((Part::Every, inner)) => {
                steps.push(Step::Every);
                rest = inner;
            }
            None => return Ok((steps, Leaf { kind: list_kind(&field), class: class_of(&field) })),
            Some((Part::Name(_), _)) => {
                return Err((1, format!("`{name}[0]`, or `{name}[*]` for any, as `{name}` is a list")));
            }
        }
    } else if matches!(rest.first(), Some(Part::Every | Part::Index(_))) {
        return Err((1, format!("no brackets after `{name}`, which is no list")));
    }
    if rest.is_empty() {
        return Ok((steps, Leaf { kind: leaf_kind(&field), class: class_of(&field) }));
    }
    let FieldKind::Message(inner) = field.kind() else {
        return Err((1, format!("nothing after `{name}`, which has no fields")));
    };
    let (more, leaf) = if inner.full_name() == "google.protobuf.Any" {
        let candidates = payloads(agency).map_err(|fault| (1, fault))?;
        walk(&candidates, rest, agency).map_err(|fault| (1, fault))?
    } else {
        within(&inner, rest, agency).map_err(deeper)?
    };
    steps.extend(more);
    Ok((steps, leaf))
}

fn list_kind(field: &FieldDescriptor) -> LeafKind {
    if matches!(field.kind(), FieldKind::String) { LeafKind::Texts } else { LeafKind::Message }
}

fn leaf_kind(field: &FieldDescriptor) -> LeafKind {
    match field.kind() {
        FieldKind::String if class_of(field) == Class::Personal(Stand::Number) => LeafKind::Person,
        FieldKind::String => LeafKind::Text,
        FieldKind::Bool => LeafKind::Bool,
        FieldKind::Enum(found) => LeafKind::Enum(words::all_words(&found)),
        FieldKind::Bytes | FieldKind::Message(_) => LeafKind::Message,
        FieldKind::Double
        | FieldKind::Fixed32
        | FieldKind::Fixed64
        | FieldKind::Float
        | FieldKind::Int32
        | FieldKind::Int64
        | FieldKind::Sfixed32
        | FieldKind::Sfixed64
        | FieldKind::Sint32
        | FieldKind::Sint64
        | FieldKind::Uint32
        | FieldKind::Uint64 => LeafKind::Number,
    }
}

fn class_of(field: &FieldDescriptor) -> Class {
    classes::of(field.parent_message().full_name(), field.name())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_reach_lists_sizes_and_packed_messages() {
        let view = json!({ "form": { "family": [{ "relation": "child" }, { "relation": "spouse" }] },
            "signer": { "role": ["employee"] } });
        let values = |path: &str| FieldPath::read(path, Some("zhao")).unwrap().values(&view);
        assert_eq!(values("form.family.size"), [json!(2)]);
        assert_eq!(values("form.family[*].relation"), [json!("child"), json!("spouse")]);
        assert_eq!(values("form.family[1].relation"), [json!("spouse")]);
        assert_eq!(values("form.answers.size"), [json!(0)], "an absent list is an empty one");
        assert_eq!(values("signer.role"), [json!(["employee"])]);
        assert!(values("form.phone").is_empty());
        assert_eq!(FieldPath::read("about", None).unwrap().leaf.kind, LeafKind::Person);
        assert_eq!(FieldPath::read("document.form.phone", None).unwrap().leaf.kind, LeafKind::Text);
        let marital = FieldPath::read("form.foster_care.marital_status", Some("regional")).unwrap();
        assert_eq!(marital.leaf.kind, LeafKind::Enum(vec!["single".to_owned(), "married".to_owned()]));
    }

    #[test]
    fn faults_name_what_would_be_right() {
        for (path, agency, expected) in [
            ("agncy", None, "did you mean `agency`?"),
            ("form.famly.size", Some("zhao"), "did you mean `family`?"),
            ("form.family.relation", Some("zhao"), "`family[*]`"),
            ("form.phone.code", Some("zhao"), "nothing after `phone`"),
            ("form.phone[0]", Some("zhao"), "no brackets"),
            ("document.applicant.inn", None, "did you mean `iin`?"),
            ("form.x", Some("elsewhere"), "does not know"),
            ("[0]", None, "a path such as"),
        ] {
            let fault = FieldPath::read(path, agency).unwrap_err();
            assert!(fault.contains(expected), "{path}: {fault}");
        }
    }
}
