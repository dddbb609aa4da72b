//! `eush.management.v1.ClockService`.

use std::future::Future;
use std::sync::Arc;

use eush_domain::{Clock as _, Rejection};
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::clock_service_server::ClockService;
use tonic::{Code, Request, Response, Status};

use crate::convert;
use crate::parts::Core;
use crate::realm::Realm;
use crate::rescue::{self, Context};
use crate::sessions::Pace;
use crate::timekeeper::{AdvanceError, Tally, Timekeeper};

/// The service.
#[derive(Clone)]
pub(crate) struct ClockCalls(pub(crate) Arc<Core>);

fn refused(error: &AdvanceError) -> Status {
    let message = error.to_string();
    match error {
        AdvanceError::Term(_) => rescue::management(Code::InvalidArgument, "TERM_MALFORMED", &message),
        AdvanceError::Backward { .. } => {
            rescue::management(Code::FailedPrecondition, "CLOCK_BACKWARD", &message)
        }
        AdvanceError::Authority(_) => {
            rescue::management(Code::Unavailable, "CERTIFICATE_SERVICES_UNAVAILABLE", &message)
        }
        AdvanceError::Restoring => rescue::rejected(Rejection::BusRestoring),
        AdvanceError::Store(source) => rescue::incident(source, &Context::default()),
    }
}

impl ClockCalls {
    fn reading(realm: &Realm, tally: Tally) -> wire::ClockReading {
        wire::ClockReading {
            now: Some(convert::timestamp(realm.clock.now())),
            running: realm.timekeeper.state().is_running(),
            terms_fired: tally.terms_fired,
            lists_published: tally.lists_published,
            terms_postponed: tally.terms_postponed,
        }
    }

    /// Moves a clock, and with the shared one those of the sessions that follow it.
    async fn moved<F>(
        &self,
        realm: &Arc<Realm>,
        step: impl FnOnce(Arc<Timekeeper>) -> F + Send + 'static,
    ) -> Result<Tally, Status>
    where
        F: Future<Output = Result<Tally, AdvanceError>> + Send + 'static,
    {
        let (sessions, realm) = (self.0.sessions.clone(), realm.clone());
        self.whole(async move {
            // A realm whose state is being replaced is none to move.
            let _inside = realm.gate.enter().map_err(|_| AdvanceError::Restoring)?;
            let before = realm.clock.state();
            let tally = step(realm.timekeeper.clone()).await?;
            if realm.session.is_none() {
                sessions.follow_shared(before, realm.clock.state()).await;
            }
            Ok(tally)
        })
        .await
    }

    /// Runs to its end although the caller may go away: a clock moved half the way helps nobody.
    async fn whole<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, AdvanceError>> + Send + 'static,
    ) -> Result<T, Status> {
        match tokio::spawn(work).await {
            Ok(done) => done.map_err(|error| refused(&error)),
            Err(error) => Err(rescue::incident(&error, &Context::default())),
        }
    }
}

#[tonic::async_trait]
impl ClockService for ClockCalls {
    async fn get_clock(
        &self,
        request: Request<wire::GetClockRequest>,
    ) -> Result<Response<wire::GetClockResponse>, Status> {
        let realm = self.0.realm(&request)?;
        Ok(Response::new(wire::GetClockResponse { clock: Some(Self::reading(&realm, Tally::default())) }))
    }

    async fn set_clock(
        &self,
        request: Request<wire::SetClockRequest>,
    ) -> Result<Response<wire::SetClockResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let to = request.into_inner().to.as_ref().and_then(convert::instant).ok_or_else(|| {
            rescue::management(Code::InvalidArgument, "INSTANT_MALFORMED", "`to` is no instant.")
        })?;
        let tally = self.moved(&realm, move |timekeeper| async move { timekeeper.set(to).await }).await?;
        Ok(Response::new(wire::SetClockResponse { clock: Some(Self::reading(&realm, tally)) }))
    }

    async fn advance_clock(
        &self,
        request: Request<wire::AdvanceClockRequest>,
    ) -> Result<Response<wire::AdvanceClockResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let by = request.into_inner().by;
        let tally =
            self.moved(&realm, move |timekeeper| async move { timekeeper.advance(&by).await }).await?;
        Ok(Response::new(wire::AdvanceClockResponse { clock: Some(Self::reading(&realm, tally)) }))
    }

    async fn freeze_clock(
        &self,
        request: Request<wire::FreezeClockRequest>,
    ) -> Result<Response<wire::FreezeClockResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let (sessions, meant) = (self.0.sessions.clone(), realm.clone());
        self.whole(async move { sessions.pace(&meant, Pace::Stands).await }).await?;
        Ok(Response::new(wire::FreezeClockResponse { clock: Some(Self::reading(&realm, Tally::default())) }))
    }

    async fn run_clock(
        &self,
        request: Request<wire::RunClockRequest>,
    ) -> Result<Response<wire::RunClockResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let (sessions, meant) = (self.0.sessions.clone(), realm.clone());
        self.whole(async move { sessions.pace(&meant, Pace::Follows).await }).await?;
        Ok(Response::new(wire::RunClockResponse { clock: Some(Self::reading(&realm, Tally::default())) }))
    }
}
