//! OCSP (RFC 6960): what to ask, and whether an answer is one.
//!
//! Nothing is sent here. Transport failures and an answer of "try later" are [`OcspState::Unavailable`], and only they may
//! fall back to a list. An answer that is signed by the wrong key, speaks of another certificate or lacks our nonce is
//! [`OcspState::Untrusted`], and one that holds but is past its time is [`OcspState::Stale`]; nothing is asked instead of
//! either: whoever can spoil or hold back answers could otherwise choose the evidence.

mod answer;
mod request;

use time::Duration;

use crate::Timestamp;
use crate::chain::AlgorithmPolicy;
use crate::crl::Revoked;

pub use answer::judge_answer;
pub use request::{CertId, OcspRequest};

/// Whether an answer must echo the nonce of the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NonceRule {
    /// It must, where the request had one.
    #[default]
    Demand,
    /// It may leave it out; another nonce than ours is refused all the same.
    Optional,
}

/// What is asked of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OcspPolicy {
    /// How old an answer without `nextUpdate` may be; the national authority never gives one.
    pub max_age: Duration,
    /// How far the responder's clock may be ahead of the time of judgement.
    pub max_ahead: Duration,
    /// Whether the nonce must come back.
    pub nonce: NonceRule,
    /// Algorithms of answers that are welcome.
    pub algorithms: AlgorithmPolicy,
}

impl Default for OcspPolicy {
    /// Five minutes of age as in other Kazakh validators, no clock ahead of ours, the nonce demanded.
    fn default() -> Self {
        Self {
            max_age: Duration::minutes(5),
            max_ahead: Duration::ZERO,
            nonce: NonceRule::Demand,
            algorithms: AlgorithmPolicy::DenyLegacy,
        }
    }
}

/// What a responder says of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OcspStatus {
    /// Not revoked.
    Good,
    /// Never issued: revoked since 1970 with certificateHold and the extension of RFC 6960, 4.4.8. The national authority
    /// answers so about numbers that it does not know.
    NotIssued,
    /// Revoked, or on hold.
    Revoked(Revoked),
    /// The responder does not know the certificate.
    Unknown,
}

/// Serial number of a responder's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponderSerial {
    bytes: [u8; 20],
    begin: usize,
}

impl ResponderSerial {
    pub(crate) fn of(certificate: &crate::Certificate) -> Self {
        let (serial, mut bytes) = (certificate.serial(), [0; 20]);
        // A certificate of a longer number was not read.
        let begin = bytes.len().saturating_sub(serial.len());
        bytes[begin..].copy_from_slice(&serial[serial.len() + begin - 20..]);
        Self { bytes, begin }
    }

    /// Big-endian, without leading zeros.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[self.begin..]
    }
}

/// A verified answer about one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcspAnswer {
    /// What it says.
    pub status: OcspStatus,
    /// Whose key signed it, by the name in the certificate: the issuer's, or its delegate's.
    pub responder: String,
    /// When the answer was signed.
    pub produced_at: Timestamp,
    /// When it was known to be so.
    pub this_update: Timestamp,
    /// From when on it holds: `this_update` less the tolerated distance of clocks.
    pub fresh_from: Timestamp,
    /// Until when it holds: the answer's `nextUpdate`, or its age limit.
    pub fresh_until: Timestamp,
    /// The responder knows of certificates that expired since then (archiveCutoff), where it says so.
    pub keeps_expired_since: Option<Timestamp>,
    /// A delegated responder whose certificate does not say that nobody need ask about it (ocsp-nocheck): the answer
    /// counts only where a fresh list of the same issuer does not have it.
    pub unchecked_responder: Option<ResponderSerial>,
}

/// That nobody answered, or "not now".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// What went wrong.
    pub reason: String,
    /// When it was tried, where that was for an earlier judgement and somebody remembers it.
    pub tried_at: Option<Timestamp>,
}

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OcspState {
    /// A verified answer, within its time when it came.
    Answer(OcspAnswer),
    /// A verified answer, past its time when it came. What it says against the certificate counts, that it says "good" does
    /// not.
    Stale(OcspAnswer),
    /// Nobody answered, or "not now".
    Unavailable(Unavailable),
    /// Something answered that is not believed.
    Untrusted(String),
}

impl OcspState {
    /// Nobody answered, just now.
    pub fn unavailable(reason: impl Into<String>) -> Self {
        Self::Unavailable(Unavailable { reason: reason.into(), tried_at: None })
    }

    /// Word for evidence: what is said, or why nothing is.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Answer(answer) | Self::Stale(answer) => match answer.status {
                OcspStatus::Good => "good",
                OcspStatus::NotIssued => "not-issued",
                OcspStatus::Revoked(_) => "revoked",
                OcspStatus::Unknown => "unknown",
            },
            Self::Unavailable(_) => "unavailable",
            Self::Untrusted(_) => "untrusted",
        }
    }
}
