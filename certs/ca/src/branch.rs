//! Branches: a test session's own authority. It has the keys and certificates of the authority that it was taken from, as
//! they were then, and from there on a register, revocations, lists, answers, faults and a time of its own, published
//! under `/s/<session>/`. What happens in a branch leaves not a byte of the other files changed.
//!
//! A branch is a whole authority over a copy of the store, so that nothing can be shared by mistake. Keys alone are
//! shared: a holder who is enrolled in many sessions has one key and a certificate in each, because making RSA keys is
//! what takes time.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use eush_domain::SessionKey;
use eush_sign::SigningKey;

use crate::authority::{Authority, AuthorityOptions};
use crate::error::{BranchError, IssueError};
use crate::key;
use crate::model::KeyAlgorithm;
use crate::store::{self, Store};

/// Folder of the branches' files, within the authority's.
const FOLDER: &str = "sessions";
/// Keys kept for branches. Past it all are forgotten, and made again where they are wanted.
const MAX_KEYS: usize = 4096;

/// The branches of an authority.
#[derive(Default)]
pub(crate) struct Branches {
    open: Mutex<HashMap<SessionKey, Authority>>,
    /// Held while a key is made, so that one holder's is made once, whoever asks.
    keys: Mutex<HashMap<String, SigningKey>>,
}

fn file(session: &SessionKey) -> String {
    format!("{session}.certificates.sqlite")
}

/// The file and what SQLite keeps beside it.
fn remove(path: &Path) -> Result<(), BranchError> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let path = PathBuf::from(name);
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(BranchError::File { path, source });
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

impl Authority {
    fn branches(&self) -> &Branches {
        &self.shared.branches
    }

    fn branch_path(&self, session: &SessionKey) -> PathBuf {
        self.shared.folder.join(FOLDER).join(file(session))
    }

    /// Takes a branch for a session from the present state. One that was there under its key is dropped.
    ///
    /// # Errors
    /// Where authorities cannot be made, or the copy not written and opened.
    pub fn begin_branch(&self, session: &SessionKey) -> Result<Self, BranchError> {
        // Made here, not once in every branch.
        self.prepare_trusted()?;
        let path = self.branch_path(session);
        let mut open = self.branches().open.lock().unwrap_or_else(PoisonError::into_inner);
        open.remove(session);
        remove(&path)?;
        let folder = self.shared.folder.join(FOLDER);
        std::fs::create_dir_all(&folder).map_err(|source| BranchError::File { path: folder, source })?;
        store::copy(self.state().store.connection(), &path)?;
        let branch = self.open_branch(session)?;
        open.insert(session.clone(), branch.clone());
        Ok(branch)
    }

    /// The branch of a session, also of one that an earlier run took; `None` where there is none.
    ///
    /// # Errors
    /// Where its file cannot be opened.
    pub fn branch(&self, session: &SessionKey) -> Result<Option<Self>, BranchError> {
        let mut open = self.branches().open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(branch) = open.get(session) {
            return Ok(Some(branch.clone()));
        }
        if !self.branch_path(session).exists() {
            return Ok(None);
        }
        let branch = self.open_branch(session)?;
        open.insert(session.clone(), branch.clone());
        Ok(Some(branch))
    }

    /// Drops the branch of a session, with its file. Dropping one that is not there is no error.
    ///
    /// # Errors
    /// Where the file cannot be deleted.
    pub fn end_branch(&self, session: &SessionKey) -> Result<(), BranchError> {
        let mut open = self.branches().open.lock().unwrap_or_else(PoisonError::into_inner);
        open.remove(session);
        remove(&self.branch_path(session))
    }

    fn open_branch(&self, session: &SessionKey) -> Result<Self, BranchError> {
        let folder = self.shared.folder.join(FOLDER);
        let options = AuthorityOptions { default_algorithm: self.default_algorithm(), now: self.now() };
        let branch = Self::open_file(&folder, &file(session), options, Arc::downgrade(&self.shared))?;
        branch.set_public_url(&format!("{}/s/{session}", self.state().base_url));
        Ok(branch)
    }

    /// The state as one SQLite file.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn export(&self) -> Result<Vec<u8>, BranchError> {
        self.prepare_trusted()?;
        let path = self.scratch("export");
        remove(&path)?;
        store::copy(self.state().store.connection(), &path)?;
        let read = std::fs::read(&path).map_err(|source| BranchError::File { path: path.clone(), source });
        remove(&path)?;
        read
    }

    /// Takes a state that [`Self::export`] gave, in the place of its own: certificates, keys, revocations, lists, time.
    /// Faults of publications end.
    ///
    /// # Errors
    /// Where the file is none of this crate's; nothing is changed then.
    pub fn import(&self, exported: &[u8]) -> Result<(), BranchError> {
        let path = self.scratch("import");
        remove(&path)?;
        std::fs::write(&path, exported).map_err(|source| BranchError::File { path: path.clone(), source })?;
        // Opening it checks its version and takes it to the newest; it must be closed before it is read from elsewhere.
        let sound = Store::open_file(&path).map(drop);
        let taken = sound.map_err(BranchError::from).and_then(|()| self.take(&path));
        remove(&path)?;
        taken
    }

    fn take(&self, path: &Path) -> Result<(), BranchError> {
        let _making = self.making();
        let mut state = self.state();
        store::replace(state.store.connection(), path)?;
        let given = state.now;
        state.reload(given)?;
        Ok(())
    }

    fn scratch(&self, purpose: &str) -> PathBuf {
        let mut name = self.shared.file.clone();
        name.push('.');
        name.push_str(purpose);
        self.shared.folder.join(name)
    }

    /// A key for a holder: a new one, or in a branch the one that the holder has elsewhere.
    pub(crate) fn holder_key(
        &self,
        identity: &str,
        algorithm: KeyAlgorithm,
    ) -> Result<SigningKey, IssueError> {
        let Some(shared) = self.shared.trunk.upgrade() else { return Ok(key::generate(algorithm)?) };
        let trunk = Self { shared };
        if let Some(row) = store::by_identity(trunk.state().store.connection(), identity)? {
            return Ok(SigningKey::from_pkcs8_der(&row.key)?);
        }
        let mut keys = trunk.branches().keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = keys.get(identity) {
            return Ok(SigningKey::from_pkcs8_der(key.pkcs8_der())?);
        }
        let key = key::generate(algorithm)?;
        if keys.len() >= MAX_KEYS {
            keys.clear();
        }
        keys.insert(identity.to_owned(), SigningKey::from_pkcs8_der(key.pkcs8_der())?);
        Ok(key)
    }
}
