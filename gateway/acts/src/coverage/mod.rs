//! Which items and branches of the acts a run of the bus has exercised.
//!
//! An item counts once it was executed. An item that can fail has two branches: the one on which it holds and the one
//! on which it fails, whether the act says where that leads or not. Pure: what was executed is an argument; the trace
//! of an application has it all.

mod html;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use eush_domain::FlowId;
use serde::Serialize;

use crate::catalogue::{Catalogue, Resolved};
use crate::model::{Item, OnFailure};

pub use html::html;

/// One executed item, as the trace of an application has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executed {
    /// The application's flow.
    pub flow: FlowId,
    /// Label as the act prints it; empty where it prints none.
    pub label: String,
    /// Printed number; empty where there is none.
    pub item: String,
    /// Act and lines, for example `000:181-186`; see [`reference`].
    pub reference: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// How an executed item ended, as far as coverage asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out, or its condition held. A message of refusal that was formed was carried out.
    CarriedOut,
    /// It failed.
    Failed,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every described flow of the catalogue.
    All,
    /// Flows of which anything was executed.
    Touched,
}

/// What a run has exercised.
#[derive(Clone, Debug, Serialize)]
pub struct Coverage<'a> {
    /// Flows in the order of the catalogue.
    pub flows: Vec<FlowCoverage<'a>>,
    /// Sums over the flows.
    pub totals: Counts,
    /// Executed steps that are no item of their flow, as `<flow> <reference>`; a sign of a stale trace.
    pub strangers: Vec<String>,
}

/// One flow.
#[derive(Clone, Debug, Serialize)]
pub struct FlowCoverage<'a> {
    /// `<regulation>/<channel>`.
    pub flow: String,
    /// Short form of the regulation.
    pub alias: &'a str,
    /// Kazakh name of the service.
    pub name: &'a str,
    /// Items in order.
    pub items: Vec<ItemCoverage<'a>>,
    /// Sums over the items.
    pub counts: Counts,
}

/// One item.
#[derive(Clone, Debug, Serialize)]
pub struct ItemCoverage<'a> {
    /// Label; null where the act prints none.
    pub label: Option<&'a str>,
    /// Printed number; null where there is none.
    pub item: Option<&'a str>,
    /// Act and lines.
    pub reference: String,
    /// What happens, in Kazakh.
    pub text: &'a str,
    /// How often it was executed.
    pub executed: usize,
    /// How often it held and failed; null where it cannot fail.
    pub branches: Option<Branches<'a>>,
}

/// The two branches of an item that can fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Branches<'a> {
    /// How often it held.
    pub held: usize,
    /// How often it failed.
    pub failed: usize,
    /// Where failure leads: a label, `refuse` or `undefined`.
    pub on_failure: &'a str,
}

/// Items and branches, exercised and in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Items in all.
    pub items: usize,
    /// Items executed at least once.
    pub items_exercised: usize,
    /// Branches in all.
    pub branches: usize,
    /// Branches taken at least once.
    pub branches_exercised: usize,
}

impl Counts {
    /// Whether nothing is left to exercise.
    pub fn is_full(self) -> bool {
        self.items == self.items_exercised && self.branches == self.branches_exercised
    }

    fn add(&mut self, other: Self) {
        self.items += other.items;
        self.items_exercised += other.items_exercised;
        self.branches += other.branches;
        self.branches_exercised += other.branches_exercised;
    }
}

/// Act and lines of an item, as traces write them.
pub fn reference(act: &str, item: &Item) -> String {
    let lines = item.lines;
    if lines.first == lines.last {
        format!("{act}:{}", lines.first)
    } else {
        format!("{act}:{}-{}", lines.first, lines.last)
    }
}

/// Measures a run.
pub fn measure<'a>(catalogue: &'a Catalogue, executed: &[Executed], scope: Scope) -> Coverage<'a> {
    let mut flows = Vec::new();
    let mut totals = Counts::default();
    let mut known = vec![false; executed.len()];
    for found in catalogue.flows().filter(|found| !found.flow.items.is_empty()) {
        let flow = measure_flow(found, executed, &mut known);
        if scope == Scope::Touched && flow.items.iter().all(|item| item.executed == 0) {
            continue;
        }
        totals.add(flow.counts);
        flows.push(flow);
    }
    let strange = executed.iter().zip(&known).filter(|(_, known)| !**known);
    let strangers = strange.map(|(step, _)| format!("{} {}", step.flow, step.reference)).collect();
    Coverage { flows, totals, strangers }
}

fn measure_flow<'a>(found: Resolved<'a>, executed: &[Executed], known: &mut [bool]) -> FlowCoverage<'a> {
    let act = &found.regulation.source.act;
    let mut counts = Counts::default();
    let mut items = Vec::new();
    for item in &found.flow.items {
        let reference = reference(act, item);
        let same = |step: &Executed| {
            step.flow == found.flow.id
                && step.label == item.label.as_deref().unwrap_or_default()
                && step.item == item.number.as_deref().unwrap_or_default()
                && step.reference == reference
        };
        let (mut held, mut failed) = (0, 0);
        for (step, known) in executed.iter().zip(known.iter_mut()).filter(|(step, _)| same(step)) {
            *known = true;
            match step.outcome {
                Outcome::CarriedOut => held += 1,
                Outcome::Failed => failed += 1,
            }
        }
        let branches = branches(&item.on_failure, held, failed);
        let of = |times: usize| usize::from(times > 0);
        counts.add(Counts {
            items: 1,
            items_exercised: of(held + failed),
            branches: if branches.is_some() { 2 } else { 0 },
            branches_exercised: branches
                .as_ref()
                .map_or(0, |branches| of(branches.held) + of(branches.failed)),
        });
        items.push(ItemCoverage {
            label: item.label.as_deref(),
            item: item.number.as_deref(),
            reference,
            text: &item.text.kk,
            executed: held + failed,
            branches,
        });
    }
    FlowCoverage {
        flow: found.flow.id.to_string(),
        alias: &found.regulation.alias,
        name: &found.regulation.names.kk,
        items,
        counts,
    }
}

fn branches(on_failure: &OnFailure, held: usize, failed: usize) -> Option<Branches<'_>> {
    on_failure.as_text().map(|on_failure| Branches { held, failed, on_failure })
}

/// The coverage as a table, one line a flow, and below it what is left.
pub fn table(coverage: &Coverage<'_>) -> String {
    let width = coverage.flows.iter().map(|flow| flow.flow.chars().count()).max().unwrap_or(0).max(4);
    let mut out = format!("{:<9} {:<width$} {:>9} {:>9}\n", "service", "flow", "items", "branches");
    let line = |name: &str, flow: &str, counts: Counts| {
        let items = format!("{}/{}", counts.items_exercised, counts.items);
        let branches = format!("{}/{}", counts.branches_exercised, counts.branches);
        format!("{name:<9} {flow:<width$} {items:>9} {branches:>9}\n")
    };
    for flow in &coverage.flows {
        out.push_str(&line(flow.alias, &flow.flow, flow.counts));
    }
    out.push_str(&line("all", "", coverage.totals));
    for flow in coverage.flows.iter().filter(|flow| !flow.counts.is_full() && flow.counts.items_exercised > 0)
    {
        let _ = writeln!(out, "\n{} {}: not exercised", flow.alias, flow.flow);
        for item in &flow.items {
            if let Some(left) = left(item) {
                let name = [item.item, item.label].into_iter().flatten().collect::<Vec<_>>().join(" ");
                let _ = writeln!(out, "  {name} ({}): {left}", item.reference);
            }
        }
    }
    for stranger in &coverage.strangers {
        let _ = writeln!(out, "\nno item of its flow: {stranger}");
    }
    out
}

/// What of an item was not exercised.
fn left(item: &ItemCoverage<'_>) -> Option<String> {
    match &item.branches {
        _ if item.executed == 0 => Some("never executed".to_owned()),
        Some(branches) if branches.failed == 0 => Some(format!("never failed, to {}", branches.on_failure)),
        Some(branches) if branches.held == 0 => Some("never held".to_owned()),
        Some(_) | None => None,
    }
}
