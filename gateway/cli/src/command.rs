//! From the command line to an exit status.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser as _;
use eush_domain::synthetic::numbers::Scheme;
use eush_domain::synthetic::population::Population;
use tracing_subscriber::EnvFilter;

use crate::args::{self, Cli, Command, Common};
use crate::bus::{self, state};
use crate::connect::Bus;
use crate::exit::{Failure, Outcome};
use crate::output::{Lang, Printer};
use crate::{
    acts, apply, cert, clock, cms, conform, demo, explain, fault, journal, people, record, script, session,
    single, snapshot, verify,
};

/// Reads the command line, does what it says, and tells how it ended.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    // The demo breaks things on purpose and tells of it itself.
    let quiet = if matches!(cli.command, Command::Demo(_)) { "off" } else { "warn" };
    let result = start_log(cli.common.log.as_deref().unwrap_or(quiet)).and_then(|()| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::Environment(format!("cannot start threads: {error}")))?;
        runtime.block_on(dispatch(cli))
    });
    match result {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            complain(&failure);
            failure.code()
        }
    }
}

#[expect(clippy::print_stderr, reason = "the one place where a failed command says why")]
fn complain(failure: &Failure) {
    eprintln!("eush: {failure}");
}

/// Logs go to standard error, so that standard output is data.
fn start_log(filter: &str) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        Failure::Usage(format!("`{filter}` is no log filter ({error}); write for example eush=debug"))
    })?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    Ok(())
}

async fn dispatch(cli: Cli) -> Result<Outcome, Failure> {
    let common = cli.common;
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| std::env::var(name).ok());
    let printer = Printer {
        json: common.json,
        lang: common.lang.unwrap_or_else(|| Lang::of_locale(locale.as_deref())),
    };
    match cli.command {
        Command::Up(args) => bus::up::run(&common.data_dir, args, printer).await,
        Command::Demo(args) => demo::run(args, printer).await,
        Command::Apply(args) => {
            let bus = find(&common)?;
            let people = people::of(&bus, population(&common, None)?).await?;
            apply::run(&bus, &people, args, printer).await
        }
        Command::Journal(args) => journal::run(|| find(&common), args, printer).await,
        Command::Script(args) => script::run(|| find(&common), args.action, printer).await,
        Command::Verify(args) => verify::run(|| find(&common), args, printer).await,
        Command::Explain(args) => explain::run(&find(&common)?, args, printer).await,
        Command::Record(args) => record::record(&find(&common)?, args.action, printer).await,
        Command::Replay(args) => record::replay(|| find(&common), args.action, printer).await,
        Command::People(args::People { action: Some(action), .. }) => {
            people::act(|| find(&common), action, printer).await
        }
        Command::People(args) if args.magic => people::magic(&population(&common, args.seed)?, printer),
        Command::People(args) => people::run(&population(&common, args.seed)?, args.all, printer),
        Command::Clock(args) => clock::run(|| find(&common), args.action, printer).await,
        Command::Fault(args) => {
            fault::run(|| find(&common), || population(&common, None), args.action, printer).await
        }
        Command::Session(args) => session::run(|| find(&common), args.action, printer).await,
        Command::Snapshot(args) => {
            snapshot::run(|| find(&common), common.session.as_ref(), args.action, printer).await
        }
        Command::Cert(args) => {
            cert::run(|| find(&common), || population(&common, None), args.action, printer).await
        }
        Command::Cms(args) => cms::run(&args.action, printer),
        Command::Acts(args) => acts::run(|| find(&common), args.action, printer).await,
        Command::Conform(args) => conform::run(args.action, &common, printer).await,
        Command::CheckConfig(file) => single::check_config(&file, printer),
        Command::PrintConfig(file) => single::print_config(&file, printer),
        Command::Health(args) => single::health(&common, &args.listener, printer).await,
        Command::Gateway(file) => single::gateway(&common.data_dir, &file, printer).await,
        Command::Certificates(args) => single::certificates(&common.data_dir, args, printer).await,
        Command::Agency(args) => single::agencies(args, printer).await,
        Command::Front(args) => single::front(args, printer).await,
    }
}

/// The running bus that the common options mean.
pub(crate) fn find(common: &Common) -> Result<Bus, Failure> {
    Ok(Bus::find(&common.data_dir, common.management.as_deref())?.within(common.session.clone()))
}

/// The people of a seed, of the data folder's bus where none is given, or of the default seed.
fn population(common: &Common, seed: Option<u64>) -> Result<Population, Failure> {
    let seed = match seed {
        Some(seed) => seed,
        None => state::seed(&common.data_dir)?.unwrap_or(state::DEFAULT_SEED),
    };
    Ok(Population::new(seed, Scheme::default()))
}
