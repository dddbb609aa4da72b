//! Whether the caller is still there.
//!
//! The server runs a use case as a task of its own and keeps the [`CallerPresence`] in the handler: when the transport
//! drops the handler, the use case learns it, drops its agency call and still writes a consistent record.

use tokio::sync::watch;

/// Held by the handler; dropping it says that the caller has gone.
#[derive(Debug)]
pub struct CallerPresence {
    _alive: watch::Sender<()>,
}

/// The use case's view of its caller.
#[derive(Clone, Debug)]
pub struct Caller {
    alive: Option<watch::Receiver<()>>,
}

/// A caller who can go away.
pub fn caller() -> (CallerPresence, Caller) {
    let (sender, receiver) = watch::channel(());
    (CallerPresence { _alive: sender }, Caller { alive: Some(receiver) })
}

impl Caller {
    /// A caller who never goes away: the bus itself.
    pub fn permanent() -> Self {
        Self { alive: None }
    }

    /// Returns when the caller has gone; never, where it cannot go.
    pub async fn gone(&self) {
        match &self.alive {
            Some(alive) => {
                let mut alive = alive.clone();
                // Nothing is ever sent, so a change is the sender's end.
                while alive.changed().await.is_ok() {}
            }
            None => std::future::pending().await,
        }
    }

    /// Whether the caller has gone already.
    pub fn is_gone(&self) -> bool {
        self.alive.as_ref().is_some_and(|alive| alive.has_changed().is_err())
    }
}
