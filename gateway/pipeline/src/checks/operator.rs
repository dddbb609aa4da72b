//! At a desk the signer is one of the sender's operators (DECISIONS 7; ours, no act lists operators).

use eush_domain::Rejection;

use super::{Checked, Passed, Unmet};
use crate::party::Party;
use crate::ports::SenderEntry;

/// Proof that the declared signer is on the sender's list.
#[derive(Debug)]
pub(crate) struct OperatorListed(());

pub(crate) fn check(entry: &SenderEntry, signer: &Party) -> Checked<OperatorListed> {
    match signer {
        Party::Iin(iin) if entry.operators.contains(iin) => Ok(Passed::plain(OperatorListed(()))),
        Party::Bin(_) | Party::Iin(_) => Err(Unmet::of(Rejection::OperatorNotListed)),
    }
}
