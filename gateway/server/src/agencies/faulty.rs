//! The outermost link: faults of the bus's calls to agencies.
//!
//! What is damaged on the wire is damaged by the agency: the link orders it with the call. Everything else happens here, so
//! that it happens to every agency, ours or not. A call that a fault answers on its arrival reaches no agency, and the
//! pipeline counts it all the same as a call that it made.

use std::sync::Arc;
use std::time::Duration;

use eush_domain::AgencyId;
use eush_domain::faults::{Act, Decided, Knob, Met, Place, Point};
use eush_pipeline::ports::{
    AgencyFailure, AgencyPort, Decider, Decision, Delivery, DeliveryAnswer, DeliveryInfo, ManualUse,
    Question, QuestionAnswer, Screen, TermNotice,
};
use tokio::time::Instant;

use super::client::{ORDER, failure};
use crate::convert;
use crate::current;
use crate::faults::arrival::{named, pass};
use crate::faults::{Faults, break_signature, document_parties, party};

/// The link.
#[derive(Clone)]
pub(crate) struct FaultyAgencies<P> {
    next: P,
    faults: Arc<Faults>,
}

impl<P> FaultyAgencies<P> {
    pub(crate) fn new(next: P, faults: Arc<Faults>) -> Self {
        Self { next, faults }
    }
}

const LOOKUP: &str = "eush.adapter.v1.AgencyService/Lookup";
const DELIVER: &str = "eush.adapter.v1.AgencyService/Deliver";
const TERM: &str = "eush.adapter.v1.AgencyService/NotifyTerm";

const OF_LOOKUPS: &[Knob] = &[
    Knob::AgencyRestart,
    Knob::CorruptStatus,
    Knob::Hold,
    Knob::Latency,
    Knob::MissingStatus,
    Knob::ResetAfterHeaders,
    Knob::ResetBeforeHeaders,
    Knob::SlowBody,
    Knob::Status,
    Knob::TruncatedMessage,
    Knob::WrongCorrelation,
];
const OF_DELIVERIES: &[Knob] = &[
    Knob::AgencyRestart,
    Knob::CorruptStatus,
    Knob::DuplicateDelivery,
    Knob::Hold,
    Knob::Latency,
    Knob::MissingStatus,
    Knob::Reordering,
    Knob::ResetAfterHeaders,
    Knob::ResetBeforeHeaders,
    Knob::SlowBody,
    Knob::Status,
    Knob::TruncatedMessage,
    Knob::WrongCorrelation,
];
const OF_TERMS: &[Knob] = &[
    Knob::AgencyRestart,
    Knob::CorruptStatus,
    Knob::DuplicateDelivery,
    Knob::Hold,
    Knob::Latency,
    Knob::MissingStatus,
    Knob::ResetAfterHeaders,
    Knob::ResetBeforeHeaders,
    Knob::SlowBody,
    Knob::Status,
    Knob::TruncatedMessage,
];

fn met<'a>(
    method: &'static str,
    agency: &'a AgencyId,
    info: &'a DeliveryInfo,
    persons: &'a [eush_domain::Iin],
) -> Met<'a> {
    Met {
        place: Place::Agency,
        method,
        message: info.message_id.as_str(),
        sender: info.sender.as_str(),
        service: info.service.as_str(),
        regulation: info.regulation.as_ref().map_or("", |id| id.as_str()),
        channel: info.channel,
        agency: agency.as_str(),
        persons,
    }
}

/// Everybody whom a document names. Only rules see them.
fn persons(document: &eush_pipeline::bytes::SignedDocument) -> Vec<eush_domain::Iin> {
    let document = convert::document(&document.content.0);
    document.iter().flat_map(document_parties).filter_map(|found| party(&found)).collect()
}

/// The faults of one call, and what is left of its patience.
struct Struck<'a> {
    faults: &'a Faults,
    met: Met<'a>,
    decided: Vec<Decided>,
    until: Instant,
    /// Where the journal learns who decided.
    decider: Decider,
}

impl<'a> Struck<'a> {
    fn new(faults: &'a Faults, met: Met<'a>, can: &[Knob], (patience, decider): (Duration, Decider)) -> Self {
        let decided = faults.meet(&met, can);
        Self { faults, met, decided, until: Instant::now() + patience, decider }
    }

    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// Waits and statuses of a point.
    async fn pass(&self, now: Point) -> Result<(), AgencyFailure> {
        let passing = pass(self.faults, &self.met, &self.decided, now, None);
        let passed = tokio::time::timeout_at(self.until, passing).await;
        let failed = match passed {
            Err(_) => AgencyFailure::Timeout,
            Ok(Ok(())) => return Ok(()),
            Ok(Err(status)) => failure(&status),
        };
        self.decides();
        Err(failed)
    }

    /// Before the agency is called: to be overtaken, then waits and statuses.
    async fn arrive(&self) -> Result<(), AgencyFailure> {
        for decided in &self.decided {
            if let Act::Reordering(longest) = decided.act {
                self.faults.overtaken(self.met.agency, longest.min(self.left())).await;
            }
        }
        self.pass(Point::Arrival).await
    }

    /// Calls with the order that goes with the call, if any.
    async fn order<T>(
        &self,
        call: impl Future<Output = Result<T, AgencyFailure>>,
    ) -> Result<T, AgencyFailure> {
        let order = self
            .decided
            .iter()
            .find_map(|decided| if let Act::Wire(fault) = decided.act { Some(fault) } else { None });
        let answer = match order {
            None => call.await,
            Some(fault) => ORDER.scope(fault, call).await,
        };
        if answer.is_err() && order.is_some() {
            self.decides();
        }
        answer
    }

    /// How many more times the same is handed over.
    fn copies(&self) -> u32 {
        let copies = self
            .decided
            .iter()
            .map(|decided| if let Act::DuplicateDelivery(copies) = decided.act { copies } else { 0 });
        copies.max().unwrap_or(0)
    }

    /// The message id that the bus is told the answer is for.
    fn correlated(&self, answered: String) -> String {
        if !self.decided.iter().any(|decided| decided.act == Act::WrongCorrelation) {
            return answered;
        }
        self.decides();
        crate::faults::another(&answered)
    }

    /// Names the fault that made the answer what it is.
    fn decides(&self) {
        if let Some(decided) = self.decided.iter().find(|decided| is_telling(&decided.act)) {
            current::decide(named(decided));
            self.decider.name(named(decided));
        }
    }
}

/// Whether a fault makes an answer another one, rather than a later or a repeated one.
fn is_telling(act: &Act) -> bool {
    match act {
        Act::BadResultSignature
        | Act::Hold(_)
        | Act::Latency(..)
        | Act::Status { .. }
        | Act::Wire(_)
        | Act::WrongCorrelation => true,
        Act::ClockJump(_) | Act::DuplicateDelivery(_) | Act::PublicationFault { .. } | Act::Reordering(_) => {
            false
        }
    }
}

impl<P: AgencyPort> FaultyAgencies<P> {
    /// A result that came at once, its signature broken where a rule says so.
    fn result(&self, met: &Met<'_>, mut answer: DeliveryAnswer) -> DeliveryAnswer {
        if let Decision::Result(signed) = &mut answer.decision {
            for decided in self.faults.meet(met, &[Knob::BadResultSignature]) {
                break_signature(&mut signed.signed.signature.0);
                current::decide(named(&decided));
            }
        }
        answer
    }
}

impl<P: AgencyPort> AgencyPort for FaultyAgencies<P> {
    async fn lookup(
        &self,
        agency: &AgencyId,
        question: Question,
        patience: Duration,
    ) -> Result<QuestionAnswer, AgencyFailure> {
        let info = question.info.clone();
        let about: Vec<_> = eush_domain::Iin::parse(question.about.digits()).into_iter().collect();
        let struck = Struck::new(
            &self.faults,
            met(LOOKUP, agency, &info, &about),
            OF_LOOKUPS,
            (patience, question.decider.clone()),
        );
        if struck.decided.is_empty() {
            return self.next.lookup(agency, question, patience).await;
        }
        struck.arrive().await?;
        let left = struck.left();
        let mut answer = struck.order(self.next.lookup(agency, question, left)).await?;
        struck.pass(Point::Answer).await?;
        answer.message_id = struck.correlated(answer.message_id);
        Ok(answer)
    }

    async fn deliver(
        &self,
        agency: &AgencyId,
        delivery: Delivery,
        patience: Duration,
    ) -> Result<DeliveryAnswer, AgencyFailure> {
        let info = delivery.info.clone();
        let persons = persons(&delivery.document);
        let met = met(DELIVER, agency, &info, &persons);
        let struck = Struck::new(&self.faults, met, OF_DELIVERIES, (patience, delivery.decider.clone()));
        struck.arrive().await?;
        let answer = struck.order(self.next.deliver(agency, delivery.clone(), struck.left())).await;
        self.faults.passed(agency.as_str());
        let answer = answer?;
        for copy in 0..struck.copies() {
            // The first answer counts; whether the others agree is the agency's promise.
            let again = self.next.deliver(agency, delivery.clone(), struck.left()).await;
            let same = again.as_ref().is_ok_and(|again| again.registration == answer.registration);
            tracing::info!(%agency, copy, same, "a delivery was handed over again");
        }
        struck.pass(Point::Answer).await?;
        let answer = DeliveryAnswer { message_id: struck.correlated(answer.message_id.clone()), ..answer };
        Ok(self.result(&met, answer))
    }

    async fn notify_term(
        &self,
        agency: &AgencyId,
        term: TermNotice,
        patience: Duration,
    ) -> Result<(), AgencyFailure> {
        let info = term.info.clone();
        let persons = persons(&term.document);
        let struck = Struck::new(
            &self.faults,
            met(TERM, agency, &info, &persons),
            OF_TERMS,
            (patience, Decider::default()),
        );
        struck.arrive().await?;
        struck.order(self.next.notify_term(agency, term.clone(), struck.left())).await?;
        for _ in 0..struck.copies() {
            let _ = self.next.notify_term(agency, term.clone(), struck.left()).await;
        }
        struck.pass(Point::Answer).await
    }

    async fn use_by_hand(
        &self,
        system: &AgencyId,
        manual: ManualUse,
        patience: Duration,
    ) -> Result<Option<Screen>, AgencyFailure> {
        // A screen is no call of the bus, and the bus's faults are about calls.
        self.next.use_by_hand(system, manual, patience).await
    }
}
