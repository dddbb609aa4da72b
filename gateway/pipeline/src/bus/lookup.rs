//! `lookup`: questions to registers, each with its own owed checks (DECISIONS 6).
//!
//! Every question is cleared before any is asked, and every question is asked even where an earlier one found nothing or
//! its register failed. A question changes nothing at a register, so that a failed message is simply sent again.

use eush_domain::{ApplicationId, Rejection, ServiceId};

use super::Bus;
use super::call::{Before, Call, agency_rejection, record, refused_state, sender_held};
use super::send::unfit;
use crate::application::Application;
use crate::checks::process::Named;
use crate::clear::{Candidate, Cleared, clear_query};
use crate::digest::Content;
use crate::dispatch::{Occasion, ask};
use crate::engine::{self, Event};
use crate::envelope::{Credentials, LookupEnvelope, Query};
use crate::message::{
    Answer, ContentDigest, LookupAnswer, MessageKind, MessageRecord, MessageState, QueryAnswer,
};
use crate::ports::{AgencyPort, Changes, Decider, EvidenceSnapshot, Store};
use crate::raw::{RawLookup, Received};
use crate::refusal::{Failure, Fault, Refusal};
use crate::turns::Turn;

impl<A: AgencyPort, S: Store> Bus<A, S> {
    pub(super) async fn run_lookup(&self, received: Received<RawLookup>) -> Result<LookupAnswer, Failure> {
        let (raw, mut call) = self.begin(MessageKind::Lookup, received, |raw| &raw.info);
        let envelope = match LookupEnvelope::parse(raw) {
            Ok(envelope) => envelope,
            Err(refusal) => return Err(self.turn_away(call, refusal.into()).await),
        };
        call.service = envelope.queries.first().map(|query| query.service.clone());
        self.concerns(&mut call, envelope.queries.iter().map(|query| query.about));
        let credentials = envelope.header.credentials(call.client_certificate);
        let digest = digest(&envelope);
        let id = envelope.header.message_id.clone();
        let _message = self.turns.take(Turn::Message(id.as_str().to_owned())).await;
        let attempts = match self.before(MessageKind::Lookup, &id, &credentials, digest).await {
            Ok(Before::Answered(answer)) => return repeat(*answer),
            Ok(Before::New | Before::Stranger) => 0,
            Ok(Before::Again(attempts)) => attempts,
            Err(failure) => return Err(self.turn_away(call, failure).await),
        };
        let _turn = match &envelope.application {
            Some(id) => Some(self.turns.take(Turn::Application(id.as_str().to_owned())).await),
            None => None,
        };
        let application = match &envelope.application {
            Some(id) => self.ports.store.application(id).await?,
            None => None,
        };
        self.question(call, envelope, &credentials, (digest, attempts), application).await
    }

    async fn question(
        &self,
        mut call: Call,
        envelope: LookupEnvelope,
        credentials: &Credentials,
        (digest, attempts): (ContentDigest, u32),
        application: Option<Application>,
    ) -> Result<LookupAnswer, Failure> {
        let keep = |call: &Call, attempts, state| {
            let header = &envelope.header;
            record(call, (&header.message_id, &header.sender), digest, attempts, state)
        };
        let cleared = match self.clear_all(&mut call, &envelope, credentials, application.as_ref()).await {
            Ok(cleared) => cleared,
            Err(refusal) => return Err(self.refuse_lookup(call, attempts, refusal, keep).await),
        };
        call.application.clone_from(&envelope.application);
        if let Some(application) = &application {
            call.regulation = Some(application.flow.regulation.clone());
            call.channel = Some(application.flow.channel);
        }
        let answers = match self.ask_all(&mut call, &envelope, &cleared, attempts + 1).await {
            Ok(answers) => answers,
            Err(refusal) => return Err(self.refuse_lookup(call, attempts + 1, refusal, keep).await),
        };
        let next = match &application {
            Some(application) => Some(self.looked_up(&mut call, application, &answers)?),
            None => None,
        };
        let reason = next.as_ref().and_then(|next| next.notice.as_ref()).and_then(|notice| notice.reason);
        let status = next.as_ref().map(|next| self.status(next));
        let answer = LookupAnswer { answers, status, steps: call.steps.clone() };
        let state = MessageState::Answered(Box::new(Answer::Lookup(answer.clone())));
        let message = keep(&call, attempts + 1, state);
        self.write(Changes {
            application: next,
            message: Some(message),
            document: None,
            verdict: Some(self.verdict(call, reason)),
        })
        .await?;
        Ok(answer)
    }

    /// Clears every question, or tells the first refusal.
    async fn clear_all(
        &self,
        call: &mut Call,
        envelope: &LookupEnvelope,
        credentials: &Credentials,
        application: Option<&Application>,
    ) -> Result<Vec<Cleared<Query>>, Refusal> {
        let flow = application.and_then(|application| engine::resolve(self.ports.catalogue, application));
        let flow = flow.map(|resolved| (resolved.regulation, resolved.flow));
        let named = Named::new(envelope.application.as_ref(), application);
        let mut cleared = Vec::with_capacity(envelope.queries.len());
        for query in &envelope.queries {
            let candidate = Candidate::new(query.clone());
            let judge = |evidence: &EvidenceSnapshot| {
                let grounds = self.grounds(evidence, named);
                clear_query(&envelope.queries, &candidate, credentials, flow, &grounds)
            };
            match self.judged(judge).await {
                Ok(query) => {
                    call.findings.extend_from_slice(query.findings());
                    cleared.push(query);
                }
                Err(refusal) => {
                    call.findings.extend_from_slice(&refusal.findings);
                    return Err(Refusal { findings: call.findings.clone(), ..refusal });
                }
            }
        }
        Ok(cleared)
    }

    /// Asks every register; the first failure is told after all were asked.
    async fn ask_all(
        &self,
        call: &mut Call,
        envelope: &LookupEnvelope,
        cleared: &[Cleared<Query>],
        attempt: u32,
    ) -> Result<Vec<QueryAnswer>, Refusal> {
        let mut answers = Vec::with_capacity(cleared.len());
        let mut failed = None;
        for query in cleared {
            if call.caller.is_gone() {
                return Err(Refusal::of(Rejection::Cancelled));
            }
            let decider = Decider::default();
            let occasion = Occasion {
                application: envelope.application.clone(),
                now: self.ports.clock.now(),
                attempt,
                patience: self.patience(call)?,
                decider: decider.clone(),
            };
            let bound = (query.route().agency.clone(), query.message().service.clone());
            let started = self.ports.stopwatch.elapsed();
            let header = &envelope.header;
            let answer = tokio::select! {
                biased;
                answer = ask(query, &header.message_id, &header.sender, occasion, &self.ports.agencies) => {
                    answer.map_err(|failure| agency_rejection(&bound.0, &failure))
                }
                () = call.caller.gone() => Err(Rejection::Cancelled),
            };
            let outcome = match &answer {
                Ok(answer) if answer.found.is_some() => "present",
                Ok(_) => "absent",
                Err(rejection) => rejection.facts().reason,
            };
            let told = (query.message().about, &decider);
            self.called(call, (&bound.0, &bound.1), told, started, outcome);
            match answer {
                Ok(answer) => answers.push(QueryAnswer { service: bound.1, found: answer.found }),
                Err(rejection) => {
                    failed.get_or_insert(rejection);
                }
            }
        }
        match failed {
            None => Ok(answers),
            Some(rejection) => Err(Refusal::of(rejection)),
        }
    }

    fn looked_up(
        &self,
        call: &mut Call,
        application: &Application,
        answers: &[QueryAnswer],
    ) -> Result<Application, Failure> {
        let asked: Vec<ServiceId> = answers.iter().map(|answer| answer.service.clone()).collect();
        let absent = answers.iter().filter(|answer| answer.found.is_none());
        let absent = absent.map(|answer| answer.service.clone()).collect();
        let world = self.world_of(application)?;
        let next = engine::apply(world, application, Event::LookedUp { asked, absent });
        let next = next.map_err(unfit)?.application;
        call.steps = next.steps.get(application.steps.len()..).unwrap_or_default().to_vec();
        Ok(next)
    }

    async fn refuse_lookup(
        &self,
        call: Call,
        attempts: u32,
        refusal: Refusal,
        keep: impl Fn(&Call, u32, MessageState) -> MessageRecord,
    ) -> Failure {
        let refusal = call.complete(refusal, None);
        let message = sender_held(&call.findings).then(|| keep(&call, attempts, refused_state(&refusal)));
        let verdict = Some(self.verdict(call, Some(refusal.rejection)));
        match self.write(Changes { message, verdict, ..Changes::default() }).await {
            Ok(()) => refusal.into(),
            Err(failure) => failure,
        }
    }

    async fn write(&self, changes: Changes) -> Result<(), Failure> {
        Ok(self.ports.store.commit(changes).await?)
    }
}

fn repeat(answer: Answer) -> Result<LookupAnswer, Failure> {
    match answer {
        Answer::Lookup(answer) => Ok(answer),
        Answer::Refused(refusal) => Err(refusal.into()),
        Answer::Process(_) | Answer::Send(_) => {
            Err(Fault::Bug("a record's answer is of its own kind").into())
        }
    }
}

fn digest(envelope: &LookupEnvelope) -> ContentDigest {
    let content = Content::of(MessageKind::Lookup)
        .text(envelope.application.as_ref().map_or("", ApplicationId::as_str));
    let add = |content: Content, query: &Query| content.text(query.service.as_str()).signed(&query.signed);
    envelope.queries.iter().fold(content, add).digest()
}
