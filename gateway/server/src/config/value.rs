//! Values as they were written, and the gathering of faults.

use super::setting::Setting;
use super::{ConfigError, ConfigFault, sections};

/// A value as TOML or the environment has it, before its key has judged it.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(untagged)]
pub(crate) enum Value {
    /// A whole number.
    Integer(i64),
    /// A list.
    List(Vec<Self>),
    /// A text.
    Text(String),
}

impl Value {
    /// The one text form that keys read: lists are separated by commas.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Integer(number) => number.to_string(),
            Self::List(items) => items.iter().map(Self::text).collect::<Vec<_>>().join(","),
            Self::Text(text) => text.clone(),
        }
    }
}

/// Faults found so far.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<ConfigFault>);

impl Faults {
    pub(crate) fn add(&mut self, key: &str, value: &str, expected: String) {
        self.0.push(ConfigFault { key: key.to_owned(), value: value.to_owned(), expected });
    }

    /// The value of a key, or its default; a fault where the key does not take it.
    pub(crate) fn read<T: Setting>(
        &mut self,
        section: &str,
        key: &str,
        value: Option<Value>,
        default: &str,
    ) -> Option<T> {
        let text = value.map_or_else(|| default.to_owned(), |value| value.text());
        let read = T::read(&text);
        if read.is_none() {
            let shown = if T::SECRET { "…" } else { &text };
            self.add(&format!("{section}.{key}"), shown, T::expected());
        }
        read
    }

    /// The value, unless there are faults.
    pub(crate) fn result<T>(&mut self, value: T) -> Result<T, ConfigError> {
        if self.0.is_empty() { Ok(value) } else { Err(ConfigError::Faults(std::mem::take(&mut self.0))) }
    }
}

/// Finds every key that no section knows, with the nearest one that it does.
pub(crate) fn check_keys(table: &toml::Table, faults: &mut Faults) {
    for (name, content) in table {
        if matches!(name.as_str(), "agencies" | "organizations") {
            continue;
        }
        if name == "senders" {
            for (sender, keys) in content.as_table().into_iter().flatten() {
                check_section(&format!("senders.{sender}"), keys, sections::SENDER.fields, faults);
            }
            continue;
        }
        match sections::ALL.iter().find(|section| section.name == name) {
            Some(section) => check_section(name, content, section.fields, faults),
            None => {
                let known: Vec<_> = sections::ALL
                    .iter()
                    .map(|section| section.name)
                    .chain(["agencies", "organizations", "senders"])
                    .collect();
                faults.add(name, "", unknown("section", name, &known));
            }
        }
    }
}

fn check_section(name: &str, content: &toml::Value, fields: &[sections::Field], faults: &mut Faults) {
    let Some(keys) = content.as_table() else {
        faults.add(name, "", "a section with keys of its own".to_owned());
        return;
    };
    let known: Vec<_> = fields.iter().map(|field| field.key).collect();
    for key in keys.keys().filter(|key| !known.contains(&key.as_str())) {
        faults.add(&format!("{name}.{key}"), "", unknown("key", key, &known));
    }
}

fn unknown(kind: &str, name: &str, known: &[&str]) -> String {
    let nearest = known.iter().min_by_key(|candidate| distance(name, candidate)).copied().unwrap_or_default();
    if distance(name, nearest) <= 3 {
        format!("a known {kind}; did you mean `{nearest}`?")
    } else {
        format!("a known {kind}: one of {}", known.join(", "))
    }
}

/// Edit distance, for suggestions.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let next = (diagonal + usize::from(from != *to)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = next;
        }
    }
    row[b.len()]
}

/// A text as a TOML value.
pub(crate) fn toml_text(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A text as a TOML key.
pub(crate) fn toml_key(text: &str) -> String {
    let bare = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if bare { text.to_owned() } else { toml_text(text) }
}
