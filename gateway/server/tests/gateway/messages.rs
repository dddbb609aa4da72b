//! Messages through the front door: accepted, refused, repeated, timed out, cancelled, too large.

use eush_wire::bus::v1 as bus;
use eush_wire::eds::v1 as eds;
use eush_wire::eds::v1::certificate_service_client::CertificateServiceClient;
use eush_wire::management::v1 as management;
use prost::Message as _;
use tonic::{Code, Request};

use crate::world::{Mood, World, channel, info, population, reason};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_request_reaches_the_agency_with_trace_and_deadline() {
    let world = World::new().await;
    let person = world.citizen().await;
    let mut request = Request::new(person.request("m-1"));
    let trace = "0af7651916cd43dd8448eb211c80319c";
    request.metadata_mut().insert("traceparent", format!("00-{trace}-b7ad6b7169203331-01").parse().unwrap());
    request.set_timeout(std::time::Duration::from_secs(15));
    let answer = world.gateway().await.send(request).await.unwrap().into_inner();

    let status = answer.status.unwrap();
    assert_eq!(status.state(), bus::ApplicationState::Pending);
    assert_eq!(status.message_id, "m-1");
    assert_eq!(answer.profile, "strict");
    let response = answer.info.unwrap();
    assert_eq!(response.status.unwrap().code, "SCSS001");
    assert!(response.session_id.starts_with('{') && response.session_id.ends_with('}'));
    let seen = world.agency.seen("deliver");
    assert_eq!(seen.len(), 1);
    assert!(seen[0].traceparent.starts_with(&format!("00-{trace}-")), "{seen:?}");
    let micros: u64 = seen[0].timeout.trim_end_matches(char::is_alphabetic).parse().unwrap();
    assert!(seen[0].timeout.ends_with('u') && micros < 15_000_000 && micros > 1_000_000, "{seen:?}");

    let entry = management::GetEntryRequest { message_id: "m-1".to_owned() };
    let entry = world.journal().await.get_entry(entry).await.unwrap().into_inner().entry.unwrap();
    assert_eq!((entry.reason.as_str(), entry.trace_id.as_str()), ("", trace));
    assert_eq!(entry.session_id, response.session_id);
    assert_eq!(entry.agency_calls[0].calls, 1);
    // Neither the person's number nor the sender's secret may be in what management shows.
    let shown = format!("{entry:?}");
    assert!(!shown.contains(&person.iin) && !shown.contains(crate::world::PASSWORD), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_before_dispatch_calls_nobody_and_says_why() {
    let world = World::new().await;
    let mut request = world.citizen().await.request("m-1");
    let document = request.document.as_mut().unwrap();
    let mut content = document.content.to_vec();
    let form = content.windows(4).position(|window| window == b"form").unwrap();
    content[form] = b'F';
    document.content = content.into();
    let status = world.gateway().await.send(request).await.unwrap_err();
    let (why, metadata) = reason(&status);
    assert_eq!(why, "SIGNATURE_INVALID");
    assert_eq!(metadata["messageId"], "m-1");
    assert_eq!(metadata["agencyCalls"], "0");
    assert_eq!(metadata["stage"], "signature");
    assert_eq!(world.agency.seen("deliver").len(), 0);
    let filter = Some(management::EntryFilter { reason: why, ..management::EntryFilter::default() });
    let list = management::ListEntriesRequest { filter, ..management::ListEntriesRequest::default() };
    let entries = world.journal().await.list_entries(list).await.unwrap().into_inner().entries;
    assert_eq!(entries.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_sender_and_a_malformed_message_are_told_apart() {
    let world = World::new().await;
    let person = world.citizen().await;
    let mut request = person.request("m-1");
    request.info.as_mut().unwrap().sender.as_mut().unwrap().password = "guess".to_owned();
    let status = world.gateway().await.send(request).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::Unauthenticated, "SENDER_UNKNOWN"));
    let mut request = person.request("m-2");
    request.info.as_mut().unwrap().sender.as_mut().unwrap().sender_id = "OTHER".to_owned();
    let status = world.gateway().await.send(request).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::PermissionDenied, "SENDER_NOT_ALLOWED"));
    let empty = bus::SendRequest { info: Some(info("", "PORTAL", "")), ..bus::SendRequest::default() };
    let status = world.gateway().await.send(empty).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::InvalidArgument, "ENVELOPE_MALFORMED"));
    let body = tonic_types::pb::Status::decode(status.details()).unwrap();
    let bad = body.details.iter().find(|any| any.type_url.ends_with("BadRequest")).unwrap();
    let bad = tonic_types::pb::BadRequest::decode(bad.value.as_slice()).unwrap();
    assert!(bad.field_violations.iter().any(|fault| fault.field.ends_with("message_id")), "{bad:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agency_that_fails_is_told_with_one_call() {
    let world = World::new().await;
    let person = world.citizen().await;
    let cases = [
        (Mood::Down, Code::Unavailable, "AGENCY_UNAVAILABLE"),
        (Mood::Nonsense, Code::Internal, "AGENCY_ANSWER_INVALID"),
        (Mood::NoDecision, Code::Internal, "AGENCY_ANSWER_INVALID"),
        (Mood::Refuses, Code::FailedPrecondition, "DOCUMENTS_NOT_CONFORMING"),
    ];
    for (index, (mood, code, expected)) in cases.into_iter().enumerate() {
        world.agency.set(mood);
        let status = world.gateway().await.send(person.request(&format!("m-{index}"))).await.unwrap_err();
        let (why, metadata) = reason(&status);
        assert_eq!((status.code(), why.as_str()), (code, expected), "{mood:?}");
        assert_eq!(metadata["agencyCalls"], "1", "{mood:?}");
    }
    assert_eq!(world.agency.seen("deliver").len(), cases.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_agency_is_left_before_the_caller_gives_up() {
    let world = World::with(|config| {
        // So much that the bus answers long before the caller's own library gives up, however busy the machine is.
        let text = "[agency]\nown_cost = \"30s\"\n";
        config.agency.own_cost =
            eush_gateway::Config::parse(text, &std::collections::HashMap::new()).unwrap().agency.own_cost;
    })
    .await;
    let person = world.citizen().await;
    world.agency.set(Mood::Holds);
    let mut request = Request::new(person.request("m-1"));
    // What the agency has: time enough for a busy machine to reach it.
    request.set_timeout(std::time::Duration::from_secs(30 + 6));
    let status = world.gateway().await.send(request).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::DeadlineExceeded, "AGENCY_TIMEOUT"));
    world.agency.dropped.notified().await;

    // Less than the bus's own cost: nobody is called.
    let mut request = Request::new(person.request("m-2"));
    request.set_timeout(std::time::Duration::from_secs(25));
    let status = world.gateway().await.send(request).await.unwrap_err();
    assert_eq!(reason(&status).0, "DEADLINE_TOO_SHORT");
    assert_eq!(world.agency.seen("deliver").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_leaves_ends_the_agency_s_call() {
    let world = World::new().await;
    let person = world.citizen().await;
    world.agency.set(Mood::Holds);
    let mut gateway = world.gateway().await;
    let request = person.request("m-1");
    let call = tokio::spawn(async move { gateway.send(request).await });
    world.agency.called.notified().await;
    call.abort();
    world.agency.dropped.notified().await;
    // The same message again gets an answer, with the next attempt.
    world.agency.set(Mood::Accepts);
    let answer = world.gateway().await.send(person.request("m-1")).await.unwrap().into_inner();
    assert_eq!(answer.status.unwrap().state(), bus::ApplicationState::Pending);
    let attempts: Vec<_> = world.agency.seen("deliver").iter().map(|seen| seen.attempt).collect();
    assert_eq!(attempts, [1, 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_too_large_is_resource_exhausted() {
    let world = World::new().await;
    let mut request = world.citizen().await.request("m-1");
    request.document.as_mut().unwrap().signature = vec![0; 9 << 20];
    let status = world.gateway().await.send(request).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::ResourceExhausted, "MESSAGE_TOO_LARGE"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_the_bus_takes_is_turned_away() {
    let world = World::with(|config| config.limits.in_flight = std::num::NonZeroU32::MIN).await;
    let person = world.citizen().await;
    world.agency.set(Mood::Holds);
    let mut gateway = world.gateway().await;
    let request = person.request("m-1");
    let held = tokio::spawn(async move { gateway.send(request).await });
    world.agency.called.notified().await;
    let status = world.gateway().await.send(person.request("m-2")).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::ResourceExhausted, "BUS_OVERLOADED"));
    held.abort();
    world.agency.dropped.notified().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_certificate_is_refused_by_the_next_message() {
    let world = World::new().await;
    let person = world.citizen().await;
    world.gateway().await.send(person.request("m-1")).await.unwrap();
    let hold = management::HoldCertificateRequest { serial: person.serial.clone() };
    world.authority().await.hold_certificate(hold).await.unwrap();
    let status = world.gateway().await.send(person.request("m-2")).await.unwrap_err();
    assert_eq!(reason(&status).0, "CERTIFICATE_ON_HOLD");
    let release = management::ReleaseCertificateRequest { serial: person.serial.clone() };
    world.authority().await.release_certificate(release).await.unwrap();
    world.gateway().await.send(person.request("m-3")).await.unwrap();
    let revoke = management::RevokeCertificateRequest {
        serial: person.serial.clone(),
        reason: management::RevocationReason::KeyCompromise.into(),
        revoked_at: None,
    };
    world.authority().await.revoke_certificate(revoke).await.unwrap();
    let status = world.gateway().await.send(person.request("m-4")).await.unwrap_err();
    assert_eq!(reason(&status).0, "CERTIFICATE_REVOKED");

    let mut eds = CertificateServiceClient::new(channel(world.addresses.gateway).await);
    let check = eds::CheckCertificateRequest {
        certificate: person.chain[0].clone(),
        expectations: Some(eds::Expectations { iin: person.iin.clone(), ..eds::Expectations::default() }),
        ..eds::CheckCertificateRequest::default()
    };
    let verdict = eds.check_certificate(check).await.unwrap().into_inner().verdict.unwrap();
    assert_eq!(
        (verdict.indication(), verdict.reason.as_str()),
        (eds::Indication::TotalFailed, "CERTIFICATE_REVOKED")
    );
    let policy = eds.describe_policy(eds::DescribePolicyRequest {}).await.unwrap().into_inner();
    assert_eq!(policy.stages, ["signature", "chain", "validity", "revocation", "subject", "role"]);
    assert!(!policy.anchors.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_certificate_service_judges_and_names_bad_fields() {
    let world = World::new().await;
    let person = world.citizen().await;
    let other = population().person("bolat").unwrap().iin.digits().to_owned();
    let mut eds = CertificateServiceClient::new(channel(world.addresses.gateway).await);
    let check = |iin: &str| eds::CheckCertificateRequest {
        certificate: person.chain[0].clone(),
        expectations: Some(eds::Expectations { iin: iin.to_owned(), ..eds::Expectations::default() }),
        ..eds::CheckCertificateRequest::default()
    };
    let verdict = eds.check_certificate(check(&person.iin)).await.unwrap().into_inner().verdict.unwrap();
    assert_eq!(verdict.indication(), eds::Indication::TotalPassed, "{verdict:?}");
    let verdict = eds.check_certificate(check(&other)).await.unwrap().into_inner().verdict.unwrap();
    assert_eq!(verdict.reason, "IIN_MISMATCH");
    let status = eds.check_certificate(check("12")).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::InvalidArgument, "ENVELOPE_MALFORMED"));
    let document = person.request("m-1").document;
    let check = eds::CheckDocumentRequest { document, ..eds::CheckDocumentRequest::default() };
    let signers = eds.check_document(check).await.unwrap().into_inner().signers;
    assert_eq!(signers.len(), 1);
    assert_eq!(signers[0].indication(), eds::Indication::TotalPassed, "{signers:?}");
}
