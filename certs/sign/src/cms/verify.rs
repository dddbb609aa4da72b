//! The verifying half: content, digest, attributes and signature belong together, or they do not.

use super::parse::{SignedData, SignerInfo};
use crate::error::VerifyError;
use crate::key::{PublicKey, verify};

/// Whether a signer bound the certificate that is taken for its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateBinding {
    /// The signed attributes carry the digest of this certificate.
    Bound,
    /// They carry the digest of another certificate, or one of an unknown algorithm.
    Other,
    /// They carry none.
    Unbound,
}

impl SignerInfo {
    /// Compares signingCertificate(V2) with a certificate in DER.
    pub fn binds(&self, certificate: &[u8]) -> CertificateBinding {
        match &self.signing_certificate {
            None => CertificateBinding::Unbound,
            Some(bound) => match bound.algorithm {
                Some(algorithm) if algorithm.digest(certificate) == bound.hash => CertificateBinding::Bound,
                Some(_) | None => CertificateBinding::Other,
            },
        }
    }
}

impl SignedData {
    /// The content that the signatures are about: what is attached, or what is given apart. Both may be there if they
    /// are equal.
    pub fn signed_content<'a>(&'a self, apart: Option<&'a [u8]>) -> Result<&'a [u8], VerifyError> {
        match (self.content.as_deref(), apart) {
            (None, None) => Err(VerifyError::Content { reason: "none attached and none given" }),
            (Some(within), Some(apart)) if within != apart => {
                Err(VerifyError::Content { reason: "attached content differs from the given one" })
            }
            (Some(content), _) | (None, Some(content)) => Ok(content),
        }
    }

    /// Verifies one signer's digest, attributes and signature with a key. `content` is the detached content; `None`
    /// takes the attached one.
    pub fn verify_signer(
        &self,
        index: usize,
        content: Option<&[u8]>,
        key: &PublicKey,
    ) -> Result<(), VerifyError> {
        let signer = self
            .signers
            .get(index)
            .ok_or(VerifyError::SignerUnknown { index, signers: self.signers.len() })?;
        let content = self.signed_content(content)?;
        let reason = |reason| VerifyError::Attributes { reason };
        let attributes = signer.attributes.as_deref().ok_or(reason("there are none"))?;
        if signer.content_type.ok_or(reason("contentType is missing"))? != self.content_type {
            return Err(reason("contentType differs from the content's"));
        }
        let expected = signer.message_digest.as_deref().ok_or(reason("messageDigest is missing"))?;
        match signer.algorithm.digest() {
            Some(digest) if digest != signer.digest => {
                return Err(reason("digest and signature algorithm do not go together"));
            }
            Some(_) | None => {}
        }
        if signer.digest.digest(content) != expected {
            return Err(VerifyError::ContentDigest);
        }
        verify(key, signer.algorithm, attributes, &signer.signature)
    }
}
