//! Oralman: «Оралман» дерекқоры («Оралман» АЖ, «Оралман» РДҚ), республиканский банк данных «Оралман», the republican
//! data fund of repatriates. Used by hand alone: looked into by act 001, written by act 004.
//!
//! Nothing of the real system is public: the contract is ours. The act asks about applicant and family and says what
//! follows when one of several persons is found in no word of its own: any of them counts.

use std::sync::Arc;

use eush_adapter_kit::{
    Access, Agency, AgencyFault, Description, ManualUse, Party, Screen, async_trait, date_text, text_to_wire,
};
use eush_domain::synthetic::population::Population;
use eush_domain::{Iin, Text};
use eush_wire::registry::oralman::v1 as wire;

use crate::{Deps, by_hand, intake};

struct Oralman {
    population: Arc<Population>,
}

pub(crate) fn make(deps: Deps) -> Box<dyn Agency> {
    Box::new(Oralman { population: deps.population })
}

#[async_trait]
impl Agency for Oralman {
    fn describe(&self) -> Description {
        let name = Text {
            kk: "«Оралман» республикалық деректер қоры",
            ru: "Республиканский банк данных «Оралман»",
            en: "Republican data fund of repatriates",
        };
        by_hand::description("oralman", name)
    }

    async fn used(&self, manual: &ManualUse) -> Result<Option<Screen>, AgencyFault> {
        let region = manual.regulation_id.split('/').next().unwrap_or_default();
        match manual.access {
            Access::Read => {
                let found = self.search(manual, region);
                let failing =
                    if found.is_empty() { Vec::new() } else { manual.checks_among(&["eligibility"]) };
                if found.is_empty() {
                    return Ok(Some(Screen { entry: None, failing }));
                }
                by_hand::shows(&wire::Search { registrations: found }, failing)
            }
            Access::Sign | Access::Write => {
                let entry = wire::Entry {
                    number: intake::number_of("ORL", "entry", &manual.application_id),
                    iin: by_hand::digits(manual),
                    region: region.to_owned(),
                };
                by_hand::shows(&entry, Vec::new())
            }
        }
    }
}

impl Oralman {
    /// Registrations of applicant and family in another region than the asking one.
    fn search(&self, manual: &ManualUse, region: &str) -> Vec<wire::Registration> {
        let Some(Party::Individual(applicant)) = manual.about else { return Vec::new() };
        let mut people = vec![(applicant, "applicant")];
        if let Some(person) = self.population.by_iin(&applicant) {
            people.extend(person.spouse.map(|iin| (iin, "spouse")));
            people.extend(person.parents.iter().map(|iin| (*iin, "parent")));
        }
        people.extend(self.population.children_of(&applicant).map(|child| (child.iin, "child")));
        people.iter().filter_map(|(iin, relation)| self.registration(iin, relation, region)).collect()
    }

    fn registration(&self, iin: &Iin, relation: &str, asking: &str) -> Option<wire::Registration> {
        let found = self.population.repatriate(iin)?;
        // The act asks about other regions than its own.
        let elsewhere = !found.region.en.to_lowercase().replace(' ', "-").starts_with(asking);
        elsewhere.then(|| wire::Registration {
            number: found.number.clone(),
            iin: iin.digits().to_owned(),
            relation: relation.to_owned(),
            region: Some(text_to_wire(found.region)),
            registered_on: date_text(found.registered_on),
        })
    }
}
