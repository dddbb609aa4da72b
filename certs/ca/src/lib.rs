//! The test authority: issue, revoke, hold, release, publish.
