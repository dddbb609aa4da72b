//! What is done on the virtual clock, in order: the provider's procedure after a dispatch; at an office also the items of
//! the channel, which people carry out without any message.

use eush_acts::model::{
    Access, ChannelFlow, Check, Item, Lines, Medium, Operation, Otherwise, ProcedureStep, ProcedureUse,
    Regulation, ResultOutcome, StepKind,
};
use eush_domain::{Rejection, SystemId, Term};

use crate::application::{Application, ApplicationState, TermChoice, Wanting};

/// One thing that takes its time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Planned<'a> {
    /// An item of the channel: its index, and whether its duration is waited for.
    Item(usize, &'a Item, Pace),
    /// A step of the provider's procedure.
    Step(&'a ProcedureStep),
}

/// What a procedure waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Awaited {
    /// The recipient brings documents.
    Documents,
    /// The recipient signs the form, where it is sent to nobody through the bus.
    Signature,
}

/// Whether a duration is waited for (DECISIONS 24).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// It is a limit, recorded by the act and not waited for.
    Limit,
    /// The item is the provider's work itself.
    Work,
}

impl<'a> Planned<'a> {
    pub(super) fn checks(&self) -> &'a [Check] {
        match self {
            Self::Item(_, item, _) => &item.checks,
            Self::Step(step) => &step.checks,
        }
    }

    /// What the procedure waits for somebody to do; it goes on when they did, or when the time given for it has passed.
    pub(super) fn awaits(&self) -> Option<Awaited> {
        match self {
            Self::Item(_, item, _) => (item.operation == Operation::Sign).then_some(Awaited::Signature),
            Self::Step(step) => (step.kind == StepKind::Wait).then_some(Awaited::Documents),
        }
    }

    /// The system that people use by hand, and what they do there.
    pub(super) fn by_hand(&self) -> Option<(&'a SystemId, Access)> {
        match self {
            Self::Item(_, item, _) => item.to.first().zip(item.access),
            Self::Step(step) => step.system.as_ref().map(|used| (&used.system, used.access)),
        }
    }

    /// Who acts by the act, and where it says so.
    pub(super) fn place(&self) -> (&'a str, Lines) {
        match self {
            Self::Item(_, item, _) => (&item.actor, item.lines),
            Self::Step(step) => (&step.actor, step.lines),
        }
    }

    /// How long it takes in this application; `None` where it takes no time.
    pub(super) fn term(&self, application: &Application) -> Option<Term> {
        let (ordinary, otherwise) = match self {
            Self::Item(_, _, Pace::Limit) => return None,
            Self::Item(_, item, Pace::Work) => (item.duration, item.otherwise.as_ref()),
            Self::Step(step) => (step.duration, step.otherwise.as_ref()),
        };
        match (application.circumstances.terms, otherwise) {
            (TermChoice::Otherwise, Some(Otherwise { duration, .. })) => Some(*duration),
            (TermChoice::Ordinary, _) | (TermChoice::Otherwise, None) => ordinary,
        }
    }
}

/// Index of the first item that people at an office carry out by themselves; `None` for flows that cross the gateway.
pub(super) fn office_start(flow: &ChannelFlow) -> Option<usize> {
    match flow.medium {
        Medium::Gateway | Medium::Paper => None,
        Medium::Office => Some(
            flow.items
                .iter()
                .rposition(|item| {
                    matches!(
                        item.operation,
                        Operation::Authenticate | Operation::CheckLogin | Operation::FillForm
                    )
                })
                .map_or(0, |last| last + 1),
        ),
    }
}

/// Everything that is done on the clock, in order.
pub(super) fn plan<'a>(
    regulation: &'a Regulation,
    flow: &'a ChannelFlow,
    application: &Application,
) -> Vec<Planned<'a>> {
    let steps = regulation.steps(flow.id.channel, application.kind.as_deref());
    let Some(start) = office_start(flow) else { return steps.iter().map(Planned::Step).collect() };
    let pace = match flow.procedure {
        ProcedureUse::InItems => Pace::Work,
        ProcedureUse::Separate => Pace::Limit,
    };
    let mut planned: Vec<Planned<'a>> = flow
        .items
        .iter()
        .enumerate()
        .skip(start)
        .take_while(|(_, item)| !ends(item))
        .filter(|(_, item)| !matches!(item.operation, Operation::Refuse(_)))
        .map(|(index, item)| Planned::Item(index, item, pace))
        .collect();
    match flow.procedure {
        ProcedureUse::InItems => {}
        ProcedureUse::Separate => planned.extend(steps.iter().map(Planned::Step)),
    }
    planned
}

/// Whether the item is the result's way to the person, and no work any more.
fn ends(item: &Item) -> bool {
    matches!(item.operation, Operation::DeliverResult | Operation::HandOver)
}

/// The first check of a list that people find wanting in this application. `earlier` are the lists of checks that were
/// made before.
pub(super) fn failing<'a>(
    checks: &[Check],
    earlier: impl Iterator<Item = &'a [Check]> + Clone,
    application: &Application,
) -> Option<Check> {
    let wanting = |check: &Check| {
        let occasion = 1 + earlier.clone().filter(|made| made.contains(check)).count();
        let fails = |wanting: &Wanting| wanting.check == *check && wanting.occasion == occasion;
        application.circumstances.failing.iter().any(fails)
    };
    checks.iter().copied().find(wanting)
}

/// Our machine reason for a check that people made by hand.
pub(super) fn rejection(regulation: &Regulation, check: Check) -> Rejection {
    let reasoned = regulation.results.iter().any(|result| result.outcome == ResultOutcome::Negative);
    match check {
        Check::Documents => Rejection::DocumentsNotConforming,
        // A negative answer that the act knows as a result is a reasoned refusal.
        Check::Eligibility | Check::Grounds if reasoned => Rejection::ReasonedRefusal,
        Check::Eligibility | Check::Grounds => Rejection::GroundsNotMet,
        Check::Login => Rejection::LoginRefused,
        Check::Presence => Rejection::PersonAbsent,
        Check::Revocation => Rejection::CertificateRevoked,
        Check::Subject => Rejection::IinMismatch,
        Check::Validity => Rejection::CertificateExpired,
    }
}

/// What of the recipient the procedure waits for now.
pub(super) fn awaited(
    regulation: &Regulation,
    flow: &ChannelFlow,
    application: &Application,
) -> Option<Awaited> {
    let done = application.procedure.as_ref().map(|procedure| procedure.done);
    let next = done.and_then(|done| plan(regulation, flow, application).get(done).copied());
    next.filter(|_| application.state == ApplicationState::Pending).and_then(|planned| planned.awaits())
}
