//! What the lists at hand say of one certificate: which of them speak of it, the newest of each kind, deltas on top, and
//! whether together they cover every reason (RFC 5280, 6.3.3).

use eush_domain::Rejection;

use super::{Asked, RevocationEvidence, Told, judge_revoked};
use crate::Timestamp;
use crate::crl::scope::{ALL_REASONS, Holders};
use crate::crl::{CrlIndex, RevocationReason, Revoked};
use crate::finding::{Failure, rfc3339};

pub(super) fn by_lists(
    asked: &Asked<'_>,
    evidence: &RevocationEvidence,
    at: Timestamp,
    mut told: Told,
) -> Result<Told, Failure> {
    let lists = speaking_of(asked, evidence, at);
    if lists.is_empty() {
        return Err(missing(asked, evidence, told));
    }
    let (mut covered, mut stale, mut forgotten, mut delta_missing) = (0, false, false, false);
    for list in lists {
        told.say("crlNumber", list.number_text());
        told.say("thisUpdate", rfc3339(list.this_update()));
        told.say("nextUpdate", rfc3339(list.next_update()));
        let delta = newest_delta(list, evidence, at);
        if let Some(delta) = delta {
            told.say("deltaNumber", delta.number_text());
        }
        if let Some(revoked) = lookup(asked, list, delta, at) {
            told = judge_revoked(revoked, asked, told)?;
        }
        if at > list.next_update() {
            stale = true;
        } else if asked.has_expired_by(list.this_update())
            && !list.keeps_expired(asked.certificate.not_after())
        {
            forgotten = true;
        } else {
            covered |= list.scope().covers(list.issuer(), asked.certificate);
        }
        let promised = list.has_freshest() || !asked.certificate.extensions().delta_crl_urls.is_empty();
        delta_missing |= promised && delta.is_none_or(|delta| at > delta.next_update());
    }
    if covered == ALL_REASONS {
        told.warnings.extend(delta_missing.then_some("delta-list-missing"));
        return Ok(told);
    }
    if stale {
        return Err(Failure::new(Rejection::RevocationStale, told.evidence));
    }
    if forgotten {
        return Err(asked.forgotten(told));
    }
    told.say("fault", "the lists at hand are not about every reason".to_owned());
    Err(Failure::new(Rejection::RevocationUnavailable, told.evidence))
}

fn missing(asked: &Asked<'_>, evidence: &RevocationEvidence, mut told: Told) -> Failure {
    told.say("listOf", asked.issuer.subject_dn().to_string());
    match evidence.untrusted.iter().find(|row| row.0 == asked.issuer.spki()) {
        Some((_, reason)) => {
            told.say("fault", reason.clone());
            Failure::new(Rejection::RevocationUntrusted, told.evidence)
        }
        None => Failure::new(Rejection::RevocationUnavailable, told.evidence),
    }
}

/// Lists that speak of the certificate and are signed by whom they must be, of each kind the newest that is not from the
/// future.
fn speaking_of<'a>(asked: &Asked<'_>, evidence: &'a RevocationEvidence, at: Timestamp) -> Vec<&'a CrlIndex> {
    let own = evidence.lists.iter().filter(|list| list.is_of(asked.issuer));
    let certified = evidence.certified.iter().filter(|row| row.1.certificates().last() == Some(asked.anchor));
    let usable = own.chain(certified.map(|row| &row.0)).map(AsRef::as_ref).filter(|list: &&CrlIndex| {
        list.this_update() <= at && list.scope().covers(list.issuer(), asked.certificate) != 0
    });
    let mut newest: Vec<&CrlIndex> = Vec::new();
    for list in usable {
        match newest.iter_mut().find(|other| other.is_same_series(list)) {
            Some(other) if list.is_newer_than(other) => *other = list,
            Some(_) => {}
            None => newest.push(list),
        }
    }
    newest
}

pub(super) fn newest_delta<'a>(
    list: &CrlIndex,
    evidence: &'a RevocationEvidence,
    at: Timestamp,
) -> Option<&'a CrlIndex> {
    let usable = evidence.deltas.iter().map(AsRef::as_ref);
    usable
        .filter(|delta: &&CrlIndex| list.takes(delta) && delta.this_update() <= at)
        .reduce(|a, b| if b.is_newer_than(a) { b } else { a })
}

/// What a list and its delta say together. A delta past its time still revokes, but no longer takes back; and what it takes
/// back is a hold and nothing else.
fn lookup(asked: &Asked<'_>, list: &CrlIndex, delta: Option<&CrlIndex>, at: Timestamp) -> Option<Revoked> {
    let (name, serial) = (asked.certificate.issuer_dn(), asked.certificate.serial());
    let complete = list.lookup_of(name, serial);
    let Some(delta) = delta else { return complete };
    match delta.lookup_of(name, serial) {
        Some(entry) if entry.reason == RevocationReason::RemoveFromCrl => {
            let lifted = at <= delta.next_update()
                && complete.is_some_and(|entry| entry.reason == RevocationReason::CertificateHold);
            if lifted { None } else { complete }
        }
        Some(entry) => Some(entry),
        None => complete,
    }
}

/// Whether a list at hand outweighs an answer that says "good" as of an instant: it is newer and has the certificate on it,
/// or it has it on it for good, which nothing undoes.
pub(super) fn outweighed(
    asked: &Asked<'_>,
    evidence: &RevocationEvidence,
    answered: Timestamp,
    at: Timestamp,
) -> bool {
    speaking_of(asked, evidence, at).into_iter().any(|list| {
        let delta = newest_delta(list, evidence, at);
        let known = delta.map_or(list.this_update(), CrlIndex::this_update);
        let entry = lookup(asked, list, delta, at);
        entry.is_some_and(|entry| known > answered || entry.reason != RevocationReason::CertificateHold)
    })
}

/// Whether a fresh list of the issuer knows that its delegated responder is not revoked (RFC 6960, 4.2.2.2.1).
pub(super) fn responder_holds(
    asked: &Asked<'_>,
    evidence: &RevocationEvidence,
    serial: &[u8],
    at: Timestamp,
) -> Result<(), &'static str> {
    let own = evidence.lists.iter().filter(|list| list.is_of(asked.issuer) && list.this_update() <= at);
    let about_users = own.filter(|list| {
        let scope = list.scope();
        scope.reasons == ALL_REASONS && scope.point.is_none() && scope.holders != Holders::Authorities
    });
    let newest = about_users.map(AsRef::as_ref).reduce(|a, b| if b.is_newer_than(a) { b } else { a });
    let Some(list) = newest.filter(|list| at <= list.next_update()) else {
        return Err("nobody tells whether the responder's certificate is revoked");
    };
    let delta = newest_delta(list, evidence, at);
    let entry = delta.and_then(|delta| delta.lookup(serial)).or_else(|| list.lookup(serial));
    match entry {
        Some(_) => Err("responder's certificate is revoked"),
        None => Ok(()),
    }
}
