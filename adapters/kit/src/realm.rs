//! What an agency keeps for each test session: journal, remembered answers, behaviours and keys of its own, so that
//! sessions are kept apart by sharing nothing. The shared bus is one of them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use eush_domain::SessionKey;
use eush_faults::Restartable;
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::session_part_service_server::SessionPartService;
use prost::Message as _;
use tokio_util::sync::CancellationToken;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status};

use crate::call::CallContext;
use crate::service::Shared;

/// Sessions kept; beyond it the oldest is forgotten. The gateway allows fewer and says when one ends, so that this only
/// bounds what a caller who is no gateway can make us keep.
const CAPACITY: usize = 4096;

/// The shared bus and the sessions beside it.
pub(crate) struct Realms {
    trunk: Arc<Shared>,
    sessions: Mutex<Sessions>,
}

#[derive(Default)]
struct Sessions {
    by_key: HashMap<SessionKey, Arc<Shared>>,
    order: VecDeque<SessionKey>,
}

impl Sessions {
    fn end(&mut self, key: &SessionKey) {
        if self.by_key.remove(key).is_some() {
            self.order.retain(|known| known != key);
        }
    }
}

impl Realms {
    pub(crate) fn new(trunk: Arc<Shared>) -> Self {
        Self { trunk, sessions: Mutex::default() }
    }

    /// The shared bus.
    pub(crate) fn trunk(&self) -> &Arc<Shared> {
        &self.trunk
    }

    /// What is kept for the session of a call; made where there is nothing yet, since an agency that restarted knows of no
    /// session and the gateway still does.
    pub(crate) fn of(&self, call: &CallContext) -> Arc<Shared> {
        self.of_session(call.session())
    }

    fn of_session(&self, session: Option<&SessionKey>) -> Arc<Shared> {
        let Some(key) = session else { return Arc::clone(&self.trunk) };
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = sessions.by_key.get(key) {
            return Arc::clone(known);
        }
        let fresh = Arc::new(self.trunk.beside());
        sessions.by_key.insert(key.clone(), Arc::clone(&fresh));
        sessions.order.push_back(key.clone());
        if sessions.order.len() > CAPACITY
            && let Some(oldest) = sessions.order.pop_front()
        {
            sessions.by_key.remove(&oldest);
        }
        fresh
    }

    fn end(&self, key: &SessionKey) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).end(key);
    }
}

/// An agency that begins again where a fault says so, for the callers of one session alone.
pub(crate) struct Mortals(pub(crate) Arc<Realms>);

impl Restartable for Mortals {
    fn life(&self, session: Option<&SessionKey>) -> CancellationToken {
        self.0.of_session(session).life.token()
    }

    fn begin_again(&self, session: Option<&SessionKey>) {
        self.0.of_session(session).begin_again();
    }
}

/// `eush.management.v1.SessionPartService` of an agency.
#[derive(Clone)]
pub(crate) struct Parts(pub(crate) Arc<Realms>);

fn named(metadata: &MetadataMap) -> Result<SessionKey, Status> {
    CallContext::from_metadata(metadata)
        .session()
        .cloned()
        .ok_or_else(|| Status::invalid_argument(format!("`{}`: expected a session key", SessionKey::HEADER)))
}

#[tonic::async_trait]
impl SessionPartService for Parts {
    async fn begin_part(
        &self,
        request: Request<wire::BeginPartRequest>,
    ) -> Result<Response<wire::BeginPartResponse>, Status> {
        self.0.end(&named(request.metadata())?);
        Ok(Response::new(wire::BeginPartResponse {}))
    }

    async fn reset_part(
        &self,
        request: Request<wire::ResetPartRequest>,
    ) -> Result<Response<wire::ResetPartResponse>, Status> {
        let kept = self.0.of(&CallContext::from_metadata(request.metadata()));
        let scopes: Vec<_> = request.get_ref().scopes().collect();
        let has = |wanted: &[wire::SessionScope]| {
            scopes.contains(&wire::SessionScope::All) || wanted.iter().any(|scope| scopes.contains(scope))
        };
        if has(&[wire::SessionScope::Counts]) {
            kept.journal.reset();
            kept.uses.reset();
        }
        if has(&[wire::SessionScope::Faults]) {
            kept.behaviours.reset();
        }
        if has(&[wire::SessionScope::Journal, wire::SessionScope::Clock]) {
            kept.answers.reset();
        }
        Ok(Response::new(wire::ResetPartResponse {}))
    }

    async fn end_part(
        &self,
        request: Request<wire::EndPartRequest>,
    ) -> Result<Response<wire::EndPartResponse>, Status> {
        self.0.end(&named(request.metadata())?);
        Ok(Response::new(wire::EndPartResponse {}))
    }

    async fn export_part(
        &self,
        request: Request<wire::ExportPartRequest>,
    ) -> Result<Response<wire::ExportPartResponse>, Status> {
        let kept = self.0.of(&CallContext::from_metadata(request.metadata()));
        let mut state = wire::AgencyState::default();
        kept.journal.export(&mut state);
        kept.answers.export(&mut state);
        kept.behaviours.export(&mut state);
        Ok(Response::new(wire::ExportPartResponse { state: state.encode_to_vec() }))
    }

    async fn import_part(
        &self,
        request: Request<wire::ImportPartRequest>,
    ) -> Result<Response<wire::ImportPartResponse>, Status> {
        let kept = self.0.of(&CallContext::from_metadata(request.metadata()));
        let unreadable = || Status::invalid_argument("`state`: expected a state that ExportPart gave");
        let state =
            wire::AgencyState::decode(request.get_ref().state.as_slice()).map_err(|_| unreadable())?;
        // Answers are read first: a state that cannot be read changes nothing.
        if !kept.answers.import(&state) {
            return Err(unreadable());
        }
        kept.journal.import(&state);
        kept.behaviours.import(&state);
        // The authority may not know the certificates that these keys go with.
        kept.signer.forget().await;
        Ok(Response::new(wire::ImportPartResponse {}))
    }
}
