//! Trust and revocation lists: fetched, verified and indexed off the request's path, swapped as one picture.
//!
//! The last good list of an address is kept until a newer good one comes; whether it is still fresh is the judge's
//! question, not ours. Only one refresh runs at a time; whoever asks meanwhile gets the outcome of one that began after
//! the question, so that a revocation is never answered with a list from before it.

mod real_roots;
#[cfg(test)]
mod tests;
mod trust;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use bytes::Bytes;
use eush_domain::Timestamp;
use eush_pipeline::ports::{Evidence, EvidenceSnapshot};
use eush_pki::{
    Certificate, ChainPolicy, CrlError, CrlIndex, RevocationEvidence, RevocationPolicy, RevocationScope,
    Trust,
};
use tokio::sync::watch;

pub use trust::TrustLoadError;

use crate::authority::AuthorityClient;
use crate::config::{CertificateSettings, RevocationSettings, Scope, TrustSource};
use crate::fetch::{FetchError, Fetcher};

/// Why a list was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListError {
    /// It could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It is older than the one that is held: somebody replays.
    #[error("list `{number}` is older than `{held}`, which is kept")]
    Older {
        /// CRL number that came.
        number: String,
        /// CRL number that is held.
        held: String,
    },
    /// It does not hold.
    #[error("the list does not hold: {0}")]
    Unverified(#[from] CrlError),
    /// It is of nobody whom we trust.
    #[error("the list is of no trusted authority")]
    UnknownIssuer,
}

/// What became of one address in a refresh.
#[derive(Clone, Debug)]
pub(crate) struct ListReport {
    pub(crate) url: String,
    /// The list that is held, the new one or the last good one.
    pub(crate) held: Option<Arc<CrlIndex>>,
    /// Why no new one was taken; empty where one was, or where the same came again.
    pub(crate) error: String,
}

/// What is known of one address.
#[derive(Clone, Debug, Default)]
struct Held {
    list: Option<Arc<CrlIndex>>,
    /// The last list that came could not be verified, with the reason.
    unverified: Option<(Certificate, String)>,
}

/// Authorities and where their lists are.
#[derive(Clone, Debug, Default)]
struct Authorities {
    trust: Trust,
    urls: Vec<http::Uri>,
    /// Where delta lists are: welcome, and nothing waits for them.
    delta_urls: Vec<http::Uri>,
}

/// Trust and lists of this gateway.
#[derive(Debug)]
pub(crate) struct EvidenceKeeper {
    fetcher: Fetcher,
    configured_urls: Vec<http::Uri>,
    authority: Option<AuthorityClient>,
    revocation_policy: RevocationPolicy,
    snapshot: ArcSwap<EvidenceSnapshot>,
    authorities: Mutex<Option<Authorities>>,
    held: Mutex<BTreeMap<String, Held>>,
    asked: AtomicU64,
    turn: tokio::sync::Mutex<(u64, Vec<ListReport>)>,
    ready: watch::Sender<bool>,
}

impl EvidenceKeeper {
    /// Takes trust from files, where the configuration says so. Trust from the certificate services comes with the first
    /// refresh that reaches them. Blocks on files.
    ///
    /// # Errors
    /// Files that cannot be read, and roots of the real authority.
    pub(crate) fn new(
        certificates: &CertificateSettings,
        revocation: &RevocationSettings,
        authority: Option<AuthorityClient>,
    ) -> Result<Self, TrustLoadError> {
        let scope = match revocation.scope {
            Scope::Chain => RevocationScope::Chain,
            Scope::Leaf => RevocationScope::Leaf,
        };
        let revocation_policy = RevocationPolicy { scope };
        let authorities = match certificates.trust {
            TrustSource::Files => {
                let trust = trust::from_files(&certificates.anchors, &certificates.intermediates)?;
                Some(Authorities { trust, ..Authorities::default() })
            }
            TrustSource::TestAuthority => None,
        };
        let trust = authorities.as_ref().map(|known| known.trust.clone()).unwrap_or_default();
        let keeper = Self {
            fetcher: Fetcher::new(revocation.fetch_timeout.get(), revocation.list_bytes.get()),
            configured_urls: revocation.urls.iter().map(|url| url.uri().clone()).collect(),
            authority,
            revocation_policy,
            snapshot: ArcSwap::from_pointee(picture(trust, RevocationEvidence::default(), revocation_policy)),
            authorities: Mutex::new(authorities),
            held: Mutex::new(BTreeMap::new()),
            asked: AtomicU64::new(0),
            turn: tokio::sync::Mutex::new((0, Vec::new())),
            ready: watch::channel(false).0,
        };
        Ok(keeper)
    }

    /// Whether trust is known and every list has been taken at least once.
    pub(crate) fn ready(&self) -> watch::Receiver<bool> {
        self.ready.subscribe()
    }

    /// Fetches, verifies and indexes every list, and returns what became of each.
    pub(crate) async fn refresh(&self) -> Vec<ListReport> {
        let mine = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut turn = self.turn.lock().await;
        if turn.0 >= mine {
            return turn.1.clone();
        }
        let serves = self.asked.load(Ordering::SeqCst);
        let reports = self.refresh_now().await;
        *turn = (serves, reports.clone());
        reports
    }

    async fn refresh_now(&self) -> Vec<ListReport> {
        if let Err(error) = self.learn_trust().await {
            tracing::warn!(%error, "the certificate services did not tell their authorities");
        }
        let Some(known) = self.known() else {
            return Vec::new();
        };
        let mut reports = Vec::new();
        let complete = known.urls.len() + self.configured_urls.len();
        for url in known.urls.iter().chain(&self.configured_urls).chain(&known.delta_urls) {
            let error = match self.take(url, &known.trust).await {
                Ok(()) => String::new(),
                Err(error) => {
                    tracing::warn!(%url, error = %chain(&error), "a revocation list was not taken");
                    chain(&error)
                }
            };
            let url = url.to_string();
            reports.push(ListReport { held: self.held(&url).list, url, error });
        }
        self.swap(known.trust);
        self.ready.send_replace(reports.iter().take(complete).all(|report| report.held.is_some()));
        reports
    }

    /// Asks the certificate services for their authorities, until they have told once.
    async fn learn_trust(&self) -> Result<(), TrustLoadError> {
        let Some(authority) = &self.authority else { return Ok(()) };
        if self.known().is_some() {
            return Ok(());
        }
        let told = trust::from_authority(authority).await?;
        tracing::info!(
            anchors = told.trust.anchors().len(),
            lists = told.urls.len(),
            "trust comes from the certificate services"
        );
        *self.authorities.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
        Ok(())
    }

    fn known(&self) -> Option<Authorities> {
        self.authorities.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn held(&self, url: &str) -> Held {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).get(url).cloned().unwrap_or_default()
    }

    /// Fetches and checks one list; keeps the last good one where this one is not.
    async fn take(&self, url: &http::Uri, trust: &Trust) -> Result<(), ListError> {
        let body = self.fetcher.get(url).await?;
        let mut held = self.held(&url.to_string());
        if held.list.as_ref().is_some_and(|list| list.der() == body) {
            return Ok(());
        }
        let trust = trust.clone();
        let built = tokio::task::spawn_blocking(move || index(&body, &trust)).await;
        let outcome = match built.unwrap_or(Err((None, ListError::UnknownIssuer))) {
            Ok(list) => match held.list.take() {
                // A list of another issuer at the same address is a new beginning, not a step back.
                Some(old) if old.issuer() == list.issuer() && old.is_newer_than(&list) => {
                    let error = ListError::Older { number: list.number_text(), held: old.number_text() };
                    held.list = Some(old);
                    Err(error)
                }
                Some(_) | None => {
                    held = Held { list: Some(Arc::new(list)), unverified: None };
                    Ok(())
                }
            },
            Err((issuer, error)) => {
                held.unverified = issuer.map(|issuer| (issuer, error.to_string()));
                Err(error)
            }
        };
        self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(url.to_string(), held);
        outcome
    }

    fn swap(&self, trust: Trust) {
        let mut evidence = RevocationEvidence::default();
        for held in self.held.lock().unwrap_or_else(PoisonError::into_inner).values() {
            match &held.list {
                Some(list) if list.base().is_some() => evidence.add_delta(list.clone()),
                Some(list) => evidence.add(list.clone()),
                None => {}
            }
            if let Some((issuer, reason)) = &held.unverified {
                evidence.add_untrusted(issuer, reason.clone());
            }
        }
        self.snapshot.store(Arc::new(picture(trust, evidence, self.revocation_policy)));
    }

    /// The earliest `nextUpdate` of the lists that are held.
    pub(crate) fn next_update(&self) -> Option<Timestamp> {
        self.snapshot.load().revocation.lists().iter().map(|list| list.next_update()).min()
    }
}

impl Evidence for EvidenceKeeper {
    fn snapshot(&self) -> Arc<EvidenceSnapshot> {
        self.snapshot.load_full()
    }
}

fn picture(
    trust: Trust,
    revocation: RevocationEvidence,
    revocation_policy: RevocationPolicy,
) -> EvidenceSnapshot {
    EvidenceSnapshot { trust, revocation, chain_policy: ChainPolicy::default(), revocation_policy }
}

/// Finds the issuer among the authorities and builds the index. CPU for a large list: not for async threads.
fn index(body: &Bytes, trust: &Trust) -> Result<CrlIndex, (Option<Certificate>, ListError)> {
    let mut fault = None;
    for issuer in trust.intermediates().iter().chain(trust.anchors()) {
        let list = match CrlIndex::build(body, issuer) {
            Err(CrlError::Delta) => CrlIndex::build_delta(body, issuer),
            built => built,
        };
        match list {
            Ok(list) => return Ok(list),
            Err(CrlError::WrongIssuer { .. }) => {}
            Err(error) => fault = Some((Some(issuer.clone()), ListError::Unverified(error))),
        }
    }
    Err(fault.unwrap_or((None, ListError::UnknownIssuer)))
}

/// An error with its causes, for log and report.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}
