//! An oversize message is RESOURCE_EXHAUSTED, as everywhere in gRPC. tonic answers OUT_OF_RANGE when its decoding limit is
//! passed, so a layer around the services says it right.

use http::{HeaderValue, Response};
use tonic::Code;
use tonic::body::Body;
use tower::util::MapResponseLayer;

/// Largest message taken: attachments of 3 MiB, their signature and the envelope fit.
pub(crate) const MAX_MESSAGE: usize = 4 * 1024 * 1024;

/// Largest state that is saved or restored: the remembered answers with their signed results.
pub(crate) const MAX_STATE: usize = 256 * 1024 * 1024;

const STATUS: &str = "grpc-status";

/// The layer's type.
pub type OversizeLayer = MapResponseLayer<fn(Response<Body>) -> Response<Body>>;

/// Turns tonic's OUT_OF_RANGE of the decoding limit into RESOURCE_EXHAUSTED. No service of ours uses OUT_OF_RANGE itself.
pub fn oversize_layer() -> OversizeLayer {
    MapResponseLayer::new(exhausted)
}

fn exhausted(mut response: Response<Body>) -> Response<Body> {
    let out_of_range = HeaderValue::from(Code::OutOfRange as i32);
    if let Some(status) = response.headers_mut().get_mut(STATUS).filter(|status| **status == out_of_range) {
        *status = HeaderValue::from(Code::ResourceExhausted as i32);
    }
    response
}
