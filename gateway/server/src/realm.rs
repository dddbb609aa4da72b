//! A realm is one bus: its use cases over its own store, clock, evidence and agencies. The shared bus is one; every test
//! session is another on the same listeners. Sessions are kept apart because they share no part, not because a filter
//! keeps them apart.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use eush_domain::{Rejection, SessionKey};

use crate::TheBus;
use crate::clock::BusClock;
use crate::evidence::EvidenceKeeper;
use crate::faults::Faults;
use crate::scripting::Scripting;
use crate::store::SqliteStore;
use crate::timekeeper::Timekeeper;

/// One bus.
pub(crate) struct Realm {
    /// `None` is the shared bus.
    pub(crate) session: Option<SessionKey>,
    pub(crate) bus: Arc<TheBus>,
    pub(crate) store: SqliteStore,
    pub(crate) clock: Arc<BusClock>,
    pub(crate) evidence: Arc<EvidenceKeeper>,
    pub(crate) timekeeper: Arc<Timekeeper>,
    pub(crate) scripting: Arc<Scripting>,
    pub(crate) faults: Arc<Faults>,
}

/// The shared bus and the sessions beside it.
pub(crate) struct Realms {
    shared: Arc<Realm>,
    sessions: RwLock<HashMap<SessionKey, Arc<Realm>>>,
}

impl Realms {
    pub(crate) fn new(shared: Realm) -> Self {
        Self { shared: Arc::new(shared), sessions: RwLock::default() }
    }

    /// The shared bus.
    pub(crate) fn shared(&self) -> &Arc<Realm> {
        &self.shared
    }

    /// The bus that a call is meant for. A call for the shared bus pays nothing for the sessions beside it.
    ///
    /// # Errors
    /// [`Rejection::SessionUnknown`] where nobody created the session, or it is over.
    pub(crate) fn of(&self, session: Option<&SessionKey>) -> Result<Arc<Realm>, Rejection> {
        let Some(key) = session else { return Ok(self.shared.clone()) };
        let sessions = self.sessions.read().unwrap_or_else(PoisonError::into_inner);
        sessions.get(key).cloned().ok_or(Rejection::SessionUnknown)
    }
}
