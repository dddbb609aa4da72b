//! The test authority: it issues, revokes, holds and releases certificates of the Kazakh profile, and publishes its
//! revocation lists over HTTP.
//!
//! What it is not: an authority anybody may trust. Private keys of its holders are kept and handed out to whoever asks,
//! because they are test keys; its names say `EUSH TEST`. It judges nothing: verification is `eush-pki`'s business.
//! It reads no clock: its time is the newest instant that it was given.

mod authority;
mod certificate;
mod error;
mod hierarchy;
mod issue;
mod key;
mod list;
mod model;
mod oid;
mod pkcs12;
mod profile;
mod server;
mod store;

pub use authority::{Authority, AuthorityOptions, DEFAULT_URL};
pub use error::{IssueError, OpenError, PublishError, RevokeError, ServeError, StoreError};
pub use hierarchy::{Level, Standing};
pub use model::{
    Authorities, CertificateState, Defect, Enrollment, EnrollmentRequest, IssuedCertificate, KeyAlgorithm,
    Publication, Revocation, RevocationList, RevocationReason,
};
pub use pkcs12::PASSWORD as PKCS12_PASSWORD;
pub use server::Server;
