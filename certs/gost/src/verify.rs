//! Public keys, and what they say about signatures.

use crate::curve::{Curve, PublicPoint};
use crate::{Digest, Encoding, VerifyError};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A public key that passed every check: both coordinates in range, on the curve, in the subgroup of prime order.
///
/// Cheap to clone. Verifying works its multiples out anew each time; see [`PreparedKey`].
#[derive(Clone)]
pub struct VerifyingKey {
    curve: Curve,
    bytes: Arc<[u8]>,
    point: Arc<dyn PublicPoint>,
}

impl VerifyingKey {
    /// Reads a public key: X and Y, each little-endian and as wide as the curve, with nothing around them. Kazakh
    /// and Russian keys are written alike.
    ///
    /// # Errors
    /// [`VerifyError::KeyLength`], [`VerifyError::PointAtInfinity`], [`VerifyError::CoordinateOutOfRange`],
    /// [`VerifyError::PointOffCurve`] and [`VerifyError::OutsideSubgroup`].
    pub fn from_bytes(curve: Curve, bytes: &[u8]) -> Result<Self, VerifyError> {
        let (expected, actual) = (2 * curve.width(), bytes.len());
        if expected != actual {
            return Err(VerifyError::KeyLength { expected, actual });
        }
        Ok(Self { curve, bytes: bytes.into(), point: curve.group().public_point(bytes)? })
    }

    pub(crate) fn from_parts(curve: Curve, bytes: Vec<u8>, point: Arc<dyn PublicPoint>) -> Self {
        Self { curve, bytes: bytes.into(), point }
    }

    /// The parameter set.
    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// X and Y, each little-endian.
    pub fn to_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Builds the tables that make verifying with this key several times faster. Building them costs about as
    /// much as ten verifications, so it is for an authority's key, a responder's, a system's, not for a person's.
    pub fn prepare(&self) -> PreparedKey {
        PreparedKey(Self { curve: self.curve, bytes: Arc::clone(&self.bytes), point: self.point.prepare() })
    }

    /// Verifies a signature over a digest.
    ///
    /// # Errors
    /// [`VerifyError::DigestLength`], [`VerifyError::SignatureLength`],
    /// [`VerifyError::SignatureNumberOutOfRange`] and [`VerifyError::SignatureMismatch`].
    pub fn verify_digest(
        &self,
        digest: &[u8],
        signature: &[u8],
        encoding: Encoding,
    ) -> Result<(), VerifyError> {
        let width = self.curve.width();
        if digest.len() != width {
            return Err(VerifyError::DigestLength { expected: width, actual: digest.len() });
        }
        if signature.len() != 2 * width {
            return Err(VerifyError::SignatureLength { expected: 2 * width, actual: signature.len() });
        }
        let (r, s) = encoding.split(signature);
        self.point.verify(digest, &r, &s)
    }

    /// Digests a message and verifies a signature over it.
    ///
    /// # Errors
    /// Those of [`verify_digest`](Self::verify_digest).
    pub fn verify(
        &self,
        digest: Digest,
        message: &[u8],
        signature: &[u8],
        encoding: Encoding,
    ) -> Result<(), VerifyError> {
        self.verify_digest(&digest.of(message), signature, encoding)
    }
}

/// Equal when curve and coordinates are.
impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.curve == other.curve && self.bytes == other.bytes
    }
}

impl Eq for VerifyingKey {}

impl Hash for VerifyingKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.curve.hash(state);
        self.bytes.hash(state);
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({}, ", self.curve)?;
        for byte in self.bytes.iter() {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

/// A public key with tables of its multiples: 256 KiB at 512 bits, 128 KiB at 256. Cheap to clone, the tables are
/// shared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PreparedKey(VerifyingKey);

impl PreparedKey {
    /// The key; it shares the tables, so verifying with it is as fast.
    pub fn key(&self) -> &VerifyingKey {
        &self.0
    }

    /// Verifies a signature over a digest.
    ///
    /// # Errors
    /// Those of [`VerifyingKey::verify_digest`].
    pub fn verify_digest(
        &self,
        digest: &[u8],
        signature: &[u8],
        encoding: Encoding,
    ) -> Result<(), VerifyError> {
        self.0.verify_digest(digest, signature, encoding)
    }

    /// Digests a message and verifies a signature over it.
    ///
    /// # Errors
    /// Those of [`VerifyingKey::verify_digest`].
    pub fn verify(
        &self,
        digest: Digest,
        message: &[u8],
        signature: &[u8],
        encoding: Encoding,
    ) -> Result<(), VerifyError> {
        self.0.verify(digest, message, signature, encoding)
    }
}
