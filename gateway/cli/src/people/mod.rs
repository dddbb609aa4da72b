//! `eush people`: who is who, and what each is good for.

mod said;

use eush_domain::synthetic::population::{Person, Population};
use serde_json::{Value, json};

use crate::exit::{Failure, Outcome};
use crate::output::{self, Printer};

pub(crate) use said::{of, run as act};

/// Prints the ready people, or everybody.
pub(crate) fn run(population: &Population, all: bool, printer: Printer) -> Result<Outcome, Failure> {
    let people: Vec<&Person> =
        if all { population.people().iter().collect() } else { population.ready_people().collect() };
    let rows: Vec<Vec<String>> = people
        .iter()
        .map(|person| {
            let purpose =
                person.purpose.map(|text| text.in_language(printer.lang.language())).unwrap_or_default();
            vec![
                person.key.clone(),
                person.iin.digits().to_owned(),
                person.password.reveal().to_owned(),
                person.names.kk.to_string(),
                purpose.to_owned(),
            ]
        })
        .collect();
    for line in output::table(&rows) {
        printer.line(line);
    }
    printer.data(&people.iter().map(|person| data(population, person)).collect::<Vec<_>>())?;
    Ok(Outcome::Positive)
}

/// Prints the people whose number makes one thing happen.
pub(crate) fn magic(population: &Population, printer: Printer) -> Result<Outcome, Failure> {
    let rows: Vec<Vec<String>> = population
        .magic_people()
        .map(|(magic, person)| {
            vec![
                person.key.clone(),
                person.iin.digits().to_owned(),
                person.password.reveal().to_owned(),
                magic.reason.to_owned(),
                magic.purpose.in_language(printer.lang.language()).to_owned(),
            ]
        })
        .collect();
    for line in output::table(&rows) {
        printer.line(line);
    }
    let data = population.magic_people().map(|(magic, person)| {
        let mut data = data(population, person);
        data["reason"] = json!(magic.reason);
        data
    });
    printer.data(&data.collect::<Vec<_>>())?;
    Ok(Outcome::Positive)
}

fn data(population: &Population, person: &Person) -> Value {
    let subject = person.certificate_subject();
    let powers: Vec<&str> = population
        .powers_of_attorney()
        .iter()
        .filter(|power| power.representative == person.iin)
        .map(|power| power.number.as_str())
        .collect();
    json!({
        "key": person.key,
        "iin": person.iin.digits(),
        "password": person.password.reveal(),
        "names": {
            "kk": person.names.kk.to_string(),
            "ru": person.names.ru.to_string(),
            "latin": person.names.latin.to_string(),
        },
        "birth_date": person.birth_date.to_string(),
        "purpose": person.purpose.map(|text| json!({ "kk": text.kk, "ru": text.ru, "en": text.en })),
        "certificate": {
            "bin": subject.bin.map(|bin| bin.digits().to_owned()),
            "roles": subject.roles.iter().map(|role| role.name()).collect::<Vec<_>>(),
        },
        "powers_of_attorney": powers,
    })
}
