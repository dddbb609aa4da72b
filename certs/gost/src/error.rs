//! Why a key or signature was not accepted, and why none could be made.

use crate::Curve;
use std::fmt;

/// Which of the two numbers of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureNumber {
    /// The abscissa of the nonce point, modulo the group order.
    R,
    /// The number that binds digest, key and nonce.
    S,
}

/// Why a public key was not read, or a signature not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyError {
    /// A coordinate of the key is not below the prime of the field.
    CoordinateOutOfRange {
        /// The parameter set of the key.
        curve: Curve,
    },
    /// The digest is not as wide as the curve.
    DigestLength {
        /// Bytes the curve asks for.
        expected: usize,
        /// Bytes given.
        actual: usize,
    },
    /// The key is not two coordinates long.
    KeyLength {
        /// Bytes the curve asks for.
        expected: usize,
        /// Bytes given.
        actual: usize,
    },
    /// The key is on the curve, but outside the subgroup of prime order the standard works in.
    OutsideSubgroup {
        /// The parameter set of the key; one with a cofactor.
        curve: Curve,
    },
    /// The key is all zeros, the usual way to write the point at infinity.
    PointAtInfinity,
    /// The key is not a point of the curve.
    PointOffCurve {
        /// The parameter set of the key.
        curve: Curve,
    },
    /// The signature is not two numbers of the curve's width long.
    SignatureLength {
        /// Bytes the curve asks for.
        expected: usize,
        /// Bytes given.
        actual: usize,
    },
    /// The signature is well formed, but not by this key over this digest.
    SignatureMismatch,
    /// A number of the signature is zero, or not below the group order.
    SignatureNumberOutOfRange {
        /// Which of the two; `r` is looked at first.
        number: SignatureNumber,
    },
}

/// Why a signing key was not read, or a signature not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignError {
    /// The digest is not as wide as the curve.
    DigestLength {
        /// Bytes the curve asks for.
        expected: usize,
        /// Bytes given.
        actual: usize,
    },
    /// The secret or nonce is not one number of the curve's width long.
    KeyLength {
        /// Bytes the curve asks for.
        expected: usize,
        /// Bytes given.
        actual: usize,
    },
    /// The nonce is zero, or not below the group order.
    NonceOutOfRange,
    /// The nonce leads to a signature with a zero in it; the standard says to draw another.
    NonceUnusable,
    /// The secret is zero, or not below the group order.
    SecretOutOfRange,
}

impl fmt::Display for SignatureNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::R => "r",
            Self::S => "s",
        })
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CoordinateOutOfRange { curve } => {
                write!(f, "a coordinate of the key is not below the prime of `{curve}`")
            }
            Self::DigestLength { expected, actual } => {
                write!(f, "the digest has `{actual}` bytes, the curve needs `{expected}`")
            }
            Self::KeyLength { expected, actual } => {
                write!(f, "the key has `{actual}` bytes, the curve needs `{expected}`")
            }
            Self::OutsideSubgroup { curve } => {
                write!(f, "the key is outside the prime-order subgroup of `{curve}`")
            }
            Self::PointAtInfinity => f.write_str("the key is the point at infinity"),
            Self::PointOffCurve { curve } => write!(f, "the key is not a point of `{curve}`"),
            Self::SignatureLength { expected, actual } => {
                write!(f, "the signature has `{actual}` bytes, the curve needs `{expected}`")
            }
            Self::SignatureMismatch => f.write_str("the signature is not by this key over this digest"),
            Self::SignatureNumberOutOfRange { number } => {
                write!(f, "`{number}` of the signature is zero or not below the group order")
            }
        }
    }
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DigestLength { expected, actual } => {
                write!(f, "the digest has `{actual}` bytes, the curve needs `{expected}`")
            }
            Self::KeyLength { expected, actual } => {
                write!(f, "the number has `{actual}` bytes, the curve needs `{expected}`")
            }
            Self::NonceOutOfRange => f.write_str("the nonce is zero or not below the group order"),
            Self::NonceUnusable => f.write_str("the nonce leads to a zero in the signature"),
            Self::SecretOutOfRange => f.write_str("the secret is zero or not below the group order"),
        }
    }
}

impl std::error::Error for VerifyError {}
impl std::error::Error for SignError {}
