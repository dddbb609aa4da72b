//! Twice, at once, after a restart, too late, and the other way round.

use std::sync::Arc;

use eush_domain::{AgencyId, ApplicationId, MessageId, Rejection};

use crate::application::{ApplicationState, NextAction};
use crate::bus::TermOutcome;
use crate::bytes::Bytes;
use crate::caller::caller;
use crate::finding::CheckId;
use crate::fixture::agencies::{Manner, refusal};
use crate::fixture::people::WORLD;
use crate::fixture::store::MemoryStore;
use crate::fixture::{
    CERTIFICATE_DESK, CERTIFICATE_PORTAL, FOSTER_PORTAL, PAVLODAR_PORTAL, TestBus, call, info, person,
};
use crate::message::MessageState;
use crate::ports::{DeliveryInfo, ProviderReason};
use crate::profile::Policy;
use crate::raw::{RawAsk, RawCompletion, RawInfo, RawList, RawOutcome};
use crate::refusal::{Failure, Fault};
use crate::step::{StepKind, StepOutcome};

const FLOW: crate::fixture::Flow = CERTIFICATE_PORTAL;

#[tokio::test]
async fn the_same_message_again_gets_the_same_answer() {
    let test = TestBus::new();
    let application = test.ready(&FLOW, "m").await;
    let first = test.send(FLOW.request("m", &application)).await.unwrap();
    let journal = test.store.journal().len();
    // The application has moved on meanwhile; the answer is what it was.
    test.run_terms(&application).await;
    let again = resend(&test, &application).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(test.agencies.deliveries(), 1);
    assert_eq!(test.store.journal().len(), journal + 1, "the completion alone");
}

// Signatures differ from signing to signing, so the same message is the same bytes: kept in the store's record.
async fn resend(test: &TestBus, application: &str) -> Result<crate::message::SendAnswer, Failure> {
    let mut message = FLOW.request("m", application);
    use crate::ports::Store as _;
    let id = MessageId::parse("m").unwrap();
    message.signed = test.store.document(&id).await.unwrap().unwrap();
    test.send(message).await
}

#[tokio::test]
async fn a_final_refusal_is_repeated_without_judging_again() {
    let test = TestBus::new();
    let application = test.ready(&FLOW, "m").await;
    let message = FLOW.flawed("m", &application, "revoked");
    let first = TestBus::refused(test.send(message.clone()).await);
    assert_eq!(TestBus::refused(test.send(message).await), first);
}

#[tokio::test]
async fn an_id_used_with_other_content_or_by_another_is_refused() {
    let test = TestBus::new();
    let application = test.ready(&FLOW, "m").await;
    test.send(FLOW.request("m", &application)).await.unwrap();
    let mut other = FLOW.request("m", &application);
    other.signed.content = Bytes(b"other".to_vec());
    assert_eq!(TestBus::refused(test.send(other).await).rejection, Rejection::MessageIdReused);
    let desk = CERTIFICATE_DESK.request("m", "");
    assert_eq!(TestBus::refused(test.send(desk).await).rejection, Rejection::MessageIdReused);
    assert_eq!(test.agencies.deliveries(), 1);
}

#[tokio::test]
async fn the_same_message_twice_at_once_is_dispatched_once() {
    let test = TestBus::new();
    let application = test.ready(&FLOW, "m").await;
    test.agencies.set(Manner::Hold);
    let message = FLOW.request("m", &application);
    let spawn = |message: crate::raw::RawSend| {
        let test = Arc::clone(&test);
        tokio::spawn(async move { test.send(message).await })
    };
    let (first, second) = (spawn(message.clone()), spawn(message));
    test.agencies.arrived().await;
    test.agencies.release();
    let (first, second) = (first.await.unwrap().unwrap(), second.await.unwrap().unwrap());
    assert_eq!(first, second);
    assert_eq!(test.agencies.deliveries(), 1);
}

#[tokio::test]
async fn two_messages_of_one_application_take_turns() {
    let test = TestBus::new();
    let application = test.ready(&FLOW, "m").await;
    test.agencies.set(Manner::Hold);
    let spawn = |id: &'static str| {
        let (test, application) = (Arc::clone(&test), application.clone());
        tokio::spawn(async move { test.send(FLOW.request(id, &application)).await })
    };
    let first = spawn("m1");
    test.agencies.arrived().await;
    let second = spawn("m2");
    test.agencies.release();
    first.await.unwrap().unwrap();
    let refusal = TestBus::refused(second.await.unwrap());
    assert_eq!(refusal.rejection, Rejection::StepOutOfOrder);
    assert_eq!(test.agencies.deliveries(), 1);
}

#[tokio::test]
async fn a_restart_hands_an_unanswered_message_over_again() {
    let store = MemoryStore::default();
    let test = TestBus::over(store.clone(), Policy::default(), &[]);
    let application = test.ready(&FLOW, "m").await;
    test.agencies.set(Manner::Hang);
    let task = {
        let (test, application) = (Arc::clone(&test), application.clone());
        tokio::spawn(async move { test.send(FLOW.request("m", &application)).await })
    };
    test.agencies.arrived().await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());

    let again = TestBus::over(store, Policy::default(), &[]);
    // What a restarted bus judges by has changed; what was cleared stays cleared.
    again.directory.change("PORTAL", |entry| entry.services.clear());
    use crate::ports::Store as _;
    let waiting = again.store.unanswered().await.unwrap();
    assert_eq!(waiting, [MessageId::parse("m").unwrap()]);
    let answer = again.bus.resume(&waiting[0]).await.unwrap();
    assert_eq!(answer.status.state, ApplicationState::Pending);
    assert_eq!(again.agencies.with(|state| state.deliveries[0].1), 2, "second attempt");
    assert!(again.store.unanswered().await.unwrap().is_empty());
    let refusal = TestBus::refused(again.bus.resume(&waiting[0]).await);
    assert_eq!(refusal.rejection, Rejection::StepOutOfOrder);
}

#[tokio::test]
async fn a_restart_hands_nothing_over_that_another_message_has_overtaken() {
    use crate::ports::Store as _;
    for overtaken_by in ["golden", "revoked"] {
        let test = TestBus::new();
        let application = test.ready(&FLOW, "m").await;
        test.agencies.set(Manner::Hang);
        let task = {
            let (test, application) = (Arc::clone(&test), application.clone());
            tokio::spawn(async move { test.send(FLOW.request("m", &application)).await })
        };
        test.agencies.arrived().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        test.agencies.set(Manner::Accept);
        let state = if overtaken_by == "golden" {
            test.send(FLOW.request("m2", &application)).await.unwrap();
            ApplicationState::Pending
        } else {
            TestBus::refused(test.send(FLOW.flawed("m2", &application, "revoked")).await);
            ApplicationState::Refused
        };
        let deliveries = test.agencies.deliveries();
        let waiting = test.store.unanswered().await.unwrap();
        let refused = TestBus::refused(test.bus.resume(&waiting[0]).await);
        assert_eq!(refused.rejection, Rejection::StepOutOfOrder);
        assert_eq!(test.agencies.deliveries(), deliveries);
        assert_eq!(test.store.applications()[0].state(), state);
        assert!(test.store.unanswered().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn an_agency_that_was_down_is_tried_again_under_the_same_id() {
    for (manner, rejection) in
        [(Manner::Unavailable, Rejection::AgencyUnavailable), (Manner::Timeout, Rejection::AgencyTimeout)]
    {
        let test = TestBus::new();
        let application = test.ready(&FLOW, "m").await;
        test.agencies.set(manner);
        let refused = TestBus::refused(test.send(FLOW.request("m", &application)).await);
        assert_eq!(refused.rejection, rejection);
        let failed = refused.steps.last().unwrap();
        assert_eq!((failed.label.as_str(), failed.outcome), ("5-үдеріс", StepOutcome::Failed));
        assert!(!failed.ours.is_empty());
        let at = test.store.applications().pop().unwrap();
        assert!(matches!(test.bus.status(&at).next, NextAction::SignAndSend(_)));
        test.agencies.set(Manner::Accept);
        let sent = resend(&test, &application).await.unwrap();
        assert_eq!(sent.status.state, ApplicationState::Pending);
        assert_eq!(test.agencies.with(|state| state.deliveries[1].1), 2);
    }
}

#[tokio::test]
async fn after_nonsense_another_message_may_be_sent() {
    let test = TestBus::new();
    let application = test.ready(&FLOW, "m").await;
    test.agencies.set(Manner::Invalid);
    let first = TestBus::refused(test.send(FLOW.request("m", &application)).await);
    test.agencies.set(Manner::Accept);
    assert_eq!(TestBus::refused(resend(&test, &application).await), first);
    assert_eq!(test.agencies.deliveries(), 1, "its answer is final");
    let sent = test.send(FLOW.request("m2", &application)).await.unwrap();
    assert_eq!(sent.status.state, ApplicationState::Pending);
}

#[tokio::test]
async fn a_caller_who_goes_takes_the_agency_call_along() {
    let test = TestBus::new();
    let application = test.ready(&FLOW, "m").await;
    test.agencies.set(Manner::Hang);
    let (presence, there) = caller();
    let mut received = call(FLOW.request("m", &application));
    received.caller = there;
    let task = {
        let test = Arc::clone(&test);
        tokio::spawn(async move { test.bus.send(received).await })
    };
    test.agencies.arrived().await;
    drop(presence);
    let refused = TestBus::refused(task.await.unwrap());
    assert_eq!(refused.rejection, Rejection::Cancelled);
    assert_eq!(test.store.last().calls[0].outcome, "CANCELLED");
    assert!(matches!(test.store.record("m").unwrap().state(), MessageState::Retryable(_)));
    test.agencies.set(Manner::Accept);
    resend(&test, &application).await.unwrap();
}

#[tokio::test]
async fn a_caller_who_is_gone_before_the_dispatch_costs_no_call() {
    let test = TestBus::new();
    let application = test.ready(&FLOW, "m").await;
    let (presence, there) = caller();
    drop(presence);
    let mut received = call(FLOW.request("m", &application));
    received.caller = there;
    assert_eq!(TestBus::refused(test.bus.send(received).await).rejection, Rejection::Cancelled);
    assert_eq!(test.agencies.deliveries(), 0);
}

fn delivery(test: &TestBus) -> DeliveryInfo {
    let application = test.store.applications().pop().unwrap();
    let dispatch = application.dispatch().unwrap();
    DeliveryInfo {
        message_id: dispatch.message_id.clone(),
        application: Some(application.id().clone()),
        service: dispatch.service.clone(),
        regulation: Some(application.flow().regulation.clone()),
        channel: Some(application.flow().channel),
        bus_time: dispatch.at,
        attempt: 1,
        sender: application.owner().clone(),
        profile: crate::profile::Profile::Strict,
    }
}

fn completion(test: &TestBus, agency: &str) -> RawCompletion {
    let info = delivery(test);
    let outcome = Some(RawOutcome::Result(test.result(&info)));
    RawCompletion { info: crate::fixture::provider(&AgencyId::parse(agency).unwrap(), &info), outcome }
}

#[tokio::test]
async fn an_answer_that_overtakes_the_call_is_believed() {
    let test = TestBus::new();
    let application = test.ready(&FLOW, "m").await;
    test.agencies.set(Manner::Hold);
    let task = {
        let (test, application) = (Arc::clone(&test), application.clone());
        tokio::spawn(async move { test.send(FLOW.request("m", &application)).await })
    };
    test.agencies.arrived().await;
    let done = test.bus.complete_delivery(call(completion(&test, "enbek"))).await.unwrap();
    assert_eq!(done.status.state, ApplicationState::Completed);
    test.agencies.release();
    let sent = task.await.unwrap().unwrap();
    assert_eq!(sent.status.state, ApplicationState::Completed);
    assert_eq!(sent.status.registration_number, "R-1");
}

#[tokio::test]
async fn an_answer_after_a_timeout_is_believed_too() {
    let test = TestBus::new();
    let application = test.ready(&FLOW, "m").await;
    test.agencies.set(Manner::Timeout);
    TestBus::refused(test.send(FLOW.request("m", &application)).await);
    let done = test.bus.complete_delivery(call(completion(&test, "enbek"))).await.unwrap();
    assert_eq!(done.status.state, ApplicationState::Completed);
    // The same message again learns it, and is not delivered a second time.
    let again = resend(&test, &application).await.unwrap();
    assert_eq!(again.status.state, ApplicationState::Completed);
    assert_eq!(test.agencies.deliveries(), 1);
}

#[tokio::test]
async fn a_restart_finds_an_answer_that_overtook_the_interrupted_call() {
    use crate::ports::Store as _;
    let test = TestBus::new();
    let application = test.ready(&FLOW, "m").await;
    test.agencies.set(Manner::Hang);
    let task = {
        let (test, application) = (Arc::clone(&test), application.clone());
        tokio::spawn(async move { test.send(FLOW.request("m", &application)).await })
    };
    test.agencies.arrived().await;
    test.bus.complete_delivery(call(completion(&test, "enbek"))).await.unwrap();
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    let waiting = test.store.unanswered().await.unwrap();
    let answer = test.bus.resume(&waiting[0]).await.unwrap();
    assert_eq!(answer.status.state, ApplicationState::Completed);
    assert_eq!(test.agencies.deliveries(), 1);
}

#[tokio::test]
async fn an_early_answer_leaves_the_rest_of_the_procedure_unseen() {
    let test = TestBus::new();
    let application = test.ready(&FOSTER_PORTAL, "m").await;
    test.send(FOSTER_PORTAL.request("m", &application)).await.unwrap();
    test.clock.advance(time::Duration::hours(1));
    let id = ApplicationId::parse(&application).unwrap();
    assert_eq!(test.bus.fire_term(&id).await.unwrap(), TermOutcome::Advanced);
    let done = test.bus.complete_delivery(call(completion(&test, "regional"))).await.unwrap();
    assert_eq!(done.status.state, ApplicationState::Completed);
    let outcomes: Vec<_> = test.store.applications()[0]
        .steps()
        .iter()
        .filter(|step| step.kind == StepKind::Procedure)
        .map(|step| step.outcome)
        .collect();
    use StepOutcome::{Done, NotObserved};
    assert_eq!(outcomes, [Done, NotObserved, NotObserved, NotObserved, NotObserved]);
    assert_eq!(test.bus.fire_term(&id).await.unwrap(), TermOutcome::NothingDue);
}

#[tokio::test]
async fn an_answer_at_once_completes_the_message() {
    let test = TestBus::new();
    let application = test.ready(&FLOW, "m").await;
    test.agencies.set(Manner::AnswerAtOnce);
    let sent = test.send(FLOW.request("m", &application)).await.unwrap();
    assert_eq!(sent.status.state, ApplicationState::Completed);
    assert!(sent.status.result.is_some());
    assert_eq!(test.store.last().calls[0].outcome, "result");
}

#[tokio::test]
async fn a_completion_is_idempotent() {
    let test = TestBus::new();
    let application = test.ready(&FLOW, "m").await;
    test.send(FLOW.request("m", &application)).await.unwrap();
    let message = completion(&test, "enbek");
    test.bus.complete_delivery(call(message.clone())).await.unwrap();
    let steps = test.store.applications()[0].steps().len();
    let again = test.bus.complete_delivery(call(message)).await.unwrap();
    assert_eq!(again.status.state, ApplicationState::Completed);
    assert_eq!(test.store.applications()[0].steps().len(), steps);
    let other = RawCompletion {
        outcome: Some(RawOutcome::Refusal(refusal(ProviderReason::Reasoned))),
        ..completion(&test, "enbek")
    };
    let refused = TestBus::refused(test.bus.complete_delivery(call(other)).await);
    assert_eq!(refused.rejection, Rejection::MessageIdReused);
}

/// A change of a golden completion.
type Spoil = fn(&mut RawCompletion);

fn result_of(message: &mut RawCompletion) -> &mut crate::raw::RawSignedResult {
    match message.outcome.as_mut().unwrap() {
        RawOutcome::Result(result) => result,
        RawOutcome::Refusal(_) => panic!("a golden completion has a result"),
    }
}

#[tokio::test]
async fn completions_are_checked() {
    let cases: [(Spoil, Rejection); 9] = [
        (|message| message.info.password = crate::raw::Secret::default(), Rejection::SenderUnknown),
        (|message| message.info = front(&message.info), Rejection::SenderNotAllowed),
        (|message| message.info.correlation_id = "other".to_owned(), Rejection::ApplicationUnknown),
        (|message| message.outcome = None, Rejection::EnvelopeMalformed),
        (
            |message| result_of(message).result.as_mut().unwrap().applicant = Some(person("bolat")),
            Rejection::EnvelopeMalformed,
        ),
        (|message| result_of(message).signed.content.0.push(b'!'), Rejection::ResultSignatureInvalid),
        (|message| result_of(message).signed.signature = Bytes::default(), Rejection::ResultSignatureInvalid),
        (
            |message| {
                let signed = &result_of(message).signed;
                let (content, kind) = (signed.content.0.clone(), signed.content_type.clone());
                let signatory = "astana-employment-centre-signatory";
                result_of(message).signed = WORLD.sign_flawed(signatory, "revoked", &content, &kind);
            },
            Rejection::ResultSignatureInvalid,
        ),
        // Signed by another provider's person, and saying so.
        (
            |message| {
                let result = result_of(message);
                let content = result.signed.content.0.clone();
                let kind = result.signed.content_type.clone();
                result.signed = WORLD.sign("aktobe-education-signatory", &content, &kind);
                let bin = WORLD.bin("aktobe-education-department").digits().to_owned();
                result.result.as_mut().unwrap().provider_bin = bin;
            },
            Rejection::ResultSignatureInvalid,
        ),
    ];
    for (spoil, rejection) in cases {
        let test = TestBus::new();
        let application = test.ready(&FLOW, "m").await;
        test.send(FLOW.request("m", &application)).await.unwrap();
        let mut message = completion(&test, "enbek");
        spoil(&mut message);
        let refused = TestBus::refused(test.bus.complete_delivery(call(message)).await);
        assert_eq!(refused.rejection, rejection, "{:?} {:?}", refused.evidence, refused.faults);
        assert_eq!(test.store.applications()[0].state(), ApplicationState::Pending);
        test.bus.complete_delivery(call(completion(&test, "enbek"))).await.unwrap();
    }
}

fn front(agency: &RawInfo) -> RawInfo {
    RawInfo { correlation_id: agency.correlation_id.clone(), ..info("PORTAL", &agency.message_id, "") }
}

#[tokio::test]
async fn another_agency_completes_nothing() {
    let test = TestBus::new();
    let application = test.ready(&FLOW, "m").await;
    test.send(FLOW.request("m", &application)).await.unwrap();
    let refused = TestBus::refused(test.bus.complete_delivery(call(completion(&test, "zhao"))).await);
    assert_eq!(refused.rejection, Rejection::ApplicationUnknown);
}

#[tokio::test]
async fn a_late_refusal_ends_the_application() {
    let test = TestBus::new();
    let application = test.ready(&PAVLODAR_PORTAL, "m").await;
    test.send(PAVLODAR_PORTAL.request("m", &application)).await.unwrap();
    let message = RawCompletion {
        outcome: Some(RawOutcome::Refusal(refusal(ProviderReason::Reasoned))),
        ..completion(&test, "zhao")
    };
    let done = test.bus.complete_delivery(call(message)).await.unwrap();
    assert_eq!(done.status.state, ApplicationState::Refused);
    assert_eq!(done.status.notice.unwrap().reason, Some(Rejection::ReasonedRefusal));
    assert_eq!(test.store.last().rejection, Some(Rejection::ReasonedRefusal));
}

#[tokio::test]
async fn a_term_that_cannot_be_told_stays_due() {
    let test = TestBus::new();
    let application = test.ready(&FLOW, "m").await;
    test.send(FLOW.request("m", &application)).await.unwrap();
    let id = ApplicationId::parse(&application).unwrap();
    assert_eq!(test.bus.fire_term(&id).await.unwrap(), TermOutcome::NothingDue);
    test.clock.advance(time::Duration::hours(1));
    test.agencies.set(Manner::Unavailable);
    let outcome = test.bus.fire_term(&id).await.unwrap();
    assert_eq!(outcome, TermOutcome::Unreachable(Rejection::AgencyUnavailable));
    assert!(test.store.applications()[0].due_at().is_some());
    test.agencies.set(Manner::Accept);
    test.agencies.with(|state| state.completes = false);
    assert_eq!(test.bus.fire_term(&id).await.unwrap(), TermOutcome::Notified);
    assert_eq!(test.store.applications()[0].due_at(), None);
    assert_eq!(test.store.applications()[0].state(), ApplicationState::Pending);
    test.bus.complete_delivery(call(completion(&test, "enbek"))).await.unwrap();
    assert_eq!(test.store.applications()[0].state(), ApplicationState::Completed);
}

#[tokio::test]
async fn nothing_is_acknowledged_that_is_not_stored() {
    let test = TestBus::new();
    let application = test.ready(&FLOW, "m").await;
    test.store.break_down();
    let failure = test.send(FLOW.request("m", &application)).await.unwrap_err();
    assert!(matches!(failure, Failure::Fault(Fault::Store(_))), "{failure}");
    assert_eq!(test.agencies.deliveries(), 0, "the dispatch is durable before the call");
}

#[tokio::test]
async fn terms_outside_the_calendar_are_a_fault_before_the_call() {
    let test = TestBus::new();
    let application = test.ready(&PAVLODAR_PORTAL, "m").await;
    test.clock.set(time::macros::datetime!(2027-12-27 09:00 +5));
    let left = [CheckId::Chain, CheckId::Revocation, CheckId::Validity];
    let again = TestBus::over(test.store.clone(), Policy::default(), &left);
    again.clock.set(time::macros::datetime!(2027-12-27 09:00 +5));
    let failure = again.send(PAVLODAR_PORTAL.request("m", &application)).await.unwrap_err();
    assert!(matches!(failure, Failure::Fault(Fault::Calendar(_))), "{failure}");
    assert_eq!(again.agencies.deliveries(), 0);
}

#[tokio::test]
async fn the_journal_has_no_secret_and_no_number_of_a_person() {
    let test = TestBus::new();
    let application = test.ready(&CERTIFICATE_DESK, "m").await;
    test.send(CERTIFICATE_DESK.request("m", &application)).await.unwrap();
    test.run_terms(&application).await;
    let portal = test.ready(&FLOW, "n").await;
    TestBus::refused(test.send(FLOW.signed_by("n", &portal, "bolat")).await);
    let text = test.store.journal_text();
    assert!(text.contains("IIN_MISMATCH") && text.contains("000:181-186"), "the test reads what it means to");
    for key in ["aigerim", "bolat", "operator-1"] {
        assert!(!text.contains(WORLD.iin(key).digits()), "{key}");
    }
    for secret in ["PORTAL secret", "STATE_CORPORATION secret", "document of", "question of", "result of"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn the_journal_knows_people_by_pseudonym_and_who_answered() {
    let test = TestBus::new();
    let application = test.ready(&CERTIFICATE_DESK, "m").await;
    test.send(CERTIFICATE_DESK.request("m", &application)).await.unwrap();
    let verdict = test.store.last();
    let pseudonym = |key: &str| test.bus.ports().pseudonyms.of(crate::party::Party::Iin(WORLD.iin(key)));
    assert_eq!(verdict.message_id, "m");
    assert_eq!(verdict.people, [pseudonym("aigerim"), pseudonym("operator-1")].into());
    assert_eq!(verdict.calls[0].about, Some(pseudonym("aigerim")));
    assert_eq!(verdict.calls[0].decided_by, format!("agency/{}", verdict.calls[0].agency));
    let refused = TestBus::refused(test.send(FLOW.signed_by("n", "", "bolat")).await);
    assert_eq!(refused.calls, [], "nobody was asked");
    assert!(
        test.store.last().people.contains(&pseudonym("aigerim")),
        "refused, and to be found all the same"
    );
}

#[tokio::test]
async fn a_cabinet_shows_the_fronts_own_applications() {
    let test = TestBus::new();
    let application = test.ready(&FLOW, "m").await;
    let list = |sender: &str, who: &str| RawList {
        info: info(sender, "list", ""),
        applicant: Some(person(who)),
        limit: 0,
    };
    let found = test.bus.applications(call(list("PORTAL", "aigerim"))).await.unwrap();
    assert_eq!(found.len(), 1);
    assert!(test.bus.applications(call(list("PORTAL", "bolat"))).await.unwrap().is_empty());
    assert!(test.bus.applications(call(list("STATE_CORPORATION", "aigerim"))).await.unwrap().is_empty());
    let ask = |sender: &str| RawAsk { info: info(sender, "ask", ""), application_id: application.clone() };
    let seen = test.bus.application(call(ask("PORTAL"))).await.unwrap();
    assert_eq!(seen.steps.len(), test.store.applications()[0].steps().len());
    let refused = TestBus::refused(test.bus.application(call(ask("STATE_CORPORATION"))).await);
    assert_eq!(refused.rejection, Rejection::ApplicationUnknown);
}

#[test]
fn use_cases_run_on_a_threaded_server() {
    fn sendable<T: Send>(_: &T) {}
    let test = TestBus::new();
    let future = test.send(FLOW.request("m", ""));
    sendable(&future);
    let id = ApplicationId::parse("app-1").unwrap();
    sendable(&test.bus.fire_term(&id));
}
