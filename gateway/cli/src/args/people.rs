//! `eush people`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct People {
    #[command(subcommand)]
    pub(crate) action: Option<PeopleAction>,
    /// Seed of the population; the data folder's where there is one.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// Everybody, not only the ready people.
    #[arg(long)]
    pub(crate) all: bool,
    /// The people whose number makes exactly one thing happen, for tests that can set nothing but an IIN.
    #[arg(long, conflicts_with = "all")]
    pub(crate) magic: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PeopleAction {
    /// Add somebody to a running bus, or with --session to a test session alone. What is left out is made up.
    Add {
        /// Key: a-z, 0-9 and hyphens, for example `dana`.
        key: String,
        #[command(flatten)]
        born: Born,
        #[command(flatten)]
        said: Box<PersonSaid>,
    },
    /// Say something else of somebody; the rest stays.
    Change {
        /// Key.
        key: String,
        #[command(flatten)]
        said: Box<PersonSaid>,
    },
    /// Those who were added or changed.
    List {
        /// Everybody else too.
        #[arg(long)]
        all: bool,
    },
    /// No register and no front knows somebody any more.
    Remove {
        /// Key.
        key: String,
    },
    /// Everybody is again as the bus's seed made them.
    Reset,
    /// Somebody, with what each register says of them.
    Show {
        /// Key, or twelve digits.
        key: String,
    },
}

/// What cannot be changed later, because the number shows it.
#[derive(Debug, Args)]
pub(crate) struct Born {
    /// Number; one is given where it is left out. It must be one that no living person can have.
    #[arg(long, value_name = "DIGITS")]
    pub(crate) iin: Option<String>,
    /// Sex.
    #[arg(long, value_enum, value_name = "SEX")]
    pub(crate) sex: Option<SexArg>,
    /// Birth date.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) born: Option<String>,
}

/// What may be said of somebody.
#[derive(Debug, Args)]
pub(crate) struct PersonSaid {
    /// Kazakh names: surname, given name and, where there is one, patronymic.
    #[arg(long, value_name = "NAMES")]
    pub(crate) name: Option<String>,
    /// Russian names, in the same order; the Kazakh ones where they are left out.
    #[arg(long, value_name = "NAMES", requires = "name")]
    pub(crate) name_ru: Option<String>,
    /// Latin names, in the same order; the Russian ones where they are left out.
    #[arg(long, value_name = "NAMES", requires = "name")]
    pub(crate) name_latin: Option<String>,
    /// Password at portal and desk.
    #[arg(long, value_name = "TEXT")]
    pub(crate) password: Option<String>,
    /// Town of residence: aktau, aktobe, astana, oskemen or pavlodar.
    #[arg(long, value_name = "TOWN")]
    pub(crate) town: Option<String>,
    /// Organisation where they work, by key; `none` for nowhere.
    #[arg(long, value_name = "KEY")]
    pub(crate) employer: Option<String>,
    /// Father or mother, by key; both in two; `none` for nobody who is known.
    #[arg(long = "parent", value_name = "KEY")]
    pub(crate) parents: Vec<String>,
    /// Husband or wife, by key; `none` for nobody.
    #[arg(long, value_name = "KEY")]
    pub(crate) spouse: Option<String>,
    /// A register that is to know them. May be repeated.
    #[arg(long = "in", value_enum, value_name = "REGISTER")]
    pub(crate) known_to: Vec<RegisterArg>,
    /// A register that is not to know them. May be repeated.
    #[arg(long = "not-in", value_enum, value_name = "REGISTER")]
    pub(crate) unknown_to: Vec<RegisterArg>,
    /// A power of attorney that they gave: NUMBER:REPRESENTATIVE, then `:revoked` or `:without-notary` where it is so;
    /// `none` for none. May be repeated.
    #[arg(long = "power", value_name = "POWER")]
    pub(crate) powers: Vec<String>,
    /// More, as JSON or YAML: fields of eush.management.v1.PersonDraft, for example what a register has. Options stand over it.
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
}

/// Sex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SexArg {
    /// Female.
    Female,
    /// Male.
    Male,
}

/// A list of people that one system keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RegisterArg {
    /// Disabled children taught at home.
    HomeSchooled,
    /// The register of natural persons (GBDFL).
    Persons,
    /// People with an account at the portal.
    PortalAccounts,
    /// The fund of repatriates.
    Repatriates,
    /// People registered as unemployed.
    Unemployed,
}
