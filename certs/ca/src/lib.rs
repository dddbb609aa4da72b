//! The test authority: it issues, revokes, holds and releases certificates of the Kazakh profile, and publishes its
//! revocation lists, complete and delta, and answers about single certificates over HTTP; golden, or with one deliberate
//! flaw of the catalogue.
//!
//! What it is not: an authority anybody may trust. Private keys of its holders are kept and handed out to whoever asks,
//! because they are test keys; its names say `EUSH TEST`. It judges nothing: verification is `eush-pki`'s business.
//! It reads no clock: its time is the newest instant that it was given.

mod authority;
mod branch;
mod catalogue;
mod certificate;
mod error;
mod fault;
mod hierarchy;
mod issue;
mod key;
mod list;
mod model;
mod ocsp;
mod oid;
mod pkcs12;
mod profile;
mod publish;
mod server;
mod store;

pub use authority::{Authority, AuthorityOptions, DEFAULT_URL};
pub use catalogue::{DefectFacts, Expected, Flaw, catalogue};
pub use error::{
    BranchError, FaultError, IssueError, OpenError, PublishError, RevokeError, ServeError, StoreError,
};
pub use fault::{FaultRecord, PublicationFault, PublicationPoint};
pub use hierarchy::{Level, Standing};
pub use model::{
    AnswerLife, Authorities, CertificateState, Defect, Enrollment, EnrollmentRequest, IssuedCertificate,
    KeyAlgorithm, Publication, Revocation, RevocationList, RevocationReason,
};
pub use ocsp::SignedAhead;
pub use pkcs12::PASSWORD as PKCS12_PASSWORD;
pub use server::Server;
