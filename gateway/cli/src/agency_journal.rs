//! An agency's own journal: what reached it through the bus, and what offices did in it by hand.

use eush_wire::management::v1::agency_control_service_client::AgencyControlServiceClient;
use eush_wire::management::v1::{AgencyCallRecord, ListCallsRequest, ManualUseRecord};
use serde_json::{Value, json};

use crate::connect::Bus;
use crate::exit::{Failure, Outcome};
use crate::output::{self, Printer};

/// Shows both lists; of one application where one is named.
pub(crate) async fn run(
    bus: &Bus,
    code: &str,
    application_id: String,
    printer: Printer,
) -> Result<Outcome, Failure> {
    let address = bus.address(code)?;
    let mut client = AgencyControlServiceClient::new(bus.channel(code).await?);
    let request = ListCallsRequest { application_id, ..ListCallsRequest::default() };
    let answer = client.list_calls(request).await.map_err(|status| Failure::from_status(address, status))?;
    let answer = answer.into_inner();
    let calls = answer.calls.iter().map(|call| {
        let at = output::time(call.bus_time.as_ref());
        vec![at, call.kind.clone(), call.service_id.clone(), call.message_id.clone(), call.outcome.clone()]
    });
    let uses = answer.uses.iter().map(|used| {
        let at = output::time(used.bus_time.as_ref());
        let how = format!("{} by hand", used.access);
        vec![at, how, used.regulation_id.clone(), used.use_id.clone(), used.outcome.clone()]
    });
    for line in output::table(&calls.chain(uses).collect::<Vec<_>>()) {
        printer.line(line);
    }
    printer.line(format!("{} calls, {} uses by hand", answer.total, answer.uses_total));
    printer.data(&json!({
        "agency": code,
        "total": answer.total,
        "calls": answer.calls.iter().map(call_data).collect::<Vec<_>>(),
        "uses_total": answer.uses_total,
        "uses": answer.uses.iter().map(use_data).collect::<Vec<_>>(),
    }))?;
    Ok(Outcome::Positive)
}

fn call_data(call: &AgencyCallRecord) -> Value {
    json!({
        "kind": call.kind,
        "message_id": call.message_id,
        "application_id": call.application_id,
        "service_id": call.service_id,
        "outcome": call.outcome,
        "attempt": call.attempt,
        "at": output::rfc3339(call.bus_time.as_ref()),
    })
}

fn use_data(used: &ManualUseRecord) -> Value {
    json!({
        "access": used.access,
        "use_id": used.use_id,
        "application_id": used.application_id,
        "regulation_id": used.regulation_id,
        "reference": used.reference,
        "actor_by_act": used.actor,
        "outcome": used.outcome,
        "at": output::rfc3339(used.bus_time.as_ref()),
        // The act has people do it; the bus carried nothing.
        "via_gateway": false,
    })
}
