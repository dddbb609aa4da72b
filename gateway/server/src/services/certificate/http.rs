//! The certificate checks as JSON over HTTP, for people without gRPC, on the bus's own listener.
//!
//! A request is read into the message of the gRPC call and goes the same way; the answer is the verdict as
//! [`eush_pki::view`] writes it. A refused certificate is an answer like any other: status 200. `gateway/server/README.md`
//! has the shapes. Deliberate difference from gRPC: a request that cannot be understood has an `error` object, as there is
//! no status detail to put it in.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::routing::{get, post};
use axum::{Extension, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use eush_domain::{Code, Rejection, Timestamp};
use eush_pipeline::FieldFault;
use eush_pki::view::{Texts, VerdictView};
use eush_pki::{Indication, Verdict};
use eush_wire::bus::v1::SignedDocument;
use eush_wire::eds::v1 as wire;
use http::{HeaderValue, Response, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use tonic::service::Routes;

use super::{Certificates, Described, Undone};
use crate::convert;
use crate::current::Current;
use crate::realm::Realm;
use crate::rescue;

/// What every path of this kind begins with.
pub(crate) const PREFIX: &str = "/v1/";

/// Adds the checks to the bus's routes, and an answer to every path that is none.
pub(crate) fn with_checks(routes: Routes, calls: Certificates, message_bytes: usize) -> Routes {
    // Base64 makes four bytes of three, and JSON needs a few more around them.
    let limit = message_bytes.saturating_mul(4) / 3 + (64 << 10);
    let checks = Router::new()
        .route("/v1/certificates:check", post(certificate))
        .route("/v1/documents:check", post(document))
        .route("/v1/policy", get(policy))
        .layer(DefaultBodyLimit::max(limit))
        .with_state(calls);
    Routes::from(routes.into_axum_router().merge(checks).fallback(unknown))
}

/// The answer of the rim to a call of this kind.
pub(crate) fn rejected(rejection: Rejection) -> Response<tonic::body::Body> {
    refusal(rejection, &[]).map(tonic::body::Body::new)
}

/// The rim's answer to a call whose headers are malformed.
pub(crate) fn malformed(faults: &[FieldFault]) -> Response<tonic::body::Body> {
    refusal(Rejection::EnvelopeMalformed, faults).map(tonic::body::Body::new)
}

/// An expected subject.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Expected {
    iin: String,
    bin: String,
    role: String,
}

impl From<Expected> for wire::Expectations {
    fn from(expected: Expected) -> Self {
        Self { iin: expected.iin, bin: expected.bin, role: expected.role }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CertificateCheck {
    certificate: String,
    #[serde(default)]
    intermediates: Vec<String>,
    #[serde(default)]
    expectations: Expected,
    at: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentCheck {
    signature: String,
    #[serde(default)]
    content: String,
    #[serde(default)]
    expectations: Expected,
    at: Option<String>,
    #[serde(default)]
    judgement_time: JudgementTime,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum JudgementTime {
    #[default]
    Given,
    Signing,
}

#[derive(Serialize)]
struct Document<'a> {
    indication: &'static str,
    signers: Vec<VerdictView<'a>>,
}

async fn certificate(
    State(calls): State<Certificates>,
    Extension(current): Extension<Current>,
    body: Result<Bytes, BytesRejection>,
) -> Response<Body> {
    match check_certificate(&calls, &current, body).await {
        Ok(verdict) => answer(StatusCode::OK, &VerdictView::of(&verdict)),
        Err(response) => *response,
    }
}

async fn document(
    State(calls): State<Certificates>,
    Extension(current): Extension<Current>,
    body: Result<Bytes, BytesRejection>,
) -> Response<Body> {
    match check_document(&calls, &current, body).await {
        Ok(verdicts) => {
            let bad = verdicts.iter().find(|verdict| verdict.indication != Indication::TotalPassed);
            let whole = bad.or(verdicts.first()).map_or(Indication::Indeterminate, |one| one.indication);
            let signers = verdicts.iter().map(VerdictView::of).collect();
            answer(StatusCode::OK, &Document { indication: whole.name(), signers })
        }
        Err(response) => *response,
    }
}

/// The policy in force: names of the stages in order, settings, trusted roots.
async fn policy(State(calls): State<Certificates>, Extension(current): Extension<Current>) -> Response<Body> {
    let realm = match realm(&calls, &current) {
        Ok(realm) => realm,
        Err(response) => return *response,
    };
    let described = Described::of(&realm);
    let settings =
        described.settings.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value)));
    let anchor = |(subject, sha256)| json!({ "subject": subject, "sha256": sha256 });
    let anchors: Vec<_> = described.anchors.into_iter().map(anchor).collect();
    let settings: serde_json::Map<String, Value> = settings.collect();
    answer(StatusCode::OK, &json!({ "stages": described.stages, "settings": settings, "anchors": anchors }))
}

type Refused = Box<Response<Body>>;

async fn check_certificate(
    calls: &Certificates,
    current: &Current,
    body: Result<Bytes, BytesRejection>,
) -> Result<Verdict, Refused> {
    let realm = realm(calls, current)?;
    let check: CertificateCheck = parse(body)?;
    let mut faults = Vec::new();
    let mut intermediates = Vec::new();
    for (index, text) in check.intermediates.iter().enumerate() {
        intermediates.extend(one_certificate(text, &format!("intermediates[{index}]"), &mut faults));
    }
    let request = wire::CheckCertificateRequest {
        certificate: one_certificate(&check.certificate, "certificate", &mut faults).unwrap_or_default(),
        intermediates,
        expectations: Some(check.expectations.into()),
        at: instant(check.at.as_deref(), &mut faults),
    };
    if !faults.is_empty() {
        return Err(refusal(Rejection::EnvelopeMalformed, &faults).into());
    }
    Certificates::certificate(&realm, request).await.map_err(undone)
}

async fn check_document(
    calls: &Certificates,
    current: &Current,
    body: Result<Bytes, BytesRejection>,
) -> Result<Vec<Verdict>, Refused> {
    let realm = realm(calls, current)?;
    let check: DocumentCheck = parse(body)?;
    let mut faults = Vec::new();
    let document = SignedDocument {
        content: binary(&check.content, "content", &mut faults).unwrap_or_default().into(),
        signature: binary(&check.signature, "signature", &mut faults).unwrap_or_default(),
        ..SignedDocument::default()
    };
    let judgement_time = match check.judgement_time {
        JudgementTime::Given => wire::JudgementTime::Unspecified,
        JudgementTime::Signing => wire::JudgementTime::Signing,
    };
    let request = wire::CheckDocumentRequest {
        document: Some(document),
        expectations: Some(check.expectations.into()),
        at: instant(check.at.as_deref(), &mut faults),
        judgement_time: judgement_time.into(),
    };
    if !faults.is_empty() {
        return Err(refusal(Rejection::EnvelopeMalformed, &faults).into());
    }
    Certificates::document(&realm, request).await.map_err(undone)
}

fn realm(calls: &Certificates, current: &Current) -> Result<Arc<Realm>, Refused> {
    calls.0.sessions.realms().of(current.session.as_ref()).map_err(|rejection| refusal(rejection, &[]).into())
}

fn parse<T: for<'a> Deserialize<'a>>(body: Result<Bytes, BytesRejection>) -> Result<T, Refused> {
    let body = body.map_err(|rejection| {
        let too_large = rejection.status() == StatusCode::PAYLOAD_TOO_LARGE;
        let reason = if too_large { Rejection::MessageTooLarge } else { Rejection::EnvelopeMalformed };
        Box::new(refusal(reason, &[]))
    })?;
    serde_json::from_slice(&body).map_err(|error| {
        // The parser's own words may repeat a value, which may be personal; where it stopped may not.
        let place = format!("line {} column {}", error.line(), error.column());
        let fault = FieldFault::new(place, "JSON of the documented fields");
        Box::new(refusal(Rejection::EnvelopeMalformed, &[fault]))
    })
}

fn binary(text: &str, field: &str, faults: &mut Vec<FieldFault>) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let binary = STANDARD.decode(text).ok();
    if binary.is_none() {
        faults.push(FieldFault::new(field, "base64"));
    }
    binary
}

/// DER in base64, or PEM of one certificate.
fn one_certificate(text: &str, field: &str, faults: &mut Vec<FieldFault>) -> Option<Vec<u8>> {
    if !text.contains("-----BEGIN ") {
        return binary(text, field, faults);
    }
    let mut blocks = crate::tls::certificates_of_pem(text);
    if blocks.len() != 1 {
        faults.push(FieldFault::new(field, "one certificate, in PEM or as base64 of its DER"));
    }
    blocks.pop()
}

fn instant(text: Option<&str>, faults: &mut Vec<FieldFault>) -> Option<prost_types::Timestamp> {
    let text = text?;
    match Timestamp::parse(text, &Rfc3339) {
        Ok(at) => Some(convert::timestamp(at)),
        Err(_) => {
            faults.push(FieldFault::new("at", "an instant of RFC 3339"));
            None
        }
    }
}

fn undone(undone: Undone) -> Refused {
    match undone {
        Undone::Faults(faults) => refusal(Rejection::EnvelopeMalformed, &faults).into(),
        Undone::Fault(error) => {
            let status = rescue::incident(&error, &rescue::Context::default());
            let error = json!({
                "code": 500, "status": "INTERNAL", "reason": "INTERNAL_FAULT", "message": status.message(),
            });
            answer(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "error": error })).into()
        }
    }
}

/// A refusal of the one table, with HTTP's number for it.
fn refusal(rejection: Rejection, faults: &[FieldFault]) -> Response<Body> {
    let facts = rejection.facts();
    let status = if rejection == Rejection::MessageTooLarge {
        StatusCode::PAYLOAD_TOO_LARGE
    } else if facts.code == Code::InvalidArgument {
        StatusCode::BAD_REQUEST
    } else if facts.code == Code::NotFound {
        StatusCode::NOT_FOUND
    } else {
        // The rim refuses for the bus's sake, not for the request's.
        StatusCode::SERVICE_UNAVAILABLE
    };
    let fields: Vec<Value> =
        faults.iter().map(|fault| json!({ "field": fault.field, "expected": fault.expected })).collect();
    let error = json!({
        "code": status.as_u16(),
        "status": facts.code.name(),
        "reason": facts.reason,
        "message": facts.meaning,
        "texts": Texts::of(rejection),
        "fields": fields,
    });
    answer(status, &json!({ "error": error }))
}

fn answer(status: StatusCode, contents: &impl Serialize) -> Response<Body> {
    // Maps with keys of text and texts: there is nothing here that JSON cannot say.
    let body = serde_json::to_vec(contents).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

// Every path that is no check and no gRPC service. gRPC clients expect an answer in their own terms.
async fn unknown(request: Request) -> Response<Body> {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    if content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/grpc")) {
        return tonic::Status::unimplemented("no such service").into_http::<Body>();
    }
    let paths = "there are POST /v1/certificates:check, POST /v1/documents:check and GET /v1/policy";
    let error = json!({ "code": 404, "status": "NOT_FOUND", "message": paths });
    answer(StatusCode::NOT_FOUND, &json!({ "error": error }))
}

#[cfg(test)]
mod tests {
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn a_body_beyond_the_limit_is_told_as_such() {
        let handler = async |body: Result<Bytes, BytesRejection>| match parse::<Value>(body) {
            Ok(value) => answer(StatusCode::OK, &value),
            Err(response) => *response,
        };
        let router = Router::new().route("/", post(handler)).layer(DefaultBodyLimit::max(10));
        for (body, expected) in [
            ("[1]", StatusCode::OK),
            ("[1", StatusCode::BAD_REQUEST),
            ("[1,2,3,4,5,6]", StatusCode::PAYLOAD_TOO_LARGE),
        ] {
            let request = Request::post("/").body(Body::from(body)).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), expected, "{body}");
        }
    }
}
