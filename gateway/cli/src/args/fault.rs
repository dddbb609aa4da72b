//! `eush fault`.

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct Fault {
    #[command(subcommand)]
    pub(crate) action: FaultAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FaultAction {
    /// Make a fault happen: a knob, the calls that it is about, and which of them it strikes.
    Add(Box<AddFault>),
    /// Calls that wait to be let go.
    Held,
    /// Every kind of fault with its parameters, or one.
    Knobs {
        /// Knob, for example latency.
        knob: Option<String>,
    },
    /// The faults there are, with how often each was met and struck.
    List {
        /// Those of people whose number is magic too.
        #[arg(long)]
        magic: bool,
    },
    /// What was done, newest first.
    Log {
        /// Only to this message.
        #[arg(long, value_name = "ID")]
        message: Option<String>,
        /// Only by this fault.
        #[arg(long, value_name = "ID")]
        id: Option<String>,
        /// How many to list.
        #[arg(long, default_value_t = 50, value_name = "COUNT")]
        limit: u32,
    },
    /// Show how nasty the bus is as a whole, or change it: calm, realistic or hostile, and single knobs.
    Profile {
        /// Profile to put in force.
        profile: Option<String>,
        /// Share of calls that a knob strikes, per cent, in place of the profile's. May be repeated.
        #[arg(long = "knob", value_name = "KNOB=PERCENT")]
        knobs: Vec<String>,
    },
    /// Let held calls go: of a fault, of a message, or all.
    Release {
        /// Fault that holds them.
        id: Option<String>,
        /// Message that is held.
        #[arg(long, value_name = "ID")]
        message: Option<String>,
    },
    /// Take a fault out, and let go what it holds.
    Remove {
        /// Fault.
        id: String,
    },
    /// Take every fault out that was added, let every held call go, and go back to the configuration's profile.
    Reset,
}

#[derive(Debug, Args)]
pub(crate) struct AddFault {
    /// Knob: a name of `eush fault knobs`.
    pub(crate) knob: String,
    /// Which calls of its scope it strikes: always, once (the first time that each message comes), nth:N, first:N, after:N,
    /// every:N, P% (of messages) or P%/attempt.
    #[arg(long, default_value = "always", value_name = "TRIGGER")]
    pub(crate) when: String,
    /// A parameter of the knob. May be repeated.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// A detail of the status, as JSON with @type, for example {"@type":"type.googleapis.com/google.rpc.RetryInfo",
    /// "retryDelay":"3s"}. May be repeated.
    #[arg(long = "detail", value_name = "JSON")]
    pub(crate) details: Vec<String>,
    /// Name; a number is given where there is none.
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
    /// Only calls to the bus (gateway), or calls of the bus to agencies (agency).
    #[arg(long, value_name = "PLACE")]
    pub(crate) place: Option<String>,
    /// Only calls for this service, for example GBDFL_Person.
    #[arg(long, value_name = "SERVICE")]
    pub(crate) service: Option<String>,
    /// Only calls of this public service, for example 000-A.
    #[arg(long, value_name = "REGULATION")]
    pub(crate) regulation: Option<String>,
    /// Only calls in this channel, for example portal.
    #[arg(long, value_name = "CHANNEL")]
    pub(crate) channel: Option<String>,
    /// Only this gRPC method: Send, Lookup, CompleteDelivery, Deliver, NotifyTerm, or a full name.
    #[arg(long, value_name = "METHOD")]
    pub(crate) method: Option<String>,
    /// Only calls to this agency, or of it.
    #[arg(long, value_name = "CODE")]
    pub(crate) agency: Option<String>,
    /// Only messages of this sender, for example PORTAL.
    #[arg(long, value_name = "SENDER")]
    pub(crate) sender: Option<String>,
    /// Only calls about this person or organisation: a key of `eush people`, or 12 digits.
    #[arg(long, value_name = "PERSON")]
    pub(crate) person: Option<String>,
    /// Only this message.
    #[arg(long, value_name = "ID")]
    pub(crate) message: Option<String>,
}

/// How nasty the bus is from its first call on.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct NastinessArgs {
    /// Faults on purpose: calm, realistic or hostile.
    #[arg(long, value_name = "PROFILE")]
    pub(crate) nastiness: Option<String>,
    /// Share of calls that a knob of `eush fault knobs` strikes, per cent, in place of the profile's. May be repeated.
    #[arg(long = "knob", value_name = "KNOB=PERCENT")]
    pub(crate) knobs: Vec<String>,
}
