//! `eush journal`: what the bus did with a message, check by check.

use eush_wire::bus::v1::{CheckFinding, CheckOutcome};
use eush_wire::management::v1::journal_service_client::JournalServiceClient;
use eush_wire::management::v1::{
    EntryFilter, GetEntryRequest, JournalEntry, ListEntriesRequest, TailEntriesRequest,
};
use serde_json::{Value, json};
use tokio_stream::StreamExt as _;

use crate::agency_journal;
use crate::args::{Journal, Search};
use crate::connect::Bus;
use crate::exit::{Failure, Outcome};
use crate::output::{self, Printer};
use crate::script::told;
use crate::steps;

/// Shows one message, or the newest ones, or all as they come.
pub(crate) async fn run(
    bus: impl FnOnce() -> Result<Bus, Failure>,
    args: Journal,
    printer: Printer,
) -> Result<Outcome, Failure> {
    let filter = filter(&args.search)?;
    let bus = &bus()?;
    if let Some(code) = &args.of {
        return agency_journal::run(bus, code, args.search.application.unwrap_or_default(), printer).await;
    }
    let address = bus.address("management")?;
    let failed = |status| Failure::from_status(address, status);
    let mut client = JournalServiceClient::new(bus.channel("management").await?);
    if let Some(message_id) = args.message_id {
        let answer = client.get_entry(GetEntryRequest { message_id }).await.map_err(failed)?.into_inner();
        let entry =
            answer.entry.ok_or_else(|| Failure::Bug("the journal answered without an entry".to_owned()))?;
        for line in lines(&entry, printer) {
            printer.line(line);
        }
        printer.data(&data(&entry))?;
        return Ok(Outcome::Positive);
    }
    let request = ListEntriesRequest {
        limit: args.limit,
        filter: Some(filter.clone()),
        page_token: args.page.unwrap_or_default(),
    };
    // A page of a thousand messages with all their checks is larger than gRPC's default.
    client = client.max_decoding_message_size(64 << 20);
    let answer = client.list_entries(request).await.map_err(|status| told(address, status))?.into_inner();
    let rows: Vec<_> = answer.entries.iter().map(row).collect();
    for line in output::table(&rows) {
        printer.line(line);
    }
    if !answer.next_page_token.is_empty() && !args.tail {
        printer.line(format!("older ones: --page {}", answer.next_page_token));
    }
    // Whoever follows reads a document a line, the first of them the page before.
    printer.data(&json!({
        "entries": answer.entries.iter().map(data).collect::<Vec<_>>(),
        "next_page_token": (!answer.next_page_token.is_empty()).then_some(answer.next_page_token),
    }))?;
    if args.tail {
        let request = TailEntriesRequest { filter: Some(filter) };
        let stream = client.tail_entries(request).await.map_err(|status| told(address, status))?;
        let mut stream = stream.into_inner();
        while let Some(next) = stream.next().await {
            if let Some(entry) = next.map_err(failed)?.entry {
                printer.line(row(&entry).join("  "));
                printer.data_line(&data(&entry))?;
            }
        }
    }
    Ok(Outcome::Positive)
}

/// The filter that the flags mean.
fn filter(search: &Search) -> Result<EntryFilter, Failure> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Ok(EntryFilter {
        reason: text(&search.reason),
        application_id: text(&search.application),
        sender_id: text(&search.sender),
        stage: text(&search.stage),
        agency: text(&search.agency),
        about: text(&search.about),
        kind: text(&search.kind),
        service_id: text(&search.service),
        decided_by: text(&search.decided_by),
        message_id_prefix: text(&search.prefix),
        since: output::asked_instant("--since", search.since.as_deref())?,
        until: output::asked_instant("--until", search.until.as_deref())?,
    })
}

fn row(entry: &JournalEntry) -> Vec<String> {
    vec![
        output::time(entry.received_at.as_ref()),
        entry.kind.clone(),
        entry.message_id.clone(),
        entry.sender_id.clone(),
        entry.service_id.clone(),
        if entry.reason.is_empty() { "passed".to_owned() } else { entry.reason.clone() },
    ]
}

fn lines(entry: &JournalEntry, printer: Printer) -> Vec<String> {
    let mut lines = vec![
        format!(
            "message      {}  {} from {} to {}",
            entry.message_id, entry.kind, entry.sender_id, entry.service_id
        ),
        format!("received     {} (virtual)", output::time(entry.received_at.as_ref())),
        format!("profile      {}", entry.profile),
    ];
    if !entry.application_id.is_empty() {
        lines.push(format!("application  {}  {}", entry.application_id, entry.regulation_id));
    }
    if !entry.trace_id.is_empty() {
        lines.push(format!("trace        {}", entry.trace_id));
    }
    lines.push(String::new());
    let rows: Vec<_> = entry
        .checks
        .iter()
        .map(|check| {
            let by = if check.checked_by_act.is_empty() { "-" } else { check.checked_by_act.as_str() };
            vec![
                check.stage.clone(),
                found(check).to_owned(),
                format!("by the act: {by}"),
                check.rule.clone(),
            ]
        })
        .collect();
    for (line, check) in output::table(&rows).into_iter().zip(&entry.checks) {
        lines.push(line);
        lines.extend(check.evidence.iter().map(|evidence| format!("             {evidence}")));
    }
    for call in &entry.agency_calls {
        lines.push(format!(
            "called       {} {} times {}: {} (answered by {})",
            call.agency, call.service_id, call.calls, call.outcome, call.decided_by
        ));
    }
    for fault in &entry.nastiness {
        lines.push(format!(
            "fault        {} ({} at {}): {}",
            fault.rule,
            fault.knob,
            fault.place,
            fault.parameters.join(" ")
        ));
    }
    lines.extend(entry.steps.iter().map(|step| steps::line(step, printer)));
    match &entry.text {
        Some(text) if !entry.reason.is_empty() => {
            lines.push(format!("refused      {}", entry.reason));
            lines.extend([&text.kk, &text.ru, &text.en].map(|text| format!("             {text}")));
        }
        Some(_) | None if entry.reason.is_empty() => lines.push("passed".to_owned()),
        Some(_) | None => lines.push(format!("refused      {}", entry.reason)),
    }
    lines
}

/// A check's reason where it has one, its outcome otherwise.
pub(crate) fn found(check: &CheckFinding) -> &str {
    if check.reason.is_empty() { outcome_name(check.outcome()) } else { check.reason.as_str() }
}

fn outcome_name(outcome: CheckOutcome) -> &'static str {
    match outcome {
        CheckOutcome::Unspecified => "?",
        CheckOutcome::Held => "held",
        CheckOutcome::Failed => "FAILED",
        CheckOutcome::NotOwed => "not owed",
        CheckOutcome::NotRun => "not run",
    }
}

/// A record as data.
pub(crate) fn data(entry: &JournalEntry) -> Value {
    json!({
        "message_id": entry.message_id,
        "session_id": entry.session_id,
        "kind": entry.kind,
        "sender_id": entry.sender_id,
        "service_id": entry.service_id,
        "regulation_id": entry.regulation_id,
        "channel": steps::channel_name(entry.channel()),
        "application_id": entry.application_id,
        "received_at": output::rfc3339(entry.received_at.as_ref()),
        "answered_at": output::rfc3339(entry.answered_at.as_ref()),
        "profile": entry.profile,
        "checks": entry.checks.iter().map(check_data).collect::<Vec<_>>(),
        "reason": (!entry.reason.is_empty()).then_some(&entry.reason),
        "text": entry.text.as_ref().map(|text| json!({ "kk": text.kk, "ru": text.ru, "en": text.en })),
        "agency_calls": entry.agency_calls.iter().map(|call| json!({
            "agency": call.agency,
            "service_id": call.service_id,
            "calls": call.calls,
            "outcome": call.outcome,
            "duration_micros": call.duration_micros,
            "decided_by": call.decided_by,
        })).collect::<Vec<_>>(),
        "steps": entry.steps.iter().map(steps::data).collect::<Vec<_>>(),
        "trace_id": entry.trace_id,
        "nastiness": entry.nastiness.iter().map(|fault| json!({
            "rule": fault.rule,
            "knob": fault.knob,
            "place": fault.place,
            "parameters": fault.parameters,
        })).collect::<Vec<_>>(),
    })
}

/// A check's finding as data.
pub(crate) fn check_data(check: &CheckFinding) -> Value {
    json!({
        "stage": check.stage,
        "outcome": outcome_name(check.outcome()).to_lowercase().replace(' ', "-"),
        "reason": (!check.reason.is_empty()).then_some(&check.reason),
        "evidence": check.evidence,
        "checked_by_act": check.checked_by_act,
        "rule": check.rule,
    })
}
