//! Key stores in the national authority's form: read by our own reader, and of the very shape of the real ones, which are
//! not part of this repository; skipped with a word where absent.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and skips with a word"
)]

mod common;

use std::path::{Path, PathBuf};

use common::{authority, subject};
use eush_ca::{Enrollment, EnrollmentRequest, KeyAlgorithm, PKCS12_PASSWORD};
use eush_sign::pkcs12::{KeyStore, Pkcs12Error};

fn enrolled(algorithm: KeyAlgorithm) -> Enrollment {
    let (_folder, authority) = authority();
    let golden = EnrollmentRequest::golden(subject("aigerim"));
    authority.enroll(&EnrollmentRequest { algorithm: Some(algorithm), ..golden }).unwrap()
}

#[test]
fn gost_keys_have_a_store_of_the_national_form_and_rsa_keys_none() {
    assert_eq!(enrolled(KeyAlgorithm::Rsa2048).pkcs12_national().unwrap(), None);
    let enrollment = enrolled(KeyAlgorithm::Gost2015_512);
    let bytes = enrollment.pkcs12_national().unwrap().unwrap();
    assert_eq!(KeyStore::parse(&bytes, "another").err(), Some(Pkcs12Error::Password));
    let store = KeyStore::parse(&bytes, PKCS12_PASSWORD).unwrap();
    assert_eq!((store.keys.len(), store.certificates.len()), (1, 1));
    assert_eq!(store.keys[0].pkcs8, enrollment.key.pkcs8_der());
    assert_eq!(store.certificates[0].der, enrollment.certificate.der);
    let name = store.keys[0].friendly_name.clone().unwrap();
    assert_eq!(name.to_uppercase()[1..], enrollment.certificate.serial[1..], "the key identifier");
    let (key, chain) = store.identity().unwrap();
    assert_eq!((key.pkcs8_der(), chain.len()), (enrollment.key.pkcs8_der(), 1));
    assert_ne!(bytes, enrollment.pkcs12_national().unwrap().unwrap(), "never twice the same");
}

/// Tags in order and depth, with the identifiers that stand in them; lengths and secrets differ from store to store. What is
/// in OCTET STRINGs is looked into as long as it is BER too.
fn shape(mut bytes: &[u8], depth: usize, out: &mut Vec<String>) -> Option<usize> {
    let all = bytes.len();
    while !bytes.is_empty() {
        let (tag, rest) = bytes.split_first()?;
        if *tag == 0 && rest.first() == Some(&0) {
            return Some(all - bytes.len() + 2);
        }
        let (first, mut rest) = rest.split_first()?;
        if *first == 0x80 {
            out.push(format!("{depth} {tag:02x} indefinite"));
            let used = shape(rest, depth + 1, out)?;
            bytes = rest.get(used..)?;
            continue;
        }
        let mut length = usize::from(*first);
        if length > 0x80 {
            let (digits, after) = rest.split_at_checked(length & 0x7f)?;
            length = digits.iter().fold(0, |value, digit| value << 8 | usize::from(*digit));
            rest = after;
        }
        let (value, after) = rest.split_at_checked(length)?;
        match tag {
            // Identifiers and small numbers say what it is; salts, names and ciphertexts do not.
            0x06 | 0x02 => out.push(format!("{depth} {tag:02x} {value:02x?}")),
            _ => out.push(format!("{depth} {tag:02x}")),
        }
        let looks_deeper = tag & 0x20 != 0 || (*tag == 0x04 && value.first() == Some(&0x30));
        if looks_deeper {
            let mut inner = Vec::new();
            if shape(value, depth + 1, &mut inner).is_some() {
                out.append(&mut inner);
            }
        }
        bytes = after;
    }
    Some(all)
}

fn shape_of(bytes: &[u8]) -> Vec<String> {
    let mut out = Vec::new();
    shape(bytes, 0, &mut out).unwrap();
    // Attributes are a set, in whose order the real stores follow no rule.
    out.sort();
    out
}

#[test]
fn the_store_has_the_shape_of_the_real_ones() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/nca-test");
    let folder = std::env::var_os("EUSH_NCA_FIXTURES").map_or(beside, PathBuf::from);
    let Ok(real) = std::fs::read(folder.join("p12/individual_valid.p12")) else {
        println!("skipped: no NCA fixtures at `{}`", folder.display());
        return;
    };
    let enrollment = enrolled(KeyAlgorithm::Gost2015_512);
    let ours = enrollment.pkcs12_national().unwrap().unwrap();
    assert_eq!(shape_of(&ours), shape_of(&real));
    let manifest = std::fs::read_to_string(folder.join("MANIFEST.json")).unwrap();
    let password = manifest.split_once("\"p12_password\": \"").unwrap().1.split_once('"').unwrap().0;
    let real = KeyStore::parse(&real, password).unwrap();
    assert_eq!(shape_of(enrollment.key.pkcs8_der()), shape_of(&real.keys[0].pkcs8), "PKCS#8");
}
