//! By when the act wants a service done: its overall terms, which run beside the steps and bind nobody here.

use eush_acts::model::{AcceptanceDay, ServiceTerm, TermKind, TermStart};
use eush_domain::calendar::FirstDay;
use eush_domain::{CalendarError, Timestamp};

use super::World;
use crate::application::Application;

/// The limit that runs from the handing in of the documents, or from their registration.
pub(super) fn from_intake(
    world: World<'_>,
    application: &Application,
) -> Result<Option<Timestamp>, CalendarError> {
    let sent = application.dispatch.as_ref().map_or(world.now, |dispatch| dispatch.at);
    let registered = application.registration.as_ref().map_or(sent, |registration| registration.at);
    let found = terms(world, application).find_map(|term| match term.starts {
        TermStart::Submission | TermStart::Unstated => Some((term, sent)),
        TermStart::Registration => Some((term, registered)),
        TermStart::Collection | TermStart::Decision | TermStart::Notification => None,
    });
    found.map(|(term, from)| end(world, term, from)).transpose()
}

/// The limit that runs from the notification of the recipient, for whom the procedure then waits.
pub(super) fn from_notification(
    world: World<'_>,
    application: &Application,
) -> Result<Option<Timestamp>, CalendarError> {
    let found = terms(world, application).find(|term| term.starts == TermStart::Notification);
    found.map(|term| end(world, term, world.now)).transpose()
}

/// Limits that hold for the channel and the procedure; those of the channel alone come first.
fn terms<'a>(world: World<'a>, application: &'a Application) -> impl Iterator<Item = &'a ServiceTerm> {
    let channel = world.flow.id.channel;
    let first = world.regulation.variants.first().map(|variant| variant.key.as_str());
    let kind = application.kind.as_deref().or(first);
    let holds = move |term: &&ServiceTerm| {
        term.kind == TermKind::Limit
            && term.procedure.as_deref().is_none_or(|procedure| Some(procedure) == kind)
    };
    let all = &world.regulation.terms;
    let own = all.iter().filter(move |term| term.channel == Some(channel));
    own.chain(all.iter().filter(|term| term.channel.is_none())).filter(holds)
}

fn end(world: World<'_>, term: &ServiceTerm, from: Timestamp) -> Result<Timestamp, CalendarError> {
    let first = match term.acceptance_day {
        AcceptanceDay::Counted => FirstDay::Counted,
        AcceptanceDay::NotCounted => FirstDay::NotCounted,
    };
    world.calendar.limit(from, term.term, first)
}
