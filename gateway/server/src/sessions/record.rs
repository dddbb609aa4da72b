//! What is remembered of a session beside its realm, in the shared bus's store.

use std::collections::BTreeMap;

use eush_domain::{SessionKey, Timestamp};
use eush_pipeline::profile::Profile;
use serde::{Deserialize, Serialize};
use time::Duration;

/// Whether a session's clock moves with the shared one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Pace {
    /// It keeps its distance to the shared clock: it is moved, frozen and run with it.
    Follows,
    /// It stands, whatever the shared clock does.
    Stands,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    pub(crate) description: String,
    /// Real time.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: Timestamp,
    /// Real time.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) expires_at: Timestamp,
    /// Seconds of real time, as asked for last.
    pub(crate) time_to_live: u64,
    pub(crate) profile: Profile,
    pub(crate) seed: u64,
    /// Terms by which its clock began ahead of the shared one.
    pub(crate) offset: String,
    /// How its clock began.
    pub(crate) began: Pace,
    /// How its clock goes now.
    pub(crate) pace: Pace,
}

impl Record {
    /// Lets the session live as long as was asked for, from an instant on.
    pub(crate) fn renew(&mut self, now: Timestamp) {
        let seconds = i64::try_from(self.time_to_live).unwrap_or(i64::MAX);
        self.expires_at = now.saturating_add(Duration::seconds(seconds));
    }
}

/// Every session's record.
pub(crate) type Records = BTreeMap<SessionKey, Record>;

/// The list of sessions, as it is saved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Register {
    /// Keys that were drawn so far.
    pub(crate) drawn: u64,
    pub(crate) sessions: Records,
}
