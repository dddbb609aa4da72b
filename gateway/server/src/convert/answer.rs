//! The pipeline's answers on the wire.

use eush_domain::Timestamp;
use eush_pipeline::application::{ApplicationState, NextAction, RequiredLookup, RequiredSubject, Status};
use eush_pipeline::journal::Verdict;
use eush_pipeline::message::{LookupAnswer, ProcessAnswer, SendAnswer};
use eush_wire::bus::v1 as wire;
use eush_wire::management::v1 as management;

use super::{any, channel, findings, signed, steps, text, timestamp};

/// The one code of the real bus whose meaning is public.
const SUCCESS: &str = "SCSS001";

/// What an answer's header repeats of the call.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) message_id: String,
    pub(crate) correlation_id: String,
    pub(crate) session_id: String,
}

fn response_info(exchange: &Exchange, at: Timestamp) -> wire::ResponseInfo {
    wire::ResponseInfo {
        message_id: exchange.message_id.clone(),
        correlation_id: exchange.correlation_id.clone(),
        response_date: Some(timestamp(at)),
        status: Some(wire::ResponseStatus {
            code: SUCCESS.to_owned(),
            message: "Message accepted".to_owned(),
        }),
        session_id: exchange.session_id.clone(),
    }
}

pub(crate) fn send(answer: &SendAnswer, exchange: &Exchange, at: Timestamp) -> wire::SendResponse {
    wire::SendResponse {
        info: Some(response_info(exchange, at)),
        application_id: answer.status.application.as_str().to_owned(),
        status: Some(status(&answer.status)),
        steps: steps(&answer.steps),
        checks: findings(&answer.findings),
        profile: answer.profile.name().to_owned(),
    }
}

pub(crate) fn lookup(answer: &LookupAnswer, exchange: &Exchange, at: Timestamp) -> wire::LookupResponse {
    let answers = answer.answers.iter().map(|answer| wire::QueryAnswer {
        service_id: answer.service.as_str().to_owned(),
        presence: match answer.found {
            Some(_) => wire::Presence::Present,
            None => wire::Presence::Absent,
        }
        .into(),
        answer: answer.found.as_ref().map(any),
    });
    wire::LookupResponse {
        info: Some(response_info(exchange, at)),
        answers: answers.collect(),
        status: answer.status.as_ref().map(status),
        steps: steps(&answer.steps),
    }
}

pub(crate) fn completed(
    answer: &ProcessAnswer,
    exchange: &Exchange,
    at: Timestamp,
) -> wire::CompleteDeliveryResponse {
    wire::CompleteDeliveryResponse {
        info: Some(response_info(exchange, at)),
        status: Some(status(&answer.status)),
    }
}

pub(crate) fn opened(answer: &ProcessAnswer) -> wire::OpenApplicationResponse {
    wire::OpenApplicationResponse { status: Some(status(&answer.status)), steps: steps(&answer.steps) }
}

pub(crate) fn reported(answer: &ProcessAnswer) -> wire::ReportStepResponse {
    wire::ReportStepResponse { status: Some(status(&answer.status)), steps: steps(&answer.steps) }
}

pub(crate) fn get_application(answer: &ProcessAnswer) -> wire::GetApplicationResponse {
    wire::GetApplicationResponse { status: Some(status(&answer.status)), steps: steps(&answer.steps) }
}

pub(crate) fn watched(at: &Status, new: &[eush_pipeline::step::Step]) -> wire::WatchApplicationResponse {
    wire::WatchApplicationResponse { status: Some(status(at)), steps: steps(new) }
}

pub(crate) fn applications(list: &[Status]) -> wire::ListApplicationsResponse {
    wire::ListApplicationsResponse { applications: list.iter().map(status).collect() }
}

fn status(status: &Status) -> wire::ApplicationStatus {
    let state = match status.state {
        ApplicationState::Completed => wire::ApplicationState::Completed,
        ApplicationState::Open => wire::ApplicationState::Open,
        ApplicationState::Pending => wire::ApplicationState::Pending,
        ApplicationState::Ready => wire::ApplicationState::Ready,
        ApplicationState::Refused => wire::ApplicationState::Refused,
    };
    let (next, lookups, service) = match &status.next {
        NextAction::Authenticate => (wire::NextAction::Authenticate, &[][..], ""),
        NextAction::Bring => (wire::NextAction::Bring, &[][..], ""),
        NextAction::FillForm => (wire::NextAction::FillForm, &[][..], ""),
        NextAction::HandOver => (wire::NextAction::HandOver, &[][..], ""),
        NextAction::LookUp(lookups) => (wire::NextAction::LookUp, lookups.as_slice(), ""),
        NextAction::None => (wire::NextAction::None, &[][..], ""),
        NextAction::Sign => (wire::NextAction::Sign, &[][..], ""),
        NextAction::SignAndSend(service) => (wire::NextAction::SignAndSend, &[][..], service.as_str()),
        NextAction::Wait => (wire::NextAction::Wait, &[][..], ""),
    };
    wire::ApplicationStatus {
        application_id: status.application.as_str().to_owned(),
        state: state.into(),
        next: next.into(),
        lookups: lookups.iter().map(required).collect(),
        service_id: service.to_owned(),
        due_at: status.due_at.map(timestamp),
        notice: status.notice.as_ref().map(|notice| wire::Notice {
            label: notice.label.clone(),
            text: Some(text(&notice.text)),
            reason: notice.reason.map_or("", |reason| reason.facts().reason).to_owned(),
        }),
        result: status.result.as_ref().map(signed),
        regulation_id: status.regulation.as_str().to_owned(),
        channel: channel(status.channel).into(),
        opened_at: Some(timestamp(status.opened_at)),
        message_id: status.message_id.as_ref().map_or("", |id| id.as_str()).to_owned(),
        limit_at: status.limit_at.map(timestamp),
        procedure: status.procedure.clone(),
    }
}

fn required(lookup: &RequiredLookup) -> wire::RequiredLookup {
    let subject = match lookup.subject {
        RequiredSubject::Applicant => wire::LookupSubject::Applicant,
        RequiredSubject::PowerOfAttorney => wire::LookupSubject::PowerOfAttorney,
    };
    wire::RequiredLookup { service_id: lookup.service.as_str().to_owned(), subject: subject.into() }
}

/// A journal record for management.
pub(crate) fn journal_entry(verdict: &Verdict) -> management::JournalEntry {
    let facts = verdict.rejection.map(eush_domain::Rejection::facts);
    management::JournalEntry {
        message_id: verdict.message_id.clone(),
        session_id: verdict.session_id.clone(),
        kind: verdict.kind.name().to_owned(),
        sender_id: verdict.sender_id.clone(),
        service_id: verdict.service.as_ref().map_or("", |id| id.as_str()).to_owned(),
        regulation_id: verdict.regulation.as_ref().map_or("", |id| id.as_str()).to_owned(),
        channel: verdict.channel.map_or(wire::Channel::Unspecified, channel).into(),
        application_id: verdict.application.as_ref().map_or("", |id| id.as_str()).to_owned(),
        received_at: Some(timestamp(verdict.received_at)),
        answered_at: Some(timestamp(verdict.answered_at)),
        profile: verdict.profile.name().to_owned(),
        checks: findings(&verdict.findings),
        reason: facts.map_or("", |facts| facts.reason).to_owned(),
        text: facts.map(|facts| text(&facts.text.into())),
        agency_calls: verdict
            .calls
            .iter()
            .map(|call| management::AgencyCall {
                agency: call.agency.as_str().to_owned(),
                service_id: call.service.as_str().to_owned(),
                calls: call.calls,
                outcome: call.outcome.clone(),
                duration_micros: call.duration_micros,
                decided_by: call.decided_by.clone(),
            })
            .collect(),
        steps: steps(&verdict.steps),
        trace_id: verdict.trace_id.clone(),
        nastiness: verdict
            .nastiness
            .iter()
            .map(|fault| management::NastinessRecord {
                rule: fault.rule.clone(),
                knob: fault.knob.clone(),
                place: fault.place.clone(),
                parameters: fault.parameters.clone(),
            })
            .collect(),
    }
}
