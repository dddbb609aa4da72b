//! Wire to domain and back, for what every agency and front needs. Payloads of one agency are that agency's affair.

use eush_domain::synthetic::population::CertificateSubject;
use eush_domain::{Bin, Iin, LocalizedText, Timestamp};
use eush_wire::{bus, management};
use time::Date;

/// Why a field of a message cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{field}`: expected {expected}")]
pub struct ConvertError {
    /// Field path in the message.
    pub field: &'static str,
    /// What is expected there.
    pub expected: String,
}

/// A person or organisation by legal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// A natural person.
    Individual(Iin),
    /// An organisation.
    Organization(Bin),
}

impl Party {
    /// The party on the wire.
    pub fn to_wire(self) -> bus::v1::Party {
        let number = match self {
            Self::Individual(iin) => bus::v1::party::Number::Iin(iin.digits().to_owned()),
            Self::Organization(bin) => bus::v1::party::Number::Bin(bin.digits().to_owned()),
        };
        bus::v1::Party { number: Some(number) }
    }

    /// Reads a party; `field` names it in the error, which never repeats the number.
    pub fn from_wire(party: Option<&bus::v1::Party>, field: &'static str) -> Result<Self, ConvertError> {
        let error = |expected: String| ConvertError { field, expected };
        match party.and_then(|party| party.number.as_ref()) {
            Some(bus::v1::party::Number::Iin(digits)) => Iin::parse(digits)
                .map(Self::Individual)
                .map_err(|fault| error(format!("an IIN, but {fault}"))),
            Some(bus::v1::party::Number::Bin(digits)) => Bin::parse(digits)
                .map(Self::Organization)
                .map_err(|fault| error(format!("a BIN, but {fault}"))),
            None => Err(error("an IIN or a BIN".to_owned())),
        }
    }

    /// The person's number, where the party is a person.
    pub fn iin(self) -> Option<Iin> {
        match self {
            Self::Individual(iin) => Some(iin),
            Self::Organization(_) => None,
        }
    }
}

/// A text on the wire.
pub fn text_to_wire(text: impl Into<LocalizedText>) -> bus::v1::LocalizedText {
    let LocalizedText { kk, ru, en } = text.into();
    bus::v1::LocalizedText { kk, ru, en }
}

/// An instant on the wire.
pub fn time_to_wire(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.unix_timestamp(),
        // Nanoseconds of a second fit.
        nanos: i32::try_from(at.nanosecond()).unwrap_or(0),
    }
}

/// An instant off the wire; `None` where it is absent or beyond the years 1 to 9999.
pub fn time_from_wire(at: Option<&prost_types::Timestamp>) -> Option<Timestamp> {
    let at = at?;
    let nanos = (0..1_000_000_000).contains(&at.nanos).then_some(i64::from(at.nanos))?;
    let whole = Timestamp::from_unix_timestamp(at.seconds).ok().filter(|at| at.year() > 0)?;
    whole.checked_add(time::Duration::nanoseconds(nanos))
}

/// An ISO date, as registry payloads carry it.
pub fn date_text(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

/// The subject of a certificate as the test authority takes it.
pub fn subject_to_wire(subject: &CertificateSubject) -> management::v1::CertificateSubject {
    management::v1::CertificateSubject {
        common_name: subject.common_name.clone(),
        surname: subject.surname.clone(),
        patronymic: subject.patronymic.clone(),
        iin: subject.iin.map(|iin| iin.digits().to_owned()).unwrap_or_default(),
        bin: subject.bin.map(|bin| bin.digits().to_owned()).unwrap_or_default(),
        organization: subject.organization.clone(),
        system: subject.system.clone(),
        roles: subject.roles.iter().map(|role| role.name().to_owned()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use eush_domain::synthetic::numbers;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn parties_round_trip_and_errors_hide_the_number() {
        let party = Party::Organization(numbers::bin(3));
        assert_eq!(Party::from_wire(Some(&party.to_wire()), "about"), Ok(party));
        let wrong = bus::v1::Party { number: Some(bus::v1::party::Number::Iin("12345".to_owned())) };
        let error = Party::from_wire(Some(&wrong), "about").unwrap_err().to_string();
        assert_eq!(error, "`about`: expected an IIN, but length is 5, expected 12 digits");
        assert!(Party::from_wire(None, "about").is_err());
    }

    #[test]
    fn instants_round_trip() {
        let at = datetime!(2026-03-02 10:00:00.5 UTC);
        assert_eq!(time_from_wire(Some(&time_to_wire(at))), Some(at));
        assert_eq!(time_from_wire(None), None);
        for (seconds, nanos) in [(i64::MAX, 0), (i64::MIN, 0), (0, -1), (0, i32::MAX)] {
            assert_eq!(
                time_from_wire(Some(&prost_types::Timestamp { seconds, nanos })),
                None,
                "{seconds} {nanos}"
            );
        }
    }
}
