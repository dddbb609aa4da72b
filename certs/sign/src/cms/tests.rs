use proptest::prelude::*;
use time::macros::datetime;

use super::*;
use crate::asn1::{Reader, tag, writer};
use crate::oids;
use crate::{Algorithm, KeyAlgorithm, PublicKey, SignError, SigningKey, VerifyError, signature_identifier};

const AT: time::OffsetDateTime = datetime!(2026-03-02 10:00 UTC);
const CONTENT: &[u8] = b"a document of three words";

fn key(seed: &[u8]) -> SigningKey {
    SigningKey::derive_gost(KeyAlgorithm::Gost2015_512, seed).unwrap()
}

// As little of a certificate as signed data look at, signed by its own key.
fn certificate(key: &SigningKey, serial: u64) -> Vec<u8> {
    let name = writer::sequence([writer::set_of(vec![writer::sequence([
        writer::oid(&oids::Oid::new_unwrap("2.5.4.3")),
        writer::utf8("EUSH TEST"),
    ])])]);
    let identifier = signature_identifier(key.algorithm());
    let period = writer::sequence([writer::time(AT).unwrap(), writer::time(AT).unwrap()]);
    let tbs = writer::sequence([
        writer::explicit(0, &writer::integer(2)),
        writer::integer(serial),
        identifier.clone(),
        name.clone(),
        period,
        name,
        key.public_key().spki_der().to_vec(),
    ]);
    let signature = writer::bit_bytes(&key.sign(&tbs).unwrap());
    writer::sequence([tbs, identifier, signature])
}

fn signed(attachment: Attachment) -> (Vec<u8>, SigningKey) {
    let key = key(b"signer");
    let leaf = certificate(&key, 7);
    let signing = Signing { key: &key, leaf: &leaf, chain: &[], signing_time: AT, attachment };
    (signing.sign(CONTENT).unwrap(), key)
}

#[test]
fn a_signature_says_who_and_when() {
    let (der, key) = signed(Attachment::Detached);
    let data = SignedData::parse(&der).unwrap();
    let [signer] = data.signers() else { panic!("one signer") };
    assert_eq!(signer.algorithm(), Algorithm::Gost2015_512);
    assert_eq!(signer.signing_time(), Some(AT));
    let candidates = data.candidates(signer);
    assert_eq!(candidates.len(), 1);
    assert_eq!(signer.binds(candidates[0]), CertificateBinding::Bound);
    assert_eq!(signer.binds(&certificate(&key, 8)), CertificateBinding::Other);
    assert_eq!(data.content(), None);
    assert_eq!(data.verify_signer(0, Some(CONTENT), key.public_key()), Ok(()));
}

#[test]
fn content_travels_within_or_apart() {
    let (der, key) = signed(Attachment::Attached);
    let data = SignedData::parse(&der).unwrap();
    assert_eq!(data.content(), Some(CONTENT));
    assert_eq!(data.verify_signer(0, None, key.public_key()), Ok(()));
    assert_eq!(data.verify_signer(0, Some(CONTENT), key.public_key()), Ok(()));
    let other = data.verify_signer(0, Some(b"another"), key.public_key());
    assert!(matches!(other, Err(VerifyError::Content { .. })), "{other:?}");

    let (der, key) = signed(Attachment::Detached);
    let data = SignedData::parse(&der).unwrap();
    assert!(matches!(data.verify_signer(0, None, key.public_key()), Err(VerifyError::Content { .. })));
    assert_eq!(data.verify_signer(0, Some(b"another"), key.public_key()), Err(VerifyError::ContentDigest));
}

#[test]
fn ber_around_what_is_signed_is_read() {
    let (der, key) = signed(Attachment::Attached);
    // Every constructed value of indefinite length, as KalkanCrypt writes the outer ones; attributes and certificates,
    // which are signed, stay as they are.
    fn loosen(value: &crate::asn1::Tlv<'_>, depth: u8) -> Vec<u8> {
        if value.tag & 0x20 == 0 || depth == 0 {
            return value.raw.to_vec();
        }
        let mut out = vec![value.tag, 0x80];
        let mut reader = value.reader();
        while !reader.is_empty() {
            out.extend(loosen(&reader.any().unwrap(), depth - 1));
        }
        out.extend([0, 0]);
        out
    }
    let mut reader = Reader::new(&der);
    let outer = reader.any().unwrap();
    for depth in 1..5 {
        let ber = loosen(&outer, depth);
        assert_ne!(ber, der);
        let data = SignedData::parse(&ber).unwrap();
        assert_eq!(data, SignedData::parse(&der).unwrap());
        assert_eq!(data.verify_signer(0, None, key.public_key()), Ok(()));
    }
}

#[test]
fn other_keys_and_signers_are_told_apart() {
    let (der, _) = signed(Attachment::Detached);
    let data = SignedData::parse(&der).unwrap();
    let stranger = key(b"stranger");
    assert_eq!(data.verify_signer(0, Some(CONTENT), stranger.public_key()), Err(VerifyError::Signature));
    let old = SigningKey::derive_gost(KeyAlgorithm::Gost2004, b"old").unwrap();
    let mismatch = data.verify_signer(0, Some(CONTENT), old.public_key());
    assert!(matches!(mismatch, Err(VerifyError::AlgorithmMismatch { .. })), "{mismatch:?}");
    assert_eq!(
        data.verify_signer(1, Some(CONTENT), stranger.public_key()),
        Err(VerifyError::SignerUnknown { index: 1, signers: 1 })
    );
}

#[test]
fn nobody_signs_with_anothers_certificate() {
    let leaf = certificate(&key(b"signer"), 7);
    assert_eq!(
        sign_detached(CONTENT, &key(b"stranger"), &leaf, &[], AT),
        Err(SignError::CertificateOfAnotherKey)
    );
    let at = datetime!(1949-12-31 23:59:59 UTC);
    let signed = sign_detached(CONTENT, &key(b"signer"), &leaf, &[], at);
    assert!(signed.is_ok(), "years before 1950 are written as GeneralizedTime");
}

#[test]
fn a_signature_without_attributes_does_not_count() {
    let key = key(b"signer");
    let leaf = certificate(&key, 7);
    let fields = certificate::fields(&leaf).unwrap();
    let digest = writer::sequence([writer::oid(&oids::STREEBOG512), writer::null()]);
    let signer = writer::sequence([
        writer::integer(1),
        writer::sequence([fields.issuer.to_vec(), writer::tlv(0x02, fields.serial)]),
        digest.clone(),
        signature_identifier(key.algorithm()),
        writer::octets(&key.sign(CONTENT).unwrap()),
    ]);
    let data = writer::sequence([
        writer::integer(1),
        writer::set_of(vec![digest]),
        writer::sequence([writer::oid(&oids::DATA)]),
        writer::constructed(0xa0, [leaf]),
        writer::set_of(vec![signer]),
    ]);
    let info = writer::sequence([writer::oid(&oids::SIGNED_DATA), writer::explicit(0, &data)]);
    let data = SignedData::parse(&info).unwrap();
    let verified = data.verify_signer(0, Some(CONTENT), key.public_key());
    assert_eq!(verified, Err(VerifyError::Attributes { reason: "there are none" }));
}

#[test]
fn keys_round_trip_through_pkcs8() {
    for algorithm in [KeyAlgorithm::Gost2004, KeyAlgorithm::Gost2015_256, KeyAlgorithm::Gost2015_512] {
        let key = SigningKey::derive_gost(algorithm, b"a key").unwrap();
        let again = SigningKey::from_pkcs8_der(key.pkcs8_der()).unwrap();
        assert_eq!(again.public_key(), key.public_key());
        let signature = key.sign(CONTENT).unwrap();
        let public = PublicKey::from_spki_der(key.public_key().spki_der()).unwrap();
        assert_eq!(public.algorithm(), algorithm);
        public.verify(key.algorithm(), CONTENT, &signature).unwrap();
        public.prepare();
        public.verify(key.algorithm(), CONTENT, &signature).unwrap();
        assert_eq!(public.verify(key.algorithm(), b"other", &signature), Err(VerifyError::Signature));
        assert!(!format!("{key:?}").contains("pkcs8"));
    }
    assert!(SigningKey::derive_gost(KeyAlgorithm::Rsa, b"a key").is_err());
    let fresh = SigningKey::generate_gost(KeyAlgorithm::Gost2015_512).unwrap();
    assert_ne!(
        fresh.public_key(),
        SigningKey::generate_gost(KeyAlgorithm::Gost2015_512).unwrap().public_key()
    );
}

// Found by the fuzz target `certificate`.
#[test]
fn nothing_stands_behind_the_parameters_of_a_key() {
    let signer = key(b"a key");
    let mut parts = Reader::whole(signer.public_key().spki_der(), tag::SEQUENCE).unwrap().reader();
    let identifier = parts.read(tag::SEQUENCE).unwrap().value.to_vec();
    let bits = parts.bit_bytes().unwrap();
    let spki = |more: &[u8]| {
        let identifier = writer::sequence([identifier.as_slice(), more]);
        PublicKey::from_spki_der(&writer::sequence([identifier, writer::bit_bytes(bits)]))
    };
    assert_eq!(spki(&[]).as_ref(), Ok(signer.public_key()));
    assert!(spki(&writer::null()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_bytes_parse_or_err(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = SignedData::parse(&bytes);
        let _ = PublicKey::from_spki_der(&bytes);
        let _ = SigningKey::from_pkcs8_der(&bytes);
    }

    #[test]
    fn any_changed_bytes_parse_or_err(changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..8)) {
        let (mut der, key) = signed(Attachment::Attached);
        for (position, byte) in changes {
            let length = der.len();
            der[position % length] = byte;
        }
        if let Ok(data) = SignedData::parse(&der) {
            for index in 0..data.signers().len() {
                let _ = data.verify_signer(index, None, key.public_key());
            }
        }
    }
}

#[test]
fn no_changed_bit_of_what_is_signed_verifies() {
    let (der, key) = signed(Attachment::Attached);
    let leaf = certificate(&key, 7);
    for position in 0..der.len() {
        let mut changed = der.clone();
        changed[position] ^= 1 << (position % 8);
        let Ok(data) = SignedData::parse(&changed) else { continue };
        // What the signature does not cover (the set of digest algorithms, the embedded certificate) may change, as long
        // as the signer then is still the same one who signed the same content.
        for (index, signer) in data.signers().iter().enumerate() {
            if data.verify_signer(index, None, key.public_key()).is_ok() {
                assert_eq!(data.content(), Some(CONTENT), "bit in byte {position}");
                assert_eq!(signer.binds(&leaf), CertificateBinding::Bound, "bit in byte {position}");
            }
        }
    }
}
