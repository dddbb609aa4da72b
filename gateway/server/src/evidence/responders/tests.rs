//! Responders over a small HTTP server that says what the test has it say; real time is the test's too.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use eush_ca::{Authority, AuthorityOptions, KeyAlgorithm};
use eush_pipeline::ports::Stopwatch;
use eush_pki::{
    Certificate, ChainPolicy, RevocationEvidence, RevocationPolicy, RevocationScope, RevocationSource, Trust,
    Unavailable, chain, revocation,
};
use time::macros::datetime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::evidence::answers::{Answers, Keeping};

const START: Timestamp = datetime!(2026-03-02 05:00 UTC);
const SPAN: Duration = Duration::from_secs(3);
/// OCSPResponse with nothing but its status.
const TRY_LATER: &[u8] = &[0x30, 0x03, 0x0a, 0x01, 0x03];

#[derive(Default)]
struct Hand(Mutex<Duration>);

impl Hand {
    fn advance(&self, by: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Stopwatch for Hand {
    fn elapsed(&self) -> Duration {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a site says to every question: a status, and a body.
struct Site {
    says: Mutex<(u16, Vec<u8>)>,
    asked: AtomicUsize,
}

impl Site {
    async fn serve(status: u16, body: &[u8]) -> (Arc<Self>, Uri) {
        let site = Arc::new(Self { says: Mutex::new((status, body.to_vec())), asked: AtomicUsize::new(0) });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = site.clone();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut request = [0; 4096];
                let _ = socket.read(&mut request).await;
                serving.asked.fetch_add(1, Ordering::SeqCst);
                let (status, body) = serving.says.lock().unwrap().clone();
                let head = format!(
                    "HTTP/1.1 {status} .\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                let _ = socket.write_all(&[head.as_bytes(), &body].concat()).await;
            }
        });
        (site, format!("http://{address}/ocsp").parse().unwrap())
    }

    fn say(&self, status: u16, body: &[u8]) {
        *self.says.lock().unwrap() = (status, body.to_vec());
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Two issuing authorities below their roots, for certificates and issuers like any other.
fn links() -> [Link; 2] {
    let folder = tempfile::tempdir().unwrap();
    let options = AuthorityOptions { now: START, default_algorithm: KeyAlgorithm::Gost2015_512 };
    let authority = Authority::open(folder.path(), options).unwrap();
    let link = |one: &eush_ca::Authorities| Link {
        certificate: Certificate::parse(&one.issuing).unwrap(),
        issuer: Certificate::parse(&one.root).unwrap(),
    };
    let all = authority.authorities().unwrap();
    [link(&all[0]), link(&all[1])]
}

struct Case {
    hand: Arc<Hand>,
    responders: Responders,
    links: [Link; 2],
}

impl Case {
    async fn new() -> Self {
        let hand = Arc::new(Hand::default());
        let responders = Responders {
            // A busy machine has all the time that it needs.
            fetcher: Fetcher::new(Duration::from_secs(60), 1 << 20),
            policy: OcspPolicy::default(),
            nonce: NonceUse::Off,
            resting: Arc::new(Resting::new(hand.clone(), SPAN)),
        };
        Self { hand, responders, links: tokio::task::spawn_blocking(links).await.unwrap() }
    }

    async fn ask(&self, link: usize, addresses: &[&Uri], at: Timestamp) -> OcspState {
        let addresses = addresses.iter().map(|one| (*one).clone()).collect();
        self.responders.ask(Question { link: self.links[link].clone(), addresses }, at).await
    }
}

fn tried_at(state: &OcspState) -> Option<Timestamp> {
    match state {
        OcspState::Unavailable(Unavailable { tried_at, .. }) => *tried_at,
        other @ (OcspState::Answer(_) | OcspState::Stale(_) | OcspState::Untrusted(_)) => {
            panic!("{other:?}")
        }
    }
}

#[tokio::test]
async fn a_failed_address_is_asked_again_only_after_its_rest() {
    let case = Case::new().await;
    let (site, address) = Site::serve(503, b"").await;
    assert_eq!(tried_at(&case.ask(0, &[&address], START).await), None);
    // About anybody: it is the address that failed.
    let soon = START + Duration::from_secs(1);
    for link in [0, 1, 0, 1] {
        let state = case.ask(link, &[&address], soon).await;
        assert_eq!(tried_at(&state), Some(START));
        refused_for_it(&case.links[link], state, soon);
    }
    assert_eq!(site.asked(), 1);
    // The bus's clock stands still, and real time ends the rest.
    case.hand.advance(SPAN);
    assert_eq!(tried_at(&case.ask(1, &[&address], soon).await), None);
    assert_eq!(site.asked(), 2);
    assert_eq!(tried_at(&case.ask(0, &[&address], soon).await), Some(soon));
    // What management changes, the next question meets.
    case.responders.forget();
    site.say(200, b"<html>");
    let state = case.ask(0, &[&address], soon).await;
    assert!(matches!(state, OcspState::Untrusted(_)), "{state:?}");
    // It is there again: nothing of it rests.
    assert!(matches!(case.ask(1, &[&address], soon).await, OcspState::Untrusted(_)));
    assert_eq!(site.asked(), 4);
}

/// Whatever is remembered, a certificate is refused for it, and the verdict says when it was tried.
fn refused_for_it(link: &Link, state: OcspState, at: Timestamp) {
    let mut evidence = RevocationEvidence::default().asking(RevocationSource::Ocsp);
    evidence.add_answer(&link.certificate, &link.issuer, state);
    let trust = Trust::new(vec![link.issuer.clone()], vec![]);
    let path = chain::check(&link.certificate, &trust, &[], at, &ChainPolicy::default()).unwrap();
    let policy = RevocationPolicy { scope: RevocationScope::Leaf };
    let failure = revocation::check(&path, &evidence, at, &policy).unwrap_err();
    assert_eq!(failure.rejection, eush_domain::Rejection::RevocationUnavailable);
    assert!(failure.evidence.contains(&("triedAt", "2026-03-02T05:00:00Z".to_owned())), "{failure:?}");
}

#[tokio::test]
async fn that_it_says_not_now_rests_one_question_alone() {
    let case = Case::new().await;
    let (site, address) = Site::serve(200, TRY_LATER).await;
    assert_eq!(tried_at(&case.ask(0, &[&address], START).await), None);
    assert_eq!(tried_at(&case.ask(0, &[&address], START).await), Some(START));
    assert_eq!(site.asked(), 1);
    assert_eq!(tried_at(&case.ask(1, &[&address], START).await), None);
    assert_eq!(site.asked(), 2);
    // The bus's clock is moved on.
    assert_eq!(tried_at(&case.ask(0, &[&address], START + SPAN).await), None);
    assert_eq!(site.asked(), 3);
}

#[tokio::test]
async fn the_next_address_is_asked_while_the_first_rests() {
    let case = Case::new().await;
    let (down, first) = Site::serve(503, b"").await;
    let (up, second) = Site::serve(200, b"no answer").await;
    for _ in 0..3 {
        let state = case.ask(0, &[&first, &second], START).await;
        assert!(matches!(state, OcspState::Untrusted(_)), "{state:?}");
    }
    assert_eq!((down.asked(), up.asked()), (1, 3));
}

/// Many messages about many certificates while a responder is down are few questions.
#[tokio::test]
async fn a_crowd_waits_once() {
    let case = Case::new().await;
    let (site, address) = Site::serve(503, b"").await;
    let keeping =
        Keeping { refresh_after: time::Duration::MINUTE, max_age: time::Duration::minutes(5), capacity: 16 };
    let answers = Answers::new(case.responders.clone(), keeping);
    let ask = |link: &Link| {
        let question = || Question { link: link.clone(), addresses: vec![address.clone()] };
        answers.about((&link.certificate, &link.issuer), question, START)
    };
    // At once: one flight a certificate.
    let pending: Vec<_> = (0..100).map(|number| ask(&case.links[number % 2])).collect();
    for one in pending {
        assert!(matches!(one.end().await, OcspState::Unavailable(_)));
    }
    let first = site.asked();
    assert!((1..=2).contains(&first), "{first}");
    // One after another: none at all.
    for number in 0..100 {
        assert_eq!(tried_at(&ask(&case.links[number % 2]).end().await), Some(START));
    }
    assert_eq!(site.asked(), first);
    answers.forget();
    assert_eq!(tried_at(&ask(&case.links[0]).end().await), None);
    assert_eq!(site.asked(), first + 1);
}
