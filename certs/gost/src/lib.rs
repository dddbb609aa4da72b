//! GOST R 34.10-2012 signatures of 256 and 512 bits, and GOST 34.310-2004, as certificates in Kazakhstan carry
//! them.
//!
//! Kazakh certificates use the curves of the Russian standards, but their own object identifiers and their own
//! order of bytes in a signature, so that a library for Russian certificates rejects every one of them. This crate
//! speaks both conventions. It knows no X.509: it starts from the bytes of a key, a digest and a signature.
//!
//! ```
//! use eush_gost::{Curve, Digest, Encoding, SigningKey, VerifyingKey};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = SigningKey::derive(Curve::Tc26_512A, b"a seed of a test key")?;
//! let signature = key.sign(Digest::Streebog512, b"message", Encoding::Kazakh)?;
//!
//! let public = VerifyingKey::from_bytes(Curve::Tc26_512A, key.verifying_key().to_bytes())?;
//! public.verify(Digest::Streebog512, b"message", &signature, Encoding::Kazakh)?;
//! # Ok(())
//! # }
//! ```
//!
//! # Test keys only
//!
//! Everything runs in variable time: branches, table look-ups and loop counts depend on secrets, and secrets are
//! not wiped. Verifying needs none of that. Signing is for the test keys of a simulator and **never for a real
//! key**.
//!
//! # What a digest, a key and a signature are
//!
//! - A digest is taken as a little-endian number modulo the group order q, with 1 in place of 0.
//! - A public key is X then Y, a secret a number from 1 to q - 1, all little-endian and of the curve's full width.
//! - A signature is two numbers from 1 to q - 1; [`Encoding`] says in which order.
//!
//! Every length is exact, and every number that is out of range is an error of its own: see [`VerifyError`].
//!
//! # How it is fast
//!
//! Primes next to a power of two have a field of their own; that of 256 D, that of the 512-bit example and the orders of
//! the groups use Montgomery's form.
//! Multiples of a base point come from a comb built once a process, those of a key either from a window made for
//! one signature or from a comb of its own ([`PreparedKey`]). Nothing is inverted in the field to compare the
//! abscissa, and the one inversion modulo q is done by division steps. On sets A and B of 512 bits, and processors with
//! AVX2, a key without tables is multiplied by a scalar of half the length, side by side with the point of `r`.

mod curve;
mod encoding;
mod error;
mod field;
mod hash;
mod inverse;
mod limbs;
mod nonce;
pub mod oids;
mod pair;
mod shorten;
mod sign;
mod verify;

pub use curve::Curve;
pub use encoding::Encoding;
pub use error::{SignError, SignatureNumber, VerifyError};
pub use hash::{Digest, Hasher};
pub use oids::Algorithm;
pub use sign::SigningKey;
pub use verify::{PreparedKey, VerifyingKey};
