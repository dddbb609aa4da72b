//! Fronts over real sockets against a stub gateway that follows one little process.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use eush_adapter_kit::testing::{Running, StubAuthority, key_of};
use eush_adapter_kit::{Guarded, Links, Listen, Party, Secret, SenderCredentials, Services, time_to_wire};
use eush_domain::Timestamp;
use eush_domain::synthetic::numbers::Scheme;
use eush_domain::synthetic::population::{Person, Population};
use eush_sign::cms::SignedData;
use eush_wire::application::v1 as wire;
use eush_wire::application::v1::application_service_client::ApplicationServiceClient;
use eush_wire::bus::v1 as bus;
use eush_wire::bus::v1::gateway_service_server::{GatewayService, GatewayServiceServer};
use eush_wire::bus::v1::process_service_server::{ProcessService, ProcessServiceServer};
use eush_wire::registry::{enis, gbdfl};
use prost::Message as _;
use time::macros::datetime;
use tokio_stream::Stream;
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetail, StatusExt as _};

use super::*;

const NOW: Timestamp = datetime!(2026-03-02 10:00 UTC);

/// What reached the stub, in order.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Open(bus::OpenApplicationRequest),
    Report(bus::ReportStepRequest),
    Lookup(bus::LookupRequest),
    Send(bus::SendRequest),
    List(bus::ListApplicationsRequest),
}

/// Logs in, takes the form, asks for lookups at the desk, takes the document; the message id `refuse-me` is refused.
#[derive(Clone, Debug, Default)]
struct StubBus {
    seen: Arc<Mutex<Vec<Seen>>>,
    channel: Arc<Mutex<i32>>,
    /// Whether the process has the form signed and kept at the front.
    keeps: Arc<Mutex<bool>>,
}

impl StubBus {
    fn note(&self, seen: Seen) {
        self.seen.lock().unwrap().push(seen);
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    fn status(&self, state: bus::ApplicationState, next: bus::NextAction) -> bus::ApplicationStatus {
        bus::ApplicationStatus {
            application_id: "app-1".to_owned(),
            state: state.into(),
            next: next.into(),
            regulation_id: "astana/trial".to_owned(),
            service_id: if self.keeps() { String::new() } else { "TRIAL_Office".to_owned() },
            opened_at: Some(time_to_wire(NOW)),
            ..Default::default()
        }
    }

    fn keeps(&self) -> bool {
        *self.keeps.lock().unwrap()
    }

    fn open(&self, next: bus::NextAction) -> Option<bus::ApplicationStatus> {
        Some(self.status(bus::ApplicationState::Open, next))
    }
}

fn step(label: &str) -> Vec<bus::Step> {
    vec![bus::Step { label: label.to_owned(), at: Some(time_to_wire(NOW)), ..Default::default() }]
}

#[tonic::async_trait]
impl ProcessService for StubBus {
    async fn open_application(
        &self,
        request: Request<bus::OpenApplicationRequest>,
    ) -> Result<Response<bus::OpenApplicationResponse>, Status> {
        let request = request.into_inner();
        if request.regulation_id == "nothing" {
            return Err(refusal::refuse(
                Rejection::RegulationUnknown,
                &[("regulation_id", "a public service")],
            ));
        }
        *self.channel.lock().unwrap() = request.channel;
        *self.keeps.lock().unwrap() = request.regulation_id == "kept";
        self.note(Seen::Open(request));
        let status = self.open(bus::NextAction::Authenticate);
        Ok(Response::new(bus::OpenApplicationResponse { status, steps: step("open") }))
    }

    async fn report_step(
        &self,
        request: Request<bus::ReportStepRequest>,
    ) -> Result<Response<bus::ReportStepResponse>, Status> {
        use bus::report_step_request::Report;
        let request = request.into_inner();
        self.note(Seen::Report(request.clone()));
        let status = match request.report.unwrap() {
            Report::Authentication(authentication) if !authentication.authentic => {
                Some(self.status(bus::ApplicationState::Refused, bus::NextAction::None))
            }
            Report::Authentication(_) => self.open(bus::NextAction::FillForm),
            Report::FormCompletion(form)
                if *self.channel.lock().unwrap() == bus::Channel::StateCorporation as i32 =>
            {
                let mut lookups = vec![bus::RequiredLookup {
                    service_id: "GBDFL_Person".to_owned(),
                    subject: bus::LookupSubject::Applicant.into(),
                }];
                if form.representative.is_some() {
                    lookups.push(bus::RequiredLookup {
                        service_id: "ENIS_PowerOfAttorney".to_owned(),
                        subject: bus::LookupSubject::PowerOfAttorney.into(),
                    });
                }
                self.open(bus::NextAction::LookUp).map(|status| bus::ApplicationStatus { lookups, ..status })
            }
            Report::FormCompletion(_) if self.keeps() => self.open(bus::NextAction::Sign),
            Report::FormCompletion(_) => self.open(bus::NextAction::SignAndSend),
            Report::Brought(_) | Report::Signed(_) => self.open(bus::NextAction::Wait),
            Report::HandOver(_) => Some(self.status(bus::ApplicationState::Completed, bus::NextAction::None)),
        };
        Ok(Response::new(bus::ReportStepResponse { status, steps: step("report") }))
    }

    async fn get_application(
        &self,
        _: Request<bus::GetApplicationRequest>,
    ) -> Result<Response<bus::GetApplicationResponse>, Status> {
        Err(Status::unimplemented("not asked by fronts"))
    }

    type WatchApplicationStream =
        Pin<Box<dyn Stream<Item = Result<bus::WatchApplicationResponse, Status>> + Send>>;

    async fn watch_application(
        &self,
        _: Request<bus::WatchApplicationRequest>,
    ) -> Result<Response<Self::WatchApplicationStream>, Status> {
        let answer = |label| {
            let status = self.open(bus::NextAction::Wait);
            Ok(bus::WatchApplicationResponse { status, steps: step(label) })
        };
        Ok(Response::new(Box::pin(tokio_stream::iter([answer("first"), answer("second")]))))
    }

    async fn list_applications(
        &self,
        request: Request<bus::ListApplicationsRequest>,
    ) -> Result<Response<bus::ListApplicationsResponse>, Status> {
        self.note(Seen::List(request.into_inner()));
        let applications = self.open(bus::NextAction::Wait).into_iter().collect();
        Ok(Response::new(bus::ListApplicationsResponse { applications }))
    }
}

#[tonic::async_trait]
impl GatewayService for StubBus {
    async fn send(&self, request: Request<bus::SendRequest>) -> Result<Response<bus::SendResponse>, Status> {
        let request = request.into_inner();
        self.note(Seen::Send(request.clone()));
        if request.info.unwrap().message_id == "refuse-me" {
            return Err(refusal::refuse(Rejection::SignatureInvalid, &[]));
        }
        let status = Some(self.status(bus::ApplicationState::Pending, bus::NextAction::Wait));
        Ok(Response::new(bus::SendResponse { status, steps: step("send"), ..Default::default() }))
    }

    async fn lookup(
        &self,
        request: Request<bus::LookupRequest>,
    ) -> Result<Response<bus::LookupResponse>, Status> {
        self.note(Seen::Lookup(request.into_inner()));
        let status = self.open(bus::NextAction::SignAndSend);
        Ok(Response::new(bus::LookupResponse { status, steps: step("lookup"), ..Default::default() }))
    }

    async fn complete_delivery(
        &self,
        _: Request<bus::CompleteDeliveryRequest>,
    ) -> Result<Response<bus::CompleteDeliveryResponse>, Status> {
        Err(Status::unimplemented("not called by fronts"))
    }
}

use eush_domain::Rejection;

struct Bench {
    front: ApplicationServiceClient<Guarded>,
    bus: StubBus,
    authority: StubAuthority,
    population: Arc<Population>,
    _running: [Running; 3],
}

async fn bench(code: &str) -> Bench {
    let population = Arc::new(Population::new(7, Scheme::Future));
    let (bus, authority) = (StubBus::default(), StubAuthority::default());
    let mut services = Services::default();
    services.add(GatewayServiceServer::new(bus.clone())).add(ProcessServiceServer::new(bus.clone()));
    let bus_at = Running::serve("gateway", services).await;
    let authority_at = authority.serve().await;
    let front = front(code, &population).unwrap();
    let sender =
        SenderCredentials { sender_id: front.front().sender_id.to_owned(), password: Secret::new("secret") };
    let links = Links { gateway: Some((bus_at.link(), sender)), certificates: Some(authority_at.link()) };
    let bound = front.bind(Listen::loopback(code)).await.unwrap();
    let running = Running::adopt(bound.address(), |stop| bound.serve(links, stop.cancelled_owned()));
    let front = ApplicationServiceClient::new(running.link().channel().unwrap());
    Bench { front, bus, authority, population, _running: [bus_at, authority_at, running] }
}

impl Bench {
    fn person(&self, key: &str) -> Person {
        self.population.person(key).unwrap().clone()
    }

    async fn start(&mut self, person: &Person, password: &str) -> wire::StartResponse {
        let request = wire::StartRequest {
            regulation_id: "000-X".to_owned(),
            login: person.iin.digits().to_owned(),
            password: password.to_owned(),
            ..Default::default()
        };
        self.front.start(request).await.unwrap().into_inner()
    }

    async fn session(&mut self, person: &Person) -> String {
        let session = self.start(person, person.password.reveal()).await.front_session;
        assert!(!session.is_empty());
        session
    }
}

fn party(person: &Person) -> bus::Party {
    Party::Individual(person.iin).to_wire()
}

fn fill(session: &str, applicant: Option<bus::Party>) -> wire::FillRequest {
    wire::FillRequest {
        front_session: session.to_owned(),
        application_id: "app-1".to_owned(),
        applicant,
        form: Some(prost_types::Any::default()),
        ..Default::default()
    }
}

fn submit(session: &str) -> wire::SubmitRequest {
    let document = bus::SignedDocument { content: b"signed".as_slice().into(), ..Default::default() };
    wire::SubmitRequest {
        front_session: session.to_owned(),
        application_id: "app-1".to_owned(),
        document: Some(document),
    }
}

#[tokio::test]
async fn a_person_goes_through_the_portal() {
    let mut bench = bench("portal").await;
    let aigerim = bench.person("aigerim");
    let session = bench.session(&aigerim).await;
    let filled = bench.front.fill(fill(&session, None)).await.unwrap().into_inner();
    let document = bus::Document::decode(filled.document_to_sign.as_slice()).unwrap();
    assert_eq!(document.message_id, filled.message_id);
    assert_eq!(document.regulation_id, "astana/trial", "the gateway's id, not the person's short form");
    assert_eq!((document.applicant, document.signer), (Some(party(&aigerim)), Some(party(&aigerim))));
    let sent = bench.front.submit(submit(&session)).await.unwrap().into_inner();
    assert_eq!(sent.status.unwrap().state(), bus::ApplicationState::Pending);
    let seen = bench.bus.seen();
    let [Seen::Open(open), Seen::Report(login), Seen::Report(form), Seen::Send(send)] = seen.as_slice()
    else {
        panic!("open, login, form, send: {seen:?}")
    };
    assert_eq!((open.regulation_id.as_str(), open.channel()), ("000-X", bus::Channel::Portal));
    let authentication = bus::Authentication { authentic: true, subject: Some(party(&aigerim)) };
    assert_eq!(login.report, Some(bus::report_step_request::Report::Authentication(authentication)));
    assert_eq!(form.application_id, "app-1");
    let info = send.info.clone().unwrap();
    assert_eq!((info.message_id, info.service_id), (filled.message_id, "TRIAL_Office".to_owned()));
    assert_eq!(info.sender, Some(bus::Sender { sender_id: "PORTAL".into(), password: "secret".into() }));
    assert_eq!(info.message_date, Some(time_to_wire(NOW)));
    assert_eq!(send.document, submit(&session).document, "the bytes as the person signed them");
}

#[tokio::test]
async fn login_data_that_do_not_match_are_reported_and_let_nobody_in() {
    let mut bench = bench("portal").await;
    let aigerim = bench.person("aigerim");
    let answer = bench.start(&aigerim, "wrong").await;
    assert_eq!(answer.status.unwrap().state(), bus::ApplicationState::Refused);
    assert_eq!(answer.front_session, "");
    let labels: Vec<_> = answer.steps.iter().map(|step| step.label.as_str()).collect();
    assert_eq!(labels, ["open", "report"]);
    let Some(Seen::Report(report)) = bench.bus.seen().pop() else { panic!("a report") };
    let authentication = bus::Authentication { authentic: false, subject: Some(party(&aigerim)) };
    assert_eq!(report.report, Some(bus::report_step_request::Report::Authentication(authentication)));
    assert!(!format!("{:?}", bench.bus.seen()).contains("wrong"), "the password stays at the front");
    let request = wire::StartRequest { login: "aigerim".to_owned(), ..Default::default() };
    assert_eq!(bench.front.start(request).await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn the_desk_asks_registers_in_its_systems_name() {
    let mut bench = bench("state-corporation").await;
    let (operator, aigerim, daniyar) =
        (bench.person("operator-1"), bench.person("aigerim"), bench.person("daniyar"));
    let session = bench.session(&operator).await;
    let representative = bus::Representative {
        party: Some(party(&daniyar)),
        notarized: true,
        power_of_attorney_number: "2025-1001".to_owned(),
    };
    let request = wire::FillRequest {
        representative: Some(representative.clone()),
        message_id: "chosen".to_owned(),
        ..fill(&session, Some(party(&aigerim)))
    };
    let filled = bench.front.fill(request).await.unwrap().into_inner();
    let labels: Vec<_> = filled.steps.iter().map(|step| step.label.as_str()).collect();
    assert_eq!(labels, ["report", "lookup"]);
    let document = bus::Document::decode(filled.document_to_sign.as_slice()).unwrap();
    assert_eq!(document.message_id, "chosen");
    assert_eq!((document.applicant, document.signer), (Some(party(&aigerim)), Some(party(&operator))));
    assert_eq!(document.representative, Some(representative));
    let Some(Seen::Lookup(lookup)) = bench.bus.seen().pop() else { panic!("a lookup") };
    let [person, power] = lookup.queries.as_slice() else { panic!("two questions") };
    let system = bench.population.system("state-corporation-system").unwrap();
    let message_id = lookup.info.unwrap().message_id;
    let question = |query: &bus::Query| {
        let signed = query.question.clone().unwrap();
        let key = key_of(&system.certificate_subject().common_name);
        let data = SignedData::parse(&signed.signature).unwrap();
        data.verify_signer(0, Some(&signed.content), key.public_key()).unwrap();
        let question = bus::RegisterQuery::decode(signed.content).unwrap();
        assert_eq!((&question.service_id, &question.message_id), (&query.service_id, &message_id));
        assert_eq!(
            (question.asking_bin.as_str(), &question.asking_system),
            (system.bin.digits(), &system.oid)
        );
        assert_eq!(question.about, Some(party(&aigerim)));
        question.request.unwrap()
    };
    let asked: gbdfl::v1::PersonRequest = question(person).to_msg().unwrap();
    assert_eq!(asked.iin, aigerim.iin.digits());
    let asked: enis::v1::PowerOfAttorneyRequest = question(power).to_msg().unwrap();
    assert_eq!((asked.number.as_str(), asked.representative), ("2025-1001", Some(party(&daniyar))));
    assert_eq!(bench.authority.enrolled().len(), 1);
    assert_eq!(bench.authority.enrolled()[0].system, system.oid);
}

#[tokio::test]
async fn the_desk_needs_an_applicant_and_hands_over() {
    let mut bench = bench("state-corporation").await;
    let operator = bench.person("operator-1");
    let session = bench.session(&operator).await;
    let nobody = bench.front.fill(fill(&session, None)).await.unwrap_err();
    assert_eq!(nobody.code(), Code::InvalidArgument);
    let request = wire::HandOverRequest { front_session: session, application_id: "app-1".to_owned() };
    let answer = bench.front.hand_over(request).await.unwrap().into_inner();
    assert_eq!(answer.status.unwrap().state(), bus::ApplicationState::Completed);
    let cabinet = bench.front.list_cabinet(wire::ListCabinetRequest::default()).await.unwrap_err();
    assert_eq!(cabinet.code(), Code::Unimplemented);
}

#[tokio::test]
async fn the_gateways_refusal_comes_through_whole() {
    let mut bench = bench("portal").await;
    let aigerim = bench.person("aigerim");
    let session = bench.session(&aigerim).await;
    let request = wire::FillRequest { message_id: "refuse-me".to_owned(), ..fill(&session, None) };
    bench.front.fill(request).await.unwrap();
    let refused = bench.front.submit(submit(&session)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let details = refused.get_error_details_vec();
    let Some(ErrorDetail::ErrorInfo(info)) = details.first() else { panic!("an ErrorInfo first") };
    assert_eq!(info.reason, "SIGNATURE_INVALID");
    let language = |detail: &ErrorDetail| {
        if let ErrorDetail::LocalizedMessage(message) = detail { Some(message.locale.clone()) } else { None }
    };
    let languages: Vec<_> = details.iter().filter_map(language).collect();
    assert_eq!(languages, ["kk-KZ", "ru-KZ", "en"]);
    let request = wire::StartRequest {
        regulation_id: "nothing".to_owned(),
        login: aigerim.iin.digits().to_owned(),
        password: aigerim.password.reveal().to_owned(),
        ..Default::default()
    };
    assert_eq!(bench.front.start(request).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn nothing_goes_without_a_session_or_out_of_order() {
    let mut bench = bench("portal").await;
    let aigerim = bench.person("aigerim");
    let session = bench.session(&aigerim).await;
    for (name, token, application) in [
        ("no token", "", "app-1"),
        ("a guess", "0", "app-1"),
        ("another application", session.as_str(), "app-2"),
    ] {
        let request = wire::FillRequest { application_id: application.to_owned(), ..fill(token, None) };
        assert_eq!(bench.front.fill(request).await.unwrap_err().code(), Code::Unauthenticated, "{name}");
    }
    let early = bench.front.submit(submit(&session)).await.unwrap_err();
    assert_eq!(early.code(), Code::FailedPrecondition, "nothing was filled");
    assert_eq!(bench.bus.seen().len(), 2, "only the login reached the gateway");
}

#[tokio::test]
async fn watching_and_the_cabinet() {
    let mut bench = bench("portal").await;
    let aigerim = bench.person("aigerim");
    let session = bench.session(&aigerim).await;
    let request = wire::WatchRequest { front_session: session, application_id: "app-1".to_owned() };
    let mut stream = bench.front.watch(request).await.unwrap().into_inner();
    let mut labels = Vec::new();
    while let Some(news) = stream.message().await.unwrap() {
        labels.extend(news.steps.into_iter().map(|step| step.label));
    }
    assert_eq!(labels, ["first", "second"]);
    let cabinet = |password: &str| wire::ListCabinetRequest {
        login: aigerim.iin.digits().to_owned(),
        password: password.to_owned(),
    };
    let listed = bench.front.list_cabinet(cabinet(aigerim.password.reveal())).await.unwrap().into_inner();
    assert_eq!(listed.applications.len(), 1);
    let Some(Seen::List(list)) = bench.bus.seen().pop() else { panic!("a list") };
    assert_eq!(list.applicant, Some(party(&aigerim)));
    let refused = bench.front.list_cabinet(cabinet("wrong")).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_clerk_opens_an_application_on_paper() {
    let mut bench = bench("office").await;
    let (clerk, aigerim) = (bench.person("pavlodar-social-department-signatory"), bench.person("aigerim"));
    let circumstances = bus::Circumstances { failing: vec!["documents".to_owned()], terms: 0 };
    let request = wire::StartRequest {
        regulation_id: "000-X".to_owned(),
        login: clerk.key.clone(),
        password: clerk.password.reveal().to_owned(),
        procedure: "issue".to_owned(),
        circumstances: Some(circumstances.clone()),
        channel: bus::Channel::Akim.into(),
        applicant: Some(party(&aigerim)),
        register: false,
    };
    let session = bench.front.start(request.clone()).await.unwrap().into_inner().front_session;
    let seen = bench.bus.seen();
    let [Seen::Open(open), ..] = seen.as_slice() else { panic!("an opening: {seen:?}") };
    assert_eq!((open.channel(), open.procedure.as_str()), (bus::Channel::Akim, "issue"));
    assert_eq!((&open.applicant, &open.circumstances), (&Some(party(&aigerim)), &Some(circumstances)));

    let bring = wire::BringRequest { front_session: session, application_id: "app-1".to_owned() };
    bench.front.bring(bring).await.unwrap();
    let Some(Seen::Report(report)) = bench.bus.seen().pop() else { panic!("a report") };
    assert_eq!(report.report, Some(bus::report_step_request::Report::Brought(bus::Brought {})));

    let before = bench.bus.seen().len();
    let front = bench.front.clone();
    let code = |request| {
        let mut front = front.clone();
        async move { front.start(request).await.unwrap_err().code() }
    };
    let elsewhere = wire::StartRequest { channel: bus::Channel::Portal.into(), ..request.clone() };
    assert_eq!(code(elsewhere).await, Code::InvalidArgument);
    let wrong = wire::StartRequest { password: "wrong".to_owned(), ..request.clone() };
    let citizen = wire::StartRequest {
        login: aigerim.iin.digits().to_owned(),
        password: aigerim.password.reveal().to_owned(),
        ..request
    };
    for refused in [wrong, citizen] {
        assert_eq!(code(refused).await, Code::Unauthenticated);
    }
    assert_eq!(bench.bus.seen().len(), before, "nothing was opened for them");
}

#[tokio::test]
async fn somebody_new_registers_first_and_signs_for_the_procedure_that_was_asked_for() {
    let mut bench = bench("portal").await;
    let nurlan = bench.person("nurlan");
    let mut request = wire::StartRequest {
        regulation_id: "000-X".to_owned(),
        login: nurlan.iin.digits().to_owned(),
        password: "a-password-of-his".to_owned(),
        procedure: "re-issue".to_owned(),
        ..Default::default()
    };
    let refused = bench.front.start(request.clone()).await.unwrap().into_inner();
    assert_eq!(refused.front_session, "", "he has no account yet");
    request.register = true;
    let session = bench.front.start(request.clone()).await.unwrap().into_inner().front_session;
    let opened = bench.bus.seen().into_iter().filter_map(|seen| match seen {
        Seen::Open(open) => Some(open.registered),
        Seen::List(_) | Seen::Lookup(_) | Seen::Report(_) | Seen::Send(_) => None,
    });
    assert_eq!(opened.collect::<Vec<_>>(), [false, true]);
    let filled = bench.front.fill(fill(&session, None)).await.unwrap().into_inner();
    let document = bus::Document::decode(filled.document_to_sign.as_slice()).unwrap();
    assert_eq!(document.procedure, "re-issue");
    assert!(bench.front.start(request.clone()).await.is_err(), "one account is enough");
    request.register = false;
    assert_ne!(bench.front.start(request).await.unwrap().into_inner().front_session, "");
}

#[tokio::test]
async fn a_form_that_is_sent_nowhere_is_signed_and_kept() {
    let mut bench = bench("portal").await;
    let aigerim = bench.person("aigerim");
    let request = wire::StartRequest {
        regulation_id: "kept".to_owned(),
        login: aigerim.iin.digits().to_owned(),
        password: aigerim.password.reveal().to_owned(),
        ..Default::default()
    };
    let session = bench.front.start(request).await.unwrap().into_inner().front_session;
    let filled = bench.front.fill(fill(&session, None)).await.unwrap().into_inner();
    assert!(!filled.document_to_sign.is_empty());
    let bare = bench.front.submit(submit(&session)).await.unwrap_err();
    assert_eq!(bare.code(), Code::InvalidArgument, "it is not signed: {bare:?}");
    let mut signed = submit(&session);
    if let Some(document) = signed.document.as_mut() {
        document.signature = vec![1];
    }
    bench.front.submit(signed).await.unwrap();
    let Some(Seen::Report(report)) = bench.bus.seen().pop() else { panic!("a report, and nothing sent") };
    let Some(bus::report_step_request::Report::Signed(kept)) = report.report else { panic!("signed") };
    assert_eq!(kept.content_sha256.len(), 32);
}
