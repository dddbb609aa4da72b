//! Systems that offices use by hand, as a part of the provider's procedure.

use eush_acts::model::{Access, Check};
use eush_domain::{ApplicationId, Rejection};

use crate::application::ApplicationState;
use crate::bus::TermOutcome;
use crate::fixture::{PAVLODAR_PORTAL, REPATRIATE_DESK, TestBus};

#[tokio::test]
async fn a_register_is_looked_into_once_and_no_call_is_counted() {
    let test = TestBus::new();
    let application = test.ready(&REPATRIATE_DESK, "m").await;
    test.send(REPATRIATE_DESK.request("m", &application)).await.unwrap();
    test.run_terms(&application).await;
    let at = test.store.applications().pop().unwrap();
    assert_eq!(at.state(), ApplicationState::Ready);
    let uses = test.agencies.with(|state| state.uses.clone());
    assert_eq!(uses, [("oralman".to_owned(), Access::Read, format!("{application}/3"))]);
    let calls: usize = test.store.journal().iter().map(|verdict| verdict.calls.len()).sum();
    assert_eq!(calls, 1, "the delivery is the one call of the bus");
}

#[tokio::test]
async fn what_the_register_knows_ends_the_procedure() {
    let test = TestBus::new();
    test.agencies.with(|state| state.screens_fail.insert(Check::Eligibility));
    let application = test.ready(&REPATRIATE_DESK, "m").await;
    test.send(REPATRIATE_DESK.request("m", &application)).await.unwrap();
    test.run_terms(&application).await;
    let at = test.store.applications().pop().unwrap();
    assert_eq!(at.state(), ApplicationState::Refused);
    assert_eq!(test.agencies.with(|state| state.notices), 0, "the provider never got so far");
}

#[tokio::test]
async fn a_register_that_is_down_leaves_the_term_due() {
    let test = TestBus::new();
    let application = test.ready(&REPATRIATE_DESK, "m").await;
    test.send(REPATRIATE_DESK.request("m", &application)).await.unwrap();
    test.agencies.with(|state| state.workplaces_down = true);
    let id = ApplicationId::parse(&application).unwrap();
    let due = || test.store.applications().pop().unwrap().due_at();
    for _ in 0..3 {
        test.clock.set(due().unwrap());
        test.bus.fire_term(&id).await.unwrap();
    }
    let stands = due().unwrap();
    test.clock.set(stands);
    let outcome = test.bus.fire_term(&id).await.unwrap();
    assert_eq!(outcome, TermOutcome::Unreachable(Rejection::AgencyUnavailable));
    assert_eq!(due(), Some(stands));
    test.agencies.with(|state| state.workplaces_down = false);
    assert_eq!(test.bus.fire_term(&id).await.unwrap(), TermOutcome::Advanced);
    test.run_terms(&application).await;
    assert_eq!(test.store.applications().pop().unwrap().state(), ApplicationState::Ready);
}

#[tokio::test]
async fn the_signed_document_says_for_which_procedure_it_is() {
    let test = TestBus::new();
    let application = test.ready(&PAVLODAR_PORTAL, "m").await;
    let request = |id, application| {
        let mut request = PAVLODAR_PORTAL.request(id, application);
        if let Some(document) = request.document.as_mut() {
            document.procedure = "re-issue".to_owned();
        }
        request
    };
    let other = TestBus::refused(test.send(request("m", &application)).await);
    assert_eq!(other.rejection, Rejection::EnvelopeMalformed);
    let fields: Vec<_> = other.faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["document.content.procedure"]);
    // A document that opens its own application names a procedure that the act has.
    let unknown = TestBus::refused(test.send(request("m-2", "")).await);
    assert_eq!(unknown.faults[0].field, "document.content.procedure");
    assert_eq!(test.agencies.deliveries(), 0);
}
