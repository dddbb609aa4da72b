//! What every use case does around its own work: reading the call's circumstances, finding out whether the message came
//! before, writing its record and its verdict.

use std::collections::BTreeSet;
use std::time::Duration;

use eush_domain::{
    AgencyId, ApplicationId, Channel, MessageId, RegulationId, Rejection, Retry, SenderId, ServiceId,
    Timestamp,
};

use super::Bus;
use crate::application::Application;
use crate::caller::Caller;
use crate::checks::process::Named;
use crate::checks::sender;
use crate::clear::{Grounds, NotCleared};
use crate::envelope::Credentials;
use crate::finding::{CheckId, CheckOutcome, Finding};
use crate::journal::{AgencyCall, Verdict};
use crate::message::{Answer, ContentDigest, MessageKind, MessageRecord, MessageState};
use crate::party::Party;
use crate::ports::{AgencyFailure, AgencyPort, Changes, Decider, EvidenceSnapshot, Link, Store};
use crate::pseudonym::Pseudonym;
use crate::raw::{RawInfo, Received};
use crate::refusal::{Failure, Refusal};
use crate::step::Step;

/// A call's circumstances and, as they become known, the parts of its verdict.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) kind: MessageKind,
    pub(super) message_id: String,
    pub(super) sender_id: String,
    pub(super) session_id: String,
    pub(super) trace_id: String,
    pub(super) client_certificate: Option<[u8; 32]>,
    pub(super) arrived: Duration,
    pub(super) deadline: Option<Duration>,
    pub(super) caller: Caller,
    pub(super) received_at: Timestamp,
    pub(super) service: Option<ServiceId>,
    pub(super) regulation: Option<RegulationId>,
    pub(super) channel: Option<Channel>,
    pub(super) application: Option<ApplicationId>,
    pub(super) people: BTreeSet<Pseudonym>,
    pub(super) findings: Vec<Finding>,
    pub(super) calls: Vec<AgencyCall>,
    pub(super) steps: Vec<Step>,
}

/// What a message was before it came.
pub(super) enum Before {
    /// Answered for good.
    Answered(Box<Answer>),
    /// New.
    New,
    /// Dispatched without an answer, or refused for a cause that can pass: it goes again, for this many times so far.
    Again(u32),
    /// The sender did not prove itself, so nobody looked.
    Stranger,
}

fn cut(text: &str) -> String {
    text.chars().take(64).filter(|character| !character.is_control()).collect()
}

impl<A: AgencyPort, S: Store> Bus<A, S> {
    /// Takes a call apart.
    pub(super) fn begin<M>(
        &self,
        kind: MessageKind,
        received: Received<M>,
        info: impl FnOnce(&M) -> &RawInfo,
    ) -> (M, Call) {
        let info = info(&received.message);
        let call = Call {
            kind,
            message_id: cut(&info.message_id),
            sender_id: cut(&info.sender_id),
            session_id: received.session_id,
            trace_id: received.trace_id,
            client_certificate: received.client_certificate,
            arrived: received.arrived,
            deadline: received.deadline,
            caller: received.caller,
            received_at: self.ports.clock.now(),
            service: None,
            regulation: None,
            channel: None,
            application: None,
            people: BTreeSet::new(),
            findings: Vec::new(),
            calls: Vec::new(),
            steps: Vec::new(),
        };
        (received.message, call)
    }

    /// The circumstances of a call that the bus makes to itself.
    pub(super) fn own_call(&self, message: &MessageId, sender: &SenderId) -> Call {
        Call {
            kind: MessageKind::Send,
            message_id: message.as_str().to_owned(),
            sender_id: sender.as_str().to_owned(),
            session_id: String::new(),
            trace_id: String::new(),
            client_certificate: None,
            arrived: self.ports.stopwatch.elapsed(),
            deadline: None,
            caller: Caller::permanent(),
            received_at: self.ports.clock.now(),
            service: None,
            regulation: None,
            channel: None,
            application: None,
            people: BTreeSet::new(),
            findings: Vec::new(),
            calls: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// What the message is judged by.
    pub(super) fn grounds<'a>(&'a self, evidence: &'a EvidenceSnapshot, named: Named<'a>) -> Grounds<'a> {
        Grounds {
            now: self.ports.clock.now(),
            policy: self.policy,
            catalogue: self.ports.catalogue,
            directory: self.ports.directory.as_ref(),
            evidence,
            named,
            #[cfg(test)]
            left_out: &self.left_out,
        }
    }

    /// Judges by the picture at hand and, where all it lacks is an answer that somebody could be asked for, once more when
    /// the answer has come. Nothing is asked for a message that is refused for another reason. Ends: each round asks about
    /// links that no earlier one asked about, or is the last.
    pub(super) async fn judged<T>(
        &self,
        judge: impl Fn(&EvidenceSnapshot) -> Result<T, NotCleared>,
    ) -> Result<T, Refusal> {
        let mut picture = self.ports.evidence.snapshot();
        let mut asked: Vec<Link> = Vec::new();
        loop {
            let not = match judge(&picture) {
                Ok(cleared) => return Ok(cleared),
                Err(not) => not,
            };
            let before = asked.len();
            asked.extend(not.unasked.into_iter().filter(|link| !asked.contains(link)).collect::<Vec<_>>());
            if asked.len() == before {
                return Err(not.refusal);
            }
            picture = self.ports.evidence.gather(&asked, self.ports.clock.now()).await;
        }
    }

    /// Whether the message came before. The sender proves itself first: a stranger must not learn which ids are taken,
    /// nor be given another's answer.
    pub(super) async fn before(
        &self,
        kind: MessageKind,
        id: &MessageId,
        credentials: &Credentials,
        digest: ContentDigest,
    ) -> Result<Before, Failure> {
        let entry = self.ports.directory.sender(&credentials.sender);
        if sender::check(credentials, entry.as_deref()).is_err() {
            return Ok(Before::Stranger);
        }
        let Some(record) = self.ports.store.message(id).await? else { return Ok(Before::New) };
        if record.sender != credentials.sender || record.digest != digest || record.kind != kind {
            return Err(Refusal::of(Rejection::MessageIdReused).into());
        }
        Ok(match record.state {
            MessageState::Answered(answer) => Before::Answered(answer),
            MessageState::Dispatched(_) | MessageState::Retryable(_) => Before::Again(record.attempts),
        })
    }

    /// Refuses a message of which there is no record to keep: it was malformed, or used another's id.
    pub(super) async fn turn_away(&self, mut call: Call, failure: Failure) -> Failure {
        let refusal = match failure {
            Failure::Refused(refusal) => refusal,
            Failure::Fault(fault) => return Failure::Fault(fault),
        };
        call.findings.clone_from(&refusal.findings);
        let verdict = self.verdict(call, Some(refusal.rejection));
        let changes = Changes { verdict: Some(verdict), ..Changes::default() };
        match self.ports.store.commit(changes).await {
            Ok(()) => Failure::Refused(refusal),
            Err(error) => error.into(),
        }
    }

    /// The verdict of a call.
    pub(super) fn verdict(&self, call: Call, rejection: Option<Rejection>) -> Verdict {
        let passed = self.ports.stopwatch.elapsed().saturating_sub(call.arrived);
        tracing::info!(
            message_id = %call.message_id,
            kind = call.kind.name(),
            reason = rejection.map_or("", |rejection| rejection.facts().reason),
            "message answered"
        );
        Verdict {
            message_id: call.message_id,
            session_id: call.session_id,
            kind: call.kind,
            sender_id: call.sender_id,
            service: call.service,
            regulation: call.regulation,
            channel: call.channel,
            application: call.application,
            people: call.people,
            received_at: call.received_at,
            answered_at: self.ports.clock.now(),
            profile: self.policy.profile,
            findings: call.findings,
            rejection,
            calls: call.calls,
            steps: call.steps,
            duration_micros: micros(passed),
            trace_id: call.trace_id,
            nastiness: Vec::new(),
        }
    }

    /// How long an agency has: what is left of the caller's time, less our own cost.
    pub(super) fn patience(&self, call: &Call) -> Result<Duration, Refusal> {
        let Some(deadline) = call.deadline else { return Ok(self.limits.patience) };
        let left =
            deadline.saturating_sub(self.ports.stopwatch.elapsed()).saturating_sub(self.limits.own_cost);
        if left < self.limits.least_patience {
            return Err(Refusal::of(Rejection::DeadlineTooShort));
        }
        Ok(left)
    }

    /// Notes whom a message is about or who signed it.
    pub(super) fn concerns(&self, call: &mut Call, parties: impl IntoIterator<Item = Party>) {
        call.people.extend(parties.into_iter().map(|party| self.ports.pseudonyms.of(party)));
    }

    /// Notes a call to an agency.
    pub(super) fn called(
        &self,
        call: &mut Call,
        (agency, service): (&AgencyId, &ServiceId),
        (about, decider): (Party, &Decider),
        started: Duration,
        outcome: &str,
    ) {
        let duration = self.ports.stopwatch.elapsed().saturating_sub(started);
        call.calls.push(AgencyCall {
            agency: agency.clone(),
            service: service.clone(),
            calls: 1,
            outcome: outcome.to_owned(),
            duration_micros: micros(duration),
            decided_by: decider.named().unwrap_or_else(|| format!("agency/{agency}")),
            about: Some(self.ports.pseudonyms.of(about)),
        });
    }
}

impl Call {
    /// Gives a refusal what the call knows: findings, calls, steps and the application.
    pub(super) fn complete(&self, refusal: Refusal, application: Option<&Application>) -> Refusal {
        let notice = application.and_then(|application| application.notice.as_ref());
        let notice = notice.filter(|notice| notice.reason == Some(refusal.rejection));
        Refusal {
            findings: if refusal.findings.is_empty() { self.findings.clone() } else { refusal.findings },
            application: self.application.clone(),
            label: notice.map_or_else(String::new, |notice| notice.label.clone()),
            reference: notice.map_or_else(String::new, |notice| notice.reference.clone()),
            steps: self.steps.clone(),
            calls: self.calls.clone(),
            ..refusal
        }
    }
}

/// The state in which a refusal leaves its message. A caller who went away was told nothing, so that message can come
/// again too.
pub(super) fn refused_state(refusal: &Refusal) -> MessageState {
    match (refusal.rejection.facts().retry, refusal.rejection) {
        (Retry::AfterSeconds(_), rejection) | (Retry::Never, rejection @ Rejection::Cancelled) => {
            MessageState::Retryable(rejection)
        }
        (Retry::Never, _) => MessageState::Answered(Box::new(Answer::Refused(refusal.clone()))),
    }
}

/// Whether the sender proved itself: only then is a message remembered.
pub(super) fn sender_held(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.check == CheckId::Sender && finding.outcome == CheckOutcome::Held)
}

/// What a failed call to an agency is told as. Details go to the log: they are the agency's words, not ours.
pub(super) fn agency_rejection(agency: &AgencyId, failure: &AgencyFailure) -> Rejection {
    tracing::warn!(%agency, error = %failure, "agency call failed");
    match failure {
        AgencyFailure::AnswerInvalid(_) => Rejection::AgencyAnswerInvalid,
        AgencyFailure::Timeout => Rejection::AgencyTimeout,
        AgencyFailure::Unavailable(_) => Rejection::AgencyUnavailable,
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The record of a message.
pub(super) fn record(
    call: &Call,
    (id, sender): (&MessageId, &SenderId),
    digest: ContentDigest,
    attempts: u32,
    state: MessageState,
) -> MessageRecord {
    MessageRecord {
        id: id.clone(),
        sender: sender.clone(),
        kind: call.kind,
        digest,
        application: call.application.clone(),
        attempts,
        state,
    }
}
