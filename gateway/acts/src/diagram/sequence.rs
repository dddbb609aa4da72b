//! A flow as messages between people and systems.

use crate::catalogue::Resolved;
use crate::model::{Item, OnFailure, Operation};

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
    /// Who it starts with, by index.
    pub(super) first: usize,
    /// Hops of the message, by index; none where somebody acts alone.
    pub(super) hops: Vec<(usize, usize)>,
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
        let mut index = |participant| known(&mut participants, participant);
        let mut hops = Vec::new();
        let mut at = index(acts(item));
        let first = at;
        for carrier in carriers(item) {
            let next = index(Participant::System(carrier));
            hops.push((at, next));
            at = next;
        }
        // The last carrier reaches every target: a look-up asks several registers.
        hops.extend(targets(item).map(|target| (at, index(target))));
        hops.retain(|(from, to)| from != to);
        let breaks = match (&item.operation, &item.on_failure) {
            (Operation::Refuse(_), _) => Breaks::Refusal,
            (_, OnFailure::Refuse | OnFailure::Undefined) => Breaks::WithoutItem,
            (_, OnFailure::Label(_) | OnFailure::None) => Breaks::No,
        };
        rows.push(Row { item, first, hops, breaks });
    }
    Interaction { participants, rows }
}

fn known<'a>(participants: &mut Vec<Participant<'a>>, participant: Participant<'a>) -> usize {
    participants.iter().position(|known| *known == participant).unwrap_or_else(|| {
        participants.push(participant);
        participants.len() - 1
    })
}

/// Who an item starts with: the system it goes from, else who acts by the act.
fn acts(item: &Item) -> Participant<'_> {
    match &item.from {
        Some(system) => Participant::System(system.as_str()),
        None => Participant::Person(&item.actor),
    }
}

/// The gateways that an item crosses.
fn carriers(item: &Item) -> impl Iterator<Item = &'static str> {
    let gateway = item.via_gateway.then_some("gateway");
    let regional = item.regional_gateway.then_some("regional-gateway");
    gateway.into_iter().chain(regional)
}

/// Whom an item reaches.
fn targets(item: &Item) -> impl Iterator<Item = Participant<'_>> {
    let person = (item.operation == Operation::HandOver).then_some(Participant::Person("recipient"));
    item.to.iter().map(|system| Participant::System(system.as_str())).chain(person)
}
