//! Key stores: whatever came is read as it is, and once more under a MAC that fits, so that what lies behind it is reached.

use eush_sign::asn1::{DerError, Reader, ber, tag, writer};
use eush_sign::oids;
use eush_sign::pkcs12::KeyStore;
use ring::{digest, hmac};

use crate::golden::{self, GOLDEN};

/// Password of every store.
pub const PASSWORD: &str = "eush-test";

/// The target.
pub fn check(data: &[u8]) {
    if is_slow(data) {
        return;
    }
    if let Ok(store) = KeyStore::parse(data, PASSWORD) {
        used(&store);
        assert!(KeyStore::parse(data, "another password").is_err(), "the MAC is of another password");
    }
    let Ok(der) = sealed_again(data) else { return };
    let Ok(store) = KeyStore::parse(&der, PASSWORD) else { return };
    used(&store);
    if let Ok(definite) = ber::to_der(&der, 24) {
        assert_eq!(KeyStore::parse(&definite, PASSWORD).as_ref(), Ok(&store), "BER and its DER say the same");
    }
}

/// Whether a number of rounds may be in there that would take longer than all else. What is refused for its rounds is
/// tested beside the code.
fn is_slow(data: &[u8]) -> bool {
    data.windows(2).any(|pair| pair == [0x02, 0x03] || pair == [0x02, 0x04])
}

fn used(store: &KeyStore) {
    let _ = format!("{store:?}");
    let Some((key, chain)) = store.identity() else { return };
    assert_eq!(chain.len(), store.certificates.len());
    assert!(store.keys.iter().any(|entry| entry.pkcs8 == key.pkcs8_der()));
    let public = eush_sign::PublicKey::from_certificate_der(&chain[0]).unwrap();
    assert_eq!(&public, key.public_key());
    // The golden key and no other can be in here without a search for another prime.
    if let Ok(signature) = key.sign(b"fuzz") {
        assert!(public.verify(key.algorithm(), b"fuzz", &signature).is_ok());
    }
}

/// The same contents under a MAC of one round.
fn sealed_again(data: &[u8]) -> Result<Vec<u8>, DerError> {
    let der = ber::to_der(data, 24)?;
    let mut pfx = Reader::whole(&der, tag::SEQUENCE)?.reader();
    let _version = pfx.any()?;
    let mut safe = pfx.sequence()?;
    let _kind = safe.any()?;
    Ok(sealed(safe.any()?.reader().octets()?))
}

/// A store around its contents.
pub fn sealed(contents: &[u8]) -> Vec<u8> {
    let salt = [7; 8];
    let value = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &mac_key(&salt)), contents);
    let algorithm = writer::sequence([writer::oid(&oids::SHA256), writer::null()]);
    let info = writer::sequence([algorithm, writer::octets(value.as_ref())]);
    writer::sequence([
        writer::integer(3),
        data(contents),
        writer::sequence([info, writer::octets(&salt), writer::integer(1)]),
    ])
}

fn data(content: &[u8]) -> Vec<u8> {
    writer::sequence([writer::oid(&oids::DATA), writer::explicit(0, &writer::octets(content))])
}

// RFC 7292, appendix B.2, one round, purpose 3.
fn mac_key(salt: &[u8]) -> Vec<u8> {
    let fill = |bytes: &[u8]| -> Vec<u8> {
        bytes.iter().copied().cycle().take(bytes.len().div_ceil(64) * 64).collect()
    };
    let text: Vec<u8> = PASSWORD.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect();
    let input = [&[3; 64][..], &fill(salt), &fill(&text)].concat();
    digest::digest(&digest::SHA256, &input).as_ref().to_vec()
}

/// The person's key and chain, nothing encrypted: what the mutator can change all of.
pub fn seed() -> Vec<u8> {
    let attributes = writer::set_of(vec![writer::sequence([
        writer::oid(&golden::oid("1.2.840.113549.1.9.21")),
        writer::set_of(vec![writer::octets(b"person")]),
    ])]);
    let key = writer::sequence([
        writer::oid(&golden::oid("1.2.840.113549.1.12.10.1.1")),
        writer::explicit(0, golden::key("person").pkcs8_der()),
        attributes.clone(),
    ]);
    let certificate = |der: &[u8]| {
        let bag = writer::sequence([
            writer::oid(&golden::oid("1.2.840.113549.1.9.22.1")),
            writer::explicit(0, &writer::octets(der)),
        ]);
        writer::sequence([
            writer::oid(&golden::oid("1.2.840.113549.1.12.10.1.3")),
            writer::explicit(0, &bag),
            attributes.clone(),
        ])
    };
    let bags = writer::sequence([key, certificate(GOLDEN.person.der()), certificate(GOLDEN.issuing.der())]);
    sealed(&writer::sequence([data(&bags)]))
}
