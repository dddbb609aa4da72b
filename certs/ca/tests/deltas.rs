//! A reader that keeps the day's complete list and fetches delta lists learns every change of the day.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;

use common::judging::{judged_by, person};
use common::{NOW, authority, subject};
use eush_ca::{Authority, Enrollment, EnrollmentRequest, KeyAlgorithm, PublicationPoint, RevocationReason};
use eush_domain::Rejection;
use eush_pki::judge::Policy;
use eush_pki::{Certificate, CrlIndex, RevocationEvidence, RevocationPolicy, RevocationScope};
use time::Duration;

const ALGORITHM: KeyAlgorithm = KeyAlgorithm::Gost2015_512;

fn enroll(authority: &Authority, label: &str) -> Enrollment {
    let request = EnrollmentRequest {
        algorithm: Some(ALGORITHM),
        label: label.to_owned(),
        ..EnrollmentRequest::golden(subject("aigerim"))
    };
    authority.enroll(&request).unwrap()
}

/// Judges by one complete list and the present delta list.
fn outcome(
    authority: &Authority,
    enrollment: &Enrollment,
    complete: &[u8],
) -> (Option<Rejection>, Vec<&'static str>) {
    let issuer = Certificate::parse(&enrollment.chain[1]).unwrap();
    let delta = authority.list("gost-delta").unwrap().unwrap();
    let mut evidence = RevocationEvidence::new(vec![Arc::new(CrlIndex::build(complete, &issuer).unwrap())]);
    evidence.add_delta(Arc::new(CrlIndex::build_delta(&delta.der, &issuer).unwrap()));
    let scope = RevocationScope::Leaf;
    let policy = Policy { revocation: RevocationPolicy { scope }, ..Policy::default() };
    let at = (authority.now(), &evidence);
    let verdict = judged_by(authority, enrollment, &person("aigerim"), at, &policy);
    let warnings = verdict.stages.iter().flat_map(|stage| stage.warnings.iter().copied());
    (verdict.rejection, warnings.filter(|warning| *warning != "issuer-revocation-not-asked").collect())
}

#[test]
fn every_change_of_the_day_is_on_the_delta_list() {
    let (_folder, authority) = authority();
    let [good, held_before, held, held_and_released, released, revoked] =
        ["good", "held-before", "held", "held-and-released", "released", "revoked"]
            .map(|label| enroll(&authority, label));
    let serial = |enrollment: &Enrollment| enrollment.certificate.serial.clone();
    authority.hold(&serial(&held_before)).unwrap();
    authority.hold(&serial(&released)).unwrap();
    authority.publish_now(Some(ALGORITHM), Some(PublicationPoint::List)).unwrap();
    let list = |stem: &str| authority.list(stem).unwrap().unwrap();
    let of_the_day = list("gost");

    authority.hold(&serial(&held)).unwrap();
    authority.hold(&serial(&held_and_released)).unwrap();
    let of_noon = list("gost");
    authority.release(&serial(&held_and_released)).unwrap();
    authority.release(&serial(&released)).unwrap();
    authority.revoke(&serial(&revoked), RevocationReason::KeyCompromise, None).unwrap();
    authority.publish_due(NOW + Duration::hours(6)).unwrap();
    assert_eq!(list("gost-delta").base, Some(of_the_day.number));

    // Whichever complete list since the base the reader has, the delta list brings it to the present.
    for complete in [&of_the_day, &of_noon, &list("gost")] {
        let expect = |enrollment: &Enrollment, expected: Option<Rejection>| {
            let found = outcome(&authority, enrollment, &complete.der);
            let name = (&enrollment.certificate.label, complete.number);
            assert_eq!(found, (expected, vec![]), "{name:?}");
        };
        expect(&good, None);
        expect(&held_before, Some(Rejection::CertificateOnHold));
        expect(&held, Some(Rejection::CertificateOnHold));
        expect(&held_and_released, None);
        expect(&released, None);
        expect(&revoked, Some(Rejection::CertificateRevoked));
    }
    let issuer = Certificate::parse(&good.chain[1]).unwrap();
    let delta = CrlIndex::build_delta(&list("gost-delta").der, &issuer).unwrap();
    assert_eq!(delta.len(), 4, "what changed and no more");

    // The next day's delta list is empty, and of no use to those who did not fetch the day's complete list.
    authority.publish_now(Some(ALGORITHM), Some(PublicationPoint::List)).unwrap();
    let delta = CrlIndex::build_delta(&list("gost-delta").der, &issuer).unwrap();
    assert!(delta.is_empty());
    assert_eq!(outcome(&authority, &good, &of_the_day.der), (None, vec!["delta-list-missing"]));
    assert_eq!(outcome(&authority, &good, &list("gost").der), (None, vec![]));
}
