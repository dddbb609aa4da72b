//! Responders that were not available lately, so that not every message waits for them again.
//!
//! What failed on the way to an address rests the address, for whomever it would be asked about; that a responder says "not
//! now" rests this one question to it. While something rests nobody is asked, and what is told is that it was not available
//! then: unavailable, never good. When the rest is over one asks again, and the others are told of the last failure until
//! that one knows.
//!
//! A rest ends by real time, because the bus's clock may stand still, and by the bus's, because it may be moved on.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use eush_domain::Timestamp;
use eush_pipeline::ports::Stopwatch;
use eush_pki::Unavailable;
use http::Uri;

use super::answers::Key;

/// Most failures remembered. Past it none is added until one is over: who is not remembered is asked.
const CAPACITY: usize = 1024;

/// What rests: an address, or one question to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    address: String,
    about: Option<Key>,
}

impl Place {
    pub(super) fn address(address: &Uri) -> Self {
        Self { address: address.to_string(), about: None }
    }

    pub(super) fn question(address: &Uri, about: &Key) -> Self {
        Self { address: address.to_string(), about: Some(about.clone()) }
    }
}

/// One more each time that all is forgotten: a failure from before is not remembered after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Generation(u64);

#[derive(Debug)]
struct Failed {
    reason: String,
    tried_at: Timestamp,
    /// By the stopwatch.
    until: Duration,
}

#[derive(Debug, Default)]
struct Known {
    generation: Generation,
    failed: HashMap<Place, Failed>,
}

/// The failures, and for how long they are remembered.
pub(super) struct Resting {
    stopwatch: Arc<dyn Stopwatch>,
    span: Duration,
    known: Mutex<Known>,
}

impl fmt::Debug for Resting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resting")
            .field("span", &self.span)
            .field("known", &self.known)
            .finish_non_exhaustive()
    }
}

impl Resting {
    pub(super) fn new(stopwatch: Arc<dyn Stopwatch>, span: Duration) -> Self {
        Self { stopwatch, span, known: Mutex::default() }
    }

    /// To be taken before a question, and given back with its failure.
    pub(super) fn generation(&self) -> Generation {
        self.lock().generation
    }

    /// Why a place is not asked at the bus's time `at`, and when it was tried last. `None` lets the caller ask; whoever comes
    /// next is told of the last failure while that one is on its way.
    pub(super) fn failed_lately(&self, place: &Place, at: Timestamp) -> Option<Unavailable> {
        let now = self.stopwatch.elapsed();
        let mut known = self.lock();
        let failed = known.failed.get_mut(place)?;
        if self.rests(failed, now, at) {
            return Some(Unavailable { reason: failed.reason.clone(), tried_at: Some(failed.tried_at) });
        }
        (failed.tried_at, failed.until) = (at, now.saturating_add(self.span));
        None
    }

    /// Remembers that a place was not available when it was asked at the bus's time `at`.
    pub(super) fn failed(&self, begun: Generation, place: Place, reason: &str, at: Timestamp) {
        let now = self.stopwatch.elapsed();
        let mut known = self.lock();
        if known.generation != begun {
            return;
        }
        if known.failed.len() >= CAPACITY && !known.failed.contains_key(&place) {
            known.failed.retain(|_, failed| self.rests(failed, now, at));
            if known.failed.len() >= CAPACITY {
                return;
            }
        }
        let failed = Failed { reason: reason.to_owned(), tried_at: at, until: now.saturating_add(self.span) };
        known.failed.insert(place, failed);
    }

    /// A place is there again.
    pub(super) fn answered(&self, place: &Place) {
        self.lock().failed.remove(place);
    }

    /// Forgets every failure, also of what is being asked now.
    pub(super) fn forget(&self) {
        let mut known = self.lock();
        known.generation = Generation(known.generation.0.wrapping_add(1));
        known.failed.clear();
    }

    fn rests(&self, failed: &Failed, now: Duration, at: Timestamp) -> bool {
        let passed = at - failed.tried_at;
        now < failed.until && !passed.is_negative() && passed < self.span
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const START: Timestamp = datetime!(2026-03-02 05:00 UTC);
    const SPAN: Duration = Duration::from_secs(3);

    /// Real time as the test has it.
    #[derive(Default)]
    struct Hand(Mutex<Duration>);

    impl Stopwatch for Hand {
        fn elapsed(&self) -> Duration {
            *self.0.lock().unwrap()
        }
    }

    fn resting() -> (Arc<Hand>, Resting) {
        let hand = Arc::new(Hand::default());
        (hand.clone(), Resting::new(hand, SPAN))
    }

    fn place(address: &str) -> Place {
        Place::address(&address.parse().unwrap())
    }

    fn told(at: Timestamp) -> Option<Unavailable> {
        Some(Unavailable { reason: "down".to_owned(), tried_at: Some(at) })
    }

    #[test]
    fn a_rest_ends_by_either_clock() {
        let (hand, resting) = resting();
        let down = place("http://127.0.0.1/ocsp");
        assert_eq!(resting.failed_lately(&down, START), None);
        resting.failed(resting.generation(), down.clone(), "down", START);
        assert_eq!(resting.failed_lately(&down, START), told(START));
        assert_eq!(resting.failed_lately(&place("http://127.0.0.1/other"), START), None);

        // The bus's clock stands still: real time passes.
        *hand.0.lock().unwrap() = SPAN - Duration::from_nanos(1);
        assert_eq!(resting.failed_lately(&down, START), told(START));
        *hand.0.lock().unwrap() = SPAN;
        assert_eq!(resting.failed_lately(&down, START), None);
        // That one asks; the others are told of the last failure meanwhile, however often they come.
        assert_eq!(resting.failed_lately(&down, START), told(START));

        // The bus's clock is moved on, and no real time passes.
        let soon = START + SPAN - time::Duration::NANOSECOND;
        assert_eq!(resting.failed_lately(&down, soon), told(START));
        assert_eq!(resting.failed_lately(&down, START + SPAN), None);
        assert_eq!(resting.failed_lately(&down, START + SPAN), told(START + SPAN));
        // From before it was tried nothing is known.
        assert_eq!(resting.failed_lately(&down, START), None);
    }

    #[test]
    fn what_answers_or_is_forgotten_rests_no_more() {
        let (_, resting) = resting();
        let down = place("http://127.0.0.1/ocsp");
        resting.failed(resting.generation(), down.clone(), "down", START);
        resting.answered(&down);
        assert_eq!(resting.failed_lately(&down, START), None);

        let before = resting.generation();
        resting.failed(before, down.clone(), "down", START);
        resting.forget();
        assert_eq!(resting.failed_lately(&down, START), None);
        // What was asked before and fails after it is not remembered.
        resting.failed(before, down.clone(), "down", START);
        assert_eq!(resting.failed_lately(&down, START), None);
    }

    #[test]
    fn failures_are_bounded() {
        let (_, resting) = resting();
        let number = |number: usize| place(&format!("http://127.0.0.1/{number}"));
        for one in 0..CAPACITY + 10 {
            resting.failed(resting.generation(), number(one), "down", START);
        }
        assert_eq!(resting.lock().failed.len(), CAPACITY);
        assert_eq!(resting.failed_lately(&number(CAPACITY), START), None);
        // Those whose rest is over make room.
        resting.failed(resting.generation(), number(CAPACITY), "down", START + SPAN);
        assert_eq!(resting.lock().failed.len(), 1);
    }
}
