//! A person at a front: logs in, fills the form, signs with their own test key, hands it in, waits for the result.
//! `eush apply` and the demo are both made of this.

pub(crate) mod forms;
pub(crate) mod visit;

use eush_domain::synthetic::population::{CertificateSubject as Subject, Person};
use eush_wire::management::v1::CertificateSubject;

/// The subject of a person's certificate, as the authority takes it.
pub(crate) fn subject(person: &Person) -> CertificateSubject {
    wire_subject(person.certificate_subject())
}

/// A subject as the authority takes it.
pub(crate) fn wire_subject(subject: &Subject) -> CertificateSubject {
    CertificateSubject {
        common_name: subject.common_name.clone(),
        surname: subject.surname.clone(),
        patronymic: subject.patronymic.clone(),
        iin: subject.iin.map(|iin| iin.digits().to_owned()).unwrap_or_default(),
        bin: subject.bin.map(|bin| bin.digits().to_owned()).unwrap_or_default(),
        organization: subject.organization.clone(),
        system: subject.system.clone(),
        roles: subject.roles.iter().map(|role| role.name().to_owned()).collect(),
    }
}
