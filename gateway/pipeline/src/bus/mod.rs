//! The use cases. Each takes one call, runs it to its end and leaves the store consistent.
//!
//! A use case that answers has committed first. One whose future is dropped leaves a record from which the same message,
//! sent again, or a restart goes on; better is to run it as a task and let [`crate::caller`] say that the caller went.

mod answer;
mod call;
mod compare;
mod complete;
mod lookup;
mod process;
mod resume;
mod send;
mod term;

use std::sync::Arc;
use std::time::Duration;

use eush_acts::Catalogue;
use eush_domain::{ApplicationId, Calendar, Clock, MessageId, Rejection};

use crate::application::{Application, Status};
use crate::bytes::SignedDocument;
use crate::engine;
use crate::message::{LookupAnswer, ProcessAnswer, SendAnswer};
use crate::ports::{AgencyPort, Directory, Evidence, Stopwatch, Store};
use crate::profile::Policy;
use crate::pseudonym::Pseudonyms;
use crate::raw::{
    RawAsk, RawCompletion, RawDocument, RawList, RawLookup, RawOpen, RawReportStep, RawSend, Received,
};
use crate::refusal::{Failure, Fault};
use crate::turns::Turns;

pub use compare::ProfileVerdict;

/// Everything that the use cases need. The server makes one and shares it.
pub struct Ports<A, S> {
    /// Agencies.
    pub agencies: A,
    /// Store.
    pub store: S,
    /// Senders.
    pub directory: Arc<dyn Directory>,
    /// Trust and revocation lists.
    pub evidence: Arc<dyn Evidence>,
    /// Virtual time.
    pub clock: Arc<dyn Clock>,
    /// Real time.
    pub stopwatch: Arc<dyn Stopwatch>,
    /// The regulations.
    pub catalogue: &'static Catalogue,
    /// Working days.
    pub calendar: Calendar,
    /// How the journal names people.
    pub pseudonyms: Pseudonyms,
}

/// Limits that are not checks.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Patience with an agency where the caller set no deadline. 30 s: longer than any mock needs, shorter than people
    /// wait.
    pub patience: Duration,
    /// What the bus itself needs between an agency's answer and the caller's deadline. 50 ms.
    pub own_cost: Duration,
    /// Least time worth giving to an agency; with less left the message is refused before the dispatch. 20 ms.
    pub least_patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(30),
            own_cost: Duration::from_millis(50),
            least_patience: Duration::from_millis(20),
        }
    }
}

/// The bus's use cases over its ports.
pub struct Bus<A, S> {
    pub(crate) ports: Ports<A, S>,
    pub(crate) policy: Policy,
    pub(crate) limits: Limits,
    turns: Turns,
    #[cfg(test)]
    pub(crate) left_out: Vec<crate::finding::CheckId>,
}

/// What firing an application's terms did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermOutcome {
    /// Steps of the procedure were recorded; more are to come.
    Advanced,
    /// The agency was told that the last term has passed, and the application has left the procedure.
    Completed,
    /// Nothing was due: another call was faster, or the application has ended.
    NothingDue,
    /// The agency was told and will complete later.
    Notified,
    /// The agency could not be told; the term stays due and is to be fired again.
    Unreachable(Rejection),
}

impl<A: AgencyPort, S: Store> Bus<A, S> {
    /// Puts the ports together.
    pub fn new(ports: Ports<A, S>, policy: Policy, limits: Limits) -> Self {
        Self {
            ports,
            policy,
            limits,
            turns: Turns::default(),
            #[cfg(test)]
            left_out: Vec::new(),
        }
    }

    /// The ports, for what the server does beside the use cases.
    pub fn ports(&self) -> &Ports<A, S> {
        &self.ports
    }

    /// GatewayService.Send: checks a signed request and hands it to the agency that the act names.
    ///
    /// # Errors
    /// A refusal where a check, the agency or the provider says no; a fault where the store fails.
    pub async fn send(&self, received: Received<RawSend>) -> Result<SendAnswer, Failure> {
        self.run_send(received).await
    }

    /// GatewayService.Lookup: asks registers. A register that finds nothing is an answer, not an error: whether the
    /// process ends with it is in the status.
    ///
    /// # Errors
    /// A refusal where a check or an agency says no; a fault where the store fails.
    pub async fn lookup(&self, received: Received<RawLookup>) -> Result<LookupAnswer, Failure> {
        self.run_lookup(received).await
    }

    /// GatewayService.CompleteDelivery: an agency's later answer. Idempotent by the delivery's message id.
    ///
    /// # Errors
    /// A refusal where the completion fits no delivery or its result is not signed as it must be; a fault where the store
    /// fails. A refused completion leaves the application as it was.
    pub async fn complete_delivery(
        &self,
        received: Received<RawCompletion>,
    ) -> Result<ProcessAnswer, Failure> {
        self.run_completion(received).await
    }

    /// ProcessService.OpenApplication.
    ///
    /// # Errors
    /// A refusal where a check says no; a fault where the store fails.
    pub async fn open(&self, received: Received<RawOpen>) -> Result<ProcessAnswer, Failure> {
        self.run_open(received).await
    }

    /// ProcessService.ReportStep. A process that refuses the person answers well, with the refusal in the status.
    ///
    /// # Errors
    /// A refusal where a check says no or the step is not expected; a fault where the store fails.
    pub async fn report(&self, received: Received<RawReportStep>) -> Result<ProcessAnswer, Failure> {
        self.run_report(received).await
    }

    /// ProcessService.GetApplication, and the first answer of WatchApplication: all its steps. Not journalled.
    ///
    /// # Errors
    /// A refusal where it is not the sender's; a fault where the store fails.
    pub async fn application(&self, received: Received<RawAsk>) -> Result<ProcessAnswer, Failure> {
        self.run_application(received).await
    }

    /// ProcessService.ListApplications: of the asking front alone, newest first. Not journalled.
    ///
    /// # Errors
    /// A refusal where the sender is not known; a fault where the store fails.
    pub async fn applications(&self, received: Received<RawList>) -> Result<Vec<Status>, Failure> {
        self.run_applications(received).await
    }

    /// Fires the terms of an application that are due at the clock's present instant: records the finished steps of the
    /// procedure and, after the last, tells the agency, which may complete the delivery before it returns.
    ///
    /// # Errors
    /// A fault where the store fails. An agency that cannot be told is an outcome.
    pub async fn fire_term(&self, application: &ApplicationId) -> Result<TermOutcome, Fault> {
        self.run_term(application).await
    }

    /// Hands a message over again that was dispatched and never answered, after a restart. The agency knows it by its
    /// message id and answers the same delivery the same way.
    ///
    /// # Errors
    /// As [`Bus::send`]; `STEP_OUT_OF_ORDER` where the message is not waiting for an answer.
    pub async fn resume(&self, message: &MessageId) -> Result<SendAnswer, Failure> {
        self.run_resume(message).await
    }

    /// What each profile says of a signed request for an application that waits for one. Judges and does nothing else.
    /// `document` is the content decoded; `None` where it is no `Document`.
    ///
    /// # Errors
    /// A refusal where there is nothing to judge: no such application, no envelope; a fault where the store fails.
    pub async fn compare(
        &self,
        application: &str,
        signed: SignedDocument,
        document: Option<RawDocument>,
    ) -> Result<Vec<ProfileVerdict>, Failure> {
        self.run_compare(application, signed, document).await
    }

    /// What a front is shown of an application: for the updates of WatchApplication.
    pub fn status(&self, application: &Application) -> Status {
        engine::status(self.ports.catalogue, application)
    }
}
