//! How a command ends. The numbers are a contract: scripts branch on them.

use std::process::ExitCode;

use tonic::Status;
use tonic_types::{ErrorDetail, StatusExt as _};

/// Outcome of a command that did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done, and the answer is negative: refused, not conforming, not as demanded. Exit status 1.
    Negative,
    /// Done, and the answer is positive. Exit status 0.
    Positive,
}

impl Outcome {
    /// Positive where the condition holds.
    pub(crate) fn of(good: bool) -> Self {
        if good { Self::Positive } else { Self::Negative }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Negative => Self::from(1),
            Outcome::Positive => Self::SUCCESS,
        }
    }
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A state of ours that cannot be. Exit status 70.
    #[error("this is a defect of eush: {0}")]
    Bug(String),
    /// A port, disk or permission of the machine. Exit status 4.
    #[error("{0}")]
    Environment(String),
    /// The bus answered with a refusal. Exit status 1.
    #[error("{}", refusal_line(.0))]
    Refused(Box<Status>),
    /// No bus answers. Exit status 3.
    #[error(
        "no bus answers at {address}: {cause}; start one with `eush up`, or name another with --data-dir or --management"
    )]
    Unreachable {
        /// Where it was looked for.
        address: String,
        /// What happened.
        cause: String,
    },
    /// What is to be judged cannot be reached. Exit status 3.
    #[error("{0}")]
    Subject(String),
    /// Wrong use or configuration. Exit status 2.
    #[error("{0}")]
    Usage(String),
}

impl Failure {
    /// Exit status.
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Self::Refused(_) => ExitCode::from(1),
            Self::Usage(_) => ExitCode::from(2),
            Self::Subject(_) | Self::Unreachable { .. } => ExitCode::from(3),
            Self::Environment(_) => ExitCode::from(4),
            Self::Bug(_) => ExitCode::from(70),
        }
    }

    /// A gRPC status from `address`: a transport failure is a bus that cannot be reached, all else is its answer.
    pub(crate) fn from_status(address: &str, status: Status) -> Self {
        let transport = std::error::Error::source(&status).is_some() && reason(&status).is_none();
        if transport {
            return Self::Unreachable { address: address.to_owned(), cause: status.message().to_owned() };
        }
        Self::Refused(Box::new(status))
    }
}

/// Machine reason of a refusal, where the status carries one.
pub(crate) fn reason(status: &Status) -> Option<String> {
    status.get_details_error_info().map(|info| info.reason)
}

/// The three texts of a refusal as (language tag, text), in the order in which the bus lists them.
pub(crate) fn texts(status: &Status) -> Vec<(String, String)> {
    let details = status.check_error_details_vec().unwrap_or_default();
    details
        .into_iter()
        .filter_map(|detail| {
            if let ErrorDetail::LocalizedMessage(text) = detail {
                Some((text.locale, text.message))
            } else {
                None
            }
        })
        .collect()
}

fn refusal_line(status: &Status) -> String {
    let mut line = match reason(status) {
        Some(reason) if status.message().is_empty() => format!("refused: {reason} ({:?})", status.code()),
        Some(reason) => format!("refused: {reason} ({:?}): {}", status.code(), status.message()),
        None => format!("refused: {} ({:?})", status.message(), status.code()),
    };
    for (language, text) in texts(status) {
        line.push_str(&format!("\n  {language}: {text}"));
    }
    if let Some(bad) = status.get_details_bad_request() {
        for field in bad.field_violations {
            line.push_str(&format!("\n  field `{}`: {}", field.field, field.description));
        }
    }
    line
}
