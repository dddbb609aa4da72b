//! The application service over a [`Desk`]: spans, streams, nothing else.

use std::pin::Pin;
use std::sync::Arc;

use eush_adapter_kit::CallContext;
use eush_wire::application::v1 as wire;
use eush_wire::application::v1::application_service_server::ApplicationService;
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use tracing::Instrument as _;

use super::desk::Desk;
use super::refusal::pass_on;

/// The service.
#[derive(Clone)]
pub(crate) struct Serving(pub(crate) Arc<Desk>);

impl Serving {
    // Neither logins nor forms are part of a span: the application's id is what binds the logs together.
    fn span(&self, call: &'static str, application: &str, context: &CallContext) -> tracing::Span {
        tracing::info_span!(
            "front",
            call,
            front = self.0.front.code,
            application_id = application,
            trace_id = context.trace_id()
        )
    }
}

#[tonic::async_trait]
impl ApplicationService for Serving {
    async fn start(
        &self,
        request: Request<wire::StartRequest>,
    ) -> Result<Response<wire::StartResponse>, Status> {
        let call = CallContext::from_metadata(request.metadata());
        let span = self.span("start", "", &call);
        self.0.start(request.into_inner(), &call).instrument(span).await.map(Response::new)
    }

    async fn fill(
        &self,
        request: Request<wire::FillRequest>,
    ) -> Result<Response<wire::FillResponse>, Status> {
        let call = CallContext::from_metadata(request.metadata());
        let request = request.into_inner();
        let span = self.span("fill", &request.application_id, &call);
        self.0.fill(request, &call).instrument(span).await.map(Response::new)
    }

    async fn submit(
        &self,
        request: Request<wire::SubmitRequest>,
    ) -> Result<Response<wire::SubmitResponse>, Status> {
        let call = CallContext::from_metadata(request.metadata());
        let request = request.into_inner();
        let span = self.span("submit", &request.application_id, &call);
        self.0.submit(request, &call).instrument(span).await.map(Response::new)
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<wire::WatchResponse, Status>> + Send>>;

    async fn watch(
        &self,
        request: Request<wire::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let call = CallContext::from_metadata(request.metadata());
        let request = request.into_inner();
        let span = self.span("watch", &request.application_id, &call);
        let mut news = self.0.watch(request, &call).instrument(span).await?;
        let stopping = self.0.stopping.clone();
        let (teller, listener) = mpsc::channel(8);
        tokio::spawn(async move {
            loop {
                let next = tokio::select! {
                    // A listener that left, or a front that stops, ends the gateway's stream too.
                    () = teller.closed() => break,
                    () = stopping.cancelled() => break,
                    next = news.message() => next,
                };
                let item = match next {
                    Ok(None) => break,
                    Ok(Some(told)) => Ok(wire::WatchResponse { status: told.status, steps: told.steps }),
                    Err(status) => Err(pass_on(status)),
                };
                let last = item.is_err();
                if teller.send(item).await.is_err() || last {
                    break;
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(listener))))
    }

    async fn hand_over(
        &self,
        request: Request<wire::HandOverRequest>,
    ) -> Result<Response<wire::HandOverResponse>, Status> {
        let call = CallContext::from_metadata(request.metadata());
        let request = request.into_inner();
        let span = self.span("hand_over", &request.application_id, &call);
        self.0.hand_over(request, &call).instrument(span).await.map(Response::new)
    }

    async fn bring(
        &self,
        request: Request<wire::BringRequest>,
    ) -> Result<Response<wire::BringResponse>, Status> {
        let call = CallContext::from_metadata(request.metadata());
        let request = request.into_inner();
        let span = self.span("bring", &request.application_id, &call);
        self.0.bring(request, &call).instrument(span).await.map(Response::new)
    }

    async fn list_cabinet(
        &self,
        request: Request<wire::ListCabinetRequest>,
    ) -> Result<Response<wire::ListCabinetResponse>, Status> {
        let call = CallContext::from_metadata(request.metadata());
        let span = self.span("list_cabinet", "", &call);
        self.0.list_cabinet(request.into_inner(), &call).instrument(span).await.map(Response::new)
    }
}
