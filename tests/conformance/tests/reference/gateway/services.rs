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
        let timeout = request.metadata().get("grpc-timeout").and_then(|value| value.to_str().ok());
        let timeout = timeout.and_then(|text| text.strip_suffix('m')?.parse::<u64>().ok());
        let session = match self.session(request.metadata()) {
            Ok(()) if self.is_restoring() && self.has(Defect::RestoringIsUnknown) => {
                Err(Rejection::SessionUnknown)
            }
            Ok(()) if self.is_restoring() => Err(Rejection::BusRestoring),
            judged => judged,
        };
        let request = request.into_inner();
        let id = request.info.clone().unwrap_or_default().message_id;
        session.map_err(|rejection| self.refuse(rejection, &id, &[]))?;
        let turn = self.turns.lock().unwrap().entry(id.clone()).or_default().clone();
        let _turn = turn.lock().await;
        let content = request.document.clone().unwrap_or_default().content.to_vec();
        let known = self.state.lock().unwrap().messages.get(&id).cloned();
        if let Some((before, answer)) = known.filter(|_| !self.has(Defect::DispatchedAgain)) {
            if before != content && !self.has(Defect::ReusedIdAnswered) {
                return Err(self.refuse(Rejection::MessageIdReused, &id, &[]));
            }
            return answer.map(Response::new);
        }
        let answer = match timeout {
            Some(timeout) if timeout < 100 => Err(self.refuse(Rejection::DeadlineTooShort, &id, &[])),
            _ => self.send_once(&request).await,
        };
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
        let mut answers = Vec::new();
        let mut absent = None;
        for query in &request.queries {
            let (found, rejection) = self.ask(&info, query).await.map_err(refuse)?;
            if found.is_none() && self.has(Defect::AbsenceIsError) {
                return Err(refuse(rejection));
            }
            let presence = if found.is_some() { bus::Presence::Present } else { bus::Presence::Absent };
            absent = absent.or(found.is_none().then_some(rejection));
            answers.push(bus::QueryAnswer {
                service_id: query.service_id.clone(),
                presence: presence.into(),
                answer: found,
            });
        }
        let mut state = self.state.lock().unwrap();
        let status = state.applications.get_mut(&request.application_id).map(|application| {
            application.executed(&["3-үдеріс", "1-шарт"]);
            match absent {
                Some(rejection) if !self.has(Defect::AbsentGoesOn) => application.refused(rejection),
                _ => application.next = bus::NextAction::SignAndSend,
            }
            application.status()
        });
        Ok(Response::new(bus::LookupResponse {
            info: Some(answer_info(&info)),
            answers,
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
        application.executed(&["1-үдеріс"]);
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
                    if !application.desk {
                        application.executed(&["1-шарт"]);
                    }
                    application.next = bus::NextAction::FillForm;
                } else {
                    application.refused(Rejection::LoginRefused);
                }
            }
            Some(Report::FormCompletion(form))
                if application.next == bus::NextAction::FillForm || self.has(Defect::FormBeforeLogin) =>
            {
                application.executed(&[if application.desk { "2-үдеріс" } else { "3-үдеріс" }]);
                application.applicant = form.applicant;
                application.lookups = match payloads::bin(application.applicant.as_ref()) {
                    Ok(_) => vec!["GBDUL_Organization"],
                    Err(_) => vec!["GBDFL_Person"],
                };
                if form.representative.is_some_and(|by| by.notarized) && !self.has(Defect::PowerNotAsked) {
                    application.lookups.push("ENIS_PowerOfAttorney");
                }
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

impl Reference {
    /// What a register answers, and why a flow ends where it has nothing.
    async fn ask(
        &self,
        info: &bus::MessageInfo,
        query: &bus::Query,
    ) -> Result<(Option<prost_types::Any>, Rejection), Rejection> {
        let (register, rejection) = match query.service_id.as_str() {
            "GBDFL_Person" => ("gbdfl", Rejection::PersonAbsent),
            "GBDUL_Organization" => ("gbdul", Rejection::OrganizationAbsent),
            "ENIS_PowerOfAttorney" => ("enis", Rejection::PowerOfAttorneyAbsent),
            _ => return Err(Rejection::ServiceUnknown),
        };
        let signed = query.question.clone().unwrap_or_default();
        let malformed = |_| Rejection::EnvelopeMalformed;
        let question =
            bus::RegisterQuery::decode(signed.content.clone()).map_err(|_| Rejection::EnvelopeMalformed)?;
        if !(signed.signature.is_empty() && self.has(Defect::UnsignedQuestionAsked)) {
            let expected = Expected::System(question.asking_system.clone());
            self.signed_by(&signed, &expected, &[]).await?;
        }
        self.called(register, info, "lookup");
        let about = question.about.as_ref();
        let found = match register {
            "gbdul" => payloads::organization(&self.population, &payloads::bin(about).map_err(malformed)?)
                .map(|found| payloads::pack(&found)),
            "enis" => payloads::unpack(question.request.as_ref())
                .and_then(|asked| payloads::power(&self.population, &asked))
                .map(|found| payloads::pack(&found)),
            _ => payloads::person(&self.population, &payloads::iin(about).map_err(malformed)?)
                .map(|found| payloads::pack(&found)),
        };
        let rejection =
            if self.has(Defect::AbsenceIsOfAPerson) { Rejection::PersonAbsent } else { rejection };
        Ok((found, rejection))
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
                settings: vec!["revocation_source=ocsp-then-crl".to_owned()],
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
