//! Making keys, serial numbers and salts.
//!
//! RSA keys come from RustCrypto's `rsa`: ring makes none. The crate's known timing leak is in decryption, which nothing
//! here does, and the keys are test keys.

use std::convert::Infallible;

use eush_sign::{KeyError, SigningKey};
use ring::digest;
use ring::rand::{SecureRandom as _, SystemRandom};
use rsa::pkcs8::EncodePrivateKey as _;
use rsa::rand_core::{TryCryptoRng, TryRng};

use crate::model::KeyAlgorithm;

const RSA_BITS: usize = 2048;

/// A new key. An RSA key takes from a tenth of a second to some seconds.
pub(crate) fn generate(algorithm: KeyAlgorithm) -> Result<SigningKey, KeyError> {
    match algorithm {
        KeyAlgorithm::Gost2015_512 => SigningKey::generate_gost(eush_sign::KeyAlgorithm::Gost2015_512),
        KeyAlgorithm::Rsa2048 => {
            let mut source = Expansion::of(random()?);
            let key = rsa::RsaPrivateKey::new(&mut source, RSA_BITS)
                .map_err(|_| KeyError::Invalid { reason: "the RSA key was not made" })?;
            let pkcs8 = key
                .to_pkcs8_der()
                .map_err(|_| KeyError::Invalid { reason: "the RSA key was not encoded" })?;
            SigningKey::from_pkcs8_der(pkcs8.as_bytes())
        }
    }
}

/// Bytes from the system's generator.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], KeyError> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| KeyError::Invalid { reason: "the system's generator failed" })?;
    Ok(bytes)
}

/// A serial number as the national authority's: 20 bytes, positive, without a leading zero.
pub(crate) fn serial() -> Result<[u8; 20], KeyError> {
    let mut serial: [u8; 20] = random()?;
    serial[0] = serial[0] & 0x3f | 0x40;
    Ok(serial)
}

/// Random bytes expanded from a random seed: SHA-512 over seed and counter.
///
/// Making an RSA key wants a source that cannot fail; the system's can. So the system is asked once, for the seed, where
/// its failure is an error and not a panic.
struct Expansion {
    seed: [u8; 32],
    counter: u64,
}

impl Expansion {
    fn of(seed: [u8; 32]) -> Self {
        Self { seed, counter: 0 }
    }

    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(digest::SHA512_OUTPUT_LEN) {
            let mut context = digest::Context::new(&digest::SHA512);
            context.update(&self.seed);
            context.update(&self.counter.to_be_bytes());
            self.counter += 1;
            let block = context.finish();
            chunk.copy_from_slice(&block.as_ref()[..chunk.len()]);
        }
    }
}

impl TryRng for Expansion {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Expansion {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expansion_never_repeats_a_block_and_depends_on_the_seed() {
        let draw = |seed: u8| {
            let mut bytes = [0; 200];
            Expansion::of([seed; 32]).fill(&mut bytes);
            bytes
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1)[..64], draw(2)[..64]);
        assert_ne!(draw(1)[..64], draw(1)[64..128]);
        assert_ne!(draw(1)[136..], [0; 64]);
    }

    #[test]
    fn serial_numbers_are_twenty_bytes_and_positive() {
        for _ in 0..100 {
            assert!((0x40..0x80).contains(&serial().unwrap()[0]));
        }
    }

    #[test]
    fn keys_sign_with_their_algorithm() {
        let gost = generate(KeyAlgorithm::Gost2015_512).unwrap();
        assert_eq!(gost.algorithm(), eush_sign::Algorithm::Gost2015_512);
        let rsa = generate(KeyAlgorithm::Rsa2048).unwrap();
        assert_eq!(rsa.algorithm(), eush_sign::Algorithm::RsaSha256);
        assert_eq!(rsa.public_key().bits(), RSA_BITS);
        for key in [gost, rsa] {
            let signature = key.sign(b"message").unwrap();
            key.public_key().verify(key.algorithm(), b"message", &signature).unwrap();
        }
    }
}
