//! `eush acts`: the regulations as data: listed, shown, compared, drawn, covered.

use std::path::Path;

use eush_acts::coverage::{self, Coverage, Executed, Outcome as Exercised, Scope};
use eush_acts::diagram::{self, Notation, View};
use eush_acts::{Catalogue, Regulation, Resolved, catalogue, diff, view};
use eush_domain::FlowId;
use eush_wire::management::v1::ListEntriesRequest;
use eush_wire::management::v1::journal_service_client::JournalServiceClient;
use serde_json::Value;

use crate::args::{ActsAction, CoverageFormat, DiagramFormat, DiagramView};
use crate::connect::Bus;
use crate::exit::{Failure, Outcome};
use crate::output::{self, Printer};
use crate::steps;

/// Most journal entries of one reading; the bus gives no more at once.
const MOST_ENTRIES: u32 = 1000;

/// Does the action. `find_bus` is asked only where a running bus is needed.
pub(crate) async fn run(
    find_bus: impl FnOnce() -> Result<Bus, Failure>,
    action: ActsAction,
    printer: Printer,
) -> Result<Outcome, Failure> {
    match action {
        ActsAction::List { text } => list(text.as_deref(), printer),
        ActsAction::Show { service } => show(&service, printer),
        ActsAction::Diff { left, right } => compare(&left, &right, printer),
        ActsAction::Diagram { flow, format, view, out } => draw(&flow, format, view, out.as_deref(), printer),
        ActsAction::Coverage { files, format, all, out } => {
            let executed = if files.is_empty() { of_bus(&find_bus()?).await? } else { of_files(&files)? };
            let scope = if all { Scope::All } else { Scope::Touched };
            let measured = coverage::measure(catalogue(), &executed, scope);
            cover(&measured, format, out.as_deref(), printer)
        }
    }
}

fn list(text: Option<&str>, printer: Printer) -> Result<Outcome, Failure> {
    let matches = |regulation: &&Regulation| {
        let names = &regulation.names;
        text.is_none_or(|text| {
            let text = text.to_lowercase();
            let all = [regulation.id.as_str(), &regulation.alias, &names.kk, &names.ru, &names.en];
            all.iter().any(|name| name.to_lowercase().contains(&text))
        })
    };
    let found: Vec<&Regulation> = catalogue().regulations().iter().filter(matches).collect();
    let rows: Vec<Vec<String>> = found
        .iter()
        .map(|regulation| {
            let channels: Vec<_> = regulation.channels.iter().map(|flow| flow.id.channel.name()).collect();
            vec![
                regulation.alias.clone(),
                regulation.id.to_string(),
                channels.join(" "),
                regulation.names.in_language(printer.lang.language()).to_owned(),
            ]
        })
        .collect();
    for line in output::table(&rows) {
        printer.line(line);
    }
    let listing = view::list_some(found.iter().copied());
    printer.line(format!("{} services", found.len()));
    printer.data(&listing)?;
    Ok(Outcome::of(!found.is_empty()))
}

fn regulation(name: &str) -> Result<&'static Regulation, Failure> {
    catalogue().regulation(name).ok_or_else(|| {
        Failure::Usage(format!("there is no public service `{name}`; `eush acts list` names them all"))
    })
}

fn flow(name: &str) -> Result<Resolved<'static>, Failure> {
    let catalogue: &'static Catalogue = catalogue();
    let id = catalogue.resolve(name).ok_or_else(|| {
        Failure::Usage(format!("there is no flow `{name}`; write for example 000-A/portal"))
    })?;
    catalogue.resolved(&id).ok_or_else(|| {
        Failure::Usage(format!("the act gives {} no channel `{}`", id.regulation, id.channel.name()))
    })
}

fn show(name: &str, printer: Printer) -> Result<Outcome, Failure> {
    let found = regulation(name)?;
    let shown = view::show(found);
    printer.data(&shown)?;
    let language = printer.lang.language();
    let source = &found.source;
    printer.line(format!("{}  {}", found.alias, found.id));
    printer.line(found.names.in_language(language));
    printer.line(format!(
        "act {} № {} of {}, lines {}-{}",
        source.act, source.number, source.date, source.lines.first, source.lines.last
    ));
    printer.line(found.provider.name.in_language(language));
    for channel in &found.channels {
        printer.line(String::new());
        printer.line(channel.id.to_string());
        let rows: Vec<Vec<String>> = channel
            .items
            .iter()
            .map(|item| {
                let across = if item.via_gateway { "ЭҮШ" } else { "" };
                vec![
                    format!("  {}", item.number.as_deref().unwrap_or("")),
                    item.label.clone().unwrap_or_default(),
                    across.to_owned(),
                    item.text.in_language(language).to_owned(),
                    item.duration.map(|term| term.to_string()).unwrap_or_default(),
                    format!("[{}]", coverage::reference(&source.act, item)),
                ]
            })
            .collect();
        for line in output::table(&rows) {
            printer.line(line);
        }
    }
    for oddity in &found.oddities {
        printer.line(format!("! {oddity}"));
    }
    Ok(Outcome::Positive)
}

fn compare(left: &str, right: &str, printer: Printer) -> Result<Outcome, Failure> {
    // Two flows where both name a channel, two services otherwise.
    if catalogue().resolve(left).is_some() && catalogue().resolve(right).is_some() {
        let found = diff::flows(flow(left)?, flow(right)?);
        printer.line(diff::flow_text(&found).trim_end());
        printer.data(&found)?;
    } else {
        let found = diff::services(regulation(left)?, regulation(right)?);
        printer.line(diff::service_text(&found).trim_end());
        printer.data(&found)?;
    }
    Ok(Outcome::Positive)
}

fn draw(
    name: &str,
    format: DiagramFormat,
    view: DiagramView,
    out: Option<&Path>,
    printer: Printer,
) -> Result<Outcome, Failure> {
    let notation = match format {
        DiagramFormat::Bpmn => Notation::Bpmn,
        DiagramFormat::Mermaid => Notation::Mermaid,
        DiagramFormat::Svg => Notation::Svg,
    };
    let seen = match view {
        DiagramView::Interaction => View::Interaction,
        DiagramView::Process => View::Process,
    };
    let found = flow(name)?;
    let text = diagram::draw(catalogue(), found, seen, notation, printer.lang.language())
        .map_err(|error| Failure::Usage(error.to_string()))?;
    deliver(&text, out, printer)?;
    printer.data(&serde_json::json!({ "flow": found.flow.id.to_string(), "diagram": text }))?;
    Ok(Outcome::Positive)
}

fn cover(
    measured: &Coverage<'_>,
    format: CoverageFormat,
    out: Option<&Path>,
    printer: Printer,
) -> Result<Outcome, Failure> {
    let text = match format {
        CoverageFormat::Html => coverage::html(measured),
        CoverageFormat::Table => coverage::table(measured),
    };
    deliver(text.trim_end(), out, printer)?;
    printer.data(measured)?;
    Ok(Outcome::Positive)
}

/// Text to a file, or to standard output where none is named.
fn deliver(text: &str, out: Option<&Path>, printer: Printer) -> Result<(), Failure> {
    let Some(path) = out else {
        printer.line(text);
        return Ok(());
    };
    std::fs::write(path, text)
        .map_err(|error| Failure::Environment(format!("cannot write {}: {error}", path.display())))?;
    printer.line(format!("wrote {}", path.display()));
    Ok(())
}

/// What a running bus has executed, by its journal.
async fn of_bus(bus: &Bus) -> Result<Vec<Executed>, Failure> {
    let address = bus.address("management")?;
    let mut client =
        JournalServiceClient::new(bus.channel("management").await?).max_decoding_message_size(64 << 20);
    let request = ListEntriesRequest { limit: MOST_ENTRIES, ..ListEntriesRequest::default() };
    let answer =
        client.list_entries(request).await.map_err(|status| Failure::from_status(address, status))?;
    let mut executed = Vec::new();
    for entry in answer.into_inner().entries {
        let Some(channel) = steps::channel_name(entry.channel()) else { continue };
        let Ok(flow) = FlowId::parse(&format!("{}/{channel}", entry.regulation_id)) else { continue };
        for step in &entry.steps {
            let outcome = steps::outcome_name(step.outcome());
            if !is_item(&step.kind, outcome, &step.label, &step.item) {
                continue;
            }
            executed.push(Executed {
                flow: flow.clone(),
                label: step.label.clone(),
                item: step.item.clone(),
                reference: step.reference.clone(),
                outcome: exercised(outcome),
            });
        }
    }
    Ok(executed)
}

/// Whether a step is an executed item of a channel: not of the provider's procedure, not seen by nobody, and no message of
/// ours that stands in for one the act lacks.
fn is_item(kind: &str, outcome: &str, label: &str, item: &str) -> bool {
    let ours = outcome == "refused" && label.is_empty() && item.is_empty();
    kind != "procedure" && outcome != "not-observed" && !ours
}

fn exercised(outcome: &str) -> Exercised {
    if outcome == "failed" { Exercised::Failed } else { Exercised::CarriedOut }
}

/// What saved answers of `apply --json`, `journal --json` or `demo --json` say was executed.
fn of_files(files: &[std::path::PathBuf]) -> Result<Vec<Executed>, Failure> {
    let mut executed = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::Environment(format!("cannot read {}: {error}", path.display())))?;
        for value in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
            let value = value.map_err(|error| {
                Failure::Usage(format!("{} is no answer of `eush … --json` ({error})", path.display()))
            })?;
            collect(&value, &mut executed);
        }
    }
    Ok(executed)
}

/// Every object with a regulation, a channel and steps, wherever it stands.
fn collect(value: &Value, executed: &mut Vec<Executed>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect(value, executed)),
        Value::Object(fields) => {
            let text = |name: &str| value[name].as_str().unwrap_or_default();
            if let (Ok(flow), Some(steps)) = (
                FlowId::parse(&format!("{}/{}", text("regulation_id"), text("channel"))),
                value["steps"].as_array(),
            ) {
                let text = |step: &Value, name: &str| step[name].as_str().unwrap_or_default().to_owned();
                let items = steps.iter().filter(|step| {
                    let (kind, outcome) = (text(step, "kind"), text(step, "outcome"));
                    is_item(&kind, &outcome, &text(step, "label"), &text(step, "item"))
                });
                executed.extend(items.map(|step| Executed {
                    flow: flow.clone(),
                    label: text(step, "label"),
                    item: text(step, "item"),
                    reference: text(step, "reference"),
                    outcome: exercised(&text(step, "outcome")),
                }));
            } else {
                fields.values().for_each(|value| collect(value, executed));
            }
        }
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => {}
    }
}
