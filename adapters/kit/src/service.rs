//! The agency service over an [`Agency`]: reads, counts, behaves, remembers, signs, calls back.

use std::sync::{Arc, Mutex, PoisonError};

use eush_domain::synthetic::magic;
use eush_domain::{MessageId, ServiceId, Text};
use eush_wire::adapter::v1 as wire;
use eush_wire::adapter::v1::agency_service_server::AgencyService;
use eush_wire::bus::v1 as bus;
use eush_wire::management::v1::{AgencyCallRecord, Behaviour};
use prost::{Message as _, Name as _};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use tracing::Instrument as _;

use crate::agency::{
    Agency, AgencyFault, Answer, Context, Decision, Delivery, Description, Outcome, PayloadOrigin, Question,
    Refusal, RefusalReason, ResultDraft, ServiceKind, Verdict,
};
use crate::answers::{Answers, ContentDigest};
use crate::behaviour::Behaviours;
use crate::call::CallContext;
use crate::convert::{Party, text_to_wire, time_from_wire, time_to_wire};
use crate::gateway::GatewayLink;
use crate::journal::{CallJournal, OpenCall};
use crate::people::Played;
use crate::realm::Realms;
use crate::signer::{Signer, SignerError};
use crate::workplace::UseJournal;

/// Content type of a signed result.
const RESULT_TYPE: &str = "application/x-protobuf; message=eush.bus.v1.ResultDocument";

/// State shared by an agency's services: what it keeps for the shared bus, or for one test session.
pub(crate) struct Shared {
    /// As the population is.
    pub(crate) agency: Arc<dyn Agency>,
    /// As the bus says of people.
    pub(crate) played: Played,
    pub(crate) description: Description,
    pub(crate) journal: CallJournal,
    pub(crate) uses: UseJournal,
    pub(crate) answers: Answers,
    pub(crate) behaviours: Behaviours,
    pub(crate) signer: Arc<Signer>,
    pub(crate) gateway: Option<GatewayLink>,
    pub(crate) stopping: CancellationToken,
    pub(crate) life: Life,
}

/// From one beginning of the process to the next, for the callers of one session.
#[derive(Default)]
pub(crate) struct Life(Mutex<CancellationToken>);

impl Life {
    /// Cancelled when this life ends.
    pub(crate) fn token(&self) -> CancellationToken {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends this life and begins another.
    fn end(&self) {
        let mut life = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *life).cancel();
    }
}

/// The service.
#[derive(Clone)]
pub(crate) struct Serving(pub(crate) Arc<Realms>);

/// What is left to do after the behaviour in force had its say.
enum Course {
    /// Answer as the agency does.
    AsItself,
    /// Answer for another message.
    Nonsense,
    /// Take the delivery; refuse when its term has passed.
    Refusing,
}

/// What a provider says that was told to refuse.
const REFUSED: Text = Text {
    kk: "Өтініш қаралды, қызмет көрсетуден дәлелді бас тартылды.",
    ru: "Заявление рассмотрено, в оказании услуги мотивированно отказано.",
    en: "The application was considered and refused with reasons.",
};

#[tonic::async_trait]
impl AgencyService for Serving {
    async fn describe(
        &self,
        _request: Request<wire::DescribeRequest>,
    ) -> Result<Response<wire::DescribeResponse>, Status> {
        Ok(Response::new(describe(&self.0.trunk().description)))
    }

    async fn lookup(
        &self,
        request: Request<wire::LookupRequest>,
    ) -> Result<Response<wire::LookupResponse>, Status> {
        let call = CallContext::from_metadata(request.metadata());
        let request = request.into_inner();
        let context = context(request.delivery.as_ref())?;
        let span = self.span("lookup", &context, &call);
        self.0.of(&call).lookup(context, request, &call).instrument(span).await.map(Response::new)
    }

    async fn deliver(
        &self,
        request: Request<wire::DeliverRequest>,
    ) -> Result<Response<wire::DeliverResponse>, Status> {
        let call = CallContext::from_metadata(request.metadata());
        let request = request.into_inner();
        let context = context(request.delivery.as_ref())?;
        let span = self.span("deliver", &context, &call);
        self.0.of(&call).deliver(context, request.document, &call).instrument(span).await.map(Response::new)
    }

    async fn notify_term(
        &self,
        request: Request<wire::NotifyTermRequest>,
    ) -> Result<Response<wire::NotifyTermResponse>, Status> {
        let call = CallContext::from_metadata(request.metadata());
        let request = request.into_inner();
        let context = context(request.delivery.as_ref())?;
        let span = self.span("notify_term", &context, &call);
        self.0.of(&call).notify_term(context, request, &call).instrument(span).await?;
        Ok(Response::new(wire::NotifyTermResponse {}))
    }
}

impl Serving {
    // Ids only: payloads and numbers of people never reach a log.
    fn span(&self, call: &'static str, context: &Context, trace: &CallContext) -> tracing::Span {
        tracing::info_span!(
            "agency",
            call,
            agency = self.0.trunk().description.agency,
            message_id = context.message_id.as_str(),
            service_id = context.service_id.as_str(),
            attempt = context.attempt,
            trace_id = trace.trace_id(),
            session = trace.session().map_or("", |session| session.as_str()),
        )
    }
}

impl Shared {
    /// Loses what a process loses that ends and begins again. What it counted stays: that is the observer's, not the
    /// agency's; so does how it was told to behave.
    pub(crate) fn begin_again(&self) {
        tracing::info!(agency = self.description.agency, "begins again with empty memory");
        self.answers.reset();
        self.life.end();
    }

    /// The same agency with nothing remembered, for a test session.
    pub(crate) fn beside(&self) -> Self {
        Self {
            agency: Arc::clone(&self.agency),
            played: Played::default(),
            description: self.description.clone(),
            journal: CallJournal::default(),
            uses: UseJournal::default(),
            answers: Answers::default(),
            behaviours: Behaviours::default(),
            signer: Arc::clone(&self.signer),
            gateway: self.gateway.clone(),
            stopping: self.stopping.clone(),
            life: Life::default(),
        }
    }

    fn offers(&self, service: &ServiceId, kind: ServiceKind) -> bool {
        self.description
            .services
            .iter()
            .any(|offered| offered.service_id == service.as_str() && offered.kind == kind)
    }

    fn open(&self, kind: &'static str, context: &Context) -> OpenCall {
        let known =
            self.description.services.iter().any(|service| service.service_id == context.service_id.as_str());
        let record = AgencyCallRecord {
            message_id: context.message_id.as_str().to_owned(),
            service_id: context.service_id.as_str().to_owned(),
            kind: kind.to_owned(),
            bus_time: Some(time_to_wire(context.bus_time)),
            outcome: String::new(),
            attempt: context.attempt,
            application_id: context.application_id.clone(),
        };
        self.journal.open(record, known)
    }

    async fn behave(&self, message: &MessageId) -> Result<Course, Status> {
        match self.behaviours.of(message.as_str()) {
            Behaviour::Unspecified | Behaviour::Normal => Ok(Course::AsItself),
            Behaviour::Nonsense => Ok(Course::Nonsense),
            Behaviour::Refusing => Ok(Course::Refusing),
            Behaviour::Down => Err(Status::unavailable("the agency is down, as it was told to be")),
            Behaviour::Slow => {
                // The caller's deadline or departure drops this future; shutdown must not wait for either.
                self.stopping.cancelled().await;
                Err(Status::unavailable("the agency is stopping"))
            }
        }
    }

    /// The agency as the call's bus says of people.
    pub(crate) async fn agency(&self, call: &CallContext) -> Result<Arc<dyn Agency>, Status> {
        self.played.agency(&self.agency, self.gateway.as_ref(), call).await
    }

    async fn lookup(
        &self,
        context: Context,
        request: wire::LookupRequest,
        call: &CallContext,
    ) -> Result<wire::LookupResponse, Status> {
        let open = self.open("lookup", &context);
        let answer = self.looked_up(context, request, call).await;
        match &answer {
            Ok(wire::LookupResponse { outcome: Some(wire::lookup_response::Outcome::Found(_)), .. }) => {
                open.finish("present");
            }
            Ok(_) => open.finish("absent"),
            Err(status) => open.finish(outcome_of(status)),
        }
        answer
    }

    async fn looked_up(
        &self,
        context: Context,
        request: wire::LookupRequest,
        call: &CallContext,
    ) -> Result<wire::LookupResponse, Status> {
        let message_id = match self.behave(&context.message_id).await? {
            Course::AsItself | Course::Refusing => context.message_id.as_str().to_owned(),
            Course::Nonsense => other_message(&context.message_id),
        };
        if !self.offers(&context.service_id, ServiceKind::Lookup) {
            return Err(not_offered(&context.service_id, "lookup"));
        }
        let about = Party::from_wire(request.about.as_ref(), "about")
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        let question = Question { context, about, request: request.request };
        let outcome = match self.agency(call).await?.lookup(&question).await.map_err(fault)? {
            Answer::Found(entry) => wire::lookup_response::Outcome::Found(entry),
            Answer::Absent => wire::lookup_response::Outcome::Absent(wire::Absent {}),
        };
        tracing::info!(present = matches!(outcome, wire::lookup_response::Outcome::Found(_)), "looked up");
        Ok(wire::LookupResponse { message_id, outcome: Some(outcome) })
    }

    async fn deliver(
        &self,
        context: Context,
        document: Option<bus::SignedDocument>,
        call: &CallContext,
    ) -> Result<wire::DeliverResponse, Status> {
        let open = self.open("deliver", &context);
        let answer = self.delivered(context, document, call).await;
        let outcome = match &answer {
            Ok(answer) => match answer.decision {
                Some(wire::deliver_response::Decision::Accepted(_)) => "accepted",
                Some(wire::deliver_response::Decision::Refusal(_)) => "refused",
                Some(wire::deliver_response::Decision::Result(_)) => "result",
                None => "nothing",
            },
            Err(status) => outcome_of(status),
        };
        tracing::info!(outcome, "delivered");
        open.finish(outcome);
        answer
    }

    async fn delivered(
        &self,
        context: Context,
        document: Option<bus::SignedDocument>,
        call: &CallContext,
    ) -> Result<wire::DeliverResponse, Status> {
        if let Course::Nonsense = self.behave(&context.message_id).await? {
            return Ok(wire::DeliverResponse {
                message_id: other_message(&context.message_id),
                registration: None,
                decision: Some(wire::deliver_response::Decision::Accepted(wire::Accepted {})),
            });
        }
        if !self.offers(&context.service_id, ServiceKind::Delivery) {
            return Err(not_offered(&context.service_id, "delivery"));
        }
        let signed =
            document.ok_or_else(|| Status::invalid_argument("`document`: expected a signed document"))?;
        let digest = ContentDigest::of(context.service_id.as_str(), &signed);
        let slot = self.answers.slot(&context.message_id, digest).map_err(|_| {
            Status::already_exists(format!("`{}` came before with another document", context.message_id))
        })?;
        let answer = slot.answer.get_or_try_init(|| self.decide(context, signed, call)).await?;
        Ok(answer.clone())
    }

    async fn decide(
        &self,
        context: Context,
        signed: bus::SignedDocument,
        call: &CallContext,
    ) -> Result<wire::DeliverResponse, Status> {
        let delivery = delivery(context, signed)?;
        let Decision { registration, verdict } =
            self.agency(call).await?.deliver(&delivery).await.map_err(fault)?;
        let decision = match verdict {
            Verdict::Accepted => wire::deliver_response::Decision::Accepted(wire::Accepted {}),
            Verdict::Refused(refusal) => wire::deliver_response::Decision::Refusal(refusal_to_wire(refusal)),
            Verdict::Completed(draft) => {
                wire::deliver_response::Decision::Result(self.sign_result(&delivery, *draft, call).await?)
            }
        };
        Ok(wire::DeliverResponse {
            message_id: delivery.context.message_id.as_str().to_owned(),
            registration: registration.map(|entry| wire::Registration {
                number: entry.number,
                registered_at: Some(time_to_wire(entry.registered_at)),
            }),
            decision: Some(decision),
        })
    }

    async fn notify_term(
        &self,
        context: Context,
        request: wire::NotifyTermRequest,
        call: &CallContext,
    ) -> Result<(), Status> {
        // A term is no call, so it is not counted; an agency that is down or slow is so for terms too.
        let course = self.behave(&context.message_id).await?;
        if !self.offers(&context.service_id, ServiceKind::Delivery) {
            return Err(not_offered(&context.service_id, "delivery"));
        }
        let signed =
            request.document.ok_or_else(|| Status::invalid_argument("`document`: expected the delivery"))?;
        let due_at = time_from_wire(request.due_at.as_ref())
            .ok_or_else(|| Status::invalid_argument("`due_at`: expected an instant"))?;
        let delivery = delivery(context, signed)?;
        let decided = match course {
            Course::AsItself | Course::Nonsense if !refuses(&delivery.applicant) => {
                self.agency(call).await?.term_due(&delivery, due_at).await.map_err(fault)?
            }
            Course::AsItself | Course::Nonsense | Course::Refusing => {
                Outcome::Refused(Refusal { reason: RefusalReason::Reasoned, text: REFUSED.into() })
            }
        };
        let outcome = match decided {
            Outcome::Later => return Ok(()),
            Outcome::Refused(refusal) => {
                bus::complete_delivery_request::Outcome::Refusal(refusal_to_wire(refusal))
            }
            Outcome::Completed(draft) => bus::complete_delivery_request::Outcome::Result(
                self.sign_result(&delivery, *draft, call).await?,
            ),
        };
        let gateway = self
            .gateway
            .as_ref()
            .ok_or_else(|| Status::failed_precondition("no gateway is linked, so nothing can be answered"))?;
        gateway.complete(&delivery.context, outcome, call).await?;
        tracing::info!("completed");
        Ok(())
    }

    async fn sign_result(
        &self,
        delivery: &Delivery,
        draft: ResultDraft,
        call: &CallContext,
    ) -> Result<bus::SignedDocument, Status> {
        let at = delivery.context.bus_time;
        let document = bus::ResultDocument {
            message_id: delivery.context.message_id.as_str().to_owned(),
            application_id: delivery.context.application_id.clone(),
            regulation_id: delivery.context.regulation_id.clone(),
            applicant: Some(delivery.applicant.to_wire()),
            provider_bin: draft.provider.digits().to_owned(),
            kind: draft.kind.to_owned(),
            title: Some(text_to_wire(draft.title)),
            body: Some(draft.body),
            issued_at: Some(time_to_wire(at)),
        };
        let content = document.encode_to_vec();
        let signature = self.signer.sign(&draft.signatory, &content, at, call).await.map_err(|error| {
            tracing::error!(%error, "the result could not be signed");
            match error {
                SignerError::Enroll { .. } => Status::unavailable("the certificate services did not answer"),
                SignerError::Unlinked => Status::failed_precondition("no certificate services are linked"),
                SignerError::Answer { .. } | SignerError::Sign { .. } => {
                    Status::internal("the result could not be signed")
                }
            }
        })?;
        Ok(bus::SignedDocument { content: content.into(), content_type: RESULT_TYPE.to_owned(), signature })
    }
}

/// Whether this is one of the people whose number makes every provider refuse them.
fn refuses(applicant: &Party) -> bool {
    match applicant {
        Party::Individual(iin) => magic::provider_refuses(iin),
        Party::Organization(_) => false,
    }
}

fn context(info: Option<&wire::DeliveryInfo>) -> Result<Context, Status> {
    let info = info.ok_or_else(|| Status::invalid_argument("`delivery`: expected what the bus says"))?;
    let wrong = |field: &str, error: &dyn std::fmt::Display| {
        Status::invalid_argument(format!("`delivery.{field}`: {error}"))
    };
    Ok(Context {
        message_id: MessageId::parse(&info.message_id).map_err(|error| wrong("message_id", &error))?,
        application_id: info.application_id.clone(),
        service_id: ServiceId::parse(&info.service_id).map_err(|error| wrong("service_id", &error))?,
        regulation_id: info.regulation_id.clone(),
        channel: channel(info.channel),
        bus_time: time_from_wire(info.bus_time.as_ref())
            .ok_or_else(|| wrong("bus_time", &"expected an instant"))?,
        attempt: info.attempt,
        sender_id: info.sender_id.clone(),
        profile: info.profile.clone(),
    })
}

fn channel(channel: i32) -> Option<eush_domain::Channel> {
    match bus::Channel::try_from(channel).ok()? {
        bus::Channel::Unspecified => None,
        bus::Channel::Portal => Some(eush_domain::Channel::Portal),
        bus::Channel::StateCorporation => Some(eush_domain::Channel::StateCorporation),
        bus::Channel::Provider => Some(eush_domain::Channel::Provider),
        bus::Channel::Psc => Some(eush_domain::Channel::Psc),
        bus::Channel::Akim => Some(eush_domain::Channel::Akim),
    }
}

fn delivery(context: Context, signed: bus::SignedDocument) -> Result<Delivery, Status> {
    let document = bus::Document::decode(signed.content.clone()).map_err(|_| {
        Status::invalid_argument(format!("`document.content`: expected a {}", bus::Document::full_name()))
    })?;
    if document.message_id != context.message_id.as_str() {
        return Err(Status::invalid_argument("`document.content`: it was signed for another message"));
    }
    let applicant = Party::from_wire(document.applicant.as_ref(), "document.content.applicant")
        .map_err(|error| Status::invalid_argument(error.to_string()))?;
    Ok(Delivery { context, document, applicant, signed })
}

fn describe(description: &Description) -> wire::DescribeResponse {
    let services = description.services.iter().map(|service| wire::ServiceDescription {
        service_id: service.service_id.to_owned(),
        kind: match service.kind {
            ServiceKind::Delivery => wire::ServiceKind::Delivery.into(),
            ServiceKind::Lookup => wire::ServiceKind::Lookup.into(),
        },
        request_type: service.request_type.clone(),
        response_type: service.response_type.clone(),
        name: Some(text_to_wire(service.name.clone())),
        required_attachments: service.required_attachments.iter().map(|&kind| kind.to_owned()).collect(),
    });
    wire::DescribeResponse {
        agency: description.agency.to_owned(),
        name: Some(text_to_wire(description.name.clone())),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        services: services.collect(),
        payload_origin: match description.payload_origin {
            PayloadOrigin::PublicFieldNames => wire::PayloadOrigin::PublicFieldNames.into(),
            PayloadOrigin::SimulatorDefined => wire::PayloadOrigin::SimulatorDefined.into(),
        },
    }
}

fn refusal_to_wire(refusal: Refusal) -> bus::ProviderRefusal {
    let reason = match refusal.reason {
        RefusalReason::DocumentsNotConforming => bus::ProviderRefusalReason::DocumentsNotConforming,
        RefusalReason::GroundsNotMet => bus::ProviderRefusalReason::GroundsNotMet,
        RefusalReason::Reasoned => bus::ProviderRefusalReason::Reasoned,
    };
    bus::ProviderRefusal { reason: reason.into(), text: Some(text_to_wire(refusal.text)) }
}

pub(crate) fn fault(fault: AgencyFault) -> Status {
    match &fault {
        AgencyFault::Malformed { .. } => Status::invalid_argument(fault.to_string()),
        AgencyFault::NotOffered { .. } => Status::not_found(fault.to_string()),
        AgencyFault::RecordMissing { .. } => {
            tracing::error!(%fault, "the agency's records are not whole");
            Status::internal(fault.to_string())
        }
    }
}

fn not_offered(service: &ServiceId, kind: &'static str) -> Status {
    fault(AgencyFault::NotOffered { service: service.as_str().to_owned(), kind })
}

/// An id that no caller asked about.
fn other_message(id: &MessageId) -> String {
    let mut other: String = id.as_str().chars().rev().take(54).collect();
    other.push_str("-nonsense");
    other
}

/// What the journal says of a failed call.
pub(crate) fn outcome_of(status: &Status) -> &'static str {
    const OUTCOMES: [(tonic::Code, &str); 4] = [
        (tonic::Code::Unavailable, "unavailable"),
        (tonic::Code::AlreadyExists, "message id reused"),
        (tonic::Code::NotFound, "not offered"),
        (tonic::Code::InvalidArgument, "malformed"),
    ];
    OUTCOMES.iter().find(|(code, _)| *code == status.code()).map_or("failed", |(_, outcome)| outcome)
}
