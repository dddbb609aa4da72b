//! The engine alone: no event at a wrong time changes anything, and no order of events breaks it.

use eush_domain::{ApplicationId, Calendar, MessageId, Rejection, SenderId, Timestamp};
use proptest::prelude::*;
use time::macros::datetime;

use super::{
    Asked, Effect, Event, Login, Outcome, Reply, Transition, Unfit, World, apply, awaited_lookup, opened,
    required_rules, status,
};
use crate::application::{Application, ApplicationState, Circumstances, NextAction, TermChoice, Wanting};
use crate::bytes::SignedDocument;
use crate::message::ContentDigest;
use crate::party::Party;
use crate::ports::{ProviderReason, ProviderRefusal, Screen};
use crate::profile::Undefined;
use crate::step::Shown;

const NOW: Timestamp = datetime!(2026-11-23 09:00 +5);

fn world<'a>(flow: &str, calendar: &'a Calendar, now: Timestamp) -> World<'a> {
    let catalogue = eush_acts::catalogue();
    let id = catalogue.resolve(flow).unwrap();
    let found = catalogue.resolved(&id).unwrap();
    World { regulation: found.regulation, flow: found.flow, calendar, now, undefined: Undefined::default() }
}

fn applicant() -> Party {
    Party::Bin(eush_domain::synthetic::numbers::bin(1))
}

fn start(world: World<'_>) -> Application {
    start_with(world, Asked::default())
}

/// The `choice`-th event, fitted to where the application stands so that good orders occur too.
fn event<'a>(
    choice: u8,
    world: World<'_>,
    application: &Application,
    signed: &'a SignedDocument,
    refusal: &'a ProviderRefusal,
) -> Event<'a> {
    let digest = ContentDigest([choice; 32]);
    let asked = awaited_lookup(world.flow, application).map_or_else(Vec::new, |(_, rules)| {
        required_rules(rules, application).iter().map(|rule| rule.service.clone()).collect()
    });
    match choice % 16 {
        0 => Event::Authenticated { login: Login::Wrong, subject: None },
        1 | 2 => Event::Authenticated { login: Login::Authentic, subject: Some(applicant()) },
        3 | 4 => Event::FormCompleted { applicant: applicant(), representative: None },
        5 | 6 => Event::LookedUp { asked, absent: Vec::new() },
        7 => Event::LookedUp { absent: asked.clone(), asked },
        8 | 9 => Event::DispatchStarted { message_id: MessageId::parse("m").unwrap() },
        10 if choice > 127 => Event::Brought,
        10 => Event::DispatchFailed { rejection: Rejection::AgencyTimeout },
        11 => Event::CertificateRefused { rejection: Rejection::CertificateRevoked },
        12 => Event::DispatchAnswered { registration: None, reply: Reply::Accepted },
        13 => Event::TermFell,
        14 => Event::Completed { outcome: Outcome::Result(signed), digest },
        _ if choice < 128 => Event::Completed { outcome: Outcome::Refused(refusal), digest },
        _ => Event::HandedOver,
    }
}

const FLOWS: [&str; 7] = [
    "000-A/portal",
    "000-A/sc",
    "000-B/portal",
    "000-B/sc",
    "001-S02/portal",
    "001-S05/portal",
    "002-A/portal",
];

proptest! {
    #[test]
    fn any_order_of_events_keeps_the_promises(
        flow in 0..FLOWS.len(),
        choices in proptest::collection::vec((any::<u8>(), 0_i64..40), 0..40),
    ) {
        let calendar = Calendar::default();
        let signed = SignedDocument::default();
        let refusal = ProviderRefusal {
            reason: ProviderReason::GroundsNotMet,
            text: eush_domain::LocalizedText::default(),
        };
        let mut now = NOW;
        let mut at = start(world(FLOWS[flow], &calendar, now));
        for (choice, hours) in choices {
            now += time::Duration::hours(hours);
            let world = world(FLOWS[flow], &calendar, now);
            let ended = matches!(at.state(), ApplicationState::Completed | ApplicationState::Refused);
            let Ok(next) = apply(world, &at, event(choice, world, &at, &signed, &refusal)) else { continue };
            let next = next.application;
            // Steps are only ever added, an ended application stays ended, and the state survives a restart.
            prop_assert!(next.steps().starts_with(at.steps()));
            if ended {
                prop_assert_eq!(next.state(), at.state());
                prop_assert_eq!(next.steps(), at.steps());
            }
            prop_assert_eq!(next.result.is_some(), matches!(next.state(), ApplicationState::Completed | ApplicationState::Ready));
            prop_assert_eq!(next.state() == ApplicationState::Refused, next.notice.as_ref().is_some_and(|notice| notice.reason.is_some()));
            let text = serde_json::to_string(&next).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Application>(&text).unwrap(), &next);
            let shown = status(eush_acts::catalogue(), &next);
            prop_assert_eq!(shown.next == NextAction::None, matches!(next.state(), ApplicationState::Completed | ApplicationState::Refused));
            at = next;
        }
    }
}

#[test]
fn what_is_not_expected_is_refused_and_says_what_is() {
    let calendar = Calendar::default();
    let world = world("000-A/portal", &calendar, NOW);
    let at = start(world);
    for event in [
        Event::HandedOver,
        Event::FormCompleted { applicant: applicant(), representative: None },
        Event::DispatchStarted { message_id: MessageId::parse("m").unwrap() },
        Event::CertificateRefused { rejection: Rejection::CertificateRevoked },
        Event::LookedUp { asked: Vec::new(), absent: Vec::new() },
    ] {
        let unfit = apply(world, &at, event).unwrap_err();
        assert_eq!(unfit, Unfit::OutOfOrder { expected: "the report of login data" });
    }
}

#[test]
fn an_organisation_is_looked_up_among_organisations() {
    let calendar = Calendar::default();
    let world = world("000-A/sc", &calendar, NOW);
    let login = Event::Authenticated { login: Login::Authentic, subject: Some(applicant()) };
    let at = apply(world, &start(world), login).unwrap().application;
    let form = Event::FormCompleted { applicant: applicant(), representative: None };
    let at = apply(world, &at, form).unwrap().application;
    let NextAction::LookUp(lookups) = status(eush_acts::catalogue(), &at).next else { panic!() };
    let services: Vec<_> = lookups.iter().map(|lookup| lookup.service.as_str()).collect();
    assert_eq!(services, ["GBDUL_Organization"]);
    let wrong = Event::LookedUp { asked: Vec::new(), absent: Vec::new() };
    assert!(apply(world, &at, wrong).is_err());
}

fn start_with(world: World<'_>, asked: Asked) -> Application {
    let id = ApplicationId::parse("app-1").unwrap();
    looked(world, opened(world, id, SenderId::parse("FRONT").unwrap(), asked).unwrap()).application
}

/// Every screen shows an entry, and nothing that is asked of it fails.
fn looked(world: World<'_>, mut transition: Transition) -> Transition {
    while let Some(Effect::Use { place, .. }) = transition.effects.first() {
        let screen = Some(Screen { shown: Shown::Entry, failing: Vec::new() });
        let event = Event::Used { place: *place, screen };
        transition = apply(world, &transition.application, event).unwrap();
    }
    transition
}

fn failing(check: eush_acts::Check) -> Asked {
    let failing = vec![Wanting { check, occasion: 1 }];
    let circumstances = Circumstances { failing, terms: TermChoice::Ordinary };
    Asked { circumstances, ..Asked::default() }
}

/// An application that the agency has accepted.
fn accepted(world: World<'_>, asked: Asked) -> Application {
    let events = [
        Event::Authenticated { login: Login::Authentic, subject: Some(applicant()) },
        Event::FormCompleted { applicant: applicant(), representative: None },
        Event::DispatchStarted { message_id: MessageId::parse("m").unwrap() },
        Event::DispatchAnswered { registration: None, reply: Reply::Accepted },
    ];
    events
        .into_iter()
        .fold(start_with(world, asked), |at, event| apply(world, &at, event).unwrap().application)
}

/// Fires every term until nothing more falls due, each at its own time.
fn run_out(flow: &str, calendar: &Calendar, mut at: Application) -> (Application, Vec<Effect>) {
    let mut effects = Vec::new();
    while let Some(due) = at.due_at() {
        let world = world(flow, calendar, due);
        let fallen = looked(world, apply(world, &at, Event::TermFell).unwrap());
        at = fallen.application;
        effects.extend(fallen.effects);
        if !effects.is_empty() || shown(&at) == NextAction::Bring {
            break;
        }
    }
    (at, effects)
}

fn shown(application: &Application) -> NextAction {
    status(eush_acts::catalogue(), application).next
}

const PERMIT: &str = "001-S05/portal";

#[test]
fn a_permit_waits_for_its_fee_and_goes_on_when_it_is_paid() {
    let calendar = Calendar::default();
    let (at, effects) = run_out(PERMIT, &calendar, accepted(world(PERMIT, &calendar, NOW), Asked::default()));
    assert_eq!((shown(&at), effects), (NextAction::Bring, Vec::new()));
    let latest = at.due_at().unwrap();
    // Two days later; the ten that were allowed are forgotten.
    let paid = NOW + time::Duration::days(14);
    assert!(paid < latest);
    let at = apply(world(PERMIT, &calendar, paid), &at, Event::Brought).unwrap().application;
    // Stage 2: two hours, four hours, twenty minutes.
    assert_eq!(shown(&at), NextAction::Wait);
    assert_eq!(at.due_at(), Some(paid + time::Duration::hours(2)));
    let (at, effects) = run_out(PERMIT, &calendar, at);
    assert_eq!(effects, [Effect::Notify { due_at: paid + time::Duration::minutes(380) }]);
    let items: Vec<&str> = at.steps().iter().rev().take(9).map(|step| step.item.as_str()).collect();
    assert_eq!(items, ["9", "8", "7", "6", "5", "4", "3", "2", "1"]);
    let unasked = apply(world(PERMIT, &calendar, paid), &at, Event::Brought);
    assert!(matches!(unasked, Err(Unfit::OutOfOrder { .. })));
}

#[test]
fn a_permit_whose_fee_is_not_paid_ends_with_a_word_of_ours() {
    let calendar = Calendar::default();
    let (at, _) = run_out(PERMIT, &calendar, accepted(world(PERMIT, &calendar, NOW), Asked::default()));
    let latest = at.due_at().unwrap();
    let early = apply(world(PERMIT, &calendar, latest - time::Duration::SECOND), &at, Event::TermFell);
    assert_eq!(early.unwrap().application.state(), ApplicationState::Pending);
    let at = apply(world(PERMIT, &calendar, latest), &at, Event::TermFell).unwrap().application;
    assert_eq!(at.state(), ApplicationState::Refused);
    let notice = at.notice.clone().unwrap();
    assert_eq!(notice.reason, Some(Rejection::DocumentsNotConforming));
    assert!(notice.label.is_empty() && notice.reference.is_empty() && notice.text.is_complete());
    assert!(!at.steps().last().unwrap().ours.is_empty());
}

#[test]
fn the_procedure_is_the_one_that_was_asked_for() {
    let calendar = Calendar::default();
    let asked = Asked { kind: Some("transfer-issue".to_owned()), ..Asked::default() };
    let (at, effects) = run_out(PERMIT, &calendar, accepted(world(PERMIT, &calendar, NOW), asked));
    assert_eq!(effects.len(), 1, "no wait: intra-corporate transfers pay no fee");
    assert_eq!(at.steps().iter().filter(|step| step.label.is_empty()).count(), 5);
    let by_hand: Vec<_> = at.steps().iter().flat_map(|step| step.to.clone()).collect();
    assert!(by_hand.contains(&"shzhk".to_owned()) && by_hand.contains(&"elicense".to_owned()), "{by_hand:?}");
}

#[test]
fn what_people_find_wanting_ends_a_procedure_where_the_act_looks() {
    let calendar = Calendar::default();
    let asked = failing(eush_acts::Check::Grounds);
    let (at, effects) = run_out(PERMIT, &calendar, accepted(world(PERMIT, &calendar, NOW), asked));
    assert_eq!((at.state(), effects), (ApplicationState::Refused, Vec::new()));
    assert_eq!(at.notice.as_ref().unwrap().reason, Some(Rejection::ReasonedRefusal));
    assert_eq!(at.steps().iter().rev().nth(1).unwrap().item, "3");
    // Before the State corporation's list begins: an incomplete package is not taken.
    let desk = start_with(world("001-S02/sc", &calendar, NOW), failing(eush_acts::Check::Documents));
    assert_eq!(desk.state(), ApplicationState::Refused);
    assert_eq!(desk.steps().len(), 1);
}

#[test]
fn an_office_works_through_its_items_on_the_clock() {
    let calendar = Calendar::default();
    let flow = "003-S13/akim";
    let ends = |terms| {
        let circumstances = Circumstances { failing: Vec::new(), terms };
        let asked = Asked { circumstances, applicant: Some(applicant()), ..Asked::default() };
        let at = start_with(world(flow, &calendar, NOW), asked);
        assert_eq!(
            (at.state(), at.steps().len()),
            (ApplicationState::Pending, 1),
            "the arrival takes no time"
        );
        let (at, effects) = run_out(flow, &calendar, at);
        assert_eq!((shown(&at), effects), (NextAction::HandOver, Vec::new()));
        let last = at.steps().last().unwrap().at;
        let over = apply(world(flow, &calendar, last), &at, Event::HandedOver).unwrap().application;
        assert_eq!(over.state(), ApplicationState::Completed);
        last
    };
    // 1 + 3 + 1 + 2 working days, and 13 more where documents are missing.
    let (ordinary, otherwise) = (ends(TermChoice::Ordinary), ends(TermChoice::Otherwise));
    assert_eq!(ordinary, calendar.add(NOW, eush_domain::term::parse_terms("7wd").unwrap()[0]).unwrap());
    assert_eq!(otherwise, calendar.add(NOW, eush_domain::term::parse_terms("20wd").unwrap()[0]).unwrap());
}

#[test]
fn registers_that_people_read_are_named_and_said_to_be_read_by_hand() {
    let calendar = Calendar::default();
    let flow = "004-5/provider";
    let (at, _) = run_out(flow, &calendar, start(world(flow, &calendar, NOW)));
    let by_hand: Vec<_> = at.steps().iter().filter(|step| step.to == ["enbek"]).collect();
    assert_eq!(by_hand.len(), 3);
    for step in by_hand {
        assert!(step.ours.contains("by hand") && !step.via_gateway, "{step:?}");
    }
}

#[test]
fn a_centre_s_items_are_not_waited_for_and_the_provider_s_procedure_is() {
    let calendar = Calendar::default();
    let flow = "003-S03/psc";
    let at = start(world(flow, &calendar, NOW));
    // Everything at the counter is done; the provider has just begun.
    assert_eq!((at.state(), at.steps().len()), (ApplicationState::Pending, 4));
    let (at, _) = run_out(flow, &calendar, at);
    assert_eq!(at.state(), ApplicationState::Ready);
    assert!(at.steps().last().unwrap().at > NOW);
    let refused = start_with(world(flow, &calendar, NOW), failing(eush_acts::Check::Documents));
    assert_eq!((refused.state(), refused.steps().len()), (ApplicationState::Refused, 4));
}
