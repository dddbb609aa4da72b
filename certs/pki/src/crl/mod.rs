//! Revocation lists: verified once, indexed once, asked without blocking.
//!
//! The index keeps the list's bytes and, beside them, a sorted table of serial numbers with the date and reason of each
//! entry: a little more than 24 bytes an entry. What does not fit there is read from the list when it is asked for. A national
//! list of 400,000 entries and twenty megabytes is verified and indexed on arrival, never within a request.

mod entry;
mod index;
mod read;
pub mod scope;

use std::fmt;

use eush_sign::Algorithm;
use eush_sign::asn1::DerError;

use crate::Timestamp;
use crate::certificate::Certificate;
use crate::chain::AlgorithmPolicy;
use crate::name::DistinguishedName;

pub use entry::{RevocationReason, Revoked};
use index::{Found, SerialIndex};
pub use scope::Scope;

/// Why a list is no evidence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CrlError {
    /// The signature is of an algorithm or a key length that is not welcome.
    #[error("list is signed with {algorithm:?}, which or whose key length is not welcome")]
    AlgorithmLegacy {
        /// Algorithm of the signature.
        algorithm: Algorithm,
    },
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
    /// A complete list where a delta list was expected.
    #[error("list is no delta list")]
    NotDelta,
    /// Nothing at all: some mirrors answer so when they mean "not now".
    #[error("list is empty of bytes")]
    Empty,
    /// Not DER, or not of this shape. A captive page in HTML ends here too.
    #[error("list is malformed: {0}")]
    Encoding(#[from] DerError),
    /// An extension stands twice in the list or in an entry.
    #[error("extension `{oid}` of the list or of an entry stands there twice")]
    ExtensionTwice {
        /// Dotted object identifier.
        oid: String,
    },
    /// An extension that is critical and not understood, or in a form that is not accepted.
    #[error("extension `{oid}` of the list or of an entry is critical and not understood")]
    ExtensionUnknown {
        /// Dotted object identifier.
        oid: String,
    },
    /// An entry speaks of another issuer's certificate, and the list does not say that it does so.
    #[error("an entry is another issuer's although the list is not indirect")]
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
    /// A list of attribute certificates, or of nobody.
    #[error("list speaks of nobody whom we judge")]
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
    entries: SerialIndex,
    issuer: DistinguishedName,
    issuer_spki: Box<[u8]>,
    /// Where entries of another issuer begin, in an indirect list.
    issuers: Box<[(u32, DistinguishedName)]>,
    scope: Scope,
    /// Number of the list that a delta list builds on.
    base: Option<Vec<u8>>,
    /// Whether the list names a place of delta lists.
    has_freshest: bool,
    /// From when on expired certificates stay on the list, where it says so.
    expired_since: Option<Timestamp>,
    number: Vec<u8>,
    this_update: Timestamp,
    next_update: Timestamp,
}

impl CrlIndex {
    /// Most bytes taken. Fetching caps are the gateway's and smaller.
    pub const MAX_BYTES: usize = 1 << 30;

    /// Reads a complete list, verifies its signature with the issuer's key and indexes it. All of it, once.
    pub fn build(der: &[u8], issuer: &Certificate) -> Result<Self, CrlError> {
        Self::build_by(der, issuer, AlgorithmPolicy::DenyLegacy)
    }

    /// The same, by a policy on algorithms.
    pub fn build_by(der: &[u8], issuer: &Certificate, algorithms: AlgorithmPolicy) -> Result<Self, CrlError> {
        let list = read::build(der, issuer, algorithms)?;
        if list.base.is_some() { Err(CrlError::Delta) } else { Ok(list) }
    }

    /// The same for a delta list, which counts only beside a complete one.
    pub fn build_delta(der: &[u8], issuer: &Certificate) -> Result<Self, CrlError> {
        Self::build_delta_by(der, issuer, AlgorithmPolicy::DenyLegacy)
    }

    /// The same, by a policy on algorithms.
    pub fn build_delta_by(
        der: &[u8],
        issuer: &Certificate,
        algorithms: AlgorithmPolicy,
    ) -> Result<Self, CrlError> {
        let list = read::build(der, issuer, algorithms)?;
        if list.base.is_none() { Err(CrlError::NotDelta) } else { Ok(list) }
    }

    /// What the list says of a serial number (magnitude, big-endian) of its own issuer; `None` where it is not on the
    /// list.
    pub fn lookup(&self, serial: &[u8]) -> Option<Revoked> {
        self.lookup_of(&self.issuer, serial)
    }

    /// What the list says of a certificate of this issuer. Names are the same here where RFC 5280 takes them for the same:
    /// to miss an entry for the spelling of a name would be to fail open.
    pub fn lookup_of(&self, issuer: &DistinguishedName, serial: &[u8]) -> Option<Revoked> {
        let told = self.entries.find(serial).filter_map(|found| match found {
            // Where dates stand in the index every entry is of the list's own issuer.
            Found::Entry(revoked) => self.issuer.is_same(issuer).then_some(revoked),
            Found::Place(place) if self.issuer_at(place).is_same(issuer) => entry::at(&self.der, place),
            Found::Place(_) => None,
        });
        // A number that stands there twice is a fault of the issuer; the heavier entry counts, wherever it stands.
        told.reduce(|a, b| if b.weight() > a.weight() { b } else { a })
    }

    fn issuer_at(&self, place: u32) -> &DistinguishedName {
        let after = self.issuers.partition_point(|row| row.0 <= place);
        after.checked_sub(1).map_or(&self.issuer, |last| &self.issuers[last].1)
    }

    /// Whether the list keeps entries of certificates that expired at this instant or later (expiredCertsOnCRL of X.509).
    /// Without that word an issuer may drop them, and their absence says nothing.
    pub fn keeps_expired(&self, not_after: Timestamp) -> bool {
        self.expired_since.is_some_and(|since| since <= not_after)
    }

    /// What the list speaks of.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Number of the complete list that a delta list builds on.
    pub fn base(&self) -> Option<&[u8]> {
        self.base.as_deref()
    }

    /// Whether the list names a place of delta lists.
    pub fn has_freshest(&self) -> bool {
        self.has_freshest
    }

    /// Whether a delta list goes with this complete one (RFC 5280, 5.2.4): same issuer, key and scope, a base that is not
    /// newer than this list, and a number that is.
    pub fn takes(&self, delta: &Self) -> bool {
        let key = |number: &[u8]| (number.len(), number.to_vec());
        let same = self.is_same_series(delta);
        let base_fits = delta.base.as_ref().is_some_and(|base| key(base) <= key(&self.number));
        same && base_fits && key(&delta.number) > key(&self.number)
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

    /// Bytes that the index takes beside the list's own.
    pub fn index_bytes(&self) -> usize {
        self.entries.bytes()
    }

    /// Whether nobody is revoked.
    pub fn is_empty(&self) -> bool {
        self.entries.len() == 0
    }

    /// The list as it was taken.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether both lists are of one issuer, key and scope, so that the newer replaces the older.
    pub fn is_same_series(&self, other: &Self) -> bool {
        self.issuer == other.issuer && self.issuer_spki == other.issuer_spki && self.scope == other.scope
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
