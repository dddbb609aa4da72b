//! Messages that come again: after a restart, or sent once more when their delivery was taken after all.

use eush_domain::{MessageId, Rejection};

use super::Bus;
use super::call::{Call, record, refused_state};
use super::send::Way;
use crate::application::{Application, ApplicationState, DispatchProgress, Dispatched};
use crate::clear::Cleared;
use crate::envelope::Envelope;
use crate::finding::Finding;
use crate::message::{Answer, ContentDigest, MessageRecord, MessageState, SendAnswer};
use crate::ports::{AgencyPort, Changes, Store};
use crate::refusal::{Failure, Refusal};
use crate::turns::Turn;

impl<A: AgencyPort, S: Store> Bus<A, S> {
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
        if was_taken(&found, &kept.id) {
            let answer = self.late_answer(&found, cleared.findings().to_vec());
            let state = MessageState::Answered(Box::new(Answer::Send(answer.clone())));
            let message = Some(MessageRecord { state, ..kept });
            self.ports.store.commit(Changes { message, ..Changes::default() }).await?;
            return Ok(answer);
        }
        if !in_flight(&found, &kept.id) {
            return Err(self.give_up(kept).await);
        }
        let mut call = self.own_call(&kept.id, &kept.sender);
        call.service = Some(cleared.message().service.clone());
        call.regulation = Some(found.flow.regulation.clone());
        call.channel = Some(found.flow.channel);
        call.application = Some(application.clone());
        self.concerns(&mut call, [cleared.message().applicant, cleared.message().signer]);
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

    /// The answer to a message whose delivery the provider took although its call had failed or been interrupted: the
    /// provider answered through the bus. It is not sent a second time.
    pub(super) async fn taken(
        &self,
        call: &mut Call,
        envelope: &Envelope,
        digest: ContentDigest,
        attempts: u32,
        found: Option<&Application>,
    ) -> Result<Option<SendAnswer>, Failure> {
        let Some(application) = found.filter(|found| was_taken(found, &envelope.message_id)) else {
            return Ok(None);
        };
        call.application = Some(application.id.clone());
        let answer = self.late_answer(application, Vec::new());
        let state = MessageState::Answered(Box::new(Answer::Send(answer.clone())));
        let message = record(call, (&envelope.message_id, &envelope.sender), digest, attempts, state);
        self.ports.store.commit(Changes { message: Some(message), ..Changes::default() }).await?;
        Ok(Some(answer))
    }

    fn late_answer(&self, application: &Application, findings: Vec<Finding>) -> SendAnswer {
        SendAnswer {
            status: self.status(application),
            steps: Vec::new(),
            findings,
            profile: self.policy.profile,
        }
    }
}

fn carries(application: &Application, message: &MessageId, progress: DispatchProgress) -> bool {
    let this = |dispatch: &Dispatched| dispatch.message_id == *message && dispatch.progress == progress;
    application.dispatch.as_ref().is_some_and(this)
}

/// Whether the application still waits for the answer to this very message.
fn in_flight(application: &Application, message: &MessageId) -> bool {
    application.state == ApplicationState::Open && carries(application, message, DispatchProgress::InFlight)
}

/// Whether the agency has the delivery of this very message.
fn was_taken(application: &Application, message: &MessageId) -> bool {
    carries(application, message, DispatchProgress::Accepted)
}
