//! The use cases. Each takes one call, runs it to its end and leaves the store consistent.

use std::sync::Arc;
use std::time::Duration;

use eush_acts::Catalogue;
use eush_domain::{ApplicationId, Calendar, Clock, MessageId, Rejection};

use crate::message::{LookupAnswer, ProcessAnswer, SendAnswer};
use crate::ports::{AgencyPort, Directory, Evidence, Stopwatch, Store};
use crate::profile::Policy;
use crate::raw::{RawAsk, RawCompletion, RawList, RawLookup, RawOpen, RawReportStep, RawSend, Received};
use crate::refusal::{Failure, Fault};

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
}

/// What firing an application's terms did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TermOutcome {
    /// The agency was told that the last term has passed and has completed the delivery.
    Completed,
    /// Steps of the procedure were recorded; more are to come.
    Advanced,
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
        Self { ports, policy, limits }
    }

    /// GatewayService.Send.
    pub async fn send(&self, received: Received<RawSend>) -> Result<SendAnswer, Failure> {
        let _ = received;
        Err(Fault::Bug("not written yet").into())
    }

    /// GatewayService.Lookup.
    pub async fn lookup(&self, received: Received<RawLookup>) -> Result<LookupAnswer, Failure> {
        let _ = received;
        Err(Fault::Bug("not written yet").into())
    }

    /// GatewayService.CompleteDelivery.
    pub async fn complete_delivery(
        &self,
        received: Received<RawCompletion>,
    ) -> Result<ProcessAnswer, Failure> {
        let _ = received;
        Err(Fault::Bug("not written yet").into())
    }

    /// ProcessService.OpenApplication.
    pub async fn open(&self, received: Received<RawOpen>) -> Result<ProcessAnswer, Failure> {
        let _ = received;
        Err(Fault::Bug("not written yet").into())
    }

    /// ProcessService.ReportStep.
    pub async fn report(&self, received: Received<RawReportStep>) -> Result<ProcessAnswer, Failure> {
        let _ = received;
        Err(Fault::Bug("not written yet").into())
    }

    /// ProcessService.GetApplication, and the first answer of WatchApplication. Not journalled.
    pub async fn application(&self, received: Received<RawAsk>) -> Result<ProcessAnswer, Failure> {
        let _ = received;
        Err(Fault::Bug("not written yet").into())
    }

    /// ProcessService.ListApplications: of the asking front alone. Not journalled.
    pub async fn applications(
        &self,
        received: Received<RawList>,
    ) -> Result<Vec<crate::application::Status>, Failure> {
        let _ = received;
        Err(Fault::Bug("not written yet").into())
    }

    /// Fires the terms of an application that are due at the clock's present instant: records the finished steps of the
    /// procedure and, after the last, tells the agency.
    pub async fn fire_term(&self, application: &ApplicationId) -> Result<TermOutcome, Fault> {
        let _ = application;
        Err(Fault::Bug("not written yet"))
    }

    /// Hands a message over again that was dispatched and never answered, after a restart.
    pub async fn resume(&self, message: &MessageId) -> Result<SendAnswer, Failure> {
        let _ = message;
        Err(Fault::Bug("not written yet").into())
    }

    /// What a front is shown of an application: for the updates of WatchApplication.
    pub fn status(&self, application: &crate::application::Application) -> crate::application::Status {
        crate::engine::status(self.ports.catalogue, application)
    }
}
