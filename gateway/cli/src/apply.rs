//! `eush apply`: a person at the portal, an operator at the State corporation's desk, or a clerk at an office, from login
//! to result.

use eush_acts::catalogue;
use eush_acts::model::{ChannelFlow, Operation};
use eush_domain::Channel;
use eush_domain::synthetic::population::{Certification, Organization, Person, Population};
use eush_wire::application::v1::{FillRequest, StartRequest};
use eush_wire::bus::v1::{
    ApplicationState, Circumstances, NextAction, Party, Representative, Step, TermChoice, party,
};
use eush_wire::management::v1::agency_control_service_client::AgencyControlServiceClient;
use eush_wire::management::v1::{Behaviour, Defect, SetBehaviourRequest};
use prost::Message as _;
use serde_json::json;
use tokio_stream::StreamExt as _;

use crate::args::{AgencyBehaviour, Apply, ClockAction, Flaw, Pending};
use crate::cert::{Authority, enrollment, unknown_person};
use crate::connect::Bus;
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Printer};
use crate::person::forms;
use crate::person::visit::{Signatory, Visit};
use crate::{clock, compare, steps};

/// Applies, and shows the items as they are executed.
pub(crate) async fn run(
    bus: &Bus,
    population: &Population,
    args: Apply,
    printer: Printer,
) -> Result<Outcome, Failure> {
    let mut shown = Shown::new(printer);
    match carry(bus, population, &args, &mut shown).await? {
        Applied::NotOpened(status) => not_opened(&status, &args.flow, printer),
        Applied::Ended(visit, refused) => conclude(&visit, refused.as_deref(), &shown),
    }
}

/// What came of an application.
#[derive(Debug)]
pub(crate) enum Applied {
    /// It went its way, refused or not.
    Ended(Box<Visit>, Option<Box<tonic::Status>>),
    /// The bus opened none.
    NotOpened(Box<tonic::Status>),
}

/// Carries an application out, showing items as they are executed.
pub(crate) async fn carry(
    bus: &Bus,
    population: &Population,
    args: &Apply,
    shown: &mut Shown,
) -> Result<Applied, Failure> {
    let request = Application::read(population, args)?;
    let mut visit = match request.start(bus).await {
        Ok(visit) => visit,
        Err(Failure::Refused(status)) => return Ok(Applied::NotOpened(status)),
        Err(other) => return Err(other),
    };
    shown.steps(&visit.steps);
    let refused = match request.carry_out(bus, population, &mut visit, args.pending, shown).await {
        Ok(()) => None,
        Err(Failure::Refused(status)) => Some(status),
        Err(other) => return Err(other),
    };
    if let Some(status) = &refused {
        // The refusal tells why; the front tells what has become of the application.
        visit.catch_up().await?;
        shown.steps(&visit.steps);
        shown.printer.line(Failure::Refused(status.clone()).to_string());
    }
    Ok(Applied::Ended(Box::new(visit), refused))
}

/// What is applied for, by whom.
#[derive(Debug)]
pub(crate) struct Application<'a> {
    flow: &'a ChannelFlow,
    front: &'a str,
    person: &'a Person,
    organization: Option<&'a Organization>,
    operator: Option<&'a Person>,
    password: Option<&'a str>,
    representative: Option<Representative>,
    signed_by: &'a str,
    message_id: String,
    args: &'a Apply,
}

impl<'a> Application<'a> {
    /// Resolves flow and people; names what is wrong.
    pub(crate) fn read(population: &'a Population, args: &'a Apply) -> Result<Self, Failure> {
        let id = catalogue().resolve(&args.flow).ok_or_else(|| {
            Failure::Usage(format!(
                "there is no flow `{}`; write for example 000-A/portal or astana/unemployed-certificate/portal",
                args.flow
            ))
        })?;
        let flow = catalogue().flow(&id).ok_or_else(|| {
            Failure::Usage(format!("the act gives {} no channel `{}`", id.regulation, id.channel.name()))
        })?;
        let front = match flow.id.channel {
            Channel::Akim | Channel::Provider | Channel::Psc => "office",
            Channel::Portal => "portal",
            Channel::StateCorporation => "state-corporation",
        };
        let find = |key: &str| population.person(key).ok_or_else(|| unknown_person(key));
        let person = find(&args.person)?;
        let organization = match &args.organization {
            None => None,
            Some(key) => Some(population.organization(key).ok_or_else(|| {
                Failure::Usage(format!("there is no organisation `{key}` in the population"))
            })?),
        };
        let operator = match flow.id.channel {
            Channel::Akim | Channel::Provider | Channel::Psc | Channel::StateCorporation => {
                Some(find(&args.operator)?)
            }
            Channel::Portal => None,
        };
        let representative = match &args.representative {
            None => None,
            Some(key) => Some(power_of_attorney(population, person, find(key)?)?),
        };
        let signer = operator.unwrap_or(person);
        let signed_by = args.signed_by.as_deref().unwrap_or(signer.key.as_str());
        Ok(Self {
            flow,
            front,
            person,
            organization,
            operator,
            password: args.password.as_deref(),
            representative,
            signed_by,
            message_id: args.message_id.clone().unwrap_or_default(),
            args,
        })
    }

    async fn start(&self, bus: &Bus) -> Result<Visit, Failure> {
        let who = self.operator.unwrap_or(self.person);
        let regulation = self.flow.id.regulation.as_str();
        let password = self.password.unwrap_or_else(|| who.password.reveal());
        let terms = if self.args.otherwise { TermChoice::Otherwise } else { TermChoice::Ordinary };
        let circumstances = Circumstances { failing: self.args.failing.clone(), terms: terms.into() };
        let request = StartRequest {
            regulation_id: regulation.to_owned(),
            login: who.iin.digits().to_owned(),
            password: password.to_owned(),
            procedure: self.args.procedure.clone().unwrap_or_default(),
            circumstances: Some(circumstances),
            channel: wire_channel(self.flow.id.channel).into(),
            // Where a form is filled, the form says whose affair it is.
            applicant: (!self.has_form()).then(|| self.applicant()),
            register: self.args.register,
        };
        Visit::begin(bus, self.front, request).await
    }

    fn has_form(&self) -> bool {
        self.flow.items.iter().any(|item| item.operation == Operation::FillForm)
    }

    /// Whose affair it is.
    fn applicant(&self) -> Party {
        match self.organization {
            None => individual(self.person),
            Some(organization) => {
                Party { number: Some(party::Number::Bin(organization.bin.digits().to_owned())) }
            }
        }
    }

    /// Agency and routing key of the service that the flow dispatches to; `None` where it never crosses the gateway.
    fn target(&self) -> Option<(&'a str, &'a str)> {
        self.flow.items.iter().find_map(|item| {
            if let Operation::Dispatch { agency, service } = &item.operation {
                Some((agency.as_str(), service.as_str()))
            } else {
                None
            }
        })
    }

    /// The filled form with its papers; nothing for a service that takes none through the bus.
    fn form(&self, population: &Population) -> Result<FillRequest, Failure> {
        let request = FillRequest {
            applicant: Some(self.applicant()),
            representative: self.representative.clone(),
            message_id: self.message_id.clone(),
            ..FillRequest::default()
        };
        let Some((_, service)) = self.target() else { return Ok(request) };
        let form = forms::fill(service, self.flow.id.regulation.as_str(), population, self.person)?;
        let without = &self.args.without;
        let attachments =
            form.attachments.into_iter().filter(|paper| !without.contains(&paper.kind)).collect();
        Ok(FillRequest { form: Some(form.form), attachments, ..request })
    }

    /// Tells the agency that takes the document how to behave for this message.
    async fn misbehave(&self, bus: &Bus, message_id: &str) -> Result<(), Failure> {
        let (Some(behaviour), Some((agency, _))) = (self.args.agency, self.target()) else { return Ok(()) };
        let behaviour = match behaviour {
            AgencyBehaviour::Down => Behaviour::Down,
            AgencyBehaviour::Nonsense => Behaviour::Nonsense,
            AgencyBehaviour::Refusing => Behaviour::Refusing,
            AgencyBehaviour::Slow => Behaviour::Slow,
        };
        let address = bus.address(agency)?;
        let mut control = AgencyControlServiceClient::new(bus.channel(agency).await?);
        let request = SetBehaviourRequest { behaviour: behaviour.into(), message_id: message_id.to_owned() };
        control.set_behaviour(request).await.map_err(|status| Failure::from_status(address, status))?;
        Ok(())
    }

    async fn carry_out(
        &self,
        bus: &Bus,
        population: &Population,
        visit: &mut Visit,
        pending: Pending,
        shown: &mut Shown,
    ) -> Result<(), Failure> {
        if visit.is(ApplicationState::Refused) {
            return Ok(());
        }
        if visit.status.next() != NextAction::FillForm {
            return self.await_result(bus, visit, pending, shown).await;
        }
        let filled = visit.fill(self.form(population)?).await?;
        shown.steps(&visit.steps);
        let kept = visit.status.next() == NextAction::Sign;
        if filled.document_to_sign.is_empty() || (kept && self.args.unsigned) {
            return self.await_result(bus, visit, pending, shown).await;
        }
        self.misbehave(bus, &filled.message_id).await?;
        let mut enrollment = enrollment(population, self.signed_by)?;
        if let Some(flaw) = self.args.flaw {
            enrollment.defect = defect(flaw).into();
        }
        let enrolled = Authority::of(bus).await?.enroll(enrollment).await?;
        let now = clock_now(bus).await?;
        let document = Signatory::of(&enrolled)?.sign(&filled.document_to_sign, now)?;
        if self.args.compare_profiles {
            let comparison = compare::profiles(bus, visit.application(), &document).await?;
            comparison.lines().into_iter().for_each(|line| shown.printer.line(line));
            shown.profiles = Some(comparison.data());
        }
        shown.printer.line(format!("  message {}", filled.message_id));
        visit.submit(document, None).await?;
        shown.steps(&visit.steps);
        self.await_result(bus, visit, pending, shown).await
    }

    async fn await_result(
        &self,
        bus: &Bus,
        visit: &mut Visit,
        pending: Pending,
        shown: &mut Shown,
    ) -> Result<(), Failure> {
        while visit.is(ApplicationState::Pending) {
            if visit.status.next() == NextAction::Bring && !self.args.unpaid {
                visit.bring().await?;
                shown.steps(&visit.steps);
                continue;
            }
            if visit.status.due_at.is_none() {
                shown
                    .printer
                    .line("  the application stands where the act leaves it: nothing follows by itself");
                return Ok(());
            }
            let due = output::time(visit.status.due_at.as_ref());
            match pending {
                Pending::Leave => {
                    shown
                        .printer
                        .line(format!("  pending until {due}; `eush clock advance` brings the result"));
                    return Ok(());
                }
                Pending::Advance => advance_to_due(bus, visit, shown).await?,
                Pending::Wait => wait(visit, shown).await?,
            }
            shown.steps(&visit.steps);
        }
        if visit.status.next() == NextAction::HandOver {
            visit.hand_over().await?;
            shown.steps(&visit.steps);
        }
        Ok(())
    }
}

/// Moves the bus's clock to the end of the running term.
pub(crate) async fn advance_to_due(bus: &Bus, visit: &mut Visit, shown: &mut Shown) -> Result<(), Failure> {
    let due = visit.status.due_at.as_ref().and_then(output::instant);
    let due = due.ok_or_else(|| Failure::Bug("a pending application without a due time".to_owned()))?;
    shown.printer.line(format!("  clock → {}", output::show_instant(due)));
    let to = due
        .format(&time::format_description::well_known::Rfc3339)
        .map_err(|error| Failure::Bug(error.to_string()))?;
    clock::act(bus, ClockAction::Set { to }).await?;
    visit.catch_up().await
}

async fn wait(visit: &mut Visit, shown: &mut Shown) -> Result<(), Failure> {
    let mut stream = visit.watch().await?;
    let mut first = true;
    while let Some(news) = stream.next().await {
        let news = news.map_err(|status| Failure::Refused(Box::new(status)))?;
        // The first answer tells everything from the beginning, the later ones what is new.
        if std::mem::take(&mut first) {
            visit.steps = news.steps;
        } else {
            visit.steps.extend(news.steps);
        }
        visit.status = news.status.unwrap_or_default();
        shown.steps(&visit.steps);
        if !visit.is(ApplicationState::Pending) {
            break;
        }
    }
    Ok(())
}

/// The time of the bus's clock.
pub(crate) async fn clock_now(bus: &Bus) -> Result<eush_domain::Timestamp, Failure> {
    let reading = clock::act(bus, ClockAction::Show).await?;
    reading
        .now
        .as_ref()
        .and_then(output::instant)
        .ok_or_else(|| Failure::Bug("the clock answered without a time".to_owned()))
}

/// A natural person as a party.
pub(crate) fn individual(person: &Person) -> Party {
    Party { number: Some(party::Number::Iin(person.iin.digits().to_owned())) }
}

fn defect(flaw: Flaw) -> Defect {
    match flaw {
        Flaw::Expired => Defect::Expired,
        Flaw::NotYetValid => Defect::NotYetValid,
        Flaw::UnknownIssuer => Defect::UnknownIssuer,
    }
}

fn wire_channel(channel: Channel) -> eush_wire::bus::v1::Channel {
    use eush_wire::bus::v1::Channel as Wire;
    match channel {
        Channel::Akim => Wire::Akim,
        Channel::Portal => Wire::Portal,
        Channel::Provider => Wire::Provider,
        Channel::Psc => Wire::Psc,
        Channel::StateCorporation => Wire::StateCorporation,
    }
}

/// The power of attorney under which one person acts for another.
fn power_of_attorney(
    population: &Population,
    person: &Person,
    other: &Person,
) -> Result<Representative, Failure> {
    let power = population
        .powers_of_attorney()
        .iter()
        .find(|power| power.principal == person.iin && power.representative == other.iin)
        .ok_or_else(|| {
            Failure::Usage(format!("`{}` has no power of attorney from `{}`", other.key, person.key))
        })?;
    let notarized = matches!(power.certification, Certification::Notary { .. });
    Ok(Representative {
        party: Some(individual(other)),
        notarized,
        // The act wants the data entered only where a notary certified it.
        power_of_attorney_number: if notarized { power.number.clone() } else { String::new() },
    })
}

/// Steps are shown once each, as they come.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) printer: Printer,
    count: usize,
    /// Both profiles' verdicts, where they were asked for.
    profiles: Option<serde_json::Value>,
}

impl Shown {
    /// Shows steps into this printer.
    pub(crate) fn new(printer: Printer) -> Self {
        Self { printer, count: 0, profiles: None }
    }

    fn steps(&mut self, all: &[Step]) {
        for step in all.iter().skip(self.count) {
            self.printer.line(format!(
                "{}  {}",
                output::time(step.at.as_ref()),
                steps::line(step, self.printer)
            ));
        }
        self.count = self.count.max(all.len());
    }
}

/// The bus opened no application, for example because the act describes no such channel.
fn not_opened(status: &tonic::Status, flow: &str, printer: Printer) -> Result<Outcome, Failure> {
    printer.line(Failure::Refused(Box::new(status.clone())).to_string());
    printer.data(&json!({
        "flow": flow,
        "state": "no-application",
        "reason": exit::reason(status),
        "texts": exit::texts(status).into_iter().collect::<std::collections::BTreeMap<_, _>>(),
    }))?;
    Ok(Outcome::Negative)
}

fn conclude(visit: &Visit, refused: Option<&tonic::Status>, shown: &Shown) -> Result<Outcome, Failure> {
    let printer = shown.printer;
    let status = &visit.status;
    let notice = status.notice.as_ref();
    let result =
        status.result.as_ref().map(|signed| eush_wire::bus::v1::ResultDocument::decode(&signed.content[..]));
    let result =
        result.transpose().map_err(|error| Failure::Bug(format!("the result cannot be read: {error}")))?;
    let reason = refused.and_then(exit::reason).or_else(|| notice.map(|notice| notice.reason.clone()));
    let reason = reason.filter(|reason| !reason.is_empty());
    if let (None, Some(text)) = (refused, notice.and_then(|notice| notice.text.as_ref())) {
        printer.line(printer.lang.pick(text));
    }
    if let Some(title) = result.as_ref().and_then(|result| result.title.as_ref()) {
        printer.line(format!("  result: {}", printer.lang.pick(title)));
    }
    if status.limit_at.is_some() {
        printer.line(format!("  the act's term ends {}", output::time(status.limit_at.as_ref())));
    }
    let state = status.state().as_str_name().trim_start_matches("APPLICATION_STATE_").to_lowercase();
    printer.line(format!("  application {} {state}", status.application_id));
    printer.data(&json!({
        "application_id": status.application_id,
        "message_id": status.message_id,
        "regulation_id": status.regulation_id,
        "channel": steps::channel_name(status.channel()),
        "state": state,
        "reason": reason,
        "texts": refused.map(|status| exit::texts(status).into_iter().collect::<std::collections::BTreeMap<_, _>>()),
        "due_at": output::rfc3339(status.due_at.as_ref()),
        "limit_at": output::rfc3339(status.limit_at.as_ref()),
        "procedure": (!status.procedure.is_empty()).then_some(&status.procedure),
        "result": result.map(|result| json!({ "kind": result.kind, "issued_at": output::rfc3339(result.issued_at.as_ref()) })),
        "profiles": shown.profiles,
        "steps": visit.steps.iter().map(steps::data).collect::<Vec<_>>(),
    }))?;
    let refused = refused.is_some() || visit.is(ApplicationState::Refused);
    Ok(Outcome::of(!refused))
}
