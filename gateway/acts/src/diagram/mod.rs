//! What the acts' lost annexes showed: who talks to whom, and the process with its branches.
//!
//! Pure functions from a flow to text. SVG and Mermaid draw either view; BPMN 2.0 holds both in one collaboration,
//! with its layout, so that a BPMN tool opens it as a picture. Nothing here is taken from the annexes themselves,
//! which survive as headings only: the drawings follow from the items.

mod bpmn;
mod layout;
mod mermaid;
mod process;
mod sequence;
mod svg;
#[cfg(test)]
mod tests;
mod text;

use eush_domain::{FlowId, Language};

use crate::catalogue::{Catalogue, Resolved};

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The systems and people, and what goes between them.
    Interaction,
    /// The items and their branches, in lanes of those who act.
    Process,
}

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// BPMN 2.0 XML: lanes, sequence flows and message flows; the view makes no difference.
    Bpmn,
    /// Mermaid source: `sequenceDiagram` or `flowchart`.
    Mermaid,
    /// One SVG picture without scripts, fonts or references.
    Svg,
}

/// Why nothing was drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DrawError {
    /// The act names the channel and describes no item of it.
    #[error("the act describes no item of `{0}`")]
    NothingDescribed(FlowId),
}

/// Draws a flow.
///
/// # Errors
/// The act describes no item of this channel.
pub fn draw(
    catalogue: &Catalogue,
    found: Resolved<'_>,
    view: View,
    notation: Notation,
    language: Language,
) -> Result<String, DrawError> {
    if found.flow.items.is_empty() {
        return Err(DrawError::NothingDescribed(found.flow.id.clone()));
    }
    let words = Words { catalogue, language };
    Ok(match (notation, view) {
        (Notation::Bpmn, _) => bpmn::write(&words, found),
        (Notation::Mermaid, View::Interaction) => mermaid::interaction(&words, found),
        (Notation::Mermaid, View::Process) => mermaid::process(&words, found),
        (Notation::Svg, View::Interaction) => svg::interaction(&words, found),
        (Notation::Svg, View::Process) => svg::process(&words, found),
    })
}

/// Which gateways an item crosses.
#[derive(Clone, Copy)]
enum Gateways {
    Both,
    One,
}

/// Names in the language of the drawing.
struct Words<'a> {
    catalogue: &'a Catalogue,
    language: Language,
}

impl<'a> Words<'a> {
    /// Name of an actor, or the code itself where the table has none.
    fn actor(&self, code: &'a str) -> &'a str {
        self.catalogue.actor(code).map_or(code, |names| names.in_language(self.language))
    }

    /// Short name of a system: the act's abbreviation where it has one.
    fn system(&self, code: &'a str) -> &'a str {
        let Some(system) = self.catalogue.system(code) else { return code };
        match (self.language, system.aliases.first()) {
            (Language::Kazakh, Some(alias)) => alias,
            (_, _) => system.names.in_language(self.language),
        }
    }

    /// The gateways by their abbreviations, which fit beside a label.
    fn gateway(&self, which: Gateways) -> &'static str {
        match (self.language, which) {
            (Language::Kazakh, Gateways::One) => "ЭҮШ",
            (Language::Kazakh, Gateways::Both) => "ЭҮШ/ЭҮӨШ",
            (Language::Russian, Gateways::One) => "ШЭП",
            (Language::Russian, Gateways::Both) => "ШЭП/РШЭП",
            (Language::English, Gateways::One) => "gateway",
            (Language::English, Gateways::Both) => "gateways",
        }
    }

    fn fails(&self) -> &'static str {
        match self.language {
            Language::Kazakh => "орындалмады",
            Language::Russian => "не выполнено",
            Language::English => "fails",
        }
    }

    fn holds(&self) -> &'static str {
        match self.language {
            Language::Kazakh => "орындалды",
            Language::Russian => "выполнено",
            Language::English => "holds",
        }
    }

    fn undefined(&self) -> &'static str {
        match self.language {
            Language::Kazakh => "актіде анықталмаған",
            Language::Russian => "актом не определено",
            Language::English => "not defined by the act",
        }
    }

    fn refused(&self) -> &'static str {
        match self.language {
            Language::Kazakh => "бас тартылды",
            Language::Russian => "отказано",
            Language::English => "refused",
        }
    }

    fn done(&self) -> &'static str {
        match self.language {
            Language::Kazakh => "нәтиже",
            Language::Russian => "результат",
            Language::English => "result",
        }
    }
}

/// Escapes text for XML.
fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The number and label of an item as one word, for example `8) 5-үдеріс`.
fn heading(item: &crate::model::Item) -> String {
    let parts = [item.number.as_deref(), item.label.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
