//! From evidence to verdict: certificates of the Kazakh profile, chains, validity, revocation, subject and role.
//!
//! Pure: no I/O, no clock, no network. Time is an argument, evidence is an argument, and where evidence lacks the answer
//! is a refusal. One stage, one module, one `check`; [`judge`] composes them into the verdict that the certificate calls
//! and the journal show. What it is not: it makes no certificates, fetches nothing and knows no wire types.

pub mod certificate;
pub mod chain;
pub mod crl;
mod finding;
pub mod judge;
pub mod material;
pub mod name;
pub mod ocsp;
pub mod revocation;
pub mod role;
pub mod signature;
pub mod subject;
mod trust;
pub mod validity;
pub mod view;

pub use certificate::{Certificate, ParseError};
pub use chain::{AlgorithmPolicy, Chain, ChainPolicy, Inhibit, PolicyInputs, PolicySet, Rules};
pub use crl::{CrlError, CrlIndex, RevocationReason, Revoked};
pub use finding::{Evidence, Failure, Finding};
pub use judge::{
    CertificateSummary, Context, Expectations, Indication, Outcome, Policy, StageReport, SubIndication,
    Verdict, judge, judge_der, judge_document, judge_document_as_signed,
};
pub use material::{Gathered, Material, Unused};
pub use name::DistinguishedName;
pub use ocsp::{OcspAnswer, OcspPolicy, OcspRequest, OcspState, OcspStatus, Unavailable};
pub use revocation::{RevocationEvidence, RevocationPolicy, RevocationScope, RevocationSource};
pub use role::Purpose;
pub use signature::Signer;
pub use subject::{Expected, Field, Subject};
pub use trust::{Trust, TrustError};

/// Time of judgement and of everything in certificates and lists.
pub type Timestamp = eush_domain::Timestamp;
