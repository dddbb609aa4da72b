//! Terms as the acts state them: a count and a unit.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Unit of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermUnit {
    /// Real seconds; no act uses them, people moving the clock do.
    Second,
    /// Minutes.
    Minute,
    /// Hours.
    Hour,
    /// Working days of the Republic.
    WorkingDay,
    /// Calendar days.
    CalendarDay,
    /// Calendar months.
    Month,
}

impl TermUnit {
    // Longer suffixes first, so that `min` is not read as `m…`.
    const SUFFIXES: [(Self, &'static str); 6] = [
        (Self::WorkingDay, "wd"),
        (Self::Minute, "min"),
        (Self::Month, "mo"),
        (Self::Second, "s"),
        (Self::Hour, "h"),
        (Self::CalendarDay, "d"),
    ];

    /// Short form used by `Display` and understood by [`parse_terms`].
    pub fn suffix(self) -> &'static str {
        Self::SUFFIXES.iter().find(|(unit, _)| *unit == self).map_or("", |(_, suffix)| suffix)
    }
}

/// A count of units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// How many.
    pub value: u32,
    /// Of what.
    pub unit: TermUnit,
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.value, self.unit.suffix())
    }
}

/// Why a text is no term.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no term; write for example `90s`, `10min`, `2h`, `3wd`, `30d`, `1mo` or a sum such as `9wd15min`"
)]
pub struct TermError {
    /// What was given.
    pub text: String,
}

/// Reads a term or a sum of terms.
pub fn parse_terms(text: &str) -> Result<Vec<Term>, TermError> {
    let error = || TermError { text: text.to_owned() };
    let mut rest = text.trim();
    let mut terms = Vec::new();
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let value = rest[..digits].parse().map_err(|_| error())?;
        rest = &rest[digits..];
        let (unit, suffix) =
            TermUnit::SUFFIXES.into_iter().find(|(_, suffix)| rest.starts_with(suffix)).ok_or_else(error)?;
        rest = rest[suffix.len()..].trim_start_matches(['+', ' ']);
        terms.push(Term { value, unit });
    }
    if terms.is_empty() { Err(error()) } else { Ok(terms) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sums() {
        let show =
            |text: &str| parse_terms(text).map(|terms| terms.iter().map(Term::to_string).collect::<Vec<_>>());
        for (text, expected) in [
            ("3wd", vec!["3wd"]),
            ("9wd15min", vec!["9wd", "15min"]),
            ("1mo 2d+3h", vec!["1mo", "2d", "3h"]),
            ("90s", vec!["90s"]),
        ] {
            assert_eq!(show(text).unwrap(), expected, "{text}");
        }
        for text in ["", "3", "wd", "3 wd", "-1d", "3weeks", "99999999999d"] {
            assert!(parse_terms(text).is_err(), "{text}");
        }
    }
}
