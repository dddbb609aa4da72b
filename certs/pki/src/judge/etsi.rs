//! Our reasons in the words of ETSI EN 319 102-1. One table, so that gateway, calls and command line agree.

use eush_domain::Rejection;

use super::StageReport;

/// Main indication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indication {
    /// More evidence could still turn it either way.
    Indeterminate,
    /// It is refuted.
    TotalFailed,
    /// It holds.
    TotalPassed,
}

impl Indication {
    /// Name as the standard writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Indeterminate => "INDETERMINATE",
            Self::TotalFailed => "TOTAL_FAILED",
            Self::TotalPassed => "TOTAL_PASSED",
        }
    }
}

/// Sub-indication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubIndication {
    /// A link of the chain breaks a rule.
    CertificateChainGeneralFailure,
    /// The certificate may not be used so.
    ChainConstraintsFailure,
    /// An algorithm is unknown or not welcome.
    CryptoConstraintsFailure,
    /// The certificate had expired when it was used.
    Expired,
    /// The signed data cannot be read.
    FormatFailure,
    /// The content is not the one that was signed.
    HashFailure,
    /// No chain leads to a trusted root.
    NoCertificateChainFound,
    /// The certificate cannot be found or read.
    NoSigningCertificateFound,
    /// The certificate was not valid yet.
    NotYetValid,
    /// The certificate has expired, and nobody proves that the signature is older.
    OutOfBoundsNoPoe,
    /// The certificate was revoked when it was used.
    Revoked,
    /// An issuer's certificate is revoked.
    RevokedCaNoPoe,
    /// The certificate is revoked, and nobody proves that the signature is older.
    RevokedNoPoe,
    /// The signer is not who or what it must be.
    SigConstraintsFailure,
    /// The signature does not hold.
    SigCryptoFailure,
    /// There is nothing signed.
    SignedDataNotFound,
    /// Newer revocation evidence can settle it.
    TryLater,
}

impl SubIndication {
    /// Name as the standard writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::CertificateChainGeneralFailure => "CERTIFICATE_CHAIN_GENERAL_FAILURE",
            Self::ChainConstraintsFailure => "CHAIN_CONSTRAINTS_FAILURE",
            Self::CryptoConstraintsFailure => "CRYPTO_CONSTRAINTS_FAILURE",
            Self::Expired => "EXPIRED",
            Self::FormatFailure => "FORMAT_FAILURE",
            Self::HashFailure => "HASH_FAILURE",
            Self::NoCertificateChainFound => "NO_CERTIFICATE_CHAIN_FOUND",
            Self::NoSigningCertificateFound => "NO_SIGNING_CERTIFICATE_FOUND",
            Self::NotYetValid => "NOT_YET_VALID",
            Self::OutOfBoundsNoPoe => "OUT_OF_BOUNDS_NO_POE",
            Self::Revoked => "REVOKED",
            Self::RevokedCaNoPoe => "REVOKED_CA_NO_POE",
            Self::RevokedNoPoe => "REVOKED_NO_POE",
            Self::SigConstraintsFailure => "SIG_CONSTRAINTS_FAILURE",
            Self::SigCryptoFailure => "SIG_CRYPTO_FAILURE",
            Self::SignedDataNotFound => "SIGNED_DATA_NOT_FOUND",
            Self::TryLater => "TRY_LATER",
        }
    }
}

/// What was asked. A certificate is judged for the given instant, so that "expired then" is proven. When a document was
/// signed nobody proves (we read no time stamps), so that the same findings leave it open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    Certificate,
    Document,
}

pub(super) fn of(failed: &StageReport, question: Question) -> (Indication, SubIndication) {
    use Indication::{Indeterminate, TotalFailed};
    match failed.rejection {
        None => (Indeterminate, SubIndication::CertificateChainGeneralFailure),
        Some(Rejection::SignatureInvalid) if tells(failed, "hash", "mismatch") => {
            (TotalFailed, SubIndication::HashFailure)
        }
        Some(Rejection::CertificateRevoked) if failed.evidence.iter().any(|row| row.0 == "issuerOf") => {
            (Indeterminate, SubIndication::RevokedCaNoPoe)
        }
        Some(rejection) => of_reason(rejection, question),
    }
}

/// What a reason comes to, where no evidence says more.
fn of_reason(rejection: Rejection, question: Question) -> (Indication, SubIndication) {
    use Indication::{Indeterminate, TotalFailed};
    let by_question = |certificate, document| match question {
        Question::Certificate => (TotalFailed, certificate),
        Question::Document => (Indeterminate, document),
    };
    match rejection {
        Rejection::SignatureMissing => (Indeterminate, SubIndication::SignedDataNotFound),
        Rejection::SignatureMalformed => (TotalFailed, SubIndication::FormatFailure),
        Rejection::SignatureInvalid => (TotalFailed, SubIndication::SigCryptoFailure),
        Rejection::SignatureAlgorithmUnsupported => {
            (Indeterminate, SubIndication::CryptoConstraintsFailure)
        }
        Rejection::CertificateMalformed => (Indeterminate, SubIndication::NoSigningCertificateFound),
        Rejection::IssuerUnknown => (Indeterminate, SubIndication::NoCertificateChainFound),
        Rejection::CertificateExpired => {
            by_question(SubIndication::Expired, SubIndication::OutOfBoundsNoPoe)
        }
        Rejection::CertificateNotYetValid => (TotalFailed, SubIndication::NotYetValid),
        Rejection::CertificateRevoked | Rejection::CertificateNotIssued => {
            by_question(SubIndication::Revoked, SubIndication::RevokedNoPoe)
        }
        Rejection::CertificateOnHold
        | Rejection::RevocationStale
        | Rejection::RevocationUnavailable
        | Rejection::RevocationUntrusted => (Indeterminate, SubIndication::TryLater),
        Rejection::IinMismatch
        | Rejection::IinAbsent
        | Rejection::IinMalformed
        | Rejection::BinMismatch
        | Rejection::BinAbsent
        | Rejection::SystemMismatch
        | Rejection::RoleNotAllowed => (Indeterminate, SubIndication::SigConstraintsFailure),
        Rejection::KeyUsageNotAllowed => (Indeterminate, SubIndication::ChainConstraintsFailure),
        Rejection::ChainInvalid
        // No stage of a certificate gives these; a verdict that did would not be good all the same.
        | Rejection::EnvelopeMalformed
        | Rejection::MessageTooLarge
        | Rejection::MessageIdReused
        | Rejection::SenderUnknown
        | Rejection::SenderNotAllowed
        | Rejection::OperatorNotListed
        | Rejection::ServiceUnknown
        | Rejection::RegulationUnknown
        | Rejection::ChannelNotDescribed
        | Rejection::ApplicationUnknown
        | Rejection::StepOutOfOrder
        | Rejection::LoginRefused
        | Rejection::PersonAbsent
        | Rejection::OrganizationAbsent
        | Rejection::PowerOfAttorneyAbsent
        | Rejection::AgencyUnavailable
        | Rejection::AgencyTimeout
        | Rejection::AgencyAnswerInvalid
        | Rejection::DocumentsNotConforming
        | Rejection::GroundsNotMet
        | Rejection::ReasonedRefusal
        | Rejection::ResultSignatureInvalid
        | Rejection::Cancelled
        | Rejection::DeadlineTooShort
        | Rejection::BusDraining
        | Rejection::BusOverloaded
        | Rejection::BusRestoring
        | Rejection::SessionUnknown
        | Rejection::PersonNumberNotSynthetic => (Indeterminate, SubIndication::CertificateChainGeneralFailure),
    }
}

fn tells(report: &StageReport, key: &str, value: &str) -> bool {
    report.evidence.iter().any(|row| row.0 == key && row.1 == value)
}
