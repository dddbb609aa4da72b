//! `eush up`: start the bus and keep it.

use std::path::Path;

use eush_gateway::config::{Config, ProcessEnvironment, ProfileName};
use serde_json::json;

use super::{BusOptions, Remote, RunningBus, ports};
use crate::args::{ConfigFile, ProfileArg, Up};
use crate::connect::prepare_data_dir;
use crate::exit::{Failure, Outcome};
use crate::fault;
use crate::output::{self, Printer};

/// Starts, says what listens where, and serves until Ctrl-C.
pub(crate) async fn run(data_dir: &Path, args: Up, printer: Printer) -> Result<Outcome, Failure> {
    let options = options(data_dir, &args)?;
    let stop = interrupted()?;
    let mut running = RunningBus::start(options).await?;
    announce(&running, printer)?;
    let broke = tokio::select! {
        () = stop => None,
        failure = running.broken() => Some(failure),
    };
    printer.line("stopping");
    let stopped = running.stop().await;
    if let Some(failure) = broke {
        return Err(failure);
    }
    stopped?;
    Ok(Outcome::Positive)
}

fn options(data_dir: &Path, args: &Up) -> Result<BusOptions, Failure> {
    let mut options = BusOptions::in_folder(&prepare_data_dir(data_dir)?);
    options.config = configuration(&args.config)?;
    options.seed = args.seed;
    options.keys = args.keys;
    options.any_ports = args.port == Some(0);
    options.first_port = args.port.filter(|port| *port != 0);
    if args.port.is_none() && options.config.gateway.listen.port() != ports::GATEWAY {
        options.first_port = Some(options.config.gateway.listen.port()).filter(|port| *port != 0);
        options.any_ports = options.first_port.is_none();
    }
    options.insecure_bind = args.insecure_bind;
    for agency in &args.agencies {
        let (code, address) = agency.split_once('=').ok_or_else(|| {
            Failure::Usage(format!(
                "--agency `{agency}` is not CODE=HOST:PORT; write for example zhao=127.0.0.1:9000"
            ))
        })?;
        if !super::AGENCIES.contains(&code) {
            return Err(Failure::Usage(format!(
                "--agency names `{code}`, which is none of {}",
                super::AGENCIES.join(", ")
            )));
        }
        options.remotes.push(Remote::At(code.to_owned(), address.to_owned()));
    }
    Ok(options)
}

/// The configuration of file, environment and flags.
pub(crate) fn configuration(file: &ConfigFile) -> Result<Config, Failure> {
    let mut config = Config::load(file.config.as_deref(), &ProcessEnvironment)
        .map_err(|error| Failure::Usage(crate::single::all_faults(&error)))?;
    if let Some(profile) = file.profile {
        config.bus.profile = match profile {
            ProfileArg::Strict => ProfileName::Strict,
            ProfileArg::AsWritten => ProfileName::AsWritten,
        };
    }
    fault::configure(&mut config.nastiness, &file.nastiness)?;
    Ok(config)
}

fn announce(running: &RunningBus, printer: Printer) -> Result<(), Failure> {
    printer.line(
        "eush simulates the e-government bus: test keys, synthetic people, nothing real. Ctrl-C stops it.",
    );
    let rows: Vec<Vec<String>> = running.table().iter().map(|row| row.to_vec()).collect();
    for line in output::table(&rows) {
        printer.line(line);
    }
    let rows: Vec<_> = running
        .table()
        .iter()
        .map(|[name, address, purpose]| json!({ "name": name, "address": address, "purpose": purpose }))
        .collect();
    printer.data_line(&json!({ "listeners": rows }))
}

/// Ends when the process is asked to stop: Ctrl-C, or the signal that containers send.
pub(crate) fn interrupted() -> Result<impl Future<Output = ()>, Failure> {
    let failed = |error: std::io::Error| Failure::Environment(format!("cannot listen for signals: {error}"));
    #[cfg(unix)]
    let mut terminate =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).map_err(failed)?;
    #[cfg(unix)]
    let mut interrupt =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt()).map_err(failed)?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        #[cfg(not(unix))]
        {
            let _ = tokio::signal::ctrl_c().await;
        }
    })
}
