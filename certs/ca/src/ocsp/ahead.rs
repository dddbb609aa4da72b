//! Answers that are signed before anybody asks.
//!
//! A question without a nonce has the same answer whoever asks, so that answers about what was issued are signed after each
//! change and as time moves on, in the background. With the CertID that the national authority's clients use, SHA-256; who
//! asks by another digest has an answer signed at the first question. A fault in force spoils answers on their way out and
//! none of these.

use eush_domain::Timestamp;
use eush_sign::DigestAlgorithm;
use eush_sign::asn1::writer;

use super::request::CertId;
use super::{Answers, compose, key_bits};
use crate::authority::Authority;
use crate::certificate::{from_hex, subject_name};
use crate::error::PublishError;
use crate::hierarchy::{Issuer, Level, Standing};
use crate::store;

/// What one round came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignedAhead {
    /// Answers that were signed.
    pub signed: usize,
    /// Answers that were at hand and fresh for long enough.
    pub kept: usize,
}

impl Authority {
    /// Signs answers about the newest `most` certificates of the trusted hierarchies, and about the issuing authorities where
    /// their roots' responders have been asked before. What is at hand and fresh is left. Ends early where `goes_on` says so.
    pub fn sign_ahead(&self, most: usize, goes_on: impl Fn() -> bool) -> Result<SignedAhead, PublishError> {
        let mut done = SignedAhead::default();
        for (issuer, serial) in self.worth_signing(most)? {
            if !goes_on() {
                break;
            }
            if self.sign_one_ahead(&issuer, &serial)? {
                done.signed += 1;
            } else {
                done.kept += 1;
            }
        }
        Ok(done)
    }

    /// Issuer and serial number, newest first.
    fn worth_signing(&self, most: usize) -> Result<Vec<(Issuer, String)>, PublishError> {
        let state = self.state();
        let trusted = |id: i64| {
            let mut issuers = state.issuers.iter();
            issuers.find(|one| one.id == id && one.standing == Standing::Trusted).cloned()
        };
        let newest = store::newest(state.store.connection(), state.now, most)?;
        let leaves = newest.into_iter().filter_map(|(id, serial)| Some((trusted(id)?, serial)));
        let authorities = state.issuers.iter().filter(|one| one.level == Level::Issuing);
        let authorities = authorities.filter_map(|one| {
            let root = state.root_of(one).ok()?;
            let asked = state.answers.responders.contains_key(&root.id);
            (one.standing == Standing::Trusted && asked).then(|| (root.clone(), one.serial.clone()))
        });
        Ok(leaves.chain(authorities).collect())
    }

    fn sign_one_ahead(&self, issuer: &Issuer, serial: &str) -> Result<bool, PublishError> {
        let id = id_of(issuer, serial)?;
        {
            let state = self.state();
            if state.answers.is_fresh(&id.der, state.now) {
                return Ok(false);
            }
        }
        self.prepare_responder(issuer)?;
        let draft = compose(&self.state(), issuer.clone(), std::slice::from_ref(&id), None)?;
        // Without the lock: others may ask and revoke meanwhile.
        let der = draft.sign(None)?;
        self.keep(&draft, &der);
        Ok(true)
    }
}

impl Answers {
    /// Whether an answer is at hand that will still be given when the time is told the next time but one.
    fn is_fresh(&self, id: &[u8], now: Timestamp) -> bool {
        self.kept.get(id).is_some_and(|kept| now - kept.produced_at <= self.keep_for() / 2)
    }
}

/// CertID by SHA-256, as `OcspRequest::about` of readers makes it.
fn id_of(issuer: &Issuer, serial: &str) -> Result<CertId, PublishError> {
    let digest = DigestAlgorithm::Sha256;
    let issuer_name = digest.digest(&subject_name(&issuer.certificate)?);
    let issuer_key = digest.digest(key_bits(issuer.key.public_key().spki_der())?);
    let serial = from_hex(serial).ok_or(store_corrupt())?;
    let der = writer::sequence([
        writer::sequence([writer::oid(&digest.oid()), writer::null()]),
        writer::octets(&issuer_name),
        writer::octets(&issuer_key),
        writer::unsigned(&serial),
    ]);
    Ok(CertId { der, digest: Some(digest), issuer_name, issuer_key, serial })
}

fn store_corrupt() -> crate::error::StoreError {
    crate::error::StoreError::Corrupt { what: "serial number" }
}
