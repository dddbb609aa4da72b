//! Test sessions beside the shared bus: each sees its own and nothing else, outlives a restart, and ends whole.

use eush_wire::bus::v1 as bus;
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::SessionScope;
use time::Duration;
use tonic::{Code, Request, Status};

use crate::world::{Mood, START, World, reason};

pub(crate) fn within<T>(session: &str, message: T) -> Request<T> {
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

pub(crate) async fn create(world: &World, key: &str) -> wire::Session {
    let request = wire::CreateSessionRequest { key: key.to_owned(), ..Default::default() };
    let answer = world.sessions().await.create_session(request).await.unwrap();
    answer.into_inner().session.unwrap()
}

pub(crate) async fn send(
    world: &World,
    session: &str,
    request: bus::SendRequest,
) -> Result<bus::SendResponse, Status> {
    let request = if session.is_empty() { Request::new(request) } else { within(session, request) };
    world.gateway().await.send(request).await.map(tonic::Response::into_inner)
}

pub(crate) async fn journal(world: &World, session: &str) -> Vec<String> {
    let list = wire::ListEntriesRequest::default();
    let list = if session.is_empty() { Request::new(list) } else { within(session, list) };
    let entries = world.journal().await.list_entries(list).await.unwrap().into_inner().entries;
    entries.into_iter().map(|entry| entry.message_id).collect()
}

async fn now(world: &World, session: &str) -> wire::ClockReading {
    let get = wire::GetClockRequest {};
    let get = if session.is_empty() { Request::new(get) } else { within(session, get) };
    world.clock().await.get_clock(get).await.unwrap().into_inner().clock.unwrap()
}

async fn seconds_ahead(world: &World, session: &str) -> i64 {
    now(world, session).await.now.unwrap().seconds - START.unix_timestamp()
}

async fn shared_lists(world: &World) -> Vec<(String, String)> {
    let refresh = wire::RefreshRevocationRequest {};
    let lists = world.state().await.refresh_revocation(refresh).await.unwrap().into_inner().lists;
    lists.into_iter().map(|list| (list.issuer, list.number)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_are_made_listed_extended_and_ended() {
    let world = World::with(|config| config.limits.sessions = 3.try_into().unwrap()).await;
    let mut sessions = world.sessions().await;
    let made = create(&world, "one").await;
    assert_eq!((made.key.as_str(), made.profile.as_str(), made.running), ("one", "strict", false));
    assert_eq!(made.expires_at.unwrap().seconds, (START + Duration::HOUR).unix_timestamp());
    let drawn = [create(&world, "").await.key, create(&world, "").await.key];
    assert_ne!(drawn[0], drawn[1]);
    let refuser = sessions.clone();
    let refused = |request: wire::CreateSessionRequest| {
        let mut sessions = refuser.clone();
        async move { sessions.create_session(request).await.unwrap_err() }
    };
    let asked = |key: &str| wire::CreateSessionRequest { key: key.to_owned(), ..Default::default() };
    let short = prost_types::Duration { seconds: 0, nanos: 5 };
    let cases = [
        (asked("one"), "SESSION_EXISTS"),
        (asked("four"), "TOO_MANY_SESSIONS"),
        (asked("No"), "SESSION_MALFORMED"),
    ];
    for (request, expected) in cases {
        assert_eq!(reason(&refused(request).await).0, expected);
    }
    sessions.end_session(wire::EndSessionRequest { key: drawn[0].clone() }).await.unwrap();
    let faulty = [
        wire::CreateSessionRequest { time_to_live: Some(short), ..asked("four") },
        wire::CreateSessionRequest { clock_offset: "soon".to_owned(), ..asked("four") },
        wire::CreateSessionRequest { profile: "lax".to_owned(), ..asked("four") },
        wire::CreateSessionRequest { description: "x".repeat(201), ..asked("four") },
    ];
    for request in faulty {
        assert_eq!(reason(&refused(request).await).0, "SESSION_MALFORMED");
    }
    let listed = sessions.list_sessions(wire::ListSessionsRequest {}).await.unwrap().into_inner().sessions;
    assert_eq!(listed.len(), 2, "nothing of what was refused is left");
    // Time passes: what was extended lives on, the rest is over and leaves no file.
    let day = prost_types::Duration { seconds: 86_400, nanos: 0 };
    let extend = wire::ExtendSessionRequest { key: "one".to_owned(), time_to_live: Some(day) };
    sessions.extend_session(extend).await.unwrap();
    world.real.advance(Duration::hours(2));
    let over = sessions.describe_session(wire::DescribeSessionRequest { key: drawn[1].clone() }).await;
    assert_eq!(reason(&over.unwrap_err()).0, "SESSION_UNKNOWN");
    let listed = sessions.list_sessions(wire::ListSessionsRequest {}).await.unwrap().into_inner().sessions;
    assert_eq!(listed.iter().map(|session| session.key.as_str()).collect::<Vec<_>>(), ["one"]);
    sessions.end_session(wire::EndSessionRequest { key: "one".to_owned() }).await.unwrap();
    let again = sessions.end_session(wire::EndSessionRequest { key: "one".to_owned() }).await.unwrap_err();
    assert_eq!(again.code(), Code::NotFound);
    for folder in ["gateway", "ca"] {
        let left = std::fs::read_dir(world.folder().join(folder).join("sessions")).unwrap().count();
        assert_eq!(left, 0, "{folder}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_message_in_three_buses_is_three_messages() {
    let world = World::new().await;
    let person = world.citizen().await;
    for session in ["one", "two"] {
        create(&world, session).await;
    }
    let lists = shared_lists(&world).await;
    // In one her certificate is on hold; in two the clock is nine days ahead; the shared bus knows nothing of either.
    let hold = wire::HoldCertificateRequest { serial: person.serial.clone() };
    world.authority().await.hold_certificate(within("one", hold)).await.unwrap();
    let advance = within("two", wire::AdvanceClockRequest { by: "9d".to_owned() });
    world.clock().await.advance_clock(advance).await.unwrap();
    let refused = send(&world, "one", person.request("m-1")).await.unwrap_err();
    assert_eq!(reason(&refused).0, "CERTIFICATE_ON_HOLD");
    for session in ["", "two"] {
        send(&world, session, person.request("m-1")).await.unwrap();
    }
    let seen: Vec<_> = world.agency.seen("deliver").into_iter().map(|seen| seen.session).collect();
    assert_eq!(seen, ["", "two"]);
    for session in ["", "one", "two"] {
        assert_eq!(journal(&world, session).await, ["m-1"], "{session}");
    }
    assert_eq!(shared_lists(&world).await, lists);
    assert_eq!((seconds_ahead(&world, "").await, seconds_ahead(&world, "one").await), (0, 0));
    assert_eq!(seconds_ahead(&world, "two").await, 9 * 86_400);
    let release = wire::ReleaseCertificateRequest { serial: person.serial.clone() };
    let status = world.authority().await.release_certificate(release.clone()).await.unwrap_err();
    assert_eq!(reason(&status).0, "CERTIFICATE_STATE", "on the shared bus there is nothing to release");
    world.authority().await.release_certificate(within("one", release)).await.unwrap();
    send(&world, "one", person.request("m-2")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_keeps_its_distance_to_the_shared_clock_unless_it_stands() {
    let world = World::new().await;
    let ahead = wire::CreateSessionRequest {
        key: "ahead".to_owned(),
        clock_offset: "2d".to_owned(),
        ..Default::default()
    };
    world.sessions().await.create_session(ahead).await.unwrap();
    let stands = wire::CreateSessionRequest { key: "stands".to_owned(), frozen: true, ..Default::default() };
    world.sessions().await.create_session(stands).await.unwrap();
    // A term that falls due in the session on the way of the shared clock is fired in it.
    let person = world.enroll_within("ahead", "aigerim").await;
    send(&world, "ahead", person.request("m-1")).await.unwrap();
    world.advance("30d").await;
    assert_eq!(world.agency.seen("term").len(), 1);
    assert_eq!(world.agency.seen("term")[0].session, "ahead");
    let days = async |session: &str| seconds_ahead(&world, session).await / 86_400;
    assert_eq!((days("").await, days("ahead").await, days("stands").await), (30, 32, 0));
    let advance = within("stands", wire::AdvanceClockRequest { by: "1d".to_owned() });
    world.clock().await.advance_clock(advance).await.unwrap();
    assert_eq!((days("").await, days("stands").await), (30, 1));
    // Told to run it follows again, from where it stands.
    world.clock().await.run_clock(within("stands", wire::RunClockRequest {})).await.unwrap();
    world.advance("1d").await;
    assert_eq!((days("ahead").await, days("stands").await), (33, 2));
    assert!(!now(&world, "stands").await.running, "the shared clock stands, and so does who follows it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_takes_back_what_it_names() {
    let world = World::new().await;
    let person = world.citizen().await;
    create(&world, "one").await;
    let mut sessions = world.sessions().await;
    let mut reset = async |scopes: &[SessionScope]| {
        let scopes = scopes.iter().map(|scope| i32::from(*scope)).collect();
        let request = wire::ResetSessionRequest { key: "one".to_owned(), scopes };
        sessions.reset_session(request).await.unwrap().into_inner().session.unwrap()
    };
    let hold = wire::HoldCertificateRequest { serial: person.serial.clone() };
    world.authority().await.hold_certificate(within("one", hold)).await.unwrap();
    let advance = within("one", wire::AdvanceClockRequest { by: "1d".to_owned() });
    world.clock().await.advance_clock(advance).await.unwrap();
    let answered =
        async || send(&world, "one", person.request("m-1")).await.map_err(|status| reason(&status).0);
    assert_eq!(answered().await.unwrap_err(), "CERTIFICATE_ON_HOLD");
    // The revocation alone: the answer that was given is remembered, the clock stays.
    let session = reset(&[SessionScope::Revocations]).await;
    assert_eq!(session.counts.unwrap().messages, 1);
    assert_eq!(seconds_ahead(&world, "one").await, 86_400);
    assert_eq!(answered().await.unwrap_err(), "CERTIFICATE_ON_HOLD");
    let session = reset(&[SessionScope::Journal]).await;
    assert_eq!(session.counts.unwrap(), wire::SessionCounts::default());
    answered().await.unwrap();
    assert_eq!(seconds_ahead(&world, "one").await, 86_400);
    reset(&[]).await;
    assert_eq!((seconds_ahead(&world, "one").await, journal(&world, "one").await.len()), (0, 0));
    let wrong = wire::ResetSessionRequest { key: "one".to_owned(), scopes: vec![99] };
    let status = world.sessions().await.reset_session(wrong).await.unwrap_err();
    assert_eq!(reason(&status).0, "SESSION_MALFORMED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_outlive_a_restart() {
    let mut world = World::new().await;
    let person = world.citizen().await;
    create(&world, "one").await;
    create(&world, "short").await;
    let day = prost_types::Duration { seconds: 86_400, nanos: 0 };
    let extend = wire::ExtendSessionRequest { key: "one".to_owned(), time_to_live: Some(day) };
    world.sessions().await.extend_session(extend).await.unwrap();
    world.agency.set(Mood::Accepts);
    let advance = within("one", wire::AdvanceClockRequest { by: "5d".to_owned() });
    world.clock().await.advance_clock(advance).await.unwrap();
    send(&world, "one", person.request("m-1")).await.unwrap();
    world.stop().await;
    world.real.advance(Duration::hours(2));
    world.start().await;
    assert_eq!(journal(&world, "one").await, ["m-1"]);
    assert_eq!(seconds_ahead(&world, "one").await, 5 * 86_400);
    assert!(journal(&world, "").await.is_empty());
    send(&world, "one", person.request("m-1")).await.unwrap();
    assert_eq!(world.agency.seen("deliver").len(), 1, "the answer was remembered");
    let over = send(&world, "short", person.request("m-1")).await.unwrap_err();
    assert_eq!(reason(&over).0, "SESSION_UNKNOWN", "its time was over meanwhile");
}

pub(crate) async fn save(world: &World, session: &str) -> Vec<u8> {
    let request = wire::SaveSnapshotRequest { session: session.to_owned() };
    let mut chunks = world.snapshots().await.save_snapshot(request).await.unwrap().into_inner();
    let mut file = Vec::new();
    while let Some(part) = chunks.message().await.unwrap() {
        file.extend(part.chunk);
    }
    file
}

pub(crate) async fn restore(world: &World, session: &str, file: &[u8]) -> Result<Vec<String>, Status> {
    let part =
        |chunk: &[u8]| wire::RestoreSnapshotRequest { session: session.to_owned(), chunk: chunk.to_vec() };
    let parts: Vec<_> = file.chunks(100_000).map(part).collect();
    let answer = world.snapshots().await.restore_snapshot(tokio_stream::iter(parts)).await;
    answer.map(|answer| answer.into_inner().sessions)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bus_that_was_restored_answers_as_it_did() {
    let world = World::new().await;
    let person = world.citizen().await;
    create(&world, "kept").await;
    send(&world, "", person.request("m-1")).await.unwrap();
    send(&world, "kept", person.request("m-2")).await.unwrap();
    let hold = wire::HoldCertificateRequest { serial: person.serial.clone() };
    world.authority().await.hold_certificate(within("kept", hold)).await.unwrap();
    let file = save(&world, "").await;
    // Everything is changed: clock, journal, revocation, sessions.
    world.advance("3d").await;
    let revoke = wire::RevokeCertificateRequest { serial: person.serial.clone(), ..Default::default() };
    world.authority().await.revoke_certificate(revoke).await.unwrap();
    assert_eq!(reason(&send(&world, "", person.request("m-3")).await.unwrap_err()).0, "CERTIFICATE_REVOKED");
    create(&world, "new").await;
    world.sessions().await.end_session(wire::EndSessionRequest { key: "kept".to_owned() }).await.unwrap();
    // A damaged or foreign file changes nothing of it.
    let mut damaged = file.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    for bad in [&damaged[..], &file[..middle], b"{}"] {
        let status = restore(&world, "", bad).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).0.as_str()), (Code::InvalidArgument, "SNAPSHOT_UNUSABLE"));
    }
    let status = restore(&world, "kept", &file).await.unwrap_err();
    assert_eq!(reason(&status).0, "SNAPSHOT_UNUSABLE", "a whole is none of one session");
    assert_eq!(journal(&world, "").await, ["m-3", "m-1"]);
    assert_eq!(restore(&world, "", &file).await.unwrap(), ["kept"]);
    assert_eq!((journal(&world, "").await, seconds_ahead(&world, "").await), (vec!["m-1".to_owned()], 0));
    assert_eq!(journal(&world, "kept").await, ["m-2"]);
    let over = send(&world, "new", person.request("m-1")).await.unwrap_err();
    assert_eq!(reason(&over).0, "SESSION_UNKNOWN");
    let delivered = world.agency.seen("deliver").len();
    send(&world, "", person.request("m-1")).await.unwrap();
    assert_eq!(world.agency.seen("deliver").len(), delivered, "the answer is remembered");
    send(&world, "", person.request("m-3")).await.unwrap();
    let held = send(&world, "kept", person.request("m-4")).await.unwrap_err();
    assert_eq!(reason(&held).0, "CERTIFICATE_ON_HOLD");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_s_state_is_taken_by_another() {
    let world = World::new().await;
    let person = world.citizen().await;
    create(&world, "one").await;
    send(&world, "one", person.request("m-1")).await.unwrap();
    let file = save(&world, "one").await;
    assert_eq!(restore(&world, "copy", &file).await.unwrap(), ["copy"]);
    for session in ["one", "copy"] {
        assert_eq!(journal(&world, session).await, ["m-1"], "{session}");
    }
    send(&world, "one", person.request("m-2")).await.unwrap();
    assert_eq!(journal(&world, "copy").await, ["m-1"]);
    assert_eq!(restore(&world, "one", &file).await.unwrap(), ["one"]);
    assert_eq!(journal(&world, "one").await, ["m-1"]);
    assert_eq!(reason(&restore(&world, "", &file).await.unwrap_err()).0, "SNAPSHOT_UNUSABLE");
    assert!(journal(&world, "").await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_in_flight_ends_before_the_state_is_saved() {
    let world = World::new().await;
    let person = world.citizen().await;
    create(&world, "one").await;
    world.agency.set(Mood::Waits);
    let mut gateway = world.gateway().await;
    let request = within("one", person.request("m-1"));
    let flight = tokio::spawn(async move { gateway.send(request).await });
    world.agency.called.notified().await;
    let mut saving = Box::pin(save(&world, "one"));
    // The save waits for the message; whoever comes meanwhile is told to come again. One that nobody signed is refused at once
    // where it comes before the save, so that it is not in flight itself.
    let mut unsigned = person.request("m-0");
    unsigned.document.as_mut().unwrap().signature.clear();
    let refused = loop {
        tokio::select! {
            biased;
            _ = &mut saving => panic!("saved while a message was in flight"),
            answer = send(&world, "one", unsigned.clone()) => {
                let status = answer.unwrap_err();
                if reason(&status).0 != "SIGNATURE_MISSING" {
                    break status;
                }
            }
        }
    };
    let (why, _) = reason(&refused);
    assert_eq!((refused.code(), why.as_str()), (Code::Unavailable, "BUS_RESTORING"));
    world.agency.release.notify_one();
    flight.await.unwrap().unwrap();
    let file = saving.await;
    world.agency.set(Mood::Accepts);
    send(&world, "one", person.request("m-2")).await.unwrap();
    assert_eq!(restore(&world, "copy", &file).await.unwrap(), ["copy"]);
    let kept = journal(&world, "copy").await;
    assert!(kept.contains(&"m-1".to_owned()) && !kept.contains(&"m-2".to_owned()), "{kept:?}");
}

/// The file with another store of a session in it, changed by these statements, and the digest made right.
fn tampered(file: &[u8], session: &str, folder: &std::path::Path, sql: &str) -> Vec<u8> {
    use sha2::Digest as _;
    let line = |from: usize| from + file[from..].iter().position(|byte| *byte == b'\n').unwrap();
    let (first, second) = (line(0), line(line(0) + 1));
    let mut head: serde_json::Value = serde_json::from_slice(&file[first + 1..second]).unwrap();
    let mut parts = Vec::new();
    let mut at = second + 1;
    for part in head["parts"].as_array_mut().unwrap() {
        let end = at + usize::try_from(part["bytes"].as_u64().unwrap()).unwrap();
        let mut bytes = file[at..end].to_vec();
        at = end;
        if part["part"]["gateway"]["session"] == session {
            let store = folder.join("tampered.db");
            std::fs::write(&store, &bytes).unwrap();
            rusqlite::Connection::open(&store).unwrap().execute_batch(sql).unwrap();
            bytes = std::fs::read(&store).unwrap();
            part["bytes"] = bytes.len().into();
        }
        parts.extend(bytes);
    }
    let mut body = serde_json::to_vec(&head).unwrap();
    body.push(b'\n');
    body.extend(parts);
    let digest: String = sha2::Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut whole = format!("eush-snapshot 1 {digest}\n").into_bytes();
    whole.extend(body);
    whole
}

/// A record that no eush can read: the store opens, and a realm over it does not.
const UNREADABLE: &str = "INSERT INTO meta (key, value) VALUES ('part/people', '{}x')
    ON CONFLICT (key) DO UPDATE SET value = excluded.value";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_fails_late_leaves_everything_as_it_was() {
    let world = World::new().await;
    let person = world.citizen().await;
    for session in ["one", "two"] {
        create(&world, session).await;
        send(&world, session, person.request("m-1")).await.unwrap();
    }
    let (file, whole) = (save(&world, "one").await, save(&world, "").await);
    let hold = wire::HoldCertificateRequest { serial: person.serial.clone() };
    world.authority().await.hold_certificate(within("one", hold)).await.unwrap();
    send(&world, "", person.request("m-9")).await.unwrap();
    let refused = send(&world, "one", person.request("m-2")).await.unwrap_err();
    assert_eq!(reason(&refused).0, "CERTIFICATE_ON_HOLD");
    let bad = tampered(&file, "one", world.folder(), UNREADABLE);
    let whole = tampered(&whole, "two", world.folder(), UNREADABLE);
    for (session, file) in [("one", &bad), ("new", &bad), ("", &whole)] {
        let status = restore(&world, session, file).await.unwrap_err();
        assert_eq!(reason(&status).0, "RESTORE_UNDONE", "{session}: {status:?}");
        // Journal, counts and revocations are those of before, and nobody is refused for the restore's sake.
        assert_eq!(journal(&world, "one").await, ["m-2", "m-1"], "{session}");
        assert_eq!(journal(&world, "two").await, ["m-1"], "{session}");
        assert_eq!(journal(&world, "").await, ["m-9"], "{session}");
        // The same message gets its answer again, from a store that is open.
        let held = send(&world, "one", person.request("m-2")).await.unwrap_err();
        assert_eq!(reason(&held).0, "CERTIFICATE_ON_HOLD", "{session}");
        let reset =
            wire::ResetSessionRequest { key: "one".to_owned(), scopes: vec![SessionScope::Counts.into()] };
        world.sessions().await.reset_session(reset).await.unwrap();
        let list = world.sessions().await.list_sessions(wire::ListSessionsRequest {}).await.unwrap();
        let keys: Vec<_> = list.into_inner().sessions.into_iter().map(|session| session.key).collect();
        assert_eq!(keys, ["one", "two"], "{session}");
    }
    assert_eq!(restore(&world, "one", &file).await.unwrap(), ["one"]);
    assert_eq!(journal(&world, "one").await, ["m-1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_even_be_put_back_refuses_until_it_is_mended() {
    let world = World::new().await;
    let person = world.citizen().await;
    create(&world, "one").await;
    send(&world, "one", person.request("m-1")).await.unwrap();
    let file = save(&world, "one").await;
    // A folder where SQLite would keep a file: no store can be put into its place, neither a new one nor the old one.
    let obstacle = world.folder().join("gateway").join("sessions").join("one.gateway.db-shm");
    let fails = async || {
        std::fs::create_dir(&obstacle).unwrap();
        let status = restore(&world, "one", &file).await.unwrap_err();
        assert_eq!(reason(&status).0, "RESTORE_HALF_DONE");
        let refused = send(&world, "one", person.request("m-1")).await.unwrap_err();
        assert_eq!(reason(&refused).0, "BUS_RESTORING");
        std::fs::remove_dir(&obstacle).unwrap();
    };
    fails().await;
    // The shared bus and other sessions go on; parts of it cannot be reset; a restore mends it.
    send(&world, "", person.request("m-1")).await.unwrap();
    let part = wire::ResetSessionRequest { key: "one".to_owned(), scopes: vec![SessionScope::Faults.into()] };
    let status = world.sessions().await.reset_session(part).await.unwrap_err();
    assert_eq!(reason(&status).0, "SESSION_MALFORMED");
    assert_eq!(restore(&world, "one", &file).await.unwrap(), ["one"]);
    assert_eq!(journal(&world, "one").await, ["m-1"]);
    // So does a reset of the whole session, which then begins anew.
    fails().await;
    let whole = wire::ResetSessionRequest { key: "one".to_owned(), scopes: Vec::new() };
    world.sessions().await.reset_session(whole).await.unwrap();
    assert!(journal(&world, "one").await.is_empty());
    send(&world, "one", person.request("m-1")).await.unwrap();
    // And so does its end.
    fails().await;
    world.sessions().await.end_session(wire::EndSessionRequest { key: "one".to_owned() }).await.unwrap();
    create(&world, "one").await;
    send(&world, "one", person.request("m-1")).await.unwrap();
}
