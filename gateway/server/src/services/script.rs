//! `eush.management.v1.ScriptService`.

use std::sync::Arc;

use eush_scripts::{Faults, Script};
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::script_service_server::ScriptService;
use tonic::{Code, Request, Response, Status};

use crate::parts::Core;
use crate::realm::Realm;
use crate::rescue;

use super::explain::explanation;
use super::journal::{failed, shown};

/// The service.
#[derive(Clone)]
pub(crate) struct Scripts(pub(crate) Arc<Core>);

/// Makes a change of the rules outlive the process.
pub(super) async fn keep(realm: &Realm) -> Result<(), Status> {
    realm.keep_rules().await.map_err(|error| failed(&error))
}

/// Every fault of a file as a status.
pub(super) fn faulty(faults: Faults, place: &str) -> Status {
    rescue::fields(
        faults
            .0
            .into_iter()
            .map(|fault| fault.within(place))
            .map(|fault| (fault.field, fault.expected))
            .collect(),
    )
}

#[tonic::async_trait]
impl ScriptService for Scripts {
    async fn add_scripts(
        &self,
        request: Request<wire::AddScriptsRequest>,
    ) -> Result<Response<wire::AddScriptsResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let request = request.into_inner();
        let file = request.file.unwrap_or_default();
        let scripts = eush_scripts::file(&file, realm.scripting.people.as_ref());
        let scripts: Vec<Script> = scripts.map_err(|faults| faulty(faults, "file"))?;
        let ids = scripts.iter().map(|script| script.id().to_owned()).collect();
        let replaced =
            if request.check_only { Vec::new() } else { realm.scripting.book.add(scripts, file.unmatched()) };
        keep(&realm).await?;
        Ok(Response::new(wire::AddScriptsResponse { ids, replaced }))
    }

    async fn list_scripts(
        &self,
        request: Request<wire::ListScriptsRequest>,
    ) -> Result<Response<wire::ListScriptsResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let (states, unmatched, unmatched_calls) = realm.scripting.book.list();
        let scripts = states.into_iter().map(|state| wire::ScriptState {
            script: Some(state.script),
            matched: state.matched,
            left: state.left,
        });
        Ok(Response::new(wire::ListScriptsResponse {
            scripts: scripts.collect(),
            unmatched: unmatched.into(),
            unmatched_calls,
        }))
    }

    async fn remove_script(
        &self,
        request: Request<wire::RemoveScriptRequest>,
    ) -> Result<Response<wire::RemoveScriptResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let id = request.into_inner().id;
        if realm.scripting.book.remove(&id) {
            keep(&realm).await?;
            return Ok(Response::new(wire::RemoveScriptResponse {}));
        }
        let message = format!("There is no script `{}`; `eush script list` shows them.", shown(&id));
        Err(rescue::management(Code::NotFound, "SCRIPT_UNKNOWN", &message))
    }

    async fn reset_scripts(
        &self,
        request: Request<wire::ResetScriptsRequest>,
    ) -> Result<Response<wire::ResetScriptsResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let removed = u32::try_from(realm.scripting.book.reset()).unwrap_or(u32::MAX);
        keep(&realm).await?;
        Ok(Response::new(wire::ResetScriptsResponse { removed }))
    }

    async fn explain_message(
        &self,
        request: Request<wire::ExplainMessageRequest>,
    ) -> Result<Response<wire::ExplainMessageResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let id = request.into_inner().message_id;
        let entry = realm.store.entry(id.clone()).await.map_err(|error| failed(&error))?;
        let entry = entry.ok_or_else(|| {
            let message = format!(
                "The journal has no message `{}`; a message is journalled when it is answered.",
                shown(&id)
            );
            rescue::management(Code::NotFound, "MESSAGE_NOT_JOURNALLED", &message)
        })?;
        Ok(Response::new(explanation(&entry.verdict, realm.scripting.explain(&id))))
    }
}
