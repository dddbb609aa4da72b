//! Looking at suites and reports without running anything.

use std::fmt::Write as _;

use eush_wire::conformance::v1::{CaseReport, Report, SubjectKind};

use crate::engine::{self, Input, RunError, kind_word};
use crate::report::verdict_word;
use crate::suite::published::{self, Published};
use crate::suite::{Pattern, Planned};

/// A case as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Full name.
    pub name: String,
    /// What is judged.
    pub kind: SubjectKind,
    /// Id of the demand.
    pub requirement: String,
    /// Where the demand comes from.
    pub source: String,
    /// The demand.
    pub rule: String,
}

fn entry(planned: Planned) -> Entry {
    let Planned { name, subject, case, .. } = planned;
    Entry { name, kind: subject, requirement: case.requirement, source: case.source, rule: case.rule }
}

/// The cases of the embedded suites, or of the given ones, that a kind and patterns mean.
pub fn list(suites: &[Input], kind: Option<SubjectKind>, only: &[Pattern]) -> Result<Vec<Entry>, RunError> {
    let library = engine::library(suites)?;
    Ok(engine::planned(&library, kind, only, &[])?.into_iter().map(entry).collect())
}

/// Everything about the cases that a pattern means, as text: demand, source, steps.
pub fn show(suites: &[Input], pattern: &Pattern) -> Result<String, RunError> {
    let library = engine::library(suites)?;
    let mut out = String::new();
    for planned in engine::planned(&library, None, std::slice::from_ref(pattern), &[])? {
        let case = &planned.case;
        let _ = writeln!(
            out,
            "{}\n  requirement  {}\n  source       {}\n  rule         {}",
            planned.name, case.requirement, case.source, case.rule
        );
        for (place, step) in case.steps.iter().enumerate() {
            let message = prost_reflect::DynamicMessage::decode(
                crate::words::known("eush.conformance.v1.Step"),
                prost::Message::encode_to_vec(step).as_slice(),
            );
            let json = message.map(|message| crate::words::to_json(&message)).unwrap_or_default();
            let _ = writeln!(out, "  step {:<2}      {json}", place + 1);
        }
    }
    Ok(out)
}

/// What was expected, what came, and the rule: of every case of a report that a pattern means.
pub fn explain(report: &Report, pattern: &Pattern) -> Result<String, RunError> {
    let meant: Vec<&CaseReport> = report.cases.iter().filter(|case| pattern.matches(&case.name)).collect();
    if meant.is_empty() {
        return Err(RunError::Pattern { pattern: pattern.as_str().to_owned() });
    }
    let mut out = String::new();
    for case in meant {
        let _ = writeln!(out, "{}: {}", case.name, verdict_word(case.verdict()));
        let _ = writeln!(out, "  rule    {} ({}, {})", case.rule, case.requirement, case.source);
        for finding in &case.findings {
            let _ = writeln!(out, "  found   {finding}");
        }
        if !case.known.is_empty() {
            let _ = writeln!(out, "  known   {}", case.known);
        }
        for line in &case.trace {
            let _ = writeln!(out, "  {:>6} ms {} {}", line.at_ms, line.direction, line.text);
        }
    }
    Ok(out)
}

/// The cases by requirement, as a Markdown table for the README.
pub fn requirements() -> Result<String, RunError> {
    let library = engine::library(&[])?;
    let mut rows: Vec<(String, &'static str, String, usize, String)> = Vec::new();
    for planned in library.cases() {
        match rows.last_mut().filter(|row| row.0 == planned.case.requirement) {
            Some(row) => row.3 += 1,
            None => rows.push((
                planned.case.requirement.clone(),
                kind_word(planned.subject),
                planned.case.rule.clone(),
                1,
                planned.case.source.clone(),
            )),
        }
    }
    let cases: usize = rows.iter().map(|row| row.3).sum();
    let mut out = format!(
        "# Cases by requirement\n\nGenerated from the suites: {} requirements, {cases} cases. Write anew with `EUSH_BLESS=1`.\n\n| requirement | of a | demand | source | cases |\n| --- | --- | --- | --- | --- |\n",
        rows.len()
    );
    for (id, kind, rule, count, source) in rows {
        let _ = writeln!(out, "| `{id}` | {kind} | {rule} | {source} | {count} |");
    }
    Ok(out)
}

/// JSON Schema of a file that people write.
pub fn schema(of: Published) -> String {
    let text = serde_json::to_string_pretty(&published::schema(of)).unwrap_or_default();
    text + "\n"
}
