//! People whose number makes exactly one thing happen, whatever the seed: for tests that can set nothing but an IIN.
//!
//! `eush people --magic` prints them. Each is in the population under its key, is registered as unemployed, and can
//! apply for 000-A like Aigerim; everything goes well but the one thing. What happens to their calls is a rule of
//! [`crate::faults`]; what is wrong with their certificate is made by the test authority when it is asked for it; what the
//! register or the provider says is said by those.
//!
//! The numbers: birth on 1 January of a year that ends in 0, and a serial number that no other person of the population can
//! reach. They depend on the scheme alone, so that tests may name them.

use super::numbers::{self, Scheme, Sex, SyntheticBirth};
use crate::faults::{Draft, Knob, Place, RuleId, Scope, Trigger};
use crate::number::Iin;
use crate::text::Text;

/// A person whose number is magic.
#[derive(Clone, Copy, Debug)]
pub struct Magic {
    /// Key in the population, beginning with `magic-`.
    pub key: &'static str,
    /// The one thing.
    pub effect: Effect,
    /// What somebody learns who applies for 000-A in their name: a reason of the bus, or nothing where it ends well.
    pub reason: &'static str,
    /// What it is good for.
    pub purpose: Text,
}

/// The one thing that a number makes happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The register of natural persons has no entry.
    Absent,
    /// The test authority's certificate has a flaw.
    Certificate(CertificateFlaw),
    /// A fault strikes a call about them.
    Fault {
        /// Knob.
        knob: Knob,
        /// Side of the bus.
        place: Place,
        /// Last part of the gRPC method.
        method: &'static str,
        /// When.
        trigger: Trigger,
        /// Parameters that are not the knob's own.
        parameters: &'static [(&'static str, &'static str)],
    },
    /// The provider takes the application, and refuses it when its term has passed.
    ProviderRefuses,
}

/// What is wrong with a certificate, everything else as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateFlaw {
    /// Its validity is over.
    Expired,
    /// It has no IIN.
    IinAbsent,
    /// It has somebody else's IIN.
    IinOfAnother,
    /// Its validity has not begun.
    NotYetValid,
    /// It is on hold.
    OnHold,
    /// It is revoked.
    Revoked,
    /// It has no role.
    RoleMissing,
    /// A root issued it that nobody trusts.
    UnknownIssuer,
}

const fn text(kk: &'static str, ru: &'static str, en: &'static str) -> Text {
    Text { kk, ru, en }
}

const fn certificate(key: &'static str, flaw: CertificateFlaw, reason: &'static str, purpose: Text) -> Magic {
    Magic { key, effect: Effect::Certificate(flaw), reason, purpose }
}

const fn fault(
    knob: Knob,
    place: Place,
    method: &'static str,
    trigger: Trigger,
    parameters: &'static [(&'static str, &'static str)],
) -> Effect {
    Effect::Fault { knob, place, method, trigger, parameters }
}

/// Everybody whose number is magic. Numbers follow the order: append, do not insert.
pub const MAGIC: &[Magic] = &[
    Magic {
        key: "magic-register-absent",
        effect: Effect::Absent,
        reason: "PERSON_ABSENT",
        purpose: text(
            "ЖТ МДБ-да жоқ; оператор арқылы өтініш бергенде білінеді.",
            "Нет в ГБД ФЛ; видно при обращении через оператора.",
            "Absent from the register of natural persons; shows at the State corporation's desk.",
        ),
    },
    Magic {
        key: "magic-register-down",
        effect: fault(Knob::Status, Place::Agency, "Lookup", Trigger::Always, &[]),
        reason: "AGENCY_UNAVAILABLE",
        purpose: text(
            "Ол туралы сұралған тізілім қолжетімсіз.",
            "Реестр, который о нём спрашивают, недоступен.",
            "The register that is asked about them is down; shows at the desk.",
        ),
    },
    Magic {
        key: "magic-agency-down",
        effect: fault(Knob::Status, Place::Agency, "Deliver", Trigger::Always, &[]),
        reason: "AGENCY_UNAVAILABLE",
        purpose: text(
            "Өтініші жіберілген ақпараттық жүйе қолжетімсіз.",
            "Система, которой направлено заявление, недоступна.",
            "The agency that takes their application is down.",
        ),
    },
    Magic {
        key: "magic-agency-down-once",
        effect: fault(Knob::Status, Place::Agency, "Deliver", Trigger::Once, &[]),
        reason: "AGENCY_UNAVAILABLE",
        purpose: text(
            "Ақпараттық жүйе бірінші рет қолжетімсіз, хабарлама қайта жіберілгенде жауап береді.",
            "Система недоступна в первый раз и отвечает, когда сообщение отправлено снова.",
            "The agency is down the first time and answers when the message is sent again.",
        ),
    },
    Magic {
        key: "magic-agency-silent",
        effect: fault(Knob::Hold, Place::Agency, "Deliver", Trigger::Always, &[]),
        reason: "AGENCY_TIMEOUT",
        purpose: text(
            "Ақпараттық жүйе жауап бермейді: жіберуші күтуден жалыққанша.",
            "Система не отвечает, пока отправителю не надоест ждать.",
            "The agency gives no answer for as long as the sender waits.",
        ),
    },
    Magic {
        key: "magic-agency-nonsense",
        effect: fault(Knob::WrongCorrelation, Place::Agency, "Deliver", Trigger::Always, &[]),
        reason: "AGENCY_ANSWER_INVALID",
        purpose: text(
            "Ақпараттық жүйе басқа хабарламаға жауап береді.",
            "Система отвечает на другое сообщение.",
            "The agency answers for another message.",
        ),
    },
    Magic {
        key: "magic-agency-restarts",
        effect: fault(Knob::AgencyRestart, Place::Agency, "Deliver", Trigger::Once, &[("point", "answer")]),
        reason: "AGENCY_UNAVAILABLE",
        purpose: text(
            "Ақпараттық жүйе өтінішті алып, жауап бермей қайта іске қосылады; қайта жіберілгенде жауап береді.",
            "Система принимает заявление и перезапускается, не ответив; при повторной отправке отвечает.",
            "The agency takes the application and restarts before it answers; sent again it answers.",
        ),
    },
    Magic {
        key: "magic-delivered-twice",
        effect: fault(Knob::DuplicateDelivery, Place::Agency, "Deliver", Trigger::Always, &[]),
        reason: "",
        purpose: text(
            "Өтініш ақпараттық жүйеге екі рет беріледі, бірақ бір рет тіркеледі.",
            "Заявление передаётся системе дважды, а регистрируется один раз.",
            "The application is handed over twice and registered once.",
        ),
    },
    Magic {
        key: "magic-answer-lost",
        effect: fault(Knob::ResetBeforeHeaders, Place::Gateway, "Send", Trigger::Once, &[]),
        reason: "INTERNAL",
        purpose: text(
            "Шина өтінішті қабылдайды, жауабы жолда жоғалады; қайта жіберілгенде сол жауап қайталанады.",
            "Шина принимает заявление, ответ теряется по дороге; при повторной отправке приходит тот же ответ.",
            "The bus takes the application and its answer is lost; sent again it is answered the same.",
        ),
    },
    Magic {
        key: "magic-result-signature-bad",
        effect: fault(Knob::BadResultSignature, Place::Gateway, "CompleteDelivery", Trigger::Always, &[]),
        reason: "",
        purpose: text(
            "Нәтиженің қолтаңбасы дұрыс емес: шина нәтижені қабылдамайды, өтініш күтуде қалады.",
            "Подпись результата не сходится: шина его не берёт, заявление остаётся в ожидании.",
            "The signature over the result does not hold: the bus does not take it, the application stays pending.",
        ),
    },
    Magic {
        key: "magic-provider-refuses",
        effect: Effect::ProviderRefuses,
        reason: "REASONED_REFUSAL",
        purpose: text(
            "Қызмет көрсетуші өтінішті қарап, дәлелді бас тартады.",
            "Услугодатель рассматривает заявление и мотивированно отказывает.",
            "The provider considers the application and refuses with reasons.",
        ),
    },
    certificate(
        "magic-certificate-on-hold",
        CertificateFlaw::OnHold,
        "CERTIFICATE_ON_HOLD",
        text(
            "Тіркеу куәлігі тоқтатыла тұрған.",
            "Действие свидетельства приостановлено.",
            "The certificate is on hold.",
        ),
    ),
    certificate(
        "magic-certificate-revoked",
        CertificateFlaw::Revoked,
        "CERTIFICATE_REVOKED",
        text(
            "Тіркеу куәлігі кері қайтарып алынған.",
            "Свидетельство отозвано.",
            "The certificate is revoked.",
        ),
    ),
    certificate(
        "magic-certificate-expired",
        CertificateFlaw::Expired,
        "CERTIFICATE_EXPIRED",
        text("Тіркеу куәлігінің мерзімі өткен.", "Срок свидетельства истёк.", "The certificate has expired."),
    ),
    certificate(
        "magic-certificate-not-yet-valid",
        CertificateFlaw::NotYetValid,
        "CERTIFICATE_NOT_YET_VALID",
        text(
            "Тіркеу куәлігінің мерзімі басталмаған.",
            "Срок свидетельства ещё не начался.",
            "The certificate is not valid yet.",
        ),
    ),
    certificate(
        "magic-iin-differs",
        CertificateFlaw::IinOfAnother,
        "IIN_MISMATCH",
        text(
            "Тіркеу куәлігінде басқа біреудің ЖСН-і тұр.",
            "В свидетельстве чужой ИИН.",
            "The certificate has somebody else's IIN.",
        ),
    ),
    certificate(
        "magic-iin-absent",
        CertificateFlaw::IinAbsent,
        "IIN_ABSENT",
        text("Тіркеу куәлігінде ЖСН жоқ.", "В свидетельстве нет ИИН.", "The certificate has no IIN."),
    ),
    certificate(
        "magic-role-missing",
        CertificateFlaw::RoleMissing,
        "ROLE_NOT_ALLOWED",
        text("Тіркеу куәлігінде рөл жоқ.", "В свидетельстве нет роли.", "The certificate has no role."),
    ),
    certificate(
        "magic-issuer-unknown",
        CertificateFlaw::UnknownIssuer,
        "ISSUER_UNKNOWN",
        text(
            "Тіркеу куәлігін сенім тізімінде жоқ орталық шығарған.",
            "Свидетельство выдал центр, которому нет доверия.",
            "An authority that nobody trusts issued the certificate.",
        ),
    ),
];

/// Serial numbers of other people end far below.
const FIRST: u32 = 4_500;

impl Magic {
    /// Sex: they alternate.
    pub(super) fn sex(&self) -> Sex {
        if self.place().is_multiple_of(2) { Sex::Female } else { Sex::Male }
    }

    fn place(&self) -> u32 {
        let at = MAGIC.iter().position(|magic| magic.key == self.key).unwrap_or(0);
        u32::try_from(at).unwrap_or(0)
    }

    /// The number.
    pub fn iin(&self, scheme: Scheme) -> Iin {
        numbers::iin_by(scheme, birth(self.sex()), FIRST + self.place())
    }
}

fn birth(sex: Sex) -> SyntheticBirth {
    SyntheticBirth { year: 90, month: 1, day: 1, sex }
}

/// The IIN that stands in the certificate of [`CertificateFlaw::IinOfAnother`] in place of this one; nobody's, of the same
/// scheme.
pub fn another(of: &Iin) -> Iin {
    let other = |scheme| numbers::iin_by(scheme, birth(Sex::Female), FIRST - 1);
    let plausible = MAGIC.iter().any(|magic| magic.iin(Scheme::Plausible) == *of);
    other(if plausible { Scheme::Plausible } else { Scheme::Future })
}

/// The magic of a number, under either scheme.
pub fn of(iin: &Iin) -> Option<&'static Magic> {
    // Both schemes show this birth, and it spares everybody else the search.
    if !iin.digits().starts_with("900101") {
        return None;
    }
    MAGIC
        .iter()
        .find(|magic| [Scheme::Future, Scheme::Plausible].iter().any(|scheme| magic.iin(*scheme) == *iin))
}

/// Whether a key of the population is that of a person whose number is magic.
pub(super) fn is_key(key: &str) -> bool {
    key.starts_with("magic-")
}

/// What a certificate of this number is to suffer from.
pub fn certificate_flaw(iin: &Iin) -> Option<CertificateFlaw> {
    match of(iin)?.effect {
        Effect::Certificate(flaw) => Some(flaw),
        Effect::Absent | Effect::Fault { .. } | Effect::ProviderRefuses => None,
    }
}

/// Whether the provider refuses them.
pub fn provider_refuses(iin: &Iin) -> bool {
    of(iin).is_some_and(|magic| magic.effect == Effect::ProviderRefuses)
}

/// The rules that these numbers need: name and what it is.
pub(crate) fn rules(scheme: Scheme) -> Vec<(RuleId, Draft)> {
    let rule = |magic: &Magic| {
        let Effect::Fault { knob, place, method, trigger, parameters } = magic.effect else { return None };
        let scope = Scope {
            place: Some(place),
            method: Some(method.to_owned()),
            person: Some(magic.iin(scheme)),
            ..Scope::default()
        };
        let parameters =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let draft = Draft { scope, trigger, parameters, ..Draft::of(knob) };
        Some((RuleId::own(magic.key.to_owned()), draft))
    };
    MAGIC.iter().filter_map(rule).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::faults::Book;
    use crate::number::NumberFinding;
    use crate::synthetic::population::Population;

    #[test]
    fn numbers_are_sound_stable_and_nobody_elses() {
        for scheme in [Scheme::Future, Scheme::Plausible] {
            let numbers: HashSet<_> = MAGIC.iter().map(|magic| magic.iin(scheme)).collect();
            assert_eq!(numbers.len(), MAGIC.len());
            let another = another(&MAGIC[0].iin(scheme));
            assert!(!numbers.contains(&another));
            for seed in 0..40 {
                let population = Population::new(seed, scheme);
                for magic in MAGIC {
                    let iin = magic.iin(scheme);
                    assert_eq!(iin.finding(), NumberFinding::Sound, "{}", magic.key);
                    assert_eq!(population.by_iin(&iin).unwrap().key, magic.key);
                    assert_eq!(of(&iin).unwrap().key, magic.key);
                }
                let others = population.people().iter().filter(|person| !person.key.starts_with("magic-"));
                assert!(others.into_iter().all(|person| of(&person.iin).is_none()));
                assert!(population.by_iin(&another).is_none());
            }
        }
    }

    #[test]
    fn every_fault_is_a_rule_of_a_new_book() {
        let book = Book::new(1, Scheme::Future, Default::default());
        let rules: HashSet<_> = book.list().into_iter().map(|report| report.rule.id.to_string()).collect();
        let faults = MAGIC.iter().filter(|magic| matches!(magic.effect, Effect::Fault { .. }));
        let faults: HashSet<_> = faults.map(|magic| magic.key.to_owned()).collect();
        assert_eq!(rules, faults);
    }

    #[test]
    fn only_the_one_thing_is_asked_of_each_room() {
        for magic in MAGIC {
            let iin = magic.iin(Scheme::Future);
            let asked = [certificate_flaw(&iin).is_some(), provider_refuses(&iin)];
            let fault = matches!(magic.effect, Effect::Fault { .. } | Effect::Absent);
            assert_eq!(asked.iter().filter(|asked| **asked).count() + usize::from(fault), 1, "{}", magic.key);
        }
    }
}
