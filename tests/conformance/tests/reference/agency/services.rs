//! The calls of the wire, one by one.

use eush_wire::adapter::v1::agency_service_server::AgencyService;
use tonic::{Request, Response};

use super::super::face::{face, read, write};
use super::*;

#[tonic::async_trait]
impl AgencyService for Reference {
    async fn describe(
        &self,
        _: Request<wire::DescribeRequest>,
    ) -> Result<Response<wire::DescribeResponse>, Status> {
        let (service, kind, request, response) = self.service();
        let name = |kk: &str| bus::LocalizedText {
            kk: if self.has(Defect::OneLanguage) { String::new() } else { kk.to_owned() },
            ru: "эталонная система".to_owned(),
            en: "reference system".to_owned(),
        };
        if self.has(Defect::DescribeCounted) {
            self.count(
                &wire::DeliveryInfo { service_id: "Nothing_By_This_Name".to_owned(), ..Default::default() },
                "lookup",
            );
        }
        let turn = self.turns.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let version =
            if self.has(Defect::DescribesDifferently) { format!("1.{turn}") } else { "1".to_owned() };
        Ok(Response::new(wire::DescribeResponse {
            agency: self.code.to_owned(),
            name: Some(name("эталондық жүйе")),
            version: if self.has(Defect::NoVersion) { String::new() } else { version },
            services: if self.code == "monitoring" || self.has(Defect::OfNoUse) {
                Vec::new()
            } else {
                vec![wire::ServiceDescription {
                    service_id: service.to_owned(),
                    kind: kind.into(),
                    request_type: request.to_owned(),
                    response_type: response.to_owned(),
                    name: Some(name("қызмет")),
                    required_attachments: vec!["identity-document".to_owned()],
                }]
            },
            payload_origin: wire::PayloadOrigin::SimulatorDefined.into(),
        }))
    }

    async fn lookup(
        &self,
        request: Request<wire::LookupRequest>,
    ) -> Result<Response<wire::LookupResponse>, Status> {
        let request = request.into_inner();
        let info = self.header(request.delivery.clone())?;
        self.offered(&info, wire::ServiceKind::Lookup)?;
        self.count(&info, "lookup");
        self.hold(&info).await;
        let busy = self.busy.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        if self.has(Defect::OneAtATime) {
            tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        }
        let found = self.entry(&request);
        self.busy.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
        if self.has(Defect::OneAtATime) && busy > 4 {
            return Err(Status::resource_exhausted("one at a time"));
        }
        let unknown = request.encoded_len();
        let outcome = match found? {
            Some(entry) => wire::lookup_response::Outcome::Found(entry),
            None => wire::lookup_response::Outcome::Absent(wire::Absent {}),
        };
        // A generated type forgets unknown fields; what refuses them would have to look at the bytes, as this defect does.
        if self.has(Defect::UnknownFieldsRefused)
            && request.request.as_ref().is_some_and(|any| any.value.len() > 40)
        {
            return Err(Status::invalid_argument(format!("unknown fields in {unknown} bytes")));
        }
        let message_id =
            if self.has(Defect::LookupEchoesAnotherId) { "another".to_owned() } else { info.message_id };
        Ok(Response::new(wire::LookupResponse { message_id, outcome: Some(outcome) }))
    }

    async fn deliver(
        &self,
        request: Request<wire::DeliverRequest>,
    ) -> Result<Response<wire::DeliverResponse>, Status> {
        let request = request.into_inner();
        let info = self.header(request.delivery)?;
        self.offered(&info, wire::ServiceKind::Delivery)?;
        self.count(&info, "deliver");
        self.hold(&info).await;
        if self.has(Defect::CancelledForEver) {
            let mut begun = self.begun.lock().unwrap();
            if begun.contains(&info.message_id)
                && !self.answers.try_lock().is_ok_and(|answers| answers.contains_key(&info.message_id))
            {
                return Err(Status::aborted("already begun"));
            }
            begun.push(info.message_id.clone());
        }
        if self.has(Defect::CancelledForEver) {
            tokio::time::sleep(std::time::Duration::from_secs(8)).await;
        }
        let answer = self.deliver_once(&info, request.document.as_ref()).await?;
        let refused = matches!(answer.decision, Some(Decision::Refusal(_)));
        if self.has(Defect::ResultBeforeTerm) && !refused || self.has(Defect::ResultAfterRefusal) && refused {
            self.answer_term(&info, request.document.as_ref()).await?;
        }
        Ok(Response::new(answer))
    }

    async fn notify_term(
        &self,
        request: Request<wire::NotifyTermRequest>,
    ) -> Result<Response<wire::NotifyTermResponse>, Status> {
        let request = request.into_inner();
        let info = self.header(request.delivery)?;
        self.offered(&info, wire::ServiceKind::Delivery)?;
        if self.has(Defect::TermCounted) {
            self.count(&info, "deliver");
        }
        self.answer_term(&info, request.document.as_ref()).await?;
        Ok(Response::new(wire::NotifyTermResponse {}))
    }
}

face!(Control, "eush.management.v1.AgencyControlService", Arc<Reference>, control);

/// The agency's own count.
async fn control(agency: Arc<Reference>, method: &str, body: bytes::Bytes) -> Result<bytes::Bytes, Status> {
    if method == "SetBehaviour" {
        let request: management::SetBehaviourRequest = read(body)?;
        let mut slow = agency.slow.lock().unwrap();
        slow.retain(|id| *id != request.message_id);
        if request.behaviour() == management::Behaviour::Slow {
            slow.push(request.message_id);
        }
        return write(&management::SetBehaviourResponse::default());
    }
    if method != "ListCalls" {
        return Err(Status::unimplemented("the reference does not have this"));
    }
    let request: management::ListCallsRequest = read(body)?;
    let meant = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
    let all = agency.calls.lock().unwrap();
    let wanted = |call: &&management::AgencyCallRecord| {
        meant(&request.message_id, &call.message_id)
            && meant(&request.service_id, &call.service_id)
            && meant(&request.application_id, &call.application_id)
    };
    let calls: Vec<_> = all.iter().filter(wanted).cloned().collect();
    let total = calls.len() as u64;
    let uses = agency.uses_of(&request.application_id);
    let uses_total = uses.len() as u64;
    write(&management::ListCallsResponse { calls, total, uses, uses_total })
}
