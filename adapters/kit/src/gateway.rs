//! The callback: an accepted delivery is answered through the gateway, in the agency's own name.

use std::time::Duration;

use eush_domain::Timestamp;
use eush_faults::Guarded;
use eush_wire::bus::v1 as wire;
use eush_wire::bus::v1::gateway_service_client::GatewayServiceClient;
use sha2::{Digest as _, Sha256};
use tonic::Status;

use crate::agency::Context;
use crate::call::CallContext;
use crate::convert::time_to_wire;
use crate::secret::Secret;

/// Longest wait for the gateway, where the caller's own deadline is not nearer.
const LIMIT: Duration = Duration::from_secs(30);

/// Who a system is to the gateway.
#[derive(Clone, Debug)]
pub struct SenderCredentials {
    /// Id in the gateway's register of senders.
    pub sender_id: String,
    /// Shared secret.
    pub password: Secret,
}

impl SenderCredentials {
    /// The sender on the wire.
    pub fn to_wire(&self) -> wire::Sender {
        wire::Sender { sender_id: self.sender_id.clone(), password: self.password.reveal().to_owned() }
    }
}

/// The way to the gateway.
#[derive(Clone, Debug)]
pub struct GatewayLink {
    channel: Guarded,
    sender: SenderCredentials,
}

impl GatewayLink {
    /// Over a channel, in a sender's name.
    pub fn new(channel: Guarded, sender: SenderCredentials) -> Self {
        Self { channel, sender }
    }

    /// The channel, for services other than the callback.
    pub fn channel(&self) -> Guarded {
        self.channel.clone()
    }

    /// In whose name this link speaks.
    pub fn sender(&self) -> &SenderCredentials {
        &self.sender
    }

    /// Header of a message of this sender.
    pub fn message(
        &self,
        message_id: String,
        correlation_id: &str,
        service_id: &str,
        at: Option<Timestamp>,
    ) -> wire::MessageInfo {
        wire::MessageInfo {
            message_id,
            correlation_id: correlation_id.to_owned(),
            service_id: service_id.to_owned(),
            message_date: at.map(time_to_wire),
            route_id: String::new(),
            sender: Some(self.sender.to_wire()),
            properties: Vec::new(),
            session_id: String::new(),
        }
    }

    /// Ends an accepted delivery. The message id is a function of the delivery's, so that a repeated call is the same
    /// message.
    pub(crate) async fn complete(
        &self,
        context: &Context,
        outcome: wire::complete_delivery_request::Outcome,
        call: &CallContext,
    ) -> Result<(), Status> {
        let digest = Sha256::digest(format!("{}/{}", self.sender.sender_id, context.message_id).as_bytes());
        let id: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let info = self.message(
            format!("complete-{id}"),
            context.message_id.as_str(),
            context.service_id.as_str(),
            Some(context.bus_time),
        );
        let request = wire::CompleteDeliveryRequest { info: Some(info), outcome: Some(outcome) };
        let request = call.request(request, "complete-delivery", LIMIT);
        GatewayServiceClient::new(self.channel.clone()).complete_delivery(request).await?;
        Ok(())
    }
}
