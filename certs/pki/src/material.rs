//! From a pile of files to trust and evidence: which certificate is an anchor, whose list is which, what answer is about
//! whom. For those who judge by what lies before them, as the command line does.
//!
//! Nothing here trusts a file for its name or place. A list counts where it verifies with the key of whoever issued the
//! certificate, or of somebody whose own chain holds and is not revoked; an answer counts where it is about a link of a
//! chain. What finds no use is told with the reason.

use std::sync::Arc;

use eush_sign::cms::SignedData;

use crate::Timestamp;
use crate::certificate::{Certificate, key_usage};
use crate::chain::{self, Chain};
use crate::crl::{CrlError, CrlIndex};
use crate::judge::Policy;
use crate::ocsp::{self, OcspPolicy, OcspRequest, OcspState};
use crate::revocation::{self, RevocationEvidence, RevocationSource};
use crate::trust::Trust;

/// What lies before us.
#[derive(Clone, Debug, Default)]
pub struct Material {
    /// Certificates of authorities: self-signed ones are trusted, the others are candidates for chains.
    pub authorities: Vec<Certificate>,
    /// Revocation lists, complete and delta, DER.
    pub lists: Vec<Vec<u8>>,
    /// Answers of OCSP responders, DER.
    pub answers: Vec<Vec<u8>>,
}

/// A certificate that will be judged, with what came along with it.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The certificate.
    pub certificate: Certificate,
    /// Candidates for its chain. Never anchors.
    pub supplied: Vec<Certificate>,
}

impl Subject {
    /// Whoever may be meant as a signer of a signed document, each with what came along.
    pub fn all_of(signed: &SignedData) -> Vec<Self> {
        let supplied: Vec<Certificate> =
            signed.certificates().iter().filter_map(|der| Certificate::parse(der).ok()).collect();
        let candidates = signed.signers().iter().flat_map(|signer| signed.candidates(signer));
        candidates
            .filter_map(|der| Certificate::parse(der).ok())
            .map(|certificate| Self { certificate, supplied: supplied.clone() })
            .collect()
    }
}

/// What found no use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unused {
    /// An answer of [`Material::answers`].
    Answer {
        /// Position from 0.
        index: usize,
        /// Why, for people.
        reason: String,
    },
    /// A list of [`Material::lists`].
    List {
        /// Position from 0.
        index: usize,
        /// Why, for people.
        reason: String,
    },
}

/// Trust and evidence, ready for a [`crate::Context`].
#[derive(Debug)]
pub struct Gathered {
    /// Whom we trust.
    pub trust: Trust,
    /// Revocation evidence. A responder's answer is asked first where there is one, then lists.
    pub evidence: RevocationEvidence,
    /// What found no use, in the order of the material.
    pub unused: Vec<Unused>,
}

impl Material {
    /// Sorts the material for judging these subjects at this time by this policy.
    ///
    /// A saved answer comes without its request, so that its nonce is not compared: its freshness is all that tells a
    /// replay.
    pub fn gather(&self, subjects: &[Subject], at: Timestamp, policy: &Policy) -> Gathered {
        let (anchors, intermediates) = self.authorities.iter().cloned().partition(is_self_signed);
        let trust = Trust::new(anchors, intermediates);
        let source =
            if self.answers.is_empty() { RevocationSource::Crl } else { RevocationSource::OcspThenCrl };
        let evidence = RevocationEvidence::default().asking(source);
        let mut gathered = Gathered { trust, evidence, unused: Vec::new() };
        gathered.take_lists(&self.lists, subjects, at, policy);
        gathered.take_answers(&self.answers, subjects, at, policy);
        gathered
    }
}

/// Whether a certificate is signed with its own key. A self-issued one need not be: a new key certified by the old one
/// bears the same name twice and is no anchor.
fn is_self_signed(certificate: &Certificate) -> bool {
    let (Ok(algorithm), Ok(key)) = (certificate.algorithm(), certificate.public_key()) else { return false };
    certificate.is_self_issued() && key.verify(algorithm, certificate.tbs(), certificate.signature()).is_ok()
}

impl Gathered {
    fn take_lists(&mut self, lists: &[Vec<u8>], subjects: &[Subject], at: Timestamp, policy: &Policy) {
        let supplied: Vec<Certificate> =
            subjects.iter().flat_map(|one| one.supplied.iter().cloned()).collect();
        let known = self.trust.anchors().iter().chain(self.trust.intermediates()).chain(&supplied);
        let known: Vec<Certificate> = known.cloned().collect();
        // The same name with the same key signs the same lists, under however many certificates.
        let mut signers: Vec<&Certificate> = Vec::new();
        for one in &known {
            let id = |one: &Certificate| (one.subject_dn().clone(), one.spki().to_vec(), one.key_usage());
            if !signers.iter().any(|other| id(other) == id(one)) {
                signers.push(one);
            }
        }
        let mut complete = Vec::new();
        for (index, der) in lists.iter().enumerate() {
            match self.take_list(der, &signers, policy) {
                Ok(lists) => complete.extend(lists),
                Err(reason) => self.unused.push(Unused::List { index, reason }),
            }
        }
        self.certify(&complete, &known, &supplied, at, policy);
    }

    /// Verifies one list with every signer it can be of. Gives the complete lists; errs where nobody can have signed it.
    fn take_list(
        &mut self,
        der: &[u8],
        signers: &[&Certificate],
        policy: &Policy,
    ) -> Result<Vec<Arc<CrlIndex>>, String> {
        let (mut complete, mut deltas, mut faults) = (Vec::new(), 0_usize, Vec::new());
        let algorithms = policy.chain.algorithms;
        for signer in signers {
            match CrlIndex::build_by(der, signer, algorithms) {
                Ok(list) => complete.push(Arc::new(list)),
                Err(CrlError::Delta) => match CrlIndex::build_delta_by(der, signer, algorithms) {
                    Ok(delta) => {
                        self.evidence.add_delta(Arc::new(delta));
                        deltas += 1;
                    }
                    Err(error) => faults.push((signer, error)),
                },
                Err(CrlError::WrongIssuer { .. }) => {}
                Err(error) => faults.push((signer, error)),
            }
        }
        if !complete.is_empty() || deltas > 0 {
            complete.iter().for_each(|list| self.evidence.add(list.clone()));
            return Ok(complete);
        }
        for (signer, error) in &faults {
            // It came as the list of that name, whichever of its keys was to verify it.
            for same in signers.iter().filter(|other| other.subject_dn() == signer.subject_dn()) {
                self.evidence.add_untrusted(same, error.to_string());
            }
        }
        Err(faults.first().map_or_else(
            || "no certificate at hand is that of its issuer".to_owned(),
            |(_, error)| error.to_string(),
        ))
    }

    /// Lets lists speak of certificates whose issuer did not sign them, where their signer's chain holds and, by evidence
    /// that counts already, is not revoked. A list never vouches for its own signer.
    fn certify(
        &mut self,
        lists: &[Arc<CrlIndex>],
        known: &[Certificate],
        supplied: &[Certificate],
        at: Timestamp,
        policy: &Policy,
    ) {
        let mut waiting: Vec<(Arc<CrlIndex>, Chain)> = Vec::new();
        for list in lists {
            let signs = |one: &&Certificate| {
                list.is_of(one) && one.key_usage().is_none_or(|usage| usage & key_usage::CRL_SIGN != 0)
            };
            for signer in known.iter().filter(signs) {
                let chain = chain::check(signer, &self.trust, supplied, at, &policy.chain);
                waiting.extend(chain.ok().map(|chain| (list.clone(), chain)));
            }
        }
        loop {
            let before = waiting.len();
            // No answers have been taken yet, so that lists alone are asked.
            let (ready, rest) = waiting.into_iter().partition::<Vec<_>, _>(|(_, chain)| {
                revocation::check(chain, &self.evidence, at, &policy.revocation).is_ok()
            });
            for (list, chain) in ready {
                // Its signer's chain begins with its signer, so that it is always taken.
                let _ = self.evidence.add_certified(list, &chain);
            }
            waiting = rest;
            if waiting.len() == before {
                return;
            }
        }
    }

    fn take_answers(&mut self, answers: &[Vec<u8>], subjects: &[Subject], at: Timestamp, policy: &Policy) {
        let ocsp = OcspPolicy { algorithms: policy.chain.algorithms, ..OcspPolicy::default() };
        let judged = |der: &[u8], certificate: &Certificate, issuer: &Certificate| {
            OcspRequest::about(certificate, issuer, None).map_or_else(
                |error| OcspState::Untrusted(error.to_string()),
                |request| ocsp::judge_answer(der, &request, issuer, at, &ocsp),
            )
        };
        let chains: Vec<Chain> = subjects
            .iter()
            .filter_map(|one| {
                chain::check(&one.certificate, &self.trust, &one.supplied, at, &policy.chain).ok()
            })
            .collect();
        let (mut held, mut refused) = (Vec::new(), Vec::new());
        for (index, der) in answers.iter().enumerate() {
            let links = chains.iter().flat_map(Chain::links);
            let about: Vec<_> = links
                .filter_map(|(certificate, issuer)| match judged(der, certificate, issuer) {
                    OcspState::Answer(answer) => Some((answer, certificate.clone(), issuer.clone())),
                    OcspState::Stale(_) | OcspState::Unavailable(_) | OcspState::Untrusted(_) => None,
                })
                .collect();
            if !about.is_empty() {
                held.extend(about);
                continue;
            }
            // Nobody's: then it is taken for a bad answer about whoever is judged, not for none at all.
            let mut reason = "there is no chain of which it could speak".to_owned();
            for (certificate, issuer) in chains.iter().filter_map(|chain| chain.links().next()) {
                let state = judged(der, certificate, issuer);
                match &state {
                    OcspState::Answer(_) => {}
                    OcspState::Stale(answer) => {
                        reason = format!("answer is too old since {}", answer.fresh_until)
                    }
                    OcspState::Unavailable(failure) => reason.clone_from(&failure.reason),
                    OcspState::Untrusted(fault) => reason.clone_from(fault),
                }
                refused.push((certificate.clone(), issuer.clone(), state));
            }
            self.unused.push(Unused::Answer { index, reason });
        }
        // Of several the last counts: what is not believed outweighs "not now", what is too old both, what holds all of
        // them, and what is newer what is older.
        refused.sort_by_key(|row| rank(&row.2));
        for (certificate, issuer, state) in refused {
            self.evidence.add_answer(&certificate, &issuer, state);
        }
        held.sort_by_key(|row| row.0.this_update);
        for (answer, certificate, issuer) in held {
            self.evidence.add_answer(&certificate, &issuer, OcspState::Answer(answer));
        }
    }
}

/// Of several answers that do not hold, which counts: the weight of its kind, and of those too old the newer.
fn rank(state: &OcspState) -> (u8, Option<Timestamp>) {
    match state {
        OcspState::Unavailable(_) => (0, None),
        OcspState::Untrusted(_) => (1, None),
        OcspState::Stale(answer) | OcspState::Answer(answer) => (2, Some(answer.this_update)),
    }
}
