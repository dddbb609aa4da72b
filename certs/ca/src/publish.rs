//! Publishing: what is due, what is asked for, and what is served of it, spoiled where a fault is in force.

use eush_domain::Timestamp;
use rusqlite::Connection;

use crate::authority::{Authority, State, whole_second};
use crate::error::{FaultError, PublishError, StoreError};
use crate::fault::{FaultRecord, ListFate, PublicationFault, PublicationPoint};
use crate::hierarchy::{Issuer, Level, Standing};
use crate::list::{self, Occasion};
use crate::model::{KeyAlgorithm, Publication, RevocationList};
use crate::profile::DELTA_SUFFIX;
use crate::store::{self, lists};

/// What is served in the place of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Served {
    /// The file.
    File(Vec<u8>),
    /// Nothing, until the client leaves.
    Held,
    /// A page of HTML.
    Html,
    /// The connection is reset.
    Reset,
}

impl Authority {
    /// The newest list of an authority as it was published, by the stem of its file name, for example `rsa`, `rsa-root` or,
    /// for the delta list, `rsa-delta`. Faults do not touch it.
    pub fn list(&self, stem: &str) -> Result<Option<RevocationList>, StoreError> {
        let state = self.state();
        match named(&state, stem) {
            Some((issuer, point)) => stored(state.store.connection(), issuer, point),
            None => Ok(None),
        }
    }

    /// What is served under the name of a list.
    pub(crate) fn served_list(&self, stem: &str) -> Result<Option<Served>, PublishError> {
        let mut state = self.state();
        let state = &mut *state;
        let Some((issuer, point)) = named(state, stem) else { return Ok(None) };
        let issuer = &issuer.clone();
        let connection = state.store.connection();
        let Some(list) = stored(connection, issuer, point)? else { return Ok(None) };
        let fault = match issuer.standing {
            Standing::Trusted => state.faults.meet(issuer.algorithm, point),
            Standing::Broken | Standing::Untrusted => None,
        };
        Ok(Some(match fault.and_then(PublicationFault::list) {
            None => Served::File(list.der),
            Some(ListFate::Empty) => Served::File(Vec::new()),
            Some(ListFate::Held) => Served::Held,
            Some(ListFate::Html) => Served::Html,
            Some(ListFate::Reset) => Served::Reset,
            Some(ListFate::Spoiled(spoil)) => {
                let other = other_authority(&state.issuers, issuer)?;
                let aid = (state.now, &*other.key);
                Served::File(list::spoiled(connection, issuer, &list, spoil, aid)?)
            }
        }))
    }

    /// Moves the authority's time to `now`, never back, and publishes every list that is due then.
    pub fn publish_due(&self, now: Timestamp) -> Result<Publication, PublishError> {
        self.prepare_trusted()?;
        let mut state = self.state();
        let state = &mut *state;
        let now = state.now.max(whole_second(now));
        let transaction = state.store.transaction()?;
        store::set_clock(&transaction, now)?;
        let is_due = |due: Option<Timestamp>| due.is_none_or(|due| due <= now);
        let mut published = 0;
        for issuer in &state.issuers {
            let (complete, delta) = lists::due(&transaction, issuer.id)?;
            if is_due(complete) {
                published += list::publish(&transaction, issuer, now, Occasion::Due)?;
            } else if issuer.level == Level::Issuing && is_due(delta) {
                list::publish_delta(&transaction, issuer, now)?;
                published += 1;
            }
        }
        let next_due = next_due(&transaction, &state.issuers, now)?;
        transaction.commit().map_err(StoreError::from)?;
        state.now = now;
        self.shared.stirred.notify_one();
        Ok(Publication { published, next_due })
    }

    /// Publishes lists of the trusted hierarchies at the authority's time, due or not; `None` means all. A complete list is
    /// followed by its delta list, which from then on builds on it.
    pub fn publish_now(
        &self,
        algorithm: Option<KeyAlgorithm>,
        point: Option<PublicationPoint>,
    ) -> Result<Publication, PublishError> {
        self.prepare_trusted()?;
        let mut state = self.state();
        let state = &mut *state;
        let now = state.now;
        let transaction = state.store.transaction()?;
        let mut published = 0;
        let meant = |one: &&Issuer| {
            one.standing == Standing::Trusted && algorithm.is_none_or(|algorithm| algorithm == one.algorithm)
        };
        for issuer in state.issuers.iter().filter(meant) {
            published += match (issuer.level, point) {
                (Level::Issuing, None | Some(PublicationPoint::List))
                | (Level::Root, None | Some(PublicationPoint::RootList)) => {
                    list::publish(&transaction, issuer, now, Occasion::Due)?
                }
                (Level::Issuing, Some(PublicationPoint::DeltaList)) => {
                    list::publish_delta(&transaction, issuer, now)?;
                    1
                }
                (Level::Issuing, Some(PublicationPoint::Ocsp | PublicationPoint::RootList))
                | (
                    Level::Root,
                    Some(PublicationPoint::DeltaList | PublicationPoint::List | PublicationPoint::Ocsp),
                ) => 0,
            };
        }
        let next_due = next_due(&transaction, &state.issuers, now)?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(Publication { published, next_due })
    }

    /// Has a publication of the trusted hierarchies served with a fault from now on; `None` means every algorithm. It
    /// takes the place of one that is in force there.
    pub fn set_fault(
        &self,
        algorithm: Option<KeyAlgorithm>,
        point: PublicationPoint,
        fault: PublicationFault,
    ) -> Result<(), FaultError> {
        if !fault.applies_to(point) {
            return Err(FaultError::NotApplicable { fault, point });
        }
        let mut state = self.state();
        let now = state.now;
        for one in KeyAlgorithm::ALL.into_iter().filter(|one| algorithm.is_none_or(|meant| meant == *one)) {
            state.faults.set(one, point, fault, now);
            tracing::info!(
                algorithm = one.name(),
                ?point,
                fault = fault.name(),
                "fault of a publication is set"
            );
        }
        Ok(())
    }

    /// Ends faults; `None` means all. Answers how many were in force.
    pub fn reset_faults(&self, algorithm: Option<KeyAlgorithm>, point: Option<PublicationPoint>) -> u32 {
        let mut state = self.state();
        let now = state.now;
        let ended = state.faults.reset(algorithm, point, now);
        tracing::info!(ended, "faults of publications are reset");
        ended
    }

    /// Every fault that was set since the authority was opened, oldest first; of those that are over the newest thousand.
    pub fn faults(&self) -> Vec<FaultRecord> {
        self.state().faults.records()
    }
}

/// Whose list a file name's stem means, and which.
fn named<'a>(state: &'a State, stem: &str) -> Option<(&'a Issuer, PublicationPoint)> {
    let (whole, delta) = match stem.strip_suffix(DELTA_SUFFIX) {
        Some(whole) => (whole, true),
        None => (stem, false),
    };
    let issuer = state.issuers.iter().find(|one| one.file_stem() == whole)?;
    match (issuer.level, delta) {
        (Level::Issuing, true) => Some((issuer, PublicationPoint::DeltaList)),
        (Level::Issuing, false) => Some((issuer, PublicationPoint::List)),
        (Level::Root, false) => Some((issuer, PublicationPoint::RootList)),
        (Level::Root, true) => None,
    }
}

fn stored(
    connection: &Connection,
    issuer: &Issuer,
    point: PublicationPoint,
) -> Result<Option<RevocationList>, StoreError> {
    match point {
        PublicationPoint::DeltaList => lists::delta(connection, issuer.id),
        PublicationPoint::List | PublicationPoint::RootList => lists::list(connection, issuer.id),
        PublicationPoint::Ocsp => Ok(None),
    }
}

/// The other authority of a hierarchy, whose key is not this one's.
fn other_authority<'a>(issuers: &'a [Issuer], issuer: &Issuer) -> Result<&'a Issuer, StoreError> {
    issuers
        .iter()
        .find(|one| {
            one.algorithm == issuer.algorithm
                && one.standing.of_root() == issuer.standing.of_root()
                && one.level != issuer.level
        })
        .ok_or(StoreError::Corrupt { what: "authority" })
}

// There always is one: every hierarchy was made with its lists.
fn next_due(connection: &Connection, issuers: &[Issuer], now: Timestamp) -> Result<Timestamp, StoreError> {
    let mut next: Option<Timestamp> = None;
    for issuer in issuers {
        let (complete, delta) = lists::due(connection, issuer.id)?;
        next = [next, complete, delta].into_iter().flatten().min();
    }
    Ok(next.unwrap_or(now))
}
