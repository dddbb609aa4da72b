//! Dictionaries of the register: the public description names them, their codes here are ours.

use eush_domain::Text;
use eush_domain::synthetic::population::OrganizationKind;
use eush_wire::registry::gbdul::v1::DictionaryValue;

pub(super) fn dictionary(code: &str, name: Text) -> DictionaryValue {
    DictionaryValue { code: code.to_owned(), name_ru: name.ru.to_owned(), name_kz: name.kk.to_owned() }
}

pub(super) fn org_form(kind: OrganizationKind) -> DictionaryValue {
    match kind {
        OrganizationKind::Company => dictionary(
            "1",
            Text { kk: "Заңды тұлға", ru: "Юридическое лицо", en: "Legal entity" },
        ),
        OrganizationKind::State => dictionary(
            "1",
            Text { kk: "Заңды тұлға", ru: "Юридическое лицо", en: "Legal entity" },
        ),
    }
}

pub(super) fn form_of_law(kind: OrganizationKind) -> DictionaryValue {
    match kind {
        OrganizationKind::Company => dictionary(
            "140",
            Text {
                kk: "Жауапкершілігі шектеулі серіктестік",
                ru: "Товарищество с ограниченной ответственностью",
                en: "Limited liability partnership",
            },
        ),
        OrganizationKind::State => dictionary(
            "210",
            Text {
                kk: "Мемлекеттік мекеме", ru: "Государственное учреждение", en: "State institution"
            },
        ),
    }
}

pub(super) fn property(kind: OrganizationKind) -> DictionaryValue {
    match kind {
        OrganizationKind::Company => {
            dictionary("1", Text { kk: "Жеке меншік", ru: "Частная", en: "Private" })
        }
        OrganizationKind::State => dictionary(
            "2",
            Text {
                kk: "Мемлекеттік меншік", ru: "Государственная", en: "State"
            },
        ),
    }
}

/// Kept beside the property type in the real register too, where the two can disagree; here they never do.
pub(super) fn is_commercial(kind: OrganizationKind) -> bool {
    kind == OrganizationKind::Company
}
