//! What a run finds out about its subject before the first case: who it says it is, what it offers, what can be verified.

use std::collections::BTreeSet;
use std::time::Duration;

use eush_wire::adapter::v1::{Access, DescribeResponse, UseRequest};
use eush_wire::conformance::v1::{Feature, Parameters, PayloadBook, SubjectKind};
use eush_wire::eds::v1::DescribePolicyResponse;
use eush_wire::management::v1::{
    DescribeBusResponse, GetClockResponse, ListFaultsResponse, ListSessionsResponse,
};
use prost::Message;
use prost_reflect::DynamicMessage;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use tonic::transport::Channel;

use crate::engine::PLAYED_TIME;
use crate::run::context::Facts;
use crate::run::subject::Subject;
use crate::wire::{self, Manner, reflect};
use crate::words;

/// Longest wait for what a subject says of itself.
const PATIENCE: Duration = Duration::from_secs(30);

/// Service by which each kind of subject is known.
fn main_service(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Agency | SubjectKind::Unspecified => "eush.adapter.v1.AgencyService",
        SubjectKind::Gateway => "eush.bus.v1.GatewayService",
        SubjectKind::Client => "eush.application.v1.ApplicationService",
    }
}

/// What is there to know. A subject that does not describe itself is a subject all the same: the cases will say so.
pub(crate) async fn of(
    kind: SubjectKind,
    subject: &Subject,
    management: Option<&str>,
    parameters: &Parameters,
    payloads: &PayloadBook,
    results: bool,
) -> Facts {
    let mut facts = Facts::default();
    if subject.is_ours() {
        facts.features.insert(Feature::Started);
    }
    if results || subject.is_ours() {
        facts.features.insert(Feature::Results);
    }
    if !parameters.senders.is_empty() {
        facts.features.insert(Feature::Senders);
    }
    let described = match kind {
        SubjectKind::Agency | SubjectKind::Unspecified => agency(&subject.channel, &mut facts).await,
        SubjectKind::Gateway => {
            let told = subject
                .listeners
                .iter()
                .find(|(name, _)| name == "management")
                .map(|(_, address)| address.as_str());
            revocation(&subject.channel, &mut facts).await;
            bus(management.or(told), parameters, payloads, &mut facts).await
        }
        SubjectKind::Client => None,
    };
    describe_interface(kind, &subject.channel, described, &mut facts).await;
    facts
}

async fn ask<M: Message + Default>(channel: &Channel, name: &str) -> Option<(M, bytes::Bytes)> {
    ask_as(channel, name, &Manner::default()).await
}

async fn ask_as<M: Message + Default>(
    channel: &Channel,
    name: &str,
    manner: &Manner,
) -> Option<(M, bytes::Bytes)> {
    let method = words::method(name)?;
    let empty = DynamicMessage::new(method.input.clone()).encode_to_vec();
    let asking = wire::call(channel, &method, empty.into(), manner);
    let reply = tokio::time::timeout(PATIENCE, asking).await.ok()?.ok()??;
    (reply.code == tonic::Code::Ok)
        .then(|| M::decode(reply.bytes.clone()).ok())
        .flatten()
        .map(|message| (message, reply.bytes))
}

async fn agency(channel: &Channel, facts: &mut Facts) -> Option<Vec<u8>> {
    if ask::<eush_wire::management::v1::ListCallsResponse>(channel, "AgencyControlService.ListCalls")
        .await
        .is_some()
    {
        facts.features.insert(Feature::Control);
    }
    let (described, _) = ask::<DescribeResponse>(channel, "AgencyService.Describe").await?;
    facts.agency.clone_from(&described.agency);
    facts.version.clone_from(&described.version);
    for service in &described.services {
        facts.services.insert(service.service_id.clone());
        facts.attachments.insert(service.service_id.clone(), service.required_attachments.clone());
    }
    if is_used_by_hand(channel).await {
        facts.features.insert(Feature::Workplace);
    }
    Some(described.encode_to_vec())
}

/// Whether people use an agency at its own screen. Who has none answers UNIMPLEMENTED, whatever is asked; asking is a look at
/// nobody's affair.
async fn is_used_by_hand(channel: &Channel) -> bool {
    let Some(method) = words::method("WorkplaceService.Use") else { return false };
    let look = UseRequest {
        use_id: "conformance/0".to_owned(),
        application_id: "conformance".to_owned(),
        regulation_id: "conformance/none".to_owned(),
        access: Access::Read.into(),
        bus_time: Some(prost_types::Timestamp { seconds: PLAYED_TIME.unix_timestamp(), nanos: 0 }),
        ..UseRequest::default()
    };
    let manner = Manner::default();
    let asking = wire::call(channel, &method, look.encode_to_vec().into(), &manner);
    let reply = tokio::time::timeout(PATIENCE, asking).await.ok().and_then(Result::ok).flatten();
    reply.is_some_and(|reply| reply.code != tonic::Code::Unimplemented)
}

async fn bus(
    management: Option<&str>,
    parameters: &Parameters,
    payloads: &PayloadBook,
    facts: &mut Facts,
) -> Option<Vec<u8>> {
    let channel = wire::connect(management?).await.ok()?;
    facts.features.insert(Feature::Management);
    facts.management = Some(channel.clone());
    facts.clock = now(&channel, &Manner::default()).await;
    let faults = "CertificateAuthorityService.ListPublicationFaults";
    if ask::<eush_wire::management::v1::ListPublicationFaultsResponse>(&channel, faults).await.is_some() {
        facts.features.insert(Feature::Faults);
    }
    if ask::<ListSessionsResponse>(&channel, "SessionService.ListSessions").await.is_some() {
        facts.features.insert(Feature::Sessions);
    }
    if ask::<ListFaultsResponse>(&channel, "FaultService.ListFaults").await.is_some() {
        facts.features.insert(Feature::Nastiness);
    }
    let (described, _) = ask::<DescribeBusResponse>(&channel, "BusService.DescribeBus").await?;
    facts.version.clone_from(&described.version);
    facts.flows = described.flows.iter().cloned().collect();
    let codes: BTreeSet<&str> = payloads.payloads.iter().map(|payload| payload.agency.as_str()).collect();
    for code in codes {
        let told = described
            .listeners
            .iter()
            .find(|listener| listener.name == code)
            .map(|listener| &listener.address);
        let Some(address) = parameters.agencies.get(code).or(told) else { continue };
        let Ok(agency) = wire::connect(address).await else { continue };
        if ask::<eush_wire::management::v1::ListCallsResponse>(&agency, "AgencyControlService.ListCalls")
            .await
            .is_some()
        {
            facts.agencies.insert(code.to_owned(), agency);
        }
    }
    if !facts.agencies.is_empty() {
        facts.features.insert(Feature::Agencies);
    }
    // What may differ from one start to the next is no part of the interface.
    let stable = DescribeBusResponse { listeners: Vec::new(), seed: 0, ..described };
    Some(stable.encode_to_vec())
}

/// What a bus judges revocation by, as it says itself; the acts name lists, so who says nothing has them.
async fn revocation(channel: &Channel, facts: &mut Facts) {
    let told = ask::<DescribePolicyResponse>(channel, "CertificateService.DescribePolicy").await;
    let settings = told.map(|(policy, _)| policy.settings).unwrap_or_default();
    let source = settings.iter().find_map(|setting| setting.strip_prefix("revocation_source="));
    let features: &[Feature] = match source {
        Some("ocsp") => &[Feature::Responder],
        Some("ocsp-then-crl") => &[Feature::Responder, Feature::Lists],
        Some(_) | None => &[Feature::Lists],
    };
    facts.features.extend(features);
}

/// The virtual time of a bus.
pub(crate) async fn now(management: &Channel, manner: &Manner) -> Option<OffsetDateTime> {
    let (answer, _) = ask_as::<GetClockResponse>(management, "ClockService.GetClock", manner).await?;
    OffsetDateTime::from_unix_timestamp(answer.clock?.now?.seconds).ok()
}

async fn describe_interface(
    kind: SubjectKind,
    channel: &Channel,
    described: Option<Vec<u8>>,
    facts: &mut Facts,
) {
    let (bytes, of) = match (reflect::files(channel, main_service(kind)).await, described) {
        (Ok(files), _) => (files, "reflection"),
        (Err(_), Some(described)) => (described, "describe"),
        (Err(_), None) => (Vec::new(), "nothing"),
    };
    facts.descriptor_of = of.to_owned();
    if of != "nothing" {
        facts.descriptor_sha256 = words::hex(&Sha256::digest(&bytes));
    }
}
