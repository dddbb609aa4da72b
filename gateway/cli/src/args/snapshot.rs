//! `eush snapshot`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct Snapshot {
    #[command(subcommand)]
    pub(crate) action: SnapshotAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SnapshotAction {
    /// Take the state of a file: of the whole bus, or with --session of one session, which is made where there is none.
    Restore {
        /// File that `eush snapshot save` wrote.
        file: PathBuf,
    },
    /// Write the state of the whole bus, or with --session of one session, to a file. Test keys are in it.
    Save {
        /// File to write.
        file: PathBuf,
    },
}
