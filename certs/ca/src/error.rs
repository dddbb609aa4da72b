//! What can go wrong, one closed enum for each verb.

use std::io;
use std::path::PathBuf;

use eush_domain::Timestamp;
use eush_sign::{DerError, KeyError, SignError};

use crate::fault::{PublicationFault, PublicationPoint};
use crate::model::{CertificateState, Defect};

/// Why the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A row holds what this crate never writes.
    #[error("stored {what} cannot be read")]
    Corrupt {
        /// What it is.
        what: &'static str,
    },
    /// SQLite's word.
    #[error("database failed: {0}")]
    Database(#[from] rusqlite::Error),
}

/// Why the authority did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or the file cannot be made or read.
    #[error("cannot use `{}`: {source}", path.display())]
    File {
        /// File or folder.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// Another process has the file open.
    #[error("`{}` is in use by another process", path.display())]
    InUse {
        /// File.
        path: PathBuf,
    },
    /// The file was written by another version of this crate.
    #[error("`{}` has schema version {found}, supported is {supported}", path.display())]
    Schema {
        /// File.
        path: PathBuf,
        /// Version found.
        found: i64,
        /// Version of this crate.
        supported: i64,
    },
    /// The store failed.
    #[error("cannot read `{}`: {source}", path.display())]
    Store {
        /// File.
        path: PathBuf,
        /// Why.
        source: StoreError,
    },
}

/// Why a branch could not be taken, found or dropped, or a state not be saved or restored.
#[derive(Debug, thiserror::Error)]
pub enum BranchError {
    /// A file cannot be written, read or deleted.
    #[error("cannot use `{}`: {source}", path.display())]
    File {
        /// File or folder.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// The file is no store of this crate.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The authorities or their lists could not be made.
    #[error("authority is not ready: {0}")]
    Publish(#[from] PublishError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why nothing was issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The authorities or their lists could not be made.
    #[error("authority is not ready: {0}")]
    Authority(#[from] PublishError),
    /// The issuing authority's own period does not cover the present.
    #[error("issuing authority ended at {not_after}, now is {now}")]
    AuthorityExpired {
        /// The authority's time.
        now: Timestamp,
        /// End of the issuing authority.
        not_after: Timestamp,
    },
    /// The subject has nothing that the defect could spoil.
    #[error("defect `{}` cannot be made: {reason}", defect.name())]
    DefectNotApplicable {
        /// Defect asked for.
        defect: Defect,
        /// What the subject lacks.
        reason: &'static str,
    },
    /// A value cannot be encoded.
    #[error("certificate cannot be encoded: {0}")]
    Encoding(#[from] DerError),
    /// A key could not be made, or a kept one is none.
    #[error("key is unusable: {0}")]
    Key(#[from] KeyError),
    /// The authority's signature failed.
    #[error("signing failed: {0}")]
    Sign(#[from] SignError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A field of the subject is missing or out of its bounds.
    #[error("subject field `{field}` must be {expected}")]
    Subject {
        /// Field, as the wire names it.
        field: &'static str,
        /// What is expected.
        expected: &'static str,
    },
}

/// Why a fault was not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// There is no such fault of what is published there.
    #[error("fault `{}` is none of {point:?}", fault.name())]
    NotApplicable {
        /// Fault asked for.
        fault: PublicationFault,
        /// Where.
        point: PublicationPoint,
    },
}

/// Why no list was published, or why the authority that is to sign it could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// A value cannot be encoded.
    #[error("list or authority cannot be encoded: {0}")]
    Encoding(#[from] DerError),
    /// A key could not be made, or a kept one is none.
    #[error("key of an authority is unusable: {0}")]
    Key(#[from] KeyError),
    /// The authority's signature failed.
    #[error("signing failed: {0}")]
    Sign(#[from] SignError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the state of a certificate did not change.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// A hold is asked for as a revocation.
    #[error("reason certificateHold is a hold and not a revocation")]
    HoldIsNoRevocation,
    /// The revocation date lies ahead.
    #[error("revocation date {at} is after the authority's time {now}")]
    InFuture {
        /// Date asked for.
        at: Timestamp,
        /// The authority's time.
        now: Timestamp,
    },
    /// The list was not published, so nothing changed.
    #[error("list was not published: {0}")]
    Publish(#[from] PublishError),
    /// The authority never issued this serial number.
    #[error("no certificate has serial `{serial}`")]
    SerialUnknown {
        /// Serial number as asked for.
        serial: String,
    },
    /// The certificate's state does not allow it.
    #[error("certificate `{serial}` is {}", state_word(state))]
    State {
        /// Serial number.
        serial: String,
        /// State it is in.
        state: CertificateState,
    },
}

impl From<StoreError> for RevokeError {
    fn from(error: StoreError) -> Self {
        Self::Publish(PublishError::Store(error))
    }
}

fn state_word(state: &CertificateState) -> &'static str {
    match state {
        CertificateState::Good => "neither revoked nor on hold",
        CertificateState::OnHold { .. } => "on hold already",
        CertificateState::Revoked(_) => "revoked already",
    }
}

/// Why the server ended otherwise than asked.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The authority's certificates or lists could not be made.
    #[error("authority is not ready: {0}")]
    Authority(#[from] PublishError),
    /// A task of the server broke off.
    #[error("server task broke off")]
    TaskFailed,
}
