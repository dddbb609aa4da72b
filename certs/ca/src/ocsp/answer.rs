//! Writing an answer (RFC 6960, 4.2) as the national authority's responder does: thisUpdate is producedAt, and of a serial
//! number that was never issued it says "revoked since 1970, certificateHold" with the extension of 4.4.8.

use eush_domain::Timestamp;
use eush_sign::asn1::{tag, writer};
use eush_sign::{SigningKey, signature_identifier};

use crate::certificate::{Critical, extension};
use crate::error::PublishError;
use crate::model::{Revocation, RevocationReason};
use crate::oid;

/// Status of a response that has no answer in it (RFC 6960, 4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    InternalError,
    MalformedRequest,
    TryLater,
    Unauthorized,
}

impl Refusal {
    /// The whole response.
    pub(crate) fn der(self) -> Vec<u8> {
        let code = match self {
            Self::MalformedRequest => 1,
            Self::InternalError => 2,
            Self::TryLater => 3,
            Self::Unauthorized => 6,
        };
        writer::sequence([writer::enumerated(code)])
    }
}

/// What is said of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Good,
    NeverIssued,
    Revoked(Revocation),
}

/// What is said and by whom.
pub(crate) struct Answer<'a> {
    /// Responder's name, DER.
    pub(crate) responder: &'a [u8],
    /// Responder's certificate, DER.
    pub(crate) certificate: &'a [u8],
    pub(crate) produced_at: Timestamp,
    pub(crate) next_update: Option<Timestamp>,
    /// CertID, DER, and what is said of it.
    pub(crate) singles: Vec<(Vec<u8>, Status)>,
    /// Value of the nonce extension.
    pub(crate) nonce: Option<Vec<u8>>,
}

impl Answer<'_> {
    /// The whole response, signed.
    pub(crate) fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, PublishError> {
        let produced_at = writer::generalized_time(self.produced_at)?;
        let next_update = match self.next_update {
            Some(at) => writer::explicit(0, &writer::generalized_time(at)?),
            None => Vec::new(),
        };
        let singles = self
            .singles
            .iter()
            .map(|(id, status)| Ok(writer::sequence([id, &status.der()?, &produced_at, &next_update])))
            .collect::<Result<Vec<_>, PublishError>>()?;
        let mut extensions = Vec::new();
        extensions.extend(self.nonce.as_ref().map(|nonce| extension(&oid::OCSP_NONCE, Critical::No, nonce)));
        if self.singles.iter().any(|single| single.1 == Status::NeverIssued) {
            extensions.push(extension(&oid::OCSP_EXTENDED_REVOKE, Critical::No, &writer::null()));
        }
        let extensions = match &extensions[..] {
            [] => Vec::new(),
            some => writer::explicit(1, &writer::sequence(some)),
        };
        let tbs = writer::sequence([
            writer::explicit(1, self.responder),
            produced_at,
            writer::sequence(singles),
            extensions,
        ]);
        let signature = writer::bit_bytes(&key.sign(&tbs)?);
        let certificates = writer::explicit(0, &writer::sequence([self.certificate]));
        let basic = writer::sequence([tbs, signature_identifier(key.algorithm()), signature, certificates]);
        let bytes = writer::sequence([writer::oid(&oid::OCSP_BASIC), writer::octets(&basic)]);
        Ok(writer::sequence([writer::enumerated(0), writer::explicit(0, &bytes)]))
    }
}

impl Status {
    fn der(self) -> Result<Vec<u8>, PublishError> {
        let revocation = match self {
            Self::Good => return Ok(writer::tlv(tag::context(0), &[])),
            Self::NeverIssued => {
                Revocation { at: Timestamp::UNIX_EPOCH, reason: RevocationReason::CertificateHold }
            }
            Self::Revoked(revocation) => revocation,
        };
        // As on lists, "unspecified" is left out.
        let reason = match revocation.reason.code() {
            0 => Vec::new(),
            code => writer::explicit(0, &writer::enumerated(code)),
        };
        let at = writer::generalized_time(revocation.at)?;
        Ok(writer::constructed(tag::context_constructed(1), [at, reason]))
    }
}
