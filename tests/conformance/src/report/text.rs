//! The report for people at a terminal: what is not well first, the numbers last.

use std::fmt::Write as _;

use eush_wire::conformance::v1::{CaseReport, Report, SubjectKind, SubjectReport, Verdict};

use super::{conclusion_word, numbers, verdict_word};

/// The report as text. Passed and omitted cases are counted and not listed; explanations are `explain`'s.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    let subject = report.subject.clone().unwrap_or_default();
    let _ = writeln!(out, "{} {} at {}", subject.name, subject.version, subject.address);
    let _ = writeln!(out, "eush {}, suites {}", report.eush_version, report.suite_version);
    if subject.kind() == SubjectKind::Gateway {
        let _ = writeln!(out, "{}", played_where(&subject));
    }
    for verdict in [Verdict::Fail, Verdict::Error, Verdict::Warn] {
        for case in report.cases.iter().filter(|case| case.verdict() == verdict && case.known.is_empty()) {
            one(&mut out, case);
        }
    }
    let known: Vec<_> = report.cases.iter().filter(|case| !case.known.is_empty()).collect();
    if !known.is_empty() {
        let _ = writeln!(out, "\nknown failures:");
        for case in known {
            let _ = writeln!(out, "  {}: {}", case.name, case.known);
        }
    }
    skipped(&mut out, report);
    for fault in &report.list_faults {
        let _ = writeln!(out, "\nlist of known failures: {fault}");
    }
    let _ = writeln!(out, "\n{}: {}", conclusion_word(report.conclusion()), numbers(report));
    out
}

/// Whose clock and journal have something of the run in them.
fn played_where(subject: &SubjectReport) -> String {
    match (subject.session.as_str(), subject.clock) {
        ("", None) => "without management: what was sent is on the bus as any message is".to_owned(),
        ("", Some(_)) => {
            "on the bus itself, which has no test sessions: its clock has moved, and all of it is in its journal"
                .to_owned()
        }
        (session, _) => format!("in the test session {session}, which has ended: the bus itself is as it was"),
    }
}

fn one(out: &mut String, case: &CaseReport) {
    let _ = writeln!(out, "\n{:<5} {}", verdict_word(case.verdict()), case.name);
    let _ = writeln!(out, "      {} [{}; {}]", case.rule, case.requirement, case.source);
    for finding in &case.findings {
        let _ = writeln!(out, "      - {finding}");
    }
}

/// Skipped cases by reason, since one missing thing skips many.
fn skipped(out: &mut String, report: &Report) {
    let mut reasons: Vec<(&str, u32)> = Vec::new();
    for case in report.cases.iter().filter(|case| case.verdict() == Verdict::Skip) {
        let why = case.findings.first().map_or("", String::as_str);
        match reasons.iter_mut().find(|(reason, _)| *reason == why) {
            Some((_, count)) => *count += 1,
            None => reasons.push((why, 1)),
        }
    }
    if !reasons.is_empty() {
        let _ = writeln!(out, "\nskipped:");
    }
    for (why, count) in reasons {
        let _ = writeln!(out, "  {count} because {why}");
    }
}
