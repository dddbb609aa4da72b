//! How to be an agency on the bus.
//!
//! An agency implements [`Agency`]: it says what it offers, answers questions, takes deliveries and, when a term of the
//! provider's procedure falls due, says how the delivery ends. The kit does the rest: the gRPC services, the agency's
//! own journal of calls, the same answer to the same delivery, scripted behaviour, signing of results, the callback to
//! the gateway, health, reflection, shutdown within a deadline.
//!
//! The kit judges no certificate and knows no agency by name. What reaches an agency was checked by the gateway.

mod agency;
mod answers;
mod behaviour;
mod call;
mod control;
mod convert;
mod gateway;
mod guard;
mod host;
mod journal;
mod limits;
mod link;
mod only_grpc;
mod people;
mod realm;
mod secret;
mod server;
mod service;
mod session;
mod signer;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod workplace;

pub use agency::{
    Agency, AgencyFault, Answer, Context, Decision, Delivery, Description, ManualUse, Outcome, PayloadOrigin,
    Question, Refusal, RefusalReason, Registration, ResultDraft, Screen, Service, ServiceKind, Verdict,
};
pub use call::CallContext;
pub use convert::{
    ConvertError, Party, date_text, subject_to_wire, text_to_wire, time_from_wire, time_to_wire,
};
pub use eush_domain::Access;
pub use eush_faults::Guarded;
pub use gateway::{GatewayLink, SenderCredentials};
pub use host::{Exposure, Host, Listen, ServeError, Services, StartError, TlsIdentity};
pub use limits::{OversizeLayer, oversize_layer};
pub use link::{Link, LinkError};
pub use people::Rosters;
pub use secret::Secret;
pub use server::{AgencyServer, BoundAgency, Links};
pub use signer::{Signer, SignerError};
/// For implementors of [`Agency`].
pub use tonic::async_trait;
