#![no_main]
//! See `eush_pki_fuzz::certificate`.

eush_pki_fuzz::target!(certificate);
