//! A population over a roster: those who were removed are left out, those who were added are made as the crowd is, and
//! everybody is as the roster says.

use std::collections::HashSet;

use time::Date;
use time::macros::date;

use super::super::make::{self, FAR, Made, Newcomer, POSITION, POWERS_ISSUED};
use super::super::names::{self, Town};
use super::super::{
    Employment, HomeSchooling, Person, PersonNames, Population, PowerOfAttorney, Presence,
    RepatriateRegistration, UnemploymentRegistration,
};
use super::{Certifier, PersonDraft, Register, Roster, Said};
use crate::dice::Dice;
use crate::number::Iin;
use crate::text::Text;

/// Who registers the unemployed where nothing is said: the centre of the act that asks for it.
const CENTRE: &str = "astana-employment-centre";

/// Every town that a roster can name.
const TOWNS: [Town; 5] = [names::AKTAU, names::AKTOBE, names::ASTANA, names::OSKEMEN, names::PAVLODAR];

/// Names of the towns.
pub(super) fn towns() -> impl Iterator<Item = String> {
    TOWNS.iter().map(|town| town.name.en.to_lowercase())
}

/// A town by its English name in small letters.
pub(super) fn town(name: &str) -> Option<Town> {
    TOWNS.into_iter().find(|town| town.name.en.to_lowercase() == name)
}

/// A town of a region, by its name.
pub(super) fn town_of(region: &Text) -> Option<String> {
    TOWNS.iter().find(|town| town.region == *region).map(|town| town.name.en.to_lowercase())
}

/// The population with what the roster says.
pub(super) fn over(roster: &Roster, base: &Population) -> Population {
    let mut made = base.made.clone();
    for entry in &roster.people {
        match &entry.said {
            Said::Draft(_) => {}
            Said::Removed => remove(&mut made, &entry.key),
        }
    }
    let drafts = || {
        roster.people.iter().filter_map(|entry| match &entry.said {
            Said::Draft(draft) => Some((entry.key.as_str(), draft.as_ref())),
            Said::Removed => None,
        })
    };
    // A number that was ever somebody's here is nobody else's.
    let mut taken: HashSet<Iin> = base.people().iter().map(|person| person.iin).collect();
    taken.extend(drafts().filter_map(|(_, draft)| draft.iin));
    for (key, draft) in drafts() {
        if !made.people.iter().any(|person| person.key == key) {
            let who = Newcomer { key, iin: draft.iin, sex: draft.sex, born: draft.birth_date };
            let person = make::newcomer(base.seed(), base.scheme(), taken.clone(), &who);
            taken.insert(person.iin);
            made.people.push(person);
        }
        if let Some(person) = made.people.iter_mut().find(|person| person.key == key) {
            describe(person, draft, base.seed());
        }
    }
    // Everybody is there now.
    for (key, draft) in drafts() {
        if let Some(iin) = iin_of(&made, key) {
            tie(&mut made, iin, draft);
            record(&mut made, (key, iin), draft, &make::dice(base.seed()).stream(&["records", key]));
        }
    }
    Population::of(base.seed(), base.scheme(), made)
}

fn iin_of(made: &Made, key: &str) -> Option<Iin> {
    made.people.iter().find(|person| person.key == key).map(|person| person.iin)
}

fn remove(made: &mut Made, key: &str) {
    let Some(iin) = iin_of(made, key) else { return };
    made.people.retain(|person| person.iin != iin);
    for person in &mut made.people {
        person.parents.retain(|parent| *parent != iin);
        person.spouse = person.spouse.filter(|spouse| *spouse != iin);
    }
    made.powers.retain(|power| power.principal != iin && power.representative != iin);
    made.unemployed.retain(|entry| entry.person != iin);
    made.repatriates.retain(|entry| entry.person != iin);
    made.home_schooling.retain(|entry| entry.child != iin);
}

/// What a person is by themselves.
fn describe(person: &mut Person, draft: &PersonDraft, seed: u64) {
    if let Some(said) = &draft.names {
        let kk = said.kk.clone();
        let ru = said.ru.clone().unwrap_or_else(|| kk.clone());
        let latin = said.latin.clone().unwrap_or_else(|| ru.clone());
        person.certificate.common_name = format!("{} {}", kk.surname, kk.given).to_uppercase();
        person.certificate.surname = kk.surname.to_uppercase();
        person.certificate.patronymic = kk.patronymic.to_uppercase();
        person.names = PersonNames { kk, ru, latin };
    }
    if let Some(password) = &draft.password {
        person.password = password.clone();
    }
    if let Some(town) = draft.town.as_deref().and_then(town) {
        person.address = make::home(seed, &person.key, town);
    }
    if let Some(employer) = &draft.employer {
        let since = person.identity_card.issued_on;
        person.employment = (!employer.is_empty()).then(|| Employment {
            organization: employer.clone(),
            position: POSITION,
            since,
        });
    }
    if let Some(presence) = draft.registers.get(&Register::Persons) {
        person.presence = *presence;
    }
    if let Some(presence) = draft.registers.get(&Register::PortalAccounts) {
        person.portal_account = *presence;
    }
}

/// What binds a person to others. Whoever was removed since is left out.
fn tie(made: &mut Made, iin: Iin, draft: &PersonDraft) {
    if let Some(keys) = &draft.parents {
        let parents = keys.iter().filter_map(|key| iin_of(made, key)).collect();
        if let Some(person) = made.people.iter_mut().find(|person| person.iin == iin) {
            person.parents = parents;
        }
    }
    if let Some(key) = &draft.spouse {
        let spouse = iin_of(made, key);
        for person in &mut made.people {
            if person.iin == iin {
                person.spouse = spouse;
            } else if Some(person.iin) == spouse {
                person.spouse = Some(iin);
            } else {
                // Whoever was married to either of them is so no more.
                person.spouse = person.spouse.filter(|other| *other != iin && Some(*other) != spouse);
            }
        }
    }
    let Some(said) = &draft.powers else { return };
    made.powers.retain(|power| power.principal != iin);
    for power in said {
        let Some(representative) = iin_of(made, &power.representative) else { continue };
        made.powers.push(PowerOfAttorney {
            number: power.number.clone(),
            principal: iin,
            representative,
            certification: match power.certifier {
                Certifier::Notary => make::notary(),
                Certifier::Other => make::otherwise(),
            },
            status: power.status,
            issued_on: POWERS_ISSUED,
            valid_until: FAR,
        });
    }
}

/// What registers have of a person.
fn record(made: &mut Made, (key, iin): (&str, Iin), draft: &PersonDraft, dice: &Dice) {
    let number = |prefix: &str| {
        let drawn = 50_000 + dice.stream(&[prefix, key]).below(50_000);
        format!("{prefix}-{drawn:05}")
    };
    let known = |register| draft.registers.get(&register).copied();
    let since = |earliest: Date| {
        let card = made.people.iter().find(|person| person.iin == iin);
        card.map_or(earliest, |person| person.identity_card.issued_on.max(earliest))
    };
    let unemployed_since = since(date!(2025 - 02 - 10));
    keep(
        &mut made.unemployed,
        |entry| entry.person == iin,
        known(Register::Unemployed),
        draft.unemployment.is_some(),
        || UnemploymentRegistration {
            number: number("ENB"),
            person: iin,
            registered_on: unemployed_since,
            centre: CENTRE.to_owned(),
        },
    );
    if let (Some(said), Some(entry)) =
        (&draft.unemployment, made.unemployed.iter_mut().find(|entry| entry.person == iin))
    {
        replace(&mut entry.number, said.number.as_ref());
        replace(&mut entry.registered_on, said.registered_on.as_ref());
        replace(&mut entry.centre, said.centre.as_ref());
    }
    keep(
        &mut made.repatriates,
        |entry| entry.person == iin,
        known(Register::Repatriates),
        draft.repatriate.is_some(),
        || RepatriateRegistration {
            number: number("ORL"),
            person: iin,
            region: names::OSKEMEN.region,
            registered_on: date!(2024 - 11 - 05),
        },
    );
    if let (Some(said), Some(entry)) =
        (&draft.repatriate, made.repatriates.iter_mut().find(|entry| entry.person == iin))
    {
        replace(&mut entry.number, said.number.as_ref());
        replace(&mut entry.registered_on, said.registered_on.as_ref());
        replace(&mut entry.region, said.town.as_deref().and_then(town).map(|town| town.region).as_ref());
    }
    keep(
        &mut made.home_schooling,
        |entry| entry.child == iin,
        known(Register::HomeSchooled),
        draft.home_schooling.is_some(),
        || HomeSchooling { child: iin, conclusion: number("PMPK"), since: date!(2025 - 09 - 01) },
    );
    if let (Some(said), Some(entry)) =
        (&draft.home_schooling, made.home_schooling.iter_mut().find(|entry| entry.child == iin))
    {
        replace(&mut entry.conclusion, said.conclusion.as_ref());
        replace(&mut entry.since, said.since.as_ref());
    }
}

/// Drops a person's entry of a register, leaves it, or makes it.
fn keep<T>(
    register: &mut Vec<T>,
    theirs: impl Fn(&T) -> bool,
    known: Option<Presence>,
    said: bool,
    make: impl FnOnce() -> T,
) {
    match (known, said) {
        (Some(Presence::Absent), _) => register.retain(|entry| !theirs(entry)),
        (Some(Presence::Present), _) | (None, true) => {
            if !register.iter().any(&theirs) {
                register.push(make());
            }
        }
        (None, false) => {}
    }
}

fn replace<T: Clone>(known: &mut T, said: Option<&T>) {
    if let Some(said) = said {
        known.clone_from(said);
    }
}
