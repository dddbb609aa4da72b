//! A flow as a graph: nodes in lanes and columns, and the edges of the good path and of every failure.

use crate::catalogue::Resolved;
use crate::model::{Item, ItemKind, OnFailure, Operation};

/// The graph of a flow.
pub(super) struct Process<'a> {
    /// Codes of those who act, each a lane, in the order in which they first act.
    pub(super) lanes: Vec<&'a str>,
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) edges: Vec<Edge>,
}

/// One node.
pub(super) struct Node<'a> {
    pub(super) shape: Shape,
    pub(super) lane: usize,
    /// Column from the left; every item has its own.
    pub(super) column: usize,
    /// The item; none for start and ends.
    pub(super) item: Option<&'a Item>,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Condition,
    End(Ending),
    Start,
    Task,
}

/// How a branch ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Done,
    Refused,
    Undefined,
}

/// An arrow between nodes, by index.
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) branch: Branch,
}

/// Which way an arrow leaves its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Branch {
    Fails,
    Holds,
    Next,
}

/// Builds the graph.
pub(super) fn graph(found: Resolved<'_>) -> Process<'_> {
    let items = &found.flow.items;
    let mut lanes: Vec<&str> = Vec::new();
    for item in items {
        if !lanes.contains(&item.actor.as_str()) {
            lanes.push(&item.actor);
        }
    }
    let lane = |item: &Item| lanes.iter().position(|actor| *actor == item.actor).unwrap_or(0);
    let start = items.first().map_or(0, lane);
    let mut nodes = vec![Node { shape: Shape::Start, lane: start, column: 0, item: None }];
    // The node of item `i` is `i + 1`: the start is the first node.
    for (index, item) in items.iter().enumerate() {
        nodes.push(Node { shape: shape(item), lane: lane(item), column: index + 1, item: Some(item) });
    }
    let mut edges = Vec::new();
    let mut before = 0;
    for (index, _) in items.iter().enumerate().filter(|(_, item)| !refuses(item)) {
        edges.push(Edge { from: before, to: index + 1, branch: leaving(&nodes[before]) });
        before = index + 1;
    }
    let done = Node {
        shape: Shape::End(Ending::Done),
        lane: nodes[before].lane,
        column: items.len() + 1,
        item: None,
    };
    edges.push(Edge { from: before, to: nodes.len(), branch: leaving(&nodes[before]) });
    nodes.push(done);
    for (index, item) in items.iter().enumerate() {
        let ending = match (&item.on_failure, refuses(item)) {
            (OnFailure::Label(label), _) => {
                let target = items.iter().position(|item| item.label.as_ref() == Some(label));
                edges.extend(target.map(|to| Edge { from: index + 1, to: to + 1, branch: Branch::Fails }));
                continue;
            }
            (OnFailure::Refuse, _) => (Ending::Refused, Branch::Fails),
            (OnFailure::Undefined, _) => (Ending::Undefined, Branch::Fails),
            (OnFailure::None, true) => (Ending::Refused, Branch::Next),
            (OnFailure::None, false) => continue,
        };
        edges.push(Edge { from: index + 1, to: nodes.len(), branch: ending.1 });
        nodes.push(Node { shape: Shape::End(ending.0), lane: lane(item), column: index + 1, item: None });
    }
    Process { lanes, nodes, edges }
}

fn refuses(item: &Item) -> bool {
    matches!(item.operation, Operation::Refuse(_))
}

fn shape(item: &Item) -> Shape {
    match item.kind {
        ItemKind::Condition => Shape::Condition,
        ItemKind::Action | ItemKind::Process | ItemKind::Step => Shape::Task,
    }
}

fn leaving(node: &Node<'_>) -> Branch {
    match node.item {
        Some(item) if item.on_failure != OnFailure::None => Branch::Holds,
        Some(_) | None => Branch::Next,
    }
}
