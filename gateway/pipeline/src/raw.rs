//! What the server hands in: the wire message decoded into plain structs, nothing believed yet.
//!
//! Decoding protobuf is the server's; the meaning of the fields is this crate's. The exact signed bytes travel beside
//! their decoded form, and only the bytes are ever judged, stored or passed on.

use std::fmt;
use std::time::Duration;

use eush_domain::{Channel, Timestamp};

use crate::application::TermChoice;
use crate::bytes::{Payload, SignedDocument};
use crate::caller::Caller;

/// A shared secret. Never shown, never serialized.
#[derive(Clone, Default)]
pub struct Secret(String);

impl Secret {
    /// Takes the secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// Whether both are the same, in time that depends on the offered length alone. An empty secret equals nothing.
    pub fn matches(&self, offered: &Self) -> bool {
        let (known, offered) = (self.0.as_bytes(), offered.0.as_bytes());
        if known.is_empty() {
            return false;
        }
        let mut difference = u8::from(known.len() != offered.len());
        for (index, byte) in offered.iter().enumerate() {
            difference |= byte ^ known[index % known.len()];
        }
        difference == 0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// One call as it arrived, with what only the rim can know of it.
#[derive(Debug)]
pub struct Received<M> {
    /// The message.
    pub message: M,
    /// The gateway's own id of this exchange, in braces as on the real bus.
    pub session_id: String,
    /// SHA-256 of the TLS client certificate, where there was one.
    pub client_certificate: Option<[u8; 32]>,
    /// Arrival, as told by [`Stopwatch`](crate::ports::Stopwatch).
    pub arrived: Duration,
    /// When the caller stops waiting, on the same stopwatch; `None` where it set no deadline.
    pub deadline: Option<Duration>,
    /// Whether the caller is still there.
    pub caller: Caller,
    /// W3C trace id; empty where there is none.
    pub trace_id: String,
}

/// Header fields of `eush.bus.v1.MessageInfo`.
#[derive(Clone, Debug, Default)]
pub struct RawInfo {
    /// `message_id`.
    pub message_id: String,
    /// `correlation_id`.
    pub correlation_id: String,
    /// `service_id`.
    pub service_id: String,
    /// `message_date`.
    pub message_date: Option<Timestamp>,
    /// `route_id`.
    pub route_id: String,
    /// `sender.sender_id`.
    pub sender_id: String,
    /// `sender.password`.
    pub password: Secret,
    /// `properties`, key and value.
    pub properties: Vec<(String, String)>,
}

/// `eush.bus.v1.Party`.
#[derive(Clone, PartialEq, Eq)]
pub enum RawParty {
    /// `bin`.
    Bin(String),
    /// `iin`.
    Iin(String),
}

impl fmt::Debug for RawParty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bin(_) => f.write_str("Bin(…)"),
            Self::Iin(_) => f.write_str("Iin(…)"),
        }
    }
}

/// `eush.bus.v1.Representative`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRepresentative {
    /// `party`.
    pub party: Option<RawParty>,
    /// `notarized`.
    pub notarized: bool,
    /// `power_of_attorney_number`.
    pub power_of_attorney_number: String,
}

/// An attachment without its bytes, which stay in the signed content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawAttachment {
    /// `kind`.
    pub kind: String,
    /// `file_name`.
    pub file_name: String,
    /// `media_type`.
    pub media_type: String,
    /// Length of `content`, bytes.
    pub size: usize,
}

/// `eush.bus.v1.Document`, decoded from the signed bytes.
#[derive(Clone, Debug, Default)]
pub struct RawDocument {
    /// `message_id`.
    pub message_id: String,
    /// `regulation_id`.
    pub regulation_id: String,
    /// `channel`; `None` where unspecified or unknown.
    pub channel: Option<Channel>,
    /// `applicant`.
    pub applicant: Option<RawParty>,
    /// `signer`.
    pub signer: Option<RawParty>,
    /// `representative`.
    pub representative: Option<RawRepresentative>,
    /// `form`; its value is not read here.
    pub form: Option<Payload>,
    /// `attachments`.
    pub attachments: Vec<RawAttachment>,
    /// `procedure`; empty where none was named.
    pub procedure: String,
}

/// `eush.bus.v1.SendRequest`.
#[derive(Clone, Debug, Default)]
pub struct RawSend {
    /// `info`.
    pub info: RawInfo,
    /// `application_id`; empty opens one.
    pub application_id: String,
    /// `document`, exact.
    pub signed: SignedDocument,
    /// `document.content` decoded; `None` where it is no `Document`.
    pub document: Option<RawDocument>,
}

/// `eush.bus.v1.RegisterQuery`, decoded from the signed bytes.
#[derive(Clone, Debug, Default)]
pub struct RawQuestion {
    /// `message_id`.
    pub message_id: String,
    /// `service_id`.
    pub service_id: String,
    /// `about`.
    pub about: Option<RawParty>,
    /// `asking_bin`.
    pub asking_bin: String,
    /// `asking_system`.
    pub asking_system: String,
    /// `request`.
    pub request: Option<Payload>,
}

/// `eush.bus.v1.Query`.
#[derive(Clone, Debug, Default)]
pub struct RawQuery {
    /// `service_id`.
    pub service_id: String,
    /// `question`, exact.
    pub signed: SignedDocument,
    /// `question.content` decoded; `None` where it is no `RegisterQuery`.
    pub question: Option<RawQuestion>,
}

/// `eush.bus.v1.LookupRequest`.
#[derive(Clone, Debug, Default)]
pub struct RawLookup {
    /// `info`.
    pub info: RawInfo,
    /// `application_id`; empty asks outside any application.
    pub application_id: String,
    /// `queries`.
    pub queries: Vec<RawQuery>,
}

/// `eush.bus.v1.ResultDocument`, decoded from the signed bytes. Title and body are the agency's and not read here.
#[derive(Clone, Debug, Default)]
pub struct RawResult {
    /// `message_id`.
    pub message_id: String,
    /// `application_id`.
    pub application_id: String,
    /// `regulation_id`.
    pub regulation_id: String,
    /// `applicant`.
    pub applicant: Option<RawParty>,
    /// `provider_bin`.
    pub provider_bin: String,
    /// `kind`.
    pub kind: String,
    /// `issued_at`.
    pub issued_at: Option<Timestamp>,
}

/// A signed result with its decoded form.
#[derive(Clone, Debug, Default)]
pub struct RawSignedResult {
    /// Exact.
    pub signed: SignedDocument,
    /// `content` decoded; `None` where it is no `ResultDocument`.
    pub result: Option<RawResult>,
}

/// `outcome` of `eush.bus.v1.CompleteDeliveryRequest`.
#[derive(Clone, Debug)]
pub enum RawOutcome {
    /// `refusal`.
    Refusal(crate::ports::ProviderRefusal),
    /// `result`.
    Result(RawSignedResult),
}

/// `eush.bus.v1.CompleteDeliveryRequest`.
#[derive(Clone, Debug)]
pub struct RawCompletion {
    /// `info`; `correlation_id` names the delivery.
    pub info: RawInfo,
    /// `outcome`; `None` where unset.
    pub outcome: Option<RawOutcome>,
}

/// `eush.bus.v1.OpenApplicationRequest`.
#[derive(Clone, Debug, Default)]
pub struct RawOpen {
    /// `info`.
    pub info: RawInfo,
    /// `regulation_id`.
    pub regulation_id: String,
    /// `channel`; `None` where unspecified or unknown.
    pub channel: Option<Channel>,
    /// `procedure`; empty for the first that fits.
    pub procedure: String,
    /// `circumstances.failing`.
    pub failing: Vec<String>,
    /// `circumstances.terms`.
    pub terms: TermChoice,
    /// `applicant`.
    pub applicant: Option<RawParty>,
    /// `registered`.
    pub registered: bool,
}

/// `report` of `eush.bus.v1.ReportStepRequest`.
#[derive(Clone, Debug)]
pub enum RawReport {
    /// `authentication`: the front's verdict and who logged in.
    Authentication {
        /// `authentic`.
        authentic: bool,
        /// `subject`.
        subject: Option<RawParty>,
    },
    /// `form_completion`.
    FormCompletion {
        /// `applicant`.
        applicant: Option<RawParty>,
        /// `representative`.
        representative: Option<RawRepresentative>,
    },
    /// `brought`.
    Brought,
    /// `hand_over`.
    HandOver,
    /// `signed`.
    Signed {
        /// `content_sha256`.
        content_sha256: Vec<u8>,
    },
}

/// `eush.bus.v1.ReportStepRequest`.
#[derive(Clone, Debug)]
pub struct RawReportStep {
    /// `info`.
    pub info: RawInfo,
    /// `application_id`.
    pub application_id: String,
    /// `report`; `None` where unset.
    pub report: Option<RawReport>,
}

/// `eush.bus.v1.GetApplicationRequest` and `WatchApplicationRequest`.
#[derive(Clone, Debug)]
pub struct RawAsk {
    /// `info`.
    pub info: RawInfo,
    /// `application_id`.
    pub application_id: String,
}

/// `eush.bus.v1.ListApplicationsRequest`.
#[derive(Clone, Debug)]
pub struct RawList {
    /// `info`.
    pub info: RawInfo,
    /// `applicant`.
    pub applicant: Option<RawParty>,
    /// `limit`; 0 means 20.
    pub limit: u32,
}
