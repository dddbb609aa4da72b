//! A whole bus with a frozen clock, and a system that sends to it as the portal does, without being one.

use std::collections::BTreeMap;
use std::path::Path;

use eush::bus::{BusOptions, RunningBus};
use eush_domain::synthetic::population::Person;
use eush_domain::{Channel as BusChannel, SenderId, Timestamp};
use eush_faults::Guarded;
use eush_gateway::config::{Secret, Sender, SenderKind, ServiceList};
use eush_sign::{SigningKey, cms};
use eush_wire::bus::v1 as bus;
use eush_wire::bus::v1::gateway_service_client::GatewayServiceClient;
use eush_wire::bus::v1::process_service_client::ProcessServiceClient;
use eush_wire::management::v1 as management;
use eush_wire::management::v1::agency_control_service_client::AgencyControlServiceClient;
use eush_wire::management::v1::certificate_authority_service_client::CertificateAuthorityServiceClient;
use eush_wire::management::v1::clock_service_client::ClockServiceClient;
use eush_wire::management::v1::fault_service_client::FaultServiceClient;
use eush_wire::management::v1::journal_service_client::JournalServiceClient;
use eush_wire::registry::enbek::v1::UnemployedCertificateApplication;
use prost::Message as _;
use time::macros::datetime;
use tonic::transport::Endpoint;
use tonic::{Request, Response, Status};

/// Where the clock stands: a Monday.
pub(crate) const START: Timestamp = datetime!(2026-03-02 05:00 UTC);

const PASSWORD: &str = "word-of-the-tests";

/// A running bus with clients for everything.
pub(crate) struct World {
    /// Goes with the world.
    folder: Option<tempfile::TempDir>,
    pub(crate) running: RunningBus,
    gateway: Guarded,
    management: Guarded,
}

/// What came of a message.
pub(crate) type Answer = Result<Response<bus::SendResponse>, Status>;

fn sender() -> Sender {
    Sender {
        password: Secret::parse(PASSWORD).unwrap(),
        kind: SenderKind::Front,
        agency: None,
        bin: None,
        system: None,
        services: ServiceList::All,
        channels: vec![BusChannel::Portal],
        operators: Vec::new(),
        client_certificate_sha256: None,
    }
}

/// A client that unreadable details do not make panic, as tonic's own does.
async fn connect(running: &RunningBus, listener: &str) -> Guarded {
    let address = running.address(listener).unwrap();
    Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap().into()
}

impl World {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut world = Self::start_in(folder.path()).await;
        world.folder = Some(folder);
        world
    }

    pub(crate) async fn start_in(folder: &Path) -> Self {
        let mut options = BusOptions::in_folder(folder);
        options.any_ports = true;
        options.start_at = Some(START);
        options.config.senders.insert(SenderId::parse("TESTER").unwrap(), sender());
        let running = RunningBus::start(options).await.unwrap();
        let gateway = connect(&running, "gateway").await;
        let management = connect(&running, "management").await;
        Self { folder: None, running, gateway, management }
    }

    pub(crate) fn person(&self, key: &str) -> &Person {
        self.running.population().person(key).unwrap()
    }

    pub(crate) fn faults(&self) -> FaultServiceClient<Guarded> {
        FaultServiceClient::new(self.management.clone())
    }

    pub(crate) fn authority(&self) -> CertificateAuthorityServiceClient<Guarded> {
        CertificateAuthorityServiceClient::new(self.management.clone())
    }

    /// Adds a rule and tells its id.
    pub(crate) async fn fault(&self, rule: management::FaultRule) -> String {
        let request = management::AddFaultRequest { rule: Some(rule) };
        self.faults().add_fault(request).await.unwrap().into_inner().id
    }

    pub(crate) async fn reset(&self) {
        self.faults().reset_faults(management::ResetFaultsRequest {}).await.unwrap();
    }

    /// How often a rule was met and struck.
    pub(crate) async fn counts(&self, id: &str) -> (u64, u64) {
        let request = management::ListFaultsRequest { include_magic: true };
        let faults = self.faults().list_faults(request).await.unwrap().into_inner().faults;
        let report = faults.into_iter().find(|report| report.rule.as_ref().unwrap().id == id).unwrap();
        (report.met, report.decided)
    }

    /// A person's key and chain, kept by the authority.
    pub(crate) async fn enroll(&self, person: &Person) -> management::EnrollResponse {
        let subject = person.certificate_subject();
        let request = management::EnrollRequest {
            subject: Some(management::CertificateSubject {
                common_name: subject.common_name.clone(),
                surname: subject.surname.clone(),
                patronymic: subject.patronymic.clone(),
                iin: subject.iin.map(|iin| iin.digits().to_owned()).unwrap_or_default(),
                bin: String::new(),
                organization: subject.organization.clone(),
                system: subject.system.clone(),
                roles: subject.roles.iter().map(|role| role.name().to_owned()).collect(),
            }),
            ..management::EnrollRequest::default()
        };
        self.authority().enroll(request).await.unwrap().into_inner()
    }

    /// A golden request of a person for 000-A, signed.
    pub(crate) async fn request(&self, person: &Person, message_id: &str) -> bus::SendRequest {
        let party = || bus::Party { number: Some(bus::party::Number::Iin(person.iin.digits().to_owned())) };
        let name = &person.names.kk;
        let form = UnemployedCertificateApplication {
            iin: person.iin.digits().to_owned(),
            surname: name.surname.clone(),
            name: name.given.clone(),
            patronymic: name.patronymic.clone(),
            place_of_presentation: "талап етілетін жерге".to_owned(),
            phone: String::new(),
        };
        let document = bus::Document {
            message_id: message_id.to_owned(),
            regulation_id: "000-A".to_owned(),
            channel: bus::Channel::Portal.into(),
            applicant: Some(party()),
            signer: Some(party()),
            form: Some(prost_types::Any::from_msg(&form).unwrap()),
            attachments: vec![bus::Attachment {
                kind: "identity-document".to_owned(),
                file_name: "identity-document.pdf".to_owned(),
                media_type: "application/pdf".to_owned(),
                content: b"%PDF-1.4\n%%EOF\n".to_vec().into(),
            }],
            ..bus::Document::default()
        };
        let content = document.encode_to_vec();
        let enrolled = self.enroll(person).await;
        let key = SigningKey::from_pkcs8_der(&enrolled.private_key).unwrap();
        let chain = &enrolled.chain;
        let signature = cms::sign_detached(&content, &key, &chain[0], &chain[1..2], START).unwrap();
        bus::SendRequest {
            info: Some(info(message_id, "ENBEK_UnemployedCertificate")),
            document: Some(bus::SignedDocument {
                content: content.into(),
                content_type: "application/x-protobuf; message=eush.bus.v1.Document".to_owned(),
                signature,
            }),
            application_id: String::new(),
        }
    }

    pub(crate) async fn send(&self, request: &bus::SendRequest) -> Answer {
        GatewayServiceClient::new(self.gateway.clone()).send(Request::new(request.clone())).await
    }

    /// State of the application that a message opened, by its own answer.
    pub(crate) async fn state(&self, application_id: &str) -> bus::ApplicationStatus {
        let request = bus::GetApplicationRequest {
            info: Some(info("ask", "")),
            application_id: application_id.to_owned(),
        };
        let mut client = ProcessServiceClient::new(self.gateway.clone());
        client.get_application(request).await.unwrap().into_inner().status.unwrap()
    }

    /// Moves the clock past the provider's term.
    pub(crate) async fn advance(&self) -> management::ClockReading {
        let request = management::AdvanceClockRequest { by: "10wd".to_owned() };
        let mut client = ClockServiceClient::new(self.management.clone());
        client.advance_clock(request).await.unwrap().into_inner().clock.unwrap()
    }

    /// What the agency counted of a message: each call's outcome.
    pub(crate) async fn agency_saw(&self, message_id: &str) -> Vec<String> {
        let request = management::ListCallsRequest {
            message_id: message_id.to_owned(),
            ..management::ListCallsRequest::default()
        };
        // A connection of its own: an agency that begins again cuts those there are.
        let mut client = AgencyControlServiceClient::new(connect(&self.running, "enbek").await);
        let calls = client.list_calls(request).await.unwrap().into_inner().calls;
        calls.into_iter().map(|call| call.outcome).collect()
    }

    /// What the journal says of a message among its newest entries, newest first.
    pub(crate) async fn journal(&self, message_id: &str) -> Vec<management::JournalEntry> {
        let request = management::ListEntriesRequest { limit: 64, ..Default::default() };
        let mut client = JournalServiceClient::new(self.management.clone());
        let entries = client.list_entries(request).await.unwrap().into_inner().entries;
        entries.into_iter().filter(|entry| entry.message_id == message_id).collect()
    }
}

fn info(message_id: &str, service: &str) -> bus::MessageInfo {
    bus::MessageInfo {
        message_id: message_id.to_owned(),
        service_id: service.to_owned(),
        message_date: Some(prost_types::Timestamp { seconds: START.unix_timestamp(), nanos: 0 }),
        sender: Some(bus::Sender { sender_id: "TESTER".to_owned(), password: PASSWORD.to_owned() }),
        ..bus::MessageInfo::default()
    }
}

/// A rule for every call that a knob can act on.
pub(crate) fn rule(knob: &str, trigger: &str, parameters: &[(&str, &str)]) -> management::FaultRule {
    management::FaultRule {
        knob: knob.to_owned(),
        trigger: trigger.to_owned(),
        parameters: parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..management::FaultRule::default()
    }
}

/// The same at one place and for one method.
pub(crate) fn at(place: &str, method: &str, rule: management::FaultRule) -> management::FaultRule {
    let scope = management::FaultScope {
        place: place.to_owned(),
        method: method.to_owned(),
        ..rule.scope.clone().unwrap_or_default()
    };
    management::FaultRule { scope: Some(scope), ..rule }
}

/// Reason of a refusal, or the code of a status that has none.
pub(crate) fn reason(status: &Status) -> String {
    let body = tonic_types::pb::Status::decode(status.details()).unwrap_or_default();
    let info = body.details.first().filter(|detail| detail.type_url.ends_with("/google.rpc.ErrorInfo"));
    let info = info.and_then(|detail| tonic_types::pb::ErrorInfo::decode(detail.value.as_slice()).ok());
    info.map_or_else(|| format!("{:?}", status.code()), |info| info.reason)
}

/// Metadata as a map that compares; lists in their order.
pub(crate) fn metadata(metadata: &tonic::metadata::MetadataMap) -> BTreeMap<String, Vec<Vec<u8>>> {
    let headers = metadata.clone().into_headers();
    let mut map: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    for (name, value) in &headers {
        map.entry(name.as_str().to_owned()).or_default().push(value.as_bytes().to_vec());
    }
    map
}
