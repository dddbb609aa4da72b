//! The suites of agencies against correct agencies, and against each defect of the catalogue.

mod reference;

use eush_conformance::{
    Input, Pattern, Report, Results, RunOptions, SubjectKind, Target, exit_status, run, text,
};
use reference::agency::{Defect, start};
use reference::defects::{Found, Row};
use time::macros::datetime;

/// Options of a run against an agency at an address.
fn options(target: Target, gateway: std::net::SocketAddr) -> RunOptions {
    let mut options = RunOptions::new(SubjectKind::Agency, target, datetime!(2026-03-02 10:00 UTC));
    options.gateway_listen = gateway;
    options.results = Results::Here;
    options.patience = std::time::Duration::from_secs(60);
    options.silence = std::time::Duration::from_millis(60);
    options
}

#[expect(clippy::unwrap_used, reason = "a run that cannot be made is a broken test")]
async fn judge(code: &'static str, row: Option<&'static Row<Defect>>) -> Report {
    let gateway = reference::free_address();
    let address = start(code, row.map(|row| row.defect), gateway, "conformance-only").await;
    let mut options = options(Target::Address(address.to_string()), gateway);
    options.only = row.iter().map(|row| Pattern::new(row.by)).collect();
    // Where a result never comes, waiting long for it proves no more.
    if row.is_some() {
        options.patience = std::time::Duration::from_secs(5);
    }
    run(&options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn correct_agencies_have_nothing_against_them() {
    for code in ["gbdfl", "gbdul", "enis", "enbek", "monitoring"] {
        let report = judge(code, None).await;
        let tally = report.tally.unwrap();
        assert_eq!((tally.fail, tally.warn, tally.error), (0, 0, 0), "{}", text(&report));
        assert!(tally.pass >= 30, "{}", text(&report));
        // What needs a subject of the runner's own is skipped, and told.
        assert!(tally.skip > 0 && tally.omit > 0);
        assert_eq!(exit_status(&report, Default::default()), 1);
        assert_eq!(exit_status(&report, eush_conformance::Skips::Allow), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_started_agency_is_judged_whole() {
    let exe = std::env::current_exe().unwrap();
    for code in ["gbdfl", "enbek"] {
        let words = [
            "env".to_owned(),
            format!("EUSH_REFERENCE_AGENCY={code}"),
            "EUSH_REFERENCE_GATEWAY={gateway}".to_owned(),
            exe.display().to_string(),
            "--exact".to_owned(),
            "a_process_of_its_own".to_owned(),
            "--nocapture".to_owned(),
        ];
        let mut options = options(Target::Program(words.to_vec()), reference::free_address());
        options.results = Results::Elsewhere;
        let report = run(&options).await.unwrap();
        let tally = report.tally.unwrap();
        assert_eq!((tally.fail, tally.warn, tally.error, tally.skip), (0, 0, 0, 0), "{}", text(&report));
        assert_eq!(exit_status(&report, Default::default()), 0);
        let subject = report.subject.unwrap();
        assert_eq!((subject.name.as_str(), subject.descriptor_of.as_str()), (code, "reflection"));
        assert_eq!(subject.descriptor_sha256.len(), 64);
    }
}

/// Not a test of its own: the process that the test above starts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_of_its_own() {
    let Ok(code) = std::env::var("EUSH_REFERENCE_AGENCY") else { return };
    let gateway = std::env::var("EUSH_REFERENCE_GATEWAY").unwrap().parse().unwrap();
    let code = if code == "enbek" { "enbek" } else { "gbdfl" };
    let address = start(code, None, gateway, "conformance-only").await;
    println!("\n{{\"address\": \"{address}\"}}");
    let mut ended = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).unwrap();
    ended.recv().await;
    // The harness would say that the test passed, on the output that nobody reads any more.
    #[expect(clippy::exit, reason = "a process of its own, asked to end")]
    std::process::exit(0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_defect_of_an_agency_is_caught() {
    let found = Found::judging(Defect::ALL, |row| judge(row.on, Some(row))).await;
    found.settle("Agencies", "| defect | agency | caught by |");
}

#[tokio::test]
async fn nobody_at_an_address_is_exit_3_and_a_bad_file_is_exit_2() {
    let gateway = reference::free_address();
    let nobody = reference::free_address();
    let mut options = options(Target::Address(nobody.to_string()), gateway);
    assert_eq!(run(&options).await.unwrap_err().exit_status(), 3);
    options.suites =
        vec![Input { name: "mine.yaml".to_owned(), text: "name: X\nsubject: agency\nstep: 1\n".to_owned() }];
    let error = run(&options).await.unwrap_err();
    assert_eq!(error.exit_status(), 2);
    assert!(error.to_string().starts_with("mine.yaml:3:"), "{error}");
}
