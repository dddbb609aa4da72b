//! `eush cert`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::bus::Keys;
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
    /// The catalogue of deliberate defects: of certificates, and of what is published.
    Defects,
    /// Write a person's test key and certificates: PERSON.p12, PERSON.key.pem, PERSON.chain.pem and, of a GOST key, PERSON.nca.p12
    /// in the form of the national authority's own key stores.
    Export {
        /// Key of `eush people`.
        person: String,
        /// Folder to write to.
        #[arg(long, default_value = ".", value_name = "DIR")]
        out: PathBuf,
    },
    /// Have the test authority serve its lists or its responder's answers with one deliberate fault, live, until it is reset.
    Fault(Fault),
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
    /// Have the gateway fetch its revocation lists, and show what it holds: exit status 1 where one was not taken.
    Lists,
    /// Publish revocation lists at once, due or not.
    Publish {
        /// The one list; all of them where none is named.
        #[arg(long, value_enum, value_name = "POINT")]
        at: Option<Point>,
        /// The one hierarchy; both where none is named.
        #[arg(long, value_enum, value_name = "ALGORITHM")]
        algorithm: Option<Keys>,
    },
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

/// `eush cert fault`.
#[derive(Debug, Args)]
pub(crate) struct Fault {
    #[command(subcommand)]
    pub(crate) action: PublicationFaultAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PublicationFaultAction {
    /// Every fault that was set since the certificate services started, and how many requests met it.
    List,
    /// End faults: all of them, or those of one point or hierarchy.
    Reset {
        /// Where; everywhere where none is named.
        #[arg(long, value_enum, value_name = "POINT")]
        at: Option<Point>,
        /// The one hierarchy; both where none is named.
        #[arg(long, value_enum, value_name = "ALGORITHM")]
        algorithm: Option<Keys>,
    },
    /// Set a fault, in the place of one that is in force there.
    Set {
        /// Name in `eush cert defects`, for example `try-later`. A name that is none is answered with all of them.
        fault: String,
        /// Where; may be left out where the fault can be in one place only.
        #[arg(long, value_enum, value_name = "POINT")]
        at: Option<Point>,
        /// The one hierarchy; both where none is named.
        #[arg(long, value_enum, value_name = "ALGORITHM")]
        algorithm: Option<Keys>,
    },
}

/// What an authority publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Point {
    /// The issuing authority's delta list.
    DeltaList,
    /// The issuing authority's complete list.
    List,
    /// The responder.
    Ocsp,
    /// The root's complete list.
    RootList,
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
