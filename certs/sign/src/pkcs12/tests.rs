use proptest::prelude::*;

use super::derive::{Purpose, derive};
use super::*;
use crate::DigestAlgorithm;

// RFC 7292 has no vectors; these are the ones that every implementation shares (Bouncy Castle, OpenSSL, RustCrypto).
#[test]
fn keys_are_derived_as_everywhere() {
    let hex = |bytes: Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let salt = [0x0a, 0x58, 0xcf, 0x64, 0x53, 0x0d, 0x82, 0x3f];
    let key = derive(DigestAlgorithm::Sha1, Purpose::Key, "smeg", &salt, 1, 24);
    assert_eq!(hex(key), "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3");
    let iv = derive(DigestAlgorithm::Sha1, Purpose::Iv, "smeg", &salt, 1, 8);
    assert_eq!(hex(iv), "79993dfe048d3b76");
}

#[test]
fn rounds_are_bounded_for_the_store_as_a_whole() {
    let mut rounds = Rounds::new();
    assert_eq!(rounds.take(2048, 2), Ok(2048));
    assert!(rounds.take(0, 1).is_err());
    assert!(matches!(rounds.take(u32::MAX, 3), Err(Pkcs12Error::Iterations { .. })));
    assert!(matches!(rounds.take(4_000_000, 2), Err(Pkcs12Error::Iterations { .. })), "4,096 are gone");
    assert_eq!(rounds.take(derive::MAX_ITERATIONS - 4096, 1), Ok(derive::MAX_ITERATIONS - 4096));
    assert!(rounds.take(1, 1).is_err());
}

// Made with OpenSSL 3 in `tests/interop/openssl.sh`; real stores of the national authority are read in `tests/nca.rs`.

proptest! {
    #[test]
    fn any_bytes_parse_or_err(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(KeyStore::parse(&bytes, "password").is_err());
    }
}
