//! Decryption: the old schemes of PKCS#12 (SHA-1 with triple DES or RC2) and PBES2 (PBKDF2 with AES or triple DES).

use std::num::NonZeroU32;

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt as _, InnerIvInit as _, KeyIvInit as _};
use ring::pbkdf2;

use super::Pkcs12Error;
use super::derive::{Purpose, Rounds, derive, salt_and_rounds};
use crate::algorithm::DigestAlgorithm;
use crate::asn1::{DerError, Reader, Tlv, tag};
use crate::oids::Oid;

const SHA_3DES: Oid = Oid::new_unwrap("1.2.840.113549.1.12.1.3");
const SHA_2DES: Oid = Oid::new_unwrap("1.2.840.113549.1.12.1.4");
const SHA_RC2_128: Oid = Oid::new_unwrap("1.2.840.113549.1.12.1.5");
const SHA_RC2_40: Oid = Oid::new_unwrap("1.2.840.113549.1.12.1.6");
const PBES2: Oid = Oid::new_unwrap("1.2.840.113549.1.5.13");
const PBKDF2: Oid = Oid::new_unwrap("1.2.840.113549.1.5.12");
const HMAC_SHA1: Oid = Oid::new_unwrap("1.2.840.113549.2.7");
const HMAC_SHA256: Oid = Oid::new_unwrap("1.2.840.113549.2.9");
const HMAC_SHA384: Oid = Oid::new_unwrap("1.2.840.113549.2.10");
const HMAC_SHA512: Oid = Oid::new_unwrap("1.2.840.113549.2.11");
const AES128_CBC: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.1.2");
const AES192_CBC: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.1.22");
const AES256_CBC: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.1.42");
const DES_EDE3_CBC: Oid = Oid::new_unwrap("1.2.840.113549.3.7");

/// A cipher in CBC mode.
#[derive(Clone, Copy)]
enum Cipher {
    Aes128,
    Aes192,
    Aes256,
    Rc2 { effective_bits: usize },
    Tdes2,
    Tdes3,
}

pub(super) fn decrypt(
    algorithm: &Tlv<'_>,
    ciphertext: &[u8],
    password: &str,
    rounds: &mut Rounds,
) -> Result<Vec<u8>, Pkcs12Error> {
    let mut identifier = algorithm.reader();
    let oid = identifier.oid()?;
    let (cipher, key_length) = match oid {
        SHA_3DES => (Cipher::Tdes3, 24),
        SHA_2DES => (Cipher::Tdes2, 16),
        SHA_RC2_128 => (Cipher::Rc2 { effective_bits: 128 }, 16),
        SHA_RC2_40 => (Cipher::Rc2 { effective_bits: 40 }, 5),
        PBES2 => return pbes2(&mut identifier, ciphertext, password, rounds),
        other => return Err(unknown(&other)),
    };
    let (salt, count) = salt_and_rounds(&mut identifier, rounds)?;
    let derived = |purpose, length| derive(DigestAlgorithm::Sha1, purpose, password, salt, count, length);
    cbc_decrypt(cipher, &derived(Purpose::Key, key_length), &derived(Purpose::Iv, 8), ciphertext)
}

fn unknown(oid: &Oid) -> Pkcs12Error {
    Pkcs12Error::AlgorithmUnknown { oid: oid.to_string() }
}

fn pbes2(
    identifier: &mut Reader<'_>,
    ciphertext: &[u8],
    password: &str,
    rounds: &mut Rounds,
) -> Result<Vec<u8>, Pkcs12Error> {
    let mut parameters = identifier.sequence()?;
    let mut derivation = parameters.sequence()?;
    let mut encryption = parameters.sequence()?;
    parameters.finish()?;
    let oid = derivation.oid()?;
    if oid != PBKDF2 {
        return Err(unknown(&oid));
    }
    let mut pbkdf2_parameters = derivation.sequence()?;
    let salt = pbkdf2_parameters.octets()?;
    // Two blocks of the smallest digest make the longest key.
    let count = rounds.take(pbkdf2_parameters.small()?, 2)?;
    if pbkdf2_parameters.peek() == Some(tag::INTEGER) {
        let _key_length = pbkdf2_parameters.small()?;
    }
    let prf = if pbkdf2_parameters.is_empty() { HMAC_SHA1 } else { pbkdf2_parameters.sequence()?.oid()? };
    let prf = match prf {
        HMAC_SHA1 => pbkdf2::PBKDF2_HMAC_SHA1,
        HMAC_SHA256 => pbkdf2::PBKDF2_HMAC_SHA256,
        HMAC_SHA384 => pbkdf2::PBKDF2_HMAC_SHA384,
        HMAC_SHA512 => pbkdf2::PBKDF2_HMAC_SHA512,
        other => return Err(unknown(&other)),
    };
    let (cipher, length) = match encryption.oid()? {
        AES128_CBC => (Cipher::Aes128, 16),
        AES192_CBC => (Cipher::Aes192, 24),
        AES256_CBC => (Cipher::Aes256, 32),
        DES_EDE3_CBC => (Cipher::Tdes3, 24),
        other => return Err(unknown(&other)),
    };
    let iv = encryption.octets()?;
    let count = NonZeroU32::new(count).ok_or(DerError::Value { what: "at least one round" })?;
    let mut key = vec![0; length];
    pbkdf2::derive(prf, count, salt, password.as_bytes(), &mut key);
    cbc_decrypt(cipher, &key, iv, ciphertext)
}

fn cbc_decrypt(cipher: Cipher, key: &[u8], iv: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>, Pkcs12Error> {
    macro_rules! by {
        ($cipher:ty) => {
            cbc::Decryptor::<$cipher>::new_from_slices(key, iv)
                .map_err(|_| Pkcs12Error::Decryption)?
                .decrypt_padded_vec::<Pkcs7>(ciphertext)
        };
    }
    let plain = match cipher {
        Cipher::Aes128 => by!(aes::Aes128),
        Cipher::Aes192 => by!(aes::Aes192),
        Cipher::Aes256 => by!(aes::Aes256),
        Cipher::Tdes2 => by!(des::TdesEde2),
        Cipher::Tdes3 => by!(des::TdesEde3),
        Cipher::Rc2 { effective_bits } => {
            let cipher = rc2::Rc2::new_with_eff_key_len(key, effective_bits);
            let iv: [u8; 8] = iv.try_into().map_err(|_| Pkcs12Error::Decryption)?;
            cbc::Decryptor::inner_iv_init(cipher, &iv.into()).decrypt_padded_vec::<Pkcs7>(ciphertext)
        }
    };
    plain.map_err(|_| Pkcs12Error::Decryption)
}
