//! `eush journal`.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Journal {
    /// Message to explain; the newest messages where none is given.
    pub(crate) message_id: Option<String>,
    /// How many messages to list.
    #[arg(long, default_value_t = 20, value_name = "COUNT")]
    pub(crate) limit: u32,
    /// Only messages refused for this reason.
    #[arg(long, value_name = "REASON")]
    pub(crate) reason: Option<String>,
    /// Only messages of this application.
    #[arg(long, value_name = "ID")]
    pub(crate) application: Option<String>,
    /// Go on showing messages as they come.
    #[arg(long)]
    pub(crate) tail: bool,
}
