//! What can be wrong with a data file, where, and what to do about it.

use std::fmt;

/// Where a fault stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Path of the file below this crate's folder.
    pub file: String,
    /// Line in the file, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// One fault in the data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {fault}; {}", fault.remedy())]
pub struct CatalogueError {
    /// Where.
    pub place: Place,
    /// What.
    pub fault: Fault,
}

/// Every fault that was found; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    /// The faults in the order of the files.
    pub faults: Vec<CatalogueError>,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for LoadError {}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The file is no TOML, or a key or a value is none that the data have.
    #[error("{0}")]
    Syntax(String),
    /// A term such as `2min` cannot be read.
    #[error("`{0}` is no term")]
    Duration(String),
    /// An identifier has a form that its kind does not allow.
    #[error("{0}")]
    Identifier(String),
    /// A value of a closed list is not on the list.
    #[error("{what} `{value}` is unknown")]
    UnknownName {
        /// Kind of thing, for example `actor`.
        what: &'static str,
        /// What was written.
        value: String,
    },
    /// The same thing twice.
    #[error("{what} `{value}` stands twice")]
    Duplicate {
        /// Kind of thing, for example `label`.
        what: &'static str,
        /// What was written.
        value: String,
    },
    /// A text is missing in a language.
    #[error("the text of {0} is not there in all three languages")]
    TextMissing(String),
    /// Lines run backwards, or out of what holds them.
    #[error("lines {first}-{last} do not lie in order within lines {outer_first}-{outer_last}")]
    Lines {
        /// First line.
        first: u32,
        /// Last line.
        last: u32,
        /// First line of what holds it.
        outer_first: u32,
        /// Last line of what holds it.
        outer_last: u32,
    },
    /// Two regulations of one act claim the same lines.
    #[error("the lines of `{0}` are claimed as well")]
    Overlap(String),
    /// An item of the list stands before one that the act has later.
    #[error("line {found} stands after line {before} in this channel's list")]
    OutOfOrder {
        /// First line of the item.
        found: u32,
        /// First line of the item before it.
        before: u32,
    },
    /// A failure leads to a label that no item of the channel prints.
    #[error("`on_failure` leads to `{0}`, and no item of this channel prints it")]
    FailureTarget(String),
    /// A failure leads to an item that does not end the flow.
    #[error("`on_failure` leads to `{0}`, which forms no message of refusal")]
    FailureNotRefusal(String),
    /// A refusal stands in line and nothing leads to it.
    #[error("the refusal `{0}` is reached by no `on_failure`")]
    RefusalUnreached(String),
    /// The last item on the good path does not end the flow.
    #[error("the branch that succeeds ends with operation `{0}`")]
    OpenEnd(String),
    /// An item's keys and its operation do not fit together.
    #[error("operation `{operation}` {problem}")]
    Operation {
        /// Operation as written.
        operation: String,
        /// What does not fit.
        problem: &'static str,
    },
    /// A channel's medium and its items do not fit together.
    #[error("the channel {0}")]
    Medium(&'static str),
    /// Checks without `on_failure`, or in a procedure the reverse.
    #[error("a check fails and nothing is said to follow, or the reverse")]
    CheckWithoutOutcome,
    /// The act is silent, and it is not said what of it is ours.
    #[error("`undefined`, and `ours` does not say what eush does instead")]
    UndefinedWithoutOurs,
    /// `access` without the system, or the reverse.
    #[error("`access` and the system that it is to stand together")]
    AccessWithoutSystem,
    /// Numbers of a list do not run 1, 2, 3, …
    #[error("{what} number {found} stands where {expected} is due")]
    Numbering {
        /// Kind of list.
        what: &'static str,
        /// Number found.
        found: u16,
        /// Number due.
        expected: u16,
    },
}

impl Fault {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Syntax(_) => "correct the line; `gateway/acts/README.md` lists every key",
            Self::Duration(_) => "write a count and a unit, for example `2min`, `4h`, `3wd`, `30d`, `1mo`",
            Self::Identifier(_) => "write an identifier of the stated form",
            Self::UnknownName { .. } => {
                "use a known one, or add it to `data/systems.toml`, `data/actors.toml` or `data/acts.toml`"
            }
            Self::Duplicate { .. } => "make them differ, or remove one",
            Self::TextMissing(_) => "write `kk`, `ru` and `en`",
            Self::Lines { .. } => {
                "write first and last line of the published text, the first not after the last"
            }
            Self::Overlap(_) => "write the lines of this service alone",
            Self::OutOfOrder { .. } => {
                "put the items in the order of the act, or mark one `placement = \"outside\"`"
            }
            Self::FailureTarget(_) => {
                "write the label exactly as the other item does, or `refuse` or `undefined`"
            }
            Self::FailureNotRefusal(_) => {
                "give that item `operation = \"refuse\"`, or name the item that refuses"
            }
            Self::RefusalUnreached(_) => {
                "name it in the `on_failure` of the condition before it, or remove it"
            }
            Self::OpenEnd(_) => "end the channel with `deliver-result` or `hand-over`",
            Self::Operation { .. } => "compare the item with another of the same operation",
            Self::Medium(_) => "correct `medium`, or the items",
            Self::CheckWithoutOutcome => {
                "write `on_failure`: a label, `refuse`, or `undefined` where the act is silent"
            }
            Self::UndefinedWithoutOurs => "write in `ours` what eush does where the act is silent",
            Self::AccessWithoutSystem => "write both the system and `access`, or neither",
            Self::Numbering { .. } => "number the steps in order from 1",
        }
    }
}
