//! Failure branches: where the act leads when a condition fails, and what we do where it leads nowhere.

use eush_acts::model::{Item, OnFailure, Operation, ProcedureStep, ResultOutcome};
use eush_domain::{LocalizedText, Rejection};

use super::{World, trace};
use crate::application::{Application, ApplicationState, Notice};
use crate::profile::{Undefined, reference};
use crate::step::{ExecutedBy, StepOutcome};

const HELD: (&str, &str, &str) = (
    "Шарт орындалмады; акт одан кейін не болатынын айтпайды, өтініш осы жерде тоқтап тұр.",
    "Условие не выполнено; что следует дальше, акт не говорит: заявление остановилось здесь.",
    "The condition failed; the act does not say what follows, and the application stands still here.",
);
const UNDEFINED: &str = "the act does not say what follows; eush refuses with its own message";

/// Ends an application where an item failed, by the branch that the item names.
pub(super) fn fail(world: World<'_>, application: &mut Application, item: &Item, rejection: Rejection) {
    let place = reference(world.regulation, item.lines.first, item.lines.last);
    match &item.on_failure {
        OnFailure::Label(label) => {
            let target = world.flow.items.iter().find(|other| {
                other.label.as_ref() == Some(label) && matches!(other.operation, Operation::Refuse(_))
            });
            match target {
                Some(target) => refuse_by(world, application, target, rejection),
                // The catalogue's validation makes this impossible; were it not so, the answer is still a refusal.
                None => refuse_ours(world, application, place, item.executed_by.into(), rejection, None),
            }
        }
        // The act refuses without forming a message in an item of its own: the failed item itself is the end.
        OnFailure::Refuse => {
            end(application, notice(item.label.clone(), place, item.text.clone(), rejection));
        }
        OnFailure::None | OnFailure::Undefined => {
            undefined(world, application, place, item.executed_by.into(), rejection, None);
        }
    }
}

/// Ends an application where a step of the provider's procedure failed. No such step leads to an item of the channel.
pub(super) fn fail_step(
    world: World<'_>,
    application: &mut Application,
    step: &ProcedureStep,
    rejection: Rejection,
) {
    let place = reference(world.regulation, step.lines.first, step.lines.last);
    match &step.on_failure {
        OnFailure::Refuse if rejection == Rejection::ReasonedRefusal => {
            refuse_reasoned(world, application, place, rejection, &LocalizedText::default());
        }
        OnFailure::Refuse => end(application, notice(None, place, step.text.clone(), rejection)),
        OnFailure::Label(_) | OnFailure::None | OnFailure::Undefined => {
            undefined(world, application, place, ExecutedBy::Agency, rejection, None);
        }
    }
}

fn refuse_by(world: World<'_>, application: &mut Application, target: &Item, rejection: Rejection) {
    application.steps.push(trace::step(world, target, StepOutcome::Refused, Some(rejection)));
    let place = reference(world.regulation, target.lines.first, target.lines.last);
    end(application, notice(target.label.clone(), place, target.text.clone(), rejection));
}

/// Does what the policy says where the act does not say what follows (DECISIONS, `bus.undefined`).
pub(super) fn undefined(
    world: World<'_>,
    application: &mut Application,
    place: String,
    by: ExecutedBy,
    rejection: Rejection,
    text: Option<&LocalizedText>,
) {
    match world.undefined {
        Undefined::Refuse => refuse_ours(world, application, place, by, rejection, text),
        Undefined::Hold => {
            let (kk, ru, en) = HELD;
            let text = LocalizedText { kk: kk.to_owned(), ru: ru.to_owned(), en: en.to_owned() };
            // Nothing is due any more, so nothing happens by itself; a provider that answers after all is believed.
            application.state = ApplicationState::Pending;
            application.procedure = None;
            application.notice = Some(notice(None, place, text, rejection));
        }
    }
}

/// Ends an application with a message of ours, because the act has none. `text` is the provider's, where it gave one.
pub(super) fn refuse_ours(
    world: World<'_>,
    application: &mut Application,
    place: String,
    by: ExecutedBy,
    rejection: Rejection,
    text: Option<&LocalizedText>,
) {
    let text = match text {
        Some(text) if text.is_complete() => text.clone(),
        Some(_) | None => rejection.facts().text.into(),
    };
    application.steps.push(trace::our_refusal(world, place, by, rejection, text.clone(), UNDEFINED));
    end(application, notice(None, String::new(), text, rejection));
}

/// Ends an application with the provider's reasoned refusal: a result that some acts know, and ours elsewhere.
pub(super) fn refuse_reasoned(
    world: World<'_>,
    application: &mut Application,
    place: String,
    rejection: Rejection,
    text: &LocalizedText,
) {
    let known = world.regulation.results.iter().find(|result| result.outcome == ResultOutcome::Negative);
    let Some(known) = known.filter(|_| rejection == Rejection::ReasonedRefusal) else {
        return undefined(world, application, place, ExecutedBy::Agency, rejection, Some(text));
    };
    let place = reference(world.regulation, known.lines.first, known.lines.last);
    let text = if text.is_complete() { text.clone() } else { known.name.clone() };
    let step = trace::our_refusal(world, place.clone(), ExecutedBy::Agency, rejection, text.clone(), "");
    application.steps.push(step);
    end(application, notice(None, place, text, rejection));
}

fn notice(label: Option<String>, reference: String, text: LocalizedText, rejection: Rejection) -> Notice {
    Notice { label: label.unwrap_or_default(), reference, text, reason: Some(rejection) }
}

fn end(application: &mut Application, notice: Notice) {
    application.state = ApplicationState::Refused;
    application.notice = Some(notice);
    application.procedure = None;
}
