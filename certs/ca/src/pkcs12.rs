//! Key and certificates in one file (PKCS#12, RFC 7292): PBES2 with AES-256-CBC and PBKDF2-HMAC-SHA-256 (RFC 8018), MAC
//! with SHA-256. What `openssl pkcs12` writes today; GOST keys travel in it as PKCS#8 like any other.

pub(crate) mod national;

use std::num::NonZeroU32;

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeEncrypt as _, KeyIvInit as _};
use eush_sign::asn1::{tag, writer};
use eush_sign::{KeyError, oids};
use ring::{digest, hmac, pbkdf2};

use crate::{key, oid};

/// Password of every file. Keys are test keys and the password is no secret.
pub const PASSWORD: &str = "eush-test";

/// A password that everybody knows gains nothing from more.
const ITERATIONS: NonZeroU32 = NonZeroU32::MIN.saturating_add(2047);

/// Makes the file: the key, its certificate first in `chain`, and the certificates above it.
pub(crate) fn file(
    pkcs8: &[u8],
    chain: &[Vec<u8>],
    friendly_name: &str,
    password: &str,
) -> Result<Vec<u8>, KeyError> {
    let key_id = chain
        .first()
        .map(|leaf| digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, leaf).as_ref().to_vec())
        .unwrap_or_default();
    let attributes = attributes(&key_id, friendly_name);
    let certificates = chain
        .iter()
        .enumerate()
        .map(|(at, der)| certificate_bag(der, if at == 0 { &attributes } else { &[] }));
    let (algorithm, encrypted) = encrypt(&writer::sequence(certificates), password)?;
    let encrypted_content =
        writer::sequence([writer::oid(&oids::DATA), algorithm, writer::tlv(tag::context(0), &encrypted)]);
    let encrypted_data = writer::sequence([writer::integer(0), encrypted_content]);
    let certificates_info =
        writer::sequence([writer::oid(&oid::ENCRYPTED_DATA), writer::explicit(0, &encrypted_data)]);

    let (algorithm, encrypted) = encrypt(pkcs8, password)?;
    let key_info = data(&writer::sequence([key_bag(&algorithm, &encrypted, &attributes)]));

    let safe = writer::sequence([certificates_info, key_info]);
    let mac = mac(&safe, password)?;
    Ok(writer::sequence([writer::integer(3), data(&safe), mac]))
}

fn certificate_bag(der: &[u8], attributes: &[u8]) -> Vec<u8> {
    let value = writer::explicit(0, &writer::octets(der));
    let bag = writer::sequence([writer::oid(&oid::PKCS9_X509_CERTIFICATE), value]);
    writer::sequence([
        writer::oid(&oid::PKCS12_CERTIFICATE_BAG),
        writer::explicit(0, &bag),
        attributes.to_vec(),
    ])
}

fn key_bag(algorithm: &[u8], encrypted: &[u8], attributes: &[u8]) -> Vec<u8> {
    let shrouded = writer::sequence([algorithm.to_vec(), writer::octets(encrypted)]);
    writer::sequence([
        writer::oid(&oid::PKCS12_SHROUDED_KEY_BAG),
        writer::explicit(0, &shrouded),
        attributes.to_vec(),
    ])
}

fn data(content: &[u8]) -> Vec<u8> {
    writer::sequence([writer::oid(&oids::DATA), writer::explicit(0, &writer::octets(content))])
}

// Key and leaf carry the same identifier, by which readers pair them.
fn attributes(key_id: &[u8], friendly_name: &str) -> Vec<u8> {
    let attribute = |oid, value| writer::sequence([writer::oid(oid), writer::set_of(vec![value])]);
    let name = writer::tlv(tag::BMP_STRING, &utf16(friendly_name));
    writer::set_of(vec![
        attribute(&oid::PKCS9_FRIENDLY_NAME, name),
        attribute(&oid::PKCS9_LOCAL_KEY_ID, writer::octets(key_id)),
    ])
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// Algorithm identifier and ciphertext.
fn encrypt(plain: &[u8], password: &str) -> Result<(Vec<u8>, Vec<u8>), KeyError> {
    let (salt, iv): ([u8; 16], [u8; 16]) = (key::random()?, key::random()?);
    let mut secret = [0; 32];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ITERATIONS, &salt, password.as_bytes(), &mut secret);
    let cipher = cbc::Encryptor::<aes::Aes256>::new(&secret.into(), &iv.into());
    let encrypted = cipher.encrypt_padded_vec::<Pkcs7>(plain);
    let prf = writer::sequence([writer::oid(&oid::HMAC_WITH_SHA256), writer::null()]);
    let iterations = writer::integer(u64::from(ITERATIONS.get()));
    let derivation = writer::sequence([
        writer::oid(&oid::PBKDF2),
        writer::sequence([writer::octets(&salt), iterations, prf]),
    ]);
    let scheme = writer::sequence([writer::oid(&oid::AES_256_CBC), writer::octets(&iv)]);
    let parameters = writer::sequence([derivation, scheme]);
    Ok((writer::sequence([writer::oid(&oid::PBES2), parameters]), encrypted))
}

fn mac(content: &[u8], password: &str) -> Result<Vec<u8>, KeyError> {
    let salt: [u8; 16] = key::random()?;
    let secret = mac_key(password, &salt, ITERATIONS.get());
    let value = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), content);
    let algorithm = writer::sequence([writer::oid(&oids::SHA256), writer::null()]);
    let digest_info = writer::sequence([algorithm, writer::octets(value.as_ref())]);
    let iterations = writer::integer(u64::from(ITERATIONS.get()));
    Ok(writer::sequence([digest_info, writer::octets(&salt), iterations]))
}

/// RFC 7292, appendix B.2, for the MAC (ID 3) with SHA-256: one round gives all 32 bytes that are needed.
fn mac_key(password: &str, salt: &[u8], iterations: u32) -> Vec<u8> {
    const BLOCK: usize = 64;
    const MAC: u8 = 3;
    let mut text = utf16(password);
    text.extend([0, 0]);
    let fill = |bytes: &[u8]| -> Vec<u8> {
        let length = bytes.len().div_ceil(BLOCK) * BLOCK;
        bytes.iter().copied().cycle().take(length).collect()
    };
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(&[MAC; BLOCK]);
    context.update(&fill(salt));
    context.update(&fill(&text));
    let first = context.finish().as_ref().to_vec();
    (1..iterations).fold(first, |bytes, _| digest::digest(&digest::SHA256, &bytes).as_ref().to_vec())
}

#[cfg(test)]
mod tests {
    use eush_sign::asn1::check_der;

    use super::*;

    #[test]
    fn files_are_der_and_never_twice_the_same() {
        let chain = [vec![0x30, 0x00], vec![0x30, 0x00]];
        let make = || file(&[0x30, 0x00], &chain, "Әйгерім", PASSWORD).unwrap();
        check_der(&make(), 16).unwrap();
        assert_ne!(make(), make());
    }

    // What OpenSSL 3.0's own `PKCS12KDF` answers for the same input:
    // openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt hexpass:00650075007300680000 \
    //   -kdfopt hexsalt:000102030405060708090a0b0c0d0e0f -kdfopt iter:2048 -kdfopt id:3 PKCS12KDF
    #[test]
    fn mac_key_is_openssls() {
        let salt: Vec<u8> = (0..16).collect();
        let expected = "05820D15BC10C7642DBDFC26E94583341C490178B310C8C01417CDA16806810A";
        assert_eq!(crate::certificate::hex(&mac_key("eush", &salt, 2048)), expected);
    }
}
