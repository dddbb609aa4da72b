//! The bus's virtual clock: durable state in the store, real time from [`crate::wall`].

use std::sync::{PoisonError, RwLock};

use eush_domain::{Clock, Timestamp, VirtualClock};
use tokio::sync::watch;

/// The clock that every message is judged by.
#[derive(Debug)]
pub(crate) struct BusClock {
    state: RwLock<VirtualClock>,
    changed: watch::Sender<()>,
}

impl BusClock {
    pub(crate) fn new(state: VirtualClock) -> Self {
        Self { state: RwLock::new(state), changed: watch::channel(()).0 }
    }

    /// The state, for saving.
    pub(crate) fn state(&self) -> VirtualClock {
        *self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a new state, which has been saved.
    pub(crate) fn replace(&self, state: VirtualClock) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state;
        self.changed.send_replace(());
    }

    /// Told of every change but the passing of time.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}

impl Clock for BusClock {
    fn now(&self) -> Timestamp {
        self.state().at(crate::wall::now())
    }
}

/// Real time since the process began to serve, for deadlines.
#[derive(Debug)]
pub(crate) struct RealStopwatch(tokio::time::Instant);

impl RealStopwatch {
    pub(crate) fn start() -> Self {
        Self(tokio::time::Instant::now())
    }
}

impl eush_pipeline::ports::Stopwatch for RealStopwatch {
    fn elapsed(&self) -> std::time::Duration {
        self.0.elapsed()
    }
}
