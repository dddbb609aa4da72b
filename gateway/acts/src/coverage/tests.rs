//! What counts, and what is told to be left.

use super::{Executed, Outcome, Scope, html, measure, reference, table};
use crate::catalogue;
use crate::model::OnFailure;

/// The items of a flow, each with the outcome that a rule gives it.
fn steps(flow: &str, outcome: impl Fn(&str) -> Option<Outcome>) -> Vec<Executed> {
    let id = catalogue().resolve(flow).unwrap();
    let found = catalogue().resolved(&id).unwrap();
    let mut steps = Vec::new();
    for item in &found.flow.items {
        let label = item.label.clone().unwrap_or_default();
        if let Some(outcome) = outcome(&label) {
            steps.push(Executed {
                flow: id.clone(),
                item: item.number.clone().unwrap_or_default(),
                reference: reference(&found.regulation.source.act, item),
                label,
                outcome,
            });
        }
    }
    steps
}

#[test]
fn a_refused_and_a_good_run_leave_the_branches_not_taken() {
    // Good: every item but the refusals. Refused: the certificate's condition fails.
    let refusals = ["2-үдеріс", "4-үдеріс", "6-үдеріс"];
    let mut run = steps("000-A/portal", |label| (!refusals.contains(&label)).then_some(Outcome::CarriedOut));
    run.extend(steps("000-A/portal", |label| match label {
        "2-шарт" => Some(Outcome::Failed),
        "4-үдеріс" => Some(Outcome::CarriedOut),
        _ => None,
    }));
    let coverage = measure(catalogue(), &run, Scope::Touched);
    let [flow] = coverage.flows.as_slice() else { panic!("one flow is touched") };
    let counts = flow.counts;
    assert_eq!((counts.items_exercised, counts.items), (9, 11));
    assert_eq!((counts.branches_exercised, counts.branches), (4, 6));
    assert!(!counts.is_full() && coverage.strangers.is_empty());
    let condition = flow.items.iter().find(|item| item.label == Some("2-шарт")).unwrap();
    let branches = condition.branches.as_ref().unwrap();
    assert_eq!((branches.held, branches.failed, branches.on_failure), (1, 1, "4-үдеріс"));
    insta::assert_snapshot!(table(&coverage));
}

#[test]
fn everything_exercised_is_full() {
    let mut run = Vec::new();
    for found in catalogue().flows() {
        for item in &found.flow.items {
            let step = |outcome| Executed {
                flow: found.flow.id.clone(),
                label: item.label.clone().unwrap_or_default(),
                item: item.number.clone().unwrap_or_default(),
                reference: reference(&found.regulation.source.act, item),
                outcome,
            };
            run.push(step(Outcome::CarriedOut));
            if item.on_failure != OnFailure::None {
                run.push(step(Outcome::Failed));
            }
        }
    }
    let coverage = measure(catalogue(), &run, Scope::All);
    assert!(coverage.totals.is_full(), "{:?}", coverage.totals);
    assert!(coverage.strangers.is_empty());
    assert!(coverage.totals.items > 400 && coverage.totals.branches > 150, "{:?}", coverage.totals);
    assert!(!table(&coverage).contains("not exercised"));
    // Left out once, it is missed.
    let missed = measure(catalogue(), &run[1..], Scope::All);
    assert!(!missed.totals.is_full());
}

#[test]
fn nothing_exercised_is_nothing() {
    let coverage = measure(catalogue(), &[], Scope::All);
    assert_eq!((coverage.totals.items_exercised, coverage.totals.branches_exercised), (0, 0));
    assert!(measure(catalogue(), &[], Scope::Touched).flows.is_empty());
}

#[test]
fn steps_of_no_item_are_told() {
    let mut run = steps("002-A/portal", |label| (label == "1-үдеріс").then_some(Outcome::CarriedOut));
    run[0].reference = "002:1-2".to_owned();
    let coverage = measure(catalogue(), &run, Scope::All);
    assert_eq!(coverage.strangers, ["aktobe/foster-care/portal 002:1-2"]);
    assert!(table(&coverage).contains("no item of its flow: aktobe/foster-care/portal 002:1-2"));
    assert!(html(&coverage).contains("<li>aktobe/foster-care/portal 002:1-2</li>"));
}

#[test]
fn html_stands_alone_and_json_has_the_counts() {
    let run = steps("002-A/portal", |label| (label == "1-шарт").then_some(Outcome::Failed));
    let coverage = measure(catalogue(), &run, Scope::Touched);
    let page = html(&coverage);
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    assert!(!page.contains("http") && !page.contains("<script"));
    assert!(page.contains("<td>3)</td><td>1-шарт</td><td><code>002:213-214</code></td>"));
    assert!(page.contains("never held"));
    let json = serde_json::to_value(&coverage).unwrap();
    assert_eq!(json["totals"]["items"], 12);
    assert_eq!(json["flows"][0]["items"][2]["branches"]["on_failure"], "2-үдеріс");
    assert_eq!(json["flows"][0]["items"][0]["branches"], serde_json::Value::Null);
}
