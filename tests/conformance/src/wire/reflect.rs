//! Server reflection, both versions: which services are there, and the files that describe them.

use std::time::Duration;

use prost::Message as _;
use tokio_stream::StreamExt as _;
use tonic::transport::Channel;
use tonic_reflection::pb::{v1, v1alpha};

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The answer, unless it takes too long.
async fn in_time<T>(asking: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let late = |_| format!("no answer within {} s", PATIENCE.as_secs());
    tokio::time::timeout(PATIENCE, asking).await.map_err(late)?
}

/// Names of the services that reflection tells.
pub(crate) async fn services(channel: &Channel, version: &str) -> Result<Vec<String>, String> {
    let mut names = match version {
        "v1" => in_time(services_v1(channel)).await?,
        "v1alpha" => in_time(services_v1alpha(channel)).await?,
        other => return Err(format!("there is no version `{other}`")),
    };
    names.sort();
    Ok(names)
}

/// The files that describe a service, normalised: sorted by name, without comments and positions.
pub(crate) async fn files(channel: &Channel, service: &str) -> Result<Vec<u8>, String> {
    let request = v1::server_reflection_request::MessageRequest::FileContainingSymbol(service.to_owned());
    let v1::server_reflection_response::MessageResponse::FileDescriptorResponse(files) =
        in_time(ask_v1(channel, request)).await?
    else {
        return Err("it told no file".to_owned());
    };
    let mut read: Vec<prost_types::FileDescriptorProto> = files
        .file_descriptor_proto
        .iter()
        .filter_map(|bytes| prost_types::FileDescriptorProto::decode(bytes.as_slice()).ok())
        .collect();
    read.sort_by(|a, b| a.name().cmp(b.name()));
    let mut bytes = Vec::new();
    for mut file in read {
        file.source_code_info = None;
        bytes.extend(file.encode_length_delimited_to_vec());
    }
    Ok(bytes)
}

async fn ask_v1(
    channel: &Channel,
    request: v1::server_reflection_request::MessageRequest,
) -> Result<v1::server_reflection_response::MessageResponse, String> {
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(channel.clone());
    let request = v1::ServerReflectionRequest { host: String::new(), message_request: Some(request) };
    let stream = client
        .server_reflection_info(tokio_stream::once(request))
        .await
        .map_err(|status| status.to_string())?;
    let answer =
        stream.into_inner().next().await.ok_or("the stream ended")?.map_err(|status| status.to_string())?;
    answer.message_response.ok_or_else(|| "an empty answer".to_owned())
}

async fn services_v1(channel: &Channel) -> Result<Vec<String>, String> {
    let request = v1::server_reflection_request::MessageRequest::ListServices(String::new());
    let answer = ask_v1(channel, request).await?;
    let v1::server_reflection_response::MessageResponse::ListServicesResponse(list) = answer else {
        return Err(format!("it answered {answer:?}"));
    };
    Ok(list.service.into_iter().map(|service| service.name).collect())
}

async fn services_v1alpha(channel: &Channel) -> Result<Vec<String>, String> {
    use v1alpha::server_reflection_request::MessageRequest;
    use v1alpha::server_reflection_response::MessageResponse;

    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(channel.clone());
    let request = v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let stream = client
        .server_reflection_info(tokio_stream::once(request))
        .await
        .map_err(|status| status.to_string())?;
    let answer =
        stream.into_inner().next().await.ok_or("the stream ended")?.map_err(|status| status.to_string())?;
    match answer.message_response {
        Some(MessageResponse::ListServicesResponse(list)) => {
            Ok(list.service.into_iter().map(|service| service.name).collect())
        }
        other => Err(format!("it answered {other:?}")),
    }
}
