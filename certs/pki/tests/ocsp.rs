//! OCSP: a good answer and one change at a time; then every state of a responder beside every state of a list.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/answers.rs"]
mod answers;
mod support;

use std::sync::Arc;

use answers::*;
use eush_domain::Rejection;
use eush_pki::ocsp::{NonceRule, judge_answer};
use eush_pki::{
    OcspPolicy, OcspRequest, OcspState, OcspStatus, RevocationEvidence, RevocationPolicy, RevocationReason,
    RevocationScope, RevocationSource, Timestamp, Trust, Unavailable, chain, revocation,
};
use eush_sign::DigestAlgorithm;
use eush_sign::asn1::{tag, writer};
use proptest::prelude::*;
use support::*;
use time::Duration;

fn status(state: OcspState) -> OcspStatus {
    match state {
        OcspState::Answer(answer) => answer.status,
        other @ (OcspState::Stale(_) | OcspState::Unavailable(_) | OcspState::Untrusted(_)) => {
            panic!("{other:?}")
        }
    }
}

#[test]
fn a_request_round_trips() {
    let request = request();
    assert_eq!(OcspRequest::parse(&request.encode()), Ok(request.clone()));
    let bare = OcspRequest { nonce: None, ..request };
    assert_eq!(OcspRequest::parse(&bare.encode()), Ok(bare));
}

#[test]
fn answers_are_believed_when_they_hold() {
    assert_eq!(status(good().judge()), OcspStatus::Good);
    assert_eq!(status(AnswerDraft { by_key: true, ..good() }.judge()), OcspStatus::Good);
    assert_eq!(status(AnswerDraft { digest: DigestAlgorithm::Sha1, ..good() }.judge()), OcspStatus::Good);
    let by_issuer = AnswerDraft { signer: "issuing".to_owned(), delegate: None, ..good() };
    assert_eq!(status(by_issuer.judge()), OcspStatus::Good);
    let by_issuers_key = AnswerDraft { by_key: true, ..by_issuer };
    assert_eq!(status(by_issuers_key.judge()), OcspStatus::Good);
    let OcspState::Answer(answer) = good().judge() else { panic!("no answer") };
    assert_eq!(answer.fresh_until, AT + Duration::minutes(4));
    let told = |told| status(AnswerDraft { told, ..good() }.judge());
    assert_eq!(told(writer::tlv(tag::context(2), &[])), OcspStatus::Unknown);
    let since = AT - Duration::DAY;
    for (code, reason) in
        [(None, RevocationReason::Unspecified), (Some(6), RevocationReason::CertificateHold)]
    {
        match told(revoked(since, code)) {
            OcspStatus::Revoked(revoked) => assert_eq!((revoked.at, revoked.reason), (since, reason)),
            other @ (OcspStatus::Good | OcspStatus::NotIssued | OcspStatus::Unknown) => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_number_never_issued_is_told_apart() {
    let epoch = Timestamp::UNIX_EPOCH;
    let judged = |told, extended_revoke| status(AnswerDraft { told, extended_revoke, ..good() }.judge());
    assert_eq!(judged(revoked(epoch, Some(6)), true), OcspStatus::NotIssued);
    // Without the extension, with another reason or another instant it is what it says.
    for (told, extended) in
        [(revoked(epoch, Some(6)), false), (revoked(epoch, Some(4)), true), (revoked(AT, Some(6)), true)]
    {
        assert!(matches!(judged(told, extended), OcspStatus::Revoked(_)));
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table, a row for each change")]
fn one_change_at_a_time_is_not_believed() {
    let draft = good;
    let delegate = |change: &dyn Fn(Draft) -> Draft| Some(change(responder_draft()));
    let cases: Vec<(&str, AnswerDraft, &str)> = vec![
        (
            "another nonce",
            AnswerDraft { nonce: Some(b"nine byte".to_vec()), ..draft() },
            "nonce is another one",
        ),
        ("no nonce", AnswerDraft { nonce: None, ..draft() }, "nonce is missing"),
        (
            "another certificate",
            AnswerDraft { about: Draft { serial: vec![9], ..leaf_draft() }.sign(), ..draft() },
            "answer is about another certificate",
        ),
        (
            "backwards",
            AnswerDraft { next_update: Some(AT - Duration::HOUR), ..draft() },
            "nextUpdate is before thisUpdate",
        ),
        (
            "future",
            AnswerDraft { this_update: AT + Duration::SECOND, ..draft() },
            "answer is from the future",
        ),
        (
            "produced later",
            AnswerDraft { produced_at: AT + Duration::SECOND, ..draft() },
            "answer is from the future",
        ),
        (
            "another key",
            AnswerDraft { signer: "stranger".to_owned(), ..draft() },
            "signature of the answer does not hold",
        ),
        ("no certificate", AnswerDraft { delegate: None, ..draft() }, "responder's certificate is missing"),
        (
            "not for OCSP",
            AnswerDraft { delegate: delegate(&|one| one.with(usages(&["1.3.6.1.5.5.7.3.4"]))), ..draft() },
            "responder is not certified for OCSP",
        ),
        (
            "key usage",
            AnswerDraft { delegate: delegate(&|one| one.with(key_usage(&[2]))), ..draft() },
            "responder's key usage does not allow signatures",
        ),
        (
            "expired responder",
            AnswerDraft {
                delegate: delegate(&|one| Draft { not_after: AT - Duration::DAY, ..one }),
                ..draft()
            },
            "responder's certificate is outside its period",
        ),
        (
            "certified by another",
            AnswerDraft {
                delegate: delegate(&|one| Draft {
                    issuer: common_name("root"),
                    signer: "root".to_owned(),
                    ..one
                }),
                ..draft()
            },
            "responder is certified by another issuer",
        ),
        (
            "certified by nobody",
            AnswerDraft {
                delegate: delegate(&|one| Draft { signer: "stranger".to_owned(), ..one }),
                ..draft()
            },
            "signature of the responder's certificate does not hold",
        ),
        (
            "unknown critical extension",
            AnswerDraft {
                delegate: delegate(&|one| one.with(Extension(oid("1.2.398.3.3.99"), true, writer::null()))),
                ..draft()
            },
            "responder's certificate has an unknown critical extension",
        ),
        ("malformed request", AnswerDraft { status: 1, ..draft() }, "responder calls the request malformed"),
        ("signature demanded", AnswerDraft { status: 5, ..draft() }, "responder demands a signed request"),
        ("unauthorized", AnswerDraft { status: 6, ..draft() }, "responder calls the request unauthorized"),
        ("status 4", AnswerDraft { status: 4, ..draft() }, "status of the answer is unknown"),
    ];
    for (name, draft, expected) in cases {
        assert_eq!(draft.judge(), OcspState::Untrusted(expected.to_owned()), "{name}");
    }
    for (status, expected) in [(2, "responder has an internal error"), (3, "responder says try later")] {
        assert_eq!(AnswerDraft { status, ..draft() }.judge(), OcspState::unavailable(expected));
    }
    let judged =
        |der: &[u8]| judge_answer(der, &request(), &issuing_draft().sign(), AT, &OcspPolicy::default());
    assert_eq!(judged(&[]), OcspState::unavailable("answer is empty"));
    assert!(matches!(judged(b"<html>"), OcspState::Untrusted(_)));
}

/// An answer that holds in every other respect and is past its time is its own outcome, neither unbelievable nor silence.
#[test]
fn an_answer_past_its_time_is_stale() {
    let old = AnswerDraft { this_update: AT - Duration::minutes(6), ..good() };
    let past =
        AnswerDraft { this_update: AT - Duration::HOUR, next_update: Some(AT - Duration::SECOND), ..good() };
    for (draft, until) in [(&old, AT - Duration::MINUTE), (&past, AT - Duration::SECOND)] {
        let OcspState::Stale(answer) = draft.judge() else { panic!("{:?}", draft.judge()) };
        assert_eq!((answer.status, answer.fresh_until), (OcspStatus::Good, until));
        // To the second: at its last one it still is an answer.
        assert!(matches!(draft.judge_at(until), OcspState::Answer(_)));
    }
    // What it may not be for another reason it is not for being old either.
    let untrusted = [
        AnswerDraft { nonce: None, ..old.clone() },
        AnswerDraft { signer: "stranger".to_owned(), ..old.clone() },
        AnswerDraft { produced_at: AT + Duration::SECOND, ..old.clone() },
        AnswerDraft { about: Draft { serial: vec![9], ..leaf_draft() }.sign(), ..old.clone() },
    ];
    for draft in untrusted {
        assert!(matches!(draft.judge(), OcspState::Untrusted(_)), "{:?}", draft.judge());
    }
    let judged = |told: Vec<u8>, list: ListDraft| {
        let issuing = issuing_draft().sign();
        let list = Arc::new(list.build(&issuing).unwrap());
        let mut evidence = RevocationEvidence::new(vec![list]).asking(RevocationSource::OcspThenCrl);
        evidence.add_answer(&leaf_draft().sign(), &issuing, AnswerDraft { told, ..old.clone() }.judge());
        by(&evidence, AT)
    };
    let fresh = || list_draft("issuing");
    let stale = Some(Rejection::RevocationStale);
    // No fresh list makes it good, and none is asked in its place.
    assert_eq!(judged(good().told, fresh()), stale);
    assert_eq!(judged(good().told, fresh().revoking(&[0x5a; 20], Some(1))), stale);
    // What it says against the certificate counts, as of a list past its time.
    let since = AT - Duration::DAY;
    assert_eq!(judged(revoked(since, Some(1)), fresh()), Some(Rejection::CertificateRevoked));
    assert_eq!(judged(revoked(since, Some(6)), fresh()), Some(Rejection::CertificateOnHold));
    let unknown = writer::tlv(tag::context(2), &[]);
    assert_eq!(judged(unknown, fresh()), Some(Rejection::RevocationUntrusted));
}

#[test]
fn what_was_tried_before_is_told_with_its_time() {
    let (leaf, issuing) = (leaf_draft().sign(), issuing_draft().sign());
    let failure = Unavailable { reason: "no connection".to_owned(), tried_at: Some(AT - Duration::SECOND) };
    let mut evidence = RevocationEvidence::default().asking(RevocationSource::Ocsp);
    evidence.add_answer(&leaf, &issuing, OcspState::Unavailable(failure));
    let trust = Trust::new(vec![root_draft().sign()], vec![issuing]);
    let path = chain::check(&leaf, &trust, &[], AT, &eush_pki::ChainPolicy::default()).unwrap();
    let policy = RevocationPolicy { scope: RevocationScope::Leaf };
    let failure = revocation::check(&path, &evidence, AT, &policy).unwrap_err();
    assert_eq!(failure.rejection, Rejection::RevocationUnavailable);
    let told = |key: &str| failure.evidence.iter().find(|row| row.0 == key).map(|row| row.1.as_str());
    assert_eq!((told("ocsp"), told("fault")), (Some("unavailable"), Some("no connection")));
    let before = (AT - Duration::SECOND).format(&time::format_description::well_known::Rfc3339).unwrap();
    assert_eq!(told("triedAt"), Some(before.as_str()));
}

#[test]
fn a_missing_nonce_is_tolerated_by_choice_and_another_never() {
    let policy = OcspPolicy { nonce: NonceRule::Optional, ..OcspPolicy::default() };
    let judged = |nonce: Option<&[u8]>| {
        let draft = AnswerDraft { nonce: nonce.map(<[u8]>::to_vec), ..good() };
        judge_answer(&draft.der(), &request(), &issuing_draft().sign(), AT, &policy)
    };
    assert_eq!(status(judged(None)), OcspStatus::Good);
    assert!(matches!(judged(Some(b"nine byte")), OcspState::Untrusted(_)));
}

#[test]
fn no_changed_byte_of_an_answer_turns_it_round() {
    let der = AnswerDraft { told: revoked(AT - Duration::DAY, Some(1)), ..good() }.der();
    let issuing = issuing_draft().sign();
    for position in 0..der.len() {
        let mut changed = der.clone();
        changed[position] ^= 1 << (position % 8);
        if let OcspState::Answer(answer) =
            judge_answer(&changed, &request(), &issuing, AT, &OcspPolicy::default())
        {
            assert!(matches!(answer.status, OcspStatus::Revoked(_)), "byte {position}: {answer:?}");
        }
    }
}

#[test]
fn an_answer_that_says_two_things_is_not_good() {
    let graver = revoked(AT - Duration::DAY, Some(1));
    for (first, second) in [(good().told, graver.clone()), (graver, good().told)] {
        let answer = AnswerDraft { told: first, told_again: Some(second), ..good() };
        assert!(matches!(status(answer.judge()), OcspStatus::Revoked(_)));
    }
    let unknown = writer::tlv(tag::context(2), &[]);
    let answer = AnswerDraft { told_again: Some(unknown), ..good() };
    assert_eq!(status(answer.judge()), OcspStatus::Unknown);
}

fn without_no_check() -> AnswerDraft {
    AnswerDraft { delegate: Some(responder_draft().without("1.3.6.1.5.5.7.48.1.5")), ..good() }
}

/// RFC 6960, 4.2.2.2.1: a responder that is not exempt must be asked about itself.
#[test]
fn a_responder_that_is_not_exempt_must_not_be_revoked() {
    let OcspState::Answer(answer) = without_no_check().judge() else { panic!("it holds by itself") };
    assert_eq!(answer.unchecked_responder.unwrap().bytes(), [0x0c]);
    let OcspState::Answer(exempt) = good().judge() else { panic!("it holds") };
    assert_eq!(exempt.unchecked_responder, None);
    let issuing = issuing_draft().sign();
    let judged = |list: Option<ListDraft>| {
        let mut evidence = RevocationEvidence::default().asking(RevocationSource::Ocsp);
        list.into_iter().for_each(|draft| evidence.add(Arc::new(draft.build(&issuing).unwrap())));
        evidence.add_answer(&leaf_draft().sign(), &issuing, without_no_check().judge());
        by(&evidence, AT)
    };
    let untrusted = Some(Rejection::RevocationUntrusted);
    assert_eq!(judged(None), untrusted);
    assert_eq!(judged(Some(list_draft("issuing"))), None);
    assert_eq!(judged(Some(list_draft("issuing").revoking(&[0x0c], Some(1)))), untrusted);
    assert_eq!(judged(Some(list_draft("issuing").revoking(&[0x0c], Some(6)))), untrusted);
    let stale = ListDraft { next_update: Some(AT - Duration::SECOND), ..list_draft("issuing") };
    assert_eq!(judged(Some(stale)), untrusted);
    let authorities =
        Extension(oid("2.5.29.28"), true, writer::sequence([writer::tlv(tag::context(2), &[0xff])]));
    assert_eq!(judged(Some(list_draft("issuing").with(authorities))), untrusted);
}

fn by(evidence: &RevocationEvidence, at: Timestamp) -> Option<Rejection> {
    let trust = Trust::new(vec![root_draft().sign()], vec![issuing_draft().sign()]);
    let path =
        chain::check(&leaf_draft().sign(), &trust, &[], at, &eush_pki::ChainPolicy::default()).unwrap();
    let policy = RevocationPolicy { scope: RevocationScope::Leaf };
    revocation::check(&path, evidence, at, &policy).err().map(|failure| failure.rejection)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_bytes_are_judged(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let state = judge_answer(&bytes, &request(), &issuing_draft().sign(), AT, &OcspPolicy::default());
        prop_assert!(!matches!(state, OcspState::Answer(_)));
        let _ = OcspRequest::parse(&bytes);
    }
}
