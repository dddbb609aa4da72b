//! What a stage says: it holds, or it fails with a reason; either way with evidence.

use eush_domain::Rejection;

/// `key=value` pairs that a reader can check for themselves: serial, CRL number, thisUpdate. Never personal data.
pub type Evidence = Vec<(&'static str, String)>;

/// A stage that holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub evidence: Evidence,
    /// What a careful reader should know although the stage holds, each a machine word such as `ca-not-checked`.
    pub warnings: Vec<&'static str>,
}

impl Finding {
    /// A finding with evidence and nothing to warn of.
    pub fn of(evidence: Evidence) -> Self {
        Self { evidence, warnings: Vec::new() }
    }
}

/// A stage that fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} at stage {}", .rejection.facts().reason, .rejection.facts().stage.name())]
pub struct Failure {
    /// Reason, from the one table.
    pub rejection: Rejection,
    /// What was looked at.
    pub evidence: Evidence,
}

impl Failure {
    /// A failure with its evidence.
    pub fn new(rejection: Rejection, evidence: Evidence) -> Self {
        Self { rejection, evidence }
    }
}

/// RFC 3339 in UTC, for evidence.
pub(crate) fn rfc3339(at: crate::Timestamp) -> String {
    let utc = at.to_offset(time::UtcOffset::UTC);
    utc.format(&time::format_description::well_known::Rfc3339).unwrap_or_else(|_| utc.to_string())
}

/// Upper-case hex, as serial numbers are written.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}
