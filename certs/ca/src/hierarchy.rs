//! The authorities themselves: a root and an issuing authority for each algorithm, a second such pair that nobody
//! trusts, and a second issuing authority under the trusted root whose certificate is broken.

use std::sync::Arc;

use eush_domain::Timestamp;
use eush_sign::{KeyError, SigningKey};
use time::Duration;

use crate::certificate::{Signature, Template, from_hex, hex};
use crate::error::{PublishError, StoreError};
use crate::model::KeyAlgorithm;
use crate::store::AuthorityRow;
use crate::{key, profile};

/// How long before the first start an authority begins, so that the periods of expired certificates lie within it.
const BEFORE: Duration = Duration::days(1460);
/// How long after the first start a root ends: virtual time may be taken far ahead.
const AFTER: Duration = Duration::days(7300);
/// How much earlier than its root an issuing authority ends, as the real ones do.
const SHORTER: Duration = Duration::days(3);

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

/// Whether the hierarchy's root is given out as an anchor, and leads to its issuing authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// An issuing authority under the trusted root whose certificate's signature does not hold, for
    /// [`Defect::BrokenIssuerSignature`](crate::Defect::BrokenIssuerSignature). It has no root of its own.
    Broken,
    /// Given out.
    Trusted,
    /// Made for [`Defect::UnknownIssuer`](crate::Defect::UnknownIssuer), the same in everything but its names.
    Untrusted,
}

impl Standing {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Trusted => "trusted",
            Self::Untrusted => "untrusted",
        }
    }

    /// Standing of the root above an issuing authority of this standing.
    pub(crate) fn of_root(self) -> Self {
        match self {
            Self::Broken | Self::Trusted => Self::Trusted,
            Self::Untrusted => Self::Untrusted,
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Broken, Self::Trusted, Self::Untrusted].into_iter().find(|one| one.name() == name)
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

    /// Stem of the names of its files over HTTP: `rsa`, `rsa-root`, `rsa-untrusted`, `rsa-untrusted-root`, `rsa-broken`.
    pub(crate) fn file_stem(&self) -> String {
        file_stem(self.algorithm, self.standing, self.level)
    }
}

pub(crate) fn file_stem(algorithm: KeyAlgorithm, standing: Standing, level: Level) -> String {
    let (standing, level) = match level {
        Level::Issuing => (standing, ""),
        Level::Root => (standing.of_root(), "-root"),
    };
    let standing = match standing {
        Standing::Broken => "-broken",
        Standing::Trusted => "",
        Standing::Untrusted => "-untrusted",
    };
    format!("{}{standing}{level}", algorithm.name())
}

/// What authorities are made from.
pub(crate) struct Making<'a> {
    pub(crate) algorithm: KeyAlgorithm,
    pub(crate) standing: Standing,
    pub(crate) now: Timestamp,
    pub(crate) base_url: &'a str,
}

impl Making<'_> {
    /// Makes a root and its issuing authority, root first. Their `id` is not set.
    pub(crate) fn pair(&self) -> Result<Vec<AuthorityRow>, PublishError> {
        // Both keys at once: making an RSA key is the slowest thing that this crate does.
        let (root_key, issuing_key) = std::thread::scope(|scope| {
            let other = scope.spawn(|| key::generate(self.algorithm));
            let own = key::generate(self.algorithm);
            let failed = KeyError::Invalid { reason: "the thread that made the key broke off" };
            (own, other.join().unwrap_or(Err(failed)))
        });
        let (root_key, issuing_key) = (root_key?, issuing_key?);
        let root_serial = key::serial()?;
        let root = self.sign(Level::Root, &root_serial, &root_key, (&root_serial, &root_key))?;
        let issuing = self.sign(Level::Issuing, &key::serial()?, &issuing_key, (&root_serial, &root_key))?;
        Ok(vec![root, issuing])
    }

    /// Makes an issuing authority under a root that is there.
    pub(crate) fn under(&self, root: &Issuer) -> Result<Vec<AuthorityRow>, PublishError> {
        let root_serial = from_hex(&root.serial)
            .and_then(|serial| <[u8; 20]>::try_from(serial).ok())
            .ok_or(StoreError::Corrupt { what: "serial number of an authority" })?;
        let key = key::generate(self.algorithm)?;
        Ok(vec![self.sign(Level::Issuing, &key::serial()?, &key, (&root_serial, &root.key))?])
    }

    fn sign(
        &self,
        level: Level,
        serial: &[u8; 20],
        holder: &SigningKey,
        (root_serial, root_key): (&[u8; 20], &SigningKey),
    ) -> Result<AuthorityRow, PublishError> {
        let Self { algorithm, standing, now, base_url } = *self;
        let root_name = profile::authority_name(algorithm, standing.of_root(), Level::Root);
        let context = profile::Context { algorithm, standing, base_url, serial, issuer_serial: root_serial };
        let not_before = now.saturating_sub(BEFORE);
        let not_after = now.saturating_add(match level {
            Level::Issuing => AFTER - SHORTER,
            Level::Root => AFTER,
        });
        let template = Template {
            serial,
            issuer: &root_name.der,
            not_before,
            not_after,
            subject: &profile::authority_name(algorithm, standing, level).der,
            spki: holder.public_key().spki_der(),
            extensions: &context.authority(level, &root_name.der),
        };
        let signature = match standing {
            Standing::Broken => Signature::Broken,
            Standing::Trusted | Standing::Untrusted => Signature::Sound,
        };
        Ok(AuthorityRow {
            id: 0,
            algorithm,
            standing,
            level,
            serial: hex(serial),
            certificate: template.sign(root_key, signature)?,
            key: holder.pkcs8_der().to_vec(),
            not_before,
            not_after,
        })
    }
}
