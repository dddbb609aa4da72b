#![no_main]
//! See `eush_pki_fuzz::ocsp`.

eush_pki_fuzz::target!(ocsp);
