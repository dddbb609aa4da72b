//! Drawings of one flow each, and what must hold of the drawings of all.

use std::collections::HashSet;

use eush_domain::Language;

use super::{DrawError, Notation, View, draw};
use crate::catalogue;

fn drawn(flow: &str, view: View, notation: Notation) -> String {
    let id = catalogue().resolve(flow).unwrap();
    draw(catalogue(), catalogue().resolved(&id).unwrap(), view, notation, Language::English).unwrap()
}

#[test]
fn the_interaction_of_a_flow_in_mermaid() {
    insta::assert_snapshot!(drawn("000-A/sc", View::Interaction, Notation::Mermaid));
}

#[test]
fn the_process_of_a_flow_in_mermaid() {
    insta::assert_snapshot!(drawn("002-A/portal", View::Process, Notation::Mermaid));
}

#[test]
fn the_interaction_of_a_flow_in_svg() {
    insta::assert_snapshot!(drawn("003-S20/portal", View::Interaction, Notation::Svg));
}

#[test]
fn the_process_of_a_flow_in_svg() {
    insta::assert_snapshot!(drawn("001-S02/portal", View::Process, Notation::Svg));
}

#[test]
fn a_flow_in_bpmn() {
    insta::assert_snapshot!(drawn("001-S02/portal", View::Process, Notation::Bpmn));
}

/// Every element is closed, in order; enough to know that an XML reader gets to the end.
#[track_caller]
fn well_formed(what: &str, text: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").unwrap_or(text);
    while let Some(start) = rest.find('<') {
        assert!(!rest[..start].contains('>'), "{what}: stray `>`");
        let end = start + rest[start..].find('>').unwrap_or_else(|| panic!("{what}: unclosed tag"));
        let tag = &rest[start + 1..end];
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        assert_eq!(tag.matches('"').count() % 2, 0, "{what}: {tag}");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{what}");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "{what}: {open:?}");
}

fn attributes<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let key = format!(" {name}=\"");
    text.match_indices(&key).map(|(at, _)| text[at + key.len()..].split('"').next().unwrap()).collect()
}

#[test]
fn every_described_flow_is_drawn_in_every_notation_and_language() {
    for found in catalogue().flows().filter(|found| !found.flow.items.is_empty()) {
        for language in Language::ALL {
            for view in [View::Interaction, View::Process] {
                let what = format!("{} {view:?} {language:?}", found.flow.id);
                let svg = draw(catalogue(), found, view, Notation::Svg, language).unwrap();
                well_formed(&what, &svg);
                let mermaid = draw(catalogue(), found, view, Notation::Mermaid, language).unwrap();
                for label in found.flow.items.iter().filter_map(|item| item.label.as_ref()) {
                    assert!(
                        svg.contains(label.as_str()) && mermaid.contains(label.as_str()),
                        "{what} {label}"
                    );
                }
            }
            let what = format!("{} BPMN {language:?}", found.flow.id);
            let bpmn = draw(catalogue(), found, View::Process, Notation::Bpmn, language).unwrap();
            well_formed(&what, &bpmn);
            let ids: Vec<&str> = attributes(&bpmn, "id");
            let unique: HashSet<&str> = ids.iter().copied().collect();
            assert_eq!(ids.len(), unique.len(), "{what}: an id stands twice");
            // Whatever is referred to is there, and whatever is there is drawn.
            for name in ["sourceRef", "targetRef", "bpmnElement", "default", "processRef"] {
                for target in attributes(&bpmn, name) {
                    assert!(unique.contains(target), "{what}: {name} {target}");
                }
            }
            let shown: HashSet<&str> = attributes(&bpmn, "bpmnElement").into_iter().collect();
            for id in &unique {
                if id.starts_with("node-") && !id.ends_with("-shape") {
                    assert!(shown.contains(id), "{what}: {id} is not drawn");
                }
            }
        }
    }
}

#[test]
fn boxes_do_not_cover_each_other() {
    for found in catalogue().flows().filter(|found| !found.flow.items.is_empty()) {
        let process = super::process::graph(found);
        let boxes = |node| super::layout::frame(node, super::layout::Conditions::Boxes);
        let frames: Vec<_> = process.nodes.iter().map(boxes).collect();
        for (index, a) in frames.iter().enumerate() {
            for b in &frames[index + 1..] {
                let apart = a.x + a.width <= b.x
                    || b.x + b.width <= a.x
                    || a.y + a.height <= b.y
                    || b.y + b.height <= a.y;
                assert!(apart, "{}", found.flow.id);
            }
        }
    }
}

#[test]
fn a_channel_without_items_is_not_drawn() {
    let id = catalogue().resolve("000-A/provider").unwrap();
    let found = catalogue().resolved(&id).unwrap();
    let error = draw(catalogue(), found, View::Process, Notation::Svg, Language::English).unwrap_err();
    assert_eq!(error, DrawError::NothingDescribed(id));
}

#[test]
fn every_text_fits_its_box_in_every_language() {
    for found in catalogue().flows().filter(|found| !found.flow.items.is_empty()) {
        for language in [Language::Kazakh, Language::Russian, Language::English] {
            for view in [View::Process, View::Interaction] {
                let drawn = draw(catalogue(), found, view, Notation::Svg, language).unwrap();
                let cut: Vec<&str> = drawn.lines().filter(|line| line.contains('…')).collect();
                assert!(cut.is_empty(), "{} {language:?} {view:?}: {cut:?}", found.flow.id);
            }
        }
    }
}
