//! Reports: one message, several faces.

mod badge;
mod junit;
mod matrix;
pub(crate) mod protocol;
mod text;

use eush_wire::conformance::v1::{Conclusion, Report, SubjectKind, SubjectReport, Verdict};
use prost::Message as _;
use prost_reflect::DynamicMessage;

pub use badge::badge;
pub use junit::junit;
pub use matrix::matrix;
pub use text::text;

use crate::suite::ReadError;
use crate::words;

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One file with everything, for browsers.
    Html,
    /// Everything, for programs.
    Json,
    /// For the test views of CI systems.
    Junit,
    /// A badge for a README.
    Svg,
    /// For people at a terminal.
    Text,
}

impl Format {
    /// Writes a report.
    pub fn write(self, report: &Report, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        let text = match self {
            Self::Html => matrix(std::slice::from_ref(report)),
            Self::Json => json(report),
            Self::Junit => junit(report),
            Self::Svg => badge(report),
            Self::Text => text(report),
        };
        out.write_all(text.as_bytes())
    }
}

/// A report in the words of `suite.proto`.
pub fn json(report: &Report) -> String {
    let message =
        DynamicMessage::decode(words::known("eush.conformance.v1.Report"), report.encode_to_vec().as_slice());
    let json = message.map(|message| words::to_json(&message)).unwrap_or_default();
    serde_json::to_string_pretty(&json).unwrap_or_default() + "\n"
}

/// Reads a report that [`json`] wrote.
pub fn read(file: &str, text: &str) -> Result<Report, ReadError> {
    crate::suite::read::json(file, text)
}

/// How many cases ended how, in words.
pub(crate) fn numbers(report: &Report) -> String {
    let tally = report.tally.unwrap_or_default();
    format!(
        "{} passed, {} failed ({} known), {} warned, {} skipped, {} not applicable, {} could not be set up",
        tally.pass, tally.fail, tally.known, tally.warn, tally.skip, tally.omit, tally.error
    )
}

/// Word of a verdict.
pub(crate) fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Warn => "warn",
        Verdict::Skip => "skip",
        Verdict::Omit => "omit",
        Verdict::Error | Verdict::Unspecified => "error",
    }
}

/// Word of a conclusion.
pub(crate) fn conclusion_word(conclusion: Conclusion) -> &'static str {
    match conclusion {
        Conclusion::Conformant => "conformant",
        Conclusion::Incomplete => "incomplete",
        Conclusion::NonConformant => "non-conformant",
        Conclusion::Undecided | Conclusion::Unspecified => "undecided",
    }
}

/// Whose clock and journal have something of the run in them; of a bus alone.
fn played(subject: &SubjectReport) -> Option<String> {
    if subject.kind() != SubjectKind::Gateway {
        return None;
    }
    Some(match (subject.session.as_str(), subject.clock) {
        ("", None) => "without management: what was sent is on the bus as any message is".to_owned(),
        ("", Some(_)) => {
            "on the bus itself, which has no test sessions: its clock has moved, and all of it is in its journal"
                .to_owned()
        }
        (session, _) => format!("in the test session {session}, which has ended: the bus itself is as it was"),
    })
}
