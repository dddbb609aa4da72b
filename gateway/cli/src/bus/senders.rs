//! The systems that send on the bus by default: the fronts, and every agency that completes deliveries. What a
//! configuration says of one of them holds; what it leaves out is filled in from the population.

pub(crate) use eush_agencies::FRONTS;
use eush_agencies::Front;
use eush_domain::synthetic::population::Population;
use eush_domain::{AgencyId, Channel, SenderId};
use eush_gateway::Config;
use eush_gateway::config::{Oid, Secret, Sender, SenderKind, ServiceList};

use super::AGENCIES;
use super::secrets::Secrets;
use crate::exit::Failure;

/// Sender id of an agency, by the table of agencies.
pub(crate) fn of_agency(code: &str) -> String {
    let entry = eush_agencies::AGENCIES.iter().find(|entry| entry.code == code);
    entry.map_or_else(|| code.to_uppercase(), |entry| entry.sender_id.to_owned())
}

/// Sender ids of every standard sender.
pub(crate) fn standard() -> Vec<String> {
    let fronts = FRONTS.iter().map(|front| front.sender_id.to_owned());
    fronts.chain(AGENCIES.iter().map(|code| of_agency(code))).collect()
}

/// Adds the standard senders to a configuration, with the folder's secrets where it has none of its own.
pub(crate) fn complete(
    config: &mut Config,
    population: &Population,
    secrets: &Secrets,
) -> Result<(), Failure> {
    for Front { sender_id, system, channels, .. } in FRONTS {
        let entry = entry(config, sender_id, secrets)?;
        entry.kind = SenderKind::Front;
        if let Some(system) = system.and_then(|system| population.system(system)) {
            entry.bin.get_or_insert(system.bin);
            if entry.system.is_none() {
                entry.system = Oid::parse(&system.oid);
            }
        }
        if entry.services == ServiceList::Listed(Vec::new()) {
            entry.services = ServiceList::All;
        }
        if entry.channels.is_empty() {
            entry.channels.extend(channels.iter().copied());
        }
        if entry.operators.is_empty() && channels.contains(&Channel::StateCorporation) {
            entry.operators = population.listed_operators().map(|person| person.iin).collect();
        }
    }
    for code in AGENCIES {
        let agency = AgencyId::parse(code).map_err(|error| Failure::Bug(error.to_string()))?;
        let entry = entry(config, &of_agency(code), secrets)?;
        entry.kind = SenderKind::Agency;
        entry.agency.get_or_insert(agency);
    }
    Ok(())
}

fn entry<'a>(config: &'a mut Config, sender: &str, secrets: &Secrets) -> Result<&'a mut Sender, Failure> {
    let id = SenderId::parse(sender).map_err(|error| Failure::Bug(error.to_string()))?;
    if !config.senders.contains_key(&id) {
        let password = Secret::parse(secrets.of(sender)?).ok_or_else(|| {
            Failure::Environment(format!("the secret of `{sender}` is not 1 to 256 characters"))
        })?;
        config.senders.insert(id.clone(), empty(password));
    }
    config.senders.get_mut(&id).ok_or_else(|| Failure::Bug(format!("the sender `{sender}` was just added")))
}

fn empty(password: Secret) -> Sender {
    Sender {
        password,
        kind: SenderKind::Front,
        agency: None,
        bin: None,
        system: None,
        services: ServiceList::Listed(Vec::new()),
        channels: Vec::new(),
        operators: Vec::new(),
        client_certificate_sha256: None,
    }
}
