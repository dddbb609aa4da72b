//! What a call carries besides its message: trace, deadline and test session, taken from the caller and passed on.

use std::time::Duration;

use eush_domain::SessionKey;
use eush_domain::synthetic::population::roster;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;
use tonic::Request;
use tonic::metadata::MetadataMap;

const TRACEPARENT: &str = "traceparent";
const TIMEOUT: &str = "grpc-timeout";

/// What a process keeps of its caller's patience for itself, so that the callee's own answer about the deadline still
/// arrives in time.
const OWN_COST: Duration = Duration::from_millis(30);

/// Trace, deadline and test session of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallContext {
    trace: Option<Trace>,
    deadline: Option<Instant>,
    session: Option<SessionKey>,
    roster: Option<String>,
}

/// A W3C trace: 16 bytes of trace id and the flags, in hex.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Trace {
    id: String,
    flags: String,
}

impl CallContext {
    /// Reads trace, deadline and session. What cannot be read counts as absent, as W3C and gRPC demand; a session key that
    /// cannot be read does not come here, since [`crate::Host`] refuses it.
    pub fn from_metadata(metadata: &MetadataMap) -> Self {
        let text = |key| metadata.get(key).and_then(|value| value.to_str().ok());
        let timeout = text(TIMEOUT).and_then(parse_timeout);
        Self {
            trace: text(TRACEPARENT).and_then(parse_trace),
            deadline: timeout.and_then(|timeout| Instant::now().checked_add(timeout)),
            session: text(SessionKey::HEADER).and_then(|key| SessionKey::parse(key).ok()),
            roster: text(roster::HEADER).map(str::to_owned),
        }
    }

    /// Trace id in hex, or nothing.
    pub fn trace_id(&self) -> &str {
        self.trace.as_ref().map_or("", |trace| &trace.id)
    }

    /// Test session that the call belongs to; `None` is the shared bus.
    pub fn session(&self) -> Option<&SessionKey> {
        self.session.as_ref()
    }

    /// Revision of what the bus says of people beside its population; `None` where it says nothing.
    pub(crate) fn roster(&self) -> Option<&str> {
        self.roster.as_deref()
    }

    /// How much longer the caller waits, less our own cost; `None` where it set no deadline.
    pub fn patience(&self) -> Option<Duration> {
        let left = self.deadline?.saturating_duration_since(Instant::now());
        Some(left.saturating_sub(OWN_COST))
    }

    /// A request of our own within this call: the same session and trace, `span` naming our part of it, and what is left of the
    /// deadline or at most `limit`.
    pub fn request<T>(&self, message: T, span: &str, limit: Duration) -> Request<T> {
        let mut request = self.within(message, span);
        request.set_timeout(self.patience().map_or(limit, |patience| patience.min(limit)));
        request
    }

    /// Like [`Self::request`] for a stream that lasts as long as the caller listens.
    pub fn streaming_request<T>(&self, message: T, span: &str) -> Request<T> {
        let mut request = self.within(message, span);
        if let Some(patience) = self.patience() {
            request.set_timeout(patience);
        }
        request
    }

    fn within<T>(&self, message: T, span: &str) -> Request<T> {
        let mut request = Request::new(message);
        if let Some(value) = self.session.as_ref().and_then(|session| session.as_str().parse().ok()) {
            request.metadata_mut().insert(SessionKey::HEADER, value);
        }
        if let Some(trace) = &self.trace {
            let digest = Sha256::digest(format!("{}/{span}", trace.id).as_bytes());
            let parent: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            if let Ok(value) = format!("00-{}-{parent}-{}", trace.id, trace.flags).parse() {
                request.metadata_mut().insert(TRACEPARENT, value);
            }
        }
        request
    }
}

/// W3C Trace Context, 3.2: version, trace id, parent id and flags in lower-case hex; no id is all zero.
fn parse_trace(text: &str) -> Option<Trace> {
    let mut parts = text.split('-');
    let (version, id, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hex = |part: &str, length: usize| {
        part.len() == length
            && part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let nonzero = |part: &str| part.bytes().any(|byte| byte != b'0');
    let whole = version != "00" || parts.next().is_none();
    let good = hex(version, 2) && version != "ff" && hex(id, 32) && hex(parent, 16) && hex(flags, 2) && whole;
    (good && nonzero(id) && nonzero(parent)).then(|| Trace { id: id.to_owned(), flags: flags.to_owned() })
}

/// gRPC over HTTP/2: up to eight digits and a unit.
fn parse_timeout(text: &str) -> Option<Duration> {
    let unit = text.chars().next_back()?;
    let digits = text.strip_suffix(unit)?;
    let count: u64 = (1..=8).contains(&digits.len()).then(|| digits.parse().ok())??;
    match unit {
        'H' => Some(Duration::from_secs(count * 3600)),
        'M' => Some(Duration::from_secs(count * 60)),
        'S' => Some(Duration::from_secs(count)),
        'm' => Some(Duration::from_millis(count)),
        'u' => Some(Duration::from_micros(count)),
        'n' => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[tokio::test(start_paused = true)]
    async fn takes_trace_and_session_and_passes_them_on() {
        let mut metadata = MetadataMap::new();
        metadata.insert(TRACEPARENT, GOOD.parse().unwrap());
        metadata.insert(TIMEOUT, "1500m".parse().unwrap());
        metadata.insert(SessionKey::HEADER, "a-1".parse().unwrap());
        let call = CallContext::from_metadata(&metadata);
        assert_eq!(call.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        tokio::time::advance(Duration::from_millis(70)).await;
        assert_eq!(call.patience(), Some(Duration::from_millis(1400)));
        let request = call.request((), "complete", Duration::from_secs(30));
        let passed = request.metadata().get(TRACEPARENT).unwrap().to_str().unwrap();
        assert!(passed.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && passed.ends_with("-01"));
        assert_ne!(passed, GOOD, "our own part has its own id");
        assert_eq!(request.metadata().get(SessionKey::HEADER).unwrap(), "a-1");
        assert_eq!(request.metadata().get(TIMEOUT).unwrap().to_str().unwrap(), "1400000u");
    }

    #[test]
    fn unreadable_traces_and_deadlines_are_absent() {
        let zeros = format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32));
        for text in
            ["", "00", "x", &zeros, &GOOD.to_uppercase(), &format!("{GOOD}-x"), &GOOD.replace("00-4", "ff-4")]
        {
            assert_eq!(parse_trace(text), None, "{text}");
        }
        for text in ["", "S", "1", "123456789S", "-1S", "1x", "1é"] {
            assert_eq!(parse_timeout(text), None, "{text}");
        }
    }
}
