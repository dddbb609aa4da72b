//! Which checks are owed. Under `strict` all are; under `as-written` exactly those that the act lists for the flow.
//!
//! [`ActItem`], and with it `NotOwed`, is made here from the acts' data and nowhere else.

use eush_acts::model::{ChannelFlow, Check, Item, Operation, Regulation, Signer};
use serde::{Deserialize, Serialize};

use crate::finding::CheckId;

/// Which checks decide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Every check is owed.
    #[default]
    Strict,
    /// Exactly what the act lists is owed; the rest is skipped and said to be.
    AsWritten,
}

impl Profile {
    /// Name in banner, journal and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::AsWritten => "as-written",
            Self::Strict => "strict",
        }
    }

    /// The profile of a name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Strict, Self::AsWritten].into_iter().find(|profile| profile.name() == name)
    }
}

/// Whether later checks run after one has failed, so that the journal shows every finding. The wire still tells one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Diagnosis {
    /// Stop at the first failure.
    #[default]
    First,
    /// Run every check.
    All,
}

/// Whose signature a desk's request carries, where the act contradicts itself (DECISIONS 7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeskSigner {
    /// The other reading of act 001: the number compared is the applicant's own.
    Applicant,
    /// The operator signs; the number compared is the one declared for the signer, who must be on the sender's list.
    #[default]
    Operator,
}

/// Whether a provider's signature over its result is checked. No act has anyone check it (DECISIONS 9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResultCheck {
    /// By the profile: checked under `strict`, not owed under `as-written`.
    #[default]
    ByProfile,
    /// Always checked.
    Check,
    /// Never checked.
    Skip,
}

/// What happens where an act says that a condition fails and not what follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Undefined {
    /// The application stays where the act leaves it: nothing more happens to it.
    Hold,
    /// It is refused with a message of ours, marked as ours.
    #[default]
    Refuse,
}

/// Knobs of judgement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Which checks are owed.
    pub profile: Profile,
    /// Whether all checks run after a failure.
    pub diagnosis: Diagnosis,
    /// Who signs at a desk.
    pub desk_signer: DeskSigner,
    /// Whether results' signatures are checked.
    pub result_check: ResultCheck,
    /// What happens where the act does not say what follows.
    pub undefined: Undefined,
}

/// The place in an act that makes a check not owed. Made only by this module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActItem {
    reference: String,
}

impl ActItem {
    /// Act and lines, for example `000:239-242`.
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// For the load-bearing tests alone: a check left out by hand.
    #[cfg(test)]
    pub(crate) fn left_out_by_test() -> Self {
        Self { reference: "test".to_owned() }
    }
}

/// What a flow and a profile say of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Duty {
    /// It decides. `rule` is what owes it, `by_act` who makes it by the act, empty where the act makes it nobody's.
    Owed { rule: String, by_act: String },
    /// It does not decide, because the act's item does not ask for it.
    NotOwed(ActItem),
}

impl Duty {
    /// A check of ours that no profile lifts: the bus must know who speaks and where to route.
    pub(crate) fn always() -> Self {
        Self::Owed { rule: "eush: every message".to_owned(), by_act: String::new() }
    }
}

/// `<act>:<first>-<last>` of an item.
pub(crate) fn reference(regulation: &Regulation, first: u32, last: u32) -> String {
    let act = &regulation.source.act;
    if first == last { format!("{act}:{first}") } else { format!("{act}:{first}-{last}") }
}

/// The item of a flow that checks the certificate.
fn certificate_item(flow: &ChannelFlow) -> Option<&Item> {
    flow.items.iter().find(|item| item.operation == Operation::CheckCertificate)
}

/// What is said of one check of a signed request in this flow.
pub(crate) fn duty(check: CheckId, regulation: &Regulation, flow: &ChannelFlow, policy: Policy) -> Duty {
    let listed = match check {
        CheckId::Validity => Some(Check::Validity),
        CheckId::Revocation => Some(Check::Revocation),
        CheckId::Subject => Some(Check::Subject),
        // No act lists these; under `as-written` they are owed to nobody (DECISIONS 6, 10, 11).
        CheckId::Chain | CheckId::Operator | CheckId::Role | CheckId::Signature => None,
        CheckId::Agreement | CheckId::Channel | CheckId::Process | CheckId::Sender | CheckId::Service => {
            return Duty::always();
        }
    };
    let desk = matches!(flow.signer, Signer::Operator) && policy.desk_signer == DeskSigner::Operator;
    let item = certificate_item(flow);
    let place = item.map_or(flow.lines, |item| item.lines);
    let reference = reference(regulation, place.first, place.last);
    if check == CheckId::Operator && !desk {
        return Duty::NotOwed(ActItem { reference });
    }
    let by_act = |item: &Item| item.actor.clone();
    match (listed, item) {
        (Some(listed), Some(item)) if item.checks.contains(&listed) => {
            Duty::Owed { rule: reference, by_act: by_act(item) }
        }
        (Some(_) | None, Some(_) | None) => match policy.profile {
            Profile::AsWritten => Duty::NotOwed(ActItem { reference }),
            Profile::Strict => strict(),
        },
    }
}

fn strict() -> Duty {
    Duty::Owed { rule: "eush: profile strict".to_owned(), by_act: String::new() }
}

/// What is said of the checks of a question to a register: the act mentions no signature there (DECISIONS 6). `asking`
/// is the item that asks, and nothing outside an application has an act to lift the duty.
pub(crate) fn question_duty(asking: Option<(&Regulation, &Item)>, policy: Policy) -> Duty {
    match (policy.profile, asking) {
        (Profile::AsWritten, Some((regulation, item))) => {
            Duty::NotOwed(ActItem { reference: reference(regulation, item.lines.first, item.lines.last) })
        }
        (Profile::AsWritten, None) | (Profile::Strict, _) => strict(),
    }
}

/// What is said of the checks of a provider's result. No act has anyone check it (DECISIONS 9): the lines are those of
/// the results themselves.
pub(crate) fn result_duty(regulation: &Regulation, policy: Policy) -> Duty {
    match (policy.result_check, policy.profile) {
        (ResultCheck::ByProfile, Profile::AsWritten) | (ResultCheck::Skip, _) => {
            let lines = regulation.results.first().map_or(regulation.source.lines, |result| result.lines);
            Duty::NotOwed(ActItem { reference: reference(regulation, lines.first, lines.last) })
        }
        (ResultCheck::ByProfile, Profile::Strict) | (ResultCheck::Check, _) => strict(),
    }
}
