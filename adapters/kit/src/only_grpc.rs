//! A request that is no gRPC is HTTP 415 ("gRPC over HTTP/2", Requests). tonic looks at no content type and would read
//! the body as a message, so a guard before the services says it right.

use http::{HeaderMap, Response, StatusCode, header};
use tonic::body::Body;

/// What the content type of every gRPC request begins with; a form of encoding may follow.
const GRPC: &[u8] = b"application/grpc";

/// HTTP 415, unless the content type is one of gRPC.
pub(crate) fn refusal(headers: &HeaderMap) -> Option<Response<Body>> {
    let content_type = headers.get(header::CONTENT_TYPE);
    if content_type.is_some_and(|value| value.as_bytes().starts_with(GRPC)) {
        return None;
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    Some(response)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http::Request;
    use tower::{Layer as _, ServiceExt as _};

    use super::*;
    use crate::guard::Guard;

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
            let response = Guard(refusal).layer(inner).oneshot(request).await.unwrap();
            assert_eq!(response.status(), expected, "{content_type:?}");
        }
    }
}
