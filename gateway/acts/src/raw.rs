//! The data files as they are written. `load` turns these into the model; nothing else sees them.

use eush_domain::{CertificateRole, Channel, LocalizedText};
use serde::Deserialize;
use toml::Spanned;

use crate::model::{
    AcceptanceDay, Access, Check, Executor, ItemKind, LookupCondition, LookupSubject, Medium, Placement,
    ProcedureUse, ResultOutcome, ResultSigner, ServiceForm, Signer, StepKind, TermKind, TermStart,
};

/// First and last line.
pub(crate) type RawLines = [u32; 2];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawActs {
    pub(crate) acts: Vec<Spanned<RawAct>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawAct {
    pub(crate) id: String,
    pub(crate) number: String,
    pub(crate) date: String,
    pub(crate) issuer: LocalizedText,
    pub(crate) file: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawActors {
    pub(crate) actors: Vec<Spanned<RawNamed>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawNamed {
    pub(crate) code: String,
    pub(crate) names: LocalizedText,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawSystems {
    pub(crate) systems: Vec<Spanned<RawSystem>>,
    pub(crate) services: Vec<Spanned<RawService>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawSystem {
    pub(crate) code: String,
    pub(crate) kind: crate::catalogue::SystemKind,
    pub(crate) names: LocalizedText,
    #[serde(default)]
    pub(crate) aliases: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawService {
    pub(crate) id: String,
    pub(crate) agency: String,
    pub(crate) names: LocalizedText,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRegulation {
    pub(crate) id: Spanned<String>,
    pub(crate) alias: Spanned<String>,
    pub(crate) act: Spanned<String>,
    pub(crate) service_number: u16,
    pub(crate) edition: Option<String>,
    pub(crate) lines: Spanned<RawLines>,
    pub(crate) form: ServiceForm,
    pub(crate) names: Spanned<LocalizedText>,
    pub(crate) recipients: Spanned<LocalizedText>,
    #[serde(default)]
    pub(crate) oddities: Vec<String>,
    pub(crate) provider: Spanned<RawProvider>,
    #[serde(default)]
    pub(crate) spellings: Vec<Spanned<RawSpelling>>,
    pub(crate) results: Vec<Spanned<RawResult>>,
    #[serde(default)]
    pub(crate) terms: Vec<Spanned<RawTerm>>,
    #[serde(default)]
    pub(crate) procedure: Vec<Spanned<RawStep>>,
    #[serde(default)]
    pub(crate) variants: Vec<Spanned<RawProcedure>>,
    pub(crate) channels: Vec<Spanned<RawChannel>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawProvider {
    pub(crate) name: LocalizedText,
    pub(crate) organization: String,
    pub(crate) lines: RawLines,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawSpelling {
    pub(crate) printed: String,
    pub(crate) system: String,
    pub(crate) lines: RawLines,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawResult {
    pub(crate) kind: String,
    pub(crate) name: LocalizedText,
    pub(crate) signed_by: ResultSigner,
    #[serde(default = "positive")]
    pub(crate) outcome: ResultOutcome,
    pub(crate) lines: RawLines,
}

fn positive() -> ResultOutcome {
    ResultOutcome::Positive
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawTerm {
    pub(crate) term: String,
    #[serde(default = "limit")]
    pub(crate) kind: TermKind,
    pub(crate) starts: TermStart,
    pub(crate) channel: Option<Channel>,
    pub(crate) procedure: Option<String>,
    pub(crate) text: LocalizedText,
    #[serde(default = "counted")]
    pub(crate) acceptance_day: AcceptanceDay,
    pub(crate) lines: RawLines,
}

fn limit() -> TermKind {
    TermKind::Limit
}

fn counted() -> AcceptanceDay {
    AcceptanceDay::Counted
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawProcedure {
    pub(crate) key: String,
    pub(crate) names: LocalizedText,
    pub(crate) channel: Option<Channel>,
    pub(crate) lines: RawLines,
    pub(crate) steps: Vec<Spanned<RawStep>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawStep {
    pub(crate) number: u16,
    pub(crate) stage: Option<u16>,
    pub(crate) label: Option<String>,
    #[serde(default = "work")]
    pub(crate) kind: StepKind,
    pub(crate) actor: String,
    pub(crate) duration: Option<String>,
    pub(crate) otherwise: Option<RawOtherwise>,
    pub(crate) system: Option<String>,
    pub(crate) access: Option<Access>,
    #[serde(default)]
    pub(crate) checks: Vec<Check>,
    pub(crate) on_failure: Option<String>,
    pub(crate) ours: Option<String>,
    pub(crate) lines: RawLines,
    pub(crate) text: LocalizedText,
    pub(crate) result: Option<LocalizedText>,
}

fn work() -> StepKind {
    StepKind::Work
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawOtherwise {
    pub(crate) duration: String,
    pub(crate) when: LocalizedText,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawChannel {
    pub(crate) channel: Channel,
    pub(crate) medium: Medium,
    pub(crate) front: Option<String>,
    pub(crate) signer: Signer,
    #[serde(default)]
    pub(crate) signer_roles: Vec<CertificateRole>,
    #[serde(default = "separate")]
    pub(crate) procedure: ProcedureUse,
    pub(crate) restriction: Option<LocalizedText>,
    pub(crate) lines: RawLines,
    #[serde(default)]
    pub(crate) items: Vec<Spanned<RawItem>>,
}

fn separate() -> ProcedureUse {
    ProcedureUse::Separate
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawItem {
    pub(crate) label: Option<String>,
    pub(crate) printed: Option<String>,
    #[serde(default = "in_list")]
    pub(crate) placement: Placement,
    pub(crate) item: Option<String>,
    pub(crate) lines: RawLines,
    pub(crate) kind: ItemKind,
    pub(crate) operation: RawOperation,
    pub(crate) service: Option<String>,
    #[serde(default)]
    pub(crate) ask: Vec<RawLookup>,
    pub(crate) message: Option<String>,
    pub(crate) actor: String,
    pub(crate) executed_by: Executor,
    pub(crate) from: Option<String>,
    #[serde(default)]
    pub(crate) to: Vec<String>,
    #[serde(default)]
    pub(crate) via_gateway: bool,
    #[serde(default)]
    pub(crate) regional_gateway: bool,
    #[serde(default)]
    pub(crate) checks: Vec<Check>,
    pub(crate) on_failure: Option<String>,
    pub(crate) access: Option<Access>,
    pub(crate) duration: Option<String>,
    pub(crate) otherwise: Option<RawOtherwise>,
    pub(crate) text: LocalizedText,
    pub(crate) ours: Option<String>,
}

fn in_list() -> Placement {
    Placement::InList
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawLookup {
    pub(crate) service: String,
    pub(crate) subject: LookupSubject,
    pub(crate) when: LookupCondition,
    pub(crate) absent: eush_domain::Rejection,
}

/// Names of the operations in data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RawOperation {
    Arrive,
    Authenticate,
    CheckCertificate,
    CheckDocuments,
    CheckLogin,
    CheckPresence,
    DeliverResult,
    Dispatch,
    FillForm,
    HandOver,
    Lookup,
    OfficeStep,
    Provide,
    Refuse,
    RegisterAtPortal,
    RegisterDocument,
    Sign,
}
