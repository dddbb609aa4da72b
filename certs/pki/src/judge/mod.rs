//! All stages, one verdict: ordered, with evidence, in the words of ETSI EN 319 102-1 and in our own finer ones.

mod etsi;

use eush_domain::{Bin, CertificateRole, Iin, Rejection, Stage};
use eush_sign::cms::SignedData;

use crate::Timestamp;
use crate::certificate::Certificate;
use crate::chain::{self, Chain, ChainPolicy};
use crate::finding::{Evidence, Failure, Finding};
use crate::revocation::{self, RevocationEvidence, RevocationPolicy};
use crate::role::{self, Purpose};
use crate::signature;
use crate::subject::{self, Expected, Field};
use crate::trust::Trust;
use crate::validity;

pub use etsi::{Indication, SubIndication};

/// What one stage came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It does not hold.
    Fail,
    /// It was not asked, or an earlier stage left nothing to look at. Never the same as holding.
    NotChecked,
    /// It holds.
    Pass,
    /// It holds, with something that a careful reader should know.
    Warn,
}

impl Outcome {
    /// Name in data.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fail => "FAIL",
            Self::NotChecked => "NOT_CHECKED",
            Self::Pass => "PASS",
            Self::Warn => "WARN",
        }
    }
}

/// One stage of a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageReport {
    /// Stage.
    pub stage: Stage,
    /// What it came to.
    pub outcome: Outcome,
    /// Why it failed.
    pub rejection: Option<Rejection>,
    /// What was looked at.
    pub evidence: Evidence,
    /// Machine words of what to be careful about.
    pub warnings: Vec<&'static str>,
}

/// Policy in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Of chains.
    pub chain: ChainPolicy,
    /// Of revocation evidence.
    pub revocation: RevocationPolicy,
}

impl Policy {
    /// Knobs as name and value, for people and for `DescribePolicy`.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let rules = match self.chain.rules {
            chain::Rules::Kz => "kz",
            chain::Rules::Rfc5280 => "rfc5280",
        };
        let algorithms = match self.chain.algorithms {
            chain::AlgorithmPolicy::AllowLegacy => "allow",
            chain::AlgorithmPolicy::DenyLegacy => "deny",
        };
        let scope = match self.revocation.scope {
            revocation::RevocationScope::Chain => "chain",
            revocation::RevocationScope::Leaf => "leaf",
        };
        vec![
            ("rules", rules.to_owned()),
            ("legacy_algorithms", algorithms.to_owned()),
            ("max_chain_length", self.chain.max_length.to_string()),
            ("revocation_scope", scope.to_owned()),
            ("missing_revocation_evidence", "deny".to_owned()),
            ("stale_revocation_evidence", "deny".to_owned()),
        ]
    }
}

/// What the certificate is compared with. What is not asked is not checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expectations {
    /// Person.
    pub iin: Option<Iin>,
    /// Organisation.
    pub bin: Option<Bin>,
    /// Dotted object identifier of an information system; asks for `bin` too where that is given.
    pub system: Option<String>,
    /// Roles of which one must be held. Empty asks for none.
    pub roles: Vec<CertificateRole>,
}

/// What verdicts are made from.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Whom we trust.
    pub trust: &'a Trust,
    /// Revocation evidence at hand.
    pub evidence: &'a RevocationEvidence,
    /// Time of judgement.
    pub at: Timestamp,
    /// What the certificate is compared with.
    pub expectations: &'a Expectations,
    /// Policy in force.
    pub policy: &'a Policy,
}

/// What a certificate says of its holder and itself. Has personal data: not for logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateSummary {
    /// Subject's name.
    pub subject: String,
    /// Issuer's name.
    pub issuer: String,
    /// Serial number in upper-case hex.
    pub serial: String,
    /// First instant of the period.
    pub not_before: Timestamp,
    /// Last second of the period.
    pub not_after: Timestamp,
    /// Name of the signature algorithm, or its dotted object identifier.
    pub algorithm: String,
    /// Person.
    pub iin: Option<Iin>,
    /// Organisation.
    pub bin: Option<Bin>,
    /// Information system.
    pub system: Option<String>,
    /// Roles.
    pub roles: Vec<CertificateRole>,
}

impl CertificateSummary {
    /// Summary of a certificate.
    pub fn of(certificate: &Certificate) -> Self {
        let subject = certificate.subject();
        Self {
            subject: certificate.subject_dn().to_string(),
            issuer: certificate.issuer_dn().to_string(),
            serial: certificate.serial_hex(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            algorithm: certificate.algorithm().map_or_else(str::to_owned, |known| known.name().to_owned()),
            iin: subject.iin.present(),
            bin: subject.bin.present(),
            system: subject.system.clone(),
            roles: subject.roles.clone(),
        }
    }
}

/// The verdict. `TOTAL_PASSED` only where every stage that was asked for holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Main indication.
    pub indication: Indication,
    /// Sub-indication; `None` with `TOTAL_PASSED`.
    pub sub_indication: Option<SubIndication>,
    /// Our own reason: that of the first stage that failed; `None` with `TOTAL_PASSED`.
    pub rejection: Option<Rejection>,
    /// Every stage, in the order of precedence.
    pub stages: Vec<StageReport>,
    /// Time of judgement.
    pub judged_at: Timestamp,
    /// The certificate judged; `None` where none could be read.
    pub certificate: Option<CertificateSummary>,
}

/// Stages of a verdict, in order.
pub const STAGES: [Stage; 6] =
    [Stage::Signature, Stage::Chain, Stage::Validity, Stage::Revocation, Stage::Subject, Stage::Role];

/// Judges one certificate by itself: no signature is asked about, key usage only where a role is.
pub fn judge(certificate: &Certificate, supplied: &[Certificate], context: &Context<'_>) -> Verdict {
    let mut stages = vec![not_checked(Stage::Signature)];
    judge_certificate(certificate, supplied, Purpose::Any, None, context, &mut stages);
    verdict(stages, Some(certificate), etsi::Question::Certificate, context.at)
}

/// Judges bytes that should be one certificate in DER.
pub fn judge_der(der: &[u8], supplied: &[Certificate], context: &Context<'_>) -> Verdict {
    match Certificate::parse(der) {
        Ok(certificate) => judge(&certificate, supplied, context),
        Err(error) => {
            let failure = Failure::new(Rejection::CertificateMalformed, vec![("fault", error.to_string())]);
            nothing_to_judge(failure, etsi::Question::Certificate, context.at)
        }
    }
}

/// Judges every signer of signed data. `content` is the detached content; `None` takes the attached one. Bytes that
/// cannot be read as signed data with at least one signer give one failed verdict.
pub fn judge_document(signature: &[u8], content: Option<&[u8]>, context: &Context<'_>) -> Vec<Verdict> {
    judge_signers(signature, content, context, When::Given)
}

fn judge_signers(
    signature: &[u8],
    content: Option<&[u8]>,
    context: &Context<'_>,
    when: When,
) -> Vec<Verdict> {
    let question = etsi::Question::Document;
    let signed = match signature::parse(signature) {
        Ok(signed) => signed,
        Err(failure) => return vec![nothing_to_judge(failure, question, context.at)],
    };
    if signed.signers().is_empty() {
        let failure = Failure::new(Rejection::SignatureMalformed, vec![("signers", "0".to_owned())]);
        return vec![nothing_to_judge(failure, question, context.at)];
    }
    (0..signed.signers().len()).map(|index| judge_signer(&signed, index, content, context, when)).collect()
}

/// Judges every signer of signed data for the time at which it claims to have signed, by revocation evidence of
/// `context.at`. A claim proves nothing: whoever judges so trusts the signer's clock. No claim, or one of the future, fails.
pub fn judge_document_as_signed(
    signature: &[u8],
    content: Option<&[u8]>,
    context: &Context<'_>,
) -> Vec<Verdict> {
    judge_signers(signature, content, context, When::Signed)
}

/// For which time a certificate is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// The context's.
    Given,
    /// The signer's own claim.
    Signed,
}

fn judge_signer(
    signed: &SignedData,
    index: usize,
    content: Option<&[u8]>,
    context: &Context<'_>,
    when: When,
) -> Verdict {
    let question = etsi::Question::Document;
    match signature::check_signer_by(signed, index, content, context.policy.chain.algorithms) {
        Ok(signer) => {
            let finding = Finding { evidence: signer.evidence, warnings: signer.warnings };
            let mut stages = vec![held(Stage::Signature, finding)];
            let signed_at = match when {
                When::Given => None,
                When::Signed => match signer.signing_time.filter(|claimed| *claimed <= context.at) {
                    Some(claimed) => Some(claimed),
                    None => return nothing_to_judge(unclaimed(signer.signing_time), question, context.at),
                },
            };
            let (certificate, supplied) = (&signer.certificate, &signer.supplied);
            judge_certificate(certificate, supplied, Purpose::Signing, signed_at, context, &mut stages);
            verdict(stages, Some(certificate), question, signed_at.unwrap_or(context.at))
        }
        Err(failure) => nothing_to_judge(failure, question, context.at),
    }
}

fn unclaimed(claimed: Option<Timestamp>) -> Failure {
    let fault = match claimed {
        Some(_) => "signing time is in the future",
        None => "signing time is missing",
    };
    Failure::new(Rejection::SignatureInvalid, vec![("fault", fault.to_owned())])
}

fn judge_certificate(
    certificate: &Certificate,
    supplied: &[Certificate],
    purpose: Purpose,
    signed_at: Option<Timestamp>,
    context: &Context<'_>,
    stages: &mut Vec<StageReport>,
) {
    let at = signed_at.unwrap_or(context.at);
    let chain = chain::check(certificate, context.trust, supplied, at, &context.policy.chain);
    let revocation = chain.as_ref().ok().map(|chain: &Chain| {
        let (evidence, policy) = (context.evidence, &context.policy.revocation);
        match signed_at {
            Some(signed_at) => revocation::check_signed(chain, evidence, context.at, signed_at, policy),
            None => revocation::check(chain, evidence, at, policy),
        }
    });
    stages.push(report(Stage::Chain, chain.map(|chain| Finding::of(chain.evidence))));
    stages.push(report(Stage::Validity, validity::check(certificate, at)));
    // Without a chain nobody knows whose list to ask: the stage is not checked, and the verdict has failed before.
    stages.push(
        revocation
            .map_or_else(|| not_checked(Stage::Revocation), |outcome| report(Stage::Revocation, outcome)),
    );
    stages.push(judge_subject(certificate, context.expectations));
    let roles = context.expectations.roles.as_slice();
    stages.push(match (purpose, roles) {
        (Purpose::Any, []) => not_checked(Stage::Role),
        (Purpose::Signing, []) => report(Stage::Role, role::check_usage(certificate)),
        (Purpose::Any | Purpose::Signing, roles) => report(Stage::Role, role::check(certificate, roles)),
    });
}

fn judge_subject(certificate: &Certificate, expectations: &Expectations) -> StageReport {
    let mut asked = Vec::new();
    asked.extend(expectations.iin.map(Expected::Iin));
    match (&expectations.bin, &expectations.system) {
        (Some(bin), Some(system)) => asked.push(Expected::System { bin: *bin, system: system.clone() }),
        (Some(bin), None) => asked.push(Expected::Bin(*bin)),
        (None, Some(_)) | (None, None) => {}
    }
    let mut finding = Finding::default();
    for expected in &asked {
        match subject::check(certificate, expected) {
            Ok(held) => {
                finding.evidence.extend(held.evidence);
                finding.warnings.extend(held.warnings);
            }
            Err(failure) => return report(Stage::Subject, Err(failure)),
        }
    }
    if let (None, Some(system)) = (&expectations.bin, &expectations.system) {
        match &certificate.subject().system {
            Some(found) if found == system => finding.evidence.push(("system", "match".to_owned())),
            Some(_) | None => {
                let evidence = vec![("system", "mismatch".to_owned())];
                return report(Stage::Subject, Err(Failure::new(Rejection::SystemMismatch, evidence)));
            }
        }
    } else if asked.is_empty() {
        return StageReport { evidence: presence(certificate), ..not_checked(Stage::Subject) };
    }
    held(Stage::Subject, finding)
}

// Which numbers there are, without the numbers.
fn presence(certificate: &Certificate) -> Evidence {
    fn word<T>(field: &Field<T>) -> String {
        let word = match field {
            Field::Absent => "absent",
            Field::Malformed => "malformed",
            Field::Present(_) => "present",
        };
        word.to_owned()
    }
    let subject = certificate.subject();
    vec![("iin", word(&subject.iin)), ("bin", word(&subject.bin))]
}

fn not_checked(stage: Stage) -> StageReport {
    StageReport { stage, outcome: Outcome::NotChecked, rejection: None, evidence: vec![], warnings: vec![] }
}

fn held(stage: Stage, finding: Finding) -> StageReport {
    let outcome = if finding.warnings.is_empty() { Outcome::Pass } else { Outcome::Warn };
    StageReport { stage, outcome, rejection: None, evidence: finding.evidence, warnings: finding.warnings }
}

fn report(stage: Stage, outcome: Result<Finding, Failure>) -> StageReport {
    match outcome {
        Ok(finding) => held(stage, finding),
        Err(failure) => StageReport {
            stage,
            outcome: Outcome::Fail,
            rejection: Some(failure.rejection),
            evidence: failure.evidence,
            warnings: vec![],
        },
    }
}

fn nothing_to_judge(failure: Failure, question: etsi::Question, at: Timestamp) -> Verdict {
    let mut stages = vec![report(Stage::Signature, Err(failure))];
    stages.extend(STAGES.into_iter().skip(1).map(not_checked));
    verdict(stages, None, question, at)
}

fn verdict(
    stages: Vec<StageReport>,
    certificate: Option<&Certificate>,
    question: etsi::Question,
    at: Timestamp,
) -> Verdict {
    let failed = stages.iter().find(|report| report.outcome == Outcome::Fail);
    let rejection = failed.and_then(|report| report.rejection);
    let (indication, sub_indication) = match failed {
        None => (Indication::TotalPassed, None),
        Some(report) => {
            let (indication, sub) = etsi::of(report, question);
            (indication, Some(sub))
        }
    };
    let certificate = certificate.map(CertificateSummary::of);
    Verdict { indication, sub_indication, rejection, stages, judged_at: at, certificate }
}
