//! How long a test bus takes to start, once its keys are there: `cargo run --release -p eush --example test_bus_start`.
//! A measure, not a test: a machine under load is no defect.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "it measures real time and tells it")]

use std::time::Instant;

use eush::testing::TestBus;

/// Starts that are measured.
const ROUNDS: usize = 10;

#[tokio::main]
async fn main() {
    let first = Instant::now();
    drop(TestBus::start().await);
    println!("first start and stop, keys made where there were none: {:?}", first.elapsed());
    let mut starts = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let bus = TestBus::start().await;
        starts.push(begun.elapsed());
        drop(bus);
    }
    starts.sort();
    println!(
        "start with keys: median {:?}, best {:?}, worst {:?}",
        starts[ROUNDS / 2],
        starts[0],
        starts[ROUNDS - 1]
    );
}
