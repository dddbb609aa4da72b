//! The report for people at a terminal: what is not well first, the numbers last.

use std::fmt::Write as _;

use eush_wire::conformance::v1::{CaseReport, Report, Verdict};

use super::{conclusion_word, numbers, played, verdict_word};

/// The report as text. Passed and omitted cases are counted and not listed; explanations are `explain`'s.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    let subject = report.subject.clone().unwrap_or_default();
    let _ = writeln!(out, "{} {} at {}", subject.name, subject.version, subject.address);
    let _ = writeln!(out, "eush {}, suites {}", report.eush_version, report.suite_version);
    if let Some(played) = played(&subject) {
        let _ = writeln!(out, "{played}");
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
