//! A chain leads from the certificate to a trusted root.

use eush_domain::Timestamp;
use eush_pki::{Chain, Failure};

use super::signature::Presented;
use super::{Checked, Passed, pairs};
use crate::ports::EvidenceSnapshot;

/// Looks for a chain. The revocation check needs the issuer's certificate even where no chain is owed.
pub(crate) fn find(
    presented: &Presented,
    evidence: &EvidenceSnapshot,
    now: Timestamp,
) -> Result<Chain, Failure> {
    eush_pki::chain::check(
        presented.certificate(),
        &evidence.trust,
        presented.supplied(),
        now,
        &evidence.chain_policy,
    )
}

/// Proof that a chain holds.
#[derive(Debug)]
pub(crate) struct ChainTrusted(());

pub(crate) fn check(chain: &Result<Chain, Failure>) -> Checked<ChainTrusted> {
    match chain {
        Ok(chain) => Ok(Passed { proof: ChainTrusted(()), evidence: pairs(&chain.evidence) }),
        Err(failure) => Err(failure.clone().into()),
    }
}
