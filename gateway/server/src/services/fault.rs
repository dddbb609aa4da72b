//! `eush.management.v1.FaultService`.

use std::collections::BTreeMap;
use std::sync::Arc;

use eush_domain::faults::knob::KNOBS;
use eush_domain::faults::{
    Detail, Draft, Knob, KnobSetting, Nastiness, NastinessProfile, Percent, Place, RuleId, RuleReport, Scope,
    Trigger,
};
use eush_domain::{AgencyId, Iin, MessageId, RegulationId, SenderId, ServiceId};
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::fault_service_server::FaultService;
use tonic::{Code, Request, Response, Status};

use crate::convert;
use crate::faults::arrival::publication_fault;
use crate::faults::{Acted, HeldCall, in_full, is_listed};
use crate::parts::Core;
use crate::realm::Realm;
use crate::rescue;

use super::script::keep;

/// The service.
#[derive(Clone)]
pub(crate) struct FaultCalls(pub(crate) Arc<Core>);

/// A rule that cannot be: field and remedy.
fn malformed(field: &str, expected: impl std::fmt::Display) -> Status {
    rescue::management(Code::InvalidArgument, "FAULT_MALFORMED", &format!("`{field}`: {expected}"))
}

/// Reads a field that may be empty.
fn field<T, E: std::fmt::Display>(
    name: &str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, Status> {
    if text.is_empty() {
        return Ok(None);
    }
    parse(text).map(Some).map_err(|error| malformed(name, error))
}

fn one_of(names: impl IntoIterator<Item = &'static str>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    format!("expected one of {}", names.join(", "))
}

fn scope(scope: wire::FaultScope) -> Result<Scope, Status> {
    let place =
        |text: &str| Place::parse(text).ok_or_else(|| one_of(Place::ALL.iter().map(|place| place.name())));
    // Whether a method of this name is ever called is not known here; that it reads as one is.
    let method = |text: &str| {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'/');
        if text.bytes().all(good) && text.len() <= 128 {
            Ok(text.to_owned())
        } else {
            Err("expected a gRPC method such as `Send` or `eush.bus.v1.GatewayService/Send`")
        }
    };
    let regulation = |text: &str| {
        let known = in_full(text);
        RegulationId::parse(&known).map_err(|_| format!("no public service is called `{known}`"))
    };
    // The digits are not repeated: they may be somebody's.
    let person = |text: &str| Iin::parse(text).map_err(|error| format!("expected IIN or BIN: {error}"));
    Ok(Scope {
        place: field("rule.scope.place", &scope.place, place)?,
        service: field("rule.scope.service_id", &scope.service_id, ServiceId::parse)?,
        regulation: field("rule.scope.regulation_id", &scope.regulation_id, regulation)?,
        channel: convert::known_channel(scope.channel),
        method: field("rule.scope.method", &scope.method, method)?,
        agency: field("rule.scope.agency", &scope.agency, AgencyId::parse)?,
        sender: field("rule.scope.sender_id", &scope.sender_id, SenderId::parse)?,
        person: field("rule.scope.person", &scope.person, person)?,
        message: field("rule.scope.message_id", &scope.message_id, MessageId::parse)?,
    })
}

fn knob(field: &str, name: &str) -> Result<Knob, Status> {
    Knob::parse(name).ok_or_else(|| malformed(field, one_of(Knob::ALL.iter().map(|knob| knob.name()))))
}

fn draft(rule: wire::FaultRule) -> Result<Draft, Status> {
    let knob = knob("rule.knob", &rule.knob)?;
    let trigger =
        |text: &str| Trigger::parse(text).ok_or_else(|| format!("`{text}` is none of {}", Trigger::EXPECTED));
    let parameters: BTreeMap<_, _> = rule.parameters.into_iter().collect();
    if knob == Knob::PublicationFault {
        let given = |name: &str, default: &'static str| parameters.get(name).map_or(default, String::as_str);
        publication_fault(given("publication", "list"), given("fault", "empty"))
            .map_err(|error| malformed("rule.parameters", error))?;
    }
    let details = rule.details.into_iter();
    Ok(Draft {
        id: field("rule.id", &rule.id, RuleId::parse)?,
        knob,
        scope: scope(rule.scope.unwrap_or_default())?,
        trigger: field("rule.trigger", &rule.trigger, trigger)?.unwrap_or(Trigger::Always),
        parameters,
        details: details.map(|any| Detail { type_url: any.type_url, value: any.value }).collect(),
    })
}

fn shown(report: &RuleReport) -> wire::FaultReport {
    let RuleReport { rule, met, decided } = report;
    let draft = &rule.draft;
    let scope = &draft.scope;
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let rule = wire::FaultRule {
        id: rule.id.to_string(),
        knob: draft.knob.name().to_owned(),
        scope: Some(wire::FaultScope {
            place: text(scope.place.map(Place::name)),
            service_id: text(scope.service.as_ref().map(ServiceId::as_str)),
            regulation_id: text(scope.regulation.as_ref().map(RegulationId::as_str)),
            channel: scope.channel.map_or(eush_wire::bus::v1::Channel::Unspecified, convert::channel).into(),
            method: text(scope.method.as_deref()),
            agency: text(scope.agency.as_ref().map(AgencyId::as_str)),
            sender_id: text(scope.sender.as_ref().map(SenderId::as_str)),
            person: text(scope.person.as_ref().map(Iin::digits)),
            message_id: text(scope.message.as_ref().map(MessageId::as_str)),
        }),
        trigger: draft.trigger.to_string(),
        parameters: draft.parameters.clone().into_iter().collect(),
        details: draft
            .details
            .iter()
            .map(|detail| prost_types::Any { type_url: detail.type_url.clone(), value: detail.value.clone() })
            .collect(),
        origin: rule.origin.name().to_owned(),
    };
    wire::FaultReport { rule: Some(rule), met: *met, decided: *decided }
}

fn held(call: HeldCall) -> wire::HeldCall {
    wire::HeldCall {
        id: call.rule,
        message_id: call.message,
        method: call.method,
        since: Some(convert::timestamp(call.since)),
    }
}

fn acted(acted: &Acted) -> wire::FaultAct {
    wire::FaultAct {
        id: acted.decided.rule.to_string(),
        knob: acted.decided.knob.name().to_owned(),
        place: acted.decided.place.name().to_owned(),
        method: acted.method.clone(),
        message_id: acted.message.clone(),
        parameters: acted.parameters(),
        at: Some(convert::timestamp(acted.at)),
    }
}

fn nastiness(nastiness: wire::Nastiness) -> Result<Nastiness, Status> {
    let names = || one_of(NastinessProfile::ALL.iter().map(|profile| profile.name()));
    let profile =
        NastinessProfile::parse(&nastiness.profile).ok_or_else(|| malformed("nastiness.profile", names()))?;
    let mut knobs = Vec::new();
    for (name, percent) in nastiness.knobs.into_iter().collect::<BTreeMap<_, _>>() {
        let path = format!("nastiness.knobs.{name}");
        let knob = knob(&path, &name)?;
        let percent = Percent::parse(&percent)
            .ok_or_else(|| malformed(&path, "expected 0 to 100, with at most two digits after the point"))?;
        knobs.push(KnobSetting { knob, percent });
    }
    Ok(Nastiness { profile, knobs })
}

fn shown_nastiness(nastiness: &Nastiness) -> wire::Nastiness {
    wire::Nastiness {
        profile: nastiness.profile.name().to_owned(),
        knobs: nastiness
            .knobs
            .iter()
            .map(|setting| (setting.knob.name().to_owned(), setting.percent.to_string()))
            .collect(),
    }
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl FaultCalls {
    /// Has what rules published badly served whole again. What the gateway holds stays until its next fetch, so it fetches.
    async fn unpublish(&self, realm: &Realm, rule: Option<&str>) -> Result<(), Status> {
        let points = realm.faults.unpublish(rule);
        let (false, Some(authority)) = (points.is_empty(), &realm.authority) else { return Ok(()) };
        for point in points {
            authority.reset_fault(point).await.map_err(|status| {
                let message = format!("The certificate services do not answer: {}", status.message());
                rescue::management(Code::Unavailable, "CERTIFICATE_SERVICES_UNAVAILABLE", &message)
            })?;
        }
        realm.evidence.changed().await;
        Ok(())
    }
}

#[tonic::async_trait]
impl FaultService for FaultCalls {
    async fn add_fault(
        &self,
        request: Request<wire::AddFaultRequest>,
    ) -> Result<Response<wire::AddFaultResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let rule = request.into_inner().rule.ok_or_else(|| malformed("rule", "expected a rule"))?;
        let id = realm.faults.add(draft(rule)?).map_err(|error| malformed("rule", error))?;
        keep(&realm).await?;
        Ok(Response::new(wire::AddFaultResponse { id: id.to_string() }))
    }

    async fn list_faults(
        &self,
        request: Request<wire::ListFaultsRequest>,
    ) -> Result<Response<wire::ListFaultsResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let magic = request.into_inner().include_magic;
        let faults = realm.faults.list();
        let faults = faults.iter().filter(|report| is_listed(report, magic)).map(shown).collect();
        Ok(Response::new(wire::ListFaultsResponse { faults }))
    }

    async fn remove_fault(
        &self,
        request: Request<wire::RemoveFaultRequest>,
    ) -> Result<Response<wire::RemoveFaultResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let id = request.into_inner().id;
        let Some(released) = realm.faults.remove(&id) else {
            let id: String = id.chars().filter(|character| !character.is_control()).take(64).collect();
            let message = format!(
                "Nobody added a fault `{id}`; `ListFaults` names those there are. Knobs of a profile go with \
                 `SetNastiness`."
            );
            return Err(rescue::management(Code::NotFound, "FAULT_UNKNOWN", &message));
        };
        keep(&realm).await?;
        self.unpublish(&realm, Some(&id)).await?;
        Ok(Response::new(wire::RemoveFaultResponse { released: count(released) }))
    }

    async fn release_held(
        &self,
        request: Request<wire::ReleaseHeldRequest>,
    ) -> Result<Response<wire::ReleaseHeldResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let wire::ReleaseHeldRequest { id, message_id } = request.into_inner();
        let asked = |text: &str| -> Option<String> { (!text.is_empty()).then(|| text.to_owned()) };
        let released = realm.faults.release(asked(&id).as_deref(), asked(&message_id).as_deref());
        Ok(Response::new(wire::ReleaseHeldResponse { released: count(released) }))
    }

    async fn list_held(
        &self,
        request: Request<wire::ListHeldRequest>,
    ) -> Result<Response<wire::ListHeldResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let held = realm.faults.held().into_iter().map(held).collect();
        Ok(Response::new(wire::ListHeldResponse { held }))
    }

    async fn reset_faults(
        &self,
        request: Request<wire::ResetFaultsRequest>,
    ) -> Result<Response<wire::ResetFaultsResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let (removed, released) = realm.faults.reset();
        keep(&realm).await?;
        self.unpublish(&realm, None).await?;
        Ok(Response::new(wire::ResetFaultsResponse { removed: count(removed), released: count(released) }))
    }

    async fn describe_knobs(
        &self,
        _request: Request<wire::DescribeKnobsRequest>,
    ) -> Result<Response<wire::DescribeKnobsResponse>, Status> {
        let parameter = |parameter: &eush_domain::faults::Parameter| wire::KnobParameter {
            name: parameter.name.to_owned(),
            default_value: parameter.default.to_owned(),
            expected: parameter.expected.to_owned(),
            does: parameter.does.to_owned(),
        };
        let knobs = KNOBS.iter().map(|facts| wire::KnobDescription {
            name: facts.knob.name().to_owned(),
            does: facts.does.to_owned(),
            liberty: facts.liberty.to_owned(),
            places: facts.places.iter().map(|place| place.name().to_owned()).collect(),
            parameters: facts.parameters.iter().map(parameter).collect(),
            realistic: facts.realistic.into(),
            hostile: facts.hostile.into(),
        });
        Ok(Response::new(wire::DescribeKnobsResponse { knobs: knobs.collect() }))
    }

    async fn set_nastiness(
        &self,
        request: Request<wire::SetNastinessRequest>,
    ) -> Result<Response<wire::SetNastinessResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let asked = request.into_inner().nastiness.unwrap_or_default();
        realm.faults.set_nastiness(nastiness(asked)?);
        keep(&realm).await?;
        let nastiness = Some(shown_nastiness(&realm.faults.nastiness()));
        Ok(Response::new(wire::SetNastinessResponse { nastiness }))
    }

    async fn get_nastiness(
        &self,
        request: Request<wire::GetNastinessRequest>,
    ) -> Result<Response<wire::GetNastinessResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let nastiness = Some(shown_nastiness(&realm.faults.nastiness()));
        Ok(Response::new(wire::GetNastinessResponse { nastiness }))
    }

    async fn list_fault_acts(
        &self,
        request: Request<wire::ListFaultActsRequest>,
    ) -> Result<Response<wire::ListFaultActsResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let wire::ListFaultActsRequest { limit, message_id, id } = request.into_inner();
        let limit = if limit == 0 { 50 } else { limit.min(1000) };
        let wanted = |acted: &Acted| {
            (message_id.is_empty() || acted.message == message_id)
                && (id.is_empty() || acted.decided.rule.as_str() == id)
        };
        let acts = realm.faults.acts(wanted, usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(Response::new(wire::ListFaultActsResponse { acts: acts.iter().map(acted).collect() }))
    }
}
