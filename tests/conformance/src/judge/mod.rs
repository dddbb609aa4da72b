//! Judges what came: every mismatch is told, not the first.

mod matcher;
pub(crate) mod signature;

use eush_wire::conformance::v1::{Allowance, Expectation};
use serde_json::Value as Json;
use tonic::Code;

use crate::fields;
use crate::wire::{Reply, code};

/// An expectation whose `${…}` are filled in.
#[derive(Clone, Debug)]
pub(crate) struct Demand {
    pub(crate) expect: Expectation,
    /// Path and matcher, in a stable order.
    pub(crate) fields: Vec<(String, Json)>,
}

/// What one reply has against it. Empty where it is as demanded, or as allowed otherwise.
pub(crate) fn reply(demand: &Demand, reply: &Reply) -> Vec<String> {
    if demand.expect.otherwise.iter().any(|allowed| allows(allowed, reply)) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    findings.extend(codes(demand, reply));
    findings.extend(reply.unreadable.iter().cloned());
    let expect = &demand.expect;
    if !expect.reason.is_empty() && reply.reason() != expect.reason {
        findings.push(format!("expected the reason {}, came {}", expect.reason, or_nothing(reply.reason())));
    }
    findings.extend(details(&expect.details, &reply.error["details"]));
    let http_status = if expect.http_status == 0 { 200 } else { expect.http_status };
    if u32::from(reply.http_status) != http_status {
        findings.push(format!("expected the HTTP status {http_status}, came {}", reply.http_status));
    }
    if expect.within_ms > 0 && reply.elapsed.as_millis() > u128::from(expect.within_ms) {
        findings.push(format!(
            "expected an answer within {} ms, it took {} ms",
            expect.within_ms,
            reply.elapsed.as_millis()
        ));
    }
    // Fields of an answer that is no answer would only repeat what the code said.
    if findings.is_empty() || reply.code != Code::Ok {
        findings.extend(view(demand, &reply.view()));
    }
    findings
}

/// What a view has against it.
pub(crate) fn view(demand: &Demand, view: &Json) -> Vec<String> {
    let one = |(path, matcher): &(String, Json)| matcher::check(path, &fields::find(view, path), matcher);
    demand.fields.iter().filter_map(one).collect()
}

fn codes(demand: &Demand, reply: &Reply) -> Option<String> {
    let wanted = &demand.expect.code;
    let word = code::word(reply.code);
    let good =
        if wanted.is_empty() { reply.code == Code::Ok } else { wanted.iter().any(|wanted| wanted == word) };
    (!good).then(|| {
        let wanted = if wanted.is_empty() { "ok".to_owned() } else { wanted.join(" or ") };
        format!("expected {wanted}, came {}", reply.summary())
    })
}

fn details(wanted: &[String], found: &Json) -> Option<String> {
    let found: Vec<&str> = found.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    // A text in three languages is three details of one kind.
    let mut folded: Vec<&str> = Vec::new();
    for kind in &found {
        if !(*kind == "localized-message" && folded.last() == Some(kind)) {
            folded.push(kind);
        }
    }
    (!wanted.is_empty() && folded != wanted.iter().map(String::as_str).collect::<Vec<_>>()).then(|| {
        format!("expected the status details {}, came {}", wanted.join(", "), or_nothing(&folded.join(", ")))
    })
}

fn allows(allowed: &Allowance, reply: &Reply) -> bool {
    code::word(reply.code) == allowed.code && (allowed.reason.is_empty() || allowed.reason == reply.reason())
}

fn or_nothing(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}
