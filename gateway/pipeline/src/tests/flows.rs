//! The six flows, step by step: what is executed, in the act's own numbering, and when.

use eush_domain::Rejection;
use time::macros::datetime;

use crate::application::{ApplicationState, NextAction};
use crate::fixture::agencies::Manner;
use crate::fixture::people::START;
use crate::fixture::{
    CERTIFICATE_DESK, CERTIFICATE_PORTAL, FOSTER_PORTAL, Flow, PAVLODAR_PORTAL, SCHOOLING_DESK,
    SCHOOLING_PORTAL, TestBus,
};
use crate::ports::ProviderReason;
use crate::raw::RawReport;
use crate::step::{ExecutedBy, Step, StepKind, StepOutcome};

/// `label or item = outcome`, a procedure step as `p<number>`; done and passed are not said.
fn shown(steps: &[Step]) -> String {
    let one = |step: &Step| {
        let name = match (step.kind, step.label.as_str(), step.item.as_str()) {
            (StepKind::Procedure, _, number) => format!("p{number}"),
            (_, "", "") => "—".to_owned(),
            (_, "", item) => item.to_owned(),
            (_, label, _) => label.to_owned(),
        };
        match step.outcome {
            StepOutcome::Done | StepOutcome::Passed => name,
            StepOutcome::Failed => format!("{name}=failed"),
            StepOutcome::NotObserved => format!("{name}=unseen"),
            StepOutcome::Refused => format!("{name}=refused"),
        }
    };
    steps.iter().map(one).collect::<Vec<_>>().join(" ")
}

async fn play(flow: &Flow) -> (String, ApplicationState) {
    let test = TestBus::new();
    let application = test.ready(flow, "m").await;
    let sent = test.send(flow.request("m", &application)).await.unwrap();
    assert_eq!(sent.status.state, ApplicationState::Pending);
    assert_eq!(sent.status.next, NextAction::Wait);
    test.run_terms(&application).await;
    let mut at = test.store.applications().pop().unwrap();
    assert_eq!(test.agencies.with(|state| state.notices), 1);
    assert!(at.result.is_some());
    if at.state() == ApplicationState::Ready {
        assert_eq!(test.bus.status(&at).next, NextAction::HandOver);
        test.report(flow, "m-over", &application, RawReport::HandOver).await.unwrap();
        at = test.store.applications().pop().unwrap();
    }
    assert_eq!(at.state(), ApplicationState::Completed);
    (shown(at.steps()), at.state())
}

#[tokio::test]
async fn certificate_through_the_portal() {
    let (steps, _) = play(&CERTIFICATE_PORTAL).await;
    assert_eq!(steps, "1)=unseen 1-үдеріс 1-шарт 3-үдеріс 2-шарт 5-үдеріс 3-шарт p1 p2 p3 p4 p5 7-үдеріс");
}

#[tokio::test]
async fn certificate_through_the_desk() {
    let (steps, _) = play(&CERTIFICATE_DESK).await;
    assert_eq!(steps, "1) 1-үдеріс 2-үдеріс 3-үдеріс 1-шарт 5-үдеріс 6-үдеріс 2-шарт p1 p2 p3 p4 p5 —");
}

#[tokio::test]
async fn schooling_through_the_portal() {
    let (steps, _) = play(&SCHOOLING_PORTAL).await;
    assert_eq!(steps, "1)=unseen 1-үдеріс 1-шарт 3-үдеріс 2-шарт 5-үдеріс 3-шарт p1 p2 p3 p4 p5 7-үдеріс");
}

#[tokio::test]
async fn schooling_through_the_desk() {
    let (steps, _) = play(&SCHOOLING_DESK).await;
    assert_eq!(steps, "1) 1-үдеріс 2-үдеріс 3-үдеріс 1-шарт 5-үдеріс 2-шарт p1 p2 p3 p4 p5 —");
}

#[tokio::test]
async fn pavlodar_through_the_portal_has_the_acts_own_gaps() {
    let (steps, _) = play(&PAVLODAR_PORTAL).await;
    assert_eq!(steps, "1-процесс 1-шарт 3-процесс 4-процесс 2-шарт 6-процесс p1 p2 p3 p4 7-процесс");
}

#[tokio::test]
async fn foster_care_through_the_portal() {
    let (steps, _) = play(&FOSTER_PORTAL).await;
    assert_eq!(
        steps,
        "1)=unseen 1-үдеріс 1-шарт 3-үдеріс 2-шарт 5-үдеріс 3-шарт p1 p2 p3 p4 p5 11) 7-үдеріс"
    );
}

#[tokio::test]
async fn the_procedure_takes_the_acts_time() {
    let test = TestBus::new();
    let application = test.ready(&FOSTER_PORTAL, "m").await;
    let sent = test.send(FOSTER_PORTAL.request("m", &application)).await.unwrap();
    assert_eq!(sent.status.due_at, Some(datetime!(2026-11-23 09:30 +5)));
    test.run_terms(&application).await;
    let at = test.store.applications().pop().unwrap();
    let ends: Vec<_> =
        at.steps().iter().filter(|step| step.kind == StepKind::Procedure).map(|step| step.at).collect();
    assert_eq!(
        ends,
        [
            datetime!(2026-11-23 09:30 +5),
            datetime!(2026-11-24 09:30 +5),
            datetime!(2026-12-21 09:30 +5),
            datetime!(2026-12-22 09:30 +5),
            datetime!(2026-12-23 09:30 +5),
        ]
    );
    assert_eq!(at.steps().last().unwrap().at, datetime!(2026-12-23 09:30 +5));
}

#[tokio::test]
async fn working_days_pass_over_the_holiday() {
    let test = TestBus::new();
    let application = test.ready(&SCHOOLING_PORTAL, "m").await;
    // Nine working days and a quarter of an hour from Wednesday 9 December cross the holiday of the 16th.
    test.clock.set(datetime!(2026-12-09 09:00 +5));
    test.send(SCHOOLING_PORTAL.request("m", &application)).await.unwrap();
    test.run_terms(&application).await;
    let at = test.store.applications().pop().unwrap();
    assert_eq!(at.steps().last().unwrap().at, datetime!(2026-12-23 09:15 +5));
}

#[tokio::test]
async fn the_trace_says_who_does_it_by_the_act_and_who_here() {
    let test = TestBus::new();
    let application = test.ready(&CERTIFICATE_PORTAL, "m").await;
    let sent = test.send(CERTIFICATE_PORTAL.request("m", &application)).await.unwrap();
    let check = sent.steps.iter().find(|step| step.label == "2-шарт").unwrap();
    assert_eq!(check.actor_by_act, "portal");
    assert_eq!(check.executed_by, ExecutedBy::Gateway);
    assert_eq!(check.reference, "000:239-242");
    assert!(!check.ours.is_empty());
    let dispatch = sent.steps.iter().find(|step| step.label == "5-үдеріс").unwrap();
    assert!(dispatch.via_gateway && !dispatch.regional_gateway);
    assert_eq!((dispatch.from.as_str(), dispatch.to.as_slice()), ("portal", ["enbek".to_owned()].as_slice()));
    assert_eq!(dispatch.at, START);

    let test = TestBus::new();
    let application = test.ready(&PAVLODAR_PORTAL, "m").await;
    let sent = test.send(PAVLODAR_PORTAL.request("m", &application)).await.unwrap();
    let dispatch = sent.steps.iter().find(|step| step.label == "6-процесс").unwrap();
    assert!(dispatch.via_gateway && dispatch.regional_gateway);
}

#[tokio::test]
async fn a_document_without_application_opens_one_and_earlier_items_are_unseen() {
    let test = TestBus::new();
    let sent = test.send(CERTIFICATE_DESK.request("m", "")).await.unwrap();
    assert_eq!(
        shown(&sent.steps),
        "1)=unseen 1-үдеріс=unseen 2-үдеріс=unseen 3-үдеріс=unseen 1-шарт=unseen 5-үдеріс 6-үдеріс 2-шарт"
    );
    let sent = test.send(PAVLODAR_PORTAL.request("n", "")).await.unwrap();
    assert_eq!(
        shown(&sent.steps),
        "1-процесс=unseen 1-шарт=unseen 3-процесс=unseen 4-процесс 2-шарт 6-процесс"
    );
}

/// Flow, what the provider answers to the delivery, reason, last steps, label of the notice.
type ProviderCase = (Flow, ProviderReason, Rejection, &'static str, &'static str);

#[tokio::test]
async fn the_providers_refusal_goes_the_acts_way_where_it_has_one() {
    use ProviderReason::{DocumentsNotConforming, GroundsNotMet, Reasoned};
    let cases: [ProviderCase; 9] = [
        (
            CERTIFICATE_PORTAL,
            DocumentsNotConforming,
            Rejection::DocumentsNotConforming,
            "5-үдеріс 3-шарт=failed 6-үдеріс=refused",
            "6-үдеріс",
        ),
        (
            CERTIFICATE_DESK,
            DocumentsNotConforming,
            Rejection::DocumentsNotConforming,
            "5-үдеріс 6-үдеріс 2-шарт=failed 7-үдеріс=refused",
            "7-үдеріс",
        ),
        (
            SCHOOLING_DESK,
            GroundsNotMet,
            Rejection::GroundsNotMet,
            "5-үдеріс 2-шарт=failed 6-үдеріс=refused",
            "6-үдеріс",
        ),
        // On the portal the act checks documents only: grounds have no branch there.
        (SCHOOLING_PORTAL, GroundsNotMet, Rejection::GroundsNotMet, "5-үдеріс 3-шарт —=refused", ""),
        (
            FOSTER_PORTAL,
            GroundsNotMet,
            Rejection::GroundsNotMet,
            "5-үдеріс 3-шарт=failed 6-үдеріс=refused",
            "6-үдеріс",
        ),
        (FOSTER_PORTAL, Reasoned, Rejection::ReasonedRefusal, "5-үдеріс 3-шарт —=refused", ""),
        (
            PAVLODAR_PORTAL,
            DocumentsNotConforming,
            Rejection::DocumentsNotConforming,
            "6-процесс —=refused",
            "",
        ),
        (PAVLODAR_PORTAL, Reasoned, Rejection::ReasonedRefusal, "6-процесс —=refused", ""),
        (CERTIFICATE_PORTAL, Reasoned, Rejection::ReasonedRefusal, "5-үдеріс 3-шарт —=refused", ""),
    ];
    for (flow, reason, rejection, steps, label) in cases {
        let test = TestBus::new();
        let application = test.ready(&flow, "m").await;
        test.agencies.set(Manner::Refuse(reason));
        let refusal = TestBus::refused(test.send(flow.request("m", &application)).await);
        let shown = shown(&refusal.steps);
        assert_eq!(refusal.rejection, rejection, "{flow:?}");
        assert!(shown.ends_with(steps), "{flow:?}: {shown}");
        assert_eq!(refusal.label, label, "{flow:?}");
        let last = refusal.steps.last().unwrap();
        assert_eq!(last.reason, Some(rejection));
        // Act 002 knows a reasoned refusal as a result, act 001 too; elsewhere a refusal without a branch is ours.
        let known = !label.is_empty() || (reason == Reasoned && flow.alias != "000-A");
        assert_eq!(last.ours.is_empty(), known, "{flow:?}: {}", last.ours);
        assert_eq!(test.agencies.deliveries(), 1);
        assert_eq!(test.store.applications().pop().unwrap().state(), ApplicationState::Refused);
    }
}

#[tokio::test]
async fn login_fails_by_the_acts_branch_or_by_ours() {
    for (flow, steps, label) in [
        (CERTIFICATE_PORTAL, "1-үдеріс 1-шарт=failed 2-үдеріс=refused", "2-үдеріс"),
        (PAVLODAR_PORTAL, "1-процесс 1-шарт=failed 2-процесс=refused", "2-процесс"),
        (CERTIFICATE_DESK, "1-үдеріс=failed —=refused", ""),
    ] {
        let test = TestBus::new();
        let opened = test.open(&flow, "open").await.unwrap();
        let application = opened.status.application.as_str();
        let login = RawReport::Authentication { authentic: false, subject: None };
        let answer = test.report(&flow, "login", application, login).await.unwrap();
        assert_eq!(shown(&answer.steps), steps);
        assert_eq!(answer.status.state, ApplicationState::Refused);
        let notice = answer.status.notice.unwrap();
        assert_eq!((notice.label.as_str(), notice.reason), (label, Some(Rejection::LoginRefused)));
        assert!(notice.text.is_complete());
        assert_eq!(test.store.last().rejection, Some(Rejection::LoginRefused));
        assert_eq!((test.agencies.deliveries(), test.agencies.questions()), (0, 0));
    }
}
