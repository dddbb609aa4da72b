//! What the tests of the authority share: an instant, subjects, and a folder with an authority in it.

pub(crate) mod judging;
pub(crate) mod running;

use eush_ca::{Authority, AuthorityOptions, KeyAlgorithm};
use eush_domain::Timestamp;
use eush_domain::synthetic::numbers::Scheme;
use eush_domain::synthetic::population::{CertificateSubject, Population};
use time::macros::datetime;

pub(crate) const NOW: Timestamp = datetime!(2026-03-02 10:00 UTC);

pub(crate) fn options(now: Timestamp) -> AuthorityOptions {
    AuthorityOptions { default_algorithm: KeyAlgorithm::Gost2015_512, now }
}

pub(crate) fn subject(key: &str) -> CertificateSubject {
    Population::new(7, Scheme::default()).certificate_subject(key).unwrap().clone()
}

/// An authority of its own. RSA keys are made once for each: tests that need no state of their own share one.
pub(crate) fn authority() -> (tempfile::TempDir, Authority) {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::open(folder.path(), options(NOW)).unwrap();
    (folder, authority)
}
