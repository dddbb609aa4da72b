//! The bus in Rust tests: sentences, what dropping verifies, and what its failures tell.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use std::panic::AssertUnwindSafe;

use eush::testing::{
    Refusing, TestBus, absent, accepted, agency, any_agency, at_least, found, person, present, refused,
    result, unavailable,
};
use serde_json::json;

/// What a drop panics with.
fn story(scene: impl Sized) -> String {
    let panic = std::panic::catch_unwind(AssertUnwindSafe(|| drop(scene))).unwrap_err();
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_test_reads_as_sentences() {
    // A runtime of one thread: the bus has threads of its own.
    let bus = TestBus::start().await;
    bus.given(agency("gbdfl").asked_about(person("aigerim")).answers(absent()))
        .expect(1)
        .named("the register does not know her")
        .await;
    let outcome = bus.person("aigerim").applies("000-A/state-corporation").await;
    assert!(!outcome.is_completed() && !outcome.is_pending(), "{outcome:?}");
    bus.verify_never(agency("enbek").handed_a_document()).await;
    bus.verify_times(agency("gbdfl").asked_about(person("aigerim")), 1).await;
    bus.verify().await;

    // The same bus again, and other answers: down once, then a result at once.
    bus.given(
        agency("enbek").handed_a_document_of(person("aigerim")).signed_by(person("aigerim")).first(1, unavailable()).then(
            result(
                "unemployed-certificate",
                ["Анықтама", "Справка", "Certificate"],
                json!({ "@type": "eush.registry.enbek.v1.UnemployedCertificate", "iin": "${about}", "number": "X-1" }),
            ),
        ),
    )
    .expect(2)
    .await;
    let down = bus.person("aigerim").applies("000-A/portal").await;
    assert_eq!(down.reason(), "AGENCY_UNAVAILABLE");
    let done = bus.person("aigerim").applies("000-A/portal").await;
    assert!(done.is_completed(), "{done:?}");
    assert_eq!(done.result().unwrap().kind, "unemployed-certificate");
    bus.verify().await;
    drop(bus);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_did_not_hold_is_told_with_the_calls_that_came() {
    let bus = TestBus::start().await;
    bus.given(agency("gbdfl").asked_about(person("bolat")).with("attempt", at_least(1)).answers(absent()))
        .expect(1..=2)
        .named("about Bolat")
        .await;
    bus.given(
        any_agency()
            .handed_a_document()
            .with("form.phone", present(true))
            .answers(refused(Refusing::Reasoned)),
    )
    .named("a reasoned refusal")
    .await;
    let outcome = bus.person("aigerim").applies("000-A/portal").await;
    assert!(!outcome.is_completed() && !outcome.reason().is_empty(), "{outcome:?}");
    let told = story(bus);
    assert!(told.contains("- `about Bolat` (about bolat, agency gbdfl"), "{told}");
    assert!(told.contains("expected 1 to 2, answered 0"), "{told}");
    assert!(told.contains("the calls that it saw:") && told.contains("about aigerim"), "{told}");
}

#[tokio::test]
async fn wrong_sentences_name_what_is_wrong() {
    let bus = TestBus::start().await;
    let given = bus.given(
        agency("gbdfl")
            .asked()
            .answers(found(json!({ "@type": "eush.registry.gbdfl.v1.PersonResponse", "person": [] }))),
    );
    let caught = panic_of(given).await;
    assert!(caught.contains("did you mean `persons`?"), "{caught}");
}

/// Awaits something that panics, and returns what it says.
async fn panic_of(given: eush::testing::Given<'_>) -> String {
    use std::future::IntoFuture as _;
    use std::task::Poll;
    let mut future = given.into_future();
    let panic = std::future::poll_fn(move |context| {
        let polled = std::panic::catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(())) => Poll::Ready(None),
            Err(panic) => Poll::Ready(Some(panic)),
        }
    });
    let panic = panic.await.unwrap();
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_of_one_bus_see_nothing_of_each_other() {
    let bus = TestBus::shared();
    let (mine, other) = (bus.session().await, bus.session().await);
    assert_ne!(mine.session_key(), other.session_key());
    mine.given(agency("gbdfl").asked_about(person("aigerim")).answers(absent())).expect(1).await;
    let (hers, theirs) = (mine.person("aigerim"), other.person("aigerim"));
    let (refused, done) =
        tokio::join!(hers.applies("000-A/state-corporation"), theirs.applies("000-A/state-corporation"));
    assert!(!refused.is_completed(), "{refused:?}");
    assert!(done.is_completed(), "{done:?}");
    mine.verify_never(agency("enbek").handed_a_document()).await;
    other.verify_times(agency("enbek").handed_a_document(), 1).await;
    bus.verify_never(any_agency()).await;
    drop(mine);
    other
        .given(agency("enbek").handed_a_document().answers(accepted()))
        .expect(1)
        .named("in a session")
        .await;
    assert!(story(other).contains("`in a session`"));
}

#[tokio::test]
async fn everything_else_can_be_refused() {
    let bus = TestBus::start().await;
    bus.refuses_everything_else().await;
    let outcome = bus.person("aigerim").applies("000-A/state-corporation").await;
    assert_eq!(outcome.reason(), "AGENCY_UNAVAILABLE");
    assert!(!bus.person("bolat").signs(b"bytes").await.signature.is_empty());
    assert!(!bus.secret("PORTAL").is_empty());
    assert_eq!(bus.population().person("aigerim").unwrap().key, "aigerim");
}
