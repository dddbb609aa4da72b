//! The other side: what a client of ours does about answers that are broken, by faults on purpose or by nobody's purpose.
//!
//! tonic 0.14.9 panics where the details of a status are no base64 (`Status::from_header_map`), so that one broken answer
//! would end the task that asked. Details that cannot be read are left out here; code and message stay.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use tonic::body::Body;
use tonic::metadata::MetadataMap;
use tonic::transport::Channel;
use tower::Service;

use crate::layer::DETAILS;

/// A channel over which no answer can make tonic panic. Goes wherever a channel goes.
#[derive(Clone, Debug)]
pub struct Guarded {
    inner: Channel,
}

impl From<Channel> for Guarded {
    fn from(inner: Channel) -> Self {
        Self { inner }
    }
}

type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, tonic::transport::Error>> + Send>>;

impl Service<Request<Body>> for Guarded {
    type Response = Response<Body>;
    type Error = tonic::transport::Error;
    type Future = Answering;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Answering {
        let answer = self.inner.call(request);
        Box::pin(async move {
            let (mut head, body) = answer.await?.into_parts();
            readable(&mut head.headers);
            Ok(Response::from_parts(head, Body::new(Readable(body))))
        })
    }
}

/// A body whose trailers can be read.
struct Readable(Body);

impl http_body::Body for Readable {
    type Data = Bytes;
    type Error = tonic::Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, tonic::Status>>> {
        Pin::new(&mut self.0).poll_frame(cx).map_ok(|mut frame| {
            if let Some(trailers) = frame.trailers_mut() {
                readable(trailers);
            }
            frame
        })
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.0.size_hint()
    }
}

/// Leaves out details that are no base64.
fn readable(headers: &mut HeaderMap) {
    let Some(details) = headers.get(DETAILS) else { return };
    let mut alone = HeaderMap::new();
    alone.insert(DETAILS, details.clone());
    let metadata = MetadataMap::from_headers(alone);
    if metadata.get_bin(DETAILS).is_some_and(|details| details.to_bytes().is_err()) {
        tracing::warn!("the details of a status are no base64 and are left out");
        headers.remove(DETAILS);
    }
}
