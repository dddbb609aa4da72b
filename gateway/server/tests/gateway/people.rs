//! People of a realm's own: what the gateway keeps of them, and what it tells agencies.

use eush_wire::management::v1 as wire;
use eush_wire::management::v1::SessionScope;
use time::Duration;

use crate::sessions::{create, restore, save, send, within};
use crate::world::{Mood, World, reason};

async fn add(world: &World, session: &str, key: &str) -> wire::Person {
    let request = wire::AddPersonRequest { key: key.to_owned(), person: None };
    let added = world.people().await.add_person(within(session, request)).await.unwrap();
    added.into_inner().person.unwrap()
}

/// Keys of those of whom something is said.
async fn said(world: &World, session: &str) -> Vec<String> {
    let list = wire::ListPeopleRequest { said_only: true };
    let people = world.people().await.list_people(within(session, list)).await.unwrap().into_inner().people;
    people.into_iter().map(|person| person.key).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agencies_are_told_which_roster_is_in_force_and_nothing_where_none_is() {
    let world = World::new().await;
    let person = world.citizen().await;
    for session in ["one", "two"] {
        create(&world, session).await;
    }
    add(&world, "one", "dana").await;
    for session in ["one", "two"] {
        send(&world, session, person.request("m-1")).await.unwrap();
    }
    add(&world, "one", "aru").await;
    send(&world, "one", person.request("m-2")).await.unwrap();
    let seen = world.agency.seen("deliver");
    let rosters: Vec<_> = seen.iter().map(|seen| seen.roster.as_str()).collect();
    assert!(!rosters[0].is_empty() && rosters[1].is_empty(), "{rosters:?}");
    assert_ne!(rosters[0], rosters[2], "another roster has another name");
    assert!(!rosters.iter().any(|roster| roster.contains("dana")), "a name, and nothing of what is said");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_outlives_a_restart_and_goes_with_its_session() {
    let mut world = World::new().await;
    create(&world, "one").await;
    let dana = add(&world, "one", "dana").await;
    world.stop().await;
    world.start().await;
    let get = wire::GetPersonRequest { key: dana.iin.clone() };
    let found =
        world.people().await.get_person(within("one", get)).await.unwrap().into_inner().person.unwrap();
    assert_eq!(found, dana);
    // A reset of something else leaves it, one of people takes it.
    let reset = async |scope: SessionScope| {
        let request = wire::ResetSessionRequest { key: "one".to_owned(), scopes: vec![scope.into()] };
        world.sessions().await.reset_session(request).await.unwrap();
    };
    reset(SessionScope::Journal).await;
    assert_eq!(said(&world, "one").await, ["dana"]);
    reset(SessionScope::People).await;
    assert!(said(&world, "one").await.is_empty());
    // At the end of its time the session goes with all that was said in it; another of that name begins with nobody.
    add(&world, "one", "dana").await;
    world.real.advance(Duration::hours(2));
    create(&world, "one").await;
    assert!(said(&world, "one").await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_is_in_snapshots() {
    let world = World::new().await;
    create(&world, "one").await;
    let dana = add(&world, "one", "dana").await;
    let file = save(&world, "one").await;
    let remove = wire::RemovePersonRequest { key: "dana".to_owned() };
    world.people().await.remove_person(within("one", remove)).await.unwrap();
    restore(&world, "copy", &file).await.unwrap();
    assert!(said(&world, "one").await.is_empty());
    let get = wire::GetPersonRequest { key: "dana".to_owned() };
    let copy =
        world.people().await.get_person(within("copy", get)).await.unwrap().into_inner().person.unwrap();
    assert_eq!(copy, dana);
    // The registers that are asked next are told of the roster that was restored.
    let person = world.enroll_within("copy", "aigerim").await;
    world.agency.set(Mood::Accepts);
    send(&world, "copy", person.request("m-1")).await.unwrap();
    assert!(!world.agency.seen("deliver")[0].roster.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_said_is_refused_by_name() {
    let world = World::new().await;
    create(&world, "one").await;
    let mut people = world.people().await;
    let draft = || Some(wire::PersonDraft::default());
    let exists = wire::AddPersonRequest { key: "aigerim".to_owned(), person: draft() };
    assert_eq!(reason(&people.add_person(within("one", exists)).await.unwrap_err()).0, "PERSON_EXISTS");
    let malformed = wire::AddPersonRequest { key: "No".to_owned(), person: draft() };
    assert_eq!(reason(&people.add_person(within("one", malformed)).await.unwrap_err()).0, "FIELD_INVALID");
    let unknown = wire::ChangePersonRequest { key: "nobody".to_owned(), person: draft() };
    assert_eq!(reason(&people.change_person(within("one", unknown)).await.unwrap_err()).0, "PERSON_UNKNOWN");
    let needed = wire::RemovePersonRequest { key: "operator-1".to_owned() };
    let refused = people.remove_person(within("one", needed)).await.unwrap_err();
    assert_eq!(reason(&refused).0, "PERSON_HOLDS_OFFICE");
    let nowhere =
        people.list_people(within("nobody-s", wire::ListPeopleRequest::default())).await.unwrap_err();
    assert_eq!(reason(&nowhere).0, "SESSION_UNKNOWN");
    assert!(said(&world, "one").await.is_empty());
}
