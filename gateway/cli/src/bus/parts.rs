//! Binding one part: the same for the whole bus and for a part in a process of its own.

use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;

use eush_adapter_kit::Listen;
use eush_agencies::BoundFront;
use eush_ca::{Authority, AuthorityOptions, Server};
use eush_domain::Timestamp;
use eush_domain::synthetic::population::Population;
use eush_gateway::{BoundGateway, Config, Gateway};
use std::sync::Arc;
use tokio::net::TcpListener;

use crate::exit::Failure;

/// A failure of the machine, in its own words down to the cause.
pub(crate) fn environment(error: impl Error) -> Failure {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text.push_str(&format!(": {source}"));
        cause = source.source();
    }
    if text.contains("in use") {
        text.push_str("; `eush up --port` moves every listener");
    }
    Failure::Environment(text)
}

/// Opens the test authority of a folder and binds its listener.
pub(crate) async fn bind_certificates(
    data_dir: &Path,
    address: SocketAddr,
    options: AuthorityOptions,
    public_url: Option<String>,
) -> Result<Server, Failure> {
    let authority = Authority::open(data_dir, options).map_err(environment)?;
    let listener = TcpListener::bind(address).await.map_err(|error| {
        if error.kind() == std::io::ErrorKind::AddrInUse {
            Failure::Environment(format!(
                "listener `certificates`: `{address}` is in use; stop what uses it, or move every listener with --port"
            ))
        } else {
            Failure::Environment(format!("listener `certificates`: `{address}` cannot be bound: {error}"))
        }
    })?;
    Ok(Server::from_listener(authority, listener, public_url))
}

/// Binds the gateway's listeners.
pub(crate) async fn bind_gateway(config: Config) -> Result<BoundGateway, Failure> {
    Gateway::bind(config).await.map_err(environment)
}

/// Binds a front's listener.
pub(crate) async fn bind_front(
    name: &str,
    population: &Arc<Population>,
    listen: Listen,
) -> Result<BoundFront, Failure> {
    let front = eush_agencies::front(name, population)
        .ok_or_else(|| Failure::Bug(format!("no front is called {name}")))?;
    front.bind(listen).await.map_err(environment)
}

/// The real instant, from which the clock of a new folder starts.
#[expect(
    clippy::disallowed_methods,
    reason = "the authority of a new folder starts at the real instant, like the bus"
)]
pub(crate) fn real_now() -> Timestamp {
    Timestamp::now_utc()
}
