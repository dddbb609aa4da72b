//! Makes the population out of the tables and the dice. Order of making is part of the result: append, do not insert.

use std::collections::HashSet;

use time::macros::date;
use time::{Date, Duration};

use super::names::{self, FEMALE, MALE, STREETS, SURNAMES, Spelling, TOWNS, Town};
use super::ready::{self, Ready, SignsAs};
use super::records::{
    Address, CertificateSubject, Certification, Employment, HomeSchooling, IdentityCard, InformationSystem,
    Organization, OrganizationKind, Password, Person, PowerOfAttorney, PowerStatus, Presence,
    RepatriateRegistration, UnemploymentRegistration,
};
use crate::dice::Dice;
use crate::number::{Bin, Iin};
use crate::role::CertificateRole;
use crate::synthetic::magic::{self, Effect, MAGIC, Magic};
use crate::synthetic::numbers::{self, Scheme, Sex, SyntheticBirth};
use crate::text::Text;

/// Families of the crowd; with two parents and one to three children each, about two hundred people.
const FAMILIES: usize = 50;

/// The parents of so many families at the end of the crowd have no account at the portal yet.
const NEW_TO_PORTAL: usize = 6;

/// Papers of the population end here: a pure function of a seed does not know today's date, so nothing may run out
/// within the years that the calendar covers.
pub(super) const FAR: Date = date!(2099 - 12 - 31);

/// No date of the population is later than this one, so that every clock of the simulator is past it.
pub(super) const LATEST: Date = date!(2025 - 12 - 31);

pub(super) const POSITION: Text = Text { kk: "маман", ru: "специалист", en: "specialist" };

/// Everything that was made.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) people: Vec<Person>,
    pub(super) organizations: Vec<Organization>,
    pub(super) systems: Vec<InformationSystem>,
    pub(super) powers: Vec<PowerOfAttorney>,
    pub(super) unemployed: Vec<UnemploymentRegistration>,
    pub(super) home_schooling: Vec<HomeSchooling>,
    pub(super) repatriates: Vec<RepatriateRegistration>,
}

/// The dice of a seed's population.
pub(super) fn dice(seed: u64) -> Dice {
    Dice::new(seed).stream(&["population"])
}

pub(super) fn population(dice: &Dice, scheme: Scheme) -> Made {
    let mut maker = Maker { dice: dice.clone(), scheme, taken: HashSet::new(), people: Vec::new() };
    for (index, ready) in ready::PEOPLE.iter().enumerate() {
        maker.ready(index, ready);
    }
    for family in 0..FAMILIES {
        maker.family(family);
    }
    for (index, magic) in MAGIC.iter().enumerate() {
        maker.magic(index, magic);
    }
    let mut people = maker.people;
    tie_ready_family(&mut people);
    tie_ready_couple(&mut people);
    let organizations = organizations(dice, &people);
    let systems = systems(&organizations);
    let powers = powers(&people);
    let unemployed = unemployed(&people);
    let home_schooling = home_schooling(&people);
    let repatriates = repatriates(&people);
    Made { people, organizations, systems, powers, unemployed, home_schooling, repatriates }
}

/// What a person is made of before numbers and papers are drawn.
struct Draft {
    key: String,
    given: Spelling,
    surname: Spelling,
    father: Spelling,
    sex: Sex,
    born: Date,
    address: Address,
    parents: Vec<Iin>,
}

struct Maker {
    dice: Dice,
    scheme: Scheme,
    taken: HashSet<Iin>,
    people: Vec<Person>,
}

impl Maker {
    fn ready(&mut self, index: usize, ready: &Ready) {
        let mut dice = self.dice.stream(&["address", ready.key]);
        let surname = SURNAMES[(ready.surname + index / SURNAMES.len()) % SURNAMES.len()];
        let address = address(&mut dice, ready.town, Flat::Yes);
        let mut person = self.person(Draft {
            key: ready.key.to_owned(),
            given: ready.given,
            surname,
            father: MALE[ready.father % MALE.len()],
            sex: ready.sex,
            born: ready.born,
            address,
            parents: Vec::new(),
        });
        person.presence = ready.presence;
        person.portal_account = ready.portal_account;
        person.purpose = Some(ready.purpose);
        if let Some((organization, position)) = ready.work {
            person.employment = Some(Employment {
                organization: organization.to_owned(),
                position,
                since: day(&mut dice, date!(2016 - 01 - 01), LATEST),
            });
            if let SignsAs::Staff(role) = ready.signs_as {
                person.certificate = staff_subject(&person, organization, role);
            }
        }
        self.people.push(person);
    }

    fn family(&mut self, family: usize) {
        let mut dice = self.dice.stream(&["family", &family.to_string()]);
        let town = one(&mut dice, TOWNS);
        let address = address(&mut dice, town, Flat::Yes);
        let surname = one(&mut dice, SURNAMES);
        let given = one(&mut dice, MALE);
        let born = day(&mut dice, date!(1970 - 01 - 01), date!(1990 - 12 - 31));
        let draft = |key, given, father, sex, born, parents| Draft {
            key,
            given,
            surname,
            father,
            sex,
            born,
            address: address.clone(),
            parents,
        };
        let mut father =
            self.person(draft(self.next_key(0), given, one(&mut dice, MALE), Sex::Male, born, Vec::new()));
        let born = day(&mut dice, date!(1972 - 01 - 01), date!(1992 - 12 - 31));
        let (name, grandfather) = (one(&mut dice, FEMALE), one(&mut dice, MALE));
        let mut mother =
            self.person(draft(self.next_key(1), name, grandfather, Sex::Female, born, Vec::new()));
        father.spouse = Some(mother.iin);
        mother.spouse = Some(father.iin);
        if family + NEW_TO_PORTAL >= FAMILIES {
            father.portal_account = Presence::Absent;
            mother.portal_account = Presence::Absent;
        }
        father.employment = work(&mut dice);
        mother.employment = work(&mut dice);
        let parents = vec![father.iin, mother.iin];
        let mut members = vec![father, mother];
        for child in 0..1 + dice.below(3) {
            let sex = if dice.below(2) == 0 { Sex::Female } else { Sex::Male };
            let table = match sex {
                Sex::Female => FEMALE,
                Sex::Male => MALE,
            };
            let name = one(&mut dice, table);
            let born = day(&mut dice, date!(2009 - 01 - 01), date!(2020 - 12 - 31));
            let key = self.next_key(2 + usize::try_from(child).unwrap_or(0));
            members.push(self.person(draft(key, name, given, sex, born, parents.clone())));
        }
        self.people.append(&mut members);
    }

    /// Like Aigerim in everything but the one thing.
    fn magic(&mut self, index: usize, magic: &Magic) {
        let mut dice = self.dice.stream(&["address", magic.key]);
        let sex = magic.sex();
        let table = match sex {
            Sex::Female => FEMALE,
            Sex::Male => MALE,
        };
        let address = address(&mut dice, names::ASTANA, Flat::Yes);
        let mut person = self.person(Draft {
            key: magic.key.to_owned(),
            given: table[index % table.len()],
            surname: SURNAMES[index % SURNAMES.len()],
            father: MALE[(index + 7) % MALE.len()],
            sex,
            born: date!(1990 - 01 - 01),
            address,
            parents: Vec::new(),
        });
        // Numbers of magic people do not depend on the seed: tests name them.
        person.iin = magic.iin(self.scheme);
        person.certificate.iin = Some(person.iin);
        person.purpose = Some(magic.purpose);
        if magic.effect == Effect::Absent {
            person.presence = Presence::Absent;
        }
        self.people.push(person);
    }

    fn next_key(&self, ahead: usize) -> String {
        format!("person-{:03}", self.people.len() - ready::PEOPLE.len() + ahead + 1)
    }

    fn person(&mut self, draft: Draft) -> Person {
        let mut dice = self.dice.stream(&["person", &draft.key]);
        let names = names::full_names(draft.given, draft.surname, draft.father, draft.sex);
        let iin = self.number(&mut dice, draft.born, draft.sex);
        let certificate = CertificateSubject {
            common_name: format!("{} {}", names.kk.surname, names.kk.given).to_uppercase(),
            surname: names.kk.surname.to_uppercase(),
            patronymic: names.kk.patronymic.to_uppercase(),
            iin: Some(iin),
            bin: None,
            organization: String::new(),
            system: String::new(),
            roles: vec![CertificateRole::Individual],
        };
        Person {
            password: password(&self.dice, &draft.key),
            key: draft.key,
            iin,
            names,
            sex: draft.sex,
            birth_date: draft.born,
            presence: Presence::Present,
            portal_account: Presence::Present,
            address: draft.address,
            identity_card: IdentityCard {
                number: format!("{:09}", 40_000_000 + dice.below(9_000_000)),
                issued_on: day(&mut dice, date!(2021 - 01 - 01), LATEST),
                valid_until: FAR,
            },
            parents: draft.parents,
            spouse: None,
            employment: None,
            bank_account: bank_account(&mut dice),
            purpose: None,
            certificate,
        }
    }

    fn number(&mut self, dice: &mut Dice, born: Date, sex: Sex) -> Iin {
        let birth = SyntheticBirth {
            year: u8::try_from(born.year().rem_euclid(100)).unwrap_or(0),
            month: u8::from(born.month()),
            day: born.day(),
            sex,
        };
        // A start drawn from the seed, then the next free one: a birth has thousands of numbers and few people.
        let start = u32::try_from(dice.below(4000)).unwrap_or(0);
        let mut index = start;
        loop {
            let iin = numbers::iin_by(self.scheme, birth, index);
            if self.taken.insert(iin) {
                return iin;
            }
            index += 1;
        }
    }
}

/// Somebody who is not of the seed's own people: what of them is known.
pub(super) struct Newcomer<'a> {
    pub(super) key: &'a str,
    pub(super) iin: Option<Iin>,
    pub(super) sex: Option<Sex>,
    pub(super) born: Option<Date>,
}

/// Makes somebody as the crowd is made, at home in Astana. What is known of them moves nothing of the rest.
pub(super) fn newcomer(seed: u64, scheme: Scheme, taken: HashSet<Iin>, who: &Newcomer<'_>) -> Person {
    let root = dice(seed);
    let mut dice = root.stream(&["newcomer", who.key]);
    let drawn = if dice.below(2) == 0 { Sex::Female } else { Sex::Male };
    let sex = who.sex.unwrap_or(drawn);
    let table = match sex {
        Sex::Female => FEMALE,
        Sex::Male => MALE,
    };
    let drawn = day(&mut dice, date!(1970 - 01 - 01), date!(1999 - 12 - 31));
    let (given, surname, father) = (one(&mut dice, table), one(&mut dice, SURNAMES), one(&mut dice, MALE));
    let draft = Draft {
        key: who.key.to_owned(),
        given,
        surname,
        father,
        sex,
        born: who.born.unwrap_or(drawn),
        address: address(&mut dice, names::ASTANA, Flat::Yes),
        parents: Vec::new(),
    };
    let mut person = Maker { dice: root, scheme, taken, people: Vec::new() }.person(draft);
    if let Some(iin) = who.iin {
        person.iin = iin;
        person.certificate.iin = Some(iin);
    }
    person
}

/// An address of a person in a town.
pub(super) fn home(seed: u64, key: &str, town: Town) -> Address {
    address(&mut dice(seed).stream(&["home", key, town.kato]), town, Flat::Yes)
}

/// Bolat is Ayan's father, and they live together.
fn tie_ready_family(people: &mut [Person]) {
    let Some((iin, address)) = keyed(people, "bolat").map(|father| (father.iin, father.address.clone()))
    else {
        return;
    };
    for child in people.iter_mut().filter(|person| person.key == "ayan") {
        child.parents = vec![iin];
        child.address = address.clone();
    }
}

/// Qanat and Gulnar are married, and live together.
fn tie_ready_couple(people: &mut [Person]) {
    let couple = keyed(people, "qanat").zip(keyed(people, "gulnar"));
    let Some((husband, wife, address)) =
        couple.map(|(husband, wife)| (husband.iin, wife.iin, husband.address.clone()))
    else {
        return;
    };
    for person in people.iter_mut() {
        if person.iin == husband {
            person.spouse = Some(wife);
        } else if person.iin == wife {
            person.spouse = Some(husband);
            person.address = address.clone();
        }
    }
}

fn organizations(dice: &Dice, people: &[Person]) -> Vec<Organization> {
    let crowd: Vec<Iin> = people
        .iter()
        .filter(|person| person.purpose.is_none() && person.spouse.is_some())
        .map(|person| person.iin)
        .collect();
    ready::ORGANIZATIONS
        .iter()
        .zip(crowd)
        .map(|(ready, leader)| {
            let mut dice = dice.stream(&["organization", ready.key]);
            Organization {
                key: ready.key.to_owned(),
                bin: organization_bin(ready.key),
                name: ready.name,
                kind: ready.kind,
                presence: ready.presence,
                address: address(&mut dice, ready.town, Flat::No),
                registered_on: day(&mut dice, date!(2001 - 01 - 01), date!(2015 - 12 - 31)),
                leader: chief(people, ready.key).unwrap_or(leader),
                activity: ready.activity,
            }
        })
        .collect()
}

/// The ready person who heads an organisation, where one does.
fn chief(people: &[Person], organization: &str) -> Option<Iin> {
    let heads = |person: &&Person| {
        person.certificate.roles.contains(&CertificateRole::ChiefExecutive)
            && person.employment.as_ref().is_some_and(|work| work.organization == organization)
    };
    people.iter().find(heads).map(|person| person.iin)
}

/// Numbers of organisations do not depend on the seed: configuration files name them.
fn organization_bin(key: &str) -> Bin {
    let index = ready::ORGANIZATIONS.iter().position(|ready| ready.key == key).unwrap_or(0);
    numbers::bin(u32::try_from(index).unwrap_or(0))
}

fn systems(organizations: &[Organization]) -> Vec<InformationSystem> {
    ready::SYSTEMS
        .iter()
        .filter_map(|(key, owner, oid, name)| {
            let owner = organizations.iter().find(|organization| organization.key == *owner)?;
            Some(InformationSystem {
                key: (*key).to_owned(),
                name: *name,
                organization: owner.key.clone(),
                bin: owner.bin,
                oid: (*oid).to_owned(),
                certificate: CertificateSubject {
                    common_name: name.kk.to_owned(),
                    surname: String::new(),
                    patronymic: String::new(),
                    iin: None,
                    bin: Some(owner.bin),
                    organization: owner.name.kk.to_owned(),
                    system: (*oid).to_owned(),
                    roles: vec![CertificateRole::Organization, CertificateRole::InformationSystem],
                },
            })
        })
        .collect()
}

fn staff_subject(person: &Person, organization: &str, role: CertificateRole) -> CertificateSubject {
    let name =
        ready::ORGANIZATIONS.iter().find(|ready| ready.key == organization).map_or("", |row| row.name.kk);
    CertificateSubject {
        bin: Some(organization_bin(organization)),
        organization: name.to_owned(),
        roles: vec![CertificateRole::Organization, role],
        ..person.certificate.clone()
    }
}

/// The notary of every power of attorney that one certified.
pub(super) fn notary() -> Certification {
    Certification::Notary {
        licence: "0004821".to_owned(),
        name: Text {
            kk: "А. Н. Төлегенова", ru: "А. Н. Толегенова", en: "A. N. Tolegenova"
        },
    }
}

/// Somebody else whom the law allows to certify.
pub(super) fn otherwise() -> Certification {
    Certification::Otherwise {
        by: Text {
            kk: "жұмыс берушінің басшысы",
            ru: "руководитель работодателя",
            en: "head of the employer",
        },
    }
}

/// Day on which every power of attorney was issued.
pub(super) const POWERS_ISSUED: Date = date!(2025 - 10 - 20);

fn powers(people: &[Person]) -> Vec<PowerOfAttorney> {
    let rows = [
        ("2025-1001", "aigerim", "daniyar", notary(), PowerStatus::InForce),
        ("2025-2001", "aigerim", "marat", otherwise(), PowerStatus::InForce),
        ("2025-1002", "saule", "marat", notary(), PowerStatus::Revoked),
        ("2025-1003", "bolat", "daniyar", notary(), PowerStatus::InForce),
    ];
    rows.into_iter()
        .filter_map(|(number, principal, representative, certification, status)| {
            Some(PowerOfAttorney {
                number: number.to_owned(),
                principal: keyed(people, principal)?.iin,
                representative: keyed(people, representative)?.iin,
                certification,
                status,
                issued_on: POWERS_ISSUED,
                valid_until: FAR,
            })
        })
        .collect()
}

/// Aigerim, and every adult of the crowd in Astana without work.
fn unemployed(people: &[Person]) -> Vec<UnemploymentRegistration> {
    people
        .iter()
        .filter(|person| {
            let crowd = person.purpose.is_none() && person.spouse.is_some() && person.employment.is_none();
            person.key == "aigerim"
                || magic::is_key(&person.key)
                || (crowd && person.address.town == names::ASTANA.name)
        })
        .enumerate()
        .map(|(index, person)| UnemploymentRegistration {
            number: format!("ENB-{:05}", index + 1),
            person: person.iin,
            registered_on: person.identity_card.issued_on.max(date!(2025 - 02 - 10)),
            centre: "astana-employment-centre".to_owned(),
        })
        .collect()
}

/// Qanat, in East Kazakhstan: another region than that of the act which looks for it.
fn repatriates(people: &[Person]) -> Vec<RepatriateRegistration> {
    let registered = people.iter().filter(|person| person.key == "qanat");
    registered
        .enumerate()
        .map(|(index, person)| RepatriateRegistration {
            number: format!("ORL-{:05}", index + 1),
            person: person.iin,
            region: names::OSKEMEN.region,
            registered_on: date!(2024 - 11 - 05),
        })
        .collect()
}

/// Ayan, every twentieth child of the crowd, and the last one, whose parents have no account at the portal yet.
fn home_schooling(people: &[Person]) -> Vec<HomeSchooling> {
    let crowd: Vec<&Person> =
        people.iter().filter(|person| person.purpose.is_none() && !person.parents.is_empty()).collect();
    let last = crowd.len().checked_sub(1).filter(|last| last % 20 != 0);
    people
        .iter()
        .filter(|person| person.key == "ayan")
        .chain(crowd.iter().copied().step_by(20))
        .chain(last.map(|last| crowd[last]))
        .enumerate()
        .map(|(index, child)| HomeSchooling {
            child: child.iin,
            conclusion: format!("PMPK-{:04}", index + 1),
            since: date!(2025 - 09 - 01),
        })
        .collect()
}

fn keyed<'a>(people: &'a [Person], key: &str) -> Option<&'a Person> {
    people.iter().find(|person| person.key == key)
}

/// Whether an address has a flat.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flat {
    No,
    Yes,
}

fn address(dice: &mut Dice, town: Town, flat: Flat) -> Address {
    Address {
        region: town.region,
        town: town.name,
        street: one(dice, STREETS),
        building: (1 + dice.below(120)).to_string(),
        flat: match flat {
            Flat::No => String::new(),
            Flat::Yes => (1 + dice.below(90)).to_string(),
        },
        kato: town.kato.to_owned(),
        postcode: town.postcode.to_owned(),
        code: format!("02{:014}", dice.below(100_000_000_000_000)),
        since: day(dice, date!(2012 - 01 - 01), LATEST),
    }
}

/// Two adults of three work for a company; the others are left to the employment centre.
fn work(dice: &mut Dice) -> Option<Employment> {
    let companies: Vec<&str> = ready::ORGANIZATIONS
        .iter()
        .filter(|ready| ready.kind == OrganizationKind::Company && ready.presence == Presence::Present)
        .map(|ready| ready.key)
        .collect();
    if dice.below(3) == 0 {
        return None;
    }
    let organization = (*dice.pick(&companies)?).to_owned();
    Some(Employment { organization, position: POSITION, since: day(dice, date!(2015 - 01 - 01), LATEST) })
}

fn one<T: Copy>(dice: &mut Dice, table: &[T]) -> T {
    // The tables are constants with rows, so the index is always good.
    table[usize::try_from(dice.below(table.len() as u64)).unwrap_or(0)]
}

fn day(dice: &mut Dice, first: Date, last: Date) -> Date {
    let days = u64::try_from((last - first).whole_days()).unwrap_or(0);
    first.saturating_add(Duration::days(i64::try_from(dice.below(days + 1)).unwrap_or(0)))
}

/// Twelve characters without look-alikes.
fn password(dice: &Dice, key: &str) -> Password {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut dice = dice.stream(&["password", key]);
    Password((0..12).map(|_| char::from(one(&mut dice, LETTERS))).collect())
}

/// An IBAN with right check digits (ISO 13616) and a bank code that no bank has.
fn bank_account(dice: &mut Dice) -> String {
    let account = format!("000{:013}", dice.below(10_000_000_000_000));
    // `KZ00` moved to the end, letters as numbers: K is 20, Z is 35.
    let remainder = format!("{account}203500")
        .bytes()
        .fold(0_u64, |remainder, digit| (remainder * 10 + u64::from(digit - b'0')) % 97);
    format!("KZ{:02}{account}", 98 - remainder)
}
