//! The agency systems and the fronts, one module each.
//!
//! An agency is what its register knows of the synthetic population and how it decides; how it stands on the bus is the
//! kit's affair. No agency calls another: they agree because they are made from the same population. The fronts are the
//! portal and the State corporation's system, where people begin.
//!
//! Each module has its payloads' meaning in `mod.rs`, and where it fits its tables in `data.rs` and the ways of the real
//! system that nobody would guess in `quirks.rs`.

mod by_hand;
mod elicense;
mod enbek;
mod enis;
mod eqa;
mod esobes;
mod fronts;
mod gbdfl;
mod gbdul;
mod intake;
mod monitoring;
mod office;
mod oralman;
mod people;
mod provider;
mod public_service;
mod regional;
mod shzhk;
#[cfg(test)]
mod tests;
mod zhao;

use std::sync::Arc;

use eush_adapter_kit::Agency;
use eush_domain::synthetic::population::Population;
pub use fronts::{BoundFront, FRONTS, Front, FrontServer, front};

/// What an agency is made from.
#[derive(Clone, Debug)]
pub struct Deps {
    /// The simulated country.
    pub population: Arc<Population>,
}

impl From<&Arc<Population>> for Deps {
    fn from(population: &Arc<Population>) -> Self {
        Self { population: Arc::clone(population) }
    }
}

/// One row of the table of agencies.
#[derive(Clone, Copy, Debug)]
pub struct AgencyEntry {
    /// Code on the bus, for example `gbdfl`.
    pub code: &'static str,
    /// Routing keys of its services; none where people use it by hand alone.
    pub services: &'static [&'static str],
    /// Sender id under which it completes deliveries.
    pub sender_id: &'static str,
    make: fn(Deps) -> Box<dyn Agency>,
}

/// Every agency of this crate.
pub const AGENCIES: &[AgencyEntry] = &[
    AgencyEntry { code: "gbdfl", services: &[gbdfl::SERVICE], sender_id: "GBDFL", make: gbdfl::make },
    AgencyEntry { code: "gbdul", services: &[gbdul::SERVICE], sender_id: "GBDUL", make: gbdul::make },
    AgencyEntry { code: "enis", services: &[enis::SERVICE], sender_id: "ENIS", make: enis::make },
    AgencyEntry { code: "enbek", services: &[enbek::SERVICE], sender_id: "ENBEK", make: enbek::make },
    AgencyEntry { code: "esobes", services: &[esobes::SERVICE], sender_id: "ESOBES", make: esobes::make },
    AgencyEntry { code: "zhao", services: &[zhao::SERVICE], sender_id: "ZHAO", make: zhao::make },
    AgencyEntry {
        code: "regional",
        services: &[regional::SERVICE],
        sender_id: "REGIONAL",
        make: regional::make,
    },
    AgencyEntry { code: "oralman", services: &[], sender_id: "ORALMAN", make: oralman::make },
    AgencyEntry { code: "shzhk", services: &[], sender_id: "SHZHK", make: shzhk::make },
    AgencyEntry { code: "eqa", services: &[], sender_id: "EQA", make: eqa::make },
    AgencyEntry { code: "elicense", services: &[], sender_id: "ELICENSE", make: elicense::make },
    AgencyEntry { code: "monitoring", services: &[], sender_id: "MONITORING", make: monitoring::make },
];

/// The agency of a code; `None` where no agency has it.
pub fn agency(code: &str, deps: impl Into<Deps>) -> Option<Box<dyn Agency>> {
    let entry = AGENCIES.iter().find(|entry| entry.code == code)?;
    Some(Box::new(people::OfPeople::new(entry, deps.into())))
}
