//! `eush script`, `verify`, `explain`, `record` and `replay`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct Script {
    #[command(subcommand)]
    pub(crate) action: ScriptAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ScriptAction {
    /// Add the scripts of a file (YAML, or JSON by its name); `-` is standard input.
    Add {
        /// The file.
        file: PathBuf,
        /// Say what is at fault and add nothing.
        #[arg(long)]
        check: bool,
    },
    /// The scripts in the order in which they are tried, and how often each answered.
    List,
    /// Take a script away.
    Remove {
        /// Its id.
        id: String,
    },
    /// Take every script away, and pass on what none matches.
    Reset,
    /// JSON Schema of script files, for editors. Needs no bus.
    Schema,
}

/// Exit status 0 where it holds, 1 where it does not.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Code of the agency, for example enis; any where none is given.
    pub(crate) agency: Option<String>,
    /// About this person or organisation: a key of `eush people`, or twelve digits.
    #[arg(long, value_name = "PERSON")]
    pub(crate) about: Option<String>,
    /// Of this service.
    #[arg(long, value_name = "ID")]
    pub(crate) service: Option<String>,
    /// For a message of this sender.
    #[arg(long, value_name = "ID")]
    pub(crate) sender: Option<String>,
    /// For this application.
    #[arg(long, value_name = "ID")]
    pub(crate) application: Option<String>,
    /// For this message.
    #[arg(long, value_name = "ID")]
    pub(crate) message: Option<String>,
    /// With this outcome: present, absent, accepted, refused, result, or the reason of a failure.
    #[arg(long, value_name = "OUTCOME")]
    pub(crate) outcome: Option<String>,
    /// Answered by this: `script`, `script/ID`, `replay`, `fault`, `agency/CODE`.
    #[arg(long, value_name = "WHO")]
    pub(crate) decided_by: Option<String>,
    /// Of this kind: lookup or send.
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<String>,
    /// Received at or after this instant of the virtual clock, RFC 3339.
    #[arg(long, value_name = "INSTANT")]
    pub(crate) since: Option<String>,
    /// Exactly so many times.
    #[arg(long, value_name = "COUNT", group = "expected")]
    pub(crate) times: Option<u32>,
    /// At least so many times; once where nothing is said.
    #[arg(long, value_name = "COUNT", group = "expected")]
    pub(crate) at_least: Option<u32>,
    /// At most so many times.
    #[arg(long, value_name = "COUNT", group = "expected")]
    pub(crate) at_most: Option<u32>,
    /// Not once.
    #[arg(long, group = "expected")]
    pub(crate) never: bool,
    /// Agencies that were called one after the other, each alone or with a person: gbdfl@aigerim enis@aigerim.
    #[arg(
        long,
        value_name = "AGENCY[@PERSON]",
        num_args = 1..,
        conflicts_with_all = ["expected", "agency", "about", "service", "sender", "application", "message", "outcome", "decided_by", "kind", "since"]
    )]
    pub(crate) in_order: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The message.
    pub(crate) message_id: String,
}

#[derive(Debug, Args)]
pub(crate) struct Record {
    #[command(subcommand)]
    pub(crate) action: RecordAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RecordAction {
    /// Keep what agencies answer from now on, personal data replaced.
    Start {
        /// Id of the recording.
        id: String,
        /// Only this agency. May be repeated.
        #[arg(long = "agency", value_name = "CODE")]
        agencies: Vec<String>,
        /// Keep personal data as they come. Never for real people; the recording says so.
        #[arg(long)]
        keep_personal_data: bool,
    },
    /// End a recording and keep it.
    Stop {
        /// Its id.
        id: String,
    },
    /// Every recording.
    List,
    /// Write a recording as a file of scripts, which can be read, edited, added and replayed.
    Export {
        /// Its id.
        id: String,
        /// File to write to.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Forget a recording.
    Delete {
        /// Its id.
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    #[command(subcommand)]
    pub(crate) action: ReplayAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReplayAction {
    /// Give recorded answers to calls that are like a recorded one in business fields.
    Start {
        /// Recording of this bus.
        #[arg(required_unless_present = "file", conflicts_with = "file")]
        recording: Option<String>,
        /// An exported recording.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// Id of the replay; the recording's where none is given.
        #[arg(long, value_name = "ID")]
        id: Option<String>,
        /// Who stands for a person of the recording: NAME=KEY of `eush people`, or NAME=twelve digits. May be repeated.
        #[arg(long = "person", value_name = "NAME=PERSON")]
        people: Vec<String>,
        /// Calls that are like no recorded one find the agency not available, and do not reach it.
        #[arg(long)]
        refuse_unmatched: bool,
    },
    /// End a replay.
    Stop {
        /// Its id.
        id: String,
    },
    /// Every replay.
    List,
}
