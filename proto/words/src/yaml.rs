//! JSON as YAML that people read: maps and lists in block form, texts in quotes where they could be taken for something
//! else.

use serde_json::Value as Json;

/// The YAML of a value, ending in a line feed.
pub fn write(value: &Json) -> String {
    let mut out = String::new();
    node(value, 0, &mut out);
    out
}

fn node(value: &Json, depth: usize, out: &mut String) {
    match value {
        Json::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                indent(depth, out);
                out.push_str(&text(key));
                out.push(':');
                after_mark(value, depth + 1, out);
            }
        }
        Json::Array(items) if !items.is_empty() => {
            for item in items {
                indent(depth, out);
                out.push('-');
                match item {
                    Json::Object(map) if !map.is_empty() => {
                        // The first key stands beside the dash, the others under it.
                        let mut inner = String::new();
                        node(item, depth + 1, &mut inner);
                        out.push(' ');
                        out.push_str(inner.trim_start());
                    }
                    Json::Array(_)
                    | Json::Bool(_)
                    | Json::Null
                    | Json::Number(_)
                    | Json::Object(_)
                    | Json::String(_) => {
                        after_mark(item, depth + 1, out);
                    }
                }
            }
        }
        Json::Array(_) | Json::Bool(_) | Json::Null | Json::Number(_) | Json::Object(_) | Json::String(_) => {
            indent(depth, out);
            out.push_str(&scalar(value));
            out.push('\n');
        }
    }
}

fn after_mark(value: &Json, depth: usize, out: &mut String) {
    let is_block = value.as_object().is_some_and(|map| !map.is_empty())
        || value.as_array().is_some_and(|items| !items.is_empty());
    if is_block {
        out.push('\n');
        node(value, depth, out);
    } else {
        out.push(' ');
        out.push_str(&scalar(value));
        out.push('\n');
    }
}

fn indent(depth: usize, out: &mut String) {
    out.push_str(&"  ".repeat(depth));
}

fn scalar(value: &Json) -> String {
    match value {
        Json::String(plain) => text(plain),
        // Empty lists and maps, numbers, booleans and null are written alike in both languages.
        Json::Array(_) | Json::Bool(_) | Json::Null | Json::Number(_) | Json::Object(_) => value.to_string(),
    }
}

/// Words that are nothing but letters, digits and a few marks stay bare unless they are one of YAML's own.
fn text(text: &str) -> String {
    let plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-./[]*".contains(letter))
        && !text.contains("[]")
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&text.to_ascii_lowercase().as_str());
    if plain { text.to_owned() } else { Json::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let value = json!({
            "scripts": [{ "id": "a", "when": { "request.family[0].size": { "at_least": 3 }, "about": "Ә: \"х\"" } }, "no"],
            "empty": [], "nothing": {}, "deep": [[1, "2"], []], "text": "# not a comment\nline", "yes": true,
        });
        let text = write(&value);
        let back: Json = serde_saphyr::from_str(&text).unwrap();
        assert_eq!(back, value, "{text}");
        assert!(text.starts_with("deep:\n"), "{text}");
        assert!(text.contains("  - id: a\n    when:\n"), "{text}");
    }
}
