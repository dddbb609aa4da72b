//! A correct front in one file: the portal, with one defect at most.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eush_domain::Iin;
use eush_domain::synthetic::numbers::Scheme;
use eush_domain::synthetic::population::Population;
use eush_wire::application::v1 as wire;
use eush_wire::bus::v1 as bus;
use eush_wire::bus::v1::gateway_service_client::GatewayServiceClient;
use eush_wire::bus::v1::process_service_client::ProcessServiceClient;
use prost::Message as _;
use tonic::Status;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tonic_health::ServingStatus;

use super::defects::defects;
use super::face::{face, read, write};

defects! {
    /// every password is right
    AnyPassword by "Front/start/wrong-password",
    /// refusals are tried again
    TriesAgain by "Front/refused/not-tried-again",
    /// details of refusals are lost
    LosesDetails by "Front/start/no-such-service",
    /// refusals are told as internal errors
    RefusalsAreInternal by "Front/fill/refused-by-the-bus",
    /// a bus that is down is told as a refusal of the person
    DownIsRefusal by "Front/bus/down",
    /// the document is encoded anew before it is sent
    EncodesAnew by "Front/submit/sends-what-was-signed",
    /// each sending is a message of its own
    NewIdEachTime by "Front/retry/same-message",
    /// the message goes without its application
    LosesApplication by "Front/submit/sends-what-was-signed",
    /// the message goes to a service of the front's own choice
    OwnService by "Front/submit/sends-what-was-signed",
    /// an id that the caller chose is not used
    IgnoresOwnId by "Front/fill/own-message-id",
    /// any session will do
    AnySession by "Front/fill/other-session",
    /// a running term is shown as a result
    PendingIsCompleted by "Front/submit/pending-is-shown",
    /// letters beyond ASCII are lost
    LosesLetters by "Front/submit/kazakh-letters",
    /// there is something to sign though the process has ended
    SignsAfterTheEnd by "Front/fill/ended-by-the-process",
    /// the cabinet is open to everybody
    OpenCabinet by "Front/result/cabinet-needs-the-password",
    /// only finished applications are in the cabinet
    CabinetHidesPending by "Front/result/late",
    /// the message is sent before the form was reported
    FormNotReported by "Front/fill/gives-bytes-to-sign",
    /// messages go without the secret
    NoSecret by "Front/start/reports-what-it-judged",
}

struct Session {
    iin: Iin,
    service: String,
    message_id: String,
}

/// The front.
pub struct Reference {
    defect: Option<Defect>,
    population: Population,
    bus: Channel,
    sessions: Mutex<HashMap<String, Session>>,
    turns: std::sync::atomic::AtomicU64,
}

type Shared = Arc<Reference>;

face!(Front, "eush.application.v1.ApplicationService", Shared, answer);

/// Starts it on a port of the system's choice.
pub async fn start(defect: Option<Defect>, bus: SocketAddr) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let shared = Arc::new(Reference {
        defect,
        population: Population::new(1, Scheme::default()),
        bus: Endpoint::from_shared(format!("http://{bus}")).unwrap().connect_lazy(),
        sessions: Mutex::default(),
        turns: Default::default(),
    });
    let health = tonic_health::server::HealthReporter::new();
    health.set_service_status("eush.application.v1.ApplicationService", ServingStatus::Serving).await;
    let health = tonic_health::server::HealthService::from_health_reporter(health);
    let mut routes = tonic::service::RoutesBuilder::default();
    routes.add_service(Front(shared)).add_service(tonic_health::pb::health_server::HealthServer::new(health));
    let serving = Server::builder().add_routes(routes.routes());
    tokio::spawn(serving.serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true))));
    address
}

async fn answer(front: Shared, method: &str, body: bytes::Bytes) -> Result<bytes::Bytes, Status> {
    match method {
        "Start" => write(&front.start(read(body)?).await?),
        "Fill" => write(&front.fill(read(body)?).await?),
        "Submit" => write(&front.submit(read(body)?).await?),
        "ListCabinet" => write(&front.cabinet(read(body)?).await?),
        _ => Err(Status::unimplemented("the reference does not have this")),
    }
}

impl Reference {
    fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    fn info(&self, message_id: &str, service: &str) -> bus::MessageInfo {
        let password = if self.has(Defect::NoSecret) { String::new() } else { "conformance-only".to_owned() };
        bus::MessageInfo {
            message_id: message_id.to_owned(),
            service_id: service.to_owned(),
            sender: Some(bus::Sender { sender_id: "PORTAL".to_owned(), password }),
            ..Default::default()
        }
    }

    fn fresh(&self) -> String {
        format!("front-{}", self.turns.fetch_add(1, std::sync::atomic::Ordering::SeqCst))
    }

    fn login(&self, login: &str, password: &str) -> (Iin, bool) {
        let iin = Iin::parse(login).unwrap_or_else(|_| self.population.people()[0].iin);
        let right = self.population.by_iin(&iin).is_some_and(|person| person.password.matches(password));
        (iin, right || self.has(Defect::AnyPassword))
    }

    fn told(&self, status: Status) -> Status {
        if self.has(Defect::LosesDetails) {
            Status::new(status.code(), status.message())
        } else if self.has(Defect::RefusalsAreInternal) && !status.details().is_empty() {
            Status::internal(status.message())
        } else if self.has(Defect::DownIsRefusal) && status.details().is_empty() {
            Status::permission_denied("refused")
        } else {
            status
        }
    }

    async fn start(&self, request: wire::StartRequest) -> Result<wire::StartResponse, Status> {
        use bus::report_step_request::Report;

        let (iin, authentic) = self.login(&request.login, &request.password);
        let mut process = ProcessServiceClient::new(self.bus.clone());
        let open = bus::OpenApplicationRequest {
            info: Some(self.info(&self.fresh(), "")),
            regulation_id: request.regulation_id,
            channel: bus::Channel::Portal.into(),
            ..Default::default()
        };
        let open = process.open_application(open).await.map_err(|status| self.told(status))?.into_inner();
        let subject = bus::Party { number: Some(bus::party::Number::Iin(iin.digits().to_owned())) };
        let report = bus::ReportStepRequest {
            info: Some(self.info(&self.fresh(), "")),
            application_id: open.status.unwrap_or_default().application_id,
            report: Some(Report::Authentication(bus::Authentication { authentic, subject: Some(subject) })),
        };
        let told = process.report_step(report).await.map_err(|status| self.told(status))?.into_inner();
        let front_session = self.fresh();
        let session = Session { iin, service: String::new(), message_id: String::new() };
        self.sessions.lock().unwrap().insert(front_session.clone(), session);
        Ok(wire::StartResponse { status: told.status, steps: told.steps, front_session })
    }

    async fn fill(&self, request: wire::FillRequest) -> Result<wire::FillResponse, Status> {
        use bus::report_step_request::Report;

        let iin = match self.sessions.lock().unwrap().get(&request.front_session) {
            Some(session) => session.iin,
            None if self.has(Defect::AnySession) => self.population.people()[0].iin,
            None => return Err(Status::unauthenticated("no such session")),
        };
        let mut status = None;
        if !self.has(Defect::FormNotReported) {
            let completion =
                bus::FormCompletion { applicant: request.applicant.clone(), representative: None };
            let report = bus::ReportStepRequest {
                info: Some(self.info(&self.fresh(), "")),
                application_id: request.application_id.clone(),
                report: Some(Report::FormCompletion(completion)),
            };
            let told = ProcessServiceClient::new(self.bus.clone()).report_step(report).await;
            status = told.map_err(|status| self.told(status))?.into_inner().status;
        }
        let told = status.clone().unwrap_or_default();
        let own = request.message_id.clone();
        let message_id = if own.is_empty() || self.has(Defect::IgnoresOwnId) { self.fresh() } else { own };
        if let Some(session) = self.sessions.lock().unwrap().get_mut(&request.front_session) {
            session.service = if self.has(Defect::OwnService) {
                "ZHAO_Application".to_owned()
            } else {
                told.service_id.clone()
            };
            session.message_id.clone_from(&message_id);
        }
        let mut form = request.form;
        if self.has(Defect::LosesLetters)
            && let Some(form) = &mut form
        {
            for byte in form.value.iter_mut().filter(|byte| !byte.is_ascii()) {
                *byte = b'?';
            }
        }
        let signer = bus::Party { number: Some(bus::party::Number::Iin(iin.digits().to_owned())) };
        let document = bus::Document {
            message_id: message_id.clone(),
            regulation_id: told.regulation_id.clone(),
            channel: bus::Channel::Portal.into(),
            applicant: request.applicant,
            signer: Some(signer),
            representative: request.representative,
            form,
            attachments: request.attachments,
            procedure: String::new(),
        };
        let ended = told.next() != bus::NextAction::SignAndSend && !self.has(Defect::SignsAfterTheEnd);
        let document_to_sign = if ended { Vec::new() } else { document.encode_to_vec() };
        Ok(wire::FillResponse { status, steps: Vec::new(), document_to_sign, message_id })
    }

    async fn submit(&self, request: wire::SubmitRequest) -> Result<wire::SubmitResponse, Status> {
        let (service, mut message_id) = match self.sessions.lock().unwrap().get(&request.front_session) {
            Some(session) => (session.service.clone(), session.message_id.clone()),
            None if self.has(Defect::AnySession) => ("ENBEK_UnemployedCertificate".to_owned(), self.fresh()),
            None => return Err(Status::unauthenticated("no such session")),
        };
        if self.has(Defect::NewIdEachTime) {
            message_id = self.fresh();
        }
        let mut document = request.document.unwrap_or_default();
        if self.has(Defect::EncodesAnew)
            && let Ok(read) = bus::Document::decode(document.content.clone())
        {
            // The same document in other bytes: a repeated scalar field is allowed, and is not what was signed.
            let mut bytes = read.encode_to_vec();
            bytes.extend(bus::Document { message_id: read.message_id, ..Default::default() }.encode_to_vec());
            document.content = bytes.into();
        }
        let application_id =
            if self.has(Defect::LosesApplication) { String::new() } else { request.application_id };
        let send = bus::SendRequest {
            info: Some(self.info(&message_id, &service)),
            document: Some(document),
            application_id,
        };
        let mut client = GatewayServiceClient::new(self.bus.clone());
        let mut answer = client.send(send.clone()).await;
        if answer.is_err() && self.has(Defect::TriesAgain) {
            tokio::time::sleep(Duration::from_millis(1)).await;
            answer = client.send(send).await;
        }
        let mut status = answer.map_err(|status| self.told(status))?.into_inner().status;
        if self.has(Defect::PendingIsCompleted)
            && let Some(status) = &mut status
        {
            status.state = bus::ApplicationState::Completed.into();
        }
        Ok(wire::SubmitResponse { status, steps: Vec::new() })
    }

    async fn cabinet(&self, request: wire::ListCabinetRequest) -> Result<wire::ListCabinetResponse, Status> {
        let (iin, authentic) = self.login(&request.login, &request.password);
        if !authentic && !self.has(Defect::OpenCabinet) {
            return Err(Status::unauthenticated("login and password do not belong together"));
        }
        let applicant = bus::Party { number: Some(bus::party::Number::Iin(iin.digits().to_owned())) };
        let list = bus::ListApplicationsRequest {
            info: Some(self.info(&self.fresh(), "")),
            applicant: Some(applicant),
            limit: 0,
        };
        let told = ProcessServiceClient::new(self.bus.clone()).list_applications(list).await;
        let mut applications = told.map_err(|status| self.told(status))?.into_inner().applications;
        if self.has(Defect::CabinetHidesPending) {
            applications.retain(|application| application.state() == bus::ApplicationState::Completed);
        }
        Ok(wire::ListCabinetResponse { applications })
    }
}
