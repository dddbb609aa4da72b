//! The test session of a call, at the rim: a key that is none is refused before any handler, since falling through to the
//! shared bus would let one test disturb all others.

use eush_domain::SessionKey;
use http::{HeaderMap, Response};
use tonic::Status;
use tonic::body::Body;

/// INVALID_ARGUMENT, unless the session's key is one or is not there.
pub(crate) fn refusal(headers: &HeaderMap) -> Option<Response<Body>> {
    let key = headers.get(SessionKey::HEADER);
    if key.is_none_or(|key| key.to_str().is_ok_and(|key| SessionKey::parse(key).is_ok())) {
        return None;
    }
    let message = format!(
        "`{}`: expected [a-z0-9][a-z0-9-]{{0,62}}, or nothing for the shared bus",
        SessionKey::HEADER
    );
    Some(Status::invalid_argument(message).into_http())
}
