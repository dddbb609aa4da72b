//! Signing what a script answers in a provider's name: with a test key of the provider's authorised person, got from the
//! test authority when first needed.
//!
//! Deliberate difference: a real provider's person keeps the key on a token. Here the test authority hands it out, the
//! certificates say TEST, and the bus checks the result as it checks any other.

use std::collections::HashMap;
use std::sync::Arc;

use eush_acts::Catalogue;
use eush_domain::synthetic::population::CertificateSubject;
use eush_domain::{SessionKey, Timestamp};
use eush_pipeline::bytes::{Bytes, SignedDocument};
use eush_pipeline::ports::DeliveryInfo;
use eush_scripts::Draft;
use eush_sign::{SigningKey, cms};
use eush_wire::bus::v1 as bus;
use eush_wire::management::v1 as management;
use prost::Message as _;
use tokio::sync::Mutex;
use tonic::metadata::AsciiMetadataValue;

use crate::authority::AuthorityClient;
use crate::convert;

use super::Known;

/// What `content` of a result is.
const RESULT_TYPE: &str = "application/x-protobuf; message=eush.bus.v1.ResultDocument";

/// Why a result could not be signed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignFault {
    /// Trust comes from files, so nobody issues test keys.
    #[error(
        "trust comes from files, so that there is no test authority whose keys could sign a scripted result"
    )]
    NoAuthority,
    /// Nobody signs for the provider.
    #[error("the population has nobody who signs for `{provider}`")]
    NoSignatory { provider: String },
    /// The authority did not answer.
    #[error("the test authority gave no key")]
    Enroll(#[source] Box<tonic::Status>),
    /// Its answer cannot be used.
    #[error("the test authority's answer cannot be used: {0}")]
    Answer(String),
    /// The signature could not be made.
    #[error("the result could not be signed: {0}")]
    Sign(String),
}

/// Signs results for any provider.
pub(crate) struct ResultSigner {
    authority: Option<AuthorityClient>,
    session: Option<SessionKey>,
    catalogue: &'static Catalogue,
    /// Held over the call to the authority, so that a key is asked for once.
    credentials: Mutex<HashMap<String, Arc<Credential>>>,
}

impl std::fmt::Debug for ResultSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResultSigner").field("session", &self.session).finish_non_exhaustive()
    }
}

struct Credential {
    key: SigningKey,
    leaf: Vec<u8>,
    intermediates: Vec<Vec<u8>>,
    not_after: Option<Timestamp>,
}

impl ResultSigner {
    pub(crate) fn new(
        authority: Option<AuthorityClient>,
        session: Option<SessionKey>,
        catalogue: &'static Catalogue,
    ) -> Self {
        Self { authority, session, catalogue, credentials: Mutex::default() }
    }

    /// A signed result of a delivery.
    pub(crate) async fn sign(
        &self,
        info: &DeliveryInfo,
        applicant: Option<bus::Party>,
        draft: Draft,
        people: &Known,
    ) -> Result<SignedDocument, SignFault> {
        let regulation = info.regulation.as_ref().and_then(|id| self.catalogue.regulation(id.as_str()));
        let provider = if draft.provider.is_empty() {
            regulation.map(|regulation| regulation.provider.organization.clone()).unwrap_or_default()
        } else {
            draft.provider
        };
        let now = people.now();
        let population = &now.population;
        let found = population.organization(&provider).zip(population.signatory_of(&provider));
        let (organization, signatory) = found.ok_or(SignFault::NoSignatory { provider })?;
        let document = bus::ResultDocument {
            message_id: info.message_id.as_str().to_owned(),
            application_id: info.application.as_ref().map_or("", |id| id.as_str()).to_owned(),
            regulation_id: info.regulation.as_ref().map_or("", |id| id.as_str()).to_owned(),
            applicant,
            provider_bin: organization.bin.digits().to_owned(),
            kind: draft.kind,
            title: Some(draft.title),
            body: Some(draft.body),
            issued_at: Some(convert::timestamp(info.bus_time)),
        };
        let content = document.encode_to_vec();
        let credential = self.credential(signatory.certificate_subject(), info.bus_time).await?;
        let at = info.bus_time;
        let signing = move || {
            let made = cms::sign_detached(
                &content,
                &credential.key,
                &credential.leaf,
                &credential.intermediates,
                at,
            );
            made.map(|signature| SignedDocument {
                content: Bytes(content),
                content_type: RESULT_TYPE.to_owned(),
                signature: Bytes(signature),
            })
        };
        let signed = tokio::task::spawn_blocking(signing).await;
        let signed = signed.map_err(|error| SignFault::Sign(error.to_string()))?;
        signed.map_err(|error| SignFault::Sign(error.to_string()))
    }

    async fn credential(
        &self,
        subject: &CertificateSubject,
        now: Timestamp,
    ) -> Result<Arc<Credential>, SignFault> {
        let mut credentials = self.credentials.lock().await;
        let name = subject.iin.map(|iin| iin.digits().to_owned()).unwrap_or_default();
        // An advanced clock can outlive a certificate; the authority then says which one holds.
        let current = credentials.get(&name).filter(|known| known.not_after.is_none_or(|end| now <= end));
        if let Some(credential) = current {
            return Ok(credential.clone());
        }
        let fresh = Arc::new(self.enroll(subject).await?);
        credentials.insert(name, fresh.clone());
        Ok(fresh)
    }

    async fn enroll(&self, subject: &CertificateSubject) -> Result<Credential, SignFault> {
        let authority = self.authority.as_ref().ok_or(SignFault::NoAuthority)?;
        let request = management::EnrollRequest {
            subject: Some(management::CertificateSubject {
                common_name: subject.common_name.clone(),
                surname: subject.surname.clone(),
                patronymic: subject.patronymic.clone(),
                iin: subject.iin.map(|iin| iin.digits().to_owned()).unwrap_or_default(),
                bin: subject.bin.map(|bin| bin.digits().to_owned()).unwrap_or_default(),
                organization: subject.organization.clone(),
                system: subject.system.clone(),
                roles: subject.roles.iter().map(|role| role.name().to_owned()).collect(),
            }),
            ..management::EnrollRequest::default()
        };
        let mut request = tonic::Request::new(request);
        request.set_timeout(authority.timeout());
        let session = self.session.as_ref().and_then(|key| AsciiMetadataValue::try_from(key.as_str()).ok());
        if let Some(session) = session {
            request.metadata_mut().insert(SessionKey::HEADER, session);
        }
        let answer = authority.passing().enroll(request).await;
        let answer = answer.map_err(|status| SignFault::Enroll(Box::new(status)))?.into_inner();
        let unusable = |what: &dyn std::fmt::Display| SignFault::Answer(what.to_string());
        let key = SigningKey::from_pkcs8_der(&answer.private_key).map_err(|error| unusable(&error))?;
        let mut chain = answer.chain.into_iter();
        let leaf = chain.next().ok_or_else(|| unusable(&"it has no chain"))?;
        let mut intermediates: Vec<Vec<u8>> = chain.collect();
        // The root is the judge's to have, not the signer's to bring.
        intermediates.pop();
        let certificate = answer.certificate.and_then(|certificate| certificate.not_after);
        let not_after = certificate.as_ref().and_then(convert::instant);
        Ok(Credential { key, leaf, intermediates, not_after })
    }
}
