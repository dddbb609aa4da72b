//! The gRPC services: each converts, calls one thing, converts back. No rule of the bus is here.

mod authority;
mod certificate;
mod clock;
mod explain;
mod fault;
mod filter;
mod gateway;
mod journal;
mod people;
mod process;
mod record;
mod script;
mod session;
mod snapshot;
mod state;
mod verify;

pub(crate) use authority::Authority;
pub(crate) use certificate::{Certificates, http};
pub(crate) use clock::ClockCalls;
pub(crate) use fault::FaultCalls;
pub(crate) use gateway::GatewayCalls;
pub(crate) use journal::Journal;
pub(crate) use people::{Door, People, Rosters};
pub(crate) use process::Process;
pub(crate) use record::Records;
pub(crate) use script::Scripts;
pub(crate) use session::SessionCalls;
pub(crate) use snapshot::SnapshotCalls;
pub(crate) use state::BusState;
pub(crate) use verify::Verifies;
