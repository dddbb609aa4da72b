//! What only the whole bus shows: every listener answers as gRPC tools expect, starts and stops are quick and clean.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use eush::bus::{BusOptions, RunningBus};
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// Every listener of the bus, with a service that it must offer.
const LISTENERS: [(&str, &str); 13] = [
    ("gateway", "eush.bus.v1.GatewayService"),
    ("management", "eush.management.v1.ClockService"),
    ("certificates", "eush.management.v1.CertificateAuthorityService"),
    ("portal", "eush.application.v1.ApplicationService"),
    ("state-corporation", "eush.application.v1.ApplicationService"),
    ("office", "eush.application.v1.ApplicationService"),
    ("gbdfl", "eush.adapter.v1.AgencyService"),
    ("gbdul", "eush.adapter.v1.AgencyService"),
    ("enis", "eush.adapter.v1.AgencyService"),
    ("enbek", "eush.adapter.v1.AgencyService"),
    ("esobes", "eush.adapter.v1.AgencyService"),
    ("zhao", "eush.adapter.v1.AgencyService"),
    ("regional", "eush.management.v1.AgencyControlService"),
];

async fn start(folder: &tempfile::TempDir) -> RunningBus {
    let mut options = BusOptions::in_folder(folder.path());
    options.any_ports = true;
    RunningBus::start(options).await.unwrap()
}

async fn channel(bus: &RunningBus, listener: &str) -> Channel {
    let address = bus.address(listener).unwrap_or_else(|| panic!("no listener {listener}"));
    Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap()
}

macro_rules! list_services {
    ($version:ident, $channel:expr) => {{
        use tonic_reflection::pb::$version::server_reflection_client::ServerReflectionClient;
        use tonic_reflection::pb::$version::server_reflection_request::MessageRequest;
        use tonic_reflection::pb::$version::server_reflection_response::MessageResponse;
        let request = tonic_reflection::pb::$version::ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::ListServices(String::new())),
        };
        let mut answers = ServerReflectionClient::new($channel)
            .server_reflection_info(tokio_stream::once(request))
            .await
            .unwrap()
            .into_inner();
        match answers.message().await.unwrap().unwrap().message_response {
            Some(MessageResponse::ListServicesResponse(list)) => {
                list.service.into_iter().map(|service| service.name).collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        }
    }};
}

#[tokio::test(flavor = "multi_thread")]
async fn every_listener_is_healthy_and_describes_itself() {
    let folder = tempfile::tempdir().unwrap();
    let bus = start(&folder).await;
    for (listener, service) in LISTENERS {
        let channel = channel(&bus, listener).await;
        for name in ["", service] {
            let request = HealthCheckRequest { service: name.to_owned() };
            let answer = HealthClient::new(channel.clone()).check(request).await.unwrap().into_inner();
            assert_eq!(answer.status(), ServingStatus::Serving, "{listener} `{name}`");
        }
        for services in [list_services!(v1, channel.clone()), list_services!(v1alpha, channel.clone())] {
            assert!(services.iter().any(|name| name == service), "{listener}: {services:?}");
        }
    }
    bus.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_bus_leaves_its_ports_and_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let bus = start(&folder).await;
    let address = bus.address("gateway").unwrap().to_owned();
    bus.stop().await.unwrap();
    tokio::net::TcpListener::bind(&address).await.unwrap();
    let again = start(&folder).await;
    again.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_buses_live_side_by_side() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, other) = tokio::join!(start(&one), start(&other));
    assert_ne!(one.address("gateway"), other.address("gateway"));
    one.stop().await.unwrap();
    other.stop().await.unwrap();
}
