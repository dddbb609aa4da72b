//! What a regulation is made of. Every value is either the act's, with the lines that say so, or marked as ours.
//!
//! `service` is what holds for a public service as a whole, `flow` is one channel of it, step by step.

use serde::Serialize;

mod flow;
mod service;

pub use eush_domain::Access;
pub use flow::*;
pub use service::*;

/// Lines of an act's published text, 1-based and inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Lines {
    /// First line.
    pub first: u32,
    /// Last line.
    pub last: u32,
}
