//! The authorities themselves: a root and an issuing authority for each algorithm, and a second such pair that nobody
//! trusts.

use std::sync::Arc;

use eush_domain::Timestamp;
use eush_sign::SigningKey;

use crate::error::StoreError;
use crate::model::KeyAlgorithm;
use crate::store::AuthorityRow;

/// Place in the hierarchy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Issues to holders.
    Issuing,
    /// Issues to the issuing authority only.
    Root,
}

impl Level {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Issuing => "issuing",
            Self::Root => "root",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Issuing, Self::Root].into_iter().find(|one| one.name() == name)
    }
}

/// Whether the hierarchy's root is given out as an anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Given out.
    Trusted,
    /// Made for [`Defect::UnknownIssuer`](crate::Defect::UnknownIssuer), the same in everything but its names.
    Untrusted,
}

impl Standing {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::Untrusted => "untrusted",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Trusted, Self::Untrusted].into_iter().find(|one| one.name() == name)
    }
}

/// One authority, ready to sign.
#[derive(Clone)]
pub(crate) struct Issuer {
    pub(crate) id: i64,
    pub(crate) algorithm: KeyAlgorithm,
    pub(crate) standing: Standing,
    pub(crate) level: Level,
    pub(crate) serial: String,
    pub(crate) certificate: Vec<u8>,
    pub(crate) key: Arc<SigningKey>,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
}

impl Issuer {
    /// An authority of the store.
    pub(crate) fn load(row: AuthorityRow) -> Result<Self, StoreError> {
        let key = SigningKey::from_pkcs8_der(&row.key)
            .map_err(|_| StoreError::Corrupt { what: "key of an authority" })?;
        Ok(Self {
            id: row.id,
            algorithm: row.algorithm,
            standing: row.standing,
            level: row.level,
            serial: row.serial,
            certificate: row.certificate,
            key: Arc::new(key),
            not_before: row.not_before,
            not_after: row.not_after,
        })
    }

    /// Stem of the names of its files over HTTP: `rsa`, `rsa-root`, `rsa-untrusted`, `rsa-untrusted-root`.
    pub(crate) fn file_stem(&self) -> String {
        file_stem(self.algorithm, self.standing, self.level)
    }
}

pub(crate) fn file_stem(algorithm: KeyAlgorithm, standing: Standing, level: Level) -> String {
    let standing = match standing {
        Standing::Trusted => "",
        Standing::Untrusted => "-untrusted",
    };
    let level = match level {
        Level::Issuing => "",
        Level::Root => "-root",
    };
    format!("{}{standing}{level}", algorithm.name())
}
