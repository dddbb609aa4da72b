//! A realm is one bus: its use cases over its own store, clock, evidence and agencies. The shared bus is one; every test
//! session is another on the same listeners. Sessions are kept apart because they share no part, not because a filter
//! keeps them apart.
//!
//! A realm begins from its store and ends whole: a reset or a restore closes it, changes its store and opens another in
//! its place, so that nothing in memory can be forgotten to be put back.

mod gate;
mod ground;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use eush_domain::{Clock, Rejection, SessionKey, Timestamp};
use eush_pipeline::ports::Store as _;
use eush_pipeline::profile::Profile;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub(crate) use gate::{Busy, Gate};
pub(crate) use ground::{Ground, Plan, in_background};

use crate::TheBus;
use crate::authority::AuthorityClient;
use crate::clock::BusClock;
use crate::evidence::EvidenceKeeper;
use crate::faults::Faults;
use crate::people::Census;
use crate::scripting::Scripting;
use crate::store::{DatabaseError, SqliteStore};
use crate::timekeeper::Timekeeper;

/// Name of scripts in a realm's store.
pub(crate) const SCRIPTS: &str = "scripts";

/// Name of fault rules in a realm's store.
pub(crate) const FAULTS: &str = "faults";

type Tasks = tokio::sync::Mutex<JoinSet<()>>;

/// One bus.
pub(crate) struct Realm {
    /// `None` is the shared bus.
    pub(crate) session: Option<SessionKey>,
    /// Which checks refuse.
    pub(crate) profile: Profile,
    /// Seed of its chance.
    pub(crate) seed: u64,
    pub(crate) bus: Arc<TheBus>,
    pub(crate) store: SqliteStore,
    pub(crate) clock: Arc<BusClock>,
    pub(crate) evidence: Arc<EvidenceKeeper>,
    pub(crate) timekeeper: Arc<Timekeeper>,
    /// Who its people are.
    pub(crate) people: Arc<Census>,
    /// What answers in agencies' places.
    pub(crate) scripting: Arc<Scripting>,
    /// What goes wrong on purpose.
    pub(crate) faults: Arc<Faults>,
    /// The certificate services, or the session's own part of them.
    pub(crate) authority: Option<AuthorityClient>,
    pub(crate) gate: Gate,
    stop: watch::Sender<bool>,
    tasks: Tasks,
}

impl Realm {
    /// Follows the clock, and hands over again what was dispatched and never answered, until the realm ends.
    pub(crate) async fn start(self: &Arc<Self>) {
        let mut tasks = self.tasks.lock().await;
        let (timekeeper, stop) = (self.timekeeper.clone(), self.stopping());
        tasks.spawn(async move { timekeeper.follow(stop).await });
        tasks.spawn(resume(self.clone()));
    }

    /// True once the realm ends: for tasks and open streams.
    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Says that the realm ends, without waiting.
    pub(crate) fn begin_stop(&self) {
        self.stop.send_replace(true);
    }

    /// Ends the realm: its streams and tasks, what is in flight, its store. What does not end within the grace finds the
    /// store closed and leaves what the next realm over the store can resume.
    pub(crate) async fn close(&self, grace: Duration) {
        self.begin_stop();
        match self.gate.close(grace).await {
            // Whoever still holds the realm must not come in once its store is closed.
            Ok(closed) => {
                self.gate.shut();
                drop(closed);
            }
            Err(Busy) => {
                tracing::warn!(session = ?self.session, "messages in flight did not end within the grace and are cut");
            }
        }
        if let Err(error) = self.keep_rules().await {
            tracing::error!(%error, "rules could not be saved");
        }
        self.retire(grace).await;
    }

    /// Saves the rules that live in memory, with how often each was used.
    ///
    /// # Errors
    /// Where the store fails.
    pub(crate) async fn keep_rules(&self) -> Result<(), DatabaseError> {
        self.store.save_part(SCRIPTS, &self.scripting.export()).await?;
        self.store.save_part(FAULTS, &self.faults.export()).await
    }

    /// Ends a realm whose gate is closed. Rules in memory are not saved: whoever resets or restores has decided of them.
    pub(crate) async fn retire(&self, grace: Duration) {
        self.begin_stop();
        let mut tasks = self.tasks.lock().await;
        let ending = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(grace, ending).await.is_err() {
            tasks.shutdown().await;
        }
        self.drop_store().await;
    }

    /// Saves what lives in memory and closes the store.
    pub(crate) async fn close_store(&self) {
        if let Err(error) = self.keep_rules().await {
            tracing::error!(%error, "rules could not be saved");
        }
        self.drop_store().await;
    }

    /// Closes the store alone.
    async fn drop_store(&self) {
        let store = self.store.clone();
        if tokio::task::spawn_blocking(move || store.close()).await.is_err() {
            tracing::error!("the store did not close");
        }
    }
}

/// Hands over again what was dispatched and never answered when the last process ended. Each by itself, so that a slow
/// agency holds up no other.
async fn resume(realm: Arc<Realm>) {
    let messages = match realm.store.unanswered().await {
        Ok(messages) => messages,
        Err(error) => {
            tracing::error!(%error, "unanswered messages could not be read");
            return;
        }
    };
    let mut tasks = JoinSet::new();
    for message in messages {
        let bus = realm.bus.clone();
        tasks.spawn(async move {
            tracing::info!(message_id = %message, "a dispatched message is handed over again");
            if let Err(error) = bus.resume(&message).await {
                tracing::warn!(message_id = %message, %error, "a message handed over again was not answered");
            }
        });
    }
    let mut stop = realm.stopping();
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => {}
        () = async { while tasks.join_next().await.is_some() {} } => {}
    }
}

/// A session's realm, and until when (real time).
struct Lease {
    realm: Arc<Realm>,
    until: Timestamp,
}

/// The shared bus and the sessions beside it.
pub(crate) struct Realms {
    shared: ArcSwap<Realm>,
    /// Told when another realm has become the shared bus.
    replaced: watch::Sender<()>,
    sessions: RwLock<HashMap<SessionKey, Lease>>,
    /// Real time.
    real: Arc<dyn Clock>,
}

impl Realms {
    pub(crate) fn new(shared: Realm, real: Arc<dyn Clock>) -> Self {
        Self {
            shared: ArcSwap::from_pointee(shared),
            replaced: watch::channel(()).0,
            sessions: RwLock::default(),
            real,
        }
    }

    /// The shared bus.
    pub(crate) fn shared(&self) -> Arc<Realm> {
        self.shared.load_full()
    }

    /// Told when another realm has become the shared bus.
    pub(crate) fn replaced(&self) -> watch::Receiver<()> {
        self.replaced.subscribe()
    }

    /// Puts another realm in the place of the shared bus.
    pub(crate) fn replace_shared(&self, realm: Arc<Realm>) {
        self.shared.store(realm);
        self.replaced.send_replace(());
    }

    /// The bus that a call is meant for. A call for the shared bus pays nothing for the sessions beside it.
    ///
    /// # Errors
    /// [`Rejection::SessionUnknown`] where nobody created the session, or it is over.
    pub(crate) fn of(&self, session: Option<&SessionKey>) -> Result<Arc<Realm>, Rejection> {
        let Some(key) = session else { return Ok(self.shared()) };
        let sessions = self.sessions.read().unwrap_or_else(PoisonError::into_inner);
        let lease = sessions.get(key).filter(|lease| self.real.now() < lease.until);
        lease.map(|lease| lease.realm.clone()).ok_or(Rejection::SessionUnknown)
    }

    /// Every session's realm, those whose time is over included.
    pub(crate) fn sessions(&self) -> Vec<Arc<Realm>> {
        let sessions = self.sessions.read().unwrap_or_else(PoisonError::into_inner);
        sessions.values().map(|lease| lease.realm.clone()).collect()
    }

    /// Every realm, the shared one first.
    pub(crate) fn all(&self) -> Vec<Arc<Realm>> {
        let mut all = vec![self.shared()];
        all.extend(self.sessions());
        all
    }

    /// Puts a realm in its session's place, until an instant of real time.
    pub(crate) fn put(&self, key: SessionKey, realm: Arc<Realm>, until: Timestamp) {
        let mut sessions = self.sessions.write().unwrap_or_else(PoisonError::into_inner);
        sessions.insert(key, Lease { realm, until });
    }

    /// Sets until when a session lives.
    pub(crate) fn extend(&self, key: &SessionKey, until: Timestamp) {
        let mut sessions = self.sessions.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(lease) = sessions.get_mut(key) {
            lease.until = until;
        }
    }

    /// Takes a session's realm away: calls for it are refused from now on.
    pub(crate) fn take(&self, key: &SessionKey) -> Option<Arc<Realm>> {
        let mut sessions = self.sessions.write().unwrap_or_else(PoisonError::into_inner);
        sessions.remove(key).map(|lease| lease.realm)
    }

    /// Sessions whose time is over, and when the next one's will be.
    pub(crate) fn expired(&self) -> (Vec<SessionKey>, Option<Timestamp>) {
        let now = self.real.now();
        let sessions = self.sessions.read().unwrap_or_else(PoisonError::into_inner);
        let over = sessions.iter().filter(|(_, lease)| lease.until <= now).map(|(key, _)| key.clone());
        let next = sessions.values().map(|lease| lease.until).filter(|until| *until > now).min();
        (over.collect(), next)
    }

    /// Real time.
    pub(crate) fn real(&self) -> Timestamp {
        self.real.now()
    }
}
