//! Reading certificates: the subject by the Kazakh profile, extensions, and what is refused on sight.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use eush_domain::CertificateRole as Role;
use eush_pki::certificate::key_usage as bits;
use eush_pki::{Certificate, Field, ParseError};
use eush_sign::asn1::{DerError, tag, writer};
use proptest::prelude::*;
use support::*;

const SERIAL_NUMBER: &str = "2.5.4.5";
const UNIT: &str = "2.5.4.11";

fn with_subject(rows: &[(&str, String)]) -> Certificate {
    let subject = rows.iter().map(|(dotted, text)| (oid(dotted), text.clone())).collect();
    Draft { subject, ..leaf_draft() }.sign()
}

#[test]
fn numbers_are_read_wherever_they_stand() {
    let (person, firm) = (iin(), bin());
    let (iin_text, bin_text) = (format!("IIN{}", person.digits()), format!("BIN{}", firm.digits()));
    let name = || ("2.5.4.3", "EUSH TEST".to_owned());
    let row = |dotted, text: &str| (dotted, text.to_owned());
    let cases = [
        ("ok/person", vec![name(), row(SERIAL_NUMBER, &iin_text)], Field::Present(person), Field::Absent),
        (
            "ok/number first",
            vec![row(SERIAL_NUMBER, &iin_text), name()],
            Field::Present(person),
            Field::Absent,
        ),
        (
            "ok/employee",
            vec![row(UNIT, &bin_text), name(), row(SERIAL_NUMBER, &iin_text)],
            Field::Present(person),
            Field::Present(firm),
        ),
        ("ok/system", vec![name(), row(UNIT, &bin_text)], Field::Absent, Field::Present(firm)),
        (
            "ok/old organisation",
            vec![name(), row(SERIAL_NUMBER, &bin_text)],
            Field::Absent,
            Field::Present(firm),
        ),
        (
            "ok/unit beside the number",
            vec![row(UNIT, "Department of tests"), row(UNIT, &bin_text)],
            Field::Absent,
            Field::Present(firm),
        ),
        (
            "ok/the same twice",
            vec![row(SERIAL_NUMBER, &bin_text), row(UNIT, &bin_text)],
            Field::Absent,
            Field::Present(firm),
        ),
        ("reject/no prefix", vec![row(SERIAL_NUMBER, person.digits())], Field::Malformed, Field::Absent),
        (
            "reject/lower case",
            vec![row(SERIAL_NUMBER, &iin_text.to_lowercase())],
            Field::Malformed,
            Field::Absent,
        ),
        ("reject/space", vec![row(SERIAL_NUMBER, &format!("{iin_text} "))], Field::Malformed, Field::Absent),
        ("reject/eleven digits", vec![row(SERIAL_NUMBER, &iin_text[..14])], Field::Malformed, Field::Absent),
        ("reject/nothing after the prefix", vec![row(UNIT, "BIN")], Field::Absent, Field::Malformed),
        (
            "reject/two persons",
            vec![row(SERIAL_NUMBER, &iin_text), row(SERIAL_NUMBER, &format!("IIN{}", other_iin().digits()))],
            Field::Malformed,
            Field::Absent,
        ),
        (
            "reject/two organisations",
            vec![
                row(UNIT, &bin_text),
                row(UNIT, &format!("BIN{}", eush_domain::synthetic::numbers::bin(9).digits())),
            ],
            Field::Absent,
            Field::Malformed,
        ),
    ];
    for (name, subject, expected_iin, expected_bin) in cases {
        let certificate = with_subject(&subject);
        assert_eq!(certificate.subject().iin, expected_iin, "{name}");
        assert_eq!(certificate.subject().bin, expected_bin, "{name}");
    }
}

#[test]
fn names_and_system_are_read() {
    let certificate = with_subject(&[
        ("2.5.4.42", "TESTULY".to_owned()),
        ("2.5.4.4", "EUSH".to_owned()),
        ("0.9.2342.19200300.100.1.1", "1.2.398.6.10.1.1".to_owned()),
        ("2.5.4.10", "EUSH TEST, LLP".to_owned()),
        ("2.5.4.3", "EUSH TEST".to_owned()),
    ]);
    let subject = certificate.subject();
    assert_eq!(subject.patronymic.as_deref(), Some("TESTULY"));
    assert_eq!(subject.surname.as_deref(), Some("EUSH"));
    assert_eq!(subject.system.as_deref(), Some("1.2.398.6.10.1.1"));
    assert_eq!(subject.organization.as_deref(), Some("EUSH TEST, LLP"));
    let shown = certificate.subject_dn().to_string();
    assert_eq!(shown, "GIVENNAME=TESTULY,SURNAME=EUSH,UID=1.2.398.6.10.1.1,O=EUSH TEST\\, LLP,CN=EUSH TEST");
    // No number of a person ever reaches a log by way of Debug.
    let person = leaf_draft().sign();
    let logged = format!("{person:?} {:?} {:?}", person.subject_dn(), person.subject());
    assert!(!logged.contains(iin().digits()), "{logged}");
}

#[test]
fn roles_and_usage_are_read_critical_or_not() {
    let mut draft = leaf_draft().with(Extension(
        oid("2.5.29.37"),
        true,
        writer::sequence(
            ["1.3.6.1.5.5.7.3.4", "1.2.398.3.3.4.1.2", "1.2.398.3.3.4.1.2.2"]
                .map(|one| writer::oid(&oid(one))),
        ),
    ));
    draft = draft.with(Extension(oid("2.5.29.15"), false, writer::named_bits(&[0, 1, 4])));
    let certificate = draft.sign();
    assert_eq!(certificate.subject().roles, [Role::Organization, Role::Signatory]);
    let usage = certificate.key_usage().unwrap();
    assert_eq!(usage, bits::DIGITAL_SIGNATURE | bits::NON_REPUDIATION | bits::KEY_AGREEMENT);
    assert_eq!(bits::names(Some(usage)), "digitalSignature nonRepudiation keyAgreement");
    assert!(certificate.extensions().unhandled.is_empty());
    let all = leaf_draft().with(key_usage(&[8])).sign();
    assert_eq!(all.key_usage(), Some(bits::DECIPHER_ONLY));
}

#[test]
fn old_key_identifiers_of_four_bytes_are_read() {
    let certificate = leaf_draft().with(authority_key_id(b"[its")).sign();
    let id = certificate.extensions().authority_key_id.clone().unwrap();
    assert_eq!(id.key_id.as_deref(), Some(&b"[its"[..]));
}

#[test]
fn what_is_no_certificate_is_refused_on_sight() {
    let extension =
        |dotted: &str, value: Vec<u8>| leaf_draft().with(Extension(oid(dotted), false, value)).der();
    let malformed = |result: Result<Certificate, ParseError>| match result {
        Err(ParseError::Extension { oid, .. }) => oid,
        other => panic!("{other:?}"),
    };
    for (dotted, value) in [
        ("2.5.29.15", writer::named_bits(&[])),
        // keyCertSign and cRLSign where the string says that five bits are not used: found by fuzzing.
        ("2.5.29.15", writer::tlv(tag::BIT_STRING, &[5, 0x06])),
        // The same of a distribution point's reasons.
        ("2.5.29.31", {
            let name = writer::tlv(tag::context(6), b"http://127.0.0.1/list.crl");
            let name = writer::explicit(0, &writer::tlv(tag::context_constructed(0), &name));
            writer::sequence([writer::sequence([name, writer::tlv(tag::context(1), &[6, 0x60])])])
        }),
        ("2.5.29.37", writer::sequence::<Vec<u8>>([])),
        ("2.5.29.19", writer::sequence([writer::integer(0)])),
        ("2.5.29.14", vec![0x04]),
        ("2.5.29.35", writer::octets(b"id")),
        (
            "2.5.29.32",
            writer::sequence([1, 1].map(|_| writer::sequence([writer::oid(&oid("1.2.398.3.3.2"))]))),
        ),
    ] {
        assert_eq!(malformed(Certificate::parse(&extension(dotted, value))), dotted);
    }
    let mut twice = leaf_draft();
    twice.extensions.push(key_usage(&[0]));
    assert!(matches!(Certificate::parse(&twice.der()), Err(ParseError::ExtensionTwice { .. })));
    for (serial, fine) in [(vec![0x80; 20], true), (vec![0x7f; 20], true), (vec![0x01; 21], false)] {
        let parsed = Certificate::parse(&Draft { serial, ..leaf_draft() }.der());
        assert_eq!(parsed.is_ok(), fine, "{parsed:?}");
    }
    let good = leaf_draft().der();
    assert_eq!(Certificate::parse(&[&good[..], &[0]].concat()), Err(DerError::Trailing.into()));
    assert!(Certificate::parse(&good[..good.len() - 1]).is_err());
    assert!(Certificate::parse(&[]).is_err());
    let large = vec![0; Certificate::MAX_BYTES + 1];
    assert!(matches!(Certificate::parse(&large), Err(ParseError::TooLarge { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_parse_or_err(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Certificate::parse(&bytes);
    }

    #[test]
    fn any_changed_bytes_parse_or_err(changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..6)) {
        use std::sync::OnceLock;
        static GOOD: OnceLock<Vec<u8>> = OnceLock::new();
        let mut der = GOOD.get_or_init(|| leaf_draft().der()).clone();
        for (position, byte) in changes {
            let length = der.len();
            der[position % length] = byte;
        }
        if let Ok(certificate) = Certificate::parse(&der) {
            let _ = (certificate.subject_dn().to_string(), certificate.public_key().is_ok(), certificate.fingerprint());
        }
    }
}
