//! Signatures made by others: certificates of the Kazakh authority and of an RFC.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use common::{base64, public_key, verify};
use eush_gost::{Curve, Encoding, SigningKey, VerifyError};
use std::path::{Path, PathBuf};

const RFC_256: &str = include_str!("data/rfc9215_256.pem");
const RFC_512: &str = include_str!("data/rfc9215_512.pem");
const KAZAKH_ROOT_2004: &str = include_str!("data/nca_root_test_2018.pem");
const KAZAKH_NCA_2004: &str = include_str!("data/nca_test_2019.pem");

/// Verifies in the right encoding, and in no other.
#[track_caller]
fn check(object: &[u8], issuer: &[u8], encoding: Encoding) {
    assert_eq!(verify(object, issuer, encoding), Ok(()));
    let other = match encoding {
        Encoding::Kazakh => Encoding::Russian,
        Encoding::Russian => Encoding::Kazakh,
    };
    assert!(verify(object, issuer, other).is_err());
    // The last byte of the body is inside an extension: changed, the object parses but is not what was signed.
    let mut changed = object.to_vec();
    let body = common::signed(object).body;
    let end = object.windows(body.len()).position(|window| window == body).unwrap() + body.len();
    changed[end - 1] ^= 1;
    assert_eq!(verify(&changed, issuer, encoding), Err(VerifyError::SignatureMismatch));
}

/// The certificates of RFC 9215 appendix A: 256 bits on CryptoPro-XchA, 512 bits on tc26 set B, with their keys.
#[test]
fn the_certificates_of_rfc_9215_verify() {
    let cases = [
        (RFC_256, Curve::Tc26_256B, "BFCF1D623E5CDD30 32A7C6EABB4A923C 46E43D640FFEAAF2 C3ED39A8FA399924"),
        (
            RFC_512,
            Curve::Tc26_512B,
            "3FC01CDCD4EC5F97 2EB482774C41E66D B7F380528DFE9E67 992BA05AEE462435
             757530E641077CE5 87B976C8EEB48C48 FD33FD175F0C7DE6 A44E014E6BCB074B",
        ),
    ];
    for (pem, curve, secret) in cases {
        let certificate = base64(pem);
        check(&certificate, &certificate, Encoding::Russian);
        let digits: String = secret.split_whitespace().collect();
        let mut secret: Vec<u8> = (0..digits.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
            .collect();
        secret.reverse();
        let key = SigningKey::from_bytes(curve, &secret).unwrap();
        assert_eq!(key.verifying_key(), &public_key(&certificate).0);
    }
}

/// The test root of 2018 and the test authority of 2019, both 34.310-2004 with 34.311-95, as published by the
/// National Certification Authority for integrators.
#[test]
fn kazakh_certificates_of_2004_verify() {
    let root = base64(KAZAKH_ROOT_2004);
    check(&root, &root, Encoding::Kazakh);
    check(&base64(KAZAKH_NCA_2004), &root, Encoding::Kazakh);
}

/// Test certificates of 2022 and later, which are not in this repository: a folder with `ca` and `cer` in it,
/// named by `EUSH_NCA_FIXTURES` or beside the workspace.
#[test]
fn kazakh_certificates_of_2022_verify() {
    let folder = std::env::var_os("EUSH_NCA_FIXTURES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/nca-test"),
        PathBuf::from,
    );
    let Ok(root) = std::fs::read(folder.join("ca/root_test_gost_2022.cer")) else {
        println!("skipped: no test certificates at `{}`; set EUSH_NCA_FIXTURES", folder.display());
        return;
    };
    let root = der(root);
    let authority = der(std::fs::read(folder.join("ca/nca_gost2022_test.cer")).unwrap());
    check(&root, &root, Encoding::Kazakh);
    check(&authority, &root, Encoding::Kazakh);
    let list = der(std::fs::read(folder.join("ca/nca_gost2022_test.crl")).unwrap());
    assert_eq!(verify(&list, &authority, Encoding::Kazakh), Ok(()));
    let mut seen = 0;
    for entry in std::fs::read_dir(folder.join("cer")).unwrap() {
        let certificate = der(std::fs::read(entry.unwrap().path()).unwrap());
        check(&certificate, &authority, Encoding::Kazakh);
        assert_eq!(public_key(&certificate).0.curve(), Curve::Tc26_512A);
        seen += 1;
    }
    assert!(seen > 0, "no certificate at `{}`", folder.display());
    println!("verified {seen} certificates at `{}`", folder.display());
}

/// DER, out of DER or PEM.
fn der(bytes: Vec<u8>) -> Vec<u8> {
    match std::str::from_utf8(&bytes) {
        Ok(text) if text.starts_with("-----BEGIN") => base64(text),
        _ => bytes,
    }
}
