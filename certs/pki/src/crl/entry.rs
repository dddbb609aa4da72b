//! One entry of a list.

use std::cmp::Reverse;

use eush_sign::asn1::{DerError, Reader, Tlv, tag};

use super::CrlError;
use crate::Timestamp;
use crate::certificate::general_name::GeneralName;
use crate::name::DistinguishedName;

/// reasonCode of RFC 5280, 5.3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RevocationReason {
    /// 10.
    AaCompromise,
    /// 3.
    AffiliationChanged,
    /// 2.
    CaCompromise,
    /// 6: can be lifted.
    CertificateHold,
    /// 5.
    CessationOfOperation,
    /// 1.
    KeyCompromise,
    /// 9.
    PrivilegeWithdrawn,
    /// 8: stands in delta lists only.
    RemoveFromCrl,
    /// 4.
    Superseded,
    /// 0, or no reason given.
    Unspecified,
}

impl RevocationReason {
    const TABLE: [(Self, u32, &'static str); 10] = [
        (Self::Unspecified, 0, "unspecified"),
        (Self::KeyCompromise, 1, "keyCompromise"),
        (Self::CaCompromise, 2, "cACompromise"),
        (Self::AffiliationChanged, 3, "affiliationChanged"),
        (Self::Superseded, 4, "superseded"),
        (Self::CessationOfOperation, 5, "cessationOfOperation"),
        (Self::CertificateHold, 6, "certificateHold"),
        (Self::RemoveFromCrl, 8, "removeFromCRL"),
        (Self::PrivilegeWithdrawn, 9, "privilegeWithdrawn"),
        (Self::AaCompromise, 10, "aACompromise"),
    ];

    fn row(self) -> (Self, u32, &'static str) {
        // The table has a row for every variant; a test holds it to that.
        Self::TABLE.into_iter().find(|row| row.0 == self).unwrap_or(Self::TABLE[0])
    }

    /// The reason of a code; `None` where the code is none (7 is not used).
    pub fn from_code(code: u32) -> Option<Self> {
        // Rows stand in the order of their codes, of which 7 is none.
        let row = match code {
            0..=6 => usize::try_from(code).ok()?,
            8..=10 => usize::try_from(code - 1).ok()?,
            _ => return None,
        };
        Self::TABLE.get(row).map(|row| row.0)
    }

    /// Code on the list.
    pub fn code(self) -> u32 {
        self.row().1
    }

    /// Name as the standard writes it.
    pub fn name(self) -> &'static str {
        self.row().2
    }

    /// Whether a revocation for this reason also takes back what was signed before it. Change of affiliation, replacement,
    /// end of operation and withdrawal of a privilege do not; compromise of a key, no reason at all, and a hold do.
    pub fn reaches_back(self) -> bool {
        match self {
            Self::AaCompromise
            | Self::CaCompromise
            | Self::CertificateHold
            | Self::KeyCompromise
            | Self::RemoveFromCrl
            | Self::Unspecified => true,
            Self::AffiliationChanged
            | Self::CessationOfOperation
            | Self::PrivilegeWithdrawn
            | Self::Superseded => false,
        }
    }
}

/// What a list says of a serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub reason: RevocationReason,
    /// invalidityDate of RFC 5280, 5.3.2: since when the issuer knows or suspects the key to be unfit, where it says so.
    pub invalid_since: Option<Timestamp>,
}

impl Revoked {
    /// Revoked since then, with no other date told.
    pub fn new(at: Timestamp, reason: RevocationReason) -> Self {
        Self { at, reason, invalid_since: None }
    }

    /// From when on nothing that was signed counts, whatever the reason.
    pub fn counts_from(&self) -> Timestamp {
        self.invalid_since.map_or(self.at, |since| since.min(self.at))
    }

    /// Of two entries about one certificate the heavier one counts: what is permanent outweighs a hold, what reaches back
    /// outweighs what does not, and then the earlier date does.
    pub(super) fn weight(&self) -> (u8, Reverse<Timestamp>) {
        let class = match self.reason {
            RevocationReason::RemoveFromCrl => 0,
            RevocationReason::CertificateHold => 1,
            RevocationReason::AffiliationChanged
            | RevocationReason::CessationOfOperation
            | RevocationReason::PrivilegeWithdrawn
            | RevocationReason::Superseded => 2,
            RevocationReason::AaCompromise
            | RevocationReason::CaCompromise
            | RevocationReason::KeyCompromise
            | RevocationReason::Unspecified => 3,
        };
        (class, Reverse(self.counts_from()))
    }
}

// Contents of the object identifiers: an entry is read in fewer steps than parsing one would take, four hundred thousand
// times a list.
/// reasonCode, 2.5.29.21.
const REASON_CODE: &[u8] = &[0x55, 0x1d, 0x15];
/// invalidityDate, 2.5.29.24.
const INVALIDITY_DATE: &[u8] = &[0x55, 0x1d, 0x18];
/// certificateIssuer, 2.5.29.29: only indirect lists have it.
const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1d, 0x1d];

/// An entry as read.
pub(super) struct Entry<'a> {
    /// Magnitude of the serial number.
    pub(super) serial: &'a [u8],
    /// What is said of it.
    pub(super) revoked: Revoked,
    /// Issuer from this entry on, in an indirect list.
    pub(super) issuer: Option<DistinguishedName>,
}

/// Reads an entry wholly.
pub(super) fn read<'a>(entry: &Tlv<'a>) -> Result<Entry<'a>, CrlError> {
    let mut reader = entry.reader();
    let serial = reader.unsigned()?;
    let at = reader.any()?.time()?;
    let (mut reason, mut invalid_since, mut issuer) = (None, None, None);
    if let Some(extensions) = reader.optional(tag::SEQUENCE)? {
        let mut extensions = extensions.reader();
        while !extensions.is_empty() {
            let mut extension = extensions.sequence()?;
            let kind = extension.read(tag::OID)?;
            let critical = extension.peek() == Some(tag::BOOLEAN) && extension.boolean()?;
            let value = extension.octets()?;
            extension.finish()?;
            match kind.value {
                REASON_CODE => once(&mut reason, reason_code(value)?, &kind)?,
                INVALIDITY_DATE => {
                    let since = Reader::whole(value, tag::GENERALIZED_TIME)?.time()?;
                    once(&mut invalid_since, since, &kind)?;
                }
                CERTIFICATE_ISSUER => once(&mut issuer, certificate_issuer(value)?, &kind)?,
                _ => {
                    let oid = kind.oid()?;
                    if critical {
                        return Err(CrlError::ExtensionUnknown { oid: oid.to_string() });
                    }
                }
            }
        }
    }
    reader.finish()?;
    let reason = reason.unwrap_or(RevocationReason::Unspecified);
    Ok(Entry { serial, revoked: Revoked { at, reason, invalid_since }, issuer })
}

// RFC 5280, 4.2: no extension stands there twice. One that did could say two things of one certificate.
fn once<T>(place: &mut Option<T>, value: T, kind: &Tlv<'_>) -> Result<(), CrlError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(CrlError::ExtensionTwice { oid: kind.oid()?.to_string() }),
    }
}

fn certificate_issuer(value: &[u8]) -> Result<DistinguishedName, DerError> {
    let names = GeneralName::read_all(Reader::whole(value, tag::SEQUENCE)?.value)?;
    let directory = names.into_iter().find_map(|name| match name {
        GeneralName::Directory(name) => Some(name),
        GeneralName::Dns(_)
        | GeneralName::Email(_)
        | GeneralName::Ip(_)
        | GeneralName::Other(_)
        | GeneralName::Uri(_) => None,
    });
    directory.ok_or(DerError::Value { what: "a directory name of the issuer" })
}

fn reason_code(value: &[u8]) -> Result<RevocationReason, DerError> {
    let [code] = Reader::whole(value, tag::ENUMERATED)?.value else {
        return Err(DerError::Value { what: "a reason code of one byte" });
    };
    RevocationReason::from_code(u32::from(*code)).ok_or(DerError::Value { what: "a known reason code" })
}

/// Reads the entry at a place that the index remembers.
pub(super) fn at(der: &[u8], place: u32) -> Option<Revoked> {
    let entry = Reader::new(der.get(usize::try_from(place).ok()?..)?).read(tag::SEQUENCE).ok()?;
    // The whole list was read before it was indexed, so an entry that cannot be read does not occur; were it to, the
    // serial number is on the list all the same.
    let unread = Revoked::new(Timestamp::UNIX_EPOCH, RevocationReason::Unspecified);
    Some(read(&entry).map_or(unread, |entry| entry.revoked))
}

#[cfg(test)]
mod tests {
    use super::RevocationReason as Reason;

    #[test]
    fn every_reason_has_its_own_row() {
        for (reason, code, name) in Reason::TABLE {
            assert_eq!(Reason::from_code(code), Some(reason));
            assert_eq!((reason.code(), reason.name()), (code, name));
        }
        assert_eq!(Reason::from_code(7), None);
        assert_eq!(Reason::from_code(11), None);
    }
}
