//! Generated types of the bus's protocol, and nothing else.
