//! What may be said of a person, all of it optional.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use time::Date;

use super::super::{FullName, Password, PowerStatus, Presence};
use crate::number::Iin;
use crate::synthetic::numbers::Sex;

/// What is said of a person. What is left open stays as it was, or is made from the seed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PersonDraft {
    /// Number, for somebody who is added: by the scheme of the population, and nobody's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iin: Option<Iin>,
    /// Names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names: Option<DraftNames>,
    /// Sex, for somebody who is added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// Birth date, for somebody who is added.
    #[serde(with = "dates::option", skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Date>,
    /// Password at portal and desk, 8 to 128 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Password>,
    /// Town of residence, for example `astana`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub town: Option<String>,
    /// Organisation where they work, by key; empty: nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employer: Option<String>,
    /// Father and mother, by key; empty: nobody who is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parents: Option<Vec<String>>,
    /// Husband or wife, by key; empty: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spouse: Option<String>,
    /// Which registers know them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub registers: BTreeMap<Register, Presence>,
    /// What the labour market system says of them; says that it knows them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unemployment: Option<UnemploymentDraft>,
    /// What the fund of repatriates says of them; says that it knows them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repatriate: Option<RepatriateDraft>,
    /// What the school system says of them; says that it knows them as taught at home.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home_schooling: Option<HomeSchoolingDraft>,
    /// Every power of attorney that they gave; empty: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub powers: Option<Vec<PowerDraft>>,
}

impl PersonDraft {
    /// Takes over what another draft says.
    pub(super) fn take(&mut self, other: Self) {
        fn over<T>(known: &mut Option<T>, said: Option<T>) {
            if said.is_some() {
                *known = said;
            }
        }
        over(&mut self.names, other.names);
        over(&mut self.password, other.password);
        over(&mut self.town, other.town);
        over(&mut self.employer, other.employer);
        over(&mut self.parents, other.parents);
        over(&mut self.spouse, other.spouse);
        over(&mut self.powers, other.powers);
        // A word that a register does not know them takes back what it said of them, and the other way round.
        for (register, presence) in other.registers {
            self.registers.insert(register, presence);
            match (register, presence) {
                (Register::HomeSchooled, Presence::Absent) => self.home_schooling = None,
                (Register::Repatriates, Presence::Absent) => self.repatriate = None,
                (Register::Unemployed, Presence::Absent) => self.unemployment = None,
                (Register::Persons | Register::PortalAccounts, _) | (_, Presence::Present) => {}
            }
        }
        for (register, said) in [
            (Register::HomeSchooled, other.home_schooling.is_some()),
            (Register::Repatriates, other.repatriate.is_some()),
            (Register::Unemployed, other.unemployment.is_some()),
        ] {
            if said {
                self.registers.remove(&register);
            }
        }
        over(&mut self.unemployment, other.unemployment);
        over(&mut self.repatriate, other.repatriate);
        over(&mut self.home_schooling, other.home_schooling);
    }
}

/// Names of a draft. A spelling that is left out is another one's: of the Russian the Kazakh, of the Latin the Russian.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftNames {
    /// Kazakh, Cyrillic.
    pub kk: FullName,
    /// Russian, Cyrillic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ru: Option<FullName>,
    /// Latin, as in a passport.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latin: Option<FullName>,
}

/// A list of people that one system keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Register {
    /// Disabled children taught at home.
    HomeSchooled,
    /// The register of natural persons.
    Persons,
    /// People with an account at the portal.
    PortalAccounts,
    /// The fund of repatriates.
    Repatriates,
    /// People registered as unemployed.
    Unemployed,
}

impl Register {
    /// Every register.
    pub const ALL: [Self; 5] =
        [Self::HomeSchooled, Self::Persons, Self::PortalAccounts, Self::Repatriates, Self::Unemployed];

    /// Name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::HomeSchooled => "home-schooled",
            Self::Persons => "persons",
            Self::PortalAccounts => "portal-accounts",
            Self::Repatriates => "repatriates",
            Self::Unemployed => "unemployed",
        }
    }

    /// The register of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|register| register.name() == name)
    }
}

impl fmt::Display for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A registration as unemployed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UnemploymentDraft {
    /// Number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Day of registration.
    #[serde(with = "dates::option", skip_serializing_if = "Option::is_none")]
    pub registered_on: Option<Date>,
    /// Employment centre, by key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub centre: Option<String>,
}

/// A registration as repatriate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RepatriateDraft {
    /// Number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Day of registration.
    #[serde(with = "dates::option", skip_serializing_if = "Option::is_none")]
    pub registered_on: Option<Date>,
    /// A town of the region that registered them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub town: Option<String>,
}

/// A record of a child taught at home.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HomeSchoolingDraft {
    /// Number of the commission's conclusion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conclusion: Option<String>,
    /// Day of the conclusion.
    #[serde(with = "dates::option", skip_serializing_if = "Option::is_none")]
    pub since: Option<Date>,
}

/// A power of attorney.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PowerDraft {
    /// Number.
    pub number: String,
    /// Who acts under it, by key.
    pub representative: String,
    /// Who certified it.
    pub certifier: Certifier,
    /// Whether it holds.
    pub status: PowerStatus,
}

/// Who certified a power of attorney.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certifier {
    /// A notary: the notarial register has it.
    Notary,
    /// Somebody else whom the law allows: the notarial register does not have it.
    Other,
}

/// Dates as `2026-01-31`.
mod dates {
    use time::Date;
    use time::format_description::BorrowedFormatItem;
    use time::macros::format_description;

    const FORM: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

    pub(super) mod option {
        use serde::{Deserialize as _, Deserializer, Serializer, de, ser};

        use super::{Date, FORM};

        pub(in super::super) fn serialize<S: Serializer>(
            date: &Option<Date>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            match date {
                None => serializer.serialize_none(),
                Some(date) => serializer.serialize_some(&date.format(FORM).map_err(ser::Error::custom)?),
            }
        }

        pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Date>, D::Error> {
            let text = Option::<String>::deserialize(deserializer)?;
            text.map(|text| Date::parse(&text, FORM).map_err(de::Error::custom)).transpose()
        }
    }
}
