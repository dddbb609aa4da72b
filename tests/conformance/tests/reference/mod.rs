//! Correct subjects, small, and a catalogue of single defects that can be switched on in them: what the suites are proven
//! against. They link neither `adapters` nor `gateway`: a second reading of the contract, by its words alone.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::needless_update,
    clippy::wildcard_enum_match_arm,
    clippy::too_many_lines,
    clippy::result_large_err,
    clippy::type_complexity,
    reason = "code of tests alone, of which each test binary uses a part"
)]

pub mod defects;

pub mod agency;
pub mod face;
pub mod front;
pub mod gateway;
pub mod guard;
pub mod hand;
pub mod keys;
pub mod payloads;
pub mod refusal;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// A loopback address whose port is free: for a runner whose subject must know it beforehand. Where the system has a whole
/// net of loopback addresses, each caller gets one of its own, on which nobody else can take the port meanwhile.
pub fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let [high, low] = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let process = u8::try_from(std::process::id() % 250).unwrap();
    let own = Ipv4Addr::new(127, 1 + process, high, low);
    let listener =
        TcpListener::bind((own, 0)).or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
    listener.local_addr().unwrap()
}

/// Compares a section of a generated document of the crate with the committed text; `EUSH_BLESS=1` writes it anew. A
/// section begins with its heading and ends before the next.
#[track_caller]
pub fn compare_section(file: &str, heading: &str, text: &str) {
    static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one = ONE.lock().unwrap();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let whole = std::fs::read_to_string(&path).unwrap_or_default();
    let wanted = format!("## {heading}\n\n{}\n", text.trim_end());
    // A section that is new comes after a blank line, as every other does.
    let spaced = format!("{}\n\n", whole.trim_end());
    let (before, rest) = whole.split_once(&format!("## {heading}\n")).unwrap_or((&spaced, ""));
    let after = rest.find("\n## ").map_or("", |at| &rest[at + 1..]);
    let after = if after.is_empty() { String::new() } else { format!("\n{after}") };
    let made = format!("{before}{wanted}{after}");
    if std::env::var_os("EUSH_BLESS").is_some() {
        std::fs::write(&path, &made).unwrap();
    } else {
        assert!(whole == made, "{file}, section {heading} is out of date; write it anew with EUSH_BLESS=1");
    }
}

/// Compares a generated document of the crate; `EUSH_BLESS=1` writes it anew.
#[track_caller]
pub fn compare(file: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("EUSH_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "{file} is out of date; write it anew with EUSH_BLESS=1");
}
