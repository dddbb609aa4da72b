//! ZHAO: жергілікті атқарушы органның ақпараттық жүйесі (ЖАО АЖ), ИС местных исполнительных органов (ИС МИО), the
//! information system of local executive bodies. Takes the electronic requests of act 001, whatever the service.
//!
//! Nothing of the real system is public: the contract is ours. Deliberate difference: the real system tells residents of
//! the region from others; here anybody may apply, so that one family can play the flows of two regions.

mod data;

use std::sync::Arc;

use eush_adapter_kit::{Agency, AgencyFault, Delivery, Party, Refusal, ResultDraft, text_to_wire};
use eush_domain::synthetic::population::Population;
use eush_domain::{Iin, Text};
use eush_wire::registry::zhao::v1 as wire;
use wire::application::Body;

use crate::intake::{self, Faults};
use crate::office::{Intake, Office};
use crate::public_service::{PublicService, benefit};
use crate::{Deps, provider};

/// Routing key.
pub(crate) const SERVICE: &str = "ZHAO_Application";

#[cfg(test)]
pub(crate) use data::SERVICES as SERVICES_FOR_TESTS;

struct Zhao {
    population: Arc<Population>,
}

pub(crate) fn make(deps: Deps) -> Box<dyn Agency> {
    Box::new(Intake(Zhao { population: deps.population }))
}

impl Office for Zhao {
    type Form = wire::Application;
    type Result = wire::Notification;
    const AGENCY: &'static str = "zhao";
    const SERVICE: &'static str = SERVICE;
    const NAME: Text =
        Text { kk: "ЖАО АЖ", ru: "ИС МИО", en: "Information system of local executive bodies" };
    const PREFIX: &'static str = "ZHA";

    fn examine(&self, delivery: &Delivery) -> Result<(PublicService, wire::Application), Refusal> {
        let service = PublicService::of(data::SERVICES, delivery)
            .ok_or_else(|| intake::no_grounds(data::OTHER_REGION))?;
        let form: wire::Application = intake::form(delivery)?;
        let mut faults = Faults::default();
        faults.papers(&delivery.document.attachments, service.papers);
        faults.unless(intake::phone_is_sound(&form.phone), "phone");
        faults.unless(
            form.bank_account.is_empty() || intake::account_is_sound(&form.bank_account),
            "bank_account",
        );
        faults.unless(form.family.iter().all(member_is_sound), "family");
        faults.unless(answers_are_sound(&form.answers), "answers");
        let wants_body = delivery.context.public_service() == data::HOME_SCHOOLING;
        match &form.body {
            Some(Body::HomeSchoolingReimbursement(body)) => {
                faults.papers(&delivery.document.attachments, data::HOME_SCHOOLING_PAPERS);
                faults.unless(!form.bank_account.is_empty(), "bank_account");
                check_home_schooling(body, &mut faults);
            }
            None => faults.unless(!wants_body, "home_schooling_reimbursement"),
        }
        faults.verdict()?;
        if let Some(Body::HomeSchoolingReimbursement(body)) = &form.body {
            self.check_child(delivery, body)?;
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
        let body = form.body.as_ref().map(|Body::HomeSchoolingReimbursement(body)| {
            let benefit = benefit(body.cost_tenge);
            wire::notification::Body::BenefitAssignment(wire::BenefitAssignment {
                child_iin: body.child_iin.clone(),
                school_year: body.school_year.clone(),
                amount_tenge: benefit.year,
                quarterly_tenge: benefit.quarter,
                bank_account: intake::masked_account(&form.bank_account),
            })
        });
        let notification = wire::Notification {
            number: intake::number(Self::PREFIX, "decision", &delivery.context.message_id),
            application_number: intake::registration(Self::PREFIX, delivery).number,
            recipient_iin: recipient(delivery.applicant),
            text: Some(text_to_wire(service.text)),
            provider: Some(text_to_wire(department.name)),
            body,
        };
        provider::result(&self.population, department, service.kind, service.title, &notification)
    }
}

impl Zhao {
    fn check_child(
        &self,
        delivery: &Delivery,
        body: &wire::HomeSchoolingReimbursement,
    ) -> Result<(), Refusal> {
        let parent = intake::individual(delivery)?;
        let record = Iin::parse(&body.child_iin).ok().and_then(|child| {
            let known = self.population.by_iin(&child)?;
            known.parents.contains(&parent).then_some(())?;
            self.population.home_schooling(&child)
        });
        let same = record.is_some_and(|record| record.conclusion == body.commission_conclusion_number.trim());
        if same { Ok(()) } else { Err(intake::no_grounds(data::NO_CHILD)) }
    }
}

/// Empty for organisations: the field is an IIN.
fn recipient(applicant: Party) -> String {
    applicant.iin().map(|iin| iin.digits().to_owned()).unwrap_or_default()
}

fn check_home_schooling(body: &wire::HomeSchoolingReimbursement, faults: &mut Faults) {
    faults.unless(Iin::parse(&body.child_iin).is_ok(), "home_schooling_reimbursement.child_iin");
    faults.unless(
        !body.commission_conclusion_number.trim().is_empty(),
        "home_schooling_reimbursement.commission_conclusion_number",
    );
    faults
        .unless(intake::school_year_is_sound(&body.school_year), "home_schooling_reimbursement.school_year");
    faults.unless(body.cost_tenge > 0, "home_schooling_reimbursement.cost_tenge");
}

fn member_is_sound(member: &wire::FamilyMember) -> bool {
    Iin::parse(&member.iin).is_ok()
        && matches!(member.relation.as_str(), "spouse" | "child" | "parent" | "other")
}

fn answers_are_sound(answers: &[wire::Answer]) -> bool {
    answers.len() <= 64
        && answers.iter().all(|answer| intake::answer_is_sound(&answer.question, &answer.answer))
}
