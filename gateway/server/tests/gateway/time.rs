//! The virtual clock: terms in order, agencies that are down, lists that stay fresh, the tails that watch.

use eush_wire::bus::v1 as bus;
use eush_wire::management::v1 as management;
use tonic::Code;

use crate::world::{Mood, START, World, info, reason};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_advance_fires_terms_and_publishes_lists_before_it_returns() {
    let world = World::new().await;
    let person = world.citizen().await;
    let sent = world.gateway().await.send(person.request("m-1")).await.unwrap().into_inner();
    assert!(sent.status.unwrap().due_at.is_some());
    let reading = world.advance("30d").await;
    assert!(reading.terms_fired > 0, "{reading:?}");
    assert!(reading.lists_published > 0, "{reading:?}");
    assert_eq!(reading.terms_postponed, 0);
    assert_eq!(reading.now.unwrap().seconds, START.unix_timestamp() + 30 * 86_400);
    assert_eq!(world.agency.seen("term").len(), 1);
    // The bus is not left with stale lists.
    world.gateway().await.send(person.request("m-2")).await.unwrap();
    let lists =
        world.state().await.refresh_revocation(management::RefreshRevocationRequest {}).await.unwrap();
    for list in lists.into_inner().lists {
        assert_eq!(list.error, "");
        assert!(list.next_update.unwrap().seconds > START.unix_timestamp() + 30 * 86_400);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_term_that_cannot_be_told_stays_due() {
    let world = World::with(|config| {
        let text = "[clock]\nretry_first = \"1ms\"\nretry_longest = \"10ms\"\n";
        let clock = eush_gateway::Config::parse(text, &std::collections::HashMap::new()).unwrap().clock;
        config.clock.retry_first = clock.retry_first;
        config.clock.retry_longest = clock.retry_longest;
    })
    .await;
    let person = world.citizen().await;
    let sent = world.gateway().await.send(person.request("m-1")).await.unwrap().into_inner();
    world.agency.set(Mood::Down);
    let reading = world.advance("30d").await;
    assert!(reading.terms_postponed > 0, "{reading:?}");
    let ask = bus::GetApplicationRequest {
        info: Some(info("q", "PORTAL", "")),
        application_id: sent.application_id,
    };
    let status = world.process().await.get_application(ask).await.unwrap().into_inner().status.unwrap();
    assert_eq!(status.state(), bus::ApplicationState::Pending);
    // The clock stands, and the term is told again in real time until the agency hears it.
    let before = world.agency.seen("term").len();
    world.agency.set(Mood::Accepts);
    while world.agency.seen("term").len() == before {
        world.agency.called.notified().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_clock_freezes_runs_and_never_goes_back() {
    let world = World::new().await;
    let mut clock = world.clock().await;
    let back = prost_types::Timestamp { seconds: START.unix_timestamp() - 1, nanos: 0 };
    let status = clock.set_clock(management::SetClockRequest { to: Some(back) }).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::FailedPrecondition, "CLOCK_BACKWARD"));
    let status =
        clock.advance_clock(management::AdvanceClockRequest { by: "3weeks".to_owned() }).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::InvalidArgument, "TERM_MALFORMED"));
    // Beyond the table of holidays: an error, not a guess, and the clock stays.
    let status =
        clock.advance_clock(management::AdvanceClockRequest { by: "2000wd".to_owned() }).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let to = prost_types::Timestamp { seconds: START.unix_timestamp() + 60, nanos: 0 };
    clock.set_clock(management::SetClockRequest { to: Some(to) }).await.unwrap();
    let running = clock.run_clock(management::RunClockRequest {}).await.unwrap().into_inner().clock.unwrap();
    assert!(running.running && running.now.unwrap().seconds >= to.seconds);
    let frozen =
        clock.freeze_clock(management::FreezeClockRequest {}).await.unwrap().into_inner().clock.unwrap();
    assert!(!frozen.running);
    let read = clock.get_clock(management::GetClockRequest {}).await.unwrap().into_inner().clock.unwrap();
    assert_eq!(read.now, frozen.now);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watchers_see_steps_and_entries_as_they_happen() {
    let world = World::new().await;
    let person = world.citizen().await;
    let mut tail = world
        .journal()
        .await
        .tail_entries(management::TailEntriesRequest::default())
        .await
        .unwrap()
        .into_inner();
    let sent = world.gateway().await.send(person.request("m-1")).await.unwrap().into_inner();
    let entry = tail.message().await.unwrap().unwrap().entry.unwrap();
    assert_eq!((entry.message_id.as_str(), entry.kind.as_str()), ("m-1", "send"));

    let watch = bus::WatchApplicationRequest {
        info: Some(info("w-1", "PORTAL", "")),
        application_id: sent.application_id,
    };
    let mut watch = world.process().await.watch_application(watch).await.unwrap().into_inner();
    let first = watch.message().await.unwrap().unwrap();
    assert_eq!(first.status.unwrap().state(), bus::ApplicationState::Pending);
    world.advance("30d").await;
    let next = watch.message().await.unwrap().unwrap();
    assert!(!next.steps.is_empty());
    assert!(!first.steps.contains(&next.steps[0]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_completion_ends_the_application_and_its_watch() {
    let world = World::new().await;
    let person = world.citizen().await;
    let sent = world.gateway().await.send(person.request("m-1")).await.unwrap().into_inner();
    let watch = bus::WatchApplicationRequest {
        info: Some(info("w-1", "PORTAL", "")),
        application_id: sent.application_id,
    };
    let mut watch = world.process().await.watch_application(watch).await.unwrap().into_inner();
    let mut completion = info("c-1", "AGENCY", "");
    completion.correlation_id = "m-1".to_owned();
    let refusal =
        bus::ProviderRefusal { reason: bus::ProviderRefusalReason::GroundsNotMet.into(), text: None };
    let request = bus::CompleteDeliveryRequest {
        info: Some(completion),
        outcome: Some(bus::complete_delivery_request::Outcome::Refusal(refusal)),
    };
    let answer = world.gateway().await.complete_delivery(request).await.unwrap().into_inner();
    assert_eq!(answer.status.unwrap().state(), bus::ApplicationState::Refused);
    let mut last = None;
    while let Some(update) = watch.message().await.unwrap() {
        last = update.status;
    }
    assert_eq!(last.unwrap().state(), bus::ApplicationState::Refused);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_of_the_tail_misses_nothing() {
    let world = World::with(|config| config.store.journal_tail = std::num::NonZeroU32::MIN).await;
    let mut tail = world
        .journal()
        .await
        .tail_entries(management::TailEntriesRequest::default())
        .await
        .unwrap()
        .into_inner();
    // Refused at once, so that many are written while the reader sleeps.
    let mut gateway = world.gateway().await;
    for index in 0..200 {
        let request = bus::SendRequest {
            info: Some(info(&format!("m-{index}"), "PORTAL", "NO_SUCH")),
            ..bus::SendRequest::default()
        };
        gateway.send(request).await.unwrap_err();
    }
    for index in 0..200 {
        let entry = tail.message().await.unwrap().unwrap().entry.unwrap();
        assert_eq!(entry.message_id, format!("m-{index}"));
    }
}
