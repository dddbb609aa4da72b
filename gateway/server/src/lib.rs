//! Config, TLS, gRPC services, management, store: everything that touches the outside.

pub mod config;

pub use config::{Config, ConfigError, ConfigFault};
