//! The application engine: a pure state machine over the items of a flow. An event goes in, a new state and effects
//! come out; nothing is stored or sent here, and no act or agency is known by name.
//!
//! Items are walked in the order of the act. Refusal processes stand in line with the others and are passed over: a
//! failed condition alone leads to one, so the numbering of a good trace has the act's own gaps.

mod branch;
mod dispatch;
mod front;
mod limit;
mod plan;
mod procedure;
mod status;
mod trace;

use eush_acts::Catalogue;
use eush_acts::model::{ChannelFlow, Item, LookupCondition, LookupRule, Operation, Regulation};
use eush_domain::{AgencyId, Calendar, CalendarError, MessageId, Rejection, ServiceId, Timestamp};

use crate::application::{Application, ApplicationState, Registration};
use crate::bytes::SignedDocument;
use crate::message::ContentDigest;
use crate::party::{Certification, Party, Representative};
use crate::ports::{ManualUse, ProviderRefusal, Screen};
use crate::profile::Undefined;

pub(crate) use front::{Asked, Registering, opened, opened_by_send};
pub(crate) use status::status;

/// Where an application is run: its regulation and flow, the working days, and the virtual time of the event.
#[derive(Clone, Copy)]
pub(crate) struct World<'a> {
    pub(crate) regulation: &'a Regulation,
    pub(crate) flow: &'a ChannelFlow,
    pub(crate) calendar: &'a Calendar,
    pub(crate) now: Timestamp,
    pub(crate) undefined: Undefined,
}

/// What happens to an application.
#[derive(Clone, Debug)]
pub(crate) enum Event<'a> {
    /// The recipient brought what the provider waited for.
    Brought,
    /// The front asked for login data.
    Authenticated { login: Login, subject: Option<Party> },
    /// The gateway refused the signed document for its signature or certificate.
    CertificateRefused { rejection: Rejection },
    /// The provider answered the delivery.
    Completed { outcome: Outcome<'a>, digest: ContentDigest },
    /// The agency answered the call.
    DispatchAnswered { registration: Option<Registration>, reply: Reply<'a> },
    /// The agency gave no usable answer.
    DispatchFailed { rejection: Rejection },
    /// Every owed check held, and the agency is about to be called.
    DispatchStarted { message_id: MessageId },
    /// The front has the filled form.
    FormCompleted { applicant: Party, representative: Option<Representative> },
    /// The desk gave the result to the person.
    HandedOver,
    /// The registers answered: which of the asked services found nothing.
    LookedUp { asked: Vec<ServiceId>, absent: Vec<ServiceId> },
    /// Virtual time has come to a term.
    TermFell,
    /// The agency knows that the last term has passed.
    TermTold,
    /// The system that people use by hand has shown what it has.
    Used { place: usize, screen: Option<Screen> },
    /// The person signed the filled form at the front, in a channel that sends nothing.
    Signed,
}

/// The front's verdict on login data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Login {
    /// They belong together.
    Authentic,
    /// They do not.
    Wrong,
}

/// What an agency said to a delivery.
#[derive(Clone, Debug)]
pub(crate) enum Reply<'a> {
    /// Taken for the provider's procedure.
    Accepted,
    /// The answer is there at once.
    Final(Outcome<'a>, ContentDigest),
}

/// How a provider's work ends.
#[derive(Clone, Debug)]
pub(crate) enum Outcome<'a> {
    /// The provider refuses.
    Refused(&'a ProviderRefusal),
    /// The result, its signature checked where that is owed.
    Result(&'a SignedDocument),
}

/// What an event asks of the outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Call the agency.
    Deliver { agency: AgencyId, service: ServiceId },
    /// Tell the agency that the last term has passed.
    Notify { due_at: Timestamp },
    /// Have somebody of the office use a system by hand. `place` is where the procedure stands.
    Use { place: usize, system: AgencyId, manual: Box<ManualUse> },
}

/// A new state, and what it asks of the outside.
#[derive(Clone, Debug)]
pub(crate) struct Transition {
    pub(crate) application: Application,
    pub(crate) effects: Vec<Effect>,
}

impl From<Application> for Transition {
    fn from(application: Application) -> Self {
        Self { application, effects: Vec::new() }
    }
}

/// Why an event does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unfit {
    /// A term leads out of the calendar.
    #[error("a term cannot be computed")]
    Calendar(#[from] CalendarError),
    /// Another answer completed it before.
    #[error("the delivery was completed with another outcome")]
    CompletedOtherwise,
    /// The regulation does not expect this now.
    #[error("expected {expected}")]
    OutOfOrder { expected: &'static str },
}

/// Applies one event.
pub(crate) fn apply(
    world: World<'_>,
    application: &Application,
    event: Event<'_>,
) -> Result<Transition, Unfit> {
    let next = application.clone();
    match event {
        Event::Authenticated { login, subject } => front::authenticated(world, next, login, subject),
        Event::Brought => procedure::brought(world, next),
        Event::CertificateRefused { rejection } => dispatch::certificate_refused(world, next, rejection),
        Event::Completed { outcome, digest } => procedure::completed(world, next, &outcome, digest),
        Event::DispatchAnswered { registration, reply } => {
            dispatch::answered(world, next, registration, &reply)
        }
        Event::DispatchFailed { rejection } => dispatch::failed(world, next, rejection),
        Event::DispatchStarted { message_id } => dispatch::started(world, next, message_id),
        Event::FormCompleted { applicant, representative } => {
            front::form_completed(world, next, applicant, representative)
        }
        Event::HandedOver => front::handed_over(world, next),
        Event::LookedUp { asked, absent } => front::looked_up(world, next, &asked, &absent),
        Event::TermFell => procedure::term_fell(world, next),
        Event::TermTold => procedure::term_told(next),
        Event::Used { place, screen } => procedure::used(world, next, place, screen),
        Event::Signed => procedure::signed(world, next),
    }
}

/// The item that comes next.
pub(crate) fn item_at<'a>(flow: &'a ChannelFlow, application: &Application) -> Option<&'a Item> {
    flow.items.get(application.cursor)
}

/// What the front is expected to do, in words for the one who did something else.
pub(crate) fn expected(flow: &ChannelFlow, application: &Application) -> &'static str {
    match application.state {
        ApplicationState::Completed | ApplicationState::Refused => "nothing: the application has ended",
        ApplicationState::Pending => "nothing until the provider answers",
        ApplicationState::Ready => "the hand-over of the result",
        ApplicationState::Open => match item_at(flow, application).map(|item| &item.operation) {
            Some(Operation::Authenticate | Operation::CheckLogin) => "the report of login data",
            Some(Operation::FillForm) => "the report of the filled form",
            Some(Operation::CheckPresence | Operation::Lookup(_)) => "the questions to the registers",
            Some(Operation::CheckCertificate | Operation::Dispatch { .. } | Operation::Sign) => {
                "the signed document"
            }
            Some(
                Operation::Arrive
                | Operation::CheckDocuments
                | Operation::DeliverResult
                | Operation::HandOver
                | Operation::OfficeStep
                | Operation::Provide
                | Operation::Refuse(_)
                | Operation::RegisterAtPortal
                | Operation::RegisterDocument,
            )
            | None => "nothing from a front",
        },
    }
}

/// Registers that the act wants asked for this application.
pub(crate) fn required_rules<'a>(rules: &'a [LookupRule], application: &Application) -> Vec<&'a LookupRule> {
    let notarized = application
        .representative
        .as_ref()
        .is_some_and(|representative| representative.certification == Certification::Notarized);
    let applies = |condition| match condition {
        LookupCondition::ApplicantIsIndividual => matches!(application.applicant, Some(Party::Iin(_))),
        LookupCondition::ApplicantIsOrganization => matches!(application.applicant, Some(Party::Bin(_))),
        LookupCondition::NotarizedPowerOfAttorney => notarized,
    };
    rules.iter().filter(|rule| applies(rule.when)).collect()
}

/// The lookup that an application waits for, if it waits for one.
pub(crate) fn awaited_lookup<'a>(
    flow: &'a ChannelFlow,
    application: &Application,
) -> Option<(&'a Item, &'a [LookupRule])> {
    if application.state != ApplicationState::Open {
        return None;
    }
    let item = item_at(flow, application)?;
    match &item.operation {
        Operation::Lookup(rules) => Some((item, rules.as_slice())),
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
        | Operation::OfficeStep
        | Operation::Provide
        | Operation::Refuse(_)
        | Operation::RegisterAtPortal
        | Operation::RegisterDocument
        | Operation::Sign => None,
    }
}

/// Where a flow dispatches to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route<'a> {
    /// Index of the item.
    pub(crate) index: usize,
    pub(crate) agency: &'a AgencyId,
    pub(crate) service: &'a ServiceId,
}

/// The dispatch of a flow; `None` for flows that never cross the gateway.
pub(crate) fn route(flow: &ChannelFlow) -> Option<Route<'_>> {
    flow.items.iter().enumerate().find_map(|(index, item)| {
        if let Operation::Dispatch { agency, service } = &item.operation {
            Some(Route { index, agency, service })
        } else {
            None
        }
    })
}

/// Index of the first item that the sending of the signed document executes: signing, the certificate's check, the
/// dispatch. A failed dispatch leads back to it.
pub(crate) fn signing_start(flow: &ChannelFlow) -> Option<usize> {
    let dispatch = route(flow)?.index;
    let belongs = |item: &Item| {
        matches!(item.operation, Operation::CheckCertificate | Operation::Refuse(_) | Operation::Sign)
    };
    let before = flow.items[..dispatch].iter().rev().take_while(|item| belongs(item)).count();
    Some(dispatch - before)
}

/// Whether the signed document may be sent now.
pub(crate) fn awaits_dispatch(flow: &ChannelFlow, application: &Application) -> bool {
    match (signing_start(flow), route(flow)) {
        (Some(start), Some(route)) => {
            application.state == ApplicationState::Open && (start..=route.index).contains(&application.cursor)
        }
        (Some(_) | None, Some(_) | None) => false,
    }
}

/// The regulation and flow of an application. Data are compiled in, so an application of a flow that a newer binary no
/// longer has is the only way to `None`.
pub(crate) fn resolve<'a>(
    catalogue: &'a Catalogue,
    application: &Application,
) -> Option<eush_acts::Resolved<'a>> {
    catalogue.resolved(&application.flow)
}

#[cfg(test)]
mod by_hand_tests;
#[cfg(test)]
mod tests;
