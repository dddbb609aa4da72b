//! The use cases as a whole: stub agencies, a hand clock, real certificates of the test authority.

mod by_hand;
mod flows;
mod load;
mod refusals;
mod resilience;
mod responders;
mod truth;
