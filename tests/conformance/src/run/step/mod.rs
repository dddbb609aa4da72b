//! One step: does it, and has what came judged. What cannot be set up is an error; what the subject does wrong is a finding.

mod call;
mod certify;
mod counts;
mod outcome;

use std::time::Duration;

use eush_wire::conformance::v1::{Drain, Raw, Received, Restart, Script, Step};
use serde_json::{Value as Json, json};
use tonic::transport::Channel;

pub(crate) use self::call::UnderWay;
use super::case::{Playing, Record};
use super::vars;
use crate::judge::{self, Demand};
use crate::wire::Dialer;
use crate::{value, wire, words};

/// Does a step.
pub(crate) async fn take(playing: &mut Playing<'_>, name: &str, step: &Step) -> Result<(), String> {
    let demand = demand(playing, step)?;
    if !step.call.is_empty() {
        call::call(playing, name, step, &demand).await
    } else if let Some(raw) = &step.raw {
        by_hand(playing, name, raw, &demand).await
    } else if !step.reflect.is_empty() {
        reflect(playing, name, &step.reflect, &demand).await
    } else if !step.await_result.is_empty() {
        outcome::awaited(playing, name, &step.await_result, &demand).await
    } else if !step.await_nothing.is_empty() {
        outcome::none(playing, &step.await_nothing).await
    } else if let Some(certificate) = &step.certificate {
        certify::certify(playing, name, certificate).await
    } else if let Some(script) = &step.script {
        scripted(playing, script)
    } else if let Some(received) = &step.received {
        look_at_received(playing, received)
    } else if !step.finish.is_empty() {
        call::finish(playing, &step.finish).await
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
    expect.labels = labels(playing, &expect.labels)?;
    expect.agency_calls = expect
        .agency_calls
        .into_iter()
        .map(|(code, count)| Ok((vars::text(&code, playing)?, count)))
        .collect::<Result<_, String>>()?;
    let mut fields = Vec::new();
    for (path, matcher) in &expect.fields {
        // A field may be known only from this step's own answer: that is filled in when it is there.
        let matcher = value::of_value(matcher);
        fields.push((path.clone(), vars::expand(&matcher, playing).unwrap_or(matcher)));
    }
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Demand { expect, fields })
}

/// Labels with `${flow.labels}` as what it stands for.
fn labels(playing: &Playing<'_>, written: &[String]) -> Result<Vec<String>, String> {
    let mut labels = Vec::new();
    for label in written {
        match vars::expand(&Json::from(label.as_str()), playing)? {
            Json::Array(many) => labels.extend(many.iter().filter_map(|one| one.as_str().map(str::to_owned))),
            Json::String(one) => labels.push(one),
            other @ (Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_)) => {
                return Err(format!("`{label}` is no label but {other}"));
            }
        }
    }
    Ok(labels)
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

/// The subject's own listener, for what is made by hand.
async fn listener(playing: &Playing<'_>) -> (Dialer, String) {
    let subject = playing.shared.subject.read().await;
    (subject.dialer.clone(), subject.address.clone())
}

async fn by_hand(playing: &mut Playing<'_>, name: &str, raw: &Raw, demand: &Demand) -> Result<(), String> {
    let (dialer, address) = listener(playing).await;
    let line = wire::hand::Line { dialer: &dialer, address: &address };
    let mut raw = raw.clone();
    for (key, value) in playing.shared.manner().metadata {
        raw.headers.entry(key).or_insert(value);
    }
    playing.trace.sent(
        &format!("HTTP/2 {}", raw.path),
        &json!({ "frame": format!("{:?}", raw.frame()), "content_type": raw.content_type }),
    );
    match wire::hand::send(&line, &raw).await {
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
