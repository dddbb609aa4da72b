//! From the signed document to the agency's answer.

use eush_acts::model::{Check, Item, Operation};
use eush_domain::{MessageId, Rejection};

use super::{
    Effect, Outcome, Reply, Transition, Unfit, World, awaits_dispatch, branch, expected, front, procedure,
    route, signing_start, trace,
};
use crate::application::{Application, ApplicationState, DispatchProgress, Dispatched, Registration};
use crate::ports::{ProviderReason, ProviderRefusal};
use crate::profile::reference;
use crate::step::{ExecutedBy, StepOutcome};

impl From<ProviderReason> for Rejection {
    fn from(reason: ProviderReason) -> Self {
        match reason {
            ProviderReason::DocumentsNotConforming => Self::DocumentsNotConforming,
            ProviderReason::GroundsNotMet => Self::GroundsNotMet,
            ProviderReason::Reasoned => Self::ReasonedRefusal,
        }
    }
}

fn ready(world: World<'_>, application: &Application) -> Result<(), Unfit> {
    if awaits_dispatch(world.flow, application) {
        Ok(())
    } else {
        Err(Unfit::OutOfOrder { expected: expected(world.flow, application) })
    }
}

/// Executes signing and, where it holds, the certificate's check, up to the dispatch itself.
fn sign(world: World<'_>, application: &mut Application, certificate: StepOutcome) -> Option<usize> {
    let dispatch = route(world.flow)?.index;
    application.cursor = signing_start(world.flow)?;
    while application.cursor < dispatch {
        match world.flow.items.get(application.cursor).map(|item| &item.operation) {
            Some(Operation::Sign) => trace::execute(world, application, StepOutcome::Done),
            Some(Operation::CheckCertificate) => {
                if certificate == StepOutcome::Failed {
                    return Some(application.cursor);
                }
                trace::execute(world, application, certificate);
            }
            Some(_) | None => application.cursor += 1,
        }
    }
    Some(dispatch)
}

pub(super) fn started(
    world: World<'_>,
    mut application: Application,
    message_id: MessageId,
) -> Result<Transition, Unfit> {
    ready(world, &application)?;
    let route = route(world.flow).ok_or(Unfit::OutOfOrder { expected: "nothing from a front" })?;
    // Terms that cannot be computed are better known before the agency has the document than after.
    procedure::schedule(world, &application)?;
    sign(world, &mut application, StepOutcome::Passed);
    application.dispatch = Some(Dispatched {
        message_id,
        agency: route.agency.clone(),
        service: route.service.clone(),
        progress: DispatchProgress::InFlight,
        at: world.now,
    });
    let effects = vec![Effect::Deliver { agency: route.agency.clone(), service: route.service.clone() }];
    Ok(Transition { application, effects })
}

pub(super) fn certificate_refused(
    world: World<'_>,
    mut application: Application,
    rejection: Rejection,
) -> Result<Transition, Unfit> {
    ready(world, &application)?;
    let at = sign(world, &mut application, StepOutcome::Failed);
    let Some(item) = at.and_then(|index| world.flow.items.get(index)) else {
        return Err(Unfit::OutOfOrder { expected: "nothing from a front" });
    };
    if item.operation == Operation::CheckCertificate {
        application.steps.push(trace::step(world, item, StepOutcome::Failed, Some(rejection)));
        branch::fail(world, &mut application, item, rejection);
    } else {
        // A channel whose act checks no certificate: the strict profile does, and says so.
        let place = reference(world.regulation, item.lines.first, item.lines.last);
        branch::refuse_ours(world, &mut application, place, ExecutedBy::Gateway, rejection, None);
    }
    Ok(application.into())
}

pub(super) fn failed(
    world: World<'_>,
    mut application: Application,
    rejection: Rejection,
) -> Result<Transition, Unfit> {
    let open = application.state == ApplicationState::Open;
    match application.dispatch.as_mut() {
        Some(dispatch) if open && dispatch.progress == DispatchProgress::InFlight => {
            dispatch.progress = DispatchProgress::Failed;
        }
        // The provider may have answered by itself while the call was failing; that answer stands.
        Some(_) => return Ok(application.into()),
        None => return Err(Unfit::OutOfOrder { expected: "a dispatch in flight" }),
    }
    if let Some(item) = route(world.flow).and_then(|route| world.flow.items.get(route.index)) {
        let mut step = trace::step(world, item, StepOutcome::Failed, Some(rejection));
        "no act says what follows when a system does not answer; the document may be sent again"
            .clone_into(&mut step.ours);
        application.steps.push(step);
    }
    application.cursor = signing_start(world.flow).unwrap_or(application.cursor);
    // A refusal process may stand first in line, and nobody waits at one.
    front::settle(world, &mut application);
    Ok(application.into())
}

pub(super) fn answered(
    world: World<'_>,
    mut application: Application,
    registration: Option<Registration>,
    reply: &Reply<'_>,
) -> Result<Transition, Unfit> {
    match (application.state, application.dispatch.as_ref().map(|dispatch| dispatch.progress)) {
        (ApplicationState::Open, Some(DispatchProgress::InFlight)) => {}
        // The provider completed the delivery before its answer to the call arrived: that stands, and only the
        // registration is news.
        (_, Some(DispatchProgress::Accepted)) => {
            application.registration = application.registration.or(registration);
            return Ok(application.into());
        }
        // Another message ended the application while this one's call was interrupted: nothing brings it back.
        (
            ApplicationState::Completed
            | ApplicationState::Open
            | ApplicationState::Pending
            | ApplicationState::Ready
            | ApplicationState::Refused,
            Some(DispatchProgress::Failed | DispatchProgress::InFlight) | None,
        ) => return Err(Unfit::OutOfOrder { expected: "a dispatch in flight" }),
    }
    let refusal = match reply {
        Reply::Final(Outcome::Refused(refusal), _) => Some(*refusal),
        Reply::Accepted | Reply::Final(Outcome::Result(_), _) => None,
    };
    take(world, &mut application, registration, refusal);
    if let Reply::Final(_, digest) = reply {
        application.completion = Some(*digest);
    }
    match reply {
        Reply::Accepted => procedure::start(world, &mut application)?,
        Reply::Final(Outcome::Result(result), _) => procedure::finish_early(world, &mut application, result),
        Reply::Final(Outcome::Refused(_), _) => {}
    }
    Ok(application.into())
}

/// The agency has the document: dispatch, registration and the provider's check of documents are executed.
pub(super) fn take(
    world: World<'_>,
    application: &mut Application,
    registration: Option<Registration>,
    refusal: Option<&ProviderRefusal>,
) {
    if let Some(dispatch) = application.dispatch.as_mut() {
        dispatch.progress = DispatchProgress::Accepted;
    }
    if let Some(route) = route(world.flow) {
        application.cursor = route.index;
    }
    trace::execute(world, application, StepOutcome::Done);
    let registered = registration.is_some();
    application.registration = registration;
    while let Some(item) = world.flow.items.get(application.cursor) {
        match &item.operation {
            Operation::Refuse(_) => application.cursor += 1,
            Operation::RegisterDocument => {
                let outcome = if registered { StepOutcome::Done } else { StepOutcome::NotObserved };
                trace::execute(world, application, outcome);
            }
            Operation::CheckDocuments => match refusal {
                Some(refusal) if decides(item, refusal.reason) => {
                    let rejection = refusal.reason.into();
                    application.steps.push(trace::step(world, item, StepOutcome::Failed, Some(rejection)));
                    branch::fail(world, application, item, rejection);
                    return;
                }
                Some(_) | None => trace::execute(world, application, StepOutcome::Passed),
            },
            Operation::Arrive
            | Operation::Authenticate
            | Operation::CheckCertificate
            | Operation::CheckLogin
            | Operation::CheckPresence
            | Operation::DeliverResult
            | Operation::Dispatch { .. }
            | Operation::FillForm
            | Operation::HandOver
            | Operation::Lookup(_)
            | Operation::OfficeStep
            | Operation::Provide
            | Operation::RegisterAtPortal
            | Operation::Sign => break,
        }
    }
    if let Some(refusal) = refusal {
        refuse_undecided(world, application, refusal);
    }
}

/// Whether the item's own checks cover the provider's reason.
fn decides(item: &Item, reason: ProviderReason) -> bool {
    match reason {
        ProviderReason::DocumentsNotConforming => item.checks.contains(&Check::Documents),
        ProviderReason::GroundsNotMet => {
            item.checks.contains(&Check::Grounds) || item.checks.contains(&Check::Eligibility)
        }
        ProviderReason::Reasoned => false,
    }
}

/// A refusal for which the flow has no condition.
pub(super) fn refuse_undecided(world: World<'_>, application: &mut Application, refusal: &ProviderRefusal) {
    let dispatch = route(world.flow).and_then(|route| world.flow.items.get(route.index));
    let place = dispatch
        .map_or_else(String::new, |item| reference(world.regulation, item.lines.first, item.lines.last));
    branch::refuse_reasoned(world, application, place, refusal.reason.into(), &refusal.text);
}
