//! The regulation has this channel, it crosses the gateway, and it leads to this service.

use eush_acts::model::{ChannelFlow, Medium};
use eush_domain::{Rejection, ServiceId};

use super::{Checked, Passed, Unmet};
use crate::engine;

/// Proof that the act gives the service this electronic channel.
#[derive(Debug)]
pub(crate) struct ChannelDescribed(());

/// For a signed request.
pub(crate) fn check(service: &ServiceId, flow: Option<&ChannelFlow>) -> Checked<ChannelDescribed> {
    let held = check_medium(flow, &[Medium::Gateway])?;
    let route = flow.and_then(engine::route);
    match route {
        Some(route) if route.service == service => Ok(held),
        Some(route) => {
            Err(Unmet::with(Rejection::ChannelNotDescribed, format!("dispatches-to={}", route.service)))
        }
        None => Err(Unmet::with(Rejection::ChannelNotDescribed, "dispatches-to=none")),
    }
}

/// For a request that opens an application.
pub(crate) fn check_flow(flow: Option<&ChannelFlow>) -> Checked<ChannelDescribed> {
    check_medium(flow, &[Medium::Gateway, Medium::Office])
}

fn check_medium(flow: Option<&ChannelFlow>, described: &[Medium]) -> Checked<ChannelDescribed> {
    match flow.map(|flow| flow.medium) {
        Some(medium) if described.contains(&medium) => Ok(Passed::plain(ChannelDescribed(()))),
        Some(Medium::Gateway) => Err(Unmet::with(Rejection::ChannelNotDescribed, "medium=gateway")),
        Some(Medium::Office) => Err(Unmet::with(Rejection::ChannelNotDescribed, "medium=office")),
        Some(Medium::Paper) => Err(Unmet::with(Rejection::ChannelNotDescribed, "medium=paper")),
        None => Err(Unmet::with(Rejection::ChannelNotDescribed, "medium=none")),
    }
}
