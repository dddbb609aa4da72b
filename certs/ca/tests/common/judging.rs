//! Judging what the authority made with `eush-pki`, by lists and by answers.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "shared by test files, each of which uses its own part; a test fails by panicking"
)]

use std::sync::Arc;

use eush_ca::{Authority, Enrollment};
use eush_pki::judge::{Context, Expectations, Policy, Verdict, judge_document};
use eush_pki::{Certificate, CrlIndex, RevocationEvidence, Timestamp, Trust};
use eush_sign::cms::sign_detached;

use super::subject;

const CONTENT: &[u8] = b"signed content";

/// What a person's certificate is compared with.
pub(crate) fn person(key: &str) -> Expectations {
    let subject = subject(key);
    Expectations { iin: subject.iin, roles: subject.roles, ..Expectations::default() }
}

/// Every list of the trusted hierarchies, delta lists among them.
pub(crate) fn evidence(authority: &Authority) -> RevocationEvidence {
    let mut evidence = RevocationEvidence::default();
    for made in authority.authorities().unwrap() {
        let (root, issuing) =
            (Certificate::parse(&made.root).unwrap(), Certificate::parse(&made.issuing).unwrap());
        let list =
            |suffix: &str| authority.list(&format!("{}{suffix}", made.algorithm.name())).unwrap().unwrap();
        for (suffix, issuer) in [("", &issuing), ("-root", &root)] {
            let list = list(suffix);
            let index = CrlIndex::build(&list.der, issuer).unwrap();
            assert_eq!(index.number_text(), list.number.to_string());
            evidence.add(Arc::new(index));
        }
        evidence.add_delta(Arc::new(CrlIndex::build_delta(&list("-delta").der, &issuing).unwrap()));
    }
    evidence
}

/// The verdict on a document signed with the certificate.
pub(crate) fn judged(
    authority: &Authority,
    enrollment: &Enrollment,
    expectations: &Expectations,
    at: Timestamp,
    evidence: &RevocationEvidence,
) -> Verdict {
    judged_by(authority, enrollment, expectations, (at, evidence), &Policy::default())
}

/// The same by another policy.
pub(crate) fn judged_by(
    authority: &Authority,
    enrollment: &Enrollment,
    expectations: &Expectations,
    (at, evidence): (Timestamp, &RevocationEvidence),
    policy: &Policy,
) -> Verdict {
    let leaf = &enrollment.certificate.der;
    let signature = sign_detached(CONTENT, &enrollment.key, leaf, &enrollment.chain[1..], at).unwrap();
    let (mut anchors, mut intermediates) = (Vec::new(), Vec::new());
    for made in authority.authorities().unwrap() {
        anchors.push(Certificate::parse(&made.root).unwrap());
        intermediates.push(Certificate::parse(&made.issuing).unwrap());
    }
    let trust = Trust::new(anchors, intermediates);
    let context = Context { trust: &trust, evidence, at, expectations, policy };
    let mut verdicts = judge_document(&signature, Some(CONTENT), &context);
    assert_eq!(verdicts.len(), 1);
    verdicts.remove(0)
}
