//! Certificates of the transport, made for a test: an authority, and whom it names.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    missing_docs,
    reason = "code of tests alone, of which each test binary uses a part"
)]

use eush_conformance::{Tls, TlsIdentity};

/// An authority.
pub struct Issuer {
    certificate: rcgen::Certificate,
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
}

/// A certificate and its key, in PEM.
pub struct Made {
    pub certificate: String,
    pub key: String,
}

impl Issuer {
    pub fn new() -> Self {
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate, issuer: rcgen::Issuer::new(params, key) }
    }

    /// A certificate for a name.
    pub fn issue(&self, name: &str) -> Made {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Made { certificate: certificate.pem(), key: key.serialize_pem() }
    }

    pub fn pem(&self) -> String {
        self.certificate.pem()
    }
}

/// How the runner speaks to a subject of this authority that is named `gateway.test`.
pub fn towards(issuer: &Issuer, client: Option<&Made>) -> Tls {
    let identity =
        client.map(|made| TlsIdentity { certificate: made.certificate.clone(), key: made.key.clone() });
    Tls { authorities: issuer.pem(), identity, server_name: Some("gateway.test".to_owned()) }
}
