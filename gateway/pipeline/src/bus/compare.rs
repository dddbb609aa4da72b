//! `compare`: what each profile says of one signed request, side by side. It judges and does nothing else: nothing is
//! dispatched, stored or journalled, and the same document can be sent afterwards.

use eush_domain::{ApplicationId, Rejection};

use super::Bus;
use crate::bytes::SignedDocument;
use crate::checks::process::Named;
use crate::clear::{Candidate, clear};
use crate::engine;
use crate::envelope::Envelope;
use crate::finding::Finding;
use crate::ports::{AgencyPort, EvidenceSnapshot, Store};
use crate::profile::{Diagnosis, Policy, Profile};
use crate::raw::{RawDocument, RawInfo, RawSend};
use crate::refusal::{Failure, Fault, FieldFault, Refusal};

/// What one profile says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileVerdict {
    /// The profile.
    pub profile: Profile,
    /// Why it refuses; `None` where it would let the request pass.
    pub reason: Option<Rejection>,
    /// Every check, those after a failure included.
    pub findings: Vec<Finding>,
}

impl<A: AgencyPort, S: Store> Bus<A, S> {
    pub(super) async fn run_compare(
        &self,
        application: &str,
        signed: SignedDocument,
        document: Option<RawDocument>,
    ) -> Result<Vec<ProfileVerdict>, Failure> {
        let id = ApplicationId::parse(application).map_err(|_| Refusal {
            faults: vec![FieldFault::new("application_id", "the id of an application")],
            ..Refusal::of(Rejection::EnvelopeMalformed)
        })?;
        let unknown = || Refusal::of(Rejection::ApplicationUnknown);
        let found = self.ports.store.application(&id).await?.ok_or_else(unknown)?;
        let entry = self.ports.directory.sender(found.owner()).ok_or_else(unknown)?;
        let resolved = engine::resolve(self.ports.catalogue, &found)
            .ok_or(Fault::Bug("an application's flow is in the catalogue"))?;
        let route =
            engine::route(resolved.flow).ok_or_else(|| Refusal::of(Rejection::ChannelNotDescribed))?;
        // As the application's own front would send it now: who asks through management has its word already.
        let info = RawInfo {
            message_id: document.as_ref().map(|document| document.message_id.clone()).unwrap_or_default(),
            service_id: route.service.as_str().to_owned(),
            message_date: Some(self.ports.clock.now()),
            sender_id: found.owner().as_str().to_owned(),
            password: entry.password.clone(),
            ..RawInfo::default()
        };
        let raw = RawSend { info, application_id: application.to_owned(), signed, document };
        let (header, envelope) = Envelope::parse(raw)?;
        let credentials = header.credentials(entry.client_certificate);
        let candidate = Candidate::new(envelope);
        let mut verdicts = Vec::new();
        for profile in [Profile::Strict, Profile::AsWritten] {
            let judge = |evidence: &EvidenceSnapshot| {
                let mut grounds = self.grounds(evidence, Named::new(Some(&id), Some(&found)));
                grounds.policy = Policy { profile, diagnosis: Diagnosis::All, ..self.policy };
                clear(&candidate, &credentials, &grounds)
            };
            verdicts.push(match self.judged(judge).await {
                Ok(cleared) => {
                    ProfileVerdict { profile, reason: None, findings: cleared.findings().to_vec() }
                }
                Err(refusal) => {
                    ProfileVerdict { profile, reason: Some(refusal.rejection), findings: refusal.findings }
                }
            });
        }
        Ok(verdicts)
    }
}
