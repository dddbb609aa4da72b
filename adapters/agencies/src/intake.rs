//! What every provider's office does with an application: read the form, look through the papers, write it into the
//! register, and say no in three languages. It decides nothing about any one service.

use eush_adapter_kit::{Delivery, Party, Refusal, RefusalReason, Registration};
use eush_domain::{Iin, LocalizedText, MessageId, Text};
use eush_wire::bus::v1::Attachment;
use prost::Name;
use sha2::{Digest as _, Sha256};

/// Kinds of papers with their names. A kind that is not here is told by its code.
const PAPERS: &[(&str, Text)] = &[
    (
        "identity-document",
        Text {
            kk: "жеке басын куәландыратын құжат", ru: "удостоверение личности", en: "identity document"
        },
    ),
    (
        "disability-certificate",
        Text {
            kk: "мүгедектік туралы анықтама",
            ru: "справка об инвалидности",
            en: "disability certificate",
        },
    ),
    (
        "commission-conclusion",
        Text {
            kk: "психологиялық-медициналық-педагогикалық консультацияның қорытындысы",
            ru: "заключение психолого-медико-педагогической консультации",
            en: "conclusion of the psychological, medical and pedagogical commission",
        },
    ),
    (
        "bank-account-statement",
        Text {
            kk: "банк шоты туралы мәлімет",
            ru: "сведения о банковском счёте",
            en: "bank account statement",
        },
    ),
    (
        "medical-conclusion",
        Text {
            kk: "денсаулық жағдайы туралы қорытынды",
            ru: "заключение о состоянии здоровья",
            en: "medical conclusion",
        },
    ),
    (
        "income-certificate",
        Text {
            kk: "табыс туралы анықтама", ru: "справка о доходах", en: "income certificate"
        },
    ),
    (
        "no-criminal-record-certificate",
        Text {
            kk: "соттылығының жоқтығы туралы анықтама",
            ru: "справка об отсутствии судимости",
            en: "certificate of no criminal record",
        },
    ),
    (
        "housing-document",
        Text {
            kk: "тұрғын үйге құқықты растайтын құжат",
            ru: "документ о праве на жильё",
            en: "housing document",
        },
    ),
    (
        "spouse-consent",
        Text {
            kk: "жұбайының келісімі", ru: "согласие супруга", en: "consent of the spouse"
        },
    ),
    (
        "family-composition",
        Text {
            kk: "отбасы құрамы туралы мәлімет", ru: "сведения о составе семьи", en: "family composition"
        },
    ),
];

/// Faults of an application, gathered so that the person hears all of them at once.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    fields: Vec<&'static str>,
    missing: Vec<String>,
    unreadable: Vec<String>,
}

impl Faults {
    /// A field of the form that is not as it must be.
    pub(crate) fn field(&mut self, name: &'static str) {
        self.fields.push(name);
    }

    /// Notes the field unless the condition holds.
    pub(crate) fn unless(&mut self, holds: bool, name: &'static str) {
        if !holds {
            self.field(name);
        }
    }

    /// Papers of these kinds must be there; every paper must be what it says.
    pub(crate) fn papers(&mut self, attachments: &[Attachment], required: &[&str]) {
        for kind in required {
            if !attachments.iter().any(|paper| paper.kind == *kind) {
                self.missing.push((*kind).to_owned());
            }
        }
        for paper in attachments {
            if !readable(paper) && !self.unreadable.contains(&paper.kind) {
                self.unreadable.push(paper.kind.clone());
            }
        }
    }

    /// Nothing wrong, or the refusal that tells everything.
    pub(crate) fn verdict(self) -> Result<(), Refusal> {
        let mut parts = Vec::new();
        if !self.missing.is_empty() {
            parts.push(list(
                Text {
                    kk: "Құжаттар жоқ", ru: "Не хватает документов", en: "Documents missing"
                },
                &self.missing,
            ));
        }
        if !self.unreadable.is_empty() {
            let text =
                Text {
                    kk: "Құжаттар оқылмайды", ru: "Документы не читаются", en: "Documents not readable"
                };
            parts.push(list(text, &self.unreadable));
        }
        if !self.fields.is_empty() {
            let text = Text {
                kk: "Өтініштің өрістері дұрыс толтырылмаған",
                ru: "Неверно заполнены поля заявления",
                en: "Fields of the application not filled in properly",
            };
            let names: Vec<String> = self.fields.iter().map(|&name| name.to_owned()).collect();
            parts.push(list(text, &names));
        }
        if parts.is_empty() {
            Ok(())
        } else {
            Err(Refusal { reason: RefusalReason::DocumentsNotConforming, text: join(parts) })
        }
    }
}

/// A refusal because the grounds for the service do not hold.
pub(crate) fn no_grounds(text: Text) -> Refusal {
    Refusal { reason: RefusalReason::GroundsNotMet, text: text.into() }
}

/// The form, if it is the one that the service takes.
pub(crate) fn form<M: Name + Default>(delivery: &Delivery) -> Result<M, Refusal> {
    let form = delivery.document.form.as_ref().and_then(|form| form.to_msg::<M>().ok());
    form.ok_or_else(|| Refusal {
        reason: RefusalReason::DocumentsNotConforming,
        text: LocalizedText {
            kk: format!("Өтініш нысаны басқа: {} күтіледі.", M::full_name()),
            ru: format!("Другая форма заявления: ожидается {}.", M::full_name()),
            en: format!("Another form of application: {} is expected.", M::full_name()),
        },
    })
}

/// The applicant, where the service is for natural persons alone.
pub(crate) fn individual(delivery: &Delivery) -> Result<Iin, Refusal> {
    match delivery.applicant {
        Party::Individual(iin) => Ok(iin),
        Party::Organization(_) => Err(no_grounds(Text {
            kk: "Қызмет жеке тұлғаларға ғана көрсетіледі.",
            ru: "Услуга оказывается только физическим лицам.",
            en: "The service is for natural persons only.",
        })),
    }
}

/// The entry in the register of incoming documents. Its number is a function of the message, so that an agency that has
/// lost its memory gives the same one again.
pub(crate) fn registration(prefix: &str, delivery: &Delivery) -> Registration {
    let context = &delivery.context;
    Registration {
        number: number(prefix, "application", &context.message_id),
        registered_at: context.bus_time,
    }
}

/// A number for a paper of this message: registration, decision, contract.
pub(crate) fn number(prefix: &str, paper: &str, message: &MessageId) -> String {
    number_of(prefix, paper, message.as_str())
}

/// A number that belongs to something else than a message, for example an application whose case people keep by hand.
pub(crate) fn number_of(prefix: &str, paper: &str, subject: &str) -> String {
    let digest = Sha256::digest(format!("{prefix}/{paper}/{subject}").as_bytes());
    let mark: String = digest.iter().take(4).map(|byte| format!("{byte:02X}")).collect();
    format!("{prefix}-{mark}")
}

/// `+7` and ten digits, however they are spaced; empty is good too.
pub(crate) fn phone_is_sound(phone: &str) -> bool {
    let digits: String = phone.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')')).collect();
    let national = digits.strip_prefix("+7").unwrap_or_default();
    phone.is_empty() || (national.len() == 10 && national.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `KZ` and 18 letters or digits with right check digits (ISO 13616).
pub(crate) fn account_is_sound(account: &str) -> bool {
    let sound = account.len() == 20
        && account.starts_with("KZ")
        && account.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    let value =
        |byte: u8| if byte.is_ascii_digit() { u32::from(byte - b'0') } else { u32::from(byte - b'A') + 10 };
    let (head, tail) = account.as_bytes().split_at(4.min(account.len()));
    let remainder =
        tail.iter().chain(head).filter(|byte| byte.is_ascii_alphanumeric()).fold(0, |remainder, &byte| {
            let value = value(byte.to_ascii_uppercase());
            (remainder * if value > 9 { 100 } else { 10 } + value) % 97
        });
    sound && remainder == 1
}

/// Two consecutive years, for example `2026/2027` or `2026-2027`.
pub(crate) fn school_year_is_sound(text: &str) -> bool {
    let year = |part: &str| (part.len() == 4).then(|| part.parse::<u16>().ok()).flatten();
    let years = text.split_once(['/', '-']).and_then(|(first, second)| Some((year(first)?, year(second)?)));
    years.is_some_and(|(first, second)| first > 1999 && second == first + 1)
}

/// A question in lower-case letters, digits and hyphens, and an answer of at most 1000 characters.
pub(crate) fn answer_is_sound(question: &str, answer: &str) -> bool {
    let kebab =
        question.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    !question.is_empty() && kebab && answer.chars().count() <= 1000
}

/// An account with all but its last four characters hidden.
pub(crate) fn masked_account(account: &str) -> String {
    let shown: String = account.chars().skip(account.chars().count().saturating_sub(4)).collect();
    format!("KZ••••{shown}")
}

/// Whether a copy is of a type that providers take, and is what it says it is.
fn readable(paper: &Attachment) -> bool {
    let magic: &[u8] = match paper.media_type.as_str() {
        "application/pdf" => b"%PDF-",
        "image/jpeg" => &[0xff, 0xd8, 0xff],
        "image/png" => b"\x89PNG\r\n\x1a\n",
        _ => return false,
    };
    paper.content.starts_with(magic)
}

fn list(title: Text, codes: &[String]) -> LocalizedText {
    let named = |pick: fn(&Text) -> &'static str| -> String {
        let names: Vec<&str> = codes
            .iter()
            .map(|code| {
                PAPERS.iter().find(|(known, _)| known == code).map_or(code.as_str(), |(_, name)| pick(name))
            })
            .collect();
        format!("{}: {}.", pick(&title), names.join(", "))
    };
    LocalizedText { kk: named(|text| text.kk), ru: named(|text| text.ru), en: named(|text| text.en) }
}

fn join(parts: Vec<LocalizedText>) -> LocalizedText {
    let joined = |pick: fn(&LocalizedText) -> &str| parts.iter().map(pick).collect::<Vec<_>>().join(" ");
    LocalizedText { kk: joined(|text| &text.kk), ru: joined(|text| &text.ru), en: joined(|text| &text.en) }
}

#[cfg(test)]
mod tests {
    use eush_domain::synthetic::numbers::Scheme;
    use eush_domain::synthetic::population::Population;

    use super::*;

    fn paper(kind: &str, media_type: &str, content: &'static [u8]) -> Attachment {
        Attachment {
            kind: kind.to_owned(),
            file_name: "copy".to_owned(),
            media_type: media_type.to_owned(),
            content: content.into(),
        }
    }

    #[test]
    fn every_fault_is_told_in_every_language() {
        let mut faults = Faults::default();
        let papers = [paper("identity-document", "application/pdf", b"GIF89a")];
        faults.papers(&papers, &["identity-document", "spouse-consent", "new-kind"]);
        faults.unless(false, "phone");
        faults.unless(true, "cost_tenge");
        let refusal = faults.verdict().unwrap_err();
        assert_eq!(refusal.reason, RefusalReason::DocumentsNotConforming);
        assert!(refusal.text.is_complete());
        let expected = "Documents missing: consent of the spouse, new-kind. Documents not readable: identity document. \
                        Fields of the application not filled in properly: phone.";
        assert_eq!(refusal.text.en, expected);
    }

    #[test]
    fn papers_are_what_they_say() {
        for (media_type, content, good) in [
            ("application/pdf", &b"%PDF-1.4"[..], true),
            ("image/png", b"\x89PNG\r\n\x1a\n..", true),
            ("image/jpeg", b"\xff\xd8\xff\xe0", true),
            ("image/jpeg", b"%PDF-1.4", false),
            ("text/plain", b"%PDF-1.4", false),
            ("application/pdf", b"", false),
        ] {
            assert_eq!(readable(&paper("x", media_type, content)), good, "{media_type}");
        }
    }

    #[test]
    fn forms_of_fields() {
        let population = Population::new(5, Scheme::Future);
        assert!(population.people().iter().all(|person| account_is_sound(&person.bank_account)));
        let account = &population.people()[0].bank_account;
        let wrong = format!("{}{}", &account[..19], (account.as_bytes()[19] - b'0' + 1) % 10);
        for account in ["", "KZ", "kz", &wrong, &account.to_lowercase(), "Қазақстан шоты"] {
            assert!(!account_is_sound(account), "{account}");
        }
        assert!(phone_is_sound("") && phone_is_sound("+7 (700) 000-00-00") && phone_is_sound("+77000000000"));
        assert!(
            !phone_is_sound("87000000000") && !phone_is_sound("+7700") && !phone_is_sound("+7abcdefghij")
        );
        assert!(school_year_is_sound("2026/2027") && school_year_is_sound("2026-2027"));
        for year in ["", "2026", "2026/2028", "2026/27", "26/27", "x/y", "٢٠٢٦/2027"] {
            assert!(!school_year_is_sound(year), "{year}");
        }
        assert_eq!(masked_account("KZ12TEST6789"), "KZ••••6789");
        assert_eq!(masked_account("é"), "KZ••••é");
    }

    #[test]
    fn numbers_are_a_function_of_the_message() {
        let id = |text| MessageId::parse(text).unwrap();
        assert_eq!(number("ENB", "application", &id("m-1")), number("ENB", "application", &id("m-1")));
        assert_ne!(number("ENB", "application", &id("m-1")), number("ENB", "application", &id("m-2")));
        assert_ne!(number("ENB", "application", &id("m-1")), number("ENB", "certificate", &id("m-1")));
    }
}
