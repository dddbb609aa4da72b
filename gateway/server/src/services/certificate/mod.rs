//! `eush.eds.v1.CertificateService`: the bus's judgement of certificates as a service of its own. It judges by the same
//! evidence as the pipeline and dispatches nothing. [`http`] gives the same checks as JSON, [`stream`] many in one call.

pub(crate) mod http;
mod stream;

use std::sync::Arc;

use eush_domain::{Bin, CertificateRole, Clock as _, Iin, Rejection, Stage, Timestamp};
use eush_pipeline::ports::{Evidence as _, EvidenceSnapshot, Link};
use eush_pipeline::{FieldFault, Refusal};
use eush_pki::judge::{self, Context, STAGES};
use eush_pki::material::Subject;
use eush_pki::{
    Certificate, CertificateSummary, Expectations, Indication, Outcome, Policy, RevocationSource,
    StageReport, Verdict,
};
use eush_wire::eds::v1 as wire;
use eush_wire::eds::v1::certificate_service_server::CertificateService;
use tokio::task::JoinError;
use tonic::{Request, Response, Status, Streaming};

use crate::convert;
use crate::parts::Core;
use crate::realm::Realm;
use crate::rescue;

/// The service.
#[derive(Clone)]
pub(crate) struct Certificates(pub(crate) Arc<Core>);

/// Most signers of a document about whom responders are asked. Nobody signs with so many; whoever is not asked about is
/// refused for want of evidence.
const MAX_SUBJECTS: usize = 16;

/// Why there is no verdict.
enum Undone {
    /// Fields that cannot be understood.
    Faults(Vec<FieldFault>),
    /// A failure of ours.
    Fault(JoinError),
}

impl From<Undone> for Status {
    fn from(undone: Undone) -> Self {
        match undone {
            Undone::Faults(faults) => {
                let refusal = Refusal { faults, ..Refusal::of(Rejection::EnvelopeMalformed) };
                rescue::refused(&refusal, &rescue::Context::default())
            }
            Undone::Fault(error) => rescue::incident(&error, &rescue::Context::default()),
        }
    }
}

impl Certificates {
    fn at(realm: &Realm, at: Option<&prost_types::Timestamp>, faults: &mut Vec<FieldFault>) -> Timestamp {
        match at {
            None => realm.clock.now(),
            Some(at) => convert::instant(at).unwrap_or_else(|| {
                faults.push(FieldFault::new("at", "an instant"));
                Timestamp::UNIX_EPOCH
            }),
        }
    }

    /// Judges away from the async threads: chains and signatures are arithmetic.
    async fn judged<T: Send + 'static>(
        realm: &Realm,
        at: Timestamp,
        expectations: Expectations,
        subjects: Vec<Subject>,
        judge: impl FnOnce(&Context<'_>) -> T + Send + 'static,
    ) -> Result<T, Undone> {
        let evidence = Self::picture(realm, subjects).await?;
        let work = move || {
            let policy = policy(&evidence);
            let context = Context {
                trust: &evidence.trust,
                evidence: &evidence.revocation,
                at,
                expectations: &expectations,
                policy: &policy,
            };
            judge(&context)
        };
        tokio::task::spawn_blocking(work).await.map_err(Undone::Fault)
    }

    /// What the subjects are judged by, with responders asked about them now where the policy says so.
    async fn picture(realm: &Realm, subjects: Vec<Subject>) -> Result<Arc<EvidenceSnapshot>, Undone> {
        let picture = realm.evidence.snapshot();
        let is_listed = |certificate: &Certificate| {
            picture.revocation.lists().iter().any(|list| list.issuer() == certificate.issuer_dn())
        };
        let by_lists = match picture.revocation.source() {
            RevocationSource::Crl => subjects.iter().all(|subject| is_listed(&subject.certificate)),
            RevocationSource::Ocsp | RevocationSource::OcspThenCrl => false,
        };
        if by_lists {
            return Ok(picture);
        }
        let now = realm.clock.now();
        let looked = picture.clone();
        let work = move || {
            let mut links: Vec<Link> = Vec::new();
            for subject in subjects.iter().take(MAX_SUBJECTS) {
                for link in looked.unasked(&subject.certificate, &subject.supplied, now) {
                    if !links.contains(&link) {
                        links.push(link);
                    }
                }
            }
            links
        };
        let links = tokio::task::spawn_blocking(work).await.map_err(Undone::Fault)?;
        Ok(if links.is_empty() { picture } else { realm.evidence.gather(&links, now).await })
    }

    async fn certificate(realm: &Realm, request: wire::CheckCertificateRequest) -> Result<Verdict, Undone> {
        let mut faults = Vec::new();
        let expectations = expectations(request.expectations.as_ref(), &mut faults);
        let at = Self::at(realm, request.at.as_ref(), &mut faults);
        if !faults.is_empty() {
            return Err(Undone::Faults(faults));
        }
        // A supplied certificate that cannot be read can be no link either.
        let supplied: Vec<_> =
            request.intermediates.iter().filter_map(|der| Certificate::parse(der).ok()).collect();
        let subject = Certificate::parse(&request.certificate).ok();
        let subject = subject.map(|certificate| Subject { certificate, supplied: supplied.clone() });
        let judge = move |context: &Context<'_>| judge::judge_der(&request.certificate, &supplied, context);
        Self::judged(realm, at, expectations, subject.into_iter().collect(), judge).await
    }

    async fn document(realm: &Realm, request: wire::CheckDocumentRequest) -> Result<Vec<Verdict>, Undone> {
        let mut faults = Vec::new();
        let expectations = expectations(request.expectations.as_ref(), &mut faults);
        let at = Self::at(realm, request.at.as_ref(), &mut faults);
        let as_signed = match wire::JudgementTime::try_from(request.judgement_time) {
            Ok(wire::JudgementTime::Signing) => true,
            Ok(wire::JudgementTime::Unspecified) => false,
            Err(_) => {
                faults.push(FieldFault::new("judgement_time", "a value of JudgementTime"));
                false
            }
        };
        if request.document.is_none() {
            faults.push(FieldFault::new("document", "a signed document"));
        }
        let Some(document) = request.document.filter(|_| faults.is_empty()) else {
            return Err(Undone::Faults(faults));
        };
        let signed = eush_pki::signature::parse(&document.signature);
        let subjects = signed.map(|signed| Subject::all_of(&signed)).unwrap_or_default();
        let judge = move |context: &Context<'_>| {
            let judge = if as_signed { judge::judge_document_as_signed } else { judge::judge_document };
            judge(&document.signature, content(&document), context)
        };
        Self::judged(realm, at, expectations, subjects, judge).await
    }
}

/// The content that travels apart. No bytes at all are content too, unless the signature carries its own.
fn content(document: &eush_wire::bus::v1::SignedDocument) -> Option<&[u8]> {
    let is_attached =
        || eush_pki::signature::parse(&document.signature).is_ok_and(|signed| signed.content().is_some());
    (!document.content.is_empty() || !is_attached()).then_some(&document.content)
}

fn policy(evidence: &EvidenceSnapshot) -> Policy {
    Policy { chain: evidence.chain_policy, revocation: evidence.revocation_policy }
}

fn expectations(wire: Option<&wire::Expectations>, faults: &mut Vec<FieldFault>) -> Expectations {
    let Some(wire) = wire else { return Expectations::default() };
    let mut expected = Expectations::default();
    let mut read = |field: &str, text: &str, words: &str, take: &mut dyn FnMut(&str) -> bool| {
        if !text.is_empty() && !take(text) {
            faults.push(FieldFault::new(format!("expectations.{field}"), words));
        }
    };
    read("iin", &wire.iin, "12 digits", &mut |text| {
        expected.iin = Iin::parse(text).ok();
        expected.iin.is_some()
    });
    read("bin", &wire.bin, "12 digits", &mut |text| {
        expected.bin = Bin::parse(text).ok();
        expected.bin.is_some()
    });
    read("role", &wire.role, "the name of a certificate role", &mut |text| {
        expected.roles = CertificateRole::parse(text).into_iter().collect();
        !expected.roles.is_empty()
    });
    expected
}

#[tonic::async_trait]
impl CertificateService for Certificates {
    type CheckDocumentsStream = stream::Answers;

    async fn check_certificate(
        &self,
        request: Request<wire::CheckCertificateRequest>,
    ) -> Result<Response<wire::CheckCertificateResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let judged = Self::certificate(&realm, request.into_inner()).await?;
        Ok(Response::new(wire::CheckCertificateResponse { verdict: Some(verdict(&judged)) }))
    }

    async fn check_document(
        &self,
        request: Request<wire::CheckDocumentRequest>,
    ) -> Result<Response<wire::CheckDocumentResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let judged = Self::document(&realm, request.into_inner()).await?;
        Ok(Response::new(wire::CheckDocumentResponse { signers: judged.iter().map(verdict).collect() }))
    }

    async fn check_documents(
        &self,
        request: Request<Streaming<wire::CheckDocumentsRequest>>,
    ) -> Result<Response<Self::CheckDocumentsStream>, Status> {
        let realm = self.0.realm(&request)?;
        Ok(Response::new(stream::answers(realm, request.into_inner())))
    }

    async fn describe_policy(
        &self,
        request: Request<wire::DescribePolicyRequest>,
    ) -> Result<Response<wire::DescribePolicyResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let described = Described::of(&realm);
        let anchor = |(subject, sha256)| wire::TrustAnchor { subject, sha256 };
        Ok(Response::new(wire::DescribePolicyResponse {
            stages: described.stages.into_iter().map(str::to_owned).collect(),
            settings: described.settings.into_iter().map(|(name, value)| format!("{name}={value}")).collect(),
            anchors: described.anchors.into_iter().map(anchor).collect(),
        }))
    }
}

/// The policy in force.
struct Described {
    stages: Vec<&'static str>,
    settings: Vec<(&'static str, String)>,
    /// Subject, and SHA-256 of the DER.
    anchors: Vec<(String, String)>,
}

impl Described {
    fn of(realm: &Realm) -> Self {
        let evidence = realm.evidence.snapshot();
        let settings = policy(&evidence).settings().into_iter().chain(realm.evidence.settings());
        let anchor = |anchor: &Certificate| {
            (anchor.subject_dn().to_string(), crate::config::Fingerprint::of(anchor.der()).hex())
        };
        Self {
            stages: STAGES.iter().map(|stage| stage.name()).collect(),
            settings: settings.collect(),
            anchors: evidence.trust.anchors().iter().map(anchor).collect(),
        }
    }
}

fn verdict(verdict: &Verdict) -> wire::Verdict {
    let indication = match verdict.indication {
        Indication::Indeterminate => wire::Indication::Indeterminate,
        Indication::TotalFailed => wire::Indication::TotalFailed,
        Indication::TotalPassed => wire::Indication::TotalPassed,
    };
    let facts = verdict.rejection.map(Rejection::facts);
    wire::Verdict {
        indication: indication.into(),
        sub_indication: verdict.sub_indication.map_or("", |sub| sub.name()).to_owned(),
        reason: facts.map_or("", |facts| facts.reason).to_owned(),
        stages: verdict.stages.iter().map(stage).collect(),
        judged_at: Some(convert::timestamp(verdict.judged_at)),
        certificate: verdict.certificate.as_ref().map(summary),
        text: facts.map(|facts| convert::text(&facts.text.into())),
    }
}

fn stage(report: &StageReport) -> wire::StageReport {
    let outcome = match report.outcome {
        Outcome::Fail => wire::StageOutcome::Fail,
        Outcome::NotChecked => wire::StageOutcome::NotChecked,
        Outcome::Pass => wire::StageOutcome::Pass,
        Outcome::Warn => wire::StageOutcome::Warn,
    };
    let evidence = report.evidence.iter().map(|(key, value)| format!("{key}={value}"));
    let warnings = report.warnings.iter().map(|warning| format!("warning={warning}"));
    wire::StageReport {
        stage: Stage::name(report.stage).to_owned(),
        outcome: outcome.into(),
        reason: report.rejection.map_or("", |rejection| rejection.facts().reason).to_owned(),
        evidence: evidence.chain(warnings).collect(),
    }
}

fn summary(summary: &CertificateSummary) -> wire::CertificateSummary {
    wire::CertificateSummary {
        subject: summary.subject.clone(),
        issuer: summary.issuer.clone(),
        serial: summary.serial.clone(),
        not_before: Some(convert::timestamp(summary.not_before)),
        not_after: Some(convert::timestamp(summary.not_after)),
        algorithm: summary.algorithm.clone(),
        iin: summary.iin.map(|iin| iin.digits().to_owned()).unwrap_or_default(),
        bin: summary.bin.map(|bin| bin.digits().to_owned()).unwrap_or_default(),
        system: summary.system.clone().unwrap_or_default(),
        roles: summary.roles.iter().map(|role| role.name().to_owned()).collect(),
    }
}
