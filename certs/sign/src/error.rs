//! What can go wrong with keys and signatures, a closed enum for each verb.

use crate::algorithm::{Algorithm, KeyAlgorithm};
use crate::asn1::DerError;

/// Why bytes are no usable key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The key's algorithm or parameter set is none that this crate knows.
    #[error("key algorithm `{oid}` is unknown")]
    AlgorithmUnknown {
        /// Dotted object identifier.
        oid: String,
    },
    /// The structure is not DER, or not of this shape.
    #[error("key is malformed: {0}")]
    Encoding(#[from] DerError),
    /// The structure is right, but its numbers are no key.
    #[error("key is invalid: {reason}")]
    Invalid {
        /// What the key lacks.
        reason: &'static str,
    },
    /// The numbers of a GOST key are no usable point of its curve.
    #[error("key is no point of its curve: {reason}")]
    Point {
        /// What is wrong with it.
        reason: String,
    },
    /// The key is larger or smaller than this crate takes.
    #[error("key has {bits} bits, expected {min} to {max}")]
    Size {
        /// Bits found.
        bits: usize,
        /// Fewest.
        min: usize,
        /// Most.
        max: usize,
    },
}

/// Why nothing was signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The certificate to be embedded cannot be read.
    #[error("certificate is malformed: {0}")]
    Certificate(#[from] DerError),
    /// The certificate speaks of another key than the one that signs.
    #[error("certificate belongs to another key")]
    CertificateOfAnotherKey,
    /// The signing operation failed, for example for want of randomness.
    #[error("signing with {algorithm:?} failed")]
    Failed {
        /// Algorithm in use.
        algorithm: Algorithm,
    },
    /// The signing time lies outside the years 1950 to 9999.
    #[error("signing time is outside the years 1950 to 9999")]
    TimeOutOfRange,
}

/// Why a signature does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Algorithm of the signature and kind of the key do not belong together.
    #[error("signature algorithm {algorithm:?} does not go with a key of {key:?}")]
    AlgorithmMismatch {
        /// Algorithm of the signature.
        algorithm: Algorithm,
        /// Kind of key.
        key: KeyAlgorithm,
    },
    /// The signature's or the digest's algorithm is none that this crate knows.
    #[error("algorithm `{oid}` is unknown")]
    AlgorithmUnknown {
        /// Dotted object identifier.
        oid: String,
    },
    /// A signed attribute that must be there, or must be there once, is not; or contradicts what is signed.
    #[error("signed attributes are inconsistent: {reason}")]
    Attributes {
        /// What is at fault.
        reason: &'static str,
    },
    /// The digest in the signed attributes is not that of the content.
    #[error("content has another digest than the signed attributes say")]
    ContentDigest,
    /// The signed data carry no content and none was given, or both and they differ.
    #[error("content is missing or ambiguous: {reason}")]
    Content {
        /// What is at fault.
        reason: &'static str,
    },
    /// The signature is not valid for this key and these bytes.
    #[error("signature does not hold")]
    Signature,
    /// There is no signer of this index.
    #[error("no signer {index}, there are {signers}")]
    SignerUnknown {
        /// Index asked for, from 0.
        index: usize,
        /// Signers present.
        signers: usize,
    },
}
