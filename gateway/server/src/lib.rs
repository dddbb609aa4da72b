//! The gateway's outside: configuration, listeners and TLS, gRPC services, management, the store, the virtual clock,
//! revocation lists, calls to agencies, and how refusals become statuses.
//!
//! No rule of the bus is here: checks, order and the application engine are `eush-pipeline`'s, and this crate implements
//! what that one asks of the outside. The way in is [`Gateway::bind`], then [`BoundGateway::serve`].

mod agencies;
mod authority;
mod chance;
mod clock;
pub mod config;
mod convert;
mod current;
mod directory;
mod evidence;
mod faults;
mod fetch;
mod parts;
mod people;
mod realm;
mod rescue;
mod rim;
mod scripting;
mod serve;
mod services;
mod sessions;
mod snapshot;
mod start;
mod store;
mod timekeeper;
mod tls;
mod trace;
mod wall;

pub use agencies::AgencyAddressError;
pub use config::{Config, ConfigError, ConfigFault};
pub use evidence::TrustLoadError;
pub use serve::{Addresses, BoundGateway, ServeError};
pub use start::{Gateway, ListenerAddress, Listeners, StartError};
pub use store::DatabaseError;
pub use tls::TlsFileError;

/// The use cases over this crate's ports.
type TheBus = eush_pipeline::Bus<agencies::Agencies, store::SqliteStore>;
