//! Public keys and what they say of signatures. RSA and the curves of the wide world go through ring, GOST through
//! `eush-gost` in the Kazakh encodings.

use std::fmt;
use std::sync::{Arc, OnceLock};

use eush_gost::{Curve, Encoding, PreparedKey, VerifyingKey};
use ring::signature as ring_signature;

use crate::algorithm::{Algorithm, DigestAlgorithm, KeyAlgorithm};
use crate::asn1::{Reader, tag, writer};
use crate::error::{KeyError, VerifyError};
use crate::oids::{self, Oid};

/// Digest of bytes.
pub(crate) fn digest(algorithm: DigestAlgorithm, bytes: &[u8]) -> Vec<u8> {
    let ring_digest = |which| ring::digest::digest(which, bytes).as_ref().to_vec();
    match algorithm {
        DigestAlgorithm::Gost34311 => eush_gost::Digest::Gost94Test.of(bytes),
        DigestAlgorithm::Sha1 => ring_digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY),
        DigestAlgorithm::Sha256 => ring_digest(&ring::digest::SHA256),
        DigestAlgorithm::Sha384 => ring_digest(&ring::digest::SHA384),
        DigestAlgorithm::Sha512 => ring_digest(&ring::digest::SHA512),
        DigestAlgorithm::Streebog256 => eush_gost::Digest::Streebog256.of(bytes),
        DigestAlgorithm::Streebog512 => eush_gost::Digest::Streebog512.of(bytes),
    }
}

#[derive(Clone)]
enum Material {
    /// Point, and tables of its multiples once somebody asked for them. Clones share both.
    Gost { key: VerifyingKey, prepared: Arc<OnceLock<PreparedKey>> },
    /// PKCS#1 RSAPublicKey.
    Rsa { pkcs1: Vec<u8>, bits: usize },
    /// Uncompressed point, or the 32 bytes of Ed25519.
    Raw(Vec<u8>),
}

/// A public key, checked for shape; a GOST key also for being a point of its curve. Equal where the encoding is.
#[derive(Clone)]
pub struct PublicKey {
    algorithm: KeyAlgorithm,
    material: Material,
    spki: Vec<u8>,
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.spki == other.spki
    }
}

impl Eq for PublicKey {}

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
            oids::GOST2004_KEY | oids::GOST2015_256_KEY | oids::GOST2015_512_KEY => {
                gost_material(oid, &mut identifier, bits)?
            }
            other => return Err(unknown(&other)),
        };
        // RFC 3279, 2.3.1: RSA keys have NULL here; some issuers leave it out.
        if algorithm == KeyAlgorithm::Rsa {
            let _null = identifier.optional(tag::NULL)?;
        }
        identifier.finish()?;
        Ok(Self { algorithm, material, spki: spki.to_vec() })
    }

    /// The key of a certificate in DER. Reads no more of it than that.
    pub fn from_certificate_der(certificate: &[u8]) -> Result<Self, KeyError> {
        Self::from_spki_der(crate::cms::certificate_spki(certificate)?)
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

    /// Works out what makes further verifying with this key several times faster, for this value and its clones. Worth
    /// it for an authority's key, not for one seen once. Only GOST keys gain.
    pub fn prepare(&self) {
        if let Material::Gost { key, prepared } = &self.material {
            let _ = prepared.get_or_init(|| key.prepare());
        }
    }

    /// Verifies a raw signature over a message; see [`verify`].
    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        verify(self, algorithm, message, signature)
    }
}

/// Curve of each Kazakh key, with the identifiers of its parameters.
pub(crate) fn gost_set(algorithm: KeyAlgorithm) -> Option<(Oid, Oid, Oid, Curve)> {
    match algorithm {
        KeyAlgorithm::Gost2004 => {
            Some((oids::GOST2004_KEY, oids::GOST2004_PARAMS, oids::GOST_R_34311_PARAMS, Curve::Tc26_256B))
        }
        KeyAlgorithm::Gost2015_256 => {
            Some((oids::GOST2015_256_KEY, oids::GOST2015_256_PARAMS, oids::STREEBOG256, Curve::Tc26_256A))
        }
        KeyAlgorithm::Gost2015_512 => {
            Some((oids::GOST2015_512_KEY, oids::GOST2015_512_PARAMS, oids::STREEBOG512, Curve::Tc26_512A))
        }
        KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384 | KeyAlgorithm::Ed25519 | KeyAlgorithm::Rsa => None,
    }
}

/// Reads what follows the key's object identifier: SEQUENCE { curve, digest OPTIONAL }. Other parameter sets than the
/// one that the key's identifier stands for are refused.
pub(crate) fn gost_parameters(
    oid: Oid,
    identifier: &mut Reader<'_>,
) -> Result<(KeyAlgorithm, Curve), KeyError> {
    let algorithm = match oid {
        oids::GOST2004_KEY => KeyAlgorithm::Gost2004,
        oids::GOST2015_256_KEY => KeyAlgorithm::Gost2015_256,
        oids::GOST2015_512_KEY => KeyAlgorithm::Gost2015_512,
        other => return Err(unknown(&other)),
    };
    let (_, params, digest, curve) = gost_set(algorithm).ok_or_else(|| unknown(&oid))?;
    let mut parameters = identifier.sequence()?;
    let found = parameters.oid()?;
    if found != params {
        return Err(unknown(&found));
    }
    if !parameters.is_empty() {
        let found = parameters.oid()?;
        let own_digest = oids::GOST_R_34311;
        if found != digest && !(algorithm == KeyAlgorithm::Gost2004 && found == own_digest) {
            return Err(unknown(&found));
        }
    }
    parameters.finish()?;
    Ok((algorithm, curve))
}

fn gost_material(
    oid: Oid,
    identifier: &mut Reader<'_>,
    bits: &[u8],
) -> Result<(KeyAlgorithm, Material), KeyError> {
    let (algorithm, curve) = gost_parameters(oid, identifier)?;
    let point = Reader::whole(bits, tag::OCTET_STRING)?.value;
    let key = VerifyingKey::from_bytes(curve, point)
        .map_err(|error| KeyError::Point { reason: error.to_string() })?;
    Ok((algorithm, Material::Gost { key, prepared: Arc::default() }))
}

pub(crate) fn unknown(oid: &Oid) -> KeyError {
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
        (Material::Gost { key: gost, prepared }, _) => {
            let digest = algorithm.digest().ok_or(VerifyError::Signature)?.digest(message);
            let gost = prepared.get().map_or(gost, PreparedKey::key);
            gost.verify_digest(&digest, signature, Encoding::Kazakh).map_err(|_| VerifyError::Signature)
        }
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
