//! Who may send what: the configuration's senders as the pipeline knows them.

use std::collections::BTreeMap;
use std::sync::Arc;

use eush_acts::Catalogue;
use eush_domain::synthetic::population::Population;
use eush_domain::{Bin, SenderId};
use eush_pipeline::ports::{Directory, SenderEntry, SenderRole};
use eush_pipeline::raw::Secret;

use crate::config::{Config, Sender, SenderKind, ServiceList};

/// The senders of the configuration and the organisations of the simulation.
#[derive(Debug)]
pub(crate) struct ConfiguredDirectory {
    senders: BTreeMap<SenderId, Arc<SenderEntry>>,
    organizations: BTreeMap<String, Bin>,
}

impl ConfiguredDirectory {
    pub(crate) fn new(config: &Config, population: &Population, catalogue: &Catalogue) -> Self {
        let entry = |(id, sender): (&SenderId, &Sender)| (id.clone(), Arc::new(entry(id, sender, catalogue)));
        let mut organizations: BTreeMap<_, _> = population
            .organizations()
            .iter()
            .map(|organization| (organization.key.to_string(), organization.bin))
            .collect();
        organizations.extend(config.organizations.iter().map(|(key, bin)| (key.clone(), *bin)));
        Self { senders: config.senders.iter().map(entry).collect(), organizations }
    }
}

fn entry(id: &SenderId, sender: &Sender, catalogue: &Catalogue) -> SenderEntry {
    let services = match &sender.services {
        ServiceList::All => catalogue.services().iter().map(|service| service.id.clone()).collect(),
        ServiceList::Listed(services) => services.clone(),
    };
    let role = match (sender.kind, &sender.agency) {
        (SenderKind::Agency, Some(agency)) => SenderRole::Agency(agency.clone()),
        // The configuration was checked: an agency without its code does not come here.
        (SenderKind::Agency, None) | (SenderKind::Front, _) => SenderRole::Front,
    };
    SenderEntry {
        id: id.clone(),
        role,
        password: Secret::new(sender.password.expose()),
        bin: sender.bin,
        system: sender.system.as_ref().map(|system| system.as_str().to_owned()),
        services,
        channels: sender.channels.clone(),
        operators: sender.operators.clone(),
        client_certificate: sender.client_certificate_sha256.map(|print| print.bytes()),
    }
}

impl Directory for ConfiguredDirectory {
    fn sender(&self, id: &SenderId) -> Option<Arc<SenderEntry>> {
        self.senders.get(id).cloned()
    }

    fn organization(&self, key: &str) -> Option<Bin> {
        self.organizations.get(key).copied()
    }
}
