//! One part of the bus in a process of its own, and small questions to a configuration or a listener.

use std::net::SocketAddr;
use std::path::Path;

use eush_adapter_kit::{AgencyServer, Exposure, Link, Links, Listen, Secret, SenderCredentials};
use eush_domain::synthetic::numbers::Scheme;
use eush_domain::synthetic::population::Population;
use eush_gateway::config::ConfigError;
use serde_json::json;
use tokio::io::AsyncBufReadExt as _;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::args::{self, Agency, Certificates, Common, ConfigFile, Front};
use crate::bus::secrets::Secrets;
use crate::bus::senders::{self, FRONTS};
use crate::bus::up::{configuration, interrupted};
use crate::bus::{AGENCIES, BusOptions, StartFailure};
use crate::connect::{self, Addresses, Bus, prepare_data_dir};
use crate::exit::{Failure, Outcome};
use crate::output::Printer;

/// Every fault of a configuration, a line each.
pub(crate) fn all_faults(error: &ConfigError) -> String {
    match error {
        ConfigError::Faults(faults) => {
            let lines: Vec<_> = faults.iter().map(|fault| format!("\n  {fault}")).collect();
            format!("the configuration has {} faults:{}", faults.len(), lines.concat())
        }
        ConfigError::Syntax { .. } | ConfigError::Unreadable { .. } => error.to_string(),
    }
}

/// `eush check-config`.
pub(crate) fn check_config(file: &ConfigFile, printer: Printer) -> Result<Outcome, Failure> {
    configuration(file)?;
    printer.line("the configuration is good");
    printer.data(&json!({ "good": true }))?;
    Ok(Outcome::Positive)
}

/// `eush print-config`.
pub(crate) fn print_config(file: &ConfigFile, printer: Printer) -> Result<Outcome, Failure> {
    let text = configuration(file)?.print();
    printer.line(text.trim_end());
    printer.data(
        &toml::from_str::<serde_json::Value>(&text).map_err(|error| Failure::Bug(error.to_string()))?,
    )?;
    Ok(Outcome::Positive)
}

/// `eush health`: a listener by name or address.
pub(crate) async fn health(common: &Common, listener: &str, printer: Printer) -> Result<Outcome, Failure> {
    let address = if listener.contains(':') {
        listener.to_owned()
    } else {
        Bus::find(&common.data_dir, common.management.as_deref())?.address(listener)?.to_owned()
    };
    let mut client = HealthClient::new(connect::connect(&address).await?);
    let answer = client.check(HealthCheckRequest { service: String::new() }).await;
    let status = answer.map_err(|status| Failure::from_status(&address, status))?.into_inner().status();
    printer.line(status.as_str_name());
    printer.data(&json!({ "address": address, "status": status.as_str_name() }))?;
    Ok(Outcome::of(status == ServingStatus::Serving))
}

/// `eush gateway`.
pub(crate) async fn gateway(
    data_dir: &Path,
    args: &args::Gateway,
    printer: Printer,
) -> Result<Outcome, Failure> {
    let mut config = configuration(&args.config)?;
    let data_dir = prepare_data_dir(data_dir)?;
    config.store.data_dir.clone_from(&data_dir);
    let standard = senders::standard();
    let secrets = match &args.secret {
        Some(secret) => Secrets::shared(secret, &standard),
        None => Secrets::open(&data_dir, &standard)?,
    };
    senders::complete(&mut config, &Population::new(args.seed, Scheme::default()), &secrets)?;
    let stop = interrupted()?;
    let bound = crate::bus::bind_gateway(config).await?;
    let mut addresses = Addresses { pid: std::process::id(), ..Addresses::default() };
    addresses.listeners.insert("gateway".to_owned(), bound.gateway_address().to_string());
    addresses.listeners.insert("management".to_owned(), bound.management_address().to_string());
    addresses.store(&data_dir)?;
    said(&addresses, printer)?;
    let served = bound.serve(stop).await;
    Addresses::remove(&data_dir);
    served.map_err(|error| Failure::Environment(error.to_string()))?;
    Ok(Outcome::Positive)
}

/// `eush certificates`.
pub(crate) async fn certificates(
    data_dir: &Path,
    args: Certificates,
    printer: Printer,
) -> Result<Outcome, Failure> {
    let data_dir = prepare_data_dir(data_dir)?;
    let address = parse_address(&args.listen, "--listen")?;
    refuse_exposed(address, args.exposure.insecure_bind)?;
    let stop = interrupted()?;
    let mut options = BusOptions::in_folder(&data_dir);
    options.keys = args.keys;
    let server =
        crate::bus::bind_certificates(&data_dir, address, options.authority(), args.public_url).await?;
    let mut addresses = Addresses { pid: std::process::id(), ..Addresses::default() };
    addresses.listeners.insert("certificates".to_owned(), server.local_addr().to_string());
    said(&addresses, printer)?;
    server.serve(stop).await.map_err(|error| Failure::Environment(error.to_string()))?;
    Ok(Outcome::Positive)
}

/// `eush agency`.
pub(crate) async fn agencies(args: Agency, printer: Printer) -> Result<Outcome, Failure> {
    let codes: Vec<&str> = if args.codes.iter().any(|code| code == "all") {
        AGENCIES.to_vec()
    } else {
        args.codes.iter().map(String::as_str).collect()
    };
    let first = parse_address(&args.listen, "--listen")?;
    let population = std::sync::Arc::new(Population::new(args.seed, Scheme::default()));
    let mut bound = Vec::new();
    let mut addresses = Addresses { pid: std::process::id(), ..Addresses::default() };
    for (place, code) in codes.iter().enumerate() {
        let agency = eush_agencies::agency(code, &population).ok_or_else(|| unknown_agency(code))?;
        let listen = listen(code, consecutive(first, place)?, args.exposure.insecure_bind);
        let agency = AgencyServer::bind(agency, listen)
            .await
            .map_err(|error| Failure::Environment(error.to_string()))?;
        addresses.listeners.insert((*code).to_owned(), agency.address().to_string());
        bound.push(((*code).to_owned(), agency));
    }
    said(&addresses, printer)?;
    let stop = CancellationToken::new();
    let gateway = if args.gateway == "-" { told_on_input(stop.clone()).await? } else { args.gateway.clone() };
    let mut tasks = JoinSet::new();
    for (code, agency) in bound {
        let sender =
            SenderCredentials { sender_id: senders::of_agency(&code), password: Secret::new(&args.secret) };
        let links = Links {
            gateway: Some((Link::plain(&gateway), sender)),
            certificates: Some(Link::plain(&args.certificates)),
        };
        tasks.spawn(agency.serve(links, stop.clone().cancelled_owned()));
    }
    let interrupted = interrupted()?;
    tokio::select! {
        () = interrupted => {}
        () = stop.cancelled() => {}
    }
    stop.cancel();
    while let Some(ended) = tasks.join_next().await {
        let ended = ended.map_err(|error| Failure::Bug(error.to_string()))?;
        ended.map_err(|error| Failure::Environment(error.to_string()))?;
    }
    Ok(Outcome::Positive)
}

/// `eush front`.
pub(crate) async fn front(args: Front, printer: Printer) -> Result<Outcome, Failure> {
    let front = FRONTS.iter().find(|front| front.code == args.name).ok_or_else(|| {
        Failure::Usage(format!(
            "there is no front `{}`; write portal, state-corporation or office",
            args.name
        ))
    })?;
    let (name, sender) = (front.code, front.sender_id);
    let population = std::sync::Arc::new(Population::new(args.seed, Scheme::default()));
    let address = parse_address(&args.listen, "--listen")?;
    let stop = interrupted()?;
    let bound =
        crate::bus::bind_front(name, &population, listen(name, address, args.exposure.insecure_bind)).await?;
    let mut addresses = Addresses { pid: std::process::id(), ..Addresses::default() };
    addresses.listeners.insert(name.to_owned(), bound.address().to_string());
    said(&addresses, printer)?;
    let sender = SenderCredentials { sender_id: sender.to_owned(), password: Secret::new(&args.secret) };
    let links = Links {
        gateway: Some((Link::plain(&args.gateway), sender)),
        certificates: Some(Link::plain(&args.certificates)),
    };
    bound.serve(links, stop).await.map_err(|error| Failure::Environment(error.to_string()))?;
    Ok(Outcome::Positive)
}

fn unknown_agency(code: &str) -> Failure {
    Failure::Usage(format!("there is no agency `{code}`; write one of {} or all", AGENCIES.join(", ")))
}

/// The gateway's address from standard input; the end of the input later asks this process to stop.
async fn told_on_input(stop: CancellationToken) -> Result<String, Failure> {
    let mut lines = tokio::io::BufReader::new(tokio::io::stdin()).lines();
    let line = lines.next_line().await.ok().flatten();
    let address =
        line.ok_or_else(|| Failure::Usage("--gateway - wants the address on standard input".to_owned()))?;
    tokio::spawn(async move {
        while let Ok(Some(_)) = lines.next_line().await {}
        stop.cancel();
    });
    Ok(address.trim().to_owned())
}

/// How a mock listens.
pub(crate) fn listen(name: &str, address: SocketAddr, insecure: bool) -> Listen {
    let exposure = if insecure { Exposure::Insecure } else { Exposure::Deny };
    Listen { address, exposure, key: "--listen".to_owned(), ..Listen::loopback(name) }
}

fn consecutive(first: SocketAddr, place: usize) -> Result<SocketAddr, Failure> {
    let port = match first.port() {
        0 => 0,
        port => u16::try_from(place)
            .ok()
            .and_then(|place| port.checked_add(place))
            .ok_or_else(|| Failure::Usage(format!("--listen {first} leaves no port for every agency")))?,
    };
    Ok(SocketAddr::new(first.ip(), port))
}

fn parse_address(text: &str, flag: &str) -> Result<SocketAddr, Failure> {
    text.parse().map_err(|_| {
        Failure::Usage(format!("{flag} `{text}` is no address; write for example 127.0.0.1:7080"))
    })
}

fn refuse_exposed(address: SocketAddr, insecure: bool) -> Result<(), Failure> {
    if insecure || address.ip().is_loopback() {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "--listen {address} can be reached from other machines; add --insecure-bind if that is what you want"
    )))
}

/// Says what listens where: the first line of data that whoever started this reads.
fn said(addresses: &Addresses, printer: Printer) -> Result<(), Failure> {
    for (name, address) in &addresses.listeners {
        printer.line(format!("{name} {address}"));
    }
    printer.data_line(&addresses.listeners)
}

impl From<eush_adapter_kit::StartError> for StartFailure {
    fn from(error: eush_adapter_kit::StartError) -> Self {
        Self(Failure::Environment(error.to_string()))
    }
}
