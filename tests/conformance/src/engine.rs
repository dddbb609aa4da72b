//! A run: reads what it is given, reaches the subject, plays the cases, draws the conclusion.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use eush_wire::conformance::v1::{
    CaseReport, Conclusion, Feature, Parameters, Report, SenderParameters, Step, SubjectKind, SubjectReport,
    Tally, Verdict,
};
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::task::JoinSet;

use crate::facts;
use crate::known::Known;
use crate::people::Roles;
use crate::play::authority::TestAuthority;
use crate::play::bus::PlayedBus;
use crate::run::case::{self, Ended};
use crate::run::context::{Facts, Shared};
use crate::run::keys::Keys;
use crate::run::session;
use crate::run::subject::{Placeholders, Subject, SubjectError, Target};
use crate::suite::{Library, Pattern, Planned, ReadError, read};
use crate::trace::Numbers;
use crate::wire::Dialer;
use crate::wire::dial::{Tls, TlsError};

/// The bus's virtual time in runs of agencies and fronts, where the runner is the bus: the same in every run.
pub(crate) const PLAYED_TIME: OffsetDateTime = datetime!(2026-03-02 09:00 UTC);

/// Whether cases that could not be verified stand in the way of being conformant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Skips {
    /// They do: the conclusion is incomplete, and incomplete is not conformant.
    #[default]
    Deny,
    /// They do not.
    Allow,
}

/// Whether later results of a subject that runs already reach the runner's gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Results {
    /// They go elsewhere; what needs them is skipped.
    #[default]
    Elsewhere,
    /// The subject was told the address of [`RunOptions::gateway_listen`].
    Here,
}

/// A file of the user: its name for errors, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Name.
    pub name: String,
    /// YAML.
    pub text: String,
}

/// Everything that a run needs. [`RunOptions::new`] has sensible values for all but the subject and the time.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// What is judged.
    pub kind: SubjectKind,
    /// Where it is, or how it is started.
    pub target: Target,
    /// How the subject's own listener is spoken to; `None` is in the clear.
    pub tls: Option<Tls>,
    /// Management listener of a bus, where it does not tell it itself.
    pub management: Option<String>,
    /// Suites in place of the embedded ones.
    pub suites: Vec<Input>,
    /// Cases to run; empty means all of the subject's kind.
    pub only: Vec<Pattern>,
    /// Cases to leave out.
    pub without: Vec<Pattern>,
    /// List of known failures.
    pub known_failures: Option<Input>,
    /// Parameters: people, senders, agencies.
    pub parameters: Option<Input>,
    /// Cases at a time; gateways and fronts are judged one case at a time whatever is said here.
    pub parallel: NonZeroUsize,
    /// Seed of the population whose people play the roles.
    pub seed: u64,
    /// Where the runner's own gateway listens; port 0 lets the system choose.
    pub gateway_listen: SocketAddr,
    /// Whether results of a subject that runs already come there.
    pub results: Results,
    /// Secret that a started subject shall send with.
    pub secret: String,
    /// Whether traces show numbers.
    pub numbers: Numbers,
    /// Whether skips are allowed.
    pub skips: Skips,
    /// Longest wait for a later result.
    pub patience: Duration,
    /// How long nothing must come where nothing may.
    pub silence: Duration,
    /// When the run begins, by the clock of whoever runs it.
    pub started_at: OffsetDateTime,
}

impl RunOptions {
    /// A run of every case of a kind.
    pub fn new(kind: SubjectKind, target: Target, started_at: OffsetDateTime) -> Self {
        Self {
            kind,
            target,
            tls: None,
            management: None,
            suites: Vec::new(),
            only: Vec::new(),
            without: Vec::new(),
            known_failures: None,
            parameters: None,
            parallel: NonZeroUsize::new(4).unwrap_or(NonZeroUsize::MIN),
            seed: 1,
            gateway_listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            results: Results::default(),
            secret: "conformance-only".to_owned(),
            numbers: Numbers::default(),
            skips: Skips::default(),
            patience: Duration::from_secs(15),
            silence: Duration::from_millis(300),
            started_at,
        }
    }
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The machine does not give what is needed.
    #[error("the runner's gateway cannot listen on `{address}`: {source}; choose another address")]
    Environment {
        /// Address asked for.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// A case that should have been played was lost.
    #[error("a case was lost: {cause}")]
    Bug {
        /// What is known of it.
        cause: String,
    },
    /// Files that cannot be read; every fault.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Files(Vec<ReadError>),
    /// A pattern that matches nothing.
    #[error("the pattern `{pattern}` matches no case; `list` shows them all")]
    Pattern {
        /// As it was written.
        pattern: String,
    },
    /// What was given for TLS is not usable.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The subject cannot be reached or started.
    #[error(transparent)]
    Subject(#[from] SubjectError),
}

impl RunError {
    /// Exit status for this error: 2 wrong use, 3 subject unreachable, 4 environment, 70 our bug.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Files(_) | Self::Pattern { .. } | Self::Tls(_) => 2,
            Self::Subject(_) => 3,
            Self::Environment { .. } => 4,
            Self::Bug { .. } => 70,
        }
    }
}

/// Exit status for a report: 0 conformant, or nothing against it but failures that are known; 1 not conformant, or
/// incomplete unless skips are allowed; 4 where cases could not be set up and none failed.
pub fn exit_status(report: &Report, skips: Skips) -> u8 {
    let only_known = report.tally.as_ref().is_some_and(|tally| tally.skip == 0 && tally.known > 0);
    match (report.conclusion(), skips) {
        (Conclusion::Conformant, _) | (Conclusion::Incomplete, Skips::Allow) => 0,
        (Conclusion::Incomplete, Skips::Deny) if only_known => 0,
        (Conclusion::Undecided, _) => 4,
        (Conclusion::Incomplete, Skips::Deny) | (Conclusion::NonConformant | Conclusion::Unspecified, _) => 1,
    }
}

/// The cases that the options mean, in order.
pub(crate) fn planned(
    library: &Library,
    kind: Option<SubjectKind>,
    only: &[Pattern],
    without: &[Pattern],
) -> Result<Vec<Planned>, RunError> {
    let all: Vec<Planned> =
        library.cases().into_iter().filter(|case| kind.is_none_or(|kind| kind == case.subject)).collect();
    for pattern in only.iter().chain(without) {
        if !all.iter().any(|case| pattern.matches(&case.name)) {
            return Err(RunError::Pattern { pattern: pattern.as_str().to_owned() });
        }
    }
    let wanted = |case: &Planned| {
        (only.is_empty() || only.iter().any(|pattern| pattern.matches(&case.name)))
            && !without.iter().any(|pattern| pattern.matches(&case.name))
    };
    Ok(all.into_iter().filter(wanted).collect())
}

/// The suites that the options mean.
pub(crate) fn library(suites: &[Input]) -> Result<Library, RunError> {
    let files: Vec<_> = suites.iter().map(|input| (input.name.clone(), input.text.clone())).collect();
    Library::load(&files).map_err(RunError::Files)
}

/// Runs.
pub async fn run(options: &RunOptions) -> Result<Report, RunError> {
    let library = library(&options.suites)?;
    let known = match &options.known_failures {
        Some(input) => Known::read(&input.name, &input.text).map_err(RunError::Files)?,
        None => Known::default(),
    };
    let plan = planned(&library, Some(options.kind), &options.only, &options.without)?;
    let shared = Arc::new(prepare(options, library).await?);
    let ended = play_all(&shared, &plan, options).await;
    if let (false, Some(management)) = (shared.session.is_empty(), &shared.facts.management) {
        session::end(management, &shared.session).await;
    }
    shared.subject.write().await.kill().await;
    shared.bus.stop();
    let mut cases: Vec<CaseReport> =
        plan.iter().zip(ended?).map(|(planned, ended)| case_report(planned, ended)).collect();
    let list_faults = known.hold_against(&mut cases, options.started_at);
    let tally = tally(&cases);
    Ok(Report {
        eush_version: env!("CARGO_PKG_VERSION").to_owned(),
        suite_version: shared.library.version(),
        subject: Some(subject_report(&shared).await),
        started_at: Some(timestamp(options.started_at)),
        conclusion: conclusion(&tally, &list_faults).into(),
        tally: Some(tally),
        cases,
        list_faults,
    })
}

fn timestamp(at: OffsetDateTime) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: at.unix_timestamp(), nanos: 0 }
}

async fn prepare(options: &RunOptions, library: Library) -> Result<Shared, RunError> {
    let dialer = Dialer::new(options.tls.as_ref())?;
    let mut parameters: Parameters = match &options.parameters {
        Some(input) => read::yaml(&input.name, &input.text).map_err(|error| RunError::Files(vec![error]))?,
        None => Parameters::default(),
    };
    if options.kind != SubjectKind::Gateway {
        // Nothing is sent to a bus; a header needs a sender all the same.
        let sender = SenderParameters { sender_id: "PORTAL".to_owned(), password: options.secret.clone() };
        parameters.senders.entry("portal".to_owned()).or_insert(sender);
    }
    let authority =
        TestAuthority::new(options.seed).map_err(|error| RunError::Bug { cause: error.to_string() })?;
    let bus = PlayedBus::start(options.gateway_listen, authority)
        .await
        .map_err(|source| RunError::Environment { address: options.gateway_listen, source })?;
    match meet(options, &library, &parameters, &bus, dialer).await {
        Ok(Met { subject, facts, token, session }) => Ok(Shared {
            kind: options.kind,
            roles: Roles::new(options.seed, &parameters),
            parameters,
            keys: Keys::default(),
            bus,
            subject: tokio::sync::RwLock::new(subject),
            facts,
            session,
            token,
            counter: Default::default(),
            patience: options.patience,
            silence: options.silence,
            library,
        }),
        Err(error) => {
            bus.stop();
            Err(error.into())
        }
    }
}

/// The subject, and what is known of it.
struct Met {
    subject: Subject,
    facts: Facts,
    token: String,
    session: String,
}

async fn meet(
    options: &RunOptions,
    library: &Library,
    parameters: &Parameters,
    bus: &PlayedBus,
    dialer: Dialer,
) -> Result<Met, SubjectError> {
    let placeholders = Placeholders {
        gateway: bus.address.to_string(),
        secret: options.secret.clone(),
        seed: options.seed,
        listener: listener(options.kind),
    };
    let subject = Subject::reach(options.target.clone(), placeholders, dialer).await?;
    subject.speaks().await?;
    let results = options.results == Results::Here;
    let facts = facts::of(
        options.kind,
        &subject,
        options.management.as_deref(),
        parameters,
        &library.payloads,
        results,
    )
    .await;
    let token = format!("{:x}", options.started_at.unix_timestamp_nanos());
    let session = match &facts.management {
        Some(management) if facts.features.contains(&Feature::Sessions) => {
            session::begin(management, &token).await?
        }
        Some(_) | None => String::new(),
    };
    Ok(Met { subject, facts, token, session })
}

/// Whether a case ends the subject, so that no other may run beside it.
fn is_alone(planned: &Planned) -> bool {
    planned.case.steps.iter().any(|step: &Step| step.restart != 0 || step.drain.is_some())
}

async fn play_all(
    shared: &Arc<Shared>,
    plan: &[Planned],
    options: &RunOptions,
) -> Result<Vec<Ended>, RunError> {
    let parallel = if shared.kind == SubjectKind::Agency { options.parallel.get() } else { 1 };
    let mut ended: Vec<Option<Ended>> = plan.iter().map(|_| None).collect();
    let mut tasks: JoinSet<(usize, Ended)> = JoinSet::new();
    for (place, planned) in plan.iter().enumerate().filter(|(_, planned)| !is_alone(planned)) {
        while tasks.len() >= parallel {
            take_one(&mut tasks, &mut ended).await?;
        }
        let (shared, planned, numbers) = (Arc::clone(shared), planned.clone(), options.numbers);
        tasks.spawn(async move { (place, one(&shared, &planned, numbers).await) });
    }
    while !tasks.is_empty() {
        take_one(&mut tasks, &mut ended).await?;
    }
    for (place, planned) in plan.iter().enumerate().filter(|(_, planned)| is_alone(planned)) {
        ended[place] = Some(one(shared, planned, options.numbers).await);
    }
    ended
        .into_iter()
        .map(|one| one.ok_or_else(|| RunError::Bug { cause: "it was never played".to_owned() }))
        .collect()
}

async fn take_one(tasks: &mut JoinSet<(usize, Ended)>, ended: &mut [Option<Ended>]) -> Result<(), RunError> {
    match tasks.join_next().await {
        Some(Ok((place, one))) => ended[place] = Some(one),
        Some(Err(error)) => return Err(RunError::Bug { cause: error.to_string() }),
        None => {}
    }
    Ok(())
}

async fn one(shared: &Shared, planned: &Planned, numbers: Numbers) -> Ended {
    if shared.kind == SubjectKind::Client {
        shared.bus.reset();
    }
    let now = match &shared.facts.management {
        Some(channel) => facts::now(channel, &shared.manner()).await.unwrap_or(PLAYED_TIME),
        None => PLAYED_TIME,
    };
    let mut ended = case::play(shared, planned, now, numbers).await;
    // Cases beside this one may have met the end too; it is told once, by the first played one that looks.
    let played = !matches!(ended.verdict, Verdict::Skip | Verdict::Omit);
    if played && let Some(how) = shared.subject.write().await.revive().await {
        ended.trace.note(how.clone());
        ended.findings.push(how);
        ended.verdict = Verdict::Fail;
    }
    ended
}

fn case_report(planned: &Planned, ended: Ended) -> CaseReport {
    let kept = matches!(ended.verdict, Verdict::Fail | Verdict::Warn | Verdict::Error);
    CaseReport {
        name: planned.name.clone(),
        requirement: planned.case.requirement.clone(),
        source: planned.case.source.clone(),
        rule: planned.case.rule.clone(),
        verdict: ended.verdict.into(),
        findings: ended.findings.iter().map(|finding| crate::trace::mask(finding)).collect(),
        known: String::new(),
        duration_ms: ended.duration_ms,
        trace: if kept { ended.trace.lines } else { Vec::new() },
    }
}

fn tally(cases: &[CaseReport]) -> Tally {
    let mut tally = Tally::default();
    for case in cases {
        let place = match case.verdict() {
            Verdict::Pass => &mut tally.pass,
            Verdict::Fail => &mut tally.fail,
            Verdict::Warn => &mut tally.warn,
            Verdict::Skip => &mut tally.skip,
            Verdict::Omit => &mut tally.omit,
            Verdict::Error | Verdict::Unspecified => &mut tally.error,
        };
        *place += 1;
        tally.known += u32::from(!case.known.is_empty());
    }
    tally
}

// A known failure is still a broken demand, but not news: the run goes on being green, and the report says so.
fn conclusion(tally: &Tally, list_faults: &[String]) -> Conclusion {
    if tally.fail > tally.known || !list_faults.is_empty() {
        Conclusion::NonConformant
    } else if tally.error > 0 {
        Conclusion::Undecided
    } else if tally.skip > 0 || tally.known > 0 || tally.pass + tally.warn == 0 {
        Conclusion::Incomplete
    } else {
        Conclusion::Conformant
    }
}

async fn subject_report(shared: &Shared) -> SubjectReport {
    let facts = &shared.facts;
    SubjectReport {
        kind: shared.kind.into(),
        name: if facts.agency.is_empty() { kind_word(shared.kind).to_owned() } else { facts.agency.clone() },
        version: facts.version.clone(),
        address: shared.subject.read().await.address.clone(),
        descriptor_sha256: facts.descriptor_sha256.clone(),
        descriptor_of: facts.descriptor_of.clone(),
        clock: facts.clock.map(timestamp),
        session: shared.session.clone(),
        transport: shared.subject.read().await.dialer.transport().to_owned(),
    }
}

/// Name that the listener of a kind has where a program tells several.
fn listener(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Agency | SubjectKind::Unspecified => "agency",
        SubjectKind::Gateway => "gateway",
        SubjectKind::Client => "portal",
    }
}

/// Word of a kind.
pub(crate) fn kind_word(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Agency => "agency",
        SubjectKind::Gateway => "gateway",
        SubjectKind::Client => "client",
        SubjectKind::Unspecified => "subject",
    }
}
