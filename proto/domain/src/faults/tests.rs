use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use super::*;
use crate::synthetic::numbers::Scheme;
use crate::synthetic::population::Population;
use crate::{AgencyId, Channel, MessageId, RegulationId, SenderId, ServiceId};

const ALL: &[Knob] = Knob::ALL;

fn book() -> Book {
    Book::new(7, Scheme::Future, Nastiness::default())
}

fn met(message: &str) -> Met<'_> {
    Met {
        place: Place::Agency,
        method: "eush.adapter.v1.AgencyService/Deliver",
        message,
        sender: "PORTAL",
        service: "ENBEK_UnemployedCertificate",
        regulation: "astana/unemployed-certificate",
        channel: Some(Channel::Portal),
        agency: "enbek",
        persons: &[],
    }
}

fn parameters(given: &[(&str, &str)]) -> BTreeMap<String, String> {
    given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn latency(trigger: Trigger, given: &[(&str, &str)]) -> Draft {
    Draft { trigger, parameters: parameters(given), ..Draft::of(Knob::Latency) }
}

/// At which of ten calls with ids of their own a rule strikes, counted from 1.
#[track_caller]
fn strikes(trigger: &str) -> Vec<u32> {
    let mut book = book();
    let trigger = Trigger::parse(trigger).unwrap();
    book.add(Draft { trigger, ..Draft::of(Knob::Hold) }).unwrap();
    (1..=10).filter(|call| !book.meet(&met(&format!("m-{call}")), ALL).is_empty()).collect()
}

#[test]
fn every_knob_has_its_row_with_parameters_that_read() {
    for (knob, facts) in Knob::ALL.iter().zip(knob::KNOBS) {
        assert_eq!((*knob, knob.facts().knob), (facts.knob, *knob));
        assert!(!facts.does.is_empty() && !facts.liberty.is_empty() && !facts.places.is_empty(), "{knob}");
        Draft::of(*knob).action().unwrap();
        for profile in NastinessProfile::ALL {
            let draft = Draft { parameters: profile.parameters(*knob), ..Draft::of(*knob) };
            draft.action().unwrap();
        }
        for parameter in facts.parameters {
            let given = parameters(&[(parameter.name, "\u{1}")]);
            let draft = Draft { parameters: given, ..Draft::of(*knob) };
            let free = matches!(parameter.name, "message" | "fault" | "publication");
            assert_eq!(draft.action().is_ok(), free, "{knob} {}", parameter.name);
        }
        assert_eq!(Knob::parse(knob.name()), Some(*knob));
        assert!(facts.realistic <= facts.hostile, "{knob}");
    }
    assert_eq!(knob::KNOBS.len(), Knob::ALL.len());
}

#[test]
fn triggers_strike_when_they_say() {
    assert_eq!(strikes("always"), (1..=10).collect::<Vec<_>>());
    assert_eq!(strikes("nth:3"), [3]);
    assert_eq!(strikes("first:2"), [1, 2]);
    assert_eq!(strikes("after:8"), [9, 10]);
    assert_eq!(strikes("every:4"), [4, 8]);
    assert_eq!(strikes("0%"), [] as [u32; 0]);
    assert_eq!(strikes("100%"), (1..=10).collect::<Vec<_>>());
    for text in ["always", "once", "nth:3", "first:2", "after:8", "every:4", "12.5%", "0.05%/attempt"] {
        assert_eq!(Trigger::parse(text).unwrap().to_string(), text);
    }
    for bad in ["", "nth", "nth:0", "nth:x", "101%", "-1%", "5%/", "5%/never", "5", "first:-1"] {
        assert_eq!(Trigger::parse(bad), None, "{bad}");
    }
}

#[test]
fn once_is_once_a_message() {
    let mut book = book();
    book.add(Draft { trigger: Trigger::Once, ..Draft::of(Knob::Hold) }).unwrap();
    let fates: Vec<_> = ["a", "a", "b", "a", "b"].map(|id| book.meet(&met(id), ALL).len()).into();
    assert_eq!(fates, [1, 0, 1, 0, 0]);
}

#[test]
fn the_same_request_meets_the_same_fate_whatever_else_is_in_flight() {
    let fates = |others: usize| {
        let mut book = book();
        let half = Trigger::Chance(Percent::whole(50), Fate::Message);
        book.add(latency(half, &[("distribution", "log-normal"), ("sigma", "1")])).unwrap();
        let mut fates = Vec::new();
        for call in 0..200 {
            for other in 0..others {
                book.meet(&met(&format!("other-{call}-{other}")), ALL);
            }
            fates.push(book.meet(&met(&format!("m-{call}")), ALL));
        }
        fates
    };
    let alone = fates(0);
    assert_eq!(alone, fates(3));
    let struck = alone.iter().filter(|fate| !fate.is_empty()).count();
    assert!((70..130).contains(&struck), "{struck}");
    let drawn: HashSet<_> = alone.iter().flatten().map(|decided| decided.parameters.clone()).collect();
    assert!(drawn.len() > 30, "{}", drawn.len());
}

#[test]
fn an_attempt_has_its_own_luck_where_the_rule_says_so() {
    let mut book = book();
    let half = Percent::whole(50);
    book.add(Draft { trigger: Trigger::Chance(half, Fate::Attempt), ..Draft::of(Knob::Hold) }).unwrap();
    let tries: Vec<_> = (0..40).map(|_| book.meet(&met("m"), ALL).len()).collect();
    assert!(tries.contains(&0) && tries.contains(&1), "{tries:?}");
    let mut again = self::book();
    again.add(Draft { trigger: Trigger::Chance(half, Fate::Message), ..Draft::of(Knob::Hold) }).unwrap();
    let same: HashSet<_> = (0..40).map(|_| again.meet(&met("m"), ALL).len()).collect();
    assert_eq!(same.len(), 1);
}

#[test]
fn zero_per_cent_draws_and_does_nothing_and_is_counted() {
    let mut book = book();
    book.add(Draft { trigger: Trigger::Chance(Percent::ZERO, Fate::Attempt), ..Draft::of(Knob::Hold) })
        .unwrap();
    for call in 0..50 {
        assert_eq!(book.meet(&met(&format!("m-{call}")), ALL), []);
    }
    let report = book.list().pop().unwrap();
    assert_eq!((report.met, report.decided), (50, 0));
}

#[test]
fn scopes_ask_for_all_that_they_name() {
    let person = Population::new(1, Scheme::Future).person("aigerim").unwrap().iin;
    let id = |text: &str| MessageId::parse(text).unwrap();
    let call = Met { persons: &[person], ..met("m-1") };
    let full = Scope {
        place: Some(Place::Agency),
        service: Some(ServiceId::parse("ENBEK_UnemployedCertificate").unwrap()),
        regulation: Some(RegulationId::parse("astana/unemployed-certificate").unwrap()),
        channel: Some(Channel::Portal),
        method: Some("Deliver".to_owned()),
        agency: Some(AgencyId::parse("enbek").unwrap()),
        sender: Some(SenderId::parse("PORTAL").unwrap()),
        person: Some(person),
        message: Some(id("m-1")),
    };
    assert!(full.holds(&call) && Scope::default().holds(&call));
    let method = Some("eush.adapter.v1.AgencyService/Deliver".to_owned());
    assert!(Scope { method, ..Scope::default() }.holds(&call));
    let others = [
        Met { place: Place::Gateway, ..call },
        Met { service: "GBDFL_Person", ..call },
        Met { regulation: "", ..call },
        Met { channel: None, ..call },
        Met { method: "eush.adapter.v1.AgencyService/Lookup", ..call },
        Met { agency: "zhao", ..call },
        Met { sender: "", ..call },
        Met { persons: &[], ..call },
        Met { message: "m-2", ..call },
    ];
    for other in others {
        assert!(!full.holds(&other), "{other:?}");
    }
}

#[test]
fn wrong_rules_are_told_what_is_wrong() {
    let mut book = book();
    let mut told = |draft: Draft| book.add(draft).unwrap_err().to_string();
    assert_eq!(
        told(Draft { parameters: parameters(&[("speed", "1")]), ..Draft::of(Knob::SlowBody) }),
        "`slow-body` has no parameter `speed`; it has `bytes`, `pause`"
    );
    assert_eq!(
        told(Draft { parameters: parameters(&[("code", "OK")]), ..Draft::of(Knob::Status) }),
        "parameter `code` of `status` is `OK`, expected a name of a gRPC status code but `OK`"
    );
    let scope = Scope { place: Some(Place::Gateway), ..Scope::default() };
    assert_eq!(
        told(Draft { scope, ..Draft::of(Knob::Reordering) }),
        "`reordering` does not act at `gateway`"
    );
    let details = vec![Detail { type_url: "x/y".to_owned(), value: vec![] }];
    assert_eq!(
        told(Draft { details, ..Draft::of(Knob::Hold) }),
        "`hold` takes no details; only `status` does"
    );
    assert!(RuleId::parse("magic-x").is_err() && RuleId::parse("A").is_err() && RuleId::parse("").is_err());
    let named = Draft { id: Some(RuleId::parse("mine").unwrap()), ..Draft::of(Knob::Hold) };
    book.add(named.clone()).unwrap();
    assert!(matches!(book.add(named), Err(RuleError::IdTaken { .. })));
}

#[test]
fn orders_read_as_they_were_written() {
    let orders = [
        WireFault::CorruptStatus(CorruptPart::Both),
        WireFault::MissingStatus,
        WireFault::ResetAfterHeaders(Reset::Connection),
        WireFault::ResetBeforeHeaders(Reset::Stream),
        WireFault::RestartAfter,
        WireFault::RestartBefore,
        WireFault::SlowBody { bytes: 3, pause: 0 },
        WireFault::Truncated { keep: 50 },
    ];
    for order in orders {
        assert_eq!(WireFault::parse(&order.to_string()), Some(order));
    }
    for bad in ["", "hold", "slow-body 0 1", "slow-body 1", "truncated 100", "missing-status now", "a b c d"]
    {
        assert_eq!(WireFault::parse(bad), None, "{bad}");
    }
}

#[test]
fn latency_keeps_to_its_distribution_and_its_bound() {
    let drawn = |given: &[(&str, &str)]| {
        let mut book = book();
        book.add(latency(Trigger::Always, given)).unwrap();
        let durations = (0..400).flat_map(|call| book.meet(&met(&format!("m-{call}")), ALL));
        let mut durations: Vec<_> = durations
            .map(|decided| {
                let Act::Latency(Point::Arrival, duration) = decided.act else { panic!("{decided:?}") };
                duration
            })
            .collect();
        durations.sort();
        durations
    };
    let fixed = drawn(&[("millis", "250")]);
    assert!(fixed.iter().all(|duration| *duration == Duration::from_millis(250)));
    let normal = drawn(&[("distribution", "normal"), ("millis", "1000"), ("deviation", "100")]);
    assert!((950..1050).contains(&normal[200].as_millis()), "{:?}", normal[200]);
    assert!(normal[0].as_millis() < 850 && normal[399].as_millis() > 1150);
    let spread =
        drawn(&[("distribution", "log-normal"), ("millis", "100"), ("sigma", "2"), ("longest", "900")]);
    assert!((60..170).contains(&spread[200].as_millis()), "{:?}", spread[200]);
    assert_eq!(spread[399], Duration::from_millis(900));
}

#[test]
fn profiles_override_and_go_as_one() {
    let mut book = book();
    let names = |book: &Book| -> Vec<String> {
        let reports = book.list().into_iter().filter(|report| report.rule.origin == Origin::Profile);
        reports.map(|report| format!("{} {}", report.rule.id, report.rule.draft.trigger)).collect()
    };
    assert_eq!(names(&book), [] as [&str; 0]);
    let knobs = vec![KnobSetting::parse("status=0").unwrap(), KnobSetting::parse("hold=1.5").unwrap()];
    book.set_nastiness(Nastiness { profile: NastinessProfile::Realistic, knobs });
    let realistic = names(&book);
    assert!(realistic.contains(&"knob-status 0%/attempt".to_owned()), "{realistic:?}");
    assert!(realistic.contains(&"knob-hold 1.5%/attempt".to_owned()), "{realistic:?}");
    assert!(realistic.contains(&"knob-latency 30%/attempt".to_owned()), "{realistic:?}");
    book.set_nastiness(Nastiness { profile: NastinessProfile::Hostile, knobs: Vec::new() });
    let hostile: HashSet<_> = names(&book).into_iter().collect();
    let wanted = Knob::ALL.iter().filter(|knob| knob.facts().hostile > 0).count();
    assert_eq!(hostile.len(), wanted);
    book.add(Draft::of(Knob::Hold)).unwrap();
    assert_eq!(book.reset(Nastiness::default()), 1);
    assert_eq!(names(&book), [] as [&str; 0]);
    assert!(book.remove("magic-agency-down").is_none(), "magic stays");
}

#[test]
fn a_book_at_rest_goes_on_where_it_was() {
    let mut one = book();
    let person = Population::new(1, Scheme::Future).person("aigerim").unwrap().iin;
    let scope = Scope { person: Some(person), ..Scope::default() };
    one.add(Draft { scope, ..latency(Trigger::Once, &[("millis", "5")]) }).unwrap();
    let details = vec![Detail { type_url: "x/y".to_owned(), value: vec![1, 2] }];
    one.add(Draft { trigger: Trigger::Nth(3), details, ..Draft::of(Knob::Status) }).unwrap();
    one.set_nastiness(Nastiness { profile: NastinessProfile::Hostile, knobs: Vec::new() });
    let call = |id| Met { persons: std::slice::from_ref(&person), ..met(id) };
    for id in ["a", "b"] {
        one.meet(&call(id), ALL);
    }
    let text = serde_json::to_string(&one.export()).unwrap();
    let mut other = book();
    other.import(&serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(other.export(), one.export());
    for id in ["a", "c", "d", "e", "e"] {
        assert_eq!(one.meet(&call(id), ALL), other.meet(&call(id), ALL), "{id}");
    }
    let wrong = BookState::default();
    assert!(other.import(&wrong).unwrap_err().contains("profile"));
}

#[test]
fn percents_read_as_they_show() {
    for text in ["0", "100", "12.5", "0.05", "99.99"] {
        assert_eq!(Percent::parse(text).unwrap().to_string(), text);
    }
    assert_eq!(Percent::parse("7%"), Some(Percent::whole(7)));
    for bad in ["", "%", "101", "100.01", "-1", "1.234", "1.", ".5", "1e1"] {
        assert_eq!(Percent::parse(bad), None, "{bad}");
    }
}
