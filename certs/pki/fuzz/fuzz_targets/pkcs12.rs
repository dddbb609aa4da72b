#![no_main]
//! See `eush_pki_fuzz::pkcs12`.

eush_pki_fuzz::target!(pkcs12);
