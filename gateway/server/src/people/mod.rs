//! Who the people of one realm are: the population of the bus's seed, and what was said of people beside it.

mod said;

use std::sync::Arc;

use arc_swap::ArcSwap;
use eush_domain::synthetic::population::Population;
use eush_domain::synthetic::population::roster::{Roster, RosterError};
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;

pub(crate) use said::{draft, person};

use crate::store::{DatabaseError, SqliteStore};

/// Name of what was said of people in a realm's store.
pub(crate) const PEOPLE: &str = "people";

/// The people of one realm.
#[derive(Debug)]
pub(crate) struct Census {
    base: Population,
    now: ArcSwap<Now>,
    /// Held by whoever changes what is said.
    turn: Mutex<()>,
}

/// The people at one moment.
#[derive(Debug)]
pub(crate) struct Now {
    pub(crate) roster: Roster,
    /// Changes with the roster; empty where nothing is said of anybody.
    pub(crate) revision: String,
    /// The roster as agencies and fronts are told it; empty where nothing is said of anybody.
    pub(crate) told: String,
    pub(crate) population: Population,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CensusError {
    /// It cannot be said.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] DatabaseError),
}

impl Now {
    fn of(base: &Population, roster: Roster) -> Result<Self, serde_json::Error> {
        let told = if roster.is_empty() { String::new() } else { serde_json::to_string(&roster)? };
        let digest = Sha256::digest(told.as_bytes());
        let revision = if told.is_empty() {
            String::new()
        } else {
            digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
        };
        Ok(Self { population: roster.over(base), roster, revision, told })
    }
}

impl Census {
    /// The people as a realm's store has them.
    ///
    /// # Errors
    /// Where the store fails.
    pub(crate) async fn open(base: Population, store: &SqliteStore) -> Result<Self, DatabaseError> {
        let roster = store.part::<Roster>(PEOPLE).await?.unwrap_or_default();
        let corrupt = |source| DatabaseError::Corrupt { table: "meta", source };
        let now = Now::of(&base, roster).map_err(corrupt)?;
        Ok(Self { base, now: ArcSwap::from_pointee(now), turn: Mutex::default() })
    }

    /// The people at this moment.
    pub(crate) fn now(&self) -> Arc<Now> {
        self.now.load_full()
    }

    /// The people as the seed made them.
    pub(crate) fn base(&self) -> &Population {
        &self.base
    }

    /// Says something of people. It holds once it is on disk, and all of it or nothing. To be run to its end: left half way,
    /// the disk may have what memory has not.
    ///
    /// # Errors
    /// Where it cannot be said, or the store fails.
    pub(crate) async fn say<T>(
        &self,
        store: &SqliteStore,
        change: impl FnOnce(&mut Roster, &Population) -> Result<T, RosterError>,
    ) -> Result<(Arc<Now>, T), CensusError> {
        let _turn = self.turn.lock().await;
        let mut roster = self.now().roster.clone();
        let done = change(&mut roster, &self.base)?;
        store.save_part(PEOPLE, &roster).await?;
        let corrupt = |source| DatabaseError::Corrupt { table: "meta", source };
        self.now.store(Arc::new(Now::of(&self.base, roster).map_err(corrupt)?));
        Ok((self.now(), done))
    }
}
