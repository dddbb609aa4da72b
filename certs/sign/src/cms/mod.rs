//! CMS signed data (RFC 5652) in the CAdES-BES shape: building, strict reading, raw verifying.
//!
//! What is signed is always the set of signed attributes, never the content itself: a signature without attributes is
//! refused, since such a signature over attributes taken as content could stand for another document.

mod build;
mod certificate;
mod parse;
mod verify;

pub use build::{Attachment, Signing, sign_attached, sign_detached};
pub use parse::{CertificateHash, CmsError, SignedData, SignerId, SignerInfo};
pub use verify::CertificateBinding;

/// SubjectPublicKeyInfo of a certificate in DER.
pub(crate) fn certificate_spki(certificate: &[u8]) -> Result<&[u8], crate::DerError> {
    Ok(certificate::fields(certificate)?.spki)
}

#[cfg(test)]
mod tests;
