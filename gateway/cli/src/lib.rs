//! The commands of `eush`, and [`bus`]: the whole bus in one process, for the commands and for tests.
//!
//! What it is not: a room for logic. Checks, engine, agencies and authority live in their own crates; here they are
//! wired together and shown to people.

mod acts;
mod agency_journal;
mod apply;
mod args;
pub mod bus;
mod cert;
mod check;
mod clock;
mod cms;
mod command;
mod compare;
mod conform;
mod connect;
#[cfg(test)]
mod containers;
mod demo;
mod exit;
mod explain;
mod fault;
mod journal;
mod output;
mod people;
mod person;
mod record;
mod script;
mod session;
mod single;
mod snapshot;
mod steps;
pub mod testing;
mod verify;

pub use command::run;
