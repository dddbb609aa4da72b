//! A refusal as a bus tells it, made from the table of refusals: what the runner's gateway answers where a script says
//! `refuse`.

use eush_domain::{Rejection, Retry};
use eush_wire::bus::v1::Refusal;
use prost::Message as _;
use prost_types::Any;
use tonic::{Code, Status};
use tonic_types::pb;

/// The status of a reason; `None` where the table has no such reason.
pub(crate) fn status(reason: &str, message_id: &str) -> Option<Status> {
    let facts =
        Rejection::ALL.iter().map(|rejection| rejection.facts()).find(|facts| facts.reason == reason)?;
    let metadata = [
        ("messageId", message_id),
        ("stage", facts.stage.name()),
        ("messageClass", facts.class.name()),
        ("rule", facts.rule),
        ("agencyCalls", "0"),
    ];
    let info = pb::ErrorInfo {
        reason: facts.reason.to_owned(),
        domain: "eush.kz".to_owned(),
        metadata: metadata.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
    };
    let mut details = vec![pack("google.rpc.ErrorInfo", &info)];
    for (locale, message) in [("kk-KZ", facts.text.kk), ("ru-KZ", facts.text.ru), ("en", facts.text.en)] {
        let text = pb::LocalizedMessage { locale: locale.to_owned(), message: message.to_owned() };
        details.push(pack("google.rpc.LocalizedMessage", &text));
    }
    if let Retry::AfterSeconds(seconds) = facts.retry {
        let delay = prost_types::Duration { seconds: i64::from(seconds), nanos: 0 };
        details.push(pack("google.rpc.RetryInfo", &pb::RetryInfo { retry_delay: Some(delay) }));
    }
    details.push(pack("eush.bus.v1.Refusal", &Refusal::default()));
    let code = facts.code.number();
    let whole = pb::Status { code, message: facts.text.en.to_owned(), details };
    Some(Status::with_details(Code::from_i32(code), facts.text.en, whole.encode_to_vec().into()))
}

fn pack(name: &str, message: &impl prost::Message) -> Any {
    Any { type_url: format!("type.googleapis.com/{name}"), value: message.encode_to_vec() }
}
