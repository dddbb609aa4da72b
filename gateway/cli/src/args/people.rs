//! `eush people`.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct People {
    /// Seed of the population; the data folder's where there is one.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// Everybody, not only the ready people.
    #[arg(long)]
    pub(crate) all: bool,
    /// The people whose number makes exactly one thing happen, for tests that can set nothing but an IIN.
    #[arg(long, conflicts_with = "all")]
    pub(crate) magic: bool,
}
