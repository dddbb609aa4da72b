//! What the services of a gateway share, and the one way in which a call reaches a use case.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use eush_domain::{Clock as _, Rejection, SessionKey};
use eush_faults::Line;
use eush_pipeline::Failure;
use eush_pipeline::caller::caller;
use eush_pipeline::ports::Stopwatch as _;
use eush_pipeline::raw::Received;
use eush_wire::bus::v1::MessageInfo;
use tokio::sync::{Semaphore, watch};
use tonic::metadata::MetadataMap;
use tonic::transport::server::TlsConnectInfo;
use tonic::{Request, Status};
use tracing::Instrument as _;

use crate::config::Fingerprint;
use crate::convert::Exchange;
use crate::current::{CURRENT, Current};
use crate::faults::Subject;
use crate::faults::arrival::Arrival;
use crate::realm::{Ground, Realm};
use crate::rescue::{self, Context};
use crate::sessions::Sessions;
use crate::{ListenerAddress, TheBus, chance};

/// The parts of a running gateway.
pub(crate) struct Core {
    pub(crate) ground: Arc<Ground>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) listeners: Vec<ListenerAddress>,
    /// One permit a use case that runs, whether or not its caller still waits.
    pub(crate) running: Arc<Semaphore>,
    /// True once the bus stops.
    pub(crate) stop: watch::Receiver<bool>,
}

/// What only the rim knows of a call.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) realm: Arc<Realm>,
    pub(crate) exchange: Exchange,
    client_certificate: Option<[u8; 32]>,
    arrived: Duration,
    deadline: Option<Duration>,
    current: Current,
}

impl Core {
    /// The bus that a request is meant for.
    ///
    /// # Errors
    /// A refusal where its session is unknown.
    pub(crate) fn realm<M>(&self, request: &Request<M>) -> Result<Arc<Realm>, Status> {
        let session = request.extensions().get::<Current>().and_then(|current| current.session.as_ref());
        self.sessions.realms().of(session).map_err(rescue::rejected)
    }

    /// Reads what the rim knows of a request.
    ///
    /// # Errors
    /// A refusal where its session is unknown.
    pub(crate) fn call<M>(&self, request: &Request<M>, info: Option<&MessageInfo>) -> Result<Call, Status> {
        let arrived = self.ground.stopwatch.elapsed();
        let realm = self.realm(request)?;
        let current = request.extensions().get::<Current>().cloned();
        // tonic's own `peer_certs` knows tonic's own connections alone.
        let tls = request.extensions().get::<TlsConnectInfo<Line>>();
        let certificates = tls.and_then(TlsConnectInfo::peer_certs);
        let first = certificates.as_ref().and_then(|chain| chain.first());
        Ok(Call {
            realm,
            exchange: Exchange {
                message_id: shown(info.map_or("", |info| &info.message_id)),
                correlation_id: shown(info.map_or("", |info| &info.correlation_id)),
                session_id: format!("{{{}}}", chance::uuid()),
            },
            client_certificate: first.map(|der| Fingerprint::of(der).bytes()),
            arrived,
            deadline: grpc_timeout(request.metadata()).map(|left| arrived + left),
            current: current.unwrap_or_else(Current::unknown),
        })
    }

    /// What a status repeats of a call.
    pub(crate) fn context(call: &Call) -> Context {
        Context {
            message_id: call.exchange.message_id.clone(),
            session_id: call.exchange.session_id.clone(),
            profile: Some(call.realm.profile),
        }
    }

    /// Runs a use case to its end, as a task of its own: a caller that goes away is told to it and does not tear it.
    pub(crate) async fn run<M, T, F>(
        &self,
        kind: &'static str,
        call: &Call,
        mut message: M,
        use_case: impl FnOnce(Arc<TheBus>, Received<M>) -> F,
    ) -> Result<T, Status>
    where
        M: Subject,
        T: Send + 'static,
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let arrival = Arrival::of((&call.realm, &call.current), kind, &mut message).await?;
        let answer = self.work(kind, call, message, use_case).await;
        arrival.answered().await?;
        answer
    }

    async fn work<M, T, F>(
        &self,
        kind: &'static str,
        call: &Call,
        message: M,
        use_case: impl FnOnce(Arc<TheBus>, Received<M>) -> F,
    ) -> Result<T, Status>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        // Until the use case has ended: whoever saves or restores the realm waits for it.
        let inside = call.realm.gate.enter().map_err(rescue::rejected)?;
        // Held until the answer or until the transport drops us, whichever is first.
        let (_presence, caller) = caller();
        let received = Received {
            message,
            session_id: call.exchange.session_id.clone(),
            client_certificate: call.client_certificate,
            arrived: call.arrived,
            deadline: call.deadline,
            caller,
            trace_id: call.current.trace.trace_id().to_owned(),
        };
        let span = tracing::info_span!(
            "message",
            kind,
            message_id = %call.exchange.message_id,
            session_id = %call.exchange.session_id,
            trace_id = call.current.trace.trace_id(),
            session = call.realm.session.as_ref().map_or("", SessionKey::as_str),
        );
        let permit = self.running.clone().acquire_owned().await;
        let work = use_case(call.realm.bus.clone(), received);
        let work = CURRENT.scope(call.current.clone(), work).instrument(span);
        let work = async move {
            let _permit = (permit, inside);
            work.await
        };
        match tokio::spawn(work).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(failure)) => {
                decided_by_check(&failure, &call.current);
                Err(rescue::failure(failure, &Self::context(call)))
            }
            // A panic is a bug of ours; a cancelled task means that the runtime is going down.
            Err(error) if error.is_cancelled() => Err(rescue::rejected(Rejection::BusDraining)),
            Err(error) => Err(rescue::incident(&error, &Self::context(call))),
        }
    }
}

impl Call {
    /// The present instant on the virtual clock of its bus.
    pub(crate) fn now(&self) -> eush_domain::Timestamp {
        self.realm.clock.now()
    }
}

/// A refusal before any agency was called is a check's.
fn decided_by_check(failure: &Failure, current: &Current) {
    if let Failure::Refused(refusal) = failure
        && current.decided_by().is_none()
    {
        current.decide(format!("check/{}", refusal.rejection.facts().stage.name()));
    }
}

/// A sender's text for logs and answers: at most 64 characters, none of them control characters.
fn shown(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(64).collect()
}

/// The caller's deadline: up to eight digits and a unit (gRPC over HTTP/2, `Timeout`). Unreadable means none, as in tonic.
fn grpc_timeout(metadata: &MetadataMap) -> Option<Duration> {
    let text = metadata.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(value * 3600)),
        "M" => Some(Duration::from_secs(value * 60)),
        "S" => Some(Duration::from_secs(value)),
        "m" => Some(Duration::from_millis(value)),
        "u" => Some(Duration::from_micros(value)),
        "n" => Some(Duration::from_nanos(value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_deadline_header() {
        let read = |text: &'static str| {
            let mut metadata = MetadataMap::new();
            metadata.insert("grpc-timeout", text.parse().unwrap());
            grpc_timeout(&metadata)
        };
        assert_eq!(read("1500m"), Some(Duration::from_millis(1500)));
        assert_eq!(read("2S"), Some(Duration::from_secs(2)));
        assert_eq!(read("99999999H"), Some(Duration::from_secs(99_999_999 * 3600)));
        for bad in ["", "S", "1", "123456789S", "-1S", "1x"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn shown_texts_are_short_and_plain() {
        assert_eq!(shown(&"a\nb".repeat(60)).len(), 64);
        assert!(!shown("a\nb\u{1b}[31m").contains(['\n', '\u{1b}']));
    }
}
