//! `eush verify`: which agency was called about whom, and how often.

use eush_wire::management::v1::verify_calls_request::Expected;
use eush_wire::management::v1::verify_service_client::VerifyServiceClient;
use eush_wire::management::v1::{CallFilter, CallSeen, VerifyCallsRequest};
use serde_json::{Value, json};

use crate::args::Verify;
use crate::connect::Bus;
use crate::exit::{Failure, Outcome};
use crate::output::{self, Printer};
use crate::script::told;

/// Asks, says what was found, and ends with 1 where it is not as expected.
pub(crate) async fn run(
    bus: impl FnOnce() -> Result<Bus, Failure>,
    args: Verify,
    printer: Printer,
) -> Result<Outcome, Failure> {
    let request = request(args)?;
    let bus = bus()?;
    let address = bus.address("management")?;
    let mut client = VerifyServiceClient::new(bus.channel("management").await?);
    let answer = client.verify_calls(request).await.map_err(|status| told(address, status))?.into_inner();
    if let Some(summary) = &answer.summary {
        printer.line(printer.lang.pick(summary));
    }
    for line in output::table(&answer.calls.iter().map(row).collect::<Vec<_>>()) {
        printer.line(format!("  {line}"));
    }
    if !answer.instead.is_empty() {
        printer.line("other calls:");
        for line in output::table(&answer.instead.iter().map(row).collect::<Vec<_>>()) {
            printer.line(format!("  {line}"));
        }
    }
    let text = answer.summary.as_ref().map(|text| json!({ "kk": text.kk, "ru": text.ru, "en": text.en }));
    printer.data(&json!({
        "held": answer.held,
        "found": answer.found,
        "summary": text,
        "calls": answer.calls.iter().map(data).collect::<Vec<_>>(),
        "instead": answer.instead.iter().map(data).collect::<Vec<_>>(),
    }))?;
    Ok(Outcome::of(answer.held))
}

fn request(args: Verify) -> Result<VerifyCallsRequest, Failure> {
    if !args.in_order.is_empty() {
        let in_order = args.in_order.iter().map(|step| {
            let (agency, about) = step.split_once('@').unwrap_or((step, ""));
            CallFilter { agency: agency.to_owned(), about: about.to_owned(), ..CallFilter::default() }
        });
        return Ok(VerifyCallsRequest { in_order: in_order.collect(), ..VerifyCallsRequest::default() });
    }
    let expected = match (args.times, args.at_least, args.at_most, args.never) {
        (Some(times), _, _, _) => Some(Expected::Exactly(times)),
        (None, Some(least), _, _) => Some(Expected::AtLeast(least)),
        (None, None, Some(most), _) => Some(Expected::AtMost(most)),
        (None, None, None, true) => Some(Expected::Exactly(0)),
        (None, None, None, false) => None,
    };
    let calls = CallFilter {
        agency: args.agency.unwrap_or_default(),
        service_id: args.service.unwrap_or_default(),
        about: args.about.unwrap_or_default(),
        sender_id: args.sender.unwrap_or_default(),
        application_id: args.application.unwrap_or_default(),
        message_id: args.message.unwrap_or_default(),
        outcome: args.outcome.unwrap_or_default(),
        decided_by: args.decided_by.unwrap_or_default(),
        kind: args.kind.unwrap_or_default(),
        since: output::asked_instant("--since", args.since.as_deref())?,
    };
    Ok(VerifyCallsRequest { calls: Some(calls), expected, in_order: Vec::new() })
}

fn row(call: &CallSeen) -> Vec<String> {
    let about = if call.about.is_empty() { "-" } else { call.about.as_str() };
    vec![
        output::time(call.received_at.as_ref()),
        call.agency.clone(),
        call.service_id.clone(),
        format!("about {about}"),
        call.outcome.clone(),
        call.decided_by.clone(),
        call.message_id.clone(),
    ]
}

fn data(call: &CallSeen) -> Value {
    json!({
        "message_id": call.message_id,
        "agency": call.agency,
        "service_id": call.service_id,
        "application_id": call.application_id,
        "sender_id": call.sender_id,
        "outcome": call.outcome,
        "decided_by": call.decided_by,
        "about": (!call.about.is_empty()).then_some(&call.about),
        "received_at": output::rfc3339(call.received_at.as_ref()),
    })
}
