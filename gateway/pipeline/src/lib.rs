//! The pipeline of the bus: the checks, [`clear`], dispatch, the application engine, the journal.
//!
//! A message is `Received`, parsed into an `Envelope`, cleared into a `Cleared<_>`, dispatched and answered. This crate
//! knows no socket, no file and no agency's or act's name: those come from [`eush_acts`] data and through [`ports`].

#![expect(
    clippy::result_large_err,
    reason = "a refusal carries its findings and is boxed at the door; within the crate it is moved a few times a message"
)]

pub mod application;
pub mod bus;
pub mod bytes;
pub mod caller;
mod checks;
pub mod clear;
mod digest;
pub mod dispatch;
mod engine;
pub mod envelope;
pub mod finding;
#[cfg(test)]
mod fixture;
pub mod journal;
pub mod message;
pub mod party;
pub mod ports;
pub mod profile;
pub mod pseudonym;
pub mod raw;
pub mod refusal;
pub mod result;
pub mod step;
mod tally;
#[cfg(test)]
mod tests;
mod turns;

pub use bus::{Bus, Limits, Ports, TermOutcome};
pub use refusal::{Failure, Fault, FieldFault, Refusal};
