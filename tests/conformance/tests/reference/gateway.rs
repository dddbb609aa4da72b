//! A correct bus in one file, for the flows of act 000-A, with one defect at most. It knows every certificate that it
//! gave out, so it judges them by its own table; its agencies are within it, and count for themselves.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use eush_domain::Rejection;
use eush_domain::synthetic::numbers::Scheme;
use eush_domain::synthetic::population::Population;
use eush_sign::SigningKey;
use eush_sign::cms::SignedData;
use eush_wire::bus::v1 as bus;
use eush_wire::bus::v1::gateway_service_server::GatewayServiceServer;
use eush_wire::bus::v1::process_service_server::ProcessServiceServer;
use eush_wire::management::v1 as management;
use prost::Message as _;
use tonic::Status;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;

use super::refusal::Telling;
use super::{keys, payloads, refusal};

mod defect;
mod services;

pub const PORTAL: (&str, &str) = ("PORTAL", "portal-secret");
pub const DESK: (&str, &str) = ("STATE_CORPORATION", "desk-secret");

pub use defect::Defect;

/// A certificate that was given out.
struct Issued {
    key: SigningKey,
    serial: String,
    subject: management::CertificateSubject,
    defect: management::Defect,
    state: management::CertificateState,
}

struct Application {
    id: String,
    owner: String,
    desk: bool,
    state: bus::ApplicationState,
    next: bus::NextAction,
    applicant: Option<bus::Party>,
    steps: Vec<bus::Step>,
    message_id: String,
    service: String,
    document: Option<bus::Document>,
    result: Option<bus::SignedDocument>,
    notice: Option<bus::Notice>,
}

#[derive(Default)]
struct State {
    applications: HashMap<String, Application>,
    messages: HashMap<String, (Vec<u8>, Result<bus::SendResponse, Status>)>,
    journal: HashMap<String, management::JournalEntry>,
    calls: Vec<(&'static str, management::AgencyCallRecord)>,
    behaviours: HashMap<&'static str, management::Behaviour>,
    now: i64,
}

/// The bus.
pub struct Reference {
    defect: Option<Defect>,
    population: Population,
    authority: SocketAddr,
    issued: tokio::sync::Mutex<HashMap<Vec<u8>, Issued>>,
    pub(super) one: tokio::sync::Mutex<()>,
    state: Mutex<State>,
    listeners: Mutex<Vec<management::Listener>>,
}

type Shared = Arc<Reference>;

async fn serve(routes: tonic::service::Routes) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let guard = super::guard::Guard { oversize: true, content_type: true };
    let serving = Server::builder().layer(guard).add_routes(routes);
    tokio::spawn(serving.serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true))));
    address
}

/// Starts it; gives the addresses of the bus and of its management.
pub async fn start(defect: Option<Defect>, authority: SocketAddr) -> (SocketAddr, SocketAddr) {
    let shared = Arc::new(Reference {
        defect,
        population: Population::new(1, Scheme::default()),
        authority,
        issued: Default::default(),
        one: Default::default(),
        state: Mutex::new(State { now: 1_772_442_000, ..State::default() }),
        listeners: Mutex::default(),
    });
    let health = tonic_health::server::HealthReporter::new();
    for name in ["eush.bus.v1.GatewayService", "eush.bus.v1.ProcessService", "eush.eds.v1.CertificateService"]
    {
        if !(defect == Some(Defect::HealthHasHoles) && name.starts_with("eush.eds")) {
            health.set_service_status(name, ServingStatus::Serving).await;
        }
    }
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(eush_wire::FILE_DESCRIPTOR_SET)
            .with_service_name("eush.bus.v1.GatewayService")
    };
    let mut routes = tonic::service::RoutesBuilder::default();
    routes
        .add_service(GatewayServiceServer::from_arc(Arc::clone(&shared)))
        .add_service(ProcessServiceServer::from_arc(Arc::clone(&shared)))
        .add_service(services::Checks(Arc::clone(&shared)))
        .add_service(tonic_health::pb::health_server::HealthServer::new(
            tonic_health::server::HealthService::from_health_reporter(health),
        ))
        .add_service(reflection().build_v1().unwrap())
        .add_service(reflection().build_v1alpha().unwrap());
    let address = serve(routes.routes()).await;
    for code in ["gbdfl", "enbek"] {
        let mut routes = tonic::service::RoutesBuilder::default();
        routes.add_service(super::hand::Agency((code, Arc::clone(&shared))));
        let at = serve(routes.routes()).await;
        let listener =
            management::Listener { name: code.to_owned(), address: at.to_string(), purpose: String::new() };
        shared.listeners.lock().unwrap().push(listener);
    }
    let management = serve(super::hand::routes(&shared)).await;
    (address, management)
}

fn session() -> String {
    "{session}".to_owned()
}

fn step(label: &str, outcome: bus::StepOutcome) -> bus::Step {
    bus::Step { label: label.to_owned(), outcome: outcome.into(), ..Default::default() }
}

impl Reference {
    pub(super) fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    fn telling(&self) -> Telling {
        match self.defect {
            Some(Defect::DetailsOutOfOrder) => Telling::OutOfOrder,
            Some(Defect::TextsInRussian) => Telling::OneLanguage,
            Some(Defect::BareStatus) => Telling::Bare,
            Some(Defect::WrongCode) => Telling::WrongCode,
            Some(Defect::AlwaysRetry) => Telling::AlwaysRetry,
            Some(Defect::NeverRetry) => Telling::NeverRetry,
            Some(Defect::OtherDomain) => Telling::OtherDomain,
            Some(Defect::NoMessageId) => Telling::NoMessageId,
            Some(Defect::NoFindings) => Telling::NoFindings,
            Some(Defect::LeaksValue) => Telling::LeaksValue,
            _ => Telling::Right,
        }
    }

    fn refuse(&self, rejection: Rejection, message_id: &str, fields: &[(&str, &str)]) -> Status {
        refusal::status(rejection, message_id, fields, 0, self.telling())
    }

    fn sender(&self, info: &bus::MessageInfo) -> Result<bool, Rejection> {
        let sender = info.sender.clone().unwrap_or_default();
        for (desk, (id, password)) in [(false, PORTAL), (true, DESK)] {
            if sender.sender_id == id && (sender.password == password || self.has(Defect::SecretNotCompared))
            {
                return Ok(desk);
            }
        }
        Err(Rejection::SenderUnknown)
    }

    /// Faults of an envelope, and the document within.
    fn envelope(
        &self,
        request: &bus::SendRequest,
    ) -> Result<bus::Document, Vec<(&'static str, &'static str)>> {
        let info = request.info.clone().unwrap_or_default();
        let mut faults = Vec::new();
        let good = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
        if info.message_id.is_empty() || !info.message_id.chars().all(good) {
            faults.push(("info.message_id", "1 to 64 characters"));
        }
        if info.service_id.is_empty() {
            faults.push(("info.service_id", "a routing key"));
        }
        if info.properties.iter().any(|property| property.key.len() > 30) {
            faults.push(("info.properties[0].key", "at most 30 characters"));
        }
        let signed = request.document.clone().unwrap_or_default();
        if signed.content_type != "application/x-protobuf; message=eush.bus.v1.Document" {
            faults.push(("document.content_type", "the type of a document"));
        }
        let document = match bus::Document::decode(signed.content.clone()) {
            Ok(document) if !signed.content.is_empty() => document,
            _ => {
                faults.push(("document.content", "a document"));
                return Err(faults);
            }
        };
        if document.message_id != info.message_id && !self.has(Defect::DocumentOfAnotherMessage) {
            faults.push(("document.content.message_id", "equal to the header's"));
        }
        for (field, party) in [
            ("document.content.applicant.iin", &document.applicant),
            ("document.content.signer.iin", &document.signer),
        ] {
            if payloads::iin(party.as_ref()).is_err() {
                faults.push((field, "12 digits"));
            }
        }
        if document.form.as_ref().is_none_or(|form| form.type_url.is_empty()) {
            faults.push(("document.content.form", "a form"));
        }
        if document.channel == 0 {
            faults.push(("document.content.channel", "a channel"));
        }
        if document
            .representative
            .as_ref()
            .is_some_and(|by| by.notarized && by.power_of_attorney_number.is_empty())
        {
            faults.push(("document.content.representative.power_of_attorney_number", "a number"));
        }
        let known = ["application/pdf", "image/jpeg", "image/png"];
        if document.attachments.iter().any(|paper| !known.contains(&paper.media_type.as_str()))
            && !self.has(Defect::AnyMediaType)
        {
            faults.push(("document.content.attachments[0].media_type", "a known type"));
        }
        if faults.is_empty() { Ok(document) } else { Err(faults) }
    }

    /// The checks, in order. What was found is a rejection and the fields at fault.
    async fn judge(
        &self,
        request: &bus::SendRequest,
    ) -> Result<bus::Document, (Rejection, Vec<(&'static str, &'static str)>)> {
        let document = self.envelope(request).map_err(|faults| (Rejection::EnvelopeMalformed, faults))?;
        if document.attachments.iter().any(|paper| paper.content.len() > 1 << 20)
            && !self.has(Defect::NoLimit)
        {
            return Err((
                Rejection::MessageTooLarge,
                vec![("document.content.attachments[0].content", "at most 1 MiB")],
            ));
        }
        let checked = self.checks(request, &document).await;
        checked.map(|()| document).map_err(|rejection| (rejection, Vec::new()))
    }

    async fn checks(&self, request: &bus::SendRequest, document: &bus::Document) -> Result<(), Rejection> {
        let info = request.info.clone().unwrap_or_default();
        let desk = self.sender(&info)?;
        let by_desk = document.channel() == bus::Channel::StateCorporation;
        if desk != by_desk && !self.has(Defect::AnyChannel) {
            return Err(Rejection::SenderNotAllowed);
        }
        let signer = payloads::iin(document.signer.as_ref()).map_err(|_| Rejection::EnvelopeMalformed)?;
        if by_desk
            && !self.has(Defect::OperatorsNotAsked)
            && !self.population.listed_operators().any(|person| person.iin == signer)
        {
            return Err(Rejection::OperatorNotListed);
        }
        let services = [
            "ENBEK_UnemployedCertificate",
            "REGIONAL_Application",
            "ESOBES_HomeSchooling",
            "ZHAO_Application",
        ];
        if !services.contains(&info.service_id.as_str()) {
            let malformed = self.has(Defect::UnknownServiceMalformed);
            return Err(if malformed { Rejection::EnvelopeMalformed } else { Rejection::ServiceUnknown });
        }
        match document.regulation_id.as_str() {
            "astana/unemployed-certificate" | "000-A" => {}
            "aktobe/foster-care" if by_desk => return Err(Rejection::ChannelNotDescribed),
            _ => return Err(Rejection::RegulationUnknown),
        }
        if !request.application_id.is_empty() {
            let state = self.state.lock().unwrap();
            let application =
                state.applications.get(&request.application_id).ok_or(Rejection::ApplicationUnknown)?;
            if application.next != bus::NextAction::SignAndSend && !self.has(Defect::LookupLeftOut) {
                return Err(Rejection::StepOutOfOrder);
            }
        }
        let signed = request.document.clone().unwrap_or_default();
        let expected = Expected::Person(signer.digits().to_owned());
        let roles: &[&str] = if by_desk { &["employee"] } else { &["individual"] };
        self.signed_by(&signed, &expected, roles).await
    }

    async fn signed_by(
        &self,
        signed: &bus::SignedDocument,
        expected: &Expected,
        roles: &[&str],
    ) -> Result<(), Rejection> {
        use management::{CertificateState, Defect as Flaw};

        if signed.signature.is_empty() {
            return Err(Rejection::SignatureMissing);
        }
        let data = SignedData::parse(&signed.signature).map_err(|_| Rejection::SignatureMalformed)?;
        let signer = data.signers().first().ok_or(Rejection::SignatureMalformed)?;
        let leaf =
            data.candidates(signer).first().map(|leaf| leaf.to_vec()).ok_or(Rejection::SignatureMalformed)?;
        let issued = self.issued.lock().await;
        let issued = issued.get(&leaf).ok_or(Rejection::IssuerUnknown)?;
        let held = data.verify_signer(0, Some(&signed.content), issued.key.public_key()).is_ok();
        if !held && !self.has(Defect::SignatureNotVerified) {
            return Err(Rejection::SignatureInvalid);
        }
        if !self.has(Defect::ChainNotJudged) {
            match issued.defect {
                Flaw::UnknownIssuer => return Err(Rejection::IssuerUnknown),
                Flaw::BrokenSignature => return Err(Rejection::ChainInvalid),
                _ => {}
            }
        }
        if !self.has(Defect::PeriodNotJudged) {
            match issued.defect {
                Flaw::Expired => return Err(Rejection::CertificateExpired),
                Flaw::NotYetValid => return Err(Rejection::CertificateNotYetValid),
                _ => {}
            }
        }
        let subject = self.subject(issued, expected);
        if self.has(Defect::SubjectBeforeRevocation) {
            subject?;
        }
        match issued.state {
            CertificateState::Revoked if !self.has(Defect::RevocationNotAsked) => {
                return Err(Rejection::CertificateRevoked);
            }
            CertificateState::OnHold if self.has(Defect::HoldIsRevocation) => {
                return Err(Rejection::CertificateRevoked);
            }
            CertificateState::OnHold if !self.has(Defect::RevocationNotAsked) => {
                return Err(Rejection::CertificateOnHold);
            }
            _ => {}
        }
        subject?;
        let role = issued.subject.roles.iter().any(|role| roles.contains(&role.as_str()))
            && issued.defect != Flaw::RoleMissing;
        if !role && !self.has(Defect::RoleNotJudged) && !roles.is_empty() {
            return Err(Rejection::RoleNotAllowed);
        }
        if issued.defect == Flaw::KeyUsageWrong && !self.has(Defect::KeyUsageNotJudged) {
            return Err(Rejection::KeyUsageNotAllowed);
        }
        Ok(())
    }

    fn subject(&self, issued: &Issued, expected: &Expected) -> Result<(), Rejection> {
        use management::Defect as Flaw;

        if self.has(Defect::SubjectNotCompared) {
            return Ok(());
        }
        match expected {
            Expected::Person(_) if issued.defect == Flaw::IinMalformed => Err(Rejection::IinMalformed),
            Expected::Person(_) if issued.subject.iin.is_empty() || issued.defect == Flaw::IinAbsent => {
                if self.has(Defect::AbsentFits) {
                    Ok(())
                } else {
                    Err(Rejection::IinAbsent)
                }
            }
            Expected::Person(iin) if issued.subject.iin != *iin => Err(Rejection::IinMismatch),
            Expected::System(system)
                if issued.subject.system != *system && !self.has(Defect::AnybodyAsks) =>
            {
                Err(Rejection::SystemMismatch)
            }
            Expected::Person(_) | Expected::System(_) => Ok(()),
        }
    }

    /// Counts a call of an agency and says how it behaves.
    fn called(&self, agency: &'static str, info: &bus::MessageInfo, kind: &str) -> management::Behaviour {
        let mut state = self.state.lock().unwrap();
        let record = management::AgencyCallRecord {
            message_id: info.message_id.clone(),
            service_id: info.service_id.clone(),
            kind: kind.to_owned(),
            ..Default::default()
        };
        state.calls.push((agency, record));
        state.behaviours.get(agency).copied().unwrap_or(management::Behaviour::Normal)
    }

    /// The agency's own decision.
    async fn dispatch(&self, info: &bus::MessageInfo, document: &bus::Document) -> Result<(), Rejection> {
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
        if !document.attachments.iter().any(|paper| paper.kind == "identity-document") {
            return Err(Rejection::DocumentsNotConforming);
        }
        let applicant =
            payloads::iin(document.applicant.as_ref()).map_err(|_| Rejection::EnvelopeMalformed)?;
        self.population.unemployment(&applicant).map(|_| ()).ok_or(Rejection::GroundsNotMet)
    }

    async fn send_once(&self, request: &bus::SendRequest) -> Result<bus::SendResponse, Status> {
        let info = request.info.clone().unwrap_or_default();
        if self.has(Defect::DispatchesFirst) {
            self.called("enbek", &info, "deliver");
        }
        let judged = self.judge(request).await;
        let outcome = match judged {
            Ok(document) => match self.dispatch(&info, &document).await {
                Ok(()) => Ok(document),
                Err(rejection) => Err((rejection, Vec::new(), 1)),
            },
            Err((rejection, fields)) => Err((rejection, fields, 0)),
        };
        let calls = match &outcome {
            Ok(_) => 1,
            Err((_, _, calls)) => *calls,
        };
        self.journal(&info, outcome.as_ref().err().map(|(rejection, ..)| *rejection), calls);
        match outcome {
            Ok(document) => Ok(self.accepted(request, &info, document)),
            Err((rejection, fields, calls)) => {
                Err(refusal::status(rejection, &info.message_id, &fields, calls, self.telling()))
            }
        }
    }

    fn journal(&self, info: &bus::MessageInfo, rejection: Option<Rejection>, calls: usize) {
        if rejection.is_some() && self.has(Defect::RefusalsNotJournalled) {
            return;
        }
        let facts = rejection.map(Rejection::facts);
        let check = bus::CheckFinding {
            stage: "signature".to_owned(),
            outcome: bus::CheckOutcome::Held.into(),
            ..Default::default()
        };
        let calls = if self.has(Defect::JournalCountsWrong) { calls + 1 } else { calls };
        let call = management::AgencyCall {
            agency: "enbek".to_owned(),
            calls: u32::try_from(calls).unwrap(),
            ..Default::default()
        };
        let entry = management::JournalEntry {
            message_id: info.message_id.clone(),
            kind: "send".to_owned(),
            checks: vec![check],
            reason: facts.map(|facts| facts.reason.to_owned()).unwrap_or_default(),
            text: facts.map(|facts| payloads::text(facts.text)),
            agency_calls: if calls > 0 { vec![call] } else { Vec::new() },
            ..Default::default()
        };
        self.state.lock().unwrap().journal.insert(info.message_id.clone(), entry);
    }

    fn accepted(
        &self,
        request: &bus::SendRequest,
        info: &bus::MessageInfo,
        document: bus::Document,
    ) -> bus::SendResponse {
        let mut state = self.state.lock().unwrap();
        let id = if request.application_id.is_empty() {
            format!("app-{}", info.message_id)
        } else {
            request.application_id.clone()
        };
        let desk = document.channel() == bus::Channel::StateCorporation;
        let owner = info.sender.clone().unwrap_or_default().sender_id;
        let application =
            state.applications.entry(id.clone()).or_insert_with(|| Application::new(&id, &owner, desk));
        application.state = bus::ApplicationState::Pending;
        application.next = bus::NextAction::Wait;
        application.message_id.clone_from(&info.message_id);
        application.service.clone_from(&info.service_id);
        application.applicant.clone_from(&document.applicant);
        application.document = Some(document);
        if !self.has(Defect::TraceHasHoles) {
            application.steps.push(step("2-шарт", bus::StepOutcome::Passed));
        }
        application.steps.push(step("5-үдеріс", bus::StepOutcome::Done));
        let check = bus::CheckFinding {
            stage: "signature".to_owned(),
            outcome: bus::CheckOutcome::Held.into(),
            ..Default::default()
        };
        bus::SendResponse {
            info: Some(answer_info(info)),
            application_id: id.clone(),
            status: Some(application.status()),
            steps: application.steps.clone(),
            checks: vec![check],
            profile: "strict".to_owned(),
        }
    }

    /// Terms that fall: everything pending is answered.
    pub(super) async fn fire(&self) -> Result<(), Status> {
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
            let centre = self.population.organization("astana-employment-centre").unwrap();
            let now = prost_types::Timestamp { seconds: self.now(), nanos: 0 };
            let result = bus::ResultDocument {
                message_id,
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
            application.steps.push(step("3-шарт", bus::StepOutcome::Passed));
            application.steps.push(step("7-үдеріс", bus::StepOutcome::Done));
            (application.state, application.next) = if application.desk {
                (bus::ApplicationState::Ready, bus::NextAction::HandOver)
            } else {
                (bus::ApplicationState::Completed, bus::NextAction::None)
            };
        }
        Ok(())
    }

    pub(super) fn now(&self) -> i64 {
        self.state.lock().unwrap().now
    }

    pub(super) fn move_clock(&self, to: i64) {
        self.state.lock().unwrap().now = to;
    }

    pub(super) fn entry(&self, message_id: &str) -> Option<management::JournalEntry> {
        self.state.lock().unwrap().journal.get(message_id).cloned()
    }

    pub(super) fn calls(&self, agency: &str, message_id: &str) -> Vec<management::AgencyCallRecord> {
        let state = self.state.lock().unwrap();
        let meant = |call: &&(&str, management::AgencyCallRecord)| {
            call.0 == agency && (message_id.is_empty() || call.1.message_id == message_id)
        };
        state.calls.iter().filter(meant).map(|call| call.1.clone()).collect()
    }

    pub(super) fn behave(&self, agency: &'static str, behaviour: management::Behaviour) {
        self.state.lock().unwrap().behaviours.insert(agency, behaviour);
    }

    pub(super) fn told_listeners(&self) -> Vec<management::Listener> {
        self.listeners.lock().unwrap().clone()
    }

    /// A certificate of the authority, with what it is to be known by.
    pub(super) async fn enroll(
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

    pub(super) async fn set_state(
        &self,
        serial: &str,
        to: management::CertificateState,
    ) -> Result<(), Status> {
        if self.has(Defect::HoldForEver) && to == management::CertificateState::Good {
            return Ok(());
        }
        let mut issued = self.issued.lock().await;
        let found = issued.values_mut().find(|issued| issued.serial == serial);
        found.ok_or_else(|| Status::not_found("no such certificate"))?.state = to;
        Ok(())
    }
}

enum Expected {
    Person(String),
    System(String),
}

fn answer_info(info: &bus::MessageInfo) -> bus::ResponseInfo {
    bus::ResponseInfo {
        message_id: format!("answer-{}", info.message_id),
        correlation_id: info.message_id.clone(),
        status: Some(bus::ResponseStatus { code: "SCSS001".to_owned(), message: String::new() }),
        session_id: session(),
        ..Default::default()
    }
}

impl Application {
    fn new(id: &str, owner: &str, desk: bool) -> Self {
        Self {
            id: id.to_owned(),
            owner: owner.to_owned(),
            desk,
            state: bus::ApplicationState::Open,
            next: bus::NextAction::Authenticate,
            applicant: None,
            steps: Vec::new(),
            message_id: String::new(),
            service: String::new(),
            document: None,
            result: None,
            notice: None,
        }
    }

    fn status(&self) -> bus::ApplicationStatus {
        let lookup = bus::RequiredLookup {
            service_id: "GBDFL_Person".to_owned(),
            subject: bus::LookupSubject::Applicant.into(),
        };
        bus::ApplicationStatus {
            application_id: self.id.clone(),
            state: self.state.into(),
            next: self.next.into(),
            lookups: if self.next == bus::NextAction::LookUp { vec![lookup] } else { Vec::new() },
            service_id: if self.next == bus::NextAction::SignAndSend {
                "ENBEK_UnemployedCertificate".to_owned()
            } else {
                String::new()
            },
            notice: self.notice.clone(),
            result: self.result.clone(),
            regulation_id: "astana/unemployed-certificate".to_owned(),
            channel: if self.desk {
                bus::Channel::StateCorporation.into()
            } else {
                bus::Channel::Portal.into()
            },
            message_id: self.message_id.clone(),
            ..Default::default()
        }
    }

    fn refused(&mut self, rejection: Rejection) {
        self.state = bus::ApplicationState::Refused;
        self.next = bus::NextAction::None;
        let facts = rejection.facts();
        self.notice = Some(bus::Notice {
            label: String::new(),
            text: Some(payloads::text(facts.text)),
            reason: facts.reason.to_owned(),
        });
    }
}
