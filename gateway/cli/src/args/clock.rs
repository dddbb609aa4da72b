//! `eush clock`.

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct Clock {
    #[command(subcommand)]
    pub(crate) action: Option<ClockAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClockAction {
    /// Move forward by a term: 90s, 10min, 2h, 3wd (working days), 30d, 1mo, or a sum such as 9wd15min.
    Advance {
        /// How far.
        by: String,
    },
    /// Stand still.
    Freeze,
    /// Run beside real time.
    Run,
    /// Move forward to an instant, RFC 3339.
    Set {
        /// Where to.
        to: String,
    },
    /// Show the time.
    Show,
}
