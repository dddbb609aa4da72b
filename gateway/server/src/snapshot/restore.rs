//! Taking the state of a file, all of it or nothing: what was there before is kept in hand until the new state serves, and
//! put back where anything fails on the way. Where even that fails, the realms in question refuse every call with
//! BUS_RESTORING until a restore succeeds, or the session is reset whole or ended.

use std::sync::Arc;

use eush_domain::SessionKey;

use super::file::{About, Snapshot};
use super::{Quiet, Restored, Staged, StateError};
use crate::realm::Realm;
use crate::sessions::{Record, Records, SessionError, Sessions, remove};

/// What a restore changes: one session, or the whole.
enum Scope {
    Session { target: SessionKey, of: SessionKey, record: Record },
    Whole { records: Records },
}

/// The state that was there before, as far as any was that serves.
struct Before {
    snapshot: Option<Snapshot>,
    records: Records,
}

/// How far a restore has come.
struct Progress {
    quiet: Option<Quiet>,
    /// Realms were retired, and files may have been replaced.
    placed: bool,
}

impl Sessions {
    /// Takes the state of a file: of the whole bus, or of one session.
    pub(crate) async fn restore_snapshot(
        &self,
        session: Option<SessionKey>,
        file: &[u8],
    ) -> Result<Restored, StateError> {
        let snapshot = Snapshot::read(file)?;
        let (found, own) = (snapshot.about.seed, self.ground().seed);
        if found != own {
            return Err(StateError::Seed { found, own });
        }
        match (session, snapshot.about.session.clone()) {
            (None, None) => {
                let _alone = self.alone().await;
                let records = snapshot.about.sessions.clone();
                self.take(Scope::Whole { records }, snapshot).await
            }
            (Some(target), Some(of)) => {
                let record = snapshot.about.sessions.get(&of).cloned();
                let record = record.ok_or(StateError::Kind("the snapshot lacks its session"))?;
                let _turn = self.turn(&target).await;
                self.take(Scope::Session { target, of, record }, snapshot).await
            }
            (None, Some(_)) => Err(StateError::Kind(
                "the snapshot is of one session: name the session that is to take its state",
            )),
            (Some(_), None) => {
                Err(StateError::Kind("the snapshot is of the whole bus: restore it without a session"))
            }
        }
    }

    async fn take(&self, scope: Scope, snapshot: Snapshot) -> Result<Restored, StateError> {
        let staged = self.stage_all(&scope, &snapshot).await?;
        let realms = match &scope {
            Scope::Session { target, .. } => self.realms().of(Some(target)).ok().into_iter().collect(),
            Scope::Whole { .. } => self.realms().all(),
        };
        let quiet = self.quiet(&realms, self.ground().config.limits.shutdown_grace.get()).await?;
        let before = self.before(&scope, &realms).await?;
        let mut progress = Progress { quiet: Some(quiet), placed: false };
        let taken = self.replace_all(&scope, &snapshot, &realms, staged, &mut progress).await;
        let Err(error) = taken else {
            let sessions = match scope {
                Scope::Session { target, .. } => vec![target],
                Scope::Whole { records } => records.into_keys().collect(),
            };
            return Ok(Restored { made_at: snapshot.about.made_at, sessions });
        };
        tracing::error!(%error, "a restore failed; what was there before is put back");
        match self.put_back(&scope, &realms, before, progress).await {
            Ok(()) => Err(StateError::PutBack(Box::new(error))),
            Err(undo) => {
                tracing::error!(error = %undo, "what was there before could not be put back");
                Err(StateError::HalfDone(Box::new(error)))
            }
        }
    }

    /// The stores of the snapshot, beside those that they will replace.
    async fn stage_all(&self, scope: &Scope, snapshot: &Snapshot) -> Result<Vec<Staged>, StateError> {
        match scope {
            Scope::Session { target, of, .. } => {
                Ok(vec![self.stage(snapshot, Some(of), Some(target)).await?])
            }
            Scope::Whole { records } => {
                let mut staged = vec![self.stage(snapshot, None, None).await?];
                for key in records.keys() {
                    staged.push(self.stage(snapshot, Some(key), Some(key)).await?);
                }
                Ok(staged)
            }
        }
    }

    /// What is there now. Realms that an earlier restore left refusing have nothing to be put back.
    async fn before(&self, scope: &Scope, realms: &[Arc<Realm>]) -> Result<Before, StateError> {
        let records: Records = match scope {
            Scope::Session { target, .. } => {
                self.records().await.into_iter().filter(|(key, _)| key == target).collect()
            }
            Scope::Whole { .. } => self.records().await,
        };
        if realms.iter().any(|realm| realm.gate.is_shut()) {
            return Ok(Before { snapshot: None, records });
        }
        let mut parts = Vec::new();
        for realm in realms {
            parts.extend(self.export(realm).await?);
        }
        let about = About {
            eush: env!("CARGO_PKG_VERSION").to_owned(),
            made_at: self.realms().real(),
            session: None,
            seed: self.ground().seed,
            sessions: records.clone(),
        };
        Ok(Before { snapshot: Some(Snapshot { about, parts }), records })
    }

    async fn replace_all(
        &self,
        scope: &Scope,
        snapshot: &Snapshot,
        realms: &[Arc<Realm>],
        staged: Vec<Staged>,
        progress: &mut Progress,
    ) -> Result<(), StateError> {
        match scope {
            Scope::Session { target, of, .. } => self.import(snapshot, Some(of), Some(target)).await?,
            Scope::Whole { records } => {
                self.import(snapshot, None, None).await?;
                for key in records.keys() {
                    self.import(snapshot, Some(key), Some(key)).await?;
                }
            }
        }
        progress.placed = true;
        self.retire(realms, progress.quiet.take().unwrap_or_default()).await;
        place(staged)?;
        match scope {
            Scope::Session { target, record, .. } => self.adopt(target, record.clone()).await?,
            Scope::Whole { records } => {
                let gone = realms.iter().filter_map(|realm| realm.session.clone());
                let gone: Vec<_> = gone.filter(|key| !records.contains_key(key)).collect();
                self.open_whole(records).await?;
                for key in &gone {
                    // Its realm has ended already.
                    drop(self.realms().take(key));
                    self.finish(key).await?;
                }
            }
        }
        Ok(())
    }

    /// Opens the shared bus and the sessions of a list over the files that are there.
    async fn open_whole(&self, records: &Records) -> Result<(), StateError> {
        let store = self.ground().store(None).await?;
        let shared = Arc::new(self.ground().realm(self.ground().shared(), store).await?);
        shared.start().await;
        self.realms().replace_shared(shared);
        self.forget_records().await;
        for (key, record) in records {
            self.adopt(key, Record::clone(record)).await?;
        }
        Ok(())
    }

    /// Puts back what was there before a restore that failed.
    async fn put_back(
        &self,
        scope: &Scope,
        realms: &[Arc<Realm>],
        before: Before,
        progress: Progress,
    ) -> Result<(), StateError> {
        let Before { snapshot, records } = before;
        let Some(snapshot) = snapshot else {
            // Nothing served before, and nothing does now.
            return Err(StateError::Kind("there was nothing before that could be put back"));
        };
        // Realms that were opened on the way are not those that were there: they go.
        let opened: Vec<_> = match scope {
            Scope::Session { target, .. } => self.realms().of(Some(target)).ok().into_iter().collect(),
            Scope::Whole { .. } => self.realms().all(),
        };
        let opened = opened.into_iter().filter(|one| !realms.iter().any(|old| Arc::ptr_eq(one, old)));
        for realm in opened {
            let closed = realm.gate.close(self.ground().config.limits.shutdown_grace.get()).await;
            self.retire(&[realm], closed.ok().flatten().into_iter().collect()).await;
        }
        for realm in realms {
            self.import(&snapshot, realm.session.as_ref(), realm.session.as_ref()).await?;
        }
        let strangers: Vec<&SessionKey> = match scope {
            Scope::Session { target, .. } => vec![target],
            Scope::Whole { records } => records.keys().collect(),
        };
        for key in strangers.into_iter().filter(|key| !records.contains_key(*key)) {
            // A session that the file alone has: nothing of it stays.
            drop(self.realms().take(key));
            self.finish(key).await?;
        }
        if !progress.placed {
            // The realms never ended: they go on as soon as they are let.
            drop(progress.quiet);
            return Ok(());
        }
        let mut staged = Vec::new();
        for realm in realms {
            staged.push(self.stage(&snapshot, realm.session.as_ref(), realm.session.as_ref()).await?);
        }
        place(staged)?;
        match scope {
            Scope::Session { target, .. } => match records.get(target) {
                Some(record) => Ok(self.adopt(target, record.clone()).await?),
                None => Ok(()),
            },
            Scope::Whole { .. } => self.open_whole(&records).await,
        }
    }

    /// Ends realms in which nobody is. Nobody comes in again.
    async fn retire(&self, realms: &[Arc<Realm>], quiet: Quiet) {
        for realm in realms {
            realm.gate.shut();
        }
        drop(quiet);
        for realm in realms {
            realm.retire(self.ground().config.limits.shutdown_grace.get()).await;
        }
    }
}

/// Puts stores in their places.
fn place(staged: Vec<Staged>) -> Result<(), StateError> {
    for Staged { from, to } in staged {
        remove(&to).map_err(SessionError::File)?;
        std::fs::rename(&from, &to).map_err(SessionError::File)?;
    }
    Ok(())
}
