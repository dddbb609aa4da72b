//! Putting a gateway together: listeners first, so that a port in use is told before anything is touched; then the store,
//! the clock, trust; then the services.

use std::net::SocketAddr;
use std::sync::Arc;

use eush_acts::catalogue;
use eush_domain::faults::Nastiness;
use eush_domain::synthetic::numbers::Scheme;
use eush_domain::synthetic::population::Population;
use eush_domain::{Calendar, Clock, VirtualClock};
use eush_pipeline::Limits;
use eush_pipeline::profile::{DeskSigner, Diagnosis, Policy, Profile, ResultCheck, Undefined};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tonic::transport::ServerTlsConfig;

use crate::agencies::{self, AgencyAddressError, TonicAgencies};
use crate::authority::AuthorityClient;
use crate::clock::RealStopwatch;
use crate::config::{
    BusSettings, ClockSettings, ClockStart, Config, Diagnosis as DiagnosisKnob, NastinessSettings,
    PopulationName, ProfileName, ResultCheckName, SignerReading, TrustSource, UndefinedName,
};
use crate::directory::ConfiguredDirectory;
use crate::evidence::TrustLoadError;
use crate::faults::Faults;
use crate::parts::Core;
use crate::realm::{Ground, Realms};
use crate::serve::BoundGateway;
use crate::sessions::Sessions;
use crate::store::{DatabaseError, SqliteStore};
use crate::tls::{self, TlsFileError};
use crate::wall::{self, Wall};

/// Why a gateway does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Something else listens there.
    #[error(
        "the address `{address}` of the {listener} listener is in use; change `{key}`, or give port 0 for any free one"
    )]
    AddressInUse {
        /// Name of the listener.
        listener: &'static str,
        /// Configuration key.
        key: &'static str,
        /// Address asked for.
        address: SocketAddr,
    },
    /// An agency's address cannot be used.
    #[error(transparent)]
    Agency(#[from] AgencyAddressError),
    /// The address of the certificate services cannot be used.
    #[error("`certificates.address` cannot be used")]
    AuthorityAddress(#[source] tonic::transport::Error),
    /// The address cannot be listened on.
    #[error("the address `{address}` of the {listener} listener cannot be used; see `{key}`")]
    Bind {
        /// Name of the listener.
        listener: &'static str,
        /// Configuration key.
        key: &'static str,
        /// Address asked for.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The system's generator gives no key.
    #[error("the system's random generator gives no key for the journal; nothing is started without one")]
    NoChance,
    /// The data folder was made with another seed.
    #[error(
        "the data folder was made with seed {saved}, and `bus.seed` is {configured}: take that seed, or another `store.data_dir`"
    )]
    SeedChanged {
        /// Seed of the data folder.
        saved: u64,
        /// Seed asked for.
        configured: u64,
    },
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] DatabaseError),
    /// Certificate and key are no TLS identity.
    #[error("`gateway.tls_certificate` and `gateway.tls_key` cannot be used for TLS")]
    Tls(#[source] tonic::transport::Error),
    /// A file of TLS cannot be read.
    #[error(transparent)]
    TlsFile(#[from] TlsFileError),
    /// Trust cannot be taken.
    #[error(transparent)]
    Trust(#[from] TrustLoadError),
}

/// A listener as it is told to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerAddress {
    /// `gateway` or `management`.
    pub name: &'static str,
    /// Where it listens, with the port that was taken.
    pub address: SocketAddr,
    /// What it is for.
    pub purpose: &'static str,
}

/// Listeners that are bound and not yet served. Separate from the gateway, so that its addresses can be told to agencies
/// whose addresses the gateway's configuration then names.
#[derive(Debug)]
pub struct Listeners {
    gateway: TcpListener,
    management: TcpListener,
    addresses: [ListenerAddress; 2],
}

impl Listeners {
    /// Binds both listeners of a configuration.
    ///
    /// # Errors
    /// [`StartError::AddressInUse`] and [`StartError::Bind`], naming the listener and the key.
    pub async fn bind(config: &Config) -> Result<Self, StartError> {
        let (gateway, gateway_address) = listen("gateway", "gateway.listen", config.gateway.listen).await?;
        let (management, management_address) =
            listen("management", "management.listen", config.management.listen).await?;
        let addresses = [
            ListenerAddress {
                name: "gateway",
                address: gateway_address,
                purpose: "gRPC: messages, processes, certificate checks; those also as JSON over HTTP",
            },
            ListenerAddress {
                name: "management",
                address: management_address,
                purpose: "gRPC: clock, journal, state, test authority",
            },
        ];
        Ok(Self { gateway, management, addresses })
    }

    /// Where the bus listens.
    pub fn gateway(&self) -> SocketAddr {
        self.addresses[0].address
    }

    /// Where management listens.
    pub fn management(&self) -> SocketAddr {
        self.addresses[1].address
    }

    pub(crate) fn addresses(&self) -> &[ListenerAddress] {
        &self.addresses
    }

    pub(crate) fn into_parts(self) -> (TcpListener, TcpListener) {
        (self.gateway, self.management)
    }
}

async fn listen(
    listener: &'static str,
    key: &'static str,
    address: SocketAddr,
) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source: std::io::Error| {
        if source.kind() == std::io::ErrorKind::AddrInUse {
            StartError::AddressInUse { listener, key, address }
        } else {
            StartError::Bind { listener, key, address, source }
        }
    };
    let socket = TcpListener::bind(address).await.map_err(failed)?;
    let bound = socket.local_addr().map_err(failed)?;
    Ok((socket, bound))
}

/// The way in: [`Gateway::bind`].
#[derive(Debug)]
pub struct Gateway;

impl Gateway {
    /// Binds the listeners and opens the gateway behind them. Nothing is served yet.
    ///
    /// # Errors
    /// Everything that keeps a gateway from starting, each with its configuration key.
    pub async fn bind(config: Config) -> Result<BoundGateway, StartError> {
        let listeners = Listeners::bind(&config).await?;
        Self::open(config, listeners).await
    }

    /// Opens the gateway behind listeners that are bound already.
    ///
    /// Certificate services that cannot be reached yet are no error: until they tell whom to trust, every signature is
    /// refused and the health service says so.
    ///
    /// # Errors
    /// Everything that keeps a gateway from starting but the listeners.
    pub async fn open(config: Config, listeners: Listeners) -> Result<BoundGateway, StartError> {
        Self::open_with(config, listeners, Arc::new(Wall)).await
    }

    /// The same with another real time for sessions' time to live: for tests, in which no time passes by itself.
    ///
    /// # Errors
    /// As of [`Self::open`].
    pub async fn open_with(
        config: Config,
        listeners: Listeners,
        real: Arc<dyn Clock>,
    ) -> Result<BoundGateway, StartError> {
        let tls = in_background(config.gateway.clone(), |listener| Ok(tls::of_listener(&listener)?)).await?;
        check_tls(tls.as_ref())?;
        let tail = usize::try_from(config.store.journal_tail.get()).unwrap_or(usize::MAX);
        let path = config.store.data_dir.join(SqliteStore::FILE);
        let store = in_background(path, move |path| Ok(SqliteStore::open(&path, tail)?)).await?;
        let seed = settle_seed(&store, config.bus.seed).await?;
        settle_clock(&store, &config.clock).await?;
        let population = population(&config, seed);
        let ground = Arc::new(Ground {
            seed,
            policy: policy(&config.bus),
            limits: limits(&config),
            directory: Arc::new(ConfiguredDirectory::new(&config, &population, catalogue())),
            population,
            agencies: agency_clients(&config).await?,
            authority: authority(&config)?,
            stopwatch: Arc::new(RealStopwatch::start()),
            calendar: calendar(&config.clock),
            config,
        });
        let shared = ground.realm(ground.shared(), store).await?;
        // Rules outlive a process; how nasty the bus is by itself is what it is started with.
        shared.faults.set_nastiness(nastiness(&ground.config));
        let (stopper, stop) = watch::channel(false);
        let sessions = Sessions::open(ground.clone(), Arc::new(Realms::new(shared, real))).await?;
        let core = Core {
            ground,
            sessions: Arc::new(sessions),
            listeners: listeners.addresses().to_vec(),
            running: Arc::new(Semaphore::new(crate::serve::RUNNING)),
            stop,
        };
        Ok(BoundGateway::new(Arc::new(core), listeners, tls, stopper))
    }
}

/// Runs blocking work off the async threads.
async fn in_background<I, T>(
    input: I,
    work: impl FnOnce(I) -> Result<T, StartError> + Send + 'static,
) -> Result<T, StartError>
where
    I: Send + 'static,
    T: Send + 'static,
{
    match tokio::task::spawn_blocking(move || work(input)).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down, and with it whoever waits for us.
            Err(_) => Err(StartError::Store(DatabaseError::Closed)),
        },
    }
}

/// tonic reads certificate and key when the server is built, which is too late for a clear error.
fn check_tls(tls: Option<&ServerTlsConfig>) -> Result<(), StartError> {
    match tls {
        Some(tls) => {
            tonic::transport::Server::builder().tls_config(tls.clone()).map(drop).map_err(StartError::Tls)
        }
        None => Ok(()),
    }
}

async fn settle_seed(store: &SqliteStore, configured: Option<u64>) -> Result<u64, StartError> {
    let saved = store.seed().await?;
    let seed = match (saved, configured) {
        (Some(saved), Some(configured)) if saved != configured => {
            return Err(StartError::SeedChanged { saved, configured });
        }
        (Some(seed), _) | (None, Some(seed)) => seed,
        (None, None) => 1,
    };
    if saved.is_none() {
        store.save_seed(seed).await?;
    }
    Ok(seed)
}

async fn settle_clock(store: &SqliteStore, settings: &ClockSettings) -> Result<(), StartError> {
    if store.clock().await?.is_some() {
        return Ok(());
    }
    let real = wall::now();
    let running = VirtualClock::starting_at(real);
    let clock = match settings.start {
        ClockStart::Now => running,
        // A new clock may start in the past: nothing has happened yet.
        ClockStart::FrozenAt(at) => VirtualClock::starting_at(at).frozen(at),
    };
    Ok(store.save_clock(clock).await?)
}

fn authority(config: &Config) -> Result<Option<AuthorityClient>, StartError> {
    match config.certificates.trust {
        TrustSource::Files => Ok(None),
        TrustSource::TestAuthority => {
            let timeout = config.agency.connect_timeout.get();
            let channel = agencies::channel(&config.certificates.address, timeout, None)
                .map_err(StartError::AuthorityAddress)?;
            // Making a key takes the certificate services a while, so that their calls get an agency's patience.
            Ok(Some(AuthorityClient::new(channel, config.agency.timeout.get())))
        }
    }
}

async fn agency_clients(config: &Config) -> Result<TonicAgencies, StartError> {
    let ca = config.agency.ca.clone();
    let authorities = in_background(ca, |ca| Ok(tls::optional_text("agency.ca", ca.as_ref())?)).await?;
    let bytes = config.limits.message_bytes.get();
    Ok(TonicAgencies::new(&config.agencies, &config.agency, authorities.as_deref(), bytes)?)
}

fn population(config: &Config, seed: u64) -> Population {
    Population::new(seed, scheme(config))
}

fn scheme(config: &Config) -> Scheme {
    match config.bus.population {
        PopulationName::Future => Scheme::Future,
        PopulationName::Plausible => Scheme::Plausible,
    }
}

/// Faults of a bus, as the configuration has them.
pub(crate) fn faults(
    config: &Config,
    seed: u64,
    clock: Arc<dyn Clock>,
    stop: watch::Receiver<bool>,
) -> Faults {
    Faults::new(seed, scheme(config), nastiness(config), clock, stop)
}

fn nastiness(config: &Config) -> Nastiness {
    let NastinessSettings { profile, knobs } = config.nastiness.clone();
    Nastiness { profile, knobs }
}

fn calendar(settings: &ClockSettings) -> Calendar {
    let mut calendar = Calendar::default();
    for transfer in &settings.transfers {
        calendar.transfer(transfer.day_off, transfer.worked);
    }
    calendar
}

fn policy(settings: &BusSettings) -> Policy {
    Policy {
        profile: match settings.profile {
            ProfileName::AsWritten => Profile::AsWritten,
            ProfileName::Strict => Profile::Strict,
        },
        diagnosis: match settings.diagnose {
            DiagnosisKnob::Off => Diagnosis::First,
            DiagnosisKnob::On => Diagnosis::All,
        },
        desk_signer: match settings.signer {
            SignerReading::Applicant => DeskSigner::Applicant,
            SignerReading::Operator => DeskSigner::Operator,
        },
        result_check: match settings.result_check {
            ResultCheckName::ByProfile => ResultCheck::ByProfile,
            ResultCheckName::Check => ResultCheck::Check,
            ResultCheckName::Skip => ResultCheck::Skip,
        },
        undefined: match settings.undefined {
            UndefinedName::Hold => Undefined::Hold,
            UndefinedName::Refuse => Undefined::Refuse,
        },
    }
}

fn limits(config: &Config) -> Limits {
    Limits {
        patience: config.agency.timeout.get(),
        own_cost: config.agency.own_cost.get(),
        least_patience: config.agency.least_timeout.get(),
    }
}
