//! `eush cert`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::check::args::{Check, Inspect, Issue};

#[derive(Debug, Args)]
pub(crate) struct Cert {
    #[command(subcommand)]
    pub(crate) action: CertAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CertAction {
    /// Judge a certificate, offline: exit status 0 where it is good, 1 where it is refused, with every stage and its
    /// evidence.
    Check(Box<Check>),
    /// Write a person's test key and certificate: PERSON.p12, PERSON.pem and the chain.
    Export {
        /// Key of `eush people`.
        person: String,
        /// Folder to write to.
        #[arg(long, default_value = ".", value_name = "DIR")]
        out: PathBuf,
    },
    /// Put a certificate on hold: serial number, or a person's key for their certificate.
    Hold {
        /// Serial number in hexadecimal, or key of `eush people`.
        certificate: String,
    },
    /// Show what certificates say, unjudged.
    Inspect(Inspect),
    /// Issue a certificate of the test authority, sound or with a deliberate flaw.
    Issue(Box<Issue>),
    /// List the certificates issued.
    List,
    /// Lift a hold.
    Release {
        /// Serial number in hexadecimal, or key of `eush people`.
        certificate: String,
    },
    /// Revoke a certificate for good.
    Revoke {
        /// Serial number in hexadecimal, or key of `eush people`.
        certificate: String,
        /// Reason, RFC 5280 5.3.1.
        #[arg(long, value_enum, default_value_t = Reason::KeyCompromise)]
        reason: Reason,
    },
}

/// Reasons for which a certificate is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Reason {
    /// No reason is stated.
    Unspecified,
    /// The key is known to others.
    KeyCompromise,
    /// The authority's key is known to others.
    CaCompromise,
    /// The holder has left.
    AffiliationChanged,
    /// Another certificate has taken its place.
    Superseded,
    /// No longer needed.
    CessationOfOperation,
    /// A right was taken back.
    PrivilegeWithdrawn,
    /// The attribute authority's key is known to others.
    AaCompromise,
}
