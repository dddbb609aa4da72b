//! The hand on the reference bus: clock, journal, certificates, and the agencies' own counts.

use std::sync::Arc;

use bytes::Bytes;
use eush_wire::management::v1 as wire;
use tonic::Status;

use super::face::{face, read, write};
use super::gateway::{Defect, Reference};

type Shared = Arc<Reference>;

face!(Clock, "eush.management.v1.ClockService", Shared, clock);
face!(Journal, "eush.management.v1.JournalService", Shared, journal);
face!(Bus, "eush.management.v1.BusService", Shared, describe);
face!(Authority, "eush.management.v1.CertificateAuthorityService", Shared, authority);
face!(Sessions, "eush.management.v1.SessionService", Shared, sessions);
face!(Faults, "eush.management.v1.FaultService", Shared, faults);
face!(Agency, "eush.management.v1.AgencyControlService", (&'static str, Shared), agency);

/// The management services of a bus.
pub fn routes(shared: &Shared) -> tonic::service::Routes {
    let mut routes = tonic::service::RoutesBuilder::default();
    routes
        .add_service(Clock(Arc::clone(shared)))
        .add_service(Journal(Arc::clone(shared)))
        .add_service(Bus(Arc::clone(shared)))
        .add_service(Authority(Arc::clone(shared)))
        .add_service(Sessions(Arc::clone(shared)))
        .add_service(Faults(Arc::clone(shared)));
    routes.routes()
}

fn unknown() -> Status {
    Status::unimplemented("the reference does not have this")
}

async fn clock(bus: Shared, method: &str, body: Bytes) -> Result<Bytes, Status> {
    match method {
        "SetClock" => {
            let to = read::<wire::SetClockRequest>(body)?.to.unwrap_or_default().seconds;
            if to < bus.now() && !bus.has(Defect::ClockGoesBack) {
                return Err(Status::failed_precondition("the clock never goes back"));
            }
            bus.move_clock(to);
        }
        "AdvanceClock" => {
            let by = read::<wire::AdvanceClockRequest>(body)?.by;
            let digits: String = by.chars().take_while(char::is_ascii_digit).collect();
            let count: i64 = digits.parse().map_err(|_| Status::invalid_argument("this is no term"))?;
            let unit = match &by[digits.len()..] {
                "s" => 1,
                "h" => 3600,
                _ => 86_400,
            };
            bus.move_clock(bus.now() + count * unit);
            bus.refresh();
            bus.fire().await?;
        }
        "GetClock" => {}
        _ => return Err(unknown()),
    }
    // Every answer of the clock is its reading.
    let clock = wire::ClockReading {
        now: Some(prost_types::Timestamp { seconds: bus.now(), nanos: 0 }),
        ..Default::default()
    };
    write(&wire::GetClockResponse { clock: Some(clock) })
}

async fn journal(bus: Shared, method: &str, body: Bytes) -> Result<Bytes, Status> {
    match method {
        "GetEntry" => {
            let entry = bus.entry(&read::<wire::GetEntryRequest>(body)?.message_id);
            write(&wire::GetEntryResponse {
                entry: Some(entry.ok_or_else(|| Status::not_found("no such message"))?),
            })
        }
        "ListEntries" => {
            let filter = read::<wire::ListEntriesRequest>(body)?.filter.unwrap_or_default();
            write(&wire::ListEntriesResponse { entries: bus.entries(&filter), ..Default::default() })
        }
        _ => Err(unknown()),
    }
}

async fn sessions(bus: Shared, method: &str, body: Bytes) -> Result<Bytes, Status> {
    match method {
        "ListSessions" => write(&wire::ListSessionsResponse::default()),
        "CreateSession" => {
            bus.begin_session(read::<wire::CreateSessionRequest>(body)?.key);
            write(&wire::CreateSessionResponse::default())
        }
        "ResetSession" => {
            bus.reset_session().await;
            write(&wire::ResetSessionResponse::default())
        }
        "EndSession" => {
            bus.end_session(&read::<wire::EndSessionRequest>(body)?.key);
            write(&wire::EndSessionResponse::default())
        }
        _ => Err(unknown()),
    }
}

async fn faults(bus: Shared, method: &str, body: Bytes) -> Result<Bytes, Status> {
    match method {
        "ListHeld" => write(&wire::ListHeldResponse { held: bus.held() }),
        "ListFaults" => write(&wire::ListFaultsResponse::default()),
        "AddFault" => {
            bus.add_rule(read::<wire::AddFaultRequest>(body)?.rule.unwrap_or_default());
            write(&wire::AddFaultResponse::default())
        }
        "RemoveFault" => {
            bus.remove_rule(&read::<wire::RemoveFaultRequest>(body)?.id);
            write(&wire::RemoveFaultResponse::default())
        }
        _ => Err(unknown()),
    }
}

async fn describe(bus: Shared, method: &str, _: Bytes) -> Result<Bytes, Status> {
    match method {
        "DescribeBus" => write(&wire::DescribeBusResponse {
            version: "1".to_owned(),
            profile: "strict".to_owned(),
            seed: 1,
            listeners: bus.told_listeners(),
            flows: vec!["000-A/portal".to_owned(), "000-A/state-corporation".to_owned()],
            ..Default::default()
        }),
        "RefreshRevocation" => {
            bus.refresh();
            write(&wire::RefreshRevocationResponse::default())
        }
        _ => Err(unknown()),
    }
}

async fn authority(bus: Shared, method: &str, body: Bytes) -> Result<Bytes, Status> {
    use wire::CertificateState::{Good, OnHold, Revoked};

    let (serial, to) = match method {
        "Enroll" => return write(&bus.enroll(read(body)?).await?),
        "ListPublicationFaults" => return write(&wire::ListPublicationFaultsResponse::default()),
        "SetPublicationFault" => {
            bus.set_fault(Some(read::<wire::SetPublicationFaultRequest>(body)?.fault()));
            return write(&wire::SetPublicationFaultResponse::default());
        }
        "ResetPublicationFaults" => {
            bus.set_fault(None);
            return write(&wire::ResetPublicationFaultsResponse::default());
        }
        "RevokeCertificate" => (read::<wire::RevokeCertificateRequest>(body)?.serial, Revoked),
        "HoldCertificate" => (read::<wire::HoldCertificateRequest>(body)?.serial, OnHold),
        "ReleaseCertificate" => (read::<wire::ReleaseCertificateRequest>(body)?.serial, Good),
        _ => return Err(unknown()),
    };
    bus.set_state(&serial, to).await?;
    write(&wire::RevokeCertificateResponse::default())
}

async fn agency((code, bus): (&'static str, Shared), method: &str, body: Bytes) -> Result<Bytes, Status> {
    match method {
        "ListCalls" => {
            let calls = bus.calls(code, &read::<wire::ListCallsRequest>(body)?.message_id);
            let total = calls.len() as u64;
            write(&wire::ListCallsResponse { calls, total, uses: Vec::new(), uses_total: 0 })
        }
        "SetBehaviour" => {
            bus.behave(code, read::<wire::SetBehaviourRequest>(body)?.behaviour());
            write(&wire::SetBehaviourResponse::default())
        }
        _ => Err(unknown()),
    }
}
