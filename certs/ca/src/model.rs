//! The authority's own words: what is asked of it and what it answers. The wire's types are converted at the rim.

use eush_domain::Timestamp;
use eush_domain::synthetic::population::CertificateSubject;
use eush_sign::SigningKey;
use time::Duration;

/// Algorithm of a hierarchy and of every key below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyAlgorithm {
    /// GOST R 34.10-2015 of 512 bits in Kazakh encodings, as every certificate of the real authority since 2024.
    Gost2015_512,
    /// RSA of 2048 bits with SHA-256, as older certificates; tools of the wide world read it.
    Rsa2048,
}

impl KeyAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 2] = [Self::Gost2015_512, Self::Rsa2048];

    /// Name in addresses and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gost2015_512 => "gost",
            Self::Rsa2048 => "rsa",
        }
    }

    /// The algorithm of a [`name`](Self::name).
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// One deliberate flaw in an otherwise golden certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Defect {
    /// Issued by an authority under the trusted root whose own certificate's signature does not hold.
    BrokenIssuerSignature,
    /// The authority's signature does not hold.
    BrokenSignature,
    /// The period ended a day before the certificate was made.
    Expired,
    /// The subject names no person's number.
    IinAbsent,
    /// The person's number has eleven digits.
    IinMalformed,
    /// Key usage without nonRepudiation, as certificates for authentication had.
    KeyUsageWrong,
    /// The authority signed it and remembers no such serial number, so that it cannot be revoked either.
    NotIssued,
    /// The period begins thirty days after the certificate was made.
    NotYetValid,
    /// No role among the extended key usages.
    RoleMissing,
    /// Issued under a root that nobody trusts.
    UnknownIssuer,
    /// Names the issuing authority and is signed by its root's key.
    WrongIssuerKey,
}

impl Defect {
    /// Every defect.
    pub const ALL: [Self; 11] = [
        Self::BrokenIssuerSignature,
        Self::BrokenSignature,
        Self::Expired,
        Self::IinAbsent,
        Self::IinMalformed,
        Self::KeyUsageWrong,
        Self::NotIssued,
        Self::NotYetValid,
        Self::RoleMissing,
        Self::UnknownIssuer,
        Self::WrongIssuerKey,
    ];

    /// Name in the store, in errors and in tests.
    pub fn name(self) -> &'static str {
        match self {
            Self::BrokenIssuerSignature => "broken-issuer-signature",
            Self::BrokenSignature => "broken-signature",
            Self::Expired => "expired",
            Self::IinAbsent => "iin-absent",
            Self::IinMalformed => "iin-malformed",
            Self::KeyUsageWrong => "key-usage-wrong",
            Self::NotIssued => "not-issued",
            Self::NotYetValid => "not-yet-valid",
            Self::RoleMissing => "role-missing",
            Self::UnknownIssuer => "unknown-issuer",
            Self::WrongIssuerKey => "wrong-issuer-key",
        }
    }

    /// The defect of a [`name`](Self::name).
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// Reason of a revocation (RFC 5280, 5.3.1). A hold is no revocation and has its own calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RevocationReason {
    /// The attribute authority's key is compromised.
    AaCompromise,
    /// Name or other matter of the subject changed.
    AffiliationChanged,
    /// The authority's key is compromised.
    CaCompromise,
    /// The certificate is on hold: it may come back.
    CertificateHold,
    /// The subject works no longer.
    CessationOfOperation,
    /// The subject's key is compromised.
    KeyCompromise,
    /// A privilege in the certificate was withdrawn.
    PrivilegeWithdrawn,
    /// Another certificate stands in its place.
    Superseded,
    /// No reason given; the list then carries none either.
    Unspecified,
}

impl RevocationReason {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::AaCompromise,
        Self::AffiliationChanged,
        Self::CaCompromise,
        Self::CertificateHold,
        Self::CessationOfOperation,
        Self::KeyCompromise,
        Self::PrivilegeWithdrawn,
        Self::Superseded,
        Self::Unspecified,
    ];

    /// The number that lists and the wire use.
    pub fn code(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::CaCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::CertificateHold => 6,
            Self::PrivilegeWithdrawn => 9,
            Self::AaCompromise => 10,
        }
    }

    /// The reason of a [`code`](Self::code).
    pub fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|one| i64::from(one.code()) == code)
    }
}

/// What a certificate is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrollmentRequest {
    /// Whom it is for.
    pub subject: CertificateSubject,
    /// `None` takes the authority's default.
    pub algorithm: Option<KeyAlgorithm>,
    /// The flaw it is to have; `None` makes a golden one.
    pub defect: Option<Defect>,
    /// Tells several certificates of one subject apart; empty for the first. At most 100 characters.
    pub label: String,
}

impl EnrollmentRequest {
    /// A golden certificate by the default algorithm.
    pub fn golden(subject: CertificateSubject) -> Self {
        Self { subject, algorithm: None, defect: None, label: String::new() }
    }
}

/// A certificate with everything that its holder needs.
#[derive(Debug)]
pub struct Enrollment {
    /// The certificate.
    pub certificate: IssuedCertificate,
    /// Its test key.
    pub key: SigningKey,
    /// DER, leaf first, root last.
    pub chain: Vec<Vec<u8>>,
}

/// A certificate as the authority remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedCertificate {
    /// Upper-case hex, two digits a byte.
    pub serial: String,
    /// Subject for people's eyes.
    pub subject: String,
    /// Algorithm of its key and of its issuer's.
    pub algorithm: KeyAlgorithm,
    /// First second of its period.
    pub not_before: Timestamp,
    /// Last second of its period.
    pub not_after: Timestamp,
    /// Good, revoked or on hold.
    pub state: CertificateState,
    /// The flaw it was made with.
    pub defect: Option<Defect>,
    /// Label it was asked for with.
    pub label: String,
    /// DER.
    pub der: Vec<u8>,
}

/// State of a certificate. Its period is a matter apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateState {
    /// Neither revoked nor on hold.
    Good,
    /// On hold since an instant; it may be released.
    OnHold {
        /// Since when.
        since: Timestamp,
    },
    /// Revoked for good.
    Revoked(Revocation),
}

/// When and why a certificate was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Revocation date of the list.
    pub at: Timestamp,
    /// Why.
    pub reason: RevocationReason,
}

/// A published revocation list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationList {
    /// DER.
    pub der: Vec<u8>,
    /// CRL number, from 1; one more with each publication of this issuer, complete or delta.
    pub number: u64,
    /// Number of the complete list that a delta list builds on; `None` for a complete list.
    pub base: Option<u64>,
    /// Instant of publication.
    pub this_update: Timestamp,
    /// After it the list is stale.
    pub next_update: Timestamp,
    /// When the next list is due if nothing happens before.
    pub due: Timestamp,
}

/// Whether a responder's answers tell how long they are good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnswerLife {
    /// nextUpdate is so much later than thisUpdate. Answers without a nonce are then given again for half of it.
    Stated(Duration),
    /// No nextUpdate, as the national authority's.
    #[default]
    Unstated,
}

/// What a call to publish did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Lists published by this call.
    pub published: u32,
    /// When the next list is due.
    pub next_due: Timestamp,
}

/// The certificates of one trusted hierarchy, and where its lists are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorities {
    /// Algorithm of the hierarchy.
    pub algorithm: KeyAlgorithm,
    /// DER of the root.
    pub root: Vec<u8>,
    /// DER of the issuing authority.
    pub issuing: Vec<u8>,
    /// Addresses of the lists: the issuing authority's first, the root's second.
    pub crl_urls: Vec<String>,
    /// Address of the issuing authority's delta list.
    pub delta_crl_urls: Vec<String>,
    /// Address of the responder.
    pub ocsp_urls: Vec<String>,
}
