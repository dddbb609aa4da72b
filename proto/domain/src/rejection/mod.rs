//! The one table of refusals: every reason that the bus can give, with its code, stage, class, texts and source.
//! Nothing else in the workspace states any of these facts; `proto/ERRORS.md` is generated from here.

mod table;

use crate::text::Text;

/// gRPC status codes that refusals use. The numbers are gRPC's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// 6.
    AlreadyExists,
    /// 1.
    Cancelled,
    /// 4.
    DeadlineExceeded,
    /// 9.
    FailedPrecondition,
    /// 13.
    Internal,
    /// 3.
    InvalidArgument,
    /// 5.
    NotFound,
    /// 7.
    PermissionDenied,
    /// 8.
    ResourceExhausted,
    /// 16.
    Unauthenticated,
    /// 14.
    Unavailable,
}

impl Code {
    /// Number on the wire.
    pub fn number(self) -> i32 {
        match self {
            Self::Cancelled => 1,
            Self::InvalidArgument => 3,
            Self::DeadlineExceeded => 4,
            Self::NotFound => 5,
            Self::AlreadyExists => 6,
            Self::PermissionDenied => 7,
            Self::ResourceExhausted => 8,
            Self::FailedPrecondition => 9,
            Self::Internal => 13,
            Self::Unavailable => 14,
            Self::Unauthenticated => 16,
        }
    }

    /// Name as gRPC writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cancelled => "CANCELLED",
            Self::InvalidArgument => "INVALID_ARGUMENT",
            Self::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Self::NotFound => "NOT_FOUND",
            Self::AlreadyExists => "ALREADY_EXISTS",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::ResourceExhausted => "RESOURCE_EXHAUSTED",
            Self::FailedPrecondition => "FAILED_PRECONDITION",
            Self::Internal => "INTERNAL",
            Self::Unavailable => "UNAVAILABLE",
            Self::Unauthenticated => "UNAUTHENTICATED",
        }
    }
}

/// Where a message fails. The declaration order is precedence: of several failures the first stage is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// The message can be read and is within its limits.
    Envelope,
    /// The sending system is who it says.
    Sender,
    /// The sending system may use this service, and its operator may sign.
    Agreement,
    /// The service exists.
    Service,
    /// The service has this channel.
    Channel,
    /// The application is in a state for this step.
    Process,
    /// The person's login data hold.
    Login,
    /// The signature holds over the document.
    Signature,
    /// A chain leads to a trusted root.
    Chain,
    /// The certificate is within its period.
    Validity,
    /// The certificate is not on the revoked list.
    Revocation,
    /// The number in the request is the one in the certificate.
    Subject,
    /// The key's role and usage may sign here.
    Role,
    /// The registers know the person.
    Presence,
    /// The agency took the message.
    Dispatch,
    /// The provider agrees.
    Provider,
    /// The result is signed by whom it must be.
    Result,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 17] = [
        Self::Envelope,
        Self::Sender,
        Self::Agreement,
        Self::Service,
        Self::Channel,
        Self::Process,
        Self::Login,
        Self::Signature,
        Self::Chain,
        Self::Validity,
        Self::Revocation,
        Self::Subject,
        Self::Role,
        Self::Presence,
        Self::Dispatch,
        Self::Provider,
        Self::Result,
    ];

    /// Name in journals and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Envelope => "envelope",
            Self::Sender => "sender",
            Self::Agreement => "agreement",
            Self::Service => "service",
            Self::Channel => "channel",
            Self::Process => "process",
            Self::Login => "login",
            Self::Signature => "signature",
            Self::Chain => "chain",
            Self::Validity => "validity",
            Self::Revocation => "revocation",
            Self::Subject => "subject",
            Self::Role => "role",
            Self::Presence => "presence",
            Self::Dispatch => "dispatch",
            Self::Provider => "provider",
            Self::Result => "result",
        }
    }
}

/// The acts' own messages. An act does not tell the causes within one class apart; our reason stands beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageClass {
    /// Authorisation refused because the data do not match.
    AuthorizationRefused,
    /// The data cannot be obtained, because the registers have none.
    DataUnavailable,
    /// The service is refused because the documents do not match the list.
    DocumentsNotConforming,
    /// The service is refused because the digital signature was not confirmed.
    EdsNotConfirmed,
    /// No message of any act: the refusal is ours.
    None,
    /// A reasoned refusal after examination.
    ReasonedRefusal,
}

impl MessageClass {
    /// Name in data and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::AuthorizationRefused => "AUTHORIZATION_REFUSED",
            Self::DataUnavailable => "DATA_UNAVAILABLE",
            Self::DocumentsNotConforming => "DOCUMENTS_NOT_CONFORMING",
            Self::EdsNotConfirmed => "EDS_NOT_CONFIRMED",
            Self::None => "NONE",
            Self::ReasonedRefusal => "REASONED_REFUSAL",
        }
    }
}

/// Whether the same message can succeed later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retry {
    /// It can, and not before this many seconds have passed.
    AfterSeconds(u32),
    /// It cannot.
    Never,
}

/// What there is to know of a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Machine reason on the wire: `[A-Z0-9_]{1,63}`, stable for ever.
    pub reason: &'static str,
    /// gRPC status code.
    pub code: Code,
    /// Where in the pipeline it is found.
    pub stage: Stage,
    /// The act's message that it is told with.
    pub class: MessageClass,
    /// Whether trying again can help.
    pub retry: Retry,
    /// Act and point, or standard, that it follows; "ours" where nothing demands it.
    pub rule: &'static str,
    /// What happened, in English, for the reference.
    pub meaning: &'static str,
    /// What people are told.
    pub text: Text,
}

/// Every reason for which the bus refuses, in the order of the stages that find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Rejection {
    /// A field of the envelope or of the signed document is missing, too long or of the wrong form.
    EnvelopeMalformed,
    /// The message, an attachment or their sum exceeds the stated limit.
    MessageTooLarge,
    /// The same message id came before with other content.
    MessageIdReused,
    /// No such sender, or its secret or TLS certificate is another one.
    SenderUnknown,
    /// The sender is known, but has no agreement for this service or channel.
    SenderNotAllowed,
    /// In the State corporation channel the signer must be one of the sender's operators.
    OperatorNotListed,
    /// The routing key names no service of any system.
    ServiceUnknown,
    /// The regulation id names no public service.
    RegulationUnknown,
    /// The service exists, but the act gives it no such channel, or the channel is paper only.
    ChannelNotDescribed,
    /// The application id names none, or none of this sender's.
    ApplicationUnknown,
    /// The front reported a step that the regulation does not expect now.
    StepOutOfOrder,
    /// Login and password do not belong together.
    LoginRefused,
    /// The signature is empty.
    SignatureMissing,
    /// The signature is no CMS SignedData with one signer and its certificate.
    SignatureMalformed,
    /// Digest or signature value does not hold over the document.
    SignatureInvalid,
    /// The signature's algorithm is unknown here or not allowed by policy.
    SignatureAlgorithmUnsupported,
    /// The signer's certificate is no X.509 certificate.
    CertificateMalformed,
    /// No chain leads from the certificate to a trusted root.
    IssuerUnknown,
    /// A chain leads to a trusted root, but a link breaks a rule.
    ChainInvalid,
    /// The time of judgement is after `notAfter`.
    CertificateExpired,
    /// The time of judgement is before `notBefore`.
    CertificateNotYetValid,
    /// The certificate is on the revoked list.
    CertificateRevoked,
    /// The certificate is on the revoked list with the reason `certificateHold`, which can be lifted.
    CertificateOnHold,
    /// The responder says that this serial number was never issued.
    CertificateNotIssued,
    /// The newest verified list is past its `nextUpdate`, or a responder's verified answer is past its time.
    RevocationStale,
    /// No verified list of the issuer is at hand, or no responder answered where one has to be asked.
    RevocationUnavailable,
    /// Revocation evidence is at hand, but is not signed by whom it must be, or speaks of another certificate.
    RevocationUntrusted,
    /// Both numbers are there and differ.
    IinMismatch,
    /// The certificate names no person, as information systems' certificates do not.
    IinAbsent,
    /// The certificate's IIN is not twelve digits.
    IinMalformed,
    /// Both numbers are there and differ.
    BinMismatch,
    /// The certificate names no organisation.
    BinAbsent,
    /// The system id declared by the sender is not the one in the certificate.
    SystemMismatch,
    /// No role of the certificate is allowed to sign here.
    RoleNotAllowed,
    /// Key usage lacks digitalSignature or nonRepudiation.
    KeyUsageNotAllowed,
    /// The register of natural persons knows no such person.
    PersonAbsent,
    /// The register of legal entities knows no such organisation.
    OrganizationAbsent,
    /// The notarial system knows no such power of attorney.
    PowerOfAttorneyAbsent,
    /// The agency could not be reached, or says that it is not available.
    AgencyUnavailable,
    /// The agency was called and gave no answer before the deadline.
    AgencyTimeout,
    /// The agency answered for another message, without a decision, or with a payload that cannot be read.
    AgencyAnswerInvalid,
    /// The provider's own answer after dispatch.
    DocumentsNotConforming,
    /// The provider's own answer after dispatch.
    GroundsNotMet,
    /// The provider's own answer after examination.
    ReasonedRefusal,
    /// The provider's result is not signed by a person of the provider whose certificate holds.
    ResultSignatureInvalid,
    /// The caller went away.
    Cancelled,
    /// What is left of the caller's deadline is less than the bus's own cost.
    DeadlineTooShort,
    /// The bus is shutting down.
    BusDraining,
    /// More messages are in flight than the bus takes.
    BusOverloaded,
    /// The state of the bus is being saved or restored.
    BusRestoring,
    /// No test session has the key that the call names.
    SessionUnknown,
    /// The number of somebody who is to be added may be a living person's.
    PersonNumberNotSynthetic,
}

impl Rejection {
    /// Every reason.
    pub const ALL: [Self; 52] = [
        Self::EnvelopeMalformed,
        Self::MessageTooLarge,
        Self::MessageIdReused,
        Self::SenderUnknown,
        Self::SenderNotAllowed,
        Self::OperatorNotListed,
        Self::ServiceUnknown,
        Self::RegulationUnknown,
        Self::ChannelNotDescribed,
        Self::ApplicationUnknown,
        Self::StepOutOfOrder,
        Self::LoginRefused,
        Self::SignatureMissing,
        Self::SignatureMalformed,
        Self::SignatureInvalid,
        Self::SignatureAlgorithmUnsupported,
        Self::CertificateMalformed,
        Self::IssuerUnknown,
        Self::ChainInvalid,
        Self::CertificateExpired,
        Self::CertificateNotYetValid,
        Self::CertificateRevoked,
        Self::CertificateOnHold,
        Self::CertificateNotIssued,
        Self::RevocationStale,
        Self::RevocationUnavailable,
        Self::RevocationUntrusted,
        Self::IinMismatch,
        Self::IinAbsent,
        Self::IinMalformed,
        Self::BinMismatch,
        Self::BinAbsent,
        Self::SystemMismatch,
        Self::RoleNotAllowed,
        Self::KeyUsageNotAllowed,
        Self::PersonAbsent,
        Self::OrganizationAbsent,
        Self::PowerOfAttorneyAbsent,
        Self::AgencyUnavailable,
        Self::AgencyTimeout,
        Self::AgencyAnswerInvalid,
        Self::DocumentsNotConforming,
        Self::GroundsNotMet,
        Self::ReasonedRefusal,
        Self::ResultSignatureInvalid,
        Self::Cancelled,
        Self::DeadlineTooShort,
        Self::BusDraining,
        Self::BusOverloaded,
        Self::BusRestoring,
        Self::SessionUnknown,
        Self::PersonNumberNotSynthetic,
    ];

    /// The reason of its wire name.
    pub fn parse(reason: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rejection| rejection.facts().reason == reason)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::text::Language;

    #[test]
    fn every_row_is_whole() {
        let mut reasons = HashSet::new();
        for rejection in Rejection::ALL {
            let facts = rejection.facts();
            assert!(reasons.insert(facts.reason), "{} twice", facts.reason);
            assert!((1..=63).contains(&facts.reason.len()), "{}", facts.reason);
            assert!(facts.reason.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'));
            for language in Language::ALL {
                assert!(!facts.text.in_language(language).trim().is_empty(), "{} {language:?}", facts.reason);
            }
            assert!(!facts.rule.is_empty() && !facts.meaning.is_empty(), "{}", facts.reason);
            assert_eq!(Rejection::parse(facts.reason), Some(rejection));
            let by_serde = serde_json::to_string(&rejection).unwrap();
            assert_eq!(by_serde.trim_matches('"'), facts.reason);
        }
    }

    #[test]
    fn rows_stand_in_the_order_of_stages_checked_first() {
        assert!(Stage::ALL.is_sorted());
    }

    #[test]
    fn what_cannot_be_retried_says_so() {
        for rejection in Rejection::ALL {
            let facts = rejection.facts();
            if facts.code == Code::Unavailable {
                assert_ne!(facts.retry, Retry::Never, "{}", facts.reason);
            }
        }
    }
}
