//! One list: why it is not taken, what is held of its address, and how its issuer is found.

use std::sync::Arc;

use bytes::Bytes;
use eush_pki::{Certificate, CrlError, CrlIndex};

use crate::fetch::FetchError;

/// Why a list was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListError {
    /// It could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It is older than the one that is held: somebody replays.
    #[error("list `{number}` is older than `{held}`, which is kept")]
    Older {
        /// CRL number that came.
        number: String,
        /// CRL number that is held.
        held: String,
    },
    /// It does not hold.
    #[error("the list does not hold")]
    Unverified(#[from] CrlError),
    /// It is of nobody whom we trust.
    #[error("the list is of no trusted authority")]
    UnknownIssuer,
}

/// What became of one address in a refresh.
#[derive(Clone, Debug)]
pub(crate) struct ListReport {
    pub(crate) url: String,
    /// The list that is held, the new one or the last good one.
    pub(crate) held: Option<Arc<CrlIndex>>,
    /// Why no new one was taken; empty where one was, or where the same came again.
    pub(crate) error: String,
}

/// What is known of one address.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    pub(super) list: Option<Arc<CrlIndex>>,
    /// Whose list the last one that came may have been, where it could not be verified, with the reason.
    pub(super) unverified: Vec<(Certificate, String)>,
}

impl Held {
    /// Takes a new list, or keeps the last good one and says why.
    pub(super) fn take(
        &mut self,
        built: Result<CrlIndex, (Vec<Certificate>, ListError)>,
    ) -> Result<(), ListError> {
        match (built, self.list.take()) {
            // A list of another issuer at the same address is a new beginning, not a step back.
            (Ok(list), Some(old)) if old.issuer() == list.issuer() && old.is_newer_than(&list) => {
                let error = ListError::Older { number: list.number_text(), held: old.number_text() };
                self.list = Some(old);
                Err(error)
            }
            (Ok(list), Some(_) | None) => {
                *self = Self { list: Some(Arc::new(list)), unverified: Vec::new() };
                Ok(())
            }
            (Err((issuers, error)), old) => {
                self.list = old;
                let reason = chain(&error);
                self.unverified = issuers.into_iter().map(|issuer| (issuer, reason.clone())).collect();
                Err(error)
            }
        }
    }
}

/// Finds the issuer among those who may be and builds the index. CPU for a large list: not for async threads. Bytes that
/// name no issuer, such as a page of HTML, may have been anybody's list: all who may be are told.
pub(super) fn index(
    body: &Bytes,
    issuers: &[Certificate],
) -> Result<CrlIndex, (Vec<Certificate>, ListError)> {
    let mut suspects = Vec::new();
    let mut fault = ListError::UnknownIssuer;
    for issuer in issuers {
        let list = match CrlIndex::build(body, issuer) {
            Err(CrlError::Delta) => CrlIndex::build_delta(body, issuer),
            built => built,
        };
        match list {
            Ok(list) => return Ok(list),
            Err(CrlError::WrongIssuer { .. }) => {}
            Err(error) => {
                suspects.push(issuer.clone());
                fault = ListError::Unverified(error);
            }
        }
    }
    Err((suspects, fault))
}

/// An error with its causes, for log and report. Causes that an error's own words end with are not told twice.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.ends_with(&words) {
            text.push_str(&format!(": {words}"));
        }
        source = cause.source();
    }
    text
}
