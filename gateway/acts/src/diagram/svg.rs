//! SVG: one picture, no scripts, no fonts, no references; full texts stand in `title`, which viewers show on hover.

use std::fmt::Write as _;

use crate::catalogue::Resolved;
use crate::model::Item;

use super::layout::{COLUMN, Frame, LANE, STRIP, TOP, frame, lane, pixels, route, size};
use super::mermaid::{ended, title, without_item};
use super::process::{Branch, Ending, Node, Process, Shape, graph};
use super::sequence::{Breaks, Interaction, Row, interaction as read};
use super::{Words, heading, xml};

/// Width of a participant's column, and height of a line, in the interaction.
const PARTICIPANT: i32 = 190;
const LINE: i32 = 56;

fn open(width: i32, height: i32, heading: &str) -> String {
    let heading = xml(heading);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"sans-serif\" font-size=\"11\" role=\"img\">\n<title>{heading}</title>\n\
         <defs><marker id=\"a\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" fill=\"#333\"/></marker></defs>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n\
         <text x=\"12\" y=\"24\" font-size=\"15\" font-weight=\"bold\">{heading}</text>\n"
    )
}

/// The process with its branches.
pub(super) fn process(words: &Words<'_>, found: Resolved<'_>) -> String {
    let drawn = graph(found);
    let (width, height) = size(&drawn);
    let mut out = open(width, height, &title(words, found));
    for (index, actor) in drawn.lanes.iter().enumerate() {
        let box_ = lane(&drawn, index);
        let middle = box_.y + LANE / 2;
        let _ = writeln!(
            out,
            "<rect x=\"0\" y=\"{}\" width=\"{}\" height=\"{LANE}\" fill=\"{}\" stroke=\"#999\"/>\
             <text x=\"24\" y=\"{middle}\" text-anchor=\"middle\" transform=\"rotate(-90 24 {middle})\">{}</text>",
            box_.y,
            box_.width,
            if index % 2 == 0 { "#fafafa" } else { "#f1f4f8" },
            xml(words.actor(actor)),
        );
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

fn arrow(out: &mut String, words: &Words<'_>, process: &Process<'_>, edge: &super::process::Edge) {
    let points = route(process, edge);
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
    if let (Some((x, y)), false) = (points.first(), word.is_empty()) {
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" font-size=\"9\" fill=\"#555\">{word}</text>",
            x + 4,
            y - 4
        );
    }
}

fn draw_node(out: &mut String, words: &Words<'_>, node: &Node<'_>) {
    let at = frame(node);
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
            let half = at.width / 2;
            let _ = write!(
                out,
                "<path d=\"M{x} {} L{} {y} L{x} {} L{} {y}z\" fill=\"{color}\" stroke=\"{stroke}\"/>",
                y - half,
                x + half,
                y + half,
                x - half
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
        (Shape::Task, Some(item)) => lines(out, x, at.y + 14, &wrapped(words, item, 22, 6)),
        // Beside its lower corner, clear of the arrow that leaves downwards.
        (Shape::Condition, Some(item)) => lines(out, x, y + 38, &wrapped(words, item, 24, 4)),
        (Shape::End(ending), _) => lines(out, x, y + 28, &[ended(words, ending).to_owned()]),
        (Shape::Task | Shape::Condition | Shape::Start, _) => {}
    }
}

fn lines(out: &mut String, x: i32, y: i32, lines: &[String]) {
    for (index, line) in lines.iter().enumerate() {
        let weight = if index == 0 && lines.len() > 1 { " font-weight=\"bold\"" } else { "" };
        let y = y + pixels(index, 13);
        let _ = write!(
            out,
            "<text x=\"{x}\" y=\"{y}\" font-size=\"10\" text-anchor=\"middle\"{weight}>{}</text>",
            xml(line)
        );
    }
}

/// Heading on its own line, then the text in as many lines as fit.
fn wrapped(words: &Words<'_>, item: &Item, width: usize, most: usize) -> Vec<String> {
    let gateway = if item.via_gateway { format!(" → {}", words.system("gateway")) } else { String::new() };
    let mut lines = vec![format!("{}{gateway}", heading(item)).trim().to_owned()];
    lines.retain(|line| !line.is_empty());
    let mut current = String::new();
    for word in item.text.in_language(words.language).split_whitespace() {
        if !current.is_empty() && current.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::take(&mut current));
        }
        if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(word);
    }
    lines.push(current);
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            last.push('…');
        }
    }
    lines
}

/// The interaction of systems.
pub(super) fn interaction(words: &Words<'_>, found: Resolved<'_>) -> String {
    let drawn = read(found);
    let width = STRIP + pixels(drawn.participants.len().max(3), PARTICIPANT);
    let height = TOP + 60 + pixels(drawn.rows.len(), LINE) + 20;
    let mut out = open(width, height, &title(words, found));
    for (index, participant) in drawn.participants.iter().enumerate() {
        let x = station(index);
        let _ = writeln!(
            out,
            "<line x1=\"{x}\" y1=\"{}\" x2=\"{x}\" y2=\"{}\" stroke=\"#bbb\"/><rect x=\"{}\" y=\"{TOP}\" \
             width=\"{}\" height=\"34\" rx=\"4\" fill=\"#eef3f9\" stroke=\"#36618e\"/>\
             <text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            TOP + 34,
            height - 10,
            x - 85,
            PARTICIPANT - 20,
            TOP + 21,
            xml(&shortened(participant.name(words), 28)),
        );
    }
    for (index, row) in drawn.rows.iter().enumerate() {
        draw_row(&mut out, words, &drawn, row, TOP + 70 + pixels(index, LINE));
    }
    out.push_str("</svg>\n");
    out
}

fn station(index: usize) -> i32 {
    STRIP + pixels(index, PARTICIPANT) + PARTICIPANT / 2
}

fn draw_row(out: &mut String, words: &Words<'_>, drawn: &Interaction<'_>, row: &Row<'_>, y: i32) {
    let text = said(words, row.item);
    let _ = write!(out, "<g><title>{}</title>", xml(&text));
    let (color, dash) = match row.breaks {
        Breaks::Refusal => ("#a33", " stroke-dasharray=\"5 3\""),
        Breaks::No | Breaks::WithoutItem => ("#333", ""),
    };
    let width = STRIP + pixels(drawn.participants.len().max(3), PARTICIPANT);
    if row.breaks == Breaks::Refusal {
        let _ = write!(
            out,
            "<rect x=\"4\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"#fbe4e4\" fill-opacity=\"0.5\"/>",
            y - 20,
            width - 8,
            LINE - 10
        );
    }
    let first = station(row.first);
    if row.hops.is_empty() {
        let _ = write!(
            out,
            "<path d=\"M{first} {y} h30 v14 h-28\" fill=\"none\" stroke=\"{color}\"{dash} marker-end=\"url(#a)\"/>"
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
    let note = match row.breaks {
        Breaks::WithoutItem => format!(" ({}: {})", words.fails(), without_item(words, row.item)),
        Breaks::Refusal | Breaks::No => String::new(),
    };
    let shown = shortened(&format!("{text}{note}"), 110);
    // Letters are taken as six pixels wide, so that a long line ends within the picture.
    let right = width - 10 - pixels(shown.chars().count(), 6);
    let x = (left + 6).min(right).max(6);
    let _ = writeln!(out, "<text x=\"{x}\" y=\"{}\">{}</text></g>", y - 5, xml(&shown));
}

fn said(words: &Words<'_>, item: &Item) -> String {
    format!("{} {}", heading(item), item.text.in_language(words.language)).trim().to_owned()
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

const _: () = assert!(COLUMN > 136, "a task fits its column");
