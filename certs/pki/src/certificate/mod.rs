//! Certificates as they are read: owned, whole, strict.
//!
//! `x509-parser` reads the structure; a walk over every byte beside it refuses what is BER but not DER, and the values of
//! extensions are read by our own strict reader. What is read is not judged here.

pub mod constraints;
pub mod extensions;
pub mod general_name;
pub mod key_usage;

use std::fmt;
use std::sync::Arc;

use eush_sign::asn1::{DerError, Reader, check_der, tag};
use eush_sign::oids::Oid;
use eush_sign::{Algorithm, KeyError, PublicKey};
use x509_parser::prelude::{FromDer as _, X509Certificate, X509Version};

use crate::Timestamp;
use crate::name::DistinguishedName;
use crate::subject::Subject;

pub(crate) use extensions::authority_key_id;
pub use extensions::{AuthorityKeyId, BasicConstraints, DistributionPoint, Extensions};

/// Why bytes are no certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The inner and the outer algorithm identifier differ (RFC 5280, 4.1.1.2).
    #[error("signature algorithm within and around the certificate differ")]
    AlgorithmsDiffer,
    /// Not DER, or not of this shape.
    #[error("certificate is malformed: {0}")]
    Encoding(#[from] DerError),
    /// An extension stands there twice.
    #[error("extension `{oid}` stands there twice")]
    ExtensionTwice {
        /// Dotted object identifier.
        oid: String,
    },
    /// An extension that this crate reads cannot be read.
    #[error("extension `{oid}` is malformed: {source}")]
    Extension {
        /// Dotted object identifier.
        oid: String,
        /// What is wrong.
        source: DerError,
    },
    /// More bytes than this crate takes.
    #[error("certificate has {bytes} bytes, at most {limit}")]
    TooLarge {
        /// Bytes found.
        bytes: usize,
        /// Most bytes taken.
        limit: usize,
    },
    /// The serial number is negative or has more than 20 bytes (RFC 5280, 4.1.2.2).
    #[error("serial number is negative or longer than 20 bytes")]
    Serial,
    /// No X.509 certificate at all.
    #[error("not an X.509 certificate: {reason}")]
    Structure {
        /// The parser's word.
        reason: String,
    },
    /// Version and contents do not go together (RFC 5280, 4.1.2.1).
    #[error("certificate of version {version} has extensions or is of no known version")]
    Version {
        /// Version as people count it, from 1.
        version: u32,
    },
}

struct Inner {
    der: Vec<u8>,
    tbs: Vec<u8>,
    signature: Vec<u8>,
    algorithm: Result<Algorithm, String>,
    serial: Vec<u8>,
    issuer: DistinguishedName,
    subject_name: DistinguishedName,
    subject: Subject,
    not_before: Timestamp,
    not_after: Timestamp,
    public_key: Result<PublicKey, KeyError>,
    spki: Vec<u8>,
    extensions: Extensions,
}

/// A certificate as read. Cheap to clone. Equal where the DER is.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

impl Certificate {
    /// Most bytes taken.
    pub const MAX_BYTES: usize = 1 << 20;
    const MAX_DEPTH: u8 = 24;

    /// Reads one certificate in DER, with nothing after it.
    pub fn parse(der: &[u8]) -> Result<Self, ParseError> {
        if der.len() > Self::MAX_BYTES {
            return Err(ParseError::TooLarge { bytes: der.len(), limit: Self::MAX_BYTES });
        }
        check_der(der, Self::MAX_DEPTH)?;
        let structure = |reason: String| ParseError::Structure { reason };
        let (rest, parsed) = X509Certificate::from_der(der).map_err(|error| structure(error.to_string()))?;
        if !rest.is_empty() {
            return Err(DerError::Trailing.into());
        }
        let tbs = &parsed.tbs_certificate;
        if tbs.signature != parsed.signature_algorithm {
            return Err(ParseError::AlgorithmsDiffer);
        }
        let version = tbs.version();
        let sound = match version {
            X509Version::V3 => true,
            X509Version::V1 | X509Version::V2 => tbs.extensions().is_empty(),
            X509Version(_) => false,
        };
        if !sound {
            return Err(ParseError::Version { version: version.0.saturating_add(1) });
        }
        if parsed.signature_value.unused_bits != 0 {
            return Err(DerError::BitString.into());
        }
        let (not_before, not_after) = validity(tbs.as_ref())?;
        let raw = tbs.extensions().iter().map(|one| (one.oid.as_bytes(), one.critical, one.value));
        let issuer = DistinguishedName::parse(tbs.issuer.as_raw())?;
        let extensions = Extensions::read(raw, &issuer)?;
        let subject_name = DistinguishedName::parse(tbs.subject.as_raw())?;
        let algorithm = parsed.signature_algorithm.algorithm.as_bytes();
        Ok(Self(Arc::new(Inner {
            der: der.to_vec(),
            tbs: tbs.as_ref().to_vec(),
            signature: parsed.signature_value.data.to_vec(),
            algorithm: Oid::from_bytes(algorithm)
                .ok()
                .and_then(|oid| Algorithm::from_oid(&oid))
                .ok_or_else(|| parsed.signature_algorithm.algorithm.to_id_string()),
            serial: serial(tbs.raw_serial())?,
            issuer,
            subject: Subject::of(&subject_name, extensions.roles()),
            subject_name,
            not_before,
            not_after,
            public_key: PublicKey::from_spki_der(tbs.subject_pki.raw),
            spki: tbs.subject_pki.raw.to_vec(),
            extensions,
        })))
    }

    /// The certificate.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// What is signed.
    pub fn tbs(&self) -> &[u8] {
        &self.0.tbs
    }

    /// Signature value.
    pub fn signature(&self) -> &[u8] {
        &self.0.signature
    }

    /// Signature algorithm; its dotted object identifier where it is unknown here.
    pub fn algorithm(&self) -> Result<Algorithm, &str> {
        self.0.algorithm.as_ref().copied().map_err(String::as_str)
    }

    /// Serial number: unsigned, big-endian, without leading zeros; one zero byte where it is 0.
    pub fn serial(&self) -> &[u8] {
        &self.0.serial
    }

    /// Serial number in upper-case hex, two digits a byte.
    pub fn serial_hex(&self) -> String {
        crate::finding::hex(&self.0.serial)
    }

    /// Issuer's name.
    pub fn issuer_dn(&self) -> &DistinguishedName {
        &self.0.issuer
    }

    /// Subject's name.
    pub fn subject_dn(&self) -> &DistinguishedName {
        &self.0.subject_name
    }

    /// Subject by the Kazakh profile.
    pub fn subject(&self) -> &Subject {
        &self.0.subject
    }

    /// First instant of the period.
    pub fn not_before(&self) -> Timestamp {
        self.0.not_before
    }

    /// Last second of the period.
    pub fn not_after(&self) -> Timestamp {
        self.0.not_after
    }

    /// Public key; why it is none where its algorithm is unknown or its numbers are wrong.
    pub fn public_key(&self) -> Result<&PublicKey, &KeyError> {
        self.0.public_key.as_ref()
    }

    /// SubjectPublicKeyInfo as DER.
    pub fn spki(&self) -> &[u8] {
        &self.0.spki
    }

    /// Extensions.
    pub fn extensions(&self) -> &Extensions {
        &self.0.extensions
    }

    /// Key usage bits of [`key_usage`]; `None` where the extension is absent.
    pub fn key_usage(&self) -> Option<u16> {
        self.0.extensions.key_usage
    }

    /// Whether issuer and subject are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.0.issuer == self.0.subject_name
    }

    /// SHA-256 of the DER in lower-case hex.
    pub fn fingerprint(&self) -> String {
        crate::finding::hex(&eush_sign::DigestAlgorithm::Sha256.digest(self.der())).to_lowercase()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

// The subject carries people's numbers and `Debug` ends in logs.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.serial_hex())
    }
}

fn serial(contents: &[u8]) -> Result<Vec<u8>, ParseError> {
    let magnitude = match contents {
        [first, ..] if first & 0x80 != 0 => return Err(ParseError::Serial),
        [0, rest @ ..] if !rest.is_empty() => rest,
        other => other,
    };
    if magnitude.is_empty() || magnitude.len() > 20 {
        Err(ParseError::Serial)
    } else {
        Ok(magnitude.to_vec())
    }
}

// x509-parser takes times in forms that DER forbids, so they are read again.
fn validity(tbs: &[u8]) -> Result<(Timestamp, Timestamp), DerError> {
    let mut reader = Reader::whole(tbs, tag::SEQUENCE)?.reader();
    let _version = reader.optional(tag::context_constructed(0))?;
    let _serial = reader.integer()?;
    let _algorithm = reader.sequence()?;
    let _issuer = reader.sequence()?;
    let mut validity = reader.sequence()?;
    let period = (validity.any()?.time()?, validity.any()?.time()?);
    validity.finish()?;
    Ok(period)
}
