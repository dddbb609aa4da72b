//! A flow as messages between people and systems.

use crate::catalogue::Resolved;
use crate::model::{Executor, Item, OnFailure, Operation};

use super::Words;

/// The interaction of a flow.
pub(super) struct Interaction<'a> {
    /// Participants in the order of the drawing.
    pub(super) participants: Vec<Participant<'a>>,
    pub(super) rows: Vec<Row<'a>>,
}

/// Somebody or something that takes part.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Participant<'a> {
    Person(&'a str),
    System(&'a str),
}

/// One line of the drawing.
pub(super) struct Row<'a> {
    pub(super) item: &'a Item,
    /// Participants that the message passes, by index; one alone acts by itself.
    pub(super) path: Vec<usize>,
    /// Whether the flow ends here when it comes to it.
    pub(super) breaks: Breaks,
}

/// Whether a line belongs to a branch that ends the flow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Breaks {
    /// It is a message of refusal, reached by a failure alone.
    Refusal,
    /// It goes on; a failure here is undefined by the act, or refuses without an item.
    WithoutItem,
    /// It goes on.
    No,
}

impl<'a> Participant<'a> {
    pub(super) fn name(self, words: &Words<'a>) -> &'a str {
        match self {
            Self::Person(code) => words.actor(code),
            Self::System(code) => words.system(code),
        }
    }
}

/// Reads the messages off the items.
pub(super) fn interaction(found: Resolved<'_>) -> Interaction<'_> {
    let mut participants: Vec<Participant<'_>> = Vec::new();
    let mut rows = Vec::new();
    for item in &found.flow.items {
        let mut path: Vec<usize> = Vec::new();
        for participant in stations(item) {
            let index = participants.iter().position(|known| *known == participant).unwrap_or_else(|| {
                participants.push(participant);
                participants.len() - 1
            });
            if path.last() != Some(&index) {
                path.push(index);
            }
        }
        let breaks = match (&item.operation, &item.on_failure) {
            (Operation::Refuse(_), _) => Breaks::Refusal,
            (_, OnFailure::Refuse | OnFailure::Undefined) => Breaks::WithoutItem,
            (_, OnFailure::Label(_) | OnFailure::None) => Breaks::No,
        };
        rows.push(Row { item, path, breaks });
    }
    Interaction { participants, rows }
}

/// The participants that one item passes, in order.
fn stations(item: &Item) -> Vec<Participant<'_>> {
    let actor = Participant::Person(&item.actor);
    let from = item.from.as_ref().map(|system| Participant::System(system.as_str()));
    let mut stations = match (from, item.executed_by) {
        (Some(from), _) => vec![from],
        (None, Executor::Person | Executor::Agency | Executor::Front | Executor::Gateway) => vec![actor],
    };
    if item.via_gateway {
        stations.push(Participant::System("gateway"));
    }
    if item.regional_gateway {
        stations.push(Participant::System("regional-gateway"));
    }
    stations.extend(item.to.iter().map(|system| Participant::System(system.as_str())));
    if item.operation == Operation::HandOver {
        stations.push(Participant::Person("recipient"));
    }
    stations
}
