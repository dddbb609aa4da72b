//! The key's usage and the holder's role may sign here. No act names roles: the table is data, and ours (DECISIONS 10).

use eush_domain::CertificateRole;

use super::signature::Presented;
use super::{Checked, Passed, told};

/// Proof that the key may sign here.
#[derive(Debug)]
pub(crate) struct RoleAllowed(());

/// Roles of the systems that ask registers.
pub(crate) const SYSTEMS: &[CertificateRole] = &[CertificateRole::InformationSystem];

/// Roles of those who sign for a provider.
pub(crate) const PROVIDERS: &[CertificateRole] =
    &[CertificateRole::ChiefExecutive, CertificateRole::Employee, CertificateRole::Signatory];

pub(crate) fn check(presented: &Presented, roles: &[CertificateRole]) -> Checked<RoleAllowed> {
    let finding = eush_pki::role::check(presented.certificate(), roles)?;
    Ok(Passed { proof: RoleAllowed(()), evidence: told(&finding) })
}
