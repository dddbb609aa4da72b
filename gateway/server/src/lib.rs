//! Config, TLS, gRPC services, management, store: everything that touches the outside.
