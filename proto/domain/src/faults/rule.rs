//! A rule: which calls, when, and what.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::action::{Action, Detail};
use super::book::Met;
use super::knob::{Knob, Place};
use super::{Percent, words};
use crate::number::Iin;
use crate::{AgencyId, Channel, MessageId, RegulationId, SenderId, ServiceId};

/// Why a rule cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The knob has no status to hang details on.
    #[error("`{knob}` takes no details; only `status` does")]
    DetailsNotTaken {
        /// Knob.
        knob: Knob,
    },
    /// There is a rule of this name.
    #[error("there is a rule `{id}` already; remove it first, or give another id")]
    IdTaken {
        /// Name.
        id: RuleId,
    },
    /// The name cannot be one.
    #[error(
        "`{id}` is no id of a rule: 1 to 40 characters of a-z 0-9 -, not beginning with `knob-` or `magic-`"
    )]
    IdMalformed {
        /// Name.
        id: String,
    },
    /// The knob does not act there.
    #[error("`{knob}` does not act at `{place}`")]
    Place {
        /// Knob.
        knob: Knob,
        /// Place.
        place: Place,
    },
    /// A parameter's value is none.
    #[error("parameter `{name}` of `{knob}` is `{value}`, expected {expected}")]
    Parameter {
        /// Knob.
        knob: Knob,
        /// Parameter.
        name: &'static str,
        /// Value given.
        value: String,
        /// What is expected.
        expected: &'static str,
    },
    /// There are enough rules.
    #[error("there are {most} rules already; remove some first")]
    TooMany {
        /// Most rules of one book.
        most: usize,
    },
    /// A count of zero never comes.
    #[error("the count of a trigger is 1 or more")]
    TriggerZero,
    /// No such parameter.
    #[error("`{knob}` has no parameter `{name}`; it has {}", known(*knob))]
    UnknownParameter {
        /// Knob.
        knob: Knob,
        /// Name given.
        name: String,
    },
}

fn known(knob: Knob) -> String {
    let names: Vec<_> =
        knob.facts().parameters.iter().map(|parameter| format!("`{}`", parameter.name)).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Name of a rule: what `eush-decided-by: fault/<id>` tells.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleId(String);

impl RuleId {
    /// Takes a person's name for a rule.
    ///
    /// # Errors
    /// [`RuleError::IdMalformed`].
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let reserved = ["knob-", "magic-"].iter().any(|prefix| text.starts_with(prefix));
        if (1..=40).contains(&text.len()) && text.bytes().all(good) && !reserved {
            Ok(Self(text.to_owned()))
        } else {
            Err(RuleError::IdMalformed { id: text.chars().take(64).collect() })
        }
    }

    pub(crate) fn own(text: String) -> Self {
        Self(text)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RuleId({})", self.0)
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which calls a rule is about. What is not said is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Side of the bus.
    pub place: Option<Place>,
    /// Routing key.
    pub service: Option<ServiceId>,
    /// Public service, in full.
    pub regulation: Option<RegulationId>,
    /// Channel.
    pub channel: Option<Channel>,
    /// gRPC method: `eush.bus.v1.GatewayService/Send`, or its last part.
    pub method: Option<String>,
    /// Agency called, or calling.
    pub agency: Option<AgencyId>,
    /// System that sends.
    pub sender: Option<SenderId>,
    /// Person or organisation that the call is about: the twelve digits of IIN or BIN. `Debug` masks them.
    pub person: Option<Iin>,
    /// The one message.
    pub message: Option<MessageId>,
}

impl Scope {
    /// Whether a call is one of these.
    pub fn holds(&self, met: &Met<'_>) -> bool {
        fn same(wanted: Option<&str>, found: &str) -> bool {
            wanted.is_none_or(|wanted| wanted == found)
        }
        let method = |wanted: &str| {
            met.method == wanted || met.method.rsplit_once('/').is_some_and(|(_, last)| last == wanted)
        };
        self.place.is_none_or(|place| place == met.place)
            && same(self.service.as_ref().map(ServiceId::as_str), met.service)
            && same(self.regulation.as_ref().map(RegulationId::as_str), met.regulation)
            && self.channel.is_none_or(|channel| met.channel == Some(channel))
            && self.method.as_deref().is_none_or(method)
            && same(self.agency.as_ref().map(AgencyId::as_str), met.agency)
            && same(self.sender.as_ref().map(SenderId::as_str), met.sender)
            && self.person.as_ref().is_none_or(|person| met.persons.contains(person))
            && same(self.message.as_ref().map(MessageId::as_str), met.message)
    }
}

words! {
    /// Whether a message that comes again meets the same fate.
    Fate {
        /// Each time its own.
        Attempt = "attempt",
        /// The same for good.
        Message = "message",
    }
}

/// At which of the calls of its scope a rule strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Those after the first so many.
    After(u64),
    /// Each.
    Always,
    /// This share of messages.
    Chance(Percent, Fate),
    /// Each so-manieth.
    Every(u64),
    /// The first so many, then never.
    First(u64),
    /// The so-manieth, once.
    Nth(u64),
    /// The first time that each message comes.
    Once,
}

impl Trigger {
    /// Reads `always`, `once`, `nth:3`, `first:3`, `after:3`, `every:3`, `12.5%` and `12.5%/attempt`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "always" => return Some(Self::Always),
            "once" => return Some(Self::Once),
            _ => {}
        }
        if let Some((share, fate)) = text.split_once('%') {
            let fate = match fate {
                "" => Fate::Message,
                other => Fate::parse(other.strip_prefix('/')?)?,
            };
            return Percent::parse(share).map(|percent| Self::Chance(percent, fate));
        }
        let (word, count) = text.split_once(':')?;
        let count: u64 = count.parse().ok().filter(|count| *count > 0)?;
        match word {
            "after" => Some(Self::After(count)),
            "every" => Some(Self::Every(count)),
            "first" => Some(Self::First(count)),
            "nth" => Some(Self::Nth(count)),
            _ => None,
        }
    }

    /// What [`Trigger::parse`] takes.
    pub const EXPECTED: &'static str =
        "`always`, `once`, `nth:N`, `first:N`, `after:N`, `every:N`, `P%` or `P%/attempt`";

    /// Whether it can ever strike.
    pub fn can_strike(self) -> bool {
        !matches!(self, Self::Chance(Percent::ZERO, _))
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(count) => write!(f, "after:{count}"),
            Self::Always => f.write_str("always"),
            Self::Chance(percent, Fate::Attempt) => write!(f, "{percent}%/attempt"),
            Self::Chance(percent, Fate::Message) => write!(f, "{percent}%"),
            Self::Every(count) => write!(f, "every:{count}"),
            Self::First(count) => write!(f, "first:{count}"),
            Self::Nth(count) => write!(f, "nth:{count}"),
            Self::Once => f.write_str("once"),
        }
    }
}

words! {
    /// Who made a rule.
    Origin {
        /// Somebody added it.
        Added = "added",
        /// A person whose number makes it happen.
        Magic = "magic",
        /// The profile in force, or a single knob that overrides it.
        Profile = "profile",
    }
}

/// A rule as it is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Name; a number is given where there is none.
    pub id: Option<RuleId>,
    /// Knob.
    pub knob: Knob,
    /// Which calls.
    pub scope: Scope,
    /// Which of them.
    pub trigger: Trigger,
    /// Parameters that are not the default, by name.
    pub parameters: BTreeMap<String, String>,
    /// Details of a status.
    pub details: Vec<Detail>,
}

impl Draft {
    /// A knob for every call, with its default parameters.
    pub fn of(knob: Knob) -> Self {
        Self {
            id: None,
            knob,
            scope: Scope::default(),
            trigger: Trigger::Always,
            parameters: BTreeMap::new(),
            details: Vec::new(),
        }
    }

    /// Checks the whole and reads the parameters.
    ///
    /// # Errors
    /// Every one but [`RuleError::IdTaken`] and [`RuleError::TooMany`].
    pub fn action(&self) -> Result<Action, RuleError> {
        if let Some(place) = self.scope.place
            && !self.knob.facts().places.contains(&place)
        {
            return Err(RuleError::Place { knob: self.knob, place });
        }
        let (Trigger::After(count) | Trigger::Every(count) | Trigger::First(count) | Trigger::Nth(count)) =
            self.trigger
        else {
            return Action::parse(self.knob, &self.parameters, &self.details);
        };
        if count == 0 {
            return Err(RuleError::TriggerZero);
        }
        Action::parse(self.knob, &self.parameters, &self.details)
    }
}

/// A rule in a book.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Name.
    pub id: RuleId,
    /// Who made it.
    pub origin: Origin,
    /// As it was asked for.
    pub draft: Draft,
    /// Its parameters, read.
    pub action: Action,
}
