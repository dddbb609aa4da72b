//! Who people are: scripts speak of them by key, calls by number, recordings by pseudonym.

use std::collections::BTreeMap;

use eush_domain::synthetic::population::Population;
use eush_domain::{Bin, Iin};

/// Knows people and organisations.
pub trait People: Send + Sync {
    /// The twelve digits of a key.
    fn digits(&self, key: &str) -> Option<String>;

    /// The key of twelve digits.
    fn key(&self, digits: &str) -> Option<String>;

    /// How recordings and the journal know twelve digits; `None` where there is no key to make pseudonyms with.
    fn pseudonym(&self, digits: &str) -> Option<String>;
}

impl People for Population {
    fn digits(&self, key: &str) -> Option<String> {
        let person = self.person(key).map(|person| person.iin.digits().to_owned());
        person.or_else(|| self.organization(key).map(|organization| organization.bin.digits().to_owned()))
    }

    fn key(&self, digits: &str) -> Option<String> {
        let person =
            Iin::parse(digits).ok().and_then(|iin| self.by_iin(&iin).map(|person| person.key.clone()));
        person.or_else(|| {
            let bin = Bin::parse(digits).ok()?;
            self.by_bin(&bin).map(|organization| organization.key.clone())
        })
    }

    fn pseudonym(&self, _digits: &str) -> Option<String> {
        None
    }
}

/// What stands before a pseudonym where a person is named.
pub(crate) const PSEUDONYM: &str = "pseudonym:";

/// People under the names of one file.
pub(crate) struct Named<'a> {
    pub(crate) people: &'a dyn People,
    pub(crate) aliases: &'a BTreeMap<String, String>,
}

/// Somebody whom a file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Somebody {
    Digits(String),
    Pseudonym(String),
}

impl Named<'_> {
    /// Who is meant: an alias of the file, a key of the population, twelve digits or a pseudonym.
    pub(crate) fn find(&self, name: &str) -> Result<Somebody, String> {
        let name = self.aliases.get(name).map_or(name, String::as_str);
        if let Some(pseudonym) = name.strip_prefix(PSEUDONYM) {
            let good = pseudonym.len() == 32 && pseudonym.bytes().all(|digit| digit.is_ascii_hexdigit());
            return if good {
                Ok(Somebody::Pseudonym(pseudonym.to_owned()))
            } else {
                Err("`pseudonym:` and 32 hexadecimal digits".to_owned())
            };
        }
        if Iin::parse(name).is_ok() {
            return Ok(Somebody::Digits(name.to_owned()));
        }
        let found = self.people.digits(name).map(Somebody::Digits);
        found.ok_or_else(|| format!("a key of `eush people` or twelve digits; nobody is called `{name}`"))
    }
}
