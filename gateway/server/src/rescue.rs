//! Refusals and faults as gRPC statuses, exactly as `proto/eush/bus/v1/rejection.proto` says. The one place for it.
//!
//! A refusal tells everything it knows. A fault tells an incident id and nothing else; its chain goes to the log.
//! Status details travel in a header, and many clients stop reading headers at 16 KiB or even 8: where the details grow
//! beyond [`BUDGET`], the trace's texts go first, then the evidence, then the trace. The journal keeps all of it.

use std::collections::HashMap;
use std::error::Error;

use bytes::Bytes;
use eush_domain::rejection::Code;
use eush_domain::{Language, Rejection, Retry};
use eush_pipeline::profile::Profile;
use eush_pipeline::{Failure, Fault, Refusal};
use eush_wire::bus::v1 as wire;
use prost::Message;
use tonic::Status;
use tonic_types::pb;

use crate::chance;
use crate::convert;

/// Domain of every reason.
pub(crate) const DOMAIN: &str = "eush.kz";

/// Most bytes of details before base64: a third more on the wire still leaves room within 8 KiB of headers.
const BUDGET: usize = 5_600;

/// What a status repeats of the call that it answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context {
    pub(crate) message_id: String,
    pub(crate) session_id: String,
    pub(crate) profile: Option<Profile>,
}

/// The status of a use case that failed.
pub(crate) fn failure(failure: Failure, context: &Context) -> Status {
    match failure {
        Failure::Refused(refusal) => refused(&refusal, context),
        Failure::Fault(error) => fault(&error, context),
    }
}

/// The status of a refusal that has nothing but its reason: at the rim, before the pipeline.
pub(crate) fn rejected(rejection: Rejection) -> Status {
    refused(&Refusal::of(rejection), &Context::default())
}

/// The status of a refusal.
pub(crate) fn refused(refusal: &Refusal, context: &Context) -> Status {
    let facts = refusal.rejection.facts();
    let mut details = vec![any("google.rpc.ErrorInfo", &error_info(refusal, context))];
    details.extend(Language::ALL.map(|language| {
        let message = pb::LocalizedMessage {
            locale: language.tag().to_owned(),
            message: facts.text.in_language(language).to_owned(),
        };
        any("google.rpc.LocalizedMessage", &message)
    }));
    if !refusal.faults.is_empty() {
        details.push(any("google.rpc.BadRequest", &bad_request(refusal)));
    }
    if let Retry::AfterSeconds(seconds) = facts.retry {
        let delay = prost_types::Duration { seconds: i64::from(seconds), nanos: 0 };
        details.push(any("google.rpc.RetryInfo", &pb::RetryInfo { retry_delay: Some(delay) }));
    }
    let spent: usize = details.iter().map(Message::encoded_len).sum();
    details.push(any("eush.bus.v1.Refusal", &found(refusal, BUDGET.saturating_sub(spent))));
    status(code(facts.code), facts.meaning, details)
}

/// The status of a fault. Its chain is told to the log under an incident id.
pub(crate) fn fault(error: &Fault, context: &Context) -> Status {
    incident(error, context)
}

/// The status of any failure of ours. Its chain is told to the log under an incident id.
pub(crate) fn incident(error: &(dyn Error + 'static), context: &Context) -> Status {
    let id = chance::uuid();
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        chain.push_str(": ");
        chain.push_str(&cause.to_string());
        source = cause.source();
    }
    tracing::error!(incident_id = %id, message_id = %context.message_id, error = %chain, "a fault of the bus");
    let mut metadata = ids(context);
    metadata.insert("incidentId".to_owned(), id.clone());
    // No row of the table: the table holds refusals, and this is none.
    let info = pb::ErrorInfo { reason: "INTERNAL_FAULT".to_owned(), domain: DOMAIN.to_owned(), metadata };
    let message = format!("The bus failed; incident {id}.");
    status(tonic::Code::Internal, &message, vec![any("google.rpc.ErrorInfo", &info)])
}

/// The status of a management call that cannot be done: a reason of management's own and English words.
pub(crate) fn management(code: tonic::Code, reason: &str, message: &str) -> Status {
    let info =
        pb::ErrorInfo { reason: reason.to_owned(), domain: DOMAIN.to_owned(), metadata: HashMap::new() };
    status(code, message, vec![any("google.rpc.ErrorInfo", &info)])
}

/// The status of a management call whose fields are not as they must be: every one of them, and what is expected there.
pub(crate) fn fields(faults: Vec<(String, String)>) -> Status {
    let told: Vec<String> = faults.iter().map(|(field, expected)| format!("`{field}`: {expected}")).collect();
    let info = pb::ErrorInfo {
        reason: "FIELD_INVALID".to_owned(),
        domain: DOMAIN.to_owned(),
        metadata: HashMap::new(),
    };
    let violation = |(field, description): (String, String)| pb::bad_request::FieldViolation {
        field,
        description,
        ..pb::bad_request::FieldViolation::default()
    };
    // Details travel in a header; whoever made fifty mistakes can mend them in two rounds.
    let bad = pb::BadRequest { field_violations: faults.into_iter().take(40).map(violation).collect() };
    let details = vec![any("google.rpc.ErrorInfo", &info), any("google.rpc.BadRequest", &bad)];
    let message: String = told.join("; ").chars().take(1500).collect();
    status(tonic::Code::InvalidArgument, &message, details)
}

fn status(code: tonic::Code, message: &str, details: Vec<prost_types::Any>) -> Status {
    let body = pb::Status { code: i32::from(code), message: message.to_owned(), details };
    Status::with_details(code, message, Bytes::from(body.encode_to_vec()))
}

fn any(name: &str, message: &impl Message) -> prost_types::Any {
    prost_types::Any { type_url: format!("type.googleapis.com/{name}"), value: message.encode_to_vec() }
}

fn code(code: Code) -> tonic::Code {
    tonic::Code::from_i32(code.number())
}

fn ids(context: &Context) -> HashMap<String, String> {
    let profile = context.profile.map_or("", Profile::name);
    [("messageId", context.message_id.as_str()), ("sessionId", &context.session_id), ("profile", profile)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

fn error_info(refusal: &Refusal, context: &Context) -> pb::ErrorInfo {
    let facts = refusal.rejection.facts();
    let mut metadata = ids(context);
    let mut put = |key: &str, value: String| {
        if !value.is_empty() {
            metadata.insert(key.to_owned(), value);
        }
    };
    put("stage", facts.stage.name().to_owned());
    put("messageClass", facts.class.name().to_owned());
    put("rule", facts.rule.to_owned());
    put("applicationId", refusal.application.as_ref().map(|id| id.as_str().to_owned()).unwrap_or_default());
    put("actLabel", refusal.label.clone());
    put("actReference", refusal.reference.clone());
    if !refusal.calls.is_empty() {
        let agencies: Vec<_> = refusal.calls.iter().map(|call| call.agency.as_str()).collect();
        put("agency", agencies.join(","));
    }
    // Always told: "0" is what a refusal before the dispatch is known by.
    put("agencyCalls", refusal.calls.iter().map(|call| call.calls).sum::<u32>().to_string());
    pb::ErrorInfo { reason: facts.reason.to_owned(), domain: DOMAIN.to_owned(), metadata }
}

fn bad_request(refusal: &Refusal) -> pb::BadRequest {
    let violation = |fault: &eush_pipeline::FieldFault| pb::bad_request::FieldViolation {
        field: fault.field.clone(),
        description: format!("expected {}", fault.expected),
        ..pb::bad_request::FieldViolation::default()
    };
    pb::BadRequest { field_violations: refusal.faults.iter().map(violation).collect() }
}

fn found(refusal: &Refusal, budget: usize) -> wire::Refusal {
    let mut found = wire::Refusal {
        checks: convert::findings(&refusal.findings),
        steps: convert::steps(&refusal.steps),
        application_id: refusal.application.as_ref().map(|id| id.as_str().to_owned()).unwrap_or_default(),
    };
    if found.encoded_len() > budget {
        found.steps.iter_mut().for_each(|step| step.text = None);
    }
    if found.encoded_len() > budget {
        found.checks.iter_mut().for_each(|check| check.evidence.clear());
    }
    if found.encoded_len() > budget {
        found.steps.clear();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(status: &Status) -> pb::Status {
        pb::Status::decode(status.details()).unwrap()
    }

    #[test]
    fn every_refusal_has_its_details_in_order() {
        for rejection in Rejection::ALL {
            let facts = rejection.facts();
            let status = rejected(rejection);
            assert_eq!(i32::from(status.code()), facts.code.number());
            let details = decoded(&status).details;
            let names: Vec<_> =
                details.iter().map(|any| any.type_url.rsplit('/').next().unwrap().to_owned()).collect();
            let mut expected = vec!["google.rpc.ErrorInfo"];
            expected.extend(["google.rpc.LocalizedMessage"; 3]);
            if facts.retry != Retry::Never {
                expected.push("google.rpc.RetryInfo");
            }
            expected.push("eush.bus.v1.Refusal");
            assert_eq!(names, expected, "{}", facts.reason);
            let info = pb::ErrorInfo::decode(details[0].value.as_slice()).unwrap();
            assert_eq!((info.reason.as_str(), info.domain.as_str()), (facts.reason, "eush.kz"));
            assert_eq!(info.metadata["agencyCalls"], "0");
            let locales: Vec<_> = details[1..4]
                .iter()
                .map(|any| pb::LocalizedMessage::decode(any.value.as_slice()).unwrap().locale)
                .collect();
            assert_eq!(locales, ["kk-KZ", "ru-KZ", "en"]);
        }
    }

    #[test]
    fn a_fault_tells_an_incident_and_nothing_else() {
        let context = Context { message_id: "m-1".to_owned(), ..Context::default() };
        let status = fault(&Fault::Bug("the secret inside"), &context);
        assert_eq!(status.code(), tonic::Code::Internal);
        let details = decoded(&status).details;
        let info = pb::ErrorInfo::decode(details[0].value.as_slice()).unwrap();
        assert!(status.message().contains(&info.metadata["incidentId"]));
        assert_eq!(info.metadata["messageId"], "m-1");
        assert!(!format!("{status:?}{info:?}").contains("secret inside"));
    }

    #[test]
    fn details_stay_within_what_clients_read() {
        let mut refusal = Refusal::of(Rejection::CertificateRevoked);
        let finding = eush_pipeline::finding::Finding {
            check: eush_pipeline::finding::CheckId::Revocation,
            outcome: eush_pipeline::finding::CheckOutcome::Failed,
            reason: Some(Rejection::CertificateRevoked),
            evidence: vec!["x".repeat(900)],
            checked_by_act: "portal".to_owned(),
            rule: "000:1-2".to_owned(),
        };
        refusal.findings = vec![finding; 12];
        let status = refused(&refusal, &Context::default());
        assert!(status.details().len() <= BUDGET + 200, "{}", status.details().len());
    }
}
