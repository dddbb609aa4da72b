//! Whom we trust: anchors, and intermediates that we know of.

use crate::certificate::{Certificate, ParseError};

/// Why a trust store cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// A certificate cannot be read.
    #[error("certificate {index} is malformed: {source}")]
    Malformed {
        /// Position from 0.
        index: usize,
        /// What is wrong with it.
        source: ParseError,
    },
}

/// Anchors are trusted as they are; intermediates are only candidates for building chains, wherever they come from.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    anchors: Vec<Certificate>,
    intermediates: Vec<Certificate>,
    /// Known certificates whose signature by a known issuer holds, so that no request verifies it again.
    links: Vec<(Certificate, Certificate)>,
}

impl Trust {
    /// A store of anchors and known intermediates. Works out their keys' tables and verifies their signatures by one
    /// another, since every request would have to.
    pub fn new(anchors: Vec<Certificate>, intermediates: Vec<Certificate>) -> Self {
        for certificate in anchors.iter().chain(&intermediates) {
            if let Ok(key) = certificate.public_key() {
                key.prepare();
            }
        }
        let mut links = Vec::new();
        for subject in &intermediates {
            let issuers = anchors.iter().chain(&intermediates);
            let signers = issuers.filter(|issuer| crate::chain::is_signed_by(subject, issuer));
            links.extend(signers.map(|issuer| (subject.clone(), issuer.clone())));
        }
        Self { anchors, intermediates, links }
    }

    /// Whether the signature of one known certificate by another is known to hold. Says nothing of time or rules.
    pub(crate) fn has_link(&self, subject: &Certificate, issuer: &Certificate) -> bool {
        self.links.iter().any(|link| link.0 == *subject && link.1 == *issuer)
    }

    /// A store of certificates in DER: those that are their own issuers are anchors, the others intermediates.
    pub fn from_ders<'a>(ders: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, TrustError> {
        let (mut anchors, mut intermediates) = (Vec::new(), Vec::new());
        for (index, der) in ders.into_iter().enumerate() {
            let certificate =
                Certificate::parse(der).map_err(|source| TrustError::Malformed { index, source })?;
            if certificate.is_self_issued() {
                anchors.push(certificate);
            } else {
                intermediates.push(certificate);
            }
        }
        Ok(Self::new(anchors, intermediates))
    }

    /// Trusted certificates.
    pub fn anchors(&self) -> &[Certificate] {
        &self.anchors
    }

    /// Known, but not by themselves trusted, certificates.
    pub fn intermediates(&self) -> &[Certificate] {
        &self.intermediates
    }
}
