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

mod behind;
mod checks;
mod defect;
mod services;

pub const PORTAL: (&str, &str) = ("PORTAL", "portal-secret");
pub const DESK: (&str, &str) = ("STATE_CORPORATION", "desk-secret");

use checks::Expected;
pub use defect::Defect;

const START: i64 = 1_772_442_000;

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
    lookups: Vec<&'static str>,
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
    lists_at: i64,
    faults: Vec<management::PublicationFault>,
    sessions: Vec<String>,
    /// Rules of faults: id and knob, with the message that they are about.
    rules: Vec<management::FaultRule>,
    held: Vec<management::HeldCall>,
    restoring: bool,
}

/// The bus.
pub struct Reference {
    defect: Option<Defect>,
    population: Population,
    authority: SocketAddr,
    issued: tokio::sync::Mutex<HashMap<Vec<u8>, Issued>>,
    /// A turn for each message id.
    turns: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    released: tokio::sync::Notify,
    state: Mutex<State>,
    listeners: Mutex<Vec<management::Listener>>,
}

type Shared = Arc<Reference>;

async fn serve(routes: tonic::service::Routes, content_type: bool) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let guard = super::guard::Guard { oversize: true, content_type };
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
        turns: Default::default(),
        released: Default::default(),
        state: Mutex::new(State { now: START, lists_at: START, ..State::default() }),
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
    let address = serve(routes.routes(), defect != Some(Defect::AnyContentType)).await;
    for code in ["gbdfl", "gbdul", "enis", "enbek"] {
        let mut routes = tonic::service::RoutesBuilder::default();
        routes.add_service(super::hand::Agency((code, Arc::clone(&shared))));
        let at = serve(routes.routes(), true).await;
        let listener =
            management::Listener { name: code.to_owned(), address: at.to_string(), purpose: String::new() };
        shared.listeners.lock().unwrap().push(listener);
    }
    let management = serve(super::hand::routes(&shared), true).await;
    (address, management)
}

fn session() -> String {
    "{session}".to_owned()
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

    /// Which session a message is of.
    fn session(&self, metadata: &tonic::metadata::MetadataMap) -> Result<(), Rejection> {
        let Some(key) = metadata.get("eush-session") else { return Ok(()) };
        let key = key.to_str().unwrap_or_default();
        if eush_domain::SessionKey::parse(key).is_err() && !self.has(Defect::SessionKeyNotRead) {
            return Err(Rejection::EnvelopeMalformed);
        }
        let known = self.state.lock().unwrap().sessions.iter().any(|known| known == key);
        if known || self.has(Defect::UnknownSessionShared) || self.has(Defect::SessionKeyNotRead) {
            return Ok(());
        }
        Err(Rejection::SessionUnknown)
    }

    pub(super) fn begin_session(&self, key: String) {
        self.state.lock().unwrap().sessions.push(key);
    }

    pub(super) fn end_session(&self, key: &str) {
        if !self.has(Defect::SessionsNeverEnd) {
            self.state.lock().unwrap().sessions.retain(|known| known != key);
        }
    }

    pub(super) fn add_rule(&self, rule: management::FaultRule) {
        self.state.lock().unwrap().rules.push(rule);
    }

    pub(super) fn remove_rule(&self, id: &str) {
        let mut state = self.state.lock().unwrap();
        state.rules.retain(|rule| rule.id != id);
        state.held.retain(|held| held.id != id);
        drop(state);
        self.released.notify_waiters();
    }

    pub(super) fn held(&self) -> Vec<management::HeldCall> {
        self.state.lock().unwrap().held.clone()
    }

    fn is_restoring(&self) -> bool {
        self.state.lock().unwrap().restoring
    }

    /// Waits until nothing is in flight; what comes meanwhile is refused.
    pub(super) async fn reset_session(&self) {
        self.state.lock().unwrap().restoring = true;
        loop {
            let released = self.released.notified();
            if self.held().is_empty() {
                break;
            }
            released.await;
        }
        self.state.lock().unwrap().restoring = false;
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
            if payloads::iin(party.as_ref()).is_err() && payloads::bin(party.as_ref()).is_err() {
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

    async fn send_once(&self, request: &bus::SendRequest) -> Result<bus::SendResponse, Status> {
        let info = request.info.clone().unwrap_or_default();
        if self.has(Defect::DispatchesFirst) {
            self.called("enbek", &info, "deliver");
        }
        let judged = self.judge(request).await;
        let gone = Gone { bus: self, info: info.clone(), answered: false };
        let outcome = match judged {
            Ok(document) => match self.dispatch(&info, &document).await {
                Ok(()) => Ok(document),
                Err(rejection) => Err((rejection, Vec::new(), 1)),
            },
            Err((rejection, fields)) => Err((rejection, fields, 0)),
        };
        gone.stayed();
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
        if !application.desk && !self.has(Defect::TraceHasHoles) {
            application.executed(&["2-шарт"]);
        }
        application.executed(&["5-үдеріс"]);
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

    pub(super) fn now(&self) -> i64 {
        self.state.lock().unwrap().now
    }

    pub(super) fn move_clock(&self, to: i64) {
        self.state.lock().unwrap().now = to;
    }

    pub(super) fn entries(&self, filter: &management::EntryFilter) -> Vec<management::JournalEntry> {
        let meant = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
        let wanted = |entry: &&management::JournalEntry| {
            meant(&filter.application_id, &entry.application_id) && meant(&filter.reason, &entry.reason)
        };
        self.state.lock().unwrap().journal.values().filter(wanted).cloned().collect()
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
}

/// Writes down that a sender went away before there was an answer.
struct Gone<'a> {
    bus: &'a Reference,
    info: bus::MessageInfo,
    answered: bool,
}

impl Gone<'_> {
    fn stayed(mut self) {
        self.answered = true;
    }
}

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        if !self.answered && !self.bus.has(Defect::CancelledIsForgotten) {
            self.bus.journal(&self.info, Some(Rejection::Cancelled), 1);
        }
    }
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
            lookups: Vec::new(),
            steps: Vec::new(),
            message_id: String::new(),
            service: String::new(),
            document: None,
            result: None,
            notice: None,
        }
    }

    /// Items of the act that were executed.
    fn executed(&mut self, labels: &[&str]) {
        self.steps.extend(labels.iter().map(|label| bus::Step {
            label: (*label).to_owned(),
            outcome: bus::StepOutcome::Done.into(),
            ..Default::default()
        }));
    }

    fn status(&self) -> bus::ApplicationStatus {
        let lookups = self.lookups.iter().map(|service| bus::RequiredLookup {
            service_id: (*service).to_owned(),
            subject: bus::LookupSubject::Applicant.into(),
        });
        bus::ApplicationStatus {
            application_id: self.id.clone(),
            state: self.state.into(),
            next: self.next.into(),
            lookups: if self.next == bus::NextAction::LookUp { lookups.collect() } else { Vec::new() },
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
