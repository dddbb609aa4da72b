//! `eush.bus.v1.GatewayService`.

use std::sync::Arc;

use eush_wire::bus::v1 as wire;
use eush_wire::bus::v1::gateway_service_server::GatewayService;
use tonic::{Request, Response, Status};

use crate::convert;
use crate::parts::Core;

/// The service.
#[derive(Clone)]
pub(crate) struct GatewayCalls(pub(crate) Arc<Core>);

#[tonic::async_trait]
impl GatewayService for GatewayCalls {
    async fn send(
        &self,
        request: Request<wire::SendRequest>,
    ) -> Result<Response<wire::SendResponse>, Status> {
        let call = self.0.call(&request, request.get_ref().info.as_ref())?;
        let raw = convert::send_request(request.into_inner());
        let answer =
            self.0.run("send", &call, raw, |bus, received| async move { bus.send(received).await }).await?;
        Ok(Response::new(convert::send(&answer, &call.exchange, call.now())))
    }

    async fn lookup(
        &self,
        request: Request<wire::LookupRequest>,
    ) -> Result<Response<wire::LookupResponse>, Status> {
        let call = self.0.call(&request, request.get_ref().info.as_ref())?;
        let raw = convert::lookup_request(request.into_inner());
        let answer = self
            .0
            .run("lookup", &call, raw, |bus, received| async move { bus.lookup(received).await })
            .await?;
        Ok(Response::new(convert::lookup(&answer, &call.exchange, call.now())))
    }

    async fn complete_delivery(
        &self,
        request: Request<wire::CompleteDeliveryRequest>,
    ) -> Result<Response<wire::CompleteDeliveryResponse>, Status> {
        let call = self.0.call(&request, request.get_ref().info.as_ref())?;
        let raw = convert::completion(request.into_inner());
        let answer = self
            .0
            .run("complete", &call, raw, |bus, received| async move { bus.complete_delivery(received).await })
            .await?;
        Ok(Response::new(convert::completed(&answer, &call.exchange, call.now())))
    }
}
