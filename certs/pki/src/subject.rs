//! Who a certificate speaks of, by the Kazakh profile, and whether that is who the request declares.

use eush_domain::{Bin, CertificateRole, Iin, NumberError, Rejection};

use crate::certificate::Certificate;
use crate::finding::{Evidence, Failure, Finding};
use crate::name::{DistinguishedName, attribute};

/// A number of the subject. `Malformed` is its own state: it is neither a match nor a mismatch, and never "absent".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field<T> {
    /// The certificate names none, as information systems' certificates name no person.
    Absent,
    /// The attribute is there and is no number, or is there twice with different numbers.
    Malformed,
    /// The number.
    Present(T),
}

impl<T: Copy> Field<T> {
    /// The number, where there is one.
    pub fn present(self) -> Option<T> {
        match self {
            Self::Present(value) => Some(value),
            Self::Absent | Self::Malformed => None,
        }
    }
}

/// A certificate's subject by the Kazakh profile. Attribute order is free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// CN: surname and given name, or name of a system.
    pub common_name: Option<String>,
    /// SURNAME.
    pub surname: Option<String>,
    /// GIVENNAME, which in this profile carries the patronymic.
    pub patronymic: Option<String>,
    /// SERIALNUMBER `IIN…`.
    pub iin: Field<Iin>,
    /// OU `BIN…`, or SERIALNUMBER `BIN…` as older certificates have it.
    pub bin: Field<Bin>,
    /// O.
    pub organization: Option<String>,
    /// UID: object identifier of an information system.
    pub system: Option<String>,
    /// C.
    pub country: Option<String>,
    /// E-mail address, in older certificates.
    pub email: Option<String>,
    /// Roles by extended key usage, in the order of the certificate.
    pub roles: Vec<CertificateRole>,
}

impl Subject {
    pub(crate) fn of(name: &DistinguishedName, roles: Vec<CertificateRole>) -> Self {
        let first = |oid| name.first(oid).map(str::to_owned);
        let serials = || name.all(attribute::SERIAL_NUMBER);
        let units = || name.all(attribute::ORGANIZATIONAL_UNIT);
        Self {
            common_name: first(attribute::COMMON_NAME),
            surname: first(attribute::SURNAME),
            patronymic: first(attribute::GIVEN_NAME),
            iin: person(serials()),
            bin: prefixed("BIN", units().chain(serials()), Bin::parse),
            organization: first(attribute::ORGANIZATION),
            system: first(attribute::USER_ID),
            country: first(attribute::COUNTRY),
            email: first(attribute::EMAIL),
            roles,
        }
    }
}

// A SERIALNUMBER is the person's number unless it says that it is an organisation's: one without any prefix is not
// passed over as if there were none.
fn person<'a>(texts: impl Iterator<Item = &'a str>) -> Field<Iin> {
    let texts: Vec<_> = texts.filter(|text| !text.starts_with("BIN")).collect();
    if texts.iter().any(|text| !text.starts_with("IIN")) {
        return Field::Malformed;
    }
    prefixed("IIN", texts.into_iter(), Iin::parse)
}

fn prefixed<'a, T: PartialEq>(
    prefix: &str,
    texts: impl Iterator<Item = &'a str>,
    parse: fn(&str) -> Result<T, NumberError>,
) -> Field<T> {
    let mut found = None;
    for rest in texts.filter_map(|text| text.strip_prefix(prefix)) {
        match (parse(rest), found.take()) {
            (Ok(number), None) => found = Some(number),
            (Ok(number), Some(before)) if number == before => found = Some(before),
            (Ok(_) | Err(_), _) => return Field::Malformed,
        }
    }
    found.map_or(Field::Absent, Field::Present)
}

/// Whom the request declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// An organisation's certificate.
    Bin(Bin),
    /// A person's certificate.
    Iin(Iin),
    /// An information system's certificate: organisation and object identifier of the system.
    System {
        /// Organisation.
        bin: Bin,
        /// Dotted object identifier.
        system: String,
    },
}

/// Compares the declared subject with the certificate's, digit by digit. Whether a number's date and check digit make
/// sense is a warning and never a mismatch: the national authority's own test numbers fail both.
pub fn check(certificate: &Certificate, expected: &Expected) -> Result<Finding, Failure> {
    let subject = certificate.subject();
    match expected {
        Expected::Iin(iin) => check_iin(subject, iin),
        Expected::Bin(bin) => check_bin(subject, bin),
        Expected::System { bin, system } => {
            let mut finding = check_bin(subject, bin)?;
            match &subject.system {
                Some(found) if found == system => {
                    finding.evidence.push(("system", "match".to_owned()));
                    Ok(finding)
                }
                Some(found) => Err(fail(Rejection::SystemMismatch, "system", found)),
                None => Err(fail(Rejection::SystemMismatch, "system", "absent")),
            }
        }
    }
}

fn check_iin(subject: &Subject, declared: &Iin) -> Result<Finding, Failure> {
    match &subject.iin {
        Field::Present(found) if found == declared => {
            Ok(matched("iin", found.finding(), "iin-number-not-sound"))
        }
        Field::Present(_) => Err(fail(Rejection::IinMismatch, "iin", "mismatch")),
        Field::Absent => Err(fail(Rejection::IinAbsent, "iin", "absent")),
        Field::Malformed => Err(fail(Rejection::IinMalformed, "iin", "malformed")),
    }
}

fn check_bin(subject: &Subject, declared: &Bin) -> Result<Finding, Failure> {
    match &subject.bin {
        Field::Present(found) if found == declared => {
            Ok(matched("bin", found.finding(), "bin-number-not-sound"))
        }
        Field::Present(_) => Err(fail(Rejection::BinMismatch, "bin", "mismatch")),
        Field::Absent => Err(fail(Rejection::BinAbsent, "bin", "absent")),
        // The table has no reason of its own for a malformed BIN: it names no organisation. The evidence tells.
        Field::Malformed => Err(fail(Rejection::BinAbsent, "bin", "malformed")),
    }
}

fn matched(key: &'static str, number: eush_domain::NumberFinding, warning: &'static str) -> Finding {
    let evidence: Evidence = vec![(key, "match".to_owned())];
    let warnings = if number == eush_domain::NumberFinding::Sound { vec![] } else { vec![warning] };
    Finding { evidence, warnings }
}

fn fail(rejection: Rejection, key: &'static str, value: &str) -> Failure {
    Failure::new(rejection, vec![(key, value.to_owned())])
}
