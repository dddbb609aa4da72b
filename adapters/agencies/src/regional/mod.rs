//! Regional: «электрондық үкіметтің» аумақтық шлюзінің жұмыс орны (ЭҮАШ АЖО, ЭҮӨШ АЖО), рабочее место регионального шлюза
//! «электронного правительства» (АРМ РШЭП), the workplace of the regional gateway. Takes the requests of acts 002 and 003,
//! whatever the service, and the provider works in it.
//!
//! Nothing of the real system is public: the contract is ours.

mod data;

use std::sync::Arc;

use eush_adapter_kit::{Agency, AgencyFault, Delivery, Party, Refusal, ResultDraft, text_to_wire};
use eush_domain::synthetic::population::{Organization, Population};
use eush_domain::{LocalizedText, Text};
use eush_wire::registry::regional::v1 as wire;
use wire::application::Body;

use crate::intake::{self, Faults};
use crate::office::{Intake, Office};
use crate::public_service::PublicService;
use crate::{Deps, provider};

/// Routing key.
pub(crate) const SERVICE: &str = "REGIONAL_Application";

#[cfg(test)]
pub(crate) use data::SERVICES as SERVICES_FOR_TESTS;

struct Regional {
    population: Arc<Population>,
}

pub(crate) fn make(deps: Deps) -> Box<dyn Agency> {
    Box::new(Intake(Regional { population: deps.population }))
}

impl Office for Regional {
    type Form = wire::Application;
    type Result = wire::Notification;
    const AGENCY: &'static str = "regional";
    const SERVICE: &'static str = SERVICE;
    const NAME: Text = Text {
        kk: "«Электрондық үкіметтің» өңірлік шлюзінің АЖО",
        ru: "АРМ регионального шлюза «электронного правительства»",
        en: "Workplace of the regional e-government gateway",
    };
    const PREFIX: &'static str = "REG";

    fn examine(&self, delivery: &Delivery) -> Result<(PublicService, wire::Application), Refusal> {
        let service = PublicService::of(data::SERVICES, delivery)
            .ok_or_else(|| intake::no_grounds(data::OTHER_REGION))?;
        let form: wire::Application = intake::form(delivery)?;
        let mut faults = Faults::default();
        faults.papers(&delivery.document.attachments, service.papers);
        faults.unless(intake::phone_is_sound(&form.phone), "phone");
        let answers = form.answers.len() <= 64
            && form.answers.iter().all(|answer| intake::answer_is_sound(&answer.question, &answer.answer));
        faults.unless(answers, "answers");
        let wants_body = delivery.context.public_service() == data::FOSTER_CARE;
        match &form.body {
            Some(Body::FosterCare(body)) => check_foster_care(delivery, body, &mut faults),
            None => faults.unless(!wants_body, "foster_care"),
        }
        faults.verdict()?;
        if let Some(Body::FosterCare(body)) = &form.body {
            self.check_grounds(delivery, body)?;
        }
        Ok((service, form))
    }

    fn result(
        &self,
        delivery: &Delivery,
        service: &PublicService,
        form: &wire::Application,
    ) -> Result<ResultDraft, AgencyFault> {
        let department = provider::organization(&self.population, service.provider)?;
        let message = &delivery.context.message_id;
        let body = form.body.as_ref().map(|Body::FosterCare(body)| {
            wire::notification::Body::Contract(wire::ContractNotification {
                contract_number: intake::number(Self::PREFIX, "contract", message),
                address: Some(text_to_wire(address(department))),
                children: body.children,
            })
        });
        let notification = wire::Notification {
            number: intake::number(Self::PREFIX, "decision", message),
            application_number: intake::registration(Self::PREFIX, delivery).number,
            recipient_iin: recipient(delivery.applicant),
            text: Some(text_to_wire(service.text)),
            provider: Some(text_to_wire(department.name)),
            body,
        };
        provider::result(&self.population, department, service.kind, service.title, &notification)
    }
}

impl Regional {
    /// What the records say against the form (002, 3-шарт: documents and grounds).
    fn check_grounds(&self, delivery: &Delivery, body: &wire::FosterCare) -> Result<(), Refusal> {
        let iin = intake::individual(delivery)?;
        let married = body.marital_status() == wire::MaritalStatus::Married;
        let known = self.population.by_iin(&iin);
        if known.is_some_and(|person| person.spouse.is_some() != married) {
            return Err(intake::no_grounds(data::MARITAL_STATUS));
        }
        let people = 1 + u32::from(married) + body.children;
        if body.dwelling_square_metres < people * data::METRES_A_PERSON {
            return Err(intake::no_grounds(data::DWELLING_TOO_SMALL));
        }
        Ok(())
    }
}

/// Empty for organisations: the field is an IIN.
fn recipient(applicant: Party) -> String {
    applicant.iin().map(|iin| iin.digits().to_owned()).unwrap_or_default()
}

fn address(department: &Organization) -> LocalizedText {
    let address = &department.address;
    let line = |pick: fn(&Text) -> &'static str| {
        format!("{}, {}, {}", pick(&address.town), pick(&address.street), address.building)
    };
    LocalizedText { kk: line(|text| text.kk), ru: line(|text| text.ru), en: line(|text| text.en) }
}

fn check_foster_care(delivery: &Delivery, body: &wire::FosterCare, faults: &mut Faults) {
    let attachments = &delivery.document.attachments;
    faults.papers(attachments, data::FOSTER_CARE_PAPERS);
    match body.marital_status() {
        wire::MaritalStatus::Married => faults.papers(attachments, data::SPOUSE_PAPERS),
        wire::MaritalStatus::Single => {}
        wire::MaritalStatus::Unspecified => faults.field("foster_care.marital_status"),
    }
    faults.unless((1..=10).contains(&body.children), "foster_care.children");
    faults.unless((1..=10_000).contains(&body.dwelling_square_metres), "foster_care.dwelling_square_metres");
    faults.unless((1..=2000).contains(&body.statement.trim().chars().count()), "foster_care.statement");
}
