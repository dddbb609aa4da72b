#![no_main]
//! See `eush_pki_fuzz::crl`.

eush_pki_fuzz::target!(crl);
