//! One case: its steps one after another, what each brought, what there is against it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use eush_wire::conformance::v1::{Feature, HandUse, Level, Payload, ServiceUse, Step, SubjectKind, Verdict};
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
const LIMIT: Duration = Duration::from_secs(60);

/// What one step brought.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(crate) built: Option<Built>,
    pub(crate) reply: Option<Reply>,
    pub(crate) view: Json,
}

/// A case while it runs.
pub(crate) struct Playing<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) planned: &'a Planned,
    pub(crate) records: HashMap<String, Record>,
    pub(crate) certificates: HashMap<String, Arc<Signatory>>,
    /// Calls under way, by the name of their step.
    pub(crate) under_way: HashMap<String, step::UnderWay>,
    pub(crate) trace: Trace,
    pub(crate) findings: Vec<String>,
    /// The bus's virtual time when the case began.
    pub(crate) now: OffsetDateTime,
    /// An id that only this case has.
    case_id: String,
    /// Places of the steps that were taken.
    taken: BTreeSet<usize>,
}

/// What came of a case.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) verdict: Verdict,
    pub(crate) findings: Vec<String>,
    pub(crate) trace: Trace,
    pub(crate) duration_ms: u32,
}

/// Plays a case.
pub(crate) async fn play(shared: &Shared, planned: &Planned, now: OffsetDateTime, numbers: Numbers) -> Ended {
    let mut trace = Trace::new(numbers);
    if let Some((verdict, why)) = not_run(shared, planned) {
        trace.note(why.clone());
        return Ended { verdict, findings: vec![why], trace, duration_ms: 0 };
    }
    let mut playing = Playing {
        shared,
        planned,
        records: HashMap::new(),
        certificates: HashMap::new(),
        under_way: HashMap::new(),
        trace,
        findings: Vec::new(),
        now,
        case_id: shared.message_id(),
        taken: BTreeSet::new(),
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
    let set_up = set_up.and(put_right(&mut playing).await);
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
    let duration_ms = trace.elapsed_ms();
    Ended { verdict, findings, trace, duration_ms }
}

async fn all_steps(playing: &mut Playing<'_>) -> Result<(), String> {
    let planned = playing.planned;
    let mut broken = false;
    for (place, step) in planned.case.steps.iter().enumerate() {
        // What comes after a broken step would only tell of the break again.
        if broken && !step.always {
            continue;
        }
        let before = playing.findings.len();
        one_step(playing, place, step).await?;
        broken |= playing.findings.len() > before;
    }
    Ok(())
}

async fn one_step(playing: &mut Playing<'_>, place: usize, step: &Step) -> Result<(), String> {
    playing.taken.insert(place);
    let name = if step.name.is_empty() { format!("step {}", place + 1) } else { step.name.clone() };
    let before = playing.findings.len();
    step::take(playing, &name, step).await?;
    for finding in playing.findings.iter_mut().skip(before) {
        *finding = format!("{name}: {finding}");
    }
    Ok(())
}

/// Takes the steps that must be taken whatever happened, where time or a fault of the set-up cut the case short.
async fn put_right(playing: &mut Playing<'_>) -> Result<(), String> {
    let planned = playing.planned;
    let mut outcome = Ok(());
    for (place, step) in planned.case.steps.iter().enumerate() {
        if step.always && !playing.taken.contains(&place) {
            let taken = tokio::time::timeout(LIMIT, one_step(playing, place, step)).await;
            outcome =
                outcome.and(taken.unwrap_or_else(|_| Err("it could not be put right in time".to_owned())));
        }
    }
    outcome
}

/// Why a case is not run, where it is not: it does not apply, or cannot be verified here.
fn not_run(shared: &Shared, planned: &Planned) -> Option<(Verdict, String)> {
    let facts = &shared.facts;
    let case = &planned.case;
    if !case.agencies.is_empty() && !case.agencies.contains(&facts.agency) {
        return Some((Verdict::Omit, format!("it is for {}", case.agencies.join(", "))));
    }
    if shared.kind == SubjectKind::Agency {
        let flow = planned.axes.get("flow").and_then(|flow| shared.flow(flow));
        let service = planned.axes.get("service").or(flow.map(|flow| &flow.service));
        if let Some(service) = service.filter(|service| !facts.services.contains(*service)) {
            return Some((Verdict::Omit, format!("the agency does not offer {service}")));
        }
        if let Some(why) = offers_nothing(shared, case.offers()) {
            return Some((Verdict::Omit, why.to_owned()));
        }
        if let Some(of) = planned.axes.get("use").and_then(|name| shared.hand_use(name))
            && of.agency != facts.agency
        {
            return Some((Verdict::Omit, format!("it is for {}", of.agency)));
        }
    }
    if shared.kind == SubjectKind::Gateway
        && let Some(flow) = planned.axes.get("flow")
        && !facts.flows.is_empty()
        && !facts.flows.contains(flow)
    {
        return Some((Verdict::Omit, format!("the bus does not have the flow {flow}")));
    }
    let missing: Vec<Feature> = case.needs().filter(|feature| !facts.features.contains(feature)).collect();
    let verdict =
        if missing.iter().any(|feature| owed_by_nobody(*feature)) { Verdict::Omit } else { Verdict::Skip };
    let why: Vec<String> = missing.into_iter().map(why_missing).collect();
    (!why.is_empty()).then(|| (verdict, why.join("; ")))
}

/// What only mocks and simulators have, and what a bus's own policy decides: who has none lacks nothing.
fn owed_by_nobody(feature: Feature) -> bool {
    match feature {
        Feature::Control
        | Feature::Lists
        | Feature::Nastiness
        | Feature::Responder
        | Feature::Sessions
        | Feature::Workplace => true,
        Feature::Agencies
        | Feature::Faults
        | Feature::Management
        | Feature::Results
        | Feature::Senders
        | Feature::Started
        | Feature::Unspecified => false,
    }
}

fn offers_nothing(shared: &Shared, wanted: ServiceUse) -> Option<&'static str> {
    match wanted {
        ServiceUse::Unspecified => None,
        ServiceUse::Any => {
            let by_hand = shared.facts.features.contains(&Feature::Workplace);
            (by_hand && shared.facts.services.is_empty())
                .then_some("people use it by hand, and it takes no messages")
        }
        ServiceUse::Delivery | ServiceUse::Lookup => {
            offered(shared, wanted).is_none().then_some("the agency offers no service of this kind")
        }
    }
}

fn why_missing(feature: Feature) -> String {
    match feature {
        Feature::Started => "the subject was not started by the runner, so it cannot be ended",
        Feature::Results => "later results do not reach the runner's gateway",
        Feature::Control => "the subject does not serve AgencyControlService, which only mocks have",
        Feature::Faults => "the bus's test authority publishes no faulty lists on demand",
        Feature::Management => "the bus's management listener is not known",
        Feature::Agencies => "no agency of the bus counts its own calls",
        Feature::Senders => "the secrets of the bus's senders are not known",
        Feature::Sessions => "the bus has no test sessions",
        Feature::Nastiness => "the bus breaks no calls on purpose",
        Feature::Lists => "the bus does not judge revocation by lists",
        Feature::Responder => "the bus asks no responder about certificates",
        Feature::Workplace => "nobody uses the subject by hand",
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
        let manner = self.shared.manner();
        let bus = self.shared.facts.management.as_ref().filter(|_| self.shared.kind == SubjectKind::Gateway);
        let bus = bus.map(|channel| (channel, &manner));
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
            "case_id" => return Some(Json::from(self.case_id.as_str())),
            "lookup" => {
                return offered(self.shared, ServiceUse::Lookup)
                    .map(|payload| payload.service.clone().into());
            }
            "delivery" => {
                return offered(self.shared, ServiceUse::Delivery)
                    .map(|payload| payload.service.clone().into());
            }
            "agency" => return Some(Json::from(self.shared.facts.agency.as_str())),
            "session" => return Some(Json::from(self.shared.session.as_str())),
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
            if let ("use", Some(name)) = (first, self.planned.axes.get("use")) {
                return of_hand_use(self.shared.hand_use(name)?, field);
            }
            if first == "payload" {
                return of_payload(self.payload_of_axis()?, field);
            }
        }
        None
    }
}

impl Playing<'_> {
    /// The payload of the case's axis: of a service, or of the public service of a flow.
    fn payload_of_axis(&self) -> Option<&Payload> {
        let axes = &self.planned.axes;
        match axes.get("flow").and_then(|flow| self.shared.flow(flow)) {
            Some(flow) => self.shared.payload(&flow.service, &flow.regulation),
            None => self.shared.payload(axes.get("service")?, ""),
        }
    }

    fn of_flow(&self, flow: &str, field: &str) -> Option<Json> {
        let (short, channel) = flow.rsplit_once('/')?;
        let known = self.shared.flow(flow);
        match field {
            "short" => Some(short.into()),
            "regulation" => Some(known.map_or(short, |flow| &flow.regulation).into()),
            "service" => Some(known?.service.clone().into()),
            "labels" => Some(known?.labels.clone().into()),
            "term" => Some(known?.term.clone().into()),
            "brought_term" => Some(known?.brought_term.clone().into()),
            "about" => Some(self.payload_of_axis()?.about.clone().into()),
            "agency" => Some(self.payload_of_axis()?.agency.clone().into()),
            "channel" => Some(channel.into()),
            // On the portal the person logs in, at the desk the operator.
            "login" => {
                let who =
                    if channel == "portal" { self.payload_of_axis()?.about.as_str() } else { "operator" };
                self.shared.roles.field(&format!("{who}.iin")).map(Json::from)
            }
            "applicant" => {
                let who = &self.payload_of_axis()?.about;
                self.shared.roles.field(&format!("{who}.iin")).map(Json::from)
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

fn of_hand_use(of: &HandUse, field: &str) -> Option<Json> {
    match field {
        "entry_type" => Some(of.entry_type.clone().into()),
        "failing" => Some(of.failing.clone().into()),
        "nothing_about" => Some(of.nothing_about.clone().into()),
        "about" => Some(of.about.clone().into()),
        _ => None,
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
