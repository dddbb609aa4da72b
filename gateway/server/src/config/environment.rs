//! The environment as a source of configuration: read through a trait, so that tests pass a map.

use std::collections::{BTreeMap, HashMap};

use super::sections;
use super::value::Faults;

/// A source of named texts. The process environment in `main`, a map in tests.
pub trait Strings {
    /// Every name that starts with the prefix, with its text.
    fn starting_with(&self, prefix: &str) -> BTreeMap<String, String>;
}

/// The environment of this process. Texts that are no Unicode are passed over.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessEnvironment;

impl Strings for ProcessEnvironment {
    fn starting_with(&self, prefix: &str) -> BTreeMap<String, String> {
        std::env::vars_os()
            .filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with(prefix))
            .collect()
    }
}

impl<S: std::hash::BuildHasher> Strings for HashMap<String, String, S> {
    fn starting_with(&self, prefix: &str) -> BTreeMap<String, String> {
        self.iter()
            .filter(|(name, _)| name.starts_with(prefix))
            .map(|(name, text)| (name.clone(), text.clone()))
            .collect()
    }
}

const PREFIX: &str = "EUSH_";

/// Name of the variable that overrides a key.
pub(crate) fn variable(section: &str, key: &str) -> String {
    format!("{PREFIX}{}__{}", section.to_uppercase(), key.to_uppercase())
}

/// Lays the environment over the file. Variables without two underscores between words are not ours to read: flags of
/// the binary may have such names.
pub(crate) fn overlay(table: &mut toml::Table, environment: &dyn Strings, faults: &mut Faults) {
    for (name, text) in environment.starting_with(PREFIX) {
        let parts: Vec<&str> = name[PREFIX.len()..].split("__").collect();
        match parts[..] {
            ["AGENCIES", agency] => {
                let agency = agency.to_lowercase().replace('_', "-");
                put(table, &["agencies", &agency], text);
            }
            ["ORGANIZATIONS", key] => {
                let key = key.to_lowercase().replace('_', "-");
                put(table, &["organizations", &key], text);
            }
            ["SENDERS", sender, key] => {
                let sender = written_sender(table, sender);
                put(table, &["senders", &sender, &key.to_lowercase()], text);
            }
            [section, key] => {
                let (section, key) = (section.to_lowercase(), key.to_lowercase());
                if sections::ALL.iter().any(|known| known.name == section) {
                    put(table, &[&section, &key], text);
                } else {
                    faults.add(&name, "", "a known section after `EUSH_`".to_owned());
                }
            }
            _ => {}
        }
    }
}

/// The sender as the file writes it: variable names have neither lower case nor hyphens.
fn written_sender(table: &toml::Table, name: &str) -> String {
    let plain = |text: &str| text.to_uppercase().replace(['-', '.', ':'], "_");
    table
        .get("senders")
        .and_then(toml::Value::as_table)
        .and_then(|senders| senders.keys().find(|sender| plain(sender) == plain(name)))
        .map_or_else(|| name.to_owned(), Clone::clone)
}

fn put(table: &mut toml::Table, path: &[&str], text: String) {
    let [first, rest @ ..] = path else { return };
    if rest.is_empty() {
        table.insert((*first).to_owned(), toml::Value::String(text));
        return;
    }
    let inner = table.entry((*first).to_owned()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    if let Some(inner) = inner.as_table_mut() {
        put(inner, rest, text);
    }
}
