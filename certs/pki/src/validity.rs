//! Whether the time of judgement lies within the certificate's period, both ends included (RFC 5280, 4.1.2.5).

use eush_domain::Rejection;

use crate::Timestamp;
use crate::certificate::Certificate;
use crate::finding::{Failure, Finding, rfc3339};

/// Compares the period of this certificate alone with the time of judgement. The periods of its issuers belong to
/// [`crate::chain`]; whether a certificate outlives its issuer is nobody's question, since real chains do not nest.
pub fn check(certificate: &Certificate, at: Timestamp) -> Result<Finding, Failure> {
    let evidence = vec![
        ("at", rfc3339(at)),
        ("notBefore", rfc3339(certificate.not_before())),
        ("notAfter", rfc3339(certificate.not_after())),
    ];
    if at < certificate.not_before() {
        return Err(Failure::new(Rejection::CertificateNotYetValid, evidence));
    }
    if !within(certificate, at) {
        return Err(Failure::new(Rejection::CertificateExpired, evidence));
    }
    Ok(Finding::of(evidence))
}

// `notAfter` names a whole second, which is the last one of the period. A second is not added to it: certificates that never
// expire name the last one there is (RFC 5280, 4.1.2.5).
pub(crate) fn within(certificate: &Certificate, at: Timestamp) -> bool {
    at >= certificate.not_before() && at - certificate.not_after() < time::Duration::SECOND
}
