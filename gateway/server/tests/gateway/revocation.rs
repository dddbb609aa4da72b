//! Revocation over the wire: lists and responders by policy, and the whole catalogue of deliberate defects, each refused for
//! its own reason by a message that is golden otherwise.

use std::net::SocketAddr;

use eush_ca::{Defect, Expected, Flaw, PublicationFault, PublicationPoint, catalogue};
use eush_gateway::Config;
use eush_gateway::config::{NonceUse, RevocationAsked, Scope, TrustSource};
use eush_wire::eds::v1 as eds;
use eush_wire::eds::v1::certificate_service_client::CertificateServiceClient;
use eush_wire::management::v1 as management;
use eush_wire::management::v1::certificate_authority_service_client::CertificateAuthorityServiceClient;

use crate::world::{Person, World, channel, citizen, reason};

/// A configuration by the words of the file.
fn settings(keys: &str) -> eush_gateway::config::RevocationSettings {
    Config::parse(&format!("[revocation]\n{keys}"), &std::collections::HashMap::new()).unwrap().revocation
}

async fn asking(source: RevocationAsked) -> World {
    World::with(|config| config.revocation.source = source).await
}

/// What became of a message: the reason, empty where it passed, and what the journal says of its revocation.
async fn told(world: &World, person: &Person, id: &str) -> (String, String) {
    let sent = world.gateway().await.send(person.request(id)).await;
    let why = sent.err().map(|status| reason(&status).0).unwrap_or_default();
    let entry = management::GetEntryRequest { message_id: id.to_owned() };
    let entry = world.journal().await.get_entry(entry).await.unwrap().into_inner().entry.unwrap();
    let check = entry.checks.iter().find(|check| format!("{check:?}").contains("revocation")).unwrap();
    (why, format!("{check:?}"))
}

fn fault_of(fault: PublicationFault, point: PublicationPoint) -> management::SetPublicationFaultRequest {
    let name = |prefix: &str, word: &str| format!("{prefix}_{}", word.to_uppercase().replace('-', "_"));
    let point = match point {
        PublicationPoint::DeltaList => management::PublicationPoint::DeltaList,
        PublicationPoint::List => management::PublicationPoint::List,
        PublicationPoint::Ocsp => management::PublicationPoint::Ocsp,
        PublicationPoint::RootList => management::PublicationPoint::RootList,
    };
    let name = name("PUBLICATION_FAULT", fault.name());
    management::SetPublicationFaultRequest {
        algorithm: management::KeyAlgorithm::Gost2015512.into(),
        point: point.into(),
        fault: management::PublicationFault::from_str_name(&name).unwrap().into(),
    }
}

fn defect_of(defect: Defect) -> management::Defect {
    let name = format!("DEFECT_{}", defect.name().to_uppercase().replace('-', "_"));
    management::Defect::from_str_name(&name).unwrap()
}

/// The certificate services themselves, not through the gateway.
async fn services(address: SocketAddr) -> CertificateAuthorityServiceClient<tonic::transport::Channel> {
    CertificateAuthorityServiceClient::new(channel(address).await)
}

async fn served(world: &World) -> u64 {
    let request = management::ListPublicationFaultsRequest {};
    let records = services(world.peers().1).await.list_publication_faults(request).await.unwrap();
    records.into_inner().records.iter().map(|record| record.served).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_responder_is_asked_and_the_journal_says_what_it_said() {
    let world = asking(RevocationAsked::Ocsp).await;
    let person = world.citizen().await;
    let (why, check) = told(&world, &person, "m-1").await;
    assert_eq!(why, "");
    for word in
        ["ocsp=good", "responder=", "producedAt=2026-03-02T05:00:00Z", "thisUpdate=2026-03-02T05:00:00Z"]
    {
        assert!(check.contains(word), "{word}: {check}");
    }
    // What management changes, the next message meets, whatever is kept.
    let serial = person.serial.clone();
    let hold = management::HoldCertificateRequest { serial: serial.clone() };
    world.authority().await.hold_certificate(hold).await.unwrap();
    assert_eq!(told(&world, &person, "m-2").await.0, "CERTIFICATE_ON_HOLD");
    let release = management::ReleaseCertificateRequest { serial: serial.clone() };
    world.authority().await.release_certificate(release).await.unwrap();
    assert_eq!(told(&world, &person, "m-3").await.0, "");
    // So is an advance of the clock: the answer of before has grown old.
    world.advance("10min").await;
    let (why, check) = told(&world, &person, "m-4").await;
    assert_eq!(why, "");
    assert!(check.contains("producedAt=2026-03-02T05:10:00Z"), "{check}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_flaw_of_a_certificate_is_refused_for_its_reason() {
    for source in [RevocationAsked::Crl, RevocationAsked::Ocsp] {
        let world = asking(source).await;
        for facts in catalogue() {
            let Flaw::Certificate(defect) = facts.flaw else { continue };
            let person = world.enroll_as(&citizen(), defect_of(defect), "").await;
            let expected = match (facts.expected, source) {
                (Expected::Refused(rejection), _) => rejection.facts().reason,
                // What no list can tell: only a responder knows what was issued.
                (Expected::ByOcsp(_), RevocationAsked::Crl) => "",
                (Expected::ByOcsp(rejection), RevocationAsked::Ocsp | RevocationAsked::OcspThenCrl) => {
                    rejection.facts().reason
                }
                (Expected::Warned(warning), _) => panic!("{warning} of a certificate"),
            };
            let (why, check) = told(&world, &person, defect.name()).await;
            assert_eq!(why, expected, "{defect:?} by {source:?}: {check}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_reason_of_a_revocation_is_told() {
    use management::RevocationReason as Reason;
    for source in [RevocationAsked::Crl, RevocationAsked::Ocsp] {
        let world = asking(source).await;
        for (reason, name) in [
            (Reason::Unspecified, "unspecified"),
            (Reason::KeyCompromise, "keyCompromise"),
            (Reason::CaCompromise, "cACompromise"),
            (Reason::AffiliationChanged, "affiliationChanged"),
            (Reason::Superseded, "superseded"),
            (Reason::CessationOfOperation, "cessationOfOperation"),
            (Reason::PrivilegeWithdrawn, "privilegeWithdrawn"),
            (Reason::AaCompromise, "aACompromise"),
        ] {
            let person = world.enroll_as(&citizen(), management::Defect::Unspecified, name).await;
            let request = management::RevokeCertificateRequest {
                serial: person.serial.clone(),
                reason: reason.into(),
                revoked_at: None,
            };
            world.authority().await.revoke_certificate(request).await.unwrap();
            let (why, check) = told(&world, &person, name).await;
            assert_eq!(why, "CERTIFICATE_REVOKED", "{check}");
            assert!(check.contains(&format!("reason={name}")), "{name} by {source:?}: {check}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_of_the_responder_is_refused_for_its_reason() {
    let world = asking(RevocationAsked::Ocsp).await;
    let person = world.citizen().await;
    let faults = PublicationFault::ALL.into_iter().filter(|fault| {
        // The one that is waited for has a test of its own.
        fault.applies_to(PublicationPoint::Ocsp) && *fault != PublicationFault::Slow
    });
    for fault in faults {
        let request = fault_of(fault, PublicationPoint::Ocsp);
        world.authority().await.set_publication_fault(request).await.unwrap();
        let facts = catalogue().into_iter().find(|facts| facts.flaw == Flaw::Publication(fault)).unwrap();
        let (why, check) = told(&world, &person, fault.name()).await;
        assert_eq!(why, facts.expected.word(), "{fault:?}: {check}");
        let reset = management::ResetPublicationFaultsRequest::default();
        world.authority().await.reset_publication_faults(reset).await.unwrap();
        assert_eq!(told(&world, &person, &format!("after-{}", fault.name())).await.0, "", "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_responder_that_is_not_there_lets_a_list_speak() {
    let world = asking(RevocationAsked::OcspThenCrl).await;
    let person = world.citizen().await;
    for fault in PublicationFault::ALL.into_iter().filter(|fault| fault.applies_to(PublicationPoint::Ocsp)) {
        let falls_back = match fault {
            PublicationFault::InternalError | PublicationFault::Reset | PublicationFault::TryLater => true,
            PublicationFault::Slow => continue,
            PublicationFault::Empty
            | PublicationFault::Garbage
            | PublicationFault::Html
            | PublicationFault::NeverIssued
            | PublicationFault::NextUpdateMissing
            | PublicationFault::OldNonce
            | PublicationFault::Stale
            | PublicationFault::Unauthorized
            | PublicationFault::WrongBase
            | PublicationFault::WrongCertId
            | PublicationFault::WrongKey
            | PublicationFault::WrongResponder => false,
        };
        let request = fault_of(fault, PublicationPoint::Ocsp);
        world.authority().await.set_publication_fault(request).await.unwrap();
        let (why, check) = told(&world, &person, fault.name()).await;
        assert_eq!(why.is_empty(), falls_back, "{fault:?}: {why} {check}");
        if falls_back {
            assert!(check.contains("ocsp=unavailable") && check.contains("crlNumber="), "{check}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_answer_is_waited_for_no_longer_than_told() {
    for (point, source) in
        [(PublicationPoint::Ocsp, RevocationAsked::Ocsp), (PublicationPoint::List, RevocationAsked::Crl)]
    {
        let mut world = asking(source).await;
        let person = world.citizen().await;
        world.stop().await;
        let fault = fault_of(PublicationFault::Slow, point);
        services(world.peers().1).await.set_publication_fault(fault).await.unwrap();
        let short = settings("fetch_timeout = \"300ms\"\nanswer_timeout = \"300ms\"");
        world.config.revocation.fetch_timeout = short.fetch_timeout;
        world.config.revocation.answer_timeout = short.answer_timeout;
        world.start().await;
        assert_eq!(told(&world, &person, "slow").await.0, "REVOCATION_UNAVAILABLE", "{point:?}");
    }
}

/// A gateway that holds a good list keeps it, so this one starts while the fault is in force.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_of_a_list_is_refused_for_its_reason() {
    let mut world = World::new().await;
    let person = world.citizen().await;
    for point in [PublicationPoint::List, PublicationPoint::RootList, PublicationPoint::DeltaList] {
        for fault in PublicationFault::ALL.into_iter().filter(|fault| fault.applies_to(point)) {
            if fault == PublicationFault::Slow {
                continue;
            }
            world.stop().await;
            let mut direct = services(world.peers().1).await;
            direct.set_publication_fault(fault_of(fault, point)).await.unwrap();
            world.start().await;
            let facts = catalogue().into_iter().find(|facts| facts.flaw == Flaw::Publication(fault)).unwrap();
            let (why, check) = told(&world, &person, &format!("{point:?}-{}", fault.name())).await;
            match facts.expected_at(point) {
                Expected::Refused(rejection) | Expected::ByOcsp(rejection) => {
                    assert_eq!(why, rejection.facts().reason, "{point:?} {fault:?}: {check}");
                }
                Expected::Warned(warning) => {
                    assert_eq!(why, "", "{point:?} {fault:?}: {check}");
                    assert!(check.contains(warning), "{point:?} {fault:?}: {check}");
                }
            }
            let reset = management::ResetPublicationFaultsRequest::default();
            direct.reset_publication_faults(reset).await.unwrap();
        }
    }
}

/// A gateway that trusts files and knows no list: what the certificates name is all there is.
async fn trusting_files(source: RevocationAsked) -> (World, Person) {
    let mut world = asking(source).await;
    let person = world.citizen().await;
    world.stop().await;
    let (issuing, root) = (world.folder().join("issuing.cer"), world.folder().join("root.cer"));
    std::fs::write(&issuing, &person.chain[1]).unwrap();
    std::fs::write(&root, &person.chain[2]).unwrap();
    // The authority's own certificate names a list and no responder, as the national authority's.
    if source == RevocationAsked::Ocsp {
        world.config.revocation.scope = Scope::Leaf;
    }
    world.config.certificates.trust = TrustSource::Files;
    world.config.certificates.anchors = vec![root];
    world.config.certificates.intermediates = vec![issuing];
    (world, person)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_of_certificates_are_used_where_they_are_allowed() {
    for source in [RevocationAsked::Crl, RevocationAsked::Ocsp] {
        let (mut world, person) = trusting_files(source).await;
        let authority = world.peers().1;
        world.start().await;
        let (why, check) = told(&world, &person, "own").await;
        assert_eq!(why, "", "{source:?}: the certificate services' own addresses are allowed: {check}");
        world.stop().await;

        // Somewhere else now, so that nothing the certificate names is allowed. Every call would meet a fault and be counted.
        for point in [PublicationPoint::List, PublicationPoint::RootList, PublicationPoint::Ocsp] {
            let fault = fault_of(PublicationFault::Reset, point);
            services(authority).await.set_publication_fault(fault).await.unwrap();
        }
        let elsewhere = Config::parse(
            "[certificates]\naddress = \"http://127.0.0.1:1\"",
            &std::collections::HashMap::new(),
        )
        .unwrap();
        world.config.certificates.address = elsewhere.certificates.address;
        world.start().await;
        let (why, check) = told(&world, &person, "elsewhere").await;
        assert_eq!((why.as_str(), served(&world).await), ("REVOCATION_UNAVAILABLE", 0), "{check}");
        world.stop().await;

        let reset = management::ResetPublicationFaultsRequest::default();
        services(authority).await.reset_publication_faults(reset).await.unwrap();
        world.config.revocation.allowed = settings(&format!("allowed = [\"http://{authority}/\"]")).allowed;
        world.start().await;
        let (why, check) = told(&world, &person, "allowed").await;
        assert_eq!(why, "", "{source:?}: {check}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_larger_than_allowed_is_not_believed() {
    let world = World::with(|config| {
        config.revocation.source = RevocationAsked::OcspThenCrl;
        config.revocation.answer_bytes = settings("answer_bytes = \"1KiB\"").answer_bytes;
    });
    let world = world.await;
    let person = world.citizen().await;
    let (why, check) = told(&world, &person, "m-1").await;
    assert_eq!(why, "REVOCATION_UNTRUSTED");
    assert!(check.contains("larger than 1024 bytes"), "{check}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_nonce_answers_signed_before_will_do() {
    let world = World::with(|config| {
        config.revocation.source = RevocationAsked::Ocsp;
        config.revocation.nonce = NonceUse::Off;
    });
    let world = world.await;
    let person = world.citizen().await;
    assert_eq!(told(&world, &person, "m-1").await.0, "");
    // The fault answers with a nonce that nobody sent.
    let fault = fault_of(PublicationFault::OldNonce, PublicationPoint::Ocsp);
    world.authority().await.set_publication_fault(fault).await.unwrap();
    assert_eq!(told(&world, &person, "m-2").await.0, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_alone_are_judged_by_responders_too() {
    let world = asking(RevocationAsked::Ocsp).await;
    let person = world.citizen().await;
    let mut client = CertificateServiceClient::new(channel(world.addresses.gateway).await);
    let request = eds::CheckCertificateRequest {
        certificate: person.chain[0].clone(),
        ..eds::CheckCertificateRequest::default()
    };
    let verdict = client.check_certificate(request.clone()).await.unwrap().into_inner().verdict.unwrap();
    assert_eq!(verdict.reason, "");
    assert!(format!("{:?}", verdict.stages).contains("ocsp=good"), "{verdict:?}");
    let document = eush_wire::bus::v1::SignedDocument {
        content: b"content".to_vec().into(),
        signature: person.sign(b"content"),
        ..eush_wire::bus::v1::SignedDocument::default()
    };
    let check =
        eds::CheckDocumentRequest { document: Some(document), ..eds::CheckDocumentRequest::default() };
    let signers = client.check_document(check.clone()).await.unwrap().into_inner().signers;
    assert_eq!((signers.len(), signers[0].reason.as_str()), (1, ""));

    let fault = fault_of(PublicationFault::WrongResponder, PublicationPoint::Ocsp);
    world.authority().await.set_publication_fault(fault).await.unwrap();
    let verdict = client.check_certificate(request).await.unwrap().into_inner().verdict.unwrap();
    assert_eq!(verdict.reason, "REVOCATION_UNTRUSTED");
    let signers = client.check_document(check).await.unwrap().into_inner().signers;
    assert_eq!(signers[0].reason, "REVOCATION_UNTRUSTED");
    let described = client.describe_policy(eds::DescribePolicyRequest {}).await.unwrap().into_inner();
    for setting in ["revocation_source=ocsp", "ocsp_nonce=demand"] {
        assert!(described.settings.iter().any(|one| one == setting), "{:?}", described.settings);
    }
}
