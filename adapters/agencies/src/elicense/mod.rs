//! E-license: «Е-лицензиялау» мемлекеттік деректер қорының ақпараттық жүйесі («Е-лицензиялау» МДҚ АЖ), ИС ГБД
//! «Е-лицензирование», the state licensing database. Used by hand alone: decision and result are told through it (act 001,
//! service 5). Not one of the databases ЖТ МДБ and ЗТ МДБ.
//!
//! Nothing of the real system is public: the contract is ours.

use eush_adapter_kit::{Agency, AgencyFault, Description, ManualUse, Screen, async_trait};
use eush_domain::Text;
use eush_wire::registry::elicense::v1 as wire;

use crate::{Deps, by_hand, intake};

struct Elicense;

pub(crate) fn make(_deps: Deps) -> Box<dyn Agency> {
    Box::new(Elicense)
}

#[async_trait]
impl Agency for Elicense {
    fn describe(&self) -> Description {
        let name = Text {
            kk: "«Е-лицензиялау» МДҚ АЖ",
            ru: "ИС ГБД «Е-лицензирование»",
            en: "State licensing database",
        };
        by_hand::description("elicense", name)
    }

    async fn used(&self, manual: &ManualUse) -> Result<Option<Screen>, AgencyFault> {
        let told = wire::Told {
            number: intake::number_of("ELI", "told", &manual.use_id),
            employer: by_hand::digits(manual),
            procedure: manual.procedure.clone(),
        };
        by_hand::shows(&told, Vec::new())
    }
}
