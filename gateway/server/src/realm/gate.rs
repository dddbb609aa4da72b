//! The gate of a realm: use cases go in and out; whoever replaces the realm's state closes it, waits until nobody is
//! inside, and opens it again.

use std::sync::Arc;
use std::time::Duration;

use eush_domain::Rejection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Most use cases inside at one time. Far above any `limits.in_flight` in use.
const PLACES: u32 = 1 << 20;

/// The gate.
#[derive(Debug)]
pub(crate) struct Gate(Arc<Semaphore>);

/// Messages in flight did not end in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("messages in flight did not end in time; try again, or release what holds them")]
pub(crate) struct Busy;

impl Gate {
    pub(crate) fn open() -> Self {
        Self(Arc::new(Semaphore::new(PLACES as usize)))
    }

    /// A place inside, as long as it is held.
    ///
    /// # Errors
    /// [`Rejection::BusRestoring`] while the gate is closed or closing.
    pub(crate) fn enter(&self) -> Result<OwnedSemaphorePermit, Rejection> {
        // Whoever closes the gate waits for every place, and those that come free are his.
        self.0.clone().try_acquire_owned().map_err(|_| Rejection::BusRestoring)
    }

    /// Lets nobody in ever again: the realm has ended.
    pub(crate) fn shut(&self) {
        self.0.close();
    }

    /// Whether nobody comes in ever again.
    pub(crate) fn is_shut(&self) -> bool {
        self.0.is_closed()
    }

    /// Lets nobody in any more and waits until nobody is inside. It opens again when the answer is dropped; one that is shut
    /// needs nobody to keep it closed.
    ///
    /// # Errors
    /// [`Busy`] where somebody is still inside at the end of the time; the gate is open again then.
    pub(crate) async fn close(&self, within: Duration) -> Result<Option<OwnedSemaphorePermit>, Busy> {
        match tokio::time::timeout(within, self.0.clone().acquire_many_owned(PLACES)).await {
            Ok(Ok(all)) => Ok(Some(all)),
            Ok(Err(_)) => Ok(None),
            Err(_) => Err(Busy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn closing_waits_for_those_inside_and_lets_nobody_in() {
        let gate = Gate::open();
        let inside = gate.enter().unwrap();
        assert_eq!(gate.close(Duration::ZERO).await.unwrap_err(), Busy);
        drop(gate.enter().unwrap());
        let mut closing = std::pin::pin!(gate.close(Duration::from_secs(5)));
        let pending = std::future::poll_fn(|context| {
            std::task::Poll::Ready(Future::poll(closing.as_mut(), context).is_pending())
        });
        assert!(pending.await);
        assert_eq!(gate.enter().unwrap_err(), Rejection::BusRestoring);
        drop(inside);
        let closed = closing.await.unwrap();
        assert_eq!(gate.enter().unwrap_err(), Rejection::BusRestoring);
        drop(closed);
        drop(gate.enter().unwrap());
        gate.shut();
        assert_eq!(gate.enter().unwrap_err(), Rejection::BusRestoring);
        assert!(gate.is_shut() && gate.close(Duration::ZERO).await.unwrap().is_none());
    }
}
