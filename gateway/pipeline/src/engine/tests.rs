//! The engine alone: no event at a wrong time changes anything, and no order of events breaks it.

use eush_domain::{ApplicationId, Calendar, MessageId, Rejection, SenderId, Timestamp};
use proptest::prelude::*;
use time::macros::datetime;

use super::{
    Asked, Event, Login, Outcome, Reply, Unfit, World, apply, awaited_lookup, opened, required_rules, status,
};
use crate::application::{Application, ApplicationState, NextAction};
use crate::bytes::SignedDocument;
use crate::message::ContentDigest;
use crate::party::Party;
use crate::ports::{ProviderReason, ProviderRefusal};

const NOW: Timestamp = datetime!(2026-11-23 09:00 +5);

fn world<'a>(flow: &str, calendar: &'a Calendar, now: Timestamp) -> World<'a> {
    let catalogue = eush_acts::catalogue();
    let id = catalogue.resolve(flow).unwrap();
    let found = catalogue.resolved(&id).unwrap();
    World { regulation: found.regulation, flow: found.flow, calendar, now }
}

fn applicant() -> Party {
    Party::Bin(eush_domain::synthetic::numbers::bin(1))
}

fn start(world: World<'_>) -> Application {
    let sender = SenderId::parse("FRONT").unwrap();
    opened(world, ApplicationId::parse("app-1").unwrap(), sender, Asked::default()).unwrap()
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
        10 => Event::DispatchFailed { rejection: Rejection::AgencyTimeout },
        11 => Event::CertificateRefused { rejection: Rejection::CertificateRevoked },
        12 => Event::DispatchAnswered { registration: None, reply: Reply::Accepted },
        13 => Event::TermFell,
        14 => Event::Completed { outcome: Outcome::Result(signed), digest },
        _ if choice < 128 => Event::Completed { outcome: Outcome::Refused(refusal), digest },
        _ => Event::HandedOver,
    }
}

const FLOWS: [&str; 6] =
    ["000-A/portal", "000-A/sc", "000-B/portal", "000-B/sc", "001-S02/portal", "002-A/portal"];

proptest! {
    #[test]
    fn any_order_of_events_keeps_the_promises(
        flow in 0_usize..6,
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
