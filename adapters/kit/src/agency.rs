//! The door: what an agency is to the kit. Payloads are wire types of the agency's own registry package, inside `Any`;
//! everything that the bus says about a message is typed.

use eush_domain::synthetic::population::CertificateSubject;
use eush_domain::synthetic::population::roster::Roster;
use eush_domain::{Access, Bin, Channel, LocalizedText, MessageId, ServiceId, Timestamp};
use eush_wire::bus::v1::{Document, SignedDocument};
use prost_types::Any;

use crate::convert::Party;

/// An agency system. Calls may come in parallel; state, if any, is the agency's own affair.
///
/// The kit drops a call whose caller has gone away, so each method must leave nothing half done at an `await`.
#[tonic::async_trait]
pub trait Agency: Send + Sync + 'static {
    /// Who this is and what it offers. Asked once, at start.
    fn describe(&self) -> Description;

    /// Answers a question. Only services described as [`ServiceKind::Lookup`] are asked.
    async fn lookup(&self, question: &Question) -> Result<Answer, AgencyFault> {
        Err(AgencyFault::not_offered(&question.context, "lookup"))
    }

    /// Decides on a delivery. Only services described as [`ServiceKind::Delivery`] get one. A delivery that was
    /// answered before is not shown again: the kit repeats the answer.
    async fn deliver(&self, delivery: &Delivery) -> Result<Decision, AgencyFault> {
        Err(AgencyFault::not_offered(&delivery.context, "delivery"))
    }

    /// Says how a delivery that was accepted ends, now that a term has fallen due. May be asked again about the same
    /// delivery and must then say the same.
    async fn term_due(&self, delivery: &Delivery, _due_at: Timestamp) -> Result<Outcome, AgencyFault> {
        Err(AgencyFault::not_offered(&delivery.context, "delivery"))
    }

    /// Shows the screen to somebody of an office who uses the system by hand. No call of the bus; the same use again must
    /// show the same. `None` where nobody uses this system by hand.
    async fn used(&self, _manual: &ManualUse) -> Result<Option<Screen>, AgencyFault> {
        Ok(None)
    }

    /// The same agency where a bus, for example in a test session, says something of people beside eush's population.
    /// `None` where the agency has records of its own: what is said of people does not reach it then.
    fn with_people(&self, _roster: &Roster) -> Option<Box<dyn Agency>> {
        None
    }
}

/// Somebody of an office at the system's own screen.
#[derive(Clone, Debug)]
pub struct ManualUse {
    /// Of the application and the place in it.
    pub use_id: String,
    /// Application.
    pub application_id: String,
    /// Public service, as `<region>/<service>`.
    pub regulation_id: String,
    /// Which of the act's procedures is carried out; empty where the act has one.
    pub procedure: String,
    /// What is done.
    pub access: Access,
    /// Whose affair it is, where the application said so.
    pub about: Option<Party>,
    /// Checks that the act has people make at the screen.
    pub checks: Vec<String>,
    /// The bus's virtual time.
    pub bus_time: Timestamp,
}

impl ManualUse {
    /// The checks of this use among `names`.
    pub fn checks_among(&self, names: &[&str]) -> Vec<String> {
        self.checks.iter().filter(|check| names.contains(&check.as_str())).cloned().collect()
    }
}

/// What a system shows by hand.
#[derive(Clone, Debug, PartialEq)]
pub struct Screen {
    /// A message of the system's registry package; `None` where a reader finds nothing.
    pub entry: Option<Any>,
    /// Checks of the use that do not hold by what the system knows.
    pub failing: Vec<String>,
}

/// Who an agency is.
#[derive(Clone, Debug)]
pub struct Description {
    /// Code on the bus, for example `gbdfl`.
    pub agency: &'static str,
    /// Name.
    pub name: LocalizedText,
    /// Where the payloads' form comes from.
    pub payload_origin: PayloadOrigin,
    /// What it offers.
    pub services: Vec<Service>,
}

/// Where the form of an agency's payloads comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadOrigin {
    /// The field names that are public of the real system.
    PublicFieldNames,
    /// Nothing is public of the real system: our own contract.
    SimulatorDefined,
}

/// One service of an agency.
#[derive(Clone, Debug)]
pub struct Service {
    /// Routing key, for example `GBDFL_Person`.
    pub service_id: &'static str,
    /// Asked or delivered to.
    pub kind: ServiceKind,
    /// Full protobuf name of the question or form.
    pub request_type: String,
    /// Full protobuf name of the answer or of the result's body.
    pub response_type: String,
    /// Name.
    pub name: LocalizedText,
    /// Attachment kinds that every delivery needs; empty for lookups.
    pub required_attachments: Vec<&'static str>,
}

/// How a service is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceKind {
    /// Documents are handed over.
    Delivery,
    /// Questions are asked.
    Lookup,
}

/// What the bus says about a message, beside the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Id of the message.
    pub message_id: MessageId,
    /// Application it belongs to; empty for a question outside any.
    pub application_id: String,
    /// Service called.
    pub service_id: ServiceId,
    /// Public service, as `<region>/<service>`; may be empty for questions.
    pub regulation_id: String,
    /// Channel, where the bus names one.
    pub channel: Option<Channel>,
    /// The bus's virtual time.
    pub bus_time: Timestamp,
    /// 1 for the first try.
    pub attempt: u32,
    /// System that sent the message.
    pub sender_id: String,
    /// Profile of checks that the message passed.
    pub profile: String,
}

impl Context {
    /// The service part of the regulation id, for example `foster-care` of `aktobe/foster-care`.
    pub fn public_service(&self) -> &str {
        self.regulation_id.rsplit_once('/').map_or(self.regulation_id.as_str(), |(_, service)| service)
    }
}

/// A question to a register.
#[derive(Clone, Debug)]
pub struct Question {
    /// What the bus says about it.
    pub context: Context,
    /// About whom.
    pub about: Party,
    /// A message of the agency's registry package; may be empty where `about` says all.
    pub request: Option<Any>,
}

/// What a register answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The register has no entry.
    Absent,
    /// The register's entry: a message of the agency's registry package.
    Found(Any),
}

/// A document handed over.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// What the bus says about it.
    pub context: Context,
    /// The request as its signer signed it, decoded.
    pub document: Document,
    /// Whose affair it is.
    pub applicant: Party,
    /// The exact bytes and their signature, for an agency that wants to check again.
    pub signed: SignedDocument,
}

/// What an agency decides on a delivery.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Where the agency registered what it took.
    pub registration: Option<Registration>,
    /// The decision.
    pub verdict: Verdict,
}

/// An entry in the agency's register of incoming documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Number.
    pub number: String,
    /// On the bus's clock.
    pub registered_at: Timestamp,
}

/// Taken, refused, or answered at once.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Taken for the provider's procedure; [`Agency::term_due`] ends it.
    Accepted,
    /// Answered at once.
    Completed(Box<ResultDraft>),
    /// Refused.
    Refused(Refusal),
}

/// How an accepted delivery ends.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// With a result.
    Completed(Box<ResultDraft>),
    /// Not yet: the agency will answer later by itself.
    Later,
    /// With a refusal.
    Refused(Refusal),
}

/// The provider's own no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: RefusalReason,
    /// What the person is told; all three languages.
    pub text: LocalizedText,
}

/// Why a provider refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalReason {
    /// Documents do not match the list of the standard.
    DocumentsNotConforming,
    /// The grounds for the service do not hold.
    GroundsNotMet,
    /// A reasoned refusal after examination.
    Reasoned,
}

/// A result before it is signed. The kit makes the `ResultDocument` and has it signed.
#[derive(Clone, Debug)]
pub struct ResultDraft {
    /// Whose key signs: the provider's authorised person.
    pub signatory: CertificateSubject,
    /// The provider.
    pub provider: Bin,
    /// Kind of result, for example `unemployed-certificate`.
    pub kind: &'static str,
    /// Title.
    pub title: LocalizedText,
    /// A message of the agency's registry package.
    pub body: Any,
}

/// Why an agency could not answer at all. A refusal is not a fault: see [`Refusal`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AgencyFault {
    /// The question or delivery cannot be read.
    #[error("`{field}` is not readable: expected {expected}")]
    Malformed {
        /// Field path.
        field: &'static str,
        /// What is expected.
        expected: String,
    },
    /// The agency does not offer this.
    #[error("`{service}` is not offered as a {kind}")]
    NotOffered {
        /// Routing key.
        service: String,
        /// `lookup` or `delivery`.
        kind: &'static str,
    },
    /// The agency's own records lack something that they must have.
    #[error("the agency's records lack {what}")]
    RecordMissing {
        /// What is missing.
        what: &'static str,
    },
}

impl AgencyFault {
    fn not_offered(context: &Context, kind: &'static str) -> Self {
        Self::NotOffered { service: context.service_id.as_str().to_owned(), kind }
    }
}
