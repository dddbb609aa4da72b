//! Ways of the real register that nobody would guess, kept because integrators meet them.

use eush_domain::Text;
use eush_domain::synthetic::numbers::Sex;
use eush_wire::registry::gbdfl::v1::DictionaryValue;

/// Dictionary codes are text with leading zeros, not numbers: `002` and `2` are different values.
pub(super) fn dictionary(code: &str, name: Text) -> DictionaryValue {
    DictionaryValue {
        code: code.to_owned(),
        name_ru: name.ru.to_uppercase(),
        name_kz: name.kk.to_uppercase(),
    }
}

/// Gender is 1 and 2, unlike the century digit of the IIN, where odd and even tell it.
pub(super) fn gender(sex: Sex) -> DictionaryValue {
    match sex {
        Sex::Female => dictionary("2", Text { kk: "әйел", ru: "женский", en: "female" }),
        Sex::Male => dictionary("1", Text { kk: "ер", ru: "мужской", en: "male" }),
    }
}

/// Names come in capitals.
pub(super) fn capitals(name: &str) -> String {
    name.to_uppercase()
}
