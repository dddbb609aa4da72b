//! EQA: «Электрондық құжат айналым» ақпараттық жүйесі («ЭҚА» АЖ), ИС электронного документооборота, the electronic
//! document flow system. Used by hand alone: the office registers there what comes in (act 001, service 5).
//!
//! Nothing of the real system is public: the contract is ours.

use eush_adapter_kit::{Agency, AgencyFault, Description, ManualUse, Screen, async_trait, date_text};
use eush_domain::{Calendar, Text};
use eush_wire::registry::eqa::v1 as wire;

use crate::{Deps, by_hand, intake};

struct Eqa;

pub(crate) fn make(_deps: Deps) -> Box<dyn Agency> {
    Box::new(Eqa)
}

#[async_trait]
impl Agency for Eqa {
    fn describe(&self) -> Description {
        let name = Text {
            kk: "«Электрондық құжат айналым» ақпараттық жүйесі",
            ru: "ИС электронного документооборота",
            en: "Electronic document flow system",
        };
        by_hand::description("eqa", name)
    }

    async fn used(&self, manual: &ManualUse) -> Result<Option<Screen>, AgencyFault> {
        let document = wire::IncomingDocument {
            number: intake::number_of("EQA", "incoming", &manual.use_id),
            // The day in Kazakhstan, whatever the clock's own zone.
            registered_on: date_text(manual.bus_time.to_offset(Calendar::ZONE).date()),
            from: by_hand::digits(manual),
        };
        by_hand::shows(&document, Vec::new())
    }
}
