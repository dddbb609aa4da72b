//! `eush conform`: the conformance suites, and the signed protocol of a run. The judging itself is in
//! `tests/conformance`, which links nothing that it judges.

mod protocol;
mod subject;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use eush_conformance::{
    Format, Input, Numbers, Pattern, Published, Report, Results, RunError, RunOptions, Skips, SubjectKind,
    Tls, TlsIdentity,
};
use serde_json::json;

use crate::args::{Common, ConformAction, ConformRun, ReportFormat, SchemaOf, Subject};
use crate::exit::{Failure, Outcome};
use crate::output::{self, Printer};

/// Does the action.
pub(crate) async fn run(
    action: ConformAction,
    common: &Common,
    printer: Printer,
) -> Result<Outcome, Failure> {
    match action {
        ConformAction::List { patterns, subject, test_files } => {
            list(&patterns, subject, &test_files, printer)
        }
        ConformAction::Show { pattern, test_files } => {
            let text =
                eush_conformance::show(&inputs(&test_files)?, &Pattern::new(pattern)).map_err(failure)?;
            printer.line(text.trim_end());
            printer.data(&json!({ "text": text }))?;
            Ok(Outcome::Positive)
        }
        ConformAction::Run(args) => judge(*args, common, printer).await,
        ConformAction::Matrix { reports, out } => {
            let reports = reports.iter().map(|path| saved(path)).collect::<Result<Vec<_>, _>>()?;
            write(&out, |file| file.write_all(eush_conformance::matrix(&reports).as_bytes()))?;
            printer.line(format!("wrote {}", out.display()));
            printer.data(&json!({ "file": out.display().to_string(), "subjects": reports.len() }))?;
            Ok(Outcome::Positive)
        }
        ConformAction::Schema { of } => {
            let schema = eush_conformance::schema(of.into());
            printer.line(schema.trim_end());
            let value: serde_json::Value =
                serde_json::from_str(&schema).map_err(|error| Failure::Bug(error.to_string()))?;
            printer.data(&value)?;
            Ok(Outcome::Positive)
        }
        ConformAction::Explain { report, pattern } => {
            let report = saved(&report)?;
            let text = eush_conformance::explain(&report, &Pattern::new(pattern)).map_err(failure)?;
            printer.line(text.trim_end());
            printer.data(&json!({ "text": text }))?;
            Ok(Outcome::Positive)
        }
        ConformAction::Verify { protocol, fingerprint } => {
            protocol::verify(&protocol, fingerprint.as_deref(), printer)
        }
    }
}

fn list(
    patterns: &[String],
    subject: Option<Subject>,
    test_files: &[PathBuf],
    printer: Printer,
) -> Result<Outcome, Failure> {
    let patterns: Vec<_> = patterns.iter().map(Pattern::new).collect();
    let entries =
        eush_conformance::list(&inputs(test_files)?, subject.map(Into::into), &patterns).map_err(failure)?;
    let rows: Vec<Vec<String>> = entries
        .iter()
        .map(|entry| vec![entry.name.clone(), entry.requirement.clone(), entry.source.clone()])
        .collect();
    for line in output::table(&rows) {
        printer.line(line);
    }
    printer.line(format!("{} cases", entries.len()));
    let rows: Vec<_> = entries
        .iter()
        .map(|entry| {
            json!({
                "name": entry.name,
                "requirement": entry.requirement,
                "source": entry.source,
                "rule": entry.rule,
            })
        })
        .collect();
    printer.data(&rows)?;
    Ok(Outcome::Positive)
}

async fn judge(args: ConformRun, common: &Common, printer: Printer) -> Result<Outcome, Failure> {
    // Everything that can be wrong with the words is found before the run, which takes its time.
    let options = options(&args, common)?;
    let reports = args.reports.iter().map(|text| report_file(text)).collect::<Result<Vec<_>, _>>()?;
    for (_, path) in &reports {
        writable(path)?;
    }
    let protocol = match &args.protocol {
        Some(path) => {
            writable(path)?;
            Some((path, protocol::signer(args.sign_with.as_deref(), common).await?))
        }
        None if args.sign_with.is_some() => {
            return Err(Failure::Usage(
                "--sign-with signs a protocol; name its file with --protocol".to_owned(),
            ));
        }
        None => None,
    };
    let report = eush_conformance::run(&options).await.map_err(failure)?;
    for (format, path) in reports {
        write(path, |out| format.write(&report, out))?;
        printer.line(format!("wrote {}", path.display()));
    }
    if let Some((path, signer)) = protocol {
        let signed = eush_conformance::sign(&report, &signer, crate::bus::real_now())
            .map_err(|error| Failure::Bug(error.to_string()))?;
        write(path, |out| out.write_all(&signed.der))?;
        printer.line(format!("wrote {}", path.display()));
    }
    printer.line(eush_conformance::text(&report).trim_end());
    if printer.json {
        let value: serde_json::Value = serde_json::from_str(&eush_conformance::json(&report))
            .map_err(|error| Failure::Bug(error.to_string()))?;
        printer.data(&value)?;
    }
    let skips = if args.allow_skips { Skips::Allow } else { Skips::Deny };
    match eush_conformance::exit_status(&report, skips) {
        0 => Ok(Outcome::Positive),
        4 => Err(Failure::Environment(
            "cases could not be set up, and none failed: nothing is decided".to_owned(),
        )),
        _ => Ok(Outcome::Negative),
    }
}

/// A report that a run saved.
fn saved(path: &Path) -> Result<Report, Failure> {
    let read = input(path)?;
    eush_conformance::read(&read.name, &read.text)
        .map_err(|error| Failure::Usage(format!("{} is no report of `conform run`: {error}", read.name)))
}

/// `FORMAT=FILE` as its two halves.
fn report_file(text: &str) -> Result<(Format, &Path), Failure> {
    text.split_once('=')
        .filter(|(_, path)| !path.is_empty())
        .and_then(|(format, path)| Some((ReportFormat::parse(format)?.into(), Path::new(path))))
        .ok_or_else(|| {
            Failure::Usage(format!(
                "--report `{text}` is not FORMAT=FILE; formats are text, json, junit, html, svg"
            ))
        })
}

/// Whether a file can be written, without a word in it changed.
fn writable(path: &Path) -> Result<(), Failure> {
    let opened = std::fs::OpenOptions::new().append(true).create(true).open(path);
    opened
        .map(|_| ())
        .map_err(|error| Failure::Environment(format!("cannot write {}: {error}", path.display())))
}

fn options(args: &ConformRun, common: &Common) -> Result<RunOptions, Failure> {
    let found = subject::find(args, common)?;
    let mut options = RunOptions::new(args.subject.into(), found.target, crate::bus::real_now());
    options.management = found.management;
    options.tls = tls(args)?;
    options.suites = inputs(&args.test_files)?;
    options.only = args.only.iter().map(Pattern::new).collect();
    options.without = args.without.iter().map(Pattern::new).collect();
    options.known_failures = args.known_failing.as_deref().map(input).transpose()?;
    options.parameters = args.parameters.as_deref().map(input).transpose()?.or(found.parameters);
    options.seed = args.seed;
    if let Some(parallel) = args.parallel {
        options.parallel = parallel;
    }
    if let Some(listen) = args.gateway_listen {
        options.gateway_listen = listen;
        options.results = Results::Here;
    }
    if let Some(secret) = &args.secret {
        options.secret.clone_from(secret);
    }
    options.numbers = if args.show_numbers { Numbers::Shown } else { Numbers::default() };
    Ok(options)
}

/// TLS towards the subject, where its authority is named.
fn tls(args: &ConformRun) -> Result<Option<Tls>, Failure> {
    let text = |path: &PathBuf| input(path).map(|read| read.text);
    let Some(authorities) = args.ca.as_ref().map(text).transpose()? else { return Ok(None) };
    let identity = match (&args.client_certificate, &args.client_key) {
        (Some(certificate), Some(key)) => {
            Some(TlsIdentity { certificate: text(certificate)?, key: text(key)? })
        }
        (Some(_), None) | (None, Some(_)) | (None, None) => None,
    };
    Ok(Some(Tls { authorities, identity, server_name: args.server_name.clone() }))
}

fn inputs(paths: &[PathBuf]) -> Result<Vec<Input>, Failure> {
    paths.iter().map(|path| input(path)).collect()
}

fn input(path: &Path) -> Result<Input, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Usage(format!("cannot read {}: {error}", path.display())))?;
    Ok(Input { name: path.display().to_string(), text })
}

fn write(
    path: &Path,
    body: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>,
) -> Result<(), Failure> {
    std::fs::File::create(path)
        .and_then(|mut file| {
            body(&mut file)?;
            file.flush()
        })
        .map_err(|error| Failure::Environment(format!("cannot write {}: {error}", path.display())))
}

fn failure(error: RunError) -> Failure {
    match error {
        RunError::Bug { .. } => Failure::Bug(error.to_string()),
        RunError::Environment { .. } => Failure::Environment(error.to_string()),
        RunError::Files(_) | RunError::Pattern { .. } | RunError::Tls(_) => Failure::Usage(error.to_string()),
        RunError::Subject(source) => Failure::Subject(source.to_string()),
    }
}

impl From<Subject> for SubjectKind {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::Agency => Self::Agency,
            Subject::Client => Self::Client,
            Subject::Gateway => Self::Gateway,
        }
    }
}

impl From<SchemaOf> for Published {
    fn from(of: SchemaOf) -> Self {
        match of {
            SchemaOf::KnownFailing => Self::KnownFailures,
            SchemaOf::Parameters => Self::Parameters,
            SchemaOf::Suite => Self::Suite,
        }
    }
}

impl ReportFormat {
    fn parse(name: &str) -> Option<Self> {
        <Self as clap::ValueEnum>::from_str(name, true).ok()
    }
}

impl From<ReportFormat> for Format {
    fn from(format: ReportFormat) -> Self {
        match format {
            ReportFormat::Html => Self::Html,
            ReportFormat::Json => Self::Json,
            ReportFormat::Junit => Self::Junit,
            ReportFormat::Svg => Self::Svg,
            ReportFormat::Text => Self::Text,
        }
    }
}
