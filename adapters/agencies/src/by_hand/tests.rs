//! What each system shows at its own screen, of the one population.

use std::sync::Arc;

use eush_adapter_kit::{Access, ManualUse, Party, Screen};
use eush_domain::Timestamp;
use eush_domain::synthetic::numbers::Scheme;
use eush_domain::synthetic::population::Population;
use eush_wire::registry as wire;
use prost::Name;
use time::macros::datetime;

use crate::{AGENCIES, agency};

const NOW: Timestamp = datetime!(2026-03-02 22:30 UTC);

fn population() -> Arc<Population> {
    Arc::new(Population::new(7, Scheme::Future))
}

fn manual(regulation: &str, access: Access, checks: &[&str]) -> ManualUse {
    ManualUse {
        use_id: "app-1/4".to_owned(),
        application_id: "app-1".to_owned(),
        regulation_id: regulation.to_owned(),
        procedure: "issue".to_owned(),
        access,
        about: None,
        checks: checks.iter().map(|&check| check.to_owned()).collect(),
        bus_time: NOW,
    }
}

/// What a system shows about a person.
async fn shows(code: &str, about: &str, manual: ManualUse) -> Screen {
    let population = population();
    let about = population.person(about).map(|person| Party::Individual(person.iin));
    let manual = ManualUse { about, ..manual };
    agency(code, &population).unwrap().used(&manual).await.unwrap().unwrap()
}

fn entry<M: Name + Default>(screen: &Screen) -> M {
    screen.entry.as_ref().unwrap().to_msg().unwrap()
}

#[tokio::test]
async fn registers_alone_have_a_screen() {
    for row in AGENCIES {
        let made = agency(row.code, &population()).unwrap();
        let screen = made.used(&manual("x/y", Access::Write, &[])).await.unwrap();
        assert_eq!(screen.is_some(), row.services.is_empty() || row.code == "enbek", "{}", row.code);
        if let Some(entry) = screen.and_then(|screen| screen.entry) {
            let package = format!("type.googleapis.com/eush.registry.{}.v1.", row.code);
            assert!(entry.type_url.contains(&package[20..]), "{}", entry.type_url);
        }
    }
}

#[tokio::test]
async fn the_fund_of_repatriates_knows_a_family_in_another_region() {
    let pavlodar = || manual("pavlodar/oralman-status", Access::Read, &["eligibility"]);
    let own = shows("oralman", "qanat", pavlodar()).await;
    assert_eq!(own.failing, ["eligibility"]);
    let found: wire::oralman::v1::Search = entry(&own);
    assert_eq!((found.registrations.len(), found.registrations[0].relation.as_str()), (1, "applicant"));
    let family = shows("oralman", "gulnar", pavlodar()).await;
    let found: wire::oralman::v1::Search = entry(&family);
    assert_eq!((family.failing.len(), found.registrations[0].relation.as_str()), (1, "spouse"));
    let nobody = Screen { entry: None, failing: Vec::new() };
    assert_eq!(shows("oralman", "aigerim", pavlodar()).await, nobody);
    // The act asks about other regions than its own.
    let own_region = manual("east-kazakhstan/oralman-status", Access::Read, &["eligibility"]);
    assert_eq!(shows("oralman", "qanat", own_region).await, nobody);
    let written = manual("east-kazakhstan/oralman-status", Access::Write, &[]);
    let written: wire::oralman::v1::Entry = entry(&shows("oralman", "aigerim", written).await);
    assert!(written.number.starts_with("ORL-") && written.iin.len() == 12);
}

#[tokio::test]
async fn a_permit_s_case_is_one_case_and_has_a_number_once_it_is_signed() {
    let at = |access| shows("shzhk", "yerlan", manual("pavlodar/foreign-labour-permit", access, &[]));
    let entered: wire::shzhk::v1::PermitCase = entry(&at(Access::Write).await);
    let signed: wire::shzhk::v1::PermitCase = entry(&at(Access::Sign).await);
    assert_eq!(entered.number, signed.number);
    assert_eq!((entered.permit_number.as_str(), entered.fee_tenge > 0), ("", true));
    assert!(signed.permit_number.starts_with("SHZ-"));
    assert_eq!(signed.stage(), wire::shzhk::v1::Stage::Signed);
    let transfer = ManualUse { procedure: "transfer-issue".to_owned(), ..manual("x/y", Access::Write, &[]) };
    let transfer: wire::shzhk::v1::PermitCase = entry(&shows("shzhk", "yerlan", transfer).await);
    assert_eq!(transfer.fee_tenge, 0, "the act has a fee for issue and extension alone");
}

#[tokio::test]
async fn what_comes_in_is_registered_by_the_day_in_kazakhstan_and_told_to_the_employer() {
    let incoming = manual("pavlodar/foreign-labour-permit", Access::Write, &["documents"]);
    let shown = shows("eqa", "yerlan", incoming.clone()).await;
    let document: wire::eqa::v1::IncomingDocument = entry(&shown);
    assert_eq!(document.registered_on, "2026-03-03");
    assert!(shown.failing.is_empty(), "the register does not judge documents");
    let told: wire::elicense::v1::Told = entry(&shows("elicense", "yerlan", incoming).await);
    assert_eq!((told.procedure.as_str(), told.employer.len()), ("issue", 12));
}

#[tokio::test]
async fn monitoring_shows_the_identity_data_that_the_state_has() {
    let read = || manual("mangystau/unemployed-certificate", Access::Read, &["presence"]);
    let aigerim: wire::monitoring::v1::IdentityDocument =
        entry(&shows("monitoring", "aigerim", read()).await);
    assert_eq!(aigerim.document_number.len(), 9);
    let absent = Screen { entry: None, failing: vec!["presence".to_owned()] };
    assert_eq!(shows("monitoring", "zarina", read()).await, absent);
}

#[tokio::test]
async fn the_labour_market_system_knows_the_unemployed() {
    let read = |checks: &[&str]| manual("east-kazakhstan/unemployed-certificate", Access::Read, checks);
    let aigerim = shows("enbek", "aigerim", read(&["presence"])).await;
    let card: wire::enbek::v1::Card = entry(&aigerim);
    assert!(aigerim.failing.is_empty() && card.registration_number.starts_with("ENB-"));
    let bolat = shows("enbek", "bolat", read(&["presence", "subject"])).await;
    assert_eq!((bolat.entry, bolat.failing), (None, vec!["presence".to_owned()]));
    let entered = manual("east-kazakhstan/job-seekers", Access::Write, &[]);
    let entered: wire::enbek::v1::Card = entry(&shows("enbek", "bolat", entered).await);
    assert!(entered.registration_number.is_empty() && entered.entry_number.starts_with("ENB-"));
}
