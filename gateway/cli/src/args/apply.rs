//! `eush apply`.

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// Flow, for example 000-A/portal or astana/unemployed-certificate/state-corporation.
    pub(crate) flow: String,
    /// Who applies: a key of `eush people`.
    #[arg(long = "as", value_name = "PERSON")]
    pub(crate) person: String,
    /// Organisation that applies, and for which the person signs: a key of the population, for example `ertis-metal`.
    #[arg(long = "for", value_name = "ORGANIZATION")]
    pub(crate) organization: Option<String>,
    /// Operator who serves the person at the desk, or clerk who does at an office.
    #[arg(long, default_value = "operator-1", value_name = "PERSON")]
    pub(crate) operator: String,
    /// Who acts for the person under a power of attorney: a key of `eush people`.
    #[arg(long, value_name = "PERSON")]
    pub(crate) representative: Option<String>,
    /// Whose key signs, where it is not the one who should.
    #[arg(long, value_name = "PERSON")]
    pub(crate) signed_by: Option<String>,
    /// Password to log in with, where it is not the right one.
    #[arg(long, value_name = "WORD")]
    pub(crate) password: Option<String>,
    /// Leave out this kind of attachment. May be repeated.
    #[arg(long, value_name = "KIND")]
    pub(crate) without: Vec<String>,
    /// Id of the message; a fresh one where none is given.
    #[arg(long, value_name = "ID")]
    pub(crate) message_id: Option<String>,
    /// Which of the act's procedures is asked for, for example `re-issue`; the first that fits where none is given.
    #[arg(long, value_name = "KEY")]
    pub(crate) procedure: Option<String>,
    /// A check that people make by hand and that fails: documents, eligibility, grounds, login, presence or subject;
    /// `documents:2` fails on the second occasion. May be repeated.
    #[arg(long, value_name = "CHECK")]
    pub(crate) failing: Vec<String>,
    /// The act's other duration holds where a step has two, for example because documents are missing.
    #[arg(long)]
    pub(crate) otherwise: bool,
    /// Do not bring what the provider waits for, for example the proof that a fee was paid.
    #[arg(long)]
    pub(crate) unpaid: bool,
    /// Register at the portal first, for a person who has no account there yet.
    #[arg(long)]
    pub(crate) register: bool,
    /// Do not sign the form where it is signed at the portal and sent nowhere.
    #[arg(long)]
    pub(crate) unsigned: bool,
    /// Show what each profile says of the signed request, side by side, before it is sent.
    #[arg(long)]
    pub(crate) compare_profiles: bool,
    /// A flaw of the certificate that signs: expired, not-yet-valid, unknown-issuer.
    #[arg(long, value_enum, value_name = "FLAW")]
    pub(crate) flaw: Option<Flaw>,
    /// How the agency that takes the document behaves for this message.
    #[arg(long, value_enum, value_name = "BEHAVIOUR")]
    pub(crate) agency: Option<AgencyBehaviour>,
    /// What to do while the provider's term runs.
    #[arg(long, value_enum, default_value_t = Pending::Advance)]
    pub(crate) pending: Pending,
}

impl Apply {
    /// What a person applies for, with nothing unusual about it.
    pub(crate) fn plain(flow: &str, person: &str) -> Self {
        Self {
            flow: flow.to_owned(),
            person: person.to_owned(),
            organization: None,
            operator: "operator-1".to_owned(),
            representative: None,
            signed_by: None,
            password: None,
            without: Vec::new(),
            message_id: None,
            procedure: None,
            failing: Vec::new(),
            otherwise: false,
            register: false,
            unsigned: false,
            unpaid: false,
            compare_profiles: false,
            flaw: None,
            agency: None,
            pending: Pending::Advance,
        }
    }
}

/// A flaw that a test certificate is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Flaw {
    /// Its period is over.
    Expired,
    /// Its period has not begun.
    NotYetValid,
    /// Nobody knows its issuer.
    UnknownIssuer,
}

/// How an agency behaves where it is told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AgencyBehaviour {
    /// It cannot be reached.
    Down,
    /// It answers for another message.
    Nonsense,
    /// It takes the document, and gives a reasoned refusal when its term has passed.
    Refusing,
    /// It does not answer in time.
    Slow,
}

/// What `apply` does while a term of the provider runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Pending {
    /// Move the bus's clock to the end of each term.
    Advance,
    /// Stop there; `eush clock advance` brings the result.
    Leave,
    /// Wait until somebody, or time itself, moves the clock.
    Wait,
}
