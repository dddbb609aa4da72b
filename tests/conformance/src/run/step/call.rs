//! A call: what is sent, how, and what the answers have against them.

use std::time::Duration;

use bytes::Bytes;
use eush_wire::conformance::v1::{Order, SameAnswers, Step};
use serde_json::Value as Json;
use tonic::transport::Channel;

use super::{counts, named, outcome, target};
use crate::judge::{self, Demand};
use crate::run::case::{Playing, Record};
use crate::run::{golden, vars};
use crate::wire::{self, Manner, Reply};
use crate::words;

fn manner(step: &Step) -> Manner {
    let millis = |value: u32| (value > 0).then(|| Duration::from_millis(value.into()));
    Manner {
        timeout: millis(step.timeout_ms),
        cancel_after: millis(step.cancel_after_ms),
        metadata: step.metadata.clone().into_iter().collect(),
    }
}

pub(super) async fn call(
    playing: &mut Playing<'_>,
    name: &str,
    step: &Step,
    demand: &Demand,
) -> Result<(), String> {
    let method = words::method(&step.call).ok_or_else(|| format!("there is no method `{}`", step.call))?;
    let to = vars::text(&step.to, playing)?;
    let channel = target(playing, &to).await?;
    let address = playing.shared.subject.read().await.address.clone();
    let step = &named(playing, step)?;
    let built = golden::build(playing, step, &method).await?;
    playing.trace.sent(&step.call, &words::to_json(&built.request));
    let by_hand = (to.is_empty() && step.timeout_ms > 0).then_some(address.as_str());
    let replies = replies((&channel, by_hand), &method, &built, step).await?;
    let mut record = Record::default();
    for reply in &replies {
        let view = reply.view();
        playing.trace.came(&format!("{} ", reply.summary()), &view);
        // `${this.…}` is the step's own message.
        let own = Demand { fields: own_fields(demand, &built.message_id), ..demand.clone() };
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
        outcome::signed(playing, demand, last);
        record.view = last.view();
        record.reply = Some(last.clone());
    }
    let message_id = built.message_id.clone();
    record.built = Some(built);
    let counted = counts::calls(playing, demand, &message_id).await?;
    playing.findings.extend(counted);
    let labels = counts::labels(playing, step, demand, &record).await?;
    playing.findings.extend(labels);
    playing.records.insert(name.to_owned(), record);
    Ok(())
}

fn own_fields(demand: &Demand, message_id: &str) -> Vec<(String, Json)> {
    let own = |matcher: &Json| match matcher {
        Json::String(text) => Json::from(text.replace("${this.message_id}", message_id)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => matcher.clone(),
    };
    demand.fields.iter().map(|(path, matcher)| (path.clone(), own(matcher))).collect()
}

// A library keeps the deadline on the caller's side too, and what the subject then does is never seen. So a call with a
// deadline is made by hand, and waits for what the subject itself says.
async fn one(
    channel: &Channel,
    by_hand: Option<&str>,
    method: &words::Method,
    body: Bytes,
    manner: &Manner,
) -> Result<Option<Reply>, String> {
    match by_hand {
        None => wire::call(channel, method, body, manner).await,
        Some(address) => wire::hand::call(address, method, body, manner).await.map(Some),
    }
}

async fn replies(
    (channel, by_hand): (&Channel, Option<&str>),
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
            let by_hand = by_hand.map(str::to_owned);
            tasks.spawn(async move { one(&channel, by_hand.as_deref(), &method, bytes, &manner).await });
        }
        while let Some(done) = tasks.join_next().await {
            replies.extend(done.map_err(|error| error.to_string())??);
        }
    } else {
        for _ in 0..times {
            replies.extend(one(channel, by_hand, method, built.bytes.clone(), &manner).await?);
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
