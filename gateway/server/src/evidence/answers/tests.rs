//! Answers that a stub gives, at times that the test names.

use std::collections::VecDeque;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use eush_ca::{Authority, AuthorityOptions, KeyAlgorithm};
use eush_pki::{RevocationReason, Revoked};
use time::macros::datetime;
use tokio::sync::Notify;

use super::*;

const START: Timestamp = datetime!(2026-03-02 05:00 UTC);
const KEEPING: Keeping =
    Keeping { refresh_after: Duration::MINUTE, max_age: Duration::minutes(5), capacity: 4 };

/// An issuing authority and its root: a certificate and its issuer like any other.
static LINK: LazyLock<(Certificate, Certificate)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let options = AuthorityOptions { now: START, default_algorithm: KeyAlgorithm::Gost2015_512 };
    let authority = Authority::open(folder.path(), options).unwrap();
    let own = authority.authorities().unwrap().remove(0);
    (Certificate::parse(&own.issuing).unwrap(), Certificate::parse(&own.root).unwrap())
});

/// Says what it was given, in order; breaks off where it was given nothing.
#[derive(Default)]
struct Stub {
    says: Mutex<VecDeque<OcspState>>,
    asked: AtomicUsize,
    arrived: Notify,
    hold: Mutex<Option<Arc<Notify>>>,
}

impl Ask for Arc<Stub> {
    type Question = ();

    fn ask(&self, (): (), _at: Timestamp) -> impl Future<Output = OcspState> + Send {
        let stub = self.clone();
        async move {
            stub.asked.fetch_add(1, Ordering::SeqCst);
            let says = stub.says.lock().unwrap().pop_front();
            let hold = stub.hold.lock().unwrap().clone();
            stub.arrived.notify_one();
            if let Some(hold) = hold {
                hold.notified().await;
            }
            says.expect("a stub that has nothing to say breaks off")
        }
    }

    fn forget(&self) {}
}

struct Case {
    stub: Arc<Stub>,
    answers: Answers<Arc<Stub>>,
}

impl Case {
    fn new(says: impl IntoIterator<Item = OcspState>) -> Self {
        let stub = Arc::new(Stub { says: Mutex::new(says.into_iter().collect()), ..Stub::default() });
        Self { answers: Answers::new(stub.clone(), KEEPING), stub }
    }

    fn begin(&self, at: Timestamp) -> Pending {
        self.answers.about((&LINK.0, &LINK.1), || (), at)
    }

    async fn told(&self, at: Timestamp) -> OcspState {
        self.begin(at).end().await
    }

    fn asked(&self) -> usize {
        self.stub.asked.load(Ordering::SeqCst)
    }

    /// Until nothing is on its way.
    async fn settled(&self) {
        while !lock(&self.answers.known).flights.is_empty() {
            tokio::task::yield_now().await;
        }
    }
}

fn answer(status: OcspStatus, at: Timestamp, holds: Duration) -> OcspState {
    OcspState::Answer(OcspAnswer {
        status,
        responder: "CN=EUSH TEST responder".to_owned(),
        produced_at: at,
        this_update: at,
        fresh_from: at,
        fresh_until: at + holds,
        keeps_expired_since: None,
        unchecked_responder: None,
    })
}

fn good(at: Timestamp) -> OcspState {
    answer(OcspStatus::Good, at, KEEPING.max_age)
}

fn revoked(at: Timestamp) -> OcspState {
    let revoked = Revoked::new(at, RevocationReason::KeyCompromise);
    answer(OcspStatus::Revoked(revoked), at, KEEPING.max_age)
}

fn unavailable() -> OcspState {
    OcspState::unavailable("down")
}

fn stale(at: Timestamp) -> OcspState {
    let OcspState::Answer(answer) = answer(OcspStatus::Good, at, Duration::ZERO) else { panic!() };
    OcspState::Stale(answer)
}

fn untrusted() -> OcspState {
    OcspState::Untrusted("garbage".to_owned())
}

fn after(seconds: i64) -> Timestamp {
    START + Duration::seconds(seconds)
}

#[tokio::test]
async fn many_who_ask_at_once_are_one_question() {
    let case = Case::new([good(START)]);
    let release = Arc::new(Notify::new());
    *case.stub.hold.lock().unwrap() = Some(release.clone());
    let waiting: Vec<_> = (0..100).map(|_| case.begin(START)).collect();
    case.stub.arrived.notified().await;
    release.notify_one();
    for pending in waiting {
        assert_eq!(pending.end().await, good(START));
    }
    assert_eq!(case.asked(), 1);
}

#[tokio::test]
async fn who_leaves_takes_no_answer_along() {
    let case = Case::new([good(START)]);
    drop(case.begin(START));
    case.settled().await;
    assert_eq!(case.told(START).await, good(START));
    assert_eq!(case.asked(), 1);
}

#[tokio::test]
async fn an_answer_is_used_then_renewed_meanwhile_then_waited_for() {
    let (second, third) = (revoked(after(61)), good(after(500)));
    let case = Case::new([good(START), second.clone(), third.clone()]);
    assert_eq!(case.told(START).await, good(START));
    assert_eq!(case.told(after(60)).await, good(START));
    assert_eq!(case.asked(), 1);
    // Past the minute: the old one at once, and the new one from then on.
    assert_eq!(case.told(after(61)).await, good(START));
    case.settled().await;
    assert_eq!(case.asked(), 2);
    assert_eq!(case.told(after(62)).await, second);
    // Past its time: nothing is told that no longer holds.
    assert_eq!(case.told(after(500)).await, third);
    assert_eq!(case.asked(), 3);
}

#[tokio::test]
async fn the_last_good_answer_counts_while_it_holds_and_nobody_is_there() {
    let hour = answer(OcspStatus::Good, START, Duration::HOUR);
    let case = Case::new([hour.clone(), unavailable(), unavailable(), unavailable()]);
    assert_eq!(case.told(START).await, hour);
    // Past `max_age` it is asked for and waited for; it counts by its own nextUpdate.
    assert_eq!(case.told(after(1800)).await, hour);
    assert_eq!(case.asked(), 2);
    assert_eq!(case.told(after(3600)).await, hour);
    assert_eq!(case.told(after(3601)).await, unavailable());
}

#[tokio::test]
async fn what_is_not_believed_ends_what_is_kept() {
    let case = Case::new([good(START), untrusted(), untrusted()]);
    assert_eq!(case.told(START).await, good(START));
    assert_eq!(case.told(after(61)).await, good(START));
    case.settled().await;
    // The next one waits for an answer of its own, and is told what came.
    assert_eq!(case.told(after(62)).await, untrusted());
    assert_eq!(case.asked(), 3);
}

#[tokio::test]
async fn what_is_too_old_ends_what_is_kept_where_it_is_newer() {
    let case = Case::new([good(after(10)), stale(START), stale(after(70)), stale(after(71))]);
    assert_eq!(case.told(after(10)).await, good(after(10)));
    // A responder that lags behind: the newer answer is at hand and holds.
    assert_eq!(case.told(after(80)).await, good(after(10)));
    case.settled().await;
    assert_eq!(case.told(after(81)).await, good(after(10)));
    case.settled().await;
    // What came since says less than was known; it is told, and not kept.
    assert_eq!(case.told(after(82)).await, stale(after(71)));
    assert_eq!(case.asked(), 4);
}

#[tokio::test]
async fn failures_and_ignorance_are_not_kept() {
    let unknown = answer(OcspStatus::Unknown, START, KEEPING.max_age);
    let case = Case::new([unavailable(), untrusted(), unknown.clone(), good(START)]);
    for expected in [unavailable(), untrusted(), unknown, good(START), good(START)] {
        assert_eq!(case.told(START).await, expected);
    }
    assert_eq!(case.asked(), 4);
}

#[tokio::test]
async fn an_answer_from_before_is_not_taken() {
    let case = Case::new([revoked(after(10)), good(START), good(START)]);
    assert_eq!(case.told(after(10)).await, revoked(after(10)));
    assert_eq!(case.told(after(100)).await, revoked(after(10)));
    case.settled().await;
    assert_eq!(case.told(after(101)).await, revoked(after(10)));
    case.settled().await;
    assert_eq!(case.asked(), 3);
}

#[tokio::test]
async fn what_was_asked_before_a_change_is_not_kept_after_it() {
    let case = Case::new([good(START), revoked(START)]);
    let release = Arc::new(Notify::new());
    *case.stub.hold.lock().unwrap() = Some(release.clone());
    let before = case.begin(START);
    case.stub.arrived.notified().await;
    case.answers.forget();
    *case.stub.hold.lock().unwrap() = None;
    assert_eq!(case.told(START).await, revoked(START));
    release.notify_one();
    assert_eq!(before.end().await, good(START));
    assert_eq!(case.told(START).await, revoked(START));
    assert_eq!(case.asked(), 2);
}

#[tokio::test]
async fn a_question_that_breaks_off_is_unavailable_and_asked_again() {
    let case = Case::new([]);
    assert_eq!(case.told(START).await, OcspState::unavailable("the question broke off"));
    case.stub.says.lock().unwrap().push_back(good(START));
    case.settled().await;
    assert_eq!(case.told(START).await, good(START));
}

#[test]
fn the_older_half_is_forgotten_past_the_capacity() {
    let OcspState::Answer(answer) = good(START) else { panic!() };
    let key = |number: u8| Key { issuer: Vec::new(), serial: vec![number] };
    let mut held = HashMap::new();
    for number in 0..100 {
        keep(&mut held, &key(number), &answer, after(i64::from(number)), 4);
        assert!(held.len() <= 4 && held.contains_key(&key(number)), "{number}");
    }
    // One that is kept already takes no new place.
    let before = held.len();
    keep(&mut held, &key(99), &answer, after(200), 4);
    assert_eq!(held.len(), before);
}
