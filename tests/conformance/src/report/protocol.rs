//! The signed test protocol: the report and its signature in one file, CMS with the report attached (`.p7m`), so that
//! `openssl cms -verify` reads it as well as we do. It proves that the file is whole and whose key signed it, not that
//! the signer had a right to: for that its reader compares the fingerprint of the certificate.

use eush_sign::{SignError, SigningKey, cms, pem};
use eush_wire::conformance::v1::Report;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use crate::judge::signature;
use crate::suite::ReadError;
use crate::words;

/// A key with its certificates.
#[derive(Debug)]
pub struct Signer {
    key: SigningKey,
    leaf: Vec<u8>,
    chain: Vec<Vec<u8>>,
}

impl Signer {
    /// Of PKCS#8 and certificates in DER, the signer's own first. RSA keys make protocols that openssl reads.
    pub fn from_der(pkcs8: &[u8], certificates: &[Vec<u8>]) -> Result<Self, ProtocolError> {
        let key = SigningKey::from_pkcs8_der(pkcs8)
            .map_err(|error| ProtocolError::Key { cause: error.to_string() })?;
        let (leaf, chain) = certificates
            .split_first()
            .ok_or(ProtocolError::Key { cause: "there is no certificate".to_owned() })?;
        Ok(Self { key, leaf: leaf.clone(), chain: chain.to_vec() })
    }

    /// Of PEM texts: an unencrypted PKCS#8 key and certificates, the signer's own first. One text may hold both.
    pub fn from_pem(text: &str) -> Result<Self, ProtocolError> {
        let blocks =
            pem::decode_all(text).map_err(|error| ProtocolError::Key { cause: error.to_string() })?;
        let key = blocks.iter().find(|(label, _)| label == pem::PRIVATE_KEY).ok_or(ProtocolError::Key {
            cause: "there is no `PRIVATE KEY`; convert with openssl pkcs8 -topk8 -nocrypt".to_owned(),
        })?;
        let certificates: Vec<Vec<u8>> = blocks
            .iter()
            .filter(|(label, _)| label == pem::CERTIFICATE)
            .map(|(_, der)| der.clone())
            .collect();
        Self::from_der(&key.1, &certificates)
    }
}

/// Why a protocol cannot be made or does not hold.
#[derive(Debug, thiserror::Error)]
pub enum ProtocolError {
    /// The key cannot be used.
    #[error("the key cannot be used: {cause}")]
    Key {
        /// Why.
        cause: String,
    },
    /// The report within cannot be read.
    #[error("the report within cannot be read: {0}")]
    Report(#[from] ReadError),
    /// The signature does not hold.
    #[error("the protocol does not hold: {cause}")]
    Signature {
        /// Why.
        cause: String,
    },
    /// It could not be signed.
    #[error("it could not be signed: {0}")]
    Sign(#[from] SignError),
}

/// A signed protocol.
#[derive(Clone, Debug)]
pub struct Protocol {
    /// CMS SignedData, DER, with the report attached.
    pub der: Vec<u8>,
}

/// What a protocol that holds says.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The report.
    pub report: Report,
    /// Common name in the signer's certificate.
    pub signer: String,
    /// SHA-256 of the signer's certificate, lower-case hex: what the reader compares.
    pub fingerprint: String,
    /// When it says to have been signed.
    pub signed_at: Option<OffsetDateTime>,
}

/// Signs a report.
pub fn sign(report: &Report, signer: &Signer, at: OffsetDateTime) -> Result<Protocol, ProtocolError> {
    let text = super::json(report);
    let der = cms::sign_attached(text.as_bytes(), &signer.key, &signer.leaf, &signer.chain, at)?;
    Ok(Protocol { der })
}

/// Verifies a protocol and reads its report.
pub fn verify(der: &[u8]) -> Result<Verified, ProtocolError> {
    let signed = signature::verify_cms(None, der).map_err(|cause| ProtocolError::Signature { cause })?;
    let broken = |error: cms::CmsError| ProtocolError::Signature { cause: error.to_string() };
    let data = cms::SignedData::parse(der).map_err(broken)?;
    let content =
        data.content().ok_or(ProtocolError::Signature { cause: "it has no report within".to_owned() })?;
    let text = std::str::from_utf8(content)
        .map_err(|error| ProtocolError::Signature { cause: error.to_string() })?;
    Ok(Verified {
        report: super::read("report", text)?,
        signer: signed.holder.common_name,
        fingerprint: words::hex(&Sha256::digest(&signed.leaf)),
        signed_at: data.signers().first().and_then(cms::SignerInfo::signing_time),
    })
}
