//! Delta lists, lists limited to points, holders and reasons, and lists that somebody else signs.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::sync::Arc;

use eush_domain::Rejection;
use eush_pki::crl::scope::{ALL_REASONS, Holders};
use eush_pki::{
    Certificate, Chain, ChainPolicy, CrlError, CrlIndex, RevocationEvidence, RevocationPolicy,
    RevocationScope, Trust, chain, revocation,
};
use eush_sign::asn1::{tag, writer};
use support::*;
use time::Duration;

const LEAF: [u8; 20] = [0x5a; 20];

fn issuing() -> Certificate {
    issuing_draft().sign()
}

fn path(leaf: &Draft) -> Chain {
    let trust = Trust::new(vec![root_draft().sign()], vec![issuing()]);
    chain::check(&leaf.sign(), &trust, &[], AT, &ChainPolicy::default()).unwrap()
}

#[track_caller]
fn outcome(leaf: &Draft, evidence: &RevocationEvidence) -> (Option<Rejection>, Vec<&'static str>) {
    let policy = RevocationPolicy { scope: RevocationScope::Leaf };
    match revocation::check(&path(leaf), evidence, AT, &policy) {
        Ok(finding) => {
            let warnings = finding.warnings.into_iter().filter(|one| *one != "issuer-revocation-not-asked");
            (None, warnings.collect())
        }
        Err(failure) => (Some(failure.rejection), vec![]),
    }
}

fn built(draft: &ListDraft) -> Arc<CrlIndex> {
    Arc::new(draft.build(&issuing()).unwrap())
}

// --- delta lists -----------------------------------------------------------------------------------------------------

fn delta_draft(base: u64, own: u64) -> ListDraft {
    let indicator = Extension(oid("2.5.29.27"), true, writer::integer(base));
    ListDraft { entries: vec![], ..list_draft("issuing") }.with(number(own)).with(indicator)
}

fn delta(draft: &ListDraft) -> Arc<CrlIndex> {
    Arc::new(CrlIndex::build_delta(&draft.der(), &issuing()).unwrap())
}

/// A leaf that names a place of delta lists, as the national authority's do.
fn fresh_leaf() -> Draft {
    let uri = writer::tlv(tag::context(6), b"http://127.0.0.1/crl/delta.crl");
    let point = writer::sequence([writer::explicit(0, &writer::explicit(0, &uri))]);
    leaf_draft().with(Extension(oid("2.5.29.46"), false, writer::sequence([point])))
}

#[track_caller]
fn with_delta(complete: ListDraft, delta_list: ListDraft, expected: Option<Rejection>, warned: bool) {
    let mut evidence = RevocationEvidence::new(vec![built(&complete)]);
    evidence.add_delta(delta(&delta_list));
    let warnings = if warned { vec!["delta-list-missing"] } else { vec![] };
    assert_eq!(outcome(&fresh_leaf(), &evidence), (expected, warnings));
}

#[test]
fn deltas_revoke_and_take_back() {
    // The complete list is number 7.
    let complete = || list_draft("issuing");
    let held = || complete().revoking(&LEAF, Some(6));
    with_delta(complete(), delta_draft(7, 8), None, false);
    with_delta(complete(), delta_draft(5, 8), None, false);
    with_delta(
        complete(),
        delta_draft(7, 8).revoking(&LEAF, Some(1)),
        Some(Rejection::CertificateRevoked),
        false,
    );
    with_delta(
        complete(),
        delta_draft(7, 8).revoking(&LEAF, Some(6)),
        Some(Rejection::CertificateOnHold),
        false,
    );
    with_delta(held(), delta_draft(7, 8), Some(Rejection::CertificateOnHold), false);
    with_delta(held(), delta_draft(7, 8).revoking(&LEAF, Some(8)), None, false);
    with_delta(
        held(),
        delta_draft(7, 8).revoking(&LEAF, Some(1)),
        Some(Rejection::CertificateRevoked),
        false,
    );
    // Only a hold is ever taken back.
    let revoked = complete().revoking(&LEAF, Some(1));
    with_delta(
        revoked,
        delta_draft(7, 8).revoking(&LEAF, Some(8)),
        Some(Rejection::CertificateRevoked),
        false,
    );
}

#[test]
fn deltas_that_do_not_fit_change_nothing_and_are_missed() {
    let complete = || list_draft("issuing");
    let lifts = |base, own| delta_draft(base, own).revoking(&LEAF, Some(8));
    let held = || complete().revoking(&LEAF, Some(6));
    let on_hold = Some(Rejection::CertificateOnHold);
    with_delta(held(), lifts(8, 9), on_hold, false);
    with_delta(held(), lifts(6, 7), on_hold, false);
    with_delta(complete(), delta_draft(8, 9), None, true);
    with_delta(complete(), delta_draft(6, 7), None, true);
    // Past its time a delta still revokes, but takes nothing back.
    let stale = |draft: ListDraft| ListDraft { next_update: Some(AT - Duration::SECOND), ..draft };
    with_delta(held(), stale(lifts(7, 8)), on_hold, false);
    with_delta(
        complete(),
        stale(delta_draft(7, 8).revoking(&LEAF, Some(1))),
        Some(Rejection::CertificateRevoked),
        false,
    );
    with_delta(complete(), stale(delta_draft(7, 8)), None, true);
    let future = |draft: ListDraft| ListDraft { this_update: AT + Duration::SECOND, ..draft };
    with_delta(held(), future(lifts(7, 8)), on_hold, false);
}

#[test]
fn a_fresh_delta_does_not_refresh_the_complete_list() {
    let complete = ListDraft { next_update: Some(AT - Duration::SECOND), ..list_draft("issuing") };
    with_delta(complete, delta_draft(7, 8), Some(Rejection::RevocationStale), false);
}

#[test]
fn a_promised_delta_is_missed() {
    let evidence = RevocationEvidence::new(vec![built(&list_draft("issuing"))]);
    assert_eq!(outcome(&fresh_leaf(), &evidence), (None, vec!["delta-list-missing"]));
    assert_eq!(outcome(&leaf_draft(), &evidence), (None, vec![]));
}

#[test]
fn complete_and_delta_lists_are_not_confused() {
    assert_eq!(CrlIndex::build(&delta_draft(6, 8).der(), &issuing()).err(), Some(CrlError::Delta));
    let complete = CrlIndex::build_delta(&list_draft("issuing").der(), &issuing());
    assert_eq!(complete.err(), Some(CrlError::NotDelta));
    let by_another = ListDraft { signer: "root".to_owned(), ..delta_draft(6, 8) };
    assert_eq!(CrlIndex::build_delta(&by_another.der(), &issuing()).err(), Some(CrlError::Signature));
}

// --- limited lists ---------------------------------------------------------------------------------------------------

fn uri(text: &str) -> Vec<u8> {
    writer::tlv(tag::context(6), text.as_bytes())
}

fn directory(name: &str) -> Vec<u8> {
    writer::explicit(4, &encode_name(&common_name(name)))
}

fn full_name(name: &[u8]) -> Vec<u8> {
    writer::explicit(0, &writer::explicit(0, name))
}

fn flag(field: u8) -> Vec<u8> {
    writer::tlv(tag::context(field), &[0xff])
}

fn reasons(field: u8, bits: &[u8]) -> Vec<u8> {
    let mut flags = writer::named_bits(bits);
    flags[0] = tag::context(field);
    flags
}

fn limited(fields: &[Vec<u8>]) -> ListDraft {
    list_draft("issuing").with(Extension(oid("2.5.29.28"), true, writer::sequence(fields)))
}

fn at_points(points: &[Vec<Vec<u8>>]) -> Draft {
    let points = points.iter().map(writer::sequence);
    leaf_draft().with(Extension(oid("2.5.29.31"), false, writer::sequence(points)))
}

const HERE: &str = "http://127.0.0.1/crl/a.crl";

#[test]
fn a_list_speaks_of_its_holders() {
    let evidence = |draft: &ListDraft| RevocationEvidence::new(vec![built(draft)]);
    let unavailable = (Some(Rejection::RevocationUnavailable), vec![]);
    let users = limited(&[flag(1)]);
    assert_eq!(built(&users).scope().holders, Holders::Users);
    assert_eq!(outcome(&leaf_draft(), &evidence(&users)), (None, vec![]));
    let authorities = limited(&[flag(2)]);
    assert_eq!(outcome(&leaf_draft(), &evidence(&authorities)), unavailable);
    // What is listed there is not believed either: it speaks of somebody else.
    assert_eq!(outcome(&leaf_draft(), &evidence(&authorities.revoking(&LEAF, Some(1)))), unavailable);
    for fields in [vec![flag(5)], vec![flag(1), flag(2)]] {
        assert_eq!(limited(&fields).build(&issuing()).err(), Some(CrlError::Partial));
    }
}

#[test]
fn a_list_of_a_point_is_for_those_who_name_it() {
    let evidence = RevocationEvidence::new(vec![built(&limited(&[full_name(&uri(HERE))]))]);
    let named = at_points(&[vec![full_name(&uri(HERE))]]);
    assert_eq!(outcome(&named, &evidence), (None, vec![]));
    let unavailable = (Some(Rejection::RevocationUnavailable), vec![]);
    assert_eq!(
        outcome(&at_points(&[vec![full_name(&uri("http://127.0.0.1/crl/b.crl"))]]), &evidence),
        unavailable
    );
    assert_eq!(outcome(&leaf_draft(), &evidence), unavailable);
    // A name relative to the issuer is the issuer's name and one part more.
    let part = writer::sequence([writer::oid(&oid("2.5.4.11")), writer::utf8("lists")]);
    let relative = writer::explicit(0, &writer::constructed(tag::context_constructed(1), [part]));
    let evidence = RevocationEvidence::new(vec![built(&limited(std::slice::from_ref(&relative)))]);
    assert_eq!(outcome(&at_points(&[vec![relative]]), &evidence), (None, vec![]));
    let mut name = common_name("issuing");
    name.push((oid("2.5.4.11"), "lists".to_owned()));
    let spelled_out = full_name(&writer::explicit(4, &encode_name(&name)));
    assert_eq!(outcome(&at_points(&[vec![spelled_out]]), &evidence), (None, vec![]));
}

#[test]
fn lists_by_reason_count_only_together() {
    let compromise = limited(&[reasons(3, &[1, 2, 8])]);
    let rest = limited(&[reasons(3, &[3, 4, 5, 6, 7])]).with(number(9));
    let evidence =
        |drafts: &[&ListDraft]| RevocationEvidence::new(drafts.iter().map(|one| built(one)).collect());
    let unavailable = (Some(Rejection::RevocationUnavailable), vec![]);
    assert_eq!(outcome(&leaf_draft(), &evidence(&[&compromise])), unavailable);
    assert_eq!(outcome(&leaf_draft(), &evidence(&[&rest])), unavailable);
    assert_eq!(outcome(&leaf_draft(), &evidence(&[&compromise, &rest])), (None, vec![]));
    let revoked = rest.clone().revoking(&LEAF, Some(6));
    assert_eq!(
        outcome(&leaf_draft(), &evidence(&[&compromise, &revoked])).0,
        Some(Rejection::CertificateOnHold)
    );
    let stale = ListDraft { next_update: Some(AT - Duration::SECOND), ..rest };
    assert_eq!(outcome(&leaf_draft(), &evidence(&[&compromise, &stale])).0, Some(Rejection::RevocationStale));
    // Reasons where the list says that bits are not used are none: it would seem to be about more than it is.
    let beyond = limited(&[writer::tlv(tag::context(3), &[6, 0x60])]);
    assert!(matches!(beyond.build(&issuing_draft().sign()), Err(CrlError::Encoding(_))));
    // The certificate's point can limit the reasons too.
    let point = vec![full_name(&uri(HERE)), reasons(1, &[1, 2])];
    let whole = limited(&[full_name(&uri(HERE))]);
    assert_eq!(outcome(&at_points(std::slice::from_ref(&point)), &evidence(&[&whole])), unavailable);
    let other = vec![full_name(&uri(HERE)), reasons(1, &[3, 4, 5, 6, 7, 8])];
    assert_eq!(outcome(&at_points(&[point, other]), &evidence(&[&whole])), (None, vec![]));
    assert_eq!(built(&whole).scope().reasons, ALL_REASONS);
}

// --- lists that somebody else signs ----------------------------------------------------------------------------------

fn signer_chain(draft: &Draft, root: &str) -> Chain {
    let trust = Trust::new(vec![authority_draft(root, root, 1).sign()], vec![]);
    chain::check(&draft.sign(), &trust, &[], AT, &ChainPolicy::default()).unwrap()
}

fn list_signer(root: &str) -> Draft {
    let authority = authority_draft("lists", root, 0x21).without("2.5.29.19").with(key_usage(&[6]));
    Draft { subject: common_name("lists"), ..authority }
}

fn certificate_issuer(name: &str) -> Extension {
    Extension(oid("2.5.29.29"), true, writer::sequence([directory(name)]))
}

fn indirect(entries: &[(u8, Option<&str>)]) -> ListDraft {
    // The draft gives all entries the same extensions, so the list is put together by hand where they differ.
    let base = list_draft("lists").with(Extension(oid("2.5.29.28"), true, writer::sequence([flag(4)])));
    let mut draft = ListDraft { entries: vec![], ..base };
    for (serial, issuer) in entries {
        draft = draft.revoking(&[*serial; 20], Some(1));
        if let Some(issuer) = issuer {
            draft.entry_extensions = vec![certificate_issuer(issuer)];
        }
    }
    draft
}

fn pointing_to_lists() -> Draft {
    at_points(&[vec![writer::constructed(tag::context_constructed(2), [directory("lists")])]])
}

#[track_caller]
fn with_certified(leaf: &Draft, list: &ListDraft, root: &str) -> Option<Rejection> {
    let signer = list_signer(root);
    let list = Arc::new(list.build(&signer.sign()).unwrap());
    let mut evidence = RevocationEvidence::default();
    evidence.add_certified(list, &signer_chain(&signer, root)).unwrap();
    outcome(leaf, &evidence).0
}

#[test]
fn an_indirect_list_speaks_of_others() {
    let leaf = pointing_to_lists();
    assert_eq!(with_certified(&leaf, &indirect(&[(0x11, Some("issuing"))]), "root"), None);
    assert_eq!(
        with_certified(&leaf, &indirect(&[(0x5a, Some("issuing"))]), "root"),
        Some(Rejection::CertificateRevoked)
    );
    // The same number of another issuer is another certificate.
    assert_eq!(with_certified(&leaf, &indirect(&[(0x5a, Some("elsewhere"))]), "root"), None);
    assert_eq!(with_certified(&leaf, &indirect(&[(0x5a, None)]), "root"), None);
}

#[test]
fn an_indirect_list_counts_only_where_it_is_asked_for() {
    let list = indirect(&[(0x11, Some("issuing"))]);
    let unavailable = Some(Rejection::RevocationUnavailable);
    assert_eq!(with_certified(&leaf_draft(), &list, "root"), unavailable);
    assert_eq!(with_certified(&at_points(&[vec![full_name(&uri(HERE))]]), &list, "root"), unavailable);
    // Its signer must come from the same root.
    assert_eq!(with_certified(&pointing_to_lists(), &list, "other root"), unavailable);
    // And the list must say that it is indirect.
    let direct = ListDraft { entries: vec![], ..list_draft("lists") };
    assert_eq!(with_certified(&pointing_to_lists(), &direct, "root"), unavailable);
    let hidden = ListDraft { entry_extensions: vec![certificate_issuer("issuing")], ..list_draft("lists") };
    assert_eq!(hidden.build(&list_signer("root").sign()).err(), Some(CrlError::Indirect));
}

#[test]
fn a_list_by_another_key_of_the_same_name() {
    let signer = Draft { key: "list key".to_owned(), ..issuing_draft() }
        .with(key_usage(&[6]))
        .with(subject_key_id(b"list key"));
    let draft = ListDraft { signer: "list key".to_owned(), ..list_draft("issuing") }
        .with(authority_key_id(b"list key"));
    let judged = |draft: &ListDraft| {
        let list = Arc::new(draft.build(&signer.sign()).unwrap());
        let mut evidence = RevocationEvidence::default();
        evidence.add_certified(Arc::clone(&list), &signer_chain(&signer, "root")).unwrap();
        // Without its signer's chain the same list is nothing.
        let bare = RevocationEvidence::new(vec![list]);
        assert_eq!(outcome(&leaf_draft(), &bare).0, Some(Rejection::RevocationUnavailable));
        outcome(&leaf_draft(), &evidence).0
    };
    assert_eq!(judged(&draft), None);
    assert_eq!(judged(&draft.revoking(&LEAF, Some(1))), Some(Rejection::CertificateRevoked));
}

#[test]
fn a_chain_vouches_only_for_its_own_list() {
    let list = built(&list_draft("issuing"));
    let mut evidence = RevocationEvidence::default();
    assert!(evidence.add_certified(list, &signer_chain(&list_signer("root"), "root")).is_err());
}
