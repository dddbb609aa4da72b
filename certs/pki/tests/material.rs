//! A pile of files: what each is taken for, and what finds no use.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use eush_domain::Rejection;
use eush_pki::judge::{Context, Expectations, Policy, judge};
use eush_pki::material::Subject;
use eush_pki::{Certificate, Material, Unused};
use eush_sign::DigestAlgorithm;
use eush_sign::asn1::{tag, writer};
use eush_sign::signature_identifier;
use support::*;
use time::Duration;

const LEAF: [u8; 20] = [0x5a; 20];

fn golden_material() -> Material {
    Material {
        authorities: vec![issuing_draft().sign(), root_draft().sign()],
        lists: vec![list_draft("issuing").der(), list_draft("root").der()],
        answers: vec![],
    }
}

/// The reason of the verdict on the golden leaf, and what found no use.
fn judged(material: &Material) -> (Option<Rejection>, Vec<Unused>) {
    let subject = Subject { certificate: leaf_draft().sign(), supplied: vec![] };
    let policy = Policy::default();
    let gathered = material.gather(std::slice::from_ref(&subject), AT, &policy);
    let expectations = Expectations::default();
    let context = Context {
        trust: &gathered.trust,
        evidence: &gathered.evidence,
        at: AT,
        expectations: &expectations,
        policy: &policy,
    };
    (judge(&subject.certificate, &subject.supplied, &context).rejection, gathered.unused)
}

#[track_caller]
fn check(material: &Material, expected: Option<Rejection>) {
    assert_eq!(judged(material), (expected, vec![]));
}

#[test]
fn everything_finds_its_place_in_any_order() {
    let mut material = golden_material();
    check(&material, None);
    material.authorities.reverse();
    material.lists.reverse();
    check(&material, None);
    material.lists.push(list_draft("issuing").with(number(8)).revoking(&LEAF, Some(1)).der());
    check(&material, Some(Rejection::CertificateRevoked));
}

#[test]
fn a_new_key_certified_by_the_old_one_is_no_anchor() {
    let new_with_old = Draft {
        key: "new root".to_owned(),
        extensions: authority_draft("root", "root", 9)
            .with(subject_key_id(b"new root"))
            .with(authority_key_id(b"root"))
            .extensions,
        ..authority_draft("root", "root", 9)
    };
    let material =
        Material { authorities: vec![new_with_old.sign(), issuing_draft().sign()], ..golden_material() };
    let gathered = material.gather(&[], AT, &Policy::default());
    assert_eq!(gathered.trust.anchors(), &[] as &[Certificate]);
    assert_eq!(gathered.trust.intermediates().len(), 2);
    assert_eq!(judged(&material).0, Some(Rejection::IssuerUnknown));
}

#[test]
fn lists_that_nobody_signed_are_told_and_prove_nothing() {
    let mut material = golden_material();
    let last = material.lists[0].len() - 1;
    material.lists[0][last] ^= 1;
    let (rejection, unused) = judged(&material);
    assert_eq!(rejection, Some(Rejection::RevocationUntrusted));
    assert!(matches!(unused.as_slice(), [Unused::List { index: 0, .. }]), "{unused:?}");

    let mut material = golden_material();
    material.lists[0] = list_draft("elsewhere").der();
    let (rejection, unused) = judged(&material);
    assert_eq!(rejection, Some(Rejection::RevocationUnavailable));
    assert!(matches!(unused.as_slice(), [Unused::List { index: 0, .. }]), "{unused:?}");
}

#[test]
fn a_delta_counts_beside_its_list() {
    let delta = |own| {
        let indicator = Extension(oid("2.5.29.27"), true, writer::integer(7));
        ListDraft { entries: vec![], ..list_draft("issuing") }.with(number(own)).with(indicator)
    };
    let mut material = golden_material();
    material.lists.push(delta(8).revoking(&LEAF, Some(6)).der());
    check(&material, Some(Rejection::CertificateOnHold));
    // By itself it says nothing.
    material.lists.remove(0);
    check(&material, Some(Rejection::RevocationUnavailable));
}

#[test]
fn a_list_by_another_key_counts_where_its_signer_is_known_not_to_be_revoked() {
    let signer = Draft {
        key: "list key".to_owned(),
        extensions: vec![key_usage(&[6]), subject_key_id(b"list key"), authority_key_id(b"root")],
        ..authority_draft("issuing", "root", 0x33)
    };
    let list = ListDraft { signer: "list key".to_owned(), ..list_draft("issuing") }
        .with(authority_key_id(b"list key"));
    let mut material = golden_material();
    material.authorities.push(signer.sign());
    material.lists[0] = list.der();
    check(&material, None);
    material.lists[0] = list.clone().revoking(&LEAF, None).der();
    check(&material, Some(Rejection::CertificateRevoked));
    material.lists[0] = list.der();
    material.lists[1] = list_draft("root").revoking(&[0x33], Some(1)).der();
    check(&material, Some(Rejection::RevocationUnavailable));
    // A signer that is no authority's certificate for lists signs none.
    let mut material = golden_material();
    material.authorities.push(signer.with(key_usage(&[0])).sign());
    material.lists[0] = list.der();
    assert_eq!(judged(&material).0, Some(Rejection::RevocationUntrusted));
}

/// An answer that the issuer itself signs, without a nonce: `told` is the status.
fn answer(about: &Certificate, told: Vec<u8>, age: Duration) -> Vec<u8> {
    let at = || writer::generalized_time(AT - age).unwrap();
    let id = eush_pki::ocsp::CertId::of(about, &issuing_draft().sign(), DigestAlgorithm::Sha256).unwrap();
    let single = writer::sequence([id.encode(), told, at()]);
    let responder = writer::explicit(1, &encode_name(&common_name("issuing")));
    let tbs = writer::sequence([responder, at(), writer::sequence([single])]);
    let key = key("issuing");
    let signature = writer::bit_bytes(&key.sign(&tbs).unwrap());
    let basic = writer::sequence([tbs, signature_identifier(key.algorithm()), signature]);
    let bytes = writer::sequence([writer::oid(&oid("1.3.6.1.5.5.7.48.1.1")), writer::octets(&basic)]);
    writer::sequence([writer::enumerated(0), writer::explicit(0, &bytes)])
}

fn good() -> Vec<u8> {
    writer::tlv(tag::context(0), &[])
}

fn revoked() -> Vec<u8> {
    let since = writer::generalized_time(AT - Duration::DAY).unwrap();
    writer::constructed(tag::context_constructed(1), [since])
}

#[test]
fn answers_come_before_lists_and_only_silence_falls_back() {
    let leaf = leaf_draft().sign();
    let minute = Duration::MINUTE;
    let try_later = || writer::sequence([writer::enumerated(3)]);
    let with = |answers: Vec<Vec<u8>>, lists: bool| {
        let mut material = Material { answers, ..golden_material() };
        if !lists {
            // The authorities' own stays: the whole chain is asked about.
            material.lists.remove(0);
        }
        let (rejection, unused) = judged(&material);
        (rejection, unused.len())
    };
    let (revoked_reason, untrusted) =
        (Some(Rejection::CertificateRevoked), Some(Rejection::RevocationUntrusted));
    assert_eq!(with(vec![answer(&leaf, good(), minute)], false), (None, 0));
    assert_eq!(with(vec![answer(&leaf, revoked(), minute)], true), (revoked_reason, 0));
    assert_eq!(with(vec![try_later()], true), (None, 1));
    assert_eq!(with(vec![try_later()], false), (Some(Rejection::RevocationUnavailable), 1));
    let old = answer(&leaf, good(), Duration::HOUR);
    let stale = Some(Rejection::RevocationStale);
    assert_eq!(with(vec![old.clone()], true), (stale, 1));
    // One that is too old, or not believed, is not forgotten because another responder was silent.
    assert_eq!(with(vec![old.clone(), try_later()], true), (stale, 2));
    let foreign = answer(&Draft { serial: vec![0x44], ..leaf_draft() }.sign(), good(), minute);
    assert_eq!(with(vec![foreign.clone(), try_later()], true), (untrusted, 2));
    assert_eq!(with(vec![foreign, old.clone()], true), (stale, 2));
    // Of two that are too old the newer counts, and what it says against the certificate does.
    let older = answer(&leaf, revoked(), Duration::HOUR * 2);
    assert_eq!(with(vec![old.clone(), older], true), (stale, 2));
    let newer = answer(&leaf, revoked(), minute * 30);
    assert_eq!(with(vec![newer, old.clone()], true), (revoked_reason, 2));
    assert_eq!(with(vec![old, answer(&leaf, good(), minute)], true), (None, 1));
    // The newest counts, whatever the order.
    let newer = answer(&leaf, revoked(), minute);
    let older = answer(&leaf, good(), minute * 2);
    assert_eq!(with(vec![newer.clone(), older.clone()], true), (revoked_reason, 0));
    assert_eq!(with(vec![older, newer], true), (revoked_reason, 0));
    let stranger = Draft { serial: vec![0x44], ..leaf_draft() }.sign();
    assert_eq!(with(vec![answer(&stranger, good(), minute)], true), (untrusted, 1));
}
