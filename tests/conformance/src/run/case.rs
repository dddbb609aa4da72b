//! One case: its steps one after another, what each brought, what there is against it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use eush_wire::conformance::v1::{Feature, Level, Payload, ServiceUse, SubjectKind, Verdict};
use serde_json::Value as Json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::context::Shared;
use super::golden::Built;
use super::keys::{Signatory, Wanted};
use super::step;
use super::vars::Lookup;
use crate::fields;
use crate::suite::Planned;
use crate::trace::{Numbers, Trace};
use crate::wire::Reply;

/// Time of a case that says nothing of it.
const LIMIT: Duration = Duration::from_secs(20);

/// What one step brought.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(crate) built: Option<Built>,
    pub(crate) reply: Option<Reply>,
    pub(crate) view: Json,
    pub(crate) signer: String,
}

/// A case while it runs.
pub(crate) struct Playing<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) planned: &'a Planned,
    pub(crate) records: HashMap<String, Record>,
    pub(crate) certificates: HashMap<String, Arc<Signatory>>,
    pub(crate) trace: Trace,
    pub(crate) findings: Vec<String>,
    /// The bus's virtual time when the case began.
    pub(crate) now: OffsetDateTime,
}

/// What came of a case.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) verdict: Verdict,
    pub(crate) findings: Vec<String>,
    pub(crate) trace: Trace,
}

/// Plays a case.
pub(crate) async fn play(shared: &Shared, planned: &Planned, now: OffsetDateTime, numbers: Numbers) -> Ended {
    let mut trace = Trace::new(numbers);
    if let Some((verdict, why)) = not_run(shared, planned) {
        trace.note(why.clone());
        return Ended { verdict, findings: vec![why], trace };
    }
    let mut playing = Playing {
        shared,
        planned,
        records: HashMap::new(),
        certificates: HashMap::new(),
        trace,
        findings: Vec::new(),
        now,
    };
    let limit = match planned.case.seconds {
        0 => LIMIT,
        seconds => Duration::from_secs(seconds.into()),
    };
    let set_up = match tokio::time::timeout(limit, all_steps(&mut playing)).await {
        Ok(set_up) => set_up,
        Err(_) => {
            playing.findings.push(format!("the case was not done within {} s", limit.as_secs()));
            Ok(())
        }
    };
    let Playing { trace, mut findings, .. } = playing;
    let verdict = match (set_up, findings.is_empty(), planned.case.level()) {
        (Err(fault), _, _) => {
            findings.push(format!("set-up: {fault}"));
            Verdict::Error
        }
        (Ok(()), true, _) => Verdict::Pass,
        (Ok(()), false, Level::Should) => Verdict::Warn,
        (Ok(()), false, Level::Must | Level::Unspecified) => Verdict::Fail,
    };
    Ended { verdict, findings, trace }
}

async fn all_steps(playing: &mut Playing<'_>) -> Result<(), String> {
    let planned = playing.planned;
    let mut broken = false;
    for (place, step) in planned.case.steps.iter().enumerate() {
        // What comes after a broken step would only tell of the break again; an agency must be put right all the same.
        if broken && !step.call.starts_with("AgencyControlService.") {
            continue;
        }
        let name = if step.name.is_empty() { format!("step {}", place + 1) } else { step.name.clone() };
        let before = playing.findings.len();
        step::take(playing, &name, step).await?;
        for finding in playing.findings.iter_mut().skip(before) {
            *finding = format!("{name}: {finding}");
        }
        broken |= playing.findings.len() > before;
    }
    Ok(())
}

/// Why a case is not run, where it is not: it does not apply, or cannot be verified here.
fn not_run(shared: &Shared, planned: &Planned) -> Option<(Verdict, String)> {
    let facts = &shared.facts;
    let case = &planned.case;
    if !case.agencies.is_empty() && !case.agencies.contains(&facts.agency) {
        return Some((Verdict::Omit, format!("it is for {}", case.agencies.join(", "))));
    }
    if shared.kind == SubjectKind::Agency {
        if let Some(service) = planned.axes.get("service")
            && !facts.services.contains(service)
        {
            return Some((Verdict::Omit, format!("the agency does not offer {service}")));
        }
        if case.offers() != ServiceUse::Unspecified && offered(shared, case.offers()).is_none() {
            return Some((Verdict::Omit, "the agency offers no service of this kind".to_owned()));
        }
    }
    if let Some(flow) = planned.axes.get("flow")
        && !facts.flows.is_empty()
        && !facts.flows.contains(flow)
    {
        return Some((Verdict::Omit, format!("the bus does not have the flow {flow}")));
    }
    let missing: Vec<String> =
        case.needs().filter(|feature| !facts.features.contains(feature)).map(why_missing).collect();
    (!missing.is_empty()).then(|| (Verdict::Skip, missing.join("; ")))
}

fn why_missing(feature: Feature) -> String {
    match feature {
        Feature::Started => "the subject was not started by the runner, so it cannot be ended",
        Feature::Results => "later results do not reach the runner's gateway",
        Feature::Control => "the subject does not serve AgencyControlService",
        Feature::Management => "the bus's management listener is not known",
        Feature::Agencies => "no agency of the bus counts its own calls",
        Feature::Senders => "the secrets of the bus's senders are not known",
        Feature::Unspecified => "an unnamed feature is missing",
    }
    .to_owned()
}

/// The first payload of a kind that the agency offers.
fn offered(shared: &Shared, wanted: ServiceUse) -> Option<&Payload> {
    shared
        .library
        .payloads
        .payloads
        .iter()
        .find(|payload| payload.r#use() == wanted && shared.facts.services.contains(&payload.service))
}

impl Playing<'_> {
    /// What a step brought.
    pub(crate) fn record(&self, name: &str) -> Result<&Record, String> {
        self.records.get(name).ok_or_else(|| format!("there is no step `{name}` before this one"))
    }

    /// The same, with `about.…` meaning a role.
    pub(crate) fn about<'b>(&'b self, role: &'b str) -> About<'b> {
        About { playing: self, role }
    }

    /// A key of a role.
    pub(crate) async fn enroll(&self, wanted: &Wanted) -> Result<Arc<Signatory>, String> {
        let role = &wanted.role;
        let fields = self.shared.roles.role(role).ok_or_else(|| format!("there is no role `{role}`"))?;
        let bus = self.shared.facts.management.as_ref().filter(|_| self.shared.kind == SubjectKind::Gateway);
        self.shared.keys.signatory(wanted, fields, self.shared.bus.authority(), bus).await
    }
}

impl Lookup for Playing<'_> {
    fn value(&self, name: &str) -> Option<Json> {
        if let Some(value) = self.planned.axes.get(name) {
            return Some(Json::from(value.as_str()));
        }
        match name {
            "now" => return self.now.format(&Rfc3339).ok().map(Json::from),
            "unique" => return Some(Json::from(self.shared.message_id())),
            "lookup" => {
                return offered(self.shared, ServiceUse::Lookup)
                    .map(|payload| payload.service.clone().into());
            }
            "delivery" => {
                return offered(self.shared, ServiceUse::Delivery)
                    .map(|payload| payload.service.clone().into());
            }
            "agency" => return Some(Json::from(self.shared.facts.agency.as_str())),
            _ => {}
        }
        if let Some(value) = self.shared.roles.field(name) {
            return Some(Json::from(value));
        }
        if let Some((first, field)) = name.split_once('.') {
            if let Some(record) = self.records.get(first) {
                return self.of_record(record, field);
            }
            if let ("refusal", "code", Some(reason)) = (first, field, self.planned.axes.get("reason")) {
                let facts = eush_domain::Rejection::ALL.iter().map(|rejection| rejection.facts());
                let code = facts.into_iter().find(|facts| facts.reason == reason)?.code.name();
                return Some(code.to_lowercase().replace('_', "-").into());
            }
            if let ("flow", Some(flow)) = (first, self.planned.axes.get("flow")) {
                return self.of_flow(flow, field);
            }
            if let ("payload", Some(payload)) =
                (first, self.planned.axes.get("service").and_then(|service| self.shared.payload(service)))
            {
                return of_payload(payload, field);
            }
        }
        None
    }
}

impl Playing<'_> {
    fn of_flow(&self, flow: &str, field: &str) -> Option<Json> {
        let (regulation, channel) = flow.rsplit_once('/')?;
        match field {
            "regulation" => Some(regulation.into()),
            "channel" => Some(channel.into()),
            // On the portal the person logs in, at the desk the operator.
            "login" => {
                let who = if channel == "portal" { "unemployed.iin" } else { "operator.iin" };
                self.shared.roles.field(who).map(Json::from)
            }
            _ => None,
        }
    }

    fn of_record(&self, record: &Record, field: &str) -> Option<Json> {
        if let Some(path) = field.strip_prefix("sent.") {
            let sent = crate::words::to_json(&record.built.as_ref()?.request);
            return fields::find(&sent, path).first().map(|value| (*value).clone());
        }
        match field {
            // A front may have chosen another id than the runner's: what it said counts.
            "message_id" if record.view["message_id"].is_string() => Some(record.view["message_id"].clone()),
            "message_id" => record.built.as_ref().map(|built| built.message_id.clone().into()),
            _ => fields::find(&record.view, field).first().map(|value| (*value).clone()),
        }
    }
}

fn of_payload(payload: &Payload, field: &str) -> Option<Json> {
    match field {
        "answer_type" => Some(payload.answer_type.clone().into()),
        "about" => Some(payload.about.clone().into()),
        "regulation" => Some(payload.regulation.clone().into()),
        "agency" => Some(payload.agency.clone().into()),
        "attachment" => payload.attachments.first().map(|kind| kind.clone().into()),
        _ => None,
    }
}

/// A scope in which `about.…` means a role.
pub(crate) struct About<'a> {
    playing: &'a Playing<'a>,
    role: &'a str,
}

impl Lookup for About<'_> {
    fn value(&self, name: &str) -> Option<Json> {
        match name.strip_prefix("about.") {
            Some(field) => {
                let role: &BTreeMap<String, String> = self.playing.shared.roles.role(self.role)?;
                // A person lacks what only some have: an empty text is what they would write.
                Some(role.get(field).map_or_else(|| Json::from(""), |value| Json::from(value.as_str())))
            }
            None => self.playing.value(name),
        }
    }
}
