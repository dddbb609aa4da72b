//! The certificate services as a client sees them: publication driven by the bus's clock, and management's calls.

use std::time::Duration;

use eush_domain::Timestamp;
use eush_faults::Guarded;
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::certificate_authority_service_client::CertificateAuthorityServiceClient;
use tonic::{Request, Status};

use crate::convert;

/// A client of the certificate services. Clones share the connection.
#[derive(Clone, Debug)]
pub(crate) struct AuthorityClient {
    client: CertificateAuthorityServiceClient<Guarded>,
    timeout: Duration,
}

/// What a publication came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Publication {
    pub(crate) published: u32,
    /// When the next one is due on the virtual clock; `None` where nothing more is.
    pub(crate) next_due: Option<Timestamp>,
}

impl AuthorityClient {
    pub(crate) fn new(channel: Guarded, timeout: Duration) -> Self {
        Self { client: CertificateAuthorityServiceClient::new(channel), timeout }
    }

    /// The generated client, for calls that are passed on.
    pub(crate) fn passing(&self) -> CertificateAuthorityServiceClient<Guarded> {
        self.client.clone()
    }

    /// Longest real time of one call.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(self.timeout);
        request
    }

    /// Publishes what is due.
    pub(crate) async fn publish_due(&self, now: Timestamp) -> Result<Publication, Status> {
        let request = self.request(wire::PublishDueRequest { now: Some(convert::timestamp(now)) });
        let answer = self.client.clone().publish_due(request).await?.into_inner();
        let next_due = answer.next_due.as_ref().and_then(convert::instant);
        Ok(Publication { published: answer.published, next_due })
    }

    /// Has a publication of every algorithm served with a fault.
    pub(crate) async fn set_fault(
        &self,
        point: wire::PublicationPoint,
        fault: wire::PublicationFault,
    ) -> Result<(), Status> {
        let message = wire::SetPublicationFaultRequest {
            point: point.into(),
            fault: fault.into(),
            ..wire::SetPublicationFaultRequest::default()
        };
        self.client.clone().set_publication_fault(self.request(message)).await.map(|_| ())
    }

    /// Has a publication of every algorithm served whole again.
    pub(crate) async fn reset_fault(&self, point: wire::PublicationPoint) -> Result<(), Status> {
        let message = wire::ResetPublicationFaultsRequest {
            point: point.into(),
            ..wire::ResetPublicationFaultsRequest::default()
        };
        self.client.clone().reset_publication_faults(self.request(message)).await.map(|_| ())
    }

    /// Root and issuing certificates, and where their lists are.
    pub(crate) async fn authorities(&self) -> Result<Vec<wire::Authority>, Status> {
        let request = self.request(wire::GetAuthoritiesRequest {});
        Ok(self.client.clone().get_authorities(request).await?.into_inner().authorities)
    }
}
