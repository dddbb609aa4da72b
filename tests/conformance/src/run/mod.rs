//! Runs cases: makes the messages, sends them, has the answers judged.

pub(crate) mod case;
pub(crate) mod context;
mod golden;
pub(crate) mod keys;
pub(crate) mod session;
mod step;
pub(crate) mod subject;
mod twist;
mod vars;
