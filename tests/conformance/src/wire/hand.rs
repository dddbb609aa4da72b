//! HTTP/2 by hand: what no gRPC library would send, and what must come back all the same.

use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use eush_wire::conformance::v1::{Frame, Raw};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value as Json;
use tonic::{Code, Status};

use super::Reply;

/// Longest the exchange may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Sends one request made by hand.
pub(crate) async fn send(address: &str, raw: &Raw) -> Result<Reply, String> {
    let address = address.trim_start_matches("http://").trim_end_matches('/');
    let started = tokio::time::Instant::now();
    let exchange = tokio::time::timeout(LIMIT, exchange(address, raw)).await;
    let (http_status, headers) = exchange.map_err(|_| "no answer within ten seconds".to_owned())??;
    let mut reply = match Status::from_header_map(&headers) {
        Some(status) if status.code() != Code::Ok => Reply::of_status(&status, started.elapsed()),
        Some(_) => ok(started.elapsed()),
        // Not gRPC at all: the HTTP status is what there is to see.
        None => Reply::of_status(&Status::unknown("no grpc-status"), started.elapsed()),
    };
    reply.http_status = http_status;
    Ok(reply)
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

async fn exchange(address: &str, raw: &Raw) -> Result<(u16, http::HeaderMap), String> {
    let stream = tokio::net::TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .map_err(|error| super::root(&error))?;
    let driving = tokio::spawn(connection);
    let method = if raw.method.is_empty() { "POST" } else { &raw.method };
    let content_type = if raw.content_type.is_empty() { "application/grpc" } else { &raw.content_type };
    let mut request = http::Request::builder()
        .method(method)
        .uri(format!("http://{address}{}", raw.path))
        .header("content-type", content_type)
        .header("te", "trailers");
    for (name, value) in &raw.headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(body(raw.frame()))).map_err(|error| error.to_string())?;
    let response = sender.send_request(request).await.map_err(|error| super::root(&error))?;
    let status = response.status().as_u16();
    let mut headers = response.headers().clone();
    // A reset after the headers leaves what the headers said.
    if let Ok(collected) = response.into_body().collect().await
        && let Some(trailers) = collected.trailers()
    {
        headers.extend(trailers.clone());
    }
    driving.abort();
    Ok((status, headers))
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
