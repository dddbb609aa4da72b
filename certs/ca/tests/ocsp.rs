//! The responder, judged by `eush-pki`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::judging::{judged_by, person};
use common::{NOW, authority, subject};
use eush_ca::{
    AnswerLife, Authority, Defect, Enrollment, EnrollmentRequest, Expected, Flaw, KeyAlgorithm,
    PublicationFault, PublicationPoint, RevocationReason, SignedAhead, catalogue,
};
use eush_domain::Rejection;
use eush_pki::judge::Policy;
use eush_pki::ocsp::{CertId, NonceRule, judge_answer};
use eush_pki::{
    Certificate, OcspAnswer, OcspPolicy, OcspRequest, OcspState, OcspStatus, RevocationEvidence,
    RevocationPolicy, RevocationScope, RevocationSource,
};
use eush_sign::DigestAlgorithm;
use eush_sign::asn1::writer;
use time::Duration;

const NONCE: &[u8] = b"eight by";

fn enroll(authority: &Authority, algorithm: KeyAlgorithm, defect: Option<Defect>) -> Enrollment {
    let request = EnrollmentRequest {
        algorithm: Some(algorithm),
        defect,
        ..EnrollmentRequest::golden(subject("aigerim"))
    };
    authority.enroll(&request).unwrap()
}

/// Leaf and issuer.
fn pair(enrollment: &Enrollment) -> (Certificate, Certificate) {
    let parse = |at: usize| Certificate::parse(&enrollment.chain[at]).unwrap();
    (parse(0), parse(1))
}

fn ask(authority: &Authority, request: &OcspRequest, issuer: &Certificate) -> OcspState {
    let answer = authority.answer_ocsp(&request.encode()).unwrap();
    judge_answer(&answer, request, issuer, authority.now(), &OcspPolicy::default())
}

fn told(authority: &Authority, enrollment: &Enrollment, nonce: Option<&[u8]>) -> OcspAnswer {
    let (leaf, issuer) = pair(enrollment);
    match ask(authority, &OcspRequest::about(&leaf, &issuer, nonce).unwrap(), &issuer) {
        OcspState::Answer(answer) => answer,
        other @ (OcspState::Stale(_) | OcspState::Unavailable(_) | OcspState::Untrusted(_)) => {
            panic!("{other:?}")
        }
    }
}

#[test]
fn state_is_told_at_once() {
    let (_folder, authority) = authority();
    for algorithm in KeyAlgorithm::ALL {
        let enrollment = enroll(&authority, algorithm, None);
        let serial = &enrollment.certificate.serial;
        // With a nonce and without: what is kept must not outlive the state.
        let expect = |expected: OcspStatus| {
            for nonce in [Some(NONCE), None, None] {
                let answer = told(&authority, &enrollment, nonce);
                assert_eq!((answer.status, answer.produced_at), (expected, NOW), "{algorithm:?}");
                assert_eq!(answer.this_update, answer.produced_at);
                assert_eq!(answer.fresh_until, NOW + OcspPolicy::default().max_age, "no nextUpdate");
            }
        };
        let revoked = |reason| OcspStatus::Revoked(eush_pki::Revoked::new(NOW, reason));
        expect(OcspStatus::Good);
        authority.hold(serial).unwrap();
        expect(revoked(eush_pki::RevocationReason::CertificateHold));
        authority.release(serial).unwrap();
        expect(OcspStatus::Good);
        authority.revoke(serial, RevocationReason::Unspecified, None).unwrap();
        expect(revoked(eush_pki::RevocationReason::Unspecified));
    }
}

#[test]
fn answers_are_signed_ahead_and_anew_only_where_something_changed() {
    let (_folder, authority) = authority();
    let first = enroll(&authority, KeyAlgorithm::Gost2015_512, None);
    let ahead = |most| authority.sign_ahead(most, || true).unwrap();
    let came = |signed, kept| SignedAhead { signed, kept };
    assert_eq!(ahead(10), came(1, 0));
    assert_eq!(ahead(10), came(0, 1));
    // What is told forty seconds later was signed before.
    authority.publish_due(NOW + Duration::seconds(40)).unwrap();
    assert_eq!(told(&authority, &first, None).produced_at, NOW);
    assert_eq!(told(&authority, &first, Some(NONCE)).produced_at, NOW + Duration::seconds(40));
    // Signed again before it is too old to be given.
    assert_eq!(ahead(10), came(1, 0));
    assert_eq!(told(&authority, &first, None).produced_at, NOW + Duration::seconds(40));

    let request =
        EnrollmentRequest { label: "second".into(), ..EnrollmentRequest::golden(subject("aigerim")) };
    let second = authority.enroll(&request).unwrap();
    // An answer that was asked for is one that need not be signed ahead.
    assert_eq!(told(&authority, &second, None).status, OcspStatus::Good);
    assert_eq!(ahead(10), came(0, 2));
    authority.hold(&second.certificate.serial).unwrap();
    assert_eq!(authority.sign_ahead(10, || false).unwrap(), came(0, 0));
    assert_eq!(ahead(1), came(1, 0), "the newest first");
    assert_eq!(ahead(10), came(0, 2));
    assert!(matches!(told(&authority, &second, None).status, OcspStatus::Revoked(_)));
    // A fault spoils none of what is kept, and counts nobody who was not served.
    authority.set_fault(None, PublicationPoint::Ocsp, PublicationFault::TryLater).unwrap();
    assert_eq!(ahead(10), came(0, 2));
    assert_eq!(authority.faults().iter().map(|record| record.served).sum::<u64>(), 0);
}

#[test]
fn every_reason_is_told() {
    let (_folder, authority) = authority();
    let hold = RevocationReason::CertificateHold;
    for reason in RevocationReason::ALL.into_iter().filter(|reason| *reason != hold) {
        let request = EnrollmentRequest {
            label: format!("{reason:?}"),
            ..EnrollmentRequest::golden(subject("aigerim"))
        };
        let enrollment = authority.enroll(&request).unwrap();
        let at = NOW - Duration::DAY;
        authority.revoke(&enrollment.certificate.serial, reason, Some(at)).unwrap();
        let OcspStatus::Revoked(revoked) = told(&authority, &enrollment, Some(NONCE)).status else {
            panic!("{reason:?}")
        };
        let code = eush_pki::RevocationReason::from_code(u32::from(reason.code())).unwrap();
        assert_eq!((revoked.at, revoked.reason), (at, code));
    }
}

#[test]
fn numbers_that_were_never_issued_are_told_as_the_national_authority_does() {
    let (_folder, authority) = authority();
    for algorithm in KeyAlgorithm::ALL {
        let (leaf, issuer) = pair(&enroll(&authority, algorithm, None));
        let mut request = OcspRequest::about(&leaf, &issuer, None).unwrap();
        request.id.serial = vec![0x55; 20];
        let OcspState::Answer(answer) = ask(&authority, &request, &issuer) else { panic!() };
        assert_eq!(answer.status, OcspStatus::NotIssued);
        // Of another authority's certificate this one knows nothing either.
        let untrusted = enroll(&authority, algorithm, Some(Defect::UnknownIssuer));
        request.id.serial = pair(&untrusted).0.serial().to_vec();
        let OcspState::Answer(answer) = ask(&authority, &request, &issuer) else { panic!() };
        assert_eq!(answer.status, OcspStatus::NotIssued);
        assert_eq!(told(&authority, &untrusted, Some(NONCE)).status, OcspStatus::Good);
    }
}

#[test]
fn what_the_lists_cannot_tell_the_responder_does() {
    let (_folder, authority) = authority();
    let scope = RevocationScope::Leaf;
    let policy = Policy { revocation: RevocationPolicy { scope }, ..Policy::default() };
    for row in catalogue() {
        let (Flaw::Certificate(defect), Expected::ByOcsp(expected)) = (row.flaw, row.expected) else {
            continue;
        };
        let enrollment = enroll(&authority, KeyAlgorithm::Gost2015_512, Some(defect));
        let (leaf, issuer) = pair(&enrollment);
        let request = OcspRequest::about(&leaf, &issuer, Some(NONCE)).unwrap();
        let mut evidence = RevocationEvidence::default().asking(RevocationSource::Ocsp);
        evidence.add_answer(&leaf, &issuer, ask(&authority, &request, &issuer));
        let verdict = judged_by(&authority, &enrollment, &person("aigerim"), (NOW, &evidence), &policy);
        assert_eq!(verdict.rejection, Some(expected), "{defect:?}");
        assert_eq!(expected, Rejection::CertificateNotIssued);
    }
}

#[test]
fn older_clients_ask_with_sha_1() {
    let (_folder, authority) = authority();
    for algorithm in KeyAlgorithm::ALL {
        let (leaf, issuer) = pair(&enroll(&authority, algorithm, None));
        for digest in [DigestAlgorithm::Sha1, DigestAlgorithm::Sha256] {
            let id = CertId::of(&leaf, &issuer, digest).unwrap();
            let request = OcspRequest { id: id.clone(), nonce: Some(NONCE.to_vec()) };
            let der = authority.answer_ocsp(&request.encode()).unwrap();
            let state = judge_answer(&der, &request, &issuer, NOW, &OcspPolicy::default());
            assert!(matches!(state, OcspState::Answer(answer) if answer.status == OcspStatus::Good));
            let echoed = id.encode();
            assert!(der.windows(echoed.len()).any(|part| part == echoed), "the CertID is the client's");
        }
    }
}

#[test]
fn the_root_answers_about_its_issuing_authority() {
    let (_folder, authority) = authority();
    let enrollment = enroll(&authority, KeyAlgorithm::Gost2015_512, None);
    let parse = |at: usize| Certificate::parse(&enrollment.chain[at]).unwrap();
    let (issuing, root) = (parse(1), parse(2));
    let request = OcspRequest::about(&issuing, &root, Some(NONCE)).unwrap();
    let status = || match ask(&authority, &request, &root) {
        OcspState::Answer(answer) => answer.status,
        other @ (OcspState::Stale(_) | OcspState::Unavailable(_) | OcspState::Untrusted(_)) => {
            panic!("{other:?}")
        }
    };
    assert_eq!(status(), OcspStatus::Good);
    authority.revoke(&issuing.serial_hex(), RevocationReason::CaCompromise, None).unwrap();
    assert!(matches!(status(), OcspStatus::Revoked(_)));
}

#[test]
fn several_certificates_of_one_issuer_get_one_answer() {
    let (_folder, authority) = authority();
    let good = enroll(&authority, KeyAlgorithm::Gost2015_512, None);
    let held =
        EnrollmentRequest { label: "held".to_owned(), ..EnrollmentRequest::golden(subject("aigerim")) };
    let held = authority.enroll(&held).unwrap();
    authority.hold(&held.certificate.serial).unwrap();
    let request = |enrollment: &Enrollment| {
        let (leaf, issuer) = pair(enrollment);
        OcspRequest::about(&leaf, &issuer, None).unwrap()
    };
    let both = |one: &OcspRequest, other: &OcspRequest| {
        let ids = [&one.id, &other.id].map(|id| writer::sequence([id.encode()]));
        writer::sequence([writer::sequence([writer::sequence(ids)])])
    };
    let (first, second) = (request(&good), request(&held));
    let der = authority.answer_ocsp(&both(&first, &second)).unwrap();
    let status = |request: &OcspRequest| match judge_answer(
        &der,
        request,
        &pair(&good).1,
        NOW,
        &OcspPolicy::default(),
    ) {
        OcspState::Answer(answer) => answer.status,
        other @ (OcspState::Stale(_) | OcspState::Unavailable(_) | OcspState::Untrusted(_)) => {
            panic!("{other:?}")
        }
    };
    assert_eq!(status(&first), OcspStatus::Good);
    assert!(matches!(status(&second), OcspStatus::Revoked(_)));
    // Of two issuers nobody can speak with one signature.
    let other = request(&enroll(&authority, KeyAlgorithm::Rsa2048, None));
    let unauthorized = authority.answer_ocsp(&both(&first, &other)).unwrap();
    assert_eq!(unauthorized, [0x30, 0x03, 0x0a, 0x01, 0x06]);
}

#[test]
fn who_asks_about_strangers_or_in_riddles_is_told_so() {
    let (_folder, authority) = authority();
    let enrollment = enroll(&authority, KeyAlgorithm::Gost2015_512, None);
    let (leaf, issuer) = pair(&enrollment);
    let request = OcspRequest::about(&leaf, &issuer, Some(NONCE)).unwrap();
    let status = |der: &[u8]| authority.answer_ocsp(der).unwrap();
    for change in
        [|id: &mut CertId| id.issuer_key_hash[0] ^= 1, |id: &mut CertId| id.issuer_name_hash[0] ^= 1]
    {
        let mut stranger = request.clone();
        change(&mut stranger.id);
        assert_eq!(status(&stranger.encode()), [0x30, 0x03, 0x0a, 0x01, 0x06]);
    }
    for riddle in [&b""[..], b"\x30\x00", b"GET / HTTP/1.1", &request.encode()[1..]] {
        assert_eq!(status(riddle), [0x30, 0x03, 0x0a, 0x01, 0x01]);
    }
}

#[test]
fn answers_without_a_nonce_are_kept_for_a_minute() {
    let (_folder, authority) = authority();
    let enrollment = enroll(&authority, KeyAlgorithm::Gost2015_512, None);
    let produced_at = |nonce| told(&authority, &enrollment, nonce).produced_at;
    assert_eq!(produced_at(None), NOW);
    let soon = NOW + Duration::MINUTE;
    authority.publish_due(soon).unwrap();
    assert_eq!((produced_at(None), produced_at(Some(NONCE))), (NOW, soon));
    let later = soon + Duration::SECOND;
    authority.publish_due(later).unwrap();
    assert_eq!(produced_at(None), later);
}

#[test]
fn answers_may_tell_how_long_they_are_good() {
    let (_folder, authority) = authority();
    let enrollment = enroll(&authority, KeyAlgorithm::Rsa2048, None);
    authority.set_answer_life(AnswerLife::Stated(Duration::HOUR));
    assert_eq!(told(&authority, &enrollment, None).fresh_until, NOW + Duration::HOUR);
    authority.publish_due(NOW + Duration::minutes(30)).unwrap();
    assert_eq!(told(&authority, &enrollment, None).produced_at, NOW, "given again for half its life");
    authority.publish_due(NOW + Duration::minutes(31)).unwrap();
    assert_eq!(told(&authority, &enrollment, None).produced_at, authority.now());
    authority.set_answer_life(AnswerLife::Unstated);
    assert_eq!(told(&authority, &enrollment, None).fresh_until, authority.now() + Duration::minutes(5));
}

#[test]
fn a_responder_outlives_the_process() {
    let (folder, authority) = authority();
    let enrollment = enroll(&authority, KeyAlgorithm::Rsa2048, None);
    let (leaf, issuer) = pair(&enrollment);
    let request = OcspRequest::about(&leaf, &issuer, Some(NONCE)).unwrap();
    // RSA signatures of one key over the same bytes are the same.
    let first = authority.answer_ocsp(&request.encode()).unwrap();
    drop(authority);
    let authority = Authority::open(folder.path(), common::options(NOW)).unwrap();
    assert_eq!(authority.answer_ocsp(&request.encode()).unwrap(), first);
    let policy = OcspPolicy { nonce: NonceRule::Demand, ..OcspPolicy::default() };
    let state = judge_answer(&first, &request, &issuer, NOW, &policy);
    assert!(matches!(state, OcspState::Answer(_)), "{state:?}");
}
