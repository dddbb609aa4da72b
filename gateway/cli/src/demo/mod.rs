//! `eush demo`: the whole bus in a temporary folder, every case, and one verdict.

mod cases;
mod play;
mod report;

use std::collections::HashMap;
use std::time::Duration;

use eush_gateway::Config;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use time::macros::datetime;

use self::cases::{CASES, Case, Trick};
use self::play::{Stage, play};
use self::report::CaseReport;
use crate::args::Demo;
use crate::bus::{BusOptions, Remote, RunningBus};
use crate::connect::Bus;
use crate::exit::{Failure, Outcome};
use crate::output::{Printer, is_terminal};

/// The demo's clock: a working Monday, standing until the cases move it, so that every run is the same.
const START: eush_domain::Timestamp = datetime!(2026-03-02 09:00 +5);

/// The bus answers well before the caller's own timer where an agency never does, also on a busy machine.
const CONFIGURATION: &str = "[agency]\nown_cost = \"1s\"\n";

/// Plays the cases; positive only if every one came out as demanded.
pub(crate) async fn run(args: Demo, printer: Printer) -> Result<Outcome, Failure> {
    let wanted: Vec<&Case> = CASES
        .iter()
        .filter(|case| {
            let full = format!("{} {}", case.flow, case.name);
            args.only.as_ref().is_none_or(|only| full.contains(only.as_str()))
        })
        .collect();
    if wanted.is_empty() {
        let names: Vec<_> = CASES.iter().map(|case| case.name).collect();
        return Err(Failure::Usage(format!(
            "no case has that text in it; the cases are: {}",
            names.join(", ")
        )));
    }
    let progress = progress(wanted.len(), printer);
    let mut reports = Vec::new();
    // Cases with an agency in another process want a bus that is wired to it from the start.
    for remote in [false, true] {
        let cases: Vec<&&Case> =
            wanted.iter().filter(|case| (case.trick == Trick::SecondProcess) == remote).collect();
        if !cases.is_empty() {
            reports.extend(play_on_a_bus(&args, &cases, remote, &progress, printer).await?);
        }
    }
    progress.finish_and_clear();
    summarize(&reports, printer)
}

async fn play_on_a_bus(
    args: &Demo,
    cases: &[&&Case],
    remote: bool,
    progress: &ProgressBar,
    printer: Printer,
) -> Result<Vec<CaseReport>, Failure> {
    let folder = tempfile::tempdir()
        .map_err(|error| Failure::Environment(format!("cannot make a temporary folder: {error}")))?;
    let mut options = BusOptions::in_folder(folder.path());
    options.seed = Some(args.seed);
    options.keys = args.keys;
    options.config = Config::parse(CONFIGURATION, &HashMap::<String, String>::new())
        .map_err(|error| Failure::Bug(error.to_string()))?;
    options.start_at = Some(START);
    options.any_ports = true;
    if remote {
        options.remotes.push(Remote::Spawned("zhao".to_owned()));
    }
    progress.set_message("starting the bus");
    let running = RunningBus::start(options).await?;
    let bus = Bus::at(running.addresses().clone());
    let portal_password = running.secret("PORTAL")?.to_owned();
    let stage = Stage { bus: &bus, population: running.population(), portal_password: &portal_password };
    let mut reports = Vec::new();
    for case in cases {
        progress.set_message(format!("{} {}", case.flow, case.name));
        let number = CASES.iter().position(|other| std::ptr::eq(other, **case)).unwrap_or_default() + 1;
        let report = play(&stage, case, number).await;
        progress.suspend(|| report.print(printer));
        progress.inc(1);
        reports.push(report);
    }
    running.stop().await?;
    Ok(reports)
}

/// A moving bar for a person at a terminal; nothing elsewhere.
fn progress(cases: usize, printer: Printer) -> ProgressBar {
    if printer.json || !is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(u64::try_from(cases).unwrap_or(0));
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos}/{len} {bar:24} {wide_msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

fn summarize(reports: &[CaseReport], printer: Printer) -> Result<Outcome, Failure> {
    let failed = reports.iter().filter(|report| !report.as_demanded).count();
    let passed = reports.len() - failed;
    printer.line(format!("{passed} cases as the act and the checks demand, {failed} not"));
    printer.data(&json!({ "cases": reports, "as_demanded": passed, "not_as_demanded": failed }))?;
    Ok(Outcome::of(failed == 0))
}
