//! The signature holds over the exact bytes.

use eush_pki::Certificate;

use super::{Checked, Passed, Unmet, pairs};
use crate::bytes::SignedDocument;

/// What came with a document: a certificate, and whether its key made the signature. Not a proof.
#[derive(Debug)]
pub(crate) struct Presented {
    certificate: Certificate,
    supplied: Vec<Certificate>,
    holds: Result<Vec<String>, Unmet>,
}

impl Presented {
    /// The certificate that the signer presents.
    pub(crate) fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The other certificates that came along.
    pub(crate) fn supplied(&self) -> &[Certificate] {
        &self.supplied
    }
}

/// Reads what came with a document. A signature that does not hold still presents a certificate, so that diagnosis, and
/// a profile that owes no signature, can judge that certificate.
pub(crate) fn present(document: &SignedDocument) -> Result<Presented, Unmet> {
    let signed = eush_pki::signature::parse(&document.signature.0)?;
    match eush_pki::signature::check(&signed, &document.content.0) {
        Ok(signer) => {
            let warnings = signer.warnings.iter().map(|warning| format!("warning={warning}"));
            let evidence = pairs(&signer.evidence).into_iter().chain(warnings).collect();
            Ok(Presented { certificate: signer.certificate, supplied: signer.supplied, holds: Ok(evidence) })
        }
        Err(failure) => {
            let candidate = signed.signers().first().and_then(|signer| {
                signed.candidates(signer).into_iter().find_map(|der| Certificate::parse(der).ok())
            });
            let supplied =
                signed.certificates().iter().filter_map(|der| Certificate::parse(der).ok()).collect();
            match candidate {
                Some(certificate) => Ok(Presented { certificate, supplied, holds: Err(failure.into()) }),
                None => Err(failure.into()),
            }
        }
    }
}

/// Proof that the certificate's key made the signature over the bytes.
#[derive(Debug)]
pub(crate) struct SignatureHolds(());

pub(crate) fn check(presented: &Result<Presented, Unmet>) -> Checked<SignatureHolds> {
    let presented = presented.as_ref().map_err(Clone::clone)?;
    let evidence = presented.holds.clone()?;
    Ok(Passed { proof: SignatureHolds(()), evidence })
}
