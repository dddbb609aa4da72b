//! The runner's own test authority, for subjects that it starts: an agency must get the key of the provider's authorised
//! person from somewhere. Keys are GOST R 34.10-2015 and a function of the seed. It knows every certificate that it gave
//! out, which is how a result's signature is judged without judging chains.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use eush_sign::{KeyAlgorithm, KeyError, SignError, SigningKey};
use eush_wire::management::v1::{
    CertificateSubject, EnrollResponse, IssuedCertificate, KeyAlgorithm as WireAlgorithm,
};
use prost::Message as _;
use time::OffsetDateTime;
use time::macros::datetime;

use super::x509::{self, Draft};

const NOT_BEFORE: OffsetDateTime = datetime!(2020-01-01 00:00 UTC);
const NOT_AFTER: OffsetDateTime = datetime!(2049-12-31 00:00 UTC);

/// Why the authority cannot issue.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IssueError {
    /// The key could not be made.
    #[error("a test key could not be made: {0}")]
    Key(#[from] KeyError),
    /// The certificate could not be signed.
    #[error("a test certificate could not be signed: {0}")]
    Sign(#[from] SignError),
}

/// The authority.
#[derive(Debug)]
pub(crate) struct TestAuthority {
    root_key: SigningKey,
    root: Vec<u8>,
    seed: u64,
    issued: Mutex<HashMap<Vec<u8>, EnrollResponse>>,
}

impl TestAuthority {
    /// Makes the authority of a seed.
    pub(crate) fn new(seed: u64) -> Result<Self, IssueError> {
        let root_key = key(seed, b"root")?;
        let subject = CertificateSubject {
            common_name: "EUSH CONFORMANCE TEST ROOT".to_owned(),
            ..CertificateSubject::default()
        };
        let draft = Draft {
            serial: 1,
            subject: x509::name(&subject),
            issuer: x509::name(&subject),
            spki: root_key.public_key().spki_der(),
            not_before: NOT_BEFORE,
            not_after: NOT_AFTER,
        };
        let root = draft.sign(&root_key)?;
        Ok(Self { root, root_key, seed, issued: Mutex::default() })
    }

    /// The certificate and key of a subject: made on first need, the same ever after.
    pub(crate) fn enroll(&self, subject: &CertificateSubject) -> Result<EnrollResponse, IssueError> {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        let id = subject.encode_to_vec();
        if let Some(known) = issued.get(&id) {
            return Ok(known.clone());
        }
        let serial = 2 + issued.len() as u64;
        let key = key(self.seed, &id)?;
        let issuer = x509::holder(&self.root).map(|root| root.issuer).unwrap_or_default();
        let draft = Draft {
            serial,
            subject: x509::name(subject),
            issuer,
            spki: key.public_key().spki_der(),
            not_before: NOT_BEFORE,
            not_after: NOT_AFTER,
        };
        let leaf = draft.sign(&self.root_key)?;
        let timestamp =
            |at: OffsetDateTime| prost_types::Timestamp { seconds: at.unix_timestamp(), nanos: 0 };
        let answer = EnrollResponse {
            certificate: Some(IssuedCertificate {
                serial: format!("{serial:02X}"),
                subject: subject.common_name.clone(),
                algorithm: WireAlgorithm::Gost2015512.into(),
                not_before: Some(timestamp(NOT_BEFORE)),
                not_after: Some(timestamp(NOT_AFTER)),
                certificate: leaf.clone(),
                ..IssuedCertificate::default()
            }),
            private_key: key.pkcs8_der().to_vec(),
            chain: vec![leaf, self.root.clone()],
            ..EnrollResponse::default()
        };
        issued.insert(id, answer.clone());
        Ok(answer)
    }

    /// The root's certificate, DER.
    pub(crate) fn root(&self) -> &[u8] {
        &self.root
    }

    /// Whether a certificate is one that was given out.
    pub(crate) fn knows(&self, leaf: &[u8]) -> bool {
        let issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.values().any(|answer| answer.chain.first().is_some_and(|known| known == leaf))
    }
}

fn key(seed: u64, of: &[u8]) -> Result<SigningKey, KeyError> {
    let mut material = b"eush-conformance".to_vec();
    material.extend(seed.to_be_bytes());
    material.extend(of);
    SigningKey::derive_gost(KeyAlgorithm::Gost2015_512, &material)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_say_who_holds_them() {
        let authority = TestAuthority::new(7).unwrap();
        let bin = eush_domain::synthetic::numbers::bin(3);
        let subject = CertificateSubject {
            common_name: "ӘЛІ ҚАНАТ".to_owned(),
            bin: bin.digits().to_owned(),
            ..CertificateSubject::default()
        };
        let answer = authority.enroll(&subject).unwrap();
        let holder = x509::holder(&answer.chain[0]).unwrap();
        assert_eq!((holder.common_name.as_str(), holder.bin.as_str()), ("ӘЛІ ҚАНАТ", bin.digits()));
        assert!(authority.knows(&answer.chain[0]) && !authority.knows(authority.root()));
        assert_eq!(authority.enroll(&subject).unwrap().chain, answer.chain);
    }
}
