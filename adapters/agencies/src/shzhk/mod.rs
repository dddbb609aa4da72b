//! SHZHK: «Шетелдік жұмыс күші» ақпараттық жүйесі («ШЖК» АЖ; in the act also ШЖҚ and ЖШК), ИС «Иностранная рабочая сила»,
//! the foreign labour system. Used by hand alone (act 001, service 5).
//!
//! Nothing of the real system is public: the contract is ours.

use eush_adapter_kit::{Access, Agency, AgencyFault, Description, ManualUse, Screen, async_trait};
use eush_domain::Text;
use eush_wire::registry::shzhk::v1 as wire;

use crate::{Deps, by_hand, intake};

/// Fee for a permit of category 3. The act has a fee and names no sum: ours.
const FEE_TENGE: u64 = 137 * 2121;
/// Procedures of the act that have a fee.
const WITH_FEE: [&str; 3] = ["", "issue", "extension"];

struct Shzhk;

pub(crate) fn make(_deps: Deps) -> Box<dyn Agency> {
    Box::new(Shzhk)
}

#[async_trait]
impl Agency for Shzhk {
    fn describe(&self) -> Description {
        let name = Text {
            kk: "«Шетелдік жұмыс күші» ақпараттық жүйесі",
            ru: "ИС «Иностранная рабочая сила»",
            en: "Foreign labour system",
        };
        by_hand::description("shzhk", name)
    }

    async fn used(&self, manual: &ManualUse) -> Result<Option<Screen>, AgencyFault> {
        let stage = match manual.access {
            Access::Sign => wire::Stage::Signed,
            Access::Read | Access::Write => wire::Stage::Entered,
        };
        let permit = match manual.access {
            Access::Sign => intake::number_of("SHZ", "permit", &manual.application_id),
            Access::Read | Access::Write => String::new(),
        };
        let fee = if WITH_FEE.contains(&manual.procedure.as_str()) { FEE_TENGE } else { 0 };
        let case = wire::PermitCase {
            number: intake::number_of("SHZ", "case", &manual.application_id),
            employer: by_hand::digits(manual),
            procedure: manual.procedure.clone(),
            stage: stage.into(),
            fee_tenge: fee,
            permit_number: permit,
        };
        by_hand::shows(&case, Vec::new())
    }
}
