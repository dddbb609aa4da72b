use time::macros::date;

use super::*;
use crate::number::Iin;
use crate::synthetic::numbers::{self, Scheme, Sex, SyntheticBirth};
use crate::synthetic::population::{FullName, Password, PowerStatus, Presence};

fn base() -> Population {
    Population::new(1, Scheme::Future)
}

fn in_registers(registers: &[(Register, Presence)]) -> PersonDraft {
    PersonDraft { registers: registers.iter().copied().collect(), ..PersonDraft::default() }
}

fn refused_field(error: &RosterError) -> &'static str {
    match error {
        RosterError::Field { field, .. } => field,
        RosterError::Exists { .. }
        | RosterError::HoldsOffice { .. }
        | RosterError::NotSynthetic { .. }
        | RosterError::NumberTaken
        | RosterError::TooMany
        | RosterError::Unknown { .. } => "",
    }
}

#[test]
fn nobody_said_is_the_population_itself() {
    let base = base();
    assert_eq!(Roster::default().over(&base).people(), base.people());
}

#[test]
fn somebody_added_is_whole_and_the_same_wherever_they_are_added() {
    let base = base();
    let mut roster = Roster::default();
    roster.add(&base, "dana", PersonDraft::default()).unwrap();
    let population = roster.over(&base);
    let dana = population.person("dana").unwrap();
    assert_eq!(population.by_iin(&dana.iin), Some(dana));
    assert_eq!(population.certificate_subject("dana").unwrap().iin, Some(dana.iin));
    assert!(numbers::shows(Scheme::Future, &dana.iin, dana.birth_date));
    assert_eq!(roster.origin(&base, "dana"), Origin::Added);
    // Others come and go; she stays who she is, and nobody gets her number.
    let mut other = Roster::default();
    let twin =
        PersonDraft { sex: Some(dana.sex), birth_date: Some(dana.birth_date), ..PersonDraft::default() };
    for key in ["first", "second"] {
        other.add(&base, key, twin.clone()).unwrap();
    }
    other.add(&base, "dana", PersonDraft::default()).unwrap();
    other.remove(&base, "first").unwrap();
    let again = other.over(&base);
    assert_eq!(again.person("dana").unwrap().names, dana.names);
    let mut numbers: Vec<_> = again.people().iter().map(|person| person.iin).collect();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), again.people().len());
    // The rest of the country is as it was.
    assert_eq!(&population.people()[..base.people().len()], base.people());
}

#[test]
fn what_is_said_replaces_and_the_rest_stays() {
    let base = base();
    let mut roster = Roster::default();
    let name = |given: &str| FullName {
        surname: "Әлімова".to_owned(),
        given: given.to_owned(),
        patronymic: String::new(),
    };
    let draft = PersonDraft {
        names: Some(DraftNames { kk: name("Дана"), ru: None, latin: None }),
        sex: Some(Sex::Female),
        birth_date: Some(date!(1991 - 04 - 03)),
        password: Some(Password::new("a-good-password")),
        town: Some("aktobe".to_owned()),
        employer: Some("ertis-metal".to_owned()),
        unemployment: Some(UnemploymentDraft { number: Some("ENB-7".to_owned()), ..Default::default() }),
        powers: Some(vec![PowerDraft {
            number: "2026-1".to_owned(),
            representative: "daniyar".to_owned(),
            certifier: Certifier::Notary,
            status: PowerStatus::InForce,
        }]),
        ..PersonDraft::default()
    };
    roster.add(&base, "dana", draft).unwrap();
    let now = roster.over(&base);
    let dana = now.person("dana").unwrap().clone();
    assert_eq!(dana.certificate_subject().common_name, "ӘЛІМОВА ДАНА");
    assert_eq!((dana.names.latin.given.as_str(), dana.sex), ("Дана", Sex::Female));
    assert_eq!(&dana.iin.digits()[..7], "9104036");
    assert_eq!(dana.address.town.en, "Aktobe");
    assert_eq!(now.unemployment(&dana.iin).unwrap().number, "ENB-7");
    let power = now.power_of_attorney("2026-1").unwrap();
    assert_eq!((power.principal, power.representative), (dana.iin, base.person("daniyar").unwrap().iin));
    // A register forgets her; a later word of it brings her back as new.
    roster.change(&base, "dana", in_registers(&[(Register::Unemployed, Presence::Absent)])).unwrap();
    let now = roster.over(&base);
    assert!(now.unemployment(&dana.iin).is_none());
    assert_eq!(now.person("dana"), Some(&dana));
    roster.change(&base, "dana", in_registers(&[(Register::Unemployed, Presence::Present)])).unwrap();
    assert_ne!(roster.over(&base).unemployment(&dana.iin).unwrap().number, "ENB-7");
    let details = PersonDraft { unemployment: Some(UnemploymentDraft::default()), ..Default::default() };
    roster.change(&base, "dana", in_registers(&[(Register::Unemployed, Presence::Absent)])).unwrap();
    roster.change(&base, "dana", details).unwrap();
    assert!(roster.over(&base).unemployment(&dana.iin).is_some());
}

#[test]
fn people_of_the_population_are_changed_and_removed() {
    let base = base();
    let mut roster = Roster::default();
    let aigerim = base.person("aigerim").unwrap();
    let gone = [(Register::Unemployed, Presence::Absent), (Register::Persons, Presence::Absent)];
    roster.change(&base, "aigerim", in_registers(&gone)).unwrap();
    let now = roster.over(&base);
    assert!(now.unemployment(&aigerim.iin).is_none());
    assert_eq!(now.person("aigerim").unwrap().presence, Presence::Absent);
    assert_eq!(now.person("aigerim").unwrap().names, aigerim.names);
    assert_eq!(roster.origin(&base, "aigerim"), Origin::Changed);
    roster.remove(&base, "aigerim").unwrap();
    let now = roster.over(&base);
    assert!(now.person("aigerim").is_none() && now.by_iin(&aigerim.iin).is_none());
    assert!(now.powers_of_attorney().iter().all(|power| power.principal != aigerim.iin));
    let again = roster.add(&base, "aigerim", PersonDraft::default()).unwrap_err();
    assert!(matches!(again, RosterError::Exists { .. }), "{again}");
    let number = PersonDraft { iin: Some(aigerim.iin), ..PersonDraft::default() };
    assert_eq!(roster.add(&base, "other", number).unwrap_err(), RosterError::NumberTaken);
    let unknown = roster.change(&base, "aigerim", PersonDraft::default()).unwrap_err();
    assert!(matches!(unknown, RosterError::Unknown { .. }), "{unknown}");
    let signs = base.signatory_of("astana-employment-centre").unwrap().key.clone();
    let needed = roster.remove(&base, &signs).unwrap_err();
    assert!(matches!(needed, RosterError::HoldsOffice { .. }), "{needed}");
}

#[test]
fn families_are_tied_and_come_apart() {
    let base = base();
    let mut roster = Roster::default();
    roster.add(&base, "dana", PersonDraft::default()).unwrap();
    let child = PersonDraft {
        parents: Some(vec!["dana".to_owned(), "bolat".to_owned()]),
        home_schooling: Some(HomeSchoolingDraft::default()),
        ..PersonDraft::default()
    };
    roster.add(&base, "aru", child).unwrap();
    roster
        .change(&base, "dana", PersonDraft { spouse: Some("bolat".to_owned()), ..Default::default() })
        .unwrap();
    let now = roster.over(&base);
    let (dana, bolat, aru) =
        (now.person("dana").unwrap(), now.person("bolat").unwrap(), now.person("aru").unwrap());
    assert_eq!((dana.spouse, bolat.spouse), (Some(bolat.iin), Some(dana.iin)));
    assert_eq!(now.children_of(&dana.iin).map(|child| child.key.as_str()).collect::<Vec<_>>(), ["aru"]);
    assert!(now.home_schooling(&aru.iin).is_some());
    let bolat = bolat.iin;
    roster.remove(&base, "dana").unwrap();
    let now = roster.over(&base);
    assert_eq!(now.person("aru").unwrap().parents, [bolat]);
    assert_eq!(now.person("bolat").unwrap().spouse, None);
}

#[test]
fn numbers_are_synthetic_and_agree_with_the_person() {
    let base = base();
    let mut roster = Roster::default();
    let birth = SyntheticBirth { year: 85, month: 3, day: 12, sex: Sex::Female };
    let with = |iin: Iin| PersonDraft { iin: Some(iin), ..PersonDraft::default() };
    let living = numbers::iin_by(Scheme::Plausible, birth, 0);
    let refused = roster.add(&base, "dana", with(living)).unwrap_err();
    assert!(matches!(refused, RosterError::NotSynthetic { .. }), "{refused}");
    assert!(!refused.to_string().contains(living.digits()));
    let iin = numbers::iin(birth, 4321);
    let wrong = PersonDraft { sex: Some(Sex::Male), ..with(iin) };
    assert_eq!(refused_field(&roster.add(&base, "dana", wrong).unwrap_err()), "sex");
    let wrong = PersonDraft { birth_date: Some(date!(1985 - 03 - 13)), ..with(iin) };
    assert_eq!(refused_field(&roster.add(&base, "dana", wrong).unwrap_err()), "birth_date");
    roster.add(&base, "dana", with(iin)).unwrap();
    let now = roster.over(&base);
    let dana = now.person("dana").unwrap();
    assert_eq!((dana.iin, dana.sex, dana.birth_date), (iin, Sex::Female, date!(1985 - 03 - 12)));
    assert_eq!(roster.add(&base, "other", with(iin)).unwrap_err(), RosterError::NumberTaken);
    assert_eq!(refused_field(&roster.change(&base, "dana", with(iin)).unwrap_err()), "iin");
}

#[test]
fn what_is_not_as_it_must_be_is_named() {
    let base = base();
    let roster = Roster::default();
    let text = |text: &str| Some(text.to_owned());
    let long = FullName { surname: "Ә".repeat(41), given: "Д".to_owned(), patronymic: String::new() };
    let power = PowerDraft {
        number: "2025-1001".to_owned(),
        representative: "daniyar".to_owned(),
        certifier: Certifier::Other,
        status: PowerStatus::Revoked,
    };
    let plain = PersonDraft::default;
    let cases = [
        ("names", PersonDraft { names: Some(DraftNames { kk: long, ru: None, latin: None }), ..plain() }),
        ("birth_date", PersonDraft { birth_date: Some(date!(2031 - 01 - 01)), ..plain() }),
        ("password", PersonDraft { password: Some(Password::new("short")), ..plain() }),
        ("town", PersonDraft { town: text("atlantis"), ..plain() }),
        ("employer", PersonDraft { employer: text("nobody"), ..plain() }),
        ("parents", PersonDraft { parents: Some(vec!["nobody".to_owned()]), ..plain() }),
        ("spouse", PersonDraft { spouse: text("dana"), ..plain() }),
        (
            "unemployment.centre",
            PersonDraft {
                unemployment: Some(UnemploymentDraft { centre: text("x"), ..Default::default() }),
                ..plain()
            },
        ),
        ("powers.number", PersonDraft { powers: Some(vec![power.clone()]), ..plain() }),
        (
            "powers.representative",
            PersonDraft {
                powers: Some(vec![PowerDraft {
                    number: "2026-1".to_owned(),
                    representative: "dana".to_owned(),
                    ..power
                }]),
                ..plain()
            },
        ),
    ];
    for (field, draft) in cases {
        let mut roster = roster.clone();
        let refused = roster.add(&base, "dana", draft).unwrap_err();
        assert_eq!(refused_field(&refused), field, "{refused}");
        assert!(roster.is_empty(), "{field}");
    }
    for key in ["", "Dana", "1a", "a b", &"a".repeat(33)] {
        let refused = roster.clone().add(&base, key, plain()).unwrap_err();
        assert_eq!(refused_field(&refused), "key", "{key}");
    }
    for key in ["aigerim", "state-corporation", "portal-system"] {
        let refused = roster.clone().add(&base, key, plain()).unwrap_err();
        assert!(matches!(refused, RosterError::Exists { .. }), "{key}");
    }
}

#[test]
fn a_roster_is_bounded_and_reads_what_it_wrote() {
    let base = base();
    let nobody = |index| Entry { key: format!("p-{index}"), said: Said::Draft(Box::default()) };
    let mut roster = Roster { people: (0..CAPACITY).map(nobody).collect() };
    let full = roster.add(&base, "dana", PersonDraft::default()).unwrap_err();
    assert_eq!(full, RosterError::TooMany);
    let mut roster = Roster::default();
    let draft = PersonDraft {
        birth_date: Some(date!(1991 - 04 - 03)),
        registers: [(Register::Persons, Presence::Absent)].into(),
        ..PersonDraft::default()
    };
    roster.add(&base, "dana", draft).unwrap();
    roster.remove(&base, "aigerim").unwrap();
    let text = serde_json::to_string(&roster).unwrap();
    assert!(text.contains(r#""birth_date":"1991-04-03""#), "{text}");
    assert_eq!(serde_json::from_str::<Roster>(&text).unwrap(), roster);
}
