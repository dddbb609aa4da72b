//! The closed set of algorithms, each with its object identifiers. Nothing outside it is ever guessed at.

use crate::oids::{self, Oid};

/// Kind and size class of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyAlgorithm {
    /// NIST P-256. Verified only; not part of the Kazakh profile.
    EcdsaP256,
    /// NIST P-384. Verified only; not part of the Kazakh profile.
    EcdsaP384,
    /// Ed25519. Verified only; not part of the Kazakh profile.
    Ed25519,
    /// GOST 34.310-2004, CryptoPro-A curve.
    Gost2004,
    /// GOST R 34.10-2015 in Kazakh encodings, 256 bits.
    Gost2015_256,
    /// GOST R 34.10-2015 in Kazakh encodings, 512 bits.
    Gost2015_512,
    /// RSA, 1024 to 8192 bits; the size is a finding of its own.
    Rsa,
}

impl KeyAlgorithm {
    /// Name in data and evidence.
    pub fn name(self) -> &'static str {
        match self {
            Self::EcdsaP256 => "ecdsa-p256",
            Self::EcdsaP384 => "ecdsa-p384",
            Self::Ed25519 => "ed25519",
            Self::Gost2004 => "gost2004",
            Self::Gost2015_256 => "gost2015-256",
            Self::Gost2015_512 => "gost2015-512",
            Self::Rsa => "rsa",
        }
    }
}

/// Digest algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DigestAlgorithm {
    /// 34.311-95 with the Kazakh parameter set (`D-TEST` S-box).
    Gost34311,
    /// SHA-1: legacy.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// GOST R 34.11-2015, 256 bits.
    Streebog256,
    /// GOST R 34.11-2015, 512 bits.
    Streebog512,
}

impl DigestAlgorithm {
    const TABLE: [(Self, Oid); 7] = [
        (Self::Gost34311, oids::GOST_R_34311),
        (Self::Sha1, oids::SHA1),
        (Self::Sha256, oids::SHA256),
        (Self::Sha384, oids::SHA384),
        (Self::Sha512, oids::SHA512),
        (Self::Streebog256, oids::STREEBOG256),
        (Self::Streebog512, oids::STREEBOG512),
    ];

    /// The algorithm of an object identifier.
    pub fn from_oid(oid: &Oid) -> Option<Self> {
        Self::TABLE.into_iter().find(|row| row.1 == *oid).map(|row| row.0)
    }

    /// Object identifier.
    pub fn oid(self) -> Oid {
        match self {
            Self::Gost34311 => oids::GOST_R_34311,
            Self::Sha1 => oids::SHA1,
            Self::Sha256 => oids::SHA256,
            Self::Sha384 => oids::SHA384,
            Self::Sha512 => oids::SHA512,
            Self::Streebog256 => oids::STREEBOG256,
            Self::Streebog512 => oids::STREEBOG512,
        }
    }

    /// Digest of the bytes.
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        crate::key::digest(self, bytes)
    }
}

/// Signature algorithm: key and digest together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA with SHA-256, any curve of [`KeyAlgorithm`].
    EcdsaSha256,
    /// ECDSA with SHA-384, any curve of [`KeyAlgorithm`].
    EcdsaSha384,
    /// Ed25519.
    Ed25519,
    /// GOST 34.310-2004 with 34.311-95.
    Gost2004,
    /// GOST R 34.10-2015-256 with Streebog-256, Kazakh encodings.
    Gost2015_256,
    /// GOST R 34.10-2015-512 with Streebog-512, Kazakh encodings.
    Gost2015_512,
    /// PKCS#1 v1.5 with SHA-1: legacy, for verification only.
    RsaSha1,
    /// PKCS#1 v1.5 with SHA-256.
    RsaSha256,
    /// PKCS#1 v1.5 with SHA-384.
    RsaSha384,
    /// PKCS#1 v1.5 with SHA-512.
    RsaSha512,
}

impl Algorithm {
    const TABLE: [(Self, Oid, &'static str); 10] = [
        (Self::EcdsaSha256, oids::ECDSA_WITH_SHA256, "ecdsa-sha256"),
        (Self::EcdsaSha384, oids::ECDSA_WITH_SHA384, "ecdsa-sha384"),
        (Self::Ed25519, oids::ED25519, "ed25519"),
        (Self::Gost2004, oids::GOST2004_SIGNATURE, "gost2004"),
        (Self::Gost2015_256, oids::GOST2015_256_SIGNATURE, "gost2015-256"),
        (Self::Gost2015_512, oids::GOST2015_512_SIGNATURE, "gost2015-512"),
        (Self::RsaSha1, oids::SHA1_WITH_RSA, "rsa-sha1"),
        (Self::RsaSha256, oids::SHA256_WITH_RSA, "rsa-sha256"),
        (Self::RsaSha384, oids::SHA384_WITH_RSA, "rsa-sha384"),
        (Self::RsaSha512, oids::SHA512_WITH_RSA, "rsa-sha512"),
    ];

    fn row(self) -> (Self, Oid, &'static str) {
        // The table has a row for every variant; a test holds it to that.
        Self::TABLE.into_iter().find(|row| row.0 == self).unwrap_or(Self::TABLE[0])
    }

    /// The algorithm of an object identifier.
    pub fn from_oid(oid: &Oid) -> Option<Self> {
        Self::TABLE.into_iter().find(|row| row.1 == *oid).map(|row| row.0)
    }

    /// Object identifier.
    pub fn oid(self) -> Oid {
        self.row().1
    }

    /// Name in data and evidence.
    pub fn name(self) -> &'static str {
        self.row().2
    }

    /// What it digests with; `None` where the algorithm takes the message itself.
    pub fn digest(self) -> Option<DigestAlgorithm> {
        match self {
            Self::EcdsaSha256 | Self::RsaSha256 => Some(DigestAlgorithm::Sha256),
            Self::EcdsaSha384 | Self::RsaSha384 => Some(DigestAlgorithm::Sha384),
            Self::Ed25519 => None,
            Self::Gost2004 => Some(DigestAlgorithm::Gost34311),
            Self::Gost2015_256 => Some(DigestAlgorithm::Streebog256),
            Self::Gost2015_512 => Some(DigestAlgorithm::Streebog512),
            Self::RsaSha1 => Some(DigestAlgorithm::Sha1),
            Self::RsaSha512 => Some(DigestAlgorithm::Sha512),
        }
    }

    /// Whether a key of this kind can make it.
    pub fn goes_with(self, key: KeyAlgorithm) -> bool {
        match self {
            Self::EcdsaSha256 | Self::EcdsaSha384 => {
                matches!(key, KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384)
            }
            Self::Ed25519 => key == KeyAlgorithm::Ed25519,
            Self::Gost2004 => key == KeyAlgorithm::Gost2004,
            Self::Gost2015_256 => key == KeyAlgorithm::Gost2015_256,
            Self::Gost2015_512 => key == KeyAlgorithm::Gost2015_512,
            Self::RsaSha1 | Self::RsaSha256 | Self::RsaSha384 | Self::RsaSha512 => key == KeyAlgorithm::Rsa,
        }
    }
}

/// Signature algorithm of an AlgorithmIdentifier's object identifier within CMS, where NCALayer and older tools name
/// the key's algorithm (`rsaEncryption`, a GOST key) beside a digest of its own.
pub(crate) fn of_signer(signature: &Oid, digest: DigestAlgorithm) -> Option<Algorithm> {
    if let Some(algorithm) = Algorithm::from_oid(signature) {
        return Some(algorithm);
    }
    match (*signature, digest) {
        (oids::RSA_ENCRYPTION, DigestAlgorithm::Sha1) => Some(Algorithm::RsaSha1),
        (oids::RSA_ENCRYPTION, DigestAlgorithm::Sha256) => Some(Algorithm::RsaSha256),
        (oids::RSA_ENCRYPTION, DigestAlgorithm::Sha384) => Some(Algorithm::RsaSha384),
        (oids::RSA_ENCRYPTION, DigestAlgorithm::Sha512) => Some(Algorithm::RsaSha512),
        (oids::GOST2015_512_KEY, DigestAlgorithm::Streebog512) => Some(Algorithm::Gost2015_512),
        (oids::GOST2015_256_KEY, DigestAlgorithm::Streebog256) => Some(Algorithm::Gost2015_256),
        (oids::GOST2004_KEY, DigestAlgorithm::Gost34311) => Some(Algorithm::Gost2004),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_a_row_for_every_variant() {
        for (algorithm, oid, _) in Algorithm::TABLE {
            assert_eq!(Algorithm::from_oid(&oid), Some(algorithm));
            assert_eq!(algorithm.oid(), oid);
        }
        for (algorithm, oid) in DigestAlgorithm::TABLE {
            assert_eq!(algorithm.oid(), oid);
            assert_eq!(DigestAlgorithm::from_oid(&oid), Some(algorithm));
        }
    }
}
