//! How the agency is to behave: as itself, or as one of the ways in which agencies fail.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use eush_wire::management::v1::{AgencyState, Behaviour, MessageBehaviour};

/// Messages with a behaviour of their own that are remembered.
const CAPACITY: usize = 1024;

/// The behaviour in force, and exceptions by message.
#[derive(Debug)]
pub(crate) struct Behaviours(Mutex<State>);

#[derive(Debug)]
struct State {
    all: Behaviour,
    by_message: HashMap<String, Behaviour>,
    order: VecDeque<String>,
}

impl Default for State {
    fn default() -> Self {
        Self { all: Behaviour::Normal, by_message: HashMap::new(), order: VecDeque::new() }
    }
}

impl Default for Behaviours {
    fn default() -> Self {
        Self(Mutex::new(State::default()))
    }
}

impl Behaviours {
    /// For every message.
    pub(crate) fn set_all(&self, behaviour: Behaviour) {
        self.with(|state| state.all = behaviour);
    }

    /// For one message, whatever holds for the others.
    pub(crate) fn set_for(&self, message: &str, behaviour: Behaviour) {
        self.with(|state| {
            if state.by_message.insert(message.to_owned(), behaviour).is_none() {
                state.order.push_back(message.to_owned());
            }
            if state.order.len() > CAPACITY
                && let Some(oldest) = state.order.pop_front()
            {
                state.by_message.remove(&oldest);
            }
        });
    }

    /// What holds for a message.
    pub(crate) fn of(&self, message: &str) -> Behaviour {
        self.with(|state| state.by_message.get(message).copied().unwrap_or(state.all))
    }

    /// Writes what holds into a state.
    pub(crate) fn export(&self, into: &mut AgencyState) {
        self.with(|state| {
            into.set_behaviour(state.all);
            let one = |message: &String| {
                let behaviour = state.by_message.get(message).copied()?;
                Some(MessageBehaviour { message_id: message.clone(), behaviour: behaviour.into() })
            };
            into.by_message = state.order.iter().filter_map(one).collect();
        });
    }

    /// Takes what a state has, in the place of its own.
    pub(crate) fn import(&self, from: &AgencyState) {
        self.reset();
        self.set_all(from.behaviour());
        for one in &from.by_message {
            self.set_for(&one.message_id, one.behaviour());
        }
    }

    /// Back to normal.
    pub(crate) fn reset(&self) {
        self.with(|state| *state = State::default());
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_can_differ() {
        let behaviours = Behaviours::default();
        behaviours.set_all(Behaviour::Down);
        behaviours.set_for("m-1", Behaviour::Normal);
        assert_eq!(behaviours.of("m-1"), Behaviour::Normal);
        assert_eq!(behaviours.of("m-2"), Behaviour::Down);
        behaviours.reset();
        assert_eq!(behaviours.of("m-2"), Behaviour::Normal);
    }

    #[test]
    fn memory_is_bounded() {
        let behaviours = Behaviours::default();
        for turn in 0..CAPACITY + 5 {
            behaviours.set_for(&turn.to_string(), Behaviour::Slow);
        }
        assert_eq!(behaviours.with(|state| state.by_message.len()), CAPACITY);
        assert_eq!(behaviours.of("0"), Behaviour::Normal);
    }
}
