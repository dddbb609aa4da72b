//! The provider's internal procedure on the virtual clock, and the provider's answer at its end.
//!
//! Each step of the procedure takes the time that the act gives it, one after the other; a step without a stated time
//! takes none. When the last has passed the agency is told. A provider that answers earlier is believed: the steps that
//! were left are recorded as not observed.

use eush_acts::model::{Access, Check, Item, Operation};
use eush_domain::{AgencyId, CalendarError, LocalizedText, Rejection};

use super::plan::{self, Awaited, Planned};
use super::{Effect, Outcome, Transition, Unfit, World, branch, dispatch, expected, limit, trace};
use crate::application::{
    Application, ApplicationState, DispatchProgress, Instant, Notice, Notified, Procedure,
};
use crate::bytes::SignedDocument;
use crate::message::ContentDigest;
use crate::ports::{ManualUse, Screen};
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
        if planned.awaits().is_some() {
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
    application.limit_at = limit::from_intake(world, application)?;
    Ok(())
}

/// Starts the work of an office where it comes next. What takes no time is done at once.
pub(super) fn begin_at_office(world: World<'_>, application: &mut Application) -> Result<(), Unfit> {
    let next = plan::office_start(world.flow) == Some(application.cursor);
    if !next || application.state != ApplicationState::Open {
        return Ok(());
    }
    start(world, application)
}

/// Records what is finished now, of work that has just begun or gone on.
pub(super) fn go_on(world: World<'_>, mut application: Application) -> Transition {
    match pass(world, &mut application, None) {
        Some(effect) => Transition { application, effects: vec![effect] },
        None => application.into(),
    }
}

/// The screen that the procedure stood before has shown what it has: the step is over.
pub(super) fn used(
    world: World<'_>,
    mut application: Application,
    place: usize,
    screen: Option<Screen>,
) -> Result<Transition, Unfit> {
    let stands = application.procedure.as_ref().is_some_and(|procedure| procedure.done == place);
    if !stands || application.state != ApplicationState::Pending {
        // Somebody else was faster: what the screen showed is known already.
        return Ok(application.into());
    }
    let effect = pass(world, &mut application, Some(screen));
    conclude(application, effect)
}

pub(super) fn term_fell(world: World<'_>, mut application: Application) -> Result<Transition, Unfit> {
    let effect = pass(world, &mut application, None);
    conclude(application, effect)
}

/// What is left to do after everything that is finished was recorded.
fn conclude(application: Application, effect: Option<Effect>) -> Result<Transition, Unfit> {
    if let Some(effect) = effect {
        return Ok(Transition { application, effects: vec![effect] });
    }
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

/// Records what is finished by now, up to a failure, the end, the wait for the recipient, or a screen that somebody has to
/// look at first. `answer` is what the screen showed before which the procedure stands.
fn pass(
    world: World<'_>,
    application: &mut Application,
    mut answer: Option<Option<Screen>>,
) -> Option<Effect> {
    let planned = plan(world, application);
    while application.state == ApplicationState::Pending {
        let procedure = application.procedure.as_mut()?;
        let Some(finish) = procedure.finish.get(procedure.done).filter(|finish| finish.0 <= world.now) else {
            break;
        };
        let (at, done) = (finish.0, procedure.done);
        // A regulation without steps has an instant and no step to record for it.
        let (made, rest) = planned.split_at(done.min(planned.len()));
        let mut screen = None;
        if let Some(planned) = rest.first()
            && let Some((system, access)) = planned.by_hand()
            && let Ok(agency) = AgencyId::parse(system.as_str())
        {
            match answer.take() {
                Some(shown) => screen = shown,
                None => {
                    let manual = manual_use(World { now: at, ..world }, application, *planned, access, done);
                    return Some(Effect::Use { place: done, system: agency, manual: Box::new(manual) });
                }
            }
        }
        if let Some(procedure) = application.procedure.as_mut() {
            procedure.done += 1;
        }
        if let Some(planned) = rest.first() {
            record(World { now: at, ..world }, application, *planned, made, screen.as_ref());
        }
        if rest.get(1).is_some_and(|next| next.awaits() == Some(Awaited::Documents)) {
            // Years outside the calendar were refused when the procedure was scheduled.
            let limit = limit::from_notification(World { now: at, ..world }, application).ok().flatten();
            application.limit_at = limit.or(application.limit_at);
        }
    }
    let over = application.procedure.as_ref().is_some_and(|procedure| procedure.done >= planned.len());
    if over && application.state == ApplicationState::Pending && application.dispatch.is_none() {
        leave_office(world, application);
    }
    None
}

fn manual_use(
    world: World<'_>,
    application: &Application,
    planned: Planned<'_>,
    access: Access,
    place: usize,
) -> ManualUse {
    let (actor, lines) = planned.place();
    ManualUse {
        use_id: format!("{}/{place}", application.id),
        application: application.id.clone(),
        regulation: application.flow.regulation.clone(),
        channel: application.flow.channel,
        procedure: application.kind.clone().unwrap_or_default(),
        reference: reference(world.regulation, lines.first, lines.last),
        actor: actor.to_owned(),
        access,
        about: application.applicant,
        checks: planned.checks().to_vec(),
        at: world.now,
    }
}

/// Records one thing that is finished, as it came out.
fn record(
    world: World<'_>,
    application: &mut Application,
    planned: Planned<'_>,
    made: &[Planned<'_>],
    screen: Option<&Screen>,
) {
    let by_people = plan::failing(planned.checks(), made.iter().map(Planned::checks), application);
    let by_system = screen
        .and_then(|screen| planned.checks().iter().find(|check| screen.failing.contains(check)).copied());
    let failing = by_people.or(by_system);
    let first = application.steps.len();
    record_outcome(world, application, planned, failing);
    // The step of the screen is the first of those that were recorded.
    if let Some(step) = application.steps.get_mut(first)
        && let Some(by_hand) = step.by_hand.as_mut()
    {
        by_hand.shown = screen.map(|screen| screen.shown);
    }
}

fn record_outcome(
    world: World<'_>,
    application: &mut Application,
    planned: Planned<'_>,
    failing: Option<Check>,
) {
    let rejection = failing.map(|check| plan::rejection(world.regulation, check));
    match (planned, rejection) {
        (Planned::Item(index, item, _), None) => {
            application.cursor = index;
            if item.operation == Operation::Sign {
                return unsigned(world, application, item);
            }
            let outcome = if item.checks.is_empty() { StepOutcome::Done } else { StepOutcome::Passed };
            trace::execute(world, application, outcome);
        }
        (Planned::Item(index, item, _), Some(rejection)) => {
            application.cursor = index;
            application.steps.push(trace::step(world, item, StepOutcome::Failed, Some(rejection)));
            branch::fail(world, application, item, rejection);
        }
        (Planned::Step(step), None) if planned.awaits().is_some() => {
            let (kk, ru, en) = LATE;
            let text = LocalizedText { kk: kk.to_owned(), ru: ru.to_owned(), en: en.to_owned() };
            let rejection = Rejection::DocumentsNotConforming;
            trace::record_step(world, application, step, StepOutcome::Failed, Some(rejection));
            let place = reference(world.regulation, step.lines.first, step.lines.last);
            branch::undefined(world, application, place, ExecutedBy::Gateway, rejection, Some(&text));
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
    came(world, &mut application, Awaited::Documents)?;
    Ok(application.into())
}

/// The person has signed the form at the front: what follows starts now.
pub(super) fn signed(world: World<'_>, mut application: Application) -> Result<Transition, Unfit> {
    came(world, &mut application, Awaited::Signature)?;
    Ok(go_on(world, application))
}

/// Nobody signed in the time that the act gives for it.
fn unsigned(world: World<'_>, application: &mut Application, item: &Item) {
    let rejection = Rejection::SignatureMissing;
    application.steps.push(trace::step(world, item, StepOutcome::Failed, Some(rejection)));
    branch::fail(world, application, item, rejection);
}

fn came(world: World<'_>, application: &mut Application, awaited: Awaited) -> Result<(), Unfit> {
    if plan::awaited(world.regulation, world.flow, application) != Some(awaited) {
        return Err(Unfit::OutOfOrder { expected: expected(world.flow, application) });
    }
    let planned = plan(world, application);
    let done = application.procedure.as_ref().map_or(0, |procedure| procedure.done);
    match planned.get(done) {
        Some(Planned::Step(step)) => {
            trace::record_step(world, application, step, StepOutcome::Done, None);
        }
        Some(Planned::Item(index, ..)) => {
            application.cursor = *index;
            trace::execute(world, application, StepOutcome::Done);
        }
        None => {}
    }
    let rest = finish_from(world, application, done + 1)?;
    if let Some(procedure) = application.procedure.as_mut() {
        procedure.finish.truncate(done);
        procedure.finish.push(Instant(world.now));
        procedure.finish.extend(rest);
        procedure.done = done + 1;
    }
    Ok(())
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
