//! The hand on one agency: what it saw, how it is to behave, and forgetting all of it.

use std::sync::Arc;

use eush_wire::management::v1 as wire;
use eush_wire::management::v1::agency_control_service_server::AgencyControlService;
use tonic::{Request, Response, Status};

use crate::call::CallContext;
use crate::journal::Filter;
use crate::realm::Realms;

/// The service over what an agency keeps, of the shared bus or of the session that the call names.
#[derive(Clone)]
pub(crate) struct Control(pub(crate) Arc<Realms>);

#[tonic::async_trait]
impl AgencyControlService for Control {
    async fn list_calls(
        &self,
        request: Request<wire::ListCallsRequest>,
    ) -> Result<Response<wire::ListCallsResponse>, Status> {
        let kept = self.0.of(&CallContext::from_metadata(request.metadata()));
        let wire::ListCallsRequest { message_id, application_id, service_id } = request.into_inner();
        // A use by hand has neither message nor routing key: whoever asks by those asks about calls alone.
        let by_call = !(message_id.is_empty() && service_id.is_empty());
        let (uses, uses_total) = if by_call { (Vec::new(), 0) } else { kept.uses.list(&application_id) };
        let (calls, total) = kept.journal.list(&Filter { message_id, application_id, service_id });
        Ok(Response::new(wire::ListCallsResponse { calls, total, uses, uses_total }))
    }

    async fn set_behaviour(
        &self,
        request: Request<wire::SetBehaviourRequest>,
    ) -> Result<Response<wire::SetBehaviourResponse>, Status> {
        let kept = self.0.of(&CallContext::from_metadata(request.metadata()));
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
            kept.behaviours.set_all(behaviour);
        } else {
            kept.behaviours.set_for(&request.message_id, behaviour);
        }
        tracing::info!(agency = kept.description.agency, ?behaviour, "behaviour set");
        Ok(Response::new(wire::SetBehaviourResponse {}))
    }

    async fn reset_agency(
        &self,
        request: Request<wire::ResetAgencyRequest>,
    ) -> Result<Response<wire::ResetAgencyResponse>, Status> {
        let kept = self.0.of(&CallContext::from_metadata(request.metadata()));
        kept.journal.reset();
        kept.uses.reset();
        kept.answers.reset();
        kept.behaviours.reset();
        Ok(Response::new(wire::ResetAgencyResponse {}))
    }
}
