//! What tests of agencies and fronts stand on: a stub test authority, a stub gateway for callbacks, and hosts that stop when
//! they are dropped. Only in tests: the feature `testing` is for dev-dependencies.
#![expect(clippy::expect_used, reason = "a stub that cannot start is a failed test")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use eush_sign::asn1::writer;
use eush_sign::{KeyAlgorithm, SigningKey, oids, signature_identifier};
use eush_wire::bus::v1 as bus;
use eush_wire::bus::v1::gateway_service_server::{GatewayService, GatewayServiceServer};
use eush_wire::management::v1 as management;
use eush_wire::management::v1::certificate_authority_service_server::{
    CertificateAuthorityService, CertificateAuthorityServiceServer,
};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{Request, Response, Status};

use crate::host::{Host, Listen, Services};
use crate::link::Link;

/// Something served on loopback until it is dropped.
#[derive(Debug)]
pub struct Running {
    /// Where.
    pub address: SocketAddr,
    _stop: DropGuard,
}

impl Running {
    /// Serves these services on a port of the system's choice.
    pub async fn serve(name: &str, services: Services) -> Self {
        let host = Host::bind(Listen::loopback(name)).await.expect("loopback can be bound");
        let address = host.address();
        let (stop, _stop) = stopper();
        tokio::spawn(host.serve(services, stop.cancelled_owned()));
        Self { address, _stop }
    }

    /// Takes over something whose serving ends with the token that `serve` is given.
    pub fn adopt<F>(address: SocketAddr, serve: impl FnOnce(CancellationToken) -> F) -> Self
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let (stop, _stop) = stopper();
        tokio::spawn(serve(stop));
        Self { address, _stop }
    }

    /// The way there.
    pub fn link(&self) -> Link {
        Link::plain(self.address)
    }
}

fn stopper() -> (CancellationToken, DropGuard) {
    let stop = CancellationToken::new();
    (stop.clone(), stop.drop_guard())
}

/// The key that the stub authority gives a subject.
pub fn key_of(common_name: &str) -> SigningKey {
    SigningKey::derive_gost(KeyAlgorithm::Gost2015_512, common_name.as_bytes())
        .expect("GOST keys can be derived")
}

/// A stub test authority: a key and a bare self-signed certificate for whoever asks.
#[derive(Clone, Debug, Default)]
pub struct StubAuthority {
    enrolled: Arc<Mutex<Vec<management::CertificateSubject>>>,
}

impl StubAuthority {
    /// Serves it.
    pub async fn serve(&self) -> Running {
        let mut services = Services::default();
        services.add(CertificateAuthorityServiceServer::new(self.clone()));
        Running::serve("certificates", services).await
    }

    /// Who asked, in order.
    pub fn enrolled(&self) -> Vec<management::CertificateSubject> {
        self.enrolled.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

// As little of a certificate as signed data look at.
fn certificate(key: &SigningKey, common_name: &str) -> Vec<u8> {
    let at = time::macros::datetime!(2026-01-01 0:00 UTC);
    let attribute =
        writer::sequence([writer::oid(&oids::Oid::new_unwrap("2.5.4.3")), writer::utf8(common_name)]);
    let name = writer::sequence([writer::set_of(vec![attribute])]);
    let identifier = signature_identifier(key.algorithm());
    let instant = || writer::time(at).expect("2026 can be written");
    let tbs = writer::sequence([
        writer::explicit(0, &writer::integer(2)),
        writer::integer(7),
        identifier.clone(),
        name.clone(),
        writer::sequence([instant(), instant()]),
        name,
        key.public_key().spki_der().to_vec(),
    ]);
    let signature = writer::bit_bytes(&key.sign(&tbs).expect("the key signs"));
    writer::sequence([tbs, identifier, signature])
}

fn unimplemented<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("the stub only enrolls"))
}

#[tonic::async_trait]
impl CertificateAuthorityService for StubAuthority {
    async fn enroll(
        &self,
        request: Request<management::EnrollRequest>,
    ) -> Result<Response<management::EnrollResponse>, Status> {
        let subject = request.into_inner().subject.unwrap_or_default();
        let key = key_of(&subject.common_name);
        let leaf = certificate(&key, &subject.common_name);
        self.enrolled.lock().unwrap_or_else(PoisonError::into_inner).push(subject);
        Ok(Response::new(management::EnrollResponse {
            private_key: key.pkcs8_der().to_vec(),
            chain: vec![leaf.clone(), leaf],
            ..management::EnrollResponse::default()
        }))
    }

    async fn list_certificates(
        &self,
        _: Request<management::ListCertificatesRequest>,
    ) -> Result<Response<management::ListCertificatesResponse>, Status> {
        unimplemented()
    }

    async fn revoke_certificate(
        &self,
        _: Request<management::RevokeCertificateRequest>,
    ) -> Result<Response<management::RevokeCertificateResponse>, Status> {
        unimplemented()
    }

    async fn hold_certificate(
        &self,
        _: Request<management::HoldCertificateRequest>,
    ) -> Result<Response<management::HoldCertificateResponse>, Status> {
        unimplemented()
    }

    async fn release_certificate(
        &self,
        _: Request<management::ReleaseCertificateRequest>,
    ) -> Result<Response<management::ReleaseCertificateResponse>, Status> {
        unimplemented()
    }

    async fn publish_due(
        &self,
        _: Request<management::PublishDueRequest>,
    ) -> Result<Response<management::PublishDueResponse>, Status> {
        unimplemented()
    }

    async fn get_authorities(
        &self,
        _: Request<management::GetAuthoritiesRequest>,
    ) -> Result<Response<management::GetAuthoritiesResponse>, Status> {
        unimplemented()
    }

    async fn publish_now(
        &self,
        _: Request<management::PublishNowRequest>,
    ) -> Result<Response<management::PublishNowResponse>, Status> {
        unimplemented()
    }

    async fn set_publication_fault(
        &self,
        _: Request<management::SetPublicationFaultRequest>,
    ) -> Result<Response<management::SetPublicationFaultResponse>, Status> {
        unimplemented()
    }

    async fn reset_publication_faults(
        &self,
        _: Request<management::ResetPublicationFaultsRequest>,
    ) -> Result<Response<management::ResetPublicationFaultsResponse>, Status> {
        unimplemented()
    }

    async fn list_publication_faults(
        &self,
        _: Request<management::ListPublicationFaultsRequest>,
    ) -> Result<Response<management::ListPublicationFaultsResponse>, Status> {
        unimplemented()
    }

    async fn describe_defects(
        &self,
        _: Request<management::DescribeDefectsRequest>,
    ) -> Result<Response<management::DescribeDefectsResponse>, Status> {
        unimplemented()
    }
}

/// A completion that reached the stub gateway.
#[derive(Clone, Debug)]
pub struct Completion {
    /// As sent.
    pub request: bus::CompleteDeliveryRequest,
    /// The `traceparent` that came with it; empty where there was none.
    pub traceparent: String,
}

/// A stub gateway that takes completions and nothing else.
#[derive(Clone, Debug, Default)]
pub struct StubGateway {
    completions: Arc<Mutex<Vec<Completion>>>,
}

impl StubGateway {
    /// Serves it.
    pub async fn serve(&self) -> Running {
        let mut services = Services::default();
        services.add(GatewayServiceServer::new(self.clone()));
        Running::serve("gateway", services).await
    }

    /// What came, in order.
    pub fn completions(&self) -> Vec<Completion> {
        self.completions.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[tonic::async_trait]
impl GatewayService for StubGateway {
    async fn send(&self, _: Request<bus::SendRequest>) -> Result<Response<bus::SendResponse>, Status> {
        Err(Status::unimplemented("the stub only takes completions"))
    }

    async fn lookup(&self, _: Request<bus::LookupRequest>) -> Result<Response<bus::LookupResponse>, Status> {
        Err(Status::unimplemented("the stub only takes completions"))
    }

    async fn complete_delivery(
        &self,
        request: Request<bus::CompleteDeliveryRequest>,
    ) -> Result<Response<bus::CompleteDeliveryResponse>, Status> {
        let traceparent = request.metadata().get("traceparent").and_then(|value| value.to_str().ok());
        let traceparent = traceparent.unwrap_or_default().to_owned();
        let completion = Completion { traceparent, request: request.into_inner() };
        self.completions.lock().unwrap_or_else(PoisonError::into_inner).push(completion);
        Ok(Response::new(bus::CompleteDeliveryResponse::default()))
    }
}
