//! Test sessions beside the shared bus.

use tonic::{Code, Request, Status};

use crate::world::{World, reason};

fn within<T>(session: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("eush-session", session.parse().unwrap());
    request
}

fn decided_by(status: &Status) -> &str {
    status.metadata().get("eush-decided-by").map_or("", |value| value.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_none_never_falls_through_to_the_shared_bus() {
    let world = World::new().await;
    let person = world.citizen().await;
    let unknown = world.gateway().await.send(within("nobody-s", person.request("m-1"))).await.unwrap_err();
    assert_eq!((unknown.code(), reason(&unknown).0.as_str()), (Code::NotFound, "SESSION_UNKNOWN"));
    let malformed = world.gateway().await.send(within("No such", person.request("m-1"))).await.unwrap_err();
    assert_eq!(
        (malformed.code(), reason(&malformed).0.as_str()),
        (Code::InvalidArgument, "ENVELOPE_MALFORMED")
    );
    assert!(world.agency.seen("deliver").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_names_what_decided_it() {
    let world = World::new().await;
    let person = world.citizen().await;
    let answer = world.gateway().await.send(person.request("m-1")).await.unwrap();
    let agency = format!("agency/{}", crate::world::target().0);
    assert_eq!(answer.metadata().get("eush-decided-by").unwrap(), agency.as_str());
    let mut request = person.request("m-2");
    request.document.as_mut().unwrap().signature.clear();
    let status = world.gateway().await.send(request).await.unwrap_err();
    assert_eq!(decided_by(&status), "check/signature");
}
