//! The Kazakh profile's traps, what must be tolerated and what must not, one test each. The national authority's own material
//! brings every one of them; the chains here are made at run time.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/answers.rs"]
mod answers;
mod support;

use std::sync::Arc;

use answers::*;
use eush_domain::{CertificateRole, Iin, Rejection};
use eush_pki::judge::{Context, Expectations, Outcome, Policy, Verdict, judge};
use eush_pki::{
    Certificate, ChainPolicy, CrlError, CrlIndex, OcspState, OcspStatus, RevocationEvidence, Rules, Trust,
    chain,
};
use eush_sign::asn1::{tag, writer};
use support::*;
use time::Duration;

fn path(
    leaf: &Draft,
    anchors: Vec<Certificate>,
    rest: Vec<Certificate>,
    rules: Rules,
) -> Result<Vec<Vec<u8>>, Rejection> {
    let policy = ChainPolicy { rules, ..ChainPolicy::default() };
    let held = chain::check(&leaf.sign(), &Trust::new(anchors, rest), &[], AT, &policy);
    let serials =
        |chain: chain::Chain| chain.certificates().iter().map(|one| one.serial().to_vec()).collect();
    held.map(serials).map_err(|failure| failure.rejection)
}

fn verdict(leaf: &Draft, expectations: &Expectations) -> Verdict {
    let golden = golden();
    let policy = Policy::default();
    let context =
        Context { trust: &golden.trust, evidence: &golden.evidence, at: AT, expectations, policy: &policy };
    judge(&leaf.sign(), &[], &context)
}

fn asked() -> Expectations {
    Expectations { iin: Some(iin()), roles: vec![CertificateRole::Individual], ..Expectations::default() }
}

// --- traps of the chain ----------------------------------------------------------------------------------------------

/// A root of a generation: the common name repeats, organisation and key do not.
fn generation(organization: Option<&str>, key: &str, serial: u8) -> Draft {
    let mut subject = common_name("root");
    subject.extend(organization.map(|text| (oid("2.5.4.10"), text.to_owned())));
    Draft {
        issuer: subject.clone(),
        subject,
        key: key.to_owned(),
        signer: key.to_owned(),
        ..authority_draft("root", "root", serial)
    }
    .with(subject_key_id(key.as_bytes()))
    .with(authority_key_id(key.as_bytes()))
}

#[test]
fn a_common_name_that_repeats_chooses_no_issuer() {
    let (old, new) = (generation(Some("REPUBLIC"), "root 2015", 0x15), generation(None, "root 2020", 0x20));
    let issuing =
        Draft { signer: "root 2020".to_owned(), ..issuing_draft() }.with(authority_key_id(b"root 2020"));
    let held = vec![vec![0x5a; 20], vec![2], vec![0x20]];
    for anchors in [[old.sign(), new.sign()], [new.sign(), old.sign()]] {
        assert_eq!(path(&leaf_draft(), anchors.to_vec(), vec![issuing.sign()], Rules::Kz), Ok(held.clone()));
    }
    // The older one alone is another authority, whatever its common name.
    let alone = path(&leaf_draft(), vec![old.sign()], vec![issuing.sign()], Rules::Kz);
    assert_eq!(alone, Err(Rejection::IssuerUnknown));
}

#[test]
fn the_same_full_name_is_told_apart_by_key_identifier_and_at_last_by_signature() {
    let (old, new) = (generation(None, "root a", 0x0a), generation(None, "root b", 0x0b));
    let issuing = Draft { signer: "root b".to_owned(), ..issuing_draft() };
    let held = Ok(vec![vec![0x5a; 20], vec![2], vec![0x0b]]);
    let named = issuing.clone().with(authority_key_id(b"root b"));
    assert_eq!(path(&leaf_draft(), vec![old.sign(), new.sign()], vec![named.sign()], Rules::Kz), held);
    // Without identifiers both are candidates and the signature decides.
    let unnamed = issuing.without("2.5.29.35");
    assert_eq!(path(&leaf_draft(), vec![old.sign(), new.sign()], vec![unnamed.sign()], Rules::Kz), held);
}

#[test]
fn names_of_another_order_of_attributes_are_other_names() {
    let reversed: Name = common_name("issuing").into_iter().rev().collect();
    let issuing = Draft { subject: reversed.clone(), ..issuing_draft() };
    for rules in [Rules::Kz, Rules::Rfc5280] {
        let other = path(&leaf_draft(), vec![root_draft().sign()], vec![issuing.sign()], rules);
        assert_eq!(other, Err(Rejection::IssuerUnknown));
        let same = Draft { issuer: reversed.clone(), ..leaf_draft() };
        assert!(path(&same, vec![root_draft().sign()], vec![issuing.sign()], rules).is_ok());
    }
}

#[test]
fn periods_need_not_nest() {
    // The authority is a year older than the root that certified it, and the leaf outlives both.
    let root = Draft { not_before: AT - Duration::days(100), not_after: AT + Duration::DAY, ..root_draft() };
    let issuing = Draft { not_before: AT - Duration::days(465), ..issuing_draft() };
    assert!(path(&leaf_draft(), vec![root.sign()], vec![issuing.sign()], Rules::Kz).is_ok());
}

#[test]
fn key_identifiers_are_opaque_and_of_any_length() {
    for id in [&b"[its"[..], &[0xec; 20], &[0x6c; 20], b"x"] {
        let issuing = issuing_draft().with(subject_key_id(id));
        let leaf = leaf_draft().with(authority_key_id(id));
        assert!(path(&leaf, vec![root_draft().sign()], vec![issuing.sign()], Rules::Kz).is_ok(), "{id:?}");
        let other = path(&leaf_draft(), vec![root_draft().sign()], vec![issuing.sign()], Rules::Kz);
        assert_eq!(other, Err(Rejection::IssuerUnknown), "{id:?}");
    }
}

#[test]
fn issuer_and_serial_beside_a_key_identifier_are_a_hint() {
    // As in the authorities' own certificates; even a hint at somebody else breaks nothing.
    let names =
        writer::tlv(tag::context_constructed(1), &writer::explicit(4, &encode_name(&common_name("root"))));
    for serial in [1, 99] {
        let value = writer::sequence([
            writer::tlv(tag::context(0), b"root"),
            names.clone(),
            writer::tlv(tag::context(2), &[serial]),
        ]);
        let issuing = issuing_draft().with(Extension(oid("2.5.29.35"), false, value));
        assert!(path(&leaf_draft(), vec![root_draft().sign()], vec![issuing.sign()], Rules::Kz).is_ok());
    }
}

// --- what must be tolerated ------------------------------------------------------------------------------------------

#[test]
fn algorithms_within_and_around_a_list_are_compared_by_identifier() {
    let issuing = issuing_draft().sign();
    assert!(ListDraft { inner_null: false, ..list_draft("issuing") }.build(&issuing).is_ok());
}

#[test]
fn an_answer_may_name_its_algorithm_without_parameters() {
    let answer = AnswerDraft { bare_algorithm: true, ..good() };
    assert!(matches!(answer.judge(), OcspState::Answer(answer) if answer.status == OcspStatus::Good));
}

#[test]
fn key_usage_may_be_uncritical_and_extended_key_usage_critical() {
    let mut leaf = leaf_draft();
    for extension in &mut leaf.extensions {
        if extension.0 == oid("2.5.29.15") || extension.0 == oid("2.5.29.37") {
            extension.1 = !extension.1;
        }
    }
    let verdict = verdict(&leaf, &asked());
    assert_eq!(verdict.rejection, None, "{:#?}", verdict.stages);
}

#[test]
fn a_patronymic_may_be_absent_and_attributes_in_any_order() {
    let mut leaf = leaf_draft();
    leaf.subject.retain(|row| row.0 != oid("2.5.4.42"));
    leaf.subject.reverse();
    assert_eq!(leaf.sign().subject().patronymic, None);
    assert_eq!(verdict(&leaf, &asked()).rejection, None);
}

#[test]
fn an_extension_of_the_authoritys_own_is_harmless_unless_it_is_critical() {
    // Where the key is kept: in a file.
    let kept = writer::sequence([writer::oid(&oid("1.2.398.3.3.5.1.1"))]);
    let leaf = |critical| leaf_draft().with(Extension(oid("1.2.398.3.3.5"), critical, kept.clone()));
    assert_eq!(verdict(&leaf(false), &asked()).rejection, None);
    assert_eq!(verdict(&leaf(true), &asked()).rejection, Some(Rejection::ChainInvalid));
}

// --- numbers ---------------------------------------------------------------------------------------------------------

#[test]
fn a_number_is_compared_by_its_digits_and_its_soundness_is_another_finding() {
    // The check digit of the synthetic number, one further: no number by its own rule, and the same number by its digits.
    let sound = iin();
    let (stem, check) = sound.digits().split_at(11);
    let unsound = Iin::parse(&format!("{stem}{}", (check.parse::<u8>().unwrap() + 1) % 10)).unwrap();
    let mut leaf = leaf_draft();
    leaf.subject.retain(|row| row.0 != oid("2.5.4.5"));
    leaf.subject.push((oid("2.5.4.5"), format!("IIN{}", unsound.digits())));
    let found = verdict(&leaf, &Expectations { iin: Some(unsound), ..asked() });
    assert_eq!((found.rejection, found.stages[4].outcome), (None, Outcome::Warn));
    assert_eq!(found.stages[4].warnings, ["iin-number-not-sound"]);
    assert_eq!(verdict(&leaf, &asked()).rejection, Some(Rejection::IinMismatch));
    let match_and_sound = verdict(&leaf_draft(), &asked());
    assert_eq!((match_and_sound.rejection, match_and_sound.stages[4].outcome), (None, Outcome::Pass));
}

#[test]
fn no_number_a_wrong_number_and_no_proper_number_are_three_findings() {
    let with = |serial: Option<String>| {
        let mut leaf = leaf_draft();
        leaf.subject.retain(|row| row.0 != oid("2.5.4.5"));
        leaf.subject.extend(serial.map(|text| (oid("2.5.4.5"), text)));
        verdict(&leaf, &asked()).rejection
    };
    assert_eq!(with(Some(format!("IIN{}", iin().digits()))), None);
    assert_eq!(with(None), Some(Rejection::IinAbsent));
    assert_eq!(with(Some(format!("IIN{}", other_iin().digits()))), Some(Rejection::IinMismatch));
    for malformed in ["IIN", "IIN12345", "iin", "IIN 85", "ИИН"] {
        assert_eq!(with(Some(malformed.to_owned())), Some(Rejection::IinMalformed), "{malformed}");
    }
}

// --- what must not be tolerated --------------------------------------------------------------------------------------

#[test]
fn seven_outcomes_of_revocation_are_told_apart() {
    let issuing = issuing_draft().sign();
    let judged = |state: Option<OcspState>, list: Option<ListDraft>| {
        let mut evidence = RevocationEvidence::default().asking(eush_pki::RevocationSource::OcspThenCrl);
        list.into_iter().for_each(|draft| evidence.add(Arc::new(draft.build(&issuing).unwrap())));
        state.into_iter().for_each(|state| evidence.add_answer(&leaf_draft().sign(), &issuing, state));
        let golden = golden();
        evidence.add(Arc::new(list_draft("root").build(&golden.root).unwrap()));
        let (expectations, policy) = (Expectations::default(), leaf_alone());
        let context = Context {
            trust: &golden.trust,
            evidence: &evidence,
            at: AT,
            expectations: &expectations,
            policy: &policy,
        };
        judge(&leaf_draft().sign(), &[], &context).rejection
    };
    let told = |told| Some(AnswerDraft { told, ..good() }.judge());
    let never = AnswerDraft {
        told: revoked(eush_pki::Timestamp::UNIX_EPOCH, Some(6)),
        extended_revoke: true,
        ..good()
    };
    let rows = [
        ("good", judged(Some(good().judge()), None), None),
        (
            "revoked",
            judged(told(revoked(AT - Duration::DAY, Some(4))), None),
            Some(Rejection::CertificateRevoked),
        ),
        (
            "hold",
            judged(told(revoked(AT - Duration::DAY, Some(6))), None),
            Some(Rejection::CertificateOnHold),
        ),
        ("not issued", judged(Some(never.judge()), None), Some(Rejection::CertificateNotIssued)),
        (
            "untrusted",
            judged(Some(AnswerDraft { nonce: None, ..good() }.judge()), Some(list_draft("issuing"))),
            Some(Rejection::RevocationUntrusted),
        ),
        ("unavailable", judged(None, None), Some(Rejection::RevocationUnavailable)),
        (
            "stale answer",
            judged(
                Some(AnswerDraft { this_update: AT - Duration::HOUR, ..good() }.judge()),
                Some(list_draft("issuing")),
            ),
            Some(Rejection::RevocationStale),
        ),
        (
            "stale",
            judged(
                None,
                Some(ListDraft { next_update: Some(AT - Duration::SECOND), ..list_draft("issuing") }),
            ),
            Some(Rejection::RevocationStale),
        ),
    ];
    for (name, found, expected) in rows {
        assert_eq!(found, expected, "{name}");
    }
}

fn leaf_alone() -> Policy {
    let scope = eush_pki::RevocationScope::Leaf;
    Policy { revocation: eush_pki::RevocationPolicy { scope }, ..Policy::default() }
}

/// A revoked certificate that points nowhere: no list, no responder. The list that is at hand still has it.
#[test]
fn a_revoked_certificate_without_any_pointer_is_refused_by_a_list_at_hand() {
    let leaf = leaf_draft();
    let extensions = leaf.sign().extensions().clone();
    assert!(extensions.crl_urls.is_empty() && extensions.ocsp_urls.is_empty());
    for (rules, scope) in [
        (Rules::Kz, eush_pki::RevocationScope::Leaf),
        (Rules::Rfc5280, eush_pki::RevocationScope::Leaf),
        (Rules::Rfc5280, eush_pki::RevocationScope::Chain),
    ] {
        let golden = golden();
        let list = list_draft("issuing").revoking(&[0x5a; 20], Some(1)).build(&golden.issuing).unwrap();
        let root = list_draft("root").build(&golden.root).unwrap();
        let evidence = RevocationEvidence::new(vec![Arc::new(list), Arc::new(root)]);
        let policy = Policy {
            chain: ChainPolicy { rules, ..ChainPolicy::default() },
            revocation: eush_pki::RevocationPolicy { scope },
        };
        let judged = |evidence: &RevocationEvidence| {
            let expectations = Expectations::default();
            let context = Context {
                trust: &golden.trust,
                evidence,
                at: AT,
                expectations: &expectations,
                policy: &policy,
            };
            judge(&leaf.sign(), &[], &context).rejection
        };
        assert_eq!(judged(&evidence), Some(Rejection::CertificateRevoked), "{rules:?} {scope:?}");
        // And one that points nowhere, with nothing at hand, is not good either.
        assert_eq!(judged(&RevocationEvidence::default()), Some(Rejection::RevocationUnavailable));
    }
}

#[test]
fn a_captive_page_and_an_empty_file_are_no_lists() {
    let issuing = issuing_draft().sign();
    assert_eq!(CrlIndex::build(&[], &issuing).err(), Some(CrlError::Empty));
    let page = CrlIndex::build(b"<html><title>sign in</title></html>", &issuing);
    assert!(matches!(page, Err(CrlError::Encoding(_))), "{page:?}");
}

#[test]
fn within_a_certificate_algorithms_must_agree_whole() {
    let mut der = leaf_draft().der();
    // The inner identifier: the same object identifier, its NULL made an empty OCTET STRING.
    let inner = der.windows(2).position(|pair| pair == [0x05, 0x00]).unwrap();
    der[inner] = 0x04;
    assert!(Certificate::parse(&der).is_err());
}
