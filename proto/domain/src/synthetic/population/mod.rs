//! The people, organisations and papers of the simulated country: a pure function of a seed and a number scheme.
//!
//! Every register, front and certificate builds the same population from the same seed instead of sharing a database.
//! It holds no wire types and knows no agency; each agency shows of it what its register would know.
//! Nobody in it is real: see [`super::numbers`] for the numbers; names are drawn from tables of common names, and
//! bank accounts carry a bank code that no bank has.

mod make;
mod names;
mod ready;
mod records;
pub mod roster;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub use records::{
    Address, CertificateSubject, Certification, Employment, FullName, HomeSchooling, IdentityCard,
    InformationSystem, Organization, OrganizationKind, Password, Person, PersonNames, PowerOfAttorney,
    PowerStatus, Presence, RepatriateRegistration, UnemploymentRegistration,
};

use super::magic::{self, Magic};
use super::numbers::Scheme;
use crate::number::{Bin, Iin};
use crate::text::Text;

/// The simulated country. About two hundred people; making it takes about a millisecond.
#[derive(Clone, Debug)]
pub struct Population {
    seed: u64,
    scheme: Scheme,
    made: make::Made,
    people_by_key: HashMap<String, usize>,
    people_by_iin: HashMap<Iin, usize>,
}

impl Population {
    /// Makes the population of a seed.
    pub fn new(seed: u64, scheme: Scheme) -> Self {
        Self::of(seed, scheme, make::population(&make::dice(seed), scheme))
    }

    fn of(seed: u64, scheme: Scheme, made: make::Made) -> Self {
        let index = |(at, person): (usize, &Person)| (person.key.clone(), at);
        let people_by_key = made.people.iter().enumerate().map(index).collect();
        let people_by_iin = made.people.iter().enumerate().map(|(at, person)| (person.iin, at)).collect();
        Self { seed, scheme, made, people_by_key, people_by_iin }
    }

    /// The seed that it was made from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The scheme of its numbers.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Everybody: the ready people first, then the crowd, then those whose number is magic.
    pub fn people(&self) -> &[Person] {
        &self.made.people
    }

    /// The people with a stated purpose, in the order of their table.
    pub fn ready_people(&self) -> impl Iterator<Item = &Person> {
        self.made.people.iter().filter(|person| person.purpose.is_some() && !magic::is_key(&person.key))
    }

    /// The people whose number makes one thing happen, in the order of their table.
    pub fn magic_people(&self) -> impl Iterator<Item = (&'static Magic, &Person)> {
        magic::MAGIC.iter().filter_map(|magic| Some((magic, self.person(magic.key)?)))
    }

    /// A person by key, for example `aigerim`.
    pub fn person(&self, key: &str) -> Option<&Person> {
        self.people_by_key.get(key).and_then(|&at| self.made.people.get(at))
    }

    /// A person by number, whether or not the register of natural persons knows them.
    pub fn by_iin(&self, iin: &Iin) -> Option<&Person> {
        self.people_by_iin.get(iin).and_then(|&at| self.made.people.get(at))
    }

    /// The children of a person that are in the population.
    pub fn children_of<'a>(&'a self, parent: &'a Iin) -> impl Iterator<Item = &'a Person> {
        self.made.people.iter().filter(move |person| person.parents.contains(parent))
    }

    /// Every organisation.
    pub fn organizations(&self) -> &[Organization] {
        &self.made.organizations
    }

    /// An organisation by key, for example `state-corporation`.
    pub fn organization(&self, key: &str) -> Option<&Organization> {
        self.made.organizations.iter().find(|organization| organization.key == key)
    }

    /// An organisation by number, whether or not the register of legal entities knows it.
    pub fn by_bin(&self, bin: &Bin) -> Option<&Organization> {
        self.made.organizations.iter().find(|organization| organization.bin == *bin)
    }

    /// The person who signs an organisation's results.
    pub fn signatory_of(&self, organization: &str) -> Option<&Person> {
        self.made.people.iter().find(|person| {
            person.certificate.roles.contains(&crate::CertificateRole::Signatory)
                && person.employment.as_ref().is_some_and(|work| work.organization == organization)
        })
    }

    /// The operators on the State corporation's list.
    pub fn listed_operators(&self) -> impl Iterator<Item = &Person> {
        ready::LISTED_OPERATORS.iter().filter_map(|key| self.person(key))
    }

    /// Information systems that send on the bus.
    pub fn systems(&self) -> &[InformationSystem] {
        &self.made.systems
    }

    /// An information system by key, for example `portal-system`.
    pub fn system(&self, key: &str) -> Option<&InformationSystem> {
        self.made.systems.iter().find(|system| system.key == key)
    }

    /// The subject of the certificate of a person or an information system, by key.
    pub fn certificate_subject(&self, key: &str) -> Option<&CertificateSubject> {
        self.person(key)
            .map(Person::certificate_subject)
            .or_else(|| self.system(key).map(InformationSystem::certificate_subject))
    }

    /// A town of a region, by its English name in small letters.
    pub fn town_of(region: &Text) -> Option<String> {
        roster::town_of(region)
    }

    /// Every power of attorney, whoever certified it.
    pub fn powers_of_attorney(&self) -> &[PowerOfAttorney] {
        &self.made.powers
    }

    /// A power of attorney by number, whoever certified it.
    pub fn power_of_attorney(&self, number: &str) -> Option<&PowerOfAttorney> {
        self.made.powers.iter().find(|power| power.number == number)
    }

    /// Every registration as unemployed.
    pub fn unemployed(&self) -> &[UnemploymentRegistration] {
        &self.made.unemployed
    }

    /// A person's registration as unemployed.
    pub fn unemployment(&self, person: &Iin) -> Option<&UnemploymentRegistration> {
        self.made.unemployed.iter().find(|registration| registration.person == *person)
    }

    /// Every registration as repatriate.
    pub fn repatriates(&self) -> &[RepatriateRegistration] {
        &self.made.repatriates
    }

    /// A person's registration as repatriate.
    pub fn repatriate(&self, person: &Iin) -> Option<&RepatriateRegistration> {
        self.made.repatriates.iter().find(|registration| registration.person == *person)
    }

    /// Every disabled child taught at home.
    pub fn home_schooled(&self) -> &[HomeSchooling] {
        &self.made.home_schooling
    }

    /// A child's record of being taught at home.
    pub fn home_schooling(&self, child: &Iin) -> Option<&HomeSchooling> {
        self.made.home_schooling.iter().find(|record| record.child == *child)
    }
}
