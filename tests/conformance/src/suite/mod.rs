//! Suites: which there are, and the cases that they stand for. Embedded in the crate, replaceable by files of the user.

pub(crate) mod names;
pub(crate) mod published;
mod validate;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use eush_wire::conformance::v1::{PayloadBook, SubjectKind, TestCase, TestSuite};
use sha2::{Digest as _, Sha256};

pub(crate) use eush_words::read;
pub use names::Pattern;
pub use read::ReadError;

/// The suites of eush: file name and text.
pub(crate) const EMBEDDED: &[(&str, &str)] = &[
    ("agency-basics.yaml", include_str!("../../suites/agency-basics.yaml")),
    ("agency-lookups.yaml", include_str!("../../suites/agency-lookups.yaml")),
    ("agency-deliveries.yaml", include_str!("../../suites/agency-deliveries.yaml")),
    ("agency-results.yaml", include_str!("../../suites/agency-results.yaml")),
    ("agency-workplace.yaml", include_str!("../../suites/agency-workplace.yaml")),
    ("gateway-wire.yaml", include_str!("../../suites/gateway-wire.yaml")),
    ("gateway-refusals.yaml", include_str!("../../suites/gateway-refusals.yaml")),
    ("gateway-flows.yaml", include_str!("../../suites/gateway-flows.yaml")),
    ("gateway-management.yaml", include_str!("../../suites/gateway-management.yaml")),
    ("client.yaml", include_str!("../../suites/client.yaml")),
];

/// What services are asked and given when all is well.
const PAYLOADS: (&str, &str) = ("payloads.yaml", include_str!("../../suites/payloads.yaml"));

/// A suite, and the file it came from.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) suite: TestSuite,
}

/// One case to be run: a template with a value for each axis.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    /// `Suite/axis:value/…/case`.
    pub(crate) name: String,
    pub(crate) subject: SubjectKind,
    pub(crate) axes: BTreeMap<String, String>,
    pub(crate) case: TestCase,
}

/// Suites and what goes with them.
#[derive(Clone, Debug)]
pub(crate) struct Library {
    pub(crate) suites: Vec<Source>,
    pub(crate) payloads: PayloadBook,
    /// First 16 hex digits of the SHA-256 over every text.
    pub(crate) digest: String,
}

impl Library {
    /// The embedded suites, or the given files in their place. Every fault of every file comes back.
    pub(crate) fn load(files: &[(String, String)]) -> Result<Self, Vec<ReadError>> {
        // They are the same in every run of a process, and reading them takes longer than many a run.
        static READ: OnceLock<Result<Library, Vec<ReadError>>> = OnceLock::new();
        if files.is_empty() {
            let named = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
            return READ.get_or_init(|| Self::read(&EMBEDDED.iter().map(named).collect::<Vec<_>>())).clone();
        }
        Self::read(files)
    }

    fn read(files: &[(String, String)]) -> Result<Self, Vec<ReadError>> {
        let mut faults = Vec::new();
        let mut suites = Vec::new();
        let mut hasher = Sha256::new();
        for (name, text) in files {
            hasher.update(text.as_bytes());
            match read::yaml::<TestSuite>(name, text) {
                Ok(suite) => {
                    faults.extend(validate::suite(name, &suite));
                    suites.push(Source { suite });
                }
                Err(error) => faults.push(error),
            }
        }
        faults.extend(validate::requirements(suites.iter().map(|source| &source.suite)));
        let (name, text) = PAYLOADS;
        hasher.update(text.as_bytes());
        let payloads = read::yaml::<PayloadBook>(name, text).map_err(|error| vec![error])?;
        if faults.is_empty() {
            let digest = crate::words::hex(&hasher.finalize()[..8]);
            Ok(Self { suites, payloads, digest })
        } else {
            Err(faults)
        }
    }

    /// Version of the suites as reports name it.
    pub(crate) fn version(&self) -> String {
        format!("{}+{}", env!("CARGO_PKG_VERSION"), self.digest)
    }

    /// Every case, in the order of the files.
    pub(crate) fn cases(&self) -> Vec<Planned> {
        self.suites
            .iter()
            .flat_map(|source| {
                let suite = &source.suite;
                suite.cases.iter().flat_map(move |case| {
                    combinations(case).into_iter().map(move |axes| planned(suite, case, axes))
                })
            })
            .collect()
    }
}

fn planned(suite: &TestSuite, case: &TestCase, axes: Vec<(String, String)>) -> Planned {
    let mut name = suite.name.clone();
    for (axis, value) in &axes {
        // A slash in a value would look like a segment of its own.
        name.push_str(&format!("/{axis}:{}", value.replace('/', "|")));
    }
    name.push('/');
    name.push_str(&case.name);
    Planned { name, subject: suite.subject(), axes: axes.into_iter().collect(), case: case.clone() }
}

/// Every combination of the axes' values, the last axis turning fastest.
fn combinations(case: &TestCase) -> Vec<Vec<(String, String)>> {
    case.axes.iter().fold(vec![Vec::new()], |so_far, axis| {
        so_far
            .iter()
            .flat_map(|chosen: &Vec<(String, String)>| {
                axis.values.iter().map(move |value| {
                    let mut chosen = chosen.clone();
                    chosen.push((axis.name.clone(), value.clone()));
                    chosen
                })
            })
            .collect()
    })
}
