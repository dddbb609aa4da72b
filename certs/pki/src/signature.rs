//! Whether a signed document is signed: reading, finding the signer's certificate, verifying.

use eush_domain::Rejection;
use eush_sign::cms::{CertificateBinding, CmsError, SignedData};
use eush_sign::{Algorithm, VerifyError};

use crate::Timestamp;
use crate::certificate::Certificate;
use crate::chain::AlgorithmPolicy;
use crate::finding::{Evidence, Failure, rfc3339};

/// A signer whose signature holds. Says nothing of the certificate but that its key made the signature.
#[derive(Clone, Debug)]
pub struct Signer {
    /// The signer's certificate.
    pub certificate: Certificate,
    /// Every other certificate that came along: candidates for the chain.
    pub supplied: Vec<Certificate>,
    /// Algorithm of the signature.
    pub algorithm: Algorithm,
    /// Claimed time of signing.
    pub signing_time: Option<Timestamp>,
    /// What was looked at.
    pub evidence: Evidence,
    /// What a careful reader should know although the signature holds.
    pub warnings: Vec<&'static str>,
}

/// Reads signed data. Nothing at all is `SIGNATURE_MISSING`, anything unreadable `SIGNATURE_MALFORMED`.
pub fn parse(signature: &[u8]) -> Result<SignedData, Failure> {
    if signature.is_empty() {
        return Err(Failure::new(Rejection::SignatureMissing, vec![]));
    }
    SignedData::parse(signature).map_err(|error| {
        let rejection = match &error {
            CmsError::AlgorithmUnknown { .. } => Rejection::SignatureAlgorithmUnsupported,
            CmsError::Encoding(_)
            | CmsError::NotSignedData { .. }
            | CmsError::TooMany { .. }
            | CmsError::Version { .. } => Rejection::SignatureMalformed,
        };
        Failure::new(rejection, vec![("fault", error.to_string())])
    })
}

/// Checks signed data of exactly one signer over detached content.
pub fn check(signed: &SignedData, content: &[u8]) -> Result<Signer, Failure> {
    match signed.signers().len() {
        1 => check_signer(signed, 0, Some(content)),
        signers => Err(Failure::new(Rejection::SignatureMalformed, vec![("signers", signers.to_string())])),
    }
}

/// Checks one signer of several. `content` is the detached content; `None` takes the attached one. SHA-1 and RSA below 2048
/// bits are refused.
pub fn check_signer(signed: &SignedData, index: usize, content: Option<&[u8]>) -> Result<Signer, Failure> {
    check_signer_by(signed, index, content, AlgorithmPolicy::DenyLegacy)
}

/// The same, by a policy on algorithms.
pub fn check_signer_by(
    signed: &SignedData,
    index: usize,
    content: Option<&[u8]>,
    algorithms: AlgorithmPolicy,
) -> Result<Signer, Failure> {
    let Some(info) = signed.signers().get(index) else {
        return Err(Failure::new(Rejection::SignatureMalformed, vec![("signers", "0".to_owned())]));
    };
    let mut evidence: Evidence = vec![("algorithm", info.algorithm().name().to_owned())];
    let candidates = signed.candidates(info);
    if candidates.is_empty() {
        evidence.push(("fault", "signer's certificate is not embedded".to_owned()));
        return Err(Failure::new(Rejection::SignatureMalformed, evidence));
    }
    let mut last = None;
    for der in &candidates {
        match check_candidate(signed, index, content, der, algorithms, &evidence) {
            Ok(signer) => return Ok(signer),
            Err(failure) => last = Some(failure),
        }
    }
    // There was a candidate, so there is a failure; should that ever be wrong, the answer is still a refusal.
    Err(last.unwrap_or_else(|| Failure::new(Rejection::SignatureInvalid, evidence)))
}

fn check_candidate(
    signed: &SignedData,
    index: usize,
    content: Option<&[u8]>,
    der: &[u8],
    algorithms: AlgorithmPolicy,
    evidence: &Evidence,
) -> Result<Signer, Failure> {
    let fail = |rejection, fault: String| {
        let mut evidence = evidence.clone();
        evidence.push(("fault", fault));
        Failure::new(rejection, evidence)
    };
    let info = &signed.signers()[index];
    let certificate =
        Certificate::parse(der).map_err(|error| fail(Rejection::CertificateMalformed, error.to_string()))?;
    let key = certificate
        .public_key()
        .map_err(|error| fail(Rejection::SignatureAlgorithmUnsupported, error.to_string()))?;
    if !algorithms.welcomes(info.algorithm(), key) {
        let fault = "algorithm or key length is not welcome".to_owned();
        return Err(fail(Rejection::SignatureAlgorithmUnsupported, fault));
    }
    let mut warnings = Vec::new();
    match info.binds(der) {
        CertificateBinding::Bound => {}
        CertificateBinding::Other => {
            return Err(fail(Rejection::SignatureInvalid, "signer bound another certificate".to_owned()));
        }
        CertificateBinding::Unbound => warnings.push("certificate-not-bound"),
    }
    signed.verify_signer(index, content, key).map_err(|error| {
        let rejection = match &error {
            VerifyError::AlgorithmUnknown { .. } => Rejection::SignatureAlgorithmUnsupported,
            VerifyError::AlgorithmMismatch { .. }
            | VerifyError::Attributes { .. }
            | VerifyError::Content { .. }
            | VerifyError::ContentDigest
            | VerifyError::Signature
            | VerifyError::SignerUnknown { .. } => Rejection::SignatureInvalid,
        };
        let mut failure = fail(rejection, error.to_string());
        if error == VerifyError::ContentDigest {
            failure.evidence.push(("hash", "mismatch".to_owned()));
        }
        failure
    })?;
    let mut evidence = evidence.clone();
    evidence.push(("serial", certificate.serial_hex()));
    if let Some(time) = info.signing_time() {
        evidence.push(("signingTime", rfc3339(time)));
    }
    let others = signed.certificates().iter().filter(|other| other.as_slice() != der);
    Ok(Signer {
        certificate,
        // What cannot be read cannot be an issuer either.
        supplied: others.filter_map(|other| Certificate::parse(other).ok()).collect(),
        algorithm: info.algorithm(),
        signing_time: info.signing_time(),
        evidence,
        warnings,
    })
}
