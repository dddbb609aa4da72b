#![no_main]
//! See `eush_pki_fuzz::subject`.

eush_pki_fuzz::target!(subject);
