//! BPMN 2.0 XML with its layout: a pool with a lane for everybody who acts, and a closed pool for every system that
//! a message goes to.
//!
//! Deliberate difference from a model for an engine: nothing here is executable; it is the act, drawn.

use std::fmt::Write as _;

use crate::catalogue::Resolved;

use super::layout::{Conditions, Frame, frame, lane, pixels, route, size};
use super::mermaid::{ended, title};
use super::process::{Branch, Node, Process, Shape, graph};
use super::{Words, heading, xml};

const POOL_HEIGHT: i32 = 60;
const POOL_SPACE: i32 = 90;

/// A message from an item to a system outside the pool.
struct Message<'a> {
    node: usize,
    system: &'a str,
}

/// Writes the collaboration.
pub(super) fn write(words: &Words<'_>, found: Resolved<'_>) -> String {
    let process = graph(found);
    let front = found.flow.front.as_ref().map(|system| system.as_str());
    let mut systems: Vec<&str> = Vec::new();
    let mut messages = Vec::new();
    for (node, item) in
        process.nodes.iter().enumerate().filter_map(|(i, node)| node.item.map(|item| (i, item)))
    {
        for system in item.to.iter().map(|system| system.as_str()).filter(|system| Some(*system) != front) {
            if !systems.contains(&system) {
                systems.push(system);
            }
            messages.push(Message { node, system });
        }
    }
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<bpmn:definitions \
         xmlns:bpmn=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
         xmlns:bpmndi=\"http://www.omg.org/spec/BPMN/20100524/DI\" \
         xmlns:dc=\"http://www.omg.org/spec/DD/20100524/DC\" \
         xmlns:di=\"http://www.omg.org/spec/DD/20100524/DI\" \
         id=\"definitions\" targetNamespace=\"urn:eush:acts\">\n",
    );
    collaboration(&mut out, words, found, &systems, &messages);
    flow(&mut out, words, found, &process);
    diagram(&mut out, &process, &systems, &messages);
    out.push_str("</bpmn:definitions>\n");
    out
}

fn collaboration(
    out: &mut String,
    words: &Words<'_>,
    found: Resolved<'_>,
    systems: &[&str],
    messages: &[Message<'_>],
) {
    let name = xml(&title(words, found));
    let _ = writeln!(out, "  <bpmn:collaboration id=\"collaboration\">");
    let _ = writeln!(out, "    <bpmn:participant id=\"pool\" name=\"{name}\" processRef=\"process\"/>");
    for system in systems {
        let name = xml(words.system(system));
        let _ = writeln!(out, "    <bpmn:participant id=\"system-{system}\" name=\"{name}\"/>");
    }
    for (index, message) in messages.iter().enumerate() {
        let _ = writeln!(
            out,
            "    <bpmn:messageFlow id=\"message-{index}\" sourceRef=\"node-{}\" targetRef=\"system-{}\"/>",
            message.node, message.system
        );
    }
    out.push_str("  </bpmn:collaboration>\n");
}

fn flow(out: &mut String, words: &Words<'_>, found: Resolved<'_>, process: &Process<'_>) {
    let name = xml(&found.flow.id.to_string());
    let _ = writeln!(out, "  <bpmn:process id=\"process\" name=\"{name}\" isExecutable=\"false\">");
    out.push_str("    <bpmn:laneSet id=\"lanes\">\n");
    for (index, actor) in process.lanes.iter().enumerate() {
        let name = xml(words.actor(actor));
        let _ = writeln!(out, "      <bpmn:lane id=\"lane-{index}\" name=\"{name}\">");
        for (node, _) in process.nodes.iter().enumerate().filter(|(_, node)| node.lane == index) {
            let _ = writeln!(out, "        <bpmn:flowNodeRef>node-{node}</bpmn:flowNodeRef>");
        }
        out.push_str("      </bpmn:lane>\n");
    }
    out.push_str("    </bpmn:laneSet>\n");
    for (index, node) in process.nodes.iter().enumerate() {
        write_node(out, words, process, index, node);
    }
    for (index, edge) in process.edges.iter().enumerate() {
        let name = match edge.branch {
            Branch::Fails => format!(" name=\"{}\"", words.fails()),
            Branch::Holds => format!(" name=\"{}\"", words.holds()),
            Branch::Next => String::new(),
        };
        let _ = writeln!(
            out,
            "    <bpmn:sequenceFlow id=\"edge-{index}\"{name} sourceRef=\"node-{}\" targetRef=\"node-{}\"/>",
            edge.from, edge.to
        );
    }
    out.push_str("  </bpmn:process>\n");
}

fn write_node(out: &mut String, words: &Words<'_>, process: &Process<'_>, index: usize, node: &Node<'_>) {
    let (element, name) = match (node.shape, node.item) {
        (Shape::Start, _) => ("startEvent", String::new()),
        (Shape::End(ending), _) => ("endEvent", ended(words, ending).to_owned()),
        (shape, item) => {
            let element = if shape == Shape::Condition { "exclusiveGateway" } else { "task" };
            let text = |item: &crate::model::Item| {
                format!("{} {}", heading(item), item.text.in_language(words.language)).trim().to_owned()
            };
            (element, item.map(text).unwrap_or_default())
        }
    };
    // Where a branch fails, the good one is the default: the other has the condition.
    let default = process
        .edges
        .iter()
        .position(|edge| edge.from == index && edge.branch == Branch::Holds)
        .map_or(String::new(), |edge| format!(" default=\"edge-{edge}\""));
    let _ = writeln!(out, "    <bpmn:{element} id=\"node-{index}\" name=\"{}\"{default}>", xml(&name));
    if let Some(item) = node.item {
        let lines = item.lines;
        let ours = item.ours.as_deref().map(|ours| format!(" Ours: {ours}")).unwrap_or_default();
        let text = xml(&format!("Lines {}-{}.{ours}", lines.first, lines.last));
        let _ = writeln!(out, "      <bpmn:documentation>{text}</bpmn:documentation>");
    }
    for (edge, _) in process.edges.iter().enumerate().filter(|(_, edge)| edge.to == index) {
        let _ = writeln!(out, "      <bpmn:incoming>edge-{edge}</bpmn:incoming>");
    }
    for (edge, _) in process.edges.iter().enumerate().filter(|(_, edge)| edge.from == index) {
        let _ = writeln!(out, "      <bpmn:outgoing>edge-{edge}</bpmn:outgoing>");
    }
    let _ = writeln!(out, "    </bpmn:{element}>");
}

fn diagram(out: &mut String, process: &Process<'_>, systems: &[&str], messages: &[Message<'_>]) {
    let (width, height) = size(process);
    out.push_str("  <bpmndi:BPMNDiagram id=\"diagram\">\n");
    out.push_str("    <bpmndi:BPMNPlane id=\"plane\" bpmnElement=\"collaboration\">\n");
    let top = super::layout::TOP;
    shape(
        out,
        "pool",
        Frame { x: -30, y: top, width: width + 30, height: height - top },
        " isHorizontal=\"true\"",
    );
    for index in 0..process.lanes.len() {
        shape(out, &format!("lane-{index}"), lane(process, index), " isHorizontal=\"true\"");
    }
    for (index, node) in process.nodes.iter().enumerate() {
        let at = frame(node, Conditions::Gateways);
        match node.shape {
            // Left of the gateway and under the arrow that comes in: nothing else is drawn there.
            Shape::Condition => {
                let label = Frame { x: at.x - 78, y: at.y + 36, width: 96, height: 96 };
                labelled(out, &format!("node-{index}"), at, label);
            }
            Shape::End(_) | Shape::Start | Shape::Task => shape(out, &format!("node-{index}"), at, ""),
        }
    }
    for (index, system) in systems.iter().enumerate() {
        shape(out, &format!("system-{system}"), closed_pool(width, height, index), " isHorizontal=\"true\"");
    }
    for (index, edge) in process.edges.iter().enumerate() {
        let points = route(process, edge, Conditions::Gateways);
        let label = (edge.branch != Branch::Next).then(|| beside(&points));
        line(out, &format!("edge-{index}"), &points, label);
    }
    for (index, message) in messages.iter().enumerate() {
        let at = systems.iter().position(|system| *system == message.system).unwrap_or(0);
        // Messages of one item run side by side.
        let shift = pixels(at, 8);
        let (x, y) = frame(&process.nodes[message.node], Conditions::Gateways).bottom();
        let target = closed_pool(width, height, at);
        line(out, &format!("message-{index}"), &[(x + shift, y), (x + shift, target.y)], None);
    }
    out.push_str("    </bpmndi:BPMNPlane>\n  </bpmndi:BPMNDiagram>\n");
}

fn closed_pool(width: i32, height: i32, index: usize) -> Frame {
    Frame { x: -30, y: height + 40 + pixels(index, POOL_SPACE), width: width + 30, height: POOL_HEIGHT }
}

fn shape(out: &mut String, element: &str, at: Frame, attributes: &str) {
    let _ = writeln!(
        out,
        "      <bpmndi:BPMNShape id=\"{element}-shape\" bpmnElement=\"{element}\"{attributes}>\n        \
         <dc:Bounds x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n      </bpmndi:BPMNShape>",
        at.x, at.y, at.width, at.height
    );
}

/// A shape whose name stands apart.
fn labelled(out: &mut String, element: &str, at: Frame, label: Frame) {
    let bounds = |at: Frame| {
        format!("<dc:Bounds x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>", at.x, at.y, at.width, at.height)
    };
    let _ = writeln!(
        out,
        "      <bpmndi:BPMNShape id=\"{element}-shape\" bpmnElement=\"{element}\" isMarkerVisible=\"true\">\n        \
         {}\n        <bpmndi:BPMNLabel>\n          {}\n        </bpmndi:BPMNLabel>\n      </bpmndi:BPMNShape>",
        bounds(at),
        bounds(label)
    );
}

/// Where the word of a branch stands: beside its first stretch, clear of the arrow.
fn beside(points: &[(i32, i32)]) -> Frame {
    let (from, next) = match points {
        [from, next, ..] => (*from, *next),
        [only] => (*only, *only),
        [] => ((0, 0), (0, 0)),
    };
    let (x, y) = match (next.0 - from.0, next.1 - from.1) {
        (0, down) if down > 0 => (from.0 + 4, from.1 + 4),
        (0, _) => (from.0 + 4, from.1 - 20),
        (_, _) => (from.0 + 2, from.1 - 18),
    };
    Frame { x, y, width: 72, height: 14 }
}

fn line(out: &mut String, element: &str, points: &[(i32, i32)], label: Option<Frame>) {
    let _ = writeln!(out, "      <bpmndi:BPMNEdge id=\"{element}-line\" bpmnElement=\"{element}\">");
    for (x, y) in points {
        let _ = writeln!(out, "        <di:waypoint x=\"{x}\" y=\"{y}\"/>");
    }
    if let Some(label) = label {
        let _ = writeln!(
            out,
            "        <bpmndi:BPMNLabel>\n          <dc:Bounds x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n        \
             </bpmndi:BPMNLabel>",
            label.x, label.y, label.width, label.height
        );
    }
    out.push_str("      </bpmndi:BPMNEdge>\n");
}
