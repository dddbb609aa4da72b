//! Agencies where a bus says something of people beside the population: the same agency, made from another population.

use std::sync::Arc;

use eush_adapter_kit::{
    Agency, AgencyFault, Answer, Decision, Delivery, Description, ManualUse, Outcome, Question, Screen,
    async_trait,
};
use eush_domain::Timestamp;
use eush_domain::synthetic::population::roster::Roster;

use crate::{AgencyEntry, Deps};

/// An agency that can be made anew from another population.
pub(crate) struct OfPeople {
    entry: &'static AgencyEntry,
    deps: Deps,
    agency: Box<dyn Agency>,
}

impl OfPeople {
    pub(crate) fn new(entry: &'static AgencyEntry, deps: Deps) -> Self {
        Self { entry, agency: (entry.make)(deps.clone()), deps }
    }
}

#[async_trait]
impl Agency for OfPeople {
    fn describe(&self) -> Description {
        self.agency.describe()
    }

    async fn lookup(&self, question: &Question) -> Result<Answer, AgencyFault> {
        self.agency.lookup(question).await
    }

    async fn deliver(&self, delivery: &Delivery) -> Result<Decision, AgencyFault> {
        self.agency.deliver(delivery).await
    }

    async fn term_due(&self, delivery: &Delivery, due_at: Timestamp) -> Result<Outcome, AgencyFault> {
        self.agency.term_due(delivery, due_at).await
    }

    async fn used(&self, manual: &ManualUse) -> Result<Option<Screen>, AgencyFault> {
        self.agency.used(manual).await
    }

    fn with_people(&self, roster: &Roster) -> Option<Box<dyn Agency>> {
        let population = Arc::new(roster.over(&self.deps.population));
        Some((self.entry.make)(Deps { population }))
    }
}
