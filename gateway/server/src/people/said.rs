//! People in the words of `eush.management.v1.PeopleService`, and back.

use std::collections::BTreeMap;

use eush_domain::Iin;
use eush_domain::synthetic::numbers::Sex;
use eush_domain::synthetic::population::roster::{
    Certifier, DraftNames, HomeSchoolingDraft, Origin, PersonDraft, PowerDraft, Register, RepatriateDraft,
    UnemploymentDraft,
};
use eush_domain::synthetic::population::{
    Certification, FullName, Password, Person, Population, PowerStatus, Presence,
};
use eush_wire::management::v1 as wire;
use time::Date;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

const DATE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// Field that cannot be read, and what is expected there. Never what was found: it may be personal data.
pub(crate) type Unreadable = (String, String);

fn unreadable(field: &str, expected: &str) -> Unreadable {
    (format!("person.{field}"), expected.to_owned())
}

fn date(field: &str, text: &str) -> Result<Option<Date>, Unreadable> {
    if text.is_empty() {
        return Ok(None);
    }
    Date::parse(text, DATE).map(Some).map_err(|_| unreadable(field, "a date such as `1991-04-03`"))
}

fn given(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn full_name(name: wire::FullName) -> FullName {
    FullName { surname: name.surname, given: name.given, patronymic: name.patronymic }
}

/// What a client says of a person.
///
/// # Errors
/// Every field that cannot be read.
pub(crate) fn draft(said: wire::PersonDraft) -> Result<PersonDraft, Vec<Unreadable>> {
    let mut faults = Vec::new();
    let mut read = |result: Result<Option<Date>, Unreadable>| {
        result.unwrap_or_else(|fault| {
            faults.push(fault);
            None
        })
    };
    let birth_date = read(date("birth_date", &said.birth_date));
    let unemployment = said.unemployment.map(|entry| UnemploymentDraft {
        number: given(entry.number),
        registered_on: read(date("unemployment.registered_on", &entry.registered_on)),
        centre: given(entry.centre),
    });
    let repatriate = said.repatriate.map(|entry| RepatriateDraft {
        number: given(entry.number),
        registered_on: read(date("repatriate.registered_on", &entry.registered_on)),
        town: given(entry.town),
    });
    let home_schooling = said.home_schooling.map(|entry| HomeSchoolingDraft {
        conclusion: given(entry.conclusion),
        since: read(date("home_schooling.since", &entry.since)),
    });
    let iin = given(said.iin).and_then(|digits| match Iin::parse(&digits) {
        Ok(iin) => Some(iin),
        Err(_) => {
            faults.push(unreadable("iin", "12 digits, or nothing"));
            None
        }
    });
    let names = said.names.and_then(|names| match names.kk {
        Some(kk) => Some(DraftNames {
            kk: full_name(kk),
            ru: names.ru.map(full_name),
            latin: names.latin.map(full_name),
        }),
        None => {
            faults.push(unreadable("names.kk", "the Kazakh spelling, where names are given"));
            None
        }
    });
    let sex = match wire::Sex::try_from(said.sex) {
        Ok(wire::Sex::Unspecified) => None,
        Ok(wire::Sex::Female) => Some(Sex::Female),
        Ok(wire::Sex::Male) => Some(Sex::Male),
        Err(_) => {
            faults.push(unreadable("sex", "a value of Sex"));
            None
        }
    };
    let registers = registers(&said.known_to, &said.unknown_to, &mut faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(PersonDraft {
        iin,
        names,
        sex,
        birth_date,
        password: given(said.password).map(Password::new),
        town: given(said.town),
        employer: said.employer,
        parents: said.parents.map(|parents| parents.keys),
        spouse: said.spouse,
        registers,
        unemployment,
        repatriate,
        home_schooling,
        powers: said.powers.map(|powers| powers.powers.into_iter().map(power).collect()),
    })
}

fn power(said: wire::PowerOfAttorneyEntry) -> PowerDraft {
    PowerDraft {
        number: said.number,
        representative: said.representative,
        certifier: if said.without_notary { Certifier::Other } else { Certifier::Notary },
        status: if said.revoked { PowerStatus::Revoked } else { PowerStatus::InForce },
    }
}

fn registers(
    known_to: &[i32],
    unknown_to: &[i32],
    faults: &mut Vec<Unreadable>,
) -> BTreeMap<Register, Presence> {
    let mut said = BTreeMap::new();
    for (field, numbers, presence) in
        [("known_to", known_to, Presence::Present), ("unknown_to", unknown_to, Presence::Absent)]
    {
        for number in numbers {
            let register = match wire::Register::try_from(*number) {
                Ok(wire::Register::HomeSchooled) => Register::HomeSchooled,
                Ok(wire::Register::Persons) => Register::Persons,
                Ok(wire::Register::PortalAccounts) => Register::PortalAccounts,
                Ok(wire::Register::Repatriates) => Register::Repatriates,
                Ok(wire::Register::Unemployed) => Register::Unemployed,
                Ok(wire::Register::Unspecified) | Err(_) => {
                    faults.push(unreadable(field, "values of Register"));
                    continue;
                }
            };
            if said.insert(register, presence).is_some_and(|other| other != presence) {
                faults.push(unreadable(field, "registers that are not in the other list too"));
            }
        }
    }
    said
}

fn name_of(name: &FullName) -> Option<wire::FullName> {
    Some(wire::FullName {
        surname: name.surname.clone(),
        given: name.given.clone(),
        patronymic: name.patronymic.clone(),
    })
}

fn text_of(date: Date) -> String {
    // The form has no part that a date lacks.
    date.format(DATE).unwrap_or_default()
}

/// A person as registers and fronts know them.
pub(crate) fn person(population: &Population, person: &Person, origin: Origin) -> wire::Person {
    let key_of = |iin: &Iin| population.by_iin(iin).map(|person| person.key.clone());
    let powers = population.powers_of_attorney().iter().filter(|power| power.principal == person.iin);
    wire::Person {
        key: person.key.clone(),
        origin: match origin {
            Origin::Added => wire::PersonOrigin::Added,
            Origin::Changed => wire::PersonOrigin::Changed,
            Origin::Population => wire::PersonOrigin::Population,
        }
        .into(),
        iin: person.iin.digits().to_owned(),
        names: Some(wire::PersonNames {
            kk: name_of(&person.names.kk),
            ru: name_of(&person.names.ru),
            latin: name_of(&person.names.latin),
        }),
        sex: match person.sex {
            Sex::Female => wire::Sex::Female,
            Sex::Male => wire::Sex::Male,
        }
        .into(),
        birth_date: text_of(person.birth_date),
        password: person.password.reveal().to_owned(),
        town: person.address.town.en.to_lowercase(),
        employer: person.employment.as_ref().map(|work| work.organization.clone()).unwrap_or_default(),
        parents: person.parents.iter().filter_map(key_of).collect(),
        spouse: person.spouse.as_ref().and_then(key_of).unwrap_or_default(),
        registers: known_to(population, person).into_iter().map(i32::from).collect(),
        unemployment: population.unemployment(&person.iin).map(|entry| wire::UnemploymentEntry {
            number: entry.number.clone(),
            registered_on: text_of(entry.registered_on),
            centre: entry.centre.clone(),
        }),
        repatriate: population.repatriate(&person.iin).map(|entry| wire::RepatriateEntry {
            number: entry.number.clone(),
            registered_on: text_of(entry.registered_on),
            town: Population::town_of(&entry.region).unwrap_or_default(),
        }),
        home_schooling: population.home_schooling(&person.iin).map(|entry| wire::HomeSchoolingEntry {
            conclusion: entry.conclusion.clone(),
            since: text_of(entry.since),
        }),
        powers: powers
            .map(|power| wire::PowerOfAttorneyEntry {
                number: power.number.clone(),
                representative: key_of(&power.representative).unwrap_or_default(),
                without_notary: match power.certification {
                    Certification::Notary { .. } => false,
                    Certification::Otherwise { .. } => true,
                },
                revoked: power.status == PowerStatus::Revoked,
            })
            .collect(),
        purpose: person.purpose.map(|purpose| purpose.en.to_owned()).unwrap_or_default(),
    }
}

fn known_to(population: &Population, person: &Person) -> Vec<wire::Register> {
    let known = [
        (wire::Register::Persons, person.presence == Presence::Present),
        (wire::Register::PortalAccounts, person.portal_account == Presence::Present),
        (wire::Register::Unemployed, population.unemployment(&person.iin).is_some()),
        (wire::Register::Repatriates, population.repatriate(&person.iin).is_some()),
        (wire::Register::HomeSchooled, population.home_schooling(&person.iin).is_some()),
    ];
    known.into_iter().filter(|(_, known)| *known).map(|(register, _)| register).collect()
}
