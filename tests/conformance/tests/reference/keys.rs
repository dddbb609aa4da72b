//! Signing in the name of a person of the population, with a key of the authority at the runner's gateway.

use std::net::SocketAddr;

use eush_domain::synthetic::population::CertificateSubject;
use eush_sign::{SigningKey, cms};
use eush_wire::management::v1 as management;
use eush_wire::management::v1::certificate_authority_service_client::CertificateAuthorityServiceClient;
use time::OffsetDateTime;

/// The subject on the wire.
pub fn subject(subject: &CertificateSubject) -> management::CertificateSubject {
    management::CertificateSubject {
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

/// A key and its chain, from the authority at an address.
pub async fn enroll(
    authority: SocketAddr,
    of: &CertificateSubject,
) -> Result<(SigningKey, Vec<Vec<u8>>), tonic::Status> {
    let unavailable = |error: tonic::transport::Error| tonic::Status::unavailable(error.to_string());
    let mut client = CertificateAuthorityServiceClient::connect(format!("http://{authority}"))
        .await
        .map_err(unavailable)?;
    let request = management::EnrollRequest { subject: Some(subject(of)), ..Default::default() };
    let answer = client.enroll(request).await?.into_inner();
    let key = SigningKey::from_pkcs8_der(&answer.private_key)
        .map_err(|error| tonic::Status::internal(error.to_string()))?;
    Ok((key, answer.chain))
}

/// A detached signature.
pub fn sign(key: &SigningKey, chain: &[Vec<u8>], content: &[u8], at: &prost_types::Timestamp) -> Vec<u8> {
    let at = OffsetDateTime::from_unix_timestamp(at.seconds).unwrap();
    cms::sign_detached(content, key, &chain[0], &[], at).unwrap()
}
