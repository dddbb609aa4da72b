//! The verdict as data, for JSON: one shape for the command line and for the calls over HTTP.
//!
//! Words are those of the verdict itself; instants are RFC 3339 in UTC; what there is none of is `null`. Field names are
//! a contract: programs read them.

use std::collections::BTreeMap;

use eush_domain::Rejection;
use serde::{Serialize, Serializer};

use crate::finding::{Evidence, rfc3339};
use crate::judge::{CertificateSummary, StageReport, Verdict};

/// A text in the three languages of the bus.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Texts {
    kk: &'static str,
    ru: &'static str,
    en: &'static str,
}

impl Texts {
    /// What the table of refusals says to people.
    pub fn of(rejection: Rejection) -> Self {
        let text = rejection.facts().text;
        Self { kk: text.kk, ru: text.ru, en: text.en }
    }
}

/// A verdict.
#[derive(Clone, Debug, Serialize)]
pub struct VerdictView<'a> {
    indication: &'static str,
    sub_indication: Option<&'static str>,
    reason: Option<&'static str>,
    texts: Option<Texts>,
    judged_at: String,
    certificate: Option<CertificateView<'a>>,
    stages: Vec<StageView<'a>>,
}

/// What a certificate says of its holder and itself. Has personal data: for whoever asked, not for logs.
#[derive(Clone, Debug, Serialize)]
pub struct CertificateView<'a> {
    subject: &'a str,
    issuer: &'a str,
    serial: &'a str,
    not_before: String,
    not_after: String,
    algorithm: &'a str,
    iin: Option<&'a str>,
    bin: Option<&'a str>,
    system: Option<&'a str>,
    roles: Vec<&'static str>,
}

/// One stage.
#[derive(Clone, Debug, Serialize)]
pub struct StageView<'a> {
    stage: &'static str,
    outcome: &'static str,
    reason: Option<&'static str>,
    #[serde(serialize_with = "rows")]
    evidence: &'a Evidence,
    warnings: &'a [&'static str],
}

impl<'a> VerdictView<'a> {
    /// Of a verdict.
    pub fn of(verdict: &'a Verdict) -> Self {
        Self {
            indication: verdict.indication.name(),
            sub_indication: verdict.sub_indication.map(|sub| sub.name()),
            reason: verdict.rejection.map(|rejection| rejection.facts().reason),
            texts: verdict.rejection.map(Texts::of),
            judged_at: rfc3339(verdict.judged_at),
            certificate: verdict.certificate.as_ref().map(CertificateView::of),
            stages: verdict.stages.iter().map(StageView::of).collect(),
        }
    }
}

impl<'a> CertificateView<'a> {
    /// Of a summary.
    pub fn of(summary: &'a CertificateSummary) -> Self {
        Self {
            subject: &summary.subject,
            issuer: &summary.issuer,
            serial: &summary.serial,
            not_before: rfc3339(summary.not_before),
            not_after: rfc3339(summary.not_after),
            algorithm: &summary.algorithm,
            iin: summary.iin.as_ref().map(|iin| iin.digits()),
            bin: summary.bin.as_ref().map(|bin| bin.digits()),
            system: summary.system.as_deref(),
            roles: summary.roles.iter().map(|role| role.name()).collect(),
        }
    }
}

impl<'a> StageView<'a> {
    fn of(report: &'a StageReport) -> Self {
        Self {
            stage: report.stage.name(),
            outcome: report.outcome.name(),
            reason: report.rejection.map(|rejection| rejection.facts().reason),
            evidence: &report.evidence,
            warnings: &report.warnings,
        }
    }
}

/// Evidence as one object. A key that stands there twice has both values, a space between them.
fn rows<S: Serializer>(evidence: &Evidence, serializer: S) -> Result<S::Ok, S::Error> {
    let mut joined: BTreeMap<&str, String> = BTreeMap::new();
    for (key, value) in evidence {
        let place = joined.entry(key).or_default();
        if !place.is_empty() {
            place.push(' ');
        }
        place.push_str(value);
    }
    joined.serialize(serializer)
}

#[cfg(test)]
mod tests {
    use eush_domain::Stage;

    use super::*;
    use crate::judge::{Indication, Outcome, SubIndication};

    #[test]
    fn a_verdict_keeps_its_shape() {
        let verdict = Verdict {
            indication: Indication::Indeterminate,
            sub_indication: Some(SubIndication::TryLater),
            rejection: Some(Rejection::CertificateOnHold),
            stages: vec![StageReport {
                stage: Stage::Revocation,
                outcome: Outcome::Fail,
                rejection: Some(Rejection::CertificateOnHold),
                evidence: vec![
                    ("issuerChecked", "01".to_owned()),
                    ("crlNumber", "166".to_owned()),
                    ("issuerChecked", "02".to_owned()),
                ],
                warnings: vec!["delta-list-missing"],
            }],
            judged_at: time::macros::datetime!(2026-11-22 17:00 +5),
            certificate: None,
        };
        let texts = Rejection::CertificateOnHold.facts().text;
        let expected = serde_json::json!({
            "indication": "INDETERMINATE",
            "sub_indication": "TRY_LATER",
            "reason": "CERTIFICATE_ON_HOLD",
            "texts": { "kk": texts.kk, "ru": texts.ru, "en": texts.en },
            "judged_at": "2026-11-22T12:00:00Z",
            "certificate": null,
            "stages": [{
                "stage": "revocation",
                "outcome": "FAIL",
                "reason": "CERTIFICATE_ON_HOLD",
                "evidence": { "crlNumber": "166", "issuerChecked": "01 02" },
                "warnings": ["delta-list-missing"],
            }],
        });
        assert_eq!(serde_json::to_value(VerdictView::of(&verdict)).unwrap(), expected);
    }
}
