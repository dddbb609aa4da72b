//! What the certificate services publish, as the gateway takes it: delta lists, lists on demand, faults, and the time.

use eush_wire::management::v1 as management;
use eush_wire::management::v1::certificate_authority_service_client::CertificateAuthorityServiceClient;

use crate::sessions::{create, send, within};
use crate::world::{START, World, channel};

async fn lists(world: &World) -> Vec<management::RevocationList> {
    let request = management::RefreshRevocationRequest {};
    world.state().await.refresh_revocation(request).await.unwrap().into_inner().lists
}

fn numbers(lists: &[management::RevocationList]) -> u64 {
    lists.iter().map(|list| list.number.parse::<u64>().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_published_on_demand_and_fail_on_demand() {
    let world = World::new().await;
    let first = lists(&world).await;
    // Of each hierarchy the issuing authority's list and delta list, and the root's list.
    assert_eq!(first.len(), 6);
    assert!(first.iter().all(|list| list.error.is_empty()), "{first:?}");

    let mut authority = world.authority().await;
    let now = management::PublishNowRequest::default();
    assert_eq!(authority.publish_now(now).await.unwrap().into_inner().published, 6);
    let second = lists(&world).await;
    assert!(numbers(&second) > numbers(&first));

    let fault = management::SetPublicationFaultRequest {
        algorithm: management::KeyAlgorithm::Gost2015512.into(),
        point: management::PublicationPoint::List.into(),
        fault: management::PublicationFault::Html.into(),
    };
    authority.set_publication_fault(fault).await.unwrap();
    let spoiled = lists(&world).await;
    assert_eq!(spoiled.iter().filter(|list| !list.error.is_empty()).count(), 1, "{spoiled:?}");
    assert_eq!(numbers(&spoiled), numbers(&second), "the last good list is kept");
    let records = management::ListPublicationFaultsRequest {};
    let records = authority.list_publication_faults(records).await.unwrap().into_inner().records;
    assert_eq!((records.len(), records[0].served), (1, 1));
    let reset = management::ResetPublicationFaultsRequest::default();
    assert_eq!(authority.reset_publication_faults(reset).await.unwrap().into_inner().reset, 1);
    assert!(lists(&world).await.iter().all(|list| list.error.is_empty()));
    let described = authority.describe_defects(management::DescribeDefectsRequest {}).await.unwrap();
    assert!(described.into_inner().defects.iter().any(|row| row.name == "wrong-responder"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promised_delta_list_is_there() {
    let world = World::new().await;
    let person = world.citizen().await;
    world.gateway().await.send(person.request("m-1")).await.unwrap();
    let entry = management::GetEntryRequest { message_id: "m-1".to_owned() };
    let entry = world.journal().await.get_entry(entry).await.unwrap().into_inner().entry.unwrap();
    let told = format!("{:?}", entry.checks);
    assert!(told.contains("deltaNumber"), "{told}");
    assert!(!told.contains("delta-list-missing"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_certificate_services_know_the_time() {
    let world = World::new().await;
    world.advance("2min").await;
    // Asked directly: the gateway would tell the time by passing the call on.
    let mut authority = CertificateAuthorityServiceClient::new(channel(world.peers().1).await);
    let fault = management::SetPublicationFaultRequest {
        algorithm: management::KeyAlgorithm::Rsa2048.into(),
        point: management::PublicationPoint::Ocsp.into(),
        fault: management::PublicationFault::TryLater.into(),
    };
    authority.set_publication_fault(fault).await.unwrap();
    let records = management::ListPublicationFaultsRequest {};
    let records = authority.list_publication_faults(records).await.unwrap().into_inner().records;
    assert_eq!(records[0].set_at.unwrap().seconds, START.unix_timestamp() + 120);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_s_publication_fault_touches_its_own_branch_alone() {
    let world = World::new().await;
    for session in ["one", "two"] {
        create(&world, session).await;
    }
    let person = world.enroll_within("one", "aigerim").await;
    let rule = management::FaultRule {
        id: "spoiled".to_owned(),
        knob: "publication-fault".to_owned(),
        ..management::FaultRule::default()
    };
    let add = management::AddFaultRequest { rule: Some(rule) };
    world.faults().await.add_fault(within("one", add)).await.unwrap();
    let _ = send(&world, "one", person.request("m-1")).await;
    // Lists that fail, and faults that the authority serves, by session.
    let spoiled = async |session: &str| {
        let refresh = management::RefreshRevocationRequest {};
        let records = management::ListPublicationFaultsRequest {};
        let (refresh, records) = match session {
            "" => (tonic::Request::new(refresh), tonic::Request::new(records)),
            session => (within(session, refresh), within(session, records)),
        };
        let lists = world.state().await.refresh_revocation(refresh).await.unwrap().into_inner().lists;
        let faults = world.authority().await.list_publication_faults(records).await.unwrap().into_inner();
        let in_force = faults.records.iter().filter(|record| record.reset_at.is_none()).count();
        (lists.iter().filter(|list| !list.error.is_empty()).count(), in_force)
    };
    // The complete list of each of the two hierarchies.
    assert_eq!(spoiled("one").await, (2, 2));
    assert_eq!((spoiled("two").await, spoiled("").await), ((0, 0), (0, 0)));
    // Nobody else's reset mends it, and its own mends all of it.
    for elsewhere in [
        tonic::Request::new(management::ResetFaultsRequest {}),
        within("two", management::ResetFaultsRequest {}),
    ] {
        world.faults().await.reset_faults(elsewhere).await.unwrap();
    }
    assert_eq!(spoiled("one").await, (2, 2));
    let remove = management::RemoveFaultRequest { id: "spoiled".to_owned() };
    world.faults().await.remove_fault(within("one", remove)).await.unwrap();
    assert_eq!(spoiled("one").await, (0, 0));
}
