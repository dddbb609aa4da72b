//! What differs between two flows, or between two services: two regions, two channels, two editions.
//!
//! Items are set side by side by what they do, not by label: the same label means different things in different
//! channels. The words of the data are compared, the Kazakh, Russian and English texts are not: they are ours.

use std::fmt::Write as _;

use serde::Serialize;

use crate::catalogue::Resolved;
use crate::model::{Item, ProcedureStep, Regulation};

/// What differs between two flows.
#[derive(Debug, Serialize)]
pub struct FlowDiff<'a> {
    /// Left flow.
    pub left: String,
    /// Right flow.
    pub right: String,
    /// Facts of the channels themselves.
    pub channel: Vec<Change>,
    /// Items side by side, in order; equal ones are left out.
    pub items: Vec<ItemDiff<'a>>,
}

/// Two items side by side, or one that the other side lacks.
#[derive(Debug, Serialize)]
pub struct ItemDiff<'a> {
    /// Item of the left flow.
    pub left: Option<Side<'a>>,
    /// Item of the right flow.
    pub right: Option<Side<'a>>,
    /// What differs; empty where one side lacks it.
    pub changes: Vec<Change>,
}

/// One side's item.
#[derive(Debug, Serialize)]
pub struct Side<'a> {
    /// Label.
    pub label: Option<&'a str>,
    /// Printed number.
    pub item: Option<&'a str>,
    /// What it does.
    pub operation: &'static str,
}

/// One fact that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Which, in the words of the data.
    pub field: String,
    /// On the left; empty where there is none.
    pub left: String,
    /// On the right; empty where there is none.
    pub right: String,
}

/// What differs between two services.
#[derive(Debug, Serialize)]
pub struct ServiceDiff<'a> {
    /// Left service.
    pub left: &'a str,
    /// Right service.
    pub right: &'a str,
    /// Facts of the services themselves.
    pub service: Vec<Change>,
    /// Channels that both have.
    pub channels: Vec<FlowDiff<'a>>,
}

/// Compares two flows.
pub fn flows<'a>(left: Resolved<'a>, right: Resolved<'a>) -> FlowDiff<'a> {
    let mut channel = Vec::new();
    let mut fact = |field: &str, left: String, right: String| note(&mut channel, field, left, right);
    fact("medium", format!("{:?}", left.flow.medium), format!("{:?}", right.flow.medium));
    fact("signer", format!("{:?}", left.flow.signer), format!("{:?}", right.flow.signer));
    let restriction = |found: Resolved<'_>| found.flow.restriction.as_ref().map(|text| text.kk.clone());
    fact("restriction", restriction(left).unwrap_or_default(), restriction(right).unwrap_or_default());
    let mut items = Vec::new();
    for (a, b) in aligned(&left.flow.items, &right.flow.items) {
        let changes = match (a, b) {
            (Some(a), Some(b)) => item_changes(a, b),
            (None, _) | (_, None) => Vec::new(),
        };
        if a.is_none() || b.is_none() || !changes.is_empty() {
            items.push(ItemDiff { left: a.map(side), right: b.map(side), changes });
        }
    }
    FlowDiff { left: left.flow.id.to_string(), right: right.flow.id.to_string(), channel, items }
}

/// Compares two services, channel by channel.
pub fn services<'a>(left: &'a Regulation, right: &'a Regulation) -> ServiceDiff<'a> {
    let mut service = Vec::new();
    let mut fact = |field: &str, left: String, right: String| note(&mut service, field, left, right);
    fact("form", format!("{:?}", left.form), format!("{:?}", right.form));
    fact("results", results(left), results(right));
    fact("terms", terms(left), terms(right));
    fact("procedure", steps(&left.procedure), steps(&right.procedure));
    fact("variants", variants(left), variants(right));
    fact("channels", channels(left), channels(right));
    let channels = left.channels.iter().filter_map(|flow| {
        let other = right.channels.iter().find(|other| other.id.channel == flow.id.channel)?;
        let left = Resolved { regulation: left, flow };
        Some(flows(left, Resolved { regulation: right, flow: other }))
    });
    ServiceDiff { left: left.id.as_str(), right: right.id.as_str(), channels: channels.collect(), service }
}

/// A flow's differences as text, one line a difference.
pub fn flow_text(diff: &FlowDiff<'_>) -> String {
    let mut out = format!("--- {}\n+++ {}\n", diff.left, diff.right);
    for change in &diff.channel {
        let _ = writeln!(out, "  {}: {} -> {}", change.field, or_none(&change.left), or_none(&change.right));
    }
    for item in &diff.items {
        match (&item.left, &item.right) {
            (Some(left), None) => {
                let _ = writeln!(out, "- {}", named(left));
            }
            (None, Some(right)) => {
                let _ = writeln!(out, "+ {}", named(right));
            }
            (Some(left), Some(right)) => {
                let _ = writeln!(out, "~ {} | {}", named(left), named(right));
                for change in &item.changes {
                    let (a, b) = (or_none(&change.left), or_none(&change.right));
                    let _ = writeln!(out, "    {}: {a} -> {b}", change.field);
                }
            }
            (None, None) => {}
        }
    }
    if diff.channel.is_empty() && diff.items.is_empty() {
        out.push_str("  no difference\n");
    }
    out
}

/// Two services' differences as text.
pub fn service_text(diff: &ServiceDiff<'_>) -> String {
    let mut out = format!("--- {}\n+++ {}\n", diff.left, diff.right);
    for change in &diff.service {
        let _ = writeln!(out, "  {}: {} -> {}", change.field, or_none(&change.left), or_none(&change.right));
    }
    for channel in &diff.channels {
        out.push('\n');
        out.push_str(&flow_text(channel));
    }
    out
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

fn named(side: &Side<'_>) -> String {
    let heading: Vec<&str> = [side.item, side.label].into_iter().flatten().collect();
    format!("{} [{}]", heading.join(" "), side.operation).trim().to_owned()
}

fn side(item: &Item) -> Side<'_> {
    Side { label: item.label.as_deref(), item: item.number.as_deref(), operation: item.operation.name() }
}

fn note(changes: &mut Vec<Change>, field: &str, left: String, right: String) {
    if left != right {
        changes.push(Change { field: field.to_owned(), left, right });
    }
}

fn item_changes(a: &Item, b: &Item) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut fact = |field: &str, left: String, right: String| note(&mut changes, field, left, right);
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let systems = |item: &Item| item.to.iter().map(|system| system.as_str()).collect::<Vec<_>>().join(", ");
    let checks = |item: &Item| item.checks.iter().map(|check| check.name()).collect::<Vec<_>>().join(", ");
    fact("label", text(a.label.as_deref()), text(b.label.as_deref()));
    fact("item", text(a.number.as_deref()), text(b.number.as_deref()));
    fact("actor", a.actor.clone(), b.actor.clone());
    fact("to", systems(a), systems(b));
    fact("via_gateway", a.via_gateway.to_string(), b.via_gateway.to_string());
    fact("regional_gateway", a.regional_gateway.to_string(), b.regional_gateway.to_string());
    fact("checks", checks(a), checks(b));
    fact("on_failure", text(a.on_failure.as_text()), text(b.on_failure.as_text()));
    let duration = |item: &Item| item.duration.map(|term| term.to_string()).unwrap_or_default();
    fact("duration", duration(a), duration(b));
    changes
}

/// Items side by side: the longest common sequence of operations.
fn aligned<'a>(left: &'a [Item], right: &'a [Item]) -> Vec<(Option<&'a Item>, Option<&'a Item>)> {
    let same = |a: &Item, b: &Item| a.operation.name() == b.operation.name() && refused(a) == refused(b);
    let mut longest = vec![vec![0_usize; right.len() + 1]; left.len() + 1];
    for (i, a) in left.iter().enumerate().rev() {
        for (j, b) in right.iter().enumerate().rev() {
            longest[i][j] =
                if same(a, b) { longest[i + 1][j + 1] + 1 } else { longest[i + 1][j].max(longest[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut rows) = (0, 0, Vec::new());
    while i < left.len() || j < right.len() {
        match (left.get(i), right.get(j)) {
            (Some(a), Some(b)) if same(a, b) && longest[i][j] == longest[i + 1][j + 1] + 1 => {
                rows.push((Some(a), Some(b)));
                (i, j) = (i + 1, j + 1);
            }
            (Some(a), Some(_)) if longest[i + 1][j] >= longest[i][j + 1] => {
                rows.push((Some(a), None));
                i += 1;
            }
            (Some(a), None) => {
                rows.push((Some(a), None));
                i += 1;
            }
            (_, b) => {
                rows.push((None, b));
                j += 1;
            }
        }
    }
    rows
}

/// The class of a refusal: two refusals are the same only if they say the same.
fn refused(item: &Item) -> Option<&'static str> {
    if let crate::model::Operation::Refuse(class) = &item.operation { Some(class.name()) } else { None }
}

fn results(regulation: &Regulation) -> String {
    regulation.results.iter().map(|result| result.kind.as_str()).collect::<Vec<_>>().join(", ")
}

fn terms(regulation: &Regulation) -> String {
    let one = |term: &crate::model::ServiceTerm| {
        let channel = term.channel.map(|channel| format!(" {}", channel.name())).unwrap_or_default();
        format!("{}{channel}", term.term)
    };
    regulation.terms.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn steps(steps: &[ProcedureStep]) -> String {
    let one = |step: &ProcedureStep| {
        let duration = step.duration.map_or_else(|| "-".to_owned(), |term| term.to_string());
        format!("{} {duration}", step.actor)
    };
    steps.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn variants(regulation: &Regulation) -> String {
    let one = |variant: &crate::model::Procedure| format!("{}: {}", variant.key, steps(&variant.steps));
    regulation.variants.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn channels(regulation: &Regulation) -> String {
    regulation.channels.iter().map(|flow| flow.id.channel.name()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{flow_text, flows, service_text, services};
    use crate::catalogue;

    fn compared(left: &str, right: &str) -> String {
        let found = |text: &str| {
            let id = catalogue().resolve(text).unwrap();
            catalogue().resolved(&id).unwrap()
        };
        flow_text(&flows(found(left), found(right)))
    }

    #[test]
    fn one_service_in_two_regions() {
        insta::assert_snapshot!(compared("000-B/portal", "001-S02/portal"));
    }

    #[test]
    fn a_flow_is_like_itself() {
        for found in catalogue().flows() {
            let diff = flows(found, found);
            assert!(diff.items.is_empty() && diff.channel.is_empty(), "{}", found.flow.id);
        }
        assert!(compared("002-A/portal", "002-A/portal").ends_with("  no difference\n"));
    }

    #[test]
    fn sides_are_swapped_with_the_arguments() {
        let there = compared("000-A/sc", "000-B/sc");
        // The registration step, and the minutes of two processes.
        assert!(there.contains("- 9) 6-үдеріс [register-document]"), "{there}");
        assert!(there.contains("duration: 3min -> 2min"), "{there}");
        let back = compared("000-B/sc", "000-A/sc");
        assert!(back.contains("+ 9) 6-үдеріс [register-document]"), "{back}");
        assert!(back.contains("duration: 2min -> 3min"), "{back}");
    }

    #[test]
    fn services_compare_their_facts() {
        let regulation = |alias: &str| catalogue().regulation(alias).unwrap();
        let text = service_text(&services(regulation("001-S06"), regulation("003-S07")));
        assert!(
            text.contains("channels: state-corporation, akim, provider -> psc, akim, provider"),
            "{text}"
        );
        assert!(text.contains("--- pavlodar/targeted-social-assistance/akim"), "{text}");
    }
}
