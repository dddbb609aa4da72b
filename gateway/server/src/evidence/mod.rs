//! What certificates are judged by: trust, revocation lists, and what responders answer.
//!
//! Lists are fetched, verified and indexed off the request's path and swapped as one picture. The last good list of an
//! address is kept until a newer good one comes; whether it is still fresh is the judge's question, not ours. Only one
//! refresh runs at a time; whoever asks meanwhile gets the outcome of one that began after the question, so that a
//! revocation is never answered with a list from before it.
//!
//! Responders are asked about the certificates of a message before it is judged, where the policy says so ([`answers`],
//! [`responders`]); the answers are handed to the judge as data. Addresses that certificates name are used where they are
//! allowed ([`addresses`]).

mod addresses;
mod answers;
mod lists;
mod real_roots;
mod responders;
mod resting;
#[cfg(test)]
mod tests;
mod trust;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use bytes::Bytes;
use eush_domain::Timestamp;
use eush_pipeline::ports::{Evidence, EvidenceSnapshot, Gathering, Link, Stopwatch};
use eush_pki::ocsp::NonceRule;
use eush_pki::{
    Certificate, ChainPolicy, OcspPolicy, OcspState, RevocationEvidence, RevocationPolicy, RevocationScope,
    RevocationSource, Trust,
};
use http::Uri;
use time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

pub(crate) use lists::ListReport;
pub use trust::TrustLoadError;

use crate::authority::AuthorityClient;
use crate::config::{CertificateSettings, NonceUse, RevocationAsked, RevocationSettings, Scope, TrustSource};
use crate::fetch::{FetchError, Fetcher};
use addresses::AllowList;
use answers::{Answers, Keeping};
use lists::{Held, ListError, chain, index};
use responders::{Question, Responders};
use resting::Resting;

/// Most addresses of lists that are learned from certificates.
const MAX_LEARNED: usize = 64;

/// Authorities, where their lists are, and who answers about them.
#[derive(Clone, Debug, Default)]
struct Authorities {
    trust: Trust,
    urls: Vec<Uri>,
    /// Where delta lists are: welcome, and nothing waits for them.
    delta_urls: Vec<Uri>,
    /// An issuer, and where its responder answers.
    responders: Vec<(Certificate, Vec<Uri>)>,
}

/// A list whose address a certificate named.
#[derive(Debug)]
struct Learned {
    /// Whose list it is: found on a chain that ends at an anchor.
    issuer: Certificate,
    /// When it is tried again at the earliest. Held by whoever fetches it, so that others wait for that and no other address.
    not_before: tokio::sync::Mutex<Option<Instant>>,
}

/// Trust, lists and answers of this gateway.
#[derive(Debug)]
pub(crate) struct EvidenceKeeper {
    fetcher: Fetcher,
    configured: RevocationSettings,
    allowed: AllowList,
    authority: Option<AuthorityClient>,
    revocation_policy: RevocationPolicy,
    source: RevocationSource,
    snapshot: ArcSwap<EvidenceSnapshot>,
    authorities: Mutex<Option<Arc<Authorities>>>,
    held: Mutex<BTreeMap<String, Held>>,
    learned: Mutex<BTreeMap<String, Arc<Learned>>>,
    answers: Answers<Responders>,
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
        stopwatch: Arc<dyn Stopwatch>,
    ) -> Result<Self, TrustLoadError> {
        let scope = match revocation.scope {
            Scope::Chain => RevocationScope::Chain,
            Scope::Leaf => RevocationScope::Leaf,
        };
        let source = match revocation.source {
            RevocationAsked::Crl => RevocationSource::Crl,
            RevocationAsked::Ocsp => RevocationSource::Ocsp,
            RevocationAsked::OcspThenCrl => RevocationSource::OcspThenCrl,
        };
        let revocation_policy = RevocationPolicy { scope };
        let authorities = match certificates.trust {
            TrustSource::Files => {
                let trust = trust::from_files(&certificates.anchors, &certificates.intermediates)?;
                Some(Arc::new(Authorities { trust, ..Authorities::default() }))
            }
            TrustSource::TestAuthority => None,
        };
        let trust = authorities.as_ref().map(|known| known.trust.clone()).unwrap_or_default();
        let evidence = RevocationEvidence::default().asking(source);
        // A session asks its own part of the certificate services, also about certificates that name the shared ones.
        let own = certificates.address.uri().to_string();
        let own = match authority.as_ref().and_then(AuthorityClient::session) {
            None => Some(certificates.address.uri().clone()),
            Some(session) => format!("{}/s/{session}", own.trim_end_matches('/')).parse().ok(),
        };
        let allowed = revocation.allowed.iter().map(|url| url.uri().clone()).chain(own);
        let keeper = Self {
            fetcher: Fetcher::new(revocation.fetch_timeout.get(), revocation.list_bytes.get()),
            configured: revocation.clone(),
            allowed: AllowList::new(allowed.collect()),
            authority,
            revocation_policy,
            source,
            snapshot: ArcSwap::from_pointee(picture(trust, evidence, revocation_policy)),
            authorities: Mutex::new(authorities),
            held: Mutex::new(BTreeMap::new()),
            learned: Mutex::new(BTreeMap::new()),
            answers: answers(revocation, stopwatch),
            asked: AtomicU64::new(0),
            turn: tokio::sync::Mutex::new((0, Vec::new())),
            ready: watch::channel(false).0,
        };
        Ok(keeper)
    }

    /// Whether trust is known and every list that counts has been taken at least once.
    pub(crate) fn ready(&self) -> watch::Receiver<bool> {
        self.ready.subscribe()
    }

    /// Forgets what responders said and that they were not available: somebody changed what they would say.
    pub(crate) fn forget_answers(&self) {
        self.answers.forget();
    }

    /// What is published has changed: answers are forgotten, and lists fetched before this returns.
    pub(crate) async fn changed(&self) -> Vec<ListReport> {
        self.forget_answers();
        self.refresh().await
    }

    /// The policy in force, name to value, for people.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        let configured = &self.configured;
        let source = match configured.source {
            RevocationAsked::Crl => "crl",
            RevocationAsked::Ocsp => "ocsp",
            RevocationAsked::OcspThenCrl => "ocsp-then-crl",
        };
        let nonce = match configured.nonce {
            NonceUse::Demand => "demand",
            NonceUse::Off => "off",
            NonceUse::Optional => "optional",
        };
        let seconds = |span: std::time::Duration| format!("{}s", span.as_secs_f64());
        vec![
            ("revocation_source", source.to_owned()),
            ("ocsp_nonce", nonce.to_owned()),
            ("ocsp_answer_age", seconds(configured.answer_age.get())),
            ("ocsp_answer_refresh", seconds(configured.answer_refresh.get())),
            ("ocsp_answer_retry", seconds(configured.answer_retry.get())),
            ("named_addresses", self.allowed.show()),
        ]
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
        let issuers: Vec<_> =
            known.trust.intermediates().iter().chain(known.trust.anchors()).cloned().collect();
        let configured = self.configured.urls.iter().map(|url| url.uri());
        let mut wanted: Vec<(Uri, Vec<Certificate>)> =
            known.urls.iter().chain(configured).map(|url| (url.clone(), issuers.clone())).collect();
        let complete = wanted.len();
        wanted.extend(known.delta_urls.iter().map(|url| (url.clone(), issuers.clone())));
        wanted.extend(self.learned_lists());
        let reports = self.take_all(wanted, &known.trust).await;
        let listed = reports.iter().take(complete).all(|report| report.held.is_some());
        // Who asks responders alone waits for no list.
        self.ready.send_replace(listed || self.source == RevocationSource::Ocsp);
        reports
    }

    /// Fetches from every address at one time and takes each list as it comes, so that a dead address holds up nobody
    /// else's. Reports are in the order of the addresses.
    async fn take_all(&self, wanted: Vec<(Uri, Vec<Certificate>)>, trust: &Trust) -> Vec<ListReport> {
        let (arrived, mut arriving) = mpsc::channel(wanted.len().max(1));
        for (number, (url, _)) in wanted.iter().enumerate() {
            let (fetcher, url, arrived) = (self.fetcher.clone(), url.clone(), arrived.clone());
            tokio::spawn(async move {
                // Nobody listens any more where the refresh was given up.
                let _ = arrived.send((number, fetcher.get(&url).await)).await;
            });
        }
        drop(arrived);
        let mut errors = vec!["the fetch broke off".to_owned(); wanted.len()];
        while let Some((number, body)) = arriving.recv().await {
            let (url, issuers) = &wanted[number];
            errors[number] = match self.take(url, body, issuers.clone()).await {
                Ok(()) => String::new(),
                Err(error) => {
                    tracing::warn!(%url, error = %chain(&error), "a revocation list was not taken");
                    chain(&error)
                }
            };
            self.swap(trust);
        }
        self.swap(trust);
        let report = |((url, _), error): ((Uri, _), String)| {
            let url = url.to_string();
            ListReport { held: self.held(&url).list, url, error }
        };
        wanted.into_iter().zip(errors).map(report).collect()
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
        *self.authorities.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(told));
        Ok(())
    }

    fn known(&self) -> Option<Arc<Authorities>> {
        self.authorities.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn held(&self, url: &str) -> Held {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).get(url).cloned().unwrap_or_default()
    }

    /// Checks one list that came; keeps the last good one where this one is not.
    async fn take(
        &self,
        url: &Uri,
        body: Result<Bytes, FetchError>,
        issuers: Vec<Certificate>,
    ) -> Result<(), ListError> {
        let (body, name) = (body?, url.to_string());
        if self.held(&name).list.is_some_and(|list| list.der() == body) {
            return Ok(());
        }
        let built = tokio::task::spawn_blocking(move || index(&body, &issuers)).await;
        // Compared with what is held now: another may have taken a newer one meanwhile.
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.entry(name).or_default().take(built.unwrap_or(Err((Vec::new(), ListError::UnknownIssuer))))
    }

    fn swap(&self, trust: &Trust) {
        let mut evidence = RevocationEvidence::default().asking(self.source);
        // Held until the picture is in its place, lest an older one come after a newer.
        let all = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        for held in all.values() {
            match &held.list {
                Some(list) if list.base().is_some() => evidence.add_delta(list.clone()),
                Some(list) => evidence.add(list.clone()),
                None => {}
            }
            for (issuer, reason) in &held.unverified {
                evidence.add_untrusted(issuer, reason.clone());
            }
        }
        self.snapshot.store(Arc::new(picture(trust.clone(), evidence, self.revocation_policy)));
    }

    /// The earliest `nextUpdate` of the lists that are held.
    pub(crate) fn next_update(&self) -> Option<Timestamp> {
        self.snapshot.load().revocation.lists().iter().map(|list| list.next_update()).min()
    }

    async fn gathered(&self, links: &[Link], at: Timestamp) -> Arc<EvidenceSnapshot> {
        // All questions are on their way before the first is waited for.
        let pending: Vec<_> = match self.source {
            RevocationSource::Crl => Vec::new(),
            RevocationSource::Ocsp | RevocationSource::OcspThenCrl => {
                let ask = |link: &Link| {
                    let question = || Question { link: link.clone(), addresses: self.responders_of(link) };
                    self.answers.about((&link.certificate, &link.issuer), question, at)
                };
                links.iter().map(ask).collect()
            }
        };
        let mut told = Vec::with_capacity(pending.len());
        for answer in pending {
            told.push(answer.end().await);
        }
        for (number, link) in links.iter().enumerate() {
            let by_list = match (self.source, told.get(number)) {
                (RevocationSource::Crl, _) => true,
                (RevocationSource::OcspThenCrl, Some(OcspState::Unavailable(_))) => true,
                (RevocationSource::Ocsp | RevocationSource::OcspThenCrl, _) => false,
            };
            if by_list {
                self.learn_list(link).await;
            }
        }
        let picture = self.snapshot.load_full();
        if told.is_empty() {
            return picture;
        }
        let mut revocation = picture.revocation.clone();
        for (link, state) in links.iter().zip(told) {
            revocation.add_answer(&link.certificate, &link.issuer, state);
        }
        Arc::new(EvidenceSnapshot {
            trust: picture.trust.clone(),
            revocation,
            chain_policy: picture.chain_policy,
            revocation_policy: picture.revocation_policy,
        })
    }

    /// Who can be asked about a link: those of the configuration, those of the certificate services, and those that the
    /// certificate names, where they are allowed. Each once.
    fn responders_of(&self, link: &Link) -> Vec<Uri> {
        let known = self.known();
        let told = known.iter().flat_map(|known| &known.responders);
        let told = told.filter(|row| row.0.spki() == link.issuer.spki()).flat_map(|row| row.1.clone());
        let configured = self.configured.responders.iter().map(|url| url.uri().clone());
        let named = self.allowed.of(&link.certificate.extensions().ocsp_urls);
        let mut addresses: Vec<Uri> = Vec::new();
        for address in configured.chain(told).chain(named) {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        addresses
    }

    /// Fetches the list that a certificate names, where there is none of its issuer and the address is allowed; from then on
    /// it is refreshed with the others.
    async fn learn_list(&self, link: &Link) {
        let is_there = || self.snapshot.load().revocation.lists().iter().any(|list| list.is_of(&link.issuer));
        let Some(known) = self.known().filter(|_| !is_there()) else { return };
        for url in self.allowed.of(&link.certificate.extensions().crl_urls) {
            let watched =
                known.urls.contains(&url) || self.configured.urls.iter().any(|one| *one.uri() == url);
            if watched {
                continue;
            }
            let Some(row) = self.learned_row(&url, &link.issuer) else { continue };
            let mut not_before = row.not_before.lock().await;
            if is_there() {
                return;
            }
            if not_before.is_some_and(|at| at > Instant::now()) {
                continue;
            }
            let body = self.fetcher.get(&url).await;
            if let Err(error) = self.take(&url, body, vec![link.issuer.clone()]).await {
                tracing::warn!(%url, error = %chain(&error), "a list that a certificate names was not taken");
            }
            *not_before = Some(Instant::now() + self.configured.retry.get());
            self.swap(&known.trust);
            if is_there() {
                return;
            }
        }
    }

    /// The row of an address; `None` where there are too many that gave a list.
    fn learned_row(&self, url: &Uri, issuer: &Certificate) -> Option<Arc<Learned>> {
        let name = url.to_string();
        let mut learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        let known = learned.get(&name).filter(|row| row.issuer == *issuer).cloned();
        if known.is_some() {
            return known;
        }
        if learned.len() >= MAX_LEARNED && !learned.contains_key(&name) {
            // Whoever names addresses where nothing is must not keep out those where there is something.
            let idle = learned
                .iter()
                .find(|(url, row)| Arc::strong_count(row) == 1 && self.held(url).list.is_none());
            let idle = idle.map(|(url, _)| url.clone())?;
            learned.remove(&idle);
            self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&idle);
        }
        let row = Arc::new(Learned { issuer: issuer.clone(), not_before: tokio::sync::Mutex::default() });
        learned.insert(name, row.clone());
        Some(row)
    }

    /// Addresses that certificates named and that gave a list once, each with whose list it is.
    fn learned_lists(&self) -> Vec<(Uri, Vec<Certificate>)> {
        let learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        let giving = learned.iter().filter(|(url, _)| self.held(url).list.is_some());
        giving.filter_map(|(url, row)| Some((url.parse().ok()?, vec![row.issuer.clone()]))).collect()
    }
}

impl Evidence for EvidenceKeeper {
    fn snapshot(&self) -> Arc<EvidenceSnapshot> {
        self.snapshot.load_full()
    }

    fn gather<'a>(&'a self, links: &'a [Link], at: Timestamp) -> Gathering<'a> {
        Box::pin(self.gathered(links, at))
    }
}

fn answers(revocation: &RevocationSettings, stopwatch: Arc<dyn Stopwatch>) -> Answers<Responders> {
    let max_age = Duration::try_from(revocation.answer_age.get()).unwrap_or(Duration::MINUTE);
    let refresh_after = Duration::try_from(revocation.answer_refresh.get()).unwrap_or(Duration::ZERO);
    let policy = OcspPolicy {
        max_age,
        nonce: match revocation.nonce {
            NonceUse::Demand => NonceRule::Demand,
            NonceUse::Off | NonceUse::Optional => NonceRule::Optional,
        },
        ..OcspPolicy::default()
    };
    let fetcher = Fetcher::new(revocation.answer_timeout.get(), revocation.answer_bytes.get());
    let capacity = usize::try_from(revocation.answers.get()).unwrap_or(usize::MAX);
    let resting = Arc::new(Resting::new(stopwatch, revocation.answer_retry.get()));
    Answers::new(
        Responders { fetcher, policy, nonce: revocation.nonce, resting },
        Keeping { refresh_after, max_age, capacity },
    )
}

fn picture(
    trust: Trust,
    revocation: RevocationEvidence,
    revocation_policy: RevocationPolicy,
) -> EvidenceSnapshot {
    EvidenceSnapshot { trust, revocation, chain_policy: ChainPolicy::default(), revocation_policy }
}
