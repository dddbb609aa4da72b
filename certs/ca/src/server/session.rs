//! Which authority a call is meant for, and `eush.management.v1.SessionPartService` over the branches.

use eush_domain::SessionKey;
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::session_part_service_server::SessionPartService;
use prost::Message as _;
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Response, Status};

use super::work::Work;
use super::{convert, faults};
use crate::authority::Authority;
use crate::fault::FaultRecord;

/// The session that a call names; `None` is the shared authority.
#[derive(Clone, Debug)]
pub(super) struct Meant(Option<SessionKey>);

impl Meant {
    /// Reads the metadata of a call.
    pub(super) fn by(metadata: &MetadataMap) -> Result<Self, Status> {
        let Some(value) = metadata.get(SessionKey::HEADER) else { return Ok(Self(None)) };
        let key = value.to_str().ok().and_then(|text| SessionKey::parse(text).ok());
        let key = key.ok_or_else(|| convert::invalid(SessionKey::HEADER, "[a-z0-9][a-z0-9-]{0,62}"))?;
        Ok(Self(Some(key)))
    }

    /// The authority. Blocks where a branch of an earlier run is opened.
    pub(super) fn of(&self, trunk: &Authority) -> Result<Authority, Status> {
        let Some(session) = &self.0 else { return Ok(trunk.clone()) };
        trunk.branch(session)?.ok_or_else(|| {
            let message = format!("no session `{session}`: create it, or leave out `{}`", SessionKey::HEADER);
            convert::status(Code::NotFound, "SESSION_UNKNOWN", message)
        })
    }
}

/// The service.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) authority: Authority,
    pub(super) work: Work,
}

impl Parts {
    async fn run<T, F>(&self, meant: Meant, call: F) -> Result<Response<T>, Status>
    where
        T: Send + 'static,
        F: FnOnce(&Authority, &Meant) -> Result<T, Status> + Send + 'static,
    {
        let trunk = self.authority.clone();
        self.work
            .blocking(move || call(&trunk, &meant))
            .await
            .unwrap_or_else(|_| Err(Status::internal("call broke off")))
            .map(Response::new)
    }
}

/// The beginning of a branch is the shared authority as it is; the shared one has no beginning to go back to.
fn session(meant: &Meant) -> Result<&SessionKey, Status> {
    meant.0.as_ref().ok_or_else(|| convert::invalid(SessionKey::HEADER, "given"))
}

#[tonic::async_trait]
impl SessionPartService for Parts {
    async fn begin_part(
        &self,
        request: Request<wire::BeginPartRequest>,
    ) -> Result<Response<wire::BeginPartResponse>, Status> {
        let meant = Meant::by(request.metadata())?;
        self.run(meant, |trunk, meant| {
            trunk.begin_branch(session(meant)?)?;
            Ok(wire::BeginPartResponse {})
        })
        .await
    }

    async fn reset_part(
        &self,
        request: Request<wire::ResetPartRequest>,
    ) -> Result<Response<wire::ResetPartResponse>, Status> {
        let meant = Meant::by(request.metadata())?;
        let scopes = request.into_inner().scopes;
        let has = move |wanted: &[wire::SessionScope]| {
            wanted.iter().any(|scope| scopes.contains(&i32::from(*scope)))
        };
        self.run(meant, move |trunk, meant| {
            let key = session(meant)?;
            if has(&[wire::SessionScope::All, wire::SessionScope::Clock, wire::SessionScope::Revocations]) {
                trunk.begin_branch(key)?;
            } else if has(&[wire::SessionScope::Faults]) {
                meant.of(trunk)?.reset_faults(None, None);
            }
            Ok(wire::ResetPartResponse {})
        })
        .await
    }

    async fn end_part(
        &self,
        request: Request<wire::EndPartRequest>,
    ) -> Result<Response<wire::EndPartResponse>, Status> {
        let meant = Meant::by(request.metadata())?;
        self.run(meant, |trunk, meant| {
            trunk.end_branch(session(meant)?)?;
            Ok(wire::EndPartResponse {})
        })
        .await
    }

    async fn export_part(
        &self,
        request: Request<wire::ExportPartRequest>,
    ) -> Result<Response<wire::ExportPartResponse>, Status> {
        let meant = Meant::by(request.metadata())?;
        self.run(meant, |trunk, meant| {
            let authority = meant.of(trunk)?;
            let in_force = |record: &&FaultRecord| record.reset_at.is_none();
            let faults = authority.faults();
            let state = wire::AuthorityState {
                database: authority.export()?,
                faults: faults.iter().filter(in_force).map(faults::record).collect(),
            };
            Ok(wire::ExportPartResponse { state: state.encode_to_vec() })
        })
        .await
    }

    async fn import_part(
        &self,
        request: Request<wire::ImportPartRequest>,
    ) -> Result<Response<wire::ImportPartResponse>, Status> {
        let meant = Meant::by(request.metadata())?;
        let state = request.into_inner().state;
        self.run(meant, move |trunk, meant| {
            let unreadable = |_| convert::invalid("state", "a state that ExportPart gave");
            let state = wire::AuthorityState::decode(state.as_slice()).map_err(unreadable)?;
            let authority = match &meant.0 {
                None => trunk.clone(),
                Some(session) => match trunk.branch(session)? {
                    Some(branch) => branch,
                    None => trunk.begin_branch(session)?,
                },
            };
            authority.import(&state.database).map_err(|error| {
                tracing::warn!(%error, "a state is not taken");
                convert::invalid("state", "a state that ExportPart gave")
            })?;
            for record in state.faults {
                let algorithm = convert::any_algorithm(record.algorithm)?;
                let point = faults::any_point(record.point)?;
                let point = point.ok_or_else(|| convert::invalid("state", "a state that ExportPart gave"))?;
                authority.set_fault(algorithm, point, faults::fault(record.fault)?)?;
            }
            Ok(wire::ImportPartResponse {})
        })
        .await
    }
}
