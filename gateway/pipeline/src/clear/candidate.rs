//! A message that is to be cleared, with what is worked out of its signature.

use std::sync::OnceLock;

use eush_domain::Timestamp;
use eush_pki::{Chain, Failure};

use crate::bytes::SignedDocument;
use crate::checks::Unmet;
use crate::checks::chain;
use crate::checks::signature::{self, Presented};
use crate::envelope::{Envelope, Query};
use crate::ports::EvidenceSnapshot;
use crate::result::SignedResult;

/// What carries a signature.
pub(crate) trait Signed {
    /// The signed bytes and the signature.
    fn signed(&self) -> &SignedDocument;
}

impl Signed for Envelope {
    fn signed(&self) -> &SignedDocument {
        &self.signed
    }
}

impl Signed for Query {
    fn signed(&self) -> &SignedDocument {
        &self.signed
    }
}

impl Signed for SignedResult {
    fn signed(&self) -> &SignedDocument {
        &self.signed
    }
}

/// A message on its way to being cleared. Its signature and chain are worked out on first need and once, however often it
/// is judged: they are the costly part, and evidence that comes later changes neither.
#[derive(Debug)]
pub(crate) struct Candidate<M> {
    pub(super) message: M,
    shown: OnceLock<Result<Presented, Unmet>>,
    path: OnceLock<Result<Result<Chain, Failure>, Unmet>>,
}

impl<M: Signed> Candidate<M> {
    /// Nothing worked out yet.
    pub(crate) fn new(message: M) -> Self {
        Self { message, shown: OnceLock::new(), path: OnceLock::new() }
    }

    /// What came with the document.
    pub(super) fn shown(&self) -> &Result<Presented, Unmet> {
        self.shown.get_or_init(|| signature::present(self.message.signed()))
    }

    /// The chain of its signer, by the trust and time of the first judgement.
    pub(super) fn path(
        &self,
        evidence: &EvidenceSnapshot,
        now: Timestamp,
    ) -> &Result<Result<Chain, Failure>, Unmet> {
        self.path.get_or_init(|| {
            let shown = self.shown().as_ref().map_err(|unmet| unmet.clone().borrowed())?;
            Ok(chain::find(shown, evidence, now))
        })
    }
}
