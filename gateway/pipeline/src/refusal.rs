//! How a use case ends badly: a refusal, whose cause is the request or the agency, or a fault of ours.

use eush_domain::{ApplicationId, CalendarError, Rejection};
use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::journal::AgencyCall;
use crate::ports::StoreError;
use crate::step::Step;

/// A field of the message that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldFault {
    /// Path of the field in the wire message, for example `info.message_id`.
    pub field: String,
    /// What is expected. Never the value found: it may be personal data.
    pub expected: String,
}

impl FieldFault {
    /// A fault of one field.
    pub fn new(field: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { field: field.into(), expected: expected.into() }
    }
}

/// Everything from which the server builds the gRPC status of a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The one reason that is told.
    pub rejection: Rejection,
    /// Fields at fault, where the message is malformed.
    pub faults: Vec<FieldFault>,
    /// `key=value`; never personal data.
    pub evidence: Vec<String>,
    /// What every check found.
    pub findings: Vec<Finding>,
    /// Application that the message belongs to.
    pub application: Option<ApplicationId>,
    /// Act's label of the step that refuses; empty where the act has none.
    pub label: String,
    /// Act and lines of the step that refuses; empty where the refusal is ours.
    pub reference: String,
    /// Steps executed by the message.
    pub steps: Vec<Step>,
    /// Calls that the message made to agencies.
    pub calls: Vec<AgencyCall>,
}

impl Refusal {
    /// A refusal with nothing but its reason.
    pub fn of(rejection: Rejection) -> Self {
        Self {
            rejection,
            faults: Vec::new(),
            evidence: Vec::new(),
            findings: Vec::new(),
            application: None,
            label: String::new(),
            reference: String::new(),
            steps: Vec::new(),
            calls: Vec::new(),
        }
    }
}

impl Refusal {
    /// The same, told as the fault of a result: whoever sent the request is not to blame for the provider's signature.
    pub(crate) fn into_result_refusal(mut self) -> Self {
        self.evidence.push(format!("cause={}", self.rejection.facts().reason));
        self.rejection = Rejection::ResultSignatureInvalid;
        self
    }
}

/// Something went wrong that is not the request's doing. The chain goes to the log, never to the caller.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A promise of this crate does not hold.
    #[error("bug: {0}")]
    Bug(&'static str),
    /// A term cannot be computed.
    #[error("a term of the regulation cannot be computed")]
    Calendar(#[from] CalendarError),
    /// The store failed, so nothing was acknowledged.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

/// How a use case fails.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The message is refused.
    #[error("refused: `{}`", .0.rejection.facts().reason)]
    Refused(Box<Refusal>),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Fault(Fault::Store(error))
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}
