//! Lists over a small HTTP server whose answers the test sets.

mod swapping;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use eush_ca::{Authority, AuthorityOptions, KeyAlgorithm};
use eush_domain::Timestamp;
use time::macros::datetime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::*;
use crate::clock::RealStopwatch;
use crate::config::Config;

const START: Timestamp = datetime!(2026-03-02 05:00 UTC);

/// Answers every request with the present body; counts, and can hold.
#[derive(Default)]
struct Site {
    body: Mutex<Vec<u8>>,
    asked: AtomicUsize,
    arrived: Notify,
    held: Mutex<Option<Arc<Notify>>>,
}

impl Site {
    fn set(&self, body: &[u8]) {
        *self.body.lock().unwrap() = body.to_vec();
    }

    async fn serve(self: Arc<Self>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut request = [0; 2048];
                let _ = socket.read(&mut request).await;
                self.asked.fetch_add(1, Ordering::SeqCst);
                self.arrived.notify_one();
                let held = self.held.lock().unwrap().take();
                if let Some(held) = held {
                    held.notified().await;
                }
                let body = self.body.lock().unwrap().clone();
                let head =
                    format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
                let _ = socket.write_all(head.as_bytes()).await;
                let _ = socket.write_all(&body).await;
            }
        });
        format!("http://{address}/gost.crl")
    }
}

struct Case {
    _folder: tempfile::TempDir,
    authority: Authority,
    site: Arc<Site>,
    keeper: Arc<EvidenceKeeper>,
}

impl Case {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = AuthorityOptions { now: START, default_algorithm: KeyAlgorithm::Gost2015_512 };
        let path = folder.path().to_owned();
        let authority =
            tokio::task::spawn_blocking(move || Authority::open(&path, options).unwrap()).await.unwrap();
        authority.publish_due(START).unwrap();
        let own = authority.authorities().unwrap();
        let gost = own.iter().find(|one| one.algorithm == KeyAlgorithm::Gost2015_512).unwrap();
        let (root, issuing) = (folder.path().join("root.cer"), folder.path().join("issuing.cer"));
        std::fs::write(&root, &gost.root).unwrap();
        std::fs::write(&issuing, &gost.issuing).unwrap();
        let site = Arc::new(Site::default());
        let url = site.clone().serve().await;
        let text = format!(
            "[certificates]\ntrust = \"files\"\nanchors = ['{}']\nintermediates = ['{}']\n[revocation]\nurls = [\"{url}\"]\n",
            root.display(),
            issuing.display()
        );
        let config = Config::parse(&text, &std::collections::HashMap::new()).unwrap();
        let keeper = EvidenceKeeper::new(
            &config.certificates,
            &config.revocation,
            None,
            Arc::new(RealStopwatch::start()),
        )
        .unwrap();
        Self { _folder: folder, authority, site, keeper: Arc::new(keeper) }
    }

    /// The authority's newest list of leaves.
    fn list(&self) -> Vec<u8> {
        let own = self.authority.authorities().unwrap();
        let gost = own.iter().find(|one| one.algorithm == KeyAlgorithm::Gost2015_512).unwrap();
        let stem = gost.crl_urls[0].rsplit('/').next().unwrap().strip_suffix(".crl").unwrap().to_owned();
        self.authority.list(&stem).unwrap().unwrap().der
    }

    async fn refreshed(&self, body: &[u8]) -> ListReport {
        self.site.set(body);
        self.keeper.refresh().await.remove(0)
    }
}

#[tokio::test]
async fn the_last_good_list_is_kept() {
    let case = Case::new().await;
    let report = case.refreshed(b"<html>come back later</html>").await;
    assert!(report.held.is_none() && !report.error.is_empty(), "{report:?}");
    assert!(!*case.keeper.ready().borrow());
    assert_eq!(case.keeper.next_update(), None);

    let first = case.list();
    let report = case.refreshed(&first).await;
    assert_eq!(report.error, "");
    assert!(*case.keeper.ready().borrow());
    let next_update = case.keeper.next_update().unwrap();

    let mut broken = first.clone();
    let last = broken.len() - 1;
    broken[last] ^= 1;
    for bad in [b"".as_slice(), b"<html>", &broken] {
        let report = case.refreshed(bad).await;
        assert!(report.error.starts_with("the list does not hold: "), "{report:?}");
        assert_eq!(
            report.error.matches("malformed").count(),
            usize::from(bad == b"<html>"),
            "told once: {report:?}"
        );
        assert_eq!(report.held.unwrap().der(), first);
        assert_eq!(case.keeper.next_update(), Some(next_update));
        assert!(*case.keeper.ready().borrow());
    }
}

#[tokio::test]
async fn a_list_from_before_is_not_taken() {
    let case = Case::new().await;
    let first = case.list();
    case.refreshed(&first).await;
    case.authority.publish_due(START + Duration::days(60)).unwrap();
    let second = case.list();
    assert_ne!(first, second);
    assert_eq!(case.refreshed(&second).await.error, "");
    let report = case.refreshed(&first).await;
    assert!(report.error.contains("older"), "{report:?}");
    assert_eq!(report.held.unwrap().der(), second);
    // The same again is no error.
    assert_eq!(case.refreshed(&second).await.error, "");
}

#[tokio::test]
async fn a_list_of_a_stranger_is_not_taken() {
    let (case, stranger) = (Case::new().await, Case::new().await);
    let report = case.refreshed(&stranger.list()).await;
    assert!(report.held.is_none() && !report.error.is_empty(), "{report:?}");
}

#[tokio::test]
async fn who_asks_meanwhile_gets_a_refresh_that_began_after() {
    let case = Case::new().await;
    case.site.set(&case.list());
    let release = Arc::new(Notify::new());
    *case.site.held.lock().unwrap() = Some(release.clone());
    let refresh = || {
        let keeper = case.keeper.clone();
        tokio::spawn(async move { keeper.refresh().await })
    };
    let first = refresh();
    case.site.arrived.notified().await;
    let (second, third) = (refresh(), refresh());
    while case.keeper.asked.load(Ordering::SeqCst) < 3 {
        tokio::task::yield_now().await;
    }
    release.notify_one();
    for task in [first, second, third] {
        assert_eq!(task.await.unwrap()[0].error, "");
    }
    // One for the first, one for both others.
    assert_eq!(case.site.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn addresses_that_give_nothing_make_room_for_others() {
    let case = Case::new().await;
    let keeper = &case.keeper;
    assert_eq!(case.refreshed(&case.list()).await.error, "");
    let issuer = keeper.known().unwrap().trust.intermediates()[0].clone();
    // One that gave a list, and one that is being fetched.
    let giving: Uri = keeper.configured.urls[0].uri().clone();
    let busy: Uri = "http://127.0.0.1/busy".parse().unwrap();
    drop(keeper.learned_row(&giving, &issuer).unwrap());
    let being_fetched = keeper.learned_row(&busy, &issuer).unwrap();
    for number in 0..3 * MAX_LEARNED {
        let url: Uri = format!("http://127.0.0.1/{number}").parse().unwrap();
        assert!(keeper.learned_row(&url, &issuer).is_some());
        // What came from there was no list: nothing is left of it once it has made room.
        let page = Ok(Bytes::from_static(b"<html>"));
        assert!(keeper.take(&url, page, vec![issuer.clone()]).await.is_err());
    }
    let names: Vec<String> = keeper.learned.lock().unwrap().keys().cloned().collect();
    assert_eq!(names.len(), MAX_LEARNED);
    assert!(names.contains(&giving.to_string()) && names.contains(&busy.to_string()));
    assert!(keeper.held.lock().unwrap().len() <= MAX_LEARNED);
    assert_eq!(keeper.learned_lists(), [(giving, vec![issuer])]);
    drop(being_fetched);
}

#[test]
fn the_guard_knows_certificates_by_the_form_we_compute() {
    let own = crate::config::Fingerprint::of(b"a certificate of nobody").hex();
    assert!(!real_roots::is_real(&own));
    for real in real_roots::REAL {
        assert_eq!(crate::config::Fingerprint::parse(real).unwrap().hex(), real);
        assert!(real_roots::is_real(real));
    }
}
