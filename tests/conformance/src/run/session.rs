//! The test session of a bus in which a run plays its cases, so that it leaves nothing on the shared bus: no entry in its
//! journal, no certificate, no application, and its clock where it was.

use eush_domain::SessionKey;
use eush_wire::conformance::v1::SubjectKind;
use eush_wire::management::v1::{CreateSessionRequest, EndSessionRequest};
use prost::Message;
use tonic::transport::Channel;

use super::context::Shared;
use super::subject::SubjectError;
use crate::wire::{self, Manner};
use crate::words;

/// Longest a run may take before the bus ends its session. The run ends it as a rule.
const LIVES_SECONDS: i64 = 12 * 3600;

/// Makes a session for a run. Its clock stands where nobody moves it, so that nobody else's moves disturb the run.
pub(crate) async fn begin(management: &Channel, token: &str) -> Result<String, SubjectError> {
    let key = format!("conform-{token}");
    let request = CreateSessionRequest {
        key: key.clone(),
        time_to_live: Some(prost_types::Duration { seconds: LIVES_SECONDS, nanos: 0 }),
        frozen: true,
        description: "a conformance run".to_owned(),
        ..CreateSessionRequest::default()
    };
    match ask(management, "SessionService.CreateSession", &request).await {
        Ok(()) => Ok(key),
        Err(cause) => Err(SubjectError::NoSession { cause }),
    }
}

/// Ends it. Where that fails, it ends by itself when its time is over.
pub(crate) async fn end(management: &Channel, key: &str) {
    let request = EndSessionRequest { key: key.to_owned() };
    let _ = ask(management, "SessionService.EndSession", &request).await;
}

async fn ask(management: &Channel, name: &str, request: &impl Message) -> Result<(), String> {
    let method = words::method(name).ok_or_else(|| format!("there is no method `{name}`"))?;
    let manner = Manner::default();
    let reply = wire::call(management, &method, request.encode_to_vec().into(), &manner).await?;
    let reply = reply.ok_or("no answer")?;
    if reply.code == tonic::Code::Ok { Ok(()) } else { Err(reply.summary()) }
}

impl Shared {
    /// How whatever goes to a bus and its agencies is sent: in the session of the run.
    pub(crate) fn manner(&self) -> Manner {
        let named = self.kind == SubjectKind::Gateway && !self.session.is_empty();
        let metadata = named.then(|| (SessionKey::HEADER.to_owned(), self.session.clone()));
        Manner { metadata: metadata.into_iter().collect(), ..Manner::default() }
    }
}
