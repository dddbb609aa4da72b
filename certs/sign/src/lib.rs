//! Keys, raw signatures, building and raw verifying of CMS signed data.
//!
//! What it is not: it judges nothing. Whether a certificate leads to a trusted root, whether an algorithm is still
//! welcome and who may sign is `eush-pki`'s business; here a signature holds over bytes or it does not.

pub mod algorithm;
pub mod asn1;
pub mod cms;
mod error;
mod key;
pub mod oids;
pub mod pem;
pub mod pkcs12;
mod secret;

pub use algorithm::{Algorithm, DigestAlgorithm, KeyAlgorithm};
pub use asn1::DerError;
pub use error::{KeyError, SignError, VerifyError};
pub use key::{PublicKey, signature_identifier, verify};
pub use secret::SigningKey;
