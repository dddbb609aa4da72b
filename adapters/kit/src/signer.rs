//! Keys of the people and systems that an agency or front signs for: got from the test authority when first needed.
//!
//! Deliberate difference: a real provider's person keeps the key on a token and no server ever holds it. Here the test
//! authority hands it out, and the certificates say TEST.

use std::collections::HashMap;
use std::time::Duration;

use eush_domain::Timestamp;
use eush_domain::synthetic::population::CertificateSubject;
use eush_faults::Guarded;
use eush_sign::{SigningKey, cms};
use eush_wire::management::v1::certificate_authority_service_client::CertificateAuthorityServiceClient;
use eush_wire::management::v1::{EnrollRequest, EnrollResponse};
use tokio::sync::Mutex;

use crate::call::CallContext;
use crate::convert::{subject_to_wire, time_from_wire};

/// Longest wait for the authority: making a key takes it a moment.
const LIMIT: Duration = Duration::from_secs(60);

/// Why something could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// No authority is configured.
    #[error("no certificate authority is linked, so nothing can be signed")]
    Unlinked,
    /// The authority did not answer, or refused.
    #[error("the certificate authority did not enroll `{common_name}`: {source}")]
    Enroll {
        /// Whom.
        common_name: String,
        /// Its answer.
        source: Box<tonic::Status>,
    },
    /// The authority's answer holds no usable key or chain.
    #[error("the certificate authority's answer for `{common_name}` is not usable: {reason}")]
    Answer {
        /// Whom.
        common_name: String,
        /// What is wrong.
        reason: String,
    },
    /// The signature could not be made.
    #[error("signing for `{common_name}` failed: {reason}")]
    Sign {
        /// Whom.
        common_name: String,
        /// What is wrong.
        reason: String,
    },
}

/// Signs for any subject of the population.
#[derive(Debug)]
pub struct Signer {
    authority: Option<Guarded>,
    /// Held over the call to the authority, so that a key is asked for once.
    credentials: Mutex<HashMap<String, Credential>>,
}

struct Credential {
    key: SigningKey,
    leaf: Vec<u8>,
    intermediates: Vec<Vec<u8>>,
    not_after: Option<Timestamp>,
}

impl Credential {
    fn sign(
        &self,
        subject: &CertificateSubject,
        content: &[u8],
        at: Timestamp,
    ) -> Result<Vec<u8>, SignerError> {
        cms::sign_detached(content, &self.key, &self.leaf, &self.intermediates, at).map_err(|error| {
            SignerError::Sign { common_name: subject.common_name.clone(), reason: error.to_string() }
        })
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential").field("not_after", &self.not_after).finish_non_exhaustive()
    }
}

impl Signer {
    /// Over the certificate services; `None` can sign nothing.
    pub fn new(authority: Option<Guarded>) -> Self {
        Self { authority, credentials: Mutex::default() }
    }

    /// A detached CMS signature over exact bytes.
    pub async fn sign(
        &self,
        subject: &CertificateSubject,
        content: &[u8],
        at: Timestamp,
        call: &CallContext,
    ) -> Result<Vec<u8>, SignerError> {
        if call.session().is_some() {
            // A session's authority may begin anew at any moment, and asking it is cheap: it keeps the key.
            return self.enroll(subject, call).await?.sign(subject, content, at);
        }
        let mut credentials = self.credentials.lock().await;
        let name = cache_key(subject);
        // An advanced clock can outlive a certificate; the authority then says which one holds.
        let current = credentials.get(&name).is_some_and(|known| known.not_after.is_none_or(|end| at <= end));
        if !current {
            let fresh = self.enroll(subject, call).await?;
            credentials.insert(name.clone(), fresh);
        }
        let Some(credential) = credentials.get(&name) else {
            return Err(SignerError::Unlinked);
        };
        credential.sign(subject, content, at)
    }

    /// Forgets every key, so that the next signature asks the authority again.
    pub async fn forget(&self) {
        self.credentials.lock().await.clear();
    }

    async fn enroll(
        &self,
        subject: &CertificateSubject,
        call: &CallContext,
    ) -> Result<Credential, SignerError> {
        let channel = self.authority.clone().ok_or(SignerError::Unlinked)?;
        let request = EnrollRequest { subject: Some(subject_to_wire(subject)), ..EnrollRequest::default() };
        let request = call.request(request, "enroll", LIMIT);
        let answer =
            CertificateAuthorityServiceClient::new(channel).enroll(request).await.map_err(|status| {
                SignerError::Enroll { common_name: subject.common_name.clone(), source: Box::new(status) }
            })?;
        credential(answer.into_inner())
            .map_err(|reason| SignerError::Answer { common_name: subject.common_name.clone(), reason })
    }
}

/// Everything in a subject that makes another certificate of it.
fn cache_key(subject: &CertificateSubject) -> String {
    let iin = subject.iin.map(|iin| iin.digits().to_owned()).unwrap_or_default();
    let bin = subject.bin.map(|bin| bin.digits().to_owned()).unwrap_or_default();
    let roles: Vec<&str> = subject.roles.iter().map(|role| role.name()).collect();
    format!("{iin}/{bin}/{}/{}/{}", subject.system, roles.join(","), subject.common_name)
}

fn credential(answer: EnrollResponse) -> Result<Credential, String> {
    let key = SigningKey::from_pkcs8_der(&answer.private_key).map_err(|error| error.to_string())?;
    let mut chain = answer.chain.into_iter();
    let leaf = chain.next().ok_or("it has no chain")?;
    let mut intermediates: Vec<Vec<u8>> = chain.collect();
    // The root is the judge's to have, not the signer's to bring.
    intermediates.pop();
    let not_after = answer.certificate.and_then(|certificate| time_from_wire(certificate.not_after.as_ref()));
    Ok(Credential { key, leaf, intermediates, not_after })
}
