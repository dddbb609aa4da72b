//! From raw fields to types: the first stage. Every fault of a message is told at once, and no field's value is
//! repeated in a fault, since it may be personal data.

use eush_domain::{ApplicationId, Bin, Channel, Iin, MessageId, Rejection, SenderId, ServiceId};
use serde::{Deserialize, Serialize};

use crate::bytes::{Payload, SignedDocument};
use crate::party::{Certification, Party, Representative};
use crate::raw::{
    RawAttachment, RawDocument, RawInfo, RawLookup, RawParty, RawQuery, RawRepresentative, RawSend, Secret,
};
use crate::refusal::{FieldFault, Refusal};

/// Content type of a request for a public service.
pub const DOCUMENT_TYPE: &str = "application/x-protobuf; message=eush.bus.v1.Document";
/// Content type of a question to a register.
pub const QUERY_TYPE: &str = "application/x-protobuf; message=eush.bus.v1.RegisterQuery";
/// Content type of a provider's result.
pub const RESULT_TYPE: &str = "application/x-protobuf; message=eush.bus.v1.ResultDocument";
/// Most bytes of one attachment.
pub const ATTACHMENT_LIMIT: usize = 1 << 20;
/// Most bytes of all attachments together.
pub const ATTACHMENTS_LIMIT: usize = 3 << 20;
/// Most queries of one message.
pub const QUERIES_LIMIT: usize = 8;
/// Media types of attachments.
pub const MEDIA_TYPES: [&str; 3] = ["application/pdf", "image/jpeg", "image/png"];

/// Who says to send. Kept apart from the envelope so that no secret is ever stored with it.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) sender: SenderId,
    pub(crate) password: Secret,
    pub(crate) client_certificate: Option<[u8; 32]>,
}

/// What every message says of itself.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) message_id: MessageId,
    pub(crate) sender: SenderId,
    pub(crate) password: Secret,
    pub(crate) service: Option<ServiceId>,
    pub(crate) correlation_id: Option<MessageId>,
}

impl Header {
    /// Who says to send, with what the transport knows of them.
    pub(crate) fn credentials(&self, client_certificate: Option<[u8; 32]>) -> Credentials {
        Credentials { sender: self.sender.clone(), password: self.password.clone(), client_certificate }
    }
}

/// A signed request for a public service, parsed. The signed bytes stay exact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    pub(crate) message_id: MessageId,
    pub(crate) sender: SenderId,
    pub(crate) service: ServiceId,
    pub(crate) application: Option<ApplicationId>,
    /// As written: id or short form.
    pub(crate) regulation: String,
    pub(crate) channel: Channel,
    pub(crate) applicant: Party,
    pub(crate) signer: Party,
    pub(crate) representative: Option<Representative>,
    /// Key of the act's procedure that is asked for.
    #[serde(default)]
    pub(crate) procedure: Option<String>,
    /// Stored apart from the record, and put back on a restart.
    #[serde(skip)]
    pub(crate) signed: SignedDocument,
}

/// A question to a register, parsed.
#[derive(Clone, Debug)]
pub struct Query {
    pub(crate) service: ServiceId,
    pub(crate) about: Party,
    pub(crate) asking_bin: Bin,
    pub(crate) asking_system: String,
    pub(crate) request: Payload,
    pub(crate) signed: SignedDocument,
}

/// A message of questions, parsed.
#[derive(Clone, Debug)]
pub(crate) struct LookupEnvelope {
    pub(crate) header: Header,
    pub(crate) application: Option<ApplicationId>,
    pub(crate) queries: Vec<Query>,
}

/// Gathers faults while fields are read.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    faults: Vec<FieldFault>,
    too_large: Vec<FieldFault>,
}

impl Reading {
    pub(crate) fn fault(&mut self, field: impl Into<String>, expected: impl Into<String>) {
        self.faults.push(FieldFault::new(field, expected));
    }

    pub(crate) fn parsed<T, E>(&mut self, field: &str, expected: &str, read: Result<T, E>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(_) => {
                self.fault(field, expected);
                None
            }
        }
    }

    /// The value where nothing was wrong with the whole message.
    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, Refusal> {
        if !self.faults.is_empty() {
            return Err(Refusal { faults: self.faults, ..Refusal::of(Rejection::EnvelopeMalformed) });
        }
        if !self.too_large.is_empty() {
            return Err(Refusal { faults: self.too_large, ..Refusal::of(Rejection::MessageTooLarge) });
        }
        // A missing value always has its fault; should one be forgotten, the answer is still a refusal.
        value.ok_or_else(|| Refusal::of(Rejection::EnvelopeMalformed))
    }

    pub(crate) fn header(&mut self, info: &RawInfo) -> Option<Header> {
        let message_id = self.parsed(
            "info.message_id",
            "1 to 64 characters of A-Z a-z 0-9 . _ : -",
            MessageId::parse(&info.message_id),
        );
        let sender = self.parsed(
            "info.sender.sender_id",
            "1 to 64 characters of A-Z a-z 0-9 . _ : -",
            SenderId::parse(&info.sender_id),
        );
        let service = self.optional("info.service_id", &info.service_id, ServiceId::parse);
        let correlation_id = self.optional("info.correlation_id", &info.correlation_id, MessageId::parse);
        if info.route_id.chars().count() > 64 {
            self.fault("info.route_id", "at most 64 characters");
        }
        self.properties(&info.properties);
        Some(Header {
            message_id: message_id?,
            sender: sender?,
            password: info.password.clone(),
            service: service?,
            correlation_id: correlation_id?,
        })
    }

    /// An identifier that may be empty. The outer `None` is a fault.
    #[expect(
        clippy::option_option,
        reason = "the outer level says whether it could be read, the inner whether it is there"
    )]
    fn optional<T, E>(
        &mut self,
        field: &str,
        text: &str,
        parse: fn(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        if text.is_empty() {
            return Some(None);
        }
        self.parsed(field, "empty, or 1 to 64 characters of A-Z a-z 0-9 . _ : -", parse(text)).map(Some)
    }

    // The bounds are the real bus's own.
    fn properties(&mut self, properties: &[(String, String)]) {
        if properties.len() > 32 {
            self.fault("info.properties", "at most 32");
        }
        for (index, (key, value)) in properties.iter().enumerate().take(32) {
            if key.is_empty() || key.chars().count() > 30 {
                self.fault(format!("info.properties[{index}].key"), "1 to 30 characters");
            }
            if value.chars().count() > 500 {
                self.fault(format!("info.properties[{index}].value"), "at most 500 characters");
            }
        }
    }

    #[expect(
        clippy::option_option,
        reason = "the outer level says whether it could be read, the inner whether it is there"
    )]
    pub(crate) fn application(&mut self, text: &str) -> Option<Option<ApplicationId>> {
        self.optional("application_id", text, ApplicationId::parse)
    }

    pub(crate) fn party(&mut self, field: &str, party: Option<&RawParty>) -> Option<Party> {
        match party {
            Some(RawParty::Iin(digits)) => {
                self.parsed(&format!("{field}.iin"), "12 digits", Iin::parse(digits)).map(Party::Iin)
            }
            Some(RawParty::Bin(digits)) => {
                self.parsed(&format!("{field}.bin"), "12 digits", Bin::parse(digits)).map(Party::Bin)
            }
            None => {
                self.fault(field, "an IIN or a BIN");
                None
            }
        }
    }

    pub(crate) fn bin(&mut self, field: &str, digits: &str) -> Option<Bin> {
        self.parsed(field, "12 digits", Bin::parse(digits))
    }

    #[expect(
        clippy::option_option,
        reason = "the outer level says whether it could be read, the inner whether it is there"
    )]
    pub(crate) fn representative(
        &mut self,
        field: &str,
        raw: Option<&RawRepresentative>,
    ) -> Option<Option<Representative>> {
        let Some(raw) = raw else { return Some(None) };
        let party = self.party(&format!("{field}.party"), raw.party.as_ref());
        let number = &raw.power_of_attorney_number;
        let number_field = format!("{field}.power_of_attorney_number");
        // Act 000, 2-үдеріс: the data of a power of attorney certified otherwise are not filled in.
        let certification = if raw.notarized {
            if !(1..=64).contains(&number.chars().count()) {
                self.fault(number_field, "1 to 64 characters where the power of attorney is notarised");
            }
            Certification::Notarized
        } else {
            if !number.is_empty() {
                self.fault(number_field, "empty where the power of attorney is not notarised");
            }
            Certification::Otherwise
        };
        party.map(|party| {
            Some(Representative { party, certification, power_of_attorney_number: number.clone() })
        })
    }

    pub(crate) fn signed(&mut self, field: &str, signed: &SignedDocument, content_type: &str) {
        if signed.content.0.is_empty() {
            self.fault(format!("{field}.content"), "the signed bytes");
        }
        if signed.content_type != content_type {
            self.fault(format!("{field}.content_type"), format!("`{content_type}`"));
        }
    }

    fn attachments(&mut self, attachments: &[RawAttachment]) {
        if attachments.len() > 32 {
            self.fault("document.content.attachments", "at most 32");
        }
        let mut total = 0_usize;
        for (index, attachment) in attachments.iter().enumerate().take(32) {
            let field = |name: &str| format!("document.content.attachments[{index}].{name}");
            if !(1..=64).contains(&attachment.kind.chars().count()) {
                self.fault(field("kind"), "1 to 64 characters");
            }
            if !(1..=255).contains(&attachment.file_name.chars().count()) {
                self.fault(field("file_name"), "1 to 255 characters");
            }
            if !MEDIA_TYPES.contains(&attachment.media_type.as_str()) {
                self.fault(field("media_type"), MEDIA_TYPES.join(", "));
            }
            if attachment.size == 0 {
                self.fault(field("content"), "not empty");
            }
            if attachment.size > ATTACHMENT_LIMIT {
                let expected = format!("at most {ATTACHMENT_LIMIT} bytes");
                self.too_large.push(FieldFault::new(field("content"), expected));
            }
            total = total.saturating_add(attachment.size);
        }
        if total > ATTACHMENTS_LIMIT {
            let expected = format!("at most {ATTACHMENTS_LIMIT} bytes together");
            self.too_large.push(FieldFault::new("document.content.attachments", expected));
        }
    }
}

impl Envelope {
    /// Parses a request. The header comes back apart, with the secret.
    pub(crate) fn parse(raw: RawSend) -> Result<(Header, Self), Refusal> {
        let mut reading = Reading::default();
        let header = reading.header(&raw.info);
        if raw.info.service_id.is_empty() {
            reading.fault("info.service_id", "the routing key of a service");
        }
        let application = reading.application(&raw.application_id);
        reading.signed("document", &raw.signed, DOCUMENT_TYPE);
        let document = reading.document(&raw.info.message_id, raw.document.as_ref());
        let value = || {
            let (header, document) = (header?, document?);
            let envelope = Self {
                message_id: header.message_id.clone(),
                sender: header.sender.clone(),
                service: header.service.clone()?,
                application: application?,
                regulation: document.regulation,
                channel: document.channel,
                applicant: document.applicant,
                signer: document.signer,
                representative: document.representative,
                procedure: document.procedure,
                signed: raw.signed,
            };
            Some((header, envelope))
        };
        let value = value();
        reading.finish(value)
    }
}

/// What the signed bytes say.
struct DocumentFields {
    regulation: String,
    channel: Channel,
    applicant: Party,
    signer: Party,
    representative: Option<Representative>,
    procedure: Option<String>,
}

impl Reading {
    fn document(&mut self, message_id: &str, document: Option<&RawDocument>) -> Option<DocumentFields> {
        let Some(document) = document else {
            self.fault("document.content", "an eush.bus.v1.Document");
            return None;
        };
        if document.message_id != message_id {
            self.fault("document.content.message_id", "equal to info.message_id");
        }
        if !(1..=140).contains(&document.regulation_id.chars().count()) {
            self.fault("document.content.regulation_id", "the id or short form of a public service");
        }
        if document.channel.is_none() {
            self.fault("document.content.channel", "a channel");
        }
        if document.form.as_ref().is_none_or(|form| form.type_url.is_empty()) {
            self.fault("document.content.form", "the filled form");
        }
        if document.procedure.chars().count() > 64 {
            self.fault("document.content.procedure", "at most 64 characters");
        }
        self.attachments(&document.attachments);
        let applicant = self.party("document.content.applicant", document.applicant.as_ref());
        let signer = self.party("document.content.signer", document.signer.as_ref());
        let representative =
            self.representative("document.content.representative", document.representative.as_ref());
        Some(DocumentFields {
            regulation: document.regulation_id.clone(),
            channel: document.channel?,
            applicant: applicant?,
            signer: signer?,
            representative: representative?,
            procedure: (!document.procedure.is_empty()).then(|| document.procedure.clone()),
        })
    }

    fn query(&mut self, index: usize, message_id: &str, raw: RawQuery) -> Option<Query> {
        let field = |name: &str| format!("queries[{index}].{name}");
        self.signed(&field("question"), &raw.signed, QUERY_TYPE);
        let expected = "the routing key of a register's service";
        let service = self.parsed(&field("service_id"), expected, ServiceId::parse(&raw.service_id));
        let Some(question) = raw.question else {
            self.fault(field("question.content"), "an eush.bus.v1.RegisterQuery");
            return None;
        };
        if question.message_id != message_id {
            self.fault(field("question.content.message_id"), "equal to info.message_id");
        }
        if question.service_id != raw.service_id {
            self.fault(field("question.content.service_id"), "equal to the query's service_id");
        }
        let about = self.party(&field("question.content.about"), question.about.as_ref());
        let asking_bin = self.bin(&field("question.content.asking_bin"), &question.asking_bin);
        if !(1..=128).contains(&question.asking_system.chars().count()) {
            self.fault(field("question.content.asking_system"), "1 to 128 characters");
        }
        let request = question.request.filter(|request| !request.type_url.is_empty());
        if request.is_none() {
            self.fault(field("question.content.request"), "what is asked of the register");
        }
        Some(Query {
            service: service?,
            about: about?,
            asking_bin: asking_bin?,
            asking_system: question.asking_system,
            request: request?,
            signed: raw.signed,
        })
    }
}

impl LookupEnvelope {
    /// Parses a message of questions.
    pub(crate) fn parse(raw: RawLookup) -> Result<Self, Refusal> {
        let mut reading = Reading::default();
        let header = reading.header(&raw.info);
        let application = reading.application(&raw.application_id);
        if !(1..=QUERIES_LIMIT).contains(&raw.queries.len()) {
            reading.fault("queries", format!("1 to {QUERIES_LIMIT}"));
        }
        let queries: Vec<_> = raw
            .queries
            .into_iter()
            .take(QUERIES_LIMIT)
            .enumerate()
            .map(|(index, query)| reading.query(index, &raw.info.message_id, query))
            .collect();
        let queries = queries.into_iter().collect::<Option<Vec<_>>>();
        let value = || Some(Self { header: header?, application: application?, queries: queries? });
        let value = value();
        reading.finish(value)
    }
}

#[cfg(test)]
mod tests;
