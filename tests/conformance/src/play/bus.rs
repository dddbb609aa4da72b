//! The gateway that the runner plays: it takes later results of agencies, gives out test keys, and answers fronts as a
//! script says. It judges nothing; it records.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use eush_wire::bus::v1::{CompleteDeliveryResponse, ResponseInfo, ResponseStatus};
use eush_wire::conformance::v1::ScriptedAnswer;
use eush_wire::management::v1::{Authority, EnrollRequest, GetAuthoritiesResponse, KeyAlgorithm};
use prost::Message as _;
use prost_reflect::{DynamicMessage, ReflectMessage as _};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service};
use tonic::server::{Grpc, NamedService, ServerStreamingService, UnaryService};
use tonic::service::RoutesBuilder;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

use super::authority::TestAuthority;
use super::refuse;
use crate::suite::read;
use crate::wire::{RawCodec, code};
use crate::words;

/// Calls remembered at most; a case that makes more is none of ours.
const CAPACITY: usize = 10_000;

/// The gateway in play.
#[derive(Clone, Debug)]
pub(crate) struct PlayedBus {
    state: Arc<State>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    stop: CancellationToken,
}

#[derive(Debug)]
struct State {
    calls: Mutex<VecDeque<(String, DynamicMessage)>>,
    scripts: Mutex<HashMap<String, VecDeque<ScriptedAnswer>>>,
    arrived: Notify,
    pub(crate) authority: TestAuthority,
}

impl PlayedBus {
    /// Listens and serves until dropped by [`PlayedBus::stop`].
    pub(crate) async fn start(listen: SocketAddr, authority: TestAuthority) -> std::io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            calls: Mutex::default(),
            scripts: Mutex::default(),
            arrived: Notify::new(),
            authority,
        });
        let stop = CancellationToken::new();
        let mut routes = RoutesBuilder::default();
        routes
            .add_service(GatewayFace(Arc::clone(&state)))
            .add_service(ProcessFace(Arc::clone(&state)))
            .add_service(AuthorityFace(Arc::clone(&state)));
        let serving = Server::builder().add_routes(routes.routes()).serve_with_incoming_shutdown(
            TcpIncoming::from(listener).with_nodelay(Some(true)),
            stop.clone().cancelled_owned(),
        );
        tokio::spawn(serving);
        Ok(Self { state, address, stop })
    }

    /// Ends it.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// The authority that gives out keys.
    pub(crate) fn authority(&self) -> &TestAuthority {
        &self.state.authority
    }

    /// Forgets calls and scripts: a case of a front begins.
    pub(crate) fn reset(&self) {
        lock(&self.state.calls).clear();
        lock(&self.state.scripts).clear();
    }

    /// Sets what a method answers from now on.
    pub(crate) fn script(&self, method: &str, answers: &[ScriptedAnswer]) {
        lock(&self.state.scripts).insert(method.to_owned(), answers.iter().cloned().collect());
    }

    /// Every call of a method so far.
    pub(crate) fn received(&self, method: &str) -> Vec<DynamicMessage> {
        lock(&self.state.calls)
            .iter()
            .filter(|(name, _)| name == method)
            .map(|(_, call)| call.clone())
            .collect()
    }

    /// The outcome of a delivery, waiting for it as long as told.
    pub(crate) async fn completion(&self, delivery: &str, patience: Duration) -> Option<DynamicMessage> {
        let waiting = async {
            loop {
                let arrived = self.state.arrived.notified();
                if let Some(found) = self.completions(delivery).pop() {
                    return found;
                }
                arrived.await;
            }
        };
        tokio::time::timeout(patience, waiting).await.ok()
    }

    /// Every outcome of a delivery so far.
    pub(crate) fn completions(&self, delivery: &str) -> Vec<DynamicMessage> {
        let about = |call: &DynamicMessage| {
            let view = words::to_json(call);
            view["info"]["correlation_id"].as_str() == Some(delivery)
        };
        self.received("GatewayService.CompleteDelivery").into_iter().filter(about).collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// Answers one call: as scripted, else as a calm bus would where that is plain.
    async fn answer(&self, path: &str, body: Bytes) -> Result<Bytes, Status> {
        let name = short(path);
        let method = words::method(&name).ok_or_else(|| Status::unimplemented("no such method"))?;
        let call = DynamicMessage::decode(method.input.clone(), body.clone())
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        let message_id = words::to_json(&call)["info"]["message_id"].as_str().unwrap_or_default().to_owned();
        self.record(&name, call);
        let scripted = {
            let mut scripts = lock(&self.scripts);
            scripts
                .get_mut(&name)
                .and_then(|left| if left.len() > 1 { left.pop_front() } else { left.front().cloned() })
        };
        match scripted {
            Some(answer) => scripted_answer(&answer, &method.output, &message_id).await,
            None => self.plain_answer(&name, &body, &message_id),
        }
    }

    fn record(&self, name: &str, call: DynamicMessage) {
        let mut calls = lock(&self.calls);
        calls.push_back((name.to_owned(), call));
        if calls.len() > CAPACITY {
            calls.pop_front();
        }
        drop(calls);
        self.arrived.notify_waiters();
    }

    fn plain_answer(&self, name: &str, body: &Bytes, message_id: &str) -> Result<Bytes, Status> {
        match name {
            "GatewayService.CompleteDelivery" => {
                let info = ResponseInfo {
                    correlation_id: message_id.to_owned(),
                    status: Some(ResponseStatus { code: "SCSS001".to_owned(), message: String::new() }),
                    ..ResponseInfo::default()
                };
                Ok(CompleteDeliveryResponse { info: Some(info), status: None }.encode_to_vec().into())
            }
            "CertificateAuthorityService.Enroll" => {
                let request = EnrollRequest::decode(body.clone()).unwrap_or_default();
                let subject =
                    request.subject.ok_or_else(|| Status::invalid_argument("`subject` is missing"))?;
                let issued =
                    self.authority.enroll(&subject).map_err(|error| Status::internal(error.to_string()))?;
                Ok(issued.encode_to_vec().into())
            }
            "CertificateAuthorityService.GetAuthorities" => {
                let authority = Authority {
                    root: self.authority.root().to_vec(),
                    issuing: self.authority.root().to_vec(),
                    algorithm: KeyAlgorithm::Gost2015512.into(),
                    ..Authority::default()
                };
                Ok(GetAuthoritiesResponse { authorities: vec![authority] }.encode_to_vec().into())
            }
            _ => Err(Status::unimplemented("the conformance runner's gateway has no script for this")),
        }
    }
}

/// `/eush.bus.v1.GatewayService/Send` as `GatewayService.Send`.
fn short(path: &str) -> String {
    let (service, method) = path.trim_start_matches('/').split_once('/').unwrap_or_default();
    format!("{}.{method}", service.rsplit('.').next().unwrap_or_default())
}

async fn scripted_answer(
    scripted: &ScriptedAnswer,
    output: &prost_reflect::MessageDescriptor,
    message_id: &str,
) -> Result<Bytes, Status> {
    if scripted.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(scripted.delay_ms.into())).await;
    }
    if !scripted.refuse.is_empty() {
        return Err(refuse::status(&scripted.refuse, message_id)
            .unwrap_or_else(|| Status::internal("the script names no known reason")));
    }
    if !scripted.code.is_empty() {
        let code = code::of(&scripted.code).unwrap_or(tonic::Code::Unknown);
        return Err(Status::new(code, "as scripted"));
    }
    let json = scripted.answer.clone().map_or_else(|| serde_json::json!({}), crate::value::of_struct);
    let message = read::message_from(output, json)
        .map_err(|fault| Status::internal(format!("the script has no {}: {fault}", output.full_name())))?;
    let mut message = message;
    // Answers carry the header of what they answer; a script need not say so each time.
    if let Some(field) = message.descriptor().get_field_by_name("info")
        && !message.has_field(&field)
    {
        let json = serde_json::json!({ "correlation_id": message_id, "status": { "code": "SCSS001" } });
        let fault = crate::fields::set(&mut message, "info", json).err();
        if let Some(fault) = fault {
            return Err(Status::internal(fault));
        }
    }
    Ok(message.encode_to_vec().into())
}

/// The handler of one call of one path.
struct Handler(Arc<State>, String);

impl UnaryService<Bytes> for Handler {
    type Response = Bytes;
    type Future = BoxFuture<Response<Bytes>, Status>;

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let (state, path) = (Arc::clone(&self.0), self.1.clone());
        Box::pin(async move { state.answer(&path, request.into_inner()).await.map(Response::new) })
    }
}

/// A stream is one scripted answer, and then its end.
impl ServerStreamingService<Bytes> for Handler {
    type Response = Bytes;
    type ResponseStream = Pin<Box<dyn tokio_stream::Stream<Item = Result<Bytes, Status>> + Send>>;
    type Future = BoxFuture<Response<Self::ResponseStream>, Status>;

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let (state, path) = (Arc::clone(&self.0), self.1.clone());
        Box::pin(async move {
            let answer = state.answer(&path, request.into_inner()).await?;
            let stream: Self::ResponseStream = Box::pin(tokio_stream::once(Ok(answer)));
            Ok(Response::new(stream))
        })
    }
}

macro_rules! face {
    ($(#[$doc:meta])* $face:ident, $name:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        struct $face(Arc<State>);

        impl NamedService for $face {
            const NAME: &'static str = $name;
        }

        impl Service<http::Request<Body>> for $face {
            type Response = http::Response<Body>;
            type Error = Infallible;
            type Future = BoxFuture<Self::Response, Infallible>;

            fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
                Poll::Ready(Ok(()))
            }

            fn call(&mut self, request: http::Request<Body>) -> Self::Future {
                let path = request.uri().path().to_owned();
                let handler = Handler(Arc::clone(&self.0), path.clone());
                Box::pin(async move {
                    let mut grpc = Grpc::new(RawCodec).apply_max_message_size_config(Some(16 << 20), None);
                    Ok(if path.ends_with("/WatchApplication") {
                        grpc.server_streaming(handler, request).await
                    } else {
                        grpc.unary(handler, request).await
                    })
                })
            }
        }
    };
}

face!(/// What agencies and fronts send to.
    GatewayFace, "eush.bus.v1.GatewayService");
face!(/// What fronts report to.
    ProcessFace, "eush.bus.v1.ProcessService");
face!(/// Where agencies and fronts get test keys.
    AuthorityFace, "eush.management.v1.CertificateAuthorityService");
