//! GBD FL: «Жеке тұлғалар» мемлекеттік деректер қоры (ЖТ МДБ), Государственная база данных «Физические лица»
//! (ГБД ФЛ), the state database of natural persons. Answers who a person is.
//!
//! Field names follow the public description of the real register's universal service. Deliberate difference: the real
//! one wants the person's consent token; here the token is taken and not judged.

mod quirks;

use std::sync::Arc;

use eush_adapter_kit::{
    Agency, AgencyFault, Answer, Description, Party, PayloadOrigin, Question, Service, ServiceKind,
    async_trait, date_text, time_to_wire,
};
use eush_domain::Text;
use eush_domain::synthetic::population::{Person, Population, Presence};
use eush_wire::registry::gbdfl::v1 as wire;
use prost::Name as _;
use quirks::{capitals, dictionary, gender};

use crate::{Deps, intake, provider};

/// Routing key.
pub(crate) const SERVICE: &str = "GBDFL_Person";

const KAZAKHSTAN: Text = Text { kk: "Қазақстан", ru: "Казахстан", en: "Kazakhstan" };

struct Gbdfl {
    population: Arc<Population>,
}

pub(crate) fn make(deps: Deps) -> Box<dyn Agency> {
    Box::new(Gbdfl { population: deps.population })
}

#[async_trait]
impl Agency for Gbdfl {
    fn describe(&self) -> Description {
        let name = Text {
            kk: "«Жеке тұлғалар» мемлекеттік деректер қоры",
            ru: "Государственная база данных «Физические лица»",
            en: "State database of natural persons",
        };
        Description {
            agency: "gbdfl",
            name: name.into(),
            payload_origin: PayloadOrigin::PublicFieldNames,
            services: vec![Service {
                service_id: SERVICE,
                kind: ServiceKind::Lookup,
                request_type: wire::PersonRequest::full_name(),
                response_type: wire::PersonResponse::full_name(),
                name: Text {
                    kk: "Жеке тұлға туралы мәлімет",
                    ru: "Сведения о физическом лице",
                    en: "Data of a person",
                }
                .into(),
                required_attachments: Vec::new(),
            }],
        }
    }

    async fn lookup(&self, question: &Question) -> Result<Answer, AgencyFault> {
        let Party::Individual(iin) = question.about else {
            return Err(AgencyFault::Malformed { field: "about", expected: "a natural person".to_owned() });
        };
        let request = asked(question)?;
        if !request.iin.is_empty() && request.iin != iin.digits() {
            return Err(AgencyFault::Malformed {
                field: "request.iin",
                expected: "the IIN of `about`".to_owned(),
            });
        }
        let known = self.population.by_iin(&iin).filter(|person| person.presence == Presence::Present);
        match known.filter(|person| agrees(&request, person)) {
            Some(person) => Ok(Answer::Found(provider::payload(&response(question, person))?)),
            None => Ok(Answer::Absent),
        }
    }
}

fn asked(question: &Question) -> Result<wire::PersonRequest, AgencyFault> {
    match &question.request {
        None => Ok(wire::PersonRequest::default()),
        Some(request) => request.to_msg().map_err(|_| AgencyFault::Malformed {
            field: "request",
            expected: format!("a {}", wire::PersonRequest::full_name()),
        }),
    }
}

/// What the question says beside the IIN must be so, or the register has no such person.
fn agrees(request: &wire::PersonRequest, person: &Person) -> bool {
    let names = [&person.names.kk, &person.names.ru];
    let is = |asked: &str, known: &dyn Fn(usize) -> String| {
        asked.is_empty() || (0..names.len()).any(|at| known(at).to_uppercase() == asked.trim().to_uppercase())
    };
    is(&request.surname, &|at| names[at].surname.clone())
        && is(&request.name, &|at| names[at].given.clone())
        && is(&request.patronymic, &|at| names[at].patronymic.clone())
        && (request.birth_date.is_empty() || request.birth_date == date_text(person.birth_date))
        && (request.document_number.is_empty() || request.document_number == person.identity_card.number)
}

fn response(question: &Question, person: &Person) -> wire::PersonResponse {
    let context = &question.context;
    wire::PersonResponse {
        message_id: context.message_id.as_str().to_owned(),
        message_date: Some(time_to_wire(context.bus_time)),
        request_id: intake::number("GBDFL", "question", &context.message_id),
        message_result: Some(dictionary("00000", Text { kk: "сәтті", ru: "успешно", en: "success" })),
        persons: vec![entry(person)],
    }
}

fn entry(person: &Person) -> wire::Person {
    let country = || Some(dictionary("398", KAZAKHSTAN));
    let address = &person.address;
    // The register keeps Kazakh and Russian apart only in dictionaries; names stand as the identity card has them.
    let names = &person.names.kk;
    wire::Person {
        iin: person.iin.digits().to_owned(),
        surname: capitals(&names.surname),
        name: capitals(&names.given),
        patronymic: capitals(&names.patronymic),
        eng_surname: capitals(&person.names.latin.surname),
        eng_first_name: capitals(&person.names.latin.given),
        birth_date: date_text(person.birth_date),
        death_date: String::new(),
        gender: Some(gender(person.sex)),
        nationality: Some(dictionary("005", Text { kk: "қазақ", ru: "казах", en: "Kazakh" })),
        citizenship: country(),
        life_status: Some(dictionary("0", Text { kk: "қалыпты", ru: "нормальный", en: "normal" })),
        birth_place: Some(wire::BirthPlace {
            country: country(),
            district: None,
            region: Some(dictionary(&address.kato, address.region)),
            city: address.town.kk.to_owned(),
        }),
        reg_address: Some(wire::Address {
            country: country(),
            district: None,
            region: Some(dictionary(&address.kato, address.region)),
            city: capitals(address.town.kk),
            street: capitals(address.street.kk),
            building: address.building.clone(),
            corpus: String::new(),
            flat: address.flat.clone(),
            begin_date: date_text(address.since),
            end_date: String::new(),
            status: Some(dictionary(
                "1",
                Text {
                    kk: "тұрақты тіркеу", ru: "постоянная регистрация", en: "permanent"
                },
            )),
            ar_code: address.code.clone(),
        }),
        documents: vec![identity_card(person)],
        person_capable_status: None,
    }
}

fn identity_card(person: &Person) -> wire::Document {
    let card = &person.identity_card;
    wire::Document {
        r#type: Some(dictionary(
            "002",
            Text {
                kk: "жеке куәлік", ru: "удостоверение личности", en: "identity card"
            },
        )),
        number: card.number.clone(),
        series: String::new(),
        begin_date: date_text(card.issued_on),
        end_date: date_text(card.valid_until),
        issue_organization: Some(dictionary(
            "002",
            Text { kk: "ҚР ІІМ", ru: "МВД РК", en: "Ministry of Internal Affairs" },
        )),
        status: Some(dictionary("00", Text { kk: "жарамды", ru: "действительный", en: "valid" })),
        surname: capitals(&person.names.kk.surname),
        name: capitals(&person.names.kk.given),
        patronymic: capitals(&person.names.kk.patronymic),
        birth_date: date_text(person.birth_date),
    }
}
