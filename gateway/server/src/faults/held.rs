//! Calls that wait until somebody lets them go.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eush_domain::Timestamp;
use eush_domain::faults::{Decided, Met};
use tokio::sync::{oneshot, watch};

/// A call that waits.
#[derive(Clone, Debug)]
pub(crate) struct HeldCall {
    pub(crate) rule: String,
    pub(crate) message: String,
    pub(crate) method: String,
    pub(crate) since: Timestamp,
}

impl HeldCall {
    pub(super) fn of(decided: &Decided, met: &Met<'_>, since: Timestamp) -> Self {
        Self {
            rule: decided.rule.to_string(),
            message: met.message.to_owned(),
            method: met.method.to_owned(),
            since,
        }
    }
}

/// Every call that waits.
pub(super) struct Held {
    waiting: Arc<Mutex<Waiting>>,
    stop: watch::Receiver<bool>,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    /// Oldest first. Dropping the sender lets the call go.
    calls: Vec<(u64, HeldCall, oneshot::Sender<()>)>,
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A call that is no longer waited for is forgotten, however it ends.
struct Place(Arc<Mutex<Waiting>>, u64);

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.0).calls.retain(|(number, ..)| *number != self.1);
    }
}

impl Held {
    pub(super) fn new(stop: watch::Receiver<bool>) -> Self {
        Self { waiting: Arc::default(), stop }
    }

    pub(super) async fn wait(&self, call: HeldCall) {
        let (sender, released) = oneshot::channel();
        let _place = {
            let mut waiting = lock(&self.waiting);
            waiting.next += 1;
            let number = waiting.next;
            waiting.calls.push((number, call, sender));
            Place(self.waiting.clone(), number)
        };
        let mut stop = self.stop.clone();
        tokio::select! {
            _ = released => {}
            // Nobody is to wait for calls that nobody will let go.
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }

    pub(super) fn list(&self) -> Vec<HeldCall> {
        lock(&self.waiting).calls.iter().map(|(_, call, _)| call.clone()).collect()
    }

    pub(super) fn release(&self, rule: Option<&str>, message: Option<&str>) -> usize {
        let mut waiting = lock(&self.waiting);
        let before = waiting.calls.len();
        waiting.calls.retain(|(_, call, _)| {
            !(rule.is_none_or(|rule| rule == call.rule)
                && message.is_none_or(|message| message == call.message))
        });
        before - waiting.calls.len()
    }
}
