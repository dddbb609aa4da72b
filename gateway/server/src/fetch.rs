//! Fetching over plain HTTP what is signed and so needs no TLS: revocation lists, and answers of responders.
//! No redirects, no compression, a size cap that holds while the body arrives, one deadline for the whole.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// Why a file could not be fetched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// The address is none that can be asked.
    #[error("`{url}` is no address of a file")]
    Address {
        /// What was to be fetched.
        url: String,
        /// Why.
        #[source]
        source: http::Error,
    },
    /// The connection failed while the body arrived.
    #[error("the body of `{url}` broke off")]
    Body {
        /// What was fetched.
        url: String,
        /// Why.
        #[source]
        source: hyper::Error,
    },
    /// Nobody answered.
    #[error("`{url}` cannot be reached")]
    Request {
        /// What was fetched.
        url: String,
        /// Why.
        #[source]
        source: hyper_util::client::legacy::Error,
    },
    /// The answer is no success. Redirects are not followed.
    #[error("`{url}` answered {status}, expected 200")]
    Status {
        /// What was fetched.
        url: String,
        /// What it answered.
        status: u16,
    },
    /// The answer did not end in time.
    #[error("`{url}` did not answer within {} ms", .timeout.as_millis())]
    Timeout {
        /// What was fetched.
        url: String,
        /// How long was waited.
        timeout: Duration,
    },
    /// The body is larger than allowed.
    #[error("`{url}` is larger than {limit} bytes")]
    TooLarge {
        /// What was fetched.
        url: String,
        /// Most bytes allowed.
        limit: usize,
    },
}

/// Who we say we are. Firewalls in front of authorities send a client without a name to a page of theirs.
const USER_AGENT: &str = concat!("eush-gateway/", env!("CARGO_PKG_VERSION"));

/// A client with connections of its own.
#[derive(Clone, Debug)]
pub(crate) struct Fetcher {
    client: Client<HttpConnector, Full<Bytes>>,
    timeout: Duration,
    limit: usize,
}

impl Fetcher {
    pub(crate) fn new(timeout: Duration, limit: usize) -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http(), timeout, limit }
    }

    /// The body at an address.
    pub(crate) async fn get(&self, url: &http::Uri) -> Result<Bytes, FetchError> {
        self.timed(url, http::Request::get(url), Bytes::new()).await
    }

    /// What an address answers to a body.
    pub(crate) async fn post(
        &self,
        url: &http::Uri,
        content_type: &'static str,
        body: Vec<u8>,
    ) -> Result<Bytes, FetchError> {
        let request = http::Request::post(url).header(http::header::CONTENT_TYPE, content_type);
        self.timed(url, request, body.into()).await
    }

    async fn timed(
        &self,
        url: &http::Uri,
        request: http::request::Builder,
        body: Bytes,
    ) -> Result<Bytes, FetchError> {
        tokio::time::timeout(self.timeout, self.untimed(url, request, body))
            .await
            .unwrap_or_else(|_| Err(FetchError::Timeout { url: url.to_string(), timeout: self.timeout }))
    }

    async fn untimed(
        &self,
        url: &http::Uri,
        request: http::request::Builder,
        body: Bytes,
    ) -> Result<Bytes, FetchError> {
        let request = request
            .header(http::header::USER_AGENT, USER_AGENT)
            .body(Full::new(body))
            .map_err(|source| FetchError::Address { url: url.to_string(), source })?;
        let answer = self
            .client
            .request(request)
            .await
            .map_err(|source| FetchError::Request { url: url.to_string(), source })?;
        if answer.status() != http::StatusCode::OK {
            return Err(FetchError::Status { url: url.to_string(), status: answer.status().as_u16() });
        }
        let mut body = answer.into_body();
        let mut bytes = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|source| FetchError::Body { url: url.to_string(), source })?;
            if let Ok(data) = frame.into_data() {
                if bytes.len() + data.len() > self.limit {
                    return Err(FetchError::TooLarge { url: url.to_string(), limit: self.limit });
                }
                bytes.extend_from_slice(&data);
            }
        }
        Ok(bytes.freeze())
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers one request with these bytes and closes, or holds the connection where there are none.
    async fn answering(answer: &'static str) -> http::Uri {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let _ = socket.read(&mut request).await;
            socket.write_all(answer.as_bytes()).await.unwrap();
            if answer.is_empty() {
                std::future::pending::<()>().await;
            }
        });
        format!("http://{address}/list.crl").parse().unwrap()
    }

    /// Only where nothing comes does the patience decide; elsewhere a busy machine has all the time that it needs.
    async fn fetched(answer: &'static str) -> Result<Bytes, FetchError> {
        let patience = if answer.is_empty() { Duration::from_millis(50) } else { Duration::from_secs(60) };
        Fetcher::new(patience, 8).get(&answering(answer).await).await
    }

    #[tokio::test]
    async fn takes_a_small_body_and_nothing_else() {
        assert_eq!(fetched("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlist").await.unwrap(), "list");
        let moved = fetched("HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n").await;
        assert!(matches!(moved, Err(FetchError::Status { status: 302, .. })), "{moved:?}");
        let large = fetched("HTTP/1.1 200 OK\r\n\r\n123456789").await;
        assert!(matches!(large, Err(FetchError::TooLarge { limit: 8, .. })), "{large:?}");
        let broken = fetched("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nabc").await;
        assert!(matches!(broken, Err(FetchError::Body { .. })), "{broken:?}");
        let asked = answering("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nanswer").await;
        let told =
            Fetcher::new(Duration::from_secs(5), 8).post(&asked, "text/plain", b"question".to_vec()).await;
        assert_eq!(told.unwrap(), "answer");
        let silent = fetched("").await;
        assert!(matches!(silent, Err(FetchError::Timeout { .. })), "{silent:?}");
        let nobody =
            Fetcher::new(Duration::from_secs(60), 8).get(&"http://127.0.0.1:1/".parse().unwrap()).await;
        assert!(matches!(nobody, Err(FetchError::Request { .. })), "{nobody:?}");
    }
}
