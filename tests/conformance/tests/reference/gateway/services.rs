//! The calls of the wire, one by one.

use std::pin::Pin;

use eush_wire::bus::v1::gateway_service_server::GatewayService;
use eush_wire::bus::v1::process_service_server::ProcessService;
use eush_wire::eds::v1 as eds;
use tonic::{Request, Response};

use super::super::face::{face, read, write};
use super::*;

#[tonic::async_trait]
impl GatewayService for Reference {
    async fn send(&self, request: Request<bus::SendRequest>) -> Result<Response<bus::SendResponse>, Status> {
        let request = request.into_inner();
        let _one = self.one.lock().await;
        let id = request.info.clone().unwrap_or_default().message_id;
        let content = request.document.clone().unwrap_or_default().content.to_vec();
        let known = self.state.lock().unwrap().messages.get(&id).cloned();
        if let Some((before, answer)) = known.filter(|_| !self.has(Defect::DispatchedAgain)) {
            if before != content && !self.has(Defect::ReusedIdAnswered) {
                return Err(self.refuse(Rejection::MessageIdReused, &id, &[]));
            }
            return answer.map(Response::new);
        }
        let answer = self.send_once(&request).await;
        if answer.is_ok() {
            self.state.lock().unwrap().messages.insert(id, (content, answer.clone()));
        }
        answer.map(Response::new)
    }

    async fn lookup(
        &self,
        request: Request<bus::LookupRequest>,
    ) -> Result<Response<bus::LookupResponse>, Status> {
        let request = request.into_inner();
        let info = request.info.clone().unwrap_or_default();
        let refuse = |rejection| self.refuse(rejection, &info.message_id, &[]);
        self.sender(&info).map_err(refuse)?;
        let query = request.queries.first().cloned().unwrap_or_default();
        if query.service_id != "GBDFL_Person" {
            return Err(refuse(Rejection::ServiceUnknown));
        }
        let signed = query.question.clone().unwrap_or_default();
        let question = bus::RegisterQuery::decode(signed.content.clone())
            .map_err(|_| refuse(Rejection::EnvelopeMalformed))?;
        if !(signed.signature.is_empty() && self.has(Defect::UnsignedQuestionAsked)) {
            let expected = Expected::System(question.asking_system.clone());
            self.signed_by(&signed, &expected, &[]).await.map_err(refuse)?;
        }
        self.called("gbdfl", &info, "lookup");
        let iin = payloads::iin(question.about.as_ref()).map_err(|_| refuse(Rejection::EnvelopeMalformed))?;
        let found = payloads::person(&self.population, &iin);
        if found.is_none() && self.has(Defect::AbsenceIsError) {
            return Err(refuse(Rejection::PersonAbsent));
        }
        let presence = if found.is_some() { bus::Presence::Present } else { bus::Presence::Absent };
        let mut state = self.state.lock().unwrap();
        let status = state.applications.get_mut(&request.application_id).map(|application| {
            if found.is_some() || self.has(Defect::AbsentGoesOn) {
                application.next = bus::NextAction::SignAndSend;
            } else {
                application.refused(Rejection::PersonAbsent);
            }
            application.status()
        });
        let answer = bus::QueryAnswer {
            service_id: query.service_id,
            presence: presence.into(),
            answer: found.map(|found| payloads::pack(&found)),
        };
        Ok(Response::new(bus::LookupResponse {
            info: Some(answer_info(&info)),
            answers: vec![answer],
            status,
            steps: Vec::new(),
        }))
    }

    async fn complete_delivery(
        &self,
        request: Request<bus::CompleteDeliveryRequest>,
    ) -> Result<Response<bus::CompleteDeliveryResponse>, Status> {
        let info = request.into_inner().info.unwrap_or_default();
        self.sender(&info).map_err(|rejection| self.refuse(rejection, &info.message_id, &[]))?;
        if self.has(Defect::AnybodyCompletes) {
            return Ok(Response::new(bus::CompleteDeliveryResponse {
                info: Some(answer_info(&info)),
                status: None,
            }));
        }
        // No agency of this bus is a process of its own, so no sender may end a delivery.
        Err(self.refuse(Rejection::SenderNotAllowed, &info.message_id, &[]))
    }
}

#[tonic::async_trait]
impl ProcessService for Reference {
    async fn open_application(
        &self,
        request: Request<bus::OpenApplicationRequest>,
    ) -> Result<Response<bus::OpenApplicationResponse>, Status> {
        let request = request.into_inner();
        let info = request.info.clone().unwrap_or_default();
        let desk = self.sender(&info).map_err(|rejection| self.refuse(rejection, &info.message_id, &[]))?;
        let id = format!("app-{}", info.message_id);
        let mut application = Application::new(&id, &info.sender.clone().unwrap_or_default().sender_id, desk);
        application.steps.push(step("1-үдеріс", bus::StepOutcome::Done));
        let status = application.status();
        self.state.lock().unwrap().applications.insert(id, application);
        Ok(Response::new(bus::OpenApplicationResponse { status: Some(status), steps: Vec::new() }))
    }

    async fn report_step(
        &self,
        request: Request<bus::ReportStepRequest>,
    ) -> Result<Response<bus::ReportStepResponse>, Status> {
        use bus::report_step_request::Report;

        let request = request.into_inner();
        let info = request.info.clone().unwrap_or_default();
        let refuse = |rejection| self.refuse(rejection, &info.message_id, &[]);
        self.sender(&info).map_err(refuse)?;
        let mut state = self.state.lock().unwrap();
        let application = state
            .applications
            .get_mut(&request.application_id)
            .ok_or_else(|| refuse(Rejection::ApplicationUnknown))?;
        match request.report {
            Some(Report::Authentication(login)) if application.next == bus::NextAction::Authenticate => {
                if login.authentic || self.has(Defect::LoginForgotten) {
                    application.steps.push(step("1-шарт", bus::StepOutcome::Passed));
                    application.next = bus::NextAction::FillForm;
                } else {
                    application.refused(Rejection::LoginRefused);
                }
            }
            Some(Report::FormCompletion(form))
                if application.next == bus::NextAction::FillForm || self.has(Defect::FormBeforeLogin) =>
            {
                application.steps.push(step("3-үдеріс", bus::StepOutcome::Done));
                application.applicant = form.applicant;
                let direct = !application.desk || self.has(Defect::LookupLeftOut);
                application.next =
                    if direct { bus::NextAction::SignAndSend } else { bus::NextAction::LookUp };
            }
            Some(Report::HandOver(_)) if application.next == bus::NextAction::HandOver => {
                application.state = bus::ApplicationState::Completed;
                application.next = bus::NextAction::None;
            }
            _ => return Err(refuse(Rejection::StepOutOfOrder)),
        }
        Ok(Response::new(bus::ReportStepResponse { status: Some(application.status()), steps: Vec::new() }))
    }

    async fn get_application(
        &self,
        request: Request<bus::GetApplicationRequest>,
    ) -> Result<Response<bus::GetApplicationResponse>, Status> {
        let request = request.into_inner();
        let state = self.state.lock().unwrap();
        let found = state.applications.get(&request.application_id);
        let application = found.ok_or_else(|| self.refuse(Rejection::ApplicationUnknown, "", &[]))?;
        Ok(Response::new(bus::GetApplicationResponse {
            status: Some(application.status()),
            steps: application.steps.clone(),
        }))
    }

    type WatchApplicationStream =
        Pin<Box<dyn tokio_stream::Stream<Item = Result<bus::WatchApplicationResponse, Status>> + Send>>;

    async fn watch_application(
        &self,
        _: Request<bus::WatchApplicationRequest>,
    ) -> Result<Response<Self::WatchApplicationStream>, Status> {
        Err(Status::unimplemented("not watched"))
    }

    async fn list_applications(
        &self,
        _: Request<bus::ListApplicationsRequest>,
    ) -> Result<Response<bus::ListApplicationsResponse>, Status> {
        let state = self.state.lock().unwrap();
        let applications = state.applications.values().map(Application::status).collect();
        Ok(Response::new(bus::ListApplicationsResponse { applications }))
    }
}

face!(Checks, "eush.eds.v1.CertificateService", Shared, checks);

/// The certificate check service.
async fn checks(bus: Shared, method: &str, body: bytes::Bytes) -> Result<bytes::Bytes, Status> {
    match method {
        "CheckCertificate" => write(&bus.check_certificate(read(body)?).await),
        "DescribePolicy" => {
            let stages = ["signature", "chain", "validity", "revocation", "subject", "role"]
                .map(str::to_owned)
                .to_vec();
            write(&eds::DescribePolicyResponse {
                stages,
                anchors: vec![eds::TrustAnchor::default()],
                ..Default::default()
            })
        }
        _ => Err(Status::unimplemented("the reference does not have this")),
    }
}

impl Reference {
    async fn check_certificate(
        &self,
        request: eds::CheckCertificateRequest,
    ) -> eds::CheckCertificateResponse {
        let issued = self.issued.lock().await;
        let wanted = request.expectations.unwrap_or_default();
        let rejection = match issued.get(&request.certificate) {
            None => Some(Rejection::CertificateMalformed),
            Some(issued)
                if issued.state == management::CertificateState::Revoked
                    && !self.has(Defect::CheckIgnoresRevocation) =>
            {
                Some(Rejection::CertificateRevoked)
            }
            Some(issued) if !wanted.iin.is_empty() && wanted.iin != issued.subject.iin => {
                Some(Rejection::IinMismatch)
            }
            Some(_) => None,
        };
        let facts = rejection.map(Rejection::facts);
        let indication =
            if facts.is_some() { eds::Indication::TotalFailed } else { eds::Indication::TotalPassed };
        let verdict = eds::Verdict {
            indication: indication.into(),
            reason: facts.map(|facts| facts.reason.to_owned()).unwrap_or_default(),
            text: facts.map(|facts| payloads::text(facts.text)),
            ..Default::default()
        };
        eds::CheckCertificateResponse { verdict: Some(verdict), ..Default::default() }
    }
}
