//! The sender may use this service and this channel.
//!
//! What does not exist is no matter of agreement: a service or channel that the catalogue lacks is left to the checks
//! that name it, or nobody would ever be told that it does not exist.

use eush_acts::Catalogue;
use eush_acts::model::{ChannelFlow, Medium};
use eush_domain::{Rejection, ServiceId};

use super::{Checked, Passed, Unmet};
use crate::ports::{SenderEntry, SenderRole};

/// Proof that the sender may use the service, and the channel where there is one.
#[derive(Debug)]
pub(crate) struct AgreementHeld(());

/// For a front's signed request or question. `flow` is the channel, where the catalogue has it.
pub(crate) fn check(
    entry: &SenderEntry,
    service: &ServiceId,
    flow: Option<&ChannelFlow>,
    catalogue: &Catalogue,
) -> Checked<AgreementHeld> {
    must_be_front(entry)?;
    if catalogue.service(service).is_some() && !entry.services.contains(service) {
        return Err(Unmet::with(Rejection::SenderNotAllowed, format!("service={service}")));
    }
    channel(entry, flow)?;
    Ok(Passed::plain(AgreementHeld(())))
}

/// For a front that opens or reports: the channel alone.
pub(crate) fn check_front(entry: &SenderEntry, flow: Option<&ChannelFlow>) -> Checked<AgreementHeld> {
    must_be_front(entry)?;
    channel(entry, flow)?;
    Ok(Passed::plain(AgreementHeld(())))
}

fn must_be_front(entry: &SenderEntry) -> Result<(), Unmet> {
    match &entry.role {
        SenderRole::Front => Ok(()),
        SenderRole::Agency(_) => Err(Unmet::with(Rejection::SenderNotAllowed, "role=agency")),
    }
}

fn channel(entry: &SenderEntry, flow: Option<&ChannelFlow>) -> Result<(), Unmet> {
    let Some(flow) = flow.filter(|flow| flow.medium != Medium::Paper) else { return Ok(()) };
    if entry.channels.contains(&flow.id.channel) {
        Ok(())
    } else {
        Err(Unmet::with(Rejection::SenderNotAllowed, format!("channel={}", flow.id.channel.name())))
    }
}
