//! What people do by hand, by when the act wants it done, and where the act leaves it open: the engine alone.

use eush_acts::Check;
use eush_domain::{ApplicationId, Calendar, MessageId, Rejection, SenderId, Timestamp};
use time::macros::datetime;

use super::{Asked, Effect, Event, Login, Registering, Reply, Transition, World, apply, opened, status};
use crate::application::{Application, ApplicationState, NextAction};
use crate::party::Party;
use crate::ports::{ManualUse, Screen};
use crate::profile::Undefined;
use crate::step::{ByHand, Shown, Step, StepOutcome};

/// A Monday.
const NOW: Timestamp = datetime!(2026-11-23 09:00 +5);

fn world<'a>(flow: &str, calendar: &'a Calendar, now: Timestamp) -> World<'a> {
    let catalogue = eush_acts::catalogue();
    let found = catalogue.resolved(&catalogue.resolve(flow).unwrap()).unwrap();
    World { regulation: found.regulation, flow: found.flow, calendar, now, undefined: Undefined::Refuse }
}

fn person() -> Party {
    use eush_domain::synthetic::numbers::{Sex, SyntheticBirth, iin};
    Party::Iin(iin(SyntheticBirth { year: 90, month: 1, day: 2, sex: Sex::Female }, 0))
}

/// What screens show, and what was done at them.
struct Screens {
    screen: Option<Screen>,
    uses: Vec<(String, ManualUse)>,
}

fn entry(failing: &[Check]) -> Screens {
    Screens { screen: Some(Screen { shown: Shown::Entry, failing: failing.to_vec() }), uses: Vec::new() }
}

impl Screens {
    fn look(&mut self, world: World<'_>, mut transition: Transition) -> Transition {
        while let Some(Effect::Use { place, system, manual }) = transition.effects.first() {
            self.uses.push((system.as_str().to_owned(), (**manual).clone()));
            let event = Event::Used { place: *place, screen: self.screen.clone() };
            transition = apply(world, &transition.application, event).unwrap();
        }
        transition
    }

    fn open(&mut self, world: World<'_>, asked: Asked) -> Application {
        let (id, sender) = (ApplicationId::parse("app-1").unwrap(), SenderId::parse("FRONT").unwrap());
        self.look(world, opened(world, id, sender, asked).unwrap()).application
    }

    fn apply(&mut self, world: World<'_>, at: &Application, event: Event<'_>) -> Application {
        self.look(world, apply(world, at, event).unwrap()).application
    }

    /// Fires every term at its own time.
    fn run_out(&mut self, world: World<'_>, mut at: Application) -> Application {
        while let Some(now) = at.due_at() {
            let world = World { now, ..world };
            let fallen = self.look(world, apply(world, &at, Event::TermFell).unwrap());
            at = fallen.application;
            let waits = [NextAction::Bring, NextAction::Sign].contains(&next(&at));
            if !fallen.effects.is_empty() || waits {
                break;
            }
        }
        at
    }

    /// Through login, form and dispatch.
    fn accepted(&mut self, world: World<'_>, asked: Asked) -> Application {
        let events = [
            Event::Authenticated { login: Login::Authentic, subject: Some(person()) },
            Event::FormCompleted { applicant: person(), representative: None },
            Event::DispatchStarted { message_id: MessageId::parse("m").unwrap() },
            Event::DispatchAnswered { registration: None, reply: Reply::Accepted },
        ];
        let at = self.open(world, asked);
        events.into_iter().fold(at, |at, event| self.apply(world, &at, event))
    }
}

fn next(application: &Application) -> NextAction {
    status(eush_acts::catalogue(), application).next
}

fn by_hand(application: &Application) -> Vec<&Step> {
    application.steps().iter().filter(|step| step.by_hand.is_some()).collect()
}

#[test]
fn a_repatriate_registered_elsewhere_gets_the_application_back() {
    let calendar = Calendar::default();
    let world = world("001-S01/sc", &calendar, NOW);
    let mut clear = entry(&[]);
    let at = clear.accepted(world, Asked::default());
    let at = clear.run_out(world, at);
    assert_eq!((at.state(), by_hand(&at).len()), (ApplicationState::Pending, 1), "the provider is told");
    let [(system, manual)] = clear.uses.as_slice() else { panic!("one look: {:?}", clear.uses) };
    assert_eq!((system.as_str(), manual.use_id.as_str()), ("oralman", "app-1/3"));
    assert_eq!((manual.access.name(), &manual.checks[..]), ("read", &[Check::Eligibility][..]));
    assert_eq!((manual.reference.as_str(), manual.about), ("001:150-156", Some(person())));

    let mut hit = entry(&[Check::Eligibility]);
    let at = hit.accepted(world, Asked::default());
    let at = hit.run_out(world, at);
    assert_eq!(at.state(), ApplicationState::Refused);
    let step = by_hand(&at)[0];
    assert_eq!((step.outcome, step.item.as_str(), step.via_gateway), (StepOutcome::Failed, "4", false));
    assert_eq!(step.by_hand.and_then(|used| used.shown), Some(Shown::Entry));
    assert!(step.ours.contains("by hand"), "{}", step.ours);
}

#[test]
fn a_bus_without_the_system_goes_on_and_says_that_nobody_looked() {
    let calendar = Calendar::default();
    let world = world("001-S05/portal", &calendar, NOW);
    let mut screens = Screens { screen: None, uses: Vec::new() };
    let at = screens.accepted(world, Asked::default());
    let at = screens.run_out(world, at);
    assert_eq!(next(&at), NextAction::Bring);
    let systems = screens.uses.iter().map(|(system, manual)| (system.as_str(), manual.access.name()));
    let systems: Vec<_> = systems.collect();
    assert_eq!(systems, [("eqa", "write"), ("shzhk", "write"), ("shzhk", "sign"), ("elicense", "write")]);
    let seen: Vec<_> = by_hand(&at).iter().map(|step| step.by_hand.unwrap()).collect();
    assert!(seen.iter().all(|ByHand { shown, .. }| shown.is_none()), "{seen:?}");
}

#[test]
fn what_the_act_leaves_open_is_refused_or_stands_still() {
    let calendar = Calendar::default();
    let refuse = world("004-5/provider", &calendar, NOW);
    let asked = || Asked { applicant: Some(person()), ..Asked::default() };
    let at = entry(&[Check::Presence]).open(refuse, asked());
    let at = entry(&[Check::Presence]).run_out(refuse, at);
    assert_eq!(at.state(), ApplicationState::Refused);
    assert_eq!(at.notice.as_ref().unwrap().reason, Some(Rejection::PersonAbsent));
    assert!(!at.steps().last().unwrap().ours.is_empty());

    let hold = World { undefined: Undefined::Hold, ..refuse };
    let at = entry(&[Check::Presence]).open(hold, asked());
    let at = entry(&[Check::Presence]).run_out(hold, at);
    assert_eq!((at.state(), at.due_at(), next(&at)), (ApplicationState::Pending, None, NextAction::Wait));
    assert_eq!(at.steps().last().unwrap().outcome, StepOutcome::Failed, "and no message of ours");
    let notice = at.notice.as_ref().unwrap();
    assert!(notice.text.is_complete() && notice.reference.starts_with("004:"));
}

#[test]
fn the_day_of_acceptance_counts_unless_the_act_leaves_it_out() {
    let calendar = Calendar::default();
    let limit = |flow| {
        let world = world(flow, &calendar, NOW);
        entry(&[]).accepted(world, Asked::default()).limit_at
    };
    // Seven working days from Monday 23 November: of act 001, service 19, the first is that Monday; service 6 leaves the
    // day of acceptance out.
    assert_eq!(limit("001-S19/sc"), Some(datetime!(2026-12-02 00:00 +5)));
    assert_eq!(limit("001-S06/sc"), Some(datetime!(2026-12-03 00:00 +5)));
}

#[test]
fn a_permit_s_second_term_runs_from_the_notification() {
    let calendar = Calendar::default();
    let world = world("001-S05/portal", &calendar, NOW);
    let mut screens = entry(&[]);
    let at = screens.accepted(world, Asked::default());
    let first = at.limit_at.unwrap();
    let at = screens.run_out(world, at);
    assert_eq!(next(&at), NextAction::Bring);
    let notified = at.steps().last().unwrap().at;
    assert!(at.limit_at.unwrap() > first && at.limit_at.unwrap() > notified);
    let transfer = Asked { kind: Some("transfer-re-issue".to_owned()), ..Asked::default() };
    // Six working days, the Monday counted.
    assert_eq!(screens.accepted(world, transfer).limit_at, Some(datetime!(2026-12-01 00:00 +5)));
}

#[test]
fn a_form_signed_at_the_portal_is_waited_for() {
    let calendar = Calendar::default();
    let world = world("004-3/portal", &calendar, NOW);
    let mut screens = entry(&[]);
    let filled = || {
        let at = entry(&[]).open(world, Asked::default());
        let login = Event::Authenticated { login: Login::Authentic, subject: Some(person()) };
        let at = entry(&[]).apply(world, &at, login);
        entry(&[]).apply(world, &at, Event::FormCompleted { applicant: person(), representative: None })
    };
    let at = filled();
    assert_eq!((next(&at), at.due_at()), (NextAction::Sign, Some(NOW + time::Duration::minutes(20))));
    assert!(apply(world, &at, Event::Brought).is_err(), "it is a signature that is waited for");
    let signed = screens.apply(world, &at, Event::Signed);
    assert_eq!(signed.steps().last().unwrap().label, "3-іс-қимыл");
    assert_eq!(signed.steps().last().unwrap().outcome, StepOutcome::Done);
    assert_eq!(screens.run_out(world, signed).state(), ApplicationState::Completed);
    let late = World { now: at.due_at().unwrap(), ..world };
    let late = apply(late, &filled(), Event::TermFell).unwrap().application;
    assert_eq!(late.notice.as_ref().and_then(|notice| notice.reason), Some(Rejection::SignatureMissing));
}

#[test]
fn who_has_just_registered_is_seen_to_have() {
    let calendar = Calendar::default();
    for (flow, items) in [("000-A/portal", 1), ("001-S03/portal", 0)] {
        let world = world(flow, &calendar, NOW);
        let asked = Asked { registration: Registering::Now, ..Asked::default() };
        let at = entry(&[]).open(world, asked);
        assert_eq!(at.steps().len(), items, "{flow}");
        assert!(at.steps().iter().all(|step| step.outcome == StepOutcome::Done));
    }
}
