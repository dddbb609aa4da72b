//! The system as people of an office use it by hand: no call of the bus, with a journal of its own.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use eush_domain::Access;
use eush_wire::adapter::v1 as wire;
use eush_wire::adapter::v1::workplace_service_server::WorkplaceService;
use eush_wire::management::v1::{Behaviour, ManualUseRecord};
use tonic::{Request, Response, Status};

use crate::agency::{ManualUse, Screen};
use crate::call::CallContext;
use crate::convert::{Party, time_from_wire, time_to_wire};
use crate::realm::Realms;
use crate::service::{Shared, fault, outcome_of};

/// Records kept; the total outlives them.
const RECORDS: usize = 10_000;

/// What people did by hand, newest last.
#[derive(Debug, Default)]
pub(crate) struct UseJournal {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    records: VecDeque<ManualUseRecord>,
    total: u64,
}

impl UseJournal {
    fn note(&self, record: ManualUseRecord) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.total += 1;
        state.records.push_back(record);
        if state.records.len() > RECORDS {
            state.records.pop_front();
        }
    }

    /// Kept records of one application, or all; and how many there were. What was dropped is counted for all alone.
    pub(crate) fn list(&self, application_id: &str) -> (Vec<ManualUseRecord>, u64) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted =
            |record: &&ManualUseRecord| application_id.is_empty() || record.application_id == application_id;
        let found: Vec<_> = state.records.iter().filter(wanted).cloned().collect();
        let total = if application_id.is_empty() { state.total } else { found.len() as u64 };
        (found, total)
    }

    /// Forgets everything.
    pub(crate) fn reset(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }
}

/// The service over what an agency keeps, of the shared bus or of the session that the call names.
#[derive(Clone)]
pub(crate) struct Workplace(pub(crate) Arc<Realms>);

#[tonic::async_trait]
impl WorkplaceService for Workplace {
    async fn r#use(&self, request: Request<wire::UseRequest>) -> Result<Response<wire::UseResponse>, Status> {
        let call = CallContext::from_metadata(request.metadata());
        let kept = self.0.of(&call);
        let request = request.into_inner();
        let manual = read(&request)?;
        tracing::info!(agency = kept.description.agency, access = manual.access.name(), "used by hand");
        let shown = show(&kept, &manual, &call).await;
        kept.uses.note(ManualUseRecord {
            use_id: request.use_id.clone(),
            application_id: request.application_id,
            regulation_id: request.regulation_id,
            reference: request.reference,
            actor: request.actor,
            access: manual.access.name().to_owned(),
            bus_time: Some(time_to_wire(manual.bus_time)),
            outcome: match &shown {
                Ok(Screen { entry: Some(_), .. }) => "shown",
                Ok(Screen { entry: None, .. }) => "nothing",
                Err(status) => outcome_of(status),
            }
            .to_owned(),
        });
        let Screen { entry, failing } = shown?;
        let shown = match entry {
            Some(entry) => wire::use_response::Shown::Entry(entry),
            None => wire::use_response::Shown::Nothing(wire::NothingShown {}),
        };
        Ok(Response::new(wire::UseResponse { use_id: request.use_id, shown: Some(shown), failing }))
    }
}

async fn show(kept: &Shared, manual: &ManualUse, call: &CallContext) -> Result<Screen, Status> {
    match kept.behaviours.of(&manual.use_id) {
        // People at a screen are no provider that could refuse, and a screen shows what it shows.
        Behaviour::Unspecified | Behaviour::Normal | Behaviour::Nonsense | Behaviour::Refusing => {}
        Behaviour::Down => {
            return Err(Status::unavailable("the system is down, as it was told to be"));
        }
        Behaviour::Slow => {
            kept.stopping.cancelled().await;
            return Err(Status::unavailable("the system is stopping"));
        }
    }
    let agency = kept.agency(call).await?;
    agency
        .used(manual)
        .await
        .map_err(fault)?
        .ok_or_else(|| Status::unimplemented("nobody uses this system by hand"))
}

fn read(request: &wire::UseRequest) -> Result<ManualUse, Status> {
    let wrong =
        |field: &str, expected: &str| Status::invalid_argument(format!("`{field}`: expected {expected}"));
    if request.use_id.is_empty() || request.use_id.chars().count() > 96 {
        return Err(wrong("use_id", "1 to 96 characters"));
    }
    let access = match wire::Access::try_from(request.access) {
        Ok(wire::Access::Read) => Access::Read,
        Ok(wire::Access::Sign) => Access::Sign,
        Ok(wire::Access::Write) => Access::Write,
        Ok(wire::Access::Unspecified) | Err(_) => return Err(wrong("access", "READ, WRITE or SIGN")),
    };
    let about = match &request.about {
        None => None,
        about @ Some(_) => Some(
            Party::from_wire(about.as_ref(), "about")
                .map_err(|error| Status::invalid_argument(error.to_string()))?,
        ),
    };
    Ok(ManualUse {
        use_id: request.use_id.clone(),
        application_id: request.application_id.clone(),
        regulation_id: request.regulation_id.clone(),
        procedure: request.procedure.clone(),
        access,
        about,
        checks: request.checks.clone(),
        bus_time: time_from_wire(request.bus_time.as_ref()).ok_or_else(|| wrong("bus_time", "an instant"))?,
    })
}
