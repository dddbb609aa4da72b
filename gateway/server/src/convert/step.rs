//! Steps and findings on the wire.

use eush_pipeline::finding::{CheckOutcome, Finding};
use eush_pipeline::step::{Shown, Step, StepOutcome};
use eush_wire::bus::v1 as wire;

use super::{text, timestamp};

pub(crate) fn steps(steps: &[Step]) -> Vec<wire::Step> {
    steps.iter().map(step).collect()
}

fn step(step: &Step) -> wire::Step {
    let outcome = match step.outcome {
        StepOutcome::Done => wire::StepOutcome::Done,
        StepOutcome::Failed => wire::StepOutcome::Failed,
        StepOutcome::NotObserved => wire::StepOutcome::NotObserved,
        StepOutcome::Passed => wire::StepOutcome::Passed,
        StepOutcome::Refused => wire::StepOutcome::Refused,
    };
    wire::Step {
        label: step.label.clone(),
        item: step.item.clone(),
        reference: step.reference.clone(),
        kind: step.kind.name().to_owned(),
        actor_by_act: step.actor_by_act.clone(),
        executed_by: step.executed_by.name().to_owned(),
        from: step.from.clone(),
        to: step.to.clone(),
        via_gateway: step.via_gateway,
        regional_gateway: step.regional_gateway,
        outcome: outcome.into(),
        at: Some(timestamp(step.at)),
        text: Some(text(&step.text)),
        reason: step.reason.map_or("", |reason| reason.facts().reason).to_owned(),
        ours: step.ours.clone(),
        by_hand: step.by_hand.map_or("", |by_hand| by_hand.access.name()).to_owned(),
        shown: step.by_hand.and_then(|by_hand| by_hand.shown).map_or("", Shown::name).to_owned(),
    }
}

pub(crate) fn findings(findings: &[Finding]) -> Vec<wire::CheckFinding> {
    findings.iter().map(finding).collect()
}

fn finding(finding: &Finding) -> wire::CheckFinding {
    let outcome = match finding.outcome {
        CheckOutcome::Failed => wire::CheckOutcome::Failed,
        CheckOutcome::Held => wire::CheckOutcome::Held,
        CheckOutcome::NotOwed => wire::CheckOutcome::NotOwed,
        CheckOutcome::NotRun => wire::CheckOutcome::NotRun,
    };
    wire::CheckFinding {
        stage: finding.check.name().to_owned(),
        outcome: outcome.into(),
        reason: finding.reason.map_or("", |reason| reason.facts().reason).to_owned(),
        evidence: finding.evidence.clone(),
        checked_by_act: finding.checked_by_act.clone(),
        rule: finding.rule.clone(),
    }
}
