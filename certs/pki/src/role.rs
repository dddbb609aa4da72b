//! Whether the key may sign here: key usage first, then the roles of the holder.

use eush_domain::{CertificateRole, Rejection};

use crate::certificate::{Certificate, key_usage};
use crate::finding::{Evidence, Failure, Finding};

/// What the key is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// Nothing in particular: key usage is not compared.
    Any,
    /// Signing documents.
    #[default]
    Signing,
}

/// Demands the key usage of a signature (digitalSignature and nonRepudiation both, RFC 5280, 4.2.1.3, as every signing
/// certificate of the national authority has) and one of the roles. An empty list of roles allows none.
pub fn check(certificate: &Certificate, roles: &[CertificateRole]) -> Result<Finding, Failure> {
    let mut finding = check_usage(certificate)?;
    let held = &certificate.subject().roles;
    finding.evidence.push(("roles", names(held)));
    if held.iter().any(|role| roles.contains(role)) {
        Ok(finding)
    } else {
        finding.evidence.push(("allowedRoles", names(roles)));
        Err(Failure::new(Rejection::RoleNotAllowed, finding.evidence))
    }
}

/// Demands the key usage of a signature alone.
pub fn check_usage(certificate: &Certificate) -> Result<Finding, Failure> {
    let usage = certificate.key_usage();
    let evidence: Evidence = vec![("keyUsage", key_usage::names(usage))];
    let needed = key_usage::DIGITAL_SIGNATURE | key_usage::NON_REPUDIATION;
    match usage {
        Some(bits) if bits & needed == needed => Ok(Finding::of(evidence)),
        Some(_) | None => Err(Failure::new(Rejection::KeyUsageNotAllowed, evidence)),
    }
}

fn names(roles: &[CertificateRole]) -> String {
    roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(" ")
}
