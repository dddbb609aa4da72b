//! One step: does it, and has what came judged. What cannot be set up is an error; what the subject does wrong is a finding.

use std::sync::Arc;
use std::time::Duration;

use eush_wire::conformance::v1::{
    Certificate, Drain, Order, Raw, Received, Restart, SameAnswers, Script, Step, SubjectKind,
};
use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};
use serde_json::{Value as Json, json};
use tonic::transport::Channel;

use super::case::{Playing, Record};
use super::golden;
use super::keys::{self, Wanted};
use super::vars;
use crate::judge::{self, Demand, signature};
use crate::wire::{self, Manner, Reply};
use crate::{fields, value, words};

/// Does a step.
pub(crate) async fn take(playing: &mut Playing<'_>, name: &str, step: &Step) -> Result<(), String> {
    let demand = demand(playing, step)?;
    if !step.call.is_empty() {
        call(playing, name, step, &demand).await
    } else if let Some(raw) = &step.raw {
        by_hand(playing, name, raw, &demand).await
    } else if !step.reflect.is_empty() {
        reflect(playing, name, &step.reflect, &demand).await
    } else if !step.await_result.is_empty() {
        await_result(playing, name, &step.await_result, &demand).await
    } else if !step.await_nothing.is_empty() {
        await_nothing(playing, &step.await_nothing).await
    } else if let Some(certificate) = &step.certificate {
        certify(playing, name, certificate).await
    } else if let Some(script) = &step.script {
        scripted(playing, script)
    } else if let Some(received) = &step.received {
        look_at_received(playing, received)
    } else if let Some(drain) = &step.drain {
        drained(playing, drain).await
    } else {
        restart(playing, step.restart()).await
    }
}

/// The expectation of a step with its `${…}` filled in.
fn demand(playing: &Playing<'_>, step: &Step) -> Result<Demand, String> {
    let mut expect = step.expect.clone().unwrap_or_default();
    expect.reason = vars::text(&expect.reason, playing)?;
    for code in &mut expect.code {
        *code = vars::text(code, playing)?;
    }
    let mut fields = Vec::new();
    for (path, matcher) in &expect.fields {
        // A field may be known only from this step's own answer: that is filled in when it is there.
        let matcher = value::of_value(matcher);
        fields.push((path.clone(), vars::expand(&matcher, playing).unwrap_or(matcher)));
    }
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Demand { expect, fields })
}

/// The step with the `${…}` in its names filled in.
fn named(playing: &Playing<'_>, step: &Step) -> Result<Step, String> {
    let mut step = step.clone();
    for text in
        [&mut step.sender, &mut step.channel, &mut step.about, &mut step.signed_by, &mut step.regulation]
    {
        *text = vars::text(text, playing)?;
    }
    Ok(step)
}

async fn target(playing: &Playing<'_>, to: &str) -> Result<Channel, String> {
    match to.split_once(':') {
        _ if to.is_empty() => Ok(playing.shared.subject.read().await.channel.clone()),
        _ if to == "management" => {
            playing.shared.facts.management.clone().ok_or("no management listener".to_owned())
        }
        Some(("agency", code)) => playing
            .shared
            .facts
            .agencies
            .get(code)
            .cloned()
            .ok_or_else(|| format!("no agency `{code}` is known")),
        _ => Err(format!("there is no listener `{to}`; write management or agency:CODE")),
    }
}

fn manner(step: &Step) -> Manner {
    let millis = |value: u32| (value > 0).then(|| Duration::from_millis(value.into()));
    Manner {
        timeout: millis(step.timeout_ms),
        cancel_after: millis(step.cancel_after_ms),
        metadata: step.metadata.clone().into_iter().collect(),
    }
}

async fn call(playing: &mut Playing<'_>, name: &str, step: &Step, demand: &Demand) -> Result<(), String> {
    let method = words::method(&step.call).ok_or_else(|| format!("there is no method `{}`", step.call))?;
    let to = vars::text(&step.to, playing)?;
    let channel = target(playing, &to).await?;
    let step = &named(playing, step)?;
    let built = golden::build(playing, step, &method).await?;
    playing.trace.sent(&step.call, &words::to_json(&built.request));
    let replies = replies(&channel, &method, &built, step).await?;
    let mut record = Record { signer: signer(step), ..Record::default() };
    for reply in &replies {
        let view = reply.view();
        playing.trace.came(&format!("{} ", reply.summary()), &view);
        // `${this.…}` is the step's own message.
        let own = Demand { fields: own_fields(playing, demand, &built.message_id), ..demand.clone() };
        playing.findings.extend(judge::reply(&own, reply));
    }
    if step.cancel_after_ms == 0 && replies.is_empty() {
        return Err("nothing was sent".to_owned());
    }
    if demand.expect.answers() == SameAnswers::Equal {
        playing.findings.extend(unequal(&replies));
    }
    if let Some(last) = replies.last() {
        same_as(playing, demand, last)?;
        signed(playing, demand, last);
        record.view = last.view();
        record.reply = Some(last.clone());
    }
    let message_id = built.message_id.clone();
    record.built = Some(built);
    let counted = counted_calls(playing, demand, &message_id).await?;
    playing.findings.extend(counted);
    let labels = labels(playing, step, demand, &record).await?;
    playing.findings.extend(labels);
    playing.records.insert(name.to_owned(), record);
    Ok(())
}

/// Who signs the message, so that the same message can be signed again.
fn signer(step: &Step) -> String {
    if !step.signed_by.is_empty() {
        step.signed_by.clone()
    } else if step.channel == "state-corporation" {
        "operator".to_owned()
    } else if step.about.is_empty() {
        "unemployed".to_owned()
    } else {
        step.about.clone()
    }
}

fn own_fields(_playing: &Playing<'_>, demand: &Demand, message_id: &str) -> Vec<(String, Json)> {
    let own = |matcher: &Json| match matcher {
        Json::String(text) => Json::from(text.replace("${this.message_id}", message_id)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => matcher.clone(),
    };
    demand.fields.iter().map(|(path, matcher)| (path.clone(), own(matcher))).collect()
}

async fn replies(
    channel: &Channel,
    method: &words::Method,
    built: &golden::Built,
    step: &Step,
) -> Result<Vec<Reply>, String> {
    let manner = manner(step);
    let times = step.times.max(1);
    let mut replies = Vec::new();
    if step.order() == Order::AtOnce {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..times {
            let (channel, method, bytes, manner) =
                (channel.clone(), method.clone(), built.bytes.clone(), manner.clone());
            tasks.spawn(async move { wire::call(&channel, &method, bytes, &manner).await });
        }
        while let Some(done) = tasks.join_next().await {
            replies.extend(done.map_err(|error| error.to_string())??);
        }
    } else {
        for _ in 0..times {
            replies.extend(wire::call(channel, method, built.bytes.clone(), &manner).await?);
        }
    }
    Ok(replies)
}

fn unequal(replies: &[Reply]) -> Option<String> {
    let first = replies.first()?;
    let differs = replies.iter().any(|reply| reply.answer != first.answer || reply.code != first.code);
    differs.then(|| format!("expected {} equal answers, some differ", replies.len()))
}

fn same_as(playing: &mut Playing<'_>, demand: &Demand, reply: &Reply) -> Result<(), String> {
    if demand.expect.same_as.is_empty() {
        return Ok(());
    }
    let before = playing.record(&demand.expect.same_as)?;
    let before = before.reply.as_ref().ok_or("that step has no answer")?;
    if before.answer != reply.answer || before.code != reply.code {
        playing
            .findings
            .push(format!("expected the same answer as at `{}`, it differs", demand.expect.same_as));
    }
    Ok(())
}

/// The signed document of an answer.
fn signed(playing: &mut Playing<'_>, demand: &Demand, reply: &Reply) {
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
        && playing.shared.facts.features.contains(&eush_wire::conformance::v1::Feature::Started);
    let authority = ours.then(|| playing.shared.bus.authority());
    let found = signature::result(&document, authority);
    playing.findings.extend(found.into_iter().map(|fault| format!("`{path}`: {fault}")));
}

/// The message at a path of names.
fn within(message: &DynamicMessage, path: &str) -> Option<DynamicMessage> {
    path.split('.').try_fold(message.clone(), |message, name| {
        let field = message.descriptor().get_field_by_name(name)?;
        message.has_field(&field).then(|| message.get_field(&field).as_message().cloned()).flatten()
    })
}

/// Calls that agencies counted for a message, against the ones demanded.
async fn counted_calls(
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
        let reply = wire::call(channel, &method, bytes, &Manner::default()).await?.ok_or("no answer")?;
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
async fn labels(
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
    let reply = wire::call(&channel, &method, built.bytes, &Manner::default()).await?.ok_or("no answer")?;
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

async fn by_hand(playing: &mut Playing<'_>, name: &str, raw: &Raw, demand: &Demand) -> Result<(), String> {
    let address = playing.shared.subject.read().await.address.clone();
    playing.trace.sent(
        &format!("HTTP/2 {}", raw.path),
        &json!({ "frame": format!("{:?}", raw.frame()), "content_type": raw.content_type }),
    );
    match wire::hand::send(&address, raw).await {
        Ok(reply) => {
            playing.trace.came(&format!("{} HTTP {} ", reply.summary(), reply.http_status), &reply.view());
            playing.findings.extend(judge::reply(demand, &reply));
            playing.records.insert(
                name.to_owned(),
                Record { view: reply.view(), reply: Some(reply), ..Record::default() },
            );
        }
        Err(fault) => playing.findings.push(format!("expected an answer, came none: {fault}")),
    }
    Ok(())
}

async fn reflect(
    playing: &mut Playing<'_>,
    name: &str,
    version: &str,
    demand: &Demand,
) -> Result<(), String> {
    let channel = target(playing, "").await?;
    match wire::reflect::services(&channel, version).await {
        Ok(services) => {
            let view = json!({ "services": services });
            playing.trace.came("reflection ", &view);
            playing.findings.extend(judge::view(demand, &view));
            playing.records.insert(name.to_owned(), Record { view, ..Record::default() });
        }
        Err(fault) => playing.findings.push(format!("reflection {version} does not answer: {fault}")),
    }
    Ok(())
}

async fn await_result(
    playing: &mut Playing<'_>,
    name: &str,
    of: &str,
    demand: &Demand,
) -> Result<(), String> {
    let message_id = playing
        .record(of)?
        .built
        .as_ref()
        .map(|built| built.message_id.clone())
        .ok_or("that step sent nothing")?;
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

async fn await_nothing(playing: &mut Playing<'_>, of: &str) -> Result<(), String> {
    let message_id = playing
        .record(of)?
        .built
        .as_ref()
        .map(|built| built.message_id.clone())
        .ok_or("that step sent nothing")?;
    if let Some(completion) = playing.shared.bus.completion(&message_id, playing.shared.silence).await {
        playing.trace.came("GatewayService.CompleteDelivery ", &words::to_json(&completion));
        playing.findings.push(format!("expected no later result of `{of}`, one came"));
    }
    Ok(())
}

async fn certify(playing: &mut Playing<'_>, name: &str, certificate: &Certificate) -> Result<(), String> {
    let label = playing.shared.message_id();
    let wanted = Wanted {
        role: vars::text(&certificate.role, playing)?,
        defect: keys::defect(&vars::text(&certificate.defect, playing)?)?,
        roles: certificate.roles.clone(),
        label,
    };
    let signatory = playing.enroll(&wanted).await?;
    let serial = signatory.serial.clone();
    let methods: &[&str] = match vars::text(&certificate.then, playing)?.as_str() {
        "" => &[],
        "revoke" => &["RevokeCertificate"],
        "hold" => &["HoldCertificate"],
        "hold-and-release" => &["HoldCertificate", "ReleaseCertificate"],
        other => {
            return Err(format!(
                "nothing is known of `then: {other}`; write revoke, hold or hold-and-release"
            ));
        }
    };
    for method in methods {
        let method =
            words::method(&format!("CertificateAuthorityService.{method}")).ok_or("no such method")?;
        let channel = target(playing, "management").await?;
        let mut request = DynamicMessage::new(method.input.clone());
        request.set_field_by_name("serial", Value::String(serial.clone()));
        if method.input.get_field_by_name("reason").is_some() {
            request.set_field_by_name("reason", Value::EnumNumber(1));
        }
        let bytes = prost::Message::encode_to_vec(&request).into();
        let reply = wire::call(&channel, &method, bytes, &Manner::default()).await?.ok_or("no answer")?;
        if reply.code != tonic::Code::Ok {
            return Err(format!("{} of the certificate: {}", method.path, reply.summary()));
        }
        playing.trace.note(format!("{} {serial}", method.path));
    }
    let (certificate, issuer) = signatory.certificates();
    let view = json!({ "serial": serial, "certificate": certificate, "issuer": issuer });
    playing.records.insert(name.to_owned(), Record { view, ..Record::default() });
    playing.certificates.insert(name.to_owned(), Arc::clone(&signatory));
    Ok(())
}

fn scripted(playing: &mut Playing<'_>, script: &Script) -> Result<(), String> {
    let mut answers = script.answers.clone();
    for answer in &mut answers {
        if let Some(json) = answer.answer.take() {
            let json = vars::expand(&value::of_struct(json), playing)?;
            answer.answer = value::to_struct(&json);
        }
        answer.refuse = vars::text(&answer.refuse, playing)?;
    }
    playing.shared.bus.script(&script.method, &answers);
    Ok(())
}

fn look_at_received(playing: &mut Playing<'_>, received: &Received) -> Result<(), String> {
    let calls = playing.shared.bus.received(&received.method);
    if calls.len() as u64 != u64::from(received.count) {
        playing.findings.push(format!(
            "expected {} calls of {}, came {}",
            received.count,
            received.method,
            calls.len()
        ));
    }
    if let Some(last) = calls.last() {
        let view = words::to_json(last);
        playing.trace.came(&format!("{} ", received.method), &view);
        let mut fields = Vec::new();
        for (path, matcher) in &received.fields {
            fields.push((path.clone(), vars::expand(&value::of_value(matcher), playing)?));
        }
        fields.sort_by(|a, b| a.0.cmp(&b.0));
        let demand = Demand { expect: Default::default(), fields };
        playing.findings.extend(judge::view(&demand, &view));
    }
    Ok(())
}

async fn drained(playing: &mut Playing<'_>, drain: &Drain) -> Result<(), String> {
    let mut subject = playing.shared.subject.write().await;
    let limit = Duration::from_secs(drain.within_seconds.max(1).into());
    let ended = subject.terminate_within(limit).await;
    if let Err(fault) = ended {
        playing.findings.push(fault);
    }
    subject.restart(false).await.map_err(|error| error.to_string())
}

async fn restart(playing: &mut Playing<'_>, how: Restart) -> Result<(), String> {
    let mut subject = playing.shared.subject.write().await;
    playing.trace.note("the subject is ended and started again");
    subject.restart(how == Restart::Terminate).await.map_err(|error| error.to_string())
}
