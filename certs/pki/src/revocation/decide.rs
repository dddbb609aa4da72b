//! One certificate, one issuer: what the evidence at hand comes to, by the source that is to be asked.

use eush_domain::Rejection;

use super::lists::{by_lists, outweighed, responder_holds};
use super::{Asked, RevocationEvidence, RevocationSource, Told, judge_revoked};
use crate::Timestamp;
use crate::finding::{Failure, rfc3339};
use crate::ocsp::{OcspAnswer, OcspState, OcspStatus};

pub(super) fn about(
    asked: &Asked<'_>,
    evidence: &RevocationEvidence,
    at: Timestamp,
) -> Result<Told, Failure> {
    let mut told = Told::default();
    told.say("serial", asked.certificate.serial_hex());
    told.say("at", rfc3339(at));
    match evidence.source {
        RevocationSource::Crl => by_lists(asked, evidence, at, told),
        RevocationSource::Ocsp => match by_answer(asked, evidence, at, told) {
            Heard::Nobody(told) => Err(Failure::new(Rejection::RevocationUnavailable, told.evidence)),
            Heard::Verdict(verdict) => verdict,
        },
        RevocationSource::OcspThenCrl => {
            match (by_answer(asked, evidence, at, told), state(asked, evidence)) {
                (Heard::Nobody(told), _) => by_lists(asked, evidence, at, told),
                (Heard::Verdict(Ok(told)), Some(OcspState::Answer(answer)))
                    if outweighed(asked, evidence, answer.this_update, at) =>
                {
                    by_lists(asked, evidence, at, told)
                }
                (Heard::Verdict(verdict), _) => verdict,
            }
        }
    }
}

fn state<'a>(asked: &Asked<'_>, evidence: &'a RevocationEvidence) -> Option<&'a OcspState> {
    evidence.answer_about(asked.certificate, asked.issuer)
}

/// What came of a responder. That nobody was there to ask is the one outcome that may fall back.
enum Heard {
    Nobody(Told),
    Verdict(Result<Told, Failure>),
}

fn by_answer(asked: &Asked<'_>, evidence: &RevocationEvidence, at: Timestamp, mut told: Told) -> Heard {
    let Some(state) = state(asked, evidence) else {
        told.say("ocsp", "not-asked".to_owned());
        return Heard::Nobody(told);
    };
    told.say("ocsp", state.name().to_owned());
    match state {
        OcspState::Answer(answer) | OcspState::Stale(answer) => {
            told.say("responder", answer.responder.clone());
            told.say("producedAt", rfc3339(answer.produced_at));
            told.say("thisUpdate", rfc3339(answer.this_update));
            if let Some(responder) = &answer.unchecked_responder {
                told.say("responderSerial", crate::finding::hex(responder.bytes()));
                if let Err(fault) = responder_holds(asked, evidence, responder.bytes(), at) {
                    told.say("fault", fault.to_owned());
                    return Heard::Verdict(Err(Failure::new(Rejection::RevocationUntrusted, told.evidence)));
                }
            }
            Heard::Verdict(judge_answer(asked, answer, at, told))
        }
        OcspState::Unavailable(failure) => {
            told.say("fault", failure.reason.clone());
            if let Some(tried_at) = failure.tried_at {
                told.say("triedAt", rfc3339(tried_at));
            }
            Heard::Nobody(told)
        }
        OcspState::Untrusted(reason) => {
            told.say("fault", reason.clone());
            Heard::Verdict(Err(Failure::new(Rejection::RevocationUntrusted, told.evidence)))
        }
    }
}

fn judge_answer(
    asked: &Asked<'_>,
    answer: &OcspAnswer,
    at: Timestamp,
    mut told: Told,
) -> Result<Told, Failure> {
    let refused = |rejection, told: Told| Err(Failure::new(rejection, told.evidence));
    match answer.status {
        OcspStatus::Revoked(revoked) => judge_revoked(revoked, asked, told),
        OcspStatus::NotIssued => refused(Rejection::CertificateNotIssued, told),
        OcspStatus::Unknown => refused(Rejection::RevocationUntrusted, told),
        // Too old when it came, or grown old in a cache.
        OcspStatus::Good if at > answer.fresh_until => {
            told.say("fault", "answer is too old".to_owned());
            told.say("freshUntil", rfc3339(answer.fresh_until));
            refused(Rejection::RevocationStale, told)
        }
        // An answer of today says nothing of a day on which the certificate may have been on hold.
        OcspStatus::Good if at < answer.fresh_from => {
            told.say("fault", "answer is of a later time".to_owned());
            refused(Rejection::RevocationStale, told)
        }
        OcspStatus::Good
            if asked.has_expired_by(answer.this_update)
                && answer.keeps_expired_since.is_none_or(|since| since > asked.certificate.not_after()) =>
        {
            Err(asked.forgotten(told))
        }
        OcspStatus::Good => Ok(told),
    }
}
