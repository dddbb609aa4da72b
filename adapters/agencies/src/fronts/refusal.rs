//! How a front says no by itself, in the form that the whole bus uses (`eush/bus/v1/rejection.proto`), and how it passes
//! on the gateway's no unchanged.

use std::collections::HashMap;

use eush_domain::text::Language;
use eush_domain::{Code, Rejection};
use tonic::Status;
use tonic_types::{BadRequest, ErrorDetail, ErrorInfo, FieldViolation, LocalizedMessage, StatusExt as _};

/// A refusal of the front's own.
pub(crate) fn refuse(rejection: Rejection, fields: &[(&str, &str)]) -> Status {
    let facts = rejection.facts();
    let metadata = HashMap::from([
        ("stage".to_owned(), facts.stage.name().to_owned()),
        ("messageClass".to_owned(), facts.class.name().to_owned()),
        ("rule".to_owned(), facts.rule.to_owned()),
    ]);
    let mut details: Vec<ErrorDetail> = vec![ErrorInfo::new(facts.reason, "eush.kz", metadata).into()];
    for language in Language::ALL {
        details.push(LocalizedMessage::new(language.tag(), facts.text.in_language(language)).into());
    }
    if !fields.is_empty() {
        let violations: Vec<_> =
            fields.iter().map(|(field, expected)| FieldViolation::new(*field, *expected)).collect();
        details.push(BadRequest::new(violations).into());
    }
    Status::with_error_details_vec(code(facts.code), facts.meaning, details)
}

/// The gateway's answer, code and details as they came; its transport's headers stay behind.
pub(crate) fn pass_on(status: Status) -> Status {
    Status::with_details(status.code(), status.message(), status.details().to_vec().into())
}

fn code(code: Code) -> tonic::Code {
    // Both numberings are gRPC's own.
    tonic::Code::from_i32(code.number())
}
