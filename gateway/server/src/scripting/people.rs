//! Who people are to scripts: the keys and numbers of the realm's people, and the pseudonyms of this store.

use std::sync::Arc;

use eush_domain::{Bin, Iin};
use eush_pipeline::party::Party;
use eush_pipeline::pseudonym::{Pseudonym, Pseudonyms};
use eush_scripts::People;
use eush_wire::bus::v1 as bus;
use prost::Message as _;

use crate::people::{Census, Now};

/// The realm's people, and the key of pseudonyms.
#[derive(Debug)]
pub(crate) struct Known {
    people: Arc<Census>,
    pseudonyms: Pseudonyms,
}

impl Known {
    pub(crate) fn new(people: Arc<Census>, pseudonyms: Pseudonyms) -> Self {
        Self { people, pseudonyms }
    }

    /// The people at this moment.
    pub(crate) fn now(&self) -> Arc<Now> {
        self.people.now()
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
                let population = &self.now().population;
                let person = population.person(name).map(|person| Party::Iin(person.iin));
                let organization = population.organization(name).map(|found| Party::Bin(found.bin));
                person.or(organization).into_iter().collect()
            }
        };
        parties.into_iter().map(|party| self.pseudonyms.of(party)).collect()
    }

    /// The key of whoever has a pseudonym, where they are of the population.
    pub(crate) fn key_of(&self, pseudonym: &Pseudonym) -> Option<String> {
        let now = self.now();
        let population = &now.population;
        let person =
            population.people().iter().find(|one| self.pseudonyms.of(Party::Iin(one.iin)) == *pseudonym);
        let organization = || {
            population
                .organizations()
                .iter()
                .find(|one| self.pseudonyms.of(Party::Bin(one.bin)) == *pseudonym)
        };
        person.map(|person| person.key.clone()).or_else(|| organization().map(|found| found.key.clone()))
    }
}

impl People for Known {
    fn digits(&self, key: &str) -> Option<String> {
        People::digits(&self.now().population, key)
    }

    fn key(&self, digits: &str) -> Option<String> {
        People::key(&self.now().population, digits)
    }

    fn pseudonym(&self, digits: &str) -> Option<String> {
        // Whom a recording is about is a person unless the population has an organisation of that number.
        let now = self.now();
        let organization = Bin::parse(digits).ok().filter(|bin| now.population.by_bin(bin).is_some());
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
