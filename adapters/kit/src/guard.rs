//! A layer that answers in the services' place where the head of a request already says what is wrong.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{HeaderMap, Request, Response};
use tonic::body::Body;
use tower::{Layer, Service};

/// The answer to a request with such headers, or nothing where the services are to answer.
type Refusal = fn(&HeaderMap) -> Option<Response<Body>>;

/// The layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guard(pub(crate) Refusal);

impl<S> Layer<S> for Guard {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { inner, refusal: self.0 }
    }
}

/// A service behind the layer.
#[derive(Clone, Debug)]
pub(crate) struct Guarded<S> {
    inner: S,
    refusal: Refusal,
}

type Answering<E> = Pin<Box<dyn Future<Output = Result<Response<Body>, E>> + Send>>;

impl<S> Service<Request<Body>> for Guarded<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Answering<S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Answering<S::Error> {
        match (self.refusal)(request.headers()) {
            None => Box::pin(self.inner.call(request)),
            Some(refused) => Box::pin(async move { Ok(refused) }),
        }
    }
}
