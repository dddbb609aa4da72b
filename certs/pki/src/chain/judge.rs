//! One path, judged from the anchor down.

use eush_sign::{Algorithm, KeyAlgorithm, PublicKey};

use super::{AlgorithmPolicy, ChainPolicy, names, policies};
use crate::Timestamp;
use crate::certificate::{Certificate, key_usage};
use crate::trust::Trust;
use crate::validity;

/// What a link breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FaultKind {
    AlgorithmLegacy,
    AlgorithmUnknown,
    BudgetExhausted,
    CriticalExtensionUnknown,
    IssuerExpired,
    IssuerNotYetValid,
    KeyCertSignMissing,
    KeyUnusable,
    NameNotPermitted,
    NotAuthority,
    PathTooLong,
    PolicyNotHeld,
    SerialZero,
    Signature,
}

impl FaultKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::AlgorithmLegacy => "legacy-algorithm",
            Self::AlgorithmUnknown => "unknown-algorithm",
            Self::BudgetExhausted => "too-many-candidates",
            Self::CriticalExtensionUnknown => "critical-extension",
            Self::IssuerExpired => "issuer-expired",
            Self::IssuerNotYetValid => "issuer-not-yet-valid",
            Self::KeyCertSignMissing => "issuer-key-usage",
            Self::KeyUnusable => "unusable-key",
            Self::NameNotPermitted => "name-constraints",
            Self::NotAuthority => "issuer-not-authority",
            Self::PathTooLong => "path-length",
            Self::PolicyNotHeld => "policies",
            Self::SerialZero => "serial-zero",
            Self::Signature => "signature",
        }
    }
}

/// A broken link.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) kind: FaultKind,
    /// Serial number of the certificate at fault.
    pub(super) serial: String,
}

pub(super) fn path(
    path: &[Certificate],
    trust: &Trust,
    at: Timestamp,
    policy: &ChainPolicy,
    budget: &mut usize,
) -> Result<(), Fault> {
    // Cheap rules first: a path that breaks one costs no signature.
    for (position, certificate) in path.iter().enumerate().rev() {
        let fault = |kind| Fault { kind, serial: certificate.serial_hex() };
        if !certificate.extensions().unhandled.is_empty() {
            return Err(fault(FaultKind::CriticalExtensionUnknown));
        }
        let key = certificate.public_key().map_err(|_| fault(FaultKind::KeyUnusable))?;
        check_key(key, policy).map_err(fault)?;
        if position > 0 {
            check_issuer(certificate, &path[..position], at).map_err(fault)?;
        }
        // The anchor is trusted as it is: its own signature and serial number say nothing.
        if position + 1 < path.len() {
            if certificate.serial() == [0] {
                return Err(fault(FaultKind::SerialZero));
            }
            check_algorithm(certificate, policy).map_err(fault)?;
        }
    }
    let leaf = |kind| Fault { kind, serial: path.first().map(Certificate::serial_hex).unwrap_or_default() };
    if !names::hold(path) {
        return Err(leaf(FaultKind::NameNotPermitted));
    }
    if !policies::hold(path, &policy.policies) {
        return Err(leaf(FaultKind::PolicyNotHeld));
    }
    for pair in path.windows(2).rev() {
        let fault = |kind| Fault { kind, serial: pair[0].serial_hex() };
        if trust.has_link(&pair[0], &pair[1]) {
            continue;
        }
        *budget = budget.checked_sub(1).ok_or_else(|| fault(FaultKind::BudgetExhausted))?;
        verify(&pair[0], &pair[1]).map_err(fault)?;
    }
    Ok(())
}

fn check_key(key: &PublicKey, policy: &ChainPolicy) -> Result<(), FaultKind> {
    let short = key.algorithm() == KeyAlgorithm::Rsa && key.bits() < 2048;
    match policy.algorithms {
        AlgorithmPolicy::DenyLegacy if short => Err(FaultKind::AlgorithmLegacy),
        AlgorithmPolicy::DenyLegacy | AlgorithmPolicy::AllowLegacy => Ok(()),
    }
}

fn check_algorithm(certificate: &Certificate, policy: &ChainPolicy) -> Result<(), FaultKind> {
    match (certificate.algorithm(), policy.algorithms) {
        (Err(_), _) => Err(FaultKind::AlgorithmUnknown),
        (Ok(Algorithm::RsaSha1), AlgorithmPolicy::DenyLegacy) => Err(FaultKind::AlgorithmLegacy),
        (Ok(_), AlgorithmPolicy::AllowLegacy | AlgorithmPolicy::DenyLegacy) => Ok(()),
    }
}

// `below` are the certificates under the issuer, leaf first.
fn check_issuer(issuer: &Certificate, below: &[Certificate], at: Timestamp) -> Result<(), FaultKind> {
    if at < issuer.not_before() {
        return Err(FaultKind::IssuerNotYetValid);
    }
    if !validity::within(issuer, at) {
        return Err(FaultKind::IssuerExpired);
    }
    let constraints = issuer.extensions().basic_constraints;
    let Some(constraints) = constraints.filter(|constraints| constraints.ca) else {
        return Err(FaultKind::NotAuthority);
    };
    if issuer.key_usage().is_some_and(|usage| usage & key_usage::KEY_CERT_SIGN == 0) {
        return Err(FaultKind::KeyCertSignMissing);
    }
    let intermediates = below.iter().skip(1).filter(|one| !one.is_self_issued()).count();
    match constraints.path_length {
        Some(limit) if u32::try_from(intermediates).is_ok_and(|count| count > limit) => {
            Err(FaultKind::PathTooLong)
        }
        Some(_) | None => Ok(()),
    }
}

pub(super) fn verify(certificate: &Certificate, issuer: &Certificate) -> Result<(), FaultKind> {
    let algorithm = certificate.algorithm().map_err(|_| FaultKind::AlgorithmUnknown)?;
    let key = issuer.public_key().map_err(|_| FaultKind::KeyUnusable)?;
    key.verify(algorithm, certificate.tbs(), certificate.signature()).map_err(|_| FaultKind::Signature)
}
