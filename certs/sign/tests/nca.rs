//! The national authority's own key stores (KalkanCrypt: BER, triple DES, RC2): each opens, its key belongs to its
//! certificate and signs. The files are not part of this repository; skipped with a word where absent.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and skips with a word"
)]

use std::path::{Path, PathBuf};

use eush_sign::cms::{CertificateBinding, SignedData, sign_detached};
use eush_sign::pkcs12::{KeyStore, Pkcs12Error};
use eush_sign::{Algorithm, PublicKey};
use time::macros::datetime;

#[test]
fn every_store_opens_and_signs() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/nca-test");
    let folder = std::env::var_os("EUSH_NCA_FIXTURES").map_or(beside, PathBuf::from);
    let Ok(files) = std::fs::read_dir(folder.join("p12")) else {
        println!("skipped: no NCA fixtures at `{}`", folder.display());
        return;
    };
    let manifest = std::fs::read_to_string(folder.join("MANIFEST.json")).unwrap();
    let password = manifest.split_once("\"p12_password\": \"").unwrap().1.split_once('"').unwrap().0;
    let mut opened = 0;
    for file in files {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(KeyStore::parse(&bytes, "another").err(), Some(Pkcs12Error::Password), "{path:?}");
        let store = KeyStore::parse(&bytes, password).unwrap();
        assert_eq!((store.keys.len(), store.certificates.len()), (1, 1), "{path:?}");
        assert_eq!(store.keys[0].local_key_id, store.certificates[0].local_key_id);
        let (key, chain) = store.identity().unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert_eq!(chain[0], std::fs::read(folder.join(format!("cer/{name}.cer"))).unwrap());

        let signature =
            sign_detached(b"content", &key, &chain[0], &[], datetime!(2026-11-22 12:00 UTC)).unwrap();
        let data = SignedData::parse(&signature).unwrap();
        assert_eq!(data.signers()[0].algorithm(), Algorithm::Gost2015_512);
        assert_eq!(data.signers()[0].binds(&chain[0]), CertificateBinding::Bound);
        let public = PublicKey::from_certificate_der(&chain[0]).unwrap();
        data.verify_signer(0, Some(b"content"), &public).unwrap();
        opened += 1;
    }
    assert_eq!(opened, 12);
}
