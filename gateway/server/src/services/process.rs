//! `eush.bus.v1.ProcessService`.

use std::pin::Pin;
use std::sync::Arc;

use eush_domain::ApplicationId;
use eush_pipeline::application::{Application, ApplicationState};
use eush_pipeline::ports::Store as _;
use eush_wire::bus::v1 as wire;
use eush_wire::bus::v1::process_service_server::ProcessService;
use tokio::sync::{broadcast, mpsc, watch};
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use crate::convert;
use crate::parts::Core;
use crate::realm::Realm;

/// The service.
#[derive(Clone)]
pub(crate) struct Process(pub(crate) Arc<Core>);

/// Updates that wait for a slow watcher.
const WAITING: usize = 16;

#[tonic::async_trait]
impl ProcessService for Process {
    async fn open_application(
        &self,
        request: Request<wire::OpenApplicationRequest>,
    ) -> Result<Response<wire::OpenApplicationResponse>, Status> {
        let call = self.0.call(&request, request.get_ref().info.as_ref())?;
        let raw = convert::open(request.into_inner());
        let answer =
            self.0.run("open", &call, raw, |bus, received| async move { bus.open(received).await }).await?;
        Ok(Response::new(convert::opened(&answer)))
    }

    async fn report_step(
        &self,
        request: Request<wire::ReportStepRequest>,
    ) -> Result<Response<wire::ReportStepResponse>, Status> {
        let call = self.0.call(&request, request.get_ref().info.as_ref())?;
        let raw = convert::report_step(request.into_inner());
        let answer = self
            .0
            .run("report", &call, raw, |bus, received| async move { bus.report(received).await })
            .await?;
        Ok(Response::new(convert::reported(&answer)))
    }

    async fn get_application(
        &self,
        request: Request<wire::GetApplicationRequest>,
    ) -> Result<Response<wire::GetApplicationResponse>, Status> {
        let call = self.0.call(&request, request.get_ref().info.as_ref())?;
        let request = request.into_inner();
        let raw = convert::ask(request.info, request.application_id);
        let answer = self
            .0
            .run("get", &call, raw, |bus, received| async move { bus.application(received).await })
            .await?;
        Ok(Response::new(convert::get_application(&answer)))
    }

    type WatchApplicationStream =
        Pin<Box<dyn Stream<Item = Result<wire::WatchApplicationResponse, Status>> + Send>>;

    async fn watch_application(
        &self,
        request: Request<wire::WatchApplicationRequest>,
    ) -> Result<Response<Self::WatchApplicationStream>, Status> {
        let call = self.0.call(&request, request.get_ref().info.as_ref())?;
        // Listened to before the first look, so that nothing falls between.
        let changes = call.realm.store.applications();
        let request = request.into_inner();
        let raw = convert::ask(request.info, request.application_id);
        let first = self
            .0
            .run("watch", &call, raw, |bus, received| async move { bus.application(received).await })
            .await?;
        let (updates, stream) = mpsc::channel(WAITING);
        let watch = Watch {
            stop: call.realm.stopping(),
            realm: call.realm,
            id: first.status.application.clone(),
            shown: first.steps.len(),
            changes,
            updates,
        };
        let response = convert::watched(&first.status, &first.steps);
        tokio::spawn(watch.run(response, is_over(first.status.state)));
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }

    async fn list_applications(
        &self,
        request: Request<wire::ListApplicationsRequest>,
    ) -> Result<Response<wire::ListApplicationsResponse>, Status> {
        let call = self.0.call(&request, request.get_ref().info.as_ref())?;
        let raw = convert::list(request.into_inner());
        let answer = self
            .0
            .run("list", &call, raw, |bus, received| async move { bus.applications(received).await })
            .await?;
        Ok(Response::new(convert::applications(&answer)))
    }
}

fn is_over(state: ApplicationState) -> bool {
    match state {
        ApplicationState::Completed | ApplicationState::Refused => true,
        ApplicationState::Open | ApplicationState::Pending | ApplicationState::Ready => false,
    }
}

/// One watcher of one application.
struct Watch {
    realm: Arc<Realm>,
    stop: watch::Receiver<bool>,
    id: ApplicationId,
    /// Steps that it has seen.
    shown: usize,
    changes: broadcast::Receiver<Arc<Application>>,
    updates: mpsc::Sender<Result<wire::WatchApplicationResponse, Status>>,
}

impl Watch {
    async fn run(mut self, first: wire::WatchApplicationResponse, over: bool) {
        if self.updates.send(Ok(first)).await.is_err() || over {
            return;
        }
        let mut stop = self.stop.clone();
        loop {
            let change = tokio::select! {
                // A stream would hold the bus open for ever.
                _ = stop.wait_for(|stop| *stop) => return,
                () = self.updates.closed() => return,
                change = self.changes.recv() => change,
            };
            let application = match change {
                Ok(application) if *application.id() == self.id => Some(application),
                Ok(_) => None,
                Err(broadcast::error::RecvError::Closed) => return,
                // Too slow for the broadcast: the store has what was missed.
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    self.realm.store.application(&self.id).await.ok().flatten().map(Arc::new)
                }
            };
            if let Some(application) = application
                && !self.show(&application).await
            {
                return;
            }
        }
    }

    /// Sends what is new; false where the watch is over.
    async fn show(&mut self, application: &Application) -> bool {
        let status = self.realm.bus.status(application);
        let new = application.steps().get(self.shown..).unwrap_or_default();
        self.shown = application.steps().len().max(self.shown);
        let sent = self.updates.send(Ok(convert::watched(&status, new))).await.is_ok();
        sent && !is_over(application.state())
    }
}
