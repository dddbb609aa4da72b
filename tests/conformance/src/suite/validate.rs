//! What the schema cannot say of a suite: one action a step, methods, codes and reasons that exist, names and
//! requirements that are unique.

use std::collections::{BTreeSet, HashMap};

use eush_domain::Rejection;
use eush_wire::conformance::v1::{Expectation, Step, SubjectKind, TestCase, TestSuite};

use super::read::ReadError;
use crate::wire::code;
use crate::words;

/// Kinds of status details that a suite may name.
pub(crate) const DETAILS: [&str; 5] =
    ["error-info", "localized-message", "bad-request", "retry-info", "refusal"];

/// Faults of one suite.
pub(super) fn suite(file: &str, suite: &TestSuite) -> Vec<ReadError> {
    let mut faults = Vec::new();
    let mut names = BTreeSet::new();
    if suite.subject() == SubjectKind::Unspecified {
        faults.push("`subject` is missing; write agency, gateway or client".to_owned());
    }
    if suite.name.is_empty() || suite.name.contains('/') {
        faults.push("`name` of the suite must be there and have no `/`".to_owned());
    }
    for case in &suite.cases {
        let mut found = of_case(case);
        if !names.insert(case.name.clone()) {
            found.push("the name stands in this suite twice".to_owned());
        }
        faults.extend(found.into_iter().map(|fault| format!("case `{}`: {fault}", case.name)));
    }
    faults.into_iter().map(|fault| ReadError { file: file.to_owned(), line: None, fault }).collect()
}

/// A requirement has one case: what is tried along axes is one demand.
pub(super) fn requirements<'a>(suites: impl Iterator<Item = &'a TestSuite>) -> Vec<ReadError> {
    let mut seen: HashMap<&str, &str> = HashMap::new();
    let mut faults = Vec::new();
    for suite in suites {
        for case in &suite.cases {
            if let Some(before) = seen.insert(&case.requirement, &case.name) {
                faults.push(ReadError {
                    file: suite.name.clone(),
                    line: None,
                    fault: format!(
                        "requirement `{}` stands at `{before}` and at `{}`; give each its own",
                        case.requirement, case.name
                    ),
                });
            }
        }
    }
    faults
}

fn of_case(case: &TestCase) -> Vec<String> {
    let mut faults = Vec::new();
    for (field, value) in [
        ("name", &case.name),
        ("requirement", &case.requirement),
        ("source", &case.source),
        ("rule", &case.rule),
    ] {
        if value.is_empty() {
            faults.push(format!("`{field}` is missing"));
        }
    }
    if case.steps.is_empty() {
        faults.push("`steps` is missing, so nothing would be judged".to_owned());
    }
    for axis in &case.axes {
        if axis.values.is_empty() {
            faults.push(format!("axis `{}` has no values", axis.name));
        }
    }
    for (place, step) in case.steps.iter().enumerate() {
        faults.extend(of_step(step).into_iter().map(|fault| format!("step {}: {fault}", place + 1)));
    }
    faults
}

fn of_step(step: &Step) -> Vec<String> {
    let mut faults = Vec::new();
    let actions = [
        !step.call.is_empty(),
        step.raw.is_some(),
        !step.reflect.is_empty(),
        !step.await_result.is_empty(),
        !step.await_nothing.is_empty(),
        step.restart != 0,
        step.drain.is_some(),
        step.certificate.is_some(),
        step.script.is_some(),
        step.received.is_some(),
        !step.finish.is_empty(),
    ];
    match actions.iter().filter(|given| **given).count() {
        1 => {}
        0 => {
            faults.push("it does nothing; give one of `call`, `raw`, `reflect`, `await_result` …".to_owned())
        }
        _ => faults.push("it does several things; make a step of each".to_owned()),
    }
    let scripted = step.script.iter().map(|script| &script.method);
    let received = step.received.iter().map(|received| &received.method);
    for method in [&step.call].into_iter().chain(scripted).chain(received) {
        if !method.is_empty() && words::method(method).is_none() {
            faults.push(format!("there is no method `{method}`; write Service.Method"));
        }
    }
    if step.meanwhile && (step.call.is_empty() || step.name.is_empty()) {
        faults.push("`meanwhile` is for a `call` with a `name`, which `finish` then asks for".to_owned());
    }
    for answer in step.script.iter().flat_map(|script| &script.answers) {
        faults.extend(unknown_reason(&answer.refuse));
        faults.extend(unknown_code(&answer.code));
    }
    if let Some(expect) = &step.expect {
        faults.extend(of_expectation(expect));
    }
    faults
}

fn of_expectation(expect: &Expectation) -> Vec<String> {
    let codes = expect.code.iter().chain(expect.otherwise.iter().map(|allowed| &allowed.code));
    let reasons = [&expect.reason].into_iter().chain(expect.otherwise.iter().map(|allowed| &allowed.reason));
    let mut faults: Vec<String> = codes.filter_map(|code| unknown_code(code)).collect();
    faults.extend(reasons.filter_map(|reason| unknown_reason(reason)));
    for kind in &expect.details {
        if !DETAILS.contains(&kind.as_str()) {
            faults.push(format!("`{kind}` is no kind of detail; write one of {}", DETAILS.join(", ")));
        }
    }
    for allowed in &expect.otherwise {
        if allowed.why.is_empty() {
            faults.push("an outcome under `otherwise` must say `why` there is room for it".to_owned());
        }
    }
    faults
}

fn unknown_code(text: &str) -> Option<String> {
    (!text.is_empty() && !text.contains("${") && code::of(text).is_none())
        .then(|| format!("`{text}` is no gRPC code; write for example not-found"))
}

fn unknown_reason(text: &str) -> Option<String> {
    let known = || Rejection::ALL.iter().any(|rejection| rejection.facts().reason == text);
    (!text.is_empty() && !text.contains("${") && !known())
        .then(|| format!("`{text}` is no reason of proto/ERRORS.md"))
}
