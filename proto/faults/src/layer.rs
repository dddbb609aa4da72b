//! The layer: outermost on a listener, so that nothing repairs what it breaks.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use eush_domain::SessionKey;
use eush_domain::faults::order::HEADER;
use eush_domain::faults::{CorruptPart, Reset, WireFault};
use http::{HeaderMap, HeaderValue, Request, Response};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tower::{Layer, Service};

use crate::body::{Damaged, Mortal};
use crate::connection::Line;
use crate::{BoxError, Broken};

/// What is to become of one call's answer. In the request's extensions; whoever handles the call may decide.
#[derive(Clone, Debug, Default)]
pub struct Fate(Arc<Mutex<Option<WireFault>>>);

impl Fate {
    /// Orders a fault of the answer. The first order stands.
    pub fn order(&self, fault: WireFault) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault);
    }

    fn ordered(&self) -> Option<WireFault> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A process that begins again on purpose, for the callers of one test session or for those of the shared bus: to the others
/// nothing happens.
pub trait Restartable: Send + Sync {
    /// Cancelled when it begins again for this session (`None`: the shared bus). Asked for with each call.
    fn life(&self, session: Option<&SessionKey>) -> CancellationToken;

    /// Begins again for this session: forgets what its process holds in memory, and cancels the life that it had.
    fn begin_again(&self, session: Option<&SessionKey>);
}

/// How a process begins again.
#[derive(Clone)]
pub struct Restart(Arc<dyn Restartable>);

impl Restart {
    /// Of a process.
    pub fn new(process: impl Restartable + 'static) -> Self {
        Self(Arc::new(process))
    }
}

impl std::fmt::Debug for Restart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Restart").finish_non_exhaustive()
    }
}

/// One process as the callers of one session meet it.
#[derive(Clone)]
struct Living {
    process: Arc<dyn Restartable>,
    session: Option<SessionKey>,
    life: CancellationToken,
}

impl Living {
    /// `None` where the session's key is none: such a call is refused further in, and means no session.
    fn of(restart: &Restart, headers: &HeaderMap) -> Option<Self> {
        let session = match headers.get(SessionKey::HEADER) {
            None => None,
            Some(key) => Some(SessionKey::parse(key.to_str().ok()?).ok()?),
        };
        let life = restart.0.life(session.as_ref());
        Some(Self { process: Arc::clone(&restart.0), session, life })
    }

    fn begin_again(&self) {
        self.process.begin_again(self.session.as_ref());
    }
}

/// The layer.
#[derive(Clone, Debug)]
pub struct FaultLayer {
    orders: Orders,
}

/// Whose orders count.
#[derive(Clone, Debug)]
enum Orders {
    /// Those of this process alone: what callers say in headers is nothing.
    Own,
    /// Those of callers too.
    Taken(Option<Restart>),
}

impl FaultLayer {
    /// Carries out what this process decides.
    pub fn deciding() -> Self {
        Self { orders: Orders::Own }
    }

    /// Carries out what callers order by the header `eush-fault`.
    pub fn obeying(restart: Option<Restart>) -> Self {
        Self { orders: Orders::Taken(restart) }
    }
}

impl<S> Layer<S> for FaultLayer {
    type Service = FaultService<S>;

    fn layer(&self, inner: S) -> FaultService<S> {
        FaultService { inner, orders: self.orders.clone() }
    }
}

/// A service with the layer around it.
#[derive(Clone, Debug)]
pub struct FaultService<S> {
    inner: S,
    orders: Orders,
}

type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;

impl<S> Service<Request<Body>> for FaultService<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Answering;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<Body>) -> Answering {
        let fate = Fate::default();
        let line = Line::of(request.extensions()).cloned();
        let living = match &self.orders {
            Orders::Own => None,
            Orders::Taken(restart) => {
                if let Some(fault) = ordered(request.headers()) {
                    fate.order(fault);
                }
                restart.as_ref().and_then(|restart| Living::of(restart, request.headers()))
            }
        };
        if fate.ordered() == Some(WireFault::RestartBefore) {
            begin_again(living.as_ref());
            return Box::pin(std::future::ready(Err(Broken::off())));
        }
        request.extensions_mut().insert(fate.clone());
        // The clone that was polled ready answers this call; the other takes its place.
        let next = self.inner.clone();
        let mut ready = std::mem::replace(&mut self.inner, next);
        Box::pin(async move {
            let answering = ready.call(request);
            let response = match &living {
                None => answering.await,
                // Dropped where the process begins again meanwhile: what was at work on the call is gone.
                Some(living) => match living.life.run_until_cancelled(answering).await {
                    Some(answered) => answered,
                    None => return Err(Broken::off()),
                },
            };
            let response = response.map_err(Into::into)?;
            let response = match fate.ordered() {
                None => response,
                Some(fault) => damage(response, fault, line, living.as_ref())?,
            };
            // What is still being told breaks off with the process, too.
            Ok(match living {
                None => response,
                Some(living) => response.map(|body| Body::new(Mortal::new(body, living.life))),
            })
        })
    }
}

fn ordered(headers: &HeaderMap) -> Option<WireFault> {
    WireFault::parse(headers.get(HEADER)?.to_str().ok()?)
}

fn begin_again(living: Option<&Living>) {
    match living {
        Some(living) => living.begin_again(),
        None => tracing::warn!("a restart was ordered of a listener that cannot"),
    }
}

fn damage(
    response: Response<Body>,
    fault: WireFault,
    line: Option<Line>,
    living: Option<&Living>,
) -> Result<Response<Body>, BoxError> {
    let (mut head, body) = response.into_parts();
    let whole = |body: Damaged| Body::new(body);
    let body = match fault {
        WireFault::CorruptStatus(part) => {
            corrupt(&mut head.headers, part);
            whole(Damaged::corrupt(body, part))
        }
        WireFault::MissingStatus => {
            strip(&mut head.headers);
            whole(Damaged::without_status(body))
        }
        WireFault::ResetAfterHeaders(how) => {
            // A status in the only headers would be a whole answer.
            strip(&mut head.headers);
            whole(Damaged::broken(line, how))
        }
        WireFault::ResetBeforeHeaders(Reset::Connection) => {
            if let Some(line) = line {
                line.cut();
            }
            return Err(Broken::off());
        }
        WireFault::ResetBeforeHeaders(Reset::Stream) => return Err(Broken::off()),
        WireFault::RestartAfter | WireFault::RestartBefore => {
            begin_again(living);
            return Err(Broken::off());
        }
        WireFault::SlowBody { bytes, pause } => whole(Damaged::slow(body, bytes, pause)),
        WireFault::Truncated { keep } => whole(Damaged::truncated(body, keep)),
    };
    Ok(Response::from_parts(head, body))
}

const STATUS: &str = "grpc-status";
const MESSAGE: &str = "grpc-message";
pub(crate) const DETAILS: &str = "grpc-status-details-bin";

/// Takes the status out of headers or trailers.
pub(crate) fn strip(headers: &mut HeaderMap) {
    for name in [STATUS, MESSAGE, DETAILS] {
        headers.remove(name);
    }
}

/// Makes the status in headers or trailers unreadable, where there is one.
pub(crate) fn corrupt(headers: &mut HeaderMap, part: CorruptPart) {
    if !headers.contains_key(STATUS) {
        return;
    }
    let (code, details) = match part {
        CorruptPart::Both => (true, true),
        CorruptPart::Details => (false, true),
        CorruptPart::Status => (true, false),
    };
    if code {
        headers.insert(STATUS, HeaderValue::from_static("not-a-number"));
    }
    if details {
        headers.insert(DETAILS, HeaderValue::from_static("%%% no base64 %%%"));
    }
}
