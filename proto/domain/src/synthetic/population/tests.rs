//! Invariants of the population, for any seed and scheme.

use std::collections::HashSet;

use proptest::prelude::*;

use super::make::{FAR, LATEST};
use super::*;
use crate::number::NumberFinding;
use crate::role::CertificateRole;
use crate::text::Language;

fn population() -> Population {
    Population::new(1, Scheme::Future)
}

#[test]
fn ready_people_are_who_they_should_be() {
    let all = population();
    let ready: Vec<_> = all.ready_people().map(|person| person.key.as_str()).collect();
    assert_eq!(
        ready,
        [
            "aigerim",
            "bolat",
            "saule",
            "daniyar",
            "marat",
            "zarina",
            "operator-1",
            "operator-2",
            "astana-employment-centre-signatory",
            "astana-social-department-signatory",
            "pavlodar-social-department-signatory",
            "aktobe-education-signatory",
            "ayan",
            "mangystau-social-department-signatory",
            "mangystau-regional-department-signatory",
            "pavlodar-employment-centre-signatory",
            "pavlodar-regional-department-signatory",
            "yerlan",
            "nurlan",
            "qanat",
            "gulnar",
        ]
    );
    let iin = |key: &str| all.person(key).unwrap().iin;
    assert!(all.unemployment(&iin("aigerim")).is_some());
    assert!(all.unemployment(&iin("bolat")).is_none());
    assert_eq!(all.person("ayan").unwrap().parents, [iin("bolat")]);
    assert_eq!(all.organization("ertis-metal").unwrap().leader, iin("yerlan"));
    assert!(all.home_schooling(&iin("ayan")).is_some());
    assert_eq!(all.person("zarina").unwrap().presence, Presence::Absent);
    assert_eq!(all.person("gulnar").unwrap().spouse, Some(iin("qanat")));
    assert!(all.repatriate(&iin("qanat")).is_some() && all.repatriate(&iin("gulnar")).is_none());
    let new: Vec<_> = all.people().iter().filter(|one| one.portal_account == Presence::Absent).collect();
    assert_eq!((new.len(), new[0].key.as_str()), (13, "nurlan"), "six couples of the crowd beside him");
    let power = |representative| {
        let found = all
            .powers_of_attorney()
            .iter()
            .find(|power| power.principal == iin("aigerim") && power.representative == iin(representative));
        found.unwrap().certification.clone()
    };
    assert!(matches!(power("daniyar"), Certification::Notary { .. }));
    assert!(matches!(power("marat"), Certification::Otherwise { .. }));
}

#[test]
fn staff_sign_for_their_organization_and_citizens_for_themselves() {
    let all = population();
    let corporation = all.organization("state-corporation").unwrap();
    for key in ["operator-1", "operator-2"] {
        let subject = all.certificate_subject(key).unwrap();
        assert_eq!(subject.bin, Some(corporation.bin), "{key}");
        assert!(subject.iin.is_some() && subject.roles.contains(&CertificateRole::Employee), "{key}");
    }
    let listed: Vec<_> = all.listed_operators().map(|person| person.key.as_str()).collect();
    assert_eq!(listed, ["operator-1"]);
    assert_eq!(all.certificate_subject("aigerim").unwrap().roles, [CertificateRole::Individual]);
    assert_eq!(all.certificate_subject("aigerim").unwrap().bin, None);
    let signatories = [
        ("astana-employment-centre", "astana-employment-centre-signatory"),
        ("astana-social-department", "astana-social-department-signatory"),
        ("pavlodar-social-department", "pavlodar-social-department-signatory"),
        ("aktobe-education-department", "aktobe-education-signatory"),
        ("mangystau-social-department", "mangystau-social-department-signatory"),
        ("mangystau-regional-department", "mangystau-regional-department-signatory"),
        ("pavlodar-employment-centre", "pavlodar-employment-centre-signatory"),
        ("pavlodar-regional-department", "pavlodar-regional-department-signatory"),
    ];
    for (organization, key) in signatories {
        assert_eq!(all.signatory_of(organization).unwrap().key, key);
        let bin = all.organization(organization).unwrap().bin;
        assert_eq!(all.certificate_subject(key).unwrap().bin, Some(bin));
    }
    for system in all.systems() {
        let subject = system.certificate_subject();
        assert_eq!((subject.iin, subject.bin), (None, Some(system.bin)), "{}", system.key);
        assert_eq!(subject.system, system.oid);
    }
}

#[test]
fn texts_are_whole_and_names_fit_a_certificate() {
    let all = population();
    let whole = |text: &Text| Language::ALL.iter().all(|l| !text.in_language(*l).trim().is_empty());
    for person in all.people() {
        assert!(person.purpose.as_ref().is_none_or(whole), "{}", person.key);
        let subject = person.certificate_subject();
        assert!(subject.common_name.chars().count() <= 64, "{}", subject.common_name);
    }
    for organization in all.organizations() {
        assert!(whole(&organization.name), "{}", organization.key);
        assert!(organization.name.kk.chars().count() <= 64, "{}", organization.name.kk);
    }
    for system in all.systems() {
        assert!(system.certificate_subject().common_name.chars().count() <= 64, "{}", system.key);
    }
}

#[test]
fn organizations_keep_their_numbers_whatever_the_seed() {
    let (one, two) = (Population::new(1, Scheme::Future), Population::new(2, Scheme::Plausible));
    for (left, right) in one.organizations().iter().zip(two.organizations()) {
        assert_eq!((&left.key, left.bin), (&right.key, right.bin));
    }
    assert_eq!(one.organizations().len(), ready::ORGANIZATIONS.len());
}

#[test]
fn passwords_are_masked_and_matched_whole() {
    let all = population();
    let person = all.person("aigerim").unwrap();
    let password = person.password.reveal();
    assert_eq!(password.len(), 12);
    assert!(person.password.matches(password));
    assert!(!person.password.matches(&password[..11]));
    assert!(!person.password.matches(&format!("{password}x")));
    assert!(!person.password.matches(""));
    assert!(!format!("{person:?}").contains(password));
}

fn account_is_sound(account: &str) -> bool {
    let moved = format!("{}2035{}", &account[4..], &account[2..4]);
    moved.bytes().fold(0_u64, |sum, digit| (sum * 10 + u64::from(digit - b'0')) % 97) == 1
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_seed_gives_a_consistent_country(seed: u64, plausible: bool) {
        let scheme = if plausible { Scheme::Plausible } else { Scheme::Future };
        let all = Population::new(seed, scheme);
        prop_assert!((150..=280).contains(&all.people().len()), "{}", all.people().len());
        let (mut keys, mut iins) = (HashSet::new(), HashSet::new());
        for person in all.people() {
            prop_assert!(keys.insert(&person.key), "{} twice", person.key);
            prop_assert!(iins.insert(person.iin), "{} shares a number", person.key);
            prop_assert_eq!(person.iin.finding(), NumberFinding::Sound);
            prop_assert_eq!(all.person(&person.key), Some(person));
            prop_assert_eq!(all.by_iin(&person.iin), Some(person));
            prop_assert_eq!(person.certificate_subject().iin, Some(person.iin));
            prop_assert!(account_is_sound(&person.bank_account) && person.bank_account.len() == 20);
            prop_assert!(person.birth_date < person.identity_card.issued_on);
            prop_assert!(person.identity_card.issued_on <= LATEST && person.address.since <= LATEST);
            prop_assert_eq!(person.identity_card.valid_until, FAR);
            for parent in &person.parents {
                let parent = all.by_iin(parent).expect("parents are in the population");
                prop_assert!(parent.birth_date.year() + 16 < person.birth_date.year());
                prop_assert_eq!(&parent.address, &person.address);
            }
            if let Some(spouse) = &person.spouse {
                prop_assert_eq!(all.by_iin(spouse).and_then(|spouse| spouse.spouse), Some(person.iin));
            }
            if let Some(work) = &person.employment {
                prop_assert!(all.organization(&work.organization).is_some(), "{}", work.organization);
                prop_assert!(all.unemployment(&person.iin).is_none(), "{} works", person.key);
            }
        }
        let mut bins = HashSet::new();
        for organization in all.organizations() {
            prop_assert!(bins.insert(organization.bin));
            prop_assert!(all.by_iin(&organization.leader).is_some());
            prop_assert_eq!(all.by_bin(&organization.bin), Some(organization));
        }
        for power in all.powers_of_attorney() {
            prop_assert!(power.principal != power.representative);
            prop_assert!(all.by_iin(&power.principal).is_some() && all.by_iin(&power.representative).is_some());
            prop_assert_eq!(all.power_of_attorney(&power.number), Some(power));
        }
        for record in all.home_schooled() {
            let child = all.by_iin(&record.child).expect("children are in the population");
            prop_assert!(!child.parents.is_empty());
            prop_assert!(all.children_of(&child.parents[0]).any(|found| found.key == child.key));
        }
    }

    #[test]
    fn same_seed_same_country(seed: u64) {
        let (one, two) = (Population::new(seed, Scheme::Future), Population::new(seed, Scheme::Future));
        prop_assert_eq!(one.people(), two.people());
        let other = Population::new(seed.wrapping_add(1), Scheme::Future);
        prop_assert_ne!(
            one.person("aigerim").map(|person| person.password.reveal()),
            other.person("aigerim").map(|person| person.password.reveal())
        );
    }
}
