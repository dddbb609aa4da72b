//! The link of scripts, replays and recordings: it answers in the agency's place, or asks the agency and writes down what
//! it said. Behind every check: it is given nothing that was not cleared.

use std::sync::Arc;
use std::time::Duration;

use eush_domain::AgencyId;
use eush_pipeline::ports::{
    AgencyFailure, AgencyPort, Decider, Decision, Delivery, DeliveryAnswer, ManualUse, Question,
    QuestionAnswer, Screen, TermNotice,
};
use eush_scripts::Answer;
use eush_scripts::answer::StatusAnswer;
use eush_scripts::asked::Asked;
use eush_scripts::record::Outcome;
use eush_wire::adapter::v1 as wire;
use eush_wire::bus::v1 as bus;
use prost::Message as _;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::client::{delivery_answer, failure, question_answer};
use crate::convert;
use crate::current;
use crate::scripting::{Met, Scripting};

/// Scripts before the next link.
#[derive(Clone, Debug)]
pub(crate) struct Scripted<P> {
    next: P,
    scripting: Arc<Scripting>,
}

impl<P> Scripted<P> {
    pub(crate) fn new(next: P, scripting: Arc<Scripting>) -> Self {
        Self { next, scripting }
    }
}

/// Names who decides, for the answer's metadata and for the journal.
fn decided(decider: &Decider, by: &str) {
    current::decide(by);
    decider.name(by);
}

/// An answer that does not fit the call, which reading the script excludes.
fn unfit() -> AgencyFailure {
    AgencyFailure::AnswerInvalid("the script's answer is for the other kind of call".to_owned())
}

fn broken(by: &str, fault: &str) -> AgencyFailure {
    AgencyFailure::AnswerInvalid(format!("{by} cannot answer: {fault}"))
}

fn refused() -> AgencyFailure {
    AgencyFailure::Unavailable("no script matches, and such calls are refused".to_owned())
}

fn status_failure(answer: &StatusAnswer) -> AgencyFailure {
    let code = Code::from_i32(answer.code);
    let status = if answer.reason.is_empty() {
        Status::new(code, answer.message.as_str())
    } else {
        let metadata: std::collections::HashMap<_, _> = answer.metadata.iter().cloned().collect();
        let details = ErrorDetails::with_error_info(answer.reason.as_str(), crate::rescue::DOMAIN, metadata);
        Status::with_error_details(code, answer.message.as_str(), details)
    };
    tracing::warn!(code = ?code, message = %answer.message, reason = %answer.reason, "a script answers with a status");
    failure(&status)
}

fn lookup_answer(asked: Answer, message_id: &str) -> Result<QuestionAnswer, AgencyFailure> {
    use wire::lookup_response::Outcome;
    let outcome = match asked {
        Answer::Absent => Outcome::Absent(wire::Absent {}),
        Answer::Found(any) => Outcome::Found(any),
        Answer::Status(status) => return Err(status_failure(&status)),
        Answer::Accepted(_) | Answer::PassOn | Answer::Refused(_) | Answer::Result(_) => return Err(unfit()),
    };
    question_answer(wire::LookupResponse { message_id: message_id.to_owned(), outcome: Some(outcome) })
}

impl<P: AgencyPort> Scripted<P> {
    async fn delivery_answer(
        &self,
        answer: Answer,
        delivery: &Delivery,
        by: &str,
    ) -> Result<DeliveryAnswer, AgencyFailure> {
        use wire::deliver_response::Decision;
        let message_id = delivery.info.message_id.as_str().to_owned();
        let mut registration = None;
        let decision = match answer {
            Answer::Accepted(number) => {
                registration = (!number.is_empty()).then(|| wire::Registration {
                    number,
                    registered_at: Some(convert::timestamp(delivery.info.bus_time)),
                });
                Decision::Accepted(wire::Accepted {})
            }
            Answer::Refused(refusal) => Decision::Refusal(refusal),
            Answer::Result(draft) => {
                let applicant = bus::Document::decode(delivery.document.content.0.as_slice()).ok();
                let applicant = applicant.and_then(|document| document.applicant);
                let people = &self.scripting.people;
                let signed = self.scripting.signer.sign(&delivery.info, applicant, *draft, people).await;
                let signed = signed.map_err(|error| broken(by, &error.to_string()))?;
                Decision::Result(convert::signed(&signed))
            }
            Answer::Status(status) => return Err(status_failure(&status)),
            Answer::Absent | Answer::Found(_) | Answer::PassOn => return Err(unfit()),
        };
        delivery_answer(wire::DeliverResponse { message_id, registration, decision: Some(decision) })
    }

    fn keep(&self, asked: &Asked, outcome: &Outcome) {
        self.scripting.recorder.keep(asked, outcome, self.scripting.people.as_ref());
    }
}

fn failed(failure: &AgencyFailure) -> Outcome {
    Outcome::Failed(match failure {
        AgencyFailure::AnswerInvalid(_) => "internal",
        AgencyFailure::Timeout => "deadline-exceeded",
        AgencyFailure::Unavailable(_) => "unavailable",
    })
}

fn lookup_outcome(answer: &Result<QuestionAnswer, AgencyFailure>) -> Outcome {
    match answer {
        Ok(answer) => {
            answer.found.as_ref().map_or(Outcome::Absent, |found| Outcome::Found(convert::any(found)))
        }
        Err(failure) => failed(failure),
    }
}

fn delivery_outcome(answer: &Result<DeliveryAnswer, AgencyFailure>) -> Outcome {
    let answer = match answer {
        Ok(answer) => answer,
        Err(failure) => return failed(failure),
    };
    match &answer.decision {
        Decision::Accepted => {
            Outcome::Accepted(answer.registration.as_ref().map(|registration| registration.number.clone()))
        }
        Decision::Refused(refusal) => Outcome::Refused(convert::refusal(refusal)),
        Decision::Result(raw) => match bus::ResultDocument::decode(raw.signed.content.0.as_slice()) {
            Ok(result) => Outcome::Result(Box::new(result)),
            Err(_) => Outcome::Failed("internal"),
        },
    }
}

impl<P: AgencyPort> AgencyPort for Scripted<P> {
    async fn lookup(
        &self,
        agency: &AgencyId,
        question: Question,
        patience: Duration,
    ) -> Result<QuestionAnswer, AgencyFailure> {
        if self.scripting.is_idle(agency) {
            return self.next.lookup(agency, question, patience).await;
        }
        let asked = self.scripting.question(agency, &question);
        let met = self.scripting.meet(&asked);
        self.scripting.keep_counts().await;
        match met {
            Met::Agency => {
                let answer = self.next.lookup(agency, question, patience).await;
                self.keep(&asked, &lookup_outcome(&answer));
                answer
            }
            Met::Answer { by, answer } => {
                decided(&question.decider, &by);
                lookup_answer(*answer, question.info.message_id.as_str())
            }
            Met::Broken { by, fault } => {
                decided(&question.decider, &by);
                Err(broken(&by, &fault))
            }
            Met::Refusal { by } => {
                decided(&question.decider, &by);
                Err(refused())
            }
        }
    }

    async fn deliver(
        &self,
        agency: &AgencyId,
        delivery: Delivery,
        patience: Duration,
    ) -> Result<DeliveryAnswer, AgencyFailure> {
        if self.scripting.is_idle(agency) {
            return self.next.deliver(agency, delivery, patience).await;
        }
        let asked = self.scripting.delivery(agency, &delivery);
        let met = self.scripting.meet(&asked);
        self.scripting.keep_counts().await;
        match met {
            Met::Agency => {
                let answer = self.next.deliver(agency, delivery, patience).await;
                self.keep(&asked, &delivery_outcome(&answer));
                answer
            }
            Met::Answer { by, answer } => {
                decided(&delivery.decider, &by);
                let answering = self.delivery_answer(*answer, &delivery, &by);
                // A key has to be made for the first result; the caller's patience holds all the same.
                tokio::time::timeout(patience, answering).await.unwrap_or(Err(AgencyFailure::Timeout))
            }
            Met::Broken { by, fault } => {
                decided(&delivery.decider, &by);
                Err(broken(&by, &fault))
            }
            Met::Refusal { by } => {
                decided(&delivery.decider, &by);
                Err(refused())
            }
        }
    }

    async fn notify_term(
        &self,
        agency: &AgencyId,
        term: TermNotice,
        patience: Duration,
    ) -> Result<(), AgencyFailure> {
        // Whoever took the delivery, the agency is told of its term: it has the document with it, and can answer.
        self.next.notify_term(agency, term, patience).await
    }

    async fn use_by_hand(
        &self,
        system: &AgencyId,
        manual: ManualUse,
        patience: Duration,
    ) -> Result<Option<Screen>, AgencyFailure> {
        // A screen is no call: scripts are about messages.
        self.next.use_by_hand(system, manual, patience).await
    }
}
