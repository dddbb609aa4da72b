//! The service and the regulation exist.

use eush_acts::Catalogue;
use eush_acts::model::{Operation, Regulation};
use eush_domain::{Rejection, ServiceId};

use super::{Checked, Passed, Unmet};

/// Proof that the service exists.
#[derive(Debug)]
pub(crate) struct ServiceKnown(());

/// For a signed request: routing key, then public service.
pub(crate) fn check(
    service: &ServiceId,
    regulation: Option<&Regulation>,
    catalogue: &Catalogue,
) -> Checked<ServiceKnown> {
    if catalogue.service(service).is_none() {
        return Err(Unmet::of(Rejection::ServiceUnknown));
    }
    if regulation.is_none() {
        return Err(Unmet::of(Rejection::RegulationUnknown));
    }
    Ok(Passed::plain(ServiceKnown(())))
}

/// For a request that opens an application: the public service alone.
pub(crate) fn check_regulation(regulation: Option<&Regulation>) -> Checked<ServiceKnown> {
    match regulation {
        Some(_) => Ok(Passed::plain(ServiceKnown(()))),
        None => Err(Unmet::of(Rejection::RegulationUnknown)),
    }
}

/// Proof that the service is a register's.
#[derive(Debug)]
pub(crate) struct RegisterKnown(());

/// For a question: some act must have the service looked up. A delivery service is no register, and no document is ever
/// handed over by asking.
pub(crate) fn check_register(service: &ServiceId, catalogue: &Catalogue) -> Checked<RegisterKnown> {
    let asked = |operation: &Operation| match operation {
        Operation::Lookup(rules) => rules.iter().any(|rule| rule.service == *service),
        Operation::Arrive
        | Operation::Authenticate
        | Operation::CheckCertificate
        | Operation::CheckDocuments
        | Operation::CheckLogin
        | Operation::CheckPresence
        | Operation::DeliverResult
        | Operation::Dispatch { .. }
        | Operation::FillForm
        | Operation::HandOver
        | Operation::OfficeStep
        | Operation::Provide
        | Operation::Refuse(_)
        | Operation::RegisterAtPortal
        | Operation::RegisterDocument
        | Operation::Sign => false,
    };
    let register = catalogue.flows().any(|row| row.flow.items.iter().any(|item| asked(&item.operation)));
    match catalogue.service(service) {
        Some(_) if register => Ok(Passed::plain(RegisterKnown(()))),
        Some(_) | None => Err(Unmet::with(Rejection::ServiceUnknown, format!("service={service}"))),
    }
}
