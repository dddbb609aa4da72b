//! Listeners: addresses, health, reflection, what keeps a gateway from starting.

use std::collections::HashMap;

use eush_gateway::{Config, Gateway, StartError, TrustLoadError};
use eush_wire::management::v1 as management;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::world::{World, channel};

fn quiet(folder: &std::path::Path, more: &str) -> Config {
    let text = format!(
        "[gateway]\nlisten = \"127.0.0.1:0\"\n[management]\nlisten = \"127.0.0.1:0\"\n[store]\ndata_dir = '{}'\n{more}",
        folder.display()
    );
    Config::parse(&text, &HashMap::new()).unwrap()
}

/// Certificate services that nobody serves.
const NOBODY: &str = "[certificates]\naddress = \"http://127.0.0.1:1\"\n";

#[tokio::test]
async fn an_address_in_use_names_listener_and_key() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut config = quiet(folder.path(), NOBODY);
    config.management.listen = taken.local_addr().unwrap();
    let error = Gateway::bind(config).await.unwrap_err();
    assert!(
        matches!(error, StartError::AddressInUse { listener: "management", key: "management.listen", .. }),
        "{error}"
    );
    assert!(error.to_string().contains(&taken.local_addr().unwrap().to_string()));
    assert!(!folder.path().join("gateway.db").exists(), "nothing is touched before the ports are there");
}

#[tokio::test]
async fn a_root_of_the_real_authority_keeps_it_from_starting() {
    // The guard goes by fingerprint; a certificate of the real authority must not be in this repository. What can be
    // shown here is that files are read, and that one without a certificate is an error with its name.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("root.pem");
    std::fs::write(&file, "no certificate").unwrap();
    let more = format!("[certificates]\ntrust = \"files\"\nanchors = ['{}']\n", file.display());
    let error = Gateway::bind(quiet(folder.path(), &more)).await.unwrap_err();
    let StartError::Trust(TrustLoadError::Malformed { origin, .. }) = error else { panic!("{error}") };
    assert_eq!(origin, file.display().to_string());
}

#[tokio::test]
async fn another_seed_than_the_folder_s_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let seven = format!("{NOBODY}[bus]\nseed = 7\n");
    let bound = Gateway::bind(quiet(folder.path(), &seven)).await.unwrap();
    assert_eq!(bound.seed(), 7);
    bound.serve(std::future::ready(())).await.unwrap();
    let bound = Gateway::bind(quiet(folder.path(), NOBODY)).await.unwrap();
    assert_eq!(bound.seed(), 7);
    bound.serve(std::future::ready(())).await.unwrap();
    let eight = format!("{NOBODY}[bus]\nseed = 8\n");
    let error = Gateway::bind(quiet(folder.path(), &eight)).await.unwrap_err();
    assert!(matches!(error, StartError::SeedChanged { saved: 7, configured: 8 }), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_says_what_can_be_served() {
    let world = World::new().await;
    let check = |address, service: &'static str| async move {
        let request = HealthCheckRequest { service: service.to_owned() };
        HealthClient::new(channel(address).await)
            .check(request)
            .await
            .map(|answer| answer.into_inner().status())
    };
    let (gateway, management) = (world.addresses.gateway, world.addresses.management);
    for service in
        ["", "eush.bus.v1.GatewayService", "eush.bus.v1.ProcessService", "eush.eds.v1.CertificateService"]
    {
        assert_eq!(check(gateway, service).await.unwrap(), ServingStatus::Serving, "{service}");
    }
    for service in ["eush.management.v1.ClockService", "eush.management.v1.CertificateAuthorityService"] {
        assert_eq!(check(management, service).await.unwrap(), ServingStatus::Serving, "{service}");
        assert_eq!(check(gateway, service).await.unwrap_err().code(), tonic::Code::NotFound, "{service}");
    }

    // Without trust it serves, and says that it cannot judge.
    let folder = tempfile::tempdir().unwrap();
    let bound = Gateway::bind(quiet(folder.path(), NOBODY)).await.unwrap();
    let address = bound.gateway_address();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(bound.serve(async { stopped.await.unwrap_or_default() }));
    let request = HealthCheckRequest { service: "eush.bus.v1.GatewayService".to_owned() };
    let mut watch = HealthClient::new(channel(address).await).watch(request).await.unwrap().into_inner();
    while watch.message().await.unwrap().unwrap().status() != ServingStatus::NotServing {}
    drop(stop);
    served.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reflection_of_both_versions_lists_the_services() {
    use tonic_reflection::pb::{v1, v1alpha};
    let world = World::new().await;
    let address = world.addresses.gateway;
    let ask = v1::ServerReflectionRequest {
        message_request: Some(v1::server_reflection_request::MessageRequest::ListServices(String::new())),
        ..v1::ServerReflectionRequest::default()
    };
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(channel(address).await);
    let mut answers = client.server_reflection_info(tokio_stream::once(ask)).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response.unwrap();
    let v1::server_reflection_response::MessageResponse::ListServicesResponse(list) = answer else {
        panic!("{answer:?}")
    };
    let names: Vec<_> = list.service.iter().map(|service| service.name.as_str()).collect();
    assert!(names.contains(&"eush.bus.v1.GatewayService"), "{names:?}");
    assert!(!names.contains(&"eush.management.v1.ClockService"), "{names:?}");

    let ask = v1alpha::ServerReflectionRequest {
        message_request: Some(v1alpha::server_reflection_request::MessageRequest::FileContainingSymbol(
            "eush.management.v1.ClockService".to_owned(),
        )),
        ..v1alpha::ServerReflectionRequest::default()
    };
    let channel = channel(world.addresses.management).await;
    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(channel);
    let mut answers = client.server_reflection_info(tokio_stream::once(ask)).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response.unwrap();
    use v1alpha::server_reflection_response::MessageResponse;
    assert!(matches!(answer, MessageResponse::FileDescriptorResponse(_)), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bus_describes_itself() {
    let world = World::new().await;
    let told =
        world.state().await.describe_bus(management::DescribeBusRequest {}).await.unwrap().into_inner();
    assert_eq!((told.profile.as_str(), told.seed), ("strict", 1));
    assert!(told.flows.contains(&"000-A/portal".to_owned()), "{:?}", told.flows);
    let addresses: Vec<_> = told.listeners.iter().map(|listener| listener.address.clone()).collect();
    assert_eq!(addresses, [world.addresses.gateway.to_string(), world.addresses.management.to_string()]);
    assert!(world.folder().join("gateway").join("gateway.db").exists());
    let (agency, authority) = world.peers();
    assert_ne!(agency, authority);
}
