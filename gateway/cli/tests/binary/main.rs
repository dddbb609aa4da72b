//! The binary as its users run it.

mod demo;
mod running;
mod support;
mod wrong_use;
