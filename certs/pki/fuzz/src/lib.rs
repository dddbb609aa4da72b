//! What the fuzz targets share: a golden chain, a mutator that knows DER, and one module a target.
//!
//! A target takes DER, looks at it as it came, and then puts it under a signature of the golden chain again: whatever the
//! mutator changed, the parts behind the signature are reached. What it then asserts does not repeat the crate's own
//! code: it compares with another implementation or with a plain search through the bytes.

pub mod certificate;
pub mod cms;
pub mod crl;
pub mod golden;
pub mod ocsp;
pub mod pkcs12;
pub mod seeds;
pub mod subject;
pub mod tree;

/// A fuzz target with the mutator that knows DER.
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        libfuzzer_sys::fuzz_target!(
            init: eush_pki_fuzz::seeds::write(stringify!($name)),
            |data: &[u8]| eush_pki_fuzz::$name::check(data)
        );
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            eush_pki_fuzz::tree::mutate(data, size, max_size, seed)
        });
        libfuzzer_sys::fuzz_crossover!(|one: &[u8], other: &[u8], out: &mut [u8], seed: u32| {
            eush_pki_fuzz::tree::cross(one, other, out, seed)
        });
    };
}
