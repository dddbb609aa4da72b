//! The binary as its users run it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod certificates;
mod demo;
mod faults;
mod flows;
mod magic;
mod people;
mod publications;
mod running;
mod scripts;
mod sessions;
mod support;
mod wrong_use;
