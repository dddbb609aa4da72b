//! The binary as its users run it.

mod running;
mod support;
mod wrong_use;
