//! What one bus says of people beside the population of its seed: people added, changed and removed. A test session has a
//! roster of its own, and so has the shared bus.
//!
//! A population over a roster is a pure function of seed, scheme and roster, so that registers, fronts and certificates
//! go on agreeing without sharing a database: each builds it by [`Roster::over`].

mod build;
mod check;
mod draft;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use draft::{
    Certifier, DraftNames, HomeSchoolingDraft, PersonDraft, PowerDraft, Register, RepatriateDraft,
    UnemploymentDraft,
};

use super::{Person, Population};
use crate::text::Text;

/// People that a roster holds at most: it travels whole to whoever plays the people.
pub const CAPACITY: usize = 500;

/// Metadata by which the gateway tells agencies which roster is in force; absent where nothing is said of anybody.
pub const HEADER: &str = "eush-people";

/// People added, changed and removed, in the order of their first mention.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roster {
    people: Vec<Entry>,
}

/// What is said of one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    key: String,
    said: Said,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Said {
    /// They are as the draft says, and otherwise as the population has or makes them.
    Draft(Box<PersonDraft>),
    /// There is no such person.
    Removed,
}

/// Where a person of a population comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Added by the roster.
    Added,
    /// Of the population, changed by the roster.
    Changed,
    /// Of the population, as its seed made them.
    Population,
}

/// Why a roster does not take what it is told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RosterError {
    /// The key is somebody's already.
    #[error("`{key}` is there already: change them, or take another key")]
    Exists {
        /// Key.
        key: String,
    },
    /// A field is not as it must be.
    #[error("`{field}`: expected {expected}")]
    Field {
        /// Field of the draft.
        field: &'static str,
        /// What is expected. Never the value found: it may be personal data.
        expected: String,
    },
    /// They sign for an organisation or lead it.
    #[error("`{key}` signs for an organisation or leads it, and results need them: change them instead")]
    HoldsOffice {
        /// Key.
        key: String,
    },
    /// The number may be a living person's, or is none.
    #[error("`iin`: expected {expected}")]
    NotSynthetic {
        /// What is expected.
        expected: String,
    },
    /// Another person has the number.
    #[error("`iin`: expected a number that nobody has here: leave it out, and one is given")]
    NumberTaken,
    /// There are as many as are allowed.
    #[error("a roster says something of at most {CAPACITY} people: remove some")]
    TooMany,
    /// There is nobody of this key.
    #[error("there is no `{key}` here: add them, or see `eush people --all`")]
    Unknown {
        /// Key.
        key: String,
    },
}

impl Roster {
    /// Whether nothing is said of anybody.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// Of how many people something is said.
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// The population with what this roster says.
    pub fn over(&self, base: &Population) -> Population {
        build::over(self, base)
    }

    /// Where somebody comes from who is in the population over this roster.
    pub fn origin(&self, base: &Population, key: &str) -> Origin {
        match (self.said(key), base.person(key)) {
            (Some(_), Some(_)) => Origin::Changed,
            (Some(_), None) => Origin::Added,
            (None, _) => Origin::Population,
        }
    }

    /// Adds somebody. What the draft leaves open is made from the seed and the key, as for the crowd; the number that is
    /// given stays, whoever is added or removed later.
    ///
    /// # Errors
    /// Where the key or the number is somebody's, the number is not synthetic, or a field is not as it must be.
    pub fn add(&mut self, base: &Population, key: &str, draft: PersonDraft) -> Result<(), RosterError> {
        let now = self.over(base);
        check::key(&now, base, key)?;
        check::room(self.people.len())?;
        let draft = check::newcomer(&now, base, key, draft)?;
        let mut next = self.clone();
        next.people.push(Entry { key: key.to_owned(), said: Said::Draft(Box::new(draft)) });
        // What the seed makes up is kept too, so that it does not depend on who else is there.
        if let Some(person) = next.over(base).person(key)
            && let Some(Entry { said: Said::Draft(draft), .. }) = next.people.last_mut()
        {
            draft.iin = Some(person.iin);
            draft.sex = Some(person.sex);
            draft.birth_date = Some(person.birth_date);
        }
        *self = next;
        Ok(())
    }

    /// Changes somebody, added or of the population: what the draft says replaces what was, the rest stays.
    ///
    /// # Errors
    /// Where there is nobody of the key, or a field is not as it must be or cannot be changed.
    pub fn change(&mut self, base: &Population, key: &str, draft: PersonDraft) -> Result<(), RosterError> {
        let now = self.over(base);
        if now.person(key).is_none() {
            return Err(RosterError::Unknown { key: key.to_owned() });
        }
        check::change(&now, base, key, &draft)?;
        if let Some(Entry { said: Said::Draft(known), .. }) =
            self.people.iter_mut().find(|entry| entry.key == key)
        {
            known.take(draft);
            return Ok(());
        }
        check::room(self.people.len())?;
        self.people.push(Entry { key: key.to_owned(), said: Said::Draft(Box::new(draft)) });
        Ok(())
    }

    /// Removes somebody, added or of the population: no register and no front knows them any more.
    ///
    /// # Errors
    /// Where there is nobody of the key, or somebody whom results need.
    pub fn remove(&mut self, base: &Population, key: &str) -> Result<(), RosterError> {
        let now = self.over(base);
        let person = now.person(key).ok_or_else(|| RosterError::Unknown { key: key.to_owned() })?;
        if holds_office(&now, person) {
            return Err(RosterError::HoldsOffice { key: key.to_owned() });
        }
        let known = self.people.iter().any(|entry| entry.key == key);
        if !known {
            check::room(self.people.len())?;
        }
        self.people.retain(|entry| entry.key != key);
        if base.person(key).is_some() {
            self.people.push(Entry { key: key.to_owned(), said: Said::Removed });
        }
        Ok(())
    }

    fn said(&self, key: &str) -> Option<&Said> {
        self.people.iter().find(|entry| entry.key == key).map(|entry| &entry.said)
    }
}

/// A town of a region, by its name.
pub(super) fn town_of(region: &Text) -> Option<String> {
    build::town_of(region)
}

/// Whether somebody signs for an organisation or leads one.
fn holds_office(population: &Population, person: &Person) -> bool {
    person.certificate.bin.is_some()
        || population.organizations().iter().any(|organization| organization.leader == person.iin)
}
