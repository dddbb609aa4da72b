//! What came back from a call, in the JSON view that expectations look at.

use std::time::Duration;

use bytes::Bytes;
use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor};
use serde_json::{Map, Value as Json, json};
use tonic::metadata::{KeyAndValueRef, MetadataMap};
use tonic::{Code, Response, Status};
use tonic_types::pb;

use super::code;
use crate::words;

/// An answer or a status.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) code: Code,
    /// The answer, where there is one that can be read.
    pub(crate) answer: Option<DynamicMessage>,
    /// The answer's exact bytes.
    pub(crate) bytes: Bytes,
    /// The status details in our words; null with an answer.
    pub(crate) error: Json,
    pub(crate) metadata: Json,
    /// Why the answer could not be read.
    pub(crate) unreadable: Option<String>,
    pub(crate) elapsed: Duration,
    pub(crate) http_status: u16,
}

impl Reply {
    pub(super) fn of_answer(
        output: &MessageDescriptor,
        response: Response<Bytes>,
        elapsed: Duration,
    ) -> Self {
        let metadata = of_metadata(response.metadata());
        let bytes = response.into_inner();
        let decoded = DynamicMessage::decode(output.clone(), bytes.clone());
        let unreadable =
            decoded.as_ref().err().map(|error| format!("the answer is no {}: {error}", output.full_name()));
        let (code, answer) = (Code::Ok, decoded.ok());
        Self { code, answer, bytes, error: Json::Null, metadata, unreadable, elapsed, http_status: 200 }
    }

    pub(crate) fn of_status(status: &Status, elapsed: Duration) -> Self {
        Self {
            code: status.code(),
            answer: None,
            bytes: Bytes::new(),
            error: of_details(status),
            metadata: of_metadata(status.metadata()),
            unreadable: None,
            elapsed,
            http_status: 200,
        }
    }

    /// Everything that expectations look at, and that traces show.
    pub(crate) fn view(&self) -> Json {
        let mut view = match self.answer.as_ref().map(words::to_json) {
            Some(Json::Object(map)) => map,
            _ => Map::new(),
        };
        if !self.error.is_null() {
            view.insert("error".to_owned(), self.error.clone());
        }
        view.insert("metadata".to_owned(), self.metadata.clone());
        Json::Object(view)
    }

    /// The reason in ErrorInfo; empty where there is none.
    pub(crate) fn reason(&self) -> &str {
        self.error["reason"].as_str().unwrap_or_default()
    }

    /// `ok`, or code, reason and message of the status.
    pub(crate) fn summary(&self) -> String {
        let word = code::word(self.code);
        match (self.code, self.reason()) {
            (Code::Ok, _) => word.to_owned(),
            (_, "") => format!("{word} ({})", self.error["message"].as_str().unwrap_or_default()),
            (_, reason) => format!("{word} {reason}"),
        }
    }
}

fn of_metadata(metadata: &MetadataMap) -> Json {
    let pairs = metadata.iter().filter_map(|pair| match pair {
        KeyAndValueRef::Ascii(key, value) => {
            Some((key.as_str().to_owned(), Json::from(value.to_str().ok()?)))
        }
        KeyAndValueRef::Binary(..) => None,
    });
    Json::Object(pairs.collect())
}

/// The rich part of a status. Details that cannot be read stand in the list as `unreadable`.
fn of_details(status: &Status) -> Json {
    let mut kinds = Vec::new();
    let mut map = Map::new();
    map.insert("code".to_owned(), code::word(status.code()).into());
    map.insert("message".to_owned(), status.message().into());
    let whole = pb::Status::decode(status.details()).unwrap_or_default();
    for detail in &whole.details {
        kinds.push(Json::from(one(
            detail.type_url.rsplit('/').next().unwrap_or_default(),
            &detail.value,
            &mut map,
        )));
    }
    if !status.details().is_empty() {
        map.insert("inner_code".to_owned(), code::word(Code::from_i32(whole.code)).into());
    }
    map.insert("details".to_owned(), Json::Array(kinds));
    Json::Object(map)
}

fn one(name: &str, bytes: &[u8], map: &mut Map<String, Json>) -> &'static str {
    let read = match name {
        "google.rpc.ErrorInfo" => pb::ErrorInfo::decode(bytes).map(|info| {
            map.insert("reason".to_owned(), info.reason.into());
            map.insert("domain".to_owned(), info.domain.into());
            let pairs = info.metadata.into_iter().map(|(key, value)| (key, Json::from(value)));
            map.insert("info".to_owned(), Json::Object(pairs.collect()));
            "error-info"
        }),
        "google.rpc.LocalizedMessage" => pb::LocalizedMessage::decode(bytes).map(|text| {
            let texts = map.entry("texts").or_insert_with(|| json!([]));
            if let Some(texts) = texts.as_array_mut() {
                texts.push(json!({ "locale": text.locale, "message": text.message }));
            }
            "localized-message"
        }),
        "google.rpc.BadRequest" => pb::BadRequest::decode(bytes).map(|bad| {
            let one = |fault: pb::bad_request::FieldViolation| json!({ "field": fault.field, "description": fault.description });
            map.insert("violations".to_owned(), bad.field_violations.into_iter().map(one).collect());
            "bad-request"
        }),
        "google.rpc.RetryInfo" => pb::RetryInfo::decode(bytes).map(|retry| {
            map.insert("retry_seconds".to_owned(), retry.retry_delay.map_or(0, |delay| delay.seconds).into());
            "retry-info"
        }),
        "eush.bus.v1.Refusal" => DynamicMessage::decode(words::known(name), bytes).map(|refusal| {
            map.insert("refusal".to_owned(), words::to_json(&refusal));
            "refusal"
        }),
        _ => return "other",
    };
    read.unwrap_or("unreadable")
}
