//! From evidence to verdict: Kazakh certificate profile, chain, validity, revocation; no I/O, no clock.
