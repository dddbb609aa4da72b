//! Time is an argument. A [`Clock`] tells it; the bus's own is a [`VirtualClock`] that management can set and advance.

use std::sync::Mutex;

use time::Duration;
pub use time::OffsetDateTime as Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// A clock that stands until it is moved, for tests.
#[derive(Debug)]
pub struct HandClock(Mutex<Timestamp>);

impl HandClock {
    /// Starts at the given instant.
    pub fn new(at: Timestamp) -> Self {
        Self(Mutex::new(at))
    }

    /// Moves to another instant.
    pub fn set(&self, at: Timestamp) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = at;
    }

    /// Moves forward.
    pub fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *now = now.saturating_add(by);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The state of a clock that runs beside real time at a distance, or stands. Pure: real time is an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct VirtualClock {
    /// Virtual time at `real`.
    #[serde(with = "time::serde::rfc3339")]
    base: Timestamp,
    /// Real time of the last change.
    #[serde(with = "time::serde::rfc3339")]
    real: Timestamp,
    running: bool,
}

impl VirtualClock {
    /// A running clock that agrees with real time.
    pub fn starting_at(real: Timestamp) -> Self {
        Self { base: real, real, running: true }
    }

    /// Virtual time at a real instant. Real time that went back does not take virtual time with it.
    pub fn at(&self, real: Timestamp) -> Timestamp {
        let passed = if self.running { (real - self.real).max(Duration::ZERO) } else { Duration::ZERO };
        self.base.saturating_add(passed)
    }

    /// Whether the clock runs.
    pub fn is_running(&self) -> bool {
        self.running
    }

    /// The same clock moved to a virtual instant; `None` where that would be a step back.
    pub fn moved_to(&self, real: Timestamp, to: Timestamp) -> Option<Self> {
        (to >= self.at(real)).then_some(Self { base: to, real, running: self.running })
    }

    /// The same clock, standing.
    pub fn frozen(&self, real: Timestamp) -> Self {
        Self { base: self.at(real), real, running: false }
    }

    /// The same clock, running.
    pub fn run(&self, real: Timestamp) -> Self {
        Self { base: self.at(real), real, running: true }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const START: Timestamp = datetime!(2026-03-02 10:00 UTC);

    #[test]
    fn runs_beside_real_time() {
        let clock = VirtualClock::starting_at(START);
        let later = START + Duration::minutes(5);
        assert_eq!(clock.at(later), later);
        let moved = clock.moved_to(later, START + Duration::days(3)).unwrap();
        assert_eq!(moved.at(later + Duration::HOUR), START + Duration::days(3) + Duration::HOUR);
        assert_eq!(moved.moved_to(later, START), None);
    }

    #[test]
    fn stands_when_frozen_and_never_goes_back() {
        let frozen = VirtualClock::starting_at(START).frozen(START + Duration::MINUTE);
        assert_eq!(frozen.at(START + Duration::days(9)), START + Duration::MINUTE);
        let running = frozen.run(START + Duration::days(9));
        assert_eq!(running.at(START + Duration::days(8)), START + Duration::MINUTE);
        assert_eq!(running.at(START + Duration::days(10)), START + Duration::MINUTE + Duration::DAY);
    }
}
