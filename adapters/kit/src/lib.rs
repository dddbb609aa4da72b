//! How to be an agency on the bus.
