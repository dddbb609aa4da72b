//! Roles: who is who in a run. By default they are people and organisations of eush's own synthetic population, the same
//! that its mocks know; a parameters file puts others in their place for a subject that knows other people.

use std::collections::BTreeMap;

use eush_domain::Iin;
use eush_domain::synthetic::numbers::{self, Scheme, Sex, SyntheticBirth};
use eush_domain::synthetic::population::{CertificateSubject, Organization, Person, Population};
use eush_wire::conformance::v1::Parameters;
use eush_wire::management::v1 as management;

/// Fields of one role.
pub(crate) type Fields = BTreeMap<String, String>;

/// Role, and key of the person in the population.
const PEOPLE: &[(&str, &str)] = &[
    ("present", "aigerim"),
    ("absent", "zarina"),
    ("unemployed", "aigerim"),
    ("employed", "bolat"),
    ("parent", "bolat"),
    ("foster", "saule"),
    ("representative", "daniyar"),
    ("other-representative", "marat"),
    ("operator", "operator-1"),
    ("unlisted-operator", "operator-2"),
    ("repatriate", "qanat"),
];

/// Role, and key of the organisation.
const ORGANIZATIONS: &[(&str, &str)] = &[
    ("organization", "astana-employment-centre"),
    ("absent-organization", "unregistered-company"),
    ("state-corporation", "state-corporation"),
    ("portal-operator", "portal-operator"),
    ("employer", "ertis-metal"),
];

/// Role, and key of the information system.
const SYSTEMS: &[(&str, &str)] =
    &[("portal-system", "portal-system"), ("state-corporation-system", "state-corporation-system")];

/// Everybody in a run.
#[derive(Clone, Debug)]
pub(crate) struct Roles(BTreeMap<String, Fields>);

impl Roles {
    /// The population of a seed, with what the parameters say instead.
    pub(crate) fn new(seed: u64, parameters: &Parameters) -> Self {
        let population = Population::new(seed, Scheme::default());
        let mut roles = BTreeMap::new();
        for (role, key) in PEOPLE {
            if let Some(person) = population.person(key) {
                roles.insert((*role).to_owned(), of_person(&population, person));
            }
        }
        for (role, key) in ORGANIZATIONS {
            if let Some(organization) = population.organization(key) {
                roles.insert((*role).to_owned(), of_organization(organization));
            }
        }
        for (role, key) in SYSTEMS {
            if let Some(system) = population.system(key) {
                let mut fields = of_subject(system.certificate_subject());
                fields.insert("key".to_owned(), (*key).to_owned());
                roles.insert((*role).to_owned(), fields);
            }
        }
        roles.insert("nobody".to_owned(), nobody(&population));
        let mut roles = Self(roles);
        roles.add_power(&population);
        for (role, given) in &parameters.people {
            roles.0.entry(role.clone()).or_default().extend(given.fields.clone());
        }
        roles
    }

    /// A power of attorney in the notarial register, and one that is not there because no notary certified it.
    fn add_power(&mut self, population: &Population) {
        let digits =
            |roles: &Self, role: &str| roles.field(&format!("{role}.iin")).unwrap_or_default().to_owned();
        let principal = digits(self, "unemployed");
        for (role, by) in [("power", "representative"), ("other-power", "other-representative")] {
            let representative = digits(self, by);
            let found = population.powers_of_attorney().iter().find(|power| {
                power.principal.digits() == principal && power.representative.digits() == representative
            });
            if let Some(power) = found {
                let fields = [
                    ("number", power.number.clone()),
                    ("iin", principal.clone()),
                    ("representative", representative),
                ];
                self.0.insert(role.to_owned(), fields.map(|(name, value)| (name.to_owned(), value)).into());
            }
        }
    }

    /// Fields of a role.
    pub(crate) fn role(&self, name: &str) -> Option<&Fields> {
        self.0.get(name)
    }

    /// One field of a role, by `role.field`.
    pub(crate) fn field(&self, path: &str) -> Option<&str> {
        let (role, field) = path.split_once('.')?;
        self.0.get(role)?.get(field).map(String::as_str)
    }
}

/// The subject of a role's certificate.
pub(crate) fn certificate_subject(fields: &Fields) -> management::CertificateSubject {
    let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let roles = field("roles").split(',').filter(|role| !role.is_empty()).map(str::to_owned).collect();
    management::CertificateSubject {
        common_name: field("common_name"),
        surname: field("certificate_surname"),
        patronymic: field("certificate_patronymic"),
        iin: field("iin"),
        bin: field("bin"),
        organization: field("organization"),
        system: field("system"),
        roles,
    }
}

fn of_subject(subject: &CertificateSubject) -> Fields {
    let roles: Vec<&str> = subject.roles.iter().map(|role| role.name()).collect();
    let fields = [
        ("common_name", subject.common_name.clone()),
        ("certificate_surname", subject.surname.clone()),
        ("certificate_patronymic", subject.patronymic.clone()),
        ("iin", subject.iin.map(|iin| iin.digits().to_owned()).unwrap_or_default()),
        ("bin", subject.bin.map(|bin| bin.digits().to_owned()).unwrap_or_default()),
        ("organization", subject.organization.clone()),
        ("system", subject.system.clone()),
        ("roles", roles.join(",")),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn of_person(population: &Population, person: &Person) -> Fields {
    let mut fields = of_subject(person.certificate_subject());
    let own = [
        ("key", person.key.clone()),
        ("iin", person.iin.digits().to_owned()),
        ("surname", person.names.kk.surname.clone()),
        ("name", person.names.kk.given.clone()),
        ("patronymic", person.names.kk.patronymic.clone()),
        ("full_name", person.names.kk.to_string()),
        ("bank_account", person.bank_account.clone()),
        ("password", person.password.reveal().to_owned()),
        ("document_number", person.identity_card.number.clone()),
    ];
    fields.extend(own.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let schooled = population
        .children_of(&person.iin)
        .find_map(|child| Some((child, population.home_schooling(&child.iin)?.conclusion.clone())));
    if let Some((child, conclusion)) = schooled {
        let child = [
            ("child_iin", child.iin.digits().to_owned()),
            ("child_surname", child.names.kk.surname.clone()),
            ("child_name", child.names.kk.given.clone()),
            ("child_patronymic", child.names.kk.patronymic.clone()),
            ("conclusion", conclusion),
        ];
        fields.extend(child.into_iter().map(|(name, value)| (name.to_owned(), value)));
    }
    fields
}

fn of_organization(organization: &Organization) -> Fields {
    let fields = [
        ("key", organization.key.clone()),
        ("bin", organization.bin.digits().to_owned()),
        ("name", organization.name.kk.to_owned()),
        ("leader", organization.leader.digits().to_owned()),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A sound number that nobody in the population has, and the same with a wrong check digit.
fn nobody(population: &Population) -> Fields {
    let birth = SyntheticBirth { year: 81, month: 2, day: 17, sex: Sex::Male };
    let free = (0..4900).map(|index| numbers::iin(birth, index)).find(|iin| population.by_iin(iin).is_none());
    let iin = free.map(|iin: Iin| iin.digits().to_owned()).unwrap_or_default();
    let last = iin.bytes().last().map_or(0, |digit| (digit - b'0' + 1) % 10);
    let wrong = format!("{}{last}", iin.get(..11).unwrap_or_default());
    let free = (4000..5000).map(numbers::bin).find(|bin| population.by_bin(bin).is_none());
    let bin = free.map(|bin| bin.digits().to_owned()).unwrap_or_default();
    let fields = [
        ("iin", iin),
        ("iin_wrong_check", wrong),
        ("bin", bin),
        ("surname", "Ешкім".to_owned()),
        ("name", "Жоқ".to_owned()),
        ("patronymic", String::new()),
        ("bank_account", String::new()),
        ("number", "NOT-IN-ANY-REGISTER".to_owned()),
        ("common_name", "ЕШКІМ ЖОҚ".to_owned()),
        ("certificate_surname", "ЕШКІМ".to_owned()),
        ("roles", "individual".to_owned()),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_somebody() {
        let roles = Roles::new(1, &Parameters::default());
        for (role, _) in PEOPLE.iter().chain(ORGANIZATIONS).chain(SYSTEMS) {
            assert!(roles.role(role).is_some(), "{role}");
        }
        for field in
            ["parent.child_iin", "parent.conclusion", "power.number", "other-power.number", "nobody.iin"]
        {
            assert!(roles.field(field).is_some_and(|value| !value.is_empty()), "{field}");
        }
        assert_ne!(roles.field("nobody.iin"), roles.field("nobody.iin_wrong_check"));
    }

    #[test]
    fn parameters_come_first() {
        let role =
            eush_wire::conformance::v1::Role { fields: [("surname".to_owned(), "А".to_owned())].into() };
        let parameters =
            Parameters { people: [("present".to_owned(), role)].into(), ..Parameters::default() };
        let roles = Roles::new(1, &parameters);
        assert_eq!(roles.field("present.surname"), Some("А"));
        assert!(roles.field("present.iin").is_some());
    }
}
