//! Fifty sessions on one bus at one time, each of which does something else under the same message id. Afterwards each has
//! its own and nothing else, and the shared bus has nothing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use std::sync::Arc;

use eush::testing::{HumanOutcome, Refusing, Scene, TestBus, agency, refused};
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::agency_control_service_client::AgencyControlServiceClient;
use eush_wire::management::v1::bus_service_client::BusServiceClient;
use eush_wire::management::v1::certificate_authority_service_client::CertificateAuthorityServiceClient;
use eush_wire::management::v1::clock_service_client::ClockServiceClient;
use eush_wire::management::v1::journal_service_client::JournalServiceClient;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;
use tonic::Request;
use tonic::transport::{Channel, Endpoint};

const SESSIONS: usize = 50;
const FLOW: &str = "000-A/portal";
/// The agency that the flow dispatches to.
const AGENCY: &str = "enbek";
/// The same in every session.
const MESSAGE: &str = "m-1";
const DAY: i64 = 86_400;

/// What a session does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    /// The person's certificate is on hold.
    Hold,
    /// The clock is some days ahead.
    Ahead { days: i64 },
    /// The agency is down.
    Down,
    /// The agency refuses when the term has passed.
    Refuses,
    /// A script answers in the agency's place.
    Scripted,
    /// Nothing but the application, to its end.
    Plain,
}

impl Deed {
    fn of(index: usize) -> Self {
        match index % 6 {
            0 => Self::Hold,
            1 => Self::Ahead { days: i64::try_from(index).unwrap() },
            2 => Self::Down,
            3 => Self::Refuses,
            4 => Self::Scripted,
            _ => Self::Plain,
        }
    }

    /// Calls that reach the agency itself.
    fn agency_calls(self) -> u64 {
        match self {
            Self::Hold | Self::Scripted => 0,
            Self::Ahead { .. } | Self::Down | Self::Plain | Self::Refuses => 1,
        }
    }
}

/// Connections to a bus, for one session or for the shared bus.
#[derive(Clone)]
struct Hands {
    session: Option<String>,
    management: Channel,
    agency: Channel,
}

impl Hands {
    async fn of(bus: &TestBus, session: Option<String>) -> Self {
        let channel = async |listener: &str| {
            let address = format!("http://{}", bus.address(listener));
            Endpoint::from_shared(address).unwrap().connect().await.unwrap()
        };
        Self { session, management: channel("management").await, agency: channel(AGENCY).await }
    }

    fn say<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        if let Some(session) = &self.session {
            request.metadata_mut().insert("eush-session", session.parse().unwrap());
        }
        request
    }

    async fn behave(&self, behaviour: wire::Behaviour) {
        let request = wire::SetBehaviourRequest { behaviour: behaviour.into(), message_id: String::new() };
        AgencyControlServiceClient::new(self.agency.clone()).set_behaviour(self.say(request)).await.unwrap();
    }

    async fn agency_calls(&self) -> u64 {
        let request = self.say(wire::ListCallsRequest::default());
        let calls = AgencyControlServiceClient::new(self.agency.clone()).list_calls(request).await.unwrap();
        calls.into_inner().total
    }

    async fn hold_certificate_of(&self, iin: &str) {
        let mut authority = CertificateAuthorityServiceClient::new(self.management.clone());
        let request = wire::ListCertificatesRequest { iin: iin.to_owned(), ..Default::default() };
        let found = authority.list_certificates(self.say(request)).await.unwrap().into_inner().certificates;
        for certificate in found {
            let request = wire::HoldCertificateRequest { serial: certificate.serial };
            authority.hold_certificate(self.say(request)).await.unwrap();
        }
    }

    async fn certificates(&self) -> Vec<wire::IssuedCertificate> {
        let request = self.say(wire::ListCertificatesRequest::default());
        let mut authority = CertificateAuthorityServiceClient::new(self.management.clone())
            .max_decoding_message_size(64 << 20);
        authority.list_certificates(request).await.unwrap().into_inner().certificates
    }

    async fn now(&self) -> i64 {
        let request = self.say(wire::GetClockRequest {});
        let answer = ClockServiceClient::new(self.management.clone()).get_clock(request).await.unwrap();
        answer.into_inner().clock.unwrap().now.unwrap().seconds
    }

    async fn advance(&self, by: String) {
        let request = self.say(wire::AdvanceClockRequest { by });
        ClockServiceClient::new(self.management.clone()).advance_clock(request).await.unwrap();
    }

    async fn journal(&self) -> Vec<wire::JournalEntry> {
        let request = self.say(wire::ListEntriesRequest { limit: 1000, ..Default::default() });
        let answer = JournalServiceClient::new(self.management.clone()).list_entries(request).await.unwrap();
        answer.into_inner().entries
    }

    async fn lists(&self) -> Vec<(String, String)> {
        let request = self.say(wire::RefreshRevocationRequest {});
        let answer =
            BusServiceClient::new(self.management.clone()).refresh_revocation(request).await.unwrap();
        answer.into_inner().lists.into_iter().map(|list| (list.issuer, list.number)).collect()
    }
}

/// The published file, byte for byte.
async fn published(bus: &TestBus, path: &str) -> Vec<u8> {
    let mut socket = tokio::net::TcpStream::connect(bus.address("certificates")).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: eush\r\nconnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    let body = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    answer.split_off(body)
}

async fn everything_published(bus: &TestBus) -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for stem in ["gost", "gost-root", "gost-delta", "rsa", "rsa-root", "rsa-delta"] {
        files.push(published(bus, &format!("/crl/{stem}.crl")).await);
    }
    files
}

/// Somebody who is registered as unemployed, so that the service can be given.
fn person(bus: &TestBus, index: usize) -> (String, String) {
    let registered = bus.population().unemployed().iter();
    let people = registered.filter_map(|entry| bus.population().by_iin(&entry.person));
    // To a magic person something happens without anybody's deed.
    let plain: Vec<_> = people.filter(|person| !person.key.starts_with("magic-")).collect();
    let person = plain[index % plain.len()];
    (person.key.clone(), person.iin.digits().to_owned())
}

async fn play(bus: &TestBus, scene: &Scene, index: usize) -> HumanOutcome {
    let hands = Hands::of(bus, scene.session_key().map(ToString::to_string)).await;
    let (key, iin) = person(bus, index);
    let human = scene.person(&key).with_message_id(MESSAGE);
    match Deed::of(index) {
        Deed::Hold => {
            human.signs(b"so that there is a certificate").await;
            hands.hold_certificate_of(&iin).await;
            human.hands_in(FLOW).await
        }
        Deed::Ahead { days } => {
            hands.advance(format!("{days}d")).await;
            human.hands_in(FLOW).await
        }
        Deed::Down => {
            hands.behave(wire::Behaviour::Down).await;
            human.hands_in(FLOW).await
        }
        Deed::Refuses => {
            hands.behave(wire::Behaviour::Refusing).await;
            human.applies(FLOW).await
        }
        Deed::Scripted => {
            let refusal = refused(Refusing::DocumentsNotConforming);
            scene.given(agency(AGENCY).handed_a_document().answers(refusal)).expect(1).await;
            human.hands_in(FLOW).await
        }
        Deed::Plain => human.applies(FLOW).await,
    }
}

/// What came of a session, and that it has nothing of any other.
async fn check(bus: &TestBus, scene: &Scene, index: usize, start: i64, outcome: &HumanOutcome) {
    let deed = Deed::of(index);
    let told = format!("session {index}, {deed:?}: {outcome:?}");
    let hands = Hands::of(bus, scene.session_key().map(ToString::to_string)).await;
    match deed {
        Deed::Hold => assert_eq!(outcome.reason(), "CERTIFICATE_ON_HOLD", "{told}"),
        Deed::Ahead { .. } => assert!(outcome.is_pending(), "{told}"),
        Deed::Down => assert_eq!(outcome.reason(), "AGENCY_UNAVAILABLE", "{told}"),
        Deed::Refuses => assert_eq!(outcome.reason(), "REASONED_REFUSAL", "{told}"),
        Deed::Scripted => assert_eq!(outcome.reason(), "DOCUMENTS_NOT_CONFORMING", "{told}"),
        Deed::Plain => assert!(outcome.is_completed(), "{told}"),
    }
    assert_eq!(hands.agency_calls().await, deed.agency_calls(), "{told}");
    let journal = hands.journal().await;
    let sent: Vec<_> = journal.iter().filter(|entry| entry.message_id == MESSAGE).collect();
    assert_eq!(sent.len(), 1, "{told}");
    let application = &sent[0].application_id;
    assert!(
        journal.iter().all(|entry| entry.application_id.is_empty() || entry.application_id == *application),
        "the journal of {told} knows another application"
    );
    let moved = hands.now().await - start;
    match deed {
        Deed::Ahead { days } => {
            assert_eq!(moved, days * DAY, "{told}");
            assert_eq!(sent[0].received_at.unwrap().seconds - start, days * DAY, "{told}");
        }
        Deed::Hold | Deed::Down | Deed::Scripted => assert_eq!(moved, 0, "{told}"),
        Deed::Plain | Deed::Refuses => assert!(moved > 0, "{told}"),
    }
    let held =
        hands.certificates().await.iter().filter(|one| one.state() == wire::CertificateState::OnHold).count();
    assert_eq!(held > 0, deed == Deed::Hold, "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_sessions_interfere_in_nothing() {
    let bus = Arc::new(TestBus::start().await);
    let shared = Hands::of(&bus, None).await;
    let start = shared.now().await;
    let before = (shared.lists().await, shared.certificates().await, everything_published(&bus).await);
    let mut sessions = JoinSet::new();
    for index in 0..SESSIONS {
        let bus = bus.clone();
        sessions.spawn(async move {
            let scene = bus.session_of(&format!("parallel-{index}")).await;
            let outcome = play(&bus, &scene, index).await;
            (index, scene, outcome)
        });
    }
    // All have done what they do before any is looked at: what leaked by then is seen.
    let played = sessions.join_all().await;
    for (index, scene, outcome) in &played {
        check(&bus, scene, *index, start, outcome).await;
    }
    assert!(shared.journal().await.is_empty());
    assert_eq!((shared.agency_calls().await, shared.now().await), (0, start));
    let after = (shared.lists().await, shared.certificates().await, everything_published(&bus).await);
    assert_eq!(after, before, "the shared bus is byte for byte as it was");
    // A scene that is dropped verifies and ends its session; each waits for the bus, and the test's threads are two.
    let dropped = tokio::task::spawn_blocking(move || drop(played));
    dropped.await.unwrap();
    let mut list = wire::session_service_client::SessionServiceClient::new(shared.management.clone());
    let left = list.list_sessions(wire::ListSessionsRequest {}).await.unwrap().into_inner().sessions;
    assert!(left.is_empty(), "{left:?}");
}
