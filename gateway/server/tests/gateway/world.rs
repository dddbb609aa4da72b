//! A gateway on real sockets, with the test authority beside it and one stub agency behind it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use eush_acts::{Operation, catalogue};
use eush_ca::{Authority, AuthorityOptions, KeyAlgorithm, Server as AuthorityServer};
use eush_domain::synthetic::numbers::Scheme;
use eush_domain::synthetic::population::{CertificateSubject, Population};
use eush_domain::{AgencyId, FlowId, HandClock, SenderId, Timestamp};
use eush_gateway::config::{Allowance, Secret, Sender, SenderKind, ServiceList};
use eush_gateway::{Config, Gateway, Listeners};
use eush_sign::SigningKey;
use eush_sign::cms::sign_detached;
use eush_wire::adapter::v1 as adapter;
use eush_wire::adapter::v1::agency_service_server::{AgencyService, AgencyServiceServer};
use eush_wire::bus::v1 as bus;
use eush_wire::bus::v1::gateway_service_client::GatewayServiceClient;
use eush_wire::bus::v1::process_service_client::ProcessServiceClient;
use eush_wire::management::v1 as management;
use eush_wire::management::v1::bus_service_client::BusServiceClient;
use eush_wire::management::v1::certificate_authority_service_client::CertificateAuthorityServiceClient;
use eush_wire::management::v1::clock_service_client::ClockServiceClient;
use eush_wire::management::v1::fault_service_client::FaultServiceClient;
use eush_wire::management::v1::journal_service_client::JournalServiceClient;
use eush_wire::management::v1::people_service_client::PeopleServiceClient;
use eush_wire::management::v1::session_service_client::SessionServiceClient;
use eush_wire::management::v1::snapshot_service_client::SnapshotServiceClient;
use prost::Message as _;
use time::macros::datetime;
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status};

/// Where every test's clock starts, standing: a Monday.
pub(crate) const START: Timestamp = datetime!(2026-03-02 05:00 UTC);

/// Password of every sender.
pub(crate) const PASSWORD: &str = "word-of-the-tests";

/// Short form of the flow under test.
pub(crate) const REGULATION: &str = "000-A";

/// The agency and the service that the flow under test dispatches to.
pub(crate) fn target() -> (AgencyId, String) {
    let flow: FlowId = catalogue().resolve("000-A/portal").expect("the flow exists");
    let flow = catalogue().flow(&flow).expect("the flow exists");
    let dispatched = flow.items.iter().find_map(|item| {
        let Operation::Dispatch { agency, service } = &item.operation else { return None };
        Some((agency.clone(), service.as_str().to_owned()))
    });
    dispatched.expect("the flow dispatches")
}

pub(crate) fn population() -> Population {
    Population::new(1, Scheme::Future)
}

/// How the stub agency behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Accepts,
    Down,
    Holds,
    Nonsense,
    NoDecision,
    Refuses,
    /// Gives a result at once, signed by the provider's authorised person.
    Results,
    /// Accepts once the test releases it.
    Waits,
}

/// What the stub agency saw of one call.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) kind: &'static str,
    pub(crate) message_id: String,
    pub(crate) attempt: u32,
    pub(crate) traceparent: String,
    pub(crate) timeout: String,
    pub(crate) session: String,
    /// What the gateway names with the call of what is said of people.
    pub(crate) roster: String,
}

/// A stub agency: counts, remembers, and answers by its mood.
#[derive(Debug)]
pub(crate) struct StubAgency {
    pub(crate) mood: Mutex<Mood>,
    pub(crate) seen: Mutex<Vec<Seen>>,
    pub(crate) called: Notify,
    /// Lets a waiting call go on.
    pub(crate) release: Notify,
    /// Who signs results.
    pub(crate) signatory: Mutex<Option<Person>>,
    /// Told when a call that was held is dropped by its caller.
    pub(crate) dropped: Arc<Notify>,
}

impl StubAgency {
    pub(crate) fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    pub(crate) fn seen(&self, kind: &str) -> Vec<Seen> {
        self.seen.lock().unwrap().iter().filter(|seen| seen.kind == kind).cloned().collect()
    }

    fn note<T>(
        &self,
        kind: &'static str,
        request: &Request<T>,
        delivery: Option<&adapter::DeliveryInfo>,
    ) -> Mood {
        let header = |name: &str| {
            request.metadata().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        let delivery = delivery.expect("the gateway says what it delivers");
        self.seen.lock().unwrap().push(Seen {
            kind,
            message_id: delivery.message_id.clone(),
            attempt: delivery.attempt,
            traceparent: header("traceparent"),
            timeout: header("grpc-timeout"),
            session: header("eush-session"),
            roster: header("eush-people"),
        });
        self.called.notify_one();
        *self.mood.lock().unwrap()
    }
}

struct TellOnDrop(Arc<Notify>);

impl Drop for TellOnDrop {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[derive(Clone)]
struct StubService(Arc<StubAgency>);

#[tonic::async_trait]
impl AgencyService for StubService {
    async fn describe(
        &self,
        _: Request<adapter::DescribeRequest>,
    ) -> Result<Response<adapter::DescribeResponse>, Status> {
        Ok(Response::new(adapter::DescribeResponse::default()))
    }

    async fn lookup(
        &self,
        _: Request<adapter::LookupRequest>,
    ) -> Result<Response<adapter::LookupResponse>, Status> {
        Err(Status::unimplemented("no register"))
    }

    async fn deliver(
        &self,
        request: Request<adapter::DeliverRequest>,
    ) -> Result<Response<adapter::DeliverResponse>, Status> {
        use adapter::deliver_response::Decision;
        let mood = self.0.note("deliver", &request, request.get_ref().delivery.as_ref());
        let adapter::DeliverRequest { delivery, document } = request.into_inner();
        let delivery = delivery.unwrap_or_default();
        let mut answer = adapter::DeliverResponse {
            message_id: delivery.message_id.clone(),
            registration: Some(adapter::Registration {
                number: "R-1".to_owned(),
                registered_at: delivery.bus_time,
            }),
            decision: Some(Decision::Accepted(adapter::Accepted {})),
        };
        match mood {
            Mood::Accepts => {}
            Mood::Down => return Err(Status::unavailable("down")),
            Mood::Holds => {
                let _told = TellOnDrop(self.0.dropped.clone());
                std::future::pending::<()>().await;
            }
            Mood::Waits => self.0.release.notified().await,
            Mood::Nonsense => answer.message_id = "another".to_owned(),
            Mood::NoDecision => answer.decision = None,
            Mood::Results => {
                let document = bus::Document::decode(document.unwrap().content).unwrap();
                let signatory = self.0.signatory.lock().unwrap().clone().unwrap();
                answer.decision = Some(Decision::Result(signatory.result(&delivery, document.applicant)));
            }
            Mood::Refuses => {
                answer.decision = Some(Decision::Refusal(bus::ProviderRefusal {
                    reason: bus::ProviderRefusalReason::DocumentsNotConforming.into(),
                    text: None,
                }));
            }
        }
        Ok(Response::new(answer))
    }

    async fn notify_term(
        &self,
        request: Request<adapter::NotifyTermRequest>,
    ) -> Result<Response<adapter::NotifyTermResponse>, Status> {
        match self.0.note("term", &request, request.get_ref().delivery.as_ref()) {
            Mood::Down => Err(Status::unavailable("down")),
            Mood::Accepts
            | Mood::Holds
            | Mood::Nonsense
            | Mood::NoDecision
            | Mood::Refuses
            | Mood::Results
            | Mood::Waits => Ok(Response::new(adapter::NotifyTermResponse {})),
        }
    }
}

/// A server that ends with the test.
struct Running {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Running {
    async fn end(mut self) {
        drop(self.stop.take());
        self.task.await.unwrap();
    }
}

/// Everything around a gateway, and the gateway.
pub(crate) struct World {
    folder: tempfile::TempDir,
    pub(crate) agency: Arc<StubAgency>,
    agency_address: SocketAddr,
    authority_address: SocketAddr,
    gateway: Option<Running>,
    pub(crate) addresses: eush_gateway::Addresses,
    pub(crate) config: Config,
    /// Real time, as far as sessions live by it.
    pub(crate) real: Arc<HandClock>,
}

fn sender(kind: SenderKind) -> Sender {
    Sender {
        password: Secret::parse(PASSWORD).unwrap(),
        kind,
        agency: None,
        bin: None,
        system: None,
        services: ServiceList::All,
        channels: vec![eush_domain::Channel::Portal],
        operators: Vec::new(),
        client_certificate_sha256: None,
    }
}

async fn serve_authority(folder: PathBuf) -> SocketAddr {
    let options = AuthorityOptions { now: START, default_algorithm: KeyAlgorithm::Gost2015_512 };
    let authority =
        tokio::task::spawn_blocking(move || Authority::open(&folder, options)).await.unwrap().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = AuthorityServer::from_listener(authority, listener, None);
    let address = server.local_addr();
    tokio::spawn(async move { server.serve(std::future::pending()).await });
    address
}

async fn serve_agency(agency: Arc<StubAgency>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = AgencyServiceServer::new(StubService(agency));
    let incoming = tonic::transport::server::TcpIncoming::from(listener);
    tokio::spawn(Server::builder().add_service(service).serve_with_incoming(incoming));
    address
}

pub(crate) async fn channel(address: SocketAddr) -> Channel {
    Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap()
}

impl World {
    /// A world whose gateway serves, with the configuration changed as the test wants.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let agency = Arc::new(StubAgency {
            mood: Mutex::new(Mood::Accepts),
            seen: Mutex::default(),
            called: Notify::new(),
            release: Notify::new(),
            signatory: Mutex::default(),
            dropped: Arc::default(),
        });
        let authority_address = serve_authority(folder.path().join("ca")).await;
        let agency_address = serve_agency(agency.clone()).await;
        let mut config = Self::config(folder.path(), authority_address, agency_address);
        change(&mut config);
        let mut world = Self {
            folder,
            agency,
            agency_address,
            authority_address,
            gateway: None,
            addresses: eush_gateway::Addresses {
                gateway: SocketAddr::from(([0, 0, 0, 0], 0)),
                management: SocketAddr::from(([0, 0, 0, 0], 0)),
            },
            config,
            real: Arc::new(HandClock::new(START)),
        };
        world.start().await;
        world
    }

    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    fn config(folder: &Path, authority: SocketAddr, agency: SocketAddr) -> Config {
        let (code, _) = target();
        let id = |text: &str| SenderId::parse(text).unwrap();
        let text = format!(
            "[gateway]\nlisten = \"127.0.0.1:0\"\n[management]\nlisten = \"127.0.0.1:0\"\n\
             [store]\ndata_dir = '{}'\n[clock]\nstart = \"2026-03-02T05:00:00Z\"\n\
             [certificates]\naddress = \"http://{authority}\"\n[agencies]\n{code} = \"http://{agency}\"\n\
             [agency]\ntimeout = \"20s\"\n",
            folder.join("gateway").display(),
        );
        let mut config = Config::parse(&text, &HashMap::new()).unwrap();
        assert_eq!(config.gateway.insecure, Allowance::Deny);
        config.senders.insert(id("PORTAL"), sender(SenderKind::Front));
        config.senders.insert(
            id("OTHER"),
            Sender { services: ServiceList::Listed(Vec::new()), ..sender(SenderKind::Front) },
        );
        config.senders.insert(id("AGENCY"), Sender { agency: Some(code), ..sender(SenderKind::Agency) });
        config
    }

    /// Starts the gateway over the same folder.
    pub(crate) async fn start(&mut self) {
        let listeners = Listeners::bind(&self.config).await.unwrap();
        let bound = Gateway::open_with(self.config.clone(), listeners, self.real.clone()).await.unwrap();
        self.addresses = bound.addresses();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let shutdown = async {
                let _ = stopped.await;
            };
            bound.serve(shutdown).await.unwrap();
        });
        self.gateway = Some(Running { stop: Some(stop), task });
    }

    /// Stops the gateway as Ctrl-C does and waits for its end.
    pub(crate) async fn stop(&mut self) {
        self.gateway.take().unwrap().end().await;
    }

    /// Starts a gateway over what a kill at this moment leaves on the disk. The one that runs goes on over its own files, and
    /// saves nothing of what it has in memory to these.
    pub(crate) async fn kill_and_start(&mut self) {
        let left = self.folder.path().join(format!("{}-killed", self.config.store.data_dir.display()));
        copy(&self.config.store.data_dir, &left);
        self.config.store.data_dir = left;
        drop(self.gateway.take());
        self.start().await;
    }

    /// Asks the gateway to stop, without waiting.
    pub(crate) fn begin_stop(&mut self) {
        drop(self.gateway.as_mut().unwrap().stop.take());
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn peers(&self) -> (SocketAddr, SocketAddr) {
        (self.agency_address, self.authority_address)
    }

    pub(crate) async fn gateway(&self) -> GatewayServiceClient<Channel> {
        GatewayServiceClient::new(channel(self.addresses.gateway).await)
    }

    pub(crate) async fn process(&self) -> ProcessServiceClient<Channel> {
        ProcessServiceClient::new(channel(self.addresses.gateway).await)
    }

    pub(crate) async fn clock(&self) -> ClockServiceClient<Channel> {
        ClockServiceClient::new(channel(self.addresses.management).await)
    }

    pub(crate) async fn journal(&self) -> JournalServiceClient<Channel> {
        JournalServiceClient::new(channel(self.addresses.management).await)
    }

    pub(crate) async fn faults(&self) -> FaultServiceClient<Channel> {
        FaultServiceClient::new(channel(self.addresses.management).await)
    }

    pub(crate) async fn state(&self) -> BusServiceClient<Channel> {
        BusServiceClient::new(channel(self.addresses.management).await)
    }

    pub(crate) async fn authority(&self) -> CertificateAuthorityServiceClient<Channel> {
        CertificateAuthorityServiceClient::new(channel(self.addresses.management).await)
    }

    pub(crate) async fn sessions(&self) -> SessionServiceClient<Channel> {
        SessionServiceClient::new(channel(self.addresses.management).await)
    }

    pub(crate) async fn people(&self) -> PeopleServiceClient<Channel> {
        PeopleServiceClient::new(channel(self.addresses.management).await)
    }

    pub(crate) async fn snapshots(&self) -> SnapshotServiceClient<Channel> {
        SnapshotServiceClient::new(channel(self.addresses.management).await)
    }

    /// Moves the clock.
    pub(crate) async fn advance(&self, by: &str) -> management::ClockReading {
        let request = management::AdvanceClockRequest { by: by.to_owned() };
        self.clock().await.advance_clock(request).await.unwrap().into_inner().clock.unwrap()
    }

    /// A person's key and certificate, through management.
    pub(crate) async fn enroll(&self, subject: &CertificateSubject) -> Person {
        self.enrolled(subject, (management::Defect::Unspecified, ""), "").await
    }

    /// The same with one flaw, or under a label of its own.
    pub(crate) async fn enroll_as(
        &self,
        subject: &CertificateSubject,
        defect: management::Defect,
        label: &str,
    ) -> Person {
        self.enrolled(subject, (defect, label), "").await
    }

    /// The golden one in a test session.
    pub(crate) async fn enroll_within(&self, session: &str, person: &str) -> Person {
        let population = population();
        let subject = population.person(person).unwrap().certificate_subject().clone();
        self.enrolled(&subject, (management::Defect::Unspecified, ""), session).await
    }

    async fn enrolled(
        &self,
        subject: &CertificateSubject,
        (defect, label): (management::Defect, &str),
        session: &str,
    ) -> Person {
        let request = management::EnrollRequest {
            subject: Some(management::CertificateSubject {
                common_name: subject.common_name.clone(),
                surname: subject.surname.clone(),
                patronymic: subject.patronymic.clone(),
                iin: subject.iin.map(|iin| iin.digits().to_owned()).unwrap_or_default(),
                bin: subject.bin.map(|bin| bin.digits().to_owned()).unwrap_or_default(),
                organization: subject.organization.clone(),
                system: subject.system.clone(),
                roles: subject.roles.iter().map(|role| role.name().to_owned()).collect(),
            }),
            defect: defect.into(),
            label: label.to_owned(),
            ..management::EnrollRequest::default()
        };
        let mut request = Request::new(request);
        if !session.is_empty() {
            request.metadata_mut().insert("eush-session", session.parse().unwrap());
        }
        let answer = self.authority().await.enroll(request).await.unwrap().into_inner();
        Person {
            iin: subject.iin.map(|iin| iin.digits().to_owned()).unwrap_or_default(),
            serial: answer.certificate.unwrap().serial,
            key: answer.private_key,
            chain: answer.chain,
        }
    }

    /// The citizen with everything in order.
    pub(crate) async fn citizen(&self) -> Person {
        self.enroll(&citizen()).await
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Whom the flows under test are about.
pub(crate) fn citizen() -> CertificateSubject {
    population().person("aigerim").unwrap().certificate_subject().clone()
}

/// Somebody who can sign.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) iin: String,
    pub(crate) serial: String,
    pub(crate) key: Vec<u8>,
    pub(crate) chain: Vec<Vec<u8>>,
}

pub(crate) fn info(message_id: &str, sender: &str, service: &str) -> bus::MessageInfo {
    bus::MessageInfo {
        message_id: message_id.to_owned(),
        service_id: service.to_owned(),
        message_date: Some(prost_types::Timestamp { seconds: START.unix_timestamp(), nanos: 0 }),
        sender: Some(bus::Sender { sender_id: sender.to_owned(), password: PASSWORD.to_owned() }),
        ..bus::MessageInfo::default()
    }
}

impl Person {
    pub(crate) fn sign(&self, content: &[u8]) -> Vec<u8> {
        let key = SigningKey::from_pkcs8_der(&self.key).unwrap();
        sign_detached(content, &key, &self.chain[0], &self.chain[1..2], START).unwrap()
    }

    /// A result of the employment centre of Astana for a delivery.
    fn result(&self, delivery: &adapter::DeliveryInfo, applicant: Option<bus::Party>) -> bus::SignedDocument {
        let provider = population().organization("astana-employment-centre").unwrap().bin;
        let document = bus::ResultDocument {
            message_id: delivery.message_id.clone(),
            application_id: delivery.application_id.clone(),
            regulation_id: delivery.regulation_id.clone(),
            applicant,
            provider_bin: provider.digits().to_owned(),
            kind: "unemployed-certificate".to_owned(),
            title: None,
            body: None,
            issued_at: delivery.bus_time,
        };
        let content = document.encode_to_vec();
        let signature = self.sign(&content);
        bus::SignedDocument {
            content: content.into(),
            content_type: "application/x-protobuf; message=eush.bus.v1.ResultDocument".to_owned(),
            signature,
        }
    }

    /// A request with nothing wrong in it.
    pub(crate) fn request(&self, message_id: &str) -> bus::SendRequest {
        let party = || Some(bus::Party { number: Some(bus::party::Number::Iin(self.iin.clone())) });
        let document = bus::Document {
            message_id: message_id.to_owned(),
            regulation_id: REGULATION.to_owned(),
            channel: bus::Channel::Portal.into(),
            applicant: party(),
            signer: party(),
            form: Some(prost_types::Any {
                type_url: "type.googleapis.com/eush.test.Form".to_owned(),
                value: b"form".to_vec(),
            }),
            ..bus::Document::default()
        };
        let content = document.encode_to_vec();
        let signature = self.sign(&content);
        bus::SendRequest {
            info: Some(info(message_id, "PORTAL", &target().1)),
            document: Some(bus::SignedDocument {
                content: content.into(),
                content_type: "application/x-protobuf; message=eush.bus.v1.Document".to_owned(),
                signature,
            }),
            application_id: String::new(),
        }
    }
}

/// The reason and the metadata of a refusal.
pub(crate) fn reason(status: &Status) -> (String, HashMap<String, String>) {
    let body = tonic_types::pb::Status::decode(status.details()).unwrap();
    assert!(body.details[0].type_url.ends_with("/google.rpc.ErrorInfo"), "{status:?}");
    let info = tonic_types::pb::ErrorInfo::decode(body.details[0].value.as_slice()).unwrap();
    (info.reason, info.metadata)
}
