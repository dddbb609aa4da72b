//! `eush conform`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

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

/// Files whose schema is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// A list of known failures (`--known-failing`).
    KnownFailing,
    /// Parameters of a subject (`--parameters`).
    Parameters,
    /// A suite of cases (`--test-file`).
    Suite,
}

/// What the numbers mean: the table of every command (README), said for this one.
const EXIT_STATUS: &str = "\
Exit status:
  0   conformant, or nothing against the subject but failures on the list of known ones
  1   not conformant, a stale list of known failures, or cases that could not be verified (see --allow-skips)
  2   wrong use: a flag, a file that cannot be read, a pattern that matches nothing
  3   the subject cannot be reached or started, or does not speak gRPC
  4   the machine: a port, a disk, a permission; or cases that could not be set up, and none failed
  70  a defect of eush";

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
    /// Reports of several subjects in one HTML file: cases down, subjects across.
    Matrix {
        /// Reports that `conform run --report json=FILE` wrote.
        #[arg(required = true, value_name = "REPORT")]
        reports: Vec<PathBuf>,
        /// File to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Play the cases against a subject.
    #[command(after_help = EXIT_STATUS)]
    Run(Box<ConformRun>),
    /// JSON Schema of a file that `conform run` takes, for editors.
    Schema {
        /// Which file.
        #[arg(value_enum, default_value_t = SchemaOf::Suite)]
        of: SchemaOf,
    },
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
        /// SHA-256 of the certificate that must have signed it; exit status 1 where another did.
        #[arg(long, value_name = "HEX")]
        fingerprint: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ConformRun {
    /// What is judged.
    #[arg(value_enum)]
    pub(crate) subject: Subject,
    /// Where the subject listens already. A gateway that is not named is the bus of the data folder.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) address: Option<String>,
    /// Program to start as subject, after `--`; {port}, {gateway}, {certificates}, {secret} and {seed} are filled in.
    #[arg(last = true, value_name = "PROGRAM")]
    pub(crate) program: Vec<String>,
    /// Management listener of a gateway under judgement.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) subject_management: Option<String>,
    /// PEM file with the authority of the subject's certificate: speak TLS to the subject's own listener.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// PEM file with the certificate that the runner shows to a subject that asks for one.
    #[arg(long, value_name = "FILE", requires = "client_key", requires = "ca")]
    pub(crate) client_certificate: Option<PathBuf>,
    /// PEM file with its key.
    #[arg(long, value_name = "FILE", requires = "client_certificate")]
    pub(crate) client_key: Option<PathBuf>,
    /// Name that the subject's certificate is for, where it is not the host of its address.
    #[arg(long, value_name = "NAME", requires = "ca")]
    pub(crate) server_name: Option<String>,
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
    /// PEM file with the key and certificates that sign the protocol; an RSA key of the data folder's test authority where
    /// none is named.
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
