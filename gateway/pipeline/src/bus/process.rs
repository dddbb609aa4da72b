//! What fronts report and ask: `open`, `report`, `application`, `applications`.

use eush_acts::Resolved;
use eush_acts::model::Check;
use eush_domain::{ApplicationId, Channel, MessageId, Rejection};

use super::Bus;
use super::call::{Before, Call, record, refused_state, sender_held};
use super::send::unfit;
use crate::application::{Application, Circumstances, Status, TermChoice, Wanting};
use crate::checks::process::Named;
use crate::checks::{agreement, channel, sender, service};
use crate::digest::Content;
use crate::engine::{self, Asked, Event, Login, Registering};
use crate::envelope::{Credentials, Header, Reading};
use crate::finding::CheckId;
use crate::message::{Answer, ContentDigest, MessageKind, MessageState, ProcessAnswer};
use crate::party::{Party, Representative};
use crate::ports::{AgencyPort, Changes, Store};
use crate::profile::Duty;
use crate::raw::{RawAsk, RawList, RawOpen, RawParty, RawReport, RawReportStep, Received};
use crate::refusal::{Failure, Fault, FieldFault, Refusal};
use crate::tally::Tally;
use crate::turns::Turn;

/// Checks of an opening, in order.
const OPEN_CHECKS: [CheckId; 4] = [CheckId::Sender, CheckId::Agreement, CheckId::Service, CheckId::Channel];

/// A report, parsed.
enum Report {
    Authentication { login: Login, subject: Option<Party> },
    Brought,
    FormCompletion { applicant: Party, representative: Option<Representative> },
    HandOver,
    Signed,
}

impl<A: AgencyPort, S: Store> Bus<A, S> {
    pub(super) async fn run_open(&self, received: Received<RawOpen>) -> Result<ProcessAnswer, Failure> {
        let (raw, mut call) = self.begin(MessageKind::Open, received, |raw| &raw.info);
        let (header, channel, asked) = match parse_open(&raw) {
            Ok(parsed) => parsed,
            Err(refusal) => return Err(self.turn_away(call, refusal.into()).await),
        };
        call.channel = Some(channel);
        let credentials = header.credentials(call.client_certificate);
        let digest = open_digest(&raw, channel);
        let _message = self.turns.take(Turn::Message(header.message_id.as_str().to_owned())).await;
        match self.before(MessageKind::Open, &header.message_id, &credentials, digest).await {
            Ok(Before::Answered(answer)) => return repeat(*answer),
            Ok(Before::Again(_) | Before::New | Before::Stranger) => {}
            Err(failure) => return Err(self.turn_away(call, failure).await),
        }
        let resolved = match self.may_open(&mut call, &credentials, &raw.regulation_id, channel) {
            Ok(resolved) => resolved,
            Err(refusal) => return Err(self.refuse_report(call, &header, digest, refusal).await),
        };
        call.regulation = Some(resolved.regulation.id.clone());
        if let Err(refusal) = asked.fits(resolved, "procedure") {
            return Err(self.refuse_report(call, &header, digest, refusal).await);
        }
        let id = opened_id(&header.message_id)?;
        call.application = Some(id.clone());
        let opened = engine::opened(self.world(resolved), id, header.sender.clone(), asked).map_err(unfit)?;
        let patience = self.patience(&call)?;
        let application = self.use_by_hand(opened, patience).await.map_err(unfit)?.application;
        call.steps.clone_from(&application.steps);
        self.answer(call, &header, digest, application).await
    }

    fn may_open(
        &self,
        call: &mut Call,
        credentials: &Credentials,
        regulation: &str,
        wanted: Channel,
    ) -> Result<Resolved<'static>, Refusal> {
        let entry = self.ports.directory.sender(&credentials.sender);
        let entry = entry.as_deref();
        let catalogue = self.ports.catalogue;
        let regulation = catalogue.regulation(regulation);
        let flow = regulation.and_then(|found| found.channels.iter().find(|flow| flow.id.channel == wanted));
        let mut tally = Tally::new(&OPEN_CHECKS, self.policy.diagnosis);
        let known = tally.run(CheckId::Sender, Duty::always(), || sender::check(credentials, entry));
        let agreed = tally.run(CheckId::Agreement, Duty::always(), || {
            let unknown = || crate::checks::Unmet::of(Rejection::SenderUnknown).borrowed();
            agreement::check_front(entry.ok_or_else(unknown)?, flow)
        });
        let named = tally.run(CheckId::Service, Duty::always(), || service::check_regulation(regulation));
        let described = tally.run(CheckId::Channel, Duty::always(), || channel::check_flow(flow));
        match (known, agreed, named, described, regulation, flow) {
            (Some(_), Some(_), Some(_), Some(_), Some(regulation), Some(flow)) => {
                call.findings = tally.into_findings();
                Ok(Resolved { regulation, flow })
            }
            (_, _, _, _, _, _) => Err(tally.refuse().refusal),
        }
    }

    pub(super) async fn run_report(
        &self,
        received: Received<RawReportStep>,
    ) -> Result<ProcessAnswer, Failure> {
        let (raw, mut call) = self.begin(MessageKind::Report, received, |raw| &raw.info);
        let (header, id, report) = match parse_report(&raw) {
            Ok(parsed) => parsed,
            Err(refusal) => return Err(self.turn_away(call, refusal.into()).await),
        };
        let credentials = header.credentials(call.client_certificate);
        let digest = report_digest(&id, &report);
        let _message = self.turns.take(Turn::Message(header.message_id.as_str().to_owned())).await;
        match self.before(MessageKind::Report, &header.message_id, &credentials, digest).await {
            Ok(Before::Answered(answer)) => return repeat(*answer),
            Ok(Before::Again(_) | Before::New | Before::Stranger) => {}
            Err(failure) => return Err(self.turn_away(call, failure).await),
        }
        let _turn = self.turns.take(Turn::Application(id.as_str().to_owned())).await;
        let _state = self.turns.take(Turn::State(id.as_str().to_owned())).await;
        let application = match self.owned(&credentials, &id).await {
            Ok(application) => application,
            Err(Failure::Refused(refusal)) => return Err(self.turn_away(call, (*refusal).into()).await),
            Err(Failure::Fault(fault)) => return Err(fault.into()),
        };
        call.application = Some(id);
        call.regulation = Some(application.flow.regulation.clone());
        call.channel = Some(application.flow.channel);
        let world = self.world_of(&application)?;
        let event = match report {
            Report::Authentication { login, subject } => Event::Authenticated { login, subject },
            Report::FormCompletion { applicant, representative } => {
                Event::FormCompleted { applicant, representative }
            }
            Report::Brought => Event::Brought,
            Report::Signed => Event::Signed,
            Report::HandOver => Event::HandedOver,
        };
        let next = match engine::apply(world, &application, event).map_err(unfit) {
            Ok(transition) => {
                let patience = self.patience(&call)?;
                self.use_by_hand(transition, patience).await.map_err(unfit)?.application
            }
            // Not remembered: the same report can be right later.
            Err(failure) => return Err(self.turn_away(call, failure).await),
        };
        call.steps = next.steps.get(application.steps.len()..).unwrap_or_default().to_vec();
        self.concerns(&mut call, next.applicant);
        self.answer(call, &header, digest, next).await
    }

    /// An application of a sender that proved itself.
    async fn owned(&self, credentials: &Credentials, id: &ApplicationId) -> Result<Application, Failure> {
        let entry = self.ports.directory.sender(&credentials.sender);
        if let Err(unmet) = sender::check(credentials, entry.as_deref()) {
            return Err(Refusal::of(unmet.rejection).into());
        }
        let found = self.ports.store.application(id).await?;
        match Named::new(Some(id), found.as_ref()).owned_by(&credentials.sender) {
            Ok(Some(application)) => Ok(application.clone()),
            Ok(None) => Err(Refusal::of(Rejection::ApplicationUnknown).into()),
            Err(unmet) => Err(Refusal::of(unmet.rejection).into()),
        }
    }

    async fn answer(
        &self,
        call: Call,
        header: &Header,
        digest: ContentDigest,
        application: Application,
    ) -> Result<ProcessAnswer, Failure> {
        let answer = ProcessAnswer { status: self.status(&application), steps: call.steps.clone() };
        let state = MessageState::Answered(Box::new(Answer::Process(answer.clone())));
        let message = record(&call, (&header.message_id, &header.sender), digest, 0, state);
        let reason = application.notice.as_ref().and_then(|notice| notice.reason);
        let changes = Changes {
            application: Some(application),
            message: Some(message),
            document: None,
            verdict: Some(self.verdict(call, reason)),
        };
        self.ports.store.commit(changes).await?;
        Ok(answer)
    }

    async fn refuse_report(
        &self,
        mut call: Call,
        header: &Header,
        digest: ContentDigest,
        refusal: Refusal,
    ) -> Failure {
        call.findings.clone_from(&refusal.findings);
        let refusal = call.complete(refusal, None);
        let message = sender_held(&call.findings)
            .then(|| record(&call, (&header.message_id, &header.sender), digest, 0, refused_state(&refusal)));
        let verdict = Some(self.verdict(call, Some(refusal.rejection)));
        match self.ports.store.commit(Changes { message, verdict, ..Changes::default() }).await {
            Ok(()) => refusal.into(),
            Err(error) => error.into(),
        }
    }

    pub(super) async fn run_application(&self, received: Received<RawAsk>) -> Result<ProcessAnswer, Failure> {
        let RawAsk { info, application_id } = received.message;
        let mut reading = Reading::default();
        let header = reading.header(&info);
        let id = reading.required_application(&application_id);
        let (header, id) = reading.finish(header.zip(id))?;
        let credentials = header.credentials(received.client_certificate);
        let application = self.owned(&credentials, &id).await?;
        Ok(ProcessAnswer { status: self.status(&application), steps: application.steps })
    }

    pub(super) async fn run_applications(&self, received: Received<RawList>) -> Result<Vec<Status>, Failure> {
        let RawList { info, applicant, limit } = received.message;
        let mut reading = Reading::default();
        let header = reading.header(&info);
        let applicant = reading.party("applicant", applicant.as_ref());
        if limit > 100 {
            reading.fault("limit", "at most 100");
        }
        let (header, applicant) = reading.finish(header.zip(applicant))?;
        let credentials = header.credentials(received.client_certificate);
        let entry = self.ports.directory.sender(&credentials.sender);
        if let Err(unmet) = sender::check(&credentials, entry.as_deref()) {
            return Err(Refusal::of(unmet.rejection).into());
        }
        let limit = if limit == 0 { 20 } else { limit };
        let found = self.ports.store.applications_of(&header.sender, applicant, limit).await?;
        Ok(found.iter().map(|application| self.status(application)).collect())
    }
}

impl Reading {
    fn required_application(&mut self, text: &str) -> Option<ApplicationId> {
        if text.is_empty() {
            self.fault("application_id", "the id of an application");
        }
        self.application(text).flatten()
    }
}

fn parse_open(raw: &RawOpen) -> Result<(Header, Channel, Asked), Refusal> {
    let mut reading = Reading::default();
    let header = reading.header(&raw.info);
    if !(1..=140).contains(&raw.regulation_id.chars().count()) {
        reading.fault("regulation_id", "the id or short form of a public service");
    }
    if raw.channel.is_none() {
        reading.fault("channel", "a channel");
    }
    let failing = reading.failing(&raw.failing);
    let applicant = match &raw.applicant {
        None => Some(None),
        Some(party) => reading.party("applicant", Some(party)).map(Some),
    };
    let asked = failing.zip(applicant).map(|(failing, applicant)| Asked {
        kind: (!raw.procedure.is_empty()).then(|| raw.procedure.clone()),
        circumstances: Circumstances { failing, terms: raw.terms },
        applicant,
        registration: if raw.registered { Registering::Now } else { Registering::Before },
    });
    let value = header.zip(raw.channel).zip(asked);
    reading.finish(value.map(|((header, channel), asked)| (header, channel, asked)))
}

/// Checks that people make by hand; the others are the bus's own.
const BY_HAND: [Check; 6] =
    [Check::Documents, Check::Eligibility, Check::Grounds, Check::Login, Check::Presence, Check::Subject];

impl Reading {
    fn failing(&mut self, names: &[String]) -> Option<Vec<Wanting>> {
        let wanting = |text: &String| {
            let (name, occasion) = text.split_once(':').unwrap_or((text, "1"));
            let check = BY_HAND.into_iter().find(|check| check.name() == name)?;
            let occasion = occasion.parse().ok().filter(|occasion| (1..=9).contains(occasion))?;
            Some(Wanting { check, occasion })
        };
        let found: Option<Vec<Wanting>> = names.iter().map(wanting).collect();
        if found.is_none() {
            let known: Vec<_> = BY_HAND.into_iter().map(Check::name).collect();
            let expected = format!("{}, each with `:2` and so on for a later occasion", known.join(", "));
            self.fault("circumstances.failing", expected);
        }
        found
    }
}

impl Asked {
    /// Whether the regulation has the procedure that is asked for, in this channel.
    pub(super) fn fits(&self, resolved: Resolved<'_>, field: &str) -> Result<(), Refusal> {
        let Some(kind) = &self.kind else { return Ok(()) };
        let channel = resolved.flow.id.channel;
        let fits = |found: &&eush_acts::model::Procedure| found.channel.is_none_or(|own| own == channel);
        let known: Vec<&str> =
            resolved.regulation.variants.iter().filter(fits).map(|found| found.key.as_str()).collect();
        if known.contains(&kind.as_str()) {
            return Ok(());
        }
        let expected = if known.is_empty() { "empty".to_owned() } else { known.join(", ") };
        Err(Refusal {
            faults: vec![FieldFault::new(field, expected)],
            ..Refusal::of(Rejection::EnvelopeMalformed)
        })
    }
}

fn open_digest(raw: &RawOpen, channel: Channel) -> ContentDigest {
    let applicant = match &raw.applicant {
        Some(RawParty::Bin(digits) | RawParty::Iin(digits)) => digits.as_str(),
        None => "",
    };
    Content::of(MessageKind::Open)
        .text(&raw.regulation_id)
        .text(channel.name())
        .text(&raw.procedure)
        .text(&raw.failing.join(" "))
        .text(terms_name(raw.terms))
        .text(if raw.registered { "registered" } else { "" })
        .text(applicant)
        .digest()
}

fn terms_name(terms: TermChoice) -> &'static str {
    match terms {
        TermChoice::Ordinary => "ordinary",
        TermChoice::Otherwise => "otherwise",
    }
}

fn parse_report(raw: &RawReportStep) -> Result<(Header, ApplicationId, Report), Refusal> {
    let mut reading = Reading::default();
    let header = reading.header(&raw.info);
    let id = reading.required_application(&raw.application_id);
    let report = match &raw.report {
        Some(RawReport::Authentication { authentic, subject }) => {
            reading.authentication(*authentic, subject.as_ref())
        }
        Some(RawReport::FormCompletion { applicant, representative }) => {
            let applicant = reading.party("form_completion.applicant", applicant.as_ref());
            let representative =
                reading.representative("form_completion.representative", representative.as_ref());
            applicant
                .zip(representative)
                .map(|(applicant, representative)| Report::FormCompletion { applicant, representative })
        }
        Some(RawReport::Brought) => Some(Report::Brought),
        Some(RawReport::HandOver) => Some(Report::HandOver),
        Some(RawReport::Signed { content_sha256 }) => {
            if content_sha256.len() == 32 {
                Some(Report::Signed)
            } else {
                reading.fault("signed.content_sha256", "32 bytes");
                None
            }
        }
        None => {
            reading.fault("report", "what the person did");
            None
        }
    };
    let value = header.zip(id).zip(report).map(|((header, id), report)| (header, id, report));
    reading.finish(value)
}

impl Reading {
    // Who failed to log in need not be anybody.
    fn authentication(&mut self, authentic: bool, subject: Option<&RawParty>) -> Option<Report> {
        if authentic {
            let subject = self.party("authentication.subject", subject)?;
            Some(Report::Authentication { login: Login::Authentic, subject: Some(subject) })
        } else {
            Some(Report::Authentication { login: Login::Wrong, subject: None })
        }
    }
}

fn repeat(answer: Answer) -> Result<ProcessAnswer, Failure> {
    match answer {
        Answer::Process(answer) => Ok(answer),
        Answer::Refused(refusal) => Err(refusal.into()),
        Answer::Lookup(_) | Answer::Send(_) => Err(Fault::Bug("a record's answer is of its own kind").into()),
    }
}

fn report_digest(id: &ApplicationId, report: &Report) -> ContentDigest {
    let content = Content::of(MessageKind::Report).text(id.as_str());
    match report {
        Report::Authentication { login, subject } => {
            let login = match login {
                Login::Authentic => "authentic",
                Login::Wrong => "wrong",
            };
            content.text("login").text(login).text(subject.as_ref().map_or("", Party::digits)).digest()
        }
        Report::FormCompletion { applicant, representative } => {
            let content = content.text("form").text(applicant.digits());
            match representative {
                Some(representative) => content
                    .text(representative.party.digits())
                    .text(&representative.power_of_attorney_number)
                    .digest(),
                None => content.digest(),
            }
        }
        Report::Brought => content.text("brought").digest(),
        Report::HandOver => content.text("hand-over").digest(),
        Report::Signed => content.text("signed").digest(),
    }
}

/// The id of an opened application follows from its message's, so that the same message can only ever open one.
fn opened_id(message: &MessageId) -> Result<ApplicationId, Failure> {
    let name = Content::of(MessageKind::Open).text(message.as_str()).name();
    ApplicationId::parse(&format!("app-{name}")).map_err(|_| Fault::Bug("hex makes an application id").into())
}
