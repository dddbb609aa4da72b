//! What survives: applications, answers, terms, the clock. A gateway that is dropped and opened again over its folder.

use eush_wire::bus::v1 as bus;
use eush_wire::management::v1 as management;

use crate::world::{Mood, START, World, info, reason};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_after_a_restart() {
    let mut world = World::new().await;
    let person = world.citizen().await;
    let request = person.request("m-1");
    let first = world.gateway().await.send(request.clone()).await.unwrap().into_inner();
    world.advance("5min").await;
    world.stop().await;
    world.start().await;

    let clock = world.clock().await.get_clock(management::GetClockRequest {}).await.unwrap().into_inner();
    let clock = clock.clock.unwrap();
    assert!(!clock.running);
    assert_eq!(clock.now.unwrap().seconds, START.unix_timestamp() + 300);
    // The same message again: the same answer, and nobody is called twice.
    let again = world.gateway().await.send(request).await.unwrap().into_inner();
    assert_eq!(again.application_id, first.application_id);
    assert_eq!(world.agency.seen("deliver").len(), 1);
    // The same id with other content.
    let mut other = person.request("m-1");
    other.document.as_mut().unwrap().content_type = "application/x-protobuf".to_owned();
    other.application_id.clone_from(&first.application_id);
    let status = world.gateway().await.send(other).await.unwrap_err();
    assert!(matches!(reason(&status).0.as_str(), "MESSAGE_ID_REUSED" | "ENVELOPE_MALFORMED"), "{status:?}");
    let ask = bus::GetApplicationRequest {
        info: Some(info("q-1", "PORTAL", "")),
        application_id: first.application_id.clone(),
    };
    let application = world.process().await.get_application(ask).await.unwrap().into_inner();
    assert_eq!(application.status.unwrap().state(), bus::ApplicationState::Pending);
    assert!(application.steps.len() >= first.steps.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dispatch_without_an_answer_is_handed_over_again() {
    let mut world = World::with(|config| {
        let text = "[limits]\nshutdown_grace = \"50ms\"\n";
        config.limits.shutdown_grace = eush_gateway::Config::parse(text, &std::collections::HashMap::new())
            .unwrap()
            .limits
            .shutdown_grace;
    })
    .await;
    let person = world.citizen().await;
    world.agency.set(Mood::Holds);
    let mut gateway = world.gateway().await;
    let request = person.request("m-1");
    let held = tokio::spawn(async move { gateway.send(request).await });
    world.agency.called.notified().await;
    // The grace is shorter than the agency's patience: the message is cut in the middle, as by a kill.
    world.stop().await;
    assert!(held.await.unwrap().is_err());
    world.agency.set(Mood::Accepts);
    world.start().await;
    world.agency.called.notified().await;
    let seen = world.agency.seen("deliver");
    assert_eq!(seen.iter().map(|seen| seen.attempt).collect::<Vec<_>>(), [1, 2]);
    assert!(seen.iter().all(|seen| seen.message_id == "m-1"));
    let answer = world.gateway().await.send(person.request("m-1")).await.unwrap().into_inner();
    assert_eq!(answer.status.unwrap().state(), bus::ApplicationState::Pending);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_lets_what_is_in_flight_end_and_takes_nothing_new() {
    let mut world = World::new().await;
    let person = world.citizen().await;
    world.agency.set(Mood::Waits);
    let mut gateway = world.gateway().await;
    let mut other = gateway.clone();
    let mut watch = tonic_health::pb::health_client::HealthClient::new(
        crate::world::channel(world.addresses.gateway).await,
    )
    .watch(tonic_health::pb::HealthCheckRequest { service: "eush.bus.v1.GatewayService".to_owned() })
    .await
    .unwrap()
    .into_inner();
    let request = person.request("m-1");
    let held = tokio::spawn(async move { gateway.send(request).await });
    world.agency.called.notified().await;
    world.begin_stop();
    let mut last = None;
    while let Ok(Some(answer)) = watch.message().await {
        last = Some(answer.status());
    }
    assert_eq!(last, Some(tonic_health::pb::health_check_response::ServingStatus::NotServing));
    // On the old connection or on a new one: nothing new is taken.
    assert!(other.send(person.request("m-2")).await.is_err());
    world.agency.release.notify_one();
    let answer = held.await.unwrap().unwrap().into_inner();
    assert_eq!(answer.status.unwrap().state(), bus::ApplicationState::Pending);
    world.stop().await;
    assert_eq!(world.agency.seen("deliver").len(), 1);
}
