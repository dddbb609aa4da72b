//! One at a time for each key: so that the same message sent twice at once is dispatched once, and two messages of one
//! application are judged one after the other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// What is taken turns at. The declaration order is the order in which one call may take several, so that no two calls
/// wait for each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Turn {
    /// A message id.
    Message(String),
    /// Front's calls and dispatches of an application. Held while an agency is called.
    Application(String),
    /// Firing an application's terms. Held while the agency is told.
    Term(String),
    /// Reading and writing an application's state. Never held while an agency is called, since the agency may answer
    /// through the bus before its own answer.
    State(String),
}

/// The turns being taken.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    taken: Mutex<HashMap<Turn, Weak<AsyncMutex<()>>>>,
}

impl Turns {
    /// Waits for the turn; it ends when the guard is dropped.
    pub(crate) async fn take(&self, turn: Turn) -> OwnedMutexGuard<()> {
        self.lock(turn).lock_owned().await
    }

    fn lock(&self, turn: Turn) -> Arc<AsyncMutex<()>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = taken.get(&turn).and_then(Weak::upgrade) {
            return lock;
        }
        // Forgotten turns are swept when the map has grown, which keeps it as small as the calls in flight.
        if taken.len() >= 256 && taken.len().is_power_of_two() {
            taken.retain(|_, lock| lock.strong_count() > 0);
        }
        let lock = Arc::new(AsyncMutex::new(()));
        taken.insert(turn, Arc::downgrade(&lock));
        lock
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_second_waits_for_the_first() {
        let turns = Turns::default();
        let first = turns.take(Turn::Message("a".to_owned())).await;
        let second = turns.take(Turn::Message("a".to_owned()));
        let mut second = Box::pin(second);
        assert!(
            std::future::poll_fn(|cx| std::task::Poll::Ready(second.as_mut().poll(cx).is_pending())).await
        );
        let _other = turns.take(Turn::Message("b".to_owned())).await;
        drop(first);
        let _second = second.await;
    }

    #[tokio::test]
    async fn forgotten_turns_are_swept() {
        let turns = Turns::default();
        for index in 0..5000 {
            drop(turns.take(Turn::State(index.to_string())).await);
        }
        assert!(turns.taken.lock().unwrap().len() <= 256);
    }
}
