//! What a person or a program reads on standard output.

use std::io::{IsTerminal as _, Write as _};

use clap::ValueEnum;
use eush_domain::Language;
use eush_wire::bus::v1 as bus;

use crate::exit::Failure;

/// Language of texts for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// Қазақша.
    Kk,
    /// Русский.
    Ru,
    /// English.
    En,
}

impl Lang {
    /// The language of a locale such as `ru_KZ.UTF-8`; Kazakh where it names none of ours.
    pub(crate) fn of_locale(locale: Option<&str>) -> Self {
        match locale.and_then(|locale| locale.get(..2)) {
            Some("ru") => Self::Ru,
            Some("en") => Self::En,
            Some(_) | None => Self::Kk,
        }
    }

    /// The domain's name of it.
    pub(crate) fn language(self) -> Language {
        match self {
            Self::Kk => Language::Kazakh,
            Self::Ru => Language::Russian,
            Self::En => Language::English,
        }
    }

    /// One language of a text of the wire.
    pub(crate) fn pick(self, text: &bus::LocalizedText) -> &str {
        match self {
            Self::Kk => &text.kk,
            Self::Ru => &text.ru,
            Self::En => &text.en,
        }
    }
}

/// Where a command writes, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printer {
    /// Data instead of text.
    pub(crate) json: bool,
    /// Language of texts.
    pub(crate) lang: Lang,
}

impl Printer {
    /// A line of text for people; nothing where data is asked for.
    pub(crate) fn line(&self, text: impl AsRef<str>) {
        if !self.json {
            emit(text.as_ref());
        }
    }

    /// Data; nothing where text is asked for.
    pub(crate) fn data(&self, value: &impl serde::Serialize) -> Result<(), Failure> {
        if self.json {
            let text =
                serde_json::to_string_pretty(value).map_err(|error| Failure::Bug(error.to_string()))?;
            emit(&text);
        }
        Ok(())
    }

    /// One line of data of a stream; nothing where text is asked for.
    pub(crate) fn data_line(&self, value: &impl serde::Serialize) -> Result<(), Failure> {
        if self.json {
            let text = serde_json::to_string(value).map_err(|error| Failure::Bug(error.to_string()))?;
            emit(&text);
        }
        Ok(())
    }
}

/// Writes a line. A reader that has gone away ends the output, not the program.
fn emit(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Whether a person is watching.
pub(crate) fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Rows as text in columns, each as wide as its widest cell.
pub(crate) fn table(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|c| c.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    rows.iter()
        .map(|row| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| {
                let pad = width - cell.chars().count();
                format!("{cell}{}", " ".repeat(pad))
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect()
}

/// Text of a timestamp of the wire, in Kazakhstan's time.
pub(crate) fn time(at: Option<&prost_types::Timestamp>) -> String {
    at.and_then(instant).map_or_else(|| "-".to_owned(), show_instant)
}

/// Text of an instant, in Kazakhstan's time.
pub(crate) fn show_instant(at: eush_domain::Timestamp) -> String {
    let local = at.to_offset(eush_domain::Calendar::ZONE);
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        local.year(),
        u8::from(local.month()),
        local.day(),
        local.hour(),
        local.minute(),
        local.second()
    )
}

/// RFC 3339 of a timestamp of the wire, for data.
pub(crate) fn rfc3339(at: Option<&prost_types::Timestamp>) -> Option<String> {
    instant(at?)?.format(&time::format_description::well_known::Rfc3339).ok()
}

/// The instant of a timestamp of the wire; `None` where it is out of range.
pub(crate) fn instant(at: &prost_types::Timestamp) -> Option<eush_domain::Timestamp> {
    let seconds = eush_domain::Timestamp::from_unix_timestamp(at.seconds).ok()?;
    seconds.checked_add(time::Duration::nanoseconds(i64::from(at.nanos)))
}

/// The wire's form of an instant that somebody wrote.
pub(crate) fn asked_instant(
    flag: &str,
    text: Option<&str>,
) -> Result<Option<prost_types::Timestamp>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let at = eush_domain::Timestamp::parse(text, &time::format_description::well_known::Rfc3339);
    at.map(|at| Some(timestamp(at))).map_err(|error| {
        Failure::Usage(format!(
            "{flag} `{text}` is no instant ({error}); write for example 2026-03-02T09:00:00+05:00"
        ))
    })
}

/// The wire's form of an instant.
pub(crate) fn timestamp(at: eush_domain::Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.unix_timestamp(),
        nanos: i32::try_from(at.nanosecond()).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = vec![vec!["a".to_owned(), "бб".to_owned()], vec!["ccc".to_owned(), "d".to_owned()]];
        assert_eq!(table(&rows), ["a    бб", "ccc  d"]);
    }

    #[test]
    fn locales_choose_languages() {
        for (locale, expected) in [
            (Some("ru_RU.UTF-8"), Lang::Ru),
            (Some("kk_KZ"), Lang::Kk),
            (Some("en_US.UTF-8"), Lang::En),
            (Some("C"), Lang::Kk),
            (Some("POSIX"), Lang::Kk),
            (None, Lang::Kk),
        ] {
            assert_eq!(Lang::of_locale(locale), expected, "{locale:?}");
        }
    }
}
