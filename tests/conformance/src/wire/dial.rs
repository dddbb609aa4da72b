//! How a listener is reached: in the clear, or over TLS with the authority that the user names. One way to a socket
//! serves the library's calls and those made by hand, so that both judge the same subject.

use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};
use tonic::transport::{Channel, Endpoint};

use super::root;

/// How long a connection attempt may take.
const CONNECT: Duration = Duration::from_secs(20);
/// The one protocol of gRPC (RFC 7301; gRPC over HTTP/2, "Security").
const ALPN: &[u8] = b"h2";

/// How a subject that listens on TLS is spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// PEM of the authorities, one of which must have issued the subject's certificate.
    pub authorities: String,
    /// Who the runner is to a subject that asks; `None` shows no certificate.
    pub identity: Option<TlsIdentity>,
    /// Name that the subject's certificate must be for; `None` is the host of its address.
    pub server_name: Option<String>,
}

/// A certificate of the runner's, for mutual TLS.
#[derive(Clone, PartialEq, Eq)]
pub struct TlsIdentity {
    /// PEM of the chain, leaf first.
    pub certificate: String,
    /// PEM of the private key.
    pub key: String,
}

impl std::fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsIdentity(…)")
    }
}

/// Why TLS cannot be spoken with what the user gave.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {cause}")]
pub struct TlsError {
    /// What was given.
    what: &'static str,
    /// What is wrong with it.
    cause: String,
}

/// Reaches listeners.
#[derive(Clone, Default)]
pub(crate) struct Dialer(Option<Secure>);

#[derive(Clone)]
struct Secure {
    connector: TlsConnector,
    server_name: Option<ServerName<'static>>,
    mutual: bool,
}

impl std::fmt::Debug for Dialer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Dialer({})", self.transport())
    }
}

/// A connection, whatever it goes over.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection as hyper takes it.
pub(crate) type Io = TokioIo<Box<dyn Stream>>;

impl Dialer {
    /// With TLS, where it is asked for.
    pub(crate) fn new(tls: Option<&Tls>) -> Result<Self, TlsError> {
        tls.map(Secure::new).transpose().map(Self)
    }

    /// As a report names it.
    pub(crate) fn transport(&self) -> &'static str {
        match &self.0 {
            None => "plain",
            Some(secure) if secure.mutual => "mutual-tls",
            Some(_) => "tls",
        }
    }

    /// Scheme of what is asked over it.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.0.is_some() { "https" } else { "http" }
    }

    /// A connection that is there: to `host:port`, or a URL.
    pub(crate) async fn stream(&self, address: &str) -> Result<Io, String> {
        let authority = authority(address);
        let dialing = async {
            let stream = TcpStream::connect(authority).await.map_err(|error| error.to_string())?;
            // Frames written by hand come in several pieces; Nagle would have each wait for the peer's delayed word.
            stream.set_nodelay(true).map_err(|error| error.to_string())?;
            match &self.0 {
                None => Ok(TokioIo::new(Box::new(stream) as Box<dyn Stream>)),
                Some(secure) => secure.over(stream, authority).await,
            }
        };
        let late = |_| format!("no connection within {} s", CONNECT.as_secs());
        tokio::time::timeout(CONNECT, dialing).await.map_err(late)?
    }

    /// A channel to `host:port` (or a URL), connected now, so that absence is noticed here.
    pub(crate) async fn connect(&self, address: &str) -> Result<Channel, String> {
        let no_address = |error: &dyn std::fmt::Display| format!("`{address}` is no address: {error}");
        let host = authority(address).to_owned();
        let endpoint = Endpoint::from_shared(format!("http://{host}")).map_err(|error| no_address(&error))?;
        let origin = format!("{}://{host}", self.scheme()).parse();
        let endpoint = endpoint.origin(origin.map_err(|error: http::uri::InvalidUri| no_address(&error))?);
        let dialer = self.clone();
        // The connection is made here and not by tonic, whose own TLS keeps its hands on the settings.
        let connector = tower::service_fn(move |_: http::Uri| {
            let (dialer, host) = (dialer.clone(), host.clone());
            async move { dialer.stream(&host).await.map_err(std::io::Error::other) }
        });
        endpoint.connect_with_connector(connector).await.map_err(|error| root(&error))
    }
}

impl Secure {
    fn new(tls: &Tls) -> Result<Self, TlsError> {
        let fault = |what: &'static str| move |cause: String| TlsError { what, cause };
        let authorities = "the authorities of the subject's certificate";
        let mut roots = RootCertStore::empty();
        for der in certificates(&tls.authorities).map_err(fault(authorities))? {
            roots.add(der).map_err(|error| fault(authorities)(error.to_string()))?;
        }
        let provider = Arc::new(crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| fault("TLS")(error.to_string()))?
            .with_root_certificates(roots);
        let mut config = match &tls.identity {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let chain = certificates(&identity.certificate).map_err(fault("the runner's certificate"))?;
                let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes())
                    .map_err(|error| fault("the runner's key")(error.to_string()))?;
                builder
                    .with_client_auth_cert(chain, key)
                    .map_err(|error| fault("the runner's certificate and key")(error.to_string()))?
            }
        };
        config.alpn_protocols = vec![ALPN.to_vec()];
        let named = tls.server_name.clone().map(ServerName::try_from).transpose();
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
            server_name: named.map_err(|error| fault("the subject's name")(error.to_string()))?,
            mutual: tls.identity.is_some(),
        })
    }

    async fn over(&self, stream: TcpStream, authority: &str) -> Result<Io, String> {
        let name = match &self.server_name {
            Some(name) => name.clone(),
            None => {
                let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
                let host = host.trim_matches(['[', ']']).to_owned();
                ServerName::try_from(host).map_err(|error| format!("`{authority}` names no host: {error}"))?
            }
        };
        let stream = self.connector.connect(name, stream).await.map_err(|error| format!("TLS: {error}"))?;
        Ok(TokioIo::new(Box::new(stream) as Box<dyn Stream>))
    }
}

/// The certificates of a PEM text, at least one.
fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())?;
    if found.is_empty() { Err("no certificate in PEM is in it".to_owned()) } else { Ok(found) }
}

/// `host:port` of an address.
pub(crate) fn authority(address: &str) -> &str {
    let plain = address.split_once("://").map_or(address, |(_, rest)| rest);
    plain.trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_told_as_such() {
        let tls = Tls { authorities: "no PEM".to_owned(), identity: None, server_name: None };
        let error = Dialer::new(Some(&tls)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the authorities of the subject's certificate: no certificate in PEM is in it"
        );
        assert_eq!(Dialer::new(None).unwrap().transport(), "plain");
    }

    #[test]
    fn an_address_is_host_and_port_in_whatever_form_it_comes() {
        for address in ["127.0.0.1:7", "http://127.0.0.1:7", "https://127.0.0.1:7/"] {
            assert_eq!(authority(address), "127.0.0.1:7", "{address}");
        }
    }
}
