//! The authority's door: open it, and ask it.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eush_domain::Timestamp;

use crate::error::{OpenError, StoreError};
use crate::hierarchy::Issuer;
use crate::model::KeyAlgorithm;
use crate::store::{self, Store};

/// Base of the addresses in certificates until a server says where it really listens. Of a reserved top-level domain:
/// it leads nowhere.
pub const DEFAULT_URL: &str = "http://certificates.test";

/// How an authority opens.
#[derive(Clone, Copy, Debug)]
pub struct AuthorityOptions {
    /// Algorithm of certificates that are asked for without one.
    pub default_algorithm: KeyAlgorithm,
    /// The present. The authority's time is the newest instant that it was ever given, here or by
    /// [`Authority::publish_due`], in this run or an earlier one.
    pub now: Timestamp,
}

/// The test authority. Clones are the same authority. Its calls block: on disk, and while a key is made.
#[derive(Clone)]
pub struct Authority {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) default_algorithm: KeyAlgorithm,
    pub(crate) state: Mutex<State>,
}

pub(crate) struct State {
    pub(crate) store: Store,
    pub(crate) now: Timestamp,
    pub(crate) base_url: String,
    pub(crate) issuers: Vec<Issuer>,
}

impl Authority {
    /// Opens the authority of a folder: the file `certificates.sqlite` in it, made where it is not there. One process at
    /// a time has it open.
    pub fn open(data_dir: &Path, options: AuthorityOptions) -> Result<Self, OpenError> {
        let store = Store::open(data_dir)?;
        let failed = |source| OpenError::Store { path: data_dir.join(Store::FILE), source };
        let (now, issuers) = load(&store, options.now).map_err(failed)?;
        let state = State { store, now, base_url: DEFAULT_URL.to_owned(), issuers };
        let shared = Shared { default_algorithm: options.default_algorithm, state: Mutex::new(state) };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The authority's time: the newest instant it was ever given, to the second.
    pub fn now(&self) -> Timestamp {
        self.state().now
    }

    /// Says under which address the authority is reached from now on, without a slash at the end. Certificates and lists
    /// made before keep theirs.
    pub fn set_public_url(&self, url: &str) {
        self.state().base_url = url.trim_end_matches('/').to_owned();
    }

    // A panic elsewhere leaves at most a transaction that was rolled back: the state is good to go on with.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn load(store: &Store, given: Timestamp) -> Result<(Timestamp, Vec<Issuer>), StoreError> {
    let given = given.replace_nanosecond(0).unwrap_or(given);
    let now = store::clock(store.connection())?.map_or(given, |kept| kept.max(given));
    store::set_clock(store.connection(), now)?;
    let rows = store::authorities(store.connection())?;
    let issuers = rows.into_iter().map(Issuer::load).collect::<Result<_, _>>()?;
    Ok((now, issuers))
}
