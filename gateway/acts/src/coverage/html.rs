//! The coverage as one HTML file: no scripts, no references, readable from a disk.

use std::fmt::Write as _;

use super::{Counts, Coverage, FlowCoverage, ItemCoverage, left};

const STYLE: &str = "body{font:14px/1.4 sans-serif;margin:2em;color:#222}table{border-collapse:collapse;width:100%}\
    th,td{border:1px solid #ccc;padding:4px 8px;text-align:left;vertical-align:top}th{background:#f3f5f8}\
    .no{background:#fbe4e4}.part{background:#fff8e1}.yes{background:#e3f4e3}summary{cursor:pointer;padding:4px}\
    details{margin:.4em 0}td.n{text-align:right}";

/// Writes the file.
pub fn html(coverage: &Coverage<'_>) -> String {
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"kk\"><head><meta charset=\"utf-8\"><title>eush: coverage</title>\
         <style>{STYLE}</style></head><body>\n<h1>Актілер тармақтарының қамтылуы · Покрытие актов · Coverage of the \
         acts</h1>\n<p>{}</p>\n",
        sums(coverage.totals)
    );
    for flow in &coverage.flows {
        write_flow(&mut out, flow);
    }
    if !coverage.strangers.is_empty() {
        out.push_str("<h2>No item of its flow</h2>\n<ul>\n");
        for stranger in &coverage.strangers {
            let _ = writeln!(out, "<li>{}</li>", escaped(stranger));
        }
        out.push_str("</ul>\n");
    }
    out.push_str("</body></html>\n");
    out
}

fn write_flow(out: &mut String, flow: &FlowCoverage<'_>) {
    let _ = writeln!(
        out,
        "<details{}><summary class=\"{}\"><b>{}</b> {} <code>{}</code> — {}</summary>\n<table><tr><th>№</th>\
         <th>Item</th><th>Act</th><th>Text</th><th>Executed</th><th>Held</th><th>Failed</th><th>Left</th></tr>",
        if flow.counts.is_full() || flow.counts.items_exercised == 0 { "" } else { " open" },
        class(flow.counts),
        escaped(flow.alias),
        escaped(flow.name),
        escaped(&flow.flow),
        sums(flow.counts),
    );
    for item in &flow.items {
        write_item(out, item);
    }
    out.push_str("</table></details>\n");
}

fn write_item(out: &mut String, item: &ItemCoverage<'_>) {
    let left = left(item);
    let class = match (&left, item.executed) {
        (None, _) => "yes",
        (Some(_), 0) => "no",
        (Some(_), _) => "part",
    };
    let times = |times: Option<usize>| times.map(|times| times.to_string()).unwrap_or_default();
    let _ = writeln!(
        out,
        "<tr class=\"{class}\"><td>{}</td><td>{}</td><td><code>{}</code></td><td>{}</td><td class=\"n\">{}</td>\
         <td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>",
        escaped(item.item.unwrap_or_default()),
        escaped(item.label.unwrap_or_default()),
        escaped(&item.reference),
        escaped(item.text),
        item.executed,
        times(item.branches.as_ref().map(|branches| branches.held)),
        times(item.branches.as_ref().map(|branches| branches.failed)),
        escaped(left.as_deref().unwrap_or_default()),
    );
}

fn class(counts: Counts) -> &'static str {
    match (counts.is_full(), counts.items_exercised) {
        (true, _) => "yes",
        (false, 0) => "no",
        (false, _) => "part",
    }
}

fn sums(counts: Counts) -> String {
    format!(
        "items {}/{}, branches {}/{}",
        counts.items_exercised, counts.items, counts.branches_exercised, counts.branches
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
