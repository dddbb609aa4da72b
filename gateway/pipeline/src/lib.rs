//! The checks, Cleared, dispatch, the application engine, the journal.
