//! GBD UL: «Заңды тұлғалар» мемлекеттік деректер қоры (ЗТ МДБ), Государственная база данных «Юридические лица»
//! (ГБД ЮЛ), the state database of legal entities. Answers what an organisation is.
//!
//! Field names follow the public question by BIN of the real register.

mod quirks;

use std::sync::Arc;

use eush_adapter_kit::{
    Agency, AgencyFault, Answer, Description, Party, PayloadOrigin, Question, Service, ServiceKind,
    async_trait, date_text,
};
use eush_domain::Text;
use eush_domain::synthetic::population::{Organization, Population, Presence};
use eush_wire::registry::gbdul::v1 as wire;
use prost::Name as _;
use quirks::{dictionary, form_of_law, org_form, property};

use crate::{Deps, provider};

/// Routing key.
pub(crate) const SERVICE: &str = "GBDUL_Organization";

struct Gbdul {
    population: Arc<Population>,
}

pub(crate) fn make(deps: Deps) -> Box<dyn Agency> {
    Box::new(Gbdul { population: deps.population })
}

#[async_trait]
impl Agency for Gbdul {
    fn describe(&self) -> Description {
        let name = Text {
            kk: "«Заңды тұлғалар» мемлекеттік деректер қоры",
            ru: "Государственная база данных «Юридические лица»",
            en: "State database of legal entities",
        };
        Description {
            agency: "gbdul",
            name: name.into(),
            payload_origin: PayloadOrigin::PublicFieldNames,
            services: vec![Service {
                service_id: SERVICE,
                kind: ServiceKind::Lookup,
                request_type: wire::OrganizationRequest::full_name(),
                response_type: wire::OrganizationResponse::full_name(),
                name: Text {
                    kk: "Заңды тұлға туралы мәлімет",
                    ru: "Сведения о юридическом лице",
                    en: "Data of an organisation",
                }
                .into(),
                required_attachments: Vec::new(),
            }],
        }
    }

    async fn lookup(&self, question: &Question) -> Result<Answer, AgencyFault> {
        let Party::Organization(bin) = question.about else {
            return Err(AgencyFault::Malformed { field: "about", expected: "an organisation".to_owned() });
        };
        if let Some(request) = &question.request {
            let request: wire::OrganizationRequest =
                request.to_msg().map_err(|_| AgencyFault::Malformed {
                    field: "request",
                    expected: format!("a {}", wire::OrganizationRequest::full_name()),
                })?;
            if !request.bin.is_empty() && request.bin != bin.digits() {
                let expected = "the BIN of `about`".to_owned();
                return Err(AgencyFault::Malformed { field: "request.bin", expected });
            }
        }
        let known = self.population.by_bin(&bin).filter(|known| known.presence == Presence::Present);
        match known {
            Some(organization) => Ok(Answer::Found(provider::payload(&self.response(organization))?)),
            None => Ok(Answer::Absent),
        }
    }
}

impl Gbdul {
    fn response(&self, organization: &Organization) -> wire::OrganizationResponse {
        let name = || {
            let Text { kk, ru, en } = organization.name;
            Some(wire::OrganizationName { ru: ru.to_owned(), kz: kk.to_owned(), en: en.to_owned() })
        };
        let address = &organization.address;
        wire::OrganizationResponse {
            status: Some(dictionary("001", Text { kk: "Табылды", ru: "Найдено", en: "Found" })),
            organization: Some(wire::Organization {
                bin: organization.bin.digits().to_owned(),
                reg_status: Some(dictionary(
                    "1",
                    Text { kk: "Тіркелген", ru: "Зарегистрирован", en: "Registered" },
                )),
                registration_department: Some(wire::OrganizationName {
                    ru: format!("Департамент юстиции, {}", address.region.ru),
                    kz: format!("Әділет департаменті, {}", address.region.kk),
                    en: format!("Department of justice, {}", address.region.en),
                }),
                registration_date: date_text(organization.registered_on),
                registration_last_date: date_text(organization.registered_on),
                full_name: name(),
                short_name: name(),
                org_form: Some(org_form(organization.kind)),
                form_of_law: Some(form_of_law(organization.kind)),
                property_type: Some(property(organization.kind)),
                commerce_org: quirks::is_commercial(organization.kind),
                organization_leader: self.leader(organization),
                activity: vec![wire::Activity {
                    main: true,
                    oked: organization.activity.to_owned(),
                    activity_name_ru: String::new(),
                    activity_name_kz: String::new(),
                }],
                address: Some(wire::OrganizationAddress {
                    rka: address.code.clone(),
                    zip_code: address.postcode.clone(),
                    kato: address.kato.clone(),
                    city_name_ru: address.town.ru.to_owned(),
                    city_name_kz: address.town.kk.to_owned(),
                    street_name_ru: address.street.ru.to_owned(),
                    street_name_kz: address.street.kk.to_owned(),
                    building_number: address.building.clone(),
                }),
                founders_count: 1,
            }),
        }
    }

    fn leader(&self, organization: &Organization) -> Option<wire::OrganizationLeader> {
        let person = self.population.by_iin(&organization.leader)?;
        Some(wire::OrganizationLeader {
            country: Some(dictionary("398", Text { kk: "Қазақстан", ru: "Казахстан", en: "Kazakhstan" })),
            iin: person.iin.digits().to_owned(),
            sur_name: person.names.ru.surname.clone(),
            name: person.names.ru.given.clone(),
            middle_name: person.names.ru.patronymic.clone(),
        })
    }
}
