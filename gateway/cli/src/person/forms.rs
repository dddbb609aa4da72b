//! What a person writes into the form of a service, and which papers go with it. The forms are the agencies' contracts
//! (`proto/eush/registry`); what is written comes from the population.

use eush_domain::synthetic::population::{Person, Population};
use eush_wire::bus::v1::Attachment;
use eush_wire::registry::{enbek, esobes, regional, zhao};
use prost::Name;
use prost_types::Any;

use crate::exit::Failure;

/// A filled form with its papers.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// A message of the agency's registry package.
    pub(crate) form: Any,
    /// Electronic copies of documents.
    pub(crate) attachments: Vec<Attachment>,
}

const SCHOOLING_PAPERS: [&str; 4] =
    ["identity-document", "disability-certificate", "commission-conclusion", "bank-account-statement"];
const FOSTER_PAPERS: [&str; 5] = [
    "identity-document",
    "medical-conclusion",
    "income-certificate",
    "no-criminal-record-certificate",
    "housing-document",
];
const SCHOOL_YEAR: &str = "2025-2026";
const COST_TENGE: u64 = 48_000;
const PHONE: &str = "+7 700 000 00 00";

/// Questions of a public service without a form body of its own, and what a person answers. The acts leave the form to
/// the standard of the service; questions and answers are ours.
const ANSWERS: &[(&str, &[(&str, &str)])] = &[
    ("adoption-candidates", &[("children", "1"), ("age", "0-3")]),
    ("assistance-membership-certificate", &[("place-of-presentation", "талап етілетін жерге")]),
    ("child-allowance", &[("income-tenge", "31000")]),
    ("employment-referrals", &[("measure", "әлеуметтік жұмыс орны")]),
    ("foreign-labour-permit", &[("category", "3"), ("workers", "4"), ("occupation", "дәнекерлеуші")]),
    ("home-taught-children-support", &[("school-year", SCHOOL_YEAR)]),
    ("housing-assistance", &[("income-tenge", "94000"), ("dwelling-square-metres", "46")]),
    ("job-seekers", &[("occupation", "есепші"), ("education", "жоғары")]),
    ("local-social-assistance", &[("category", "аз қамтылған отбасы")]),
    ("oralman-status", &[("country-of-departure", "Моңғолия"), ("family-members", "0")]),
    ("rural-fuel-assistance", &[("position", "ауыл мұғалімі")]),
    ("semey-victims", &[("residence-in-zone", "1962-1989")]),
    ("targeted-social-assistance", &[("income-tenge", "27000")]),
    ("unemployed-certificate", &[("place-of-presentation", "талап етілетін жерге")]),
    ("unemployed-registration", &[("occupation", "аспаз"), ("last-employment", "2025-09-30")]),
];

/// Fills the form of a service for a person. `regulation` is the id of the public service, `<region>/<service>`.
pub(crate) fn fill(
    service: &str,
    regulation: &str,
    population: &Population,
    person: &Person,
) -> Result<Form, Failure> {
    let public = regulation.rsplit('/').next().unwrap_or(regulation);
    match (service, public) {
        ("ENBEK_UnemployedCertificate", _) => Ok(unemployed_certificate(person)),
        ("ESOBES_HomeSchooling", _) => home_schooling(population, person),
        ("ZHAO_Application", "home-schooling-reimbursement") => local_executive(population, person),
        ("ZHAO_Application", _) => Ok(local_executive_plain(public, population, person)),
        ("REGIONAL_Application", "foster-care") => Ok(foster_care(person)),
        ("REGIONAL_Application", _) => Ok(regional_plain(public, person)),
        (other, _) => {
            Err(Failure::Usage(format!("eush cannot fill the form of {other} for {regulation} by itself")))
        }
    }
}

/// What is answered for a public service; one without a row is asked for in so many words.
fn answers(public: &str) -> &'static [(&'static str, &'static str)] {
    const PLAIN: &[(&str, &str)] = &[("request", "қызмет көрсетуді сұраймын")];
    ANSWERS.iter().find(|(known, _)| *known == public).map_or(PLAIN, |(_, answers)| answers)
}

fn form<M: Name>(message: &M, papers: &[&str], person: &Person) -> Form {
    let attachments = papers.iter().map(|kind| paper(kind, person)).collect();
    // Encoding into a growing buffer cannot fail; an empty form would be refused by the agency.
    Form { form: Any::from_msg(message).unwrap_or_default(), attachments }
}

/// A stand-in for a scanned paper: a small PDF that says what it is.
fn paper(kind: &str, person: &Person) -> Attachment {
    let body = format!("%PDF-1.4\n% eush test paper: {kind} of {}\n%%EOF\n", person.key);
    Attachment {
        kind: kind.to_owned(),
        file_name: format!("{kind}.pdf"),
        media_type: "application/pdf".to_owned(),
        content: body.into_bytes().into(),
    }
}

fn unemployed_certificate(person: &Person) -> Form {
    let name = &person.names.kk;
    let message = enbek::v1::UnemployedCertificateApplication {
        iin: person.iin.digits().to_owned(),
        surname: name.surname.clone(),
        name: name.given.clone(),
        patronymic: name.patronymic.clone(),
        place_of_presentation: "талап етілетін жерге".to_owned(),
        phone: PHONE.to_owned(),
    };
    form(&message, &["identity-document"], person)
}

/// The child of a person that is taught at home, with the number of the commission's conclusion.
fn schooled_child<'a>(
    population: &'a Population,
    person: &'a Person,
) -> Result<(&'a Person, &'a str), Failure> {
    population
        .children_of(&person.iin)
        .find_map(|child| Some((child, population.home_schooling(&child.iin)?.conclusion.as_str())))
        .ok_or_else(|| {
            Failure::Usage(format!(
                "`{}` has no child taught at home; `eush people` says who has",
                person.key
            ))
        })
}

fn home_schooling(population: &Population, person: &Person) -> Result<Form, Failure> {
    let (child, conclusion) = schooled_child(population, person)?;
    let message = esobes::v1::HomeSchoolingApplication {
        child: Some(esobes::v1::Child {
            iin: child.iin.digits().to_owned(),
            surname: child.names.kk.surname.clone(),
            name: child.names.kk.given.clone(),
            patronymic: child.names.kk.patronymic.clone(),
        }),
        commission_conclusion_number: conclusion.to_owned(),
        school_year: SCHOOL_YEAR.to_owned(),
        cost_tenge: COST_TENGE,
        bank_account: person.bank_account.clone(),
    };
    Ok(form(&message, &SCHOOLING_PAPERS, person))
}

fn local_executive(population: &Population, person: &Person) -> Result<Form, Failure> {
    let (child, conclusion) = schooled_child(population, person)?;
    let body = zhao::v1::HomeSchoolingReimbursement {
        child_iin: child.iin.digits().to_owned(),
        commission_conclusion_number: conclusion.to_owned(),
        school_year: SCHOOL_YEAR.to_owned(),
        cost_tenge: COST_TENGE,
    };
    let message = zhao::v1::Application {
        phone: PHONE.to_owned(),
        bank_account: person.bank_account.clone(),
        family: vec![zhao::v1::FamilyMember {
            iin: child.iin.digits().to_owned(),
            relation: "child".to_owned(),
        }],
        answers: Vec::new(),
        body: Some(zhao::v1::application::Body::HomeSchoolingReimbursement(body)),
    };
    Ok(form(&message, &SCHOOLING_PAPERS, person))
}

fn local_executive_plain(public: &str, population: &Population, person: &Person) -> Form {
    let member = |iin: &eush_domain::Iin, relation: &str| zhao::v1::FamilyMember {
        iin: iin.digits().to_owned(),
        relation: relation.to_owned(),
    };
    let spouse = person.spouse.iter().map(|iin| member(iin, "spouse"));
    let children = population.children_of(&person.iin).map(|child| member(&child.iin, "child"));
    let answer = |(question, answer): &(&str, &str)| zhao::v1::Answer {
        question: (*question).to_owned(),
        answer: (*answer).to_owned(),
    };
    let message = zhao::v1::Application {
        phone: PHONE.to_owned(),
        bank_account: person.bank_account.clone(),
        family: spouse.chain(children).collect(),
        answers: answers(public).iter().map(answer).collect(),
        body: None,
    };
    form(&message, &["identity-document"], person)
}

fn regional_plain(public: &str, person: &Person) -> Form {
    let answer = |(question, answer): &(&str, &str)| regional::v1::Answer {
        question: (*question).to_owned(),
        answer: (*answer).to_owned(),
    };
    let message = regional::v1::Application {
        phone: PHONE.to_owned(),
        answers: answers(public).iter().map(answer).collect(),
        body: None,
    };
    form(&message, &["identity-document"], person)
}

fn foster_care(person: &Person) -> Form {
    let married = person.spouse.is_some();
    let marital_status =
        if married { regional::v1::MaritalStatus::Married } else { regional::v1::MaritalStatus::Single };
    let body = regional::v1::FosterCare {
        children: 1,
        marital_status: marital_status.into(),
        dwelling_square_metres: 74,
        statement: "Баланы патронаттық тәрбиеге алуды сұраймын.".to_owned(),
    };
    let message = regional::v1::Application {
        phone: PHONE.to_owned(),
        answers: Vec::new(),
        body: Some(regional::v1::application::Body::FosterCare(body)),
    };
    let mut papers = FOSTER_PAPERS.to_vec();
    papers.extend(married.then_some("spouse-consent"));
    form(&message, &papers, person)
}
