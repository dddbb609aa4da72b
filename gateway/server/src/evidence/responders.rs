//! Asking a responder (RFC 6960) one question about one certificate, unless it was not available a moment ago.

use std::future::Future;
use std::sync::Arc;

use eush_domain::Timestamp;
use eush_pipeline::ports::Link;
use eush_pki::ocsp::judge_answer;
use eush_pki::{OcspPolicy, OcspRequest, OcspState};
use http::Uri;

use super::answers::{Ask, Key};
use super::lists::chain;
use super::resting::{Generation, Place, Resting};
use crate::chance;
use crate::config::NonceUse;
use crate::fetch::{FetchError, Fetcher};

const QUESTION: &str = "application/ocsp-request";
/// Bytes of chance in a question, as OpenSSL's clients send them (RFC 9654: 1 to 128).
const NONCE_BYTES: usize = 16;

/// A link, and who can be asked about it.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) link: Link,
    /// In the order in which they are asked.
    pub(super) addresses: Vec<Uri>,
}

/// Asks over HTTP.
#[derive(Clone, Debug)]
pub(super) struct Responders {
    pub(super) fetcher: Fetcher,
    pub(super) policy: OcspPolicy,
    pub(super) nonce: NonceUse,
    pub(super) resting: Arc<Resting>,
}

impl Ask for Responders {
    type Question = Question;

    /// The first address that is there decides: what it says, however bad, is not made better by asking another.
    fn ask(&self, question: Question, at: Timestamp) -> impl Future<Output = OcspState> + Send {
        let this = self.clone();
        async move {
            let begun = this.resting.generation();
            let mut state = OcspState::unavailable("no responder's address is known and allowed");
            for address in &question.addresses {
                state = this.ask_unless_resting(begun, address, &question.link, at).await;
                match &state {
                    OcspState::Answer(_) | OcspState::Stale(_) | OcspState::Untrusted(_) => break,
                    OcspState::Unavailable(_) => {}
                }
            }
            state
        }
    }

    fn forget(&self) {
        self.resting.forget();
    }
}

/// What one address came to.
enum Heard {
    /// An answer, of whatever kind.
    Answer(OcspState),
    /// None, and nobody else would get one there now.
    Nothing(String),
}

impl Responders {
    async fn ask_unless_resting(
        &self,
        begun: Generation,
        address: &Uri,
        link: &Link,
        at: Timestamp,
    ) -> OcspState {
        let about = Key::of(&link.certificate, &link.issuer);
        let (everybody, one) = (Place::address(address), Place::question(address, &about));
        for place in [&everybody, &one] {
            if let Some(failure) = self.resting.failed_lately(place, at) {
                return OcspState::Unavailable(failure);
            }
        }
        let (place, state) = match self.ask_at(address, link, at).await {
            Heard::Answer(state) => {
                self.resting.answered(&everybody);
                (one, state)
            }
            Heard::Nothing(reason) => (everybody, OcspState::unavailable(reason)),
        };
        match &state {
            OcspState::Unavailable(failure) => {
                tracing::warn!(%address, reason = failure.reason, "a responder was not available");
                self.resting.failed(begun, place, &failure.reason, at);
            }
            OcspState::Answer(_) | OcspState::Stale(_) | OcspState::Untrusted(_) => {
                self.resting.answered(&place);
            }
        }
        state
    }

    async fn ask_at(&self, address: &Uri, link: &Link, at: Timestamp) -> Heard {
        let nonce: Option<[u8; NONCE_BYTES]> = match self.nonce {
            NonceUse::Demand | NonceUse::Optional => Some(chance::bytes()),
            NonceUse::Off => None,
        };
        let request =
            OcspRequest::about(&link.certificate, &link.issuer, nonce.as_ref().map(|nonce| &nonce[..]));
        let request = match request {
            Ok(request) => request,
            Err(error) => {
                return Heard::Answer(OcspState::Untrusted(format!("nothing can be asked: {error}")));
            }
        };
        let body = match self.fetcher.post(address, QUESTION, request.encode()).await {
            Ok(body) => body,
            Err(error @ FetchError::TooLarge { .. }) => {
                return Heard::Answer(OcspState::Untrusted(chain(&error)));
            }
            Err(
                error @ (FetchError::Address { .. }
                | FetchError::Body { .. }
                | FetchError::Request { .. }
                | FetchError::Status { .. }
                | FetchError::Timeout { .. }),
            ) => return Heard::Nothing(chain(&error)),
        };
        let (issuer, policy) = (link.issuer.clone(), self.policy);
        // Signatures are arithmetic: not for async threads.
        let judged = move || judge_answer(&body, &request, &issuer, at, &policy);
        let state = tokio::task::spawn_blocking(judged)
            .await
            .unwrap_or_else(|_| OcspState::Untrusted("the answer could not be judged".to_owned()));
        Heard::Answer(state)
    }
}

#[cfg(test)]
mod tests;
