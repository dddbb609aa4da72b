//! Serving and stopping. A stop is: say so to health checks and open streams, take no new messages, let those in flight
//! end, and cut what has not ended when the grace is over. hyper alone may wait for an unresponsive client for an hour,
//! hence a deadline of our own.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use eush_faults::{Acceptor, FaultLayer};
use eush_wire::adapter::v1::roster_service_server::RosterServiceServer;
use eush_wire::bus::v1::gateway_service_server::GatewayServiceServer;
use eush_wire::bus::v1::process_service_server::ProcessServiceServer;
use eush_wire::eds::v1::certificate_service_server::CertificateServiceServer;
use eush_wire::management::v1::bus_service_server::BusServiceServer;
use eush_wire::management::v1::certificate_authority_service_server::CertificateAuthorityServiceServer;
use eush_wire::management::v1::clock_service_server::ClockServiceServer;
use eush_wire::management::v1::fault_service_server::FaultServiceServer;
use eush_wire::management::v1::journal_service_server::JournalServiceServer;
use eush_wire::management::v1::people_service_server::PeopleServiceServer;
use eush_wire::management::v1::record_service_server::RecordServiceServer;
use eush_wire::management::v1::script_service_server::ScriptServiceServer;
use eush_wire::management::v1::session_service_server::SessionServiceServer;
use eush_wire::management::v1::snapshot_service_server::SnapshotServiceServer;
use eush_wire::management::v1::verify_service_server::VerifyServiceServer;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic::transport::{Server, ServerTlsConfig};
use tonic_health::ServingStatus;
use tonic_health::server::{HealthReporter, health_reporter};

use crate::parts::Core;
use crate::rim::Rim;
use crate::services::{
    Authority, BusState, Certificates, ClockCalls, Door, FaultCalls, GatewayCalls, Journal, People, Process,
    Records, Rosters, Scripts, SessionCalls, SnapshotCalls, Verifies, http,
};
use crate::start::Listeners;

/// Most use cases that run at one time, those of callers who left included. Far above any `limits.in_flight` in use.
pub(crate) const RUNNING: usize = 1 << 20;

/// Silence after which a peer is asked whether it is there, and time it has to say so.
const KEEPALIVE: Duration = Duration::from_secs(20);

/// Why serving ended before a stop was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A listener failed.
    #[error("the {listener} listener failed")]
    Listener {
        /// Name of the listener.
        listener: &'static str,
        /// Why.
        #[source]
        source: tonic::transport::Error,
    },
}

/// A gateway whose listeners are bound and whose store is open.
pub struct BoundGateway {
    core: Arc<Core>,
    listeners: Listeners,
    tls: Option<ServerTlsConfig>,
    stopper: watch::Sender<bool>,
}

impl std::fmt::Debug for BoundGateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BoundGateway").field("listeners", &self.listeners).finish_non_exhaustive()
    }
}

/// Where a gateway listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// The bus.
    pub gateway: SocketAddr,
    /// Management.
    pub management: SocketAddr,
}

type Served = (&'static str, Result<(), tonic::transport::Error>);

impl BoundGateway {
    pub(crate) fn new(
        core: Arc<Core>,
        listeners: Listeners,
        tls: Option<ServerTlsConfig>,
        stopper: watch::Sender<bool>,
    ) -> Self {
        Self { core, listeners, tls, stopper }
    }

    /// Where it listens, with the ports that were taken.
    pub fn addresses(&self) -> Addresses {
        Addresses { gateway: self.listeners.gateway(), management: self.listeners.management() }
    }

    /// Where the bus listens.
    pub fn gateway_address(&self) -> SocketAddr {
        self.listeners.gateway()
    }

    /// Where management listens.
    pub fn management_address(&self) -> SocketAddr {
        self.listeners.management()
    }

    /// Seed of the simulation, as the data folder keeps it.
    pub fn seed(&self) -> u64 {
        self.core.ground.seed
    }

    /// Serves until `shutdown` is ready, then stops within `limits.shutdown_grace` and closes the store.
    ///
    /// # Errors
    /// A listener that fails on its own. The other is stopped and the store closed all the same.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) -> Result<(), ServeError> {
        let Self { core, listeners, tls, stopper } = self;
        let (gateway, management) = listeners.into_parts();
        let (gateway_health, gateway_routes) = gateway_routes(&core).await;
        let (management_health, management_routes) = management_routes(&core).await;
        let mut servers: JoinSet<Served> = JoinSet::new();
        servers.spawn(serve_one("gateway", gateway, gateway_routes, tls, core.clone()));
        servers.spawn(serve_one("management", management, management_routes, None, core.clone()));

        let mut helpers = JoinSet::new();
        helpers.spawn(report_readiness(core.clone(), gateway_health.clone()));
        for realm in core.sessions.realms().all() {
            realm.start().await;
        }
        let (sessions, stop) = (core.sessions.clone(), core.stop.clone());
        helpers.spawn(async move { sessions.follow_leases(stop).await });

        let first = tokio::select! {
            () = shutdown => None,
            ended = servers.join_next() => ended,
        };
        end_health(gateway_health, GATEWAY_SERVICES).await;
        end_health(management_health, MANAGEMENT_SERVICES).await;
        stopper.send_replace(true);
        for realm in core.sessions.realms().all() {
            realm.begin_stop();
        }
        let rest = drain(&core, &mut servers, &mut helpers).await;
        // Requests that outlived the grace find the store closed and leave what a restart can resume.
        for realm in core.sessions.realms().all() {
            realm.close_store().await;
        }
        let mut ended = first.into_iter().flat_map(Result::ok).chain(rest);
        ended.try_for_each(|(listener, result)| {
            result.map_err(|source| ServeError::Listener { listener, source })
        })
    }
}

/// Waits for listeners and use cases, as long as the grace allows.
async fn drain(core: &Core, servers: &mut JoinSet<Served>, helpers: &mut JoinSet<()>) -> Vec<Served> {
    let mut ended = Vec::new();
    let waiting = async {
        while let Some(served) = servers.join_next().await {
            ended.extend(served);
        }
        // A use case may outlive its caller; all permits back means that none does.
        let all = u32::try_from(RUNNING).unwrap_or(u32::MAX);
        let _ = core.running.acquire_many(all).await;
        while helpers.join_next().await.is_some() {}
    };
    if tokio::time::timeout(core.ground.config.limits.shutdown_grace.get(), waiting).await.is_err() {
        tracing::warn!("messages in flight did not end within the grace and are cut");
        servers.shutdown().await;
        helpers.shutdown().await;
    }
    ended
}

async fn serve_one(
    name: &'static str,
    listener: TcpListener,
    routes: Routes,
    tls: Option<ServerTlsConfig>,
    core: Arc<Core>,
) -> Served {
    let in_flight = usize::try_from(core.ground.config.limits.in_flight.get()).unwrap_or(usize::MAX);
    let mut stop = core.stop.clone();
    // Management is the hand that mends what faults break: nothing strikes it.
    let faults = (name == "gateway").then(|| core.clone());
    let rim = Rim::new(in_flight, core.stop.clone(), faults);
    let stopping = async move {
        let _ = stop.wait_for(|stop| *stop).await;
    };
    let builder = match tls {
        None => Ok(Server::builder()),
        Some(tls) => Server::builder().tls_config(tls),
    };
    let served = match builder {
        Ok(builder) => {
            let incoming = Acceptor::new(listener);
            // A peer that vanished without a word would hold its streams for ever.
            let builder =
                builder.http2_keepalive_interval(Some(KEEPALIVE)).http2_keepalive_timeout(Some(KEEPALIVE));
            // For the certificate checks as JSON. gRPC itself is HTTP/2 and nothing else.
            let builder = builder.accept_http1(name == "gateway");
            builder
                .layer(FaultLayer::deciding())
                .layer(rim)
                .add_routes(routes)
                .serve_with_incoming_shutdown(incoming, stopping)
                .await
        }
        Err(error) => Err(error),
    };
    (name, served)
}

const GATEWAY_SERVICES: &[&str] = &[
    GatewayServiceServer::<GatewayCalls>::NAME,
    ProcessServiceServer::<Process>::NAME,
    CertificateServiceServer::<Certificates>::NAME,
    RosterServiceServer::<Rosters>::NAME,
];
const MANAGEMENT_SERVICES: &[&str] = &[
    ClockServiceServer::<ClockCalls>::NAME,
    FaultServiceServer::<FaultCalls>::NAME,
    JournalServiceServer::<Journal>::NAME,
    BusServiceServer::<BusState>::NAME,
    CertificateAuthorityServiceServer::<Authority>::NAME,
    ScriptServiceServer::<Scripts>::NAME,
    RecordServiceServer::<Records>::NAME,
    VerifyServiceServer::<Verifies>::NAME,
    SessionServiceServer::<SessionCalls>::NAME,
    SnapshotServiceServer::<SnapshotCalls>::NAME,
    PeopleServiceServer::<People>::NAME,
    RosterServiceServer::<Rosters>::NAME,
];

async fn gateway_routes(core: &Arc<Core>) -> (HealthReporter, Routes) {
    let bytes = core.ground.config.limits.message_bytes.get();
    let gateway = GatewayServiceServer::new(GatewayCalls(core.clone()))
        .max_decoding_message_size(bytes)
        .max_encoding_message_size(bytes);
    let process = ProcessServiceServer::new(Process(core.clone()))
        .max_decoding_message_size(bytes)
        .max_encoding_message_size(bytes);
    let certificates = CertificateServiceServer::new(Certificates(core.clone()))
        .max_decoding_message_size(bytes)
        .max_encoding_message_size(bytes);
    let (health, health_server) = health_reporter();
    let routes = Routes::new(gateway)
        .add_service(process)
        .add_service(certificates)
        .add_service(RosterServiceServer::new(Rosters(core.clone(), Door::Bus)))
        .add_service(health_server);
    for name in GATEWAY_SERVICES {
        health.set_service_status(*name, ServingStatus::Serving).await;
    }
    let routes = with_reflection(routes, GATEWAY_SERVICES);
    (health, http::with_checks(routes, Certificates(core.clone()), bytes))
}

async fn management_routes(core: &Arc<Core>) -> (HealthReporter, Routes) {
    let bytes = core.ground.config.limits.message_bytes.get();
    let authority = CertificateAuthorityServiceServer::new(Authority(core.clone()))
        .max_decoding_message_size(bytes)
        .max_encoding_message_size(bytes);
    let (health, health_server) = health_reporter();
    let routes = Routes::new(ClockServiceServer::new(ClockCalls(core.clone())))
        .add_service(FaultServiceServer::new(FaultCalls(core.clone())))
        .add_service(JournalServiceServer::new(Journal(core.clone())))
        .add_service(BusServiceServer::new(BusState(core.clone())))
        .add_service(authority)
        .add_service(ScriptServiceServer::new(Scripts(core.clone())))
        .add_service(RecordServiceServer::new(Records(core.clone())))
        .add_service(VerifyServiceServer::new(Verifies(core.clone())))
        .add_service(SessionServiceServer::new(SessionCalls(core.clone())))
        .add_service(SnapshotServiceServer::new(SnapshotCalls(core.clone())))
        .add_service(PeopleServiceServer::new(People(core.clone())))
        .add_service(RosterServiceServer::new(Rosters(core.clone(), Door::Management)))
        .add_service(health_server);
    for name in MANAGEMENT_SERVICES {
        health.set_service_status(*name, ServingStatus::Serving).await;
    }
    (health, with_reflection(routes, MANAGEMENT_SERVICES))
}

/// Both versions of reflection: clients differ in which they try first.
fn with_reflection(routes: Routes, services: &[&str]) -> Routes {
    routes.add_service(eush_reflection::v1(services)).add_service(eush_reflection::v1alpha(services))
}

/// What cannot judge says so: without trust and lists, messages and certificates are refused.
async fn report_readiness(core: Arc<Core>, health: HealthReporter) {
    let mut ready = core.sessions.realms().shared().evidence.ready();
    let mut replaced = core.sessions.realms().replaced();
    let mut stop = core.stop.clone();
    loop {
        let status =
            if *ready.borrow_and_update() { ServingStatus::Serving } else { ServingStatus::NotServing };
        for name in
            [GatewayServiceServer::<GatewayCalls>::NAME, CertificateServiceServer::<Certificates>::NAME]
        {
            health.set_service_status(name, status).await;
        }
        let news = async {
            tokio::select! {
                told = ready.changed() => told.is_ok(),
                told = replaced.changed() => told.is_ok(),
            }
        };
        let stopped = async {
            let _ = stop.wait_for(|stop| *stop).await;
        };
        tokio::select! {
            () = stopped => return,
            going = news => if !going {
                // The last word of a keeper that goes: another realm is about to become the shared bus, or none is.
                tokio::task::yield_now().await;
            },
        }
        ready = core.sessions.realms().shared().evidence.ready();
    }
}

/// Says NOT_SERVING, then ends the streams of those who watch: an open stream would hold up the stop.
async fn end_health(mut health: HealthReporter, services: &[&str]) {
    for name in services.iter().copied().chain([""]) {
        health.set_service_status(name, ServingStatus::NotServing).await;
        health.clear_service_status(name).await;
    }
}
