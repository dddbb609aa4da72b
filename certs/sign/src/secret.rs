//! Private keys, for signing.

use std::fmt;

use eush_gost::Encoding;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature as ring_signature;
use ring::signature::{KeyPair as _, RsaKeyPair};

use crate::algorithm::{Algorithm, KeyAlgorithm};
use crate::asn1::{DerError, Reader, tag, writer};
use crate::error::{KeyError, SignError};
use crate::key::{PublicKey, gost_parameters, gost_set, unknown};
use crate::oids::{self, Oid};

enum Secret {
    Gost(eush_gost::SigningKey),
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
        write!(f, "SigningKey({}, {} bits)", self.public.algorithm().name(), self.public.bits())
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
            oid @ (oids::GOST2004_KEY | oids::GOST2015_256_KEY | oids::GOST2015_512_KEY) => {
                let (algorithm, curve) = gost_parameters(oid, &mut identifier)?;
                let secret = Reader::whole(outer.octets()?, tag::OCTET_STRING)?.value;
                let key = eush_gost::SigningKey::from_bytes(curve, secret).map_err(|_| OUT_OF_RANGE)?;
                Self::gost(algorithm, key)
            }
            other => Err(unknown(&other)),
        }
    }

    /// A new GOST key from the system's generator. Other kinds of key are not made here.
    pub fn generate_gost(algorithm: KeyAlgorithm) -> Result<Self, KeyError> {
        let mut seed = [0; 64];
        SystemRandom::new()
            .fill(&mut seed)
            .map_err(|_| KeyError::Invalid { reason: "the system's generator failed" })?;
        Self::derive_gost(algorithm, &seed)
    }

    /// The GOST key of a seed, always the same: for tests and for populations made from a seed.
    pub fn derive_gost(algorithm: KeyAlgorithm, seed: &[u8]) -> Result<Self, KeyError> {
        let (.., curve) = gost_set(algorithm)
            .ok_or(KeyError::Invalid { reason: "only GOST keys are derived from a seed" })?;
        let key = eush_gost::SigningKey::derive(curve, seed).map_err(|_| OUT_OF_RANGE)?;
        Self::gost(algorithm, key)
    }

    // PKCS#8 in the national authority's form: the secret, little-endian, in an OCTET STRING within the OCTET STRING.
    fn gost(algorithm: KeyAlgorithm, key: eush_gost::SigningKey) -> Result<Self, KeyError> {
        let (oid, params, digest, _) =
            gost_set(algorithm).ok_or(KeyError::Invalid { reason: "not a GOST key" })?;
        let identifier = gost_identifier(&oid, &params, &digest);
        let point = writer::octets(key.verifying_key().to_bytes());
        let spki = writer::sequence([identifier.clone(), writer::bit_bytes(&point)]);
        let public = PublicKey::from_spki_der(&spki)?;
        let secret = writer::octets(&writer::octets(key.to_bytes()));
        let pkcs8 = writer::sequence([writer::integer(0), identifier, secret]);
        Ok(Self { secret: Secret::Gost(key), public, pkcs8 })
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
        match (&self.secret, self.public.algorithm()) {
            (Secret::Gost(_), KeyAlgorithm::Gost2004) => Algorithm::Gost2004,
            (Secret::Gost(_), KeyAlgorithm::Gost2015_256) => Algorithm::Gost2015_256,
            (Secret::Gost(_), _) => Algorithm::Gost2015_512,
            (Secret::Rsa(_), _) => Algorithm::RsaSha256,
        }
    }

    /// PKCS#8, as it was taken. Secret.
    pub fn pkcs8_der(&self) -> &[u8] {
        &self.pkcs8
    }

    /// Signs a message with [`SigningKey::algorithm`].
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        match &self.secret {
            Secret::Gost(key) => {
                let algorithm = self.algorithm();
                let digest = algorithm.digest().ok_or(SignError::Failed { algorithm })?.digest(message);
                key.sign_digest(&digest, Encoding::Kazakh).map_err(|_| SignError::Failed { algorithm })
            }
            Secret::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&ring_signature::RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
                    .map_err(|_| SignError::Failed { algorithm: self.algorithm() })?;
                Ok(signature)
            }
        }
    }
}

const OUT_OF_RANGE: KeyError = KeyError::Invalid { reason: "the secret is out of range" };

fn gost_identifier(oid: &Oid, params: &Oid, digest: &Oid) -> Vec<u8> {
    let parameters = writer::sequence([writer::oid(params), writer::oid(digest)]);
    writer::sequence([writer::oid(oid), parameters])
}
