//! The kit over real sockets, with an agency that says what it is told to say.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use eush_domain::synthetic::numbers::Scheme;
use eush_domain::synthetic::population::Population;
use eush_domain::{Text, Timestamp};
use eush_sign::cms::SignedData;
use eush_wire::adapter::v1 as wire;
use eush_wire::adapter::v1::agency_service_client::AgencyServiceClient;
use eush_wire::adapter::v1::workplace_service_client::WorkplaceServiceClient;
use eush_wire::bus::v1 as bus;
use eush_wire::management::v1 as management;
use eush_wire::management::v1::agency_control_service_client::AgencyControlServiceClient;
use eush_wire::management::v1::session_part_service_client::SessionPartServiceClient;
use prost::Message as _;
use time::macros::datetime;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request};

use super::testing::{Running, StubAuthority, StubGateway, key_of};
use super::*;

const NOW: Timestamp = datetime!(2026-03-02 10:00 UTC);
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Finds everybody, accepts everything, and can be made to wait.
#[derive(Clone)]
struct Stub {
    population: Arc<Population>,
    decided: Arc<AtomicU32>,
    entered: Arc<Notify>,
    gate: Option<Arc<Notify>>,
}

impl Stub {
    fn new() -> Self {
        Self {
            population: Arc::new(Population::new(1, Scheme::Future)),
            decided: Arc::default(),
            entered: Arc::default(),
            gate: None,
        }
    }
}

#[async_trait]
impl Agency for Stub {
    fn describe(&self) -> Description {
        let name = || Text { kk: "Сынақ", ru: "Проба", en: "Trial" }.into();
        let service = |service_id, kind| Service {
            service_id,
            kind,
            request_type: String::new(),
            response_type: String::new(),
            name: name(),
            required_attachments: vec![],
        };
        Description {
            agency: "stub",
            name: name(),
            payload_origin: PayloadOrigin::SimulatorDefined,
            services: vec![
                service("STUB_Register", ServiceKind::Lookup),
                service("STUB_Office", ServiceKind::Delivery),
            ],
        }
    }

    async fn lookup(&self, question: &Question) -> Result<Answer, AgencyFault> {
        match question.about {
            Party::Individual(_) => Ok(Answer::Found(prost_types::Any::default())),
            Party::Organization(_) => Ok(Answer::Absent),
        }
    }

    async fn deliver(&self, delivery: &Delivery) -> Result<Decision, AgencyFault> {
        self.entered.notify_one();
        if let Some(gate) = &self.gate {
            gate.notified().await;
        }
        let number = self.decided.fetch_add(1, Ordering::SeqCst).to_string();
        let registered_at = delivery.context.bus_time;
        Ok(Decision {
            registration: Some(Registration { number, registered_at }),
            verdict: Verdict::Accepted,
        })
    }

    async fn term_due(&self, _: &Delivery, _: Timestamp) -> Result<Outcome, AgencyFault> {
        let key = "astana-employment-centre";
        let provider = self.population.organization(key).unwrap().bin;
        let signatory = self.population.signatory_of(key).unwrap().certificate_subject().clone();
        let title = Text { kk: "Нәтиже", ru: "Результат", en: "Result" }.into();
        let body = prost_types::Any::default();
        Ok(Outcome::Completed(Box::new(ResultDraft { signatory, provider, kind: "trial", title, body })))
    }

    async fn used(&self, manual: &ManualUse) -> Result<Option<Screen>, AgencyFault> {
        let failing = manual.checks_among(&["presence"]);
        Ok(Some(Screen { entry: Some(prost_types::Any::default()), failing }))
    }
}

struct Bench {
    agency: AgencyServiceClient<Guarded>,
    control: AgencyControlServiceClient<Guarded>,
    running: Running,
}

async fn bench(stub: Stub, links: Links) -> Bench {
    let bound = AgencyServer::bind(Box::new(stub), Listen::loopback("stub")).await.unwrap();
    let running = Running::adopt(bound.address(), |stop| bound.serve(links, stop.cancelled_owned()));
    let channel = running.link().channel().unwrap();
    Bench {
        agency: AgencyServiceClient::new(channel.clone()),
        control: AgencyControlServiceClient::new(channel),
        running,
    }
}

impl Bench {
    async fn calls(&mut self, message: &str) -> management::ListCallsResponse {
        let request = management::ListCallsRequest { message_id: message.to_owned(), ..Default::default() };
        self.control.list_calls(request).await.unwrap().into_inner()
    }

    async fn behave(&mut self, behaviour: management::Behaviour, message: &str) {
        let request =
            management::SetBehaviourRequest { behaviour: behaviour.into(), message_id: message.to_owned() };
        self.control.set_behaviour(request).await.unwrap();
    }

    /// Waits until the journal says so: the server notices a caller's departure in its own time.
    async fn until_outcome(&mut self, message: &str, outcome: &str) {
        let told = async {
            loop {
                let calls = self.calls(message).await.calls;
                if calls.last().is_some_and(|call| call.outcome == outcome) {
                    break;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), told).await.expect("the journal says so in the end");
    }
}

fn applicant() -> bus::Party {
    Party::Individual(Population::new(1, Scheme::Future).person("aigerim").unwrap().iin).to_wire()
}

fn info(message: &str, service: &str) -> wire::DeliveryInfo {
    wire::DeliveryInfo {
        message_id: message.to_owned(),
        application_id: "app-1".to_owned(),
        service_id: service.to_owned(),
        regulation_id: "astana/trial".to_owned(),
        channel: bus::Channel::Portal.into(),
        bus_time: Some(time_to_wire(NOW)),
        attempt: 1,
        sender_id: "PORTAL".to_owned(),
        profile: "strict".to_owned(),
    }
}

fn document(message: &str, file: &[u8]) -> bus::SignedDocument {
    let document = bus::Document {
        message_id: message.to_owned(),
        applicant: Some(applicant()),
        attachments: vec![bus::Attachment { content: file.to_vec().into(), ..Default::default() }],
        ..Default::default()
    };
    bus::SignedDocument { content: document.encode_to_vec().into(), ..Default::default() }
}

fn delivery(message: &str, file: &[u8]) -> wire::DeliverRequest {
    wire::DeliverRequest {
        delivery: Some(info(message, "STUB_Office")),
        document: Some(document(message, file)),
    }
}

#[tokio::test]
async fn same_delivery_same_answer() {
    let stub = Stub::new();
    let mut bench = bench(stub.clone(), Links::default()).await;
    let first = bench.agency.deliver(delivery("m-1", b"a")).await.unwrap().into_inner();
    let again = bench.agency.deliver(delivery("m-1", b"a")).await.unwrap().into_inner();
    assert_eq!(first, again);
    assert_eq!(first.message_id, "m-1");
    assert_eq!(stub.decided.load(Ordering::SeqCst), 1);
    let other = bench.agency.deliver(delivery("m-1", b"b")).await.unwrap_err();
    assert_eq!(other.code(), Code::AlreadyExists);
    let calls = bench.calls("m-1").await;
    assert_eq!(calls.total, 3);
    let outcomes: Vec<_> = calls.calls.iter().map(|call| call.outcome.as_str()).collect();
    assert_eq!(outcomes, ["accepted", "accepted", "message id reused"]);
    bench.control.reset_agency(management::ResetAgencyRequest {}).await.unwrap();
    assert_eq!(bench.calls("").await.total, 0);
    bench.agency.deliver(delivery("m-1", b"b")).await.unwrap();
}

#[tokio::test]
async fn two_at_once_are_decided_once() {
    let gate = Arc::new(Notify::new());
    let stub = Stub { gate: Some(Arc::clone(&gate)), ..Stub::new() };
    let mut bench = bench(stub.clone(), Links::default()).await;
    let (mut one, mut two) = (bench.agency.clone(), bench.agency.clone());
    let first = tokio::spawn(async move { one.deliver(delivery("m-1", b"a")).await });
    stub.entered.notified().await;
    let second = tokio::spawn(async move { two.deliver(delivery("m-1", b"a")).await });
    let both_counted = async {
        while bench.calls("m-1").await.total < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), both_counted).await.unwrap();
    gate.notify_one();
    let answers = (first.await.unwrap().unwrap(), second.await.unwrap().unwrap());
    assert_eq!(answers.0.into_inner(), answers.1.into_inner());
    assert_eq!(stub.decided.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn registers_answer_present_and_absent() {
    let mut bench = bench(Stub::new(), Links::default()).await;
    let question = |message: &str, about| wire::LookupRequest {
        delivery: Some(info(message, "STUB_Register")),
        about: Some(about),
        request: None,
    };
    let found = bench.agency.lookup(question("q-1", applicant())).await.unwrap().into_inner();
    assert!(matches!(found.outcome, Some(wire::lookup_response::Outcome::Found(_))));
    let company = Party::Organization(eush_domain::synthetic::numbers::bin(0)).to_wire();
    let absent = bench.agency.lookup(question("q-2", company)).await.unwrap().into_inner();
    assert!(matches!(absent.outcome, Some(wire::lookup_response::Outcome::Absent(_))));
    let all = bench.calls("").await;
    let outcomes: Vec<_> = all.calls.iter().map(|call| (call.kind.as_str(), call.outcome.as_str())).collect();
    assert_eq!(outcomes, [("lookup", "present"), ("lookup", "absent")]);
    bench.agency.describe(wire::DescribeRequest {}).await.unwrap();
    assert_eq!(bench.calls("").await.total, 2, "a description is no call");
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_counted() {
    let mut bench = bench(Stub::new(), Links::default()).await;
    let nothing = bench.agency.deliver(wire::DeliverRequest::default()).await.unwrap_err();
    assert_eq!(nothing.code(), Code::InvalidArgument, "nobody knows what to count");
    let mut moved = delivery("m-1", b"a");
    moved.delivery = Some(info("m-2", "STUB_Office"));
    let cases = [
        ("another message's document", moved, Code::InvalidArgument),
        (
            "no document",
            wire::DeliverRequest { document: None, ..delivery("m-2", b"a") },
            Code::InvalidArgument,
        ),
        (
            "no such service",
            wire::DeliverRequest { delivery: Some(info("m-2", "OTHER")), ..delivery("m-2", b"a") },
            Code::NotFound,
        ),
        (
            "a register",
            wire::DeliverRequest { delivery: Some(info("m-2", "STUB_Register")), ..delivery("m-2", b"a") },
            Code::NotFound,
        ),
    ];
    for (name, request, code) in cases {
        assert_eq!(bench.agency.deliver(request).await.unwrap_err().code(), code, "{name}");
    }
    assert_eq!(bench.calls("m-2").await.total, 4);
}

#[tokio::test]
async fn it_fails_as_it_is_told_to() {
    let stub = Stub::new();
    let mut bench = bench(stub.clone(), Links::default()).await;
    bench.behave(management::Behaviour::Down, "").await;
    bench.behave(management::Behaviour::Nonsense, "m-2").await;
    let down = bench.agency.deliver(delivery("m-1", b"a")).await.unwrap_err();
    assert_eq!(down.code(), Code::Unavailable);
    let nonsense = bench.agency.deliver(delivery("m-2", b"a")).await.unwrap().into_inner();
    assert_ne!(nonsense.message_id, "m-2");
    bench.behave(management::Behaviour::Normal, "m-1").await;
    bench.agency.deliver(delivery("m-1", b"a")).await.unwrap();
    assert_eq!(stub.decided.load(Ordering::SeqCst), 1);
    assert_eq!((bench.calls("m-1").await.total, bench.calls("m-2").await.total), (2, 1));
    let unnamed = management::SetBehaviourRequest { behaviour: 0, message_id: String::new() };
    assert_eq!(bench.control.set_behaviour(unnamed).await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_slow_agency_is_given_up_by_deadline_or_departure() {
    let mut bench = bench(Stub::new(), Links::default()).await;
    bench.behave(management::Behaviour::Slow, "").await;
    let mut request = Request::new(delivery("m-1", b"a"));
    request.set_timeout(Duration::from_secs(1));
    let late = bench.agency.deliver(request).await.unwrap_err();
    assert!(matches!(late.code(), Code::DeadlineExceeded | Code::Cancelled), "{late:?}");
    bench.until_outcome("m-1", "abandoned").await;
    let mut other = bench.agency.clone();
    let call = tokio::spawn(async move { other.deliver(delivery("m-2", b"a")).await });
    bench.until_outcome("m-2", "").await;
    call.abort();
    bench.until_outcome("m-2", "abandoned").await;
}

#[tokio::test]
async fn a_term_brings_a_signed_result() {
    let (authority, gateway) = (StubAuthority::default(), StubGateway::default());
    let (authority_at, gateway_at) = (authority.serve().await, gateway.serve().await);
    let sender = SenderCredentials { sender_id: "STUB".to_owned(), password: Secret::new("secret") };
    let links = Links { gateway: Some((gateway_at.link(), sender)), certificates: Some(authority_at.link()) };
    let mut bench = bench(Stub::new(), links).await;
    for _ in 0..2 {
        let mut request = Request::new(wire::NotifyTermRequest {
            delivery: Some(info("m-1", "STUB_Office")),
            document: Some(document("m-1", b"a")),
            due_at: Some(time_to_wire(NOW)),
        });
        let trace = format!("00-{TRACE}-00f067aa0ba902b7-01");
        request.metadata_mut().insert("traceparent", trace.parse().unwrap());
        bench.agency.notify_term(request).await.unwrap();
    }
    assert_eq!(authority.enrolled().len(), 1, "a key is asked for once");
    assert_eq!(bench.calls("").await.total, 0, "a term is no call");
    let completions = gateway.completions();
    let [first, second] = completions.as_slice() else { panic!("two completions") };
    assert!(first.traceparent.contains(TRACE), "{}", first.traceparent);
    let header = first.request.info.clone().unwrap();
    assert_eq!(header.correlation_id, "m-1");
    assert_eq!(header.sender, Some(bus::Sender { sender_id: "STUB".into(), password: "secret".into() }));
    assert_eq!(Some(header.message_id), second.request.info.clone().map(|info| info.message_id));
    let Some(bus::complete_delivery_request::Outcome::Result(result)) = &first.request.outcome else {
        panic!("a result")
    };
    let key = key_of(&authority.enrolled()[0].common_name);
    let signed = SignedData::parse(&result.signature).unwrap();
    signed.verify_signer(0, Some(&result.content), key.public_key()).unwrap();
    assert_eq!(signed.signers()[0].signing_time(), Some(NOW));
    let document = bus::ResultDocument::decode(result.content.clone()).unwrap();
    assert_eq!((document.message_id.as_str(), document.kind.as_str()), ("m-1", "trial"));
    assert_eq!(document.applicant, Some(applicant()));
}

#[tokio::test]
async fn a_term_without_links_says_what_is_missing() {
    let mut bench = bench(Stub::new(), Links::default()).await;
    let request = wire::NotifyTermRequest {
        delivery: Some(info("m-1", "STUB_Office")),
        document: Some(document("m-1", b"a")),
        due_at: Some(time_to_wire(NOW)),
    };
    assert_eq!(bench.agency.notify_term(request).await.unwrap_err().code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn an_oversize_message_is_resource_exhausted() {
    let mut bench = bench(Stub::new(), Links::default()).await;
    let large = delivery("m-1", &vec![0; limits::MAX_MESSAGE + 1]);
    assert_eq!(bench.agency.deliver(large).await.unwrap_err().code(), Code::ResourceExhausted);
    assert_eq!(bench.calls("").await.total, 0);
    bench.agency.deliver(delivery("m-1", &vec![0; 3 << 20])).await.unwrap();
}

#[tokio::test]
async fn health_and_reflection_name_the_services() {
    use tonic_health::pb::health_check_response::ServingStatus;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

    let bench = bench(Stub::new(), Links::default()).await;
    let channel = bench.running.link().channel().unwrap();
    let mut health = tonic_health::pb::health_client::HealthClient::new(channel.clone());
    for service in ["", "eush.adapter.v1.AgencyService", "eush.management.v1.AgencyControlService"] {
        let request = tonic_health::pb::HealthCheckRequest { service: service.to_owned() };
        let status = health.check(request).await.unwrap().into_inner().status();
        assert_eq!(status, ServingStatus::Serving, "{service}");
    }
    let mut reflection =
        tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient::new(channel);
    let request = tonic_reflection::pb::v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers =
        reflection.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
    let Some(MessageResponse::ListServicesResponse(list)) =
        answers.message().await.unwrap().unwrap().message_response
    else {
        panic!("a list of services")
    };
    let names: Vec<_> = list.service.iter().map(|service| service.name.as_str()).collect();
    assert!(names.contains(&"eush.adapter.v1.AgencyService"), "{names:?}");
    assert!(!names.contains(&"eush.bus.v1.GatewayService"), "{names:?}");
}

#[tokio::test]
async fn shutdown_lets_nothing_hold_it() {
    let bound = AgencyServer::bind(Box::new(Stub::new()), Listen::loopback("stub")).await.unwrap();
    let address = bound.address();
    let stop = CancellationToken::new();
    let served = tokio::spawn(bound.serve(Links::default(), stop.clone().cancelled_owned()));
    let channel = Link::plain(address).channel().unwrap();
    let running = AgencyControlServiceClient::new(channel.clone());
    let mut control = running.clone();
    let slow = management::SetBehaviourRequest {
        behaviour: management::Behaviour::Slow.into(),
        ..Default::default()
    };
    control.set_behaviour(slow).await.unwrap();
    let mut agency = AgencyServiceClient::new(channel);
    let call = tokio::spawn(async move { agency.deliver(delivery("m-1", b"a")).await });
    let arrived = async {
        while control.list_calls(management::ListCallsRequest::default()).await.unwrap().into_inner().total
            == 0
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), arrived).await.unwrap();
    stop.cancel();
    let ended = call.await.unwrap().unwrap_err();
    assert_eq!(ended.code(), Code::Unavailable);
    served.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_port_in_use_is_told_with_its_key() {
    let first = Host::bind(Listen::loopback("first")).await.unwrap();
    let listen = Listen { address: first.address(), ..Listen::loopback("second") };
    let error = Host::bind(listen).await.unwrap_err();
    assert!(matches!(error, StartError::AddressInUse { .. }), "{error:?}");
    assert!(error.to_string().contains("`second.listen`"), "{error}");
    let everywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let listen = Listen { address: everywhere, ..Listen::loopback("open") };
    assert!(matches!(Host::bind(listen.clone()).await, Err(StartError::Exposed { .. })));
    assert!(Host::bind(Listen { exposure: Exposure::Insecure, ..listen }).await.is_ok());
}

fn within<T>(session: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("eush-session", session.parse().unwrap());
    request
}

#[tokio::test]
async fn sessions_see_nothing_of_each_other() {
    let mut bench = bench(Stub::new(), Links::default()).await;
    let down = management::SetBehaviourRequest {
        behaviour: management::Behaviour::Down.into(),
        ..Default::default()
    };
    bench.control.set_behaviour(within("down", down)).await.unwrap();
    // The same id with other content, and another behaviour: nothing of it is anybody else's.
    bench.agency.deliver(delivery("m-1", b"a")).await.unwrap();
    bench.agency.deliver(within("one", delivery("m-1", b"b"))).await.unwrap();
    let refused = bench.agency.deliver(within("down", delivery("m-1", b"c"))).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    for (session, outcome) in [("one", "accepted"), ("down", "unavailable")] {
        let list = within(session, management::ListCallsRequest::default());
        let calls = bench.control.list_calls(list).await.unwrap().into_inner();
        assert_eq!((calls.total, calls.calls[0].outcome.as_str()), (1, outcome), "{session}");
    }
    assert_eq!(bench.calls("").await.total, 1);
    bench.control.reset_agency(within("one", management::ResetAgencyRequest {})).await.unwrap();
    bench.agency.deliver(within("one", delivery("m-1", b"z"))).await.unwrap();
    assert_eq!(bench.calls("m-1").await.calls[0].outcome, "accepted");
    let malformed = bench.agency.deliver(within("No such", delivery("m-1", b"a"))).await.unwrap_err();
    assert_eq!(malformed.code(), Code::InvalidArgument);
    assert_eq!(bench.calls("").await.total, 1, "a malformed key never reaches the shared bus");
}

#[tokio::test]
async fn a_restart_in_one_session_is_nothing_to_the_others() {
    let gate = Arc::new(Notify::new());
    let stub = Stub { gate: Some(Arc::clone(&gate)), ..Stub::new() };
    let mut bench = bench(stub.clone(), Links::default()).await;
    let client = bench.agency.clone();
    let ask = |session: &str, message: &str| {
        let (mut agency, session) = (client.clone(), session.to_owned());
        let delivery = delivery(message, b"a");
        async move {
            let request =
                if session.is_empty() { Request::new(delivery) } else { within(&session, delivery) };
            agency.deliver(request).await.map(tonic::Response::into_inner)
        }
    };
    // Each bus has an answer that is remembered, and a call in progress.
    let mut flights = Vec::new();
    for session in ["", "one", "two"] {
        gate.notify_one();
        ask(session, "m-1").await.unwrap();
    }
    // Several entered at once leave one word of it.
    stub.entered.notified().await;
    for session in ["", "one", "two"] {
        flights.push(tokio::spawn(ask(session, "m-2")));
        stub.entered.notified().await;
    }
    let mut order = within("one", delivery("m-3", b"a"));
    order.metadata_mut().insert("eush-fault", "restart-before".parse().unwrap());
    assert!(bench.agency.deliver(order).await.is_err());
    // The call in progress of that session is broken off; those of the others end as they would have.
    let broken = flights.remove(1).await.unwrap();
    assert!(broken.is_err(), "{broken:?}");
    for flight in flights {
        gate.notify_one();
        flight.await.unwrap().unwrap();
    }
    assert_eq!(stub.decided.load(Ordering::SeqCst), 5);
    // Answers are forgotten in that session alone.
    for (session, decided) in [("", 5), ("two", 5), ("one", 6)] {
        gate.notify_one();
        ask(session, "m-1").await.unwrap();
        assert_eq!(stub.decided.load(Ordering::SeqCst), decided, "{session}");
        if session != "one" {
            // Nobody waited for it.
            gate.notified().await;
        }
    }
    assert_eq!(bench.calls("m-1").await.total, 2, "what was counted stays");
}

#[tokio::test]
async fn a_session_s_part_is_reset_by_scope_saved_and_restored() {
    let stub = Stub::new();
    let mut bench = bench(stub.clone(), Links::default()).await;
    let mut parts = SessionPartServiceClient::new(bench.running.link().channel().unwrap());
    let total = async |bench: &mut Bench, session: &str| {
        let list = within(session, management::ListCallsRequest::default());
        bench.control.list_calls(list).await.unwrap().into_inner().total
    };
    let reset = |scope: management::SessionScope| {
        within("one", management::ResetPartRequest { scopes: vec![scope.into()] })
    };
    let first = bench.agency.deliver(within("one", delivery("m-1", b"a"))).await.unwrap().into_inner();
    let state = parts.export_part(within("one", management::ExportPartRequest {})).await.unwrap();
    let state = state.into_inner().state;
    parts.reset_part(reset(management::SessionScope::Counts)).await.unwrap();
    assert_eq!(total(&mut bench, "one").await, 0);
    bench.agency.deliver(within("one", delivery("m-1", b"a"))).await.unwrap();
    assert_eq!(stub.decided.load(Ordering::SeqCst), 1, "the answer is still remembered");
    parts.reset_part(reset(management::SessionScope::Journal)).await.unwrap();
    bench.agency.deliver(within("one", delivery("m-1", b"b"))).await.unwrap();
    assert_eq!(stub.decided.load(Ordering::SeqCst), 2);
    parts.end_part(within("one", management::EndPartRequest {})).await.unwrap();
    assert_eq!(total(&mut bench, "one").await, 0);
    // Restored elsewhere it answers as it did, without deciding again.
    let bad = management::ImportPartRequest { state: b"nonsense".to_vec() };
    assert_eq!(parts.import_part(within("two", bad)).await.unwrap_err().code(), Code::InvalidArgument);
    parts.import_part(within("two", management::ImportPartRequest { state })).await.unwrap();
    assert_eq!(total(&mut bench, "two").await, 1);
    let again = bench.agency.deliver(within("two", delivery("m-1", b"a"))).await.unwrap().into_inner();
    assert_eq!((again, stub.decided.load(Ordering::SeqCst)), (first, 2));
    let other = bench.agency.deliver(within("two", delivery("m-1", b"b"))).await.unwrap_err();
    assert_eq!(other.code(), Code::AlreadyExists);
}

#[tokio::test]
async fn a_use_by_hand_is_shown_journalled_and_no_call() {
    let mut bench = bench(Stub::new(), Links::default()).await;
    let mut workplace = WorkplaceServiceClient::new(bench.running.link().channel().unwrap());
    let manual = wire::UseRequest {
        use_id: "app-1/3".to_owned(),
        application_id: "app-1".to_owned(),
        regulation_id: "astana/trial".to_owned(),
        reference: "000:1-2".to_owned(),
        actor: "specialist".to_owned(),
        access: wire::Access::Write.into(),
        about: Some(applicant()),
        checks: vec!["presence".to_owned()],
        bus_time: Some(time_to_wire(NOW)),
        ..Default::default()
    };
    let shown = workplace.r#use(manual.clone()).await.unwrap().into_inner();
    assert_eq!(shown, workplace.r#use(manual.clone()).await.unwrap().into_inner(), "the same again");
    assert_eq!((shown.use_id.as_str(), shown.failing), ("app-1/3", vec!["presence".to_owned()]));
    let nameless = wire::UseRequest { access: wire::Access::Unspecified.into(), ..manual.clone() };
    assert_eq!(workplace.r#use(nameless).await.unwrap_err().code(), Code::InvalidArgument);
    bench.behave(management::Behaviour::Down, "").await;
    assert_eq!(workplace.r#use(manual).await.unwrap_err().code(), Code::Unavailable);
    let listed = bench.calls("").await;
    assert_eq!((listed.total, listed.uses_total), (0, 3), "nothing of it is a call");
    let outcomes: Vec<_> =
        listed.uses.iter().map(|used| (used.access.as_str(), used.outcome.as_str())).collect();
    assert_eq!(outcomes, [("write", "shown"), ("write", "shown"), ("write", "unavailable")]);
}
