//! The durable record of a message: what makes the same message id get the same answer, and lets a restart go on.
//!
//! A message is refused, or it is dispatched and then answered. `Received` and `Cleared` live in types and are not
//! durable: a message that dies there has called nobody and was acknowledged to nobody, so its sender sends it again.
//! What is durable is a dispatch that was begun, and an answer that was given.
//!
//! Message ids are one space for all senders, because agencies and the journal know a message by its id alone: an id
//! that another sender used before is refused like one used with other content. Ids are remembered only for senders who
//! proved themselves.
//!
//! **Trying again.** A refusal whose row in the table can be retried (agency unavailable or too slow, no fresh
//! revocation list, deadline too short) leaves the message [`MessageState::Retryable`]: the same message under the same
//! id is judged and dispatched anew, `attempt` one higher, and the agency answers the same delivery the same way. Every
//! other refusal is the message's answer for good. After an answer that is nonsense the application stays open for
//! another message under another id.

use eush_domain::{ApplicationId, MessageId, Rejection, SenderId};
use serde::{Deserialize, Serialize};

use crate::application::Status;
use crate::bytes::Payload;
use crate::finding::Finding;
use crate::profile::Profile;
use crate::refusal::Refusal;
use crate::step::Step;

/// Use case of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// GatewayService.CompleteDelivery.
    Complete,
    /// GatewayService.Lookup.
    Lookup,
    /// ProcessService.OpenApplication.
    Open,
    /// ProcessService.ReportStep.
    Report,
    /// GatewayService.Send.
    Send,
}

impl MessageKind {
    /// Every use case.
    pub const ALL: [Self; 5] = [Self::Complete, Self::Lookup, Self::Open, Self::Report, Self::Send];

    /// Name in the journal.
    pub fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Lookup => "lookup",
            Self::Open => "open",
            Self::Report => "report",
            Self::Send => "send",
        }
    }
}

/// SHA-256 over everything of a message that must be the same for it to be the same message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ContentDigest(pub(crate) [u8; 32]);

/// One message of one sender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageRecord {
    pub(crate) id: MessageId,
    pub(crate) sender: SenderId,
    pub(crate) kind: MessageKind,
    pub(crate) digest: ContentDigest,
    pub(crate) application: Option<ApplicationId>,
    pub(crate) attempts: u32,
    pub(crate) state: MessageState,
}

impl MessageRecord {
    /// Sender's id of the message: the key.
    pub fn id(&self) -> &MessageId {
        &self.id
    }

    /// Who sent it.
    pub fn sender(&self) -> &SenderId {
        &self.sender
    }

    /// Application that it belongs to.
    pub fn application(&self) -> Option<&ApplicationId> {
        self.application.as_ref()
    }

    /// Times that it was handed to an agency.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Where it stands.
    pub fn state(&self) -> &MessageState {
        &self.state
    }

    /// Whether a restart has to hand it over again.
    pub fn is_unanswered(&self) -> bool {
        matches!(self.state, MessageState::Dispatched(_))
    }
}

/// Where a message stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// Answered for good.
    Answered(Box<Answer>),
    /// Cleared, and handed to the agency or about to be; no answer yet.
    Dispatched(Box<crate::clear::Clearance>),
    /// Refused for a cause that can pass; the same message may come again.
    Retryable(Rejection),
}

/// What a message was answered with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Answer of `lookup`.
    Lookup(LookupAnswer),
    /// Answer of `open` and `report`.
    Process(ProcessAnswer),
    /// A refusal.
    Refused(Refusal),
    /// Answer of `send`.
    Send(SendAnswer),
}

/// What `send` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendAnswer {
    /// Where the application stands.
    pub status: Status,
    /// Steps executed by this call, in order.
    pub steps: Vec<Step>,
    /// Every check.
    pub findings: Vec<Finding>,
    /// The profile that decided.
    pub profile: Profile,
}

/// What `lookup` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookupAnswer {
    /// One for each query, in order.
    pub answers: Vec<QueryAnswer>,
    /// Where the application stands; `None` for questions outside any.
    pub status: Option<Status>,
    /// Steps executed by this call, in order.
    pub steps: Vec<Step>,
}

/// What a register said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueryAnswer {
    /// Routing key.
    pub service: eush_domain::ServiceId,
    /// What was found; `None` means absent.
    pub found: Option<Payload>,
}

/// What `open`, `report`, `application` answer; `complete_delivery` answers with no steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessAnswer {
    /// Where the application stands.
    pub status: Status,
    /// Steps executed by this call, in order; all of them for `application`.
    pub steps: Vec<Step>,
}
