//! The catalogue as people and programs are shown it: `acts list` and `acts show`, in one closed vocabulary.
//!
//! These types are the JSON: field names and words are a contract. `kind` is `process`, `condition`, `action` or
//! `step`; `on_failure` a label, `refuse`, `undefined` or null; a duration `{value, unit}` with the unit `minute`,
//! `hour`, `working_day`, `calendar_day` or `month`; `checks` come from one list.

mod make;
#[cfg(test)]
mod tests;

use eush_domain::{CertificateRole, Channel, LocalizedText, Term};
use serde::Serialize;

use crate::model::{
    AcceptanceDay, Access, Check, Executor, ItemKind, Lines, LookupCondition, LookupSubject, Medium,
    Placement, ProcedureUse, ResultOutcome, ResultSigner, Signer, StepKind, TermKind, TermStart,
};

pub use make::{list, list_some, show};

/// `acts list`.
#[derive(Debug, Serialize)]
pub struct Listing<'a> {
    /// Services in the order of acts and services.
    pub services: Vec<ListedService<'a>>,
    /// Counts over what is listed.
    pub totals: Totals,
}

/// Counts over a listing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Acts that the services come from.
    pub acts: usize,
    /// Public services.
    pub services: usize,
    /// Channels that the acts give them.
    pub channels: usize,
    /// Channels that are described item by item.
    pub described_channels: usize,
    /// Described channels that cross the e-government gateway.
    pub gateway_flows: usize,
    /// Items of all channels.
    pub items: usize,
}

/// One service in a listing.
#[derive(Debug, Serialize)]
pub struct ListedService<'a> {
    /// Stable id.
    pub id: &'a str,
    /// Short form.
    pub alias: &'a str,
    /// Act, `000` to `004`.
    pub source: &'a str,
    /// Order within the act.
    pub service_number: u16,
    /// Names.
    pub names: &'a LocalizedText,
    /// `full`, `partial`, `electronic` or `paper`.
    pub form: &'static str,
    /// Channels.
    pub channels: Vec<ListedChannel<'a>>,
}

/// One channel in a listing.
#[derive(Debug, Serialize)]
pub struct ListedChannel<'a> {
    /// `portal`, `state-corporation`, `provider`, `psc` or `akim`.
    pub channel: Channel,
    /// `gateway`, `office` or `paper`.
    pub medium: Medium,
    /// What stands in another paragraph before the list; absent where nothing does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<ListedItem<'a>>,
    /// The act's list.
    pub items: Vec<ListedItem<'a>>,
    /// What stands in another paragraph after the list; absent where nothing does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<ListedItem<'a>>,
}

/// One item in a listing.
#[derive(Debug, Serialize)]
pub struct ListedItem<'a> {
    /// Label as the act prints it; null where it prints none.
    pub label: Option<&'a str>,
    /// Printed number; null where there is none.
    pub item: Option<&'a str>,
    /// What the act calls it.
    pub kind: ItemKind,
    /// Whether it crosses the gateway.
    pub via_gateway: bool,
    /// Whether it crosses the regional gateway too.
    pub regional_gateway: bool,
    /// System it goes from, or that works.
    pub from: Option<&'a str>,
    /// Systems it goes to.
    pub to: Vec<&'a str>,
    /// Checks that the act lists.
    pub checks: &'a [Check],
    /// Label, `refuse`, `undefined` or null.
    pub on_failure: Option<&'a str>,
    /// Limit.
    pub duration: Option<Term>,
}

/// `acts show`: one service with everything the catalogue has of it.
#[derive(Debug, Serialize)]
pub struct ShownService<'a> {
    /// As in the listing; its channels are shown in full below instead.
    pub id: &'a str,
    /// Short form.
    pub alias: &'a str,
    /// Where it stands.
    pub source: ShownSource<'a>,
    /// Order within the act.
    pub service_number: u16,
    /// Names.
    pub names: &'a LocalizedText,
    /// Who provides it.
    pub provider: &'a LocalizedText,
    /// Who receives it.
    pub recipients: &'a LocalizedText,
    /// `full`, `partial`, `electronic` or `paper`.
    pub form: &'static str,
    /// Results.
    pub results: Vec<ShownResult<'a>>,
    /// Terms.
    pub terms: Vec<ShownTerm<'a>>,
    /// The provider's procedure.
    pub procedure: Vec<ShownStep<'a>>,
    /// Procedures by kind of request or channel.
    pub variants: Vec<ShownProcedure<'a>>,
    /// Channels.
    pub channels: Vec<ShownChannel<'a>>,
    /// Irregularities of the act, kept.
    pub oddities: &'a [String],
    /// Names under which this act prints a system that is called otherwise elsewhere; absent where it has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub spellings: Vec<ShownSpelling<'a>>,
}

/// A name of a system in one act.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `Spelling`")]
pub struct ShownSpelling<'a> {
    pub printed: &'a str,
    pub system: &'a str,
    pub lines: Lines,
}

/// Where a service stands.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `Source`")]
pub struct ShownSource<'a> {
    pub act: &'a str,
    pub number: &'a str,
    pub date: &'a str,
    pub edition: Option<&'a str>,
    pub issuer: &'a LocalizedText,
    pub file: &'a str,
    pub lines: Lines,
}

/// A result.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `ServiceResult`")]
pub struct ShownResult<'a> {
    pub kind: &'a str,
    pub name: &'a LocalizedText,
    pub signed_by: ResultSigner,
    pub outcome: ResultOutcome,
    pub lines: Lines,
}

/// A term.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `ServiceTerm`")]
pub struct ShownTerm<'a> {
    pub duration: Term,
    pub kind: TermKind,
    pub starts: TermStart,
    pub channel: Option<Channel>,
    pub procedure: Option<&'a str>,
    pub acceptance_day: AcceptanceDay,
    pub text: &'a LocalizedText,
    pub lines: Lines,
}

/// A procedure.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `Procedure`")]
pub struct ShownProcedure<'a> {
    pub key: &'a str,
    pub names: &'a LocalizedText,
    pub channel: Option<Channel>,
    pub steps: Vec<ShownStep<'a>>,
}

/// A step of a procedure.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `ProcedureStep`")]
pub struct ShownStep<'a> {
    pub number: u16,
    pub stage: Option<u16>,
    pub label: Option<&'a str>,
    pub kind: StepKind,
    pub actor: &'a str,
    pub text: &'a LocalizedText,
    pub duration: Option<Term>,
    pub otherwise: Option<ShownOtherwise<'a>>,
    pub system: Option<&'a str>,
    pub access: Option<Access>,
    pub checks: &'a [Check],
    pub on_failure: Option<&'a str>,
    pub result: Option<&'a LocalizedText>,
    pub ours: Option<&'a str>,
    pub lines: Lines,
}

/// A second duration.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `Otherwise`")]
pub struct ShownOtherwise<'a> {
    pub duration: Term,
    pub when: &'a LocalizedText,
}

/// A channel.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `ChannelFlow`")]
pub struct ShownChannel<'a> {
    pub channel: Channel,
    pub medium: Medium,
    pub front: Option<&'a str>,
    pub signer: Signer,
    pub signer_roles: &'a [CertificateRole],
    pub procedure: ProcedureUse,
    pub restriction: Option<&'a LocalizedText>,
    pub lines: Lines,
    pub items: Vec<ShownItem<'a>>,
}

/// An item.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `Item`")]
pub struct ShownItem<'a> {
    #[serde(flatten)]
    pub listed: ListedItem<'a>,
    pub printed: Option<&'a str>,
    pub placement: Placement,
    pub operation: &'static str,
    pub service: Option<&'a str>,
    pub lookups: Vec<ShownLookup<'a>>,
    pub message: Option<&'static str>,
    pub actor: &'a str,
    pub executed_by: Executor,
    pub access: Option<Access>,
    pub otherwise: Option<ShownOtherwise<'a>>,
    pub text: &'a LocalizedText,
    pub ours: Option<&'a str>,
    pub lines: Lines,
}

/// A register that an item asks.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `LookupRule`")]
pub struct ShownLookup<'a> {
    pub service: &'a str,
    pub subject: LookupSubject,
    pub when: LookupCondition,
    pub absent: eush_domain::Rejection,
}
