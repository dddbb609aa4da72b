//! Calls over the wire with exact bytes: no generated client stands between the judge and the judged, so that a request
//! may be anything and an answer is seen as it came.

pub(crate) mod code;
pub(crate) mod dial;
pub(crate) mod hand;
pub(crate) mod reflect;
mod reply;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes};
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::{AsciiMetadataKey, AsciiMetadataValue};
use tonic::transport::Channel;
use tonic::{Request, Status};

pub(crate) use dial::Dialer;
pub(crate) use reply::Reply;

use crate::words::Method;

/// Longest wait for an answer where the case sets no other. The case's own time is what ends a call as a rule; this is for
/// whoever calls outside of one. A clock that moves by weeks on a busy machine takes minutes.
const PATIENCE: Duration = Duration::from_secs(300);

/// Connects in the clear to `host:port` (or a URL) now, so that absence is noticed here.
pub(crate) async fn connect(address: &str) -> Result<Channel, String> {
    Dialer::default().connect(address).await
}

/// The innermost cause of an error.
pub(crate) fn root(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// How a call is made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manner {
    /// Deadline that the subject is told.
    pub(crate) timeout: Option<Duration>,
    /// Go away after this long.
    pub(crate) cancel_after: Option<Duration>,
    pub(crate) metadata: BTreeMap<String, String>,
}

/// One unary call. A call that was given up by us has no reply.
pub(crate) async fn call(
    channel: &Channel,
    method: &Method,
    body: Bytes,
    manner: &Manner,
) -> Result<Option<Reply>, String> {
    let mut request = Request::new(body);
    if let Some(timeout) = manner.timeout {
        request.set_timeout(timeout);
    }
    for (key, value) in &manner.metadata {
        let key: AsciiMetadataKey = key.parse().map_err(|_| format!("`{key}` is no metadata key"))?;
        let value: AsciiMetadataValue =
            value.parse().map_err(|_| format!("metadata `{key}` has no ASCII value"))?;
        request.metadata_mut().insert(key, value);
    }
    let path: http::uri::PathAndQuery =
        method.path.parse().map_err(|_| format!("`{}` is no path", method.path))?;
    let mut grpc = Grpc::new(channel.clone()).max_decoding_message_size(64 << 20);
    let started = tokio::time::Instant::now();
    let answered = async {
        grpc.ready()
            .await
            .map_err(|error| Status::unavailable(format!("no connection: {}", root(&error))))?;
        grpc.unary(request, path, RawCodec).await
    };
    // tonic gives up by itself at the told deadline: what the subject then says is not seen, so it gets a little longer.
    let limit = manner.cancel_after.unwrap_or(PATIENCE);
    let Ok(answered) = tokio::time::timeout(limit, answered).await else {
        return if manner.cancel_after.is_some() {
            Ok(None)
        } else {
            Ok(Some(Reply::of_status(&Status::deadline_exceeded("no answer at all"), started.elapsed())))
        };
    };
    Ok(Some(match answered {
        Ok(response) => Reply::of_answer(&method.output, response, started.elapsed()),
        Err(status) => Reply::of_status(&told(status), started.elapsed()),
    }))
}

/// A status that was made on this side says why.
fn told(status: Status) -> Status {
    match std::error::Error::source(&status) {
        None => status,
        Some(source) => Status::new(status.code(), format!("{}: {}", status.message(), root(source))),
    }
}

/// Bytes in, bytes out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RawCodec;

impl Codec for RawCodec {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put(item);
        Ok(())
    }
}

impl Decoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        let length = from.remaining();
        Ok(Some(from.copy_to_bytes(length)))
    }
}
