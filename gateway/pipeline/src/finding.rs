//! What the checks found, in the order in which they ran.

use eush_domain::{Rejection, Stage};
use serde::{Deserialize, Serialize};

/// One check of the pipeline. Finer than [`Stage`]: two checks can belong to one stage. Declaration order is the order
/// in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckId {
    /// The sending system is who it says.
    Sender,
    /// The sending system may use this service and channel.
    Agreement,
    /// The service and the regulation exist.
    Service,
    /// The regulation has this channel, and it leads to this service.
    Channel,
    /// The desk's signer is one of the sender's operators.
    Operator,
    /// The application expects this step now.
    Process,
    /// The signature holds over the document.
    Signature,
    /// A chain leads to a trusted root.
    Chain,
    /// The certificate is within its period.
    Validity,
    /// The certificate is not on the revoked list.
    Revocation,
    /// The number in the request is the one in the certificate.
    Subject,
    /// The key's role and usage may sign here.
    Role,
}

impl CheckId {
    /// Every check, in order.
    pub const ALL: [Self; 12] = [
        Self::Sender,
        Self::Agreement,
        Self::Service,
        Self::Channel,
        Self::Operator,
        Self::Process,
        Self::Signature,
        Self::Chain,
        Self::Validity,
        Self::Revocation,
        Self::Subject,
        Self::Role,
    ];

    /// Stage that its failure belongs to.
    pub fn stage(self) -> Stage {
        match self {
            Self::Agreement | Self::Operator => Stage::Agreement,
            Self::Chain => Stage::Chain,
            Self::Channel => Stage::Channel,
            Self::Process => Stage::Process,
            Self::Revocation => Stage::Revocation,
            Self::Role => Stage::Role,
            Self::Sender => Stage::Sender,
            Self::Service => Stage::Service,
            Self::Signature => Stage::Signature,
            Self::Subject => Stage::Subject,
            Self::Validity => Stage::Validity,
        }
    }

    /// Name in journals and on the wire: the stage's, save for the operator's own row.
    pub fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Agreement
            | Self::Chain
            | Self::Channel
            | Self::Process
            | Self::Revocation
            | Self::Role
            | Self::Sender
            | Self::Service
            | Self::Signature
            | Self::Subject
            | Self::Validity => self.stage().name(),
        }
    }
}

/// How one check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// It failed.
    Failed,
    /// It held.
    Held,
    /// The profile, read from the act, does not ask for it.
    NotOwed,
    /// An earlier check failed: diagnosis is off, or what this one judges is not there.
    NotRun,
}

/// One check's row in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Which check.
    pub check: CheckId,
    /// How it ended.
    pub outcome: CheckOutcome,
    /// Why it failed.
    pub reason: Option<Rejection>,
    /// `key=value`; never personal data.
    pub evidence: Vec<String>,
    /// Who makes this check by the act; empty where the act makes it nobody's.
    pub checked_by_act: String,
    /// Act and lines that owe the check, or the item that does not ask for it.
    pub rule: String,
}
