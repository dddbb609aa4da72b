//! Making signatures, for test keys.

use crate::curve::Curve;
use crate::nonce::Scalars;
use crate::{Digest, Encoding, SignError, VerifyingKey};
use std::fmt;

/// A secret key. Test material only: nothing here runs in constant time, and secrets are not wiped from memory.
#[derive(Clone)]
pub struct SigningKey {
    secret: Vec<u8>,
    public: VerifyingKey,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("public", &self.public).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// Reads a secret: a little-endian number of the curve's width, as PKCS#8 files of both countries carry it.
    ///
    /// # Errors
    /// [`SignError::KeyLength`] and [`SignError::SecretOutOfRange`].
    pub fn from_bytes(curve: Curve, secret: &[u8]) -> Result<Self, SignError> {
        check_length(curve, secret)?;
        let (bytes, point) = curve.group().public_key(secret)?;
        Ok(Self { secret: secret.to_vec(), public: VerifyingKey::from_parts(curve, bytes, point) })
    }

    /// A key made from a seed of any length, always the same for the same seed and curve.
    ///
    /// # Errors
    /// None that can happen; the signature of [`from_bytes`](Self::from_bytes) is kept.
    pub fn derive(curve: Curve, seed: &[u8]) -> Result<Self, SignError> {
        let label = curve.to_string();
        let mut scalars =
            Scalars::new(&curve.group().order(), &[b"eush-gost key ", label.as_bytes(), b" ", seed]);
        Self::from_bytes(curve, &scalars.draw())
    }

    /// The parameter set.
    pub fn curve(&self) -> Curve {
        self.public.curve()
    }

    /// The secret, little-endian.
    pub fn to_bytes(&self) -> &[u8] {
        &self.secret
    }

    /// The public key.
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    /// Signs a digest with a nonce derived from key and digest: the same input gives the same signature.
    ///
    /// # Errors
    /// [`SignError::DigestLength`] only.
    pub fn sign_digest(&self, digest: &[u8], encoding: Encoding) -> Result<Vec<u8>, SignError> {
        self.check_digest(digest)?;
        let group = self.curve().group();
        let big_endian = |bytes: &[u8]| bytes.iter().rev().copied().collect::<Vec<u8>>();
        let secret = big_endian(&self.secret);
        let digest_number = big_endian(&group.digest_number(digest));
        let mut nonces = Scalars::new(&group.order(), &[&secret, &digest_number]);
        loop {
            match group.sign(&self.secret, digest, &nonces.draw()) {
                Err(SignError::NonceUnusable) => {}
                signed => return signed.map(|(r, s)| encoding.join(&r, &s)),
            }
        }
    }

    /// Signs a digest with a nonce of the caller's choosing, little-endian: for the vectors of the standards. Two
    /// signatures with one nonce give the secret away.
    ///
    /// # Errors
    /// [`SignError::DigestLength`], [`SignError::KeyLength`], [`SignError::NonceOutOfRange`] and
    /// [`SignError::NonceUnusable`].
    pub fn sign_digest_with_nonce(
        &self,
        digest: &[u8],
        nonce: &[u8],
        encoding: Encoding,
    ) -> Result<Vec<u8>, SignError> {
        self.check_digest(digest)?;
        check_length(self.curve(), nonce)?;
        let (r, s) = self.curve().group().sign(&self.secret, digest, nonce)?;
        Ok(encoding.join(&r, &s))
    }

    /// Digests a message and signs the digest.
    ///
    /// # Errors
    /// [`SignError::DigestLength`] when the digest algorithm does not fit the curve.
    pub fn sign(&self, digest: Digest, message: &[u8], encoding: Encoding) -> Result<Vec<u8>, SignError> {
        self.sign_digest(&digest.of(message), encoding)
    }

    fn check_digest(&self, digest: &[u8]) -> Result<(), SignError> {
        let (expected, actual) = (self.curve().width(), digest.len());
        if expected == actual { Ok(()) } else { Err(SignError::DigestLength { expected, actual }) }
    }
}

fn check_length(curve: Curve, number: &[u8]) -> Result<(), SignError> {
    let (expected, actual) = (curve.width(), number.len());
    if expected == actual { Ok(()) } else { Err(SignError::KeyLength { expected, actual }) }
}
