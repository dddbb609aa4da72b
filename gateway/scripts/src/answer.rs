//! What a script answers.

use eush_wire::bus::v1::{LocalizedText, ProviderRefusal};
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::scripted_answer::What;

use crate::asked::{Asked, Kind};
use crate::fault::Fault;
use crate::filter::{is_whole, json_of_struct};
use crate::payload::Template;
use crate::people::Named;

/// What is answered to one call, with every place filled in.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Lookup: absent.
    Absent,
    /// Delivery: taken, registered under this number; empty registers nothing.
    Accepted(String),
    /// Lookup: found.
    Found(prost_types::Any),
    /// The agency is asked after all.
    PassOn,
    /// Delivery: the provider's no.
    Refused(ProviderRefusal),
    /// Delivery: a result to be signed.
    Result(Box<Draft>),
    /// The call fails as if the agency had answered this.
    Status(StatusAnswer),
}

/// A result before it is signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Kind of result.
    pub kind: String,
    /// Title.
    pub title: LocalizedText,
    /// Payload.
    pub body: prost_types::Any,
    /// Key of the provider; empty is the regulation's.
    pub provider: String,
}

/// A gRPC status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusAnswer {
    /// Number of the code, never 0.
    pub code: i32,
    /// What the agency says.
    pub message: String,
    /// Reason of an `ErrorInfo`; empty for none.
    pub reason: String,
    /// Metadata of it.
    pub metadata: Vec<(String, String)>,
}

/// An answer before its places are filled in.
#[derive(Clone, Debug)]
pub(crate) enum Plan {
    Absent,
    Accepted(String),
    Found(Template),
    PassOn,
    Refused(ProviderRefusal),
    Result { kind: String, title: LocalizedText, body: Template, provider: String },
    Status(StatusAnswer),
}

/// Codes of gRPC by their words.
const CODES: [&str; 17] = [
    "ok",
    "cancelled",
    "unknown",
    "invalid-argument",
    "deadline-exceeded",
    "not-found",
    "already-exists",
    "permission-denied",
    "resource-exhausted",
    "failed-precondition",
    "aborted",
    "out-of-range",
    "unimplemented",
    "internal",
    "unavailable",
    "data-loss",
    "unauthenticated",
];

impl Plan {
    /// Reads what is answered.
    pub(crate) fn read(answer: &wire::ScriptedAnswer, named: &Named<'_>) -> Result<Self, Vec<Fault>> {
        let template = |field: &str, fields: &prost_types::Struct| {
            Template::read(json_of_struct(fields), named)
                .map_err(|faults| faults.into_iter().map(|fault| fault.within(field)).collect::<Vec<_>>())
        };
        let one = |field: &str, expected: &str| Err(vec![Fault::new(field, expected)]);
        match &answer.what {
            None => {
                one("", "one of `found`, `absent`, `accepted`, `refused`, `result`, `status` and `pass_on`")
            }
            Some(What::Absent(wire::ScriptedAbsent {})) => Ok(Self::Absent),
            Some(What::Accepted(accepted)) => Ok(Self::Accepted(accepted.registration.clone())),
            Some(What::Found(fields)) => template("found", fields).map(Self::Found),
            Some(What::PassOn(wire::ScriptedPass {})) => Ok(Self::PassOn),
            Some(What::Refused(refusal)) => {
                if refusal.reason == 0 {
                    return one("refused.reason", "why the provider refuses");
                }
                if !refusal.text.as_ref().is_none_or(is_whole) {
                    return one("refused.text", "a text in kk, ru and en, or none");
                }
                Ok(Self::Refused(refusal.clone()))
            }
            Some(What::Result(result)) => {
                let title = result.title.clone().unwrap_or_default();
                if result.kind.is_empty() {
                    return one("result.kind", "the kind of result in the agency's own vocabulary");
                }
                if title.kk.is_empty() || !is_whole(&title) {
                    return one("result.title", "a title in kk, ru and en");
                }
                let Some(body) = &result.body else { return one("result.body", "the payload of the result") };
                let body = template("result.body", body)?;
                Ok(Self::Result { kind: result.kind.clone(), title, body, provider: result.provider.clone() })
            }
            Some(What::Status(status)) => read_status(status).map(Self::Status).map_err(|fault| vec![fault]),
        }
    }

    /// Kind of call that this can answer; `None` is any.
    pub(crate) fn kind(&self) -> Option<Kind> {
        match self {
            Self::Absent | Self::Found(_) => Some(Kind::Lookup),
            Self::Accepted(_) | Self::Refused(_) | Self::Result { .. } => Some(Kind::Deliver),
            Self::PassOn | Self::Status(_) => None,
        }
    }

    /// The answer to a call.
    pub(crate) fn fill(&self, asked: &Asked) -> Result<Answer, String> {
        Ok(match self {
            Self::Absent => Answer::Absent,
            Self::Accepted(registration) => Answer::Accepted(registration.clone()),
            Self::Found(template) => Answer::Found(template.fill(asked)?),
            Self::PassOn => Answer::PassOn,
            Self::Refused(refusal) => Answer::Refused(refusal.clone()),
            Self::Result { kind, title, body, provider } => Answer::Result(Box::new(Draft {
                kind: kind.clone(),
                title: title.clone(),
                body: body.fill(asked)?,
                provider: provider.clone(),
            })),
            Self::Status(status) => Answer::Status(status.clone()),
        })
    }
}

fn read_status(status: &wire::ScriptedStatus) -> Result<StatusAnswer, Fault> {
    let word = status.code.to_lowercase().replace('_', "-");
    let code = CODES.iter().position(|code| *code == word).filter(|code| *code != 0);
    let code = code.and_then(|code| i32::try_from(code).ok()).ok_or_else(|| {
        let known = CODES[1..].iter().map(|code| (*code).to_owned());
        Fault::new("status.code", eush_words::read::unknown_word(&status.code, known))
    })?;
    let in_form = |reason: &str| {
        reason.bytes().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == b'_')
    };
    if status.reason.len() > 63 || !in_form(&status.reason) {
        return Err(Fault::new("status.reason", "at most 63 of A-Z, 0-9 and _"));
    }
    if status.reason.is_empty() && !status.metadata.is_empty() {
        return Err(Fault::new("status.metadata", "a `reason` beside it"));
    }
    let mut metadata: Vec<_> = status.metadata.clone().into_iter().collect();
    metadata.sort();
    Ok(StatusAnswer { code, message: status.message.clone(), reason: status.reason.clone(), metadata })
}
