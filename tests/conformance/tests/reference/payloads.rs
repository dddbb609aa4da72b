//! What the reference registers know and the reference provider gives, from the population.

use eush_domain::synthetic::population::{Person, Population, Presence};
use eush_domain::text::Text;
use eush_domain::{Bin, Iin};
use eush_wire::bus::v1::{LocalizedText, Party, party};
use eush_wire::registry::{enbek, enis, gbdfl, gbdul};
use prost::Name;
use prost_types::Any;

/// A text on the wire.
pub fn text(text: Text) -> LocalizedText {
    LocalizedText { kk: text.kk.to_owned(), ru: text.ru.to_owned(), en: text.en.to_owned() }
}

/// Packs a message.
pub fn pack<M: Name>(message: &M) -> Any {
    Any { type_url: M::type_url(), value: message.encode_to_vec() }
}

/// Unpacks a message of exactly this type.
pub fn unpack<M: Name + Default>(any: Option<&Any>) -> Option<M> {
    let any = any?;
    (any.type_url.rsplit('/').next() == Some(M::full_name().as_str()))
        .then(|| M::decode(any.value.as_slice()).ok())?
}

/// The IIN of a party; `Err` where it is none, or none that can be.
pub fn iin(party: Option<&Party>) -> Result<Iin, String> {
    match party.and_then(|party| party.number.as_ref()) {
        Some(party::Number::Iin(digits)) => Iin::parse(digits).map_err(|error| error.to_string()),
        Some(party::Number::Bin(_)) | None => Err("expected an IIN".to_owned()),
    }
}

/// The BIN of a party.
pub fn bin(party: Option<&Party>) -> Result<Bin, String> {
    match party.and_then(|party| party.number.as_ref()) {
        Some(party::Number::Bin(digits)) => Bin::parse(digits).map_err(|error| error.to_string()),
        Some(party::Number::Iin(_)) | None => Err("expected a BIN".to_owned()),
    }
}

fn value(code: &str, kz: &str, ru: &str) -> Option<gbdfl::v1::DictionaryValue> {
    Some(gbdfl::v1::DictionaryValue { code: code.to_owned(), name_ru: ru.to_owned(), name_kz: kz.to_owned() })
}

/// The register of natural persons' entry.
pub fn person(population: &Population, iin: &Iin) -> Option<gbdfl::v1::PersonResponse> {
    let person = population.by_iin(iin).filter(|person| person.presence == Presence::Present)?;
    let names = &person.names.kk;
    let entry = gbdfl::v1::Person {
        iin: person.iin.digits().to_owned(),
        surname: names.surname.clone(),
        name: names.given.clone(),
        patronymic: names.patronymic.clone(),
        birth_date: person.birth_date.to_string(),
        gender: value("2", "әйел", "женский"),
        citizenship: value("398", "Қазақстан", "Казахстан"),
        life_status: value("0", "қалыпты", "нормальное"),
        ..Default::default()
    };
    Some(gbdfl::v1::PersonResponse { persons: vec![entry], ..Default::default() })
}

/// The register of legal entities' entry.
pub fn organization(population: &Population, bin: &Bin) -> Option<gbdul::v1::OrganizationResponse> {
    let found = population.by_bin(bin).filter(|found| found.presence == Presence::Present)?;
    let name = gbdul::v1::OrganizationName {
        ru: found.name.ru.to_owned(),
        kz: found.name.kk.to_owned(),
        en: found.name.en.to_owned(),
    };
    let leader =
        gbdul::v1::OrganizationLeader { iin: found.leader.digits().to_owned(), ..Default::default() };
    let organization = gbdul::v1::Organization {
        bin: found.bin.digits().to_owned(),
        full_name: Some(name),
        organization_leader: Some(leader),
        ..Default::default()
    };
    Some(gbdul::v1::OrganizationResponse { organization: Some(organization), ..Default::default() })
}

/// The notarial register's entry.
pub fn power(
    population: &Population,
    request: &enis::v1::PowerOfAttorneyRequest,
) -> Option<enis::v1::PowerOfAttorneyResponse> {
    use eush_domain::synthetic::population::{Certification, PowerStatus};

    let principal = iin(request.principal.as_ref()).ok()?;
    let power = population.power_of_attorney(&request.number)?;
    let Certification::Notary { licence, name } = &power.certification else { return None };
    let asked = request.representative.as_ref().map(|party| iin(Some(party)));
    let fits = power.principal == principal
        && power.status == PowerStatus::InForce
        && asked.is_none_or(|asked| asked == Ok(power.representative));
    let party = |iin: &Iin| Some(Party { number: Some(party::Number::Iin(iin.digits().to_owned())) });
    fits.then(|| enis::v1::PowerOfAttorneyResponse {
        number: power.number.clone(),
        principal: party(&power.principal),
        representative: party(&power.representative),
        issued_on: power.issued_on.to_string(),
        valid_until: power.valid_until.to_string(),
        notary: Some(enis::v1::Notary { licence_number: licence.clone(), name: Some(text(*name)) }),
        powers: None,
    })
}

/// The certificate that the employment centre gives.
pub fn certificate(
    population: &Population,
    person: &Person,
    place: &str,
    number: &str,
) -> enbek::v1::UnemployedCertificate {
    let registration = population.unemployment(&person.iin).unwrap();
    let centre = population.organization(&registration.centre).unwrap();
    enbek::v1::UnemployedCertificate {
        number: format!("C-{number}"),
        iin: person.iin.digits().to_owned(),
        full_name: person.names.kk.to_string(),
        registration_number: registration.number.clone(),
        registered_on: registration.registered_on.to_string(),
        employment_centre: Some(text(centre.name)),
        place_of_presentation: place.to_owned(),
        application_number: number.to_owned(),
    }
}
