//! Faults through the whole bus: every knob at 0 and at 100 per cent, what a run without faults looks like, and that no
//! fault opens a check.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod matrix;
mod world;
mod zero;
