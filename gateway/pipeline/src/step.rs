//! Trace items: what was executed of a regulation, and who did it by the act and in eush.

use eush_acts::model::Access;
use eush_domain::{LocalizedText, Rejection, Timestamp};
use serde::{Deserialize, Serialize};

/// One executed item of a regulation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// As the act prints it, for example `3-үдеріс`; empty where it prints none.
    pub label: String,
    /// Printed item number, for example `4)`; empty where there is none.
    pub item: String,
    /// Act and lines, for example `000:181-186`.
    pub reference: String,
    /// What the act calls it.
    pub kind: StepKind,
    /// Code of the actor by the act; `unnamed` where it does not say.
    pub actor_by_act: String,
    /// Who executed it here.
    pub executed_by: ExecutedBy,
    /// Code of the system that it goes from; empty where none is named.
    pub from: String,
    /// Codes of the systems that it goes to.
    pub to: Vec<String>,
    /// Whether it crosses the e-government gateway.
    pub via_gateway: bool,
    /// Whether it crosses the regional gateway too.
    pub regional_gateway: bool,
    /// How it ended.
    pub outcome: StepOutcome,
    /// On the virtual clock.
    #[serde(with = "time::serde::rfc3339")]
    pub at: Timestamp,
    /// What happens, in our own short words.
    pub text: LocalizedText,
    /// Why it failed.
    pub reason: Option<Rejection>,
    /// What in it is ours and not the act's; empty where all of it is the act's.
    pub ours: String,
    /// What people did with the system of `to` by hand; `None` where they did nothing by hand.
    #[serde(default)]
    pub by_hand: Option<ByHand>,
}

/// A system used by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByHand {
    /// What was done.
    pub access: Access,
    /// What the system showed; `None` where it was not asked: no such system is on this bus, or the step was not reached.
    pub shown: Option<Shown>,
}

/// What a system showed to somebody who used it by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// An entry.
    Entry,
    /// Nothing: a reader found no entry.
    Nothing,
}

impl Shown {
    /// Name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Entry => "shown",
            Self::Nothing => "nothing",
        }
    }
}

/// What the act calls an item, or a step of the provider's internal procedure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// іс-қимыл.
    Action,
    /// шарт.
    Condition,
    /// A step of the provider's internal procedure.
    Procedure,
    /// процесс, үдеріс.
    Process,
    /// No label.
    Step,
}

impl StepKind {
    /// Name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Condition => "condition",
            Self::Procedure => "procedure",
            Self::Process => "process",
            Self::Step => "step",
        }
    }
}

/// Who executed a step in eush.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutedBy {
    /// The agency that took delivery.
    Agency,
    /// The front.
    Front,
    /// The gateway.
    Gateway,
    /// The person.
    Person,
}

impl ExecutedBy {
    /// Name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agency => "agency",
            Self::Front => "front",
            Self::Gateway => "gateway",
            Self::Person => "person",
        }
    }
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// A process or an action was carried out.
    Done,
    /// A condition failed, or a process could not be carried out.
    Failed,
    /// It belongs to somebody who did not report it.
    NotObserved,
    /// A condition held.
    Passed,
    /// A refusal process was executed: the end.
    Refused,
}
