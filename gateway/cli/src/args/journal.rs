//! `eush journal`.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Journal {
    /// Message to show check by check; the newest messages where none is given.
    pub(crate) message_id: Option<String>,
    /// How many messages to list.
    #[arg(long, default_value_t = 20, value_name = "COUNT")]
    pub(crate) limit: u32,
    /// Go on after a page: the token that the page before ended with.
    #[arg(long, value_name = "TOKEN")]
    pub(crate) page: Option<String>,
    #[command(flatten)]
    pub(crate) search: Search,
    /// Go on showing messages as they come; only those that are searched for.
    #[arg(long, visible_alias = "follow")]
    pub(crate) tail: bool,
    /// The journal of this agency or register itself: its calls, and what offices did in it by hand.
    #[arg(long, value_name = "CODE", conflicts_with_all = ["message_id", "page", "tail"])]
    pub(crate) of: Option<String>,
}

/// What the journal is searched by.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Search")]
pub(crate) struct Search {
    /// Only messages refused for this reason, or `passed`.
    #[arg(long, value_name = "REASON")]
    pub(crate) reason: Option<String>,
    /// Only messages refused at this stage, for example `revocation`.
    #[arg(long, value_name = "STAGE")]
    pub(crate) stage: Option<String>,
    /// Only messages of this application.
    #[arg(long, value_name = "ID")]
    pub(crate) application: Option<String>,
    /// Only messages of this sender.
    #[arg(long, value_name = "ID")]
    pub(crate) sender: Option<String>,
    /// Only messages for which this agency was called.
    #[arg(long, value_name = "CODE")]
    pub(crate) agency: Option<String>,
    /// Only messages about this person or organisation, or signed by them: a key of `eush people`, or twelve digits.
    #[arg(long, value_name = "PERSON")]
    pub(crate) about: Option<String>,
    /// Only messages of this kind: send, lookup, complete, open or report.
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<String>,
    /// Only messages to this service.
    #[arg(long, value_name = "ID")]
    pub(crate) service: Option<String>,
    /// Only messages with a call that this answered: `script`, `script/ID`, `replay`, `fault`, `agency/CODE`.
    #[arg(long, value_name = "WHO")]
    pub(crate) decided_by: Option<String>,
    /// Only messages whose id begins so.
    #[arg(long, value_name = "TEXT")]
    pub(crate) prefix: Option<String>,
    /// Only messages received at or after this instant of the virtual clock, RFC 3339.
    #[arg(long, value_name = "INSTANT")]
    pub(crate) since: Option<String>,
    /// Only messages received before this instant of the virtual clock, RFC 3339.
    #[arg(long, value_name = "INSTANT")]
    pub(crate) until: Option<String>,
}
