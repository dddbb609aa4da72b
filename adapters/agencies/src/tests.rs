//! Each agency over a real socket: what its register answers, what it takes and refuses, what it signs.

use std::sync::Arc;

use eush_adapter_kit::testing::{Running, StubAuthority, StubGateway, key_of};
use eush_adapter_kit::{
    AgencyServer, Guarded, Links, Listen, Party, Secret, SenderCredentials, time_to_wire,
};
use eush_domain::Timestamp;
use eush_domain::synthetic::numbers::Scheme;
use eush_domain::synthetic::population::{Person, Population};
use eush_sign::cms::SignedData;
use eush_wire::adapter::v1 as wire;
use eush_wire::adapter::v1::agency_service_client::AgencyServiceClient;
use eush_wire::bus::v1 as bus;
use eush_wire::registry as forms;
use prost::{Message as _, Name};
use prost_types::Any;
use time::macros::datetime;
use tonic::Code;

use super::*;

const NOW: Timestamp = datetime!(2026-03-02 10:00 UTC);
const SCHOOLING: [&str; 4] =
    ["identity-document", "disability-certificate", "commission-conclusion", "bank-account-statement"];
const FOSTER: [&str; 5] = [
    "identity-document",
    "medical-conclusion",
    "income-certificate",
    "no-criminal-record-certificate",
    "housing-document",
];

struct Bench {
    agency: AgencyServiceClient<Guarded>,
    gateway: StubGateway,
    authority: StubAuthority,
    population: Arc<Population>,
    _running: [Running; 3],
}

async fn bench(code: &str) -> Bench {
    let population = Arc::new(Population::new(7, Scheme::Future));
    let (authority, gateway) = (StubAuthority::default(), StubGateway::default());
    let (authority_at, gateway_at) = (authority.serve().await, gateway.serve().await);
    let sender = SenderCredentials { sender_id: code.to_uppercase(), password: Secret::new("secret") };
    let links = Links { gateway: Some((gateway_at.link(), sender)), certificates: Some(authority_at.link()) };
    let agency = agency(code, &population).unwrap();
    let bound = AgencyServer::bind(agency, Listen::loopback(code)).await.unwrap();
    let running = Running::adopt(bound.address(), |stop| bound.serve(links, stop.cancelled_owned()));
    let agency = AgencyServiceClient::new(running.link().channel().unwrap());
    Bench { agency, gateway, authority, population, _running: [authority_at, gateway_at, running] }
}

fn info(service: &str, regulation: &str) -> wire::DeliveryInfo {
    wire::DeliveryInfo {
        message_id: "m-1".to_owned(),
        application_id: "app-1".to_owned(),
        service_id: service.to_owned(),
        regulation_id: regulation.to_owned(),
        channel: bus::Channel::Portal.into(),
        bus_time: Some(time_to_wire(NOW)),
        attempt: 1,
        sender_id: "PORTAL".to_owned(),
        profile: "strict".to_owned(),
    }
}

impl Bench {
    fn person(&self, key: &str) -> Person {
        self.population.person(key).unwrap().clone()
    }

    async fn ask<M: Name>(
        &mut self,
        service: &str,
        about: Party,
        request: Option<&M>,
    ) -> Result<Option<Any>, Code> {
        let request = wire::LookupRequest {
            delivery: Some(info(service, "")),
            about: Some(about.to_wire()),
            request: request.map(|request| Any::from_msg(request).unwrap()),
        };
        let answer = self.agency.lookup(request).await.map_err(|status| status.code())?.into_inner();
        match answer.outcome.unwrap() {
            wire::lookup_response::Outcome::Found(found) => Ok(Some(found)),
            wire::lookup_response::Outcome::Absent(_) => Ok(None),
        }
    }

    async fn deliver(&mut self, case: &Case) -> wire::DeliverResponse {
        let request = wire::DeliverRequest {
            delivery: Some(info(case.service, case.regulation)),
            document: Some(case.signed()),
        };
        self.agency.deliver(request).await.unwrap().into_inner()
    }

    /// Delivers, and takes the refusal.
    async fn refused(&mut self, case: &Case) -> (bus::ProviderRefusalReason, String) {
        // Each refusal is of another document under the same id, so each needs an agency without memory.
        let code = AGENCIES.iter().find(|entry| entry.services.contains(&case.service)).unwrap().code;
        let mut fresh = bench(code).await;
        match fresh.deliver(case).await.decision {
            Some(wire::deliver_response::Decision::Refusal(refusal)) => {
                let text = refusal.text.clone().unwrap();
                assert!(!text.kk.is_empty() && !text.ru.is_empty());
                (refusal.reason(), text.en)
            }
            other => panic!("a refusal, not {other:?}"),
        }
    }

    /// Delivers, lets the term fall due, and takes the result apart.
    async fn result<M: Name + Default>(&mut self, case: &Case) -> (bus::ResultDocument, M) {
        let answer = self.deliver(case).await;
        assert!(matches!(answer.decision, Some(wire::deliver_response::Decision::Accepted(_))), "{answer:?}");
        assert!(!answer.registration.unwrap().number.is_empty());
        let request = wire::NotifyTermRequest {
            delivery: Some(info(case.service, case.regulation)),
            document: Some(case.signed()),
            due_at: Some(time_to_wire(NOW)),
        };
        self.agency.notify_term(request).await.unwrap();
        let completion = self.gateway.completions().pop().unwrap();
        let Some(bus::complete_delivery_request::Outcome::Result(signed)) = completion.request.outcome else {
            panic!("a result")
        };
        let signatory = self.authority.enrolled().pop().unwrap();
        let data = SignedData::parse(&signed.signature).unwrap();
        data.verify_signer(0, Some(&signed.content), key_of(&signatory.common_name).public_key()).unwrap();
        let document = bus::ResultDocument::decode(signed.content).unwrap();
        assert_eq!(document.provider_bin, signatory.bin, "the signer is the provider's");
        assert_eq!(document.application_id, "app-1");
        let body = document.body.as_ref().unwrap().to_msg().unwrap();
        (document, body)
    }
}

/// A delivery to be sent as it is or changed in one respect.
#[derive(Clone)]
struct Case {
    service: &'static str,
    regulation: &'static str,
    applicant: Party,
    form: Any,
    papers: Vec<bus::Attachment>,
}

impl Case {
    fn new<M: Name>(
        service: &'static str,
        regulation: &'static str,
        applicant: &Person,
        form: &M,
        papers: &[&str],
    ) -> Self {
        Self {
            service,
            regulation,
            applicant: Party::Individual(applicant.iin),
            form: Any::from_msg(form).unwrap(),
            papers: papers.iter().map(|kind| paper(kind)).collect(),
        }
    }

    fn with_form<M: Name>(&self, form: &M) -> Self {
        Self { form: Any::from_msg(form).unwrap(), ..self.clone() }
    }

    fn without(&self, kind: &str) -> Self {
        let papers = self.papers.iter().filter(|paper| paper.kind != kind).cloned().collect();
        Self { papers, ..self.clone() }
    }

    fn by(&self, applicant: &Person) -> Self {
        Self { applicant: Party::Individual(applicant.iin), ..self.clone() }
    }

    fn signed(&self) -> bus::SignedDocument {
        let document = bus::Document {
            message_id: "m-1".to_owned(),
            regulation_id: self.regulation.to_owned(),
            channel: bus::Channel::Portal.into(),
            applicant: Some(self.applicant.to_wire()),
            signer: Some(self.applicant.to_wire()),
            representative: None,
            form: Some(self.form.clone()),
            attachments: self.papers.clone(),
            procedure: String::new(),
        };
        bus::SignedDocument { content: document.encode_to_vec().into(), ..Default::default() }
    }
}

fn paper(kind: &str) -> bus::Attachment {
    bus::Attachment {
        kind: kind.to_owned(),
        file_name: format!("{kind}.pdf"),
        media_type: "application/pdf".to_owned(),
        content: b"%PDF-1.4 test".as_slice().into(),
    }
}

fn unemployed(person: &Person) -> forms::enbek::v1::UnemployedCertificateApplication {
    forms::enbek::v1::UnemployedCertificateApplication {
        iin: person.iin.digits().to_owned(),
        surname: person.names.ru.surname.to_uppercase(),
        name: person.names.kk.given.clone(),
        patronymic: String::new(),
        place_of_presentation: "банк".to_owned(),
        phone: "+7 700 000 00 00".to_owned(),
    }
}

const DOCUMENTS: bus::ProviderRefusalReason = bus::ProviderRefusalReason::DocumentsNotConforming;
const GROUNDS: bus::ProviderRefusalReason = bus::ProviderRefusalReason::GroundsNotMet;

#[tokio::test]
async fn agencies_are_who_the_table_says() {
    for entry in AGENCIES {
        let mut bench = bench(entry.code).await;
        let told = bench.agency.describe(wire::DescribeRequest {}).await.unwrap().into_inner();
        assert_eq!(told.agency, entry.code);
        let services: Vec<_> = told.services.iter().map(|service| service.service_id.as_str()).collect();
        assert_eq!(services, entry.services, "{}", entry.code);
        let prefix = format!("eush.registry.{}.v1.", entry.code);
        for service in &told.services {
            assert!(service.request_type.starts_with(&prefix), "{}", service.request_type);
            assert!(service.response_type.starts_with(&prefix), "{}", service.response_type);
        }
        let name = told.name.unwrap();
        assert!(!name.kk.is_empty() && !name.ru.is_empty() && !name.en.is_empty());
    }
    assert!(agency("nobody", &Arc::new(Population::new(7, Scheme::Future))).is_none());
}

#[tokio::test]
async fn gbdfl_knows_people() {
    let mut bench = bench("gbdfl").await;
    let (aigerim, zarina) = (bench.person("aigerim"), bench.person("zarina"));
    let request = forms::gbdfl::v1::PersonRequest {
        iin: aigerim.iin.digits().to_owned(),
        surname: aigerim.names.ru.surname.clone(),
        ..Default::default()
    };
    let about = Party::Individual(aigerim.iin);
    let found = bench.ask(gbdfl::SERVICE, about, Some(&request)).await.unwrap().unwrap();
    let answer: forms::gbdfl::v1::PersonResponse = found.to_msg().unwrap();
    let [person] = answer.persons.as_slice() else { panic!("one person") };
    assert_eq!(person.iin, aigerim.iin.digits());
    assert_eq!(person.gender.as_ref().unwrap().code, "2");
    assert_eq!(person.surname, aigerim.names.kk.surname.to_uppercase());
    assert_eq!(person.documents[0].r#type.as_ref().unwrap().code, "002");
    let nothing: Option<&forms::gbdfl::v1::PersonRequest> = None;
    assert_eq!(bench.ask(gbdfl::SERVICE, Party::Individual(zarina.iin), nothing).await, Ok(None));
    let other = forms::gbdfl::v1::PersonRequest { surname: "Басқа".to_owned(), ..Default::default() };
    assert_eq!(bench.ask(gbdfl::SERVICE, about, Some(&other)).await, Ok(None));
    let stolen =
        forms::gbdfl::v1::PersonRequest { iin: zarina.iin.digits().to_owned(), ..Default::default() };
    assert_eq!(bench.ask(gbdfl::SERVICE, about, Some(&stolen)).await, Err(Code::InvalidArgument));
    let company = Party::Organization(bench.population.organizations()[0].bin);
    assert_eq!(bench.ask(gbdfl::SERVICE, company, nothing).await, Err(Code::InvalidArgument));
}

#[tokio::test]
async fn gbdul_knows_organizations() {
    let mut bench = bench("gbdul").await;
    let nothing: Option<&forms::gbdul::v1::OrganizationRequest> = None;
    let population = Arc::clone(&bench.population);
    let company = population.organization("dala-construction").unwrap();
    let found = bench.ask(gbdul::SERVICE, Party::Organization(company.bin), nothing).await.unwrap().unwrap();
    let answer: forms::gbdul::v1::OrganizationResponse = found.to_msg().unwrap();
    let told = answer.organization.unwrap();
    assert_eq!((told.bin.as_str(), told.commerce_org), (company.bin.digits(), true));
    assert_eq!(told.organization_leader.unwrap().iin, company.leader.digits());
    let ghost = population.organization("unregistered-company").unwrap();
    assert_eq!(bench.ask(gbdul::SERVICE, Party::Organization(ghost.bin), nothing).await, Ok(None));
    let person = Party::Individual(bench.person("aigerim").iin);
    assert_eq!(bench.ask(gbdul::SERVICE, person, nothing).await, Err(Code::InvalidArgument));
}

#[tokio::test]
async fn enis_knows_what_notaries_certified() {
    let mut bench = bench("enis").await;
    let iin = |key: &str| Party::Individual(bench.population.person(key).unwrap().iin);
    let (aigerim, saule, daniyar, marat) = (iin("aigerim"), iin("saule"), iin("daniyar"), iin("marat"));
    let power =
        |number: &str, principal: Party, representative: Party| forms::enis::v1::PowerOfAttorneyRequest {
            number: number.to_owned(),
            principal: Some(principal.to_wire()),
            representative: Some(representative.to_wire()),
        };
    let notarized = power("2025-1001", aigerim, daniyar);
    let found = bench.ask(enis::SERVICE, aigerim, Some(&notarized)).await.unwrap().unwrap();
    let answer: forms::enis::v1::PowerOfAttorneyResponse = found.to_msg().unwrap();
    assert_eq!(answer.representative, Some(daniyar.to_wire()));
    assert!(answer.notary.is_some());
    for (name, about, request) in [
        ("certified otherwise", aigerim, power("2025-2001", aigerim, marat)),
        ("revoked", saule, power("2025-1002", saule, marat)),
        ("another representative", aigerim, power("2025-1001", aigerim, marat)),
        ("another principal", saule, power("2025-1001", saule, daniyar)),
        ("unknown number", aigerim, power("2025-9999", aigerim, daniyar)),
    ] {
        assert_eq!(bench.ask(enis::SERVICE, about, Some(&request)).await, Ok(None), "{name}");
    }
    assert!(
        bench.ask(enis::SERVICE, daniyar, Some(&notarized)).await.unwrap().is_some(),
        "either side may be asked about"
    );
    assert_eq!(bench.ask(enis::SERVICE, marat, Some(&notarized)).await, Err(Code::InvalidArgument));
    let nothing: Option<&forms::enis::v1::PowerOfAttorneyRequest> = None;
    assert_eq!(bench.ask(enis::SERVICE, aigerim, nothing).await, Err(Code::InvalidArgument));
}

#[tokio::test]
async fn enbek_certifies_the_unemployed() {
    let mut bench = bench("enbek").await;
    let (aigerim, bolat) = (bench.person("aigerim"), bench.person("bolat"));
    let form = unemployed(&aigerim);
    let regulation = "astana/unemployed-certificate";
    let good = Case::new(enbek::SERVICE, regulation, &aigerim, &form, &["identity-document"]);
    let (document, body) = bench.result::<forms::enbek::v1::UnemployedCertificate>(&good).await;
    assert_eq!(document.kind, "unemployed-certificate");
    assert_eq!(body.iin, aigerim.iin.digits());
    assert_eq!(body.registration_number, bench.population.unemployment(&aigerim.iin).unwrap().number);
    type Form = forms::enbek::v1::UnemployedCertificateApplication;
    for (name, case, reason) in [
        ("no paper", good.without("identity-document"), DOCUMENTS),
        ("another name", good.with_form(&Form { name: "Басқа".to_owned(), ..form.clone() }), DOCUMENTS),
        (
            "another number",
            good.with_form(&Form { iin: bolat.iin.digits().to_owned(), ..form.clone() }),
            DOCUMENTS,
        ),
        (
            "no place",
            good.with_form(&Form { place_of_presentation: " ".to_owned(), ..form.clone() }),
            DOCUMENTS,
        ),
        ("wrong phone", good.with_form(&Form { phone: "8".to_owned(), ..form.clone() }), DOCUMENTS),
        ("another form", good.with_form(&forms::zhao::v1::Application::default()), DOCUMENTS),
        ("not unemployed", good.by(&bolat).with_form(&unemployed(&bolat)), GROUNDS),
        (
            "an organisation",
            Case { applicant: Party::Organization(bench.population.organizations()[0].bin), ..good.clone() },
            GROUNDS,
        ),
    ] {
        assert_eq!(bench.refused(&case).await.0, reason, "{name}");
    }
    let (_, text) = bench.refused(&good.without("identity-document")).await;
    assert_eq!(text, "Documents missing: identity document.");
}

#[tokio::test]
async fn esobes_assigns_the_benefit() {
    let mut bench = bench("esobes").await;
    let (aigerim, bolat, ayan) = (bench.person("aigerim"), bench.person("bolat"), bench.person("ayan"));
    type Form = forms::esobes::v1::HomeSchoolingApplication;
    let form = Form {
        child: Some(forms::esobes::v1::Child {
            iin: ayan.iin.digits().to_owned(),
            surname: ayan.names.kk.surname.clone(),
            name: ayan.names.kk.given.clone(),
            patronymic: String::new(),
        }),
        commission_conclusion_number: bench.population.home_schooling(&ayan.iin).unwrap().conclusion.clone(),
        school_year: "2025/2026".to_owned(),
        cost_tenge: 40_000,
        bank_account: bolat.bank_account.clone(),
    };
    let regulation = "astana/home-schooling-reimbursement";
    let good = Case::new(esobes::SERVICE, regulation, &bolat, &form, &SCHOOLING);
    let (document, body) = bench.result::<forms::esobes::v1::BenefitNotification>(&good).await;
    assert_eq!(document.kind, "benefit-assignment-notice");
    assert_eq!((body.amount_tenge, body.quarterly_tenge), (40_000, 10_000));
    assert!(!body.bank_account.contains(&bolat.bank_account[4..16]), "the account is masked");
    for kind in SCHOOLING {
        assert_eq!(bench.refused(&good.without(kind)).await.0, DOCUMENTS, "{kind}");
    }
    let other = Form { commission_conclusion_number: "PMPK-9999".to_owned(), ..form.clone() };
    for (name, case, reason) in [
        ("no child", good.with_form(&Form { child: None, ..form.clone() }), DOCUMENTS),
        ("no cost", good.with_form(&Form { cost_tenge: 0, ..form.clone() }), DOCUMENTS),
        ("no year", good.with_form(&Form { school_year: "2025".to_owned(), ..form.clone() }), DOCUMENTS),
        (
            "wrong account",
            good.with_form(&Form { bank_account: "KZ00".to_owned(), ..form.clone() }),
            DOCUMENTS,
        ),
        ("another conclusion", good.with_form(&other), GROUNDS),
        ("another's child", good.by(&aigerim), GROUNDS),
    ] {
        assert_eq!(bench.refused(&case).await.0, reason, "{name}");
    }
}

#[tokio::test]
async fn zhao_takes_any_service_of_its_region() {
    let mut bench = bench("zhao").await;
    let (aigerim, bolat, ayan) = (bench.person("aigerim"), bench.person("bolat"), bench.person("ayan"));
    let body = forms::zhao::v1::HomeSchoolingReimbursement {
        child_iin: ayan.iin.digits().to_owned(),
        commission_conclusion_number: bench.population.home_schooling(&ayan.iin).unwrap().conclusion.clone(),
        school_year: "2025-2026".to_owned(),
        cost_tenge: 1_000_000,
    };
    let form = forms::zhao::v1::Application {
        bank_account: bolat.bank_account.clone(),
        body: Some(forms::zhao::v1::application::Body::HomeSchoolingReimbursement(body)),
        ..Default::default()
    };
    let regulation = "pavlodar/home-schooling-reimbursement";
    let good = Case::new(zhao::SERVICE, regulation, &bolat, &form, &SCHOOLING);
    let (document, told) = bench.result::<forms::zhao::v1::Notification>(&good).await;
    assert_eq!(document.kind, "benefit-assignment-notice");
    let Some(forms::zhao::v1::notification::Body::BenefitAssignment(benefit)) = told.body else {
        panic!("a benefit")
    };
    assert_eq!(benefit.quarterly_tenge, 16_968, "up to the limit");
    let empty = forms::zhao::v1::Application::default();
    for kind in SCHOOLING {
        assert_eq!(bench.refused(&good.without(kind)).await.0, DOCUMENTS, "{kind}");
    }
    assert_eq!(bench.refused(&good.with_form(&empty)).await.0, DOCUMENTS, "no body");
    assert_eq!(bench.refused(&good.by(&aigerim)).await.0, GROUNDS, "another's child");
    let elsewhere = Case { regulation: "nowhere/anything", ..good.clone() };
    assert_eq!(bench.refused(&elsewhere).await.0, GROUNDS, "another region");
    let mut fresh = self::bench("zhao").await;
    let plain = Case::new(zhao::SERVICE, "pavlodar/something-else", &aigerim, &empty, &["identity-document"]);
    let (document, _) = fresh.result::<forms::zhao::v1::Notification>(&plain).await;
    assert_eq!(document.kind, "notification");
    for row in zhao::SERVICES_FOR_TESTS.iter().filter(|row| row.regulation != regulation) {
        let mut fresh = self::bench("zhao").await;
        let case = Case::new(zhao::SERVICE, row.regulation, &aigerim, &empty, &["identity-document"]);
        let (document, _) = fresh.result::<forms::zhao::v1::Notification>(&case).await;
        assert_eq!(document.kind, row.kind, "{}", row.regulation);
        let provider = fresh.population.organization(row.provider).unwrap();
        assert_eq!(document.provider_bin, provider.bin.digits());
    }
}

#[tokio::test]
async fn regional_takes_foster_care_and_the_rest() {
    let mut bench = bench("regional").await;
    let (aigerim, saule) = (bench.person("aigerim"), bench.person("saule"));
    let care = forms::regional::v1::FosterCare {
        children: 1,
        marital_status: forms::regional::v1::MaritalStatus::Single.into(),
        dwelling_square_metres: 60,
        statement: "Сұраймын".to_owned(),
    };
    let form = |care: &forms::regional::v1::FosterCare| forms::regional::v1::Application {
        body: Some(forms::regional::v1::application::Body::FosterCare(care.clone())),
        ..Default::default()
    };
    let good = Case::new(regional::SERVICE, "aktobe/foster-care", &saule, &form(&care), &FOSTER);
    let (document, told) = bench.result::<forms::regional::v1::Notification>(&good).await;
    assert_eq!(document.kind, "contract-notice");
    let Some(forms::regional::v1::notification::Body::Contract(contract)) = told.body else {
        panic!("a contract")
    };
    assert_eq!(contract.children, 1);
    for kind in FOSTER {
        assert_eq!(bench.refused(&good.without(kind)).await.0, DOCUMENTS, "{kind}");
    }
    type Care = forms::regional::v1::FosterCare;
    let married = Care { marital_status: forms::regional::v1::MaritalStatus::Married.into(), ..care.clone() };
    let mut consented = good.with_form(&form(&married));
    consented.papers.push(paper("spouse-consent"));
    for (name, case, reason) in [
        ("no status", good.with_form(&form(&Care { marital_status: 0, ..care.clone() })), DOCUMENTS),
        ("no children", good.with_form(&form(&Care { children: 0, ..care.clone() })), DOCUMENTS),
        ("no consent", good.with_form(&form(&married)), DOCUMENTS),
        ("not married", consented, GROUNDS),
        ("too small", good.with_form(&form(&Care { dwelling_square_metres: 11, ..care.clone() })), GROUNDS),
    ] {
        assert_eq!(bench.refused(&case).await.0, reason, "{name}");
    }
    for row in regional::SERVICES_FOR_TESTS.iter().filter(|row| row.regulation != "aktobe/foster-care") {
        let mut fresh = self::bench("regional").await;
        let empty = forms::regional::v1::Application::default();
        let case = Case::new(regional::SERVICE, row.regulation, &aigerim, &empty, &["identity-document"]);
        let (document, _) = fresh.result::<forms::regional::v1::Notification>(&case).await;
        assert_eq!(document.kind, row.kind, "{}", row.regulation);
        let provider = fresh.population.organization(row.provider).unwrap();
        assert_eq!(document.provider_bin, provider.bin.digits());
    }
}
