//! `${…}` in suites: axes, roles, what earlier steps brought.

use serde_json::Value as Json;

/// Where the value of a name comes from.
pub(crate) trait Lookup {
    /// The value of what stands between the braces; `None` where nothing is known of it.
    fn value(&self, name: &str) -> Option<Json>;
}

/// Replaces every `${…}` in every text of a value. A text that is nothing else becomes the value itself. Errs with the
/// first unknown name.
pub(crate) fn expand(json: &Json, from: &dyn Lookup) -> Result<Json, String> {
    match json {
        Json::String(text) => expand_text(text, from),
        Json::Array(items) => items.iter().map(|item| expand(item, from)).collect(),
        Json::Object(map) => map
            .iter()
            .map(|(key, item)| Ok((key.clone(), expand(item, from)?)))
            .collect::<Result<_, String>>()
            .map(Json::Object),
        Json::Null | Json::Bool(_) | Json::Number(_) => Ok(json.clone()),
    }
}

/// Replaces every `${…}` of a text by its text.
pub(crate) fn text(text: &str, from: &dyn Lookup) -> Result<String, String> {
    Ok(plain(expand_text(text, from)?))
}

/// A value as it stands within a text.
fn plain(value: Json) -> String {
    match value {
        Json::String(text) => text,
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => value.to_string(),
    }
}

fn expand_text(text: &str, from: &dyn Lookup) -> Result<Json, String> {
    let of = |name: &str| from.value(name).ok_or_else(|| format!("nothing is known of `${{{name}}}`"));
    if let Some(name) = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'))
        && !name.contains('}')
    {
        return of(name);
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, left) =
            after.split_once('}').ok_or_else(|| format!("`{text}` has a `${{` without `}}`"))?;
        out.push_str(before);
        out.push_str(&plain(of(name)?));
        rest = left;
    }
    out.push_str(rest);
    Ok(Json::String(out))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    struct Known;

    impl Lookup for Known {
        fn value(&self, name: &str) -> Option<Json> {
            (name == "a").then(|| json!("Ә")).or_else(|| (name == "n").then(|| json!(7)))
        }
    }

    #[test]
    fn texts_and_values_are_replaced() {
        let found = expand(&json!({ "x": ["${a}-${n}", "${n}", "plain"] }), &Known).unwrap();
        assert_eq!(found, json!({ "x": ["Ә-7", 7, "plain"] }));
        assert!(expand(&json!("${b}"), &Known).unwrap_err().contains("`${b}`"));
        assert!(expand(&json!("${a"), &Known).is_err());
    }
}
