//! A refusal on the wire, as `rejection.proto` says.

use eush_domain::{Rejection, Retry};
use eush_wire::bus::v1::{CheckFinding, CheckOutcome, Refusal};
use prost::Message as _;
use prost_types::Any;
use tonic::{Code, Status};
use tonic_types::pb;

/// What is wrong with how refusals are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Telling {
    /// Nothing.
    #[default]
    Right,
    /// The findings come first.
    OutOfOrder,
    /// In Russian alone.
    OneLanguage,
    /// Without details.
    Bare,
    /// With another code.
    WrongCode,
    /// Always with a hint to retry.
    AlwaysRetry,
    /// Never with a hint to retry.
    NeverRetry,
    /// With a domain of its own.
    OtherDomain,
    /// Without the message id.
    NoMessageId,
    /// Without the findings.
    NoFindings,
    /// With the value of the field.
    LeaksValue,
}

fn pack(name: &str, message: &impl prost::Message) -> Any {
    Any { type_url: format!("type.googleapis.com/{name}"), value: message.encode_to_vec() }
}

/// The status of a rejection.
pub fn status(
    rejection: Rejection,
    message_id: &str,
    fields: &[(&str, &str)],
    calls: usize,
    telling: Telling,
) -> Status {
    let facts = rejection.facts();
    let mut code = facts.code.number();
    if telling == Telling::WrongCode && code == Code::PermissionDenied as i32 {
        code = Code::Internal as i32;
    }
    if telling == Telling::Bare {
        return Status::new(Code::from_i32(code), facts.text.en);
    }
    let mut metadata = std::collections::HashMap::from([
        ("sessionId".to_owned(), "{session}".to_owned()),
        ("stage".to_owned(), facts.stage.name().to_owned()),
        ("messageClass".to_owned(), facts.class.name().to_owned()),
        ("rule".to_owned(), facts.rule.to_owned()),
        ("agencyCalls".to_owned(), calls.to_string()),
    ]);
    if telling != Telling::NoMessageId {
        metadata.insert("messageId".to_owned(), message_id.to_owned());
    }
    let domain = if telling == Telling::OtherDomain { "example.org" } else { "eush.kz" };
    let info = pb::ErrorInfo { reason: facts.reason.to_owned(), domain: domain.to_owned(), metadata };
    let mut details = vec![pack("google.rpc.ErrorInfo", &info)];
    let texts = [("kk-KZ", facts.text.kk), ("ru-KZ", facts.text.ru), ("en", facts.text.en)];
    for (locale, text) in
        texts.into_iter().filter(|(locale, _)| telling != Telling::OneLanguage || *locale == "ru-KZ")
    {
        details.push(pack(
            "google.rpc.LocalizedMessage",
            &pb::LocalizedMessage { locale: locale.to_owned(), message: text.to_owned() },
        ));
    }
    if !fields.is_empty() {
        let one = |(field, expected): &(&str, &str)| pb::bad_request::FieldViolation {
            field: (*field).to_owned(),
            description: if telling == Telling::LeaksValue {
                format!("98765x is not {expected}")
            } else {
                (*expected).to_owned()
            },
            ..Default::default()
        };
        details.push(pack(
            "google.rpc.BadRequest",
            &pb::BadRequest { field_violations: fields.iter().map(one).collect() },
        ));
    }
    let delay = match facts.retry {
        Retry::AfterSeconds(seconds) if telling != Telling::NeverRetry => Some(seconds),
        Retry::Never if telling == Telling::AlwaysRetry => Some(1),
        Retry::AfterSeconds(_) | Retry::Never => None,
    };
    if let Some(seconds) = delay {
        let retry_delay = Some(prost_types::Duration { seconds: seconds.into(), nanos: 0 });
        details.push(pack("google.rpc.RetryInfo", &pb::RetryInfo { retry_delay }));
    }
    let finding = CheckFinding {
        stage: facts.stage.name().to_owned(),
        outcome: CheckOutcome::Failed.into(),
        reason: facts.reason.to_owned(),
        ..Default::default()
    };
    let checks = if telling == Telling::NoFindings { Vec::new() } else { vec![finding] };
    details.push(pack("eush.bus.v1.Refusal", &Refusal { checks, ..Default::default() }));
    if telling == Telling::OutOfOrder {
        details.rotate_right(1);
    }
    let whole = pb::Status { code, message: facts.text.en.to_owned(), details };
    Status::with_details(Code::from_i32(code), facts.text.en, whole.encode_to_vec().into())
}
