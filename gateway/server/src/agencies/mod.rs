//! Agencies as the pipeline's port: a chain in which each link implements [`AgencyPort`] over the next, the gRPC client last.
//!
//! A chain belongs to one realm, so a link knows by construction which test session it serves. What a call carries
//! besides (trace, who decided) is in [`crate::current`].
//!
//! [`AgencyPort`]: eush_pipeline::ports::AgencyPort

mod client;
mod faulty;
mod scripted;

use std::sync::Arc;

use eush_domain::SessionKey;

pub use client::AgencyAddressError;
pub(crate) use client::{TonicAgencies, channel, deliver_request, lookup_request};

use crate::faults::Faults;
use crate::people::Census;
use crate::scripting::Scripting;
use faulty::FaultyAgencies;
use scripted::Scripted;

/// The chain, outermost link first.
pub(crate) type Agencies = FaultyAgencies<Scripted<TonicAgencies>>;

/// The chain of one realm.
pub(crate) fn chain(
    clients: &TonicAgencies,
    (session, people): (Option<SessionKey>, Arc<Census>),
    scripting: Arc<Scripting>,
    faults: Arc<Faults>,
) -> Agencies {
    FaultyAgencies::new(Scripted::new(clients.of_realm(session, people), scripting), faults)
}
