//! Mermaid source: readable as text, and drawn by whatever shows Markdown.

use std::fmt::Write as _;

use crate::catalogue::Resolved;
use crate::model::{Item, OnFailure};

use super::process::{Branch, Ending, Shape, graph};
use super::sequence::{Breaks, Participant, Row, interaction as read};
use super::{Words, heading};

/// `sequenceDiagram`.
pub(super) fn interaction(words: &Words<'_>, found: Resolved<'_>) -> String {
    let drawn = read(found);
    let mut out = String::from("sequenceDiagram\n");
    let _ = writeln!(out, "    title {}", plain(&title(words, found)));
    for (index, participant) in drawn.participants.iter().enumerate() {
        let keyword = match participant {
            Participant::Person(_) => "actor",
            Participant::System(_) => "participant",
        };
        let _ = writeln!(out, "    {keyword} p{index} as {}", plain(participant.name(words)));
    }
    for row in &drawn.rows {
        let text = said(words, row.item);
        match row.breaks {
            Breaks::Refusal => {
                let _ = writeln!(out, "    break {}", plain(words.fails()));
                messages(&mut out, "        ", row, &text, "--x");
                let _ = writeln!(out, "    end");
            }
            Breaks::No => messages(&mut out, "    ", row, &text, "->>"),
            Breaks::WithoutItem => {
                messages(&mut out, "    ", row, &text, "->>");
                let _ = writeln!(out, "    break {}", plain(words.fails()));
                let at = row.hops.last().map_or(row.first, |(_, to)| *to);
                let _ = writeln!(out, "        Note over p{at}: {}", plain(without_item(words, row.item)));
                let _ = writeln!(out, "    end");
            }
        }
    }
    out
}

/// The text stands with the first hop; the others repeat its heading.
fn messages(out: &mut String, indent: &str, row: &Row<'_>, text: &str, arrow: &str) {
    if row.hops.is_empty() {
        let _ = writeln!(out, "{indent}p{0}{arrow}p{0}: {text}", row.first);
    }
    let heading = plain(&heading(row.item));
    for (index, (from, to)) in row.hops.iter().enumerate() {
        let text = if index == 0 { text } else { &heading };
        let _ = writeln!(out, "{indent}p{from}{arrow}p{to}: {text}");
    }
}

/// `flowchart`.
pub(super) fn process(words: &Words<'_>, found: Resolved<'_>) -> String {
    let drawn = graph(found);
    let mut out = format!("---\ntitle: \"{}\"\n---\nflowchart TD\n", plain(&title(words, found)));
    for (lane, actor) in drawn.lanes.iter().enumerate() {
        let _ = writeln!(out, "    subgraph lane{lane} [\"{}\"]", plain(words.actor(actor)));
        for (index, node) in drawn.nodes.iter().enumerate().filter(|(_, node)| node.lane == lane) {
            let text = node.item.map(|item| said(words, item)).unwrap_or_default();
            let shape = match node.shape {
                Shape::Condition => format!("{{\"{text}\"}}"),
                Shape::End(ending) => format!("(((\"{}\")))", plain(ended(words, ending))),
                Shape::Start => "((\" \"))".to_owned(),
                Shape::Task => format!("[\"{text}\"]"),
            };
            let _ = writeln!(out, "        n{index}{shape}");
        }
        out.push_str("    end\n");
    }
    for edge in &drawn.edges {
        let arrow = match edge.branch {
            Branch::Fails => format!("-. {} .->", plain(words.fails())),
            Branch::Holds => format!("-- {} -->", plain(words.holds())),
            Branch::Next => "-->".to_owned(),
        };
        let _ = writeln!(out, "    n{} {arrow} n{}", edge.from, edge.to);
    }
    out
}

pub(super) fn ended(words: &Words<'_>, ending: Ending) -> &'static str {
    match ending {
        Ending::Done => words.done(),
        Ending::Refused => words.refused(),
        Ending::Undefined => words.undefined(),
    }
}

pub(super) fn without_item(words: &Words<'_>, item: &Item) -> &'static str {
    match item.on_failure {
        OnFailure::Undefined => words.undefined(),
        OnFailure::Label(_) | OnFailure::None | OnFailure::Refuse => words.refused(),
    }
}

pub(super) fn title(words: &Words<'_>, found: Resolved<'_>) -> String {
    let name = found.regulation.names.in_language(words.language);
    format!("{} {} ({})", found.regulation.alias, name, found.flow.id.channel.name())
}

fn said(words: &Words<'_>, item: &Item) -> String {
    plain(format!("{} {}", heading(item), item.text.in_language(words.language)).trim_start())
}

/// Text that Mermaid takes as text: no quotes, no semicolons, no hashes.
fn plain(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '"' => '\'',
            ';' => ',',
            '#' => '№',
            '\n' | '\r' => ' ',
            other => other,
        })
        .collect()
}
