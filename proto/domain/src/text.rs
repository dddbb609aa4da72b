//! Text for people in the three languages of the bus, Kazakh first.

use serde::{Deserialize, Serialize};

/// The languages, in the order in which the bus lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// Kazakh, `kk-KZ`.
    Kazakh,
    /// Russian, `ru-KZ`.
    Russian,
    /// English, `en`.
    English,
}

impl Language {
    /// All three, Kazakh first.
    pub const ALL: [Self; 3] = [Self::Kazakh, Self::Russian, Self::English];

    /// BCP-47 tag used on the wire.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Kazakh => "kk-KZ",
            Self::Russian => "ru-KZ",
            Self::English => "en",
        }
    }
}

/// A fixed text of our own, for tables in code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// Kazakh.
    pub kk: &'static str,
    /// Russian.
    pub ru: &'static str,
    /// English.
    pub en: &'static str,
}

impl Text {
    /// The text in one language.
    pub fn in_language(&self, language: Language) -> &'static str {
        match language {
            Language::Kazakh => self.kk,
            Language::Russian => self.ru,
            Language::English => self.en,
        }
    }
}

/// A text that was read, for example from a regulation's data or from an agency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalizedText {
    /// Kazakh.
    pub kk: String,
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

impl LocalizedText {
    /// The text in one language.
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Kazakh => &self.kk,
            Language::Russian => &self.ru,
            Language::English => &self.en,
        }
    }

    /// Whether all three languages have something to say.
    pub fn is_complete(&self) -> bool {
        Language::ALL.iter().all(|&language| !self.in_language(language).trim().is_empty())
    }
}

impl From<Text> for LocalizedText {
    fn from(text: Text) -> Self {
        Self { kk: text.kk.to_owned(), ru: text.ru.to_owned(), en: text.en.to_owned() }
    }
}
