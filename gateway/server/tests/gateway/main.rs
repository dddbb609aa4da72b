//! The gateway over real sockets: one file a concern. Nothing here judges a check of the pipeline; the pipeline's own
//! tests do.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod certificates;
mod faults;
mod listeners;
mod messages;
mod people;
mod publications;
mod restart;
mod revocation;
mod scripts;
mod sessions;
mod time;
mod tls;
mod world;
