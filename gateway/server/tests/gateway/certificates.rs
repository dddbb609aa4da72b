//! Certificate checks: many documents in one call, and as JSON over HTTP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use eush_domain::Timestamp;
use eush_sign::SigningKey;
use eush_sign::cms::{sign_attached, sign_detached};
use eush_wire::bus::v1::SignedDocument;
use eush_wire::eds::v1 as eds;
use eush_wire::eds::v1::certificate_service_client::CertificateServiceClient;
use eush_wire::management::v1 as management;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use time::Duration;
use time::format_description::well_known::Rfc3339;
use tokio_stream::StreamExt as _;

use crate::world::{Person, START, World, channel, reason};

/// More than the server may ever read ahead: what it judges at one time, and what sockets and windows hold of requests
/// this large.
const AHEAD: usize = 64;

fn detached(person: &Person, content: &[u8]) -> Vec<u8> {
    let key = SigningKey::from_pkcs8_der(&person.key).unwrap();
    sign_detached(content, &key, &person.chain[0], &person.chain[1..], START).unwrap()
}

fn check(id: &str, content: &[u8], signature: &[u8]) -> eds::CheckDocumentsRequest {
    let document = SignedDocument {
        content: content.to_vec().into(),
        signature: signature.to_vec(),
        ..SignedDocument::default()
    };
    let check =
        eds::CheckDocumentRequest { document: Some(document), ..eds::CheckDocumentRequest::default() };
    eds::CheckDocumentsRequest { id: id.to_owned(), check: Some(check) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_answers_each_document_in_its_order() {
    let world = World::new().await;
    let person = world.citizen().await;
    let signature = detached(&person, b"good");
    let requests: Vec<_> = (0..40)
        .map(|number| {
            let id = format!("d-{number}");
            match number % 4 {
                0 => check(&id, b"good", &signature),
                1 => check(&id, b"changed", &signature),
                2 => {
                    let mut request = check(&id, b"good", &signature);
                    request.check.as_mut().unwrap().expectations =
                        Some(eds::Expectations { iin: "twelve".to_owned(), ..eds::Expectations::default() });
                    request
                }
                _ => eds::CheckDocumentsRequest { id, check: None },
            }
        })
        .collect();
    let mut client = CertificateServiceClient::new(channel(world.addresses.gateway).await);
    let answers = client.check_documents(tokio_stream::iter(requests)).await.unwrap().into_inner();
    let answers: Vec<_> = answers.map(Result::unwrap).collect().await;
    assert_eq!(answers.len(), 40);
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(answer.id, format!("d-{number}"));
        let reasons: Vec<_> = answer.signers.iter().map(|verdict| verdict.reason.as_str()).collect();
        let faults: Vec<_> = answer.faults.iter().map(|fault| fault.field.as_str()).collect();
        let expected: (&[&str], &[&str]) = match number % 4 {
            0 => (&[""], &[]),
            1 => (&["SIGNATURE_INVALID"], &[]),
            2 => (&[], &["check.expectations.iin"]),
            _ => (&[], &["check.document"]),
        };
        assert_eq!((reasons.as_slice(), faults.as_slice()), expected, "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_takes_no_answers_is_not_read_from() {
    let world = World::new().await;
    let person = world.citizen().await;
    // Large enough that what lies in sockets and windows is few of them.
    let content = vec![7; 256 << 10];
    let request = check("d", &content, &detached(&person, &content));
    let pulled = Arc::new(AtomicUsize::new(0));
    let counter = pulled.clone();
    let requests = tokio_stream::iter(0..200).map(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        request.clone()
    });
    let mut client = CertificateServiceClient::new(channel(world.addresses.gateway).await);
    let mut answers = client.check_documents(requests).await.unwrap().into_inner();
    for taken in 1..=200 {
        let answer = answers.next().await.unwrap().unwrap();
        assert_eq!(answer.signers[0].reason, "");
        let pulled = pulled.load(Ordering::SeqCst);
        assert!(pulled <= taken + AHEAD, "{pulled} requests were read for {taken} answers");
    }
    assert!(answers.next().await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_stream_does_not_hold_up_a_stop() {
    let mut world = World::new().await;
    let mut client = CertificateServiceClient::new(channel(world.addresses.gateway).await);
    let (send, requests) = tokio::sync::mpsc::channel(1);
    send.send(check("d", b"x", b"")).await.unwrap();
    let requests = tokio_stream::wrappers::ReceiverStream::new(requests);
    let mut answers = client.check_documents(requests).await.unwrap().into_inner();
    assert_eq!(answers.next().await.unwrap().unwrap().signers[0].reason, "SIGNATURE_MISSING");
    world.begin_stop();
    let status = answers.next().await.unwrap().unwrap_err();
    assert_eq!(reason(&status).0, "BUS_DRAINING");
    world.stop().await;
    drop(send);
}

/// A plain HTTP/1.1 call, as from a shell.
async fn call(address: SocketAddr, method: &str, path: &str, body: &str) -> (u16, Value) {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let request = http::Request::builder()
        .method(method)
        .uri(format!("http://{address}{path}"))
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap();
    let answer = client.request(request).await.unwrap();
    assert_eq!(answer.version(), http::Version::HTTP_11);
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

async fn post(world: &World, path: &str, body: &Value) -> (u16, Value) {
    call(world.addresses.gateway, "POST", path, &body.to_string()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_are_checked_as_json() {
    let world = World::new().await;
    let person = world.citizen().await;
    let path = "/v1/certificates:check";
    let body = json!({
        "certificate": STANDARD.encode(&person.chain[0]),
        "expectations": { "iin": person.iin, "role": "individual" },
    });
    let (status, good) = post(&world, path, &body).await;
    assert_eq!((status, &good["indication"]), (200, &json!("TOTAL_PASSED")), "{good}");
    assert_eq!((&good["reason"], &good["texts"]), (&Value::Null, &Value::Null));
    assert_eq!(good["judged_at"], "2026-03-02T05:00:00Z");
    assert_eq!(good["certificate"]["serial"], person.serial.as_str());
    let stages: Vec<_> =
        good["stages"].as_array().unwrap().iter().map(|stage| stage["stage"].as_str().unwrap()).collect();
    assert_eq!(stages, ["signature", "chain", "validity", "revocation", "subject", "role"]);

    let armoured = eush_sign::pem::encode(eush_sign::pem::CERTIFICATE, &person.chain[0]).unwrap();
    let not_after = Timestamp::parse(good["certificate"]["not_after"].as_str().unwrap(), &Rfc3339).unwrap();
    let late = (not_after + Duration::seconds(1)).format(&Rfc3339).unwrap();
    let (status, same) = post(&world, path, &json!({ "certificate": armoured, "at": late })).await;
    assert_eq!((status, &same["reason"]), (200, &json!("CERTIFICATE_EXPIRED")));

    let hold = management::HoldCertificateRequest { serial: person.serial.clone() };
    world.authority().await.hold_certificate(hold).await.unwrap();
    let (status, held) = post(&world, path, &body).await;
    assert_eq!((status, &held["reason"]), (200, &json!("CERTIFICATE_ON_HOLD")));
    assert_eq!(
        (&held["indication"], &held["sub_indication"]),
        (&json!("INDETERMINATE"), &json!("TRY_LATER"))
    );
    assert_eq!(held["texts"].as_object().unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_policy_is_described_as_json() {
    let world = World::new().await;
    let (status, policy) = call(world.addresses.gateway, "GET", "/v1/policy", "").await;
    assert_eq!(status, 200, "{policy}");
    assert_eq!(policy["stages"].as_array().unwrap().len(), 6);
    let settings = &policy["settings"];
    assert_eq!(
        (&settings["revocation_source"], &settings["stale_revocation_evidence"]),
        (&json!("crl"), &json!("deny"))
    );
    assert_eq!(policy["anchors"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_are_checked_as_json() {
    let world = World::new().await;
    let person = world.citizen().await;
    let path = "/v1/documents:check";
    let signature = STANDARD.encode(detached(&person, b"content"));
    let content = STANDARD.encode(b"content");
    let key = SigningKey::from_pkcs8_der(&person.key).unwrap();
    let attached = sign_attached(b"within", &key, &person.chain[0], &person.chain[1..], START).unwrap();
    let empty = STANDARD.encode(detached(&person, b""));
    for (body, indication, why) in [
        (json!({ "signature": signature, "content": content }), "TOTAL_PASSED", Value::Null),
        (
            json!({ "signature": signature, "content": content, "judgement_time": "signing" }),
            "TOTAL_PASSED",
            Value::Null,
        ),
        (json!({ "signature": signature }), "TOTAL_FAILED", json!("SIGNATURE_INVALID")),
        (json!({ "signature": empty }), "TOTAL_PASSED", Value::Null),
        (json!({ "signature": STANDARD.encode(&attached) }), "TOTAL_PASSED", Value::Null),
        (
            json!({ "signature": STANDARD.encode(&attached), "content": content }),
            "TOTAL_FAILED",
            json!("SIGNATURE_INVALID"),
        ),
    ] {
        let (status, answer) = post(&world, path, &body).await;
        let signers = answer["signers"].as_array().unwrap();
        assert_eq!((status, signers.len()), (200, 1), "{answer}");
        assert_eq!((&answer["indication"], &signers[0]["reason"]), (&json!(indication), &why), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_json_cannot_say_is_told_in_json() {
    let world = World::new().await;
    let path = "/v1/certificates:check";
    let address = world.addresses.gateway;
    let fields = |answer: &Value| -> Vec<String> {
        let rows = answer["error"]["fields"].as_array().unwrap();
        rows.iter().map(|row| row["field"].as_str().unwrap().to_owned()).collect()
    };
    let body = json!({ "certificate": "?", "intermediates": ["AA==", "?"], "at": "tomorrow" });
    let (status, answer) = post(&world, path, &body).await;
    assert_eq!((status, &answer["error"]["reason"]), (400, &json!("ENVELOPE_MALFORMED")));
    assert_eq!(fields(&answer), ["intermediates[1]", "certificate", "at"]);
    assert_eq!(answer["error"]["texts"].as_object().unwrap().len(), 3);
    let body = json!({ "certificate": "AA==", "expectations": { "iin": "1", "role": "king" } });
    let (status, answer) = post(&world, path, &body).await;
    assert_eq!((status, fields(&answer)), (400, vec!["expectations.iin".into(), "expectations.role".into()]));
    for wrong in ["", "[]", "{", "{\"certificate\":1}", "{\"certificate\":\"\",\"another\":1}"] {
        let (status, answer) = call(address, "POST", path, wrong).await;
        assert_eq!((status, answer["error"]["status"].as_str()), (400, Some("INVALID_ARGUMENT")), "{wrong}");
    }
    let (status, answer) = call(address, "GET", "/v1/nothing", "").await;
    assert_eq!((status, answer["error"]["status"].as_str()), (404, Some("NOT_FOUND")));
}
