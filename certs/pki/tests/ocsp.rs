//! OCSP: a good answer and one change at a time; then every state of a responder beside every state of a list.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::sync::Arc;

use eush_domain::Rejection;
use eush_pki::ocsp::{NonceRule, judge_answer};
use eush_pki::{
    Certificate, CrlIndex, OcspPolicy, OcspRequest, OcspState, OcspStatus, RevocationEvidence,
    RevocationPolicy, RevocationReason, RevocationScope, RevocationSource, Timestamp, Trust, chain,
    revocation,
};
use eush_sign::DigestAlgorithm;
use eush_sign::asn1::{tag, writer};
use eush_sign::signature_identifier;
use proptest::prelude::*;
use support::*;
use time::Duration;

const NONCE: &[u8] = b"eight by";

fn responder_draft() -> Draft {
    Draft {
        serial: vec![0x0c],
        subject: common_name("responder"),
        key: "responder".to_owned(),
        extensions: vec![
            usages(&["1.3.6.1.5.5.7.3.9"]),
            key_usage(&[0]),
            authority_key_id(b"issuing"),
            Extension(oid("1.3.6.1.5.5.7.48.1.5"), false, writer::null()),
        ],
        ..leaf_draft()
    }
}

/// What a responder is about to say.
struct AnswerDraft {
    status: u8,
    about: Certificate,
    digest: DigestAlgorithm,
    told: Vec<u8>,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    produced_at: Timestamp,
    nonce: Option<Vec<u8>>,
    extended_revoke: bool,
    delegate: Option<Draft>,
    signer: String,
    by_key: bool,
}

fn good() -> AnswerDraft {
    AnswerDraft {
        status: 0,
        about: leaf_draft().sign(),
        digest: DigestAlgorithm::Sha256,
        told: writer::tlv(tag::context(0), &[]),
        this_update: AT - Duration::MINUTE,
        next_update: None,
        produced_at: AT - Duration::MINUTE,
        nonce: Some(NONCE.to_vec()),
        extended_revoke: false,
        delegate: Some(responder_draft()),
        signer: "responder".to_owned(),
        by_key: false,
    }
}

fn revoked(at: Timestamp, reason: Option<u8>) -> Vec<u8> {
    let mut parts = vec![writer::generalized_time(at).unwrap()];
    parts.extend(reason.map(|code| writer::explicit(0, &writer::enumerated(code))));
    writer::constructed(tag::context_constructed(1), parts)
}

impl AnswerDraft {
    fn der(&self) -> Vec<u8> {
        let id = eush_pki::ocsp::CertId::of(&self.about, &issuing_draft().sign(), self.digest).unwrap();
        let time = |at| writer::generalized_time(at).unwrap();
        let mut single = vec![id.encode(), self.told.clone(), time(self.this_update)];
        single.extend(self.next_update.map(|at| writer::explicit(0, &time(at))));
        let spki = key(&self.signer).public_key().spki_der().to_vec();
        // The bits of a GOST-512 key: the last 131 bytes, OCTET STRING header included.
        let bits = &spki[spki.len() - 131..];
        let responder = if self.by_key {
            writer::explicit(2, &writer::octets(&DigestAlgorithm::Sha1.digest(bits)))
        } else {
            let name = if self.signer == "issuing" { "issuing" } else { "responder" };
            writer::explicit(1, &encode_name(&common_name(name)))
        };
        let mut extensions = Vec::new();
        if let Some(nonce) = &self.nonce {
            let value = writer::octets(nonce);
            extensions.push(encode_extension(&Extension(oid("1.3.6.1.5.5.7.48.1.2"), false, value)));
        }
        if self.extended_revoke {
            extensions.push(encode_extension(&Extension(oid("1.3.6.1.5.5.7.48.1.9"), false, writer::null())));
        }
        let mut data = vec![responder, time(self.produced_at), writer::sequence([writer::sequence(single)])];
        if !extensions.is_empty() {
            data.push(writer::explicit(1, &writer::sequence(extensions)));
        }
        let tbs = writer::sequence(data);
        let signer = key(&self.signer);
        let signature = writer::bit_bytes(&signer.sign(&tbs).unwrap());
        let mut basic = vec![tbs, signature_identifier(signer.algorithm()), signature];
        basic.extend(
            self.delegate.as_ref().map(|draft| writer::explicit(0, &writer::sequence([draft.der()]))),
        );
        let bytes = writer::sequence([
            writer::oid(&oid("1.3.6.1.5.5.7.48.1.1")),
            writer::octets(&writer::sequence(basic)),
        ]);
        writer::sequence([writer::enumerated(self.status), writer::explicit(0, &bytes)])
    }

    fn judge(&self) -> OcspState {
        judge_answer(&self.der(), &request(), &issuing_draft().sign(), AT, &OcspPolicy::default())
    }
}

fn request() -> OcspRequest {
    OcspRequest::about(&leaf_draft().sign(), &issuing_draft().sign(), Some(NONCE)).unwrap()
}

fn status(state: OcspState) -> OcspStatus {
    match state {
        OcspState::Answer(answer) => answer.status,
        OcspState::Unavailable(why) | OcspState::Untrusted(why) => panic!("{why}"),
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
        ("old", AnswerDraft { this_update: AT - Duration::minutes(6), ..draft() }, "answer is too old"),
        (
            "past nextUpdate",
            AnswerDraft {
                this_update: AT - Duration::HOUR,
                next_update: Some(AT - Duration::SECOND),
                ..draft()
            },
            "answer is too old",
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
        assert_eq!(AnswerDraft { status, ..draft() }.judge(), OcspState::Unavailable(expected.to_owned()));
    }
    let judged =
        |der: &[u8]| judge_answer(der, &request(), &issuing_draft().sign(), AT, &OcspPolicy::default());
    assert_eq!(judged(&[]), OcspState::Unavailable("answer is empty".to_owned()));
    assert!(matches!(judged(b"<html>"), OcspState::Untrusted(_)));
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

// --- every state of the responder × every state of the list × every policy -------------------------------------------

#[derive(Clone, Copy, Debug, PartialEq)]
enum List {
    Fresh,
    Missing,
    OnHold,
    Revoked,
    Stale,
    Untrusted,
}

fn with_list(evidence: &mut RevocationEvidence, list: List) {
    let issuing = issuing_draft().sign();
    let base = || list_draft("issuing");
    let stale = || ListDraft { next_update: Some(AT - Duration::SECOND), ..base() };
    let build = |draft: ListDraft| -> Arc<CrlIndex> { Arc::new(draft.build(&issuing).unwrap()) };
    match list {
        List::Missing => {}
        List::Fresh => evidence.add(build(base())),
        List::Stale => evidence.add(build(stale())),
        List::Revoked => evidence.add(build(base().revoking(&[0x5a; 20], Some(1)))),
        List::OnHold => evidence.add(build(base().revoking(&[0x5a; 20], Some(6)))),
        List::Untrusted => evidence.add_untrusted(&issuing, "signature does not hold".to_owned()),
    }
}

fn outcome(
    source: RevocationSource,
    ocsp: Option<&AnswerDraft>,
    at: Timestamp,
    list: List,
) -> Option<Rejection> {
    let (leaf, issuing) = (leaf_draft().sign(), issuing_draft().sign());
    let mut evidence = RevocationEvidence::default().asking(source);
    with_list(&mut evidence, list);
    if let Some(draft) = ocsp {
        let state = judge_answer(&draft.der(), &request(), &issuing, AT, &OcspPolicy::default());
        evidence.add_answer(&leaf, &issuing, state);
    }
    let trust = Trust::new(vec![root_draft().sign()], vec![issuing]);
    let path = chain::check(&leaf, &trust, &[], at, &eush_pki::ChainPolicy::default()).unwrap();
    let policy = RevocationPolicy { scope: RevocationScope::Leaf };
    revocation::check(&path, &evidence, at, &policy).err().map(|failure| failure.rejection)
}

#[test]
fn every_cell_of_the_table() {
    use Rejection::{
        CertificateNotIssued as NotIssued, CertificateOnHold as OnHold, CertificateRevoked as Revoked,
        RevocationStale as Stale, RevocationUnavailable as Unavailable, RevocationUntrusted as Untrusted,
    };
    let told = |told| AnswerDraft { told, ..good() };
    let answers = [
        ("good", Some(good())),
        ("revoked", Some(told(revoked(AT - Duration::DAY, Some(1))))),
        ("hold", Some(told(revoked(AT - Duration::DAY, Some(6))))),
        (
            "not issued",
            Some(AnswerDraft { extended_revoke: true, ..told(revoked(Timestamp::UNIX_EPOCH, Some(6))) }),
        ),
        ("unknown", Some(told(writer::tlv(tag::context(2), &[])))),
        ("untrusted", Some(AnswerDraft { nonce: None, ..good() })),
        ("try later", Some(AnswerDraft { status: 3, ..good() })),
        ("not asked", None),
    ];
    let lists = [List::Fresh, List::Revoked, List::OnHold, List::Stale, List::Missing, List::Untrusted];
    // What the list says by itself: fresh, revoked, on hold, stale, missing, untrusted.
    let by_list = [None, Some(Revoked), Some(OnHold), Some(Stale), Some(Unavailable), Some(Untrusted)];
    let by_answer = [
        None,
        Some(Revoked),
        Some(OnHold),
        Some(NotIssued),
        Some(Untrusted),
        Some(Untrusted),
        Some(Unavailable),
        Some(Unavailable),
    ];
    let good_cells = std::cell::Cell::new(0);
    for (row, (name, draft)) in answers.iter().enumerate() {
        for (column, list) in lists.iter().enumerate() {
            let falls_back = matches!(*name, "try later" | "not asked");
            let expected = [
                (RevocationSource::Crl, by_list[column]),
                (RevocationSource::Ocsp, by_answer[row]),
                (RevocationSource::OcspThenCrl, if falls_back { by_list[column] } else { by_answer[row] }),
            ];
            for (source, expected) in expected {
                let found = outcome(source, draft.as_ref(), AT, *list);
                assert_eq!(found, expected, "{source:?}: {name} × {list:?}");
                good_cells.set(good_cells.get() + usize::from(found.is_none()));
            }
        }
    }
    // Good: by the fresh list beside each of 8 answers; by the good answer beside each of 6 lists; with both asked, by the
    // good answer beside 6 lists and by the fresh list where nobody answered, twice.
    assert_eq!(good_cells.get(), 8 + 6 + 6 + 2);
}

#[test]
fn a_newer_list_knows_more_than_an_answer() {
    let issuing = issuing_draft().sign();
    let leaf = leaf_draft().sign();
    let at = AT + Duration::minutes(2);
    let newer = ListDraft { this_update: AT, ..list_draft("issuing").revoking(&[0x5a; 20], Some(1)) };
    let mut evidence = RevocationEvidence::new(vec![Arc::new(newer.build(&issuing).unwrap())])
        .asking(RevocationSource::OcspThenCrl);
    evidence.add_answer(&leaf, &issuing, good().judge());
    let trust = Trust::new(vec![root_draft().sign()], vec![issuing]);
    let path = chain::check(&leaf, &trust, &[], at, &eush_pki::ChainPolicy::default()).unwrap();
    let policy = RevocationPolicy { scope: RevocationScope::Leaf };
    let failure = revocation::check(&path, &evidence, at, &policy).unwrap_err();
    assert_eq!(failure.rejection, Rejection::CertificateRevoked);
}

#[test]
fn an_answer_grows_old_in_a_cache() {
    let source = RevocationSource::OcspThenCrl;
    let later = AT + Duration::minutes(5);
    assert_eq!(outcome(source, Some(&good()), later, List::Fresh), Some(Rejection::RevocationStale));
    let earlier = AT - Duration::minutes(2);
    assert_eq!(outcome(source, Some(&good()), earlier, List::Missing), Some(Rejection::RevocationStale));
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
