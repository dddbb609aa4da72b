//! A public service: who provides it to whom, what comes out, how long it takes and what people do inside.

use eush_domain::{Access, Channel, LocalizedText, RegulationId, SystemId, Term};
use serde::{Deserialize, Serialize};

use super::{Actor, ChannelFlow, Check, Lines, OnFailure};

/// One public service of one act.
#[derive(Clone, Debug)]
pub struct Regulation {
    /// Stable id, `<region>/<service>`.
    pub id: RegulationId,
    /// Short form, for example `000-A` or `001-S02`.
    pub alias: String,
    /// Where it stands.
    pub source: Source,
    /// Its order within the act, from 1.
    pub service_number: u16,
    /// Name; Kazakh as the act prints it.
    pub names: LocalizedText,
    /// Who provides it.
    pub provider: Provider,
    /// Who receives it.
    pub recipients: LocalizedText,
    /// Form of provision.
    pub form: ServiceForm,
    /// What comes out, and who signs it.
    pub results: Vec<ServiceResult>,
    /// The provider's internal procedure, in order. Empty where the act only has the procedures of `variants`.
    pub procedure: Vec<ProcedureStep>,
    /// Procedures for a kind of request or for a channel, where the act tells several apart.
    pub variants: Vec<Procedure>,
    /// Overall terms of the service.
    pub terms: Vec<ServiceTerm>,
    /// Every channel that the act gives it, electronic or on paper.
    pub channels: Vec<ChannelFlow>,
    /// Irregularities of the act that are kept as they are.
    pub oddities: Vec<String>,
    /// Systems that this act prints under a name which elsewhere is another's, or nobody's.
    pub spellings: Vec<Spelling>,
}

/// A name under which one regulation prints a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelling {
    /// As printed.
    pub printed: String,
    /// The system that is meant.
    pub system: SystemId,
    /// Where.
    pub lines: Lines,
}

/// The act that a regulation comes from.
#[derive(Clone, Debug)]
pub struct Source {
    /// `000` to `004`.
    pub act: String,
    /// Number as published, for example `158-1526`.
    pub number: String,
    /// Date as published, ISO.
    pub date: String,
    /// Edition, where the act has several: the amending decree.
    pub edition: Option<String>,
    /// Issuing body; Kazakh as published.
    pub issuer: LocalizedText,
    /// File name of the published text.
    pub file: String,
    /// Lines of this service.
    pub lines: Lines,
}

/// Who provides a service.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Name; Kazakh as the act prints it.
    pub name: LocalizedText,
    /// Key of the organisation that plays the provider in the synthetic population (ours).
    pub organization: String,
    /// Lines.
    pub lines: Lines,
}

/// Form of provision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceForm {
    /// Electronic and/or on paper; nothing is said of automation.
    Electronic,
    /// Electronic (fully automated) and/or on paper.
    ElectronicFull,
    /// Electronic (partly automated) and/or on paper.
    ElectronicPartial,
    /// On paper only.
    Paper,
}

/// A result of a service.
#[derive(Clone, Debug)]
pub struct ServiceResult {
    /// Kind in the provider's vocabulary, for example `unemployed-certificate`.
    pub kind: String,
    /// Name.
    pub name: LocalizedText,
    /// Who signs it, by the act.
    pub signed_by: ResultSigner,
    /// Whether this is the good outcome, or a negative one such as a reasoned refusal.
    pub outcome: ResultOutcome,
    /// Lines.
    pub lines: Lines,
}

/// Who signs a result, by the act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResultSigner {
    /// The provider's authorised person.
    AuthorizedPerson,
    /// The head, on paper.
    Head,
    /// The provider's specialist.
    Specialist,
    /// The act says that it is signed, and not by whom.
    Unnamed,
    /// The act says nothing of a signature.
    Unsigned,
}

/// Whether a result is what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResultOutcome {
    /// A negative answer that the act knows as a result.
    Negative,
    /// The service was provided.
    Positive,
}

impl Regulation {
    /// The provider's steps for a channel and a kind of request.
    ///
    /// A procedure of the kind asked for comes first, then one of the channel's own, then the procedure of all, then
    /// the first of the variants: an application that names no kind still has a procedure.
    pub fn steps(&self, channel: Channel, kind: Option<&str>) -> &[ProcedureStep] {
        let serves = |procedure: &&Procedure| procedure.channel.is_none_or(|own| own == channel);
        let asked = kind.and_then(|kind| self.variants.iter().filter(serves).find(|v| v.key == kind));
        let own = || self.variants.iter().find(|procedure| procedure.channel == Some(channel));
        match asked.or_else(own) {
            Some(procedure) => &procedure.steps,
            None if !self.procedure.is_empty() => &self.procedure,
            None => self.variants.iter().find(serves).map_or(&[], |procedure| &procedure.steps),
        }
    }
}

/// A procedure for one kind of request, or for one channel.
#[derive(Clone, Debug)]
pub struct Procedure {
    /// Key within the service, for example `re-issue`.
    pub key: String,
    /// Name.
    pub names: LocalizedText,
    /// Channel it holds for; `None` for all.
    pub channel: Option<Channel>,
    /// The provider's steps, in order; stages follow one another.
    pub steps: Vec<ProcedureStep>,
    /// Lines.
    pub lines: Lines,
}

/// A step of the provider's internal procedure.
#[derive(Clone, Debug)]
pub struct ProcedureStep {
    /// Order within the procedure, from 1.
    pub number: u16,
    /// Stage, from 1, where the act parts the procedure into stages.
    pub stage: Option<u16>,
    /// Label as the act prints it, for example `3-іс-қимыл`; most acts print none.
    pub label: Option<String>,
    /// Whether people work, or wait for the recipient.
    pub kind: StepKind,
    /// Who acts, for example `office-specialist`.
    pub actor: Actor,
    /// What is done, in our own short words.
    pub text: LocalizedText,
    /// How long it takes by the act.
    pub duration: Option<Term>,
    /// Another duration under a condition that the act states.
    pub otherwise: Option<Otherwise>,
    /// The system that is written or read by hand.
    pub system: Option<SystemUse>,
    /// Checks that the act lists here.
    pub checks: Vec<Check>,
    /// What follows when a check fails.
    pub on_failure: OnFailure,
    /// What stands at its end, where the act says so.
    pub result: Option<LocalizedText>,
    /// What in this step is ours and not the act's.
    pub ours: Option<String>,
    /// Lines.
    pub lines: Lines,
}

/// What a step of a procedure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// The procedure stands still until the recipient brings something, at most as long as the duration says.
    Wait,
    /// Somebody works.
    Work,
}

/// A second duration of the same step.
#[derive(Clone, Debug)]
pub struct Otherwise {
    /// How long.
    pub duration: Term,
    /// When it holds.
    pub when: LocalizedText,
}

/// A system that people write or read by hand; no message crosses the bus.
#[derive(Clone, Debug)]
pub struct SystemUse {
    /// Which.
    pub system: SystemId,
    /// What they do there.
    pub access: Access,
}

/// An overall term of a service.
#[derive(Clone, Debug)]
pub struct ServiceTerm {
    /// How long.
    pub term: Term,
    /// What kind of term it is.
    pub kind: TermKind,
    /// What it runs from.
    pub starts: TermStart,
    /// Channel it holds for; `None` for all.
    pub channel: Option<Channel>,
    /// Key of the procedure it holds for; `None` for all.
    pub procedure: Option<String>,
    /// What starts it and what it is for, in our own short words.
    pub text: LocalizedText,
    /// Whether the day of acceptance counts.
    pub acceptance_day: AcceptanceDay,
    /// Lines.
    pub lines: Lines,
}

/// What kind of term it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TermKind {
    /// Is added to the limit under a condition.
    Extension,
    /// The service is to be done within it.
    Limit,
    /// Time allowed for one thing at the counter.
    Service,
    /// How long something is kept.
    Storage,
}

/// What a term runs from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TermStart {
    /// The recipient comes for the result.
    Collection,
    /// The provider's decision.
    Decision,
    /// The recipient was notified.
    Notification,
    /// The provider registered the whole package.
    Registration,
    /// The documents were handed in.
    Submission,
    /// The act does not say.
    Unstated,
}

/// Whether the day of acceptance counts in a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AcceptanceDay {
    /// It counts, or the act says nothing.
    Counted,
    /// The act says that it does not count.
    NotCounted,
}
