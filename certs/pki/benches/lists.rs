//! Revocation lists of the national authority's size (422,065 entries) and of a million, five with `--large`: what it
//! takes to verify and index one, what the index weighs and how long a question takes.
//!
//! `cargo bench -p eush-pki --bench lists`. Prints; asserts nothing, since machines differ.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints and stops at what it does not expect"
)]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::time::{Duration, Instant};

use eush_pki::CrlIndex;
use eush_sign::asn1::{Reader, tag, writer};
use eush_sign::signature_identifier;
use support::*;

/// SplitMix64: the same list every time.
fn serial(number: u64) -> [u8; 20] {
    let mix = |seed: u64| {
        let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)).to_be_bytes()
    };
    let mut serial = [0; 20];
    serial[..8].copy_from_slice(&mix(number * 3 + 1));
    serial[8..16].copy_from_slice(&mix(number * 3 + 2));
    serial[16..].copy_from_slice(&mix(number * 3 + 3)[..4]);
    // Twenty bytes, positive: as the national authority numbers its certificates.
    serial[0] = serial[0] & 0x7f | 0x40;
    serial
}

fn list(entries: u64) -> Vec<u8> {
    let draft = list_draft("issuing");
    let key = key("issuing");
    let identifier = signature_identifier(key.algorithm());
    let at = writer::time(AT).unwrap();
    let reason = Extension(oid("2.5.29.21"), false, writer::enumerated(4));
    let extensions = writer::sequence([encode_extension(&reason)]);
    let mut body = Vec::with_capacity(usize::try_from(entries).unwrap() * 60);
    for number in 0..entries {
        let serial = writer::tlv(tag::INTEGER, &serial(number));
        body.extend(writer::sequence([&serial, &at, &extensions]));
    }
    let tbs = writer::sequence([
        writer::integer(1),
        identifier.clone(),
        encode_name(&draft.issuer),
        at,
        writer::time(draft.next_update.unwrap()).unwrap(),
        writer::tlv(tag::SEQUENCE, &body),
        writer::explicit(0, &writer::sequence(draft.extensions.iter().map(encode_extension))),
    ]);
    let signature = writer::bit_bytes(&key.sign(&tbs).unwrap());
    writer::sequence([tbs, identifier, signature])
}

/// Time that this thread was running: on a machine that others use, the clock on the wall measures them.
struct Watch {
    begin: Instant,
    ran: Option<u64>,
}

impl Watch {
    fn start() -> Self {
        Self { ran: ran(), begin: Instant::now() }
    }

    /// Falls back to the clock where the system does not tell.
    fn busy(&self) -> Duration {
        let wall = self.begin.elapsed();
        let ran = self.ran.zip(ran()).map(|(begin, end)| Duration::from_nanos(end.saturating_sub(begin)));
        // The system counts in ticks: what is shorter is on the wall only.
        ran.filter(|ran| *ran > Duration::from_millis(20)).unwrap_or(wall)
    }
}

/// Nanoseconds that this thread has run so far, where the system is a Linux.
fn ran() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

fn measure(entries: u64) {
    let issuing = issuing_draft().sign();
    let der = list(entries);
    let mut outer = Reader::whole(&der, tag::SEQUENCE).unwrap().reader();
    let tbs = outer.read(tag::SEQUENCE).unwrap().raw;
    let _ = outer.read(tag::SEQUENCE).unwrap();
    let signature = outer.bit_bytes().unwrap();
    let (public, algorithm) = (issuing.public_key().unwrap(), key("issuing").algorithm());

    let verify = || {
        let watch = Watch::start();
        public.verify(algorithm, tbs, signature).unwrap();
        watch.busy()
    };
    let verified = (0..3).map(|_| verify()).min().unwrap_or_default();
    let build = || {
        let watch = Watch::start();
        let index = CrlIndex::build(&der, &issuing).unwrap();
        (watch.busy(), index)
    };
    let (first, index) = build();
    let built = (0..2).map(|_| build().0).fold(first, Duration::min);

    let questions = 1_000_000_u64;
    let ask = |offset: u64| {
        let serials: Vec<_> = (0..questions).map(|one| serial(one * 7919 % entries + offset)).collect();
        let watch = Watch::start();
        let hits = serials.iter().filter(|serial| black_box(&index).lookup(*serial).is_some()).count();
        (watch.busy() / u32::try_from(questions).unwrap(), hits)
    };
    // Turn about, so that whoever else uses the machine disturbs all of them alike; the best of each counts.
    let mut table: Vec<_> = (0..entries).map(serial).collect();
    table.sort_unstable();
    let rounds: Vec<_> = (0..3).map(|_| (ask(0), ask(1 << 40), by_halves(&table, questions))).collect();
    let (hits, none) = (rounds[0].0.1, rounds[0].1.1);
    assert_eq!(u64::try_from(hits).unwrap(), questions);
    assert_eq!(none, 0);
    let best = |of: fn(&Round) -> Duration| rounds.iter().map(of).min().unwrap_or_default();
    println!(
        "{entries:>9} entries, {:>5.1} MB: hash and signature {verified:>8.1?}, reading and indexing {:>8.1?}, \
         {:.1} bytes an entry beside the list; listed {:?}, not listed {:?}; halving a sorted table {:?}",
        der.len() as f64 / 1e6,
        built.saturating_sub(verified),
        index.index_bytes() as f64 / entries as f64,
        best(|round| round.0.0),
        best(|round| round.1.0),
        best(|round| round.2),
    );
}

/// A question about a listed number, about one that is not, and of a plain sorted table.
type Round = ((Duration, usize), (Duration, usize), Duration);

/// What the same question costs where a sorted table of the bare numbers is halved until the number is found: the measure of
/// the machine.
fn by_halves(table: &[[u8; 20]], questions: u64) -> Duration {
    let entries = table.len() as u64;
    let serials: Vec<_> = (0..questions).map(|one| serial(one * 7919 % entries)).collect();
    let watch = Watch::start();
    let hits = serials.iter().filter(|serial| black_box(table).binary_search(serial).is_ok()).count();
    black_box(hits);
    watch.busy() / u32::try_from(questions).unwrap()
}

fn main() {
    measure(1_000);
    measure(422_065);
    measure(1_000_000);
    if std::env::args().any(|argument| argument == "--large") {
        measure(5_000_000);
    }
}
