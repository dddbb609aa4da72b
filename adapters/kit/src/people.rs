//! What a bus says of people beside its population, learned from the gateway when a call names a roster that is not
//! known yet. An agency that begins again learns it anew, so that nobody has to tell it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eush_domain::synthetic::population::roster::Roster;
use eush_wire::adapter::v1::GetRosterRequest;
use eush_wire::adapter::v1::roster_service_client::RosterServiceClient;
use tonic::{Code, Status};

use crate::agency::Agency;
use crate::call::CallContext;
use crate::gateway::GatewayLink;

/// Longest wait for the gateway, where the caller's own deadline is not nearer.
const LIMIT: Duration = Duration::from_secs(10);

/// Largest roster that is taken.
const LARGEST: usize = 16 << 20;

/// What a gateway says of people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rosters {
    /// The same as the caller knows.
    Known,
    /// Nothing: everybody is as the population has them.
    Nobody,
    /// This, under a revision.
    Said {
        /// Changes with the roster.
        revision: String,
        /// What is said.
        roster: Box<Roster>,
    },
}

impl GatewayLink {
    /// Asks what the bus of a call says of people. A gateway that knows no rosters says nothing.
    pub async fn roster(&self, known_revision: &str, call: &CallContext) -> Result<Rosters, Status> {
        let request = GetRosterRequest {
            sender: Some(self.sender().to_wire()),
            known_revision: known_revision.to_owned(),
        };
        let mut client = RosterServiceClient::new(self.channel()).max_decoding_message_size(LARGEST);
        let answer = match client.get_roster(call.request(request, "roster", LIMIT)).await {
            Ok(answer) => answer.into_inner(),
            Err(status) if status.code() == Code::Unimplemented => return Ok(Rosters::Nobody),
            Err(status) => return Err(status),
        };
        if answer.revision.is_empty() {
            return Ok(Rosters::Nobody);
        }
        if answer.revision == known_revision {
            return Ok(Rosters::Known);
        }
        let roster = serde_json::from_str(&answer.roster).map_err(|error| {
            tracing::error!(line = error.line(), column = error.column(), "a roster cannot be read");
            Status::internal("the gateway's roster of people cannot be read: are both of the same eush?")
        })?;
        Ok(Rosters::Said { revision: answer.revision, roster })
    }
}

/// An agency over the roster that was named last.
#[derive(Default)]
pub(crate) struct Played(Mutex<Option<(String, Arc<dyn Agency>)>>);

impl Played {
    /// The agency as the call's bus says of people. Two calls that learn of a roster at the same time learn the same.
    pub(crate) async fn agency(
        &self,
        plain: &Arc<dyn Agency>,
        gateway: Option<&GatewayLink>,
        call: &CallContext,
    ) -> Result<Arc<dyn Agency>, Status> {
        let Some(wanted) = call.roster() else { return Ok(Arc::clone(plain)) };
        if let Some((revision, agency)) = self.kept().as_ref()
            && revision == wanted
        {
            return Ok(Arc::clone(agency));
        }
        let gateway = gateway.ok_or_else(|| {
            Status::failed_precondition("no gateway is linked, so what it says of people cannot be learned")
        })?;
        match gateway.roster("", call).await? {
            Rosters::Known | Rosters::Nobody => Ok(Arc::clone(plain)),
            Rosters::Said { revision, roster } => {
                let agency = plain.with_people(&roster).map_or_else(|| Arc::clone(plain), Arc::from);
                tracing::info!(agency = plain.describe().agency, "learned what is said of people");
                *self.kept() = Some((revision, Arc::clone(&agency)));
                Ok(agency)
            }
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<(String, Arc<dyn Agency>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
