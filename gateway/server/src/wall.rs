//! Real time, read in this one place. Everything else takes an instant or the virtual clock.

use eush_domain::{Clock, Timestamp};

/// The real instant.
#[expect(clippy::disallowed_methods, reason = "the one place where the gateway reads the real clock")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now_utc()
}

/// Real time as a clock, for what is given one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wall;

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        now()
    }
}
