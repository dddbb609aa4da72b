//! Digests: Streebog, and the older 34.11-94 in its two sets of S-boxes.

mod hmac;
mod streebog;
mod tables;

pub(crate) use hmac::Hmac;
pub(crate) use streebog::Width;

use gost94::Digest as _;
use streebog::Streebog;

/// A digest algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Digest {
    /// GOST R 34.11-94 with the CryptoPro S-boxes (RFC 4357 section 11.2), as Russian certificates of 2001 use it.
    Gost94CryptoPro,
    /// GOST R 34.11-94 with the test S-boxes (RFC 4357 section 11.2), which is what 34.311-95 means in Kazakh
    /// certificates.
    Gost94Test,
    /// GOST R 34.11-2012, 256 bits (RFC 6986).
    Streebog256,
    /// GOST R 34.11-2012, 512 bits (RFC 6986).
    Streebog512,
}

impl Digest {
    /// Bytes in the digest: 32 or 64.
    pub const fn width(self) -> usize {
        match self {
            Self::Gost94CryptoPro | Self::Gost94Test | Self::Streebog256 => 32,
            Self::Streebog512 => 64,
        }
    }

    /// Starts a computation.
    pub fn hasher(self) -> Hasher {
        Hasher(match self {
            Self::Gost94CryptoPro => State::Gost94CryptoPro(gost94::Gost94CryptoPro::new()),
            Self::Gost94Test => State::Gost94Test(gost94::Gost94Test::new()),
            Self::Streebog256 => State::Streebog(Box::new(Streebog::new(Width::Bits256))),
            Self::Streebog512 => State::Streebog(Box::new(Streebog::new(Width::Bits512))),
        })
    }

    /// The digest of a whole message, in the byte order in which certificates and CMS carry it.
    pub fn of(self, message: &[u8]) -> Vec<u8> {
        let mut hasher = self.hasher();
        hasher.update(message);
        hasher.finish()
    }
}

/// A digest under way: feed it with [`update`](Self::update), close it with [`finish`](Self::finish).
#[derive(Clone, Debug)]
pub struct Hasher(State);

#[derive(Clone, Debug)]
enum State {
    Gost94CryptoPro(gost94::Gost94CryptoPro),
    Gost94Test(gost94::Gost94Test),
    Streebog(Box<Streebog>),
}

impl Hasher {
    /// Takes in more of the message.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.0 {
            State::Gost94CryptoPro(state) => state.update(data),
            State::Gost94Test(state) => state.update(data),
            State::Streebog(state) => state.update(data),
        }
    }

    /// The digest of all that was taken in.
    pub fn finish(self) -> Vec<u8> {
        match self.0 {
            State::Gost94CryptoPro(state) => state.finalize().to_vec(),
            State::Gost94Test(state) => state.finalize().to_vec(),
            State::Streebog(state) => state.finish(),
        }
    }
}
