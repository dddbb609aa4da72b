//! Signed documents in answers, and later results of deliveries.

use eush_wire::conformance::v1::{Feature, SubjectKind};
use prost_reflect::{DynamicMessage, ReflectMessage as _};

use crate::judge::{self, Demand, signature};
use crate::run::case::{Playing, Record};
use crate::wire::Reply;
use crate::{fields, words};

/// The signed document of an answer.
pub(super) fn signed(playing: &mut Playing<'_>, demand: &Demand, reply: &Reply) {
    if demand.expect.signed.is_empty() || reply.code != tonic::Code::Ok {
        return;
    }
    let document = reply.answer.as_ref().and_then(|answer| within(answer, &demand.expect.signed));
    judge_signed(playing, &demand.expect.signed, document);
}

fn judge_signed(playing: &mut Playing<'_>, path: &str, document: Option<DynamicMessage>) {
    let Some(document) = document else {
        playing.findings.push(format!("`{path}`: expected a signed document, came nothing"));
        return;
    };
    // Only a subject that the runner started has its keys from the runner.
    let ours = playing.shared.kind == SubjectKind::Agency
        && playing.shared.facts.features.contains(&Feature::Started);
    let authority = ours.then(|| playing.shared.bus.authority());
    let found = signature::result(&document, authority);
    playing.findings.extend(found.into_iter().map(|fault| format!("`{path}`: {fault}")));
}

pub(super) async fn awaited(
    playing: &mut Playing<'_>,
    name: &str,
    of: &str,
    demand: &Demand,
) -> Result<(), String> {
    let message_id = sent_id(playing, of)?;
    let Some(completion) = playing.shared.bus.completion(&message_id, playing.shared.patience).await else {
        playing.findings.push(format!("expected a later result of `{of}`, none came"));
        return Ok(());
    };
    let view = words::to_json(&completion);
    playing.trace.came("GatewayService.CompleteDelivery ", &view);
    playing.findings.extend(judge::view(demand, &view));
    if !demand.expect.signed.is_empty() {
        let document = within(&completion, &demand.expect.signed);
        judge_signed(playing, &demand.expect.signed.clone(), document);
    }
    // A delivery ends once: whatever else came must be the very same outcome.
    let all = playing.shared.bus.completions(&message_id);
    let outcome = |call: &DynamicMessage| {
        ["result.decoded", "refusal"]
            .map(|path| fields::find(&words::to_json(call), path).first().map(|json| (*json).clone()))
    };
    if all.iter().any(|other| outcome(other) != outcome(&completion)) {
        playing.findings.push("the delivery was ended twice, in different ways".to_owned());
    }
    playing.records.insert(name.to_owned(), Record { view, ..Record::default() });
    Ok(())
}

pub(super) async fn none(playing: &mut Playing<'_>, of: &str) -> Result<(), String> {
    let message_id = sent_id(playing, of)?;
    if let Some(completion) = playing.shared.bus.completion(&message_id, playing.shared.silence).await {
        playing.trace.came("GatewayService.CompleteDelivery ", &words::to_json(&completion));
        playing.findings.push(format!("expected no later result of `{of}`, one came"));
    }
    Ok(())
}

/// Id of the message that a step sent.
fn sent_id(playing: &Playing<'_>, step: &str) -> Result<String, String> {
    let built = playing.record(step)?.built.as_ref();
    built.map(|built| built.message_id.clone()).ok_or_else(|| "that step sent nothing".to_owned())
}

/// The message at a path of names.
fn within(message: &DynamicMessage, path: &str) -> Option<DynamicMessage> {
    path.split('.').try_fold(message.clone(), |message, name| {
        let field = message.descriptor().get_field_by_name(name)?;
        message.has_field(&field).then(|| message.get_field(&field).as_message().cloned()).flatten()
    })
}
