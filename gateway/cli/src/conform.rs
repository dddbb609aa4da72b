//! `eush conform`: the conformance suites, and the signed protocol of a run. The judging itself is in
//! `tests/conformance`, which links nothing that it judges.

use std::io::Write as _;
use std::path::Path;

use eush_conformance::{
    Format, Input, Numbers, Pattern, Report, Results, RunError, RunOptions, Signer, Skips, SubjectKind,
    Target,
};
use serde_json::json;

use crate::args::{ConformAction, ConformRun, ReportFormat, Subject};
use crate::exit::{Failure, Outcome};
use crate::output::{self, Printer};

/// Does the action.
pub(crate) async fn run(action: ConformAction, printer: Printer) -> Result<Outcome, Failure> {
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
        ConformAction::Run(args) => judge(*args, printer).await,
        ConformAction::Explain { report, pattern } => {
            let read = input(&report)?;
            let report = eush_conformance::read(&read.name, &read.text).map_err(|error| {
                Failure::Usage(format!("{} is no report of `conform run`: {error}", read.name))
            })?;
            let text = eush_conformance::explain(&report, &Pattern::new(pattern)).map_err(failure)?;
            printer.line(text.trim_end());
            printer.data(&json!({ "text": text }))?;
            Ok(Outcome::Positive)
        }
        ConformAction::Verify { protocol } => verify(&protocol, printer),
    }
}

fn list(
    patterns: &[String],
    subject: Option<Subject>,
    test_files: &[std::path::PathBuf],
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

async fn judge(args: ConformRun, printer: Printer) -> Result<Outcome, Failure> {
    let options = options(&args)?;
    let report = eush_conformance::run(&options).await.map_err(failure)?;
    for written in &args.reports {
        let (format, path) = written
            .split_once('=')
            .and_then(|(format, path)| Some((ReportFormat::parse(format)?, Path::new(path))))
            .ok_or_else(|| {
                Failure::Usage(format!(
                    "--report `{written}` is not FORMAT=FILE; formats are text, json, junit, html, svg"
                ))
            })?;
        write(path, |out| Format::from(format).write(&report, out))?;
        printer.line(format!("wrote {}", path.display()));
    }
    if let Some(path) = &args.protocol {
        sign(&report, path, &args)?;
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

fn options(args: &ConformRun) -> Result<RunOptions, Failure> {
    let target = match (&args.address, args.program.is_empty()) {
        (Some(address), true) => Target::Address(address.clone()),
        (None, false) => Target::Program(args.program.clone()),
        (Some(_), false) => {
            return Err(Failure::Usage("give --address or a program after --, not both".to_owned()));
        }
        (None, true) => {
            return Err(Failure::Usage(
                "what is to be judged? give --address HOST:PORT, or a program to start after --".to_owned(),
            ));
        }
    };
    let mut options = RunOptions::new(args.subject.into(), target, crate::bus::real_now());
    options.management.clone_from(&args.subject_management);
    options.suites = inputs(&args.test_files)?;
    options.only = args.only.iter().map(Pattern::new).collect();
    options.without = args.without.iter().map(Pattern::new).collect();
    options.known_failures = args.known_failing.as_deref().map(input).transpose()?;
    options.parameters = args.parameters.as_deref().map(input).transpose()?;
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

/// Signs the report as a test protocol with the key that the user names.
fn sign(report: &Report, path: &Path, args: &ConformRun) -> Result<(), Failure> {
    let key = args.sign_with.as_deref().ok_or_else(|| {
        Failure::Usage(
            "--protocol wants --sign-with FILE: a PEM file with key and certificates, \
             for example of `eush cert export PERSON`, both files in one"
                .to_owned(),
        )
    })?;
    let signer = Signer::from_pem(&input(key)?.text)
        .map_err(|error| Failure::Usage(format!("{} cannot sign: {error}", key.display())))?;
    let protocol = eush_conformance::sign(report, &signer, crate::bus::real_now())
        .map_err(|error| Failure::Bug(error.to_string()))?;
    write(path, |out| out.write_all(&protocol.der))
}

fn verify(path: &Path, printer: Printer) -> Result<Outcome, Failure> {
    let der = std::fs::read(path)
        .map_err(|error| Failure::Usage(format!("cannot read {}: {error}", path.display())))?;
    match eush_conformance::verify(&der) {
        Ok(verified) => {
            printer.line(format!("signed by {} (SHA-256 {})", verified.signer, verified.fingerprint));
            printer.line("the file is whole and comes from that key; whose key it is, is for you to know");
            printer.line(eush_conformance::text(&verified.report).trim_end());
            printer.data(&json!({
                "whole": true,
                "signer": verified.signer,
                "fingerprint": verified.fingerprint,
                "signed_at": verified.signed_at.map(output::show_instant),
            }))?;
            Ok(Outcome::Positive)
        }
        Err(error) => {
            printer.line(format!("not a whole signed protocol: {error}"));
            printer.data(&json!({ "whole": false, "cause": error.to_string() }))?;
            Ok(Outcome::Negative)
        }
    }
}

fn inputs(paths: &[std::path::PathBuf]) -> Result<Vec<Input>, Failure> {
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
        RunError::Files(_) | RunError::Pattern { .. } => Failure::Usage(error.to_string()),
        RunError::Subject(source) => {
            Failure::Unreachable { address: "the subject".to_owned(), cause: source.to_string() }
        }
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
