//! `eush fault`: faults on purpose.

use std::collections::BTreeMap;

use eush_domain::faults::{
    Detail, Draft, Knob, KnobSetting, NastinessProfile, Place, RuleId, Scope, Trigger,
};
use eush_domain::synthetic::population::Population;
use eush_domain::{AgencyId, Channel, Iin, MessageId, SenderId, ServiceId};
use eush_gateway::config::NastinessSettings;
use eush_wire::bus::v1 as bus;
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::fault_service_client::FaultServiceClient;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};
use serde_json::{Value, json};
use tonic::{Response, Status};

use crate::args::{AddFault, FaultAction, NastinessArgs};
use crate::connect::{Bus, BusChannel};
use crate::exit::{Failure, Outcome};
use crate::output::{self, Printer};

/// Does the action and shows what came of it.
pub(crate) async fn run(
    bus: impl FnOnce() -> Result<Bus, Failure>,
    population: impl FnOnce() -> Result<Population, Failure>,
    action: FaultAction,
    printer: Printer,
) -> Result<Outcome, Failure> {
    look(&action)?;
    let bus = bus()?;
    let client = FaultServiceClient::new(bus.channel("management").await?);
    let mut hand = Hand { address: bus.address("management")?.to_owned(), client, printer };
    match action {
        FaultAction::Add(args) => {
            let person = match &args.person {
                Some(person) => number_of(person, &bus, population).await?,
                None => String::new(),
            };
            hand.add(*args, person).await
        }
        FaultAction::Held => hand.held().await,
        FaultAction::Knobs { knob } => hand.knobs(knob).await,
        FaultAction::List { magic } => hand.list(magic).await,
        FaultAction::Log { message, id, limit } => hand.log(message, id, limit).await,
        FaultAction::Profile { profile, knobs } => hand.profile(profile, &knobs).await,
        FaultAction::Release { id, message } => hand.release(id, message).await,
        FaultAction::Remove { id } => hand.remove(id).await,
        FaultAction::Reset => hand.reset().await,
    }
}

struct Hand {
    address: String,
    client: FaultServiceClient<BusChannel>,
    printer: Printer,
}

impl Hand {
    fn got<T>(&self, answer: Result<Response<T>, Status>) -> Result<T, Failure> {
        answer.map(Response::into_inner).map_err(|status| Failure::from_status(&self.address, status))
    }

    async fn add(&mut self, args: AddFault, person: String) -> Result<Outcome, Failure> {
        let rule = rule(&args, person)?;
        let answer = self.client.add_fault(wire::AddFaultRequest { rule: Some(rule) }).await;
        let id = self.got(answer)?.id;
        self.printer.line(format!("fault {id} added"));
        self.printer.data(&json!({ "id": id }))?;
        Ok(Outcome::Positive)
    }

    async fn list(&mut self, include_magic: bool) -> Result<Outcome, Failure> {
        let answer = self.client.list_faults(wire::ListFaultsRequest { include_magic }).await;
        let faults = self.got(answer)?.faults;
        if faults.is_empty() {
            self.printer.line("no faults; `eush fault knobs` says which there are");
        }
        let rows: Vec<Vec<String>> = faults.iter().map(row).collect();
        for line in output::table(&rows) {
            self.printer.line(line);
        }
        self.printer.data(&faults.iter().map(data).collect::<Vec<_>>())?;
        Ok(Outcome::Positive)
    }

    async fn held(&mut self) -> Result<Outcome, Failure> {
        let answer = self.client.list_held(wire::ListHeldRequest {}).await;
        let held = self.got(answer)?.held;
        if held.is_empty() {
            self.printer.line("nothing is held");
        }
        let rows: Vec<Vec<String>> = held
            .iter()
            .map(|call| {
                vec![
                    call.id.clone(),
                    call.message_id.clone(),
                    call.method.clone(),
                    output::time(call.since.as_ref()),
                ]
            })
            .collect();
        for line in output::table(&rows) {
            self.printer.line(line);
        }
        let data = held.iter().map(|call| {
            json!({
                "id": call.id,
                "message_id": call.message_id,
                "method": call.method,
                "since": output::rfc3339(call.since.as_ref()),
            })
        });
        self.printer.data(&data.collect::<Vec<_>>())?;
        Ok(Outcome::Positive)
    }

    async fn log(
        &mut self,
        message: Option<String>,
        id: Option<String>,
        limit: u32,
    ) -> Result<Outcome, Failure> {
        let request = wire::ListFaultActsRequest {
            limit,
            message_id: message.unwrap_or_default(),
            id: id.unwrap_or_default(),
        };
        let answer = self.client.list_fault_acts(request).await;
        let acts = self.got(answer)?.acts;
        let rows: Vec<Vec<String>> = acts
            .iter()
            .map(|act| {
                vec![
                    output::time(act.at.as_ref()),
                    act.id.clone(),
                    act.knob.clone(),
                    act.method.rsplit('/').next().unwrap_or_default().to_owned(),
                    act.message_id.clone(),
                    act.parameters.join(" "),
                ]
            })
            .collect();
        for line in output::table(&rows) {
            self.printer.line(line);
        }
        let data = acts.iter().map(|act| {
            json!({
                "id": act.id,
                "knob": act.knob,
                "place": act.place,
                "method": act.method,
                "message_id": act.message_id,
                "parameters": act.parameters,
                "at": output::rfc3339(act.at.as_ref()),
            })
        });
        self.printer.data(&data.collect::<Vec<_>>())?;
        Ok(Outcome::Positive)
    }

    async fn release(&mut self, id: Option<String>, message: Option<String>) -> Result<Outcome, Failure> {
        let request =
            wire::ReleaseHeldRequest { id: id.unwrap_or_default(), message_id: message.unwrap_or_default() };
        let answer = self.client.release_held(request).await;
        let released = self.got(answer)?.released;
        self.printer.line(format!("{released} calls let go"));
        self.printer.data(&json!({ "released": released }))?;
        Ok(if released > 0 { Outcome::Positive } else { Outcome::Negative })
    }

    async fn remove(&mut self, id: String) -> Result<Outcome, Failure> {
        let answer = self.client.remove_fault(wire::RemoveFaultRequest { id: id.clone() }).await;
        let released = self.got(answer)?.released;
        self.printer.line(format!("fault {id} removed, {released} calls let go"));
        self.printer.data(&json!({ "id": id, "released": released }))?;
        Ok(Outcome::Positive)
    }

    async fn reset(&mut self) -> Result<Outcome, Failure> {
        let answer = self.client.reset_faults(wire::ResetFaultsRequest {}).await;
        let wire::ResetFaultsResponse { removed, released } = self.got(answer)?;
        self.printer.line(format!("{removed} faults removed, {released} calls let go"));
        self.printer.data(&json!({ "removed": removed, "released": released }))?;
        Ok(Outcome::Positive)
    }

    async fn knobs(&mut self, wanted: Option<String>) -> Result<Outcome, Failure> {
        let answer = self.client.describe_knobs(wire::DescribeKnobsRequest {}).await;
        let mut knobs = self.got(answer)?.knobs;
        if let Some(wanted) = wanted {
            let names: Vec<String> = knobs.iter().map(|knob| knob.name.clone()).collect();
            knobs.retain(|knob| knob.name == wanted);
            if knobs.is_empty() {
                return Err(Failure::Usage(format!(
                    "no knob is called `{wanted}`; there are {}",
                    names.join(", ")
                )));
            }
        }
        for knob in &knobs {
            self.printer.line(format!("{} ({})", knob.name, knob.places.join(", ")));
            self.printer.line(format!("  {}", knob.does));
            self.printer.line(format!("  Liberty: {}", knob.liberty));
            for parameter in &knob.parameters {
                let wire::KnobParameter { name, default_value, expected, does } = parameter;
                self.printer.line(format!("  --set {name}={default_value}  {does}; {expected}"));
            }
        }
        let data = knobs.iter().map(|knob| {
            let parameters: Vec<Value> = knob
                .parameters
                .iter()
                .map(|parameter| {
                    json!({
                        "name": parameter.name,
                        "default": parameter.default_value,
                        "expected": parameter.expected,
                        "does": parameter.does,
                    })
                })
                .collect();
            json!({
                "name": knob.name,
                "does": knob.does,
                "liberty": knob.liberty,
                "places": knob.places,
                "parameters": parameters,
                "realistic": knob.realistic,
                "hostile": knob.hostile,
            })
        });
        self.printer.data(&data.collect::<Vec<_>>())?;
        Ok(Outcome::Positive)
    }

    async fn profile(&mut self, profile: Option<String>, knobs: &[String]) -> Result<Outcome, Failure> {
        let nastiness = if profile.is_none() && knobs.is_empty() {
            let answer = self.client.get_nastiness(wire::GetNastinessRequest {}).await;
            self.got(answer)?.nastiness
        } else {
            let knobs = knobs.iter().map(|knob| setting(knob)).collect::<Result<Vec<_>, _>>()?;
            let shares = knobs.iter().map(|knob| (knob.knob.name().to_owned(), knob.percent.to_string()));
            let profile = match profile {
                Some(profile) => profile,
                None => {
                    let answer = self.client.get_nastiness(wire::GetNastinessRequest {}).await;
                    self.got(answer)?.nastiness.unwrap_or_default().profile
                }
            };
            let nastiness = wire::Nastiness { profile, knobs: shares.collect() };
            let request = wire::SetNastinessRequest { nastiness: Some(nastiness) };
            let answer = self.client.set_nastiness(request).await;
            self.got(answer)?.nastiness
        };
        let wire::Nastiness { profile, knobs } = nastiness.unwrap_or_default();
        let knobs: BTreeMap<_, _> = knobs.into_iter().collect();
        self.printer.line(&profile);
        for (knob, percent) in &knobs {
            self.printer.line(format!("  {knob} {percent} %"));
        }
        self.printer.data(&json!({ "profile": profile, "knobs": knobs }))?;
        Ok(Outcome::Positive)
    }
}

fn setting(text: &str) -> Result<KnobSetting, Failure> {
    KnobSetting::parse(text).ok_or_else(|| {
        Failure::Usage(format!(
            "`{text}` is not KNOB=PERCENT; write for example latency=12.5 (`eush fault knobs` has the names)"
        ))
    })
}

fn known_profile(name: &str) -> Result<NastinessProfile, Failure> {
    NastinessProfile::parse(name).ok_or_else(|| {
        let names: Vec<_> = NastinessProfile::ALL.iter().map(|profile| profile.name()).collect();
        Failure::Usage(format!("the profile `{name}` is none of {}", names.join(", ")))
    })
}

/// Puts flags over the configuration's nastiness.
pub(crate) fn configure(settings: &mut NastinessSettings, args: &NastinessArgs) -> Result<(), Failure> {
    if let Some(name) = &args.nastiness {
        settings.profile = known_profile(name)?;
    }
    for knob in &args.knobs {
        settings.knobs.push(setting(knob)?);
    }
    Ok(())
}

/// Whether an action is what it must be, as far as that can be told without a bus. A person's key cannot: a bus may have
/// people of its own.
fn look(action: &FaultAction) -> Result<(), Failure> {
    match action {
        FaultAction::Add(args) => look_at_rule(args),
        FaultAction::Knobs { knob: Some(name) } => known_knob(name).map(drop),
        FaultAction::Profile { profile, knobs } => {
            knobs.iter().try_for_each(|knob| setting(knob).map(drop))?;
            profile.as_deref().map_or(Ok(()), |name| known_profile(name).map(drop))
        }
        FaultAction::Held
        | FaultAction::Knobs { knob: None }
        | FaultAction::List { .. }
        | FaultAction::Log { .. }
        | FaultAction::Release { .. }
        | FaultAction::Remove { .. }
        | FaultAction::Reset => Ok(()),
    }
}

fn look_at_rule(args: &AddFault) -> Result<(), Failure> {
    let rule = rule(args, String::new())?;
    let knob = known_knob(&rule.knob)?;
    let trigger = Trigger::parse(&rule.trigger).ok_or_else(|| {
        Failure::Usage(format!("--when: `{}` is none of {}", rule.trigger, Trigger::EXPECTED))
    })?;
    let unknown = |name: &str| Failure::Usage(format!("--place: `{name}` is neither `gateway` nor `agency`"));
    let place = args.place.as_deref();
    let place = place.map(|name| Place::parse(name).ok_or_else(|| unknown(name))).transpose()?;
    let details = rule.details.into_iter();
    let draft = Draft {
        trigger,
        scope: Scope { place, ..Scope::default() },
        parameters: rule.parameters.into_iter().collect(),
        details: details.map(|any| Detail { type_url: any.type_url, value: any.value }).collect(),
        ..Draft::of(knob)
    };
    draft.action().map_err(|error| Failure::Usage(error.to_string()))?;
    named("--id", args.id.as_deref(), RuleId::parse)?;
    named("--service", args.service.as_deref(), ServiceId::parse)?;
    named("--agency", args.agency.as_deref(), AgencyId::parse)?;
    named("--sender", args.sender.as_deref(), SenderId::parse)?;
    named("--message", args.message.as_deref(), MessageId::parse)
}

fn named<T, E: std::fmt::Display>(
    option: &str,
    given: Option<&str>,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<(), Failure> {
    let read = given.map(parse).transpose();
    read.map(drop).map_err(|error| Failure::Usage(format!("{option}: {error}")))
}

fn known_knob(name: &str) -> Result<Knob, Failure> {
    Knob::parse(name).ok_or_else(|| {
        let names: Vec<_> = Knob::ALL.iter().map(|knob| knob.name()).collect();
        Failure::Usage(format!("`{name}` is no knob; they are {}", names.join(", ")))
    })
}

/// Twelve digits, or those of a person or organisation by key.
async fn number_of(
    text: &str,
    bus: &Bus,
    population: impl FnOnce() -> Result<Population, Failure>,
) -> Result<String, Failure> {
    if Iin::parse(text).is_ok() {
        return Ok(text.to_owned());
    }
    let population = crate::people::of(bus, population()?).await?;
    if let Some(person) = population.person(text) {
        return Ok(person.iin.digits().to_owned());
    }
    let organization = population.organization(text);
    organization
        .map(|organization| organization.bin.digits().to_owned())
        .ok_or_else(|| crate::cert::unknown_person(text))
}

fn rule(args: &AddFault, person: String) -> Result<wire::FaultRule, Failure> {
    let mut parameters = std::collections::HashMap::new();
    for set in &args.set {
        let (name, value) =
            set.split_once('=').ok_or_else(|| Failure::Usage(format!("--set `{set}` is not NAME=VALUE")))?;
        parameters.insert(name.to_owned(), value.to_owned());
    }
    let channel = match args.channel.as_deref() {
        None => bus::Channel::Unspecified,
        Some(name) => match Channel::parse(name) {
            Some(Channel::Akim) => bus::Channel::Akim,
            Some(Channel::Portal) => bus::Channel::Portal,
            Some(Channel::Provider) => bus::Channel::Provider,
            Some(Channel::Psc) => bus::Channel::Psc,
            Some(Channel::StateCorporation) => bus::Channel::StateCorporation,
            None => {
                let names: Vec<_> = Channel::ALL.iter().map(|channel| channel.name()).collect();
                return Err(Failure::Usage(format!("`{name}` is none of {}", names.join(", "))));
            }
        },
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Ok(wire::FaultRule {
        id: text(&args.id),
        knob: args.knob.clone(),
        scope: Some(wire::FaultScope {
            place: text(&args.place),
            service_id: text(&args.service),
            regulation_id: text(&args.regulation),
            channel: channel.into(),
            method: text(&args.method),
            agency: text(&args.agency),
            sender_id: text(&args.sender),
            person,
            message_id: text(&args.message),
        }),
        trigger: args.when.clone(),
        parameters,
        details: args.details.iter().map(|text| detail(text)).collect::<Result<_, _>>()?,
        origin: String::new(),
    })
}

/// A detail of a status from its JSON form: any message of google.rpc, or of the bus.
fn detail(text: &str) -> Result<prost_types::Any, Failure> {
    let wrong = |what: String| {
        Failure::Usage(format!(
            "--detail: {what}; write for example \
             {{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"3s\"}}"
        ))
    };
    let mut value: Value = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let object = value.as_object_mut().ok_or_else(|| wrong("it is no JSON object".to_owned()))?;
    let kind = object.remove("@type").and_then(|kind| kind.as_str().map(str::to_owned));
    let kind = kind.ok_or_else(|| wrong("it has no `@type`".to_owned()))?;
    let name = kind.rsplit('/').next().unwrap_or_default();
    let mut pool = DescriptorPool::global();
    for set in [tonic_types::pb::FILE_DESCRIPTOR_SET, eush_wire::FILE_DESCRIPTOR_SET] {
        pool.decode_file_descriptor_set(set).map_err(|error| Failure::Bug(error.to_string()))?;
    }
    let message =
        pool.get_message_by_name(name).ok_or_else(|| wrong(format!("no message is called `{name}`")))?;
    let message = DynamicMessage::deserialize(message, value).map_err(|error| wrong(error.to_string()))?;
    Ok(prost_types::Any { type_url: format!("type.googleapis.com/{name}"), value: message.encode_to_vec() })
}

/// What a scope says, as `name=value`.
fn scope_words(scope: &wire::FaultScope) -> Vec<String> {
    let channel = if scope.channel() == bus::Channel::Unspecified {
        String::new()
    } else {
        scope.channel().as_str_name().trim_start_matches("CHANNEL_").to_lowercase().replace('_', "-")
    };
    [
        ("place", &scope.place),
        ("service", &scope.service_id),
        ("regulation", &scope.regulation_id),
        ("channel", &channel),
        ("method", &scope.method),
        ("agency", &scope.agency),
        ("sender", &scope.sender_id),
        ("person", &scope.person),
        ("message", &scope.message_id),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| format!("{name}={value}"))
    .collect()
}

fn sorted(parameters: &std::collections::HashMap<String, String>) -> BTreeMap<&str, &str> {
    parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn row(report: &wire::FaultReport) -> Vec<String> {
    let rule = report.rule.clone().unwrap_or_default();
    let parameters = sorted(&rule.parameters);
    let parameters: Vec<_> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    vec![
        rule.id.clone(),
        rule.knob.clone(),
        rule.trigger.clone(),
        format!("met {}, struck {}", report.met, report.decided),
        [scope_words(&rule.scope.unwrap_or_default()), parameters].concat().join(" "),
    ]
}

fn data(report: &wire::FaultReport) -> Value {
    let rule = report.rule.clone().unwrap_or_default();
    let details: Vec<_> = rule.details.iter().map(|detail| detail.type_url.clone()).collect();
    json!({
        "id": rule.id,
        "knob": rule.knob,
        "trigger": rule.trigger,
        "origin": rule.origin,
        "scope": scope_words(&rule.scope.unwrap_or_default()),
        "parameters": sorted(&rule.parameters),
        "details": details,
        "met": report.met,
        "decided": report.decided,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_read_from_json() {
        let any =
            detail(r#"{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"3s"}"#).unwrap();
        assert_eq!(any.type_url, "type.googleapis.com/google.rpc.RetryInfo");
        let read = tonic_types::pb::RetryInfo::decode(any.value.as_slice()).unwrap();
        assert_eq!(read.retry_delay.unwrap().seconds, 3);
        for bad in [
            "",
            "[]",
            "{}",
            r#"{"@type":"x/google.rpc.Nothing"}"#,
            r#"{"@type":"google.rpc.RetryInfo","a":1}"#,
        ] {
            assert!(matches!(detail(bad), Err(Failure::Usage(_))), "{bad}");
        }
    }
}
