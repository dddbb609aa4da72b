//! What systems that people of an office use by hand have in common.
//!
//! What is entered is journalled and shown, and not kept: what a screen shows stays a function of the population and of the
//! application, so that neither a restart nor another application changes it.

use eush_adapter_kit::{AgencyFault, Description, ManualUse, Party, PayloadOrigin, Screen};
use eush_domain::Text;
use prost::Name;

use crate::provider;

#[cfg(test)]
mod tests;

/// A system that takes no message of the bus.
pub(crate) fn description(agency: &'static str, name: Text) -> Description {
    Description {
        agency,
        name: name.into(),
        payload_origin: PayloadOrigin::SimulatorDefined,
        services: Vec::new(),
    }
}

/// Digits of whom the use is about; empty where the application never said.
pub(crate) fn digits(manual: &ManualUse) -> String {
    match &manual.about {
        Some(Party::Individual(iin)) => iin.digits().to_owned(),
        Some(Party::Organization(bin)) => bin.digits().to_owned(),
        None => String::new(),
    }
}

/// A screen that shows something, with the checks that do not hold by it.
pub(crate) fn shows<M: Name>(entry: &M, failing: Vec<String>) -> Result<Option<Screen>, AgencyFault> {
    Ok(Some(Screen { entry: Some(provider::payload(entry)?), failing }))
}
