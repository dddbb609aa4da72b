//! `complete_delivery`: the provider's later answer.

use eush_domain::{MessageId, Rejection};

use super::Bus;
use super::call::Call;
use super::send::{signed_digest, unfit};
use crate::application::Application;
use crate::checks::process::Named;
use crate::checks::sender;
use crate::clear::{Candidate, Cleared, clear_result};
use crate::digest::Content;
use crate::engine::{self, Event, Outcome};
use crate::envelope::{Credentials, Header, Reading};
use crate::message::{ContentDigest, MessageKind, ProcessAnswer};
use crate::ports::{AgencyPort, Changes, EvidenceSnapshot, ProviderReason, SenderRole, Store};
use crate::raw::{RawCompletion, RawOutcome, Received};
use crate::refusal::{Failure, Fault, FieldFault, Refusal};
use crate::result::SignedResult;
use crate::turns::Turn;

impl<A: AgencyPort, S: Store> Bus<A, S> {
    pub(super) async fn run_completion(
        &self,
        received: Received<RawCompletion>,
    ) -> Result<ProcessAnswer, Failure> {
        let (raw, call) = self.begin(MessageKind::Complete, received, |raw| &raw.info);
        let (header, delivery, outcome) = match parse(raw) {
            Ok(parsed) => parsed,
            Err(refusal) => return Err(self.turn_away(call, refusal.into()).await),
        };
        let credentials = header.credentials(call.client_certificate);
        let found = match self.completable(&credentials, &delivery).await {
            Ok(found) => found,
            Err(failure) => return Err(self.turn_away(call, failure).await),
        };
        let _state = self.turns.take(Turn::State(found.as_str().to_owned())).await;
        self.complete(call, &delivery, &found, outcome).await
    }

    /// The application of a delivery, if this agency took it.
    async fn completable(
        &self,
        credentials: &Credentials,
        delivery: &MessageId,
    ) -> Result<eush_domain::ApplicationId, Failure> {
        let entry = self.ports.directory.sender(&credentials.sender);
        if let Err(unmet) = sender::check(credentials, entry.as_deref()) {
            return Err(Refusal::of(unmet.rejection).into());
        }
        let agency = match entry.as_ref().map(|entry| &entry.role) {
            Some(SenderRole::Agency(agency)) => agency,
            Some(SenderRole::Front) | None => return Err(Refusal::of(Rejection::SenderNotAllowed).into()),
        };
        // Another agency's delivery is as unknown as none at all.
        let unknown = || Failure::from(Refusal::of(Rejection::ApplicationUnknown));
        let record = self.ports.store.message(delivery).await?.ok_or_else(unknown)?;
        let id = record.application.ok_or_else(unknown)?;
        let application = self.ports.store.application(&id).await?.ok_or_else(unknown)?;
        match &application.dispatch {
            Some(dispatch) if dispatch.agency != *agency => Err(unknown()),
            Some(dispatch) if dispatch.message_id != *delivery => {
                Err(Refusal::of(Rejection::StepOutOfOrder).into())
            }
            Some(_) => Ok(id),
            None => Err(unknown()),
        }
    }

    async fn complete(
        &self,
        mut call: Call,
        delivery: &MessageId,
        id: &eush_domain::ApplicationId,
        outcome: RawOutcome,
    ) -> Result<ProcessAnswer, Failure> {
        let application = self.ports.store.application(id).await?;
        let application = application.ok_or(Fault::Bug("a dispatched application is in the store"))?;
        call.application = Some(id.clone());
        call.regulation = Some(application.flow.regulation.clone());
        call.channel = Some(application.flow.channel);
        call.service = application.dispatch.as_ref().map(|dispatch| dispatch.service.clone());
        self.concerns(&mut call, application.applicant);
        // Another message may have gone out between the first look and this one.
        if application.dispatch.as_ref().is_none_or(|dispatch| dispatch.message_id != *delivery) {
            let refusal = call.complete(Refusal::of(Rejection::StepOutOfOrder), None);
            return Err(self.turn_away(call, refusal.into()).await);
        }
        let digest = outcome_digest(&outcome);
        if application.completion == Some(digest) {
            // The same answer again, as after a lost acknowledgement.
            return Ok(ProcessAnswer { status: self.status(&application), steps: Vec::new() });
        }
        let next = match self.complete_with(&mut call, &application, delivery, outcome, digest).await {
            Ok(next) => next,
            Err(Failure::Refused(refusal)) => {
                let refusal = call.complete(*refusal, None);
                return Err(self.turn_away(call, refusal.into()).await);
            }
            Err(Failure::Fault(fault)) => return Err(fault.into()),
        };
        call.steps = next.steps.get(application.steps.len()..).unwrap_or_default().to_vec();
        let answer = ProcessAnswer { status: self.status(&next), steps: call.steps.clone() };
        let reason = next.notice.as_ref().and_then(|notice| notice.reason);
        let changes = Changes {
            application: Some(next),
            verdict: Some(self.verdict(call, reason)),
            ..Changes::default()
        };
        self.ports.store.commit(changes).await?;
        Ok(answer)
    }

    async fn complete_with(
        &self,
        call: &mut Call,
        application: &Application,
        delivery: &MessageId,
        outcome: RawOutcome,
        digest: ContentDigest,
    ) -> Result<Application, Failure> {
        let transition = match outcome {
            RawOutcome::Refusal(refusal) => {
                let event = Event::Completed { outcome: Outcome::Refused(&refusal), digest };
                engine::apply(self.world_of(application)?, application, event)
            }
            RawOutcome::Result(raw) => {
                let result = SignedResult::parse("result", raw)?;
                if result.message_id != *delivery {
                    return Err(mismatch(vec!["result.content.message_id"]));
                }
                let cleared = self.check_result(application, result).await?;
                call.findings = cleared.findings().to_vec();
                let outcome = Outcome::Result(&cleared.message().signed);
                engine::apply(self.world_of(application)?, application, Event::Completed { outcome, digest })
            }
        };
        Ok(transition.map_err(unfit)?.application)
    }

    /// Whether a result is of this application and signed as it must be.
    pub(super) async fn check_result(
        &self,
        application: &Application,
        result: SignedResult,
    ) -> Result<Cleared<SignedResult>, Refusal> {
        let dispatch = application.dispatch.as_ref();
        let resolved = engine::resolve(self.ports.catalogue, application);
        let (Some(dispatch), Some(resolved)) = (dispatch, resolved) else {
            return Err(Refusal::of(Rejection::ApplicationUnknown));
        };
        let regulation = self.ports.catalogue.regulation(&result.regulation);
        let faults: Vec<_> = [
            ("result.content.message_id", result.message_id == dispatch.message_id),
            ("result.content.application_id", result.application == application.id),
            (
                "result.content.regulation_id",
                regulation.is_some_and(|found| found.id == resolved.regulation.id),
            ),
            ("result.content.applicant", Some(result.applicant) == application.applicant),
        ]
        .into_iter()
        .filter(|(_, same)| !same)
        .map(|(field, _)| FieldFault::new(field, "as in the delivery"))
        .collect();
        if !faults.is_empty() {
            return Err(Refusal { faults, ..Refusal::of(Rejection::EnvelopeMalformed) });
        }
        let provider = self.ports.directory.organization(&resolved.regulation.provider.organization);
        let candidate = Candidate::new(result);
        let flow = (resolved.regulation, resolved.flow);
        let judge = |evidence: &EvidenceSnapshot| {
            let grounds = self.grounds(evidence, Named::None);
            clear_result(&candidate, provider, &dispatch.agency, flow, &grounds)
        };
        self.judged(judge).await
    }
}

fn mismatch(fields: Vec<&str>) -> Failure {
    let faults = fields.into_iter().map(|field| FieldFault::new(field, "as in the delivery")).collect();
    Refusal { faults, ..Refusal::of(Rejection::EnvelopeMalformed) }.into()
}

fn parse(raw: RawCompletion) -> Result<(Header, MessageId, RawOutcome), Refusal> {
    let mut reading = Reading::default();
    let header = reading.header(&raw.info);
    if raw.info.correlation_id.is_empty() {
        reading.fault("info.correlation_id", "the message id of the delivery");
    }
    if raw.outcome.is_none() {
        reading.fault("outcome", "a result or a refusal");
    }
    let value = || {
        let header = header?;
        let delivery = header.correlation_id.clone()?;
        Some((header, delivery, raw.outcome?))
    };
    let value = value();
    reading.finish(value)
}

/// What makes an outcome the same outcome.
pub(super) fn outcome_digest(outcome: &RawOutcome) -> ContentDigest {
    match outcome {
        RawOutcome::Refusal(refusal) => {
            let reason = match refusal.reason {
                ProviderReason::DocumentsNotConforming => "documents",
                ProviderReason::GroundsNotMet => "grounds",
                ProviderReason::Reasoned => "reasoned",
            };
            let content = Content::of(MessageKind::Complete).text("refusal").text(reason);
            content.text(&refusal.text.kk).text(&refusal.text.ru).text(&refusal.text.en).digest()
        }
        RawOutcome::Result(result) => signed_digest(&result.signed),
    }
}
