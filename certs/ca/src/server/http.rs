//! What is published: revocation lists, answers of the responder, the authorities' certificates and the practice
//! statement, over plain HTTP.
//!
//! Plain by nature, as the real ones are: lists and certificates carry their own signatures (RFC 5280, section 8).

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequestParts, RawPathParams, Request};
use axum::routing::get;
use axum::{Extension, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eush_domain::SessionKey;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use ring::digest;
use tokio::task::JoinError;
use tonic::Status;

use super::line::Scissors;
use super::work::Work;
use crate::authority::Authority;
use crate::ocsp;
use crate::publish::Served;

const CERTIFICATE: &str = "application/pkix-cert";
const LIST: &str = "application/pkix-crl";
const ANSWER: &str = "application/ocsp-response";
const PAGE: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

const STATEMENT: &str = "\
Бұл — сынақ куәландырушы орталығы. Оның тіркеу куәліктері ешкімді растамайды, жеке кілттері құпия емес, заңды күші жоқ.\n\
Это тестовый удостоверяющий центр. Его регистрационные свидетельства никого не удостоверяют, закрытые ключи не секретны, \
юридической силы нет.\n\
This is a test authority. Its certificates vouch for nobody, its private keys are no secret, it has no legal force.\n";

/// What a firewall between reader and authority shows (the fault of that name), with status 200.
const CAPTIVE: &str = "\
<!DOCTYPE html>\n<html><head><title>Access restricted</title></head>\n\
<body><h1>Access restricted</h1><p>This page is a deliberate fault of the test authority.</p></body></html>\n";

/// Adds the published files to a router, and an answer to every other path.
pub(super) fn routes(router: Router, authority: Authority, work: Work) -> Router {
    let files = Router::new()
        .route("/crl/{last}", get(list))
        .route("/ca/{last}", get(certificate))
        // A slash at the end, as in the national authority's address, is as good.
        .route("/ocsp", get(empty_question).post(posted_question))
        .route("/ocsp/", get(empty_question).post(posted_question))
        .route("/ocsp/{*last}", get(question))
        .layer(DefaultBodyLimit::max(ocsp::MAX_BYTES))
        .route("/cps", get(async || answer(StatusCode::OK, TEXT, STATEMENT)));
    // The same files of a test session's own authority.
    let files =
        Router::new().merge(files.clone()).nest("/s/{session}", files).with_state(Meant { authority, work });
    router.merge(files).fallback(unknown)
}

/// The authority whose files a path names: a session's own, or the shared one.
#[derive(Clone)]
struct Meant {
    authority: Authority,
    work: Work,
}

impl Meant {
    /// Asks the authority, which may block.
    async fn ask<T: Send + 'static>(
        self,
        question: impl FnOnce(Authority) -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        self.work.blocking(move || question(self.authority)).await
    }
}

impl FromRequestParts<Self> for Meant {
    type Rejection = Response<Body>;

    async fn from_request_parts(parts: &mut Parts, trunk: &Self) -> Result<Self, Response<Body>> {
        let Some(session) = parameter(parts, trunk, "session").await else { return Ok(trunk.clone()) };
        let Ok(session) = SessionKey::parse(&session) else { return Err(not_found()) };
        match trunk.clone().ask(move |trunk| trunk.branch(&session)).await {
            Ok(Ok(Some(authority))) => Ok(Self { authority, work: trunk.work.clone() }),
            Ok(Ok(None)) => Err(not_found()),
            Ok(Err(error)) => {
                tracing::error!(%error, "a session's authority cannot be opened");
                Err(answer(StatusCode::INTERNAL_SERVER_ERROR, TEXT, "session cannot be opened\n"))
            }
            Err(_) => Err(answer(StatusCode::INTERNAL_SERVER_ERROR, TEXT, "request broke off\n")),
        }
    }
}

/// The last part of a path: a file's name, or a question.
struct Last(String);

impl FromRequestParts<Meant> for Last {
    type Rejection = Response<Body>;

    async fn from_request_parts(parts: &mut Parts, trunk: &Meant) -> Result<Self, Response<Body>> {
        match parameter(parts, trunk, "last").await {
            Some(text) => Ok(Self(text)),
            None => Err(not_found()),
        }
    }
}

async fn parameter(parts: &mut Parts, trunk: &Meant, name: &str) -> Option<String> {
    let parameters = RawPathParams::from_request_parts(parts, trunk).await.ok()?;
    parameters.iter().find(|(known, _)| *known == name).map(|(_, text)| text.to_owned())
}

async fn list(
    meant: Meant,
    Extension(scissors): Extension<Scissors>,
    Last(file): Last,
    headers: HeaderMap,
) -> Response<Body> {
    let Some(stem) = file.strip_suffix(".crl").map(str::to_owned) else { return not_found() };
    match meant.ask(move |authority| authority.served_list(&stem)).await {
        Ok(Ok(Some(served))) => give(served, &scissors, |der| file_answer(&headers, LIST, der)).await,
        Ok(Ok(None)) => not_found(),
        Ok(Err(error)) => {
            tracing::error!(%error, "list cannot be read");
            answer(StatusCode::INTERNAL_SERVER_ERROR, TEXT, "list cannot be read\n")
        }
        Err(_) => answer(StatusCode::INTERNAL_SERVER_ERROR, TEXT, "request broke off\n"),
    }
}

/// A question in the body. Any content type will do: the bytes tell what they are.
async fn posted_question(
    meant: Meant,
    Extension(scissors): Extension<Scissors>,
    body: Bytes,
) -> Response<Body> {
    ask(meant, scissors, body.to_vec()).await
}

/// A question in the path (RFC 6960, appendix A.1): base64, whose slashes clients escape or leave. What is no base64 is
/// answered as any other malformed request.
async fn question(
    meant: Meant,
    Extension(scissors): Extension<Scissors>,
    Last(text): Last,
) -> Response<Body> {
    let request = STANDARD.decode(text.trim_start_matches('/')).unwrap_or_default();
    ask(meant, scissors, request).await
}

async fn empty_question() -> Response<Body> {
    answer(StatusCode::OK, TEXT, "an OCSP responder: POST a request, or GET /ocsp/ and its base64\n")
}

async fn ask(meant: Meant, scissors: Scissors, request: Vec<u8>) -> Response<Body> {
    match meant.ask(move |authority| authority.served_answer(&request)).await {
        Ok(served) => give(served, &scissors, |der| uncached(ANSWER, der)).await,
        Err(_) => answer(StatusCode::INTERNAL_SERVER_ERROR, TEXT, "request broke off\n"),
    }
}

/// What is served, be it a fault. A held answer ends when the client leaves or the server is to end.
async fn give(
    served: Served,
    scissors: &Scissors,
    file: impl FnOnce(Vec<u8>) -> Response<Body>,
) -> Response<Body> {
    match served {
        Served::File(der) => file(der),
        Served::Held => std::future::pending().await,
        Served::Html => uncached(PAGE, CAPTIVE),
        Served::Reset => {
            scissors.cut();
            uncached(TEXT, "")
        }
    }
}

async fn certificate(meant: Meant, Last(file): Last, headers: HeaderMap) -> Response<Body> {
    let Some(stem) = file.strip_suffix(".cer").map(str::to_owned) else { return not_found() };
    match meant.ask(move |authority| authority.authority_certificate(&stem)).await {
        Ok(Some(der)) => file_answer(&headers, CERTIFICATE, der),
        Ok(None) => not_found(),
        Err(_) => answer(StatusCode::INTERNAL_SERVER_ERROR, TEXT, "request broke off\n"),
    }
}

// Every path that is no file and no service. gRPC clients expect an answer in their own terms.
async fn unknown(request: Request) -> Response<Body> {
    let grpc = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"));
    if grpc {
        let status = Status::unimplemented("no such service").into_http::<Body>();
        return status;
    }
    not_found()
}

fn not_found() -> Response<Body> {
    answer(
        StatusCode::NOT_FOUND,
        TEXT,
        "no such file: there are /crl/<name>.crl, /ca/<name>.cer, /ocsp and /cps\n",
    )
}

/// A file, or word that it has not changed. There is no Last-Modified and no lifetime: the files' times are virtual, and
/// caches live in real time. The tag is the digest of the contents.
fn file_answer(headers: &HeaderMap, content_type: &'static str, contents: Vec<u8>) -> Response<Body> {
    let digest = crate::certificate::hex(digest::digest(&digest::SHA256, &contents).as_ref());
    let tag = format!("\"{digest}\"");
    let same = |value: &HeaderValue| {
        value.to_str().is_ok_and(|list| list.split(',').any(|one| one.trim().trim_start_matches("W/") == tag))
    };
    let unchanged = headers.get_all(header::IF_NONE_MATCH).iter().any(same);
    let mut response = if unchanged {
        answer(StatusCode::NOT_MODIFIED, content_type, Vec::new())
    } else {
        answer(StatusCode::OK, content_type, contents)
    };
    // Hex between quotes always is a header value.
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// An answer that may be another the next moment.
fn uncached(content_type: &'static str, contents: impl Into<Body>) -> Response<Body> {
    let mut response = answer(StatusCode::OK, content_type, contents);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn answer(status: StatusCode, content_type: &'static str, contents: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(contents.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
