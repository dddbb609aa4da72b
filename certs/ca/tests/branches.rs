//! Branches: what a session does to its own authority leaves every other one byte for byte as it was.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::running::Running;
use common::{NOW, authority, subject};
use eush_ca::{Authority, CertificateState, EnrollmentRequest, KeyAlgorithm, RevocationReason};
use eush_domain::SessionKey;
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::session_part_service_client::SessionPartServiceClient;
use time::Duration;
use tonic::{Code, Request};

fn key(text: &str) -> SessionKey {
    SessionKey::parse(text).unwrap()
}

fn lists(authority: &Authority) -> Vec<Vec<u8>> {
    let stems = ["rsa", "rsa-root", "rsa-delta", "gost", "gost-root", "gost-delta"];
    stems.iter().map(|stem| authority.list(stem).unwrap().unwrap().der).collect()
}

#[test]
fn a_branch_revokes_for_itself_alone() {
    let (_folder, trunk) = authority();
    let enrolled = trunk.enroll(&EnrollmentRequest::golden(subject("aigerim"))).unwrap();
    let serial = &enrolled.certificate.serial;
    let (one, other) = (trunk.begin_branch(&key("one")).unwrap(), trunk.begin_branch(&key("other")).unwrap());
    let before = (lists(&trunk), lists(&other));
    assert_eq!(lists(&one), before.0, "a branch begins with what there is");
    one.publish_due(NOW + Duration::days(40)).unwrap();
    one.hold(serial).unwrap();
    assert!(matches!(one.certificates("", "").unwrap()[0].state, CertificateState::OnHold { .. }));
    assert_eq!((lists(&trunk), lists(&other)), before);
    for untouched in [&trunk, &other] {
        assert_eq!(untouched.certificates("", "").unwrap()[0].state, CertificateState::Good);
        assert_eq!(untouched.now(), NOW);
    }
    trunk.revoke(serial, RevocationReason::KeyCompromise, None).unwrap();
    assert!(matches!(one.certificates("", "").unwrap()[0].state, CertificateState::OnHold { .. }));
}

#[test]
fn a_holder_has_one_key_and_a_certificate_in_each_branch() {
    let (_folder, trunk) = authority();
    let (one, other) = (trunk.begin_branch(&key("one")).unwrap(), trunk.begin_branch(&key("other")).unwrap());
    let request = EnrollmentRequest {
        algorithm: Some(KeyAlgorithm::Rsa2048),
        ..EnrollmentRequest::golden(subject("aigerim"))
    };
    let (first, second) = (one.enroll(&request).unwrap(), other.enroll(&request).unwrap());
    assert_eq!(first.key.pkcs8_der(), second.key.pkcs8_der());
    assert_ne!(first.certificate.serial, second.certificate.serial);
    assert!(trunk.certificates("", "").unwrap().is_empty(), "the shared register knows nothing of it");
    let url = String::from_utf8_lossy(&first.certificate.der).contains("/s/one/crl/rsa.crl");
    assert!(url, "its certificate says where its own lists are");
}

#[test]
fn branches_outlive_a_restart_and_end_with_their_file() {
    let (folder, trunk) = authority();
    let serial = trunk.enroll(&EnrollmentRequest::golden(subject("aigerim"))).unwrap().certificate.serial;
    trunk.begin_branch(&key("one")).unwrap().hold(&serial).unwrap();
    drop(trunk);
    let trunk = Authority::open(folder.path(), common::options(NOW)).unwrap();
    let branch = trunk.branch(&key("one")).unwrap().unwrap();
    assert!(matches!(branch.certificates("", "").unwrap()[0].state, CertificateState::OnHold { .. }));
    assert!(trunk.branch(&key("other")).unwrap().is_none());
    // A branch that begins anew has forgotten.
    let branch = trunk.begin_branch(&key("one")).unwrap();
    assert_eq!(branch.certificates("", "").unwrap()[0].state, CertificateState::Good);
    drop(branch);
    trunk.end_branch(&key("one")).unwrap();
    assert!(trunk.branch(&key("one")).unwrap().is_none());
    assert_eq!(std::fs::read_dir(folder.path().join("sessions")).unwrap().count(), 0);
}

#[test]
fn a_state_is_restored_whole_or_not_at_all() {
    let (_folder, trunk) = authority();
    let serial = trunk.enroll(&EnrollmentRequest::golden(subject("aigerim"))).unwrap().certificate.serial;
    let saved = trunk.export().unwrap();
    let before = lists(&trunk);
    trunk.hold(&serial).unwrap();
    trunk.enroll(&EnrollmentRequest::golden(subject("bolat"))).unwrap();
    let after = lists(&trunk);
    for damaged in [&saved[..saved.len() / 2], b"no file", b""] {
        // An empty file is an empty store to SQLite: it has no authority, so nothing of it may be taken either.
        assert!(trunk.import(damaged).is_err(), "{} bytes", damaged.len());
        assert_eq!(lists(&trunk), after);
    }
    trunk.import(&saved).unwrap();
    assert_eq!(lists(&trunk), before);
    assert_eq!(trunk.certificates("", "").unwrap().len(), 1);
    // It works on: the next list has the next number.
    let number = |authority: &Authority| authority.list("gost").unwrap().unwrap().number;
    let held = number(&trunk);
    trunk.hold(&serial).unwrap();
    assert!(number(&trunk) > held);
}

fn within<T>(session: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("eush-session", session.parse().unwrap());
    request
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_s_files_and_calls_are_its_own() {
    let running = Running::start().await;
    let mut parts = SessionPartServiceClient::new(running.channel().await);
    let unnamed = parts.begin_part(wire::BeginPartRequest {}).await.unwrap_err();
    assert_eq!(unnamed.code(), Code::InvalidArgument);
    let export = within("one", wire::ExportPartRequest {});
    assert_eq!(parts.export_part(export).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(running.get("/s/one/crl/gost.crl", None).await.0.status, 404);
    parts.begin_part(within("one", wire::BeginPartRequest {})).await.unwrap();
    let (parts_of, own) = running.get("/s/one/crl/gost.crl", None).await;
    let (_, shared) = running.get("/crl/gost.crl", None).await;
    assert_eq!((parts_of.status.as_u16(), &own), (200, &shared));
    let serial = {
        let branch = running.authority.branch(&key("one")).unwrap().unwrap();
        let serial =
            branch.enroll(&EnrollmentRequest::golden(subject("aigerim"))).unwrap().certificate.serial;
        branch.hold(&serial).unwrap();
        serial
    };
    assert_ne!(running.get("/s/one/crl/gost.crl", None).await.1, own);
    assert_eq!(running.get("/crl/gost.crl", None).await.1, shared);
    assert_eq!(running.get("/s/one/ocsp", None).await.0.status, 200);
    assert_eq!(running.get("/s/one/ca/gost.cer", None).await.0.status, 200);
    let mut calls = wire::certificate_authority_service_client::CertificateAuthorityServiceClient::new(
        running.channel().await,
    );
    let all = wire::ListCertificatesRequest::default();
    let found = calls.list_certificates(within("one", all.clone())).await.unwrap().into_inner().certificates;
    assert_eq!((found.len(), &found[0].serial), (1, &serial));
    assert!(calls.list_certificates(all).await.unwrap().into_inner().certificates.is_empty());
    let made =
        calls.get_authorities(within("one", wire::GetAuthoritiesRequest {})).await.unwrap().into_inner();
    assert!(made.authorities.iter().all(|one| one.crl_urls[0].contains("/s/one/crl/")), "{made:?}");
    parts.end_part(within("one", wire::EndPartRequest {})).await.unwrap();
    assert_eq!(running.get("/s/one/crl/gost.crl", None).await.0.status, 404);
}
