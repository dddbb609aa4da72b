//! Faults on purpose: which there are, when one strikes, and what it does. Pure: time is not read here, chance is an
//! argument, and nothing is carried out; the rooms that own sockets and agencies do that.
//!
//! A **knob** is a kind of fault, a row of [`knob::KNOBS`]. A **rule** turns a knob on for some calls: a scope, a trigger,
//! parameters. A **book** holds the rules of one session, counts, and says of every call what is to happen to it.
//!
//! **The same request meets the same fate.** A rule with a percentage draws from a stream of its own, made of seed, name
//! of the knob and message id, so that it does not matter what else is in flight. A rule of zero per cent draws nothing,
//! does nothing and leaves no mark. Two rules with one knob share their luck; give them different scopes.

pub mod action;
pub mod book;
pub mod knob;
pub mod order;
pub mod profile;
pub mod rule;
#[cfg(test)]
mod tests;

pub use action::{Act, Action, CorruptPart, Detail, Reset, StatusCode};
pub use book::{Book, BookState, Decided, Met, RuleReport};
pub use knob::{Knob, KnobFacts, Parameter, Place, Point};
pub use order::WireFault;
pub use profile::{KnobSetting, Nastiness, NastinessProfile};
pub use rule::{Draft, Fate, Origin, Rule, RuleError, RuleId, Scope, Trigger};

use std::fmt;

/// A share of calls, in hundredths of a per cent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u16);

impl Percent {
    /// No call.
    pub const ZERO: Self = Self(0);
    /// Every call.
    pub const ALL: Self = Self(10_000);

    /// Whole per cents, at most 100.
    pub const fn whole(percent: u8) -> Self {
        Self(if percent > 100 { 10_000 } else { percent as u16 * 100 })
    }

    /// Reads `0` to `100`, with at most two digits after a point; a `%` at the end is allowed.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_suffix('%').unwrap_or(text);
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > 2 || text.ends_with('.') {
            return None;
        }
        let whole: u16 = whole.parse().ok().filter(|whole| *whole <= 100)?;
        let hundredths: u16 = format!("{part:0<2}").parse().ok()?;
        let value = whole * 100 + hundredths;
        (value <= 10_000).then_some(Self(value))
    }

    /// Hundredths of a per cent, 0 to 10,000.
    pub const fn hundredths(self) -> u16 {
        self.0
    }

    /// The share of so many hundredths of a per cent; `None` above 10,000.
    pub const fn from_hundredths(value: u32) -> Option<Self> {
        if value <= 10_000 { Some(Self(value as u16)) } else { None }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 100, self.0 % 100);
        match part {
            0 => write!(f, "{whole}"),
            part if part.is_multiple_of(10) => write!(f, "{whole}.{}", part / 10),
            part => write!(f, "{whole}.{part:02}"),
        }
    }
}

/// An enum whose variants are words: every one, its name, and back.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $( $(#[$variant_doc:meta])* $variant:ident = $word:literal ),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $( $(#[$variant_doc])* $variant ),+ }

        impl $name {
            /// Every one, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$( Self::$variant ),+];

            /// The word for it.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $word ),+ }
            }

            /// The one of a word.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}
pub(crate) use words;
