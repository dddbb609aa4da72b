//! The whole bus in one process.
