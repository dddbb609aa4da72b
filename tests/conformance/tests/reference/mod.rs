//! Correct subjects, small, and a catalogue of single defects that can be switched on in them: what the suites are proven
//! against. They link neither `adapters` nor `gateway`: a second reading of the contract, by its words alone.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

pub mod agency;
pub mod face;
pub mod gateway;
pub mod guard;
pub mod hand;
pub mod keys;
pub mod payloads;
pub mod refusal;

use std::net::SocketAddr;

/// A loopback address whose port was free a moment ago: for a runner whose subject must know it beforehand.
pub fn free_address() -> SocketAddr {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap()
}

/// Compares a generated document of the crate with its committed text; `EUSH_BLESS=1` writes it anew.
#[track_caller]
pub fn compare(name: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("EUSH_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "{name} is out of date; write it anew with EUSH_BLESS=1");
}
