//! One HTML file: cases down, subjects across, and under each case that is not well what was expected and what came.
//! Everything is within the file; it has no script and asks nothing of any other host.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use eush_wire::conformance::v1::{CaseReport, Report, Verdict};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{conclusion_word, numbers, played, verdict_word};

const STYLE: &str = "body{font:14px/1.5 system-ui,sans-serif;margin:2rem;color:#202124;background:#fff}\
table{border-collapse:collapse}th,td{border:1px solid #dadce0;padding:.25rem .5rem;text-align:left;vertical-align:top}\
th{position:sticky;top:0;background:#f1f3f4}.v{font-weight:600}.pass{color:#2b7a3d}.fail,.error{color:#b3261e}\
.warn,.skip{color:#9a6b00}.omit{color:#5f6368}pre{white-space:pre-wrap;font-size:12px;margin:.25rem 0}\
small{color:#5f6368}";

/// Reports side by side.
pub fn matrix(reports: &[Report]) -> String {
    let mut out = String::from(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>eush conformance</title>",
    );
    let _ = write!(out, "<style>{STYLE}</style></head><body><h1>Conformance</h1>");
    for report in reports {
        head(&mut out, report);
    }
    out.push_str("<table><thead><tr><th>case</th>");
    for report in reports {
        let _ = write!(out, "<th>{}</th>", escape(&report.subject.clone().unwrap_or_default().name));
    }
    out.push_str("</tr></thead><tbody>\n");
    for (case, cells) in rows(reports) {
        let _ = write!(
            out,
            "<tr><td><b>{}</b><br>{}<br><small>{} · {}</small></td>",
            escape(&case.name),
            escape(&case.rule),
            escape(&case.requirement),
            escape(&case.source)
        );
        for found in cells {
            cell(&mut out, found);
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></body></html>\n");
    out
}

fn head(out: &mut String, report: &Report) {
    let subject = report.subject.clone().unwrap_or_default();
    let _ = write!(
        out,
        "<p><b>{}</b> {} at {} — <span class=\"v\">{}</span>: {}.<br>\
<small>began {}, eush {}, suites {}, interface SHA-256 {} (of {})</small></p>",
        escape(&subject.name),
        escape(&subject.version),
        escape(&subject.address),
        conclusion_word(report.conclusion()),
        numbers(report),
        escape(&began(report)),
        escape(&report.eush_version),
        escape(&report.suite_version),
        escape(&subject.descriptor_sha256),
        escape(&subject.descriptor_of)
    );
    if let Some(played) = played(&subject) {
        let _ = write!(out, "<p><small>{}</small></p>", escape(&played));
    }
    for fault in &report.list_faults {
        let _ = write!(out, "<p class=\"fail\">{}</p>", escape(fault));
    }
}

/// When the run began, to the second.
fn began(report: &Report) -> String {
    let seconds = report.started_at.as_ref().map_or(0, |at| at.seconds);
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_default()
}

/// Every case of any report, in the order in which it first stands, with what each subject made of it.
fn rows(reports: &[Report]) -> Vec<(&CaseReport, Vec<Option<&CaseReport>>)> {
    let mut order: Vec<&CaseReport> = Vec::new();
    let mut by_name: Vec<BTreeMap<&str, &CaseReport>> = Vec::new();
    for report in reports {
        by_name.push(report.cases.iter().map(|case| (case.name.as_str(), case)).collect());
        for case in &report.cases {
            let before = &by_name[..by_name.len() - 1];
            if !before.iter().any(|names| names.contains_key(case.name.as_str())) {
                order.push(case);
            }
        }
    }
    order
        .into_iter()
        .map(|case| (case, by_name.iter().map(|names| names.get(case.name.as_str()).copied()).collect()))
        .collect()
}

fn cell(out: &mut String, found: Option<&CaseReport>) {
    let Some(case) = found else {
        out.push_str("<td></td>");
        return;
    };
    let word = verdict_word(case.verdict());
    let _ = write!(out, "<td><span class=\"v {word}\">{word}</span>");
    if !case.known.is_empty() {
        let _ = write!(out, " <small>known: {}</small>", escape(&case.known));
    }
    let told = matches!(case.verdict(), Verdict::Fail | Verdict::Warn | Verdict::Error);
    if told && !case.findings.is_empty() {
        let trace: Vec<String> = case
            .trace
            .iter()
            .map(|line| format!("{:>6} ms {} {}", line.at_ms, line.direction, line.text))
            .collect();
        let _ = write!(
            out,
            "<details><summary>{}</summary><pre>{}</pre></details>",
            escape(&case.findings.join("; ")),
            escape(&trace.join("\n"))
        );
    } else if !case.findings.is_empty() {
        let _ = write!(out, "<br><small>{}</small>", escape(&case.findings.join("; ")));
    }
    out.push_str("</td>");
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
