//! Every fault, frame by frame, as a bare HTTP/2 client meets it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use eush_domain::faults::{CorruptPart, Reset, WireFault};
use eush_faults::{Acceptor, Connections, FaultLayer, Restart};
use h2::client::SendRequest;
use http::{HeaderMap, Request, StatusCode};
use tokio::net::{TcpListener, TcpStream};
use tonic::transport::Server;
use tonic_health::ServingStatus;
use tonic_health::server::{HealthReporter, HealthService};

/// A server with the layer, obeying orders; counts how often it began again.
struct World {
    address: std::net::SocketAddr,
    forgotten: Arc<AtomicU32>,
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
    let connections = Connections::default();
    let forgotten = Arc::new(AtomicU32::new(0));
    let forget = {
        let forgotten = forgotten.clone();
        move || {
            forgotten.fetch_add(1, Ordering::SeqCst);
        }
    };
    let restart = Restart::new(connections.clone(), forget);
    let reporter = HealthReporter::new();
    reporter.set_service_status("", ServingStatus::Serving).await;
    let health = HealthService::from_health_reporter(reporter);
    let server = Server::builder()
        .layer(FaultLayer::obeying(Some(restart)))
        .add_service(tonic_health::pb::health_server::HealthServer::new(health))
        .serve_with_incoming(Acceptor::new(listener, connections));
    tokio::spawn(server);
    World { address, forgotten }
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

#[tokio::test]
async fn a_process_begins_again_with_every_connection_cut() {
    let world = world().await;
    for (times, order) in [WireFault::RestartBefore, WireFault::RestartAfter].into_iter().enumerate() {
        let (client, bystander) = (connect(&world).await, connect(&world).await);
        assert_eq!(ask(&bystander, "", None).await.bytes(), SERVING);
        let answer = ask(&client, "", Some(order)).await;
        assert!(answer.broke.is_some() && !answer.headers_came, "{order}: {answer:?}");
        assert!(ask(&bystander, "", None).await.broke.is_some(), "every connection is cut");
        assert_eq!(world.forgotten.load(Ordering::SeqCst), times as u32 + 1);
        assert_eq!(ask(&connect(&world).await, "", None).await.bytes(), SERVING, "it is there again");
    }
}
