//! Accounts that people make at the portal while it runs. Everybody else of the population has one from the beginning.
//!
//! In memory: who registered at a portal that was started anew registers again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use eush_adapter_kit::Party;
use eush_domain::synthetic::population::{Person, Population, Presence};
use eush_domain::{Iin, SessionKey};
use sha2::{Digest as _, Sha256};

use super::login::Verdict;

/// Why nobody was registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unregistered {
    /// The person has an account.
    HasOne,
    /// The login is nobody's number.
    Nobody,
    /// The password is too short or too long.
    Password,
}

/// Accounts kept; with more, everybody registers again. A session has as many as the population has people without one.
const CAPACITY: usize = 10_000;

/// Who has an account: a person, in a test session or on the shared bus.
type Holder = (Option<SessionKey>, Iin);

/// Digests of the passwords that people chose, of each test session apart.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    chosen: Mutex<HashMap<Holder, [u8; 32]>>,
}

impl Accounts {
    /// Makes an account.
    pub(crate) fn register(
        &self,
        session: Option<&SessionKey>,
        population: &Population,
        login: &str,
        password: &str,
    ) -> Result<(), Unregistered> {
        let person = person(population, login).ok_or(Unregistered::Nobody)?;
        if person.portal_account == Presence::Present {
            return Err(Unregistered::HasOne);
        }
        if !(8..=128).contains(&password.chars().count()) {
            return Err(Unregistered::Password);
        }
        let mut chosen = self.chosen.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (session.cloned(), person.iin);
        if chosen.contains_key(&key) {
            return Err(Unregistered::HasOne);
        }
        if chosen.len() >= CAPACITY {
            chosen.clear();
        }
        chosen.insert(key, Sha256::digest(password.as_bytes()).into());
        Ok(())
    }

    /// Judges login data of somebody who had no account in the beginning; `None` of anybody else.
    pub(crate) fn check<'a>(
        &self,
        session: Option<&SessionKey>,
        population: &'a Population,
        login: &str,
        password: &str,
    ) -> Option<Verdict<'a>> {
        let person = person(population, login).filter(|person| person.portal_account == Presence::Absent)?;
        let chosen = self.chosen.lock().unwrap_or_else(PoisonError::into_inner);
        let offered: [u8; 32] = Sha256::digest(password.as_bytes()).into();
        // Digests are compared, so how long it takes tells nothing of the password.
        if chosen.get(&(session.cloned(), person.iin)) == Some(&offered) {
            Some(Verdict::Authentic(person))
        } else {
            Some(Verdict::Refused(Party::Individual(person.iin)))
        }
    }
}

fn person<'a>(population: &'a Population, login: &str) -> Option<&'a Person> {
    Iin::parse(login.trim()).ok().and_then(|iin| population.by_iin(&iin))
}

#[cfg(test)]
mod tests {
    use eush_domain::synthetic::numbers::Scheme;

    use super::*;

    #[test]
    fn who_has_no_account_comes_in_after_registering() {
        let population = Population::new(3, Scheme::Future);
        let person = |key| population.person(key).unwrap();
        let (nurlan, aigerim) = (person("nurlan"), person("aigerim"));
        let accounts = Accounts::default();
        let register =
            |person: &Person, password| accounts.register(None, &population, person.iin.digits(), password);
        let check =
            |person: &Person, password| accounts.check(None, &population, person.iin.digits(), password);
        let refused = Some(Verdict::Refused(Party::Individual(nurlan.iin)));
        assert_eq!(check(nurlan, nurlan.password.reveal()), refused, "he has no account yet");
        assert_eq!(check(aigerim, "anything"), None, "the ordinary check is for her");
        assert_eq!(register(aigerim, "a-good-password"), Err(Unregistered::HasOne));
        assert_eq!(register(nurlan, "short"), Err(Unregistered::Password));
        assert_eq!(
            accounts.register(None, &population, "nurlan", "a-good-password"),
            Err(Unregistered::Nobody)
        );
        assert_eq!(register(nurlan, "a-good-password"), Ok(()));
        assert_eq!(register(nurlan, "another-password"), Err(Unregistered::HasOne));
        assert_eq!(check(nurlan, "a-good-password"), Some(Verdict::Authentic(nurlan)));
        assert_eq!(check(nurlan, "another-password"), refused);
        let elsewhere = SessionKey::parse("s-1").unwrap();
        let there = accounts.check(Some(&elsewhere), &population, nurlan.iin.digits(), "a-good-password");
        assert_eq!(there, refused, "another test session knows nothing of it");
    }
}
