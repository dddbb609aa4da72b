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

fn three(kk: String, ru: String, en: String) -> LocalizedText {
    LocalizedText { kk, ru, en }
}

/// In a sentence, what decided.
fn summary(verdict: &Verdict, calls: &[wire::ExplainedCall]) -> LocalizedText {
    let Some(newest) = verdict.calls.last() else { return uncalled(verdict) };
    let (agency, outcome) = (newest.agency.as_str(), newest.outcome.as_str());
    let by = newest.decided_by.as_str();
    if !by.is_empty() && !by.starts_with("agency/") {
        return three(
            format!("«{agency}» жүйесінің орнына «{by}» жауап берді: {outcome}."),
            format!("Вместо системы «{agency}» ответил «{by}»: {outcome}."),
            format!("`{by}` answered in the place of the agency `{agency}`: {outcome}."),
        );
    }
    let last = calls.iter().rev().find(|call| call.agency == agency);
    match last.and_then(|call| call.tried.first()) {
        None => three(
            format!(
                "«{agency}» жүйесінің өзі жауап берді: {outcome}. Қаралған сценарийлер туралы дерек жоқ."
            ),
            format!(
                "Ответила сама система «{agency}»: {outcome}. О рассмотренных сценариях ничего не известно."
            ),
            format!(
                "The agency `{agency}` itself answered: {outcome}. Nothing is remembered of scripts for this call: there were none, or the bus has been started anew."
            ),
        ),
        Some(closest) => passed_on(agency, outcome, closest),
    }
}

/// Of a message that called no agency.
fn uncalled(verdict: &Verdict) -> LocalizedText {
    let Some(facts) = verdict.rejection.map(eush_domain::Rejection::facts) else {
        return three(
            "Хабарлама ешбір жүйеге сұрау жібермейді.".to_owned(),
            "Сообщение не обращается ни к одной системе.".to_owned(),
            "The message calls no agency.".to_owned(),
        );
    };
    let (stage, reason) = (facts.stage.name(), facts.reason);
    three(
        format!(
            "Хабарлама «{stage}» тексеруінде қабылданбады ({reason}), сондықтан ешбір жүйеден сұралған жоқ және ешбір сценарий қаралған жоқ."
        ),
        format!(
            "Сообщение отклонено на проверке «{stage}» ({reason}), поэтому ни одна система не запрашивалась и ни один сценарий не рассматривался."
        ),
        format!(
            "The message was refused at the check `{stage}` ({reason}), so no agency was asked and no script was tried."
        ),
    )
}

/// Of a call that no script answered, though there were some.
fn passed_on(agency: &str, outcome: &str, closest: &wire::TriedScript) -> LocalizedText {
    let paths: Vec<_> = closest.differences.iter().map(|difference| difference.path.as_str()).collect();
    let id = closest.id.as_str();
    let why = match (closest.verdict(), paths.as_slice()) {
        (TriedVerdict::Spent, _) => {
            three("жауаптары таусылды".into(), "ответы исчерпаны".into(), "its answers are used up".into())
        }
        (_, []) => three("жүйеге өткізеді".into(), "пропускает к системе".into(), "it passes on".into()),
        (_, paths) => {
            let paths = paths.join(", ");
            three(paths.clone(), paths.clone(), paths)
        }
    };
    three(
        format!(
            "Ешбір сценарий жауап бермеді, «{agency}» жүйесінен сұралды: {outcome}. Ең жақыны «{id}»: {}.",
            why.kk
        ),
        format!(
            "Ни один сценарий не ответил, запрошена система «{agency}»: {outcome}. Ближайший «{id}»: {}.",
            why.ru
        ),
        format!(
            "No script answered, so the agency `{agency}` was asked: {outcome}. The closest is `{id}`: {}.",
            why.en
        ),
    )
}
