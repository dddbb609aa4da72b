//! Faults of answers on the wire, carried out. What is decided elsewhere happens here, to bytes and connections: see
//! [`FaultLayer`] and [`Acceptor`].

mod body;
mod connection;
mod guard;
mod layer;

pub use connection::{Acceptor, Connection, Line};
pub use guard::Guarded;
pub use layer::{Fate, FaultLayer, FaultService, Restart, Restartable};

/// Whatever ends a call without an answer.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A call that is broken off on purpose. Neither tonic nor hyper can make an answer of it, so that the stream is reset with
/// the code that its source carries.
#[derive(Debug)]
pub(crate) struct Broken(h2::Error);

impl Broken {
    pub(crate) fn off() -> BoxError {
        // What a crash looks like to the peer (RFC 9113, 7).
        Box::new(Self(h2::Reason::INTERNAL_ERROR.into()))
    }
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("broken off by a fault that somebody asked for")
    }
}

impl std::error::Error for Broken {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}
