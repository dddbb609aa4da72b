//! The suite of fronts against a correct front, and against each defect of the catalogue.

mod reference;

use eush_conformance::{Pattern, Report, RunOptions, SubjectKind, Target, run, text};
use reference::defects::{Found, Row};
use reference::front::{Defect, start};
use time::macros::datetime;

#[expect(clippy::unwrap_used, reason = "a run that cannot be made is a broken test")]
async fn judge(row: Option<&'static Row<Defect>>) -> Report {
    let gateway = reference::free_address();
    let address = start(row.map(|row| row.defect), gateway).await;
    let at = datetime!(2026-03-02 10:00 UTC);
    let mut options = RunOptions::new(SubjectKind::Client, Target::Address(address.to_string()), at);
    options.gateway_listen = gateway;
    options.only = row.iter().map(|row| Pattern::new(row.by)).collect();
    run(&options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_correct_front_has_nothing_against_it() {
    let report = judge(None).await;
    let tally = report.tally.unwrap();
    assert_eq!((tally.fail, tally.warn, tally.error, tally.skip), (0, 0, 0, 0), "{}", text(&report));
    assert!(tally.pass >= 35, "{}", text(&report));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_defect_of_a_front_is_caught() {
    let found = Found::judging(Defect::ALL, |row| judge(Some(row))).await;
    found.settle("Fronts", "| defect | caught by |");
}
