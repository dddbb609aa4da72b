//! Whom to trust: certificates from files, or from the certificate services of this bus.

use std::path::{Path, PathBuf};

use eush_pki::{Certificate, ParseError, Trust};

use super::{Authorities, real_roots};
use crate::authority::AuthorityClient;
use crate::config::Fingerprint;

/// Why trust cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum TrustLoadError {
    /// The certificate services cannot be asked.
    #[error("the certificate services cannot be asked: {message}")]
    Authority {
        /// What they say, or why they cannot be reached.
        message: String,
    },
    /// A certificate cannot be read.
    #[error("the certificate in `{origin}` is malformed")]
    Malformed {
        /// File, or what stands for the certificate services.
        origin: String,
        /// Why.
        #[source]
        source: ParseError,
    },
    /// A file holds no certificate.
    #[error("`{origin}` holds no certificate in DER or PEM")]
    NoCertificate {
        /// File.
        origin: String,
    },
    /// The certificate is the real National Certification Authority's.
    #[error(
        "`{origin}` is a certificate of the real authority (SHA-256 `{fingerprint}`): this is a simulator and trusts only test authorities"
    )]
    RealAuthority {
        /// File, or what stands for the certificate services.
        origin: String,
        /// Lower-case hexadecimal.
        fingerprint: String,
    },
    /// A file cannot be read.
    #[error("`{path}` cannot be read")]
    Unreadable {
        /// File.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

pub(super) fn from_files(anchors: &[PathBuf], intermediates: &[PathBuf]) -> Result<Trust, TrustLoadError> {
    let all = |paths: &[PathBuf]| -> Result<Vec<Certificate>, TrustLoadError> {
        let certificates: Vec<_> = paths.iter().map(|path| of_file(path)).collect::<Result<_, _>>()?;
        Ok(certificates.concat())
    };
    Ok(Trust::new(all(anchors)?, all(intermediates)?))
}

fn of_file(path: &Path) -> Result<Vec<Certificate>, TrustLoadError> {
    let origin = path.display().to_string();
    let bytes =
        std::fs::read(path).map_err(|source| TrustLoadError::Unreadable { path: origin.clone(), source })?;
    let ders = match std::str::from_utf8(&bytes) {
        Ok(text) if text.contains("-----BEGIN CERTIFICATE-----") => crate::tls::certificates_of_pem(text),
        Ok(_) | Err(_) => vec![bytes],
    };
    if ders.is_empty() || ders.iter().any(Vec::is_empty) {
        return Err(TrustLoadError::NoCertificate { origin });
    }
    ders.iter().map(|der| certificate(der, &origin)).collect()
}

fn certificate(der: &[u8], origin: &str) -> Result<Certificate, TrustLoadError> {
    let fingerprint = Fingerprint::of(der).hex();
    if real_roots::is_real(&fingerprint) {
        return Err(TrustLoadError::RealAuthority { origin: origin.to_owned(), fingerprint });
    }
    Certificate::parse(der).map_err(|source| TrustLoadError::Malformed { origin: origin.to_owned(), source })
}

/// Roots as anchors, issuing certificates as intermediates, and where their lists are.
pub(super) async fn from_authority(authority: &AuthorityClient) -> Result<Authorities, TrustLoadError> {
    let told = authority
        .authorities()
        .await
        .map_err(|status| TrustLoadError::Authority { message: status.message().to_owned() })?;
    let origin = "certificate services";
    let (mut anchors, mut intermediates) = (Vec::new(), Vec::new());
    let (mut urls, mut delta_urls, mut responders) = (Vec::new(), Vec::new(), Vec::new());
    for authority in told {
        anchors.push(certificate(&authority.root, origin)?);
        intermediates.push(certificate(&authority.issuing, origin)?);
        urls.extend(addresses(&authority.crl_urls)?);
        delta_urls.extend(addresses(&authority.delta_crl_urls)?);
        for issuer in [&authority.issuing, &authority.root] {
            responders.push((certificate(issuer, origin)?, addresses(&authority.ocsp_urls)?));
        }
    }
    if anchors.is_empty() {
        return Err(TrustLoadError::Authority { message: "they name no authority".to_owned() });
    }
    for urls in [&mut urls, &mut delta_urls] {
        urls.sort_by_key(ToString::to_string);
        urls.dedup();
    }
    Ok(Authorities { trust: Trust::new(anchors, intermediates), urls, delta_urls, responders })
}

fn addresses(urls: &[String]) -> Result<Vec<http::Uri>, TrustLoadError> {
    let address = |url: &String| match url.parse::<http::Uri>() {
        Ok(address) if address.scheme_str() == Some("http") => Ok(address),
        Ok(_) | Err(_) => {
            let message = format!("the address `{url}` is no `http` address");
            Err(TrustLoadError::Authority { message })
        }
    };
    urls.iter().map(address).collect()
}
