//! Enbek: «Еңбек нарығы» автоматтандырылған ақпараттық жүйесі, АИС «Рынок труда», the labour market system. Takes
//! requests for a certificate of registration as unemployed (act 000) and answers with the certificate. Offices enter and
//! look up people in it by hand (act 004).
//!
//! Only the registration of labour contracts is public of the real system: the contract is ours.

use std::sync::Arc;

use eush_adapter_kit::{
    Access, Agency, AgencyFault, Decision, Delivery, Description, ManualUse, Outcome, Party, PayloadOrigin,
    Refusal, ResultDraft, Screen, Service, ServiceKind, Verdict, async_trait, date_text, text_to_wire,
};
use eush_domain::synthetic::population::{Person, Population, UnemploymentRegistration};
use eush_domain::{Text, Timestamp};
use eush_wire::registry::enbek::v1 as wire;
use prost::Name as _;

use crate::intake::{self, Faults};
use crate::{Deps, by_hand, provider};

/// Routing key.
pub(crate) const SERVICE: &str = "ENBEK_UnemployedCertificate";

const PAPERS: &[&str] = &["identity-document"];
const TITLE: Text = Text {
    kk: "Жұмыссыз ретінде тіркеу туралы анықтама",
    ru: "Справка о регистрации в качестве безработного",
    en: "Certificate of registration as unemployed",
};
const NOT_REGISTERED: Text = Text {
    kk: "Өтініш беруші жұмыссыз ретінде тіркелмеген.",
    ru: "Заявитель не зарегистрирован в качестве безработного.",
    en: "The applicant is not registered as unemployed.",
};

struct Enbek {
    population: Arc<Population>,
}

pub(crate) fn make(deps: Deps) -> Box<dyn Agency> {
    Box::new(Enbek { population: deps.population })
}

/// An application that the office found in order.
struct Examined<'a> {
    form: wire::UnemployedCertificateApplication,
    person: &'a Person,
    registration: &'a UnemploymentRegistration,
}

#[async_trait]
impl Agency for Enbek {
    fn describe(&self) -> Description {
        let name = Text {
            kk: "«Еңбек нарығы» ААЖ", ru: "АИС «Рынок труда»", en: "Labour market system"
        };
        Description {
            agency: "enbek",
            name: name.into(),
            payload_origin: PayloadOrigin::SimulatorDefined,
            services: vec![Service {
                service_id: SERVICE,
                kind: ServiceKind::Delivery,
                request_type: wire::UnemployedCertificateApplication::full_name(),
                response_type: wire::UnemployedCertificate::full_name(),
                name: TITLE.into(),
                required_attachments: PAPERS.to_vec(),
            }],
        }
    }

    async fn deliver(&self, delivery: &Delivery) -> Result<Decision, AgencyFault> {
        let verdict = match self.examine(delivery) {
            Ok(_) => Verdict::Accepted,
            Err(refusal) => Verdict::Refused(refusal),
        };
        // The document is registered before anybody looks at it (act 000, 6-үдеріс).
        Ok(Decision { registration: Some(intake::registration("ENB", delivery)), verdict })
    }

    async fn term_due(&self, delivery: &Delivery, _due_at: Timestamp) -> Result<Outcome, AgencyFault> {
        match self.examine(delivery) {
            Ok(examined) => Ok(Outcome::Completed(Box::new(self.certificate(delivery, &examined)?))),
            Err(refusal) => Ok(Outcome::Refused(refusal)),
        }
    }

    async fn used(&self, manual: &ManualUse) -> Result<Option<Screen>, AgencyFault> {
        let person = match manual.about {
            Some(Party::Individual(iin)) => self.population.by_iin(&iin),
            Some(Party::Organization(_)) | None => None,
        };
        let registration = person.and_then(|person| self.population.unemployment(&person.iin));
        let entry_number = match manual.access {
            Access::Write => intake::number_of("ENB", "entry", &manual.application_id),
            Access::Read | Access::Sign => String::new(),
        };
        // Whether somebody is registered, and whether what was handed in is what the system has, is asked of it (act 004,
        // service 5, 3-іс-қимыл and 4-іс-қимыл). Nobody is registered there whom the state does not know.
        let mut failing = Vec::new();
        if registration.is_none() {
            failing.extend(manual.checks_among(&["presence"]));
        }
        if person.is_none() {
            failing.extend(manual.checks_among(&["subject"]));
        }
        if manual.access == Access::Read && registration.is_none() {
            return Ok(Some(Screen { entry: None, failing }));
        }
        let card = wire::Card {
            iin: by_hand::digits(manual),
            registration_number: registration.map_or_else(String::new, |known| known.number.clone()),
            entry_number,
        };
        by_hand::shows(&card, failing)
    }
}

impl Enbek {
    fn examine(&self, delivery: &Delivery) -> Result<Examined<'_>, Refusal> {
        let iin = intake::individual(delivery)?;
        let form: wire::UnemployedCertificateApplication = intake::form(delivery)?;
        let known = self.population.by_iin(&iin);
        let mut faults = Faults::default();
        faults.papers(&delivery.document.attachments, PAPERS);
        faults.unless(form.iin == iin.digits(), "iin");
        let names = known.map(|person| [&person.names.kk, &person.names.ru]);
        let is = |written: &str, pick: fn(&eush_domain::synthetic::population::FullName) -> &String| {
            // Somebody the population does not know cannot be compared; the grounds then tell it.
            names.is_none_or(|names| names.iter().any(|name| same(written, pick(name))))
        };
        faults.unless(is(&form.surname, |name| &name.surname), "surname");
        faults.unless(is(&form.name, |name| &name.given), "name");
        faults.unless(
            form.patronymic.is_empty() || is(&form.patronymic, |name| &name.patronymic),
            "patronymic",
        );
        faults.unless(
            (1..=200).contains(&form.place_of_presentation.trim().chars().count()),
            "place_of_presentation",
        );
        faults.unless(intake::phone_is_sound(&form.phone), "phone");
        faults.verdict()?;
        let registered = known.and_then(|person| Some((person, self.population.unemployment(&iin)?)));
        let (person, registration) = registered.ok_or_else(|| intake::no_grounds(NOT_REGISTERED))?;
        Ok(Examined { form, person, registration })
    }

    fn certificate(&self, delivery: &Delivery, examined: &Examined<'_>) -> Result<ResultDraft, AgencyFault> {
        let Examined { form, person, registration } = examined;
        let centre = provider::organization(&self.population, &registration.centre)?;
        let message = &delivery.context.message_id;
        let body = wire::UnemployedCertificate {
            number: intake::number("ENB", "certificate", message),
            iin: person.iin.digits().to_owned(),
            full_name: person.names.kk.to_string(),
            registration_number: registration.number.clone(),
            registered_on: date_text(registration.registered_on),
            employment_centre: Some(text_to_wire(centre.name)),
            place_of_presentation: form.place_of_presentation.trim().to_owned(),
            application_number: intake::registration("ENB", delivery).number,
        };
        provider::result(&self.population, centre, "unemployed-certificate", TITLE, &body)
    }
}

fn same(written: &str, known: &str) -> bool {
    written.trim().to_lowercase() == known.to_lowercase()
}
