//! A listener with services on it: bound first, then served until told to stop, then drained within a deadline.
//! Agencies and fronts stand on it; it knows nothing of what they do.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use eush_faults::{Acceptor, FaultLayer, Restart};
use http::{Request, Response};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::{Routes, RoutesBuilder};
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::guard::Guard;
use crate::limits::oversize_layer;
use crate::link::LinkError;
use crate::{only_grpc, session};

/// Where to listen and how.
#[derive(Clone, Debug)]
pub struct Listen {
    /// Name of the listener in tables and errors, for example `gbdfl`.
    pub name: String,
    /// Configuration key that sets the address, told in errors.
    pub key: String,
    /// Address; port 0 lets the system choose.
    pub address: SocketAddr,
    /// Whether an address beyond loopback may be bound without TLS.
    pub exposure: Exposure,
    /// TLS, or none.
    pub tls: Option<TlsIdentity>,
    /// How long what is in flight may take at shutdown.
    pub grace: Duration,
}

impl Listen {
    /// Loopback on a port of the system's choice, five seconds of grace.
    pub fn loopback(name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            key: format!("{name}.listen"),
            name,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            exposure: Exposure::default(),
            tls: None,
            grace: Duration::from_secs(5),
        }
    }
}

/// Whether a listener may be reached from other machines without TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exposure {
    /// Only with TLS.
    #[default]
    Deny,
    /// Somebody said in so many words that it is insecure.
    Insecure,
}

/// What a listener proves itself with.
#[derive(Clone)]
pub struct TlsIdentity {
    /// PEM of the certificate chain, leaf first.
    pub certificate_pem: String,
    /// PEM of the private key.
    pub key_pem: String,
    /// PEM of the authority whose clients alone are let in; `None` lets in anybody.
    pub client_authority_pem: Option<String>,
}

impl std::fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsIdentity(…)")
    }
}

/// Why a listener could not be bound.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody else listens there.
    #[error("listener `{listener}`: `{address}` is in use; set `{key}` to another address")]
    AddressInUse {
        /// Name of the listener.
        listener: String,
        /// Configuration key.
        key: String,
        /// Address asked for.
        address: SocketAddr,
    },
    /// The system says no.
    #[error("listener `{listener}`: `{address}` (`{key}`) cannot be bound: {source}")]
    Bind {
        /// Name of the listener.
        listener: String,
        /// Configuration key.
        key: String,
        /// Address asked for.
        address: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// An address beyond loopback without TLS.
    #[error(
        "listener `{listener}`: `{address}` (`{key}`) can be reached from other machines; \
         give it TLS, or say explicitly that it is insecure"
    )]
    Exposed {
        /// Name of the listener.
        listener: String,
        /// Configuration key.
        key: String,
        /// Address asked for.
        address: SocketAddr,
    },
    /// Certificate or key cannot be used.
    #[error("listener `{listener}`: TLS cannot be set up: {source}")]
    Tls {
        /// Name of the listener.
        listener: String,
        /// tonic's reason.
        source: tonic::transport::Error,
    },
}

/// Why serving ended otherwise than by its shutdown.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It broke down.
    #[error("listener `{listener}` broke down: {source}")]
    Broke {
        /// Name of the listener.
        listener: String,
        /// tonic's reason.
        source: tonic::transport::Error,
    },
    /// A link to another process cannot be used.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// It could not be set up.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It cannot work without a link to the gateway.
    #[error("listener `{listener}` has no link to the gateway")]
    Unlinked {
        /// Name of the listener.
        listener: String,
    },
}

/// Services to be served on one listener, with their names for health and reflection.
#[derive(Debug, Default)]
pub struct Services {
    routes: RoutesBuilder,
    names: Vec<&'static str>,
    restart: Option<Restart>,
}

impl Services {
    /// Lets callers ask for the process to begin again.
    pub(crate) fn restartable(&mut self, restart: Restart) -> &mut Self {
        self.restart = Some(restart);
        self
    }

    /// Adds a service.
    pub fn add<S>(&mut self, service: S) -> &mut Self
    where
        S: tower::Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.names.push(S::NAME);
        self.routes.add_service(service);
        self
    }
}

/// A bound listener.
#[derive(Debug)]
pub struct Host {
    listen: Listen,
    listener: TcpListener,
    address: SocketAddr,
    stopping: CancellationToken,
}

impl Host {
    /// Binds. Nothing is served yet, but connections already queue.
    pub async fn bind(listen: Listen) -> Result<Self, StartError> {
        if listen.exposure == Exposure::Deny && listen.tls.is_none() && !listen.address.ip().is_loopback() {
            let Listen { name: listener, key, address, .. } = listen;
            return Err(StartError::Exposed { listener, key, address });
        }
        let bind = |source: io::Error| {
            let Listen { name: listener, key, address, .. } = listen.clone();
            if source.kind() == io::ErrorKind::AddrInUse {
                StartError::AddressInUse { listener, key, address }
            } else {
                StartError::Bind { listener, key, address, source }
            }
        };
        let listener = TcpListener::bind(listen.address).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        Ok(Self { listen, listener, address, stopping: CancellationToken::new() })
    }

    /// The address in fact bound.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends when shutdown begins: for calls and streams that would otherwise hold the listener.
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Serves until `shutdown`, then drains: health says NOT_SERVING, no new connection is taken, what is in flight may
    /// end within the grace, the rest is left.
    pub async fn serve(
        self,
        services: Services,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ServeError> {
        let Self { listen, listener, stopping, .. } = self;
        let health = HealthReporter::new();
        let names = services.names.clone();
        for name in &names {
            health.set_service_status(name, ServingStatus::Serving).await;
        }
        let routes = with_infrastructure(services.routes, &names, &health);
        let mut server = Server::builder()
            .http2_keepalive_interval(Some(Duration::from_secs(60)))
            // Outermost, so that nothing repairs what it breaks.
            .layer(FaultLayer::obeying(services.restart))
            .layer(Guard(only_grpc::refusal))
            .layer(oversize_layer())
            .layer(Guard(session::refusal));
        if let Some(tls) = &listen.tls {
            let config = tls_config(tls);
            server = server
                .tls_config(config)
                .map_err(|source| StartError::Tls { listener: listen.name.clone(), source })?;
        }
        let incoming = Acceptor::new(listener);
        let serving = server
            .add_routes(routes)
            .serve_with_incoming_shutdown(incoming, stopping.clone().cancelled_owned());
        let broke = |source| ServeError::Broke { listener: listen.name.clone(), source };
        tokio::pin!(serving);
        tokio::select! {
            ended = &mut serving => return ended.map_err(broke),
            () = shutdown => {}
        }
        health.set_service_status("", ServingStatus::NotServing).await;
        for name in &names {
            health.set_service_status(name, ServingStatus::NotServing).await;
        }
        stopping.cancel();
        // A client that keeps its connection can hold a graceful shutdown for ever, hence a deadline of our own.
        match tokio::time::timeout(listen.grace, serving).await {
            Ok(ended) => ended.map_err(broke)?,
            Err(_) => {
                tracing::warn!(listener = listen.name, "left what was in flight at the end of the grace")
            }
        }
        Ok(())
    }
}

fn tls_config(tls: &TlsIdentity) -> ServerTlsConfig {
    let config = ServerTlsConfig::new().identity(Identity::from_pem(&tls.certificate_pem, &tls.key_pem));
    match &tls.client_authority_pem {
        Some(pem) => config.client_ca_root(Certificate::from_pem(pem)),
        None => config,
    }
}

fn with_infrastructure(mut routes: RoutesBuilder, names: &[&'static str], health: &HealthReporter) -> Routes {
    routes.add_service(eush_reflection::v1(names));
    routes.add_service(eush_reflection::v1alpha(names));
    let health = tonic_health::server::HealthService::from_health_reporter(health.clone());
    routes.add_service(tonic_health::pb::health_server::HealthServer::new(health));
    routes.routes()
}
