//! The fronts: the portal with its personal cabinet, the State corporation's system with its desk, and the office of a
//! provider, a centre or an akim, where a clerk works on paper.
//!
//! A front knows people and passwords, forms and sessions. It knows no regulation: it reports what the person did and
//! does what the gateway's status says next. It judges no certificate; in act 000 and 002 the portal checks it, here the
//! gateway does and the trace says so.

mod accounts;
mod desk;
mod login;
mod people;
mod queries;
mod refusal;
mod service;
mod session;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use eush_adapter_kit::{GatewayLink, Host, Links, Listen, ServeError, Services, Signer, StartError};
use eush_domain::synthetic::population::Population;
use eush_domain::{Channel, Text};
use eush_wire::application::v1::application_service_server::ApplicationServiceServer;

use accounts::Accounts;
use desk::Desk;
use people::People;
use service::Serving;
use session::Sessions;

/// Largest message taken: three MiB of attachments with envelope and signature.
const MAX_MESSAGE: usize = 4 * 1024 * 1024;

/// One front.
#[derive(Clone, Copy, Debug)]
pub struct Front {
    /// Code, for example `portal`.
    pub code: &'static str,
    /// Sender id on the bus.
    pub sender_id: &'static str,
    /// Key of the information system in the population whose certificate signs its questions; `None` for a front that
    /// asks none.
    pub system: Option<&'static str>,
    /// Name.
    pub name: Text,
    /// Channels that it serves.
    pub channels: &'static [Channel],
    visitor: Visitor,
}

/// Who stands before a front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Visitor {
    /// The applicant.
    Applicant,
    /// A clerk of the provider, of a centre that serves the public or of an akim, for the applicant; on paper.
    Clerk,
    /// An operator, for the applicant.
    Operator,
}

/// Every front.
pub const FRONTS: &[Front] = &[
    Front {
        code: "portal",
        sender_id: "PORTAL",
        system: Some("portal-system"),
        name: Text {
            kk: "«Электрондық үкімет» веб-порталы",
            ru: "Веб-портал «электронного правительства»",
            en: "E-government portal",
        },
        channels: &[Channel::Portal],
        visitor: Visitor::Applicant,
    },
    Front {
        code: "state-corporation",
        sender_id: "STATE_CORPORATION",
        system: Some("state-corporation-system"),
        name: Text {
            kk: "Мемлекеттік корпорацияның ақпараттық жүйесі",
            ru: "Информационная система Государственной корпорации",
            en: "System of the State corporation",
        },
        channels: &[Channel::StateCorporation],
        visitor: Visitor::Operator,
    },
    Front {
        code: "office",
        sender_id: "OFFICE",
        system: None,
        name: Text {
            kk: "Көрсетілетін қызметті берушінің кеңсесі",
            ru: "Канцелярия услугодателя",
            en: "Office of the provider",
        },
        channels: &[Channel::Provider, Channel::Psc, Channel::Akim],
        visitor: Visitor::Clerk,
    },
];

/// The front of a code; `None` where no front has it.
pub fn front(code: &str, population: &Arc<Population>) -> Option<FrontServer> {
    let front = FRONTS.iter().find(|front| front.code == code).copied()?;
    Some(FrontServer { front, population: Arc::clone(population) })
}

/// A front that is not bound yet.
#[derive(Clone, Debug)]
pub struct FrontServer {
    front: Front,
    population: Arc<Population>,
}

impl FrontServer {
    /// Which front this is.
    pub fn front(&self) -> Front {
        self.front
    }

    /// Binds its listener.
    pub async fn bind(self, listen: Listen) -> Result<BoundFront, StartError> {
        Ok(BoundFront { front: self.front, population: self.population, host: Host::bind(listen).await? })
    }
}

/// A front whose listener is bound.
#[derive(Debug)]
pub struct BoundFront {
    front: Front,
    population: Arc<Population>,
    host: Host,
}

impl BoundFront {
    /// The address in fact bound.
    pub fn address(&self) -> SocketAddr {
        self.host.address()
    }

    /// Serves until `shutdown`, then drains within the listener's grace. Without a link to the gateway a front can do
    /// nothing; without one to the certificate services it cannot ask registers.
    pub async fn serve(
        self,
        links: Links,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ServeError> {
        let Some((gateway, sender)) = links.gateway else {
            return Err(ServeError::Unlinked { listener: self.front.code.to_owned() });
        };
        let gateway = GatewayLink::new(gateway.channel()?, sender);
        let signer = Signer::new(links.certificates.map(|link| link.channel()).transpose()?);
        let desk = Desk {
            front: self.front,
            people: People::new(self.population),
            gateway,
            signer,
            sessions: Sessions::default(),
            accounts: Accounts::default(),
            stopping: self.host.stopping(),
        };
        let mut services = Services::default();
        services.add(
            ApplicationServiceServer::new(Serving(Arc::new(desk)))
                .max_decoding_message_size(MAX_MESSAGE)
                .max_encoding_message_size(2 * MAX_MESSAGE),
        );
        self.host.serve(services, shutdown).await
    }
}
