//! What the registers know: people, organisations and what binds them. Plain data; [`super::Population`] makes it.

use std::fmt;

use time::Date;

use crate::number::{Bin, Iin};
use crate::role::CertificateRole;
use crate::synthetic::numbers::Sex;
use crate::text::Text;

/// A synthetic natural person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Latin slug, for example `aigerim` or `person-017`. Unique.
    pub key: String,
    /// Number; unique.
    pub iin: Iin,
    /// Names in three spellings.
    pub names: PersonNames,
    /// Sex.
    pub sex: Sex,
    /// Simulated birth date. Under the default scheme the number shows another century.
    pub birth_date: Date,
    /// Password for portal and desk, derived from the seed.
    pub password: Password,
    /// Whether the register of natural persons knows them.
    pub presence: Presence,
    /// Whether they have an account at the portal when the simulation begins.
    pub portal_account: Presence,
    /// Registered place of residence.
    pub address: Address,
    /// Identity card.
    pub identity_card: IdentityCard,
    /// Father and mother, where they are in the population.
    pub parents: Vec<Iin>,
    /// Husband or wife.
    pub spouse: Option<Iin>,
    /// Where they work.
    pub employment: Option<Employment>,
    /// Account for benefits: `KZ` and 18 digits, of a bank code that no bank has.
    pub bank_account: String,
    /// What a ready person or a magic one is good for; `None` for the crowd.
    pub purpose: Option<Text>,
    pub(super) certificate: CertificateSubject,
}

impl Person {
    /// Subject of the certificate that this person signs with.
    pub fn certificate_subject(&self) -> &CertificateSubject {
        &self.certificate
    }
}

/// Names in the spellings that documents use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonNames {
    /// Kazakh, Cyrillic.
    pub kk: FullName,
    /// Russian, Cyrillic.
    pub ru: FullName,
    /// Latin, as in a passport.
    pub latin: FullName,
}

/// A full name in one spelling.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FullName {
    /// Surname.
    pub surname: String,
    /// Given name.
    pub given: String,
    /// Patronymic.
    pub patronymic: String,
}

impl fmt::Display for FullName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.surname, self.given, self.patronymic)
    }
}

/// A password of the simulator. `Debug` is masked and there is no `Display`.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Password(pub(super) String);

impl Password {
    /// A password that somebody chose.
    pub fn new(chosen: impl Into<String>) -> Self {
        Self(chosen.into())
    }

    /// The password itself. Not for logs.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether this is the password, compared without an early end.
    pub fn matches(&self, given: &str) -> bool {
        let (ours, theirs) = (self.0.as_bytes(), given.as_bytes());
        let difference = ours.iter().zip(theirs).fold(0, |seen, (a, b)| seen | (a ^ b));
        ours.len() == theirs.len() && difference == 0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Whether a register knows somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// The register has no entry.
    Absent,
    /// The register has an entry.
    Present,
}

/// An address in one town.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Region or city of republican significance.
    pub region: Text,
    /// Town.
    pub town: Text,
    /// Street.
    pub street: Text,
    /// House number.
    pub building: String,
    /// Flat; empty for organisations.
    pub flat: String,
    /// Code of the classifier of administrative units, 9 digits.
    pub kato: String,
    /// Postal code, 6 digits.
    pub postcode: String,
    /// Code of the address register, 16 digits.
    pub code: String,
    /// Since when it is registered.
    pub since: Date,
}

/// An identity card. It does not run out within simulated time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityCard {
    /// 9 digits.
    pub number: String,
    /// Date of issue.
    pub issued_on: Date,
    /// Last day of validity.
    pub valid_until: Date,
}

/// Where somebody works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Employment {
    /// Key of the organisation.
    pub organization: String,
    /// Position.
    pub position: Text,
    /// First day.
    pub since: Date,
}

/// A synthetic organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Latin slug, for example `state-corporation`. Unique.
    pub key: String,
    /// Number; unique.
    pub bin: Bin,
    /// Full name; at most 64 characters in Kazakh, as certificates allow no more.
    pub name: Text,
    /// State body or employer.
    pub kind: OrganizationKind,
    /// Whether the register of legal entities knows it.
    pub presence: Presence,
    /// Legal address.
    pub address: Address,
    /// Day of registration.
    pub registered_on: Date,
    /// Head of the organisation.
    pub leader: Iin,
    /// Main activity by the classifier of economic activities, 5 digits.
    pub activity: &'static str,
}

/// What an organisation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrganizationKind {
    /// A limited liability partnership.
    Company,
    /// A state institution or corporation.
    State,
}

/// An information system that sends on the bus, with the subject of its certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InformationSystem {
    /// Latin slug, for example `portal-system`.
    pub key: String,
    /// Name.
    pub name: Text,
    /// Key of the organisation that owns it.
    pub organization: String,
    /// BIN of the owner.
    pub bin: Bin,
    /// Object identifier, of the arc that is set apart for examples.
    pub oid: String,
    pub(super) certificate: CertificateSubject,
}

impl InformationSystem {
    /// Subject of the certificate that this system signs with: no IIN, BIN and object identifier.
    pub fn certificate_subject(&self) -> &CertificateSubject {
        &self.certificate
    }
}

/// Who a certificate is for, field by field as the test authority's `CertificateSubject`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateSubject {
    /// Surname and given name in capitals, or the name of a system. At most 64 characters.
    pub common_name: String,
    /// Surname in capitals; empty for systems.
    pub surname: String,
    /// Patronymic in capitals; empty for systems.
    pub patronymic: String,
    /// `None` for information systems.
    pub iin: Option<Iin>,
    /// `None` for individuals.
    pub bin: Option<Bin>,
    /// Name of the organisation, at most 64 characters; empty for individuals.
    pub organization: String,
    /// Object identifier of an information system; empty for people.
    pub system: String,
    /// What the holder may do.
    pub roles: Vec<CertificateRole>,
}

/// A power of attorney between two people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PowerOfAttorney {
    /// Number; unique.
    pub number: String,
    /// Who gave it.
    pub principal: Iin,
    /// Who acts under it.
    pub representative: Iin,
    /// Who certified it.
    pub certification: Certification,
    /// Whether it holds.
    pub status: PowerStatus,
    /// Day of issue.
    pub issued_on: Date,
    /// Last day; beyond simulated time.
    pub valid_until: Date,
}

/// Who certified a power of attorney. Only notaries' are in the notarial register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Certification {
    /// A notary.
    Notary {
        /// Number of the licence.
        licence: String,
        /// Name of the notary.
        name: Text,
    },
    /// Somebody else whom the law allows, for example the principal's employer.
    Otherwise {
        /// By whom.
        by: Text,
    },
}

/// Whether a power of attorney holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PowerStatus {
    /// It holds.
    InForce,
    /// The principal took it back.
    Revoked,
}

/// A registration as unemployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnemploymentRegistration {
    /// Number; unique.
    pub number: String,
    /// Who is registered.
    pub person: Iin,
    /// Day of registration.
    pub registered_on: Date,
    /// Key of the employment centre.
    pub centre: String,
}

/// A registration as repatriate (oralman) in the republican data fund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepatriateRegistration {
    /// Number; unique.
    pub number: String,
    /// Who is registered.
    pub person: Iin,
    /// Region that registered them.
    pub region: Text,
    /// Day of registration.
    pub registered_on: Date,
}

/// A disabled child that is taught at home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HomeSchooling {
    /// The child; the parents stand in its record.
    pub child: Iin,
    /// Number of the commission's conclusion; unique.
    pub conclusion: String,
    /// Day of the conclusion.
    pub since: Date,
}
