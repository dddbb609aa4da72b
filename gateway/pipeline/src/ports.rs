//! What the pipeline needs of the outside, as small traits. The server implements them with tonic and SQLite, tests
//! with stubs.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eush_acts::model::{Access, Check};
use eush_domain::{
    AgencyId, ApplicationId, Bin, Channel, Iin, LocalizedText, MessageId, RegulationId, SenderId, ServiceId,
    Timestamp,
};
use eush_pki::{Certificate, ChainPolicy, RevocationEvidence, RevocationPolicy, Trust};
use serde::{Deserialize, Serialize};

use crate::application::{Application, Registration};
use crate::bytes::{Payload, SignedDocument};
use crate::dispatch::Permit;
use crate::journal::Verdict;
use crate::message::MessageRecord;
use crate::party::Party;
use crate::profile::Profile;
use crate::raw::{RawSignedResult, Secret};
use crate::step::Shown;

/// Real time from any fixed start, for deadlines and durations. Virtual time is [`eush_domain::Clock`]'s.
pub trait Stopwatch: Send + Sync {
    /// Time passed since the start; never goes back.
    fn elapsed(&self) -> Duration;
}

/// What certificates are judged by, as one consistent picture.
pub trait Evidence: Send + Sync {
    /// The newest picture. A message is judged by one picture from beginning to end.
    fn snapshot(&self) -> Arc<EvidenceSnapshot>;

    /// The newest picture with what has to be asked about these links asked: of responders, by policy. It always ends, and
    /// says of every link what came of asking; a link of which it says nothing is refused. `at` is the bus's time.
    ///
    /// Where nobody is ever asked, the picture is all there is.
    fn gather<'a>(&'a self, _links: &'a [Link], _at: Timestamp) -> Gathering<'a> {
        Box::pin(std::future::ready(self.snapshot()))
    }
}

/// A picture that is being completed.
pub type Gathering<'a> = Pin<Box<dyn Future<Output = Arc<EvidenceSnapshot>> + Send + 'a>>;

/// A certificate of a chain and the one above it: what revocation is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Whose revocation is asked about.
    pub certificate: Certificate,
    /// Who issued it.
    pub issuer: Certificate,
}

/// Trust and revocation lists at one moment.
#[derive(Debug, Default)]
pub struct EvidenceSnapshot {
    /// Anchors and known intermediates.
    pub trust: Trust,
    /// Revocation lists, verified and indexed, and what came of asking responders.
    pub revocation: RevocationEvidence,
    /// What is asked of chains.
    pub chain_policy: ChainPolicy,
    /// What is asked of revocation evidence.
    pub revocation_policy: RevocationPolicy,
}

impl EvidenceSnapshot {
    /// Of which links of a certificate's chain nobody was asked yet who has to be asked, for those who judge a certificate
    /// apart from any message. `supplied` came with it. Without a chain there is nobody to ask about.
    pub fn unasked(&self, certificate: &Certificate, supplied: &[Certificate], now: Timestamp) -> Vec<Link> {
        let chain = eush_pki::chain::check(certificate, &self.trust, supplied, now, &self.chain_policy);
        chain.map(|chain| crate::checks::revocation::unasked(&chain, self)).unwrap_or_default()
    }
}

/// Who may send what.
pub trait Directory: Send + Sync {
    /// The entry of a sender.
    fn sender(&self, id: &SenderId) -> Option<Arc<SenderEntry>>;

    /// BIN of an organisation that the acts' data name by key as provider.
    fn organization(&self, key: &str) -> Option<Bin>;
}

/// A system that may send on the bus.
#[derive(Clone, Debug)]
pub struct SenderEntry {
    /// Its id.
    pub id: SenderId,
    /// What it is.
    pub role: SenderRole,
    /// Shared secret.
    pub password: Secret,
    /// Organisation that runs it. A sender without one can ask no signed question and have no operator sign.
    pub bin: Option<Bin>,
    /// Object identifier of the system, as in its certificate. A sender without one can ask no signed question.
    pub system: Option<String>,
    /// Services that it may use.
    pub services: Vec<ServiceId>,
    /// Channels that it may use.
    pub channels: Vec<Channel>,
    /// Operators who may sign at its desk.
    pub operators: Vec<Iin>,
    /// SHA-256 of its TLS client certificate. `None`: none is demanded.
    pub client_certificate: Option<[u8; 32]>,
}

impl SenderEntry {
    /// Whether it is who it says: with its secret and, where one is registered, its TLS certificate.
    pub fn is(&self, password: &Secret, client_certificate: Option<[u8; 32]>) -> bool {
        let presented = match (self.client_certificate, client_certificate) {
            (None, _) => true,
            (Some(known), Some(presented)) => known == presented,
            (Some(_), None) => false,
        };
        self.password.matches(password) && presented
    }
}

/// What a sender is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SenderRole {
    /// This agency: completes deliveries that it took.
    Agency(AgencyId),
    /// A front: opens applications, looks up, sends.
    Front,
}

/// Applications, messages, journal. Durable: when [`Store::commit`] returns `Ok`, all of it survives a kill.
pub trait Store: Send + Sync {
    /// The record of a message.
    fn message(
        &self,
        id: &MessageId,
    ) -> impl Future<Output = Result<Option<MessageRecord>, StoreError>> + Send;

    /// The signed document that was stored with a message.
    fn document(
        &self,
        id: &MessageId,
    ) -> impl Future<Output = Result<Option<SignedDocument>, StoreError>> + Send;

    /// An application.
    fn application(
        &self,
        id: &ApplicationId,
    ) -> impl Future<Output = Result<Option<Application>, StoreError>> + Send;

    /// Applications of one applicant opened by one front, newest first.
    fn applications_of(
        &self,
        owner: &SenderId,
        applicant: Party,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Application>, StoreError>> + Send;

    /// Messages for which [`MessageRecord::is_unanswered`] holds, oldest first.
    fn unanswered(&self) -> impl Future<Output = Result<Vec<MessageId>, StoreError>> + Send;

    /// Writes all of it or nothing. Each part replaces what has the same id; the verdict is appended. The store tells
    /// those who watch applications and journal after the write.
    fn commit(&self, changes: Changes) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// One transaction.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// New state of an application.
    pub application: Option<Application>,
    /// New state of a message.
    pub message: Option<MessageRecord>,
    /// The signed document of that message, on its first write.
    pub document: Option<(MessageId, SignedDocument)>,
    /// A record for the journal.
    pub verdict: Option<Verdict>,
}

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
#[error("{doing}")]
pub struct StoreError {
    /// What was being done.
    pub doing: &'static str,
    /// Why it failed.
    #[source]
    pub source: Box<dyn Error + Send + Sync>,
}

/// Agencies, by code. Every call ends within `patience`, and is dropped where the caller goes away.
pub trait AgencyPort: Send + Sync {
    /// Asks a register.
    fn lookup(
        &self,
        agency: &AgencyId,
        question: Question,
        patience: Duration,
    ) -> impl Future<Output = Result<QuestionAnswer, AgencyFailure>> + Send;

    /// Hands a document over.
    fn deliver(
        &self,
        agency: &AgencyId,
        delivery: Delivery,
        patience: Duration,
    ) -> impl Future<Output = Result<DeliveryAnswer, AgencyFailure>> + Send;

    /// Tells that the last term of the provider's procedure has passed.
    fn notify_term(
        &self,
        agency: &AgencyId,
        term: TermNotice,
        patience: Duration,
    ) -> impl Future<Output = Result<(), AgencyFailure>> + Send;

    /// Has somebody of an office use a system by hand: `eush.adapter.v1.WorkplaceService`. Nothing crosses the bus and
    /// nothing counts as a call. `None` where no such system stands on this bus, or where it has no workplace.
    fn use_by_hand(
        &self,
        system: &AgencyId,
        manual: ManualUse,
        patience: Duration,
    ) -> impl Future<Output = Result<Option<Screen>, AgencyFailure>> + Send;
}

/// Somebody of an office at a system's own screen, as the provider's procedure has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManualUse {
    /// Of the application and the place in it; the same use again has the same.
    pub use_id: String,
    /// Application.
    pub application: ApplicationId,
    /// Public service.
    pub regulation: RegulationId,
    /// Channel.
    pub channel: Channel,
    /// Which of the act's procedures was asked for; empty where none was named.
    pub procedure: String,
    /// Act and lines.
    pub reference: String,
    /// By the act.
    pub actor: String,
    /// What is done.
    pub access: Access,
    /// Whose affair it is, once the application says so.
    pub about: Option<Party>,
    /// Checks that the act has people make at the screen.
    pub checks: Vec<Check>,
    /// When, on the virtual clock.
    pub at: Timestamp,
}

/// What a screen shows. Its entry is the office's business and does not come here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Whether anything is there.
    pub shown: Shown,
    /// Checks of the use that do not hold by what the system knows.
    pub failing: Vec<Check>,
}

/// What the bus tells an agency about a message: `eush.adapter.v1.DeliveryInfo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryInfo {
    /// Message.
    pub message_id: MessageId,
    /// Application; `None` for a question outside any.
    pub application: Option<ApplicationId>,
    /// Routing key.
    pub service: ServiceId,
    /// Public service; `None` for a question outside any application.
    pub regulation: Option<RegulationId>,
    /// Channel; `None` for a question outside any application.
    pub channel: Option<Channel>,
    /// Virtual time.
    pub bus_time: Timestamp,
    /// 1 for the first try.
    pub attempt: u32,
    /// Who sent the message through the bus.
    pub sender: SenderId,
    /// Profile of checks that it passed.
    pub profile: Profile,
}

/// Where whatever answers in an agency's place leaves its name, so that the journal can say who decided. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Decider(Arc<Mutex<Option<String>>>);

impl Decider {
    /// Names what decided, for example `script/absent-aigerim`. The last one named counts: whoever stands further out
    /// overrules.
    pub fn name(&self, by: impl Into<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(by.into());
    }

    /// What decided; `None` is the agency itself.
    pub fn named(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A question to a register.
#[derive(Clone, Debug)]
pub struct Question {
    /// About the message.
    pub info: DeliveryInfo,
    /// About whom.
    pub about: Party,
    /// What is asked.
    pub request: Payload,
    /// As signed by the asking system; without a signature where the profile owes none.
    pub signed: SignedDocument,
    /// For whatever answers in the register's place.
    pub decider: Decider,
    /// Only a dispatch gives it, so nothing else can make a question.
    pub permit: Permit,
}

/// A register's answer.
#[derive(Clone, Debug)]
pub struct QuestionAnswer {
    /// Message id that the agency answered for.
    pub message_id: String,
    /// What was found; `None` means absent.
    pub found: Option<Payload>,
}

/// A document for an agency. Made only by the dispatch of a cleared message.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// About the message.
    pub info: DeliveryInfo,
    /// As signed and checked.
    pub document: SignedDocument,
    /// For whatever answers in the agency's place.
    pub decider: Decider,
    /// Only a dispatch gives it, so nothing else can make a delivery.
    pub permit: Permit,
}

/// An agency's answer to a delivery.
#[derive(Clone, Debug)]
pub struct DeliveryAnswer {
    /// Message id that the agency answered for.
    pub message_id: String,
    /// Where the agency registered it.
    pub registration: Option<Registration>,
    /// What it decided.
    pub decision: Decision,
}

/// What an agency decides of a delivery.
#[derive(Clone, Debug)]
pub enum Decision {
    /// Taken for the provider's procedure.
    Accepted,
    /// The provider refuses.
    Refused(ProviderRefusal),
    /// The result is there at once.
    Result(RawSignedResult),
}

/// The provider's own no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderRefusal {
    /// Why.
    pub reason: ProviderReason,
    /// What the provider says; may be empty.
    pub text: LocalizedText,
}

/// Why a provider refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderReason {
    /// Documents do not match the list.
    DocumentsNotConforming,
    /// The grounds do not hold.
    GroundsNotMet,
    /// A reasoned refusal after examination.
    Reasoned,
}

/// A term that has passed.
#[derive(Clone, Debug)]
pub struct TermNotice {
    /// About the delivery.
    pub info: DeliveryInfo,
    /// The delivery as it was.
    pub document: SignedDocument,
    /// When the term fell, on the virtual clock.
    pub due_at: Timestamp,
}

/// How a call to an agency fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AgencyFailure {
    /// It answered without a decision, or with a payload that cannot be read.
    #[error("the agency's answer is invalid: {0}")]
    AnswerInvalid(String),
    /// It gave no answer in time.
    #[error("the agency gave no answer in time")]
    Timeout,
    /// It could not be reached, or says that it is not available.
    #[error("the agency is not available: {0}")]
    Unavailable(String),
}
