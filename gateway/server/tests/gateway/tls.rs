//! TLS on a real socket: the server's certificate, client certificates, and the pin of a sender.

use eush_domain::SenderId;
use eush_gateway::config::Fingerprint;
use eush_wire::bus::v1 as bus;
use eush_wire::bus::v1::process_service_client::ProcessServiceClient;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

use crate::world::{REGULATION, World, info, reason};

struct Made {
    pem: String,
    key: String,
    fingerprint: Fingerprint,
}

/// An authority and what it signed.
struct Issuer {
    certificate: rcgen::Certificate,
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
}

impl Issuer {
    fn new() -> Self {
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate, issuer: rcgen::Issuer::new(params, key) }
    }

    fn issue(&self, name: &str) -> Made {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Made {
            pem: certificate.pem(),
            key: key.serialize_pem(),
            fingerprint: Fingerprint::of(certificate.der()),
        }
    }
}

async fn connect(world: &World, issuer: &Issuer, client: Option<&Made>) -> Channel {
    let mut tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(issuer.certificate.pem()))
        .domain_name("localhost");
    if let Some(client) = client {
        tls = tls.identity(Identity::from_pem(&client.pem, &client.key));
    }
    Endpoint::from_shared(format!("https://{}", world.addresses.gateway))
        .unwrap()
        .tls_config(tls)
        .unwrap()
        .connect_lazy()
}

async fn open(channel: Channel, id: &str) -> Result<(), tonic::Status> {
    let request = bus::OpenApplicationRequest {
        info: Some(info(id, "PORTAL", "")),
        regulation_id: REGULATION.to_owned(),
        channel: bus::Channel::Portal.into(),
        ..bus::OpenApplicationRequest::default()
    };
    ProcessServiceClient::new(channel).open_application(request).await.map(|_| ())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pinned_sender_must_present_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let issuer = Issuer::new();
    let (server, pinned, other) = (issuer.issue("localhost"), issuer.issue("portal"), issuer.issue("portal"));
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let certificate = write("server.pem", &server.pem);
    let key = write("server.key", &server.key);
    let ca = write("ca.pem", &issuer.certificate.pem());
    let world = World::with(|config| {
        config.gateway.tls_certificate = Some(certificate);
        config.gateway.tls_key = Some(key);
        config.gateway.client_ca = Some(ca);
        let portal = config.senders.get_mut(&SenderId::parse("PORTAL").unwrap()).unwrap();
        portal.client_certificate_sha256 = Some(pinned.fingerprint);
    })
    .await;

    open(connect(&world, &issuer, Some(&pinned)).await, "o-1").await.unwrap();
    for client in [None, Some(&other)] {
        let status = open(connect(&world, &issuer, client).await, "o-2").await.unwrap_err();
        assert_eq!(reason(&status).0, "SENDER_UNKNOWN", "{}", client.is_some());
    }
    // Nobody talks to it in the clear, and a stranger's authority is not taken for ours.
    let plain = Endpoint::from_shared(format!("http://{}", world.addresses.gateway)).unwrap().connect_lazy();
    assert!(open(plain, "o-3").await.is_err());
    let stranger = Issuer::new();
    assert!(open(connect(&world, &stranger, None).await, "o-4").await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_none_keeps_it_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.pem");
    std::fs::write(&path, "no key").unwrap();
    let text = format!(
        "[gateway]\nlisten = \"127.0.0.1:0\"\ntls_certificate = '{0}'\ntls_key = '{0}'\n[management]\nlisten = \"127.0.0.1:0\"\n\
         [store]\ndata_dir = '{1}'\n",
        path.display(),
        folder.path().join("store").display(),
    );
    let config = eush_gateway::Config::parse(&text, &std::collections::HashMap::new()).unwrap();
    let error = eush_gateway::Gateway::bind(config).await.unwrap_err();
    assert!(matches!(error, eush_gateway::StartError::Tls(_)), "{error}");
}
