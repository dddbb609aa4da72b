//! The certificate services as a client sees them: publication driven by the bus's clock, and management's calls.

use std::time::Duration;

use eush_domain::{SessionKey, Timestamp};
use eush_faults::Guarded;
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::certificate_authority_service_client::CertificateAuthorityServiceClient;
use eush_wire::management::v1::session_part_service_client::SessionPartServiceClient;
use tonic::metadata::AsciiMetadataValue;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::{Request, Status};

use crate::convert;

/// Largest state of a part that is saved or restored.
pub(crate) const STATE_BYTES: usize = 256 << 20;

/// A client of the certificate services. Clones share the connection.
#[derive(Clone, Debug)]
pub(crate) struct AuthorityClient {
    channel: Guarded,
    session: Option<SessionKey>,
    timeout: Duration,
}

/// A connection whose calls all belong to one realm.
pub(crate) type RealmChannel = InterceptedService<Guarded, InSession>;

/// Puts a session's key into every call; nothing for the shared bus.
#[derive(Clone, Debug)]
pub(crate) struct InSession(Option<AsciiMetadataValue>);

impl InSession {
    pub(crate) fn of(session: Option<&SessionKey>) -> Self {
        // A key's characters are all allowed in metadata.
        Self(session.and_then(|key| key.as_str().parse().ok()))
    }
}

impl Interceptor for InSession {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(key) = &self.0 {
            request.metadata_mut().insert(SessionKey::HEADER, key.clone());
        }
        Ok(request)
    }
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
        Self { channel, session: None, timeout }
    }

    /// The same connection for a session's own part of the certificate services.
    pub(crate) fn of_session(&self, session: Option<&SessionKey>) -> Self {
        Self { session: session.cloned(), ..self.clone() }
    }

    /// The session whose part this is; `None` is the shared one.
    pub(crate) fn session(&self) -> Option<&SessionKey> {
        self.session.as_ref()
    }

    fn realm_channel(&self) -> RealmChannel {
        InterceptedService::new(self.channel.clone(), InSession::of(self.session.as_ref()))
    }

    /// What the certificate services keep for the session.
    pub(crate) fn part(&self) -> SessionPartServiceClient<RealmChannel> {
        SessionPartServiceClient::new(self.realm_channel())
            .max_decoding_message_size(STATE_BYTES)
            .max_encoding_message_size(STATE_BYTES)
    }

    /// The generated client, for calls that are passed on.
    pub(crate) fn passing(&self) -> CertificateAuthorityServiceClient<RealmChannel> {
        CertificateAuthorityServiceClient::new(self.realm_channel())
    }

    /// Longest real time of one call.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// A request with the time-out.
    pub(crate) fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(self.timeout);
        request
    }

    /// Publishes what is due.
    pub(crate) async fn publish_due(&self, now: Timestamp) -> Result<Publication, Status> {
        let request = self.request(wire::PublishDueRequest { now: Some(convert::timestamp(now)) });
        let answer = self.passing().publish_due(request).await?.into_inner();
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
        self.passing().set_publication_fault(self.request(message)).await.map(|_| ())
    }

    /// Has a publication of every algorithm served whole again.
    pub(crate) async fn reset_fault(&self, point: wire::PublicationPoint) -> Result<(), Status> {
        let message = wire::ResetPublicationFaultsRequest {
            point: point.into(),
            ..wire::ResetPublicationFaultsRequest::default()
        };
        self.passing().reset_publication_faults(self.request(message)).await.map(|_| ())
    }

    /// Root and issuing certificates, and where their lists are.
    pub(crate) async fn authorities(&self) -> Result<Vec<wire::Authority>, Status> {
        let request = self.request(wire::GetAuthoritiesRequest {});
        Ok(self.passing().get_authorities(request).await?.into_inner().authorities)
    }
}
