//! A provider's signed result, parsed: what the bus must know of it before it is shown to anybody.

use eush_domain::{ApplicationId, Bin, MessageId};

use crate::bytes::SignedDocument;
use crate::envelope::{RESULT_TYPE, Reading};
use crate::party::Party;
use crate::raw::RawSignedResult;
use crate::refusal::Refusal;

/// A result. Title and body are the agency's own and pass through unread.
#[derive(Clone, Debug)]
pub struct SignedResult {
    pub(crate) message_id: MessageId,
    pub(crate) application: ApplicationId,
    pub(crate) regulation: String,
    pub(crate) applicant: Party,
    pub(crate) provider: Bin,
    pub(crate) signed: SignedDocument,
}

impl SignedResult {
    /// Parses a result. `field` is its path in the message that carries it.
    pub(crate) fn parse(field: &str, raw: RawSignedResult) -> Result<Self, Refusal> {
        let mut reading = Reading::default();
        let value = reading.result(field, raw);
        reading.finish(value)
    }
}

impl Reading {
    fn result(&mut self, field: &str, raw: RawSignedResult) -> Option<SignedResult> {
        self.signed(field, &raw.signed, RESULT_TYPE);
        let Some(result) = raw.result else {
            self.fault(format!("{field}.content"), "an eush.bus.v1.ResultDocument");
            return None;
        };
        let path = |name: &str| format!("{field}.content.{name}");
        let expected = "1 to 64 characters of A-Z a-z 0-9 . _ : -";
        let message_id = self.parsed(&path("message_id"), expected, MessageId::parse(&result.message_id));
        let application =
            self.parsed(&path("application_id"), expected, ApplicationId::parse(&result.application_id));
        let applicant = self.party(&path("applicant"), result.applicant.as_ref());
        let provider = self.bin(&path("provider_bin"), &result.provider_bin);
        if !(1..=64).contains(&result.kind.chars().count()) {
            self.fault(path("kind"), "1 to 64 characters");
        }
        if result.issued_at.is_none() {
            self.fault(path("issued_at"), "a time");
        }
        Some(SignedResult {
            message_id: message_id?,
            application: application?,
            regulation: result.regulation_id,
            applicant: applicant?,
            provider: provider?,
            signed: raw.signed,
        })
    }
}
