//! The sending system is who it says: known, with its secret and, where one is registered, its TLS certificate.

use eush_domain::Rejection;

use super::{Checked, Passed, Unmet};
use crate::envelope::Credentials;
use crate::ports::SenderEntry;

/// Proof that the sender is who it says.
#[derive(Debug)]
pub(crate) struct SenderKnown(());

/// One answer for every cause, so that a stranger learns nothing of which senders exist.
pub(crate) fn check(credentials: &Credentials, entry: Option<&SenderEntry>) -> Checked<SenderKnown> {
    let unknown = || Unmet::of(Rejection::SenderUnknown);
    let entry = entry.ok_or_else(unknown)?;
    if !entry.is(&credentials.password, credentials.client_certificate) {
        return Err(unknown());
    }
    Ok(Passed::plain(SenderKnown(())))
}
