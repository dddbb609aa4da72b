//! `eush clock`: the bus's virtual clock.

use eush_domain::term::parse_terms;
use eush_wire::management::v1::clock_service_client::ClockServiceClient;
use eush_wire::management::v1::{
    AdvanceClockRequest, ClockReading, FreezeClockRequest, GetClockRequest, RunClockRequest, SetClockRequest,
};
use time::format_description::well_known::Rfc3339;

use crate::args::ClockAction;
use crate::connect::Bus;
use crate::exit::{Failure, Outcome};
use crate::output::{self, Printer};

/// Does the action and shows the time after it. The bus is looked for once the rest is good.
pub(crate) async fn run(
    bus: impl FnOnce() -> Result<Bus, Failure>,
    action: Option<ClockAction>,
    printer: Printer,
) -> Result<Outcome, Failure> {
    let action = action.unwrap_or(ClockAction::Show);
    match &action {
        ClockAction::Advance { by } => term(by)?,
        ClockAction::Set { to } => drop(instant(to)?),
        ClockAction::Freeze | ClockAction::Run | ClockAction::Show => {}
    }
    let reading = act(&bus()?, action).await?;
    printer.line(format!(
        "{} ({}){}",
        output::time(reading.now.as_ref()),
        if reading.running { "running" } else { "frozen" },
        happened(&reading)
    ));
    printer.data(&serde_json::json!({
        "now": output::rfc3339(reading.now.as_ref()),
        "running": reading.running,
        "terms_fired": reading.terms_fired,
        "lists_published": reading.lists_published,
    }))?;
    Ok(Outcome::Positive)
}

/// Does the action on the bus's clock.
pub(crate) async fn act(bus: &Bus, action: ClockAction) -> Result<ClockReading, Failure> {
    let address = bus.address("management")?;
    let mut client = ClockServiceClient::new(bus.channel("management").await?);
    let answer = match action {
        ClockAction::Advance { by } => {
            term(&by)?;
            client.advance_clock(AdvanceClockRequest { by }).await.map(|r| r.into_inner().clock)
        }
        ClockAction::Freeze => client.freeze_clock(FreezeClockRequest {}).await.map(|r| r.into_inner().clock),
        ClockAction::Run => client.run_clock(RunClockRequest {}).await.map(|r| r.into_inner().clock),
        ClockAction::Set { to } => {
            let to = Some(output::timestamp(instant(&to)?));
            client.set_clock(SetClockRequest { to }).await.map(|r| r.into_inner().clock)
        }
        ClockAction::Show => client.get_clock(GetClockRequest {}).await.map(|r| r.into_inner().clock),
    };
    answer
        .map_err(|status| Failure::from_status(address, status))?
        .ok_or_else(|| Failure::Bug("the clock answered without a reading".to_owned()))
}

fn term(by: &str) -> Result<(), Failure> {
    parse_terms(by).map(drop).map_err(|error| Failure::Usage(error.to_string()))
}

fn instant(text: &str) -> Result<eush_domain::Timestamp, Failure> {
    eush_domain::Timestamp::parse(text, &Rfc3339).map_err(|error| {
        Failure::Usage(format!(
            "`{text}` is no instant ({error}); write for example 2026-03-02T09:00:00+05:00"
        ))
    })
}

fn happened(reading: &ClockReading) -> String {
    match (reading.terms_fired, reading.lists_published) {
        (0, 0) => String::new(),
        (terms, lists) => format!(", {terms} terms fired, {lists} revocation lists published on the way"),
    }
}
