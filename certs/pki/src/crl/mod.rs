//! Revocation lists: verified once, indexed once, asked without blocking.
//!
//! The index keeps the list's bytes and, beside them, a sorted table of serial numbers with the place of each entry: 24
//! bytes an entry. What an entry says is read when it is asked for. A national list of 400,000 entries and twenty
//! megabytes is verified and indexed on arrival, never within a request.

mod entry;
mod read;

use std::fmt;

use eush_sign::asn1::DerError;

use crate::Timestamp;
use crate::certificate::Certificate;
use crate::name::DistinguishedName;

pub use entry::{RevocationReason, Revoked};

/// Why a list is no evidence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CrlError {
    /// The signature algorithm is unknown here.
    #[error("list is signed with the unknown algorithm `{oid}`")]
    AlgorithmUnknown {
        /// Dotted object identifier.
        oid: String,
    },
    /// The inner and the outer algorithm differ by more than their parameters.
    #[error("signature algorithm within and around the list differ")]
    AlgorithmsDiffer,
    /// A delta list, which by itself says nothing.
    #[error("list is a delta list")]
    Delta,
    /// Nothing at all: some mirrors answer so when they mean "not now".
    #[error("list is empty of bytes")]
    Empty,
    /// Not DER, or not of this shape. A captive page in HTML ends here too.
    #[error("list is malformed: {0}")]
    Encoding(#[from] DerError),
    /// An extension that is critical and not understood, or in a form that is not accepted.
    #[error("extension `{oid}` of the list or of an entry is critical and not understood")]
    ExtensionUnknown {
        /// Dotted object identifier.
        oid: String,
    },
    /// A list that speaks of other issuers' certificates too.
    #[error("list is indirect")]
    Indirect,
    /// The issuer's certificate may not sign lists.
    #[error("issuer may not sign lists")]
    IssuerKeyUsage,
    /// The issuer's key cannot be used.
    #[error("issuer's key is unusable: {reason}")]
    IssuerKey {
        /// Why.
        reason: String,
    },
    /// `nextUpdate` is missing: such a list never grows stale and so is never fresh.
    #[error("nextUpdate is missing")]
    NextUpdateMissing,
    /// The CRL number is missing or critical (RFC 5280, 5.2.3).
    #[error("CRL number is missing or critical")]
    Number,
    /// A list for some of the certificates or some of the reasons only.
    #[error("list is limited by an issuing distribution point")]
    Partial,
    /// The signature does not hold with the issuer's key.
    #[error("signature does not hold")]
    Signature,
    /// More bytes than the index can address.
    #[error("list has {bytes} bytes, at most {limit}")]
    TooLarge {
        /// Bytes found.
        bytes: usize,
        /// Most bytes taken.
        limit: usize,
    },
    /// Not version 2.
    #[error("list is not of version 2")]
    Version,
    /// The list names another issuer, by name or by key identifier.
    #[error("list is another issuer's: `{found}`")]
    WrongIssuer {
        /// Issuer that the list names.
        found: String,
    },
}

/// A verified list of one issuer, ready to be asked. Immutable: a newer list replaces it as a whole.
pub struct CrlIndex {
    der: Box<[u8]>,
    /// Sorted by serial number, left-padded to 20 bytes; then the place of the entry in `der`.
    entries: Box<[Slot]>,
    issuer: DistinguishedName,
    issuer_spki: Box<[u8]>,
    number: Vec<u8>,
    this_update: Timestamp,
    next_update: Timestamp,
}

pub(crate) const SERIAL: usize = 20;
pub(crate) type Slot = ([u8; SERIAL], u32);

impl CrlIndex {
    /// Most bytes taken. Fetching caps are the gateway's and smaller.
    pub const MAX_BYTES: usize = 1 << 30;

    /// Reads a list, verifies its signature with the issuer's key and indexes it. All of it, once.
    pub fn build(der: &[u8], issuer: &Certificate) -> Result<Self, CrlError> {
        read::build(der, issuer)
    }

    /// What the list says of a serial number (magnitude, big-endian); `None` where it is not on the list.
    pub fn lookup(&self, serial: &[u8]) -> Option<Revoked> {
        let key = padded(serial)?;
        let start = self.entries.partition_point(|slot| slot.0 < key);
        let same = self.entries[start..].iter().take_while(|slot| slot.0 == key);
        // A number that stands there twice is a fault of the issuer; what cannot be undone then outweighs a hold.
        same.filter_map(|slot| entry::at(&self.der, slot.1))
            .reduce(|a, b| if a.reason == RevocationReason::CertificateHold { b } else { a })
    }

    /// Issuer's name.
    pub fn issuer(&self) -> &DistinguishedName {
        &self.issuer
    }

    /// Whether the list is this certificate's, taken as an issuer: same name and same key.
    pub fn is_of(&self, issuer: &Certificate) -> bool {
        self.issuer == *issuer.subject_dn() && *self.issuer_spki == *issuer.spki()
    }

    /// CRL number, unsigned, big-endian, without leading zeros.
    pub fn number(&self) -> &[u8] {
        &self.number
    }

    /// CRL number in decimal where it fits 128 bits, in hex otherwise.
    pub fn number_text(&self) -> String {
        if self.number.len() > 16 {
            return format!("0x{}", crate::finding::hex(&self.number));
        }
        self.number.iter().fold(0_u128, |sum, &byte| (sum << 8) | u128::from(byte)).to_string()
    }

    /// When the list was made.
    pub fn this_update(&self) -> Timestamp {
        self.this_update
    }

    /// Until when a newer one is promised.
    pub fn next_update(&self) -> Timestamp {
        self.next_update
    }

    /// Entries on the list.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nobody is revoked.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The list as it was taken.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether this list was made after the other: by number, then by `thisUpdate`.
    pub fn is_newer_than(&self, other: &Self) -> bool {
        let key = |list: &Self| (list.number.len(), list.number.clone(), list.this_update);
        key(self) > key(other)
    }
}

impl fmt::Debug for CrlIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CrlIndex({:?}, number {}, {} entries)", self.issuer, self.number_text(), self.len())
    }
}

pub(crate) fn padded(magnitude: &[u8]) -> Option<[u8; SERIAL]> {
    let start = SERIAL.checked_sub(magnitude.len())?;
    let mut key = [0; SERIAL];
    key[start..].copy_from_slice(magnitude);
    Some(key)
}
