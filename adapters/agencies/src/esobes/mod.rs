//! E-sobes: «Е-собес» ақпараттық жүйесі, АИС «Е-собес», the social assistance system. Takes requests to reimburse the
//! cost of teaching a disabled child at home (act 000) and answers with the assignment of a benefit.
//!
//! Nothing of the real system is public: the contract is ours.

mod data;

use std::sync::Arc;

use eush_adapter_kit::{
    Agency, AgencyFault, Decision, Delivery, Description, Outcome, PayloadOrigin, Refusal, ResultDraft,
    Service, ServiceKind, Verdict, async_trait, text_to_wire,
};
use eush_domain::synthetic::population::Population;
use eush_domain::{Iin, Text, Timestamp};
use eush_wire::registry::esobes::v1 as wire;
use prost::Name as _;

use crate::intake::{self, Faults};
use crate::public_service::benefit;
use crate::{Deps, provider};

/// Routing key.
pub(crate) const SERVICE: &str = "ESOBES_HomeSchooling";

const PROVIDER: &str = "astana-social-department";

struct Esobes {
    population: Arc<Population>,
}

pub(crate) fn make(deps: Deps) -> Box<dyn Agency> {
    Box::new(Esobes { population: deps.population })
}

#[async_trait]
impl Agency for Esobes {
    fn describe(&self) -> Description {
        let name = Text {
            kk: "«Е-собес» АЖ", ru: "ИС «Е-собес»", en: "Social assistance system"
        };
        Description {
            agency: "esobes",
            name: name.into(),
            payload_origin: PayloadOrigin::SimulatorDefined,
            services: vec![Service {
                service_id: SERVICE,
                kind: ServiceKind::Delivery,
                request_type: wire::HomeSchoolingApplication::full_name(),
                response_type: wire::BenefitNotification::full_name(),
                name: data::TITLE.into(),
                required_attachments: data::PAPERS.to_vec(),
            }],
        }
    }

    async fn deliver(&self, delivery: &Delivery) -> Result<Decision, AgencyFault> {
        let verdict = match self.examine(delivery) {
            Ok(_) => Verdict::Accepted,
            Err(refusal) => Verdict::Refused(refusal),
        };
        // The channel has no item of registration here (unlike the labour market system's); the provider's office
        // registers in the first step of its own procedure.
        Ok(Decision { registration: Some(intake::registration("ESB", delivery)), verdict })
    }

    async fn term_due(&self, delivery: &Delivery, _due_at: Timestamp) -> Result<Outcome, AgencyFault> {
        match self.examine(delivery) {
            Ok((recipient, form)) => {
                Ok(Outcome::Completed(Box::new(self.notification(delivery, recipient, form)?)))
            }
            Err(refusal) => Ok(Outcome::Refused(refusal)),
        }
    }
}

impl Esobes {
    fn examine(&self, delivery: &Delivery) -> Result<(Iin, wire::HomeSchoolingApplication), Refusal> {
        let recipient = intake::individual(delivery)?;
        let form: wire::HomeSchoolingApplication = intake::form(delivery)?;
        let mut faults = Faults::default();
        faults.papers(&delivery.document.attachments, data::PAPERS);
        let child = form.child.as_ref().and_then(|child| Iin::parse(&child.iin).ok());
        faults.unless(child.is_some(), "child.iin");
        let named = form
            .child
            .as_ref()
            .is_some_and(|child| !child.surname.trim().is_empty() && !child.name.trim().is_empty());
        faults.unless(named, "child.name");
        faults.unless(!form.commission_conclusion_number.trim().is_empty(), "commission_conclusion_number");
        faults.unless(intake::school_year_is_sound(&form.school_year), "school_year");
        faults.unless(form.cost_tenge > 0, "cost_tenge");
        faults.unless(intake::account_is_sound(&form.bank_account), "bank_account");
        faults.verdict()?;
        let record = child.and_then(|child| {
            let known = self.population.by_iin(&child)?;
            known.parents.contains(&recipient).then_some(())?;
            self.population.home_schooling(&child)
        });
        let record = record.ok_or_else(|| intake::no_grounds(data::NO_CHILD))?;
        if record.conclusion != form.commission_conclusion_number.trim() {
            return Err(intake::no_grounds(data::OTHER_CONCLUSION));
        }
        Ok((recipient, form))
    }

    fn notification(
        &self,
        delivery: &Delivery,
        recipient: Iin,
        form: wire::HomeSchoolingApplication,
    ) -> Result<ResultDraft, AgencyFault> {
        let department = provider::organization(&self.population, PROVIDER)?;
        let benefit = benefit(form.cost_tenge);
        let body = wire::BenefitNotification {
            number: intake::number("ESB", "decision", &delivery.context.message_id),
            recipient_iin: recipient.digits().to_owned(),
            child: form.child,
            school_year: form.school_year,
            amount_tenge: benefit.year,
            quarterly_tenge: benefit.quarter,
            bank_account: intake::masked_account(&form.bank_account),
            provider: Some(text_to_wire(department.name)),
        };
        provider::result(&self.population, department, "benefit-assignment-notice", data::TITLE, &body)
    }
}
