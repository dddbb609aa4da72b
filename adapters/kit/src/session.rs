//! The test session of a call, at the rim: a key that is none is refused before any handler, since falling through to the
//! shared bus would let one test disturb all others.

use std::pin::Pin;
use std::task::{Context, Poll};

use eush_domain::SessionKey;
use http::{Request, Response};
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

/// The layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionRim;

impl<S> Layer<S> for SessionRim {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded(inner)
    }
}

/// A service behind the layer.
#[derive(Clone, Debug)]
pub(crate) struct Guarded<S>(S);

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
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Answering<S::Error> {
        let key = request.headers().get(SessionKey::HEADER);
        let known = key.is_none_or(|key| key.to_str().is_ok_and(|key| SessionKey::parse(key).is_ok()));
        if known {
            return Box::pin(self.0.call(request));
        }
        let message = format!(
            "`{}`: expected [a-z0-9][a-z0-9-]{{0,62}}, or nothing for the shared bus",
            SessionKey::HEADER
        );
        Box::pin(async move { Ok(Status::invalid_argument(message).into_http()) })
    }
}
