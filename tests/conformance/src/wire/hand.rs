//! HTTP/2 by hand: what no gRPC library would send, and what must come back all the same.

use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use eush_wire::conformance::v1::{Frame, Raw};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioExecutor;
use serde_json::Value as Json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tonic::metadata::MetadataMap;
use tonic::{Code, Extensions, Response, Status};

use super::dial::{self, Dialer};
use super::{Manner, PATIENCE, Reply};
use crate::words::Method;

/// Longest an exchange may take that is no gRPC.
const LIMIT: Duration = Duration::from_secs(30);
/// Length of the prefix of a message: flag and size.
const PREFIX: usize = 5;

/// What came back, whatever it is.
struct Came {
    http_status: u16,
    /// Headers, and trailers after them.
    headers: http::HeaderMap,
    body: Bytes,
}

/// Why somebody who listens cannot be judged.
pub(crate) enum Mute {
    /// No answer at all.
    Silent,
    /// An answer, and not in gRPC.
    Foreign(String),
}

/// Where a request made by hand goes, and how.
pub(crate) struct Line<'a> {
    pub(crate) dialer: &'a Dialer,
    pub(crate) address: &'a str,
}

/// Whether gRPC is spoken at an address: any answer with a gRPC status will do, an error too.
pub(crate) async fn speaks(line: &Line<'_>) -> Result<(), Mute> {
    let request = plain_request(line, "/grpc.health.v1.Health/Check")
        .body(Full::new(body(Frame::EmptyMessage)))
        .map_err(|error| Mute::Foreign(error.to_string()))?;
    match tokio::time::timeout(LIMIT, exchange(line, request)).await {
        Err(_) => Err(Mute::Silent),
        Ok(Ok(came)) if came.headers.contains_key("grpc-status") => Ok(()),
        Ok(Ok(came)) => Err(Mute::Foreign(format!(
            "HTTP status {} came without a grpc-status; is it another server?",
            came.http_status
        ))),
        Ok(Err(fault)) => Err(match greeting(line.address).await.as_deref() {
            Some([0x15, 3, ..]) if line.dialer.scheme() == "http" => Mute::Foreign(
                "it speaks TLS; give the authority of its certificate (--ca), and a certificate of your own where it \
                 asks for one"
                    .to_owned(),
            ),
            Some([b'H', b'T', b'T', b'P', ..]) => {
                Mute::Foreign("it speaks HTTP/1, and gRPC needs HTTP/2".to_owned())
            }
            Some(_) | None => Mute::Foreign(format!("{fault}; so ends also a plain connection to TLS")),
        }),
    }
}

/// The first bytes that come in answer to the preface of HTTP/2.
async fn greeting(address: &str) -> Option<Vec<u8>> {
    let mut stream = tokio::net::TcpStream::connect(dial::authority(address)).await.ok()?;
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.ok()?;
    let mut bytes = vec![0; 8];
    let read = tokio::time::timeout(Duration::from_secs(2), stream.read(&mut bytes)).await;
    bytes.truncate(read.ok()?.ok()?);
    Some(bytes)
}

/// Sends one request made by hand.
pub(crate) async fn send(line: &Line<'_>, raw: &Raw) -> Result<Reply, String> {
    let started = tokio::time::Instant::now();
    let request = request_of(line, raw)?;
    let exchange = tokio::time::timeout(LIMIT, exchange(line, request)).await;
    let came = exchange.map_err(|_| format!("no answer within {} s", LIMIT.as_secs()))??;
    let mut reply = match Status::from_header_map(&came.headers) {
        Some(status) if status.code() != Code::Ok => Reply::of_status(&status, started.elapsed()),
        Some(_) => ok(started.elapsed()),
        // Not gRPC at all: the HTTP status is what there is to see.
        None => Reply::of_status(&Status::unknown("no grpc-status"), started.elapsed()),
    };
    reply.http_status = came.http_status;
    Ok(reply)
}

/// One unary call whose deadline is the subject's alone to keep: whoever called waits longer.
pub(crate) async fn call(
    line: &Line<'_>,
    method: &Method,
    body: Bytes,
    manner: &Manner,
) -> Result<Reply, String> {
    let started = tokio::time::Instant::now();
    let mut framed = BytesMut::with_capacity(body.len() + PREFIX);
    framed.put_u8(0);
    framed.put_u32(u32::try_from(body.len()).map_err(|_| "the request is larger than gRPC knows")?);
    framed.put(body);
    let mut request = plain_request(line, &method.path);
    if let Some(timeout) = manner.timeout {
        request = request.header("grpc-timeout", format!("{}m", timeout.as_millis()));
    }
    for (name, value) in &manner.metadata {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(framed.freeze())).map_err(|error| error.to_string())?;
    let told = |status: Status| Reply::of_status(&status, started.elapsed());
    Ok(match tokio::time::timeout(PATIENCE, exchange(line, request)).await {
        Err(_) => told(Status::unknown(format!("no answer within {} s", PATIENCE.as_secs()))),
        Ok(Err(fault)) => told(Status::unavailable(fault)),
        Ok(Ok(came)) => match Status::from_header_map(&came.headers) {
            Some(status) if status.code() == Code::Ok => answered(method, came, started.elapsed()),
            Some(status) => told(status),
            None => told(Status::unknown(format!("HTTP status {} and no grpc-status", came.http_status))),
        },
    })
}

/// The one message of an answer that says of itself that it went well.
fn answered(method: &Method, came: Came, elapsed: Duration) -> Reply {
    let mut body = came.body;
    let length = body.get(1..PREFIX).map(|mut size| size.get_u32() as usize);
    if length != body.len().checked_sub(PREFIX) || body.first() != Some(&0) {
        return Reply::of_status(&Status::internal("the answer is not one message, uncompressed"), elapsed);
    }
    body.advance(PREFIX);
    let response = Response::from_parts(MetadataMap::from_headers(came.headers), body, Extensions::new());
    Reply::of_answer(&method.output, response, elapsed)
}

fn ok(elapsed: Duration) -> Reply {
    Reply {
        code: Code::Ok,
        answer: None,
        bytes: Bytes::new(),
        error: Json::Null,
        metadata: Json::Null,
        unreadable: None,
        elapsed,
        http_status: 200,
    }
}

fn plain_request(line: &Line<'_>, path: &str) -> http::request::Builder {
    http::Request::builder()
        .method("POST")
        .uri(format!("{}://{}{path}", line.dialer.scheme(), dial::authority(line.address)))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
}

fn request_of(line: &Line<'_>, raw: &Raw) -> Result<http::Request<Full<Bytes>>, String> {
    let mut request = plain_request(line, &raw.path);
    if !raw.method.is_empty() {
        request = request.method(raw.method.as_str());
    }
    if let (false, Some(headers)) = (raw.content_type.is_empty(), request.headers_mut()) {
        let value = raw.content_type.parse().map_err(|_| "the content type is no header".to_owned())?;
        headers.insert("content-type", value);
    }
    for (name, value) in &raw.headers {
        request = request.header(name, value);
    }
    request.body(Full::new(body(raw.frame()))).map_err(|error| error.to_string())
}

async fn exchange(line: &Line<'_>, request: http::Request<Full<Bytes>>) -> Result<Came, String> {
    let stream = line.dialer.stream(line.address).await?;
    let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), stream)
        .await
        .map_err(|error| super::root(&error))?;
    let driving = tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(|error| super::root(&error))?;
    let http_status = response.status().as_u16();
    let mut headers = response.headers().clone();
    let mut body = Bytes::new();
    // A reset after the headers leaves what the headers said.
    if let Ok(collected) = response.into_body().collect().await {
        if let Some(trailers) = collected.trailers() {
            headers.extend(trailers.clone());
        }
        body = collected.to_bytes();
    }
    driving.abort();
    Ok(Came { http_status, headers, body })
}

fn body(frame: Frame) -> Bytes {
    let mut bytes = BytesMut::new();
    match frame {
        Frame::Nothing => {}
        Frame::Unspecified | Frame::EmptyMessage => bytes.put_slice(&[0, 0, 0, 0, 0]),
        Frame::TwoMessages => bytes.put_slice(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        Frame::CompressedWithoutEncoding => bytes.put_slice(&[1, 0, 0, 0, 0]),
        Frame::CutShort => bytes.put_slice(&[0, 0, 0, 0, 9, 10]),
    }
    bytes.freeze()
}
