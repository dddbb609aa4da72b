//! The command line. Doc comments here are the help that people read.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::bus::Keys;
use crate::check::args::{Check, Cms, Inspect, Issue};
use crate::output::Lang;

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
    /// What the bus did with a message, check by check.
    Journal(Journal),
    /// The synthetic people of the bus: who is who, and what each is good for.
    People(People),
    /// The bus's virtual clock.
    Clock(Clock),
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

/// A configuration file, and what people set by hand.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ConfigFile {
    /// Configuration file (TOML); environment variables EUSH_… override its keys.
    #[arg(long, env = "EUSH_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Which checks refuse.
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Option<ProfileArg>,
}

/// Profiles of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileArg {
    /// Every check, always.
    Strict,
    /// Exactly the checks that the act lists for the service and channel.
    AsWritten,
}

#[derive(Debug, Args)]
pub(crate) struct Gateway {
    #[command(flatten)]
    pub(crate) config: ConfigFile,
    /// Secret of every standard sender that the configuration gives none; drawn and kept in the data folder otherwise.
    #[arg(long, env = "EUSH_BUS_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub(crate) secret: Option<String>,
    /// Seed of the population, for the standard senders.
    #[arg(long, env = "EUSH_SEED", default_value_t = 1, value_name = "NUMBER")]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Up {
    #[command(flatten)]
    pub(crate) config: ConfigFile,
    /// First port: the gateway takes it, the other listeners the ones after it; 0 lets the system choose all of them.
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// Seed of the population and of chance; kept in the data folder from the first start on.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// Algorithm of the test keys.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) keys: Keys,
    /// Listen on this address instead of loopback, without TLS: for containers on a network of their own, never
    /// otherwise.
    #[arg(long, value_name = "IP")]
    pub(crate) insecure_bind: Option<std::net::IpAddr>,
    /// An agency that is not ours: its mock is not started and the bus calls this address. May be repeated.
    #[arg(long = "agency", value_name = "CODE=HOST:PORT")]
    pub(crate) agencies: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Only cases whose name has this text in it.
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
    /// Seed of the population.
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    pub(crate) seed: u64,
    /// Algorithm of the test keys.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) keys: Keys,
}

#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// Flow, for example 000-A/portal or astana/unemployed-certificate/state-corporation.
    pub(crate) flow: String,
    /// Who applies: a key of `eush people`.
    #[arg(long = "as", value_name = "PERSON")]
    pub(crate) person: String,
    /// Organisation that applies, and for which the person signs: a key of the population, for example `ertis-metal`.
    #[arg(long = "for", value_name = "ORGANIZATION")]
    pub(crate) organization: Option<String>,
    /// Operator who serves the person at the desk, or clerk who does at an office.
    #[arg(long, default_value = "operator-1", value_name = "PERSON")]
    pub(crate) operator: String,
    /// Who acts for the person under a power of attorney: a key of `eush people`.
    #[arg(long, value_name = "PERSON")]
    pub(crate) representative: Option<String>,
    /// Whose key signs, where it is not the one who should.
    #[arg(long, value_name = "PERSON")]
    pub(crate) signed_by: Option<String>,
    /// Password to log in with, where it is not the right one.
    #[arg(long, value_name = "WORD")]
    pub(crate) password: Option<String>,
    /// Leave out this kind of attachment. May be repeated.
    #[arg(long, value_name = "KIND")]
    pub(crate) without: Vec<String>,
    /// Id of the message; a fresh one where none is given.
    #[arg(long, value_name = "ID")]
    pub(crate) message_id: Option<String>,
    /// Which of the act's procedures is asked for, for example `re-issue`; the first that fits where none is given.
    #[arg(long, value_name = "KEY")]
    pub(crate) procedure: Option<String>,
    /// A check that people make by hand and that fails: documents, eligibility, grounds, login, presence or subject;
    /// `documents:2` fails on the second occasion. May be repeated.
    #[arg(long, value_name = "CHECK")]
    pub(crate) failing: Vec<String>,
    /// The act's other duration holds where a step has two, for example because documents are missing.
    #[arg(long)]
    pub(crate) otherwise: bool,
    /// Do not bring what the provider waits for, for example the proof that a fee was paid.
    #[arg(long)]
    pub(crate) unpaid: bool,
    /// Show what each profile says of the signed request, side by side, before it is sent.
    #[arg(long)]
    pub(crate) compare_profiles: bool,
    /// A flaw of the certificate that signs: expired, not-yet-valid, unknown-issuer.
    #[arg(long, value_enum, value_name = "FLAW")]
    pub(crate) flaw: Option<Flaw>,
    /// How the agency that takes the document behaves for this message.
    #[arg(long, value_enum, value_name = "BEHAVIOUR")]
    pub(crate) agency: Option<AgencyBehaviour>,
    /// What to do while the provider's term runs.
    #[arg(long, value_enum, default_value_t = Pending::Advance)]
    pub(crate) pending: Pending,
}

/// A flaw that a test certificate is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Flaw {
    /// Its period is over.
    Expired,
    /// Its period has not begun.
    NotYetValid,
    /// Nobody knows its issuer.
    UnknownIssuer,
}

/// How an agency behaves where it is told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AgencyBehaviour {
    /// It cannot be reached.
    Down,
    /// It answers for another message.
    Nonsense,
    /// It takes the document, and gives a reasoned refusal when its term has passed.
    Refusing,
    /// It does not answer in time.
    Slow,
}

/// What `apply` does while a term of the provider runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Pending {
    /// Move the bus's clock to the end of each term.
    Advance,
    /// Stop there; `eush clock advance` brings the result.
    Leave,
    /// Wait until somebody, or time itself, moves the clock.
    Wait,
}

#[derive(Debug, Args)]
pub(crate) struct Journal {
    /// Message to explain; the newest messages where none is given.
    pub(crate) message_id: Option<String>,
    /// How many messages to list.
    #[arg(long, default_value_t = 20, value_name = "COUNT")]
    pub(crate) limit: u32,
    /// Only messages refused for this reason.
    #[arg(long, value_name = "REASON")]
    pub(crate) reason: Option<String>,
    /// Only messages of this application.
    #[arg(long, value_name = "ID")]
    pub(crate) application: Option<String>,
    /// Go on showing messages as they come.
    #[arg(long)]
    pub(crate) tail: bool,
}

#[derive(Debug, Args)]
pub(crate) struct People {
    /// Seed of the population; the data folder's where there is one.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// Everybody, not only the ready people.
    #[arg(long)]
    pub(crate) all: bool,
}

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

#[derive(Debug, Args)]
pub(crate) struct Acts {
    #[command(subcommand)]
    pub(crate) action: ActsAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ActsAction {
    /// Which items and branches of which acts a run has exercised.
    Coverage {
        /// Saved answers of `eush apply --json` or `eush journal --json`; a running bus is asked where none is given.
        files: Vec<PathBuf>,
        /// How it is written; --json gives data.
        #[arg(long, value_enum, default_value_t = CoverageFormat::Table)]
        format: CoverageFormat,
        /// Every described flow, not only the ones that were touched.
        #[arg(long)]
        all: bool,
        /// File to write to.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Draw a flow: who talks to whom, or the process with its branches.
    Diagram {
        /// Flow, for example 000-A/portal.
        flow: String,
        /// Notation. BPMN holds both views in one.
        #[arg(long, value_enum, default_value_t = DiagramFormat::Svg)]
        format: DiagramFormat,
        /// What is drawn.
        #[arg(long, value_enum, default_value_t = DiagramView::Process)]
        view: DiagramView,
        /// File to write to.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// How two flows, or two services, differ.
    Diff {
        /// Flow or service.
        left: String,
        /// Flow or service.
        right: String,
    },
    /// Every public service, or the ones with a text in id or name.
    List {
        /// Text to look for.
        text: Option<String>,
    },
    /// One public service with everything that the catalogue has of it.
    Show {
        /// Id or short form, for example 000-A.
        service: String,
    },
}

/// How coverage is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CoverageFormat {
    /// One file that a browser opens.
    Html,
    /// Lines of text.
    Table,
}

/// Notations of diagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiagramFormat {
    /// BPMN 2.0 XML.
    Bpmn,
    /// Mermaid source.
    Mermaid,
    /// One picture.
    Svg,
}

/// Views of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiagramView {
    /// Systems and people, and what goes between them.
    Interaction,
    /// Items and branches.
    Process,
}

#[derive(Debug, Args)]
pub(crate) struct Cert {
    #[command(subcommand)]
    pub(crate) action: CertAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CertAction {
    /// Judge a certificate, offline: exit status 0 where it is good, 1 where it is refused, with every stage and its
    /// evidence.
    Check(Box<Check>),
    /// Write a person's test key and certificate: PERSON.p12, PERSON.pem and the chain.
    Export {
        /// Key of `eush people`.
        person: String,
        /// Folder to write to.
        #[arg(long, default_value = ".", value_name = "DIR")]
        out: PathBuf,
    },
    /// Put a certificate on hold: serial number, or a person's key for their certificate.
    Hold {
        /// Serial number in hexadecimal, or key of `eush people`.
        certificate: String,
    },
    /// Show what certificates say, unjudged.
    Inspect(Inspect),
    /// Issue a certificate of the test authority, sound or with a deliberate flaw.
    Issue(Box<Issue>),
    /// List the certificates issued.
    List,
    /// Lift a hold.
    Release {
        /// Serial number in hexadecimal, or key of `eush people`.
        certificate: String,
    },
    /// Revoke a certificate for good.
    Revoke {
        /// Serial number in hexadecimal, or key of `eush people`.
        certificate: String,
        /// Reason, RFC 5280 5.3.1.
        #[arg(long, value_enum, default_value_t = Reason::KeyCompromise)]
        reason: Reason,
    },
}

/// Reasons for which a certificate is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Reason {
    /// No reason is stated.
    Unspecified,
    /// The key is known to others.
    KeyCompromise,
    /// The authority's key is known to others.
    CaCompromise,
    /// The holder has left.
    AffiliationChanged,
    /// Another certificate has taken its place.
    Superseded,
    /// No longer needed.
    CessationOfOperation,
    /// A right was taken back.
    PrivilegeWithdrawn,
    /// The attribute authority's key is known to others.
    AaCompromise,
}

#[derive(Debug, Args)]
pub(crate) struct Health {
    /// Listener to ask: a name such as `gateway`, or host:port.
    #[arg(default_value = "gateway")]
    pub(crate) listener: String,
}

#[derive(Debug, Args)]
pub(crate) struct Certificates {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:7072", value_name = "HOST:PORT")]
    pub(crate) listen: String,
    /// Base of the addresses written into certificates; the listener's own where none is given.
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Algorithm of the test keys that are asked for without one.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) keys: Keys,
    #[command(flatten)]
    pub(crate) exposure: Exposure,
}

/// Whether a listener may be reached from outside the machine.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Exposure {
    /// Listen beyond loopback without TLS: for containers on a network of their own, never otherwise.
    #[arg(long)]
    pub(crate) insecure_bind: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Agency {
    /// Codes of the agencies, for example esobes; `all` for every one.
    #[arg(required = true)]
    pub(crate) codes: Vec<String>,
    /// Address of the first agency; the others take the ports after it. Port 0 lets the system choose.
    #[arg(long, default_value = "127.0.0.1:7080", value_name = "HOST:PORT")]
    pub(crate) listen: String,
    /// The gateway, for later results; `-` reads its address from standard input, for whoever starts both.
    #[arg(long, env = "EUSH_GATEWAY", default_value = "127.0.0.1:7070", value_name = "HOST:PORT")]
    pub(crate) gateway: String,
    /// The certificate services, for the provider's test keys.
    #[arg(long, env = "EUSH_CERTIFICATES", default_value = "127.0.0.1:7072", value_name = "HOST:PORT")]
    pub(crate) certificates: String,
    /// Secret with which the agencies send to the gateway.
    #[arg(long, env = "EUSH_BUS_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub(crate) secret: String,
    /// Seed of the population; the gateway's.
    #[arg(long, env = "EUSH_SEED", default_value_t = 1, value_name = "NUMBER")]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) exposure: Exposure,
}

#[derive(Debug, Args)]
pub(crate) struct Front {
    /// `portal`, `state-corporation` or `office`.
    pub(crate) name: String,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:7090", value_name = "HOST:PORT")]
    pub(crate) listen: String,
    /// The gateway.
    #[arg(long, env = "EUSH_GATEWAY", default_value = "127.0.0.1:7070", value_name = "HOST:PORT")]
    pub(crate) gateway: String,
    /// The certificate services, for the front's own test key.
    #[arg(long, env = "EUSH_CERTIFICATES", default_value = "127.0.0.1:7072", value_name = "HOST:PORT")]
    pub(crate) certificates: String,
    /// Secret with which the front sends to the gateway.
    #[arg(long, env = "EUSH_BUS_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub(crate) secret: String,
    /// Seed of the population; the gateway's.
    #[arg(long, env = "EUSH_SEED", default_value_t = 1, value_name = "NUMBER")]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) exposure: Exposure,
}

#[derive(Debug, Args)]
pub(crate) struct Conform {
    #[command(subcommand)]
    pub(crate) action: ConformAction,
}

/// What is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Subject {
    /// A service that implements eush.adapter.v1.
    Agency,
    /// A front that implements eush.application.v1 and calls a bus.
    Client,
    /// A bus that implements eush.bus.v1.
    Gateway,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// One file that a browser opens.
    Html,
    /// Everything, for programs.
    Json,
    /// For the test views of CI systems.
    Junit,
    /// A badge.
    Svg,
    /// For people.
    Text,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConformAction {
    /// What was expected, what came, and the rule: of cases of a saved JSON report.
    Explain {
        /// Report that `conform run --report json=FILE` wrote.
        report: PathBuf,
        /// Case, or pattern with * and **.
        #[arg(default_value = "**")]
        pattern: String,
    },
    /// The cases, with the demand that each comes from.
    List {
        /// Patterns with * and **.
        patterns: Vec<String>,
        /// Only cases of this kind of subject.
        #[arg(long, value_enum)]
        subject: Option<Subject>,
        /// Suite files in place of the embedded ones. May be repeated.
        #[arg(long = "test-file", value_name = "FILE")]
        test_files: Vec<PathBuf>,
    },
    /// Play the cases against a subject. Exit status 0 conformant, 1 not, 3 the subject cannot be reached, 4 undecided.
    Run(Box<ConformRun>),
    /// Everything about a case: demand, source, steps.
    Show {
        /// Case, or pattern with * and **.
        pattern: String,
        /// Suite files in place of the embedded ones. May be repeated.
        #[arg(long = "test-file", value_name = "FILE")]
        test_files: Vec<PathBuf>,
    },
    /// Whether a signed test protocol is whole, and by which key it was signed.
    Verify {
        /// File that `conform run --protocol FILE` wrote.
        protocol: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ConformRun {
    /// What is judged.
    #[arg(value_enum)]
    pub(crate) subject: Subject,
    /// Where the subject listens already.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) address: Option<String>,
    /// Program to start as subject, after `--`; {port}, {gateway}, {certificates}, {secret} and {seed} are filled in.
    #[arg(last = true, value_name = "PROGRAM")]
    pub(crate) program: Vec<String>,
    /// Management listener of a gateway under judgement.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) subject_management: Option<String>,
    /// Only cases that match. May be repeated.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) only: Vec<String>,
    /// Leave out cases that match. May be repeated.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) without: Vec<String>,
    /// List of known failures: pattern, reason, owner, expiry. One that passes, or matches nothing, fails the run.
    #[arg(long, value_name = "FILE")]
    pub(crate) known_failing: Option<PathBuf>,
    /// People, senders and agencies of a subject that does not have eush's population.
    #[arg(long, value_name = "FILE")]
    pub(crate) parameters: Option<PathBuf>,
    /// Suite files in place of the embedded ones. May be repeated.
    #[arg(long = "test-file", value_name = "FILE")]
    pub(crate) test_files: Vec<PathBuf>,
    /// Write a report: FORMAT=FILE with text, json, junit, html or svg. May be repeated.
    #[arg(long = "report", value_name = "FORMAT=FILE")]
    pub(crate) reports: Vec<String>,
    /// Write the signed test protocol (CMS).
    #[arg(long, value_name = "FILE")]
    pub(crate) protocol: Option<PathBuf>,
    /// PEM file with the key and certificates that sign the protocol.
    #[arg(long, value_name = "FILE")]
    pub(crate) sign_with: Option<PathBuf>,
    /// Let cases that could not be verified not stand in the way.
    #[arg(long)]
    pub(crate) allow_skips: bool,
    /// Cases at a time.
    #[arg(long, value_name = "COUNT")]
    pub(crate) parallel: Option<std::num::NonZeroUsize>,
    /// Address of the runner's own gateway, which a running subject was told.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) gateway_listen: Option<std::net::SocketAddr>,
    /// Secret that a started subject sends with.
    #[arg(long, env = "EUSH_BUS_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub(crate) secret: Option<String>,
    /// Seed of the population whose people play the roles.
    #[arg(long, env = "EUSH_SEED", default_value_t = 1, value_name = "NUMBER")]
    pub(crate) seed: u64,
    /// Show IIN and BIN in the traces of failed cases.
    #[arg(long)]
    pub(crate) show_numbers: bool,
}
