//! The hand on one agency: what it saw, how it is to behave, and forgetting all of it.

use std::sync::Arc;

use eush_wire::management::v1 as wire;
use eush_wire::management::v1::agency_control_service_server::AgencyControlService;
use tonic::{Request, Response, Status};

use crate::journal::Filter;
use crate::service::Shared;

/// The service over an agency's shared state.
#[derive(Clone)]
pub(crate) struct Control(pub(crate) Arc<Shared>);

#[tonic::async_trait]
impl AgencyControlService for Control {
    async fn list_calls(
        &self,
        request: Request<wire::ListCallsRequest>,
    ) -> Result<Response<wire::ListCallsResponse>, Status> {
        let wire::ListCallsRequest { message_id, application_id, service_id } = request.into_inner();
        let (calls, total) = self.0.journal.list(&Filter { message_id, application_id, service_id });
        Ok(Response::new(wire::ListCallsResponse { calls, total }))
    }

    async fn set_behaviour(
        &self,
        request: Request<wire::SetBehaviourRequest>,
    ) -> Result<Response<wire::SetBehaviourResponse>, Status> {
        let request = request.into_inner();
        let behaviour = match wire::Behaviour::try_from(request.behaviour) {
            Ok(wire::Behaviour::Unspecified) | Err(_) => {
                return Err(Status::invalid_argument("`behaviour`: expected one of the named behaviours"));
            }
            Ok(
                behaviour @ (wire::Behaviour::Normal
                | wire::Behaviour::Down
                | wire::Behaviour::Slow
                | wire::Behaviour::Nonsense
                | wire::Behaviour::Refusing),
            ) => behaviour,
        };
        if request.message_id.is_empty() {
            self.0.behaviours.set_all(behaviour);
        } else {
            self.0.behaviours.set_for(&request.message_id, behaviour);
        }
        tracing::info!(agency = self.0.description.agency, ?behaviour, "behaviour set");
        Ok(Response::new(wire::SetBehaviourResponse {}))
    }

    async fn reset_agency(
        &self,
        _request: Request<wire::ResetAgencyRequest>,
    ) -> Result<Response<wire::ResetAgencyResponse>, Status> {
        self.0.journal.reset();
        self.0.answers.reset();
        self.0.behaviours.reset();
        Ok(Response::new(wire::ResetAgencyResponse {}))
    }
}
