//! Real time, read in this one place. Everything else takes an instant or the virtual clock.

use eush_domain::Timestamp;

/// The real instant.
#[expect(clippy::disallowed_methods, reason = "the one place where the gateway reads the real clock")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now_utc()
}
