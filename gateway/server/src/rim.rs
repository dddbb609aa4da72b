//! The rim of a listener: one layer around every call, before any handler.
//!
//! It takes or makes the trace, reads which session is meant, counts what is in flight, turns away what is too much or too late, and gives size errors
//! the status that gRPC clients expect. It knows nothing of what a message means.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use eush_domain::faults::Point;
use eush_domain::{DECIDED_BY_HEADER, Rejection, SessionKey};
use eush_pipeline::{FieldFault, Refusal};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use tokio::sync::{Semaphore, watch};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{Layer, Service};
use tracing::Instrument as _;

use crate::current::Current;
use crate::faults::FAULTS_HEADER;
use crate::faults::arrival::Strike;
use crate::parts::Core;
use crate::rescue;
use crate::services::http as http_checks;

/// Calls that nothing strikes.
const ROSTERS: &str = "/eush.adapter.v1.RosterService/";

/// The layer. Clones share the count.
#[derive(Clone)]
pub(crate) struct Rim {
    in_flight: Arc<Semaphore>,
    draining: watch::Receiver<bool>,
    /// Whose faults strike calls that carry no message; `None` where no call is to be struck.
    faults: Option<Arc<Core>>,
}

impl Rim {
    pub(crate) fn new(in_flight: usize, draining: watch::Receiver<bool>, faults: Option<Arc<Core>>) -> Self {
        Self { in_flight: Arc::new(Semaphore::new(in_flight)), draining, faults }
    }
}

impl<S> Layer<S> for Rim {
    type Service = RimService<S>;

    fn layer(&self, inner: S) -> RimService<S> {
        RimService { inner, rim: self.clone() }
    }
}

/// A service with the rim around it.
#[derive(Clone)]
pub(crate) struct RimService<S> {
    inner: S,
    rim: Rim,
}

type Answering<E> = Pin<Box<dyn Future<Output = Result<Response<Body>, E>> + Send>>;

impl<S> Service<Request<Body>> for RimService<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Answering<S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Answering<S::Error> {
        if is_foreign(&request) {
            return unsupported();
        }
        // Whether the bus is well must be answered even while it is not.
        if request.uri().path().starts_with("/grpc.") {
            return Box::pin(self.inner.call(request));
        }
        if *self.rim.draining.borrow() {
            return answered(&request, Rejection::BusDraining);
        }
        let Ok(permit) = self.rim.in_flight.clone().try_acquire_owned() else {
            return answered(&request, Rejection::BusOverloaded);
        };
        let (mut head, body) = request.into_parts();
        let Ok(current) = Current::of(&head) else {
            return misnamed(&Request::from_parts(head, body));
        };
        let session = current.session.as_ref().map_or("", |session| session.as_str());
        let trace_id = current.trace.trace_id();
        let span = tracing::info_span!("call", path = head.uri.path(), trace_id, session);
        head.extensions.insert(current.clone());
        let request = Request::from_parts(head, body);
        // What the bus says of people is no call of the bus: agencies and fronts of the simulation ask for it.
        let plumbing = request.uri().path().starts_with(ROSTERS);
        let faults = self.rim.faults.clone().filter(|_| !plumbing);
        // The clone that was polled ready answers this call; the other takes its place.
        let next = self.inner.clone();
        let mut ready = std::mem::replace(&mut self.inner, next);
        let answer = async move {
            let strike = match faults {
                Some(core) => Strike::of(&core, &current),
                None => None,
            };
            if let Some(strike) = &strike
                && let Err(status) = strike.pass(Point::Arrival).await
            {
                return Ok(told(status.into_http(), &current));
            }
            let mut response = ready.call(request).await?;
            if let Some(strike) = &strike
                && let Err(status) = strike.answered().await
            {
                response = status.into_http();
            }
            // A stream goes on after its headers; only the work until then is counted.
            drop(permit);
            let response = if is_out_of_range(response.headers()) { too_large() } else { response };
            Ok(told(response, &current))
        };
        Box::pin(answer.instrument(span))
    }
}

/// Whether a request goes to a gRPC method and is none (gRPC over HTTP/2, Requests). tonic looks at no content type and would
/// read the body as a message. Paths of the checks as JSON have no package in their first part.
fn is_foreign(request: &Request<Body>) -> bool {
    let mut path = request.uri().path().trim_start_matches('/').splitn(2, '/');
    let names_method = path.next().is_some_and(|service| service.contains('.')) && path.next().is_some();
    let content_type = request.headers().get(header::CONTENT_TYPE);
    names_method && !content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}

fn unsupported<E: 'static>() -> Answering<E> {
    Box::pin(async {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Ok(response)
    })
}

/// A refusal in the terms of whoever calls.
fn answered<E: 'static>(request: &Request<Body>, rejection: Rejection) -> Answering<E> {
    let json = request.uri().path().starts_with(http_checks::PREFIX);
    Box::pin(async move {
        Ok(if json { http_checks::rejected(rejection) } else { rescue::rejected(rejection).into_http() })
    })
}

/// A session key that is none, in the terms of whoever calls. Falling through to the shared bus would let one test
/// disturb all others.
fn misnamed<E: 'static>(request: &Request<Body>) -> Answering<E> {
    let json = request.uri().path().starts_with(http_checks::PREFIX);
    let fault = FieldFault::new(
        SessionKey::HEADER,
        "[a-z0-9][a-z0-9-]{0,62}, or no such metadata for the shared bus",
    );
    Box::pin(async move {
        let faults = vec![fault];
        Ok(if json {
            http_checks::malformed(&faults)
        } else {
            let refusal = Refusal { faults, ..Refusal::of(Rejection::EnvelopeMalformed) };
            rescue::refused(&refusal, &rescue::Context::default()).into_http()
        })
    })
}

/// The answer with the name of what decided it, where something did.
fn told(mut response: Response<Body>, current: &Current) -> Response<Body> {
    if let Some(value) = current.decided_by().and_then(|by| HeaderValue::from_str(&by).ok()) {
        response.headers_mut().insert(DECIDED_BY_HEADER, value);
    }
    let struck = current.struck();
    if let (false, Ok(value)) = (struck.is_empty(), HeaderValue::from_str(&struck.join(","))) {
        response.headers_mut().insert(FAULTS_HEADER, value);
    }
    response
}

/// tonic says OUT_OF_RANGE where a message exceeds the decoding limit; every other implementation, and our table, says
/// RESOURCE_EXHAUSTED. No handler of ours uses OUT_OF_RANGE.
fn is_out_of_range(headers: &HeaderMap) -> bool {
    Status::from_header_map(headers).is_some_and(|status| status.code() == Code::OutOfRange)
}

fn too_large() -> Response<Body> {
    rescue::rejected(Rejection::MessageTooLarge).into_http()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_methods_of_services_want_grpc() {
        for (path, content_type, expected) in [
            ("/eush.bus.v1.GatewayService/Send", "application/grpc", false),
            ("/eush.bus.v1.GatewayService/Send", "application/grpc+proto", false),
            ("/eush.bus.v1.GatewayService/Send", "text/plain", true),
            ("/eush.bus.v1.GatewayService/Send", "", true),
            ("/grpc.health.v1.Health/Check", "application/json", true),
            ("/v1/certificates:check", "application/json", false),
            ("/favicon.ico", "", false),
            ("/", "", false),
        ] {
            let mut request = Request::builder().uri(path).body(Body::empty()).unwrap();
            if !content_type.is_empty() {
                request.headers_mut().insert(header::CONTENT_TYPE, content_type.parse().unwrap());
            }
            assert_eq!(is_foreign(&request), expected, "{path} {content_type}");
        }
    }
}
