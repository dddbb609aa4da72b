//! The profiles: how much of each knob. The shares stand in the rows of [`super::knob::KNOBS`], the parameters that differ
//! from a knob's own here.

use std::collections::BTreeMap;

use super::knob::Knob;
use super::rule::{Draft, Fate, Trigger};
use super::{Percent, words};

words! {
    /// How nasty the bus is as a whole.
    NastinessProfile {
        /// Nothing happens that was not asked for. The default.
        Calm = "calm",
        /// What a team meets in an ordinary week.
        Realistic = "realistic",
        /// Everything that can go wrong does, often.
        Hostile = "hostile",
    }
}

/// A knob in a profile, and its parameters there.
type Row = (NastinessProfile, Knob, &'static [(&'static str, &'static str)]);

/// Parameters of a knob in a profile that are not the knob's defaults.
const PARAMETERS: &[Row] = &[
    (
        NastinessProfile::Realistic,
        Knob::Latency,
        &[("distribution", "log-normal"), ("millis", "40"), ("sigma", "0.6"), ("longest", "2000")],
    ),
    (
        NastinessProfile::Hostile,
        Knob::Latency,
        &[("distribution", "log-normal"), ("millis", "150"), ("sigma", "1.0"), ("longest", "4000")],
    ),
    (NastinessProfile::Realistic, Knob::Reordering, &[("longest", "200")]),
    (NastinessProfile::Hostile, Knob::Reordering, &[("longest", "1000")]),
    (NastinessProfile::Hostile, Knob::DuplicateDelivery, &[("copies", "2")]),
];

/// A single knob that overrides the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnobSetting {
    /// Knob.
    pub knob: Knob,
    /// Share of calls.
    pub percent: Percent,
}

impl KnobSetting {
    /// Reads `latency=12.5`.
    pub fn parse(text: &str) -> Option<Self> {
        let (knob, percent) = text.split_once('=')?;
        Some(Self { knob: Knob::parse(knob)?, percent: Percent::parse(percent)? })
    }
}

impl std::fmt::Display for KnobSetting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.knob, self.percent)
    }
}

/// A profile and what overrides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nastiness {
    /// Profile.
    pub profile: NastinessProfile,
    /// Knobs that have a share of their own. The last one of a knob holds.
    pub knobs: Vec<KnobSetting>,
}

impl Default for Nastiness {
    fn default() -> Self {
        Self { profile: NastinessProfile::Calm, knobs: Vec::new() }
    }
}

impl Nastiness {
    /// Share of a knob.
    pub fn percent(&self, knob: Knob) -> Percent {
        let own = self.knobs.iter().rev().find(|setting| setting.knob == knob);
        own.map_or_else(|| self.profile.percent(knob), |setting| setting.percent)
    }

    /// Rules for every knob whose share is not zero, and for those that were named.
    pub(super) fn drafts(&self) -> Vec<Draft> {
        let named = |knob: Knob| self.knobs.iter().any(|setting| setting.knob == knob);
        let wanted = Knob::ALL
            .iter()
            .copied()
            .map(|knob| (knob, self.percent(knob)))
            .filter(|(knob, percent)| *percent > Percent::ZERO || named(*knob));
        wanted
            .map(|(knob, percent)| Draft {
                // A message that is tried again may have better luck: a profile is weather, not a sentence.
                trigger: Trigger::Chance(percent, Fate::Attempt),
                parameters: self.profile.parameters(knob),
                ..Draft::of(knob)
            })
            .collect()
    }
}

impl NastinessProfile {
    /// Share of a knob in this profile.
    pub fn percent(self, knob: Knob) -> Percent {
        let facts = knob.facts();
        match self {
            Self::Calm => Percent::ZERO,
            Self::Hostile => Percent::whole(facts.hostile),
            Self::Realistic => Percent::whole(facts.realistic),
        }
    }

    /// Parameters of a knob in this profile that are not the knob's defaults.
    pub fn parameters(self, knob: Knob) -> BTreeMap<String, String> {
        PARAMETERS
            .iter()
            .filter(|(profile, of, _)| *profile == self && *of == knob)
            .flat_map(|(_, _, parameters)| parameters.iter())
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }
}
