//! Executed items of a regulation, for people and as data.

use eush_wire::bus::v1::{Channel, Step, StepOutcome};
use serde_json::{Value, json};

use crate::output::{self, Printer};

/// One executed item on one line: outcome, label, what happened, where the act says so.
pub(crate) fn line(step: &Step, printer: Printer) -> String {
    let mark = match step.outcome() {
        StepOutcome::Unspecified => "?",
        StepOutcome::Done | StepOutcome::Passed => "✓",
        StepOutcome::Failed => "✗",
        StepOutcome::Refused => "■",
        StepOutcome::NotObserved => "·",
    };
    let label = if step.label.is_empty() { step.item.as_str() } else { step.label.as_str() };
    let text = step.text.as_ref().map_or("", |text| printer.lang.pick(text));
    let mut line = format!("{mark} {label:<12} {text}  [{}]", step.reference);
    if !step.reason.is_empty() {
        line.push_str(&format!("  {}", step.reason));
    }
    if !step.by_hand.is_empty() {
        let shown = if step.shown.is_empty() { "nobody looked" } else { step.shown.as_str() };
        line.push_str(&format!("  {} by hand: {} → {shown}", step.by_hand, step.to.join(" ")));
    }
    if !step.ours.is_empty() {
        line.push_str(&format!("  (ours: {})", step.ours));
    }
    line
}

/// An executed item as data.
pub(crate) fn data(step: &Step) -> Value {
    json!({
        "label": (!step.label.is_empty()).then_some(&step.label),
        "item": (!step.item.is_empty()).then_some(&step.item),
        "reference": step.reference,
        "kind": step.kind,
        "actor_by_act": step.actor_by_act,
        "executed_by": step.executed_by,
        "from": (!step.from.is_empty()).then_some(&step.from),
        "to": step.to,
        "via_gateway": step.via_gateway,
        "regional_gateway": step.regional_gateway,
        "outcome": outcome_name(step.outcome()),
        "at": output::rfc3339(step.at.as_ref()),
        "text": step.text.as_ref().map(|text| json!({ "kk": text.kk, "ru": text.ru, "en": text.en })),
        "reason": (!step.reason.is_empty()).then_some(&step.reason),
        "by_hand": (!step.by_hand.is_empty()).then_some(&step.by_hand),
        "shown": (!step.shown.is_empty()).then_some(&step.shown),
        "ours": (!step.ours.is_empty()).then_some(&step.ours),
    })
}

/// Name of an outcome in data.
pub(crate) fn outcome_name(outcome: StepOutcome) -> &'static str {
    match outcome {
        StepOutcome::Unspecified => "unspecified",
        StepOutcome::Done => "done",
        StepOutcome::Passed => "passed",
        StepOutcome::Failed => "failed",
        StepOutcome::Refused => "refused",
        StepOutcome::NotObserved => "not-observed",
    }
}

/// Name of a channel in data; `None` where none is given.
pub(crate) fn channel_name(channel: Channel) -> Option<&'static str> {
    use eush_domain::Channel as Domain;
    let channel = match channel {
        Channel::Unspecified => return None,
        Channel::Portal => Domain::Portal,
        Channel::StateCorporation => Domain::StateCorporation,
        Channel::Provider => Domain::Provider,
        Channel::Psc => Domain::Psc,
        Channel::Akim => Domain::Akim,
    };
    Some(channel.name())
}
