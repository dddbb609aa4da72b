//! `eush apply`: a person at the portal, or an operator at the State corporation's desk, from login to result.

use eush_acts::catalogue;
use eush_acts::model::{ChannelFlow, Operation};
use eush_domain::Channel;
use eush_domain::synthetic::population::{Certification, Person, Population};
use eush_wire::application::v1::FillRequest;
use eush_wire::bus::v1::{ApplicationState, NextAction, Party, Representative, Step, party};
use prost::Message as _;
use serde_json::json;
use tokio_stream::StreamExt as _;

use crate::args::{Apply, ClockAction, Pending};
use crate::cert::{Authority, enrollment, unknown_person};
use crate::connect::Bus;
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Printer};
use crate::person::forms;
use crate::person::visit::{Signatory, Visit};
use crate::{clock, steps};

/// Applies, and shows the items as they are executed.
pub(crate) async fn run(
    bus: &Bus,
    population: &Population,
    args: Apply,
    printer: Printer,
) -> Result<Outcome, Failure> {
    let request = Application::read(population, &args)?;
    let mut shown = Shown { printer, count: 0 };
    let mut visit = request.start(bus).await?;
    shown.steps(&visit.steps);
    let refused = match request.carry_out(bus, population, &mut visit, args.pending, &mut shown).await {
        Ok(()) => None,
        Err(Failure::Refused(status)) => Some(status),
        Err(other) => return Err(other),
    };
    if let Some(status) = &refused {
        // The refusal tells why; the front tells what has become of the application.
        visit.catch_up().await?;
        shown.steps(&visit.steps);
        printer.line(Failure::Refused(status.clone()).to_string());
    }
    conclude(&visit, refused.as_deref(), printer)
}

/// What is applied for, by whom.
#[derive(Debug)]
pub(crate) struct Application<'a> {
    flow: &'a ChannelFlow,
    front: &'a str,
    person: &'a Person,
    operator: Option<&'a Person>,
    representative: Option<Representative>,
    signed_by: &'a str,
    without: &'a [String],
    message_id: String,
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
        let front = flow.front.as_ref().map(eush_domain::SystemId::as_str).ok_or_else(|| {
            Failure::Usage(format!("the act gives {} no electronic front: it is on paper", flow.id))
        })?;
        let find = |key: &str| population.person(key).ok_or_else(|| unknown_person(key));
        let person = find(&args.person)?;
        let operator = match flow.id.channel {
            Channel::StateCorporation => Some(find(&args.operator)?),
            Channel::Akim | Channel::Portal | Channel::Provider | Channel::Psc => None,
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
            operator,
            representative,
            signed_by,
            without: &args.without,
            message_id: args.message_id.clone().unwrap_or_default(),
        })
    }

    async fn start(&self, bus: &Bus) -> Result<Visit, Failure> {
        let who = self.operator.unwrap_or(self.person);
        let regulation = self.flow.id.regulation.as_str();
        Visit::start(bus, self.front, regulation, who.iin.digits(), who.password.reveal()).await
    }

    /// Routing key of the service that the flow dispatches to.
    fn service(&self) -> Result<&'a str, Failure> {
        let dispatch = self.flow.items.iter().find_map(|item| {
            if let Operation::Dispatch { service, .. } = &item.operation {
                Some(service.as_str())
            } else {
                None
            }
        });
        dispatch
            .ok_or_else(|| Failure::Usage(format!("{} dispatches nothing through the gateway", self.flow.id)))
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
        let form = forms::fill(self.service()?, self.flow.id.regulation.as_str(), population, self.person)?;
        let attachments =
            form.attachments.into_iter().filter(|paper| !self.without.contains(&paper.kind)).collect();
        let filled = visit
            .fill(FillRequest {
                applicant: Some(individual(self.person)),
                representative: self.representative.clone(),
                form: Some(form.form),
                attachments,
                message_id: self.message_id.clone(),
                ..FillRequest::default()
            })
            .await?;
        shown.steps(&visit.steps);
        if filled.document_to_sign.is_empty() {
            return Ok(());
        }
        let enrolled = Authority::of(bus).await?.enroll(enrollment(population, self.signed_by)?).await?;
        let now = clock_now(bus).await?;
        let document = Signatory::of(&enrolled)?.sign(&filled.document_to_sign, now)?;
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
}

impl Shown {
    /// Shows steps into this printer.
    pub(crate) fn new(printer: Printer) -> Self {
        Self { printer, count: 0 }
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

fn conclude(visit: &Visit, refused: Option<&tonic::Status>, printer: Printer) -> Result<Outcome, Failure> {
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
        "result": result.map(|result| json!({ "kind": result.kind, "issued_at": output::rfc3339(result.issued_at.as_ref()) })),
        "steps": visit.steps.iter().map(steps::data).collect::<Vec<_>>(),
    }))?;
    let refused = refused.is_some() || visit.is(ApplicationState::Refused);
    Ok(Outcome::of(!refused))
}
