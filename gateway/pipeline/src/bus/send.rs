//! `send`: from the received message to the agency's answer.

use eush_acts::Resolved;
use eush_domain::{ApplicationId, MessageId, Rejection, SenderId, Stage};

use super::Bus;
use super::call::{Before, Call, agency_rejection, record, refused_state, sender_held};
use super::complete::outcome_digest;
use crate::application::{Application, ApplicationState, DispatchProgress};
use crate::bytes::SignedDocument;
use crate::checks::process::Named;
use crate::clear::{Cleared, clear};
use crate::digest::Content;
use crate::dispatch::{Occasion, dispatch};
use crate::engine::{self, Event, Outcome, Reply, Unfit, World};
use crate::envelope::{Credentials, Envelope};
use crate::finding::{CheckId, CheckOutcome};
use crate::message::{Answer, ContentDigest, MessageKind, MessageRecord, MessageState, SendAnswer};
use crate::ports::{AgencyPort, Changes, Decision, DeliveryAnswer, ProviderRefusal, Store};
use crate::raw::{RawOutcome, RawSend, Received};
use crate::refusal::{Failure, Fault, Refusal};
use crate::result::SignedResult;
use crate::turns::Turn;

/// A message on its way: what stays the same from clearing to answering.
struct Way {
    message: MessageId,
    sender: SenderId,
    application: ApplicationId,
    digest: ContentDigest,
    /// Times handed over, this one included.
    attempt: u32,
    /// Steps that the application had before this message.
    steps_before: usize,
}

/// What an agency decided, as far as the engine needs it.
enum Verified {
    Accepted,
    Refused(ProviderRefusal),
    Result(SignedDocument),
}

impl<A: AgencyPort, S: Store> Bus<A, S> {
    pub(super) async fn run_send(&self, received: Received<RawSend>) -> Result<SendAnswer, Failure> {
        let (raw, mut call) = self.begin(MessageKind::Send, received, |raw| &raw.info);
        let (header, envelope) = match Envelope::parse(raw) {
            Ok(parsed) => parsed,
            Err(refusal) => return Err(self.turn_away(call, refusal.into()).await),
        };
        call.service = Some(envelope.service.clone());
        call.channel = Some(envelope.channel);
        let credentials = header.credentials(call.client_certificate);
        let digest = digest(&envelope);
        let _message = self.turns.take(Turn::Message(envelope.message_id.as_str().to_owned())).await;
        let before = self.before(MessageKind::Send, &envelope.message_id, &credentials, digest).await;
        let attempts = match before {
            Ok(Before::Answered(answer)) => return repeat(*answer),
            Ok(Before::New | Before::Stranger) => 0,
            Ok(Before::Again(attempts)) => attempts,
            Err(failure) => return Err(self.turn_away(call, failure).await),
        };
        self.judge(call, envelope, &credentials, digest, attempts).await
    }

    /// Clears the message and goes on with it, or refuses it.
    async fn judge(
        &self,
        mut call: Call,
        envelope: Envelope,
        credentials: &Credentials,
        digest: ContentDigest,
        attempts: u32,
    ) -> Result<SendAnswer, Failure> {
        let id = match &envelope.application {
            Some(id) => id.clone(),
            None => implicit_id(&envelope.message_id)?,
        };
        let _turn = self.turns.take(Turn::Application(id.as_str().to_owned())).await;
        let found = self.ports.store.application(&id).await?;
        let named = match (&envelope.application, &found) {
            (None, None) => Named::None,
            (None | Some(_), found) => Named::new(Some(&id), found.as_ref()),
        };
        let evidence = self.ports.evidence.snapshot();
        let grounds = self.grounds(&evidence, named);
        let regulation = self.ports.catalogue.regulation(&envelope.regulation);
        call.regulation = regulation.map(|regulation| regulation.id.clone());
        let mut way = Way {
            message: envelope.message_id.clone(),
            sender: envelope.sender.clone(),
            application: id.clone(),
            digest,
            attempt: attempts,
            steps_before: found.as_ref().map_or(0, |application| application.steps.len()),
        };
        let cleared = match clear(envelope.clone(), credentials, &grounds) {
            Ok(cleared) => cleared,
            Err(refusal) => return Err(self.refuse(call, &way, &envelope, found, refusal).await),
        };
        call.findings = cleared.findings().to_vec();
        call.application = Some(way.application.clone());
        let application = match found {
            Some(application) => application,
            None => self.opened_by(&cleared, &way)?,
        };
        if call.caller.is_gone() {
            return Err(self.refuse_open(call, &way, Refusal::of(Rejection::Cancelled)).await);
        }
        if let Err(refusal) = self.patience(&call) {
            return Err(self.refuse_open(call, &way, refusal).await);
        }
        way.attempt += 1;
        self.start(&call, &way, &cleared, &application).await?;
        self.deliver(call, way, cleared).await
    }

    /// The application that a document opens by itself.
    fn opened_by(&self, cleared: &Cleared<Envelope>, way: &Way) -> Result<Application, Failure> {
        let envelope = cleared.message();
        let flow = cleared.route().flow.as_ref();
        let resolved = flow.and_then(|flow| self.ports.catalogue.resolved(flow));
        let resolved = resolved.ok_or(Fault::Bug("a cleared message has a flow of the catalogue"))?;
        Ok(engine::opened_by_send(
            self.world(resolved),
            way.application.clone(),
            way.sender.clone(),
            envelope.applicant,
            envelope.representative.clone(),
        ))
    }

    pub(super) fn world<'a>(&'a self, resolved: Resolved<'a>) -> World<'a> {
        World {
            regulation: resolved.regulation,
            flow: resolved.flow,
            calendar: &self.ports.calendar,
            now: self.ports.clock.now(),
        }
    }

    /// The world of a stored application.
    pub(super) fn world_of<'a>(&'a self, application: &Application) -> Result<World<'a>, Fault> {
        let resolved = engine::resolve(self.ports.catalogue, application);
        resolved
            .map(|resolved| self.world(resolved))
            .ok_or(Fault::Bug("an application's flow is in the catalogue"))
    }

    /// Makes the dispatch durable before the agency is called.
    async fn start(
        &self,
        call: &Call,
        way: &Way,
        cleared: &Cleared<Envelope>,
        application: &Application,
    ) -> Result<(), Failure> {
        let world = self.world_of(application)?;
        let event = Event::DispatchStarted { message_id: way.message.clone() };
        let started = engine::apply(world, application, event).map_err(unfit)?;
        let state = MessageState::Dispatched(Box::new(cleared.clearance()));
        let _state = self.turns.take(Turn::State(way.application.as_str().to_owned())).await;
        let changes = Changes {
            application: Some(started.application),
            message: Some(record(call, (&way.message, &way.sender), way.digest, way.attempt, state)),
            document: Some((way.message.clone(), cleared.message().signed.clone())),
            verdict: None,
        };
        self.ports.store.commit(changes).await?;
        Ok(())
    }

    /// Calls the agency and writes down what came of it.
    async fn deliver(
        &self,
        mut call: Call,
        way: Way,
        cleared: Cleared<Envelope>,
    ) -> Result<SendAnswer, Failure> {
        let bound = (cleared.route().agency.clone(), cleared.message().service.clone());
        let occasion = Occasion {
            application: Some(way.application.clone()),
            now: self.ports.clock.now(),
            attempt: way.attempt,
            // Time passed since it was asked for the first time; what is left is left, and the port ends the call.
            patience: self.patience(&call).unwrap_or(self.limits.least_patience),
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
        self.called(&mut call, (&bound.0, &bound.1), started, outcome);
        let _state = self.turns.take(Turn::State(way.application.as_str().to_owned())).await;
        let application = self.ports.store.application(&way.application).await?;
        let application = application.ok_or(Fault::Bug("a dispatched application is in the store"))?;
        let checked = match answer {
            Ok(answer) => self.verify(&application, answer),
            Err(rejection) => Err(Refusal::of(rejection)),
        };
        self.settle(call, way, &cleared, &application, checked).await
    }

    /// Checks a result that came at once. Whatever is wrong with it is the agency's.
    fn verify(
        &self,
        application: &Application,
        answer: DeliveryAnswer,
    ) -> Result<(Option<crate::application::Registration>, Verified), Refusal> {
        let verified = match answer.decision {
            Decision::Accepted => Verified::Accepted,
            Decision::Refused(refusal) => Verified::Refused(refusal),
            Decision::Result(raw) => {
                let result = SignedResult::parse("result", raw).map_err(|refusal| Refusal {
                    evidence: refusal.faults.iter().map(|fault| format!("fault={}", fault.field)).collect(),
                    ..Refusal::of(Rejection::AgencyAnswerInvalid)
                })?;
                Verified::Result(self.check_result(application, result)?.message().signed.clone())
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
        checked: Result<(Option<crate::application::Registration>, Verified), Refusal>,
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

    /// Refuses a message that a check refused. Where the checks about the certificate said no for good, the act's own
    /// condition has failed, and the application ends by the act's branch.
    async fn refuse(
        &self,
        mut call: Call,
        way: &Way,
        envelope: &Envelope,
        found: Option<Application>,
        refusal: Refusal,
    ) -> Failure {
        let expected = refusal
            .findings
            .iter()
            .any(|finding| finding.check == CheckId::Process && finding.outcome == CheckOutcome::Held);
        let about_certificate = (Stage::Signature..=Stage::Role).contains(&refusal.rejection.facts().stage);
        let is_final = matches!(refused_state(&refusal), MessageState::Answered(_));
        call.findings.clone_from(&refusal.findings);
        let ended = if expected && about_certificate && is_final {
            match self.end(way, envelope, found, refusal.rejection) {
                Ok(application) => Some(application),
                Err(failure) => return failure,
            }
        } else {
            None
        };
        if let Some(application) = &ended {
            call.steps = application.steps.get(way.steps_before..).unwrap_or_default().to_vec();
            call.application = Some(way.application.clone());
        } else if expected {
            call.application.clone_from(&envelope.application);
        }
        let refusal = call.complete(refusal, ended.as_ref());
        self.keep_refusal(call, way, refusal, ended).await
    }

    fn end(
        &self,
        way: &Way,
        envelope: &Envelope,
        found: Option<Application>,
        rejection: Rejection,
    ) -> Result<Application, Failure> {
        let application = match found {
            Some(application) => application,
            None => {
                let regulation = self.ports.catalogue.regulation(&envelope.regulation);
                let flow = regulation
                    .and_then(|found| found.channels.iter().find(|flow| flow.id.channel == envelope.channel));
                let (Some(regulation), Some(flow)) = (regulation, flow) else {
                    return Err(Fault::Bug("a message in order has a flow of the catalogue").into());
                };
                engine::opened_by_send(
                    self.world(Resolved { regulation, flow }),
                    way.application.clone(),
                    way.sender.clone(),
                    envelope.applicant,
                    envelope.representative.clone(),
                )
            }
        };
        let world = self.world_of(&application)?;
        let event = Event::CertificateRefused { rejection };
        Ok(engine::apply(world, &application, event).map_err(unfit)?.application)
    }

    /// Refuses a cleared message before its dispatch: the application stays as it was.
    async fn refuse_open(&self, call: Call, way: &Way, refusal: Refusal) -> Failure {
        let refusal = call.complete(refusal, None);
        self.keep_refusal(call, way, refusal, None).await
    }

    async fn keep_refusal(
        &self,
        call: Call,
        way: &Way,
        refusal: Refusal,
        application: Option<Application>,
    ) -> Failure {
        let state = refused_state(&refusal);
        let message = sender_held(&call.findings)
            .then(|| record(&call, (&way.message, &way.sender), way.digest, way.attempt, state));
        let _state = self.turns.take(Turn::State(way.application.as_str().to_owned())).await;
        let changes = Changes {
            application,
            message,
            document: None,
            verdict: Some(self.verdict(call, Some(refusal.rejection))),
        };
        match self.ports.store.commit(changes).await {
            Ok(()) => refusal.into(),
            Err(error) => error.into(),
        }
    }

    /// Closes a message whose application went on, or ended, with another one: handing it over again would deliver one
    /// affair twice.
    async fn give_up(&self, kept: MessageRecord) -> Failure {
        let refusal =
            Refusal { application: kept.application.clone(), ..Refusal::of(Rejection::StepOutOfOrder) };
        let message = MessageRecord { state: refused_state(&refusal), ..kept };
        match self.ports.store.commit(Changes { message: Some(message), ..Changes::default() }).await {
            Ok(()) => refusal.into(),
            Err(error) => error.into(),
        }
    }

    pub(super) async fn run_resume(&self, id: &MessageId) -> Result<SendAnswer, Failure> {
        let _message = self.turns.take(Turn::Message(id.as_str().to_owned())).await;
        let not_waiting = || Refusal::of(Rejection::StepOutOfOrder);
        let kept = self.ports.store.message(id).await?.ok_or_else(not_waiting)?;
        let signed = self.ports.store.document(id).await?.ok_or_else(not_waiting)?;
        let cleared = Cleared::restored(&kept, signed).ok_or_else(not_waiting)?;
        let application = kept.application.clone().ok_or_else(not_waiting)?;
        let _turn = self.turns.take(Turn::Application(application.as_str().to_owned())).await;
        let found = self.ports.store.application(&application).await?.ok_or_else(not_waiting)?;
        if !in_flight(&found, &kept.id) {
            return Err(self.give_up(kept).await);
        }
        let mut call = self.own_call(&kept.id, &kept.sender);
        call.service = Some(cleared.message().service.clone());
        call.regulation = Some(found.flow.regulation.clone());
        call.channel = Some(found.flow.channel);
        call.application = Some(application.clone());
        call.findings = cleared.findings().to_vec();
        let way = Way {
            message: kept.id.clone(),
            sender: kept.sender.clone(),
            application,
            digest: kept.digest,
            attempt: kept.attempts + 1,
            steps_before: found.steps.len(),
        };
        let again = MessageRecord { attempts: way.attempt, ..kept };
        self.ports.store.commit(Changes { message: Some(again), ..Changes::default() }).await?;
        self.deliver(call, way, cleared).await
    }
}

/// Whether the application still waits for the answer to this very message.
fn in_flight(application: &Application, message: &MessageId) -> bool {
    let waits = |dispatch: &crate::application::Dispatched| {
        dispatch.message_id == *message && dispatch.progress == DispatchProgress::InFlight
    };
    application.state == ApplicationState::Open && application.dispatch.as_ref().is_some_and(waits)
}

fn decision_name(decision: &Decision) -> &'static str {
    match decision {
        Decision::Accepted => "accepted",
        Decision::Refused(_) => "refused",
        Decision::Result(_) => "result",
    }
}

/// What the engine would not take, told to the caller.
pub(super) fn unfit(unfit: Unfit) -> Failure {
    match unfit {
        Unfit::Calendar(error) => Fault::Calendar(error).into(),
        Unfit::CompletedOtherwise => Refusal::of(Rejection::MessageIdReused).into(),
        Unfit::OutOfOrder { expected } => Refusal {
            evidence: vec![format!("expected={expected}")],
            ..Refusal::of(Rejection::StepOutOfOrder)
        }
        .into(),
    }
}

/// Gives an earlier answer again.
fn repeat(answer: Answer) -> Result<SendAnswer, Failure> {
    match answer {
        Answer::Send(answer) => Ok(answer),
        Answer::Refused(refusal) => Err(refusal.into()),
        Answer::Lookup(_) | Answer::Process(_) => {
            Err(Fault::Bug("a record's answer is of its own kind").into())
        }
    }
}

fn digest(envelope: &Envelope) -> ContentDigest {
    Content::of(MessageKind::Send)
        .text(envelope.service.as_str())
        .text(envelope.application.as_ref().map_or("", ApplicationId::as_str))
        .signed(&envelope.signed)
        .digest()
}

/// Digest of a result as the outcome of a delivery.
pub(super) fn signed_digest(signed: &SignedDocument) -> ContentDigest {
    Content::of(MessageKind::Complete).text("result").signed(signed).digest()
}

/// The id of an application that a message opens by itself follows from the message's, so that the message tried again
/// finds it.
fn implicit_id(message: &MessageId) -> Result<ApplicationId, Failure> {
    let name = Content::of(MessageKind::Send).text(message.as_str()).name();
    ApplicationId::parse(&format!("app-{name}")).map_err(|_| Fault::Bug("hex makes an application id").into())
}
