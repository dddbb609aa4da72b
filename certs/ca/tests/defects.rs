//! What the authority makes, judged by `eush-pki`: golden certificates pass, and each defect and each change of state
//! gives exactly its own reason.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::OnceLock;

use common::judging::{evidence, judged, person};
use common::{NOW, authority, subject};
use eush_ca::{
    Authority, CertificateState, Defect, Enrollment, EnrollmentRequest, Expected, Flaw, KeyAlgorithm,
    RevocationReason, catalogue,
};
use eush_domain::{CertificateRole, Rejection};
use eush_pki::judge::{Expectations, Outcome, Verdict};
use eush_pki::{Certificate, CrlIndex, Timestamp};
use eush_sign::asn1::Reader;
use time::Duration;

fn shared() -> &'static Authority {
    static SHARED: OnceLock<(tempfile::TempDir, Authority)> = OnceLock::new();
    &SHARED.get_or_init(authority).1
}

fn request(key: &str, algorithm: KeyAlgorithm, label: &str) -> EnrollmentRequest {
    EnrollmentRequest {
        algorithm: Some(algorithm),
        label: label.to_owned(),
        ..EnrollmentRequest::golden(subject(key))
    }
}

fn verdict(
    authority: &Authority,
    enrollment: &Enrollment,
    expectations: &Expectations,
    at: Timestamp,
) -> Verdict {
    judged(authority, enrollment, expectations, at, &evidence(authority))
}

#[track_caller]
fn check(name: &str, verdict: &Verdict, expected: Option<Rejection>) {
    assert_eq!(verdict.rejection, expected, "{name}: {:#?}", verdict.stages);
    let failed = verdict.stages.iter().filter(|one| one.outcome == Outcome::Fail).count();
    assert_eq!(failed, usize::from(expected.is_some()), "{name}: {:#?}", verdict.stages);
}

#[test]
fn golden_certificates_of_people_pass() {
    for algorithm in KeyAlgorithm::ALL {
        for key in ["aigerim", "operator-1", "astana-employment-centre-signatory"] {
            let enrollment = shared().enroll(&request(key, algorithm, "golden")).unwrap();
            let verdict = verdict(shared(), &enrollment, &person(key), NOW);
            check(&format!("{key} {algorithm:?}"), &verdict, None);
            let warned = verdict.stages.iter().flat_map(|one| &one.warnings).collect::<Vec<_>>();
            assert!(warned.is_empty(), "{warned:?}");
        }
    }
}

#[test]
fn golden_certificates_of_systems_pass() {
    let subject = subject("portal-system");
    let expectations = Expectations {
        bin: subject.bin,
        system: Some(subject.system.clone()),
        roles: vec![CertificateRole::InformationSystem],
        ..Expectations::default()
    };
    for algorithm in KeyAlgorithm::ALL {
        let enrollment = shared().enroll(&request("portal-system", algorithm, "")).unwrap();
        check("system", &verdict(shared(), &enrollment, &expectations, NOW), None);
        let parsed = Certificate::parse(&enrollment.certificate.der).unwrap();
        assert_eq!(parsed.subject().iin, eush_pki::Field::Absent);
    }
}

#[test]
fn every_defect_gives_its_own_reason_and_nothing_else() {
    // The lists say nothing of what was never issued; `tests/ocsp.rs` asks the responder.
    let expected = |defect| {
        let row = catalogue().into_iter().find(|row| row.flaw == Flaw::Certificate(defect)).unwrap();
        match row.expected {
            Expected::ByOcsp(_) => None,
            Expected::Refused(rejection) => Some(rejection),
            Expected::Warned(warning) => panic!("{warning}"),
        }
    };
    for algorithm in KeyAlgorithm::ALL {
        for defect in Defect::ALL {
            let request = EnrollmentRequest { defect: Some(defect), ..request("bolat", algorithm, "") };
            let enrollment = shared().enroll(&request).unwrap();
            assert_eq!(enrollment.certificate.defect, Some(defect));
            let verdict = verdict(shared(), &enrollment, &person("bolat"), NOW);
            check(&format!("{defect:?} {algorithm:?}"), &verdict, expected(defect));
        }
    }
}

#[test]
fn state_is_on_the_list_before_the_call_returns() {
    let (_folder, authority) = authority();
    let enrollment = authority.enroll(&request("aigerim", KeyAlgorithm::Gost2015_512, "")).unwrap();
    let serial = enrollment.certificate.serial.clone();
    let number = || authority.list("gost").unwrap().unwrap().number;
    let expect = |name: &str, expected| {
        check(name, &verdict(&authority, &enrollment, &person("aigerim"), NOW), expected);
    };
    let first = number();
    expect("good", None);
    assert_eq!(authority.hold(&serial).unwrap().state, CertificateState::OnHold { since: NOW });
    expect("held", Some(Rejection::CertificateOnHold));
    assert_eq!(authority.release(&serial).unwrap().state, CertificateState::Good);
    expect("released", None);
    authority.hold(&serial).unwrap();
    let at = NOW - Duration::HOUR;
    let revoked =
        authority.revoke(&serial.to_lowercase(), RevocationReason::KeyCompromise, Some(at)).unwrap();
    let CertificateState::Revoked(revocation) = revoked.state else { panic!("{:?}", revoked.state) };
    assert_eq!((revocation.at, revocation.reason), (at, RevocationReason::KeyCompromise));
    expect("revoked", Some(Rejection::CertificateRevoked));
    assert_eq!(number(), first + 8, "each change publishes a complete and a delta list");
    assert_eq!(authority.list("rsa").unwrap().unwrap().number, 1, "the other hierarchy's list stays");
}

/// Extensions as the national authority's own certificates have them.
#[test]
fn extensions_stand_in_the_order_of_the_profile() {
    const SEQUENCE: u8 = 0x30;
    let order = |key: &str| -> Vec<(String, bool)> {
        let der =
            shared().enroll(&request(key, KeyAlgorithm::Gost2015_512, "order")).unwrap().certificate.der;
        let certificate = Certificate::parse(&der).unwrap();
        let mut tbs = Reader::whole(certificate.tbs(), SEQUENCE).unwrap().reader();
        let last = std::iter::from_fn(|| tbs.any().ok()).last().unwrap();
        let mut extensions = last.reader().sequence().unwrap();
        std::iter::from_fn(|| {
            let mut one = extensions.sequence().ok()?;
            let oid = one.oid().unwrap().to_string();
            Some((oid, one.peek() == Some(0x01)))
        })
        .collect()
    };
    let expect = |key: &str, expected: &[(&str, bool)]| {
        let expected: Vec<_> =
            expected.iter().map(|(oid, critical)| ((*oid).to_owned(), *critical)).collect();
        assert_eq!(order(key), expected, "{key}");
    };
    let (policies, access, lists) =
        (("2.5.29.32", false), ("1.3.6.1.5.5.7.1.1", false), ("2.5.29.31", false));
    let freshest = ("2.5.29.46", false);
    let (own_key, issuer_key, storage) =
        (("2.5.29.14", false), ("2.5.29.35", false), ("1.2.398.3.3.5", false));
    let (usage, purposes) = (("2.5.29.15", true), ("2.5.29.37", false));
    expect("aigerim", &[policies, access, lists, freshest, purposes, usage, own_key, issuer_key, storage]);
    let system = [policies, usage, purposes, lists, access, freshest, own_key, issuer_key, storage];
    expect("portal-system", &system);
    let (usage, purposes) = (("2.5.29.15", false), ("2.5.29.37", true));
    expect(
        "astana-employment-centre-signatory",
        &[purposes, policies, access, lists, freshest, usage, own_key, issuer_key, storage],
    );
}

#[test]
fn an_issuing_authority_is_revoked_on_its_roots_list() {
    let (_folder, authority) = authority();
    let enrollment = authority.enroll(&request("aigerim", KeyAlgorithm::Gost2015_512, "")).unwrap();
    let issuing = Certificate::parse(&enrollment.chain[1]).unwrap();
    authority.revoke(&issuing.serial_hex(), RevocationReason::CaCompromise, None).unwrap();
    let verdict = verdict(&authority, &enrollment, &person("aigerim"), NOW);
    check("revoked authority", &verdict, Some(Rejection::CertificateRevoked));
    let root = Certificate::parse(&enrollment.chain[2]).unwrap();
    let list = CrlIndex::build(&authority.list("gost-root").unwrap().unwrap().der, &root).unwrap();
    assert!(list.lookup(issuing.serial()).is_some());
    assert!(list.lookup(root.serial()).is_none());
}
