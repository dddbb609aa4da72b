//! From the dispatch to the answer: calling the agency, checking what it said, moving the application.

use eush_domain::Rejection;

use super::Bus;
use super::call::{Call, agency_rejection, record, refused_state};
use super::complete::outcome_digest;
use super::send::{Way, repeat, signed_digest, unfit};
use crate::application::{Application, DispatchProgress, Registration};
use crate::bytes::SignedDocument;
use crate::clear::Cleared;
use crate::dispatch::{Occasion, dispatch};
use crate::engine::{self, Event, Outcome, Reply};
use crate::envelope::Envelope;
use crate::message::{Answer, MessageState, SendAnswer};
use crate::ports::{AgencyPort, Changes, Decider, Decision, DeliveryAnswer, ProviderRefusal, Store};
use crate::raw::RawOutcome;
use crate::refusal::{Failure, Fault, Refusal};
use crate::result::SignedResult;
use crate::turns::Turn;

/// What an agency decided, as far as the engine needs it.
enum Verified {
    Accepted,
    Refused(ProviderRefusal),
    Result(SignedDocument),
}

impl<A: AgencyPort, S: Store> Bus<A, S> {
    /// Calls the agency and writes down what came of it.
    pub(super) async fn deliver(
        &self,
        mut call: Call,
        way: Way,
        cleared: Cleared<Envelope>,
    ) -> Result<SendAnswer, Failure> {
        let bound = (cleared.route().agency.clone(), cleared.message().service.clone());
        let decider = Decider::default();
        let occasion = Occasion {
            application: Some(way.application.clone()),
            now: self.ports.clock.now(),
            attempt: way.attempt,
            // Time passed since it was asked for the first time; what is left is left, and the port ends the call.
            patience: self.patience(&call).unwrap_or(self.limits.least_patience),
            decider: decider.clone(),
        };
        let started = self.ports.stopwatch.elapsed();
        let answer = tokio::select! {
            biased;
            answer = dispatch(&cleared, occasion, &self.ports.agencies) => {
                answer.map_err(|failure| agency_rejection(&bound.0, &failure))
            }
            () = call.caller.gone() => Err(Rejection::Cancelled),
        };
        let outcome = match &answer {
            Ok(answer) => decision_name(&answer.decision),
            Err(rejection) => rejection.facts().reason,
        };
        let told = (cleared.message().applicant, &decider);
        self.called(&mut call, (&bound.0, &bound.1), told, started, outcome);
        let _state = self.turns.take(Turn::State(way.application.as_str().to_owned())).await;
        let application = self.ports.store.application(&way.application).await?;
        let application = application.ok_or(Fault::Bug("a dispatched application is in the store"))?;
        let checked = match answer {
            Ok(answer) => self.verify(&application, answer).await,
            Err(rejection) => Err(Refusal::of(rejection)),
        };
        self.settle(call, way, &cleared, &application, checked).await
    }

    /// Checks a result that came at once. Whatever is wrong with it is the agency's.
    async fn verify(
        &self,
        application: &Application,
        answer: DeliveryAnswer,
    ) -> Result<(Option<Registration>, Verified), Refusal> {
        let verified = match answer.decision {
            Decision::Accepted => Verified::Accepted,
            Decision::Refused(refusal) => Verified::Refused(refusal),
            Decision::Result(raw) => {
                let result = SignedResult::parse("result", raw).map_err(|refusal| Refusal {
                    evidence: refusal.faults.iter().map(|fault| format!("fault={}", fault.field)).collect(),
                    ..Refusal::of(Rejection::AgencyAnswerInvalid)
                })?;
                Verified::Result(self.check_result(application, result).await?.message().signed.clone())
            }
        };
        Ok((answer.registration, verified))
    }

    /// Moves the application and answers.
    async fn settle(
        &self,
        mut call: Call,
        way: Way,
        cleared: &Cleared<Envelope>,
        application: &Application,
        checked: Result<(Option<Registration>, Verified), Refusal>,
    ) -> Result<SendAnswer, Failure> {
        let world = self.world_of(application)?;
        let (event, refusal) = match &checked {
            Ok((registration, verified)) => {
                let (reply, refusal) = match verified {
                    Verified::Accepted => (Reply::Accepted, None),
                    Verified::Refused(refusal) => {
                        let digest = outcome_digest(&RawOutcome::Refusal(refusal.clone()));
                        let rejection = refusal.reason.into();
                        (Reply::Final(Outcome::Refused(refusal), digest), Some(Refusal::of(rejection)))
                    }
                    Verified::Result(signed) => {
                        (Reply::Final(Outcome::Result(signed), signed_digest(signed)), None)
                    }
                };
                (Event::DispatchAnswered { registration: registration.clone(), reply }, refusal)
            }
            Err(refusal) => (Event::DispatchFailed { rejection: refusal.rejection }, Some(refusal.clone())),
        };
        let next = engine::apply(world, application, event).map_err(unfit)?.application;
        call.steps = next.steps.get(way.steps_before..).unwrap_or_default().to_vec();
        let taken =
            next.dispatch.as_ref().is_some_and(|dispatch| dispatch.progress == DispatchProgress::Accepted);
        // A call that failed after the provider had answered through the bus has nothing left to refuse.
        let refusal =
            refusal.filter(|_| checked.is_ok() || !taken).map(|refusal| call.complete(refusal, Some(&next)));
        let (state, rejection) = match &refusal {
            Some(refusal) => (refused_state(refusal), Some(refusal.rejection)),
            None => {
                let answer = SendAnswer {
                    status: self.status(&next),
                    steps: call.steps.clone(),
                    findings: cleared.findings().to_vec(),
                    profile: cleared.profile(),
                };
                (MessageState::Answered(Box::new(Answer::Send(answer))), None)
            }
        };
        let answer = match (&state, refusal) {
            (MessageState::Answered(answer), None) => repeat(answer.as_ref().clone()),
            (_, Some(refusal)) => Err(refusal.into()),
            (MessageState::Dispatched(_) | MessageState::Retryable(_), None) => {
                Err(Fault::Bug("a message without a refusal is answered").into())
            }
        };
        let message = record(&call, (&way.message, &way.sender), way.digest, way.attempt, state);
        let changes = Changes {
            application: Some(next),
            message: Some(message),
            document: None,
            verdict: Some(self.verdict(call, rejection)),
        };
        self.ports.store.commit(changes).await?;
        answer
    }
}

fn decision_name(decision: &Decision) -> &'static str {
    match decision {
        Decision::Accepted => "accepted",
        Decision::Refused(_) => "refused",
        Decision::Result(_) => "result",
    }
}
