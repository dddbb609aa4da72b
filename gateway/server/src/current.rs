//! What a call carries through the gateway besides its message: its trace, the test session it belongs to, and the place
//! where whatever decides the answer leaves its name.

use std::sync::{Arc, Mutex, PoisonError};

use eush_domain::{IdError, SessionKey};
use http::HeaderMap;

use crate::trace::{self, TraceContext};

tokio::task_local! {
    /// The call whose use case runs in this task. Absent where the bus works by itself: terms, resumed messages.
    pub(crate) static CURRENT: Current;
}

/// One call. Clones share who decided.
#[derive(Clone, Debug)]
pub(crate) struct Current {
    pub(crate) trace: TraceContext,
    /// `None` is the shared bus.
    pub(crate) session: Option<SessionKey>,
    decided_by: Arc<Mutex<Option<String>>>,
}

impl Current {
    /// Reads a call's headers.
    ///
    /// # Errors
    /// A session key that is none: such a call must not fall through to the shared bus.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, IdError> {
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"));
        let session = text(SessionKey::HEADER).map(SessionKey::parse).transpose()?;
        Ok(Self { trace: TraceContext::of(text(trace::HEADER)), session, decided_by: Arc::default() })
    }

    /// A call that nobody described: a new trace on the shared bus.
    pub(crate) fn unknown() -> Self {
        Self { trace: TraceContext::of(None), session: None, decided_by: Arc::default() }
    }

    /// Names what decided the answer, in the form of [`eush_domain::DECIDED_BY_HEADER`]. The last one named is told: whoever
    /// stands further out overrules.
    pub(crate) fn decide(&self, by: impl Into<String>) {
        *self.decided_by.lock().unwrap_or_else(PoisonError::into_inner) = Some(by.into());
    }

    /// What decided so far.
    pub(crate) fn decided_by(&self) -> Option<String> {
        self.decided_by.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Names what decided the answer of the call that runs in this task, where one does.
pub(crate) fn decide(by: impl Into<String>) {
    // The bus at work by itself answers nobody.
    let _ = CURRENT.try_with(|current| current.decide(by));
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_session_key_that_is_none_is_no_shared_bus() {
        let of = |value: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert(SessionKey::HEADER, HeaderValue::from_bytes(value).unwrap());
            Current::of(&headers)
        };
        assert_eq!(of(b"a-1").unwrap().session, Some(SessionKey::parse("a-1").unwrap()));
        assert_eq!(Current::of(&HeaderMap::new()).unwrap().session, None);
        for bad in [&b""[..], b"A", b"a b", b"\xd0\xb0"] {
            assert!(of(bad).is_err(), "{bad:?}");
        }
    }

    #[tokio::test]
    async fn the_last_to_decide_is_told() {
        let current = Current::unknown();
        CURRENT
            .scope(current.clone(), async {
                decide("agency/zhao");
                decide("fault/f-1");
            })
            .await;
        assert_eq!(current.decided_by().as_deref(), Some("fault/f-1"));
        decide("nobody");
    }
}
