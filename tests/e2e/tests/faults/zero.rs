//! A fault of zero per cent changes nothing: the same run with and without it is the same, byte for byte.

use std::path::Path;

use eush_domain::faults::Knob;
use eush_wire::bus::v1 as bus;
use eush_wire::management::v1 as management;
use prost::Message as _;

use super::world::{Answer, World, metadata, rule};

/// Everything that a run showed, in order.
type Recording = Vec<(String, Vec<u8>)>;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// An answer with its metadata, less what no two runs share: the exchange's own id and the real date.
fn recorded(answer: Answer) -> Vec<u8> {
    let (mut headers, body) = match answer {
        Ok(answer) => {
            let headers = metadata(answer.metadata());
            let mut message = answer.into_inner();
            if let Some(info) = &mut message.info {
                info.session_id.clear();
            }
            (headers, message.encode_to_vec())
        }
        Err(status) => {
            let headers = metadata(status.metadata());
            let mut details = tonic_types::pb::Status::decode(status.details()).unwrap();
            for detail in details.details.iter_mut().filter(|any| any.type_url.ends_with("ErrorInfo")) {
                let mut info = tonic_types::pb::ErrorInfo::decode(detail.value.as_slice()).unwrap();
                info.metadata.remove("sessionId");
                // Order of a map on the wire is nobody's promise.
                let sorted: std::collections::BTreeMap<_, _> = info.metadata.into_iter().collect();
                detail.value = format!("{}{}{sorted:?}", info.reason, info.domain).into_bytes();
            }
            (headers, details.encode_to_vec())
        }
    };
    for name in ["date", "grpc-status-details-bin"] {
        headers.remove(name);
    }
    format!("{headers:?}").into_bytes().into_iter().chain(body).collect()
}

fn journalled(entries: Vec<management::JournalEntry>) -> Vec<u8> {
    let blank = entries.into_iter().map(|mut entry| {
        entry.session_id.clear();
        entry.trace_id.clear();
        for call in &mut entry.agency_calls {
            call.duration_micros = 0;
        }
        entry.encode_to_vec()
    });
    blank.flatten().collect()
}

async fn run(world: &World, requests: &[bus::SendRequest]) -> Recording {
    let mut recording = Vec::new();
    for request in requests {
        let id = request.info.as_ref().unwrap().message_id.clone();
        for time in ["first", "again"] {
            recording.push((format!("{id} {time}"), recorded(world.send(request).await)));
        }
    }
    world.advance().await;
    for request in requests {
        let id = request.info.as_ref().unwrap().message_id.clone();
        recording.push((format!("{id} journal"), journalled(world.journal(&id).await)));
        recording.push((format!("{id} agency"), world.agency_saw(&id).await.join(" ").into_bytes()));
    }
    recording
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_run_with_and_without_is_the_same() {
    // Keys, certificates and lists are made once, so that both runs have the same.
    let folder = tempfile::tempdir().unwrap();
    let world = World::start_in(folder.path()).await;
    let person = world.person("aigerim").clone();
    let mut requests = vec![
        world.request(&person, "good").await,
        world.request(&person, "tampered").await,
        world.request(&person, "elsewhere").await,
    ];
    requests[1].document.as_mut().unwrap().content = b"something else".to_vec().into();
    requests[2].info.as_mut().unwrap().service_id = "NOBODY_Anything".to_owned();
    // What an agency signs with is made on first need, so it is needed before the copies.
    let first = world.request(&person, "before").await;
    world.send(&first).await.unwrap();
    world.advance().await;
    world.running.stop().await.unwrap();

    let mut recordings = Vec::new();
    for with in [false, true] {
        let twin = tempfile::tempdir().unwrap();
        copy(folder.path(), twin.path());
        let world = World::start_in(twin.path()).await;
        if with {
            for knob in Knob::ALL {
                world.fault(rule(knob.name(), "0%", &[])).await;
                world.fault(rule(knob.name(), "0%/attempt", &[])).await;
            }
            let knobs = Knob::ALL.iter().map(|knob| (knob.name().to_owned(), "0".to_owned()));
            let nastiness = management::Nastiness { profile: "hostile".to_owned(), knobs: knobs.collect() };
            let request = management::SetNastinessRequest { nastiness: Some(nastiness) };
            world.faults().set_nastiness(request).await.unwrap();
        }
        recordings.push(run(&world, &requests).await);
        if with {
            let request = management::ListFaultsRequest::default();
            let faults = world.faults().list_faults(request).await.unwrap().into_inner().faults;
            assert_eq!(faults.len(), 3 * Knob::ALL.len());
            assert!(faults.iter().any(|report| report.met > 0), "nothing was met, so nothing is shown");
            assert!(faults.iter().all(|report| report.decided == 0));
        }
        world.running.stop().await.unwrap();
    }
    let (without, with) = (&recordings[0], &recordings[1]);
    assert_eq!(without.len(), with.len());
    for (one, other) in without.iter().zip(with) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(one, other, "{}\n{}\n---\n{}", one.0, text(&one.1), text(&other.1));
    }
}
