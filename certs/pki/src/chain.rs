//! Whether a chain leads from a certificate to a trusted root, and every link holds (RFC 5280, section 6.1).
//!
//! Paths are built by full name and key identifier, never by common name: the national authority's common names repeat
//! from generation to generation. Then each path is judged from the anchor down, until one holds.

mod build;
mod judge;
mod names;
mod policies;

use eush_domain::Rejection;
use eush_sign::oids::Oid;
use eush_sign::{Algorithm, KeyAlgorithm, PublicKey};

use crate::Timestamp;
use crate::certificate::Certificate;
use crate::finding::{Evidence, Failure};
use crate::trust::Trust;

/// Which rules are applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rules {
    /// The Kazakh profile on top of RFC 5280.
    #[default]
    Kz,
    /// RFC 5280 alone.
    Rfc5280,
}

/// Which algorithms are welcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AlgorithmPolicy {
    /// SHA-1 and RSA below 2048 bits are welcome too.
    AllowLegacy,
    /// SHA-1 and RSA below 2048 bits are refused.
    #[default]
    DenyLegacy,
}

impl AlgorithmPolicy {
    /// Whether a signature of this algorithm by this key is welcome.
    pub fn welcomes(self, algorithm: Algorithm, key: &PublicKey) -> bool {
        let short = key.algorithm() == KeyAlgorithm::Rsa && key.bits() < 2048;
        match self {
            Self::AllowLegacy => true,
            Self::DenyLegacy => algorithm != Algorithm::RsaSha1 && !short,
        }
    }
}

/// Whether the path may make use of something from its first certificate on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Inhibit {
    /// It may, until a certificate forbids it.
    #[default]
    No,
    /// It may not.
    Yes,
}

impl Inhibit {
    fn is_inhibiting(self) -> bool {
        self == Self::Yes
    }
}

/// Policies that the user accepts (user-initial-policy-set); none named means any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicySet {
    policies: [Option<Oid>; Self::MAX],
}

impl PolicySet {
    /// Most policies of a set.
    pub const MAX: usize = 8;

    /// A set of policies; `None` where there are more than [`PolicySet::MAX`].
    pub fn of(policies: &[Oid]) -> Option<Self> {
        let mut set = Self::default();
        if policies.len() > Self::MAX {
            return None;
        }
        for (place, policy) in set.policies.iter_mut().zip(policies) {
            *place = Some(*policy);
        }
        Some(set)
    }

    fn is_any(&self) -> bool {
        self.policies.iter().all(Option::is_none)
            || self.contains(&crate::certificate::constraints::ANY_POLICY)
    }

    fn contains(&self, policy: &Oid) -> bool {
        self.policies.iter().flatten().any(|one| one == policy)
    }
}

/// Inputs of policy processing (RFC 5280, 6.1.1). The default accepts any policy and inhibits nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyInputs {
    /// Policies that the user accepts.
    pub initial: PolicySet,
    /// initial-explicit-policy: `Yes` demands that the path has a policy.
    pub require_explicit: Inhibit,
    /// initial-policy-mapping-inhibit.
    pub mapping: Inhibit,
    /// initial-any-policy-inhibit.
    pub any_policy: Inhibit,
}

/// What is asked of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainPolicy {
    /// Rules that apply.
    pub rules: Rules,
    /// Algorithms that are welcome.
    pub algorithms: AlgorithmPolicy,
    /// Inputs of policy processing.
    pub policies: PolicyInputs,
    /// Most certificates in a chain, leaf and anchor included.
    pub max_length: usize,
    /// Most signatures verified while looking for a chain that holds: hostile bundles end here.
    pub max_signatures: usize,
}

impl Default for ChainPolicy {
    fn default() -> Self {
        Self {
            rules: Rules::Kz,
            algorithms: AlgorithmPolicy::DenyLegacy,
            policies: PolicyInputs::default(),
            max_length: 8,
            max_signatures: 32,
        }
    }
}

/// A chain that holds at the time it was judged for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    certificates: Vec<Certificate>,
    /// What was looked at.
    pub evidence: Evidence,
}

impl Chain {
    /// Leaf first, anchor last. A leaf that is itself an anchor stands alone.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Each certificate below the anchor with its issuer, leaf first.
    pub fn links(&self) -> impl Iterator<Item = (&Certificate, &Certificate)> {
        self.certificates.windows(2).map(|pair| (&pair[0], &pair[1]))
    }
}

/// Whether the names fit and the signature holds. Only that.
pub(crate) fn is_signed_by(subject: &Certificate, issuer: &Certificate) -> bool {
    build::can_issue(issuer, subject, Rules::Rfc5280) && judge::verify(subject, issuer).is_ok()
}

/// Finds a chain that holds. `supplied` are certificates that came with the request: candidates and nothing more.
///
/// The leaf's own period belongs to [`crate::validity`]; those of its issuers are judged here, at the same instant.
/// No path to an anchor is `ISSUER_UNKNOWN`; a path that breaks a rule is `CHAIN_INVALID` with the fault of the first.
pub fn check(
    certificate: &Certificate,
    trust: &Trust,
    supplied: &[Certificate],
    at: Timestamp,
    policy: &ChainPolicy,
) -> Result<Chain, Failure> {
    let paths = build::paths(certificate, trust, supplied, policy);
    let issuer = ("issuer", certificate.issuer_dn().to_string());
    if paths.is_empty() {
        return Err(Failure::new(Rejection::IssuerUnknown, vec![issuer]));
    }
    let mut budget = policy.max_signatures;
    let mut first_fault = None;
    for path in paths {
        match judge::path(&path, trust, at, policy, &mut budget) {
            Ok(()) => {
                let anchor = path.last().map(|last| last.subject_dn().to_string()).unwrap_or_default();
                let length = ("length", path.len().to_string());
                let evidence = vec![issuer, ("anchor", anchor), length];
                return Ok(Chain { certificates: path, evidence });
            }
            Err(fault) => {
                first_fault.get_or_insert(fault);
            }
        }
    }
    let mut evidence = vec![issuer];
    if let Some(fault) = first_fault {
        evidence.push(("fault", fault.kind.name().to_owned()));
        evidence.push(("faultAt", fault.serial));
    }
    Err(Failure::new(Rejection::ChainInvalid, evidence))
}
