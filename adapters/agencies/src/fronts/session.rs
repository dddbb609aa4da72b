//! Who is logged in and what they are about. In memory, bounded, with an end: a front that restarts asks people to log in
//! again, and the application itself is the gateway's to keep.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use eush_domain::{Iin, SessionKey, Timestamp};
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::time::Instant;

/// Sessions kept; beyond it the oldest ends.
const CAPACITY: usize = 10_000;
/// A session ends when nothing was done in it for so long (real time).
const IDLE: Duration = Duration::from_secs(30 * 60);

/// One visit.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// Test session of the bus that the visit belongs to; a visit shows itself in no other.
    pub(crate) test_session: Option<SessionKey>,
    /// Who logged in.
    pub(crate) person: Iin,
    /// The application that this visit is about.
    pub(crate) application_id: String,
    /// Message id chosen when the form was filled, and the service that the document goes to; no service where the act
    /// sends it nowhere.
    pub(crate) filled: Option<Filled>,
    /// Newest time of the bus that an answer told.
    pub(crate) bus_time: Option<Timestamp>,
    /// Which of the act's procedures the visit is about; empty where none was named.
    pub(crate) procedure: String,
    touched: Instant,
}

/// What the filled form fixed for the dispatch.
#[derive(Clone, Debug)]
pub(crate) struct Filled {
    pub(crate) message_id: String,
    pub(crate) service_id: String,
}

/// Every visit.
#[derive(Debug)]
pub(crate) struct Sessions {
    state: Mutex<State>,
    capacity: usize,
}

#[derive(Debug, Default)]
struct State {
    by_token: HashMap<String, Session>,
    order: VecDeque<String>,
}

impl Default for Sessions {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

impl Sessions {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { state: Mutex::default(), capacity }
    }

    /// Begins a visit; the token is shown again in every later call. `None` where the system has no randomness to give.
    pub(crate) fn begin(
        &self,
        test_session: Option<SessionKey>,
        person: Iin,
        application_id: String,
        bus_time: Option<Timestamp>,
        procedure: String,
    ) -> Option<String> {
        let token = random_id()?;
        let session = Session {
            test_session,
            person,
            application_id,
            filled: None,
            bus_time,
            procedure,
            touched: Instant::now(),
        };
        let mut state = self.lock();
        state.by_token.insert(token.clone(), session);
        state.order.push_back(token.clone());
        while state.order.len() > self.capacity {
            if let Some(oldest) = state.order.pop_front() {
                state.by_token.remove(&oldest);
            }
        }
        Some(token)
    }

    /// The visit of a token about this application of this test session.
    pub(crate) fn find(
        &self,
        token: &str,
        test_session: Option<&SessionKey>,
        application_id: &str,
    ) -> Option<Session> {
        let mut state = self.lock();
        let now = Instant::now();
        let session = state.by_token.get_mut(token)?;
        if now.duration_since(session.touched) > IDLE {
            state.by_token.remove(token);
            state.order.retain(|known| known != token);
            return None;
        }
        session.touched = now;
        (session.test_session.as_ref() == test_session && session.application_id == application_id)
            .then(|| session.clone())
    }

    /// Changes a visit that still goes on.
    pub(crate) fn update(&self, token: &str, change: impl FnOnce(&mut Session)) {
        if let Some(session) = self.lock().by_token.get_mut(token) {
            change(session);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 128 bits in hex: session tokens must not be guessed, and ids of messages must not meet those of an earlier run.
pub(crate) fn random_id() -> Option<String> {
    let mut bytes = [0_u8; 16];
    SystemRandom::new().fill(&mut bytes).ok()?;
    let mut text = String::with_capacity(32);
    for byte in bytes {
        write!(text, "{byte:02x}").ok()?;
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use eush_domain::synthetic::numbers::{Sex, SyntheticBirth, iin};

    use super::*;

    fn person() -> Iin {
        iin(SyntheticBirth { year: 90, month: 1, day: 2, sex: Sex::Female }, 0)
    }

    #[tokio::test(start_paused = true)]
    async fn a_visit_ends_when_nothing_happens() {
        let sessions = Sessions::default();
        let token = sessions.begin(None, person(), "a-1".to_owned(), None, String::new()).unwrap();
        assert!(sessions.find(&token, None, "a-2").is_none(), "another application");
        let elsewhere = SessionKey::parse("s-1").unwrap();
        assert!(sessions.find(&token, Some(&elsewhere), "a-1").is_none(), "another test session");
        tokio::time::advance(IDLE).await;
        assert!(sessions.find(&token, None, "a-1").is_some(), "still within its time");
        tokio::time::advance(IDLE + Duration::from_secs(1)).await;
        assert!(sessions.find(&token, None, "a-1").is_none());
        assert!(sessions.lock().order.is_empty());
    }

    #[tokio::test]
    async fn visits_are_bounded_and_tokens_differ() {
        let sessions = Sessions::with_capacity(2);
        let tokens: Vec<_> = (0..3)
            .map(|turn| sessions.begin(None, person(), format!("a-{turn}"), None, String::new()).unwrap())
            .collect();
        assert!(sessions.find(&tokens[0], None, "a-0").is_none());
        assert!(sessions.find(&tokens[2], None, "a-2").is_some());
        assert_ne!(tokens[1], tokens[2]);
        assert_eq!(tokens[1].len(), 32);
    }
}
