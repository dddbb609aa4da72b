//! Keys from passwords: the derivation of RFC 7292, appendix B, and the MAC that it serves.

use ring::hmac;

use super::Pkcs12Error;
use crate::algorithm::DigestAlgorithm;
use crate::asn1::{DerError, Reader, Tlv};

/// Most rounds done for one store, all of its keys together: seconds at the very most. Real stores ask for 1,024 to 600,000 a
/// key and have a handful of keys.
pub(super) const MAX_ITERATIONS: u32 = 8_000_000;

/// What is left of the rounds: a store of many small parts, each of which asks for the most, ends here.
#[derive(Debug)]
pub(super) struct Rounds(u32);

impl Rounds {
    pub(super) fn new() -> Self {
        Self(MAX_ITERATIONS)
    }

    /// Takes so many rounds, `times` over.
    pub(super) fn take(&mut self, count: u32, times: u32) -> Result<u32, Pkcs12Error> {
        if count == 0 {
            return Err(DerError::Value { what: "at least one round" }.into());
        }
        let iterations = count.saturating_mul(times);
        match self.0.checked_sub(iterations) {
            Some(left) => {
                self.0 = left;
                Ok(count)
            }
            None => Err(Pkcs12Error::Iterations { iterations, limit: MAX_ITERATIONS }),
        }
    }
}

/// What the derived bytes are for (RFC 7292, appendix B.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A key of a cipher.
    Key = 1,
    /// Its initial vector.
    Iv = 2,
    /// A key of a MAC.
    Mac = 3,
}

// Bytes of a block of the digest.
fn block(digest: DigestAlgorithm) -> usize {
    match digest {
        DigestAlgorithm::Sha384 | DigestAlgorithm::Sha512 => 128,
        DigestAlgorithm::Gost34311 => 32,
        DigestAlgorithm::Sha1
        | DigestAlgorithm::Sha256
        | DigestAlgorithm::Streebog256
        | DigestAlgorithm::Streebog512 => 64,
    }
}

/// Derives `length` bytes (RFC 7292, appendix B.2). The password counts as UTF-16, big-endian, with a terminator.
pub fn derive(
    digest: DigestAlgorithm,
    purpose: Purpose,
    password: &str,
    salt: &[u8],
    iterations: u32,
    length: usize,
) -> Vec<u8> {
    let block = block(digest);
    let password: Vec<u8> = password.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect();
    let filled = |bytes: &[u8]| -> Vec<u8> {
        let whole = bytes.len().div_ceil(block) * block;
        bytes.iter().copied().cycle().take(whole).collect()
    };
    let mut input = [filled(salt), filled(&password)].concat();
    let diversifier = vec![purpose as u8; block];
    let mut out = Vec::with_capacity(length);
    while out.len() < length {
        let mut round = digest.digest(&[&diversifier[..], &input].concat());
        for _ in 1..iterations {
            round = digest.digest(&round);
        }
        out.extend_from_slice(&round);
        // Every block of the input grows by the round's bytes plus one, as a number of its width.
        for chunk in input.chunks_exact_mut(block) {
            let mut carry = 1_u16;
            for (place, byte) in chunk.iter_mut().enumerate().rev() {
                let sum = u16::from(*byte) + u16::from(round[place % round.len()]) + carry;
                // The low byte stays, the rest is carried.
                *byte = (sum & 0xff) as u8;
                carry = sum >> 8;
            }
        }
    }
    out.truncate(length);
    out
}

/// Checks the MAC over the contents.
pub(super) fn check_mac(
    mac: &Tlv<'_>,
    contents: &[u8],
    password: &str,
    rounds: &mut Rounds,
) -> Result<(), Pkcs12Error> {
    let mut mac = mac.reader();
    let mut info = mac.sequence()?;
    let oid = info.algorithm()?;
    let expected = info.octets()?;
    let salt = mac.octets()?;
    let count = if mac.is_empty() { 1 } else { rounds.take(mac.small()?, 1)? };
    mac.finish()?;
    let unknown = || Pkcs12Error::AlgorithmUnknown { oid: oid.to_string() };
    let digest = DigestAlgorithm::from_oid(&oid).ok_or_else(unknown)?;
    let algorithm = match digest {
        DigestAlgorithm::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        DigestAlgorithm::Sha256 => hmac::HMAC_SHA256,
        DigestAlgorithm::Sha384 => hmac::HMAC_SHA384,
        DigestAlgorithm::Sha512 => hmac::HMAC_SHA512,
        DigestAlgorithm::Gost34311 | DigestAlgorithm::Streebog256 | DigestAlgorithm::Streebog512 => {
            return Err(unknown());
        }
    };
    let length = algorithm.digest_algorithm().output_len();
    let key = derive(digest, Purpose::Mac, password, salt, count, length);
    hmac::verify(&hmac::Key::new(algorithm, &key), contents, expected).map_err(|_| Pkcs12Error::Password)
}

/// Reads what every old scheme has for parameters: SEQUENCE { salt, rounds }.
pub(super) fn salt_and_rounds<'a>(
    parameters: &mut Reader<'a>,
    rounds: &mut Rounds,
) -> Result<(&'a [u8], u32), Pkcs12Error> {
    let mut parameters = parameters.sequence()?;
    let salt = parameters.octets()?;
    // The key takes two blocks of the digest at most, the initial vector one.
    let count = rounds.take(parameters.small()?, 3)?;
    parameters.finish()?;
    Ok((salt, count))
}
