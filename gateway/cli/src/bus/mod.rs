//! The whole bus in one process: every system on its own listener, speaking gRPC over real sockets, as in many.
//!
//! Order matters and is written here once. Certificate services first, because the gateway takes its trust from them;
//! then the listeners of agencies and fronts are bound, so that the gateway can be told where they are; then the gateway;
//! then agencies and fronts are told where the gateway is. Stopping goes the other way round.

mod assemble;
mod parts;
mod ports;
pub(crate) mod secrets;
pub(crate) mod senders;
mod spawned;
pub(crate) mod state;
pub(crate) mod up;

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use eush_ca::{AuthorityOptions, KeyAlgorithm};
use eush_domain::Timestamp;
use eush_domain::synthetic::population::Population;
use eush_gateway::Config;
use eush_gateway::config::ClockStart;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub(crate) use parts::{bind_certificates, bind_front, bind_gateway, real_now};
pub(crate) use ports::{GATEWAY as DEFAULT_PORT, Ports};

use crate::connect::Addresses;
use crate::exit::Failure;
use secrets::Secrets;
use spawned::Spawned;
use state::Lock;

/// Codes of the agency systems, in the order of their ports.
pub(crate) const AGENCIES: [&str; eush_agencies::AGENCIES.len()] = {
    let mut codes = [""; eush_agencies::AGENCIES.len()];
    let mut place = 0;
    while place < codes.len() {
        codes[place] = eush_agencies::AGENCIES[place].code;
        place += 1;
    }
    codes
};

/// How long the whole bus may take to stop, beyond what its listeners are given.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// An agency that is not one of this process's mocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remote {
    /// It runs already, at this address: code and `host:port`.
    At(String, String),
    /// A process of this same program is started for it: code.
    Spawned(String),
}

/// Algorithm of test keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Keys {
    /// GOST R 34.10-2015 of 512 bits, as the national authority issues to users since 2024.
    #[default]
    Gost,
    /// RSA of 2048 bits, which tools of the wide world read.
    Rsa,
}

/// What bus to start.
#[derive(Clone, Debug)]
pub struct BusOptions {
    /// State, keys, addresses.
    pub data_dir: PathBuf,
    /// The gateway's configuration; agencies and senders that it does not name are added.
    pub config: Config,
    /// Seed of the population, settled at first start.
    pub seed: Option<u64>,
    /// Where the clock starts, standing, in a folder that has none yet; `None` means now, running.
    pub start_at: Option<Timestamp>,
    /// Algorithm of the test keys that are asked for without one.
    pub keys: Keys,
    /// Let the system choose every port.
    pub any_ports: bool,
    /// First of the ports, where they are not left to the system.
    pub first_port: Option<u16>,
    /// Address to bind instead of loopback. Without TLS everything that crosses the bus can be read on the way.
    pub insecure_bind: Option<IpAddr>,
    /// Agencies that are not this process's mocks.
    pub remotes: Vec<Remote>,
}

impl BusOptions {
    /// A default bus in a folder, on the default ports.
    pub fn in_folder(data_dir: &Path) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
            config: Config::default(),
            seed: None,
            start_at: None,
            keys: Keys::default(),
            any_ports: false,
            first_port: None,
            insecure_bind: None,
            remotes: Vec::new(),
        }
    }

    /// How the test authority opens.
    pub(crate) fn authority(&self) -> AuthorityOptions {
        let default_algorithm = match self.keys {
            Keys::Gost => KeyAlgorithm::Gost2015_512,
            Keys::Rsa => KeyAlgorithm::Rsa2048,
        };
        let configured = match self.config.clock.start {
            ClockStart::FrozenAt(start) => Some(start),
            ClockStart::Now => None,
        };
        AuthorityOptions { default_algorithm, now: self.start_at.or(configured).unwrap_or_else(real_now) }
    }

    /// Address that listeners bind.
    fn host(&self) -> IpAddr {
        self.insecure_bind.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
    }
}

/// A listener's task: its name and how it ended.
type Ended = Result<(), Failure>;

/// The parts of a bus that stop together.
#[derive(Debug, Default)]
struct Tier {
    stop: CancellationToken,
    tasks: JoinSet<Ended>,
}

impl Tier {
    /// Asks every part to stop and waits for all of them.
    async fn stop(&mut self) -> Ended {
        self.stop.cancel();
        let mut result = Ok(());
        while let Some(joined) = self.tasks.join_next().await {
            result = result.and(joined.unwrap_or_else(|error| Err(Failure::Bug(error.to_string()))));
        }
        result
    }

    /// Ends when the first part ends, however it ends.
    async fn first_end(&mut self) -> Ended {
        match self.tasks.join_next().await {
            Some(joined) => joined.unwrap_or_else(|error| Err(Failure::Bug(error.to_string()))),
            None => std::future::pending().await,
        }
    }
}

/// A bus that runs.
#[derive(Debug)]
pub struct RunningBus {
    addresses: Addresses,
    table: Vec<[String; 3]>,
    population: Population,
    secrets: Secrets,
    data_dir: PathBuf,
    fronts: Tier,
    gateway: Tier,
    agencies: Tier,
    certificates: Tier,
    spawned: Vec<Spawned>,
    _lock: Lock,
}

impl RunningBus {
    /// Starts every part; when it returns, every listener answers.
    pub async fn start(options: BusOptions) -> Result<Self, StartFailure> {
        assemble::start(options).await.map_err(StartFailure)
    }

    /// `host:port` of a listener: `gateway`, `management`, `certificates`, an agency's code or a front's name.
    pub fn address(&self, listener: &str) -> Option<&str> {
        self.addresses.listeners.get(listener).map(String::as_str)
    }

    /// The people of this bus.
    pub fn population(&self) -> &Population {
        &self.population
    }

    /// Stops every part: fronts first, certificate services last, each finishing what is in flight.
    ///
    /// # Errors
    /// A part that broke, or that did not stop in time.
    pub async fn stop(mut self) -> Result<(), StartFailure> {
        let stopping = async {
            let fronts = self.fronts.stop().await;
            let gateway = self.gateway.stop().await;
            let agencies = self.agencies.stop().await;
            for process in &mut self.spawned {
                process.stop().await;
            }
            let certificates = self.certificates.stop().await;
            fronts.and(gateway).and(agencies).and(certificates)
        };
        let stopped = tokio::time::timeout(STOP_LIMIT, stopping).await;
        Addresses::remove(&self.data_dir);
        stopped
            .unwrap_or_else(|_| {
                Err(Failure::Environment("the bus did not stop in time and was left".to_owned()))
            })
            .map_err(StartFailure)
    }

    pub(crate) fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    pub(crate) fn secret(&self, sender: &str) -> Result<&str, Failure> {
        self.secrets.of(sender)
    }

    /// The secret of every sending system.
    pub(crate) fn secrets(&self) -> std::collections::BTreeMap<String, String> {
        self.secrets.all()
    }

    /// Listener, address and purpose of everything, for people.
    pub(crate) fn table(&self) -> &[[String; 3]] {
        &self.table
    }

    /// Ends when any part ends by itself, which none should.
    pub(crate) async fn broken(&mut self) -> Failure {
        let ended = tokio::select! {
            ended = self.fronts.first_end() => ended,
            ended = self.gateway.first_end() => ended,
            ended = self.agencies.first_end() => ended,
            ended = self.certificates.first_end() => ended,
        };
        ended.err().unwrap_or_else(|| Failure::Bug("a listener stopped by itself".to_owned()))
    }
}

/// Why a bus did not start, or did not stop well.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct StartFailure(pub(crate) Failure);

impl From<StartFailure> for Failure {
    fn from(failure: StartFailure) -> Self {
        failure.0
    }
}
