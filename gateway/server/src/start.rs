//! Putting a gateway together: listeners first, so that a port in use is told before anything is touched; then the store,
//! the clock, trust; then the services.

use std::net::SocketAddr;
use std::sync::Arc;

use eush_acts::catalogue;
use eush_domain::faults::Nastiness;
use eush_domain::synthetic::numbers::Scheme;
use eush_domain::synthetic::population::Population;
use eush_domain::{Calendar, Clock, VirtualClock};
use eush_pipeline::profile::{DeskSigner, Diagnosis, Policy, Profile, ResultCheck};
use eush_pipeline::pseudonym::Pseudonyms;
use eush_pipeline::{Bus, Limits, Ports};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tonic::transport::ServerTlsConfig;

use crate::agencies::{self, AgencyAddressError, TonicAgencies};
use crate::authority::AuthorityClient;
use crate::clock::{BusClock, RealStopwatch};
use crate::config::{
    BusSettings, ClockSettings, ClockStart, Config, Diagnosis as DiagnosisKnob, NastinessSettings,
    PopulationName, ProfileName, ResultCheckName, SignerReading, TrustSource,
};
use crate::directory::ConfiguredDirectory;
use crate::evidence::{EvidenceKeeper, TrustLoadError};
use crate::faults::Faults;
use crate::parts::Core;
use crate::realm::{Realm, Realms};
use crate::scripting::{Known, ResultSigner, Scripting};
use crate::serve::BoundGateway;
use crate::store::{DatabaseError, SqliteStore};
use crate::timekeeper::Timekeeper;
use crate::tls::{self, TlsFileError};
use crate::wall;

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
        let tls = in_background(config.gateway.clone(), |listener| Ok(tls::of_listener(&listener)?)).await?;
        check_tls(tls.as_ref())?;
        let tail = usize::try_from(config.store.journal_tail.get()).unwrap_or(usize::MAX);
        let data_dir = config.store.data_dir.clone();
        let store = in_background(data_dir, move |folder| Ok(SqliteStore::open(&folder, tail)?)).await?;
        let seed = settle_seed(&store, config.bus.seed).await?;
        let clock = Arc::new(BusClock::new(settle_clock(&store, &config.clock).await?));
        let authority = authority(&config)?;
        let evidence = {
            let (certificates, revocation) = (config.certificates.clone(), config.revocation.clone());
            let authority = authority.clone();
            in_background((), move |()| Ok(EvidenceKeeper::new(&certificates, &revocation, authority)?))
                .await?
        };
        let evidence = Arc::new(evidence);
        let calendar = calendar(&config.clock);
        let stopwatch = Arc::new(RealStopwatch::start());
        let policy = policy(&config.bus);
        let pseudonyms = Pseudonyms::new(settle_pseudonym_key(&store).await?);
        let people = Arc::new(Known::new(population(&config, seed), pseudonyms.clone()));
        let signer = ResultSigner::new(authority.clone(), None, catalogue());
        let scripting = Arc::new(Scripting::new(people, signer));
        let (stopper, stop) = watch::channel(false);
        let faults = Arc::new(faults(&config, seed, clock.clone(), stop.clone()));
        let ports = Ports {
            agencies: agencies::chain(
                &agency_clients(&config).await?,
                None,
                scripting.clone(),
                faults.clone(),
            ),
            store: store.clone(),
            directory: Arc::new(directory(&config, seed)),
            evidence: evidence.clone(),
            clock: clock.clone(),
            stopwatch: stopwatch.clone(),
            catalogue: catalogue(),
            calendar: calendar.clone(),
            pseudonyms,
        };
        let bus = Arc::new(Bus::new(ports, policy, limits(&config)));
        let timekeeper = Arc::new(Timekeeper::new(
            clock.clone(),
            store.clone(),
            bus.clone(),
            evidence.clone(),
            authority.clone(),
            calendar,
            config.clock.clone(),
            config.revocation.clone(),
        ));
        timekeeper.prepare().await;
        let shared = Realm { session: None, bus, store, clock, evidence, timekeeper, scripting, faults };
        let core = Core {
            seed,
            profile: policy.profile,
            realms: Realms::new(shared),
            stopwatch,
            authority,
            listeners: listeners.addresses().to_vec(),
            running: Arc::new(Semaphore::new(crate::serve::RUNNING)),
            stop,
            config,
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

/// The key under which the journal knows people, drawn once and kept with the store.
async fn settle_pseudonym_key(store: &SqliteStore) -> Result<[u8; 32], StartError> {
    if let Some(key) = store.pseudonym_key().await? {
        return Ok(key);
    }
    let key = crate::chance::key().map_err(|_| StartError::NoChance)?;
    store.save_pseudonym_key(key).await?;
    Ok(key)
}

async fn settle_clock(store: &SqliteStore, settings: &ClockSettings) -> Result<VirtualClock, StartError> {
    if let Some(saved) = store.clock().await? {
        return Ok(saved);
    }
    let real = wall::now();
    let running = VirtualClock::starting_at(real);
    let clock = match settings.start {
        ClockStart::Now => running,
        // A new clock may start in the past: nothing has happened yet.
        ClockStart::FrozenAt(at) => VirtualClock::starting_at(at).frozen(at),
    };
    store.save_clock(clock).await?;
    Ok(clock)
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

fn directory(config: &Config, seed: u64) -> ConfiguredDirectory {
    ConfiguredDirectory::new(config, &population(config, seed), catalogue())
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
    let NastinessSettings { profile, knobs } = config.nastiness.clone();
    Faults::new(seed, scheme(config), Nastiness { profile, knobs }, clock, stop)
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
    }
}

fn limits(config: &Config) -> Limits {
    Limits {
        patience: config.agency.timeout.get(),
        own_cost: config.agency.own_cost.get(),
        least_patience: config.agency.least_timeout.get(),
    }
}
