#![no_main]
//! See `eush_pki_fuzz::cms`.

eush_pki_fuzz::target!(cms);
