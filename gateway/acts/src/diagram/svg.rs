//! SVG: one picture, no scripts, no fonts, no references; full texts stand in `title`, which viewers show on hover.

use std::fmt::Write as _;

use crate::catalogue::Resolved;
use crate::model::Item;

use super::layout::{BOX, COLUMN, Conditions, Frame, LANE, STRIP, TOP, frame, lane, pixels, route, size};
use super::mermaid::{ended, title, without_item};
use super::process::{Branch, Edge, Ending, Node, Process, Shape, graph};
use super::sequence::{Breaks, Participant, Row, interaction as read};
use super::text::{width as measured, wrap, wrap_in};
use super::{Gateways, Words, heading, xml};

/// Width of a participant's column in the interaction, height of the box with its name, and width of a message's text.
const PARTICIPANT: i32 = 200;
const NAME_BOX: i32 = 66;
const MESSAGE: i32 = 390;
/// Size of letters, and height of a line of them.
const LETTERS: i32 = 11;
const LEADING: i32 = 14;
/// Small letters, in boxes.
const SMALL: i32 = 10;
const SMALL_LEADING: i32 = 12;

fn open(width: i32, height: i32, heading: &str) -> String {
    let heading = xml(heading);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"DejaVu Sans, Noto Sans, Arial, sans-serif\" font-size=\"11\" \
         role=\"img\">\n<title>{heading}</title>\n\
         <defs><marker id=\"a\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" fill=\"#333\"/></marker></defs>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n\
         <text x=\"12\" y=\"24\" font-size=\"15\" font-weight=\"bold\">{heading}</text>\n"
    )
}

/// Width that a heading needs: a picture of few columns is as wide as its name.
fn heading_width(heading: &str) -> i32 {
    measured(heading, 17) + 24
}

/// The process with its branches.
pub(super) fn process(words: &Words<'_>, found: Resolved<'_>) -> String {
    let drawn = graph(found);
    let (width, height) = size(&drawn);
    let title = title(words, found);
    let mut out = open(width.max(heading_width(&title)), height, &title);
    for (index, actor) in drawn.lanes.iter().enumerate() {
        let strip = lane(&drawn, index);
        let middle = strip.y + LANE / 2;
        let _ = writeln!(
            out,
            "<rect x=\"0\" y=\"{}\" width=\"{}\" height=\"{LANE}\" fill=\"{}\" stroke=\"#999\"/>",
            strip.y,
            strip.width,
            if index % 2 == 0 { "#fafafa" } else { "#f1f4f8" },
        );
        let name = wrap_in(words.actor(actor), LETTERS, LANE - 20, 3);
        let first = 30 - pixels(name.len() - name.len().min(1), LEADING) / 2;
        for (line, text) in name.iter().enumerate() {
            let x = first + pixels(line, LEADING);
            let _ = writeln!(
                out,
                "<text x=\"{x}\" y=\"{middle}\" text-anchor=\"middle\" transform=\"rotate(-90 {x} {middle})\">{}</text>",
                xml(text),
            );
        }
    }
    for edge in &drawn.edges {
        arrow(&mut out, words, &drawn, edge);
    }
    for node in &drawn.nodes {
        draw_node(&mut out, words, node);
    }
    out.push_str("</svg>\n");
    out
}

fn arrow(out: &mut String, words: &Words<'_>, process: &Process<'_>, edge: &Edge) {
    let points = route(process, edge, Conditions::Boxes);
    let line: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
    let (dash, word) = match edge.branch {
        Branch::Fails => (" stroke-dasharray=\"5 3\"", words.fails()),
        Branch::Holds => ("", words.holds()),
        Branch::Next => ("", ""),
    };
    let _ = writeln!(
        out,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"#333\"{dash} marker-end=\"url(#a)\"/>",
        line.join(" ")
    );
    let (Some((x, y)), Some((next, _))) = (points.first(), points.get(1)) else { return };
    if word.is_empty() {
        return;
    }
    // Beside an arrow that leaves downwards or upwards, over one that leaves to the right.
    let down = x == next && points.get(1).is_some_and(|(_, below)| below > y);
    let (x, y) = match (x == next, down) {
        (true, true) => (x + 5, y + 15),
        (true, false) => (x + 5, y - 5),
        (false, _) => (x + 4, y - 4),
    };
    let _ = writeln!(out, "<text x=\"{x}\" y=\"{y}\" font-size=\"9\" fill=\"#555\">{word}</text>");
}

fn draw_node(out: &mut String, words: &Words<'_>, node: &Node<'_>) {
    let at = frame(node, Conditions::Boxes);
    let (x, y) = at.center();
    let (color, stroke) = match node.shape {
        Shape::Condition => ("#fff8e1", "#b08900"),
        Shape::End(Ending::Done) => ("#e3f4e3", "#2c7a2c"),
        Shape::End(Ending::Refused) => ("#fbe4e4", "#a33"),
        Shape::End(Ending::Undefined) => ("#eee", "#777"),
        Shape::Start => ("#fff", "#333"),
        Shape::Task => ("#fff", "#36618e"),
    };
    let full = node.item.map(|item| said(words, item)).unwrap_or_default();
    let _ = write!(out, "<g><title>{}</title>", xml(&full));
    match node.shape {
        Shape::Condition => {
            let (right, low, slant) = (at.x + at.width, at.y + at.height, 12);
            let _ = write!(
                out,
                "<path d=\"M{} {} H{} L{right} {y} L{} {low} H{} L{} {y}z\" fill=\"{color}\" stroke=\"{stroke}\"/>",
                at.x + slant,
                at.y,
                right - slant,
                right - slant,
                at.x + slant,
                at.x,
            );
        }
        Shape::End(_) | Shape::Start => {
            let thick = if node.shape == Shape::Start { 1 } else { 3 };
            let _ = write!(
                out,
                "<circle cx=\"{x}\" cy=\"{y}\" r=\"18\" fill=\"{color}\" stroke=\"{stroke}\" stroke-width=\"{thick}\"/>"
            );
        }
        Shape::Task => {
            let _ = write!(
                out,
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\" fill=\"{color}\" stroke=\"{stroke}\"/>",
                at.x, at.y, at.width, at.height
            );
        }
    }
    node_text(out, words, node, at);
    out.push_str("</g>\n");
}

fn node_text(out: &mut String, words: &Words<'_>, node: &Node<'_>, at: Frame) {
    let (x, y) = at.center();
    match (node.shape, node.item) {
        (Shape::Task | Shape::Condition, Some(item)) => box_text(out, words, item, at),
        (Shape::End(ending), _) => {
            line(out, x, y + 31, Weight::Plain, ended(words, ending));
        }
        (Shape::Task | Shape::Condition | Shape::Start, _) => {}
    }
}

#[derive(Clone, Copy)]
enum Weight {
    Bold,
    Plain,
}

fn line(out: &mut String, x: i32, y: i32, weight: Weight, text: &str) {
    let weight = match weight {
        Weight::Bold => " font-weight=\"bold\"",
        Weight::Plain => "",
    };
    let _ = write!(
        out,
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{SMALL}\" text-anchor=\"middle\"{weight}>{}</text>",
        xml(text)
    );
}

/// Number, label and gateway on lines of their own, then the text in as many lines as the box has.
fn box_text(out: &mut String, words: &Words<'_>, item: &Item, at: Frame) {
    let room = at.width - 18;
    let gateway = match (item.via_gateway, item.regional_gateway) {
        (false, _) => String::new(),
        (true, regional) => {
            format!(" → {}", words.gateway(if regional { Gateways::Both } else { Gateways::One }))
        }
    };
    // Bold letters are an eighth wider.
    let bold = wrap_in(format!("{}{gateway}", heading(item)).trim(), SMALL, room * 7 / 8, 3);
    let lines = usize::try_from((at.height - 8) / SMALL_LEADING).unwrap_or(1);
    let plain = wrap_in(item.text.in_language(words.language), SMALL, room, lines.saturating_sub(bold.len()));
    let all = bold.len() + plain.len();
    let x = at.x + at.width / 2;
    let first = at.y + (at.height - pixels(all, SMALL_LEADING)) / 2 + SMALL;
    let styled =
        bold.iter().map(|text| (Weight::Bold, text)).chain(plain.iter().map(|text| (Weight::Plain, text)));
    for (index, (weight, text)) in styled.enumerate() {
        line(out, x, first + pixels(index, SMALL_LEADING), weight, text);
    }
}

/// A row of the interaction with its text, as it stands in the picture.
struct Placed<'a, 'b> {
    row: &'b Row<'a>,
    lines: Vec<String>,
    /// Upper edge, and height.
    top: i32,
    height: i32,
}

/// The interaction of systems.
pub(super) fn interaction(words: &Words<'_>, found: Resolved<'_>) -> String {
    let drawn = read(found);
    let title = title(words, found);
    let columns = STRIP + pixels(drawn.participants.len(), PARTICIPANT);
    let width = columns.max(STRIP + MESSAGE + 40).max(heading_width(&title));
    let mut placed = Vec::new();
    let mut top = TOP + NAME_BOX + 14;
    for row in &drawn.rows {
        let lines = wrap(&told(words, row), LETTERS, MESSAGE);
        let height = pixels(lines.len(), LEADING) + 26;
        placed.push(Placed { row, lines, top, height });
        top += height + 6;
    }
    let height = top + 20;
    let mut out = open(width, height, &title);
    for (index, participant) in drawn.participants.iter().enumerate() {
        draw_participant(&mut out, words, *participant, station(index), height);
    }
    for row in &placed {
        draw_row(&mut out, words, row, width);
    }
    out.push_str("</svg>\n");
    out
}

fn draw_participant(out: &mut String, words: &Words<'_>, participant: Participant<'_>, x: i32, height: i32) {
    let width = PARTICIPANT - 16;
    let _ = writeln!(
        out,
        "<line x1=\"{x}\" y1=\"{}\" x2=\"{x}\" y2=\"{}\" stroke=\"#bbb\"/><rect x=\"{}\" y=\"{TOP}\" \
         width=\"{width}\" height=\"{NAME_BOX}\" rx=\"4\" fill=\"#eef3f9\" stroke=\"#36618e\"/>",
        TOP + NAME_BOX,
        height - 10,
        x - width / 2,
    );
    let name = wrap_in(participant.name(words), LETTERS, width - 10, 4);
    let first = TOP + (NAME_BOX - pixels(name.len(), LEADING)) / 2 + LETTERS;
    for (index, text) in name.iter().enumerate() {
        let y = first + pixels(index, LEADING);
        let _ = writeln!(out, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">{}</text>", xml(text));
    }
}

fn station(index: usize) -> i32 {
    STRIP + pixels(index, PARTICIPANT) + PARTICIPANT / 2
}

/// What is said in a row, with what follows a failure where no item does.
fn told(words: &Words<'_>, row: &Row<'_>) -> String {
    let text = said(words, row.item);
    match row.breaks {
        Breaks::WithoutItem => format!("{text} ({}: {})", words.fails(), without_item(words, row.item)),
        Breaks::Refusal | Breaks::No => text,
    }
}

fn draw_row(out: &mut String, words: &Words<'_>, placed: &Placed<'_, '_>, width: i32) {
    let Placed { row, lines, top, height } = placed;
    let _ = write!(out, "<g><title>{}</title>", xml(&said(words, row.item)));
    let (color, dash) = match row.breaks {
        Breaks::Refusal => ("#a33", " stroke-dasharray=\"5 3\""),
        Breaks::No | Breaks::WithoutItem => ("#333", ""),
    };
    if row.breaks == Breaks::Refusal {
        let _ = write!(
            out,
            "<rect x=\"4\" y=\"{top}\" width=\"{}\" height=\"{height}\" fill=\"#fbe4e4\" fill-opacity=\"0.5\"/>",
            width - 8,
        );
    }
    // The text stands over its arrow.
    let y = top + pixels(lines.len(), LEADING) + 8;
    let first = station(row.first);
    if row.hops.is_empty() {
        let _ = write!(
            out,
            "<path d=\"M{first} {y} h30 v12 h-28\" fill=\"none\" stroke=\"{color}\"{dash} marker-end=\"url(#a)\"/>"
        );
    }
    for (from, to) in &row.hops {
        let (from, to) = (station(*from), station(*to));
        let _ = write!(
            out,
            "<line x1=\"{from}\" y1=\"{y}\" x2=\"{to}\" y2=\"{y}\" stroke=\"{color}\"{dash} marker-end=\"url(#a)\"/>"
        );
    }
    let left = row.hops.iter().flat_map(|(from, to)| [*from, *to]).min().map_or(first, station);
    let widest = lines.iter().map(|line| measured(line, LETTERS)).max().unwrap_or(0);
    let x = (left + 8).min(width - 10 - widest).max(8);
    for (index, text) in lines.iter().enumerate() {
        let at = top + LETTERS + pixels(index, LEADING);
        // A white edge keeps letters apart from the lines of the participants behind them.
        let edge = if row.breaks == Breaks::Refusal { "#fdf1f1" } else { "#fff" };
        let _ = write!(
            out,
            "<text x=\"{x}\" y=\"{at}\" stroke=\"{edge}\" stroke-width=\"4\" paint-order=\"stroke\">{}</text>",
            xml(text)
        );
    }
    out.push_str("</g>\n");
}

fn said(words: &Words<'_>, item: &Item) -> String {
    format!("{} {}", heading(item), item.text.in_language(words.language)).trim().to_owned()
}

const _: () = assert!(COLUMN > BOX.0 + 60, "between two boxes there is room for the word of a branch");
