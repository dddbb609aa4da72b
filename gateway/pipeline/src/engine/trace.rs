//! Making trace items out of the acts' items.

use eush_acts::model::{Executor, Item, ItemKind, Operation, ProcedureStep};
use eush_domain::{LocalizedText, Rejection, SystemId};

use super::World;
use crate::application::Application;
use crate::profile::reference;
use crate::step::{ByHand, ExecutedBy, Step, StepKind, StepOutcome};

impl From<ItemKind> for StepKind {
    fn from(kind: ItemKind) -> Self {
        match kind {
            ItemKind::Action => Self::Action,
            ItemKind::Condition => Self::Condition,
            ItemKind::Process => Self::Process,
            ItemKind::Step => Self::Step,
        }
    }
}

impl From<Executor> for ExecutedBy {
    fn from(executor: Executor) -> Self {
        match executor {
            Executor::Agency => Self::Agency,
            Executor::Front => Self::Front,
            Executor::Gateway => Self::Gateway,
            Executor::Person => Self::Person,
        }
    }
}

/// Said of a step in which people use a system: no message crosses the bus.
const BY_HAND: &str = "done by hand in that system, not through the bus";

fn codes(systems: &[SystemId]) -> Vec<String> {
    systems.iter().map(|system| system.as_str().to_owned()).collect()
}

/// An item as executed.
pub(super) fn step(world: World<'_>, item: &Item, outcome: StepOutcome, reason: Option<Rejection>) -> Step {
    let unmarked = item.ours.is_none();
    let by_gateway = item.operation == Operation::CheckCertificate && item.executed_by == Executor::Gateway;
    let ours = match &item.ours {
        Some(ours) => ours.clone(),
        // Data normally say this in their own words; a flow that forgets must not pass it off as the act's.
        None if unmarked && by_gateway && item.actor != "gateway" => {
            "checked by the gateway before the dispatch".to_owned()
        }
        None => String::new(),
    };
    let ours = match item.access {
        Some(_) if ours.is_empty() => BY_HAND.to_owned(),
        Some(_) => format!("{ours} {BY_HAND}"),
        None => ours,
    };
    Step {
        label: item.label.clone().unwrap_or_default(),
        item: item.number.clone().unwrap_or_default(),
        reference: reference(world.regulation, item.lines.first, item.lines.last),
        kind: item.kind.into(),
        actor_by_act: item.actor.clone(),
        executed_by: item.executed_by.into(),
        from: item.from.as_ref().map_or_else(String::new, |system| system.as_str().to_owned()),
        to: codes(&item.to),
        via_gateway: item.via_gateway,
        regional_gateway: item.regional_gateway,
        outcome,
        at: world.now,
        text: item.text.clone(),
        reason,
        ours,
        by_hand: item.access.map(|access| ByHand { access, shown: None }),
    }
}

/// A step of the provider's internal procedure.
pub(super) fn procedure_step(
    world: World<'_>,
    step: &ProcedureStep,
    outcome: StepOutcome,
    reason: Option<Rejection>,
) -> Step {
    let by_hand = step.system.as_ref().map(|_| BY_HAND);
    let ours = [step.ours.as_deref(), by_hand].into_iter().flatten().collect::<Vec<_>>().join(" ");
    Step {
        label: step.label.clone().unwrap_or_default(),
        item: step.number.to_string(),
        reference: reference(world.regulation, step.lines.first, step.lines.last),
        kind: StepKind::Procedure,
        actor_by_act: step.actor.clone(),
        executed_by: ExecutedBy::Agency,
        from: String::new(),
        to: step.system.iter().map(|used| used.system.as_str().to_owned()).collect(),
        via_gateway: false,
        regional_gateway: false,
        outcome,
        at: world.now,
        text: step.text.clone(),
        reason,
        ours,
        by_hand: step.system.as_ref().map(|used| ByHand { access: used.access, shown: None }),
    }
}

/// Records a step of the provider's procedure.
pub(super) fn record_step(
    world: World<'_>,
    application: &mut Application,
    step: &ProcedureStep,
    outcome: StepOutcome,
    reason: Option<Rejection>,
) {
    application.steps.push(procedure_step(world, step, outcome, reason));
}

/// A refusal that no item of the act forms.
pub(super) fn our_refusal(
    world: World<'_>,
    reference: String,
    by: ExecutedBy,
    rejection: Rejection,
    text: LocalizedText,
    ours: &str,
) -> Step {
    Step {
        label: String::new(),
        item: String::new(),
        reference,
        kind: StepKind::Process,
        actor_by_act: "unnamed".to_owned(),
        executed_by: by,
        from: String::new(),
        to: Vec::new(),
        via_gateway: false,
        regional_gateway: false,
        outcome: StepOutcome::Refused,
        at: world.now,
        text,
        reason: Some(rejection),
        ours: ours.to_owned(),
        by_hand: None,
    }
}

/// Records the item at the cursor and moves on.
pub(super) fn execute(world: World<'_>, application: &mut Application, outcome: StepOutcome) {
    if let Some(item) = world.flow.items.get(application.cursor) {
        application.steps.push(step(world, item, outcome, None));
        application.cursor += 1;
    }
}
