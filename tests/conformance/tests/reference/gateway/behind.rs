//! What stands behind the reference bus: its agencies, and the authority of its certificates.

use super::*;

impl Reference {
    /// The agency's own decision.
    pub(super) async fn dispatch(
        &self,
        info: &bus::MessageInfo,
        document: &bus::Document,
    ) -> Result<(), Rejection> {
        match self.called("enbek", info, "deliver") {
            management::Behaviour::Down => {
                if self.has(Defect::DownCalledThrice) {
                    self.called("enbek", info, "deliver");
                    self.called("enbek", info, "deliver");
                }
                return Err(if self.has(Defect::DownIsInternal) {
                    Rejection::AgencyAnswerInvalid
                } else {
                    Rejection::AgencyUnavailable
                });
            }
            management::Behaviour::Nonsense if !self.has(Defect::NonsenseTaken) => {
                return Err(Rejection::AgencyAnswerInvalid);
            }
            management::Behaviour::Slow => return Err(Rejection::AgencyTimeout),
            _ => {}
        }
        self.held_back(&info.message_id).await;
        if !document.attachments.iter().any(|paper| paper.kind == "identity-document") {
            return Err(Rejection::DocumentsNotConforming);
        }
        let applicant =
            payloads::iin(document.applicant.as_ref()).map_err(|_| Rejection::EnvelopeMalformed)?;
        self.population.unemployment(&applicant).map(|_| ()).ok_or(Rejection::GroundsNotMet)
    }

    /// Waits as long as a rule holds this call. It holds the first alone.
    async fn held_back(&self, message_id: &str) {
        {
            let mut state = self.state.lock().unwrap();
            let Some(place) = state.rules.iter().position(|rule| rule.knob == "hold") else { return };
            let id = state.rules.remove(place).id;
            state.held.push(management::HeldCall {
                id,
                message_id: message_id.to_owned(),
                ..Default::default()
            });
        }
        loop {
            let released = self.released.notified();
            if !self.held().iter().any(|held| held.message_id == message_id) {
                return;
            }
            released.await;
        }
    }

    /// Whether a rule breaks the signature of this message's result.
    fn is_broken(&self, message_id: &str) -> bool {
        let about = |rule: &management::FaultRule| {
            rule.scope.as_ref().is_some_and(|scope| scope.message_id == message_id)
        };
        let state = self.state.lock().unwrap();
        state.rules.iter().any(|rule| rule.knob == "bad-result-signature" && about(rule))
    }

    /// Writes down that a result was not taken.
    fn not_taken(&self, application_id: &str, message_id: &str) {
        let info = bus::MessageInfo { message_id: format!("{message_id}-result"), ..Default::default() };
        self.journal(&info, Some(Rejection::ResultSignatureInvalid), 0);
        let mut state = self.state.lock().unwrap();
        let entry = state.journal.entry(info.message_id).or_default();
        entry.kind = "complete".to_owned();
        entry.application_id = application_id.to_owned();
    }

    /// Terms that fall: everything pending is answered.
    pub async fn fire(&self) -> Result<(), Status> {
        let pending: Vec<(String, bus::Document, String)> = {
            let state = self.state.lock().unwrap();
            let waiting = state
                .applications
                .values()
                .filter(|application| application.state == bus::ApplicationState::Pending);
            waiting
                .filter_map(|application| {
                    Some((
                        application.id.clone(),
                        application.document.clone()?,
                        application.message_id.clone(),
                    ))
                })
                .collect()
        };
        for (id, document, message_id) in pending {
            let refusing = self.state.lock().unwrap().behaviours.get("enbek").copied();
            if refusing == Some(management::Behaviour::Refusing) && !self.has(Defect::RefusalIsResult) {
                let mut state = self.state.lock().unwrap();
                if let Some(application) = state.applications.get_mut(&id) {
                    application.refused(Rejection::ReasonedRefusal);
                }
                continue;
            }
            if self.is_broken(&message_id) && !self.has(Defect::BrokenResultTaken) {
                self.not_taken(&id, &message_id);
                continue;
            }
            let centre = self.population.organization("astana-employment-centre").unwrap();
            let now = prost_types::Timestamp { seconds: self.now(), nanos: 0 };
            let applicant = payloads::iin(document.applicant.as_ref()).ok();
            let person = applicant.and_then(|iin| self.population.by_iin(&iin));
            let body = person.map(|person| {
                payloads::pack(&payloads::certificate(&self.population, person, "", &message_id))
            });
            let title = eush_domain::Text { kk: "Анықтама", ru: "Справка", en: "Certificate" };
            let result = bus::ResultDocument {
                message_id,
                title: Some(payloads::text(title)),
                body,
                application_id: id.clone(),
                provider_bin: centre.bin.digits().to_owned(),
                kind: "unemployed-certificate".to_owned(),
                applicant: document.applicant.clone(),
                ..Default::default()
            };
            let subject = self.population.certificate_subject("astana-employment-centre-signatory").unwrap();
            let (key, chain) = keys::enroll(self.authority, subject).await?;
            let content = result.encode_to_vec();
            let signature = if self.has(Defect::ResultUnsigned) {
                Vec::new()
            } else {
                keys::sign(&key, &chain, &content, &now)
            };
            let content_type = "application/x-protobuf; message=eush.bus.v1.ResultDocument".to_owned();
            let mut state = self.state.lock().unwrap();
            let Some(application) = state.applications.get_mut(&id) else { continue };
            application.result =
                Some(bus::SignedDocument { content: content.into(), content_type, signature });
            let done = if application.desk {
                ["6-үдеріс", "2-шарт"]
            } else {
                ["3-шарт", "7-үдеріс"]
            };
            application.executed(&done);
            (application.state, application.next) = if application.desk {
                (bus::ApplicationState::Ready, bus::NextAction::HandOver)
            } else {
                (bus::ApplicationState::Completed, bus::NextAction::None)
            };
        }
        Ok(())
    }

    /// A certificate of the authority, with what it is to be known by.
    pub async fn enroll(
        &self,
        request: management::EnrollRequest,
    ) -> Result<management::EnrollResponse, Status> {
        let defect = request.defect();
        let subject = request.subject.clone().unwrap_or_default();
        let mut named = subject.clone();
        // The authority behind gives one certificate a subject; label and defect make another subject.
        named.common_name = format!("{} {} {}", subject.common_name, request.label, request.defect);
        let unavailable = |error: tonic::transport::Error| Status::unavailable(error.to_string());
        let address = format!("http://{}", self.authority);
        let mut client =
            management::certificate_authority_service_client::CertificateAuthorityServiceClient::connect(
                address,
            )
            .await
            .map_err(unavailable)?;
        let answer =
            client.enroll(management::EnrollRequest { subject: Some(named), ..request }).await?.into_inner();
        let key = SigningKey::from_pkcs8_der(&answer.private_key)
            .map_err(|error| Status::internal(error.to_string()))?;
        let serial = answer.certificate.clone().unwrap_or_default().serial;
        let state = management::CertificateState::Good;
        let issued = Issued { key, serial, subject, defect, state };
        self.issued.lock().await.entry(answer.chain[0].clone()).or_insert(issued);
        Ok(answer)
    }

    pub async fn set_state(&self, serial: &str, to: management::CertificateState) -> Result<(), Status> {
        if self.has(Defect::HoldForEver) && to == management::CertificateState::Good {
            return Ok(());
        }
        let mut issued = self.issued.lock().await;
        let found = issued.values_mut().find(|issued| issued.serial == serial);
        found.ok_or_else(|| Status::not_found("no such certificate"))?.state = to;
        Ok(())
    }

    /// Takes the lists that are published, unless they are published wrongly.
    pub fn refresh(&self) {
        let mut state = self.state.lock().unwrap();
        if state.faults.is_empty() {
            state.lists_at = state.now;
        }
    }

    pub fn set_fault(&self, fault: Option<management::PublicationFault>) {
        let mut state = self.state.lock().unwrap();
        match fault {
            Some(fault) => state.faults.push(fault),
            None => state.faults.clear(),
        }
    }
}
