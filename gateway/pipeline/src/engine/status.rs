//! What fronts and cabinets are shown of an application.

use eush_acts::Catalogue;
use eush_acts::model::{ChannelFlow, Operation};

use super::plan::Awaited;
use super::{item_at, plan, required_rules, resolve, route};
use crate::application::{
    Application, ApplicationState, DispatchProgress, NextAction, RequiredLookup, Status,
};

/// Where an application stands, and what its front is to do next.
pub(crate) fn status(catalogue: &Catalogue, application: &Application) -> Status {
    let next = match application.state {
        ApplicationState::Completed | ApplicationState::Refused => NextAction::None,
        ApplicationState::Pending => match resolve(catalogue, application) {
            Some(resolved) => match plan::awaited(resolved.regulation, resolved.flow, application) {
                Some(Awaited::Documents) => NextAction::Bring,
                Some(Awaited::Signature) => NextAction::Sign,
                None => NextAction::Wait,
            },
            None => NextAction::Wait,
        },
        ApplicationState::Ready => NextAction::HandOver,
        ApplicationState::Open => resolve(catalogue, application)
            .map_or(NextAction::None, |resolved| next(resolved.flow, application)),
    };
    Status {
        application: application.id.clone(),
        state: application.state,
        next,
        due_at: application.due_at(),
        notice: application.notice.clone(),
        result: application.result.clone(),
        regulation: application.flow.regulation.clone(),
        channel: application.flow.channel,
        opened_at: application.opened_at,
        limit_at: application.limit_at,
        procedure: application.kind.clone().unwrap_or_default(),
        message_id: application.dispatch.as_ref().map(|dispatch| dispatch.message_id.clone()),
        registration_number: application
            .registration
            .as_ref()
            .map_or_else(String::new, |registration| registration.number.clone()),
    }
}

fn next(flow: &ChannelFlow, application: &Application) -> NextAction {
    let in_flight =
        application.dispatch.as_ref().is_some_and(|dispatch| dispatch.progress == DispatchProgress::InFlight);
    match item_at(flow, application).map(|item| &item.operation) {
        Some(Operation::Authenticate | Operation::CheckLogin) => NextAction::Authenticate,
        Some(Operation::FillForm) => NextAction::FillForm,
        Some(Operation::Lookup(rules)) => {
            let required = required_rules(rules, application);
            NextAction::LookUp(
                required
                    .into_iter()
                    .map(|rule| RequiredLookup {
                        service: rule.service.clone(),
                        subject: rule.subject.into(),
                    })
                    .collect(),
            )
        }
        Some(Operation::CheckCertificate | Operation::Dispatch { .. } | Operation::Sign) => {
            match route(flow) {
                Some(_) if in_flight => NextAction::Wait,
                Some(route) => NextAction::SignAndSend(route.service.clone()),
                None => NextAction::None,
            }
        }
        Some(
            Operation::Arrive
            | Operation::CheckDocuments
            | Operation::CheckPresence
            | Operation::DeliverResult
            | Operation::HandOver
            | Operation::OfficeStep
            | Operation::Provide
            | Operation::Refuse(_)
            | Operation::RegisterAtPortal
            | Operation::RegisterDocument,
        )
        | None => NextAction::None,
    }
}
