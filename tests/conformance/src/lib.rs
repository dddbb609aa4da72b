//! Judges agencies, gateways and fronts over the wire.
//!
//! Cases are data: suites in YAML whose schema is `proto/eush/conformance/v1/suite.proto`. The runner speaks the wire and
//! nothing else; it links none of the crates that it judges, and verifies signatures with `eush-sign`, never `eush-pki`.
//! It plays what stands around a subject: to an agency and a front it is the gateway and the authority.

mod engine;
mod facts;
mod fields;
mod judge;
mod known;
mod people;
mod play;
mod report;
mod run;
mod suite;
mod trace;
mod value;
mod view;
mod wire;

use eush_words as words;

pub use engine::{Input, Results, RunError, RunOptions, Skips, exit_status, run};
pub use eush_wire::conformance::v1::{CaseReport, Conclusion, Report, SubjectKind, Verdict};
pub use report::protocol::{Protocol, ProtocolError, Signer, Verified, sign, verify};
pub use report::{Format, badge, json, junit, matrix, read, text};
pub use run::subject::{SubjectError, Target};
pub use suite::published::Published;
pub use suite::{Pattern, ReadError};
pub use trace::Numbers;
pub use view::{Entry, explain, list, requirements, schema, show};
pub use wire::dial::{Tls, TlsError, TlsIdentity};
