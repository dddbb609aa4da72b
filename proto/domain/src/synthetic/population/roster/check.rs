//! Whether a roster may be told what it is told.

use std::collections::HashSet;

use time::Date;
use time::macros::date;

use super::super::make::LATEST;
use super::super::{FullName, Population};
use super::{CAPACITY, PersonDraft, RosterError, build};
use crate::number::Iin;
use crate::synthetic::numbers::{self, Scheme, SyntheticBirth};

/// Longest name of a certificate's holder, surname and given name together (RFC 5280, ub-common-name).
const COMMON_NAME: usize = 64;

/// No synthetic person is older.
const EARLIEST: Date = date!(1900 - 01 - 01);

fn field(field: &'static str, expected: impl Into<String>) -> RosterError {
    RosterError::Field { field, expected: expected.into() }
}

/// Whether there is room for one more.
pub(super) fn room(held: usize) -> Result<(), RosterError> {
    if held < CAPACITY { Ok(()) } else { Err(RosterError::TooMany) }
}

/// Whether a key is one, and nobody's. Whoever was removed may be changed back by nobody, so that their key stays theirs.
pub(super) fn key(now: &Population, base: &Population, key: &str) -> Result<(), RosterError> {
    let mut bytes = key.bytes();
    let sound = (1..=32).contains(&key.len())
        && bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !sound {
        return Err(field("key", "1 to 32 characters a-z, 0-9 and hyphens, the first a letter"));
    }
    let taken = now.person(key).is_some()
        || base.person(key).is_some()
        || base.organization(key).is_some()
        || base.system(key).is_some();
    if taken { Err(RosterError::Exists { key: key.to_owned() }) } else { Ok(()) }
}

/// A draft of somebody new, with sex and birth date as a number that is given shows them.
pub(super) fn newcomer(
    now: &Population,
    base: &Population,
    key: &str,
    mut draft: PersonDraft,
) -> Result<PersonDraft, RosterError> {
    if let Some(born) = draft.birth_date
        && !(EARLIEST..=LATEST).contains(&born)
    {
        return Err(field("birth_date", format!("a day from {EARLIEST} to {LATEST}")));
    }
    if let Some(iin) = draft.iin {
        let shown = synthetic(base.scheme(), &iin)?;
        if now.by_iin(&iin).is_some() || base.by_iin(&iin).is_some() {
            return Err(RosterError::NumberTaken);
        }
        let sex = *draft.sex.get_or_insert(shown.sex);
        if sex != shown.sex {
            return Err(field("sex", "the sex that the seventh digit of `iin` shows"));
        }
        let born = match draft.birth_date {
            Some(born) => born,
            None => likely(base.scheme(), shown).ok_or_else(|| {
                field("birth_date", "a birth date, since the number shows none that can be")
            })?,
        };
        if !numbers::shows(base.scheme(), &iin, born) {
            return Err(field(
                "birth_date",
                "the day, the month and the last digit of the year that `iin` shows",
            ));
        }
        draft.birth_date = Some(born);
    }
    said(now, base, key, &draft)?;
    Ok(draft)
}

/// A number of the scheme, and what it shows.
fn synthetic(scheme: Scheme, iin: &Iin) -> Result<SyntheticBirth, RosterError> {
    numbers::shown_by(scheme, iin).ok_or_else(|| {
        let expected = match scheme {
            Scheme::Future => {
                "a number that no living person can have: year 90 to 99, seventh digit 5 or 6, a sound check digit; leave it out, and one is given"
            }
            Scheme::Plausible => {
                "a number with a sound date and check digit, seventh digit 3 to 6; leave it out, and one is given"
            }
        };
        RosterError::NotSynthetic { expected: expected.to_owned() }
    })
}

/// A birth of which a number may be: of somebody grown up, where nothing else is said.
fn likely(scheme: Scheme, shown: SyntheticBirth) -> Option<Date> {
    let years: Vec<i32> = match scheme {
        Scheme::Future => [1980, 1990, 1970, 1960].map(|decade| decade + i32::from(shown.year % 10)).to_vec(),
        Scheme::Plausible => [1900, 2000].map(|century| century + i32::from(shown.year)).to_vec(),
    };
    let month = time::Month::try_from(shown.month).ok()?;
    years.into_iter().find_map(|year| {
        let born = Date::from_calendar_date(year, month, shown.day).ok()?;
        (EARLIEST..=LATEST).contains(&born).then_some(born)
    })
}

/// What cannot be changed of somebody, and whether the rest is as it must be.
pub(super) fn change(
    now: &Population,
    base: &Population,
    key: &str,
    draft: &PersonDraft,
) -> Result<(), RosterError> {
    let stays = "nothing: it is in the number, which stays; remove the person and add another";
    for (name, given) in [
        ("iin", draft.iin.is_some()),
        ("sex", draft.sex.is_some()),
        ("birth_date", draft.birth_date.is_some()),
    ] {
        if given {
            return Err(field(name, stays));
        }
    }
    said(now, base, key, draft)
}

/// Everything that a newcomer and somebody known have in common.
fn said(now: &Population, base: &Population, key: &str, draft: &PersonDraft) -> Result<(), RosterError> {
    if let Some(names) = &draft.names {
        for name in [Some(&names.kk), names.ru.as_ref(), names.latin.as_ref()].into_iter().flatten() {
            named(name)?;
        }
    }
    if let Some(password) = &draft.password
        && !((8..=128).contains(&password.reveal().chars().count()) && plain(password.reveal()))
    {
        return Err(field("password", "8 to 128 characters, none of them a control character"));
    }
    if let Some(town) = &draft.town {
        lives_in("town", town)?;
    }
    if let Some(employer) = draft.employer.as_deref().filter(|employer| !employer.is_empty())
        && base.organization(employer).is_none()
    {
        return Err(field("employer", "the key of an organisation, or nothing"));
    }
    let other = |of: &str| of != key && now.person(of).is_some();
    if let Some(parents) = &draft.parents
        && (parents.len() > 2 || !parents.iter().all(|parent| other(parent)))
    {
        return Err(field("parents", "at most two keys of other people who are there"));
    }
    if let Some(spouse) = draft.spouse.as_deref().filter(|spouse| !spouse.is_empty())
        && !other(spouse)
    {
        return Err(field("spouse", "the key of another person who is there, or nothing"));
    }
    recorded(now, base, key, draft)
}

/// What registers say.
fn recorded(now: &Population, base: &Population, key: &str, draft: &PersonDraft) -> Result<(), RosterError> {
    if let Some(said) = &draft.unemployment {
        number("unemployment.number", said.number.as_deref())?;
        if said.centre.as_deref().is_some_and(|centre| base.organization(centre).is_none()) {
            return Err(field("unemployment.centre", "the key of an organisation"));
        }
    }
    if let Some(said) = &draft.repatriate {
        number("repatriate.number", said.number.as_deref())?;
        if let Some(town) = &said.town {
            lives_in("repatriate.town", town)?;
        }
    }
    if let Some(said) = &draft.home_schooling {
        number("home_schooling.conclusion", said.conclusion.as_deref())?;
    }
    let mut numbers = HashSet::new();
    for power in draft.powers.iter().flatten() {
        number("powers.number", Some(&power.number))?;
        let principal = now.person(key).map(|person| person.iin);
        let elsewhere = now
            .powers_of_attorney()
            .iter()
            .any(|known| known.number == power.number && Some(known.principal) != principal);
        if elsewhere || !numbers.insert(&power.number) {
            return Err(field("powers.number", "a number that no other power of attorney has"));
        }
        if power.representative == key || now.person(&power.representative).is_none() {
            return Err(field("powers.representative", "the key of another person who is there"));
        }
    }
    Ok(())
}

fn plain(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

fn named(name: &FullName) -> Result<(), RosterError> {
    let sound = |text: &str, least: usize| {
        (least..=40).contains(&text.chars().count()) && plain(text) && text.trim() == text
    };
    if !(sound(&name.surname, 1) && sound(&name.given, 1) && sound(&name.patronymic, 0)) {
        return Err(field(
            "names",
            "surname and given name of 1 to 40 characters, patronymic of at most 40, without spaces around",
        ));
    }
    if name.surname.chars().count() + 1 + name.given.chars().count() > COMMON_NAME {
        return Err(field("names", "surname and given name of at most 63 characters together"));
    }
    Ok(())
}

fn number(name: &'static str, number: Option<&str>) -> Result<(), RosterError> {
    let sound = number.is_none_or(|number| (1..=40).contains(&number.chars().count()) && plain(number));
    if sound { Ok(()) } else { Err(field(name, "1 to 40 characters, none of them a control character")) }
}

fn lives_in(name: &'static str, town: &str) -> Result<(), RosterError> {
    if build::town(town).is_some() {
        return Ok(());
    }
    Err(field(name, format!("one of {}", build::towns().collect::<Vec<_>>().join(", "))))
}
