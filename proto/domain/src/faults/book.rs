//! The rules of one session: kept, counted, asked.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::action::{Act, Detail};
use super::knob::{Knob, Place};
use super::profile::{KnobSetting, Nastiness, NastinessProfile};
use super::rule::{Draft, Fate, Origin, Rule, RuleError, RuleId, Scope, Trigger};
use crate::dice::Dice;
use crate::number::Iin;
use crate::synthetic::magic;
use crate::synthetic::numbers::Scheme;
use crate::{AgencyId, Channel, MessageId, RegulationId, SenderId, ServiceId};

/// Most rules that people add to one book.
pub const MOST_RULES: usize = 1000;
/// Messages whose number of tries a rule remembers.
const REMEMBERED: usize = 4096;

/// A call as rules see it. What is not known is empty.
#[derive(Clone, Copy, Debug)]
pub struct Met<'a> {
    /// Side of the bus.
    pub place: Place,
    /// `eush.bus.v1.GatewayService/Send`.
    pub method: &'a str,
    /// Message; for CompleteDelivery the delivery's.
    pub message: &'a str,
    /// Who sends the message through the bus.
    pub sender: &'a str,
    /// Routing key.
    pub service: &'a str,
    /// Public service, in full.
    pub regulation: &'a str,
    /// Channel.
    pub channel: Option<Channel>,
    /// Agency called, or calling.
    pub agency: &'a str,
    /// Whom it is about: IINs and BINs.
    pub persons: &'a [Iin],
}

/// A fault that strikes a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Rule.
    pub rule: RuleId,
    /// Its knob.
    pub knob: Knob,
    /// Side of the bus.
    pub place: Place,
    /// What is to be done.
    pub act: Act,
    /// What chance or rule gave it, by name.
    pub parameters: Vec<(String, String)>,
}

/// A rule and how it fared.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleReport {
    /// Rule.
    pub rule: Rule,
    /// Calls of its scope.
    pub met: u64,
    /// Calls that it struck.
    pub decided: u64,
}

/// The rules of one session.
#[derive(Clone, Debug)]
pub struct Book {
    dice: Dice,
    scheme: Scheme,
    kept: Vec<Kept>,
    next: u64,
    nastiness: Nastiness,
}

#[derive(Clone, Debug)]
struct Kept {
    rule: Rule,
    met: u64,
    decided: u64,
    tries: Tries,
}

/// How often messages came, for rules to which that matters. The oldest are forgotten.
#[derive(Clone, Debug, Default)]
struct Tries {
    counts: HashMap<String, u32>,
    order: VecDeque<String>,
}

impl Tries {
    /// Tries before this one.
    fn note(&mut self, key: &str) -> u32 {
        if let Some(count) = self.counts.get_mut(key) {
            *count = count.saturating_add(1);
            return *count - 1;
        }
        self.counts.insert(key.to_owned(), 1);
        self.order.push_back(key.to_owned());
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.counts.remove(&oldest);
        }
        0
    }
}

impl Book {
    /// A book with the rules of the people whose numbers are magic, and of a profile.
    pub fn new(seed: u64, scheme: Scheme, nastiness: Nastiness) -> Self {
        let mut book = Self {
            dice: Dice::new(seed),
            scheme,
            kept: Vec::new(),
            next: 1,
            nastiness: Nastiness::default(),
        };
        book.kept = magic::rules(scheme)
            .into_iter()
            .filter_map(|(id, draft)| kept(id, Origin::Magic, draft))
            .collect();
        book.set_nastiness(nastiness);
        book
    }

    /// Adds a rule behind those there are.
    ///
    /// # Errors
    /// Whatever is wrong with it.
    pub fn add(&mut self, draft: Draft) -> Result<RuleId, RuleError> {
        let action = draft.action()?;
        if self.kept.iter().filter(|kept| kept.rule.origin == Origin::Added).count() >= MOST_RULES {
            return Err(RuleError::TooMany { most: MOST_RULES });
        }
        let id = match &draft.id {
            Some(id) if self.has(id) => return Err(RuleError::IdTaken { id: id.clone() }),
            Some(id) => id.clone(),
            None => self.number(),
        };
        let draft = Draft { id: Some(id.clone()), ..draft };
        let rule = Rule { id: id.clone(), origin: Origin::Added, draft, action };
        self.kept.push(Kept { rule, met: 0, decided: 0, tries: Tries::default() });
        Ok(id)
    }

    fn has(&self, id: &RuleId) -> bool {
        self.kept.iter().any(|kept| kept.rule.id == *id)
    }

    fn number(&mut self) -> RuleId {
        loop {
            let id = RuleId::own(format!("f-{}", self.next));
            self.next += 1;
            if !self.has(&id) {
                return id;
            }
        }
    }

    /// Takes a rule out that somebody added. Rules of a profile go with the profile, those of magic numbers never.
    pub fn remove(&mut self, id: &str) -> Option<Rule> {
        let added = |kept: &Kept| kept.rule.origin == Origin::Added && kept.rule.id.as_str() == id;
        let at = self.kept.iter().position(added)?;
        Some(self.kept.remove(at).rule)
    }

    /// Takes every added rule out, sets the counts to nothing and the profile to the given one. Returns how many rules
    /// went.
    pub fn reset(&mut self, nastiness: Nastiness) -> usize {
        let before = self.kept.len();
        self.kept.retain(|kept| kept.rule.origin != Origin::Added);
        let gone = before - self.kept.len();
        for kept in &mut self.kept {
            (kept.met, kept.decided, kept.tries) = (0, 0, Tries::default());
        }
        self.set_nastiness(nastiness);
        gone
    }

    /// Puts a profile in the place of the one in force.
    pub fn set_nastiness(&mut self, nastiness: Nastiness) {
        self.kept.retain(|kept| kept.rule.origin != Origin::Profile);
        for draft in nastiness.drafts() {
            let id = RuleId::own(format!("knob-{}", draft.knob));
            self.kept.extend(kept(id, Origin::Profile, draft));
        }
        self.nastiness = nastiness;
    }

    /// The profile in force and what overrides it.
    pub fn nastiness(&self) -> &Nastiness {
        &self.nastiness
    }

    /// Every rule with its counts, in the order in which they are asked.
    pub fn list(&self) -> Vec<RuleReport> {
        self.kept
            .iter()
            .map(|kept| RuleReport { rule: kept.rule.clone(), met: kept.met, decided: kept.decided })
            .collect()
    }

    /// What is to happen to a call, of the knobs that can act on it now, in the order of the rules.
    pub fn meet(&mut self, met: &Met<'_>, can: &[Knob]) -> Vec<Decided> {
        let mut decided = Vec::new();
        for kept in &mut self.kept {
            if !can.contains(&kept.rule.draft.knob) || !kept.rule.draft.scope.holds(met) {
                continue;
            }
            kept.met += 1;
            let Some(mut dice) = kept.strikes(&self.dice, met) else { continue };
            kept.decided += 1;
            let (act, parameters) = kept.rule.action.draw(&mut dice);
            let Rule { id, draft, .. } = &kept.rule;
            decided.push(Decided { rule: id.clone(), knob: draft.knob, place: met.place, act, parameters });
        }
        decided
    }

    /// Everything that a snapshot keeps.
    pub fn export(&self) -> BookState {
        let rules = self.kept.iter().filter(|kept| kept.rule.origin != Origin::Magic);
        BookState {
            next: self.next,
            profile: self.nastiness.profile.name().to_owned(),
            knobs: self.nastiness.knobs.iter().map(KnobSetting::to_string).collect(),
            rules: rules.map(RuleState::of).collect(),
        }
    }

    /// Puts what a snapshot kept in the place of everything but the rules of magic numbers.
    ///
    /// # Errors
    /// What is wrong, in words; the book is as it was.
    pub fn import(&mut self, state: &BookState) -> Result<(), String> {
        let profile = NastinessProfile::parse(&state.profile)
            .ok_or_else(|| format!("`{}` is no profile of nastiness", state.profile))?;
        let setting =
            |text: &String| KnobSetting::parse(text).ok_or_else(|| format!("`{text}` sets no knob"));
        let knobs = state.knobs.iter().map(setting).collect::<Result<_, _>>()?;
        let rules = state.rules.iter().map(RuleState::rule).collect::<Result<Vec<_>, _>>()?;
        let mut fresh = Self::new(0, self.scheme, Nastiness { profile, knobs });
        fresh.dice = self.dice.clone();
        fresh.next = state.next;
        fresh.kept.retain(|kept| kept.rule.origin == Origin::Magic);
        fresh.kept.extend(rules);
        *self = fresh;
        Ok(())
    }
}

fn kept(id: RuleId, origin: Origin, draft: Draft) -> Option<Kept> {
    // Tables of ours; a test reads every one of them.
    let action = draft.action().ok()?;
    let draft = Draft { id: Some(id.clone()), ..draft };
    Some(Kept { rule: Rule { id, origin, draft, action }, met: 0, decided: 0, tries: Tries::default() })
}

impl Kept {
    /// The dice of a call that the rule strikes. `met` counts it already.
    fn strikes(&mut self, dice: &Dice, met: &Met<'_>) -> Option<Dice> {
        let trigger = self.rule.draft.trigger;
        if !trigger.can_strike() {
            return None;
        }
        // A call without a message is known by its place in the row.
        let numbered = if met.message.is_empty() { self.met.to_string() } else { String::new() };
        let own = [met.place.name(), met.method, met.message, &numbered];
        let attempt = match trigger {
            Trigger::Once | Trigger::Chance(_, Fate::Attempt) => self.tries.note(&own.join(" ")),
            Trigger::After(_)
            | Trigger::Always
            | Trigger::Chance(_, Fate::Message)
            | Trigger::Every(_)
            | Trigger::First(_)
            | Trigger::Nth(_) => 0,
        };
        let mut parts = vec!["fault", self.rule.draft.knob.name()];
        parts.extend(own);
        let attempts = attempt.to_string();
        parts.push(&attempts);
        let mut dice = dice.stream(&parts);
        let strikes = match trigger {
            Trigger::After(count) => self.met > count,
            Trigger::Always => true,
            Trigger::Chance(percent, _) => dice.below(10_000) < u64::from(percent.hundredths()),
            Trigger::Every(count) => self.met.is_multiple_of(count),
            Trigger::First(count) => self.met <= count,
            Trigger::Nth(count) => self.met == count,
            Trigger::Once => attempt == 0,
        };
        strikes.then_some(dice)
    }
}

/// A book at rest. Holds numbers of people where rules name them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookState {
    next: u64,
    profile: String,
    knobs: Vec<String>,
    rules: Vec<RuleState>,
}

/// A rule at rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RuleState {
    id: String,
    origin: String,
    knob: String,
    trigger: String,
    place: Option<String>,
    service: Option<ServiceId>,
    regulation: Option<RegulationId>,
    channel: Option<Channel>,
    method: Option<String>,
    agency: Option<AgencyId>,
    sender: Option<SenderId>,
    person: Option<String>,
    message: Option<MessageId>,
    parameters: BTreeMap<String, String>,
    details: Vec<Detail>,
    met: u64,
    decided: u64,
    /// Oldest first.
    tries: Vec<(String, u32)>,
}

impl RuleState {
    fn of(kept: &Kept) -> Self {
        let Rule { id, origin, draft, .. } = kept.rule.clone();
        let Scope { place, service, regulation, channel, method, agency, sender, person, message } =
            draft.scope;
        let tries = &kept.tries;
        let count = |key: &String| (key.clone(), tries.counts.get(key).copied().unwrap_or(0));
        Self {
            id: id.as_str().to_owned(),
            origin: origin.name().to_owned(),
            knob: draft.knob.name().to_owned(),
            trigger: draft.trigger.to_string(),
            place: place.map(|place| place.name().to_owned()),
            service,
            regulation,
            channel,
            method,
            agency,
            sender,
            person: person.map(|person| person.digits().to_owned()),
            message,
            parameters: draft.parameters,
            details: draft.details,
            met: kept.met,
            decided: kept.decided,
            tries: tries.order.iter().map(count).collect(),
        }
    }

    fn rule(&self) -> Result<Kept, String> {
        let wrong = |what: &str, text: &str| format!("rule `{}`: `{text}` is no {what}", self.id);
        let place = match &self.place {
            Some(text) => Some(Place::parse(text).ok_or_else(|| wrong("place", text))?),
            None => None,
        };
        let person = match &self.person {
            // The digits are not repeated: they may be somebody's.
            Some(text) => Some(Iin::parse(text).map_err(|_| wrong("number of twelve digits", "…"))?),
            None => None,
        };
        let scope = Scope {
            place,
            service: self.service.clone(),
            regulation: self.regulation.clone(),
            channel: self.channel,
            method: self.method.clone(),
            agency: self.agency.clone(),
            sender: self.sender.clone(),
            person,
            message: self.message.clone(),
        };
        let id = RuleId::own(self.id.clone());
        let draft = Draft {
            id: Some(id.clone()),
            knob: Knob::parse(&self.knob).ok_or_else(|| wrong("knob", &self.knob))?,
            scope,
            trigger: Trigger::parse(&self.trigger).ok_or_else(|| wrong("trigger", &self.trigger))?,
            parameters: self.parameters.clone(),
            details: self.details.clone(),
        };
        let action = draft.action().map_err(|error| format!("rule `{}`: {error}", self.id))?;
        let origin = Origin::parse(&self.origin).ok_or_else(|| wrong("origin", &self.origin))?;
        let tries = Tries {
            counts: self.tries.iter().cloned().collect(),
            order: self.tries.iter().map(|(key, _)| key.clone()).collect(),
        };
        let rule = Rule { id, origin, draft, action };
        Ok(Kept { rule, met: self.met, decided: self.decided, tries })
    }
}
