//! The way to another process of the bus: an address, and the authority that vouches for it.

use std::time::Duration;

use eush_faults::Guarded;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};

/// How long a connection attempt may take.
const CONNECT: Duration = Duration::from_secs(5);

/// Where another process is.
#[derive(Clone, Debug)]
pub struct Link {
    /// `http://host:port` or `https://host:port`.
    pub address: String,
    /// PEM of the authority that vouches for the TLS certificate; `None` for plain addresses.
    pub authority_pem: Option<String>,
}

/// Why an address cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("`{address}` is no address to connect to, expected `http://host:port` or `https://host:port`")]
pub struct LinkError {
    /// The address.
    pub address: String,
    /// tonic's reason.
    #[source]
    source: tonic::transport::Error,
}

impl Link {
    /// A plain link, for loopback.
    pub fn plain(address: impl std::fmt::Display) -> Self {
        Self { address: format!("http://{address}"), authority_pem: None }
    }

    /// A channel that connects when it is first used, and again when the connection is lost.
    pub fn channel(&self) -> Result<Guarded, LinkError> {
        let wrong = |source| LinkError { address: self.address.clone(), source };
        let mut endpoint = Endpoint::from_shared(self.address.clone())
            .map_err(wrong)?
            .connect_timeout(CONNECT)
            .tcp_nodelay(true);
        if let Some(pem) = &self.authority_pem {
            let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem));
            endpoint = endpoint.tls_config(tls).map_err(wrong)?;
        }
        Ok(endpoint.connect_lazy().into())
    }
}
