//! `eush explain`: why a message met the answer that it met.

use eush_wire::management::v1::script_service_client::ScriptServiceClient;
use eush_wire::management::v1::{ExplainMessageRequest, ExplainedCall, TriedScript, TriedVerdict};
use serde_json::{Value, json};

use crate::args::Explain;
use crate::connect::Bus;
use crate::exit::{Failure, Outcome};
use crate::journal;
use crate::output::{self, Printer};

/// Shows what decided, and what was tried.
pub(crate) async fn run(bus: &Bus, args: Explain, printer: Printer) -> Result<Outcome, Failure> {
    let address = bus.address("management")?;
    let mut client = ScriptServiceClient::new(bus.channel("management").await?);
    let request = ExplainMessageRequest { message_id: args.message_id };
    let answer = client.explain_message(request).await;
    let answer = answer.map_err(|status| Failure::from_status(address, status))?.into_inner();
    if let Some(summary) = &answer.summary {
        printer.line(printer.lang.pick(summary));
    }
    for check in &answer.failed {
        printer.line(format!("  check {}: {}", check.stage, journal::found(check)));
        for evidence in &check.evidence {
            printer.line(format!("    {evidence}"));
        }
    }
    for call in &answer.calls {
        printer.line(format!("{} {} of {}: {}", call.kind, call.service_id, call.agency, call.decided_by));
        for tried in &call.tried {
            printer.line(format!("  {} {}", tried.id, word(tried.verdict())));
            let rows: Vec<_> = tried
                .differences
                .iter()
                .map(|one| {
                    vec![one.path.clone(), format!("wants {}", one.expected), format!("came {}", one.found)]
                })
                .collect();
            for line in output::table(&rows) {
                printer.line(format!("    {line}"));
            }
        }
    }
    let text = answer.summary.as_ref().map(|text| json!({ "kk": text.kk, "ru": text.ru, "en": text.en }));
    printer.data(&json!({
        "summary": text,
        "entry": answer.entry.as_ref().map(journal::data),
        "failed": answer.failed.iter().map(journal::check_data).collect::<Vec<_>>(),
        "calls": answer.calls.iter().map(call_data).collect::<Vec<_>>(),
    }))?;
    Ok(Outcome::Positive)
}

fn word(verdict: TriedVerdict) -> &'static str {
    match verdict {
        TriedVerdict::Unspecified => "?",
        TriedVerdict::Answered => "answered",
        TriedVerdict::Shadowed => "matched, and an earlier one answered",
        TriedVerdict::Spent => "matched, and its answers were used up",
        TriedVerdict::Differs => "differs",
    }
}

fn call_data(call: &ExplainedCall) -> Value {
    json!({
        "agency": call.agency,
        "service_id": call.service_id,
        "kind": call.kind,
        "decided_by": call.decided_by,
        "at": output::rfc3339(call.at.as_ref()),
        "tried": call.tried.iter().map(tried_data).collect::<Vec<_>>(),
    })
}

fn tried_data(tried: &TriedScript) -> Value {
    let verdict = match tried.verdict() {
        TriedVerdict::Unspecified => "unspecified",
        TriedVerdict::Answered => "answered",
        TriedVerdict::Shadowed => "shadowed",
        TriedVerdict::Spent => "spent",
        TriedVerdict::Differs => "differs",
    };
    let differences = tried
        .differences
        .iter()
        .map(|one| json!({ "path": one.path, "expected": one.expected, "found": one.found }));
    json!({
        "id": tried.id,
        "name": tried.name,
        "verdict": verdict,
        "differences": differences.collect::<Vec<_>>(),
    })
}
