//! The certificate services over a real socket: files over HTTP/1.1 and calls over gRPC on one port.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::running::Running;
use common::{NOW, options, subject};
use eush_ca::Authority;
use eush_domain::synthetic::population::CertificateSubject;
use eush_pki::{Certificate, OcspRequest};
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::certificate_authority_service_client::CertificateAuthorityServiceClient;
use http::{StatusCode, header};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::Code;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_types::StatusExt as _;

fn wire_subject(subject: &CertificateSubject) -> wire::CertificateSubject {
    wire::CertificateSubject {
        common_name: subject.common_name.clone(),
        surname: subject.surname.clone(),
        patronymic: subject.patronymic.clone(),
        iin: subject.iin.map(|iin| iin.digits().to_owned()).unwrap_or_default(),
        bin: subject.bin.map(|bin| bin.digits().to_owned()).unwrap_or_default(),
        organization: subject.organization.clone(),
        system: subject.system.clone(),
        roles: subject.roles.iter().map(|role| role.name().to_owned()).collect(),
    }
}

fn enroll(algorithm: wire::KeyAlgorithm) -> wire::EnrollRequest {
    wire::EnrollRequest {
        subject: Some(wire_subject(&subject("aigerim"))),
        algorithm: algorithm.into(),
        ..wire::EnrollRequest::default()
    }
}

#[tokio::test]
async fn files_and_calls_share_one_port() {
    let running = Running::start().await;
    let mut client = CertificateAuthorityServiceClient::new(running.channel().await);
    let authorities = client.get_authorities(wire::GetAuthoritiesRequest {}).await.unwrap().into_inner();
    assert_eq!(authorities.authorities.len(), 2);
    for one in &authorities.authorities {
        let name = match one.algorithm() {
            wire::KeyAlgorithm::Rsa2048 => "rsa",
            wire::KeyAlgorithm::Gost2015512 => "gost",
            wire::KeyAlgorithm::Unspecified => panic!("no algorithm"),
        };
        let expected = |file: &str| format!("http://{}/crl/{file}.crl", running.address);
        assert_eq!(one.crl_urls, [expected(name), expected(&format!("{name}-root"))]);
        for (path, der) in
            [(format!("/ca/{name}.cer"), &one.issuing), (format!("/ca/{name}-root.cer"), &one.root)]
        {
            let (parts, body) = running.get(&path, None).await;
            assert_eq!(parts.headers[header::CONTENT_TYPE], "application/pkix-cert");
            assert_eq!(&body, der, "{path}");
        }
    }
    for name in ["rsa", "rsa-root", "gost", "gost-root"] {
        let path = format!("/crl/{name}.crl");
        let (parts, list) = running.get(&path, None).await;
        assert_eq!((parts.status, list[0]), (StatusCode::OK, 0x30));
        assert_eq!(parts.headers[header::CONTENT_TYPE], "application/pkix-crl");
        let tag = parts.headers[header::ETAG].to_str().unwrap();
        let (parts, body) = running.get(&path, Some(tag)).await;
        assert_eq!((parts.status, body.len()), (StatusCode::NOT_MODIFIED, 0));
        assert_eq!(running.get(&path, Some("\"other\"")).await.0.status, StatusCode::OK);
    }
    for path in ["/", "/crl/none.crl", "/crl/rsa.cer", "/ca/rsa", "/ca/..%2Frsa.cer"] {
        assert_eq!(running.get(path, None).await.0.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(running.get("/cps", None).await.0.status, StatusCode::OK);
    running.stop.send(()).unwrap();
    running.served.await.unwrap();
}

/// Who knows no more than the leaf finds every issuer where the certificate below names it (RFC 5280, 4.2.2.1).
#[tokio::test]
async fn a_chain_is_found_by_the_addresses_that_certificates_name() {
    let running = Running::start().await;
    let mut client = CertificateAuthorityServiceClient::new(running.channel().await);
    for algorithm in [wire::KeyAlgorithm::Rsa2048, wire::KeyAlgorithm::Gost2015512] {
        let made = client.enroll(enroll(algorithm)).await.unwrap().into_inner();
        let mut chain = vec![Certificate::parse(&made.certificate.unwrap().certificate).unwrap()];
        while !chain.last().unwrap().is_self_issued() {
            let named = chain.last().unwrap().extensions().issuer_urls.clone();
            let [address] = &named[..] else { panic!("{named:?}") };
            let path = address.strip_prefix(&format!("http://{}", running.address)).unwrap();
            let (parts, der) = running.get(path, None).await;
            assert_eq!(parts.status, StatusCode::OK, "{address}");
            chain.push(Certificate::parse(&der).unwrap());
        }
        let found: Vec<_> = chain.iter().map(Certificate::der).collect();
        assert_eq!(found, made.chain, "{algorithm:?}");
    }
}

#[tokio::test]
async fn certificates_live_over_the_wire() {
    let running = Running::start().await;
    let mut client = CertificateAuthorityServiceClient::new(running.channel().await);
    let made = client.enroll(enroll(wire::KeyAlgorithm::Unspecified)).await.unwrap().into_inner();
    let certificate = made.certificate.unwrap();
    assert_eq!(certificate.algorithm(), wire::KeyAlgorithm::Gost2015512);
    assert_eq!(certificate.state(), wire::CertificateState::Good);
    assert_eq!((made.chain.len(), &made.chain[0]), (3, &certificate.certificate));
    assert_eq!(made.pkcs12_password, eush_ca::PKCS12_PASSWORD);
    let key = eush_sign::SigningKey::from_pkcs8_der(&made.private_key).unwrap();
    assert_eq!(key.algorithm(), eush_sign::Algorithm::Gost2015_512);

    let serial = certificate.serial;
    let before = running.get("/crl/gost.crl", None).await.1;
    let held =
        client.hold_certificate(wire::HoldCertificateRequest { serial: serial.clone() }).await.unwrap();
    assert_eq!(held.into_inner().certificate.unwrap().state(), wire::CertificateState::OnHold);
    assert_ne!(running.get("/crl/gost.crl", None).await.1, before);
    client.release_certificate(wire::ReleaseCertificateRequest { serial: serial.clone() }).await.unwrap();
    let revoke = wire::RevokeCertificateRequest {
        serial: serial.clone(),
        reason: wire::RevocationReason::CessationOfOperation.into(),
        revoked_at: None,
    };
    let revoked = client.revoke_certificate(revoke.clone()).await.unwrap().into_inner().certificate.unwrap();
    assert_eq!(revoked.reason(), wire::RevocationReason::CessationOfOperation);
    assert_eq!(revoked.revoked_at.unwrap().seconds, NOW.unix_timestamp());
    let listed = client.list_certificates(wire::ListCertificatesRequest::default()).await.unwrap();
    assert_eq!(listed.into_inner().certificates, [revoked]);

    let again = client.revoke_certificate(revoke).await.unwrap_err();
    assert_eq!(again.code(), Code::FailedPrecondition);
    assert_eq!(again.get_error_details().error_info().unwrap().reason, "CERTIFICATE_STATE");
    let unknown = wire::HoldCertificateRequest { serial: "00".to_owned() };
    assert_eq!(client.hold_certificate(unknown).await.unwrap_err().code(), Code::NotFound);

    let later = prost_types::Timestamp { seconds: NOW.unix_timestamp() + 86_400, nanos: 0 };
    let published =
        client.publish_due(wire::PublishDueRequest { now: Some(later) }).await.unwrap().into_inner();
    assert_eq!(published.published, 4, "a complete and a delta list each");
    assert!(published.next_due.unwrap().seconds > later.seconds);
}

#[tokio::test]
async fn bad_requests_are_told_by_field() {
    let running = Running::start().await;
    let mut client = CertificateAuthorityServiceClient::new(running.channel().await);
    type Change = fn(&mut wire::EnrollRequest);
    let cases: [(&str, Change); 6] = [
        ("subject", |request| request.subject = None),
        ("algorithm", |request| request.algorithm = 77),
        ("defect", |request| request.defect = -1),
        ("subject.iin", |request| request.subject.as_mut().unwrap().iin = "12345".to_owned()),
        ("subject.roles", |request| request.subject.as_mut().unwrap().roles = vec!["king".to_owned()]),
        ("subject.common_name", |request| request.subject.as_mut().unwrap().common_name.clear()),
    ];
    for (field, change) in cases {
        let mut request = enroll(wire::KeyAlgorithm::Gost2015512);
        change(&mut request);
        let status = client.enroll(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{field}");
        let details = status.get_error_details();
        assert_eq!(details.bad_request().unwrap().field_violations[0].field, field);
    }
    let no_time = client.publish_due(wire::PublishDueRequest { now: None }).await.unwrap_err();
    assert_eq!(no_time.code(), Code::InvalidArgument);
    let silly = prost_types::Timestamp { seconds: i64::MAX, nanos: -1 };
    let no_time = client.publish_due(wire::PublishDueRequest { now: Some(silly) }).await.unwrap_err();
    assert_eq!(no_time.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn health_and_unknown_services_answer_as_grpc() {
    let running = Running::start().await;
    let channel = running.channel().await;
    let mut health = HealthClient::new(channel.clone());
    for service in ["", "eush.management.v1.CertificateAuthorityService"] {
        let request = tonic_health::pb::HealthCheckRequest { service: service.to_owned() };
        let answer = health.check(request).await.unwrap().into_inner();
        assert_eq!(answer.status(), tonic_health::pb::health_check_response::ServingStatus::Serving);
    }
    let mut reflection = ServerReflectionClient::new(channel.clone());
    let question = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers = reflection
        .server_reflection_info(tonic::Request::new(tokio_stream::once(question)))
        .await
        .unwrap()
        .into_inner();
    let Some(MessageResponse::ListServicesResponse(list)) =
        answers.message().await.unwrap().unwrap().message_response
    else {
        panic!("no list of services")
    };
    let names: Vec<_> = list.service.into_iter().map(|one| one.name).collect();
    assert!(names.contains(&"eush.management.v1.CertificateAuthorityService".to_owned()), "{names:?}");
    drop(answers);
    let mut clock = wire::clock_service_client::ClockServiceClient::new(channel);
    let status = clock.get_clock(wire::GetClockRequest {}).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    // An open connection does not keep the server.
    running.stop.send(()).unwrap();
    running.served.await.unwrap();
}

/// A certificate of the RSA hierarchy and its issuer.
async fn pair(running: &Running) -> (Certificate, Certificate) {
    let mut client = CertificateAuthorityServiceClient::new(running.channel().await);
    let made = client.enroll(enroll(wire::KeyAlgorithm::Rsa2048)).await.unwrap().into_inner();
    let parse = |at: usize| Certificate::parse(&made.chain[at]).unwrap();
    (parse(0), parse(1))
}

#[tokio::test]
async fn questions_come_by_path_and_by_body() {
    let running = Running::start().await;
    let (leaf, issuing) = pair(&running).await;
    let own = leaf.extensions();
    assert_eq!(own.ocsp_urls, [format!("http://{}/ocsp", running.address)]);
    assert_eq!(own.delta_crl_urls, [format!("http://{}/crl/rsa-delta.crl", running.address)]);
    assert_eq!(running.get("/crl/rsa-delta.crl", None).await.0.status, StatusCode::OK);

    // A fixed nonce whose base64 has a plus and a slash in it, which paths may carry as they are or escaped.
    let nonce = [0xfb, 0xff, 0xfe, 0xfb, 0xff, 0xfe, 0xfb, 0xff, 0xfe];
    let question = OcspRequest::about(&leaf, &issuing, Some(&nonce)).unwrap().encode();
    let text = STANDARD.encode(&question);
    assert!(text.contains('/') && text.contains('+'), "{text}");
    let escaped = text.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D");
    let posted = running.post("/ocsp", question.clone()).await;
    assert_eq!(posted.0.status, StatusCode::OK);
    assert_eq!(posted.0.headers[header::CONTENT_TYPE], "application/ocsp-response");
    assert_eq!(posted.1[..2], [0x30, 0x82], "a whole answer");
    assert_eq!(running.post("/ocsp/", question.clone()).await.1, posted.1);
    for path in [format!("/ocsp/{text}"), format!("/ocsp/{escaped}"), format!("/ocsp//{escaped}")] {
        assert_eq!(running.get(&path, None).await.1, posted.1, "{path}");
    }

    let malformed = [0x30, 0x03, 0x0a, 0x01, 0x01];
    for path in ["/ocsp/Not*base64", "/ocsp/AAAA"] {
        assert_eq!(running.get(path, None).await.1, malformed, "{path}");
    }
    assert_eq!(running.post("/ocsp", Vec::new()).await.1, malformed);
    assert_eq!(running.post("/ocsp", vec![0; 20_000]).await.0.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(running.get("/ocsp", None).await.0.status, StatusCode::OK);
}

fn set(point: wire::PublicationPoint, fault: wire::PublicationFault) -> wire::SetPublicationFaultRequest {
    wire::SetPublicationFaultRequest { algorithm: 0, point: point.into(), fault: fault.into() }
}

#[tokio::test]
async fn a_reset_is_one() {
    let running = Running::start().await;
    let mut client = CertificateAuthorityServiceClient::new(running.channel().await);
    client
        .set_publication_fault(set(wire::PublicationPoint::List, wire::PublicationFault::Reset))
        .await
        .unwrap();
    let mut line = TcpStream::connect(&running.address).await.unwrap();
    line.write_all(b"GET /crl/rsa.crl HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    let mut bytes = Vec::new();
    let error = line.read_to_end(&mut bytes).await.unwrap_err();
    assert_eq!((error.kind(), bytes.len()), (std::io::ErrorKind::ConnectionReset, 0));
    // Others are served.
    assert_eq!(running.get("/crl/rsa-root.crl", None).await.0.status, StatusCode::OK);
}

#[tokio::test]
async fn a_server_that_is_to_end_holds_no_answer() {
    let running = Running::start().await;
    let mut client = CertificateAuthorityServiceClient::new(running.channel().await);
    client
        .set_publication_fault(set(wire::PublicationPoint::List, wire::PublicationFault::Slow))
        .await
        .unwrap();
    let mut line = TcpStream::connect(&running.address).await.unwrap();
    line.write_all(b"GET /crl/rsa.crl HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    running.met(&mut client, 1).await;
    running.stop.send(()).unwrap();
    running.served.await.unwrap();
    let mut bytes = Vec::new();
    let _ = line.read_to_end(&mut bytes).await;
    assert_eq!(bytes, b"");
}

/// Whoever opens the folder next must find it free, although answers were just being signed ahead, and an RSA key was
/// being made that nobody waits for any more.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_has_ended_leaves_its_file() {
    let running = Running::start().await;
    let client = CertificateAuthorityServiceClient::new(running.channel().await);
    let (mut one, mut other) = (client.clone(), client);
    tokio::select! {
        biased;
        _ = one.enroll(enroll(wire::KeyAlgorithm::Rsa2048)) => {}
        // Asked on the same connection, after it.
        answer = other.get_authorities(wire::GetAuthoritiesRequest {}) => { answer.unwrap(); }
    }
    let Running { folder, authority, stop, served, .. } = running;
    drop((authority, one, other));
    stop.send(()).unwrap();
    served.await.unwrap();
    Authority::open(folder.path(), options(NOW)).unwrap();
}

#[tokio::test]
async fn faults_are_told_and_refused_by_field() {
    let running = Running::start().await;
    let mut client = CertificateAuthorityServiceClient::new(running.channel().await);
    let described = client.describe_defects(wire::DescribeDefectsRequest {}).await.unwrap().into_inner();
    // All but the two zero values.
    assert_eq!(described.defects.len(), 11 + 16);
    let cases = [
        ("point", set(wire::PublicationPoint::Unspecified, wire::PublicationFault::Html)),
        ("fault", set(wire::PublicationPoint::List, wire::PublicationFault::Unspecified)),
        ("fault", set(wire::PublicationPoint::List, wire::PublicationFault::TryLater)),
        ("fault", set(wire::PublicationPoint::List, wire::PublicationFault::WrongBase)),
        ("fault", wire::SetPublicationFaultRequest { algorithm: 0, point: 1, fault: 99 }),
        ("point", wire::SetPublicationFaultRequest { algorithm: 0, point: 99, fault: 1 }),
        ("algorithm", wire::SetPublicationFaultRequest { algorithm: 99, point: 1, fault: 1 }),
    ];
    for (field, request) in cases {
        let status = client.set_publication_fault(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{field}");
        assert_eq!(status.get_error_details().bad_request().unwrap().field_violations[0].field, field);
    }
    let listed = client.list_publication_faults(wire::ListPublicationFaultsRequest {}).await.unwrap();
    assert!(listed.into_inner().records.is_empty());

    client
        .set_publication_fault(set(wire::PublicationPoint::List, wire::PublicationFault::Empty))
        .await
        .unwrap();
    assert_eq!(running.get("/crl/gost.crl", None).await.1, b"");
    let reset = wire::ResetPublicationFaultsRequest { algorithm: 1, point: 0 };
    assert_eq!(client.reset_publication_faults(reset).await.unwrap().into_inner().reset, 1);
    assert_eq!(running.get("/crl/gost.crl", None).await.1, b"");
    assert_ne!(running.get("/crl/rsa.crl", None).await.1, b"");
    let listed = client.list_publication_faults(wire::ListPublicationFaultsRequest {}).await.unwrap();
    let told = |one: &wire::PublicationFaultRecord| (one.algorithm, one.served, one.reset_at.is_some());
    let told: Vec<_> = listed.into_inner().records.iter().map(told).collect();
    assert_eq!(told, [(2, 2, false), (1, 0, true)]);

    let now = wire::PublishNowRequest { algorithm: 1, point: wire::PublicationPoint::List.into() };
    let published = client.publish_now(now).await.unwrap().into_inner();
    assert_eq!(published.published, 2);
    assert!(published.next_due.unwrap().seconds > NOW.unix_timestamp());
}
