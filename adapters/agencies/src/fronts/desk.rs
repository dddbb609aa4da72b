//! What a front does, call by call: it reports to the gateway and follows what the gateway says next.

use std::time::Duration;

use eush_adapter_kit::{CallContext, GatewayLink, Guarded, Party, Signer, SignerError, time_from_wire};
use eush_domain::synthetic::population::{InformationSystem, Person, Population};
use eush_domain::{Rejection, Timestamp};
use eush_wire::application::v1 as wire;
use eush_wire::bus::v1 as bus;
use eush_wire::bus::v1::gateway_service_client::GatewayServiceClient;
use eush_wire::bus::v1::process_service_client::ProcessServiceClient;
use prost::Message as _;
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;
use tonic::{Status, Streaming};

use super::accounts::{Accounts, Unregistered};
use super::login::{self, Verdict};
use super::people::People;
use super::queries::{self, Entered};
use super::refusal::{pass_on, refuse};
use super::session::{Filled, Session, Sessions, random_id};
use super::{Front, MAX_MESSAGE, Visitor};

/// Longest wait for the gateway where the person's own deadline is not nearer.
const LIMIT: Duration = Duration::from_secs(60);
const QUERY_TYPE: &str = "application/x-protobuf; message=eush.bus.v1.RegisterQuery";

/// A front at work.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) front: Front,
    pub(crate) people: People,
    pub(crate) gateway: GatewayLink,
    pub(crate) signer: Signer,
    pub(crate) sessions: Sessions,
    pub(crate) accounts: Accounts,
    pub(crate) stopping: CancellationToken,
}

/// What the gateway answered to one or several reports.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) status: bus::ApplicationStatus,
    pub(crate) steps: Vec<bus::Step>,
}

impl Progress {
    fn then(&mut self, status: Option<bus::ApplicationStatus>, mut steps: Vec<bus::Step>) {
        if let Some(status) = status {
            self.status = status;
        }
        self.steps.append(&mut steps);
    }

    /// The newest time of the bus that the answers told.
    fn bus_time(&self) -> Option<Timestamp> {
        let opened = time_from_wire(self.status.opened_at.as_ref());
        self.steps.iter().filter_map(|step| time_from_wire(step.at.as_ref())).chain(opened).max()
    }
}

impl Desk {
    /// Log in and pick a public service.
    pub(crate) async fn start(
        &self,
        request: wire::StartRequest,
        call: &CallContext,
    ) -> Result<wire::StartResponse, Status> {
        let registered = request.register;
        let population = self.people.of(&self.gateway, call).await.map_err(pass_on)?;
        if registered {
            self.register(&population, &request.login, &request.password, call)?;
        }
        let verdict = self.check(&population, &request.login, &request.password, call);
        let (person, subject) = match verdict {
            Verdict::Authentic(person) => (Some(person), Party::Individual(person.iin)),
            Verdict::Refused(party) => (None, party),
            Verdict::Unreadable if self.front.visitor == Visitor::Clerk => {
                return Err(refuse(Rejection::LoginRefused, &[]));
            }
            Verdict::Unreadable => {
                return Err(refuse(Rejection::EnvelopeMalformed, &[("login", "12 digits")]));
            }
        };
        // On paper no step asks for a login, and the work begins as soon as the application is opened.
        if person.is_none() && request.applicant.is_some() {
            return Err(refuse(Rejection::LoginRefused, &[]));
        }
        let channel = self.channel(request.channel())?;
        let open = bus::OpenApplicationRequest {
            info: Some(self.info("", "", None)?),
            regulation_id: request.regulation_id,
            channel: channel.into(),
            procedure: request.procedure,
            circumstances: request.circumstances,
            applicant: request.applicant,
            registered,
        };
        let procedure = open.procedure.clone();
        let mut progress = Progress::default();
        let answer = self.process().open_application(call.request(open, "open", LIMIT)).await;
        let answer = answer.map_err(pass_on)?.into_inner();
        progress.then(answer.status, answer.steps);
        if progress.status.next() == bus::NextAction::Authenticate {
            let authentication =
                bus::Authentication { authentic: person.is_some(), subject: Some(subject.to_wire()) };
            let report = bus::report_step_request::Report::Authentication(authentication);
            self.report(&mut progress, report, call).await?;
        } else if person.is_none() {
            // Whatever the process expects first, nobody comes in without a password.
            return Err(refuse(Rejection::LoginRefused, &[]));
        }
        let refused = progress.status.state() == bus::ApplicationState::Refused;
        let front_session = match person.filter(|_| !refused) {
            Some(person) => self.begin(person, &progress, procedure, call)?,
            None => String::new(),
        };
        Ok(wire::StartResponse { status: Some(progress.status), steps: progress.steps, front_session })
    }

    /// Fill the form; ask the registers that the process wants asked; hand out the bytes to sign.
    pub(crate) async fn fill(
        &self,
        request: wire::FillRequest,
        call: &CallContext,
    ) -> Result<wire::FillResponse, Status> {
        let session = self.session(&request.front_session, &request.application_id, call)?;
        let visitor = Party::Individual(session.person);
        let applicant = match (&request.applicant, self.front.visitor) {
            // On the portal the person speaks for themselves where nobody else is named.
            (None, Visitor::Applicant) => visitor,
            (party, Visitor::Applicant | Visitor::Clerk | Visitor::Operator) => {
                readable(party.as_ref(), "applicant")?
            }
        };
        let signer = match &request.signer {
            None => visitor,
            party @ Some(_) => readable(party.as_ref(), "signer")?,
        };
        let message_id = match request.message_id.as_str() {
            "" => self.new_id()?,
            chosen => chosen.to_owned(),
        };
        let mut progress = Progress::default();
        progress.status.application_id.clone_from(&session.application_id);
        let report = bus::report_step_request::Report::FormCompletion(bus::FormCompletion {
            applicant: Some(applicant.to_wire()),
            representative: request.representative.clone(),
        });
        self.report(&mut progress, report, call).await?;
        if progress.status.next() == bus::NextAction::LookUp {
            let entered = Entered { applicant, representative: request.representative.as_ref() };
            let at = progress.bus_time().or(session.bus_time);
            self.look_up(&mut progress, entered, at, call).await?;
        }
        let bus_time = progress.bus_time().or(session.bus_time);
        let mut document_to_sign = Vec::new();
        let ready = matches!(progress.status.next(), bus::NextAction::SignAndSend | bus::NextAction::Sign);
        if ready {
            let document = bus::Document {
                message_id: message_id.clone(),
                regulation_id: progress.status.regulation_id.clone(),
                channel: match self.front.channels {
                    [only] => wire_channel(*only).into(),
                    _ => progress.status.channel,
                },
                applicant: Some(applicant.to_wire()),
                signer: Some(signer.to_wire()),
                representative: request.representative,
                form: request.form,
                attachments: request.attachments,
                procedure: session.procedure.clone(),
            };
            document_to_sign = document.encode_to_vec();
        }
        let service_id = progress.status.service_id.clone();
        self.sessions.update(&request.front_session, |session| {
            session.bus_time = bus_time;
            session.filled = ready.then(|| Filled { message_id: message_id.clone(), service_id });
        });
        Ok(wire::FillResponse {
            status: Some(progress.status),
            steps: progress.steps,
            document_to_sign,
            message_id,
        })
    }

    /// Send the signed document through the bus.
    pub(crate) async fn submit(
        &self,
        request: wire::SubmitRequest,
        call: &CallContext,
    ) -> Result<wire::SubmitResponse, Status> {
        let session = self.session(&request.front_session, &request.application_id, call)?;
        let filled = session.filled.ok_or_else(|| refuse(Rejection::StepOutOfOrder, &[]))?;
        if filled.service_id.is_empty() {
            return self.keep_signed(session.application_id, request.document.as_ref(), call).await;
        }
        let info = self.gateway.message(
            filled.message_id,
            &session.application_id,
            &filled.service_id,
            session.bus_time,
        );
        let send = bus::SendRequest {
            info: Some(info),
            document: request.document,
            application_id: session.application_id,
        };
        let answer = self.bus().send(call.request(send, "send", LIMIT)).await.map_err(pass_on)?.into_inner();
        Ok(wire::SubmitResponse { status: answer.status, steps: answer.steps })
    }

    /// Takes a signed form that the act sends to nobody through the gateway (act 004, service 3). The portal keeps it, and as
    /// no act has anybody check it there, only its presence is looked at.
    async fn keep_signed(
        &self,
        application_id: String,
        document: Option<&bus::SignedDocument>,
        call: &CallContext,
    ) -> Result<wire::SubmitResponse, Status> {
        let signed = document.filter(|signed| !signed.content.is_empty() && !signed.signature.is_empty());
        let signed = signed.ok_or_else(|| refuse(Rejection::SignatureMissing, &[]))?;
        let mut progress = Progress::default();
        progress.status.application_id = application_id;
        let content_sha256 = Sha256::digest(&signed.content).to_vec();
        let report = bus::report_step_request::Report::Signed(bus::Signed { content_sha256 });
        self.report(&mut progress, report, call).await?;
        Ok(wire::SubmitResponse { status: Some(progress.status), steps: progress.steps })
    }

    /// The steps so far, then each new one.
    pub(crate) async fn watch(
        &self,
        request: wire::WatchRequest,
        call: &CallContext,
    ) -> Result<Streaming<bus::WatchApplicationResponse>, Status> {
        let session = self.session(&request.front_session, &request.application_id, call)?;
        let watch = bus::WatchApplicationRequest {
            info: Some(self.info(&session.application_id, "", session.bus_time)?),
            application_id: session.application_id,
        };
        // A watcher waits as long as it likes: its own deadline ends the call, ours would cut it.
        let answer = self.process().watch_application(call.streaming_request(watch, "watch")).await;
        Ok(answer.map_err(pass_on)?.into_inner())
    }

    /// The operator has given the result to the person.
    pub(crate) async fn hand_over(
        &self,
        request: wire::HandOverRequest,
        call: &CallContext,
    ) -> Result<wire::HandOverResponse, Status> {
        if self.front.visitor == Visitor::Applicant {
            return Err(Status::unimplemented("results of the portal are in the personal cabinet"));
        }
        let session = self.session(&request.front_session, &request.application_id, call)?;
        let mut progress = Progress::default();
        progress.status.application_id = session.application_id;
        let report = bus::report_step_request::Report::HandOver(bus::HandOver {});
        self.report(&mut progress, report, call).await?;
        Ok(wire::HandOverResponse { status: Some(progress.status), steps: progress.steps })
    }

    /// The person has brought what the provider waits for.
    pub(crate) async fn bring(
        &self,
        request: wire::BringRequest,
        call: &CallContext,
    ) -> Result<wire::BringResponse, Status> {
        let session = self.session(&request.front_session, &request.application_id, call)?;
        let mut progress = Progress::default();
        progress.status.application_id = session.application_id;
        let report = bus::report_step_request::Report::Brought(bus::Brought {});
        self.report(&mut progress, report, call).await?;
        Ok(wire::BringResponse { status: Some(progress.status), steps: progress.steps })
    }

    /// The personal cabinet of the person who logs in.
    pub(crate) async fn list_cabinet(
        &self,
        request: wire::ListCabinetRequest,
        call: &CallContext,
    ) -> Result<wire::ListCabinetResponse, Status> {
        if self.front.visitor != Visitor::Applicant {
            return Err(Status::unimplemented("the desk has no personal cabinet"));
        }
        let population = self.people.of(&self.gateway, call).await.map_err(pass_on)?;
        let verdict = self.check(&population, &request.login, &request.password, call);
        let Verdict::Authentic(person) = verdict else {
            return Err(refuse(Rejection::LoginRefused, &[]));
        };
        let list = bus::ListApplicationsRequest {
            info: Some(self.info("", "", None)?),
            applicant: Some(Party::Individual(person.iin).to_wire()),
            limit: 0,
        };
        let answer = self.process().list_applications(call.request(list, "list", LIMIT)).await;
        Ok(wire::ListCabinetResponse { applications: answer.map_err(pass_on)?.into_inner().applications })
    }

    /// Makes an account for somebody who has none yet: the first item of the acts' portal flows.
    fn register(
        &self,
        population: &Population,
        login: &str,
        password: &str,
        call: &CallContext,
    ) -> Result<(), Status> {
        if self.front.visitor != Visitor::Applicant {
            return Err(Status::unimplemented("people register at the portal"));
        }
        match self.accounts.register(call.session(), population, login, password) {
            Ok(()) => Ok(()),
            Err(Unregistered::HasOne) => {
                Err(refuse(Rejection::LoginRefused, &[("register", "false: the account is there already")]))
            }
            Err(Unregistered::Nobody) => {
                Err(refuse(Rejection::EnvelopeMalformed, &[("login", "the IIN of somebody")]))
            }
            Err(Unregistered::Password) => {
                Err(refuse(Rejection::EnvelopeMalformed, &[("password", "8 to 128 characters")]))
            }
        }
    }

    fn check<'a>(
        &self,
        population: &'a Population,
        login: &str,
        password: &str,
        call: &CallContext,
    ) -> Verdict<'a> {
        let verdict = login::check(population, self.front.visitor, login, password);
        match self.front.visitor {
            Visitor::Applicant => {
                self.accounts.check(call.session(), population, login, password).unwrap_or(verdict)
            }
            Visitor::Clerk | Visitor::Operator => verdict,
        }
    }

    /// The channel of a visit: a front with one channel has no choice.
    fn channel(&self, asked: bus::Channel) -> Result<bus::Channel, Status> {
        match self.front.channels {
            [only] => Ok(wire_channel(*only)),
            several if several.iter().any(|channel| wire_channel(*channel) == asked) => Ok(asked),
            several => {
                let names: Vec<&str> =
                    several.iter().map(|channel| wire_channel(*channel).as_str_name()).collect();
                Err(refuse(Rejection::EnvelopeMalformed, &[("channel", &names.join(", "))]))
            }
        }
    }

    fn begin(
        &self,
        person: &Person,
        progress: &Progress,
        procedure: String,
        call: &CallContext,
    ) -> Result<String, Status> {
        let application = progress.status.application_id.clone();
        let session = call.session().cloned();
        self.sessions
            .begin(session, person.iin, application, progress.bus_time(), procedure)
            .ok_or_else(no_randomness)
    }

    fn session(&self, token: &str, application_id: &str, call: &CallContext) -> Result<Session, Status> {
        self.sessions.find(token, call.session(), application_id).ok_or_else(|| {
            refuse(
                Rejection::LoginRefused,
                &[("front_session", "a session of this application that has not ended")],
            )
        })
    }

    async fn report(
        &self,
        progress: &mut Progress,
        report: bus::report_step_request::Report,
        call: &CallContext,
    ) -> Result<(), Status> {
        let application_id = progress.status.application_id.clone();
        let request = bus::ReportStepRequest {
            info: Some(self.info(&application_id, "", progress.bus_time())?),
            application_id,
            report: Some(report),
        };
        let answer = self.process().report_step(call.request(request, "report", LIMIT)).await;
        let answer = answer.map_err(pass_on)?.into_inner();
        progress.then(answer.status, answer.steps);
        Ok(())
    }

    async fn look_up(
        &self,
        progress: &mut Progress,
        entered: Entered<'_>,
        at: Option<Timestamp>,
        call: &CallContext,
    ) -> Result<(), Status> {
        let system = self.system()?;
        let message_id = self.new_id()?;
        let at = at.ok_or_else(|| Status::internal("the gateway never said what time it is"))?;
        let mut queries = Vec::new();
        for lookup in &progress.status.lookups {
            let question = queries::question(lookup, entered, &message_id, system, Some(at));
            let content = question.encode_to_vec();
            let signature =
                self.signer.sign(system.certificate_subject(), &content, at, call).await.map_err(unsigned)?;
            queries.push(bus::Query {
                service_id: lookup.service_id.clone(),
                question: Some(bus::SignedDocument {
                    content: content.into(),
                    content_type: QUERY_TYPE.to_owned(),
                    signature,
                }),
            });
        }
        let application_id = progress.status.application_id.clone();
        let service_id = queries.first().map(|query| query.service_id.clone()).unwrap_or_default();
        let info = self.gateway.message(message_id, &application_id, &service_id, Some(at));
        let lookup = bus::LookupRequest { info: Some(info), application_id, queries };
        let answer =
            self.bus().lookup(call.request(lookup, "lookup", LIMIT)).await.map_err(pass_on)?.into_inner();
        progress.then(answer.status, answer.steps);
        Ok(())
    }

    fn system(&self) -> Result<&InformationSystem, Status> {
        self.front
            .system
            .and_then(|system| self.people.plain().system(system))
            .ok_or_else(|| Status::internal("the population has no information system for this front"))
    }

    fn info(
        &self,
        correlation_id: &str,
        service_id: &str,
        at: Option<Timestamp>,
    ) -> Result<bus::MessageInfo, Status> {
        Ok(self.gateway.message(self.new_id()?, correlation_id, service_id, at))
    }

    fn new_id(&self) -> Result<String, Status> {
        let id = random_id().ok_or_else(no_randomness)?;
        Ok(format!("{}-{id}", self.front.code))
    }

    fn bus(&self) -> GatewayServiceClient<Guarded> {
        GatewayServiceClient::new(self.gateway.channel()).max_decoding_message_size(2 * MAX_MESSAGE)
    }

    fn process(&self) -> ProcessServiceClient<Guarded> {
        ProcessServiceClient::new(self.gateway.channel()).max_decoding_message_size(2 * MAX_MESSAGE)
    }
}

fn wire_channel(channel: eush_domain::Channel) -> bus::Channel {
    use eush_domain::Channel as Domain;
    match channel {
        Domain::Akim => bus::Channel::Akim,
        Domain::Portal => bus::Channel::Portal,
        Domain::Provider => bus::Channel::Provider,
        Domain::Psc => bus::Channel::Psc,
        Domain::StateCorporation => bus::Channel::StateCorporation,
    }
}

fn readable(party: Option<&bus::Party>, field: &'static str) -> Result<Party, Status> {
    Party::from_wire(party, field)
        .map_err(|error| refuse(Rejection::EnvelopeMalformed, &[(error.field, &error.expected)]))
}

fn no_randomness() -> Status {
    Status::internal("the system gives no randomness")
}

fn unsigned(error: SignerError) -> Status {
    tracing::error!(%error, "a question to a register could not be signed");
    match error {
        SignerError::Enroll { .. } => Status::unavailable("the certificate services did not answer"),
        SignerError::Answer { .. } | SignerError::Sign { .. } | SignerError::Unlinked => {
            Status::internal("a question to a register could not be signed")
        }
    }
}
