//! An application: one request for a public service, from the front's first step to the result.
//!
//! The state is plain data that the store keeps. Only the engine changes it.

use eush_acts::model::{Check, LookupSubject};
use eush_domain::{
    ApplicationId, Channel, FlowId, LocalizedText, MessageId, Rejection, SenderId, ServiceId, Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::bytes::SignedDocument;
use crate::message::ContentDigest;
use crate::party::{Party, Representative};
use crate::step::Step;

/// One application. Fields are the engine's; the store keeps them as they are and reads what the methods show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    pub(crate) id: ApplicationId,
    pub(crate) flow: FlowId,
    /// Front that opened it.
    pub(crate) owner: SenderId,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) opened_at: Timestamp,
    pub(crate) state: ApplicationState,
    /// Index of the item of the flow that comes next.
    pub(crate) cursor: usize,
    pub(crate) steps: Vec<Step>,
    pub(crate) logged_in: Option<Party>,
    pub(crate) applicant: Option<Party>,
    pub(crate) representative: Option<Representative>,
    pub(crate) dispatch: Option<Dispatched>,
    pub(crate) registration: Option<Registration>,
    pub(crate) procedure: Option<Procedure>,
    pub(crate) notice: Option<Notice>,
    pub(crate) result: Option<SignedDocument>,
    /// Digest of the outcome that completed it, so that the same outcome again is the same answer.
    pub(crate) completion: Option<ContentDigest>,
    /// Key of the act's procedure that was asked for; `None` takes the first that fits.
    #[serde(default)]
    pub(crate) kind: Option<String>,
    /// What people find where no message says it.
    #[serde(default)]
    pub(crate) circumstances: Circumstances,
    /// By when the act wants the service done.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub(crate) limit_at: Option<Timestamp>,
}

/// What people find with their own eyes on the way, as whoever opened the application said it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Circumstances {
    /// Checks made by hand that fail.
    pub(crate) failing: Vec<Wanting>,
    /// Which of two durations holds.
    pub(crate) terms: TermChoice,
}

/// A check made by hand that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanting {
    /// Which.
    pub(crate) check: Check,
    /// On which of the occasions on which it is made, from 1.
    pub(crate) occasion: usize,
}

/// Which of two durations holds where the act gives a step two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermChoice {
    /// The ordinary one.
    #[default]
    Ordinary,
    /// The one under the act's own condition.
    Otherwise,
}

impl Application {
    /// Its id.
    pub fn id(&self) -> &ApplicationId {
        &self.id
    }

    /// Which regulation and channel.
    pub fn flow(&self) -> &FlowId {
        &self.flow
    }

    /// The front that opened it.
    pub fn owner(&self) -> &SenderId {
        &self.owner
    }

    /// When it was opened, on the virtual clock.
    pub fn opened_at(&self) -> Timestamp {
        self.opened_at
    }

    /// Whose affair it is, once the form says so.
    pub fn applicant(&self) -> Option<Party> {
        self.applicant
    }

    /// Where it stands.
    pub fn state(&self) -> ApplicationState {
        self.state
    }

    /// Every executed step, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The dispatch, once there was one.
    pub fn dispatch(&self) -> Option<&Dispatched> {
        self.dispatch.as_ref()
    }

    /// When the next term falls, on the virtual clock. The store indexes this; the server fires what is due.
    pub fn due_at(&self) -> Option<Timestamp> {
        match (self.state, &self.procedure) {
            (ApplicationState::Pending, Some(procedure)) => procedure.due_at(),
            (
                ApplicationState::Completed
                | ApplicationState::Open
                | ApplicationState::Pending
                | ApplicationState::Ready
                | ApplicationState::Refused,
                _,
            ) => None,
        }
    }
}

/// Where an application stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationState {
    /// The result is in the personal cabinet, or has been handed over.
    Completed,
    /// The front is expected to do something.
    Open,
    /// The agency has it.
    Pending,
    /// The result waits at the desk.
    Ready,
    /// Ended without a result.
    Refused,
}

/// What the front is to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NextAction {
    /// Ask for login data and report.
    Authenticate,
    /// Bring what the provider waits for and report.
    Bring,
    /// Show the form and report.
    FillForm,
    /// Give the result to the person and report.
    HandOver,
    /// Ask these registers.
    LookUp(Vec<RequiredLookup>),
    /// Nothing: it has ended.
    None,
    /// Have the filled form signed at the front and report; it is sent to nobody through the bus.
    Sign,
    /// Have the document signed and send it to this service.
    SignAndSend(ServiceId),
    /// Nothing until the provider answers.
    Wait,
}

/// A register that the act wants asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequiredLookup {
    /// Routing key.
    pub service: ServiceId,
    /// About whom.
    pub subject: RequiredSubject,
}

/// About whom a register is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequiredSubject {
    /// The applicant.
    Applicant,
    /// The representative's power of attorney.
    PowerOfAttorney,
}

impl From<LookupSubject> for RequiredSubject {
    fn from(subject: LookupSubject) -> Self {
        match subject {
            LookupSubject::Applicant => Self::Applicant,
            LookupSubject::PowerOfAttorney => Self::PowerOfAttorney,
        }
    }
}

/// The document's way to the agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dispatched {
    /// Message that carries it.
    pub message_id: MessageId,
    /// Agency that takes it.
    pub agency: eush_domain::AgencyId,
    /// Its service.
    pub service: ServiceId,
    /// How far it has come.
    pub progress: DispatchProgress,
    /// When it was first handed over, on the virtual clock.
    #[serde(with = "time::serde::rfc3339")]
    pub at: Timestamp,
}

/// How far a dispatch has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DispatchProgress {
    /// The agency has it.
    Accepted,
    /// The agency gave no usable answer; it may have it all the same.
    Failed,
    /// The agency is being called.
    InFlight,
}

/// Where the agency registered what it took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// Agency's number.
    pub number: String,
    /// On the virtual clock.
    #[serde(with = "time::serde::rfc3339")]
    pub at: Timestamp,
}

/// The provider's internal procedure as it runs on the virtual clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// Instants at which its steps are finished, in order.
    pub(crate) finish: Vec<Instant>,
    /// Steps recorded as finished.
    pub(crate) done: usize,
    /// Whether the agency was told that the last has passed.
    pub(crate) notified: Notified,
}

impl Procedure {
    /// When the next term falls: the next step's end; after the last, that same instant until the agency was told.
    pub(crate) fn due_at(&self) -> Option<Timestamp> {
        match (self.finish.get(self.done), self.notified) {
            (Some(next), _) => Some(next.0),
            (None, Notified::NotYet) => self.finish.last().map(|last| last.0),
            (None, Notified::Told) => None,
        }
    }
}

/// Whether the agency was told that its procedure's last term has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notified {
    /// Not yet, or it could not be reached.
    NotYet,
    /// It was.
    Told,
}

/// A timestamp that serializes as RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Instant(#[serde(with = "time::serde::rfc3339")] pub(crate) Timestamp);

/// A message for the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Act's label of the step that forms it; empty where the message is ours.
    pub label: String,
    /// Act and lines of that step.
    pub reference: String,
    /// What to show.
    pub text: LocalizedText,
    /// Our own machine reason; `None` for good news.
    pub reason: Option<Rejection>,
}

/// What a front and a cabinet are shown of an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// Application.
    pub application: ApplicationId,
    /// Where it stands.
    pub state: ApplicationState,
    /// What the front does next.
    pub next: NextAction,
    /// When the next term falls, on the virtual clock.
    #[serde(with = "time::serde::rfc3339::option")]
    pub due_at: Option<Timestamp>,
    /// What to show the person.
    pub notice: Option<Notice>,
    /// The provider's signed result.
    pub result: Option<SignedDocument>,
    /// Public service.
    pub regulation: eush_domain::RegulationId,
    /// Channel.
    pub channel: Channel,
    /// On the virtual clock.
    #[serde(with = "time::serde::rfc3339")]
    pub opened_at: Timestamp,
    /// By when the act wants the service done, on the virtual clock; `None` where it names no term, or before it runs.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub limit_at: Option<Timestamp>,
    /// Which of the act's procedures was asked for; empty where none was named.
    #[serde(default)]
    pub procedure: String,
    /// Message of the dispatch, once there is one.
    pub message_id: Option<MessageId>,
    /// Agency's registration number; empty before there is one.
    pub registration_number: String,
}
