//! The one place where identification numbers and people come from.
//!
//! Nothing here is anybody's: see [`numbers`] for why no number can belong to a living person. The whole population is
//! a pure function of a seed, so that every register, front and certificate speaks of the same people without
//! sharing a database.

pub mod magic;
pub mod numbers;
pub mod population;
