//! Why a message met the answer that it met, from its journal record and from what scripts remember.

use eush_domain::LocalizedText;
use eush_pipeline::finding::CheckOutcome;
use eush_pipeline::journal::Verdict;
use eush_scripts::Explained;
use eush_scripts::book::Tried;
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::TriedVerdict;

use crate::convert;

/// The whole answer.
pub(super) fn explanation(
    verdict: &Verdict,
    tried: Vec<(Option<String>, Explained)>,
) -> wire::ExplainMessageResponse {
    let failed: Vec<_> =
        verdict.findings.iter().filter(|finding| finding.outcome == CheckOutcome::Failed).cloned().collect();
    let calls = tried.into_iter().map(|(replay, explained)| call(replay.as_deref(), explained));
    let calls: Vec<wire::ExplainedCall> = calls.collect();
    let summary = summary(verdict, &calls);
    wire::ExplainMessageResponse {
        entry: Some(convert::journal_entry(verdict)),
        summary: Some(convert::text(&summary)),
        failed: convert::findings(&failed),
        calls,
    }
}

fn call(replay: Option<&str>, explained: Explained) -> wire::ExplainedCall {
    let decided_by = match (replay, &explained.answered) {
        (None, Some(id)) => format!("script/{id}"),
        (Some(replay), Some(_)) => format!("replay/{replay}"),
        (_, None) => format!("agency/{}", explained.agency),
    };
    wire::ExplainedCall {
        agency: explained.agency,
        service_id: explained.service,
        kind: explained.kind.name().to_owned(),
        decided_by,
        at: explained.at,
        tried: explained.tried.into_iter().map(tried).collect(),
    }
}

fn tried(tried: Tried) -> wire::TriedScript {
    let differences = tried.differences.into_iter().map(|difference| wire::FieldDifference {
        path: difference.path,
        expected: difference.expected,
        found: difference.found,
    });
    wire::TriedScript {
        id: tried.id,
        name: tried.name,
        verdict: tried.verdict.into(),
        differences: differences.collect(),
    }
}

fn summary(verdict: &Verdict, calls: &[wire::ExplainedCall]) -> LocalizedText {
    let three = |kk: String, ru: String, en: String| LocalizedText { kk, ru, en };
    let Some(newest) = verdict.calls.last() else {
        return match verdict.rejection.map(eush_domain::Rejection::facts) {
            Some(facts) => three(
                format!(
                    "Хабарлама «{}» тексеруінде қабылданбады ({}), сондықтан ешбір жүйеден сұралған жоқ және ешбір сценарий қаралған жоқ.",
                    facts.stage.name(),
                    facts.reason
                ),
                format!(
                    "Сообщение отклонено на проверке «{}» ({}), поэтому ни одна система не запрашивалась и ни один сценарий не рассматривался.",
                    facts.stage.name(),
                    facts.reason
                ),
                format!(
                    "The message was refused at the check `{}` ({}), so no agency was asked and no script was tried.",
                    facts.stage.name(),
                    facts.reason
                ),
            ),
            None => three(
                "Хабарлама ешбір жүйеге сұрау жібермейді.".to_owned(),
                "Сообщение не обращается ни к одной системе.".to_owned(),
                "The message calls no agency.".to_owned(),
            ),
        };
    };
    let by = if newest.decided_by.is_empty() {
        format!("agency/{}", newest.agency)
    } else {
        newest.decided_by.clone()
    };
    if !by.starts_with("agency/") {
        return three(
            format!("«{}» жүйесінің орнына «{by}» жауап берді: {}.", newest.agency, newest.outcome),
            format!("Вместо системы «{}» ответил «{by}»: {}.", newest.agency, newest.outcome),
            format!("`{by}` answered in the place of the agency `{}`: {}.", newest.agency, newest.outcome),
        );
    }
    let last = calls.iter().rev().find(|call| call.agency == newest.agency.as_str());
    let closest = last.and_then(|call| call.tried.first());
    match closest {
        None => three(
            format!(
                "«{}» жүйесінің өзі жауап берді: {}. Қаралған сценарийлер туралы дерек жоқ.",
                newest.agency, newest.outcome
            ),
            format!(
                "Ответила сама система «{}»: {}. О рассмотренных сценариях ничего не известно.",
                newest.agency, newest.outcome
            ),
            format!(
                "The agency `{}` itself answered: {}. Nothing is remembered of scripts for this call: there were none, or the bus has been started anew.",
                newest.agency, newest.outcome
            ),
        ),
        Some(closest) => {
            let paths: Vec<_> =
                closest.differences.iter().map(|difference| difference.path.as_str()).collect();
            let why = match (closest.verdict(), paths.as_slice()) {
                (TriedVerdict::Spent, _) => "its answers are used up".to_owned(),
                (_, []) => "it passes on".to_owned(),
                (_, paths) => paths.join(", "),
            };
            three(
                format!(
                    "Ешбір сценарий жауап бермеді, «{}» жүйесінен сұралды: {}. Ең жақыны «{}»: {why}.",
                    newest.agency, newest.outcome, closest.id
                ),
                format!(
                    "Ни один сценарий не ответил, запрошена система «{}»: {}. Ближайший «{}»: {why}.",
                    newest.agency, newest.outcome, closest.id
                ),
                format!(
                    "No script answered, so the agency `{}` was asked: {}. The closest is `{}`: {why}.",
                    newest.agency, newest.outcome, closest.id
                ),
            )
        }
    }
}
