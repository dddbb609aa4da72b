//! What a field must be: a value, or a map with one of the words below.

use serde_json::Value as Json;

/// Checks what stands at a path. Says what is wrong, in a sentence.
pub(super) fn check(path: &str, found: &[&Json], matcher: &Json) -> Option<String> {
    if let Some((word, wanted)) = special(matcher) {
        return by_word(path, found, word, wanted);
    }
    let came = || if found.is_empty() { "nothing".to_owned() } else { shown(found) };
    // A path with `[*]` means every value there together.
    let whole: Json = if path.contains("[*]") {
        found.iter().map(|value| (*value).clone()).collect()
    } else {
        found.first().map_or(Json::Null, |value| (*value).clone())
    };
    let same = whole == *matcher || (found.is_empty() && is_default(matcher)) || same_number(&whole, matcher);
    (!same).then(|| format!("`{path}`: expected {matcher}, came {}", came()))
}

// 64-bit numbers travel as text in protobuf's JSON.
fn same_number(found: &Json, wanted: &Json) -> bool {
    found.as_f64().is_some() && found.as_f64() == wanted.as_f64()
}

/// Absent is the default of protobuf.
fn is_default(matcher: &Json) -> bool {
    match matcher {
        Json::String(text) => text.is_empty(),
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::Bool(value) => !value,
        Json::Array(items) => items.is_empty(),
        Json::Null => true,
        Json::Object(_) => false,
    }
}

const WORDS: [&str; 11] = [
    "has_one_of",
    "same_letters",
    "present",
    "not",
    "one_of",
    "contains",
    "matches",
    "length",
    "at_least",
    "languages",
    "cyrillic",
];

fn special(matcher: &Json) -> Option<(&str, &Json)> {
    let map = matcher.as_object().filter(|map| map.len() == 1)?;
    let (word, wanted) = map.iter().next()?;
    WORDS.contains(&word.as_str()).then_some((word.as_str(), wanted))
}

fn by_word(path: &str, found: &[&Json], word: &str, wanted: &Json) -> Option<String> {
    let texts = || found.iter().filter_map(|value| value.as_str());
    let length = || found.first().map_or(0, |value| size(value));
    let wrong = match word {
        "present" => {
            let there = found.iter().any(|value| !value.is_null() && value.as_str() != Some(""));
            (there != wanted.as_bool().unwrap_or(true)).then_some(if there {
                "expected nothing"
            } else {
                "expected something"
            })
        }
        "has_one_of" => {
            let has = |name: &&Json| {
                found.first().is_some_and(|whole| whole.get(name.as_str().unwrap_or_default()).is_some())
            };
            (wanted.as_array().into_iter().flatten().filter(has).count() != 1)
                .then_some("expected exactly one of these fields")
        }
        "same_letters" => {
            let folded = |text: &str| text.to_lowercase();
            (!texts().any(|text| folded(text) == folded(wanted.as_str().unwrap_or_default())))
                .then_some("expected the same letters")
        }
        "not" => found.contains(&wanted).then_some("expected another value"),
        "one_of" => (!wanted
            .as_array()
            .into_iter()
            .flatten()
            .any(|item| found.contains(&item) || (found.is_empty() && is_default(item))))
        .then_some("expected one of the given values"),
        "contains" => {
            let part = wanted.as_str().unwrap_or_default();
            let in_list =
                found.iter().any(|value| value.as_array().is_some_and(|items| items.contains(wanted)));
            (!in_list
                && !found.contains(&wanted)
                && !texts().any(|text| text.contains(part) && !part.is_empty()))
            .then_some("expected it to hold the given value")
        }
        "matches" => match regex_lite::Regex::new(wanted.as_str().unwrap_or_default()) {
            Ok(pattern) => (!texts().any(|text| pattern.is_match(text))).then_some("expected a match"),
            Err(_) => Some("the pattern itself cannot be read"),
        },
        "length" => (Some(length()) != wanted.as_u64()).then_some("expected another length"),
        "at_least" => {
            let most = found.iter().filter_map(|value| value.as_f64()).fold(f64::MIN, f64::max);
            (most < wanted.as_f64().unwrap_or(f64::MAX)).then_some("expected at least as much")
        }
        "languages" => {
            (!found.iter().any(|text| in_three_languages(text))).then_some("expected texts in kk, ru and en")
        }
        _ => (!texts().any(|text| text.chars().any(|letter| ('\u{0400}'..='\u{04ff}').contains(&letter))))
            .then_some("expected Cyrillic letters"),
    };
    wrong.map(|wrong| {
        let shown = if found.is_empty() { "nothing".to_owned() } else { shown(found) };
        format!("`{path}`: {wrong} ({matcher}), came {shown}", matcher = wanted)
    })
}

fn size(value: &Json) -> u64 {
    match value {
        Json::Array(items) => items.len() as u64,
        Json::String(text) => text.chars().count() as u64,
        Json::Object(map) => map.len() as u64,
        Json::Null | Json::Bool(_) | Json::Number(_) => 1,
    }
}

fn in_three_languages(value: &Json) -> bool {
    let text = |name: &str| value[name].as_str().is_some_and(|text| !text.trim().is_empty());
    let given = text("kk") && text("ru") && text("en");
    // LocalizedMessage details: a list with a locale each.
    let listed = |locale: &str| {
        value.as_array().into_iter().flatten().any(|text| {
            text["locale"] == locale && text["message"].as_str().is_some_and(|text| !text.trim().is_empty())
        })
    };
    given || (listed("kk-KZ") && listed("ru-KZ") && listed("en"))
}

fn shown(found: &[&Json]) -> String {
    let text = found.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if text.chars().count() > 200 {
        format!("{}…", text.chars().take(200).collect::<String>())
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn case(matcher: Json, found: Json, good: bool) {
        let wrong = check("p", &[&found], &matcher);
        assert_eq!(wrong.is_none(), good, "{matcher} against {found}: {wrong:?}");
    }

    #[test]
    fn words_mean_what_they_say() {
        case(json!("a"), json!("a"), true);
        case(json!("a"), json!("b"), false);
        case(json!({ "present": true }), json!("x"), true);
        case(json!({ "present": true }), json!(""), false);
        case(json!({ "present": false }), json!("x"), false);
        case(json!({ "not": "a" }), json!("a"), false);
        case(json!({ "one_of": ["a", "b"] }), json!("b"), true);
        case(json!({ "one_of": ["a", "b"] }), json!("c"), false);
        case(json!({ "contains": "b" }), json!("abc"), true);
        case(json!({ "contains": "b" }), json!(["a", "b"]), true);
        case(json!({ "contains": "x" }), json!(["a", "b"]), false);
        case(json!({ "matches": "^[a-z]+$" }), json!("abc"), true);
        case(json!({ "matches": "^[a-z]+$" }), json!("ab1"), false);
        case(json!({ "length": 2 }), json!([1, 2]), true);
        case(json!({ "at_least": 2 }), json!(1), false);
        case(json!({ "languages": "all" }), json!({ "kk": "а", "ru": "б", "en": "c" }), true);
        case(json!({ "languages": "all" }), json!({ "kk": "а", "ru": "б" }), false);
        case(json!({ "cyrillic": true }), json!("abc"), false);
        case(json!({ "same_letters": "Сәуле" }), json!("СӘУЛЕ"), true);
        case(json!({ "same_letters": "Сәуле" }), json!("САУЛЕ"), false);
        case(json!({ "has_one_of": ["a", "b"] }), json!({ "a": {} }), true);
        case(json!({ "has_one_of": ["a", "b"] }), json!({ "c": {} }), false);
    }

    #[test]
    fn absent_is_default() {
        assert!(check("p", &[], &json!("")).is_none());
        assert!(check("p", &[], &json!(0)).is_none());
        assert!(check("p", &[], &json!("a")).is_some());
    }
}
