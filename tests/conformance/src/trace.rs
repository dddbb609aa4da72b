//! The exchange of a case, kept for the ones that do not pass. Legal numbers are masked unless somebody asks otherwise,
//! secrets and signatures always.

use serde_json::Value as Json;

use eush_wire::conformance::v1::TraceLine;
use tokio::time::Instant;

/// Whether legal numbers of people and organisations are shown in traces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbers {
    /// Only the last four digits.
    #[default]
    Masked,
    /// In full: for synthetic people only.
    Shown,
}

/// Longest line.
const LINE: usize = 4000;

/// The lines so far.
#[derive(Debug)]
pub(crate) struct Trace {
    started: Instant,
    numbers: Numbers,
    pub(crate) lines: Vec<TraceLine>,
}

impl Trace {
    pub(crate) fn new(numbers: Numbers) -> Self {
        Self { started: Instant::now(), numbers, lines: Vec::new() }
    }

    /// Milliseconds since the case began.
    pub(crate) fn elapsed_ms(&self) -> u32 {
        u32::try_from(self.started.elapsed().as_millis()).unwrap_or(u32::MAX)
    }

    /// To the subject.
    pub(crate) fn sent(&mut self, what: &str, json: &Json) {
        self.add(">", format!("{what} {}", self.clean(json)));
    }

    /// From the subject.
    pub(crate) fn came(&mut self, what: &str, json: &Json) {
        self.add("<", format!("{what} {}", self.clean(json)));
    }

    /// Anything else worth knowing.
    pub(crate) fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        self.add("!", self.masked(&text));
    }

    fn clean(&self, json: &Json) -> String {
        self.masked(&without_secrets(json).to_string())
    }

    fn masked(&self, text: &str) -> String {
        match self.numbers {
            Numbers::Shown => text.to_owned(),
            Numbers::Masked => mask(text),
        }
    }

    fn add(&mut self, direction: &str, mut text: String) {
        if text.len() > LINE {
            let end = (0..=LINE).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            text.truncate(end);
            text.push('…');
        }
        self.lines.push(TraceLine { at_ms: self.elapsed_ms(), direction: direction.to_owned(), text });
    }
}

/// Every run of exactly twelve digits with all but the last four hidden.
pub(crate) fn mask(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut digits = String::new();
    for letter in text.chars().chain(std::iter::once('\0')) {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        if digits.len() == 12 {
            out.push_str("********");
            out.push_str(&digits[8..]);
        } else {
            out.push_str(&digits);
        }
        digits.clear();
        if letter != '\0' {
            out.push(letter);
        }
    }
    out
}

/// Secrets out, bytes as their length: nobody reads either.
fn without_secrets(json: &Json) -> Json {
    match json {
        Json::Object(map) => {
            let one = |(key, value): (&String, &Json)| {
                let value = match (key.as_str(), value) {
                    ("password" | "private_key" | "pkcs12_password", _) => Json::from("(secret)"),
                    (
                        "signature" | "content" | "document_to_sign" | "pkcs12" | "certificate",
                        Json::String(hex),
                    ) => Json::from(format!("({} bytes)", hex.len() / 2)),
                    _ => without_secrets(value),
                };
                (key.clone(), value)
            };
            Json::Object(map.iter().map(one).collect())
        }
        Json::Array(items) => items.iter().map(without_secrets).collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => json.clone(),
    }
}

#[cfg(test)]
mod tests {
    use eush_domain::synthetic::numbers;
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_and_secrets_are_hidden() {
        let bin = numbers::bin(1);
        let json = json!({ "bin": bin.digits(), "password": "x", "signature": "0a0b", "date": "20260302" });
        let text = mask(&without_secrets(&json).to_string());
        assert!(!text.contains(bin.digits()) && text.contains(&bin.digits()[8..]));
        assert!(text.contains("(secret)") && text.contains("(2 bytes)") && text.contains("20260302"));
    }
}
