//! One certificate, one issuer: what the evidence at hand comes to.

use eush_domain::Rejection;

use super::{RevocationEvidence, RevocationSource};
use crate::Timestamp;
use crate::certificate::Certificate;
use crate::crl::{CrlIndex, RevocationReason, Revoked};
use crate::finding::{Evidence, Failure, rfc3339};
use crate::ocsp::{OcspAnswer, OcspState, OcspStatus};

pub(super) fn about(
    certificate: &Certificate,
    issuer: &Certificate,
    evidence: &RevocationEvidence,
    at: Timestamp,
) -> Result<Evidence, Failure> {
    let told: Evidence = vec![("serial", certificate.serial_hex()), ("at", rfc3339(at))];
    match evidence.source {
        RevocationSource::Crl => by_list(certificate, issuer, evidence, at, told),
        RevocationSource::Ocsp => by_answer(state(certificate, issuer, evidence), at, told)
            .unwrap_or_else(|told| Err(Failure::new(Rejection::RevocationUnavailable, told))),
        RevocationSource::OcspThenCrl => {
            let state = state(certificate, issuer, evidence);
            match by_answer(state, at, told) {
                Err(told) => by_list(certificate, issuer, evidence, at, told),
                Ok(Ok(told)) => {
                    // A list that is newer than the answer can only know more.
                    let newer = evidence.newest(issuer, at).filter(|list| is_newer(list, state));
                    match newer.and_then(|list| list.lookup(certificate.serial())) {
                        Some(_) => by_list(certificate, issuer, evidence, at, told),
                        None => Ok(told),
                    }
                }
                Ok(Err(failure)) => Err(failure),
            }
        }
    }
}

fn is_newer(list: &CrlIndex, state: Option<&OcspState>) -> bool {
    match state {
        Some(OcspState::Answer(answer)) => list.this_update() > answer.this_update,
        Some(OcspState::Unavailable(_) | OcspState::Untrusted(_)) | None => true,
    }
}

fn state<'a>(
    certificate: &Certificate,
    issuer: &Certificate,
    evidence: &'a RevocationEvidence,
) -> Option<&'a OcspState> {
    let mut of = evidence.answers.iter().rev();
    of.find(|row| row.0 == *certificate && row.1.spki() == issuer.spki()).map(|row| &row.2)
}

/// The outer `Err` says that nobody was there to ask, which alone may fall back.
fn by_answer(
    state: Option<&OcspState>,
    at: Timestamp,
    mut told: Evidence,
) -> Result<Result<Evidence, Failure>, Evidence> {
    let Some(state) = state else {
        told.push(("ocsp", "not-asked".to_owned()));
        return Err(told);
    };
    told.push(("ocsp", state.name().to_owned()));
    let answer = match state {
        OcspState::Answer(answer) => answer,
        OcspState::Unavailable(reason) => {
            told.push(("fault", reason.clone()));
            return Err(told);
        }
        OcspState::Untrusted(reason) => {
            told.push(("fault", reason.clone()));
            return Ok(Err(Failure::new(Rejection::RevocationUntrusted, told)));
        }
    };
    told.push(("producedAt", rfc3339(answer.produced_at)));
    told.push(("thisUpdate", rfc3339(answer.this_update)));
    Ok(judge_answer(answer, at, told))
}

fn judge_answer(answer: &OcspAnswer, at: Timestamp, told: Evidence) -> Result<Evidence, Failure> {
    match answer.status {
        OcspStatus::Revoked(revoked) => Err(refuse(revoked, told)),
        OcspStatus::NotIssued => Err(Failure::new(Rejection::CertificateNotIssued, told)),
        OcspStatus::Unknown => Err(Failure::new(Rejection::RevocationUntrusted, told)),
        // An answer that was fresh when it came can have grown old in a cache; and one of today says nothing of a day on
        // which the certificate may have been on hold.
        OcspStatus::Good if at > answer.fresh_until || at < answer.fresh_from => {
            Err(Failure::new(Rejection::RevocationStale, told))
        }
        OcspStatus::Good => Ok(told),
    }
}

fn by_list(
    certificate: &Certificate,
    issuer: &Certificate,
    evidence: &RevocationEvidence,
    at: Timestamp,
    mut told: Evidence,
) -> Result<Evidence, Failure> {
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

impl RevocationEvidence {
    fn newest(&self, issuer: &Certificate, at: Timestamp) -> Option<&CrlIndex> {
        let usable = self.lists.iter().filter(|list| list.is_of(issuer) && list.this_update() <= at);
        usable.map(AsRef::as_ref).reduce(|a, b| if b.is_newer_than(a) { b } else { a })
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
