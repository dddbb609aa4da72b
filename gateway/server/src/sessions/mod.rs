//! Test sessions: made, extended, reset, ended, and ended by themselves when their time is over.
//!
//! A session is a realm with files of its own, a branch of the certificate services and a part of every agency; this
//! module keeps the list of them and drives their beginning and end. Work on one session takes turns; work on the whole
//! state takes turns with everything.

mod record;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use eush_domain::term::parse_terms;
use eush_domain::{Clock as _, Dice, SessionKey, VirtualClock};
use eush_pipeline::profile::Profile;
use eush_wire::management::v1 as wire;
use tokio::sync::{
    Mutex as AsyncMutex, Notify, OwnedMutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, watch,
};
use tokio::task::JoinSet;
use tonic::{Code, Status};

use record::Register;
pub(crate) use record::{Pace, Record, Records};

use crate::people::PEOPLE;
use crate::realm::{Busy, FAULTS, Ground, Plan, Realm, Realms, SCRIPTS};
use crate::start::StartError;
use crate::store::{DatabaseError, Forget};
use crate::timekeeper::AdvanceError;
use crate::wall;

/// Time to live of a session that names none.
const LIVES: Duration = Duration::from_secs(60 * 60);
/// Longest time to live.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Longest sleep until the next session's end, lest a mistake about it last.
const LONGEST_SLEEP: Duration = Duration::from_secs(600);
/// Name of the sessions' records in the shared bus's store.
const RECORDS: &str = "sessions";
/// Longest description, in characters.
const DESCRIPTION: usize = 200;

/// Why something could not be done with a session.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    /// The certificate services could not make, reset or end their part.
    #[error("the certificate services could not do their part: {0}")]
    Authority(Status),
    /// Messages in flight hold it up.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// What was asked for is not as it must be.
    #[error("`{field}`: {expected}")]
    Field {
        /// Field of the request.
        field: &'static str,
        /// What is expected.
        expected: String,
    },
    /// A file cannot be deleted or written.
    #[error("the files of a session cannot be changed")]
    File(#[from] std::io::Error),
    /// The key is in use.
    #[error("the session `{0}` exists: end it, or take another key")]
    InUse(SessionKey),
    /// The realm could not be built.
    #[error("the session could not be opened")]
    Start(#[from] StartError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] DatabaseError),
    /// There are as many as are allowed.
    #[error("there are {0} sessions already, which is `limits.sessions`: end some")]
    TooMany(usize),
    /// There is none of this key.
    #[error("there is no session `{0}`: it was never created, has ended or has outlived its time")]
    Unknown(SessionKey),
}

/// What a session is to be like.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    /// `None`: one is drawn.
    pub(crate) key: Option<SessionKey>,
    /// `None`: an hour.
    pub(crate) time_to_live: Option<Duration>,
    /// Terms; empty: none.
    pub(crate) offset: String,
    pub(crate) pace: Pace,
    /// `None`: the shared bus's.
    pub(crate) profile: Option<Profile>,
    /// `None`: drawn from the bus's seed and the key.
    pub(crate) seed: Option<u64>,
    pub(crate) description: String,
}

/// The sessions of this gateway.
pub(crate) struct Sessions {
    ground: Arc<Ground>,
    realms: Arc<Realms>,
    register: AsyncMutex<Register>,
    turns: Mutex<HashMap<SessionKey, Weak<AsyncMutex<()>>>>,
    /// Read by work on one session, written by work on the whole state.
    whole: RwLock<()>,
    /// Told when the next end may have moved.
    leases: Notify,
}

fn field(field: &'static str, expected: impl Into<String>) -> SessionError {
    SessionError::Field { field, expected: expected.into() }
}

impl Sessions {
    /// Opens the sessions that an earlier run left, and ends those whose time is over.
    pub(crate) async fn open(ground: Arc<Ground>, realms: Arc<Realms>) -> Result<Self, StartError> {
        let saved: Register = realms.shared().store.part(RECORDS).await?.unwrap_or_default();
        let sessions = Self {
            ground,
            realms,
            register: AsyncMutex::new(Register { drawn: saved.drawn, ..Register::default() }),
            turns: Mutex::default(),
            whole: RwLock::default(),
            leases: Notify::new(),
        };
        for (key, record) in saved.sessions {
            if record.expires_at <= sessions.realms.real() {
                tracing::info!(session = %key, "a session's time was over");
                if let Err(error) = remove(&sessions.ground.file(Some(&key))) {
                    tracing::warn!(session = %key, %error, "the files of a session cannot be deleted");
                }
                sessions.tell_parts_of_end(&key).await;
                continue;
            }
            match sessions.reopen(&key, &record).await {
                Ok(realm) => {
                    sessions.realms.put(key.clone(), realm, record.expires_at);
                    sessions.register.lock().await.sessions.insert(key, record);
                }
                // One damaged session keeps nobody else from starting; its files stay for whoever looks into it.
                Err(error) => tracing::error!(session = %key, %error, "a session cannot be opened again"),
            }
        }
        sessions.save().await?;
        Ok(sessions)
    }

    /// The shared bus and the sessions' realms.
    pub(crate) fn realms(&self) -> &Arc<Realms> {
        &self.realms
    }

    /// What realms are built on.
    pub(crate) fn ground(&self) -> &Ground {
        &self.ground
    }

    /// Keeps everybody else from changing any session.
    pub(crate) async fn alone(&self) -> RwLockWriteGuard<'_, ()> {
        self.whole.write().await
    }

    /// A turn at one session.
    pub(crate) async fn turn(&self, key: &SessionKey) -> Turn<'_> {
        let whole = self.whole.read().await;
        let lock = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, lock| lock.strong_count() > 0);
            let lock = turns.get(key).and_then(Weak::upgrade).unwrap_or_default();
            turns.insert(key.clone(), Arc::downgrade(&lock));
            lock
        };
        Turn { _whole: whole, _own: lock.lock_owned().await }
    }

    fn grace(&self) -> Duration {
        self.ground.config.limits.shutdown_grace.get()
    }

    async fn save(&self) -> Result<(), DatabaseError> {
        let register = self.register.lock().await;
        self.realms.shared().store.save_part(RECORDS, &*register).await
    }

    /// Remembers a record.
    async fn remember(&self, key: SessionKey, record: Record) -> Result<(), DatabaseError> {
        self.register.lock().await.sessions.insert(key, record);
        self.leases.notify_one();
        self.save().await
    }

    /// Makes a session.
    pub(crate) async fn create(&self, wish: Wish) -> Result<(SessionKey, Record), SessionError> {
        let key = match wish.key.clone() {
            Some(key) => key,
            None => self.draw().await,
        };
        let _turn = self.turn(&key).await;
        self.sweep_one(&key).await;
        let (held, in_use) = {
            let register = self.register.lock().await;
            (register.sessions.len(), register.sessions.contains_key(&key))
        };
        if in_use {
            return Err(SessionError::InUse(key));
        }
        let most = usize::try_from(self.ground.config.limits.sessions.get()).unwrap_or(usize::MAX);
        if held >= most {
            return Err(SessionError::TooMany(held));
        }
        let record = self.record(&key, wish)?;
        let clock = self.clock(&record)?;
        remove(&self.ground.file(Some(&key)))?;
        self.begin_parts(&key).await?;
        let store = self.ground.store(Some(&key)).await?;
        store.save_clock(clock).await?;
        let realm = Arc::new(self.ground.realm(plan(&key, &record), store).await?);
        realm.start().await;
        self.realms.put(key.clone(), realm, record.expires_at);
        self.remember(key.clone(), record.clone()).await?;
        tracing::info!(session = %key, "a session begins");
        Ok((key, record))
    }

    /// A key that nobody uses or used: of the bus's seed and how many were drawn, so that a run that is repeated draws the
    /// same.
    async fn draw(&self) -> SessionKey {
        let dice = Dice::new(self.ground.seed);
        let mut register = self.register.lock().await;
        loop {
            register.drawn += 1;
            let roll = dice.stream(&["session-key", &register.drawn.to_string()]).roll();
            if let Ok(key) = SessionKey::parse(&format!("s-{:012x}", roll >> 16))
                && !register.sessions.contains_key(&key)
            {
                return key;
            }
        }
    }

    fn record(&self, key: &SessionKey, wish: Wish) -> Result<Record, SessionError> {
        let time_to_live = lives(wish.time_to_live)?;
        if wish.description.chars().count() > DESCRIPTION || wish.description.chars().any(char::is_control) {
            return Err(field("description", "at most 200 characters, none of them a control character"));
        }
        let drawn = || Dice::new(self.ground.seed).stream(&["session", key.as_str()]).roll();
        let now = self.realms.real();
        let mut record = Record {
            description: wish.description,
            created_at: now,
            expires_at: now,
            time_to_live,
            profile: wish.profile.unwrap_or(self.ground.policy.profile),
            seed: wish.seed.unwrap_or_else(drawn),
            offset: wish.offset,
            began: wish.pace,
            pace: wish.pace,
        };
        record.renew(now);
        Ok(record)
    }

    /// The clock that a session begins with.
    fn clock(&self, record: &Record) -> Result<VirtualClock, SessionError> {
        let (shared, real) = (self.realms.shared().clock.state(), wall::now());
        let unfit = |error: &dyn std::fmt::Display| field("clock_offset", error.to_string());
        let ahead = match record.offset.as_str() {
            "" => shared,
            offset => {
                let terms = parse_terms(offset).map_err(|error| unfit(&error))?;
                let now = shared.at(real);
                let target = self.ground.calendar.add_all(now, &terms).map_err(|error| unfit(&error))?;
                shared.moved_to(real, target.max(now)).unwrap_or(shared)
            }
        };
        Ok(match record.began {
            Pace::Follows => ahead,
            Pace::Stands => ahead.frozen(real),
        })
    }

    async fn reopen(&self, key: &SessionKey, record: &Record) -> Result<Arc<Realm>, StartError> {
        let store = self.ground.store(Some(key)).await?;
        Ok(Arc::new(self.ground.realm(plan(key, record), store).await?))
    }

    /// The record of a session that lives.
    pub(crate) async fn find(&self, key: &SessionKey) -> Result<(Arc<Realm>, Record), SessionError> {
        let unknown = || SessionError::Unknown(key.clone());
        let realm = self.realms.of(Some(key)).map_err(|_| unknown())?;
        let record = self.register.lock().await.sessions.get(key).cloned().ok_or_else(unknown)?;
        Ok((realm, record))
    }

    /// Every session, by key.
    pub(crate) async fn list(&self) -> Vec<(SessionKey, Arc<Realm>, Record)> {
        self.sweep().await;
        let records = self.records().await;
        let with_realm = |(key, record): (SessionKey, Record)| {
            let realm = self.realms.of(Some(&key)).ok()?;
            Some((key, realm, record))
        };
        records.into_iter().filter_map(with_realm).collect()
    }

    /// Sets a session's time to live anew.
    pub(crate) async fn extend(
        &self,
        key: &SessionKey,
        time_to_live: Option<Duration>,
    ) -> Result<(), SessionError> {
        let _turn = self.turn(key).await;
        let (_, mut record) = self.find(key).await?;
        record.time_to_live = lives(time_to_live)?;
        record.renew(self.realms.real());
        self.realms.extend(key, record.expires_at);
        Ok(self.remember(key.clone(), record).await?)
    }

    /// Stops a clock or lets it go on, and remembers it where it is a session's.
    pub(crate) async fn pace(&self, realm: &Realm, pace: Pace) -> Result<(), AdvanceError> {
        let Some(key) = &realm.session else {
            match pace {
                Pace::Stands => realm.timekeeper.freeze().await?,
                Pace::Follows => realm.timekeeper.run().await?,
            }
            for (_, realm, record) in self.list().await {
                if record.pace == Pace::Follows {
                    go(&realm, pace).await?;
                }
            }
            return Ok(());
        };
        let _turn = self.turn(key).await;
        let Ok((realm, record)) = self.find(key).await else { return Err(AdvanceError::Restoring) };
        let shared_runs = self.realms.shared().clock.state().is_running();
        go(&realm, if shared_runs { pace } else { Pace::Stands }).await?;
        Ok(self.remember(key.clone(), Record { pace, ..record }).await?)
    }

    /// Moves the clocks of the sessions that follow the shared one as far as that was moved: what falls due in them on the
    /// way is done, in order.
    pub(crate) async fn follow_shared(&self, before: VirtualClock, after: VirtualClock) {
        let real = wall::now();
        let jump = after.at(real) - before.at(real);
        if jump <= time::Duration::ZERO {
            return;
        }
        let mut moves = JoinSet::new();
        for (key, realm, record) in self.list().await {
            if record.pace == Pace::Follows {
                moves.spawn(async move {
                    let to = realm.clock.now().saturating_add(jump);
                    if let Err(error) = realm.timekeeper.set(to).await {
                        tracing::warn!(session = %key, %error, "a session could not follow the shared clock");
                    }
                });
            }
        }
        while moves.join_next().await.is_some() {}
    }

    /// Puts parts of a session back to their beginning.
    pub(crate) async fn reset(
        &self,
        key: &SessionKey,
        scopes: &[wire::SessionScope],
    ) -> Result<(), SessionError> {
        let _turn = self.turn(key).await;
        let (realm, mut record) = self.find(key).await?;
        let all = scopes.is_empty() || scopes.contains(&wire::SessionScope::All);
        let has = |scope: wire::SessionScope| all || scopes.contains(&scope);
        let clock = has(wire::SessionScope::Clock);
        let paused = realm.timekeeper.pause().await;
        let closed = realm.gate.close(self.grace()).await?;
        let ended = realm.gate.is_shut();
        if ended && !all {
            return Err(field(
                "scopes",
                "all: a restore that failed has left nothing of which parts could stay",
            ));
        }
        self.reset_parts(key, if all { &[wire::SessionScope::All] } else { scopes }).await?;
        if clock {
            record.pace = record.began;
        }
        if ended {
            self.begin_anew(key, &record).await?;
        } else {
            // What is not forgotten is there again when the realm is.
            realm.keep_rules().await?;
            realm.store.reset(forget(has, clock)).await?;
            if clock {
                realm.store.save_clock(self.clock(&record)?).await?;
            }
        }
        drop(paused);
        // Whoever still holds the old realm must not come in once its store is closed.
        realm.gate.shut();
        drop(closed);
        let fresh = self.replace(key, &realm, &record).await?;
        self.realms.put(key.clone(), fresh, record.expires_at);
        Ok(self.remember(key.clone(), record).await?)
    }

    /// Makes the store of a session as it was when it was created.
    async fn begin_anew(&self, key: &SessionKey, record: &Record) -> Result<(), SessionError> {
        remove(&self.ground.file(Some(key)))?;
        let store = self.ground.store(Some(key)).await?;
        store.save_clock(self.clock(record)?).await?;
        if tokio::task::spawn_blocking(move || store.close()).await.is_err() {
            tracing::error!("the store did not close");
        }
        Ok(())
    }

    /// Ends a realm whose gate is closed, and opens another over its file. The old one stays in its place, and refuses,
    /// until the new one is put there.
    async fn replace(
        &self,
        key: &SessionKey,
        old: &Realm,
        record: &Record,
    ) -> Result<Arc<Realm>, SessionError> {
        old.retire(self.grace()).await;
        let realm = self.reopen(key, record).await?;
        realm.start().await;
        Ok(realm)
    }

    /// Ends a session.
    pub(crate) async fn end(&self, key: &SessionKey) -> Result<(), SessionError> {
        let _turn = self.turn(key).await;
        if self.register.lock().await.sessions.remove(key).is_none() {
            return Err(SessionError::Unknown(key.clone()));
        }
        self.save().await?;
        self.finish(key).await
    }

    /// Frees everything that a session had. Its record is gone already.
    pub(crate) async fn finish(&self, key: &SessionKey) -> Result<(), SessionError> {
        if let Some(realm) = self.realms.take(key) {
            realm.close(self.grace()).await;
        }
        remove(&self.ground.file(Some(key)))?;
        self.tell_parts_of_end(key).await;
        self.leases.notify_one();
        tracing::info!(session = %key, "a session has ended");
        Ok(())
    }

    async fn sweep_one(&self, key: &SessionKey) {
        if self.realms.expired().0.contains(key) {
            let removed = self.register.lock().await.sessions.remove(key).is_some();
            if removed && let Err(error) = self.finish(key).await {
                tracing::warn!(session = %key, %error, "a session whose time is over could not be ended");
            }
        }
    }

    /// Ends the sessions whose time is over.
    pub(crate) async fn sweep(&self) {
        let (over, _) = self.realms.expired();
        for key in &over {
            let _turn = self.turn(key).await;
            // It may have been extended while we waited.
            self.sweep_one(key).await;
        }
        if !over.is_empty()
            && let Err(error) = self.save().await
        {
            tracing::warn!(%error, "the list of sessions could not be saved");
        }
    }

    /// Ends sessions as their time passes, until the bus stops.
    pub(crate) async fn follow_leases(&self, mut stop: watch::Receiver<bool>) {
        loop {
            self.sweep().await;
            let (_, next) = self.realms.expired();
            let wait = next.map_or(LONGEST_SLEEP, |next| (next - self.realms.real()).unsigned_abs());
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = self.leases.notified() => {}
                () = tokio::time::sleep(wait.clamp(Duration::from_millis(1), LONGEST_SLEEP)) => {}
            }
        }
    }

    async fn begin_parts(&self, key: &SessionKey) -> Result<(), SessionError> {
        if let Some(authority) = &self.ground.authority {
            let mut part = authority.of_session(Some(key)).part();
            part.begin_part(authority.request(wire::BeginPartRequest {}))
                .await
                .map_err(SessionError::Authority)?;
        }
        self.each_agency(key, &Tell::Begin).await;
        Ok(())
    }

    async fn reset_parts(&self, key: &SessionKey, scopes: &[wire::SessionScope]) -> Result<(), SessionError> {
        let request =
            wire::ResetPartRequest { scopes: scopes.iter().map(|scope| i32::from(*scope)).collect() };
        if let Some(authority) = &self.ground.authority {
            let mut part = authority.of_session(Some(key)).part();
            part.reset_part(authority.request(request.clone())).await.map_err(SessionError::Authority)?;
        }
        self.each_agency(key, &Tell::Reset(request)).await;
        Ok(())
    }

    async fn tell_parts_of_end(&self, key: &SessionKey) {
        if let Some(authority) = &self.ground.authority {
            let mut part = authority.of_session(Some(key)).part();
            if let Err(status) = part.end_part(authority.request(wire::EndPartRequest {})).await {
                tracing::warn!(session = %key, %status, "the certificate services did not end their part");
            }
        }
        self.each_agency(key, &Tell::End).await;
    }

    /// Tells every agency. One that knows no sessions, or cannot be reached, is none to wait for: what it keeps is its own
    /// affair.
    async fn each_agency(&self, key: &SessionKey, what: &Tell) {
        for (agency, mut part) in self.ground.agencies.parts(Some(key)) {
            let tell = async {
                match what {
                    Tell::Begin => part.begin_part(wire::BeginPartRequest {}).await.map(drop),
                    Tell::End => part.end_part(wire::EndPartRequest {}).await.map(drop),
                    Tell::Reset(request) => part.reset_part(request.clone()).await.map(drop),
                }
            };
            let told = tokio::time::timeout(self.ground.config.agency.connect_timeout.get(), tell).await;
            match told {
                Ok(Ok(())) => {}
                Ok(Err(status)) if status.code() == Code::Unimplemented => {}
                Ok(Err(status)) => {
                    tracing::debug!(%agency, session = %key, %status, "an agency was not told")
                }
                Err(_) => tracing::debug!(%agency, session = %key, "an agency did not answer in time"),
            }
        }
    }

    /// Every record, for a snapshot.
    pub(crate) async fn records(&self) -> Records {
        self.register.lock().await.sessions.clone()
    }

    /// Puts a session that was restored in its place: its file and its part of the certificate services are there.
    pub(crate) async fn adopt(&self, key: &SessionKey, mut record: Record) -> Result<(), SessionError> {
        record.renew(self.realms.real());
        let realm = self.reopen(key, &record).await?;
        realm.start().await;
        self.realms.put(key.clone(), realm, record.expires_at);
        Ok(self.remember(key.clone(), record).await?)
    }

    /// Forgets every record, for a restore of the whole.
    pub(crate) async fn forget_records(&self) {
        self.register.lock().await.sessions.clear();
    }
}

/// What agencies are told.
enum Tell {
    Begin,
    End,
    Reset(wire::ResetPartRequest),
}

/// A turn at one session.
pub(crate) struct Turn<'a> {
    _whole: RwLockReadGuard<'a, ()>,
    _own: OwnedMutexGuard<()>,
}

async fn go(realm: &Realm, pace: Pace) -> Result<(), AdvanceError> {
    match pace {
        Pace::Stands => realm.timekeeper.freeze().await,
        Pace::Follows => realm.timekeeper.run().await,
    }
}

fn plan(key: &SessionKey, record: &Record) -> Plan {
    Plan { session: Some(key.clone()), profile: record.profile, seed: record.seed }
}

/// What a reset forgets in the store. A clock that begins anew takes with it what is dated by it. Whoever keeps rules in
/// the store under a name adds the name here.
fn forget(has: impl Fn(wire::SessionScope) -> bool, clock: bool) -> Forget {
    let parts: [(wire::SessionScope, &'static str); 3] = [
        (wire::SessionScope::Scripts, SCRIPTS),
        (wire::SessionScope::Faults, FAULTS),
        (wire::SessionScope::People, PEOPLE),
    ];
    Forget {
        messages: clock || has(wire::SessionScope::Journal),
        parts: parts.into_iter().filter(|(scope, _)| has(*scope)).map(|(_, name)| name).collect(),
    }
}

/// Whole seconds of a time to live.
fn lives(wish: Option<Duration>) -> Result<u64, SessionError> {
    let lives = wish.unwrap_or(LIVES);
    if !(Duration::from_secs(1)..=LONGEST).contains(&lives) {
        return Err(field("time_to_live", "from one second to a week"));
    }
    Ok(lives.as_secs())
}

/// Deletes a store's file and what SQLite keeps beside it.
pub(crate) fn remove(path: &Path) -> Result<(), std::io::Error> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(PathBuf::from(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}
