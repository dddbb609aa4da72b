//! Who comes to a front: the population, and what the bus of the visit says of people beside it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use eush_adapter_kit::{CallContext, GatewayLink, Rosters};
use eush_domain::SessionKey;
use eush_domain::synthetic::population::Population;
use tonic::Status;

/// Buses of which a population is kept; with more, the oldest is learned anew.
const CAPACITY: usize = 256;

/// The population of each bus.
#[derive(Debug)]
pub(crate) struct People {
    plain: Arc<Population>,
    kept: Mutex<Kept>,
}

/// `None` is the shared bus.
type Of = Option<SessionKey>;

#[derive(Debug, Default)]
struct Kept {
    by_bus: HashMap<Of, (String, Arc<Population>)>,
    order: VecDeque<Of>,
}

impl Kept {
    fn put(&mut self, of: Of, known: (String, Arc<Population>)) {
        if self.by_bus.insert(of.clone(), known).is_none() {
            self.order.push_back(of);
        }
        if self.order.len() > CAPACITY
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_bus.remove(&oldest);
        }
    }

    fn forget(&mut self, of: &Of) {
        if self.by_bus.remove(of).is_some() {
            self.order.retain(|known| known != of);
        }
    }
}

impl People {
    pub(crate) fn new(plain: Arc<Population>) -> Self {
        Self { plain, kept: Mutex::default() }
    }

    /// As the seed made it: for everything but who people are.
    pub(crate) fn plain(&self) -> &Population {
        &self.plain
    }

    /// The population of a call's bus. The gateway is asked each time, since nobody tells a front of a change.
    pub(crate) async fn of(
        &self,
        gateway: &GatewayLink,
        call: &CallContext,
    ) -> Result<Arc<Population>, Status> {
        let of = call.session().cloned();
        let known = self.lock().by_bus.get(&of).cloned();
        let revision = known.as_ref().map_or("", |(revision, _)| revision.as_str());
        match (gateway.roster(revision, call).await?, &known) {
            (Rosters::Known, Some((_, population))) => Ok(Arc::clone(population)),
            (Rosters::Known, None) | (Rosters::Nobody, _) => {
                self.lock().forget(&of);
                Ok(Arc::clone(&self.plain))
            }
            (Rosters::Said { revision, roster }, _) => {
                let population = Arc::new(roster.over(&self.plain));
                self.lock().put(of, (revision, Arc::clone(&population)));
                Ok(population)
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
