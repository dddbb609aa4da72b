//! The binary `eush`.
fn main() {}
