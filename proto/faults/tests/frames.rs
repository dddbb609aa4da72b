//! Every fault, frame by frame, as a bare HTTP/2 client meets it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use eush_domain::SessionKey;
use eush_domain::faults::{CorruptPart, Reset, WireFault};
use eush_faults::{Acceptor, FaultLayer, Restart, Restartable};
use h2::RecvStream;
use h2::client::SendRequest;
use http::{HeaderMap, Request, StatusCode};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tonic_health::ServingStatus;
use tonic_health::server::{HealthReporter, HealthService};

/// A server with the layer, obeying orders; remembers for whom it began again.
struct World {
    address: std::net::SocketAddr,
    lives: Lives,
    reporter: HealthReporter,
}

/// The lives of a process, one for each session, and for whom it began again.
#[derive(Clone, Default)]
struct Lives(Arc<Mutex<Lived>>);

#[derive(Default)]
struct Lived {
    now: HashMap<Option<SessionKey>, CancellationToken>,
    ended: Vec<Option<SessionKey>>,
}

impl Restartable for Lives {
    fn life(&self, session: Option<&SessionKey>) -> CancellationToken {
        self.0.lock().unwrap().now.entry(session.cloned()).or_default().clone()
    }

    fn begin_again(&self, session: Option<&SessionKey>) {
        let mut lives = self.0.lock().unwrap();
        lives.ended.push(session.cloned());
        if let Some(life) = lives.now.remove(&session.cloned()) {
            life.cancel();
        }
    }
}

/// What came of one call.
#[derive(Debug, Default)]
struct Answer {
    headers: HeaderMap,
    /// Bytes of each DATA frame.
    data: Vec<Bytes>,
    trailers: Option<HeaderMap>,
    broke: Option<h2::Error>,
    headers_came: bool,
}

impl Answer {
    fn bytes(&self) -> Vec<u8> {
        self.data.iter().flat_map(|data| data.to_vec()).collect()
    }

    fn trailer(&self, name: &str) -> Option<&str> {
        self.trailers.as_ref()?.get(name)?.to_str().ok()
    }

    fn reset(&self) -> Option<h2::Reason> {
        self.broke.as_ref().filter(|error| error.is_reset())?.reason()
    }
}

/// `grpc.health.v1.HealthCheckResponse { status: SERVING }`, with its prefix.
const SERVING: &[u8] = &[0, 0, 0, 0, 2, 8, 1];

async fn world() -> World {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let lives = Lives::default();
    let restart = Restart::new(lives.clone());
    let reporter = HealthReporter::new();
    reporter.set_service_status("", ServingStatus::Serving).await;
    let health = HealthService::from_health_reporter(reporter.clone());
    let server = Server::builder()
        .layer(FaultLayer::obeying(Some(restart)))
        .add_service(tonic_health::pb::health_server::HealthServer::new(health))
        .serve_with_incoming(Acceptor::new(listener));
    tokio::spawn(server);
    World { address, lives, reporter }
}

async fn connect(world: &World) -> SendRequest<Bytes> {
    let (client, connection) =
        h2::client::handshake(TcpStream::connect(world.address).await.unwrap()).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Asks for the health of a service, with an order.
async fn ask(client: &SendRequest<Bytes>, service: &str, order: Option<WireFault>) -> Answer {
    let mut answer = Answer::default();
    match try_ask(client, service, order, &mut answer).await {
        Ok(()) => {}
        Err(error) => answer.broke = Some(error),
    }
    answer
}

async fn try_ask(
    client: &SendRequest<Bytes>,
    service: &str,
    order: Option<WireFault>,
    answer: &mut Answer,
) -> Result<(), h2::Error> {
    let mut request = Request::post("http://localhost/grpc.health.v1.Health/Check")
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    if let Some(order) = order {
        request = request.header("eush-fault", order.to_string());
    }
    let mut client = client.clone().ready().await?;
    let (response, mut body) = client.send_request(request.body(()).unwrap(), false)?;
    // Field 1, a string; names of fewer than 100 bytes.
    let mut message = vec![0, 0, 0, 0, 0];
    if !service.is_empty() {
        message.extend([0x0a, service.len() as u8]);
        message.extend(service.as_bytes());
        message[4] = service.len() as u8 + 2;
    }
    body.send_data(message.into(), true)?;
    let (head, mut stream) = response.await?.into_parts();
    assert_eq!(head.status, StatusCode::OK);
    (answer.headers, answer.headers_came) = (head.headers, true);
    while let Some(data) = stream.data().await {
        let data = data?;
        let _ = stream.flow_control().release_capacity(data.len());
        answer.data.push(data);
    }
    answer.trailers = stream.trailers().await?;
    Ok(())
}

#[tokio::test]
async fn an_answer_without_an_order_is_whole() {
    let world = world().await;
    let client = connect(&world).await;
    let answer = ask(&client, "", None).await;
    assert_eq!((answer.bytes(), answer.trailer("grpc-status")), (SERVING.to_vec(), Some("0")));
    let unknown = ask(&client, "nobody", None).await;
    assert_eq!((unknown.bytes().len(), unknown.headers["grpc-status"].to_str().unwrap()), (0, "5"));
}

#[tokio::test]
async fn a_stream_is_reset_before_its_headers_and_the_connection_stays() {
    let world = world().await;
    let client = connect(&world).await;
    let answer = ask(&client, "", Some(WireFault::ResetBeforeHeaders(Reset::Stream))).await;
    assert_eq!((answer.headers_came, answer.reset()), (false, Some(h2::Reason::INTERNAL_ERROR)));
    assert_eq!(ask(&client, "", None).await.bytes(), SERVING);
}

#[tokio::test]
async fn a_stream_is_reset_after_its_headers_and_the_connection_stays() {
    let world = world().await;
    let client = connect(&world).await;
    for service in ["", "nobody"] {
        let answer = ask(&client, service, Some(WireFault::ResetAfterHeaders(Reset::Stream))).await;
        assert_eq!((answer.headers_came, answer.reset()), (true, Some(h2::Reason::INTERNAL_ERROR)));
        assert!(answer.data.is_empty() && !answer.headers.contains_key("grpc-status"), "{answer:?}");
    }
    assert_eq!(ask(&client, "", None).await.bytes(), SERVING);
}

#[tokio::test]
async fn a_connection_is_cut_before_and_after_the_headers() {
    let world = world().await;
    for (order, headers) in [
        (WireFault::ResetBeforeHeaders(Reset::Connection), false),
        (WireFault::ResetAfterHeaders(Reset::Connection), true),
    ] {
        let client = connect(&world).await;
        let bystander = connect(&world).await;
        let answer = ask(&client, "", Some(order)).await;
        let broke = answer.broke.as_ref().unwrap();
        assert!(broke.is_io() || broke.is_go_away() || broke.is_reset(), "{broke:?}");
        assert_eq!(answer.headers_came, headers, "{order}");
        assert!(ask(&client, "", None).await.broke.is_some(), "the connection is gone");
        assert_eq!(ask(&bystander, "", None).await.bytes(), SERVING, "others stay");
    }
}

#[tokio::test]
async fn a_message_comes_shorter_than_it_says() {
    let world = world().await;
    let client = connect(&world).await;
    for (keep, bytes) in [(0, 5), (50, 6), (99, 6)] {
        let answer = ask(&client, "", Some(WireFault::Truncated { keep })).await;
        assert_eq!(answer.bytes(), SERVING[..bytes], "{keep} %");
        assert_eq!(answer.trailer("grpc-status"), Some("0"));
    }
    let refusal = ask(&client, "nobody", Some(WireFault::Truncated { keep: 0 })).await;
    assert_eq!(refusal.headers["grpc-status"], "5", "a refusal has no message to cut");
}

#[tokio::test]
async fn a_status_is_left_out() {
    let world = world().await;
    let client = connect(&world).await;
    let answer = ask(&client, "", Some(WireFault::MissingStatus)).await;
    assert_eq!((answer.bytes(), answer.trailers.is_none()), (SERVING.to_vec(), true), "{answer:?}");
    assert!(answer.broke.is_none(), "the stream ends in order");
    let refusal = ask(&client, "nobody", Some(WireFault::MissingStatus)).await;
    assert!(refusal.headers_came && !refusal.headers.contains_key("grpc-status"), "{refusal:?}");
}

#[tokio::test]
async fn a_status_cannot_be_read() {
    let world = world().await;
    let client = connect(&world).await;
    for (part, code, details) in [
        (CorruptPart::Both, "not-a-number", true),
        (CorruptPart::Details, "0", true),
        (CorruptPart::Status, "not-a-number", false),
    ] {
        let answer = ask(&client, "", Some(WireFault::CorruptStatus(part))).await;
        assert_eq!(answer.trailer("grpc-status"), Some(code));
        assert_eq!(answer.trailer("grpc-status-details-bin").is_some(), details, "{part}");
    }
    let order = Some(WireFault::CorruptStatus(CorruptPart::Both));
    assert_eq!(ask(&client, "nobody", order).await.headers["grpc-status"], "not-a-number");
}

#[tokio::test]
async fn a_body_comes_in_drips() {
    let world = world().await;
    let client = connect(&world).await;
    let answer = ask(&client, "", Some(WireFault::SlowBody { bytes: 2, pause: 1 })).await;
    let sizes: Vec<_> = answer.data.iter().map(Bytes::len).collect();
    assert_eq!((sizes, answer.bytes()), (vec![2, 2, 2, 1], SERVING.to_vec()));
    assert_eq!(answer.trailer("grpc-status"), Some("0"));
}

/// A watch of health in a session, whose first answer has come: a call in progress.
async fn watch(client: &SendRequest<Bytes>, session: Option<&str>) -> RecvStream {
    let mut request = Request::post("http://localhost/grpc.health.v1.Health/Watch")
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    if let Some(session) = session {
        request = request.header("eush-session", session);
    }
    let mut client = client.clone().ready().await.unwrap();
    let (response, mut body) = client.send_request(request.body(()).unwrap(), false).unwrap();
    body.send_data(vec![0, 0, 0, 0, 0].into(), true).unwrap();
    let mut stream = response.await.unwrap().into_body();
    assert_eq!(stream.data().await.unwrap().unwrap(), SERVING);
    stream
}

async fn ask_in(
    client: &SendRequest<Bytes>,
    session: Option<&str>,
    order: WireFault,
) -> Result<(), h2::Error> {
    let mut request = Request::post("http://localhost/grpc.health.v1.Health/Check")
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("eush-fault", order.to_string());
    if let Some(session) = session {
        request = request.header("eush-session", session);
    }
    let mut client = client.clone().ready().await?;
    let (response, mut body) = client.send_request(request.body(()).unwrap(), false)?;
    body.send_data(vec![0, 0, 0, 0, 0].into(), true)?;
    response.await.map(drop)
}

#[tokio::test]
async fn a_process_begins_again_for_one_session_and_nobody_else_notices() {
    let world = world().await;
    // One connection for all: what breaks is a call, never what others share.
    let client = connect(&world).await;
    let sessions = [None, Some("one"), Some("two")];
    let mut bystanders = Vec::new();
    for session in sessions {
        bystanders.push(watch(&client, session).await);
    }
    for (turn, order) in [WireFault::RestartBefore, WireFault::RestartAfter].into_iter().enumerate() {
        for (at, session) in [(1, Some("one")), (0, None)] {
            let broke = ask_in(&client, session, order).await.unwrap_err();
            assert!(broke.is_reset(), "{order}: {broke:?}");
            let end = bystanders[at].data().await.unwrap().unwrap_err();
            assert!(end.is_reset(), "{order}: a call in progress of the same session: {end:?}");
            bystanders[at] = watch(&client, session).await;
        }
        assert_eq!(world.lives.0.lock().unwrap().ended.len(), 2 * (turn + 1));
    }
    let began: Vec<_> = world.lives.0.lock().unwrap().ended.iter().map(|one| one.is_some()).collect();
    assert_eq!(began, [true, false, true, false]);
    // A key that is none means nobody's process.
    ask_in(&client, Some("No such"), WireFault::RestartBefore).await.unwrap_err();
    assert_eq!(world.lives.0.lock().unwrap().ended.len(), 4);
    world.reporter.set_service_status("", ServingStatus::NotServing).await;
    for stream in &mut bystanders {
        assert!(stream.data().await.unwrap().is_ok(), "calls in progress go on");
    }
}
