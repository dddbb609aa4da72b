//! `eush.management.v1.CertificateAuthorityService` over the authority.

use eush_wire::management::v1 as wire;
use eush_wire::management::v1::certificate_authority_service_server::CertificateAuthorityService;
use tonic::{Request, Response, Status};

use super::session::Meant;
use super::work::Work;
use super::{convert, faults};
use crate::authority::Authority;
use crate::catalogue::catalogue;

#[derive(Clone)]
pub(super) struct Calls {
    pub(super) authority: Authority,
    pub(super) work: Work,
}

impl Calls {
    /// Runs a call on the authority that it is meant for, where it may block: it waits for the disk, and Enroll makes keys.
    async fn run<T, F>(&self, meant: Meant, call: F) -> Result<Response<T>, Status>
    where
        T: Send + 'static,
        F: FnOnce(&Authority) -> Result<T, Status> + Send + 'static,
    {
        let trunk = self.authority.clone();
        self.work
            .blocking(move || call(&meant.of(&trunk)?))
            .await
            .unwrap_or_else(|_| Err(Status::internal("call broke off")))
            .map(Response::new)
    }
}

#[tonic::async_trait]
impl CertificateAuthorityService for Calls {
    async fn enroll(
        &self,
        request: Request<wire::EnrollRequest>,
    ) -> Result<Response<wire::EnrollResponse>, Status> {
        let meant = Meant::by(request.metadata())?;
        let request = convert::request(request.into_inner())?;
        self.run(meant, move |authority| convert::enrollment(authority.enroll(&request)?)).await
    }

    async fn list_certificates(
        &self,
        request: Request<wire::ListCertificatesRequest>,
    ) -> Result<Response<wire::ListCertificatesResponse>, Status> {
        let meant = Meant::by(request.metadata())?;
        let wire::ListCertificatesRequest { iin, bin } = request.into_inner();
        self.run(meant, move |authority| {
            let found = authority.certificates(&iin, &bin)?;
            let certificates = found.into_iter().map(convert::certificate).collect();
            Ok(wire::ListCertificatesResponse { certificates })
        })
        .await
    }

    async fn revoke_certificate(
        &self,
        request: Request<wire::RevokeCertificateRequest>,
    ) -> Result<Response<wire::RevokeCertificateResponse>, Status> {
        let meant = Meant::by(request.metadata())?;
        let wire::RevokeCertificateRequest { serial, reason, revoked_at } = request.into_inner();
        let reason = convert::reason(reason)?;
        let at = revoked_at.map(|at| convert::instant("revoked_at", at)).transpose()?;
        self.run(meant, move |authority| {
            let certificate = Some(convert::certificate(authority.revoke(&serial, reason, at)?));
            Ok(wire::RevokeCertificateResponse { certificate })
        })
        .await
    }

    async fn hold_certificate(
        &self,
        request: Request<wire::HoldCertificateRequest>,
    ) -> Result<Response<wire::HoldCertificateResponse>, Status> {
        let meant = Meant::by(request.metadata())?;
        let serial = request.into_inner().serial;
        self.run(meant, move |authority| {
            let certificate = Some(convert::certificate(authority.hold(&serial)?));
            Ok(wire::HoldCertificateResponse { certificate })
        })
        .await
    }

    async fn release_certificate(
        &self,
        request: Request<wire::ReleaseCertificateRequest>,
    ) -> Result<Response<wire::ReleaseCertificateResponse>, Status> {
        let meant = Meant::by(request.metadata())?;
        let serial = request.into_inner().serial;
        self.run(meant, move |authority| {
            let certificate = Some(convert::certificate(authority.release(&serial)?));
            Ok(wire::ReleaseCertificateResponse { certificate })
        })
        .await
    }

    async fn publish_due(
        &self,
        request: Request<wire::PublishDueRequest>,
    ) -> Result<Response<wire::PublishDueResponse>, Status> {
        let meant = Meant::by(request.metadata())?;
        let now = request.into_inner().now.ok_or_else(|| convert::invalid("now", "given"))?;
        let now = convert::instant("now", now)?;
        self.run(meant, move |authority| {
            let publication = authority.publish_due(now)?;
            let next_due = Some(convert::to_instant(publication.next_due));
            Ok(wire::PublishDueResponse { published: publication.published, next_due })
        })
        .await
    }

    async fn get_authorities(
        &self,
        request: Request<wire::GetAuthoritiesRequest>,
    ) -> Result<Response<wire::GetAuthoritiesResponse>, Status> {
        let meant = Meant::by(request.metadata())?;
        self.run(meant, |authority| {
            let authorities = authority.authorities()?.into_iter().map(convert::authority).collect();
            Ok(wire::GetAuthoritiesResponse { authorities })
        })
        .await
    }

    async fn publish_now(
        &self,
        request: Request<wire::PublishNowRequest>,
    ) -> Result<Response<wire::PublishNowResponse>, Status> {
        let meant = Meant::by(request.metadata())?;
        let wire::PublishNowRequest { algorithm, point } = request.into_inner();
        let (algorithm, point) = (convert::any_algorithm(algorithm)?, faults::any_point(point)?);
        self.run(meant, move |authority| {
            let publication = authority.publish_now(algorithm, point)?;
            let next_due = Some(convert::to_instant(publication.next_due));
            Ok(wire::PublishNowResponse { published: publication.published, next_due })
        })
        .await
    }

    async fn set_publication_fault(
        &self,
        request: Request<wire::SetPublicationFaultRequest>,
    ) -> Result<Response<wire::SetPublicationFaultResponse>, Status> {
        let meant = Meant::by(request.metadata())?;
        let wire::SetPublicationFaultRequest { algorithm, point, fault } = request.into_inner();
        let algorithm = convert::any_algorithm(algorithm)?;
        let point = faults::any_point(point)?.ok_or_else(|| convert::invalid("point", "given"))?;
        let fault = faults::fault(fault)?;
        self.run(meant, move |authority| {
            authority.set_fault(algorithm, point, fault)?;
            Ok(wire::SetPublicationFaultResponse {})
        })
        .await
    }

    async fn reset_publication_faults(
        &self,
        request: Request<wire::ResetPublicationFaultsRequest>,
    ) -> Result<Response<wire::ResetPublicationFaultsResponse>, Status> {
        let meant = Meant::by(request.metadata())?;
        let wire::ResetPublicationFaultsRequest { algorithm, point } = request.into_inner();
        let (algorithm, point) = (convert::any_algorithm(algorithm)?, faults::any_point(point)?);
        self.run(meant, move |authority| {
            Ok(wire::ResetPublicationFaultsResponse { reset: authority.reset_faults(algorithm, point) })
        })
        .await
    }

    async fn list_publication_faults(
        &self,
        request: Request<wire::ListPublicationFaultsRequest>,
    ) -> Result<Response<wire::ListPublicationFaultsResponse>, Status> {
        let meant = Meant::by(request.metadata())?;
        self.run(meant, |authority| {
            let records = authority.faults().iter().map(faults::record).collect();
            Ok(wire::ListPublicationFaultsResponse { records })
        })
        .await
    }

    async fn describe_defects(
        &self,
        _request: Request<wire::DescribeDefectsRequest>,
    ) -> Result<Response<wire::DescribeDefectsResponse>, Status> {
        let defects = catalogue().iter().map(faults::description).collect();
        Ok(Response::new(wire::DescribeDefectsResponse { defects }))
    }
}
