//! The certificate services on a loopback port, and a plain HTTP client.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "shared by test files, each of which uses its own part; a test fails by panicking"
)]

use eush_ca::{Authority, Server};
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::certificate_authority_service_client::CertificateAuthorityServiceClient;
use http::{Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::transport::Channel;

use super::authority;

pub(crate) struct Running {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) authority: Authority,
    pub(crate) address: String,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) served: JoinHandle<()>,
}

impl Running {
    pub(crate) async fn start() -> Self {
        let (folder, authority) = authority();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Server::from_listener(authority.clone(), listener, None);
        let address = server.local_addr().to_string();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(async move {
            let shutdown = async {
                let _ = stopped.await;
            };
            server.serve(shutdown).await.unwrap();
        });
        Self { folder, authority, address, stop, served }
    }

    pub(crate) async fn channel(&self) -> Channel {
        Channel::from_shared(format!("http://{}", self.address)).unwrap().connect().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str, tag: Option<&str>) -> (http::response::Parts, Vec<u8>) {
        let mut request = Request::get(path);
        if let Some(tag) = tag {
            request = request.header(header::IF_NONE_MATCH, tag);
        }
        exchange(&self.address, request, Vec::new()).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Vec<u8>) -> (http::response::Parts, Vec<u8>) {
        exchange(&self.address, Request::post(path), body).await.unwrap()
    }

    /// Waits until requests have met the fault that was set last.
    pub(crate) async fn met(&self, client: &mut CertificateAuthorityServiceClient<Channel>, times: u64) {
        loop {
            let listed = client.list_publication_faults(wire::ListPublicationFaultsRequest {}).await.unwrap();
            if listed.into_inner().records.last().unwrap().served >= times {
                return;
            }
        }
    }
}

/// Body of an answer, or nothing where there was none.
pub(crate) async fn fetch(address: String, method: Method, path: String, body: Vec<u8>) -> Option<Vec<u8>> {
    let request = Request::builder().method(method).uri(path);
    exchange(&address, request, body).await.ok().map(|answer| answer.1)
}

async fn exchange(
    address: &str,
    request: http::request::Builder,
    body: Vec<u8>,
) -> Result<(http::response::Parts, Vec<u8>), hyper::Error> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = request
        .header(header::HOST, address)
        .body(Full::<std::io::Cursor<Vec<u8>>>::new(std::io::Cursor::new(body)))
        .unwrap();
    let (parts, body) = sender.send_request(request).await?.into_parts();
    Ok((parts, body.collect().await?.to_bytes().to_vec()))
}
