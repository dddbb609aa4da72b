//! Where the nodes of a graph stand and how its arrows run. Whole pixels; the same for SVG and BPMN.

use super::process::{Edge, Node, Process, Shape};

/// Width of a column.
pub(super) const COLUMN: i32 = 250;
/// Height of a lane: a row of items, and below it a row of ends.
pub(super) const LANE: i32 = 270;
/// Width of the strip with the lane's name.
pub(super) const STRIP: i32 = 60;
/// Space above the first lane.
pub(super) const TOP: i32 = 60;

/// A point.
pub(super) type Point = (i32, i32);

/// A box.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

impl Frame {
    pub(super) fn center(self) -> Point {
        (self.x + self.width / 2, self.y + self.height / 2)
    }

    fn right(self) -> Point {
        (self.x + self.width, self.y + self.height / 2)
    }

    fn left(self) -> Point {
        (self.x, self.y + self.height / 2)
    }

    fn top(self) -> Point {
        (self.x + self.width / 2, self.y)
    }

    pub(super) fn bottom(self) -> Point {
        (self.x + self.width / 2, self.y + self.height)
    }
}

/// A count as a coordinate; counts of a flow are small, and a larger one is drawn at the edge.
pub(super) fn pixels(count: usize, each: i32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX / 1000).saturating_mul(each)
}

/// Width and height of the drawing of a graph.
pub(super) fn size(process: &Process<'_>) -> Point {
    let columns = process.nodes.iter().map(|node| node.column + 1).max().unwrap_or(1);
    (STRIP + pixels(columns, COLUMN), TOP + pixels(process.lanes.len(), LANE))
}

/// The box of a lane.
pub(super) fn lane(process: &Process<'_>, index: usize) -> Frame {
    Frame { x: 0, y: TOP + pixels(index, LANE), width: size(process).0, height: LANE }
}

/// Width and height of a box with text.
pub(super) const BOX: (i32, i32) = (164, 124);

/// How large a condition is drawn: as a box with its text, or as the small gateway of BPMN.
#[derive(Clone, Copy)]
pub(super) enum Conditions {
    Boxes,
    Gateways,
}

/// The box of a node.
pub(super) fn frame(node: &Node<'_>, conditions: Conditions) -> Frame {
    let (width, height) = match (node.shape, conditions) {
        (Shape::Condition, Conditions::Gateways) => (50, 50),
        (Shape::End(_) | Shape::Start, _) => (36, 36),
        (Shape::Condition | Shape::Task, _) => BOX,
    };
    let below = matches!(node.shape, Shape::End(_)) && !is_last(node);
    let center_x = STRIP + pixels(node.column, COLUMN) + COLUMN / 2;
    let center_y = TOP + pixels(node.lane, LANE) + if below { 217 } else { 92 };
    Frame { x: center_x - width / 2, y: center_y - height / 2, width, height }
}

/// Whether it ends the good path: that end has a column of its own.
fn is_last(node: &Node<'_>) -> bool {
    node.shape == Shape::End(super::process::Ending::Done)
}

/// The points of an arrow.
pub(super) fn route(process: &Process<'_>, edge: &Edge, conditions: Conditions) -> Vec<Point> {
    let (from, to) = (&process.nodes[edge.from], &process.nodes[edge.to]);
    let (a, b) = (frame(from, conditions), frame(to, conditions));
    if from.column == to.column {
        return vec![a.bottom(), b.top()];
    }
    // Between two columns no node stands.
    let gap = STRIP + pixels(to.column, COLUMN) + 24;
    if to.column == from.column + 1 {
        let (start, end) = (a.right(), b.left());
        if start.1 == end.1 {
            return vec![start, end];
        }
        return vec![start, (gap, start.1), (gap, end.1), end];
    }
    // Over the columns between, along the upper edge of the lane.
    let rail = TOP + pixels(from.lane, LANE) + 14;
    vec![a.top(), (a.top().0, rail), (gap, rail), (gap, b.left().1), b.left()]
}
