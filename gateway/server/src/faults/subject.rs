//! What rules are told of a message.

use eush_domain::faults::{Act, Met, Place};
use eush_domain::{AgencyId, Channel, Iin, SenderId};
use eush_pipeline::ports::{Directory, SenderRole};
use eush_pipeline::raw::{
    RawAsk, RawCompletion, RawDocument, RawInfo, RawList, RawLookup, RawOpen, RawOutcome, RawParty,
    RawReport, RawReportStep, RawSend,
};

/// What a message is about, as far as a rule can ask.
#[derive(Clone, Debug, Default)]
pub(crate) struct About {
    message: String,
    sender: String,
    service: String,
    regulation: String,
    channel: Option<Channel>,
    agency: String,
    persons: Vec<Iin>,
}

impl About {
    fn of(info: &RawInfo) -> Self {
        Self {
            message: shown(&info.message_id),
            sender: shown(&info.sender_id),
            service: shown(&info.service_id),
            ..Self::default()
        }
    }

    fn with(mut self, parties: impl IntoIterator<Item = RawParty>) -> Self {
        self.persons.extend(parties.into_iter().filter_map(|found| party(&found)));
        self
    }

    /// A call as rules see it.
    pub(crate) fn met<'a>(&'a self, place: Place, method: &'a str) -> Met<'a> {
        Met {
            place,
            method,
            message: &self.message,
            sender: &self.sender,
            service: &self.service,
            regulation: &self.regulation,
            channel: self.channel,
            agency: &self.agency,
            persons: &self.persons,
        }
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn sender(&self) -> &str {
        &self.sender
    }

    /// Names the agency that the sender is, where it is one.
    pub(crate) fn placed(mut self, directory: &dyn Directory) -> Self {
        let entry = SenderId::parse(&self.sender).ok().and_then(|id| directory.sender(&id));
        if let Some(SenderRole::Agency(agency)) = entry.as_ref().map(|entry| &entry.role) {
            self.agency = AgencyId::as_str(agency).to_owned();
        }
        self
    }
}

/// A message that rules can ask about.
pub(crate) trait Subject {
    /// What it is about.
    fn about(&self) -> About;

    /// Whether there is a result whose signature can be broken.
    fn has_result(&self) -> bool {
        false
    }

    /// Changes the message as a fault of its transport would. Nothing but what some knob says, and nothing that lets more
    /// pass than before.
    fn damage(&mut self, _act: &Act) {}
}

/// A sender's text: at most 64 characters, none of them control characters.
fn shown(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(64).collect()
}

/// IIN or BIN of a party. Rules compare twelve digits.
pub(crate) fn party(party: &RawParty) -> Option<Iin> {
    match party {
        RawParty::Bin(digits) | RawParty::Iin(digits) => Iin::parse(digits).ok(),
    }
}

/// Everybody whom a signed document names.
pub(crate) fn document_parties(document: &RawDocument) -> impl Iterator<Item = RawParty> {
    let representative = document.representative.as_ref().and_then(|found| found.party.clone());
    [document.applicant.clone(), document.signer.clone(), representative].into_iter().flatten()
}

/// The full id of a public service, from it or from its short form.
pub(crate) fn in_full(regulation: &str) -> String {
    let known = eush_acts::catalogue().regulation(regulation);
    known.map_or_else(|| shown(regulation), |known| known.id.as_str().to_owned())
}

impl Subject for RawSend {
    fn about(&self) -> About {
        let about = About::of(&self.info);
        let Some(document) = &self.document else { return about };
        About { regulation: in_full(&document.regulation_id), channel: document.channel, ..about }
            .with(document_parties(document))
    }
}

impl Subject for RawLookup {
    fn about(&self) -> About {
        let questions = self.queries.iter().filter_map(|query| query.question.as_ref());
        let service = self.queries.first().map(|query| shown(&query.service_id)).unwrap_or_default();
        About { service, ..About::of(&self.info) }
            .with(questions.filter_map(|question| question.about.clone()))
    }
}

impl Subject for RawCompletion {
    fn about(&self) -> About {
        let about = About { message: shown(&self.info.correlation_id), ..About::of(&self.info) };
        match &self.outcome {
            Some(RawOutcome::Result(signed)) => {
                about.with(signed.result.as_ref().and_then(|result| result.applicant.clone()))
            }
            Some(RawOutcome::Refusal(_)) | None => about,
        }
    }

    fn has_result(&self) -> bool {
        matches!(self.outcome, Some(RawOutcome::Result(_)))
    }

    fn damage(&mut self, act: &Act) {
        match act {
            Act::BadResultSignature => {
                if let Some(RawOutcome::Result(signed)) = &mut self.outcome {
                    break_signature(&mut signed.signed.signature.0);
                }
            }
            Act::WrongCorrelation => self.info.correlation_id = another(&self.info.correlation_id),
            Act::ClockJump(_)
            | Act::DuplicateDelivery(_)
            | Act::Hold(_)
            | Act::Latency(..)
            | Act::PublicationFault { .. }
            | Act::Reordering(_)
            | Act::Status { .. }
            | Act::Wire(_) => {}
        }
    }
}

/// One byte of a signature is another: the last, which is of the signature's value and never of its form.
pub(crate) fn break_signature(signature: &mut [u8]) {
    if let Some(last) = signature.last_mut() {
        *last ^= 1;
    }
}

/// An id that nobody asked about, of the same alphabet.
pub(crate) fn another(id: &str) -> String {
    let mut other: String = id.chars().rev().take(55).collect();
    other.push_str("-another");
    other
}

impl Subject for RawOpen {
    fn about(&self) -> About {
        About { regulation: in_full(&self.regulation_id), channel: self.channel, ..About::of(&self.info) }
            .with(self.applicant.clone())
    }
}

impl Subject for RawReportStep {
    fn about(&self) -> About {
        let about = About::of(&self.info);
        match &self.report {
            Some(RawReport::Authentication { subject, .. }) => about.with(subject.clone()),
            Some(RawReport::FormCompletion { applicant, representative }) => {
                let other = representative.as_ref().and_then(|found| found.party.clone());
                about.with(applicant.clone()).with(other)
            }
            Some(RawReport::Brought | RawReport::HandOver | RawReport::Signed { .. }) | None => about,
        }
    }
}

impl Subject for RawAsk {
    fn about(&self) -> About {
        About::of(&self.info)
    }
}

impl Subject for RawList {
    fn about(&self) -> About {
        About::of(&self.info).with(self.applicant.clone())
    }
}
