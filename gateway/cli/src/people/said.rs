//! People of a running bus, of the shared one or of a test session: what is said of them, and who they are then.

use std::path::Path;

use eush_domain::synthetic::population::Population;
use eush_domain::synthetic::population::roster::Roster;
use eush_wire::adapter::v1::GetRosterRequest;
use eush_wire::adapter::v1::roster_service_client::RosterServiceClient;
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::people_service_client::PeopleServiceClient;
use serde_json::{Value, json};
use tonic::{Code, Status};

use crate::args::{Born, PeopleAction, PersonSaid, RegisterArg, SexArg};
use crate::connect::{Bus, BusChannel};
use crate::exit::{Failure, Outcome};
use crate::output::{self, Printer};
use crate::script::told;

/// Largest list of people that is taken.
const LARGEST: usize = 16 << 20;

/// What says that there is none.
const NONE: &str = "none";

/// The people of a bus: the population, with what is said of people there.
pub(crate) async fn of(bus: &Bus, population: Population) -> Result<Population, Failure> {
    let address = bus.address("management")?;
    let mut client =
        RosterServiceClient::new(bus.channel("management").await?).max_decoding_message_size(LARGEST);
    let said = match client.get_roster(GetRosterRequest::default()).await {
        Ok(answer) => answer.into_inner().roster,
        // A bus of another make, or an older one, says nothing of people.
        Err(status) if status.code() == Code::Unimplemented => return Ok(population),
        Err(status) => return Err(Failure::from_status(address, status)),
    };
    if said.is_empty() {
        return Ok(population);
    }
    let roster: Roster = serde_json::from_str(&said).map_err(|error| {
        Failure::Environment(format!(
            "what the bus says of people cannot be read ({error}): is it of another eush?"
        ))
    })?;
    Ok(roster.over(&population))
}

/// Does the action. The bus is looked for once the rest is good.
pub(crate) async fn run(
    bus: impl FnOnce() -> Result<Bus, Failure>,
    action: PeopleAction,
    printer: Printer,
) -> Result<Outcome, Failure> {
    let asked = Asked::read(action)?;
    let bus = bus()?;
    let address = bus.address("management")?.to_owned();
    let client =
        PeopleServiceClient::new(bus.channel("management").await?).max_decoding_message_size(LARGEST);
    asked.act(client, &address, printer).await?;
    Ok(Outcome::Positive)
}

/// What is asked of the bus.
enum Asked {
    Add(wire::AddPersonRequest),
    Change(wire::ChangePersonRequest),
    List(wire::ListPeopleRequest),
    Remove(String),
    Reset,
    Show(String),
}

impl Asked {
    fn read(action: PeopleAction) -> Result<Self, Failure> {
        Ok(match action {
            PeopleAction::Add { key, born, said } => {
                let person = with_birth(draft(&said)?, born);
                Self::Add(wire::AddPersonRequest { key, person: Some(person) })
            }
            PeopleAction::Change { key, said } => {
                Self::Change(wire::ChangePersonRequest { key, person: Some(draft(&said)?) })
            }
            PeopleAction::List { all } => Self::List(wire::ListPeopleRequest { said_only: !all }),
            PeopleAction::Remove { key } => Self::Remove(key),
            PeopleAction::Reset => Self::Reset,
            PeopleAction::Show { key } => Self::Show(key),
        })
    }

    async fn act(
        self,
        mut client: PeopleServiceClient<BusChannel>,
        address: &str,
        printer: Printer,
    ) -> Result<(), Failure> {
        let failed = |status: Status| told(address, status);
        match self {
            Self::Add(request) => {
                show(client.add_person(request).await.map_err(failed)?.into_inner().person, printer)
            }
            Self::Change(request) => {
                show(client.change_person(request).await.map_err(failed)?.into_inner().person, printer)
            }
            Self::List(request) => {
                let people = client.list_people(request).await.map_err(failed)?.into_inner().people;
                let rows: Vec<_> = people.iter().map(row).collect();
                for line in output::table(&rows) {
                    printer.line(line);
                }
                printer.data(&people.iter().map(data).collect::<Vec<_>>())
            }
            Self::Remove(key) => {
                client.remove_person(wire::RemovePersonRequest { key: key.clone() }).await.map_err(failed)?;
                printer.line(format!("removed {key}"));
                printer.data(&json!({ "removed": [key] }))
            }
            Self::Reset => {
                let reset = client.reset_people(wire::ResetPeopleRequest {}).await.map_err(failed)?;
                let reset = reset.into_inner().reset;
                printer.line(format!("nothing is said of {reset} people any more"));
                printer.data(&json!({ "reset": reset }))
            }
            Self::Show(key) => {
                let request = wire::GetPersonRequest { key };
                show(client.get_person(request).await.map_err(failed)?.into_inner().person, printer)
            }
        }
    }
}

fn with_birth(draft: wire::PersonDraft, born: Born) -> wire::PersonDraft {
    let sex = born.sex.map_or(draft.sex(), |sex| match sex {
        SexArg::Female => wire::Sex::Female,
        SexArg::Male => wire::Sex::Male,
    });
    wire::PersonDraft {
        iin: born.iin.unwrap_or_else(|| draft.iin.clone()),
        sex: sex.into(),
        birth_date: born.born.unwrap_or_else(|| draft.birth_date.clone()),
        ..draft
    }
}

/// What the options say, over what the file says.
fn draft(said: &PersonSaid) -> Result<wire::PersonDraft, Failure> {
    let mut draft = said.from.as_deref().map(file).transpose()?.unwrap_or_default();
    if let Some(name) = &said.name {
        let other = |text: &Option<String>| text.as_deref().map(full_name).transpose();
        draft.names = Some(wire::PersonNames {
            kk: Some(full_name(name)?),
            ru: other(&said.name_ru)?,
            latin: other(&said.name_latin)?,
        });
    }
    if let Some(password) = &said.password {
        draft.password.clone_from(password);
    }
    if let Some(town) = &said.town {
        draft.town.clone_from(town);
    }
    let or_nobody = |key: &String| if key == NONE { String::new() } else { key.clone() };
    draft.employer = said.employer.as_ref().map(or_nobody).or(draft.employer);
    draft.spouse = said.spouse.as_ref().map(or_nobody).or(draft.spouse);
    if !said.parents.is_empty() {
        let keys = said.parents.iter().filter(|key| *key != NONE).cloned().collect();
        draft.parents = Some(wire::People { keys });
    }
    draft.known_to.extend(said.known_to.iter().map(|register| i32::from(register_of(*register))));
    draft.unknown_to.extend(said.unknown_to.iter().map(|register| i32::from(register_of(*register))));
    if !said.powers.is_empty() {
        let powers = said.powers.iter().filter(|power| *power != NONE).map(|power| power_of(power));
        draft.powers = Some(wire::Powers { powers: powers.collect::<Result<_, _>>()? });
    }
    Ok(draft)
}

/// A file of what is said of a person.
fn file(path: &Path) -> Result<wire::PersonDraft, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Usage(format!("cannot read {}: {error}", path.display())))?;
    let name = path.display().to_string();
    let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let read =
        if is_json { eush_words::read::json(&name, &text) } else { eush_words::read::yaml(&name, &text) };
    read.map_err(|error| Failure::Usage(error.to_string()))
}

fn full_name(text: &str) -> Result<wire::FullName, Failure> {
    let mut words = text.split_whitespace();
    let (Some(surname), Some(given)) = (words.next(), words.next()) else {
        return Err(Failure::Usage(
            "a name is a surname and a given name, and a patronymic where there is one".to_owned(),
        ));
    };
    Ok(wire::FullName {
        surname: surname.to_owned(),
        given: given.to_owned(),
        patronymic: words.collect::<Vec<_>>().join(" "),
    })
}

fn register_of(register: RegisterArg) -> wire::Register {
    match register {
        RegisterArg::HomeSchooled => wire::Register::HomeSchooled,
        RegisterArg::Persons => wire::Register::Persons,
        RegisterArg::PortalAccounts => wire::Register::PortalAccounts,
        RegisterArg::Repatriates => wire::Register::Repatriates,
        RegisterArg::Unemployed => wire::Register::Unemployed,
    }
}

fn power_of(text: &str) -> Result<wire::PowerOfAttorneyEntry, Failure> {
    let wrong = || {
        Failure::Usage(format!(
            "--power `{text}` is not NUMBER:REPRESENTATIVE, with :revoked or :without-notary where it is so"
        ))
    };
    let mut parts = text.split(':');
    let (Some(number), Some(representative)) = (parts.next(), parts.next()) else { return Err(wrong()) };
    let mut power = wire::PowerOfAttorneyEntry {
        number: number.to_owned(),
        representative: representative.to_owned(),
        ..wire::PowerOfAttorneyEntry::default()
    };
    for word in parts {
        match word {
            "revoked" => power.revoked = true,
            "without-notary" => power.without_notary = true,
            _ => return Err(wrong()),
        }
    }
    Ok(power)
}

fn register_name(register: wire::Register) -> &'static str {
    match register {
        wire::Register::HomeSchooled => "home-schooled",
        wire::Register::Persons => "persons",
        wire::Register::PortalAccounts => "portal-accounts",
        wire::Register::Repatriates => "repatriates",
        wire::Register::Unemployed => "unemployed",
        wire::Register::Unspecified => "unspecified",
    }
}

fn origin(person: &wire::Person) -> &'static str {
    match person.origin() {
        wire::PersonOrigin::Added => "added",
        wire::PersonOrigin::Changed => "changed",
        wire::PersonOrigin::Population | wire::PersonOrigin::Unspecified => "population",
    }
}

fn registers(person: &wire::Person) -> Vec<&'static str> {
    person.registers().map(register_name).collect()
}

fn spelt(name: Option<&wire::FullName>) -> String {
    name.map(|name| format!("{} {} {}", name.surname, name.given, name.patronymic).trim().to_owned())
        .unwrap_or_default()
}

fn row(person: &wire::Person) -> Vec<String> {
    vec![
        person.key.clone(),
        person.iin.clone(),
        person.password.clone(),
        spelt(person.names.as_ref().and_then(|names| names.kk.as_ref())),
        origin(person).to_owned(),
        registers(person).join(" "),
    ]
}

fn show(person: Option<wire::Person>, printer: Printer) -> Result<(), Failure> {
    let person =
        person.ok_or_else(|| Failure::Bug("an answer about a person without the person".to_owned()))?;
    printer.line(format!("{} ({})", person.key, origin(&person)));
    let names = person.names.clone().unwrap_or_default();
    let tell = |name: &str, value: String| {
        if !value.is_empty() {
            printer.line(format!("  {name:<13} {value}"));
        }
    };
    tell("iin", person.iin.clone());
    tell("password", person.password.clone());
    tell("kk", spelt(names.kk.as_ref()));
    tell("ru", spelt(names.ru.as_ref()));
    tell("latin", spelt(names.latin.as_ref()));
    tell("born", person.birth_date.clone());
    tell("town", person.town.clone());
    tell("works for", person.employer.clone());
    tell("parents", person.parents.join(" "));
    tell("spouse", person.spouse.clone());
    tell("known to", registers(&person).join(" "));
    for power in &person.powers {
        let how = [(power.without_notary, "without a notary"), (power.revoked, "revoked")];
        let how: Vec<_> = how.into_iter().filter(|(so, _)| *so).map(|(_, word)| word).collect();
        tell("power", format!("{} for {} {}", power.number, power.representative, how.join(", ")));
    }
    printer.data(&data(&person))
}

fn data(person: &wire::Person) -> Value {
    let names = person.names.clone().unwrap_or_default();
    let powers = person.powers.iter().map(|power| {
        json!({
            "number": power.number,
            "representative": power.representative,
            "without_notary": power.without_notary,
            "revoked": power.revoked,
        })
    });
    json!({
        "key": person.key,
        "origin": origin(person),
        "iin": person.iin,
        "password": person.password,
        "names": {
            "kk": spelt(names.kk.as_ref()),
            "ru": spelt(names.ru.as_ref()),
            "latin": spelt(names.latin.as_ref()),
        },
        "birth_date": person.birth_date,
        "town": person.town,
        "employer": person.employer,
        "parents": person.parents,
        "spouse": person.spouse,
        "registers": registers(person),
        "unemployment": person.unemployment.as_ref().map(|entry| json!({
            "number": entry.number, "registered_on": entry.registered_on, "centre": entry.centre,
        })),
        "repatriate": person.repatriate.as_ref().map(|entry| json!({
            "number": entry.number, "registered_on": entry.registered_on, "town": entry.town,
        })),
        "home_schooling": person.home_schooling.as_ref().map(|entry| json!({
            "conclusion": entry.conclusion, "since": entry.since,
        })),
        "powers": powers.collect::<Vec<_>>(),
        "purpose": person.purpose,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_powers_are_read_from_the_command_line() {
        let name = full_name("Әлімова Дана Серікқызы").unwrap();
        assert_eq!((name.given.as_str(), name.patronymic.as_str()), ("Дана", "Серікқызы"));
        assert!(full_name("Дана").is_err());
        let power = power_of("2026-1:daniyar:revoked").unwrap();
        assert_eq!(
            (power.representative.as_str(), power.revoked, power.without_notary),
            ("daniyar", true, false)
        );
        for wrong in ["2026-1", "2026-1:daniyar:perhaps"] {
            assert!(matches!(power_of(wrong), Err(Failure::Usage(_))), "{wrong}");
        }
    }
}
