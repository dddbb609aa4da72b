//! What the bus did with one message. No payload, no password, no personal data: see the tests.

use std::collections::BTreeSet;

use eush_domain::{AgencyId, ApplicationId, Channel, RegulationId, Rejection, ServiceId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::message::MessageKind;
use crate::profile::Profile;
use crate::pseudonym::Pseudonym;
use crate::step::Step;

/// One record of the journal. Append-only: a message tried again has a record for each try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// As the sender gave it, cut to 64 characters where it was malformed.
    pub message_id: String,
    /// The gateway's own id of this exchange.
    pub session_id: String,
    /// Which use case.
    pub kind: MessageKind,
    /// As the sender gave it, cut to 64 characters where it was malformed.
    pub sender_id: String,
    /// Routing key.
    pub service: Option<ServiceId>,
    /// Public service.
    pub regulation: Option<RegulationId>,
    /// Channel.
    pub channel: Option<Channel>,
    /// Application.
    pub application: Option<ApplicationId>,
    /// Everybody whom it was about or who signed it, each once, in no telling order.
    #[serde(default)]
    pub people: BTreeSet<Pseudonym>,
    /// On the virtual clock.
    #[serde(with = "time::serde::rfc3339")]
    pub received_at: Timestamp,
    /// On the virtual clock.
    #[serde(with = "time::serde::rfc3339")]
    pub answered_at: Timestamp,
    /// The profile that decided.
    pub profile: Profile,
    /// Every check, in order.
    pub findings: Vec<Finding>,
    /// Empty where the message passed.
    pub rejection: Option<Rejection>,
    /// Calls made.
    pub calls: Vec<AgencyCall>,
    /// Steps executed.
    pub steps: Vec<Step>,
    /// Real time from arrival to answer, microseconds.
    pub duration_micros: u64,
    /// W3C trace id; empty where there is none.
    pub trace_id: String,
    /// Faults on purpose that struck the message, in order. The pipeline knows none: whoever keeps the record adds them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nastiness: Vec<Nastiness>,
}

/// A fault that somebody asked for, as it struck a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nastiness {
    /// Rule.
    pub rule: String,
    /// Kind of fault.
    pub knob: String,
    /// `gateway` or `agency`.
    pub place: String,
    /// What chance or rule gave it: `name=value`.
    pub parameters: Vec<String>,
}

/// One agency that a message called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgencyCall {
    /// Agency.
    pub agency: AgencyId,
    /// Its service.
    pub service: ServiceId,
    /// How many times this message called it: lookups and deliveries, nothing else.
    pub calls: u32,
    /// `present`, `absent`, `accepted`, `refused`, `result`, or the reason of a failure.
    pub outcome: String,
    /// Real time, microseconds.
    pub duration_micros: u64,
    /// What answered: `agency/<code>`, or what stood in its place, such as `script/<id>`. Empty in records of versions
    /// that did not note it.
    #[serde(default)]
    pub decided_by: String,
    /// Whom the agency was asked about, or whose document it was handed.
    #[serde(default)]
    pub about: Option<Pseudonym>,
}
