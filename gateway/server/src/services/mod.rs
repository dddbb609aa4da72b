//! The gRPC services: each converts, calls one thing, converts back. No rule of the bus is here.

mod authority;
mod certificate;
mod clock;
mod gateway;
mod journal;
mod process;
mod state;

pub(crate) use authority::Authority;
pub(crate) use certificate::{Certificates, http};
pub(crate) use clock::ClockCalls;
pub(crate) use gateway::GatewayCalls;
pub(crate) use journal::Journal;
pub(crate) use process::Process;
pub(crate) use state::BusState;
