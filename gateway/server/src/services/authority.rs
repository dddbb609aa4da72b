//! `eush.management.v1.CertificateAuthorityService`, passed on to the certificate services.
//!
//! The certificate services have no clock of their own: before each call they are told the bus's time by having them
//! publish what is due, and a revocation without an instant gets the present one. After a change of a certificate's state
//! the gateway fetches the lists again before it answers, and forgets what responders said, so that the caller's next
//! message meets the new state. After a fault of a publication was set or ended it forgets, and does not fetch lists: a held
//! list would hold the caller, and whoever wants the gateway to meet the fault of a list asks for `RefreshRevocation`.

use std::sync::Arc;

use eush_domain::Clock as _;
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::certificate_authority_service_client::CertificateAuthorityServiceClient;
use eush_wire::management::v1::certificate_authority_service_server::CertificateAuthorityService;
use tonic::{Code, Request, Response, Status};

use crate::authority::RealmChannel;
use crate::convert;
use crate::parts::Core;
use crate::realm::Realm;
use crate::rescue;

/// The service.
#[derive(Clone)]
pub(crate) struct Authority(pub(crate) Arc<Core>);

impl Authority {
    /// A client, after the certificate services have been told the time.
    async fn passing(
        &self,
        realm: &Realm,
    ) -> Result<CertificateAuthorityServiceClient<RealmChannel>, Status> {
        let Some(authority) = &realm.authority else {
            let message = "This bus trusts files and has no certificate services.";
            return Err(rescue::management(Code::FailedPrecondition, "NO_CERTIFICATE_SERVICES", message));
        };
        authority.publish_due(realm.clock.now()).await.map_err(passed)?;
        Ok(authority.passing())
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        if let Some(authority) = &self.0.ground.authority {
            request.set_timeout(authority.timeout());
        }
        request
    }
}

/// Their status as it came; one that cannot be reached gets a reason.
fn passed(status: Status) -> Status {
    if status.code() == Code::Unavailable && status.details().is_empty() {
        let message = format!("The certificate services cannot be reached: {}.", status.message());
        return rescue::management(Code::Unavailable, "CERTIFICATE_SERVICES_UNAVAILABLE", &message);
    }
    // Its headers are of another connection.
    Status::with_details(status.code(), status.message(), bytes::Bytes::copy_from_slice(status.details()))
}

#[tonic::async_trait]
impl CertificateAuthorityService for Authority {
    async fn enroll(
        &self,
        request: Request<wire::EnrollRequest>,
    ) -> Result<Response<wire::EnrollResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let request = self.request(request.into_inner());
        let answer = self.passing(&realm).await?.enroll(request).await.map_err(passed)?.into_inner();
        let state = answer.certificate.as_ref().map(|certificate| certificate.state());
        if matches!(state, Some(wire::CertificateState::Revoked | wire::CertificateState::OnHold)) {
            // People whose number is magic have such certificates from the first: the bus must know before they send.
            realm.evidence.refresh().await;
        }
        Ok(Response::new(answer))
    }

    async fn list_certificates(
        &self,
        request: Request<wire::ListCertificatesRequest>,
    ) -> Result<Response<wire::ListCertificatesResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let request = self.request(request.into_inner());
        let answer = self.passing(&realm).await?.list_certificates(request).await.map_err(passed)?;
        Ok(Response::new(answer.into_inner()))
    }

    async fn revoke_certificate(
        &self,
        request: Request<wire::RevokeCertificateRequest>,
    ) -> Result<Response<wire::RevokeCertificateResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let mut message = request.into_inner();
        message.revoked_at.get_or_insert_with(|| convert::timestamp(realm.clock.now()));
        let request = self.request(message);
        let answer = self.passing(&realm).await?.revoke_certificate(request).await.map_err(passed)?;
        realm.evidence.changed().await;
        Ok(Response::new(answer.into_inner()))
    }

    async fn hold_certificate(
        &self,
        request: Request<wire::HoldCertificateRequest>,
    ) -> Result<Response<wire::HoldCertificateResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let request = self.request(request.into_inner());
        let answer = self.passing(&realm).await?.hold_certificate(request).await.map_err(passed)?;
        realm.evidence.changed().await;
        Ok(Response::new(answer.into_inner()))
    }

    async fn release_certificate(
        &self,
        request: Request<wire::ReleaseCertificateRequest>,
    ) -> Result<Response<wire::ReleaseCertificateResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let request = self.request(request.into_inner());
        let answer = self.passing(&realm).await?.release_certificate(request).await.map_err(passed)?;
        realm.evidence.changed().await;
        Ok(Response::new(answer.into_inner()))
    }

    async fn publish_due(
        &self,
        request: Request<wire::PublishDueRequest>,
    ) -> Result<Response<wire::PublishDueResponse>, Status> {
        let realm = self.0.realm(&request)?;
        // The bus's clock drives publication: a caller's own idea of the time is not passed on.
        let message = wire::PublishDueRequest { now: Some(convert::timestamp(realm.clock.now())) };
        let _ = request;
        let request = self.request(message);
        let answer = self.passing(&realm).await?.publish_due(request).await.map_err(passed)?;
        realm.evidence.changed().await;
        Ok(Response::new(answer.into_inner()))
    }

    async fn get_authorities(
        &self,
        request: Request<wire::GetAuthoritiesRequest>,
    ) -> Result<Response<wire::GetAuthoritiesResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let request = self.request(request.into_inner());
        let answer = self.passing(&realm).await?.get_authorities(request).await.map_err(passed)?;
        Ok(Response::new(answer.into_inner()))
    }

    async fn publish_now(
        &self,
        request: Request<wire::PublishNowRequest>,
    ) -> Result<Response<wire::PublishNowResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let request = self.request(request.into_inner());
        let answer = self.passing(&realm).await?.publish_now(request).await.map_err(passed)?;
        realm.evidence.changed().await;
        Ok(Response::new(answer.into_inner()))
    }

    async fn set_publication_fault(
        &self,
        request: Request<wire::SetPublicationFaultRequest>,
    ) -> Result<Response<wire::SetPublicationFaultResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let request = self.request(request.into_inner());
        let answer = self.passing(&realm).await?.set_publication_fault(request).await.map_err(passed)?;
        realm.evidence.forget_answers();
        Ok(Response::new(answer.into_inner()))
    }

    async fn reset_publication_faults(
        &self,
        request: Request<wire::ResetPublicationFaultsRequest>,
    ) -> Result<Response<wire::ResetPublicationFaultsResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let request = self.request(request.into_inner());
        let answer = self.passing(&realm).await?.reset_publication_faults(request).await.map_err(passed)?;
        realm.evidence.forget_answers();
        Ok(Response::new(answer.into_inner()))
    }

    async fn list_publication_faults(
        &self,
        request: Request<wire::ListPublicationFaultsRequest>,
    ) -> Result<Response<wire::ListPublicationFaultsResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let request = self.request(request.into_inner());
        let answer = self.passing(&realm).await?.list_publication_faults(request).await.map_err(passed)?;
        Ok(Response::new(answer.into_inner()))
    }

    async fn describe_defects(
        &self,
        request: Request<wire::DescribeDefectsRequest>,
    ) -> Result<Response<wire::DescribeDefectsResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let request = self.request(request.into_inner());
        let answer = self.passing(&realm).await?.describe_defects(request).await.map_err(passed)?;
        Ok(Response::new(answer.into_inner()))
    }
}
