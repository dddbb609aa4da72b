//! The certificate is within its period at the time of judgement. The acts do not say at which moment; ours is the
//! bus's own present, never the time that the signer claims.

use eush_domain::Timestamp;

use super::signature::Presented;
use super::{Checked, Passed, told};

/// Proof that the certificate is within its period.
#[derive(Debug)]
pub(crate) struct WithinPeriod(());

pub(crate) fn check(presented: &Presented, now: Timestamp) -> Checked<WithinPeriod> {
    let finding = eush_pki::validity::check(presented.certificate(), now)?;
    Ok(Passed { proof: WithinPeriod(()), evidence: told(&finding) })
}
