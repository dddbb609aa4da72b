//! A call: what is sent, how, and what the answers have against them.

use std::time::Duration;

use bytes::Bytes;
use eush_wire::conformance::v1::{Order, SameAnswers, Step};
use serde_json::Value as Json;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tonic::transport::Channel;

use super::{counts, listener, named, outcome, target};
use crate::judge::{self, Demand};
use crate::run::case::{Playing, Record};
use crate::run::{golden, vars};
use crate::wire::hand::Line;
use crate::wire::{self, Dialer, Manner, Reply};
use crate::words;

/// How often a message is sent again while something is waited for.
const AGAIN: Duration = Duration::from_millis(20);

fn manner(playing: &Playing<'_>, step: &Step) -> Result<Manner, String> {
    let millis = |value: u32| (value > 0).then(|| Duration::from_millis(value.into()));
    let mut manner = playing.shared.manner();
    manner.timeout = millis(step.timeout_ms);
    manner.cancel_after = millis(step.cancel_after_ms);
    for (key, value) in &step.metadata {
        manner.metadata.insert(key.clone(), vars::text(value, playing)?);
    }
    Ok(manner)
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
    let (dialer, address) = listener(playing).await;
    let step = &named(playing, step)?;
    let built = golden::build(playing, step, &method).await?;
    playing.trace.sent(&step.call, &words::to_json(&built.request));
    let by_hand = (to.is_empty() && step.timeout_ms > 0).then_some((dialer, address));
    let sent = Sent { channel, by_hand, method, bytes: built.bytes.clone(), manner: manner(playing, step)? };
    // `${this.…}` is the step's own message.
    let own = Demand { fields: own_fields(demand, &built.message_id), ..demand.clone() };
    if step.meanwhile {
        let (asked, sought) = (step.clone(), own.clone());
        let mut task = JoinSet::new();
        task.spawn(async move { awaited(&sent, &asked, &sought).await });
        playing.records.insert(name.to_owned(), Record { built: Some(built.clone()), ..Record::default() });
        let under_way = UnderWay { task, step: step.clone(), demand: own, built };
        playing.under_way.insert(name.to_owned(), under_way);
        return Ok(());
    }
    let replies = awaited(&sent, step, &own).await?;
    judged(playing, name, step, &own, built, &replies).await
}

/// A call that goes on while other steps are taken. It is given up with the case.
pub(crate) struct UnderWay {
    task: JoinSet<Result<Vec<Reply>, String>>,
    step: Step,
    demand: Demand,
    built: golden::Built,
}

/// Waits for a call that is under way and judges what came.
pub(super) async fn finish(playing: &mut Playing<'_>, name: &str) -> Result<(), String> {
    let under_way = playing.under_way.remove(name);
    let UnderWay { mut task, step, demand, built } =
        under_way.ok_or_else(|| format!("no step `{name}` is under way"))?;
    let came = task.join_next().await.ok_or("it was never sent")?;
    let replies = came.map_err(|error| error.to_string())??;
    judged(playing, name, &step, &demand, built, &replies).await
}

/// What a step's answers have against them, and what is asked beside.
async fn judged(
    playing: &mut Playing<'_>,
    name: &str,
    step: &Step,
    demand: &Demand,
    built: golden::Built,
    replies: &[Reply],
) -> Result<(), String> {
    let mut record = Record::default();
    for reply in replies {
        let view = reply.view();
        playing.trace.came(&format!("{} ", reply.summary()), &view);
        playing.findings.extend(judge::reply(demand, reply));
    }
    if step.cancel_after_ms == 0 && replies.is_empty() {
        return Err("nothing was sent".to_owned());
    }
    if demand.expect.answers() == SameAnswers::Equal {
        playing.findings.extend(unequal(replies));
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

/// A message on its way.
#[derive(Clone)]
struct Sent {
    channel: Channel,
    /// Where it goes by hand. A library keeps the deadline on the caller's side too, and what the subject then does is never
    /// seen. So a call with a deadline is made by hand, and waits for what the subject itself says.
    by_hand: Option<(Dialer, String)>,
    method: words::Method,
    bytes: Bytes,
    manner: Manner,
}

impl Sent {
    async fn once(&self) -> Result<Option<Reply>, String> {
        let (method, bytes, manner) = (&self.method, self.bytes.clone(), &self.manner);
        match &self.by_hand {
            None => wire::call(&self.channel, method, bytes, manner).await,
            Some((dialer, address)) => {
                let line = Line { dialer, address };
                wire::hand::call(&line, method, bytes, manner).await.map(Some)
            }
        }
    }
}

/// What comes; asked for again, where the step says so, until nothing is against it or the time is over.
async fn awaited(sent: &Sent, step: &Step, demand: &Demand) -> Result<Vec<Reply>, String> {
    let until = Instant::now() + Duration::from_millis(step.await_ms.into());
    loop {
        let replies = replies(sent, step).await?;
        let good = replies.iter().all(|reply| judge::reply(demand, reply).is_empty());
        if good || Instant::now() >= until {
            return Ok(replies);
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn replies(sent: &Sent, step: &Step) -> Result<Vec<Reply>, String> {
    let times = step.times.max(1);
    let mut replies = Vec::new();
    if step.order() == Order::AtOnce {
        let mut tasks = JoinSet::new();
        for _ in 0..times {
            let sent = sent.clone();
            tasks.spawn(async move { sent.once().await });
        }
        while let Some(done) = tasks.join_next().await {
            replies.extend(done.map_err(|error| error.to_string())??);
        }
    } else {
        for _ in 0..times {
            replies.extend(sent.once().await?);
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
