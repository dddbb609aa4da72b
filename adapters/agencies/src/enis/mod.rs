//! ENIS: Бірыңғай нотариаттық ақпараттық жүйе (БНАЖ), Единая нотариальная информационная система (ЕНИС), the unified
//! notarial information system. Answers whether a notarised power of attorney is in force.
//!
//! No schema of the real system is public: the contract is ours. Only powers of attorney that a notary certified are in
//! it; one certified otherwise is absent, which is why act 000 lets the desk leave its data out.

use std::sync::Arc;

use eush_adapter_kit::{
    Agency, AgencyFault, Answer, Description, Party, PayloadOrigin, Question, Service, ServiceKind,
    async_trait, date_text, text_to_wire,
};
use eush_domain::synthetic::population::{Certification, Population, PowerOfAttorney, PowerStatus};
use eush_domain::{Iin, Text};
use eush_wire::registry::enis::v1 as wire;
use prost::Name as _;

use crate::{Deps, provider};

/// Routing key.
pub(crate) const SERVICE: &str = "ENIS_PowerOfAttorney";

const POWERS: Text = Text {
    kk: "Мемлекеттік көрсетілетін қызметтерді алу кезінде өкілдік ету",
    ru: "Представление интересов при получении государственных услуг",
    en: "Representation in receiving public services",
};

struct Enis {
    population: Arc<Population>,
}

pub(crate) fn make(deps: Deps) -> Box<dyn Agency> {
    Box::new(Enis { population: deps.population })
}

#[async_trait]
impl Agency for Enis {
    fn describe(&self) -> Description {
        let name = Text {
            kk: "Бірыңғай нотариаттық ақпараттық жүйе",
            ru: "Единая нотариальная информационная система",
            en: "Unified notarial information system",
        };
        Description {
            agency: "enis",
            name: name.into(),
            payload_origin: PayloadOrigin::SimulatorDefined,
            services: vec![Service {
                service_id: SERVICE,
                kind: ServiceKind::Lookup,
                request_type: wire::PowerOfAttorneyRequest::full_name(),
                response_type: wire::PowerOfAttorneyResponse::full_name(),
                name: Text {
                    kk: "Сенімхат туралы мәлімет",
                    ru: "Сведения о доверенности",
                    en: "Data of a power of attorney",
                }
                .into(),
                required_attachments: Vec::new(),
            }],
        }
    }

    async fn lookup(&self, question: &Question) -> Result<Answer, AgencyFault> {
        let malformed =
            |field, expected: &str| AgencyFault::Malformed { field, expected: expected.to_owned() };
        let request: wire::PowerOfAttorneyRequest = question
            .request
            .as_ref()
            .and_then(|request| request.to_msg().ok())
            .ok_or_else(|| malformed("request", "the number of a power of attorney and its parties"))?;
        let party = |party: &Option<_>, field| match party {
            None => Ok(None),
            Some(party) => Party::from_wire(Some(party), field)
                .map(Some)
                .map_err(|error| AgencyFault::Malformed { field, expected: error.expected }),
        };
        let principal = party(&request.principal, "request.principal")?;
        let representative = party(&request.representative, "request.representative")?;
        // The bus may ask about either side of it.
        if ![principal, representative].contains(&Some(question.about)) {
            return Err(malformed("about", "the principal or the representative"));
        }
        let known = self.population.power_of_attorney(request.number.trim());
        match known.and_then(|power| Some((power, notary(power)?))) {
            Some((power, notary))
                if power.status == PowerStatus::InForce
                    && is(principal, power.principal)
                    && is(representative, power.representative)
                    && power.valid_until >= question.context.bus_time.date() =>
            {
                Ok(Answer::Found(provider::payload(&response(power, notary))?))
            }
            Some(_) | None => Ok(Answer::Absent),
        }
    }
}

/// A side that was not named may be anybody.
fn is(asked: Option<Party>, known: Iin) -> bool {
    asked.is_none_or(|party| party == Party::Individual(known))
}

fn notary(power: &PowerOfAttorney) -> Option<wire::Notary> {
    match &power.certification {
        Certification::Notary { licence, name } => {
            Some(wire::Notary { licence_number: licence.clone(), name: Some(text_to_wire(*name)) })
        }
        Certification::Otherwise { .. } => None,
    }
}

fn response(power: &PowerOfAttorney, notary: wire::Notary) -> wire::PowerOfAttorneyResponse {
    wire::PowerOfAttorneyResponse {
        number: power.number.clone(),
        principal: Some(Party::Individual(power.principal).to_wire()),
        representative: Some(Party::Individual(power.representative).to_wire()),
        issued_on: date_text(power.issued_on),
        valid_until: date_text(power.valid_until),
        notary: Some(notary),
        powers: Some(text_to_wire(POWERS)),
    }
}
