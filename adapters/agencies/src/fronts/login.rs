//! Who may come in. The portal lets in anybody of the population by IIN and password; the desk lets in the State
//! corporation's employees, by key or IIN. Whether an operator is on the list is the gateway's to say, not the desk's.

use eush_adapter_kit::Party;
use eush_domain::Iin;
use eush_domain::synthetic::population::{Organization, OrganizationKind, Person, Population};

use super::Visitor;

const DESK: &str = "state-corporation";

/// The front's verdict on login data.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict<'a> {
    /// Login and password belong together.
    Authentic(&'a Person),
    /// They do not; the party is whoever the login names, as far as it names anybody.
    Refused(Party),
    /// The login names nobody and is no number: there is nobody to report.
    Unreadable,
}

/// Judges login data.
pub(crate) fn check<'a>(
    population: &'a Population,
    visitor: Visitor,
    login: &str,
    password: &str,
) -> Verdict<'a> {
    let number = Iin::parse(login.trim()).ok();
    let by_number = number.and_then(|iin| population.by_iin(&iin));
    let person = match visitor {
        Visitor::Applicant => by_number,
        Visitor::Operator => {
            by_number.or_else(|| population.person(login.trim())).filter(|person| at_desk(person))
        }
        Visitor::Clerk => by_number
            .or_else(|| population.person(login.trim()))
            .filter(|person| in_state_service(population, person)),
    };
    match (person, number) {
        (Some(person), _) if person.password.matches(password) => Verdict::Authentic(person),
        (Some(person), _) => Verdict::Refused(Party::Individual(person.iin)),
        (None, Some(iin)) => Verdict::Refused(Party::Individual(iin)),
        (None, None) => nobody(population, visitor),
    }
}

/// At the desk an unknown login is still an attempt at the corporation's workplace; on the portal a login is an IIN or
/// nothing.
fn nobody(population: &Population, visitor: Visitor) -> Verdict<'_> {
    let corporation = population.organization(DESK).map(|organization: &Organization| organization.bin);
    match (visitor, corporation) {
        (Visitor::Operator, Some(bin)) => Verdict::Refused(Party::Organization(bin)),
        (Visitor::Operator, None) | (Visitor::Applicant | Visitor::Clerk, _) => Verdict::Unreadable,
    }
}

/// An office is any state body's: which one serves which application is the regulation's to say, not the front's.
fn in_state_service(population: &Population, person: &Person) -> bool {
    let work = person.employment.as_ref().and_then(|work| population.organization(&work.organization));
    work.is_some_and(|organization| organization.kind == OrganizationKind::State)
}

fn at_desk(person: &Person) -> bool {
    person.employment.as_ref().is_some_and(|work| work.organization == DESK)
}

#[cfg(test)]
mod tests {
    use eush_domain::synthetic::numbers::Scheme;

    use super::*;

    #[test]
    fn each_front_lets_in_its_own() {
        let population = Population::new(3, Scheme::Future);
        let person = |key| population.person(key).unwrap();
        let login = |visitor, login: &str, password: &str| check(&population, visitor, login, password);
        let (aigerim, operator) = (person("aigerim"), person("operator-2"));
        let portal = Visitor::Applicant;
        assert_eq!(
            login(portal, aigerim.iin.digits(), aigerim.password.reveal()),
            Verdict::Authentic(aigerim)
        );
        let refused = Verdict::Refused(Party::Individual(aigerim.iin));
        assert_eq!(login(portal, aigerim.iin.digits(), operator.password.reveal()), refused);
        assert_eq!(login(portal, aigerim.iin.digits(), ""), refused);
        assert_eq!(login(portal, "aigerim", aigerim.password.reveal()), Verdict::Unreadable);
        let desk = Visitor::Operator;
        assert_eq!(login(desk, "operator-2", operator.password.reveal()), Verdict::Authentic(operator));
        assert_eq!(
            login(desk, operator.iin.digits(), operator.password.reveal()),
            Verdict::Authentic(operator)
        );
        assert_eq!(login(desk, aigerim.iin.digits(), aigerim.password.reveal()), refused);
        let corporation = population.organization("state-corporation").unwrap().bin;
        assert_eq!(login(desk, "nobody", "x"), Verdict::Refused(Party::Organization(corporation)));
    }
}
