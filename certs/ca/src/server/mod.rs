//! The certificate services' one listener: lists and certificates over HTTP/1.1, calls over gRPC, on one port.

mod convert;
mod faults;
mod grpc;
mod http;
mod line;
mod session;
mod work;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::{Extension, Router};
use eush_wire::management::v1::certificate_authority_service_server::CertificateAuthorityServiceServer;
use eush_wire::management::v1::session_part_service_server::SessionPartServiceServer;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tonic::server::NamedService as _;
use tonic::service::Routes;
use tonic_health::server::HealthReporter;

use crate::authority::Authority;
use crate::error::ServeError;
use line::{Line, Scissors};
use work::Work;

/// How long open connections may take to finish once the server is to end. Real time.
const DRAIN: Duration = Duration::from_secs(5);
/// How long a client may take to send the head of a request. Real time.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest state that is saved or restored: some hundred thousand certificates.
const STATE_BYTES: usize = 256 << 20;
/// How long to wait after a connection that could not be taken, for want of file descriptors for example.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Certificates about which answers are signed ahead, the newest: a minute's work of the responder at most.
const SIGNED_AHEAD: usize = 256;

/// A bound server that does not serve yet. Connections made in between wait.
pub struct Server {
    authority: Authority,
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Takes a bound listener. `public_url` is the address that goes into certificates, without a slash at the end;
    /// `None` takes the listener's own address, or `localhost` where it listens on every interface.
    pub fn from_listener(authority: Authority, listener: TcpListener, public_url: Option<String>) -> Self {
        // A bound listener has an address; should the system not tell it, certificates lead nowhere and nothing else breaks.
        let address = listener.local_addr().unwrap_or_else(|_| SocketAddr::from(([127, 0, 0, 1], 0)));
        let own = || {
            if address.ip().is_unspecified() {
                format!("http://localhost:{}", address.port())
            } else {
                format!("http://{address}")
            }
        };
        authority.set_public_url(&public_url.unwrap_or_else(own));
        Self { authority, listener, address }
    }

    /// Where the server listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Makes what is missing, publishes what is due, and serves until `shutdown` is done. Then health says
    /// NOT_SERVING, and open connections may finish for at most five seconds of real time. When it returns, nothing of
    /// the server holds the authority any more, unless a key that was being made takes five seconds longer.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) -> Result<(), ServeError> {
        let Self { authority, listener, .. } = self;
        let work = Work::default();
        let publisher = authority.clone();
        work.blocking(move || publisher.publish_due(publisher.now()))
            .await
            .map_err(|_| ServeError::TaskFailed)??;
        let ahead = Ahead::begin(authority.clone(), work.clone());
        let (health, router) = router(authority, &work).await?;
        let shutdown = async move {
            shutdown.await;
            health.set_not_serving::<CertificateAuthorityServiceServer<grpc::Calls>>().await;
            health.set_not_serving::<SessionPartServiceServer<session::Parts>>().await;
            health.set_service_status("", tonic_health::ServingStatus::NotServing).await;
        };
        accept(listener, router, &work, shutdown).await;
        ahead.end().await;
        if tokio::time::timeout(DRAIN, work.end()).await.is_err() {
            tracing::warn!("the authority is at work yet and keeps its file until it is done");
        }
        Ok(())
    }
}

/// Signs answers ahead of questions while it lives.
struct Ahead {
    ends: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Ahead {
    fn begin(authority: Authority, work: Work) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let stop = ends.clone();
        let task = tokio::spawn(async move {
            loop {
                let (one, stop) = (authority.clone(), stop.clone());
                let round = move || one.sign_ahead(SIGNED_AHEAD, || !stop.load(Ordering::Relaxed));
                match work.blocking(round).await {
                    Ok(Ok(done)) => tracing::debug!(done.signed, done.kept, "answers are signed ahead"),
                    Ok(Err(error)) => tracing::error!(%error, "answers cannot be signed ahead"),
                    Err(_) => return,
                }
                authority.shared.stirred.notified().await;
            }
        });
        Self { ends, task }
    }

    /// Ends it, and waits until it has let go of the authority.
    async fn end(mut self) {
        self.stop();
        // An aborted task ends with an error, as it should.
        let _ = (&mut self.task).await;
    }

    fn stop(&self) {
        self.ends.store(true, Ordering::Relaxed);
        self.task.abort();
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn router(authority: Authority, work: &Work) -> Result<(HealthReporter, Router), ServeError> {
    let names = [
        CertificateAuthorityServiceServer::<grpc::Calls>::NAME,
        SessionPartServiceServer::<session::Parts>::NAME,
    ];
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<CertificateAuthorityServiceServer<grpc::Calls>>().await;
    let calls = grpc::Calls { authority: authority.clone(), work: work.clone() };
    let parts = session::Parts { authority: authority.clone(), work: work.clone() };
    let parts = SessionPartServiceServer::new(parts)
        .max_decoding_message_size(STATE_BYTES)
        .max_encoding_message_size(STATE_BYTES);
    health.set_serving::<SessionPartServiceServer<session::Parts>>().await;
    let routes = Routes::new(CertificateAuthorityServiceServer::new(calls))
        .add_service(parts)
        .add_service(health_service)
        .add_service(eush_reflection::v1(&names))
        .add_service(eush_reflection::v1alpha(&names));
    Ok((health, http::routes(routes.into_axum_router(), authority, work.clone())))
}

async fn accept(
    listener: TcpListener,
    router: Router,
    work: &Work,
    shutdown: impl Future<Output = ()> + Send,
) {
    let mut builder = auto::Builder::new(work.clone());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(256);
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            // Finished connections are taken out as they end, or a long run would collect them.
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let watcher = graceful.watcher();
                    connections.spawn(serve_connection(builder.clone(), stream, router.clone(), watcher));
                }
                Err(error) => {
                    tracing::warn!(%error, "connection was not accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!(open = connections.len(), "connections were cut off");
    }
    connections.shutdown().await;
}

async fn serve_connection(builder: auto::Builder<Work>, stream: TcpStream, router: Router, watcher: Watcher) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "delay stays on");
    }
    let scissors = Scissors::default();
    let service = TowerToHyperService::new(router.layer(Extension(scissors.clone())));
    let line = TokioIo::new(Line::new(stream, scissors));
    if let Err(error) = watcher.watch(builder.serve_connection(line, service)).await {
        tracing::debug!(%error, "connection broke off");
    }
}
