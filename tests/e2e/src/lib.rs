//! The whole bus in one process. The tests stand beside this file; there is nothing to use from elsewhere.
