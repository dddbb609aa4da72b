//! `eush session`.

use clap::{Args, Subcommand, ValueEnum};
use eush_domain::SessionKey;

use super::ProfileArg;

#[derive(Debug, Args)]
pub(crate) struct Session {
    #[command(subcommand)]
    pub(crate) action: SessionAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SessionAction {
    /// Make a session; its key is printed, for `--session` and EUSH_SESSION.
    Create {
        /// Key: a-z, 0-9 and hyphens; one is drawn where none is given.
        #[arg(value_parser = SessionKey::parse)]
        key: Option<SessionKey>,
        /// Real time until it ends by itself: 90s, 10min, 2h, 3d, or a sum.
        #[arg(long, default_value = "1h", value_name = "TIME")]
        time_to_live: String,
        /// How far ahead of the shared clock it begins: 2h, 3wd, 30d, or a sum.
        #[arg(long, default_value = "", hide_default_value = true, value_name = "TERM")]
        offset: String,
        /// Its clock stands, whatever the shared one does, until it is told to run.
        #[arg(long)]
        frozen: bool,
        /// Which checks refuse; the shared bus's where none is given.
        #[arg(long, value_enum, value_name = "PROFILE")]
        profile: Option<ProfileArg>,
        /// Seed of its chance; drawn from the bus's seed and the key where none is given.
        #[arg(long, value_name = "NUMBER")]
        seed: Option<u64>,
        /// Words for people, for example the name of a test.
        #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
        description: String,
    },
    /// End a session and free everything that it had.
    End {
        /// Key.
        #[arg(value_parser = SessionKey::parse)]
        key: SessionKey,
    },
    /// Give a session more time, counted from now.
    Extend {
        /// Key.
        #[arg(value_parser = SessionKey::parse)]
        key: SessionKey,
        /// Real time until it ends by itself.
        #[arg(long, default_value = "1h", value_name = "TIME")]
        time_to_live: String,
    },
    /// Every session.
    List,
    /// Put a session back to its beginning, whole or in parts.
    Reset {
        /// Key.
        #[arg(value_parser = SessionKey::parse)]
        key: SessionKey,
        /// What is put back; everything where none is named. May be repeated.
        #[arg(long = "only", value_enum, value_name = "SCOPE")]
        scopes: Vec<Scope>,
    },
    /// One session, with how much is in it.
    Show {
        /// Key.
        #[arg(value_parser = SessionKey::parse)]
        key: SessionKey,
    },
}

/// What a reset is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scope {
    /// The clock, and with it journal and revocations.
    Clock,
    /// What agencies counted.
    Counts,
    /// Fault rules, agencies' behaviours, faults of publications.
    Faults,
    /// Journal, applications, messages, remembered answers.
    Journal,
    /// What was said of people.
    People,
    /// Certificates, revocations and lists.
    Revocations,
    /// Scripted answers and recordings.
    Scripts,
}
