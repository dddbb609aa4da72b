//! `send`: from the received message to the agency's answer.

use eush_acts::Resolved;
use eush_domain::{ApplicationId, MessageId, Rejection, SenderId, Stage};

use super::Bus;
use super::call::{Before, Call, record, refused_state, sender_held};
use crate::application::Application;
use crate::bytes::SignedDocument;
use crate::checks::process::Named;
use crate::clear::{Candidate, Cleared, clear};
use crate::digest::Content;
use crate::engine::{self, Asked, Event, Unfit, World};
use crate::envelope::{Credentials, Envelope};
use crate::finding::{CheckId, CheckOutcome};
use crate::message::{Answer, ContentDigest, MessageKind, MessageState, SendAnswer};
use crate::ports::{AgencyPort, Changes, EvidenceSnapshot, Store};
use crate::raw::{RawSend, Received};
use crate::refusal::{Failure, Fault, Refusal};
use crate::turns::Turn;

/// A message on its way: what stays the same from clearing to answering.
pub(super) struct Way {
    pub(super) message: MessageId,
    pub(super) sender: SenderId,
    pub(super) application: ApplicationId,
    pub(super) digest: ContentDigest,
    /// Times handed over, this one included.
    pub(super) attempt: u32,
    /// Steps that the application had before this message.
    pub(super) steps_before: usize,
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
        let representative = envelope.representative.as_ref().map(|representative| representative.party);
        self.concerns(&mut call, [envelope.applicant, envelope.signer].into_iter().chain(representative));
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
        // Held until the dispatch is durable: an agency that completes an earlier delivery meanwhile waits.
        let state = self.turns.take(Turn::State(id.as_str().to_owned())).await;
        let found = self.ports.store.application(&id).await?;
        if attempts > 0
            && let Some(answer) = self.taken(&mut call, &envelope, digest, attempts, found.as_ref()).await?
        {
            return Ok(answer);
        }
        let named = match (&envelope.application, &found) {
            (None, None) => Named::None,
            (None | Some(_), found) => Named::new(Some(&id), found.as_ref()),
        };
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
        let candidate = Candidate::new(envelope.clone());
        let judge =
            |evidence: &EvidenceSnapshot| clear(&candidate, credentials, &self.grounds(evidence, named));
        let cleared = match self.judged(judge).await {
            Ok(cleared) => cleared,
            Err(refusal) => return Err(self.refuse(call, &way, &envelope, found, refusal).await),
        };
        call.findings = cleared.findings().to_vec();
        call.application = found.as_ref().map(|application| application.id.clone());
        let application = match found {
            Some(application) => application,
            None => match self.opened_by(&cleared, &way) {
                Ok(application) => application,
                Err(Failure::Refused(refusal)) => {
                    return Err(self.refuse(call, &way, &envelope, None, *refusal).await);
                }
                Err(fault @ Failure::Fault(_)) => return Err(fault),
            },
        };
        if call.caller.is_gone() {
            return Err(self.refuse_open(call, &way, Refusal::of(Rejection::Cancelled)).await);
        }
        if let Err(refusal) = self.patience(&call) {
            return Err(self.refuse_open(call, &way, refusal).await);
        }
        way.attempt += 1;
        call.application = Some(way.application.clone());
        self.start(&call, &way, &cleared, &application).await?;
        drop(state);
        self.deliver(call, way, cleared).await
    }

    /// The application that a document opens by itself.
    fn opened_by(&self, cleared: &Cleared<Envelope>, way: &Way) -> Result<Application, Failure> {
        let envelope = cleared.message();
        let flow = cleared.route().flow.as_ref();
        let resolved = flow.and_then(|flow| self.ports.catalogue.resolved(flow));
        let resolved = resolved.ok_or(Fault::Bug("a cleared message has a flow of the catalogue"))?;
        let asked = Asked { kind: envelope.procedure.clone(), ..Asked::default() };
        asked.fits(resolved, "document.content.procedure")?;
        let mut application = engine::opened_by_send(
            self.world(resolved),
            way.application.clone(),
            way.sender.clone(),
            envelope.applicant,
            envelope.representative.clone(),
        );
        application.kind = asked.kind;
        Ok(application)
    }

    pub(super) fn world<'a>(&'a self, resolved: Resolved<'a>) -> World<'a> {
        World {
            regulation: resolved.regulation,
            flow: resolved.flow,
            calendar: &self.ports.calendar,
            now: self.ports.clock.now(),
            undefined: self.policy.undefined,
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
        let changes = Changes {
            application: Some(started.application),
            message: Some(record(call, (&way.message, &way.sender), way.digest, way.attempt, state)),
            document: Some((way.message.clone(), cleared.message().signed.clone())),
            verdict: None,
        };
        self.ports.store.commit(changes).await?;
        Ok(())
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
pub(super) fn repeat(answer: Answer) -> Result<SendAnswer, Failure> {
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
