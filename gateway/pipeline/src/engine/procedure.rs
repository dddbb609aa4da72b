//! The provider's internal procedure on the virtual clock, and the provider's answer at its end.
//!
//! Each step of the procedure takes the time that the act gives it, one after the other; a step without a stated time
//! takes none. When the last has passed the agency is told. A provider that answers earlier is believed: the steps that
//! were left are recorded as not observed.

use eush_acts::model::{Operation, ProcedureStep};
use eush_domain::{CalendarError, Timestamp};

use super::{Effect, Outcome, Transition, Unfit, World, dispatch, expected, trace};
use crate::application::{
    Application, ApplicationState, DispatchProgress, Instant, Notice, Notified, Procedure,
};
use crate::bytes::SignedDocument;
use crate::message::ContentDigest;
use crate::profile::reference;
use crate::step::StepOutcome;

const EARLY: &str = "the provider answered before the act's time for this step had passed";

/// The provider's steps in this channel; the kind of request is not asked yet, so the first procedure stands for all.
fn steps(world: World<'_>) -> &[ProcedureStep] {
    world.regulation.steps(world.flow.id.channel, None)
}

/// When each step of the procedure is finished, if it starts now. One instant at least: a regulation without a described
/// procedure has its answer due at once.
pub(super) fn schedule(world: World<'_>) -> Result<Vec<Timestamp>, CalendarError> {
    let mut at = world.now;
    let steps = steps(world);
    let mut finish = Vec::with_capacity(steps.len());
    for step in steps {
        if let Some(term) = step.duration {
            at = world.calendar.add(at, term)?;
        }
        finish.push(at);
    }
    if finish.is_empty() {
        finish.push(at);
    }
    Ok(finish)
}

pub(super) fn start(world: World<'_>, application: &mut Application) -> Result<(), Unfit> {
    let finish = schedule(world)?.into_iter().map(Instant).collect();
    application.procedure = Some(Procedure { finish, done: 0, notified: Notified::NotYet });
    application.state = ApplicationState::Pending;
    Ok(())
}

pub(super) fn term_fell(world: World<'_>, mut application: Application) -> Result<Transition, Unfit> {
    let Some(procedure) =
        application.procedure.as_mut().filter(|_| application.state == ApplicationState::Pending)
    else {
        return Ok(application.into());
    };
    while let Some(finish) = procedure.finish.get(procedure.done).filter(|finish| finish.0 <= world.now) {
        // A regulation without steps has an instant and no step to record for it.
        if let Some(step) = steps(world).get(procedure.done) {
            application.steps.push(trace::procedure_step(
                world.regulation,
                step,
                StepOutcome::Done,
                finish.0,
                "",
            ));
        }
        procedure.done += 1;
    }
    let last = procedure.finish.last().map(|finish| finish.0);
    let over = procedure.done == procedure.finish.len() && procedure.notified == Notified::NotYet;
    let effects = match last {
        Some(due_at) if over => vec![Effect::Notify { due_at }],
        Some(_) | None => Vec::new(),
    };
    Ok(Transition { application, effects })
}

pub(super) fn term_told(mut application: Application) -> Result<Transition, Unfit> {
    if let Some(procedure) = application.procedure.as_mut() {
        procedure.notified = Notified::Told;
    }
    Ok(application.into())
}

pub(super) fn completed(
    world: World<'_>,
    mut application: Application,
    outcome: &Outcome<'_>,
    digest: ContentDigest,
) -> Result<Transition, Unfit> {
    match application.completion {
        Some(before) if before == digest => return Ok(application.into()),
        Some(_) => return Err(Unfit::CompletedOtherwise),
        None => {}
    }
    let progress = application.dispatch.as_ref().map(|dispatch| dispatch.progress);
    match (application.state, progress) {
        (ApplicationState::Pending, _) => {}
        // The answer overtook the one to the call, or the call was lost on its way back: an answered delivery is one
        // that was taken.
        (ApplicationState::Open, Some(DispatchProgress::Failed | DispatchProgress::InFlight)) => {
            dispatch::take(world, &mut application, None, None);
        }
        (
            ApplicationState::Completed
            | ApplicationState::Open
            | ApplicationState::Ready
            | ApplicationState::Refused,
            _,
        ) => return Err(Unfit::OutOfOrder { expected: expected(world.flow, &application) }),
    }
    application.completion = Some(digest);
    match outcome {
        Outcome::Refused(refusal) => {
            leave_procedure(world, &mut application);
            provide(world, &mut application, StepOutcome::Failed);
            dispatch::refuse_undecided(world, &mut application, refusal);
        }
        Outcome::Result(result) => finish_early(world, &mut application, result),
    }
    Ok(application.into())
}

/// The result is there: what is left of the procedure is not observed, and the result goes its way.
pub(super) fn finish_early(world: World<'_>, application: &mut Application, result: &SignedDocument) {
    leave_procedure(world, application);
    provide(world, application, StepOutcome::Done);
    deliver_result(world, application, result);
}

fn leave_procedure(world: World<'_>, application: &mut Application) {
    let done = application.procedure.as_ref().map_or(0, |procedure| procedure.done);
    for step in steps(world).iter().skip(done) {
        application.steps.push(trace::procedure_step(
            world.regulation,
            step,
            StepOutcome::NotObserved,
            world.now,
            EARLY,
        ));
    }
    application.procedure = None;
}

/// Executes the item that stands for the provider's work, where the flow has one.
fn provide(world: World<'_>, application: &mut Application, outcome: StepOutcome) {
    while let Some(item) = world.flow.items.get(application.cursor) {
        match &item.operation {
            Operation::Provide => trace::execute(world, application, outcome),
            Operation::OfficeStep => trace::execute(world, application, StepOutcome::NotObserved),
            Operation::Refuse(_) => application.cursor += 1,
            Operation::Arrive
            | Operation::Authenticate
            | Operation::CheckCertificate
            | Operation::CheckDocuments
            | Operation::CheckLogin
            | Operation::CheckPresence
            | Operation::DeliverResult
            | Operation::Dispatch { .. }
            | Operation::FillForm
            | Operation::HandOver
            | Operation::Lookup(_)
            | Operation::RegisterAtPortal
            | Operation::RegisterDocument
            | Operation::Sign => return,
        }
    }
}

fn deliver_result(world: World<'_>, application: &mut Application, result: &SignedDocument) {
    application.result = Some(result.clone());
    application.state = ApplicationState::Completed;
    while let Some(item) = world.flow.items.get(application.cursor) {
        let place = reference(world.regulation, item.lines.first, item.lines.last);
        let notice = Notice {
            label: item.label.clone().unwrap_or_default(),
            reference: place,
            text: item.text.clone(),
            reason: None,
        };
        match &item.operation {
            Operation::DeliverResult => {
                trace::execute(world, application, StepOutcome::Done);
                application.notice = Some(notice);
            }
            Operation::HandOver => {
                application.state = ApplicationState::Ready;
                application.notice = application.notice.take().or(Some(notice));
                return;
            }
            Operation::OfficeStep => trace::execute(world, application, StepOutcome::NotObserved),
            Operation::Arrive
            | Operation::Authenticate
            | Operation::CheckCertificate
            | Operation::CheckDocuments
            | Operation::CheckLogin
            | Operation::CheckPresence
            | Operation::Dispatch { .. }
            | Operation::FillForm
            | Operation::Lookup(_)
            | Operation::Provide
            | Operation::Refuse(_)
            | Operation::RegisterAtPortal
            | Operation::RegisterDocument
            | Operation::Sign => application.cursor += 1,
        }
    }
}
