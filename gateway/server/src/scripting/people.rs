//! Who people are to scripts: the population's keys and numbers, and the pseudonyms of this store.

use eush_domain::synthetic::population::Population;
use eush_domain::{Bin, Iin};
use eush_pipeline::party::Party;
use eush_pipeline::pseudonym::{Pseudonym, Pseudonyms};
use eush_scripts::People;
use eush_wire::bus::v1 as bus;
use prost::Message as _;

/// The population, and the key of pseudonyms.
#[derive(Debug)]
pub(crate) struct Known {
    population: Population,
    pseudonyms: Pseudonyms,
}

impl Known {
    pub(crate) fn new(population: Population, pseudonyms: Pseudonyms) -> Self {
        Self { population, pseudonyms }
    }

    pub(crate) fn population(&self) -> &Population {
        &self.population
    }

    pub(crate) fn pseudonyms(&self) -> &Pseudonyms {
        &self.pseudonyms
    }

    /// Who is meant by a key of the population or by twelve digits. Digits can be a person's or an organisation's, so that
    /// both are meant.
    pub(crate) fn pseudonyms_of(&self, name: &str) -> Vec<Pseudonym> {
        let parties = match (Iin::parse(name), Bin::parse(name)) {
            (Ok(iin), Ok(bin)) => vec![Party::Iin(iin), Party::Bin(bin)],
            (_, _) => {
                let person = self.population.person(name).map(|person| Party::Iin(person.iin));
                let organization = self.population.organization(name).map(|found| Party::Bin(found.bin));
                person.or(organization).into_iter().collect()
            }
        };
        parties.into_iter().map(|party| self.pseudonyms.of(party)).collect()
    }

    /// The key of whoever has a pseudonym, where they are of the population.
    pub(crate) fn key_of(&self, pseudonym: &Pseudonym) -> Option<&str> {
        let person =
            self.population.people().iter().find(|one| self.pseudonyms.of(Party::Iin(one.iin)) == *pseudonym);
        let organization = || {
            self.population
                .organizations()
                .iter()
                .find(|one| self.pseudonyms.of(Party::Bin(one.bin)) == *pseudonym)
        };
        person.map(|person| person.key.as_str()).or_else(|| organization().map(|found| found.key.as_ref()))
    }
}

impl People for Known {
    fn digits(&self, key: &str) -> Option<String> {
        People::digits(&self.population, key)
    }

    fn key(&self, digits: &str) -> Option<String> {
        People::key(&self.population, digits)
    }

    fn pseudonym(&self, digits: &str) -> Option<String> {
        // Whom a recording is about is a person unless the population has an organisation of that number.
        let organization = Bin::parse(digits).ok().filter(|bin| self.population.by_bin(bin).is_some());
        let party = match organization {
            Some(bin) => Party::Bin(bin),
            None => Party::Iin(Iin::parse(digits).ok()?),
        };
        Some(self.pseudonyms.of(party).as_str().to_owned())
    }
}

/// The applicant of a signed document.
pub(super) fn applicant(content: &[u8]) -> Option<Party> {
    use bus::party::Number;
    match bus::Document::decode(content).ok()?.applicant?.number? {
        Number::Bin(digits) => Bin::parse(&digits).ok().map(Party::Bin),
        Number::Iin(digits) => Iin::parse(&digits).ok().map(Party::Iin),
    }
}
