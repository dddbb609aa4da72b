//! Keys that sign the runner's messages: from the runner's own authority, or from the authority of a bus that is judged.

use std::collections::HashMap;

use eush_sign::{SigningKey, cms};
use eush_wire::management::v1::{Defect, EnrollRequest, EnrollResponse};
use prost::Message as _;
use time::OffsetDateTime;
use tokio::sync::Mutex;
use tonic::transport::Channel;

use crate::people::{self, Fields};
use crate::play::authority::TestAuthority;
use crate::wire::{self, Manner};
use crate::words;

/// A key with its certificates.
#[derive(Debug)]
pub(crate) struct Signatory {
    key: SigningKey,
    chain: Vec<Vec<u8>>,
    /// Serial number as the authority writes it.
    pub(crate) serial: String,
}

impl Signatory {
    pub(crate) fn of(answer: EnrollResponse) -> Result<Self, String> {
        let key = SigningKey::from_pkcs8_der(&answer.private_key).map_err(|error| error.to_string())?;
        let serial = answer.certificate.map(|certificate| certificate.serial).unwrap_or_default();
        if answer.chain.is_empty() {
            return Err("the authority gave a key without certificate".to_owned());
        }
        Ok(Self { key, chain: answer.chain, serial })
    }

    /// The certificate and its issuer's, DER in hexadecimal.
    pub(crate) fn certificates(&self) -> (String, String) {
        let hex = |at: usize| self.chain.get(at).map(|der| words::hex(der)).unwrap_or_default();
        (hex(0), hex(1))
    }

    /// CMS over exactly these bytes.
    pub(crate) fn sign(&self, content: &[u8], at: OffsetDateTime) -> Result<Vec<u8>, String> {
        let (leaf, above) = self.chain.split_first().ok_or("no certificate")?;
        let above = above.split_last().map_or(&[][..], |(_root, between)| between);
        cms::sign_detached(content, &self.key, leaf, above, at).map_err(|error| error.to_string())
    }
}

/// What is asked of an authority.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Wanted {
    pub(crate) role: String,
    pub(crate) defect: i32,
    pub(crate) roles: Vec<String>,
    /// Tells certificates of one subject apart; empty for the shared one.
    pub(crate) label: String,
}

/// Keys by what was asked.
#[derive(Debug, Default)]
pub(crate) struct Keys(Mutex<HashMap<Wanted, std::sync::Arc<Signatory>>>);

impl Keys {
    /// The key of a role, enrolled on first need.
    pub(crate) async fn signatory(
        &self,
        wanted: &Wanted,
        fields: &Fields,
        own: &TestAuthority,
        bus: Option<(&Channel, &Manner)>,
    ) -> Result<std::sync::Arc<Signatory>, String> {
        let mut keys = self.0.lock().await;
        if let Some(known) = keys.get(wanted) {
            return Ok(std::sync::Arc::clone(known));
        }
        let mut subject = people::certificate_subject(fields);
        if !wanted.roles.is_empty() {
            subject.roles.clone_from(&wanted.roles);
        }
        let answer = match bus {
            None => own.enroll(&subject).map_err(|error| error.to_string())?,
            Some((channel, manner)) => {
                let request = EnrollRequest {
                    subject: Some(subject),
                    defect: wanted.defect,
                    label: wanted.label.clone(),
                    ..EnrollRequest::default()
                };
                enroll(channel, &request, manner).await?
            }
        };
        let made = std::sync::Arc::new(Signatory::of(answer)?);
        keys.insert(wanted.clone(), std::sync::Arc::clone(&made));
        Ok(made)
    }
}

async fn enroll(
    channel: &Channel,
    request: &EnrollRequest,
    manner: &Manner,
) -> Result<EnrollResponse, String> {
    let method = words::method("CertificateAuthorityService.Enroll").ok_or("no such method")?;
    let reply = wire::call(channel, &method, request.encode_to_vec().into(), manner).await?;
    let reply = reply.ok_or("no answer")?;
    if reply.code != tonic::Code::Ok {
        return Err(format!("no certificate: {}", reply.summary()));
    }
    EnrollResponse::decode(reply.bytes).map_err(|error| error.to_string())
}

/// The number of a defect's word.
pub(crate) fn defect(word: &str) -> Result<i32, String> {
    if word.is_empty() {
        return Ok(Defect::Unspecified.into());
    }
    let found = words::POOL.get_enum_by_name("eush.management.v1.Defect").ok_or("no such enum")?;
    words::number(&found, word).ok_or_else(|| format!("there is no defect `{word}`"))
}
