//! Private and public keys. RSA and the curves of the wide world go through ring; GOST through `eush-gost`.

use std::fmt;

use ring::rand::SystemRandom;
use ring::signature as ring_signature;
use ring::signature::{KeyPair as _, RsaKeyPair};

use crate::algorithm::{Algorithm, DigestAlgorithm, KeyAlgorithm};
use crate::asn1::{DerError, Reader, tag, writer};
use crate::error::{KeyError, SignError, VerifyError};
use crate::oids::{self, Oid};

/// Digest of bytes.
pub(crate) fn digest(algorithm: DigestAlgorithm, bytes: &[u8]) -> Vec<u8> {
    let ring_digest = |which| ring::digest::digest(which, bytes).as_ref().to_vec();
    match algorithm {
        DigestAlgorithm::Sha1 => ring_digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY),
        DigestAlgorithm::Sha256 => ring_digest(&ring::digest::SHA256),
        DigestAlgorithm::Sha384 => ring_digest(&ring::digest::SHA384),
        DigestAlgorithm::Sha512 => ring_digest(&ring::digest::SHA512),
        DigestAlgorithm::Gost34311 | DigestAlgorithm::Streebog256 | DigestAlgorithm::Streebog512 => {
            Vec::new()
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
enum Material {
    /// PKCS#1 RSAPublicKey.
    Rsa { pkcs1: Vec<u8>, bits: usize },
    /// Uncompressed point, or the 32 bytes of Ed25519.
    Raw(Vec<u8>),
}

/// A public key, checked for shape.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    algorithm: KeyAlgorithm,
    material: Material,
    spki: Vec<u8>,
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({}, {} bits)", self.algorithm.name(), self.bits())
    }
}

impl PublicKey {
    /// Takes a SubjectPublicKeyInfo. Errs where the algorithm is unknown or the numbers are no key of it.
    pub fn from_spki_der(spki: &[u8]) -> Result<Self, KeyError> {
        let mut outer = Reader::whole(spki, tag::SEQUENCE)?.reader();
        let mut identifier = outer.sequence()?;
        let oid = identifier.oid()?;
        let bits = outer.bit_bytes()?;
        outer.finish()?;
        let (algorithm, material) = match oid {
            oids::RSA_ENCRYPTION => (KeyAlgorithm::Rsa, rsa_material(bits)?),
            oids::EC_PUBLIC_KEY => {
                let (algorithm, length) = match identifier.oid()? {
                    oids::SECP256R1 => (KeyAlgorithm::EcdsaP256, 65),
                    oids::SECP384R1 => (KeyAlgorithm::EcdsaP384, 97),
                    other => return Err(unknown(&other)),
                };
                (algorithm, raw_material(bits, length)?)
            }
            oids::ED25519 => (KeyAlgorithm::Ed25519, raw_material(bits, 32)?),
            other => return Err(unknown(&other)),
        };
        Ok(Self { algorithm, material, spki: spki.to_vec() })
    }

    /// Kind of key.
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// Size in bits: the modulus of RSA, the field of a curve.
    pub fn bits(&self) -> usize {
        match (&self.material, self.algorithm) {
            (Material::Rsa { bits, .. }, _) => *bits,
            (_, KeyAlgorithm::EcdsaP384) => 384,
            (_, KeyAlgorithm::Gost2015_512) => 512,
            _ => 256,
        }
    }

    /// The SubjectPublicKeyInfo.
    pub fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// Verifies a raw signature over a message; see [`verify`].
    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        verify(self, algorithm, message, signature)
    }
}

fn unknown(oid: &Oid) -> KeyError {
    KeyError::AlgorithmUnknown { oid: oid.to_string() }
}

fn raw_material(bits: &[u8], length: usize) -> Result<Material, KeyError> {
    if bits.len() == length {
        Ok(Material::Raw(bits.to_vec()))
    } else {
        Err(KeyError::Size { bits: bits.len() * 8, min: length * 8, max: length * 8 })
    }
}

fn rsa_material(pkcs1: &[u8]) -> Result<Material, KeyError> {
    const MIN: usize = 1024;
    const MAX: usize = 8192;
    let mut numbers = Reader::whole(pkcs1, tag::SEQUENCE)?.reader();
    let modulus = numbers.unsigned()?;
    let exponent = numbers.unsigned()?;
    numbers.finish()?;
    let bits = modulus.len() * 8 - modulus.first().map_or(0, |first| first.leading_zeros() as usize);
    if !(MIN..=MAX).contains(&bits) {
        return Err(KeyError::Size { bits, min: MIN, max: MAX });
    }
    if exponent.last().is_none_or(|last| last & 1 == 0) || exponent == [1] {
        return Err(KeyError::Invalid { reason: "exponent is even or 1" });
    }
    Ok(Material::Rsa { pkcs1: pkcs1.to_vec(), bits })
}

/// Verifies a raw signature over a message. The signature is as X.509 and CMS carry it: PKCS#1 for RSA, DER for ECDSA,
/// little-endian `r || s` for the Kazakh GOST encodings.
pub fn verify(
    key: &PublicKey,
    algorithm: Algorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    if !algorithm.goes_with(key.algorithm) {
        return Err(VerifyError::AlgorithmMismatch { algorithm, key: key.algorithm });
    }
    let ring_verify = |by: &'static dyn ring_signature::VerificationAlgorithm, bytes: &[u8]| {
        ring_signature::UnparsedPublicKey::new(by, bytes)
            .verify(message, signature)
            .map_err(|_| VerifyError::Signature)
    };
    match (&key.material, algorithm) {
        (Material::Rsa { pkcs1, .. }, _) => ring_verify(rsa_verification(algorithm), pkcs1),
        (Material::Raw(point), Algorithm::EcdsaSha256) if key.algorithm == KeyAlgorithm::EcdsaP256 => {
            ring_verify(&ring_signature::ECDSA_P256_SHA256_ASN1, point)
        }
        (Material::Raw(point), Algorithm::EcdsaSha256) => {
            ring_verify(&ring_signature::ECDSA_P384_SHA256_ASN1, point)
        }
        (Material::Raw(point), Algorithm::EcdsaSha384) if key.algorithm == KeyAlgorithm::EcdsaP256 => {
            ring_verify(&ring_signature::ECDSA_P256_SHA384_ASN1, point)
        }
        (Material::Raw(point), Algorithm::EcdsaSha384) => {
            ring_verify(&ring_signature::ECDSA_P384_SHA384_ASN1, point)
        }
        (Material::Raw(point), Algorithm::Ed25519) => ring_verify(&ring_signature::ED25519, point),
        (Material::Raw(_), _) => Err(VerifyError::AlgorithmMismatch { algorithm, key: key.algorithm }),
    }
}

// Keys of 1024 to 2047 bits verify here: whether they are welcome is a matter of policy, which is not ours.
fn rsa_verification(algorithm: Algorithm) -> &'static dyn ring_signature::VerificationAlgorithm {
    match algorithm {
        Algorithm::RsaSha1 => &ring_signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        Algorithm::RsaSha384 => &ring_signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RsaSha512 => &ring_signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        Algorithm::EcdsaSha256
        | Algorithm::EcdsaSha384
        | Algorithm::Ed25519
        | Algorithm::Gost2004
        | Algorithm::Gost2015_256
        | Algorithm::Gost2015_512
        | Algorithm::RsaSha256 => &ring_signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
    }
}

enum Secret {
    Rsa(RsaKeyPair),
}

/// A private key. Test keys only: see the crate's README.
pub struct SigningKey {
    secret: Secret,
    public: PublicKey,
    pkcs8: Vec<u8>,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, {} bits)", self.public.algorithm.name(), self.public.bits())
    }
}

impl SigningKey {
    /// Takes an unencrypted PKCS#8 PrivateKeyInfo: RSA of 2048 to 4096 bits, or a Kazakh GOST key.
    pub fn from_pkcs8_der(pkcs8: &[u8]) -> Result<Self, KeyError> {
        let mut outer = Reader::whole(pkcs8, tag::SEQUENCE)?.reader();
        if outer.small()? > 1 {
            return Err(KeyError::Encoding(DerError::Value { what: "version 0 or 1" }));
        }
        let mut identifier = outer.sequence()?;
        match identifier.oid()? {
            oids::RSA_ENCRYPTION => Self::rsa(pkcs8),
            other => Err(unknown(&other)),
        }
    }

    fn rsa(pkcs8: &[u8]) -> Result<Self, KeyError> {
        let pair = RsaKeyPair::from_pkcs8(pkcs8)
            .map_err(|_| KeyError::Invalid { reason: "not an RSA key of 2048 to 4096 bits" })?;
        let identifier = writer::sequence([writer::oid(&oids::RSA_ENCRYPTION), writer::null()]);
        let spki = writer::sequence([identifier, writer::bit_bytes(pair.public_key().as_ref())]);
        let public = PublicKey::from_spki_der(&spki)?;
        Ok(Self { secret: Secret::Rsa(pair), public, pkcs8: pkcs8.to_vec() })
    }

    /// The public half.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The algorithm that [`SigningKey::sign`] uses.
    pub fn algorithm(&self) -> Algorithm {
        match self.secret {
            Secret::Rsa(_) => Algorithm::RsaSha256,
        }
    }

    /// PKCS#8, as it was taken. Secret.
    pub fn pkcs8_der(&self) -> &[u8] {
        &self.pkcs8
    }

    /// Signs a message with [`SigningKey::algorithm`].
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        match &self.secret {
            Secret::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&ring_signature::RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
                    .map_err(|_| SignError::Failed { algorithm: self.algorithm() })?;
                Ok(signature)
            }
        }
    }
}

/// AlgorithmIdentifier of a signature as certificates carry it: an explicit NULL for RSA and for the Kazakh GOST
/// algorithms (the national authority's certificates have it), nothing for the others.
pub fn signature_identifier(algorithm: Algorithm) -> Vec<u8> {
    let oid = writer::oid(&algorithm.oid());
    match algorithm {
        Algorithm::EcdsaSha256 | Algorithm::EcdsaSha384 | Algorithm::Ed25519 => writer::sequence([oid]),
        Algorithm::Gost2004
        | Algorithm::Gost2015_256
        | Algorithm::Gost2015_512
        | Algorithm::RsaSha1
        | Algorithm::RsaSha256
        | Algorithm::RsaSha384
        | Algorithm::RsaSha512 => writer::sequence([oid, writer::null()]),
    }
}
