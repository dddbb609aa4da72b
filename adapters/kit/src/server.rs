//! An agency on its listener: bound first, linked and served later, so that addresses are known before anything runs.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use eush_faults::Restart;
use eush_wire::adapter::v1::agency_service_server::AgencyServiceServer;
use eush_wire::adapter::v1::workplace_service_server::WorkplaceServiceServer;
use eush_wire::management::v1::agency_control_service_server::AgencyControlServiceServer;
use eush_wire::management::v1::session_part_service_server::SessionPartServiceServer;

use crate::agency::Agency;
use crate::control::Control;
use crate::gateway::{GatewayLink, SenderCredentials};
use crate::host::{Host, Listen, ServeError, Services, StartError};
use crate::limits::{MAX_MESSAGE, MAX_STATE};
use crate::link::Link;
use crate::realm::{Mortals, Parts, Realms};
use crate::service::{Serving, Shared};
use crate::signer::Signer;
use crate::workplace::Workplace;

/// Where the rest of the bus is. Connections are made when first needed.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// The gateway, and who this agency is to it; without it accepted deliveries cannot be answered.
    pub gateway: Option<(Link, SenderCredentials)>,
    /// The certificate services; without them results cannot be signed.
    pub certificates: Option<Link>,
}

/// Entry point of an agency process.
#[derive(Debug)]
pub struct AgencyServer;

impl AgencyServer {
    /// Binds an agency's listener.
    pub async fn bind(agency: Box<dyn Agency>, listen: Listen) -> Result<BoundAgency, StartError> {
        Ok(BoundAgency { agency, host: Host::bind(listen).await? })
    }
}

/// An agency whose listener is bound.
pub struct BoundAgency {
    agency: Box<dyn Agency>,
    host: Host,
}

impl std::fmt::Debug for BoundAgency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BoundAgency").field("address", &self.host.address()).finish_non_exhaustive()
    }
}

impl BoundAgency {
    /// The address in fact bound.
    pub fn address(&self) -> SocketAddr {
        self.host.address()
    }

    /// Serves until `shutdown`, then drains within the listener's grace.
    pub async fn serve(
        self,
        links: Links,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ServeError> {
        let gateway = match links.gateway {
            Some((link, sender)) => Some(GatewayLink::new(link.channel()?, sender)),
            None => None,
        };
        let authority = links.certificates.map(|link| link.channel()).transpose()?;
        let description = self.agency.describe();
        let shared = Arc::new(Shared {
            agency: Arc::from(self.agency),
            played: Default::default(),
            life: Default::default(),
            description,
            journal: Default::default(),
            uses: Default::default(),
            answers: Default::default(),
            behaviours: Default::default(),
            signer: Arc::new(Signer::new(authority)),
            gateway,
            stopping: self.host.stopping(),
        });
        let realms = Arc::new(Realms::new(shared));
        let mut services = Services::default();
        services
            .restartable(Restart::new(Mortals(Arc::clone(&realms))))
            .add(
                AgencyServiceServer::new(Serving(Arc::clone(&realms)))
                    .max_decoding_message_size(MAX_MESSAGE)
                    .max_encoding_message_size(MAX_MESSAGE),
            )
            .add(WorkplaceServiceServer::new(Workplace(Arc::clone(&realms))))
            .add(AgencyControlServiceServer::new(Control(Arc::clone(&realms))))
            .add(
                SessionPartServiceServer::new(Parts(realms))
                    .max_decoding_message_size(MAX_STATE)
                    .max_encoding_message_size(MAX_STATE),
            );
        self.host.serve(services, shutdown).await
    }
}
