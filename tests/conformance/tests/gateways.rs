//! The suites of gateways against a correct bus, and against each defect of the catalogue.

mod reference;

use eush_conformance::{Input, Pattern, Report, RunOptions, SubjectKind, Target, run, text};
use reference::defects::{Found, Row};
use reference::gateway::{DESK, Defect, PORTAL, start};
use time::macros::datetime;

#[expect(clippy::unwrap_used, reason = "a run that cannot be made is a broken test")]
async fn judge(row: Option<&'static Row<Defect>>) -> Report {
    let authority = reference::free_address();
    let (address, management) = start(row.map(|row| row.defect), authority).await;
    let at = datetime!(2026-03-02 10:00 UTC);
    let mut options = RunOptions::new(SubjectKind::Gateway, Target::Address(address.to_string()), at);
    options.management = Some(management.to_string());
    options.gateway_listen = authority;
    options.only = row.iter().map(|row| Pattern::new(row.by)).collect();
    let sender = |name: &str, (id, password): (&str, &str)| {
        format!("  {name}: {{ sender_id: {id}, password: {password} }}\n")
    };
    let text = format!("senders:\n{}{}", sender("portal", PORTAL), sender("state-corporation", DESK));
    options.parameters = Some(Input { name: "parameters.yaml".to_owned(), text });
    run(&options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_correct_bus_has_nothing_against_it() {
    let report = judge(None).await;
    let tally = report.tally.unwrap();
    assert_eq!((tally.fail, tally.warn, tally.error, tally.skip), (0, 0, 0, 0), "{}", text(&report));
    assert!(tally.pass >= 100, "{}", text(&report));
    assert!(tally.omit > 0, "flows that this bus does not have are no part of it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_defect_of_a_bus_is_caught() {
    let found = Found::judging(Defect::ALL, |row| judge(Some(row))).await;
    found.settle("Gateways", "| defect | caught by |");
}
