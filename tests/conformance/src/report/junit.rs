//! JUnit XML, the form that CI systems read. A known failure and a skip are `skipped` there, a warning is a pass with
//! its findings on standard output.

use std::time::Duration;

use eush_wire::conformance::v1::{CaseReport, Report, Verdict};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

/// The report as JUnit XML.
pub fn junit(report: &Report) -> String {
    let subject = report.subject.clone().unwrap_or_default();
    let played = super::played(&subject);
    let mut suites: Vec<TestSuite> = Vec::new();
    for case in &report.cases {
        let (suite, name) = case.name.split_once('/').unwrap_or(("", &case.name));
        let suite = match suites.iter_mut().position(|known| known.name.as_str() == suite) {
            Some(place) => &mut suites[place],
            None => {
                let mut made = TestSuite::new(suite);
                made.add_property(("subject", subject.name.as_str()));
                made.add_property(("suite-version", report.suite_version.as_str()));
                if let Some(played) = &played {
                    made.add_property(("played", played.as_str()));
                }
                suites.push(made);
                let last = suites.len() - 1;
                &mut suites[last]
            }
        };
        suite.add_test_case(one(name, case));
    }
    let mut whole = quick_junit::Report::new(format!("eush conformance of {}", subject.name));
    whole.add_test_suites(suites);
    let mut text = whole.to_string().unwrap_or_default();
    text.push('\n');
    // The schema of Jenkins knows `skipped` of a suite, and not of all of them.
    let root = text.find("<testsuite ").unwrap_or(text.len());
    let (head, rest) = text.split_at(root);
    let skipped = format!(" skipped=\"{}\"", skipped(report));
    format!("{}{rest}", head.replacen(&skipped, "", 1))
}

/// Cases that stand as skipped in the XML.
fn skipped(report: &Report) -> usize {
    let not_run = |case: &&CaseReport| match case.verdict() {
        Verdict::Skip | Verdict::Omit => true,
        Verdict::Fail => !case.known.is_empty(),
        Verdict::Pass | Verdict::Warn | Verdict::Error | Verdict::Unspecified => false,
    };
    report.cases.iter().filter(not_run).count()
}

fn one(name: &str, case: &CaseReport) -> TestCase {
    let why = case.findings.join("\n");
    let status = match case.verdict() {
        Verdict::Pass | Verdict::Warn => TestCaseStatus::success(),
        Verdict::Fail if case.known.is_empty() => failed(NonSuccessKind::Failure, case, &why),
        Verdict::Error | Verdict::Unspecified => failed(NonSuccessKind::Error, case, &why),
        Verdict::Fail | Verdict::Skip | Verdict::Omit => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(if case.known.is_empty() { &why } else { &case.known });
            status
        }
    };
    let mut made = TestCase::new(name, status);
    made.set_classname(case.requirement.as_str());
    made.set_time(Duration::from_millis(case.duration_ms.into()));
    if case.verdict() == Verdict::Warn {
        made.set_system_out(&why);
    }
    made
}

fn failed(kind: NonSuccessKind, case: &CaseReport, why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(why);
    let trace: Vec<String> = case
        .trace
        .iter()
        .map(|line| format!("{:>6} ms {} {}", line.at_ms, line.direction, line.text))
        .collect();
    status.set_description(format!("{}\n{}", case.rule, trace.join("\n")));
    status
}
