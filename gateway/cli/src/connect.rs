//! Finding a running bus: `eush up` leaves its addresses in the data folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use eush_domain::SessionKey;
use serde::{Deserialize, Serialize};
use tonic::metadata::AsciiMetadataValue;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::exit::Failure;

/// File in the data folder that says where a running bus listens.
const FILE: &str = "bus.json";

/// Where a running bus listens, by the name of the listener.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Addresses {
    /// Process that runs it.
    pub(crate) pid: u32,
    /// Name of the listener, for example `portal`, to `host:port`.
    pub(crate) listeners: BTreeMap<String, String>,
}

impl Addresses {
    /// Reads what the running bus left.
    pub(crate) fn load(data_dir: &Path) -> Result<Self, Failure> {
        let path = data_dir.join(FILE);
        let text = std::fs::read_to_string(&path).map_err(|error| Failure::Unreachable {
            address: path.display().to_string(),
            cause: error.to_string(),
        })?;
        serde_json::from_str(&text).map_err(|error| {
            Failure::Environment(format!(
                "{} is damaged ({error}); delete it and start the bus again",
                path.display()
            ))
        })
    }

    /// Leaves the addresses for other commands.
    pub(crate) fn store(&self, data_dir: &Path) -> Result<(), Failure> {
        let path = data_dir.join(FILE);
        let text = serde_json::to_string_pretty(self).map_err(|error| Failure::Bug(error.to_string()))?;
        std::fs::write(&path, text)
            .map_err(|error| Failure::Environment(format!("cannot write {}: {error}", path.display())))
    }

    /// Takes the addresses away when the bus stops.
    pub(crate) fn remove(data_dir: &Path) {
        // Nothing depends on the file once the bus has stopped: a failure to delete it is found out on next use.
        let _ = std::fs::remove_file(data_dir.join(FILE));
    }
}

/// A running bus, as the commands see it.
#[derive(Clone, Debug)]
pub(crate) struct Bus {
    addresses: Addresses,
    session: Option<SessionKey>,
}

/// A connection whose calls all belong to the command's session.
pub(crate) type BusChannel = InterceptedService<Channel, InSession>;

/// Puts the session's key into every call.
#[derive(Clone, Debug)]
pub(crate) struct InSession(Option<AsciiMetadataValue>);

impl Interceptor for InSession {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(key) = &self.0 {
            request.metadata_mut().insert(SessionKey::HEADER, key.clone());
        }
        Ok(request)
    }
}

impl Bus {
    /// The bus of a data folder, or the one whose management listener is named.
    pub(crate) fn find(data_dir: &Path, management: Option<&str>) -> Result<Self, Failure> {
        let mut addresses = match (Addresses::load(data_dir), management) {
            (Ok(addresses), _) => addresses,
            (Err(_), Some(_)) => Addresses::default(),
            (Err(failure), None) => return Err(failure),
        };
        if let Some(address) = management {
            addresses.listeners.insert("management".to_owned(), strip_scheme(address).to_owned());
        }
        Ok(Self { addresses, session: None })
    }

    /// The same bus, for a test session.
    pub(crate) fn within(self, session: Option<SessionKey>) -> Self {
        Self { session, ..self }
    }

    /// A bus whose addresses are known.
    pub(crate) fn at(addresses: Addresses) -> Self {
        Self { addresses, session: None }
    }

    /// `host:port` of a listener.
    pub(crate) fn address(&self, listener: &str) -> Result<&str, Failure> {
        self.addresses.listeners.get(listener).map(String::as_str).ok_or_else(|| {
            let known: Vec<_> = self.addresses.listeners.keys().map(String::as_str).collect();
            Failure::Usage(format!("this bus has no listener `{listener}`; it has {}", known.join(", ")))
        })
    }

    /// A connection to a listener, in the session that was named.
    pub(crate) async fn channel(&self, listener: &str) -> Result<BusChannel, Failure> {
        // A key's characters are all allowed in metadata.
        let key = self.session.as_ref().and_then(|key| key.as_str().parse().ok());
        Ok(InterceptedService::new(connect(self.address(listener)?).await?, InSession(key)))
    }
}

/// A plain connection to `host:port`, made at once so that an absent bus is noticed here.
pub(crate) async fn connect(address: &str) -> Result<Channel, Failure> {
    let unreachable = |cause: String| Failure::Unreachable { address: address.to_owned(), cause };
    Endpoint::from_shared(format!("http://{}", strip_scheme(address)))
        .map_err(|error| Failure::Usage(format!("`{address}` is no address ({error}); write host:port")))?
        .connect_timeout(Duration::from_secs(5))
        .connect()
        .await
        .map_err(|error| unreachable(root_cause(&error)))
}

fn strip_scheme(address: &str) -> &str {
    address.trim_start_matches("http://").trim_end_matches('/')
}

/// The innermost error: what the operating system said.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// The data folder, made where it is absent and closed to others.
pub(crate) fn prepare_data_dir(path: &Path) -> Result<PathBuf, Failure> {
    let fail = |error: std::io::Error| {
        Failure::Environment(format!(
            "cannot use the data folder {}: {error}; choose another with --data-dir",
            path.display()
        ))
    };
    std::fs::create_dir_all(path).map_err(fail)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).map_err(fail)?;
    }
    path.canonicalize().map_err(fail)
}
