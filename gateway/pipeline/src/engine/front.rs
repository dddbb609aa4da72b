//! What fronts report: opening, login, form, lookups, hand-over.

use eush_acts::model::{Item, Operation};
use eush_domain::{ApplicationId, SenderId, ServiceId};

use super::{
    Login, Transition, Unfit, World, awaited_lookup, branch, expected, item_at, plan, procedure,
    required_rules, signing_start, trace,
};
use crate::application::{Application, ApplicationState, Circumstances};
use crate::party::{Party, Representative};
use crate::step::StepOutcome;

use eush_domain::Rejection;

/// What is asked for at the opening, beside regulation and channel.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// Key of the act's procedure.
    pub(crate) kind: Option<String>,
    /// What people find.
    pub(crate) circumstances: Circumstances,
    /// Whose affair it is, where no form will say it.
    pub(crate) applicant: Option<Party>,
    /// Whether the person has just registered at the front.
    pub(crate) registration: Registering,
}

/// Whether the person has just registered at the front.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Registering {
    /// They had an account before.
    #[default]
    Before,
    /// They have just made one.
    Now,
}

fn blank(world: World<'_>, id: ApplicationId, owner: SenderId) -> Application {
    Application {
        id,
        flow: world.flow.id.clone(),
        owner,
        opened_at: world.now,
        state: ApplicationState::Open,
        cursor: 0,
        steps: Vec::new(),
        logged_in: None,
        applicant: None,
        representative: None,
        dispatch: None,
        registration: None,
        procedure: None,
        notice: None,
        result: None,
        completion: None,
        kind: None,
        circumstances: Circumstances::default(),
        limit_at: None,
    }
}

/// An application that a front opens.
pub(crate) fn opened(
    world: World<'_>,
    id: ApplicationId,
    owner: SenderId,
    asked: Asked,
) -> Result<Transition, Unfit> {
    let mut application = blank(world, id, owner);
    application.kind = asked.kind;
    application.circumstances = asked.circumstances;
    application.applicant = asked.applicant;
    let registers =
        item_at(world.flow, &application).is_some_and(|item| item.operation == Operation::RegisterAtPortal);
    if registers && asked.registration == Registering::Now {
        trace::execute(world, &mut application, StepOutcome::Done);
    }
    settle(world, &mut application);
    procedure::begin_at_office(world, &mut application)?;
    Ok(procedure::go_on(world, application))
}

/// An application that a signed document opens by itself: what the act has before it was not observed.
pub(crate) fn opened_by_send(
    world: World<'_>,
    id: ApplicationId,
    owner: SenderId,
    applicant: Party,
    representative: Option<Representative>,
) -> Application {
    let mut application = blank(world, id, owner);
    application.applicant = Some(applicant);
    application.representative = representative;
    let start = signing_start(world.flow).unwrap_or_default();
    while application.cursor < start {
        match item_at(world.flow, &application).map(|item| &item.operation) {
            Some(Operation::Refuse(_)) => application.cursor += 1,
            Some(_) | None => trace::execute(world, &mut application, StepOutcome::NotObserved),
        }
    }
    settle(world, &mut application);
    application
}

/// Executes what needs nobody's report, up to the next item that does.
pub(super) fn settle(world: World<'_>, application: &mut Application) {
    // At an office everything from the first item that nobody reports is the plan's.
    let planned = plan::office_start(world.flow).unwrap_or(usize::MAX);
    while let Some(item) = item_at(world.flow, application).filter(|_| application.cursor < planned) {
        match &item.operation {
            Operation::Arrive => match plan::failing(&item.checks, std::iter::empty(), application) {
                Some(check) => {
                    let rejection = plan::rejection(world.regulation, check);
                    application.steps.push(trace::step(world, item, StepOutcome::Failed, Some(rejection)));
                    return branch::fail(world, application, item, rejection);
                }
                None => trace::execute(world, application, StepOutcome::Done),
            },
            // Who has an account does not register again, and office work is not reported to the bus.
            Operation::OfficeStep | Operation::RegisterAtPortal => {
                trace::execute(world, application, StepOutcome::NotObserved);
            }
            Operation::Refuse(_) => application.cursor += 1,
            Operation::Authenticate
            | Operation::CheckCertificate
            | Operation::CheckDocuments
            | Operation::CheckLogin
            | Operation::CheckPresence
            | Operation::DeliverResult
            | Operation::Dispatch { .. }
            | Operation::FillForm
            | Operation::HandOver
            | Operation::Lookup(_)
            | Operation::Provide
            | Operation::RegisterDocument
            | Operation::Sign => return,
        }
    }
}

fn awaited<'a>(
    world: World<'a>,
    application: &Application,
    operation: &Operation,
) -> Result<&'a Item, Unfit> {
    item_at(world.flow, application)
        .filter(|item| application.state == ApplicationState::Open && item.operation == *operation)
        .ok_or_else(|| Unfit::OutOfOrder { expected: expected(world.flow, application) })
}

pub(super) fn authenticated(
    world: World<'_>,
    mut application: Application,
    login: Login,
    subject: Option<Party>,
) -> Result<Transition, Unfit> {
    let item = awaited(world, &application, &Operation::Authenticate)?;
    let check = world.flow.items.get(application.cursor + 1);
    let check = check.filter(|next| next.operation == Operation::CheckLogin);
    match (login, check) {
        (Login::Authentic, check) => {
            trace::execute(world, &mut application, StepOutcome::Done);
            if check.is_some() {
                trace::execute(world, &mut application, StepOutcome::Passed);
            }
            application.logged_in = subject;
            settle(world, &mut application);
            procedure::begin_at_office(world, &mut application)?;
            return Ok(procedure::go_on(world, application));
        }
        (Login::Wrong, Some(check)) => {
            trace::execute(world, &mut application, StepOutcome::Done);
            refuse(world, &mut application, check, Rejection::LoginRefused);
        }
        // An act can have a login and no condition upon it: the login itself fails.
        (Login::Wrong, None) => refuse(world, &mut application, item, Rejection::LoginRefused),
    }
    Ok(application.into())
}

fn refuse(world: World<'_>, application: &mut Application, item: &Item, rejection: Rejection) {
    application.steps.push(trace::step(world, item, StepOutcome::Failed, Some(rejection)));
    branch::fail(world, application, item, rejection);
}

pub(super) fn form_completed(
    world: World<'_>,
    mut application: Application,
    applicant: Party,
    representative: Option<Representative>,
) -> Result<Transition, Unfit> {
    awaited(world, &application, &Operation::FillForm)?;
    trace::execute(world, &mut application, StepOutcome::Done);
    application.applicant = Some(applicant);
    application.representative = representative;
    settle(world, &mut application);
    procedure::begin_at_office(world, &mut application)?;
    Ok(procedure::go_on(world, application))
}

pub(super) fn looked_up(
    world: World<'_>,
    mut application: Application,
    asked: &[ServiceId],
    absent: &[ServiceId],
) -> Result<Transition, Unfit> {
    let out_of_order = Unfit::OutOfOrder { expected: expected(world.flow, &application) };
    let (item, rules) = awaited_lookup(world.flow, &application).ok_or(out_of_order)?;
    let required = required_rules(rules, &application);
    let complete = required.len() == asked.len() && required.iter().all(|rule| asked.contains(&rule.service));
    if !complete {
        return Err(Unfit::OutOfOrder { expected: "exactly the questions that the application asks for" });
    }
    let mut step = trace::step(world, item, StepOutcome::Done, None);
    step.to = required.iter().map(|rule| rule.agency.as_str().to_owned()).collect();
    application.steps.push(step);
    application.cursor += 1;
    let check = item_at(world.flow, &application);
    let check = check.filter(|next| next.operation == Operation::CheckPresence);
    // Several absences are one message by the act; the first in the act's order gives our reason.
    let missing = required.iter().find(|rule| absent.contains(&rule.service)).map(|rule| rule.absent);
    match (missing, check) {
        (Some(rejection), check) => refuse(world, &mut application, check.unwrap_or(item), rejection),
        (None, Some(_)) => trace::execute(world, &mut application, StepOutcome::Passed),
        (None, None) => {}
    }
    if application.state == ApplicationState::Open {
        settle(world, &mut application);
    }
    Ok(application.into())
}

pub(super) fn handed_over(world: World<'_>, mut application: Application) -> Result<Transition, Unfit> {
    if application.state != ApplicationState::Ready {
        return Err(Unfit::OutOfOrder { expected: expected(world.flow, &application) });
    }
    trace::execute(world, &mut application, StepOutcome::Done);
    application.state = ApplicationState::Completed;
    Ok(application.into())
}
