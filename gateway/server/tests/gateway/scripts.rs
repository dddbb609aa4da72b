//! Scripted answers, recordings, verification and the journal's search, through management.

use eush_wire::bus::v1 as bus;
use eush_wire::management::v1 as management;
use eush_wire::management::v1::record_service_client::RecordServiceClient;
use eush_wire::management::v1::script_service_client::ScriptServiceClient;
use eush_wire::management::v1::verify_calls_request::Expected;
use eush_wire::management::v1::verify_service_client::VerifyServiceClient;
use eush_wire::registry::enbek::v1 as enbek;
use prost::Message as _;
use tonic::transport::Channel;
use tonic::{Code, Response, Status};

use crate::world::{Mood, Person, World, channel, population, reason, target};

async fn scripts(world: &World) -> ScriptServiceClient<Channel> {
    ScriptServiceClient::new(channel(world.addresses.management).await)
}

async fn records(world: &World) -> RecordServiceClient<Channel> {
    RecordServiceClient::new(channel(world.addresses.management).await)
}

fn file(text: &str) -> management::ScriptFile {
    eush_scripts::read_file("test.yaml", text).unwrap()
}

async fn add(world: &World, text: &str) -> Vec<String> {
    let request = management::AddScriptsRequest { file: Some(file(text)), check_only: false };
    scripts(world).await.add_scripts(request).await.unwrap().into_inner().ids
}

async fn verify(
    world: &World,
    filter: management::CallFilter,
    expected: Option<Expected>,
) -> management::VerifyCallsResponse {
    let request = management::VerifyCallsRequest { calls: Some(filter), expected, in_order: Vec::new() };
    let mut client = VerifyServiceClient::new(channel(world.addresses.management).await);
    client.verify_calls(request).await.unwrap().into_inner()
}

fn decided_by<T>(answer: &Result<Response<T>, Status>) -> String {
    let metadata = match answer {
        Ok(response) => response.metadata(),
        Err(status) => status.metadata(),
    };
    metadata.get("eush-decided-by").map_or("", |value| value.to_str().unwrap()).to_owned()
}

/// A request with a form of the agency's own package.
fn request(person: &Person, message_id: &str, place: &str) -> bus::SendRequest {
    let mut request = person.request(message_id);
    let document = request.document.as_mut().unwrap();
    let mut content = bus::Document::decode(document.content.clone()).unwrap();
    let form = enbek::UnemployedCertificateApplication {
        iin: person.iin.clone(),
        surname: "Үлгі".to_owned(),
        place_of_presentation: place.to_owned(),
        ..enbek::UnemployedCertificateApplication::default()
    };
    content.form = Some(prost_types::Any::from_msg(&form).unwrap());
    document.content = content.encode_to_vec().into();
    document.signature = person.sign(&document.content);
    request
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_answers_in_the_agencys_place_and_every_record_says_so() {
    let world = World::new().await;
    let person = world.citizen().await;
    let (agency, service) = target();
    let text = format!(
        "scripts:\n- id: taken\n  when: {{agency: {agency}, service: {service}, about: aigerim, signer.serial: '{}', \
         signer.role: individual, signer.issuer: {{matches: TEST}}, signer.bin: {{present: false}}}}\n  \
         answer: {{accepted: {{registration: S-1}}}}\n",
        person.serial
    );
    assert_eq!(add(&world, &text).await, ["taken"]);
    let answer = world.gateway().await.send(person.request("m-1")).await;
    assert_eq!(decided_by(&answer), "script/taken");
    assert_eq!(answer.unwrap().into_inner().status.unwrap().state(), bus::ApplicationState::Pending);
    assert!(world.agency.seen("deliver").is_empty(), "the agency was not asked");
    let entry = management::GetEntryRequest { message_id: "m-1".to_owned() };
    let entry = world.journal().await.get_entry(entry).await.unwrap().into_inner().entry.unwrap();
    let call = &entry.agency_calls[0];
    assert_eq!((call.agency.as_str(), call.decided_by.as_str()), (agency.as_str(), "script/taken"));
    let listed = scripts(&world).await.list_scripts(management::ListScriptsRequest {}).await.unwrap();
    assert_eq!(listed.into_inner().scripts[0].matched, 1);

    // Another person's message is none of the script's: the agency answers it.
    let bolat = population().person("bolat").unwrap().certificate_subject().clone();
    let other = world.enroll(&bolat).await;
    let answer = world.gateway().await.send(other.request("m-2")).await;
    assert_eq!(decided_by(&answer), format!("agency/{agency}"));
    let explain = management::ExplainMessageRequest { message_id: "m-2".to_owned() };
    let explained = scripts(&world).await.explain_message(explain).await.unwrap().into_inner();
    let tried = &explained.calls[0].tried[0];
    assert_eq!((tried.id.as_str(), tried.verdict()), ("taken", management::TriedVerdict::Differs));
    let paths: Vec<_> = tried.differences.iter().map(|difference| difference.path.as_str()).collect();
    assert_eq!(paths, ["about", "signer.serial"]);
    assert_eq!(tried.differences[0].found, "bolat");
    assert!(explained.summary.unwrap().en.contains("closest is `taken`"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_script_makes_an_unverified_message_pass() {
    let world = World::new().await;
    let person = world.citizen().await;
    add(&world, "scripts: [{id: anything-goes, priority: 1000, answer: {accepted: {}}}]").await;
    let mut unsigned = person.request("m-1");
    unsigned.document.as_mut().unwrap().signature.clear();
    let mut changed = person.request("m-2");
    let document = changed.document.as_mut().unwrap();
    let mut content = document.content.to_vec();
    let form = content.windows(4).position(|window| window == b"form").unwrap();
    content[form] = b'F';
    document.content = content.into();
    let revoke = management::RevokeCertificateRequest {
        serial: person.serial.clone(),
        reason: management::RevocationReason::KeyCompromise.into(),
        revoked_at: None,
    };
    for (refused, why, check) in
        [(unsigned, "SIGNATURE_MISSING", "signature"), (changed, "SIGNATURE_INVALID", "signature")]
    {
        let answer = world.gateway().await.send(refused).await;
        assert_eq!(decided_by(&answer), format!("check/{check}"));
        assert_eq!(reason(&answer.unwrap_err()).0, why);
    }
    world.authority().await.revoke_certificate(revoke).await.unwrap();
    world.state().await.refresh_revocation(management::RefreshRevocationRequest {}).await.unwrap();
    let answer = world.gateway().await.send(person.request("m-3")).await;
    assert_eq!(reason(&answer.unwrap_err()).0, "CERTIFICATE_REVOKED");
    let listed = scripts(&world).await.list_scripts(management::ListScriptsRequest {}).await.unwrap();
    assert_eq!(listed.into_inner().scripts[0].matched, 0, "scripts stand behind every check");
    let explain = management::ExplainMessageRequest { message_id: "m-3".to_owned() };
    let explained = scripts(&world).await.explain_message(explain).await.unwrap().into_inner();
    assert!(explained.calls.is_empty());
    assert_eq!(explained.failed[0].reason, "CERTIFICATE_REVOKED");
    assert!(explained.summary.unwrap().kk.contains("revocation"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_meets_the_next_answer_of_a_sequence() {
    let world = World::new().await;
    let person = world.citizen().await;
    add(
        &world,
        "scripts: [{id: down-once, answers: [{times: 1, status: {code: unavailable, message: later, reason: LATER, metadata: {a: b}}}, {pass_on: {}}]}]",
    )
    .await;
    let first = world.gateway().await.send(person.request("m-1")).await;
    assert_eq!(decided_by(&first), "script/down-once");
    assert_eq!(reason(&first.unwrap_err()).0, "AGENCY_UNAVAILABLE");
    let second = world.gateway().await.send(person.request("m-1")).await;
    assert_eq!(decided_by(&second), format!("agency/{}", target().0));
    assert_eq!(world.agency.seen("deliver")[0].attempt, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scripted_result_is_signed_by_the_provider_and_checked_like_any() {
    let world = World::new().await;
    let person = world.citizen().await;
    add(
        &world,
        "scripts:
- id: at-once
  answer:
    result:
      kind: unemployed-certificate
      title: {kk: Анықтама, ru: Справка, en: Certificate}
      body: {'@type': eush.registry.enbek.v1.UnemployedCertificate, iin: '${about}', number: X-1, registered_on: '${bus_date}'}
",
    )
    .await;
    let answer = world.gateway().await.send(person.request("m-1")).await.unwrap().into_inner();
    let status = answer.status.unwrap();
    assert_eq!(status.state(), bus::ApplicationState::Completed, "{status:?}");
    let result = bus::ResultDocument::decode(status.result.unwrap().content).unwrap();
    let body = enbek::UnemployedCertificate::decode(result.body.unwrap().value.as_slice()).unwrap();
    assert_eq!((body.iin.as_str(), body.registered_on.as_str()), (person.iin.as_str(), "2026-03-02"));

    // A provider that is not the regulation's is refused, as an agency's would be.
    add(
        &world,
        "scripts: [{id: at-once, answer: {result: {kind: k, title: {kk: а, ru: б, en: c}, provider: state-corporation, body: {'@type': eush.registry.enbek.v1.UnemployedCertificate}}}}]",
    )
    .await;
    let refused = world.gateway().await.send(person.request("m-2")).await;
    assert_eq!(decided_by(&refused), "script/at-once");
    assert_eq!(reason(&refused.unwrap_err()).0, "AGENCY_ANSWER_INVALID");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_scripts_name_their_field_and_nothing_is_added() {
    let world = World::new().await;
    let wrong =
        file("scripts: [{id: good, answer: {absent: {}}}, {id: bad, when: {about: nobody, 'form.x': 1}}]");
    let request = management::AddScriptsRequest { file: Some(wrong), check_only: false };
    let status = scripts(&world).await.add_scripts(request).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::InvalidArgument, "FIELD_INVALID"));
    use tonic_types::StatusExt as _;
    let fields: Vec<_> =
        status.get_details_bad_request().unwrap().field_violations.into_iter().map(|one| one.field).collect();
    assert_eq!(
        fields,
        ["file.scripts[1].when.about", "file.scripts[1].when.form.x", "file.scripts[1].answer"]
    );
    let listed = scripts(&world).await.list_scripts(management::ListScriptsRequest {}).await.unwrap();
    assert!(listed.into_inner().scripts.is_empty());
    let remove = management::RemoveScriptRequest { id: "good".to_owned() };
    let status = scripts(&world).await.remove_script(remove).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::NotFound, "SCRIPT_UNKNOWN"));
    let check = management::AddScriptsRequest {
        file: Some(file("scripts: [{id: a, answer: {absent: {}}}]")),
        check_only: true,
    };
    scripts(&world).await.add_scripts(check).await.unwrap();
    let reset = scripts(&world).await.reset_scripts(management::ResetScriptsRequest {}).await.unwrap();
    assert_eq!(reset.into_inner().removed, 0, "checked alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verifying_counts_calls_about_a_person_and_tells_what_was_found_instead() {
    let world = World::new().await;
    let person = world.citizen().await;
    let agency = target().0.as_str().to_owned();
    world.gateway().await.send(person.request("m-1")).await.unwrap();
    add(&world, "scripts: [{id: s, when: {message: m-2}, answer: {accepted: {}}}]").await;
    world.gateway().await.send(person.request("m-2")).await.unwrap();
    let about = |name: &str| management::CallFilter {
        agency: agency.clone(),
        about: name.to_owned(),
        ..management::CallFilter::default()
    };
    let twice = verify(&world, about("aigerim"), Some(Expected::Exactly(2))).await;
    assert!(twice.held && twice.found == 2 && twice.instead.is_empty(), "{twice:?}");
    let by_number = verify(&world, about(&person.iin), None).await;
    assert!(by_number.held && by_number.found == 2);
    let never = verify(&world, about("bolat"), Some(Expected::Exactly(0))).await;
    assert!(never.held);
    let missing = verify(&world, about("bolat"), None).await;
    assert!(!missing.held && missing.found == 0);
    let instead: Vec<_> =
        missing.instead.iter().map(|call| (call.message_id.as_str(), call.about.as_str())).collect();
    assert_eq!(instead, [("m-1", "aigerim"), ("m-2", "aigerim")]);
    assert!(!format!("{missing:?}").contains(&person.iin));
    let scripted = management::CallFilter { decided_by: "script".to_owned(), ..about("aigerim") };
    assert_eq!(verify(&world, scripted, Some(Expected::AtMost(0))).await.found, 1);

    let order = |first: &str, second: &str| management::VerifyCallsRequest {
        in_order: [first, second]
            .map(|id| management::CallFilter {
                message_id: id.to_owned(),
                ..management::CallFilter::default()
            })
            .into(),
        ..management::VerifyCallsRequest::default()
    };
    let mut client = VerifyServiceClient::new(channel(world.addresses.management).await);
    assert!(client.verify_calls(order("m-1", "m-2")).await.unwrap().into_inner().held);
    let turned = client.verify_calls(order("m-2", "m-1")).await.unwrap().into_inner();
    assert!(!turned.held && turned.found == 1 && turned.instead.len() == 2);
    let wrong = management::VerifyCallsRequest { calls: Some(about("nobody")), ..Default::default() };
    let status = client.verify_calls(wrong).await.unwrap_err();
    assert_eq!(reason(&status).0, "FIELD_INVALID");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journal_is_searched_by_person_stage_time_and_page() {
    let world = World::new().await;
    let person = world.citizen().await;
    for id in ["a-1", "a-2", "b-1"] {
        world.gateway().await.send(person.request(id)).await.unwrap();
    }
    let mut unsigned = person.request("b-2");
    unsigned.document.as_mut().unwrap().signature.clear();
    world.gateway().await.send(unsigned).await.unwrap_err();
    let ids = async |limit: u32, page: &str, filter: management::EntryFilter| {
        let request =
            management::ListEntriesRequest { limit, filter: Some(filter), page_token: page.to_owned() };
        let answer = world.journal().await.list_entries(request).await.unwrap().into_inner();
        let ids: Vec<_> = answer.entries.into_iter().map(|entry| entry.message_id).collect();
        (ids, answer.next_page_token)
    };
    let all =
        || management::EntryFilter { about: "aigerim".to_owned(), ..management::EntryFilter::default() };
    let (first, next) = ids(3, "", all()).await;
    assert_eq!(first, ["b-2", "b-1", "a-2"]);
    let (second, end) = ids(3, &next, all()).await;
    assert_eq!((second, end.as_str()), (vec!["a-1".to_owned()], ""));
    let found = async |filter| ids(0, "", filter).await.0;
    let none = management::EntryFilter { about: "bolat".to_owned(), ..all() };
    assert_eq!(found(none).await, Vec::<String>::new());
    let stage = management::EntryFilter { stage: "signature".to_owned(), ..all() };
    assert_eq!(found(stage).await, ["b-2"]);
    let passed = management::EntryFilter {
        reason: "passed".to_owned(),
        message_id_prefix: "a-".to_owned(),
        agency: target().0.as_str().to_owned(),
        decided_by: "agency".to_owned(),
        ..all()
    };
    assert_eq!(found(passed).await, ["a-2", "a-1"]);
    let later = management::EntryFilter {
        since: Some(prost_types::Timestamp { seconds: crate::world::START.unix_timestamp() + 1, nanos: 0 }),
        ..all()
    };
    assert_eq!(found(later).await, Vec::<String>::new());
    let wrong = management::EntryFilter {
        stage: "heart".to_owned(),
        kind: "x".to_owned(),
        reason: "NO".to_owned(),
        ..management::EntryFilter::default()
    };
    let request = management::ListEntriesRequest { filter: Some(wrong), ..Default::default() };
    let status = world.journal().await.list_entries(request).await.unwrap_err();
    for field in ["filter.stage", "filter.kind", "filter.reason"] {
        assert!(status.message().contains(field), "{status:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recording_is_replayed_by_business_fields() {
    let world = World::new().await;
    let person = world.citizen().await;
    let start = management::StartRecordingRequest { id: "r".to_owned(), ..Default::default() };
    records(&world).await.start_recording(start.clone()).await.unwrap();
    let again = records(&world).await.start_recording(start).await.unwrap_err();
    assert_eq!(reason(&again).0, "RECORDING_EXISTS");
    world.agency.set(Mood::Refuses);
    let told = world.gateway().await.send(request(&person, "m-1", "банк")).await;
    let told = format!(
        "{:?}",
        told.map(|answer| answer.into_inner().status.unwrap().state()).map_err(|s| reason(&s).0)
    );
    let stop = management::StopRecordingRequest { id: "r".to_owned() };
    let stopped = records(&world).await.stop_recording(stop).await.unwrap().into_inner().recording.unwrap();
    assert_eq!((stopped.exchanges, stopped.running), (1, false), "{stopped:?}");
    let export = management::ExportRecordingRequest { id: "r".to_owned() };
    let exported = records(&world).await.export_recording(export).await.unwrap().into_inner().file.unwrap();
    let text = eush_scripts::write_file(&exported);
    for secret in [person.iin.as_str(), "Үлгі", "банк", "m-1"] {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
    }

    world.agency.set(Mood::Accepts);
    let replay = management::StartReplayRequest {
        source: Some(management::start_replay_request::Source::Recording("r".to_owned())),
        ..management::StartReplayRequest::default()
    };
    records(&world).await.start_replay(replay.clone()).await.unwrap();
    let again = records(&world).await.start_replay(replay).await.unwrap_err();
    assert_eq!(reason(&again).0, "REPLAY_EXISTS");
    world.advance("2h").await;
    let replayed = world.gateway().await.send(request(&person, "m-2", "банк")).await;
    assert_eq!(decided_by(&replayed), "replay/r");
    let replayed = format!(
        "{:?}",
        replayed.map(|answer| answer.into_inner().status.unwrap().state()).map_err(|s| reason(&s).0)
    );
    assert_eq!(replayed, told, "the recorded answer, to another message at another time");
    let stop = management::StopReplayRequest { id: "r".to_owned() };
    let state = records(&world).await.stop_replay(stop).await.unwrap().into_inner().replay.unwrap();
    assert_eq!((state.answers, state.matched), (1, 1));
    let after = world.gateway().await.send(request(&person, "m-3", "банк")).await;
    assert_eq!(decided_by(&after), format!("agency/{}", target().0));
}

/// Id, how often it answered, how often it has left; and how many calls none matched.
async fn counts(world: &World, session: &str) -> (Vec<(String, u64, Option<u64>)>, u64) {
    let list = crate::sessions::within(session, management::ListScriptsRequest {});
    let listed = scripts(world).await.list_scripts(list).await.unwrap().into_inner();
    let scripts = listed.scripts.into_iter();
    let scripts = scripts.map(|state| (state.script.unwrap().id, state.matched, state.left));
    (scripts.collect(), listed.unmatched_calls)
}

/// Down twice, then taken under a number that tells the script; about nobody else.
const TWICE_DOWN: &str = "scripts: [{id: down, when: {about: aigerim}, answers: [{times: 2, status: {code: unavailable}}, {times: 3, accepted: {registration: S-1}}]}]";

async fn add_within(world: &World, session: &str, text: &str) {
    let request = management::AddScriptsRequest { file: Some(file(text)), check_only: false };
    scripts(world).await.add_scripts(crate::sessions::within(session, request)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_takes_no_step_of_a_sequence_back() {
    let mut world = World::new().await;
    crate::sessions::create(&world, "one").await;
    let person = world.enroll_within("one", "aigerim").await;
    let other = world.enroll_within("one", "bolat").await;
    add_within(&world, "one", TWICE_DOWN).await;
    for (message, person) in [("m-1", &person), ("m-2", &person), ("m-3", &other)] {
        let _ = crate::sessions::send(&world, "one", person.request(message)).await;
    }
    let before = counts(&world, "one").await;
    assert_eq!(before, (vec![("down".to_owned(), 2, Some(3))], 1));
    world.kill_and_start().await;
    assert_eq!(counts(&world, "one").await, before);
    // It goes on with the third step, and is asked again after another kill at which nothing was saved since.
    crate::sessions::send(&world, "one", person.request("m-4")).await.unwrap();
    world.kill_and_start().await;
    assert_eq!(counts(&world, "one").await, (vec![("down".to_owned(), 3, Some(2))], 1));
    // A reset of scripts takes their counts with them: the same name begins anew.
    let scopes = vec![management::SessionScope::Scripts.into()];
    let reset = management::ResetSessionRequest { key: "one".to_owned(), scopes };
    world.sessions().await.reset_session(reset).await.unwrap();
    add_within(&world, "one", TWICE_DOWN).await;
    assert_eq!(counts(&world, "one").await, (vec![("down".to_owned(), 0, Some(5))], 0));
    world.kill_and_start().await;
    assert_eq!(counts(&world, "one").await, (vec![("down".to_owned(), 0, Some(5))], 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_s_rules_are_restored_with_their_counts() {
    let world = World::new().await;
    crate::sessions::create(&world, "one").await;
    let person = world.enroll_within("one", "aigerim").await;
    add_within(&world, "one", TWICE_DOWN).await;
    let fault = management::AddFaultRequest {
        rule: Some(management::FaultRule {
            id: "third".to_owned(),
            knob: "status".to_owned(),
            trigger: "nth:3".to_owned(),
            scope: Some(management::FaultScope { method: "Send".to_owned(), ..Default::default() }),
            ..Default::default()
        }),
    };
    world.faults().await.add_fault(crate::sessions::within("one", fault)).await.unwrap();
    let sent = async |session: &str, message: &str| {
        crate::sessions::send(&world, session, person.request(message)).await
    };
    let down = sent("one", "m-1").await.unwrap_err();
    assert_eq!(reason(&down).0, "AGENCY_UNAVAILABLE");
    let saved = crate::sessions::save(&world, "one").await;
    // What happens after it is not in it.
    let _ = sent("one", "m-2").await;
    assert_eq!(crate::sessions::restore(&world, "copy", &saved).await.unwrap(), ["copy"]);
    assert_eq!(counts(&world, "copy").await.0, [("down".to_owned(), 1, Some(4))]);
    // The second step, then the fault on the third call, then the third step.
    assert_eq!(reason(&sent("copy", "m-2").await.unwrap_err()).0, "AGENCY_UNAVAILABLE");
    let struck = sent("copy", "m-3").await.unwrap_err();
    assert_eq!(struck.metadata().get("eush-decided-by").unwrap(), "fault/third");
    sent("copy", "m-4").await.unwrap();
    assert_eq!(counts(&world, "copy").await.0, [("down".to_owned(), 3, Some(2))]);
    assert_eq!(counts(&world, "one").await.0, [("down".to_owned(), 2, Some(3))]);
    // Restored once more in its own place it stands where it stood.
    crate::sessions::restore(&world, "one", &saved).await.unwrap();
    assert_eq!(counts(&world, "one").await.0, [("down".to_owned(), 1, Some(4))]);
}
