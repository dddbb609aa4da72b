//! The files that people write, and their schemas: those of their messages, and what must not be missing besides.

use eush_words::schema;
use serde_json::{Value as Json, json};

/// A file that people write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// A list of known failures.
    KnownFailures,
    /// Parameters of a subject.
    Parameters,
    /// What services are asked and given.
    Payloads,
    /// A suite of cases.
    Suite,
}

/// Fields without which a file is refused, by the message that has them.
const REQUIRED: [(&str, &[&str]); 5] = [
    ("Allowance", &["code", "why"]),
    ("Axis", &["name", "values"]),
    ("KnownFailure", &["pattern", "reason", "owner", "expires"]),
    ("TestCase", &["name", "requirement", "source", "rule", "steps"]),
    ("TestSuite", &["name", "subject"]),
];

/// The schema of a file.
pub(crate) fn schema(of: Published) -> Json {
    let (message, title) = match of {
        Published::KnownFailures => ("KnownFailures", "Known failures of a subject of eush"),
        Published::Parameters => ("Parameters", "Parameters of a subject of eush"),
        Published::Payloads => ("PayloadBook", "Golden payloads and flows of eush"),
        Published::Suite => ("TestSuite", "Conformance suite of eush"),
    };
    let mut schema = schema::of(&format!("eush.conformance.v1.{message}"), title);
    for (name, required) in REQUIRED {
        if let Some(Json::Object(definition)) = schema["$defs"].get_mut(name) {
            definition.insert("required".to_owned(), json!(required));
        }
    }
    schema
}
