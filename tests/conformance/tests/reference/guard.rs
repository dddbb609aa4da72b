//! What tonic leaves out: a request that is not gRPC is HTTP 415, and an oversize message is RESOURCE_EXHAUSTED.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{HeaderValue, Request, Response, StatusCode};
use tonic::Code;
use tonic::body::Body;

/// Wraps a server.
#[derive(Clone, Copy, Debug)]
pub struct Guard {
    /// Whether the oversize code is corrected.
    pub oversize: bool,
    /// Whether other content types are turned away.
    pub content_type: bool,
}

impl<S> tower::Layer<S> for Guard {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { inner, guard: *self }
    }
}

/// A wrapped server.
#[derive(Clone, Debug)]
pub struct Guarded<S> {
    inner: S,
    guard: Guard,
}

impl<S> tower::Service<Request<Body>> for Guarded<S>
where
    S: tower::Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let guard = self.guard;
        let grpc = request
            .headers()
            .get("content-type")
            .is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"));
        if guard.content_type && !grpc {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Box::pin(async move { Ok(response) });
        }
        let answering = self.inner.call(request);
        Box::pin(async move {
            let mut response = answering.await?;
            let out_of_range = HeaderValue::from(Code::OutOfRange as i32);
            if let Some(status) = response
                .headers_mut()
                .get_mut("grpc-status")
                .filter(|status| guard.oversize && **status == out_of_range)
            {
                *status = HeaderValue::from(Code::ResourceExhausted as i32);
            }
            Ok(response)
        })
    }
}
