//! Saving and restoring: one file with the state of every realm, of the certificate services and of the agencies.
//!
//! Nothing moves meanwhile: clocks stand, messages in flight have ended, new ones are refused with BUS_RESTORING. A
//! restore looks at the whole file before it touches anything; then the certificate services and agencies take their
//! parts, and each realm is closed, gets the store of the file, and is opened anew. What fails on the way is undone: see
//! [`restore`].
//!
//! Deliberate difference: fronts keep who is logged in to themselves, so after a restore people log in again.

mod file;
mod restore;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eush_domain::{SessionKey, Timestamp};
use eush_wire::management::v1 as wire;
use tokio::sync::OwnedSemaphorePermit;
use tonic::{Code, Status};

pub(crate) use file::SnapshotError;
use file::{About, PartOf, Snapshot};

use crate::realm::{Realm, in_background};
use crate::sessions::{Records, SessionError, Sessions, remove};
use crate::start::StartError;
use crate::store::{DatabaseError, SqliteStore};

/// Largest snapshot that is taken, in bytes.
pub(crate) const LARGEST: usize = 1 << 30;

/// Why nothing was saved or restored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    /// An agency does not take its part.
    #[error("agency `{agency}` could not do its part: {status}")]
    Agency {
        /// Agency.
        agency: eush_domain::AgencyId,
        /// Its word.
        status: Status,
    },
    /// The file cannot be restored.
    #[error(transparent)]
    File(#[from] SnapshotError),
    /// Neither the file's state is there nor the one before it.
    #[error(
        "the state could not be restored ({0}), and what was there before could not be put back: calls are refused with \
         BUS_RESTORING until a restore succeeds, or the session is reset whole or ended"
    )]
    HalfDone(#[source] Box<Self>),
    /// The file is of another kind than what is asked for.
    #[error("{0}")]
    Kind(&'static str),
    /// The state before the restore is there again.
    #[error("the state could not be restored, and what was there before is there again: {0}")]
    PutBack(#[source] Box<Self>),
    /// The simulated country is another.
    #[error(
        "the snapshot is of a bus with seed {found}, and this one has seed {own}: people and keys would not match"
    )]
    Seed {
        /// Seed of the snapshot.
        found: u64,
        /// Seed of this bus.
        own: u64,
    },
    /// A session, or something about it.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// A store in the file cannot be opened.
    #[error("a store in the snapshot cannot be used: {0}")]
    Store(#[source] DatabaseError),
}

impl From<DatabaseError> for StateError {
    fn from(error: DatabaseError) -> Self {
        SessionError::from(error).into()
    }
}

impl From<StartError> for StateError {
    fn from(error: StartError) -> Self {
        SessionError::from(error).into()
    }
}

/// What came of a restore.
#[derive(Clone, Debug)]
pub(crate) struct Restored {
    pub(crate) made_at: Timestamp,
    pub(crate) sessions: Vec<SessionKey>,
}

/// Keeps realms as they are: nobody is inside. A realm that is shut needs nobody to keep it so.
type Quiet = Vec<OwnedSemaphorePermit>;

impl Sessions {
    /// Waits until nobody is inside of the realms, and lets nobody in.
    async fn quiet(&self, realms: &[Arc<Realm>], grace: Duration) -> Result<Quiet, StateError> {
        let mut quiet = Quiet::new();
        for realm in realms {
            // First the clock: a term that is being told needs the gate, since its agency answers through the bus.
            let _paused = realm.timekeeper.pause().await;
            quiet.extend(realm.gate.close(grace).await.map_err(SessionError::Busy)?);
        }
        Ok(quiet)
    }

    /// The file of one session, or of the whole.
    pub(crate) async fn save_snapshot(&self, session: Option<&SessionKey>) -> Result<Vec<u8>, StateError> {
        let (realms, sessions) = match session {
            None => (None, None),
            Some(key) => {
                let turn = self.turn(key).await;
                let (realm, record) = self.find(key).await?;
                (Some(vec![realm]), Some((turn, Records::from([(key.clone(), record)]))))
            }
        };
        let _alone = if session.is_none() { Some(self.alone().await) } else { None };
        let realms = realms.unwrap_or_else(|| self.realms().all());
        let records = match &sessions {
            Some((_, records)) => records.clone(),
            None => self.records().await,
        };
        let _quiet = self.quiet(&realms, self.ground().config.limits.shutdown_grace.get()).await?;
        let mut parts = Vec::new();
        for realm in &realms {
            parts.extend(self.export(realm).await?);
        }
        let about = About {
            eush: env!("CARGO_PKG_VERSION").to_owned(),
            made_at: self.realms().real(),
            session: session.cloned(),
            seed: self.ground().seed,
            sessions: records,
        };
        Ok(Snapshot { about, parts }.write()?)
    }

    /// Every part of one realm.
    async fn export(&self, realm: &Realm) -> Result<Vec<(PartOf, Vec<u8>)>, StateError> {
        let session = realm.session.clone();
        let copy = self.scratch(session.as_ref(), "save");
        remove(&copy).map_err(SessionError::File)?;
        realm.keep_rules().await?;
        realm.store.copy(copy.clone()).await?;
        let read = std::fs::read(&copy).map_err(SessionError::File)?;
        remove(&copy).map_err(SessionError::File)?;
        let mut parts = vec![(PartOf::Gateway { session: session.clone() }, read)];
        if let Some(authority) = &realm.authority {
            let request = authority.request(wire::ExportPartRequest {});
            let answer = authority.part().export_part(request).await.map_err(SessionError::Authority)?;
            parts.push((PartOf::Certificates { session: session.clone() }, answer.into_inner().state));
        }
        for (agency, mut part) in self.ground().agencies.parts(session.as_ref()) {
            match part.export_part(wire::ExportPartRequest {}).await {
                Ok(answer) => {
                    let state = answer.into_inner().state;
                    parts.push((PartOf::Agency { agency, session: session.clone() }, state));
                }
                // An agency that keeps nothing by session, or is not there, has nothing to save.
                Err(status) if matches!(status.code(), Code::Unimplemented | Code::Unavailable) => {}
                Err(status) => return Err(StateError::Agency { agency, status }),
            }
        }
        Ok(parts)
    }

    fn scratch(&self, session: Option<&SessionKey>, purpose: &str) -> PathBuf {
        let mut name = self.ground().file(session).into_os_string();
        name.push(format!(".{purpose}"));
        PathBuf::from(name)
    }

    /// Writes the store of a realm beside the one that it will replace, and looks whether it can be opened.
    async fn stage(
        &self,
        snapshot: &Snapshot,
        of: Option<&SessionKey>,
        target: Option<&SessionKey>,
    ) -> Result<Staged, StateError> {
        let bytes = snapshot.store(of).ok_or(StateError::Kind("the snapshot lacks the store of a realm"))?;
        let staged = Staged { from: self.scratch(target, "restore"), to: self.ground().file(target) };
        remove(&staged.from).map_err(SessionError::File)?;
        if let Some(folder) = staged.from.parent() {
            std::fs::create_dir_all(folder).map_err(SessionError::File)?;
        }
        std::fs::write(&staged.from, bytes).map_err(SessionError::File)?;
        let path = staged.from.clone();
        let sound = in_background(move || -> Result<_, StartError> {
            let store = SqliteStore::open(&path, 1);
            // Closed again, so that nothing of it is left in a file beside it.
            Ok(store.map(|store| store.close()))
        });
        sound.await?.map_err(StateError::Store)?;
        Ok(staged)
    }

    /// Has the certificate services and the agencies take their parts.
    async fn import(
        &self,
        snapshot: &Snapshot,
        of: Option<&SessionKey>,
        target: Option<&SessionKey>,
    ) -> Result<(), StateError> {
        for (part, state) in &snapshot.parts {
            match part {
                PartOf::Certificates { session } if session.as_ref() == of => {
                    let Some(authority) = &self.ground().authority else { continue };
                    let authority = authority.of_session(target);
                    let request = authority.request(wire::ImportPartRequest { state: state.clone() });
                    authority.part().import_part(request).await.map_err(SessionError::Authority)?;
                }
                PartOf::Agency { agency, session } if session.as_ref() == of => {
                    let parts = self.ground().agencies.parts(target);
                    let Some((_, mut part)) = parts.into_iter().find(|(known, _)| known == agency) else {
                        continue;
                    };
                    match part.import_part(wire::ImportPartRequest { state: state.clone() }).await {
                        Ok(_) => {}
                        Err(status) if matches!(status.code(), Code::Unimplemented | Code::Unavailable) => {
                            tracing::warn!(%agency, "an agency did not take its part of a snapshot");
                        }
                        Err(status) => return Err(StateError::Agency { agency: agency.clone(), status }),
                    }
                }
                PartOf::Agency { .. } | PartOf::Certificates { .. } | PartOf::Gateway { .. } => {}
            }
        }
        Ok(())
    }
}

/// A store that waits beside the one that it will replace.
struct Staged {
    from: PathBuf,
    to: PathBuf,
}
