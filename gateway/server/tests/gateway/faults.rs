//! The service of faults: what it takes, what it says, and what only a stub agency can show.

use eush_wire::bus::v1::ApplicationState;
use eush_wire::management::v1 as wire;
use prost::Message as _;
use tonic::{Code, Request};

use crate::world::{Mood, World, population, reason};

fn rule(knob: &str) -> wire::FaultRule {
    wire::FaultRule { knob: knob.to_owned(), ..wire::FaultRule::default() }
}

async fn add(world: &World, rule: wire::FaultRule) -> String {
    let request = wire::AddFaultRequest { rule: Some(rule) };
    world.faults().await.add_fault(request).await.unwrap().into_inner().id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_comes_at_once_can_have_its_signature_broken() {
    let world = World::new().await;
    let population = population();
    let signatory = population.person("astana-employment-centre-signatory").unwrap();
    let signatory = world.enroll(signatory.certificate_subject()).await;
    *world.agency.signatory.lock().unwrap() = Some(signatory);
    world.agency.set(Mood::Results);
    let citizen = world.citizen().await;
    let mut gateway = world.gateway().await;
    for (percent, message) in [("0%", "whole"), ("100%", "broken")] {
        let id = add(&world, wire::FaultRule { trigger: percent.to_owned(), ..rule("bad-result-signature") })
            .await;
        let answer = gateway.send(citizen.request(message)).await;
        if percent == "0%" {
            let answer = answer.unwrap();
            assert_eq!(answer.metadata().get("eush-faults"), None);
            assert_eq!(answer.into_inner().status.unwrap().state(), ApplicationState::Completed);
        } else {
            let status = answer.unwrap_err();
            assert_eq!(reason(&status).0, "RESULT_SIGNATURE_INVALID");
            assert_eq!(status.metadata().get("eush-decided-by").unwrap(), &format!("fault/{id}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_carries_any_details() {
    let world = World::new().await;
    let retry =
        tonic_types::pb::RetryInfo { retry_delay: Some(prost_types::Duration { seconds: 3, nanos: 0 }) };
    let detail = prost_types::Any {
        type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(),
        value: retry.encode_to_vec(),
    };
    let scope = wire::FaultScope { place: "gateway".to_owned(), ..wire::FaultScope::default() };
    let parameters = [("code", "ABORTED"), ("message", "Жүктеме көп")];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let asked = wire::FaultRule {
        id: "mine".to_owned(),
        scope: Some(scope),
        details: vec![detail.clone()],
        parameters: parameters.into(),
        ..rule("status")
    };
    assert_eq!(add(&world, asked).await, "mine");
    let citizen = world.citizen().await;
    let status = world.gateway().await.send(citizen.request("m-1")).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Aborted, "Жүктеме көп"));
    let body = tonic_types::pb::Status::decode(status.details()).unwrap();
    assert_eq!(body.details, [detail]);
    assert_eq!(status.metadata().get("eush-decided-by").unwrap(), "fault/mine");
    assert!(world.agency.seen("deliver").is_empty(), "a message that a fault answered reaches nobody");
    // Calls that carry no message can be struck too, and management never is.
    let check = eush_wire::eds::v1::CheckCertificateRequest::default();
    let mut certificates = eush_wire::eds::v1::certificate_service_client::CertificateServiceClient::new(
        crate::world::channel(world.addresses.gateway).await,
    );
    assert_eq!(certificates.check_certificate(check).await.unwrap_err().code(), Code::Aborted);
    world.faults().await.reset_faults(wire::ResetFaultsRequest {}).await.unwrap();
    world.gateway().await.send(citizen.request("m-1")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_call_is_listed_and_goes_when_it_is_let_go_or_its_rule_is_removed() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let id = add(&world, rule("hold")).await;
    for (message, by_rule) in [("m-1", true), ("m-2", false)] {
        let (mut gateway, request) = (world.gateway().await, citizen.request(message));
        let sending = tokio::spawn(async move { gateway.send(Request::new(request)).await });
        let mut faults = world.faults().await;
        let held = loop {
            let held = faults.list_held(wire::ListHeldRequest {}).await.unwrap().into_inner().held;
            match held.into_iter().next() {
                Some(held) => break held,
                None => tokio::task::yield_now().await,
            }
        };
        assert_eq!((held.id.as_str(), held.message_id.as_str()), (id.as_str(), message));
        assert_eq!(held.method, "eush.bus.v1.GatewayService/Send");
        if by_rule {
            let wrong = wire::ReleaseHeldRequest { id: "other".to_owned(), ..Default::default() };
            assert_eq!(faults.release_held(wrong).await.unwrap().into_inner().released, 0);
            let right = wire::ReleaseHeldRequest { message_id: message.to_owned(), ..Default::default() };
            assert_eq!(faults.release_held(right).await.unwrap().into_inner().released, 1);
            // At the agency's side it is held once more, by the same rule.
            while faults
                .release_held(wire::ReleaseHeldRequest::default())
                .await
                .unwrap()
                .into_inner()
                .released
                == 0
            {
                tokio::task::yield_now().await;
            }
        } else {
            let removed = faults.remove_fault(wire::RemoveFaultRequest { id: id.clone() }).await.unwrap();
            assert_eq!(removed.into_inner().released, 1);
        }
        sending.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_with_the_field() {
    let world = World::new().await;
    let mut faults = world.faults().await;
    let scoped = |change: fn(&mut wire::FaultScope)| {
        let mut scope = wire::FaultScope::default();
        change(&mut scope);
        wire::FaultRule { scope: Some(scope), ..rule("hold") }
    };
    let with = |name: &str, value: &str, knob: &str| wire::FaultRule {
        parameters: [(name.to_owned(), value.to_owned())].into(),
        ..rule(knob)
    };
    for (wrong, says) in [
        (rule("frobnicate"), "`rule.knob`: expected one of `agency-restart`"),
        (
            wire::FaultRule { trigger: "often".to_owned(), ..rule("hold") },
            "`rule.trigger`: `often` is none of",
        ),
        (wire::FaultRule { id: "No".to_owned(), ..rule("hold") }, "`rule.id`"),
        (scoped(|scope| scope.place = "moon".to_owned()), "`rule.scope.place`: expected one of"),
        (scoped(|scope| scope.person = "1234".to_owned()), "`rule.scope.person`: expected IIN or BIN"),
        (scoped(|scope| scope.regulation_id = "999-Z".to_owned()), "no public service is called `999-Z`"),
        (scoped(|scope| scope.method = "a b".to_owned()), "`rule.scope.method`"),
        (with("millis", "soon", "latency"), "parameter `millis` of `latency` is `soon`"),
        (with("fault", "fire", "publication-fault"), "`fire` is no fault of a publication"),
        (with("point", "answer", "slow-body"), "has no parameter `point`"),
    ] {
        let request = wire::AddFaultRequest { rule: Some(wrong) };
        let status = faults.add_fault(request).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).0.as_str()), (Code::InvalidArgument, "FAULT_MALFORMED"));
        assert!(status.message().contains(says), "`{}` lacks `{says}`", status.message());
    }
    let status = faults.remove_fault(wire::RemoveFaultRequest { id: "nobody".to_owned() }).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::NotFound, "FAULT_UNKNOWN"));
    let nastiness =
        wire::Nastiness { profile: "calm".to_owned(), knobs: [("hold".into(), "101".into())].into() };
    let request = wire::SetNastinessRequest { nastiness: Some(nastiness) };
    let status = faults.set_nastiness(request).await.unwrap_err();
    assert!(status.message().contains("nastiness.knobs.hold"), "{}", status.message());
    let knobs = faults.describe_knobs(wire::DescribeKnobsRequest {}).await.unwrap().into_inner().knobs;
    assert_eq!(knobs.len(), eush_domain::faults::Knob::ALL.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_sets_the_weather_and_a_reset_goes_back_to_it() {
    let world = World::with(|config| {
        config.nastiness.profile = eush_domain::faults::NastinessProfile::Hostile;
        for knob in eush_domain::faults::Knob::ALL {
            let percent = eush_domain::faults::Percent::ZERO;
            config.nastiness.knobs.push(eush_domain::faults::KnobSetting { knob: *knob, percent });
        }
    })
    .await;
    let mut faults = world.faults().await;
    let listed = faults.list_faults(wire::ListFaultsRequest::default()).await.unwrap().into_inner().faults;
    assert_eq!(listed.len(), eush_domain::faults::Knob::ALL.len());
    let calm = wire::Nastiness { profile: "calm".to_owned(), ..wire::Nastiness::default() };
    faults.set_nastiness(wire::SetNastinessRequest { nastiness: Some(calm) }).await.unwrap();
    let listed = faults.list_faults(wire::ListFaultsRequest::default()).await.unwrap().into_inner().faults;
    assert_eq!(listed, []);
    add(&world, rule("hold")).await;
    let reset = faults.reset_faults(wire::ResetFaultsRequest {}).await.unwrap().into_inner();
    assert_eq!(reset.removed, 1);
    let now =
        faults.get_nastiness(wire::GetNastinessRequest {}).await.unwrap().into_inner().nastiness.unwrap();
    assert_eq!((now.profile.as_str(), now.knobs.len()), ("hostile", listed_knobs()));
}

fn listed_knobs() -> usize {
    eush_domain::faults::Knob::ALL.len()
}
