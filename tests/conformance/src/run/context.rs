//! What every case of a run shares: suites, roles, keys, the subject and what is known of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use eush_wire::conformance::v1::{Feature, Flow, HandUse, Parameters, Payload, SubjectKind};
use time::OffsetDateTime;
use tonic::transport::Channel;

use super::keys::Keys;
use super::subject::Subject;
use crate::people::Roles;
use crate::play::bus::PlayedBus;
use crate::suite::Library;

/// Shared by every case.
pub(crate) struct Shared {
    pub(crate) library: Library,
    pub(crate) kind: SubjectKind,
    pub(crate) roles: Roles,
    pub(crate) parameters: Parameters,
    pub(crate) keys: Keys,
    pub(crate) bus: PlayedBus,
    pub(crate) subject: tokio::sync::RwLock<Subject>,
    pub(crate) facts: Facts,
    /// Test session of the bus in which the cases are played; empty where it has none.
    pub(crate) session: String,
    /// Token of this run, so that no message id of another run comes again.
    pub(crate) token: String,
    pub(crate) counter: AtomicU64,
    /// Longest wait for what must come later.
    pub(crate) patience: Duration,
    /// How long nothing must come where nothing may.
    pub(crate) silence: Duration,
}

/// What is known of the subject before the first case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// Code of an agency.
    pub(crate) agency: String,
    pub(crate) version: String,
    /// Routing keys that an agency offers.
    pub(crate) services: BTreeSet<String>,
    /// Attachment kinds that each service needs.
    pub(crate) attachments: BTreeMap<String, Vec<String>>,
    /// Flows of a bus.
    pub(crate) flows: BTreeSet<String>,
    pub(crate) features: BTreeSet<Feature>,
    pub(crate) management: Option<Channel>,
    /// Agencies of a bus that count for themselves, by code.
    pub(crate) agencies: BTreeMap<String, Channel>,
    pub(crate) clock: Option<OffsetDateTime>,
    pub(crate) descriptor_sha256: String,
    pub(crate) descriptor_of: String,
}

impl Shared {
    /// An id that no other message has.
    pub(crate) fn message_id(&self) -> String {
        format!("cf-{}-{}", self.token, self.counter.fetch_add(1, Ordering::Relaxed))
    }

    /// What a service is asked or given for a public service when all is well; its first where none is named or the
    /// service has nothing of that one.
    pub(crate) fn payload(&self, service: &str, regulation: &str) -> Option<&Payload> {
        let of_service =
            || self.library.payloads.payloads.iter().filter(|payload| payload.service == service);
        of_service().find(|payload| payload.regulation == regulation).or_else(|| of_service().next())
    }

    /// What somebody at an office does with a system, by its name.
    pub(crate) fn hand_use(&self, name: &str) -> Option<&HandUse> {
        self.library.payloads.uses.iter().find(|known| known.name == name)
    }

    /// How a flow runs when all is well, by its short form.
    pub(crate) fn flow(&self, flow: &str) -> Option<&Flow> {
        self.library.payloads.flows.iter().find(|known| known.flow == flow)
    }
}
