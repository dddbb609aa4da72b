//! A request that is no gRPC is HTTP 415 ("gRPC over HTTP/2", Requests). tonic looks at no content type and would read
//! the body as a message, so a layer around the services says it right.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response, StatusCode, header};
use tonic::body::Body;
use tower::{Layer, Service};

/// What the content type of every gRPC request begins with; a form of encoding may follow.
const GRPC: &[u8] = b"application/grpc";

/// The layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OnlyGrpc;

impl<S> Layer<S> for OnlyGrpc {
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
        let content_type = request.headers().get(header::CONTENT_TYPE);
        if content_type.is_some_and(|value| value.as_bytes().starts_with(GRPC)) {
            return Box::pin(self.0.call(request));
        }
        Box::pin(async move {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            Ok(response)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn what_is_no_grpc_reaches_no_service() {
        let inner = tower::service_fn(async |_: Request<Body>| {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::ACCEPTED;
            Ok::<_, Infallible>(response)
        });
        for (content_type, expected) in [
            (Some("application/grpc"), StatusCode::ACCEPTED),
            (Some("application/grpc+proto"), StatusCode::ACCEPTED),
            (Some("application/json"), StatusCode::UNSUPPORTED_MEDIA_TYPE),
            (Some("text/plain"), StatusCode::UNSUPPORTED_MEDIA_TYPE),
            (None, StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ] {
            let mut request = Request::new(Body::empty());
            if let Some(value) = content_type {
                request.headers_mut().insert(header::CONTENT_TYPE, value.parse().unwrap());
            }
            let response = OnlyGrpc.layer(inner).oneshot(request).await.unwrap();
            assert_eq!(response.status(), expected, "{content_type:?}");
        }
    }
}
