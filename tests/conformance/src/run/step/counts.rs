//! What is asked beside an answer: the agencies' own counts, and the items of the act that were executed.

use eush_wire::conformance::v1::Step;
use prost_reflect::{DynamicMessage, Value};

use super::target;
use crate::judge::Demand;
use crate::run::case::{Playing, Record};
use crate::run::golden;
use crate::{fields, wire, words};

/// Calls that agencies counted for a message, against the ones demanded.
pub(super) async fn calls(
    playing: &mut Playing<'_>,
    demand: &Demand,
    message_id: &str,
) -> Result<Vec<String>, String> {
    let wanted = &demand.expect.agency_calls;
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let method = words::method("AgencyControlService.ListCalls").ok_or("no such method")?;
    let mut counts = std::collections::BTreeMap::new();
    for (code, channel) in &playing.shared.facts.agencies {
        let mut request = DynamicMessage::new(method.input.clone());
        request.set_field_by_name("message_id", Value::String(message_id.to_owned()));
        let bytes = prost::Message::encode_to_vec(&request).into();
        let reply =
            wire::call(channel, &method, bytes, &playing.shared.manner()).await?.ok_or("no answer")?;
        if reply.code != tonic::Code::Ok {
            return Err(format!("agency `{code}` does not tell its calls: {}", reply.summary()));
        }
        let total = reply.view()["total"].as_u64().unwrap_or_default();
        counts.insert(code.clone(), total);
    }
    playing.trace.note(format!("agency calls: {counts:?}"));
    let total: u64 = counts.values().sum();
    let mut findings: Vec<String> = wanted
        .iter()
        .filter_map(|(code, wanted)| {
            let counted = if code == "any" { total } else { counts.get(code).copied().unwrap_or_default() };
            (counted != u64::from(*wanted))
                .then(|| format!("expected {wanted} calls of agency {code}, it counted {counted}"))
        })
        .collect();
    findings.sort();
    Ok(findings)
}

/// Labels of the act executed so far, against the ones demanded.
pub(super) async fn labels(
    playing: &mut Playing<'_>,
    step: &Step,
    demand: &Demand,
    record: &Record,
) -> Result<Vec<String>, String> {
    let wanted = &demand.expect.labels;
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let places = ["status.application_id", "application_id", "error.info.applicationId"];
    let application =
        places.iter().find_map(|path| fields::find(&record.view, path).first().and_then(|id| id.as_str()));
    let Some(application) = application.map(str::to_owned) else {
        return Ok(vec!["expected an application in the answer, came none".to_owned()]);
    };
    let method = words::method("ProcessService.GetApplication").ok_or("no such method")?;
    let change = [("application_id".to_owned(), value_of(&application))].into();
    let ask = Step {
        call: "ProcessService.GetApplication".to_owned(),
        change,
        sender: step.sender.clone(),
        ..Step::default()
    };
    let built = golden::build(playing, &ask, &method).await?;
    let channel = target(playing, "").await?;
    let reply =
        wire::call(&channel, &method, built.bytes, &playing.shared.manner()).await?.ok_or("no answer")?;
    let view = reply.view();
    let steps = fields::find(&view, "steps[*]");
    let executed = steps.iter().filter(|step| step["outcome"] != "not-observed");
    let found: Vec<&str> =
        executed.filter_map(|step| step["label"].as_str()).filter(|label| !label.is_empty()).collect();
    if found == wanted.iter().map(String::as_str).collect::<Vec<_>>() {
        return Ok(Vec::new());
    }
    Ok(vec![format!("expected the act's items {}, came {}", wanted.join(" → "), found.join(" → "))])
}

fn value_of(text: &str) -> prost_types::Value {
    prost_types::Value { kind: Some(prost_types::value::Kind::StringValue(text.to_owned())) }
}
