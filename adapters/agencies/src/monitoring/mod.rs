//! Monitoring: мемлекеттік қызметтер көрсету мониторингінің ақпараттық жүйесі, ИС мониторинга оказания государственных
//! услуг, the monitoring system of public services. Used by hand alone: the public service centre gets the data of the
//! identity document through it (act 003).
//!
//! Nothing of the real system is public: the contract is ours. It shows what the register of natural persons has, because
//! both are made from the same population.

use std::sync::Arc;

use eush_adapter_kit::{Agency, AgencyFault, Description, ManualUse, Party, Screen, async_trait, date_text};
use eush_domain::Text;
use eush_domain::synthetic::population::{Population, Presence};
use eush_wire::registry::monitoring::v1 as wire;

use crate::{Deps, by_hand};

struct Monitoring {
    population: Arc<Population>,
}

pub(crate) fn make(deps: Deps) -> Box<dyn Agency> {
    Box::new(Monitoring { population: deps.population })
}

#[async_trait]
impl Agency for Monitoring {
    fn describe(&self) -> Description {
        let name = Text {
            kk: "Мемлекеттік қызметтер көрсету мониторингінің АЖ",
            ru: "ИС мониторинга оказания государственных услуг",
            en: "Monitoring system of public services",
        };
        by_hand::description("monitoring", name)
    }

    async fn used(&self, manual: &ManualUse) -> Result<Option<Screen>, AgencyFault> {
        let Some(Party::Individual(iin)) = manual.about else {
            return Ok(Some(Screen { entry: None, failing: manual.checks_among(&["presence"]) }));
        };
        let known = self.population.by_iin(&iin).filter(|person| person.presence == Presence::Present);
        let Some(person) = known else {
            return Ok(Some(Screen { entry: None, failing: manual.checks_among(&["presence"]) }));
        };
        let names = &person.names.kk;
        let document = wire::IdentityDocument {
            iin: iin.digits().to_owned(),
            surname: names.surname.clone(),
            name: names.given.clone(),
            patronymic: names.patronymic.clone(),
            birth_date: date_text(person.birth_date),
            document_number: person.identity_card.number.clone(),
            valid_until: date_text(person.identity_card.valid_until),
        };
        by_hand::shows(&document, Vec::new())
    }
}
