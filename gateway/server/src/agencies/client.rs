//! Agencies over gRPC: the last link of the chain.
//!
//! Connections are made on first need and made again after they break. Each call carries what is left of the caller's
//! deadline, the trace and the test session; dropping the call cancels it at the agency. What comes back is read and validated here as far
//! as the wire goes; what it means is the pipeline's.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use eush_acts::model::{Access, Check};
use eush_domain::faults::{self, WireFault};
use eush_domain::synthetic::population::roster;
use eush_domain::{AgencyId, SessionKey};
use eush_faults::Guarded;
use eush_pipeline::application::Registration;
use eush_pipeline::bytes::Payload;
use eush_pipeline::ports::{
    AgencyFailure, AgencyPort, Decision, Delivery, DeliveryAnswer, DeliveryInfo, ManualUse, Question,
    QuestionAnswer, Screen, TermNotice,
};
use eush_pipeline::step::Shown;
use eush_wire::adapter::v1 as wire;
use eush_wire::adapter::v1::agency_service_client::AgencyServiceClient;
use eush_wire::adapter::v1::workplace_service_client::WorkplaceServiceClient;
use eush_wire::management::v1::session_part_service_client::SessionPartServiceClient;
use tonic::metadata::AsciiMetadataValue;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};
use tonic::{Code, Request, Response, Status};

use crate::authority::{InSession, RealmChannel, STATE_BYTES};
use crate::config::{AgencyCalls, Url};
use crate::convert;
use crate::current::{self, CURRENT};
use crate::people::Census;
use crate::trace;

tokio::task_local! {
    /// The fault of its answer that is ordered from the agency with the call that this task makes.
    pub(super) static ORDER: WireFault;
}

/// Why the clients cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("the address of agency `{agency}` cannot be used")]
pub struct AgencyAddressError {
    /// Agency.
    pub agency: AgencyId,
    /// Why.
    #[source]
    pub source: tonic::transport::Error,
}

/// Clients of every configured agency.
#[derive(Clone, Debug)]
pub(crate) struct TonicAgencies {
    clients: Arc<BTreeMap<AgencyId, AgencyServiceClient<Guarded>>>,
    channels: Arc<BTreeMap<AgencyId, Guarded>>,
    endpoints: Arc<BTreeMap<AgencyId, Endpoint>>,
    message_bytes: usize,
    /// Told to agencies with every call; `None` on the shared bus.
    session: Option<SessionKey>,
    /// Agencies are told with every call what is said of people; `None` where nobody is called.
    people: Option<Arc<Census>>,
}

impl TonicAgencies {
    /// Makes the clients; connects to nobody yet.
    pub(crate) fn new(
        addresses: &BTreeMap<AgencyId, Url>,
        calls: &AgencyCalls,
        authorities: Option<&str>,
        message_bytes: usize,
    ) -> Result<Self, AgencyAddressError> {
        let endpoint = |(agency, url): (&AgencyId, &Url)| {
            let endpoint = endpoint(url, calls.connect_timeout.get(), authorities)
                .map_err(|source| AgencyAddressError { agency: agency.clone(), source })?;
            Ok((agency.clone(), endpoint))
        };
        let endpoints: BTreeMap<_, _> = addresses.iter().map(endpoint).collect::<Result<_, _>>()?;
        Ok(Self::over(Arc::new(endpoints), message_bytes))
    }

    fn over(endpoints: Arc<BTreeMap<AgencyId, Endpoint>>, message_bytes: usize) -> Self {
        let channel = |(agency, endpoint): (&AgencyId, &Endpoint)| {
            (agency.clone(), Guarded::from(endpoint.connect_lazy()))
        };
        let client = |channel: &Guarded| {
            AgencyServiceClient::new(channel.clone())
                .max_decoding_message_size(message_bytes)
                .max_encoding_message_size(message_bytes)
        };
        let channels: BTreeMap<_, _> = endpoints.iter().map(channel).collect();
        let clients = channels.iter().map(|(agency, channel)| (agency.clone(), client(channel))).collect();
        Self {
            clients: Arc::new(clients),
            channels: Arc::new(channels),
            endpoints,
            message_bytes,
            session: None,
            people: None,
        }
    }

    /// Clients of one realm. A session has connections of its own: a fault that cuts one is then nothing to anybody else.
    pub(crate) fn of_realm(&self, session: Option<SessionKey>, people: Arc<Census>) -> Self {
        let clients = match &session {
            None => self.clone(),
            Some(_) => Self::over(self.endpoints.clone(), self.message_bytes),
        };
        Self { session, people: Some(people), ..clients }
    }

    /// What each agency keeps for a session.
    pub(crate) fn parts(
        &self,
        session: Option<&SessionKey>,
    ) -> impl Iterator<Item = (AgencyId, SessionPartServiceClient<RealmChannel>)> {
        let session = InSession::of(session);
        self.channels.iter().map(move |(agency, channel)| {
            let channel = InterceptedService::new(channel.clone(), session.clone());
            let client = SessionPartServiceClient::new(channel)
                .max_decoding_message_size(STATE_BYTES)
                .max_encoding_message_size(STATE_BYTES);
            (agency.clone(), client)
        })
    }

    fn client(&self, agency: &AgencyId) -> Result<AgencyServiceClient<Guarded>, AgencyFailure> {
        self.clients
            .get(agency)
            .cloned()
            .ok_or_else(|| AgencyFailure::Unavailable("no address is configured".to_owned()))
    }

    /// Makes a call within the patience, with deadline, trace and session. What comes back is the agency's decision.
    async fn call<M, T>(
        &self,
        agency: &AgencyId,
        message: M,
        patience: Duration,
        make: impl AsyncFnOnce(Request<M>) -> Result<Response<T>, Status>,
    ) -> Result<T, AgencyFailure> {
        current::decide(format!("agency/{agency}"));
        self.made(message, patience, make).await
    }

    /// The same without a decision: somebody looks at a screen, and decides by themselves.
    async fn made<M, T>(
        &self,
        message: M,
        patience: Duration,
        make: impl AsyncFnOnce(Request<M>) -> Result<Response<T>, Status>,
    ) -> Result<T, AgencyFailure> {
        let mut request = Request::new(message);
        request.set_timeout(patience);
        let onward = CURRENT.try_with(|current| current.trace.onward()).ok();
        let people = self.people.as_ref().map(|people| people.now());
        let roster = people.as_ref().map(|now| now.revision.as_str()).filter(|revision| !revision.is_empty());
        for (name, value) in [
            (roster::HEADER, roster),
            (trace::HEADER, onward.as_deref()),
            (SessionKey::HEADER, self.session.as_ref().map(SessionKey::as_str)),
        ] {
            if let Some(value) = value.and_then(|value| AsciiMetadataValue::try_from(value).ok()) {
                request.metadata_mut().insert(name, value);
            }
        }
        if let Ok(fault) = ORDER.try_with(WireFault::to_string)
            && let Ok(order) = AsciiMetadataValue::try_from(fault)
        {
            request.metadata_mut().insert(faults::order::HEADER, order);
        }
        match tokio::time::timeout(patience, make(request)).await {
            Err(_) => Err(AgencyFailure::Timeout),
            Ok(Ok(response)) => Ok(response.into_inner()),
            Ok(Err(status)) => Err(failure(&status)),
        }
    }
}

/// A channel that connects on first need.
pub(crate) fn channel(
    url: &Url,
    connect_timeout: Duration,
    authorities: Option<&str>,
) -> Result<Guarded, tonic::transport::Error> {
    Ok(endpoint(url, connect_timeout, authorities)?.connect_lazy().into())
}

fn endpoint(
    url: &Url,
    connect_timeout: Duration,
    authorities: Option<&str>,
) -> Result<Endpoint, tonic::transport::Error> {
    let endpoint = Endpoint::from(url.uri().clone()).connect_timeout(connect_timeout).tcp_nodelay(true);
    Ok(match (url.uri().scheme_str(), authorities) {
        (Some("https"), Some(pem)) => {
            endpoint.tls_config(ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)))?
        }
        (Some("https"), None) => endpoint.tls_config(ClientTlsConfig::new())?,
        _ => endpoint,
    })
}

/// What a status of an agency comes to.
pub(super) fn failure(status: &Status) -> AgencyFailure {
    let says = || format!("{:?}", status.code());
    // An error of the transport has a source; the same code sent by the agency has none.
    let transport = std::error::Error::source(status).is_some();
    match status.code() {
        Code::Cancelled | Code::DeadlineExceeded => AgencyFailure::Timeout,
        Code::Unavailable | Code::ResourceExhausted => AgencyFailure::Unavailable(says()),
        Code::Unknown | Code::Internal if transport || broke_off(status) => {
            AgencyFailure::Unavailable(says())
        }
        Code::Aborted
        | Code::AlreadyExists
        | Code::DataLoss
        | Code::FailedPrecondition
        | Code::Internal
        | Code::InvalidArgument
        | Code::NotFound
        | Code::Ok
        | Code::OutOfRange
        | Code::PermissionDenied
        | Code::Unauthenticated
        | Code::Unimplemented
        | Code::Unknown => AgencyFailure::AnswerInvalid(format!("status {}", says())),
    }
}

/// Whether an answer ended before its end: a message shorter than it says, or no status. The agency may well have taken the
/// call, and asking again under the same message id finds out. tonic gives such a status no source, only these words; the
/// end-to-end tests hold it to them.
fn broke_off(status: &Status) -> bool {
    let words = status.message();
    ["Missing response message", "Unexpected EOF decoding stream", "missing grpc-status trailer"]
        .iter()
        .any(|known| words.contains(known))
}

fn info(info: &DeliveryInfo) -> wire::DeliveryInfo {
    wire::DeliveryInfo {
        message_id: info.message_id.as_str().to_owned(),
        application_id: info.application.as_ref().map_or("", |id| id.as_str()).to_owned(),
        service_id: info.service.as_str().to_owned(),
        regulation_id: info.regulation.as_ref().map_or("", |id| id.as_str()).to_owned(),
        channel: info.channel.map_or(eush_wire::bus::v1::Channel::Unspecified, convert::channel).into(),
        bus_time: Some(convert::timestamp(info.bus_time)),
        attempt: info.attempt,
        sender_id: info.sender.as_str().to_owned(),
        profile: info.profile.name().to_owned(),
    }
}

/// A question as it goes to the register.
pub(crate) fn lookup_request(question: &Question) -> wire::LookupRequest {
    wire::LookupRequest {
        delivery: Some(info(&question.info)),
        about: Some(convert::party(question.about)),
        request: Some(convert::any(&question.request)),
    }
}

/// A delivery as it goes to the agency.
pub(crate) fn deliver_request(delivery: &Delivery) -> wire::DeliverRequest {
    wire::DeliverRequest {
        delivery: Some(info(&delivery.info)),
        document: Some(convert::signed(&delivery.document)),
    }
}

/// A payload whose type can be told: an `Any` names its type after the last slash (google/protobuf/any.proto).
fn readable(any: prost_types::Any) -> Result<Payload, AgencyFailure> {
    let name = any.type_url.rsplit_once('/').map(|(_, name)| name).unwrap_or_default();
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if name.split('.').all(part) {
        Ok(convert::payload(any))
    } else {
        Err(AgencyFailure::AnswerInvalid("the payload names no type".to_owned()))
    }
}

pub(super) fn question_answer(answer: wire::LookupResponse) -> Result<QuestionAnswer, AgencyFailure> {
    use wire::lookup_response::Outcome;
    let found = match answer.outcome {
        None => return Err(AgencyFailure::AnswerInvalid("neither found nor absent".to_owned())),
        Some(Outcome::Found(any)) => Some(readable(any)?),
        Some(Outcome::Absent(wire::Absent {})) => None,
    };
    Ok(QuestionAnswer { message_id: answer.message_id, found })
}

pub(super) fn delivery_answer(answer: wire::DeliverResponse) -> Result<DeliveryAnswer, AgencyFailure> {
    use wire::deliver_response::Decision as Decided;
    let decision = match answer.decision {
        None => return Err(AgencyFailure::AnswerInvalid("no decision".to_owned())),
        Some(Decided::Accepted(wire::Accepted {})) => Decision::Accepted,
        Some(Decided::Refusal(refusal)) => {
            let refusal = convert::provider_refusal(refusal)
                .ok_or_else(|| AgencyFailure::AnswerInvalid("a refusal without a reason".to_owned()))?;
            Decision::Refused(refusal)
        }
        Some(Decided::Result(document)) => Decision::Result(convert::result_document(document)),
    };
    let registration = answer.registration.map(|registration| {
        let at = registration.registered_at.as_ref().and_then(convert::instant);
        let at =
            at.ok_or_else(|| AgencyFailure::AnswerInvalid("a registration without a time".to_owned()))?;
        Ok(Registration { number: registration.number, at })
    });
    Ok(DeliveryAnswer { message_id: answer.message_id, registration: registration.transpose()?, decision })
}

fn screen(use_id: &str, answer: wire::UseResponse) -> Result<Screen, AgencyFailure> {
    use wire::use_response::Shown as Told;
    if answer.use_id != use_id {
        return Err(AgencyFailure::AnswerInvalid("the answer is for another use".to_owned()));
    }
    let shown = match answer.shown {
        None => return Err(AgencyFailure::AnswerInvalid("neither an entry nor nothing".to_owned())),
        Some(Told::Entry(entry)) => readable(entry).map(|_| Shown::Entry)?,
        Some(Told::Nothing(wire::NothingShown {})) => Shown::Nothing,
    };
    let check = |name: &String| Check::ALL.into_iter().find(|check| check.name() == name);
    let failing: Option<Vec<Check>> = answer.failing.iter().map(check).collect();
    let failing = failing.ok_or_else(|| AgencyFailure::AnswerInvalid("a check of no act".to_owned()))?;
    Ok(Screen { shown, failing })
}

impl AgencyPort for TonicAgencies {
    async fn lookup(
        &self,
        agency: &AgencyId,
        question: Question,
        patience: Duration,
    ) -> Result<QuestionAnswer, AgencyFailure> {
        let mut client = self.client(agency)?;
        let message = lookup_request(&question);
        self.call(agency, message, patience, async |request| client.lookup(request).await)
            .await
            .and_then(question_answer)
    }

    async fn deliver(
        &self,
        agency: &AgencyId,
        delivery: Delivery,
        patience: Duration,
    ) -> Result<DeliveryAnswer, AgencyFailure> {
        let mut client = self.client(agency)?;
        let message = deliver_request(&delivery);
        self.call(agency, message, patience, async |request| client.deliver(request).await)
            .await
            .and_then(delivery_answer)
    }

    async fn notify_term(
        &self,
        agency: &AgencyId,
        term: TermNotice,
        patience: Duration,
    ) -> Result<(), AgencyFailure> {
        let mut client = self.client(agency)?;
        let message = wire::NotifyTermRequest {
            delivery: Some(info(&term.info)),
            document: Some(convert::signed(&term.document)),
            due_at: Some(convert::timestamp(term.due_at)),
        };
        self.call(agency, message, patience, async |request| client.notify_term(request).await)
            .await
            .map(|_| ())
    }

    async fn use_by_hand(
        &self,
        system: &AgencyId,
        manual: ManualUse,
        patience: Duration,
    ) -> Result<Option<Screen>, AgencyFailure> {
        let Some(channel) = self.channels.get(system) else { return Ok(None) };
        let mut client = WorkplaceServiceClient::new(channel.clone());
        let access = match manual.access {
            Access::Read => wire::Access::Read,
            Access::Sign => wire::Access::Sign,
            Access::Write => wire::Access::Write,
        };
        let message = wire::UseRequest {
            use_id: manual.use_id.clone(),
            application_id: manual.application.as_str().to_owned(),
            regulation_id: manual.regulation.as_str().to_owned(),
            channel: convert::channel(manual.channel).into(),
            procedure: manual.procedure,
            reference: manual.reference,
            actor: manual.actor,
            access: access.into(),
            about: manual.about.map(convert::party),
            checks: manual.checks.iter().map(|check| check.name().to_owned()).collect(),
            bus_time: Some(convert::timestamp(manual.at)),
        };
        let mut workplace = true;
        let answer = self
            .made(message, patience, async |request| {
                let answer = client.r#use(request).await;
                // An agency of one's own need not have a screen.
                workplace = !matches!(&answer, Err(status) if status.code() == Code::Unimplemented);
                answer
            })
            .await;
        if workplace { answer.and_then(|answer| screen(&manual.use_id, answer)).map(Some) } else { Ok(None) }
    }
}
