//! `eush.management.v1.SessionService`.

use std::sync::Arc;
use std::time::Duration;

use eush_domain::{Clock as _, SessionKey};
use eush_pipeline::profile::Profile;
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::session_service_server::SessionService;
use tonic::{Code, Request, Response, Status};

use crate::convert;
use crate::parts::Core;
use crate::realm::Realm;
use crate::rescue::{self, Context};
use crate::sessions::{Pace, Record, SessionError, Wish};

/// The service.
#[derive(Clone)]
pub(crate) struct SessionCalls(pub(crate) Arc<Core>);

impl From<SessionError> for Status {
    fn from(error: SessionError) -> Self {
        let message = error.to_string();
        match &error {
            SessionError::Authority(status) => {
                let code =
                    if status.code() == Code::Unavailable { Code::Unavailable } else { Code::Internal };
                rescue::management(code, "CERTIFICATE_SERVICES_UNAVAILABLE", &message)
            }
            SessionError::Busy(_) => rescue::management(Code::Unavailable, "SESSION_BUSY", &message),
            SessionError::Field { .. } => {
                rescue::management(Code::InvalidArgument, "SESSION_MALFORMED", &message)
            }
            SessionError::InUse(_) => rescue::management(Code::AlreadyExists, "SESSION_EXISTS", &message),
            SessionError::TooMany(_) => {
                rescue::management(Code::ResourceExhausted, "TOO_MANY_SESSIONS", &message)
            }
            SessionError::Unknown(_) => rescue::management(Code::NotFound, "SESSION_UNKNOWN", &message),
            SessionError::File(source) => rescue::incident(source, &Context::default()),
            SessionError::Start(source) => rescue::incident(source, &Context::default()),
            SessionError::Store(source) => rescue::incident(source, &Context::default()),
        }
    }
}

/// A key of a request.
pub(super) fn key(field: &'static str, text: &str) -> Result<SessionKey, Status> {
    SessionKey::parse(text).map_err(|error| SessionError::Field { field, expected: error.to_string() }.into())
}

fn duration(field: &'static str, wire: Option<prost_types::Duration>) -> Result<Option<Duration>, Status> {
    let malformed = |_| SessionError::Field { field, expected: "a duration that is not negative".to_owned() };
    Ok(wire.map(Duration::try_from).transpose().map_err(malformed)?)
}

fn profile(text: &str) -> Result<Option<Profile>, Status> {
    if text.is_empty() {
        return Ok(None);
    }
    let unknown =
        || SessionError::Field { field: "profile", expected: "`strict` or `as-written`".to_owned() };
    Ok(Some(Profile::parse(text).ok_or_else(unknown)?))
}

fn shown(key: &SessionKey, realm: &Realm, record: &Record) -> wire::Session {
    wire::Session {
        key: key.as_str().to_owned(),
        description: record.description.clone(),
        created_at: Some(convert::timestamp(record.created_at)),
        expires_at: Some(convert::timestamp(record.expires_at)),
        now: Some(convert::timestamp(realm.clock.now())),
        running: realm.clock.state().is_running(),
        profile: record.profile.name().to_owned(),
        seed: realm.seed,
        counts: None,
    }
}

impl SessionCalls {
    /// A session with what is in it.
    async fn described(&self, key: &SessionKey) -> Result<wire::Session, Status> {
        let (realm, record) = self.0.sessions.find(key).await?;
        let counts = realm.store.counts().await.map_err(SessionError::Store)?;
        let counts = wire::SessionCounts {
            messages: counts.messages,
            applications: counts.applications,
            journal_entries: counts.journal_entries,
        };
        Ok(wire::Session { counts: Some(counts), ..shown(key, &realm, &record) })
    }

    /// Runs to its end although the caller may go away: half a session helps nobody.
    async fn whole<T: Send + 'static>(
        work: impl Future<Output = Result<T, SessionError>> + Send + 'static,
    ) -> Result<T, Status> {
        match tokio::spawn(work).await {
            Ok(done) => Ok(done?),
            Err(error) => Err(rescue::incident(&error, &Context::default())),
        }
    }
}

#[tonic::async_trait]
impl SessionService for SessionCalls {
    async fn create_session(
        &self,
        request: Request<wire::CreateSessionRequest>,
    ) -> Result<Response<wire::CreateSessionResponse>, Status> {
        let request = request.into_inner();
        let wish = Wish {
            key: (!request.key.is_empty()).then(|| key("key", &request.key)).transpose()?,
            time_to_live: duration("time_to_live", request.time_to_live)?,
            offset: request.clock_offset,
            pace: if request.frozen { Pace::Stands } else { Pace::Follows },
            profile: profile(&request.profile)?,
            seed: request.seed,
            description: request.description,
        };
        let sessions = self.0.sessions.clone();
        let (key, _) = Self::whole(async move { sessions.create(wish).await }).await?;
        Ok(Response::new(wire::CreateSessionResponse { session: Some(self.described(&key).await?) }))
    }

    async fn list_sessions(
        &self,
        _request: Request<wire::ListSessionsRequest>,
    ) -> Result<Response<wire::ListSessionsResponse>, Status> {
        let all = self.0.sessions.list().await;
        let sessions = all.iter().map(|(key, realm, record)| shown(key, realm, record)).collect();
        Ok(Response::new(wire::ListSessionsResponse { sessions }))
    }

    async fn describe_session(
        &self,
        request: Request<wire::DescribeSessionRequest>,
    ) -> Result<Response<wire::DescribeSessionResponse>, Status> {
        let key = key("key", &request.get_ref().key)?;
        Ok(Response::new(wire::DescribeSessionResponse { session: Some(self.described(&key).await?) }))
    }

    async fn extend_session(
        &self,
        request: Request<wire::ExtendSessionRequest>,
    ) -> Result<Response<wire::ExtendSessionResponse>, Status> {
        let request = request.into_inner();
        let key = key("key", &request.key)?;
        self.0.sessions.extend(&key, duration("time_to_live", request.time_to_live)?).await?;
        Ok(Response::new(wire::ExtendSessionResponse { session: Some(self.described(&key).await?) }))
    }

    async fn reset_session(
        &self,
        request: Request<wire::ResetSessionRequest>,
    ) -> Result<Response<wire::ResetSessionResponse>, Status> {
        let request = request.into_inner();
        let meant = key("key", &request.key)?;
        let scope = |number: &i32| match wire::SessionScope::try_from(*number) {
            Ok(wire::SessionScope::Unspecified) | Err(_) => {
                let expected = "values of SessionScope".to_owned();
                Err(Status::from(SessionError::Field { field: "scopes", expected }))
            }
            Ok(scope) => Ok(scope),
        };
        let scopes = request.scopes.iter().map(scope).collect::<Result<Vec<_>, _>>()?;
        let (sessions, key) = (self.0.sessions.clone(), meant.clone());
        Self::whole(async move { sessions.reset(&key, &scopes).await }).await?;
        Ok(Response::new(wire::ResetSessionResponse { session: Some(self.described(&meant).await?) }))
    }

    async fn end_session(
        &self,
        request: Request<wire::EndSessionRequest>,
    ) -> Result<Response<wire::EndSessionResponse>, Status> {
        let key = key("key", &request.get_ref().key)?;
        let sessions = self.0.sessions.clone();
        Self::whole(async move { sessions.end(&key).await }).await?;
        Ok(Response::new(wire::EndSessionResponse {}))
    }
}
