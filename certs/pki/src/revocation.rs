//! Whether the certificate is on its issuer's revoked list, by evidence that is fresh at the time of judgement.
//!
//! Each way of not knowing is its own answer, and none of them is "good": no list, a list past its `nextUpdate`, a list
//! that could not be verified.

use std::sync::Arc;

use eush_domain::Rejection;

use crate::Timestamp;
use crate::certificate::Certificate;
use crate::chain::Chain;
use crate::crl::{CrlIndex, RevocationReason, Revoked};
use crate::finding::{Evidence, Failure, Finding, rfc3339};

/// Whose revocation is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RevocationScope {
    /// Every certificate below the anchor.
    #[default]
    Chain,
    /// The leaf alone; the finding warns that nobody asked about its issuers.
    Leaf,
}

/// What is asked of revocation evidence. Missing and stale evidence always refuse: there is no knob for that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RevocationPolicy {
    /// Whose revocation is asked for.
    pub scope: RevocationScope,
}

/// Revocation evidence at hand: verified lists, and issuers for whom only lists that could not be verified came.
#[derive(Clone, Debug, Default)]
pub struct RevocationEvidence {
    lists: Vec<Arc<CrlIndex>>,
    untrusted: Vec<(Vec<u8>, String)>,
}

impl RevocationEvidence {
    /// Evidence of lists; of several lists of one issuer the newest usable one counts.
    pub fn new(lists: Vec<Arc<CrlIndex>>) -> Self {
        Self { lists, untrusted: Vec::new() }
    }

    /// Adds a list.
    pub fn add(&mut self, list: Arc<CrlIndex>) {
        self.lists.push(list);
    }

    /// Remembers that a list came for this issuer and could not be verified, with the reason. It tells "untrusted" from
    /// "unavailable" and outweighs no verified list.
    pub fn add_untrusted(&mut self, issuer: &Certificate, reason: String) {
        self.untrusted.push((issuer.spki().to_vec(), reason));
    }

    /// Lists at hand.
    pub fn lists(&self) -> &[Arc<CrlIndex>] {
        &self.lists
    }

    fn newest(&self, issuer: &Certificate, at: Timestamp) -> Option<&CrlIndex> {
        let usable = self.lists.iter().filter(|list| list.is_of(issuer) && list.this_update() <= at);
        usable.map(Arc::as_ref).reduce(|a, b| if b.is_newer_than(a) { b } else { a })
    }
}

/// Asks the lists about the chain, leaf first.
pub fn check(
    chain: &Chain,
    evidence: &RevocationEvidence,
    at: Timestamp,
    policy: &RevocationPolicy,
) -> Result<Finding, Failure> {
    let mut finding = Finding::default();
    for (position, (certificate, issuer)) in chain.links().enumerate() {
        let told = check_one(certificate, issuer, evidence, at).map_err(|mut failure| {
            if position > 0 {
                failure.evidence.push(("issuerOf", chain.certificates()[position - 1].serial_hex()));
            }
            failure
        })?;
        match (position, policy.scope) {
            (0, _) => finding.evidence = told,
            (_, RevocationScope::Chain) => finding.evidence.push(("issuerChecked", certificate.serial_hex())),
            (_, RevocationScope::Leaf) => {}
        }
        if policy.scope == RevocationScope::Leaf {
            if chain.certificates().len() > 2 {
                finding.warnings.push("issuer-revocation-not-asked");
            }
            break;
        }
    }
    if chain.certificates().len() < 2 {
        // An anchor is trusted by decree and taken back by decree: nobody publishes a list about it.
        finding.warnings.push("anchor-itself");
    }
    Ok(finding)
}

fn check_one(
    certificate: &Certificate,
    issuer: &Certificate,
    evidence: &RevocationEvidence,
    at: Timestamp,
) -> Result<Evidence, Failure> {
    let mut told: Evidence = vec![("serial", certificate.serial_hex()), ("at", rfc3339(at))];
    let Some(list) = evidence.newest(issuer, at) else {
        told.push(("listOf", issuer.subject_dn().to_string()));
        let untrusted = evidence.untrusted.iter().find(|row| row.0 == issuer.spki());
        return Err(match untrusted {
            Some((_, reason)) => {
                told.push(("fault", reason.clone()));
                Failure::new(Rejection::RevocationUntrusted, told)
            }
            None => Failure::new(Rejection::RevocationUnavailable, told),
        });
    };
    told.push(("crlNumber", list.number_text()));
    told.push(("thisUpdate", rfc3339(list.this_update())));
    told.push(("nextUpdate", rfc3339(list.next_update())));
    match list.lookup(certificate.serial()) {
        Some(revoked) => Err(refuse(revoked, told)),
        None if at > list.next_update() => Err(Failure::new(Rejection::RevocationStale, told)),
        None => Ok(told),
    }
}

fn refuse(revoked: Revoked, mut told: Evidence) -> Failure {
    told.push(("reason", revoked.reason.name().to_owned()));
    told.push(("revokedAt", rfc3339(revoked.at)));
    let rejection = match revoked.reason {
        RevocationReason::CertificateHold => Rejection::CertificateOnHold,
        RevocationReason::AaCompromise
        | RevocationReason::AffiliationChanged
        | RevocationReason::CaCompromise
        | RevocationReason::CessationOfOperation
        | RevocationReason::KeyCompromise
        | RevocationReason::PrivilegeWithdrawn
        | RevocationReason::RemoveFromCrl
        | RevocationReason::Superseded
        | RevocationReason::Unspecified => Rejection::CertificateRevoked,
    };
    Failure::new(rejection, told)
}
