//! The command line, a file for each family of commands. Doc comments here are the help that people read.

mod acts;
mod apply;
mod bus;
mod cert;
mod clock;
mod conform;
mod fault;
mod journal;
mod people;
mod script;
mod session;
mod snapshot;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use eush_domain::SessionKey;

use crate::check::args::Cms;
use crate::output::Lang;

pub(crate) use acts::{Acts, ActsAction, CoverageFormat, DiagramFormat, DiagramView};
pub(crate) use apply::{AgencyBehaviour, Apply, Flaw, Pending};
pub(crate) use bus::{Agency, Certificates, ConfigFile, Demo, Front, Gateway, Health, ProfileArg, Up};
pub(crate) use cert::{Cert, CertAction, Point, PublicationFaultAction, Reason};
pub(crate) use clock::{Clock, ClockAction};
pub(crate) use conform::{Conform, ConformAction, ConformRun, ReportFormat, SchemaOf, Subject};
pub(crate) use fault::{AddFault, Fault, FaultAction, NastinessArgs};
pub(crate) use journal::{Journal, Search};
pub(crate) use people::{Born, People, PeopleAction, PersonSaid, RegisterArg, SexArg};
pub(crate) use script::{Explain, Record, RecordAction, Replay, ReplayAction, Script, ScriptAction, Verify};
pub(crate) use session::{Scope, Session, SessionAction};
pub(crate) use snapshot::{Snapshot, SnapshotAction};

/// eush (ЭҮШ): a simulator of Kazakhstan's e-government gateway. Not the real bus; every key and person is a test one.
#[derive(Debug, Parser)]
#[command(
    name = "eush",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct Common {
    /// Folder with the bus's state, test keys and addresses.
    #[arg(long, global = true, env = "EUSH_DATA_DIR", default_value = ".eush", value_name = "DIR")]
    pub(crate) data_dir: PathBuf,
    /// Management listener of a running bus, where it is not the one of the data folder.
    #[arg(long, global = true, env = "EUSH_MANAGEMENT", value_name = "HOST:PORT")]
    pub(crate) management: Option<String>,
    /// Test session of the bus that the command is about; the shared bus where none is named.
    #[arg(long, global = true, env = "EUSH_SESSION", value_name = "KEY", value_parser = SessionKey::parse)]
    pub(crate) session: Option<SessionKey>,
    /// Language of texts; the locale's where it is kk, ru or en, Kazakh otherwise.
    #[arg(long, global = true, env = "EUSH_LANG", value_name = "LANG")]
    pub(crate) lang: Option<Lang>,
    /// Data (JSON) instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Log filter of the program itself, as tracing writes it (`warn`; `off` for the demo, whose cases fail on purpose); logs
    /// go to standard error.
    #[arg(long, global = true, env = "EUSH_LOG", value_name = "FILTER")]
    pub(crate) log: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the whole bus and keep it until Ctrl-C.
    Up(Up),
    /// Start the whole bus in a temporary folder, play every case, and say whether each came out as demanded.
    Demo(Demo),
    /// Apply for a public service as a person at the portal, or for a person at the State corporation's desk or an office.
    Apply(Apply),
    /// What the bus did with a message, check by check; searching and following the journal.
    Journal(Journal),
    /// Scripted answers: what agencies are to have answered, without asking them.
    Script(Script),
    /// Whether agencies were called as often, about whom, and in which order they should have been.
    Verify(Verify),
    /// Why a message met the answer that it met: the check that refused it, or the closest script and what differs.
    Explain(Explain),
    /// Keep what agencies answer.
    Record(Record),
    /// Give recorded answers again.
    Replay(Replay),
    /// The synthetic people of the bus: who is who, and what each is good for.
    People(People),
    /// The bus's virtual clock.
    Clock(Clock),
    /// Faults on purpose: make them happen, see what they did, let held calls go.
    Fault(Fault),
    /// Test sessions: buses of their own for parallel tests, which never see each other.
    Session(Session),
    /// Save and restore the whole state of the bus, or of one session.
    Snapshot(Snapshot),
    /// Certificates: judge and show files, offline; issue, revoke and export those of the test authority.
    Cert(Cert),
    /// Signed documents: sign files, judge signatures, offline.
    Cms(Cms),
    /// The regulations as data: list, show, compare, draw, measure what a run has exercised.
    Acts(Acts),
    /// Judge an agency, a gateway or a front over the wire, and sign what was found.
    Conform(Conform),
    /// Check the configuration and name every fault in it.
    CheckConfig(ConfigFile),
    /// Print the configuration in force, secrets hidden.
    PrintConfig(ConfigFile),
    /// Ask a listener for its health; exit status 0 where it serves.
    Health(Health),
    /// Run the gateway alone; agencies, fronts and certificate services run elsewhere.
    Gateway(Gateway),
    /// Run the certificate services alone.
    Certificates(Certificates),
    /// Run agency systems alone, for a gateway that runs elsewhere.
    Agency(Agency),
    /// Run a front alone, for a gateway that runs elsewhere.
    Front(Front),
}
