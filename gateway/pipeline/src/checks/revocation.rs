//! The certificate is not on the revoked list, and the list is at hand, verified and fresh.

use eush_domain::{Rejection, Timestamp};
use eush_pki::{Chain, Failure};

use super::{Checked, Passed, Unmet, told};
use crate::ports::EvidenceSnapshot;

/// Proof that the certificate is not revoked.
#[derive(Debug)]
pub(crate) struct NotRevoked(());

/// Without a chain there is no issuer whose list could be asked, so the answer is a refusal even where the profile owes
/// no chain (where one is owed, its own failure stands first): absence from a list that nobody has is no finding.
pub(crate) fn check(
    chain: &Result<Chain, Failure>,
    evidence: &EvidenceSnapshot,
    now: Timestamp,
) -> Checked<NotRevoked> {
    let chain = chain
        .as_ref()
        .map_err(|_| Unmet::with(Rejection::RevocationUnavailable, "issuer=not-trusted").borrowed())?;
    let finding = eush_pki::revocation::check(chain, &evidence.revocation, now, &evidence.revocation_policy)?;
    Ok(Passed { proof: NotRevoked(()), evidence: told(&finding) })
}
