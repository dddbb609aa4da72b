//! Verdicts as people and programs read them.

use std::collections::BTreeMap;

use eush_pki::view::VerdictView;
use eush_pki::{Outcome as StageOutcome, Policy, StageReport, Verdict};
use serde::Serialize;

use crate::check::is_good;
use crate::exit::Failure;
use crate::output::{self, Printer};

/// A file, or a part of one, that found no use.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Note {
    /// Its name.
    pub(crate) file: String,
    /// Why.
    pub(crate) reason: String,
}

/// The data of `eush cert check --json`. README.md documents it.
#[derive(Debug, Serialize)]
struct One<'a> {
    #[serde(flatten)]
    verdict: VerdictView<'a>,
    policy: BTreeMap<&'static str, String>,
    unused: &'a [Note],
}

/// The data of `eush cms verify --json`.
#[derive(Debug, Serialize)]
struct Many<'a> {
    indication: &'static str,
    signers: Vec<VerdictView<'a>>,
    policy: BTreeMap<&'static str, String>,
    unused: &'a [Note],
}

fn settings(policy: &Policy) -> BTreeMap<&'static str, String> {
    policy.settings().into_iter().collect()
}

/// Shows the verdict on one certificate.
pub(crate) fn show_one(
    verdict: &Verdict,
    policy: &Policy,
    unused: &[Note],
    printer: Printer,
) -> Result<(), Failure> {
    printer.data(&One { verdict: VerdictView::of(verdict), policy: settings(policy), unused })?;
    lines(verdict, printer);
    note(unused, printer);
    Ok(())
}

/// Shows the verdicts on every signer. The whole is as good as the first that is not good.
pub(crate) fn show_all(
    verdicts: &[Verdict],
    policy: &Policy,
    unused: &[Note],
    printer: Printer,
) -> Result<(), Failure> {
    let whole = verdicts.iter().find(|verdict| !is_good(verdict)).or(verdicts.first());
    printer.data(&Many {
        indication: whole.map_or("INDETERMINATE", |verdict| verdict.indication.name()),
        signers: verdicts.iter().map(VerdictView::of).collect(),
        policy: settings(policy),
        unused,
    })?;
    for (index, verdict) in verdicts.iter().enumerate() {
        printer.line(format!("signer {} of {}", index + 1, verdicts.len()));
        lines(verdict, printer);
    }
    note(unused, printer);
    Ok(())
}

fn lines(verdict: &Verdict, printer: Printer) {
    let mut words = vec![verdict.indication.name().to_owned()];
    words.extend(verdict.sub_indication.map(|sub| sub.name().to_owned()));
    words.extend(verdict.rejection.map(|rejection| rejection.facts().reason.to_owned()));
    printer.line(words.join("  "));
    if let Some(rejection) = verdict.rejection {
        let text = rejection.facts().text;
        for (language, text) in [("kk", text.kk), ("ru", text.ru), ("en", text.en)] {
            printer.line(format!("  {language}: {text}"));
        }
    }
    printer.line(String::new());
    let mut rows = Vec::new();
    let mut say = |name: &str, value: String| rows.push(vec![name.to_owned(), value]);
    if let Some(certificate) = &verdict.certificate {
        say("subject", certificate.subject.clone());
        say("issuer", certificate.issuer.clone());
        say("serial", certificate.serial.clone());
        let (from, to) = (certificate.not_before, certificate.not_after);
        say("valid", format!("{} to {}", output::show_instant(from), output::show_instant(to)));
        say("algorithm", certificate.algorithm.clone());
    }
    say("judged at", output::show_instant(verdict.judged_at));
    output::table(&rows).into_iter().for_each(|line| printer.line(line));
    printer.line(String::new());
    let rows: Vec<_> = verdict.stages.iter().map(row).collect();
    output::table(&rows).into_iter().for_each(|line| printer.line(line));
}

fn row(report: &StageReport) -> Vec<String> {
    let mut told: Vec<String> =
        report.rejection.map(|rejection| rejection.facts().reason.to_owned()).into_iter().collect();
    told.extend(report.evidence.iter().map(|(key, value)| format!("{key}={value}")));
    told.extend(report.warnings.iter().map(|warning| format!("warning={warning}")));
    let mark = match report.outcome {
        StageOutcome::Fail => "x",
        StageOutcome::NotChecked => "-",
        StageOutcome::Pass => "+",
        StageOutcome::Warn => "!",
    };
    vec![mark.to_owned(), report.stage.name().to_owned(), report.outcome.name().to_owned(), told.join(", ")]
}

fn note(unused: &[Note], printer: Printer) {
    for note in unused {
        printer.line(format!("not used: {}: {}", note.file, note.reason));
    }
}
