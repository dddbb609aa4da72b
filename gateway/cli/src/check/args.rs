//! Arguments of the certificate commands that work on files, and of `issue`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use eush_domain::{Bin, CertificateRole, Iin, Timestamp};
use eush_sign::oids::Oid;
use time::format_description::well_known::Rfc3339;

use crate::bus::Keys;

/// `eush cert check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Certificates in PEM, DER or PKCS#12: the first is judged, the others are candidates for its chain.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) judging: Judging,
}

/// How certificates are judged, and by what.
#[derive(Debug, Args)]
pub(crate) struct Judging {
    /// Password of key stores (PKCS#12) among the files.
    #[arg(long, env = "EUSH_PASSWORD", hide_env_values = true, value_name = "PASSWORD")]
    pub(crate) password: Option<String>,
    /// Certificates of authorities: self-signed roots are trusted, any other is a candidate for chains. May be repeated.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Vec<PathBuf>,
    /// Revocation list, complete or delta, in DER or PEM. May be repeated.
    #[arg(long, value_name = "FILE")]
    pub(crate) crl: Vec<PathBuf>,
    /// Saved answer of an OCSP responder, in DER; asked before the lists. May be repeated.
    #[arg(long, value_name = "FILE")]
    pub(crate) ocsp: Vec<PathBuf>,
    /// IIN that the certificate must have, 12 digits.
    #[arg(long, value_parser = iin, value_name = "NUMBER")]
    pub(crate) iin: Option<Iin>,
    /// BIN that the certificate must have, 12 digits.
    #[arg(long, value_parser = bin, value_name = "NUMBER")]
    pub(crate) bin: Option<Bin>,
    /// Role that the holder must have; of several, one.
    #[arg(long, value_parser = role, value_name = "ROLE")]
    pub(crate) role: Vec<CertificateRole>,
    /// Instant for which is judged, RFC 3339; now where none is given.
    #[arg(long, value_parser = instant, value_name = "INSTANT")]
    pub(crate) at: Option<Timestamp>,
    /// Certificate policy that is accepted (RFC 5280, user-initial-policy-set); any where none is given. May be repeated.
    #[arg(long, value_parser = oid, value_name = "OID")]
    pub(crate) initial_policy: Vec<Oid>,
    /// The path must have a policy (initial-explicit-policy).
    #[arg(long)]
    pub(crate) require_explicit_policy: bool,
    /// Mapped policies do not count (initial-policy-mapping-inhibit).
    #[arg(long)]
    pub(crate) inhibit_policy_mapping: bool,
    /// anyPolicy does not count (initial-any-policy-inhibit).
    #[arg(long)]
    pub(crate) inhibit_any_policy: bool,
    /// Rules that apply.
    #[arg(long, value_enum, default_value_t = RulesArg::Kz)]
    pub(crate) rules: RulesArg,
    /// Whose revocation is asked; by default the leaf's alone under kz, with a warning, and the whole chain's under
    /// rfc5280.
    #[arg(long, value_enum, value_name = "SCOPE")]
    pub(crate) revocation_scope: Option<ScopeArg>,
    /// Accept SHA-1 and RSA keys below 2048 bits.
    #[arg(long)]
    pub(crate) allow_legacy: bool,
}

/// Rules of judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RulesArg {
    /// The Kazakh profile on top of RFC 5280.
    Kz,
    /// RFC 5280 alone.
    Rfc5280,
}

/// Whose revocation is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScopeArg {
    /// The subject's certificate alone.
    Leaf,
    /// Every certificate below the root.
    Chain,
}

/// `eush cert inspect`.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// Certificates in PEM, DER or PKCS#12.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Password of key stores (PKCS#12) among the files.
    #[arg(long, env = "EUSH_PASSWORD", hide_env_values = true, value_name = "PASSWORD")]
    pub(crate) password: Option<String>,
}

/// `eush cert issue`.
#[derive(Debug, Args)]
pub(crate) struct Issue {
    /// Who it is for: a key of `eush people`. Other flags of the subject then change single fields.
    #[arg(long = "as", value_name = "PERSON", required_unless_present = "common_name")]
    pub(crate) person: Option<String>,
    /// Common name: surname and given name, or the name of a system.
    #[arg(long, value_name = "TEXT")]
    pub(crate) common_name: Option<String>,
    /// Surname.
    #[arg(long, value_name = "TEXT")]
    pub(crate) surname: Option<String>,
    /// Patronymic.
    #[arg(long, value_name = "TEXT")]
    pub(crate) patronymic: Option<String>,
    /// IIN, 12 digits.
    #[arg(long, value_parser = iin, value_name = "NUMBER")]
    pub(crate) iin: Option<Iin>,
    /// BIN, 12 digits.
    #[arg(long, value_parser = bin, value_name = "NUMBER")]
    pub(crate) bin: Option<Bin>,
    /// Name of the organisation.
    #[arg(long, value_name = "TEXT")]
    pub(crate) organization: Option<String>,
    /// Object identifier of an information system.
    #[arg(long, value_parser = oid, value_name = "OID")]
    pub(crate) system: Option<Oid>,
    /// Role of the holder. May be repeated.
    #[arg(long, value_parser = role, value_name = "ROLE")]
    pub(crate) role: Vec<CertificateRole>,
    /// Algorithm of the key; the authority's default where none is given.
    #[arg(long, value_enum, value_name = "ALGORITHM")]
    pub(crate) algorithm: Option<Keys>,
    /// One deliberate flaw, for example `expired`. A name that is none is answered with all of them.
    #[arg(long, value_name = "DEFECT")]
    pub(crate) defect: Option<String>,
    /// Tells several certificates of one subject apart.
    #[arg(long, value_name = "TEXT")]
    pub(crate) label: Option<String>,
    /// Folder to write key store, key and chain to.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub(crate) out: PathBuf,
}

/// `eush cms`.
#[derive(Debug, Args)]
pub(crate) struct Cms {
    #[command(subcommand)]
    pub(crate) action: CmsAction,
}

/// What is done with signed data.
#[derive(Debug, Subcommand)]
pub(crate) enum CmsAction {
    /// Sign a file (CAdES-BES).
    Sign(CmsSign),
    /// Judge a signed document: every signer's signature and certificate. Exit status 0 where all of them are good.
    Verify(CmsVerify),
}

/// `eush cms sign`.
#[derive(Debug, Args)]
pub(crate) struct CmsSign {
    /// What is signed.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Key store (PKCS#12), or a key in PEM with its certificate in the same file or in `--cert`.
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Password of the key store.
    #[arg(long, env = "EUSH_PASSWORD", hide_env_values = true, value_name = "PASSWORD")]
    pub(crate) password: Option<String>,
    /// Certificates for a key in PEM, and further ones to embed. May be repeated.
    #[arg(long, value_name = "FILE")]
    pub(crate) cert: Vec<PathBuf>,
    /// The content travels within the signed data.
    #[arg(long, conflicts_with = "detached")]
    pub(crate) attached: bool,
    /// The content travels apart: the default.
    #[arg(long)]
    pub(crate) detached: bool,
    /// Time of signing that is claimed, RFC 3339; now where none is given.
    #[arg(long, value_parser = instant, value_name = "INSTANT")]
    pub(crate) at: Option<Timestamp>,
    /// File for the signed data, DER.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// `eush cms verify`.
#[derive(Debug, Args)]
pub(crate) struct CmsVerify {
    /// Signed data in DER, BER, PEM or base64.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// What is signed, where it travels apart.
    #[arg(long, value_name = "FILE")]
    pub(crate) content: Option<PathBuf>,
    /// Judge each signer's certificate for the time at which the signer claims to have signed, by revocation evidence of
    /// `--at`. The claim proves nothing.
    #[arg(long)]
    pub(crate) as_signed: bool,
    #[command(flatten)]
    pub(crate) judging: Judging,
}

fn iin(text: &str) -> Result<Iin, String> {
    Iin::parse(text).map_err(|error| error.to_string())
}

fn bin(text: &str) -> Result<Bin, String> {
    Bin::parse(text).map_err(|error| error.to_string())
}

fn oid(text: &str) -> Result<Oid, String> {
    Oid::new(text).map_err(|_| "expected a dotted object identifier such as 1.2.398.3.3.2".to_owned())
}

fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text, &Rfc3339)
        .map_err(|_| "expected an instant of RFC 3339 such as 2026-11-22T12:00:00+05:00".to_owned())
}

fn role(text: &str) -> Result<CertificateRole, String> {
    CertificateRole::parse(text).ok_or_else(|| {
        let names: Vec<_> = CertificateRole::TABLE.iter().map(|row| row.2).collect();
        format!("expected one of {}", names.join(", "))
    })
}
