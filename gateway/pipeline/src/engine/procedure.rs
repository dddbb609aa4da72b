//! The provider's internal procedure on the virtual clock, and the provider's answer at its end.
//!
//! Each step of the procedure takes the time that the act gives it, one after the other; a step without a stated time
//! takes none. When the last has passed the agency is told. A provider that answers earlier is believed: the steps that
//! were left are recorded as not observed.

use eush_acts::model::Operation;
use eush_domain::{CalendarError, LocalizedText, Rejection};

use super::plan::{self, Planned};
use super::{Effect, Outcome, Transition, Unfit, World, branch, dispatch, expected, trace};
use crate::application::{
    Application, ApplicationState, DispatchProgress, Instant, Notice, Notified, Procedure,
};
use crate::bytes::SignedDocument;
use crate::message::ContentDigest;
use crate::profile::reference;
use crate::step::{ExecutedBy, StepOutcome};

const EARLY: &str = "the provider answered before the act's time for this step had passed";

const LATE: LocalizedWords = (
    "Қызмет беруші күткен құжаттар мерзімінде ұсынылмады.",
    "Документы, которых ждал услугодатель, не представлены в срок.",
    "The documents that the provider waited for were not brought in time.",
);
type LocalizedWords = (&'static str, &'static str, &'static str);

fn plan<'a>(world: World<'a>, application: &Application) -> Vec<Planned<'a>> {
    plan::plan(world.regulation, world.flow, application)
}

/// When each step that is left is finished, if the first of them starts now: as far as the first wait for the recipient,
/// whose own end is its latest. What comes after a wait starts when the recipient comes.
fn finish_from(
    world: World<'_>,
    application: &Application,
    first: usize,
) -> Result<Vec<Instant>, CalendarError> {
    let mut at = world.now;
    let mut finish = Vec::new();
    for planned in plan(world, application).into_iter().skip(first) {
        if let Some(term) = planned.term(application) {
            at = world.calendar.add(at, term)?;
        }
        finish.push(Instant(at));
        if planned.waits() {
            break;
        }
    }
    Ok(finish)
}

/// When the procedure is finished, if it starts now. One instant at least: a regulation without a described procedure has
/// its answer due at once.
pub(super) fn schedule(world: World<'_>, application: &Application) -> Result<Vec<Instant>, CalendarError> {
    let mut finish = finish_from(world, application, 0)?;
    if finish.is_empty() {
        finish.push(Instant(world.now));
    }
    Ok(finish)
}

pub(super) fn start(world: World<'_>, application: &mut Application) -> Result<(), Unfit> {
    let finish = schedule(world, application)?;
    application.procedure = Some(Procedure { finish, done: 0, notified: Notified::NotYet });
    application.state = ApplicationState::Pending;
    Ok(())
}

/// Starts the work of an office where it comes next. What takes no time is done at once.
pub(super) fn begin_at_office(world: World<'_>, application: &mut Application) -> Result<(), Unfit> {
    let next = plan::office_start(world.flow) == Some(application.cursor);
    if !next || application.state != ApplicationState::Open {
        return Ok(());
    }
    start(world, application)?;
    pass(world, application);
    Ok(())
}

pub(super) fn term_fell(world: World<'_>, mut application: Application) -> Result<Transition, Unfit> {
    pass(world, &mut application);
    let Some(procedure) =
        application.procedure.as_ref().filter(|_| application.state == ApplicationState::Pending)
    else {
        return Ok(application.into());
    };
    let last = procedure.finish.last().map(|finish| finish.0);
    let over = procedure.done == procedure.finish.len() && procedure.notified == Notified::NotYet;
    let effects = match last {
        Some(due_at) if over => vec![Effect::Notify { due_at }],
        Some(_) | None => Vec::new(),
    };
    Ok(Transition { application, effects })
}

/// Records what is finished by now, up to a failure, the end, or the wait for the recipient.
fn pass(world: World<'_>, application: &mut Application) {
    let planned = plan(world, application);
    while application.state == ApplicationState::Pending {
        let Some(procedure) = application.procedure.as_mut() else { return };
        let Some(finish) = procedure.finish.get(procedure.done).filter(|finish| finish.0 <= world.now) else {
            break;
        };
        let (at, done) = (finish.0, procedure.done);
        procedure.done += 1;
        // A regulation without steps has an instant and no step to record for it.
        let (made, rest) = planned.split_at(done.min(planned.len()));
        if let Some(planned) = rest.first() {
            record(World { now: at, ..world }, application, *planned, made);
        }
    }
    let over = application.procedure.as_ref().is_some_and(|procedure| procedure.done >= planned.len());
    if over && application.state == ApplicationState::Pending && application.dispatch.is_none() {
        leave_office(world, application);
    }
}

/// Records one thing that is finished, as it came out.
fn record(world: World<'_>, application: &mut Application, planned: Planned<'_>, made: &[Planned<'_>]) {
    let failing = plan::failing(planned.checks(), made.iter().map(Planned::checks), application);
    let rejection = failing.map(|check| plan::rejection(world.regulation, check));
    match (planned, rejection) {
        (Planned::Item(index, item, _), None) => {
            application.cursor = index;
            // What is signed at an office is sent to nobody through the bus.
            let outcome = match (item.operation == Operation::Sign, item.checks.is_empty()) {
                (true, _) => StepOutcome::NotObserved,
                (false, true) => StepOutcome::Done,
                (false, false) => StepOutcome::Passed,
            };
            trace::execute(world, application, outcome);
        }
        (Planned::Item(index, item, _), Some(rejection)) => {
            application.cursor = index;
            application.steps.push(trace::step(world, item, StepOutcome::Failed, Some(rejection)));
            branch::fail(world, application, item, rejection);
        }
        (Planned::Step(step), None) if planned.waits() => {
            let (kk, ru, en) = LATE;
            let text = LocalizedText { kk: kk.to_owned(), ru: ru.to_owned(), en: en.to_owned() };
            let rejection = Rejection::DocumentsNotConforming;
            trace::record_step(world, application, step, StepOutcome::Failed, Some(rejection));
            let place = reference(world.regulation, step.lines.first, step.lines.last);
            branch::refuse_ours(world, application, place, ExecutedBy::Gateway, rejection, Some(&text));
        }
        (Planned::Step(step), None) => {
            trace::record_step(world, application, step, StepOutcome::Done, None);
        }
        (Planned::Step(step), Some(rejection)) => {
            trace::record_step(world, application, step, StepOutcome::Failed, Some(rejection));
            branch::fail_step(world, application, step, rejection);
        }
    }
}

/// The recipient has come with what was waited for: the rest of the procedure starts now.
pub(super) fn brought(world: World<'_>, mut application: Application) -> Result<Transition, Unfit> {
    let out_of_order = Unfit::OutOfOrder { expected: expected(world.flow, &application) };
    if !plan::waits(world.regulation, world.flow, &application) {
        return Err(out_of_order);
    }
    let planned = plan(world, &application);
    let done = application.procedure.as_ref().map_or(0, |procedure| procedure.done);
    if let Some(Planned::Step(step)) = planned.get(done) {
        trace::record_step(world, &mut application, step, StepOutcome::Done, None);
    }
    let rest = finish_from(world, &application, done + 1)?;
    if let Some(procedure) = application.procedure.as_mut() {
        procedure.finish.truncate(done);
        procedure.finish.push(Instant(world.now));
        procedure.finish.extend(rest);
        procedure.done = done + 1;
    }
    Ok(application.into())
}

/// The work of an office is done: the result is at the desk, or has reached the person.
fn leave_office(world: World<'_>, application: &mut Application) {
    application.procedure = None;
    while let Some(item) = world.flow.items.get(application.cursor) {
        let notice = Notice {
            label: item.label.clone().unwrap_or_default(),
            reference: reference(world.regulation, item.lines.first, item.lines.last),
            text: item.text.clone(),
            reason: None,
        };
        if item.operation == Operation::HandOver {
            application.state = ApplicationState::Ready;
            application.notice = Some(notice);
            return;
        }
        if item.operation == Operation::DeliverResult {
            trace::execute(world, application, StepOutcome::Done);
            application.notice = Some(notice);
        } else {
            application.cursor += 1;
        }
    }
    application.state = ApplicationState::Completed;
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
    for planned in plan(world, application).into_iter().skip(done) {
        // After a dispatch everything planned is the provider's procedure.
        if let Planned::Step(step) = planned {
            let mut step = trace::procedure_step(world, step, StepOutcome::NotObserved, None);
            EARLY.clone_into(&mut step.ours);
            application.steps.push(step);
        }
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
