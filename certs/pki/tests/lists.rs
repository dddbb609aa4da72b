//! Revocation lists: a good one, and one change at a time.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use eush_pki::{Certificate, CrlError, CrlIndex, RevocationReason};
use eush_sign::asn1::{DerError, Reader, tag, writer};
use proptest::prelude::*;
use support::*;
use time::Duration;

fn issuing() -> Certificate {
    issuing_draft().sign()
}

#[test]
fn a_good_list_tells_what_it_knows() {
    let list = list_draft("issuing").revoking(&[0x5a; 20], Some(6)).build(&issuing()).unwrap();
    assert_eq!((list.len(), list.number_text()), (3, "7".to_owned()));
    assert!(list.is_of(&issuing()) && !list.is_of(&root_draft().sign()));
    let revoked = |serial: &[u8]| list.lookup(serial).map(|revoked| revoked.reason);
    assert_eq!(revoked(&[0x11; 20]), Some(RevocationReason::Superseded));
    assert_eq!(revoked(&[0x77]), Some(RevocationReason::Unspecified));
    assert_eq!(revoked(&[0x5a; 20]), Some(RevocationReason::CertificateHold));
    assert_eq!(list.lookup(&[0x5a; 20]).unwrap().at, AT - Duration::hours(5));
    for absent in [&[0x11; 19][..], &[0x76], &[0x78], &[0x77, 0x77], &[0xff; 20], &[0x11; 21], &[]] {
        assert_eq!(revoked(absent), None, "{absent:?}");
    }
}

#[test]
fn an_empty_list_is_a_list() {
    let list = ListDraft { entries: vec![], ..list_draft("issuing") }.build(&issuing()).unwrap();
    assert!(list.is_empty());
    assert_eq!(list.lookup(&[1]), None);
}

#[test]
fn of_two_entries_of_one_number_the_heavier_counts() {
    // Reasons, light to heavy: what is permanent outweighs a hold, what reaches back outweighs what does not.
    for (light, heavy) in [(6, 4), (6, 1), (4, 1), (3, 2), (5, 0), (9, 10)] {
        for (first, second) in [(light, heavy), (heavy, light)] {
            let draft = list_draft("issuing").revoking(&[5], Some(first)).revoking(&[5], Some(second));
            let list = draft.build(&issuing()).unwrap();
            assert_eq!(list.lookup(&[5]).unwrap().reason.code(), u32::from(heavy), "{first}, {second}");
        }
    }
    // Of the same weight the earlier one.
    let mut draft = list_draft("issuing").revoking(&[5], Some(1));
    draft.entries.push((vec![5], AT - Duration::days(9), Some(1)));
    assert_eq!(draft.build(&issuing()).unwrap().lookup(&[5]).unwrap().at, AT - Duration::days(9));
}

/// Found by fuzzing: of a reason code that stood there twice the last one counted, elsewhere the first.
#[test]
fn an_entry_says_each_thing_once() {
    for dotted in ["2.5.29.21", "2.5.29.24"] {
        let value = match dotted {
            "2.5.29.21" => writer::enumerated(4),
            _ => writer::generalized_time(AT - Duration::WEEK).unwrap(),
        };
        let twice = vec![Extension(oid(dotted), false, value); 2];
        let draft = ListDraft { entry_extensions: twice, ..list_draft("issuing") };
        let draft = ListDraft { entries: vec![(vec![5], AT - Duration::DAY, None)], ..draft };
        let expected = CrlError::ExtensionTwice { oid: dotted.to_owned() };
        assert_eq!(draft.build(&issuing()).err(), Some(expected));
    }
}

#[test]
fn entries_tell_since_when_a_key_was_unfit() {
    let since = AT - Duration::days(30);
    let value = writer::generalized_time(since).unwrap();
    let draft = ListDraft {
        entry_extensions: vec![Extension(oid("2.5.29.24"), false, value)],
        ..list_draft("issuing").revoking(&[5], Some(1))
    };
    let revoked = draft.build(&issuing()).unwrap().lookup(&[5]).unwrap();
    assert_eq!((revoked.invalid_since, revoked.counts_from()), (Some(since), since));
    let plain =
        list_draft("issuing").revoking(&[5], Some(1)).build(&issuing()).unwrap().lookup(&[5]).unwrap();
    assert_eq!((plain.invalid_since, plain.counts_from()), (None, plain.at));
}

#[test]
fn parameters_of_the_algorithm_may_differ_within_and_without() {
    // Lists of the national authority do since number 166; rustls-webpki refuses them for it.
    assert!(ListDraft { inner_null: false, ..list_draft("issuing") }.build(&issuing()).is_ok());
}

/// Found by fuzzing: of an algorithm identifier only the object identifier was read, whatever stood behind its parameters.
#[test]
fn an_algorithm_has_one_value_of_parameters_at_most() {
    let der = list_draft("issuing").der();
    let tbs = Reader::whole(&der, tag::SEQUENCE).unwrap().reader().read(tag::SEQUENCE).unwrap();
    let mut parts = tbs.reader();
    let (version, algorithm) = (parts.any().unwrap().raw, parts.any().unwrap().value);
    let key = key("issuing");
    let built = |more: &[u8], after: &[u8]| {
        let inner = writer::sequence([algorithm, more]);
        let tbs = writer::sequence([version, &inner, parts.rest()]);
        let signature = writer::bit_bytes(&key.sign(&tbs).unwrap());
        let outer = writer::sequence([algorithm, after]);
        CrlIndex::build(&writer::sequence([tbs, outer, signature]), &issuing()).err()
    };
    assert_eq!(built(&[], &[]), None);
    let trailing = Some(CrlError::Encoding(DerError::Trailing));
    assert_eq!(built(&writer::octets(b"more"), &[]), trailing);
    assert_eq!(built(&[], &writer::octets(b"more")), trailing);
}

#[test]
fn one_change_at_a_time_refuses() {
    let point = |field: Vec<u8>| Extension(oid("2.5.29.28"), true, writer::sequence([field]));
    let flag = |number: u8| writer::tlv(tag::context(number), &[0xff]);
    let critical = |dotted: &str| Extension(oid(dotted), true, writer::null());
    let base = || list_draft("issuing");
    let unknown = |dotted: &str| CrlError::ExtensionUnknown { oid: dotted.to_owned() };
    let wrong = |name: &str| CrlError::WrongIssuer { found: format!("CN={name},C=KZ") };
    let cases = [
        ("another key", ListDraft { signer: "root".to_owned(), ..base() }, CrlError::Signature),
        ("another name", ListDraft { issuer: common_name("x"), ..base() }, wrong("x")),
        ("another key identifier", base().with(authority_key_id(b"x")), wrong("issuing")),
        ("no nextUpdate", ListDraft { next_update: None, ..base() }, CrlError::NextUpdateMissing),
        ("no number", base().without("2.5.29.20"), CrlError::Number),
        (
            "critical number",
            base().with(Extension(oid("2.5.29.20"), true, writer::integer(7))),
            CrlError::Number,
        ),
        ("no extensions", ListDraft { extensions: vec![], ..base() }, CrlError::Number),
        ("delta", base().with(Extension(oid("2.5.29.27"), true, writer::integer(6))), CrlError::Delta),
        (
            "delta that is not critical",
            base().with(Extension(oid("2.5.29.27"), false, writer::integer(6))),
            CrlError::Delta,
        ),
        ("attributes only", base().with(point(flag(5))), CrlError::Partial),
        ("unknown extension", base().with(critical("1.2.398.3.3.99")), unknown("1.2.398.3.3.99")),
        (
            "unknown extension of an entry",
            ListDraft { entry_extensions: vec![critical("1.2.398.3.3.98")], ..base() },
            unknown("1.2.398.3.3.98"),
        ),
        (
            "extension twice",
            ListDraft { extensions: vec![number(7), number(8)], ..base() },
            CrlError::ExtensionTwice { oid: "2.5.29.20".to_owned() },
        ),
        ("entry taken back", base().revoking(&[1], Some(8)), CrlError::Delta),
        (
            "reason 7",
            base().revoking(&[1], Some(7)),
            CrlError::Encoding(DerError::Value { what: "a known reason code" }),
        ),
        (
            "serial number of 21 bytes",
            base().revoking(&[0x21; 21], None),
            CrlError::Encoding(DerError::Value { what: "a serial number of at most 20 bytes" }),
        ),
    ];
    for (name, draft, expected) in cases {
        assert_eq!(draft.build(&issuing()).err(), Some(expected), "{name}");
    }
}

#[test]
fn other_things_than_lists_refuse() {
    assert_eq!(CrlIndex::build(&[], &issuing()).err(), Some(CrlError::Empty));
    let html = CrlIndex::build(b"<!DOCTYPE html><title>sign in</title>", &issuing());
    assert!(matches!(html, Err(CrlError::Encoding(_))), "{html:?}");
    let certificate = CrlIndex::build(issuing().der(), &issuing());
    assert!(certificate.is_err());
    let mut trailing = list_draft("issuing").der();
    trailing.push(0);
    assert_eq!(CrlIndex::build(&trailing, &issuing()).err(), Some(CrlError::Encoding(DerError::Trailing)));
}

#[test]
fn an_authority_must_be_allowed_to_sign_lists() {
    let certificates_only = issuing_draft().with(key_usage(&[5])).sign();
    assert_eq!(list_draft("issuing").build(&certificates_only).err(), Some(CrlError::IssuerKeyUsage));
}

#[test]
fn no_changed_byte_is_believed() {
    let good = list_draft("issuing").revoking(&[0x5a; 20], Some(6)).der();
    let issuing = issuing();
    for position in 0..good.len() {
        let mut changed = good.clone();
        changed[position] ^= 1 << (position % 8);
        if let Ok(list) = CrlIndex::build(&changed, &issuing) {
            // Only the parameters of the outer algorithm identifier are not signed, and nothing depends on them.
            assert_eq!(
                list.lookup(&[0x5a; 20]).unwrap().reason,
                RevocationReason::CertificateHold,
                "{position}"
            );
            assert_eq!(list.len(), 3, "byte {position}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_listed_number_is_found_and_no_other(
        serials in proptest::collection::hash_set(proptest::collection::vec(1_u8.., 1..=20), 0..60),
        others in proptest::collection::vec(proptest::collection::vec(1_u8.., 1..=20), 0..20),
    ) {
        let mut draft = ListDraft { entries: vec![], ..list_draft("issuing") };
        for serial in &serials {
            draft = draft.revoking(serial, Some(1));
        }
        let list = draft.build(&issuing()).unwrap();
        prop_assert_eq!(list.len(), serials.len());
        for serial in &serials {
            prop_assert_eq!(list.lookup(serial).unwrap().reason, RevocationReason::KeyCompromise);
        }
        for other in others.iter().filter(|other| !serials.contains(*other)) {
            prop_assert!(list.lookup(other).is_none());
        }
    }

    #[test]
    fn any_bytes_build_or_err(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = CrlIndex::build(&bytes, &issuing());
    }
}
