//! What a call carries through the gateway besides its message: its trace, the test session it belongs to, and the place
//! where whatever decides the answer leaves its name.

use std::sync::{Arc, Mutex, PoisonError};

use eush_domain::faults::Decided;
use eush_domain::{IdError, SessionKey};
use eush_faults::Fate;
use eush_pipeline::journal::{Nastiness, Verdict};
use http::request::Parts;

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
    /// `eush.bus.v1.GatewayService/Send`.
    pub(crate) method: Arc<str>,
    /// What is to become of the answer on the wire; `None` where the listener damages none.
    pub(crate) fate: Option<Fate>,
    decided_by: Arc<Mutex<Option<String>>>,
    struck: Arc<Mutex<Vec<Nastiness>>>,
}

impl Current {
    /// Reads a call's head.
    ///
    /// # Errors
    /// A session key that is none: such a call must not fall through to the shared bus.
    pub(crate) fn of(head: &Parts) -> Result<Self, IdError> {
        let text = |name| head.headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"));
        let session = text(SessionKey::HEADER).map(SessionKey::parse).transpose()?;
        Ok(Self {
            trace: TraceContext::of(text(trace::HEADER)),
            session,
            method: head.uri.path().trim_start_matches('/').into(),
            fate: head.extensions.get::<Fate>().cloned(),
            ..Self::unknown()
        })
    }

    /// A call that nobody described: a new trace on the shared bus.
    pub(crate) fn unknown() -> Self {
        Self {
            trace: TraceContext::of(None),
            session: None,
            method: "".into(),
            fate: None,
            decided_by: Arc::default(),
            struck: Arc::default(),
        }
    }

    /// Names what decided the answer, in the form of [`eush_domain::DECIDED_BY_HEADER`]. The last one named is told: whoever
    /// stands further out overrules.
    pub(crate) fn decide(&self, by: impl Into<String>) {
        *self.decided_by.lock().unwrap_or_else(PoisonError::into_inner) = Some(by.into());
    }

    /// Does something as part of this call.
    pub(crate) fn scoped<T>(&self, act: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self.clone(), act)
    }

    /// The rules of the faults that struck so far.
    pub(crate) fn struck(&self) -> Vec<String> {
        let struck = self.struck.lock().unwrap_or_else(PoisonError::into_inner);
        struck.iter().map(|fault| fault.rule.clone()).collect()
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

/// Notes a fault that struck the call that runs in this task, where one does.
pub(crate) fn struck(decided: &Decided) {
    let fault = Nastiness {
        rule: decided.rule.to_string(),
        knob: decided.knob.name().to_owned(),
        place: decided.place.name().to_owned(),
        parameters: crate::faults::parameters(decided),
    };
    let _ = CURRENT.try_with(|current| {
        current.struck.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    });
}

/// Adds to a record of the call that runs in this task which faults struck it. The pipeline writes the record and knows of
/// none.
pub(crate) fn note_faults(verdict: &mut Verdict) {
    let _ = CURRENT.try_with(|current| {
        verdict.nastiness.clone_from(&current.struck.lock().unwrap_or_else(PoisonError::into_inner));
    });
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_session_key_that_is_none_is_no_shared_bus() {
        let of = |value: &[u8]| {
            let (mut head, ()) = http::Request::new(()).into_parts();
            head.headers.insert(SessionKey::HEADER, HeaderValue::from_bytes(value).unwrap());
            Current::of(&head)
        };
        assert_eq!(of(b"a-1").unwrap().session, Some(SessionKey::parse("a-1").unwrap()));
        assert_eq!(Current::of(&http::Request::new(()).into_parts().0).unwrap().session, None);
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
