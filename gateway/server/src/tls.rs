//! TLS of the bus's listener: rustls with ring, through tonic. It identifies sending systems, never people: a person's
//! certificate is judged over the document's signature, where a refusal can say why.

use std::path::{Path, PathBuf};

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tonic::transport::{Certificate, Identity, ServerTlsConfig};

use crate::config::GatewayListener;

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("the file `{path}` of `{key}` cannot be read")]
pub struct TlsFileError {
    /// Configuration key.
    pub key: &'static str,
    /// File.
    pub path: String,
    /// Why.
    #[source]
    pub source: std::io::Error,
}

/// The listener's TLS; `None` where it has none. Blocks on files.
pub(crate) fn of_listener(listener: &GatewayListener) -> Result<Option<ServerTlsConfig>, TlsFileError> {
    let (Some(certificate), Some(key)) = (&listener.tls_certificate, &listener.tls_key) else {
        return Ok(None);
    };
    let certificate = text("gateway.tls_certificate", certificate)?;
    let key = text("gateway.tls_key", key)?;
    let config = ServerTlsConfig::new().identity(Identity::from_pem(certificate, key));
    Ok(Some(match client_ca(listener)? {
        // Optional, because a sender without a pin need not have a certificate; who must have one is the pipeline's.
        Some(pem) => config.client_ca_root(Certificate::from_pem(pem)).client_auth_optional(true),
        None => config,
    }))
}

fn client_ca(listener: &GatewayListener) -> Result<Option<String>, TlsFileError> {
    listener.client_ca.as_ref().map(|path| text("gateway.client_ca", path)).transpose()
}

/// The text of a configured file.
pub(crate) fn text(key: &'static str, path: &Path) -> Result<String, TlsFileError> {
    std::fs::read_to_string(path).map_err(|source| TlsFileError {
        key,
        path: path.display().to_string(),
        source,
    })
}

/// The text of an optional configured file.
pub(crate) fn optional_text(
    key: &'static str,
    path: Option<&PathBuf>,
) -> Result<Option<String>, TlsFileError> {
    path.map(|path| text(key, path)).transpose()
}

/// The DER of every certificate of a PEM text; one that cannot be decoded is an empty DER, which no reader takes.
pub(crate) fn certificates_of_pem(text: &str) -> Vec<Vec<u8>> {
    CertificateDer::pem_slice_iter(text.as_bytes())
        .map(|certificate| certificate.map(|der| der.to_vec()).unwrap_or_default())
        .collect()
}
