//! The checks, one file each: free functions that take what they judge and return a proof or a reason.
//!
//! A proof is a struct with a private field, made only in its own file. [`crate::clear`] alone puts proofs together.

pub(crate) mod agreement;
pub(crate) mod chain;
pub(crate) mod channel;
pub(crate) mod operator;
pub(crate) mod process;
pub(crate) mod revocation;
pub(crate) mod role;
pub(crate) mod sender;
pub(crate) mod service;
pub(crate) mod signature;
pub(crate) mod subject;
pub(crate) mod validity;

use eush_domain::Rejection;

use crate::ports::Link;
use crate::refusal::FieldFault;

/// A check that held: its proof, and what was looked at.
#[derive(Debug)]
pub(crate) struct Passed<P> {
    pub(crate) proof: P,
    pub(crate) evidence: Vec<String>,
}

impl<P> Passed<P> {
    pub(crate) fn plain(proof: P) -> Self {
        Self { proof, evidence: Vec::new() }
    }
}

/// A check that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unmet {
    pub(crate) rejection: Rejection,
    pub(crate) faults: Vec<FieldFault>,
    pub(crate) evidence: Vec<String>,
    /// Whether it is another check's failure, for want of which this one has nothing to judge.
    pub(crate) borrowed: bool,
    /// Links about which nobody was asked yet who has to be asked.
    pub(crate) unasked: Vec<Link>,
}

impl Unmet {
    pub(crate) fn of(rejection: Rejection) -> Self {
        Self { rejection, faults: Vec::new(), evidence: Vec::new(), borrowed: false, unasked: Vec::new() }
    }

    /// Nothing to judge, because an earlier check failed for this reason.
    pub(crate) fn borrowed(self) -> Self {
        Self { borrowed: true, ..self }
    }

    pub(crate) fn with(rejection: Rejection, evidence: impl Into<String>) -> Self {
        Self { evidence: vec![evidence.into()], ..Self::of(rejection) }
    }
}

impl From<eush_pki::Failure> for Unmet {
    fn from(failure: eush_pki::Failure) -> Self {
        Self { evidence: pairs(&failure.evidence), ..Self::of(failure.rejection) }
    }
}

/// `key=value`, as findings carry evidence. A certificate that issued itself names its holder as issuer, so a person's
/// number is masked wherever it stands.
pub(crate) fn pairs(evidence: &[(&'static str, String)]) -> Vec<String> {
    evidence.iter().map(|(key, value)| format!("{key}={}", masked(value))).collect()
}

fn masked(text: &str) -> String {
    let mut parts = text.split("IIN");
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        masked.push_str("IIN");
        masked.push_str(if digits > 0 { "…" } else { "" });
        masked.push_str(&part[digits..]);
    }
    masked
}

/// How a check ended.
pub(crate) type Checked<P> = Result<Passed<P>, Unmet>;

/// Evidence and warnings of a stage that held.
pub(crate) fn told(finding: &eush_pki::Finding) -> Vec<String> {
    let warnings = finding.warnings.iter().map(|warning| format!("warning={warning}"));
    pairs(&finding.evidence).into_iter().chain(warnings).collect()
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn numbers_of_people_are_masked_in_evidence() {
        for (text, expected) in [
            ("CN=X,SERIALNUMBER=IIN000000,C=KZ", "CN=X,SERIALNUMBER=IIN…,C=KZ"),
            ("IIN1", "IIN…"),
            ("no number", "no number"),
            ("IIN", "IIN"),
        ] {
            assert_eq!(masked(text), expected);
        }
    }
}
