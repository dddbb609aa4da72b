//! The gateway's configuration: one TOML file, overridden by environment variables, read once.
//!
//! A [`RawConfig`] is what was written, every key optional; a [`Config`] is what runs, every field present and in range.
//! Between the two every fault is gathered, so that a person mends a file in one go. The tables of keys, defaults and
//! documents are made from one declaration (see `sections`), so that none can drift from the others.
//!
//! Environment: `EUSH_<SECTION>__<KEY>`, upper case, two underscores between the parts, for example
//! `EUSH_GATEWAY__LISTEN=127.0.0.1:0`, `EUSH_AGENCIES__GBDFL=http://…`, `EUSH_SENDERS__PORTAL__PASSWORD=…`.
//! Lists are separated by commas. The environment holds over the file.

mod environment;
mod reference;
mod sections;
mod setting;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;
use std::path::Path;

use eush_domain::{AgencyId, Bin, SenderId};

pub use environment::{ProcessEnvironment, Strings};
pub use reference::{Reference, reference};
pub use sections::{
    AgencyCalls, BusSettings, CertificateSettings, ClockSettings, GatewayListener, Limits,
    ManagementListener, NastinessSettings, RevocationSettings, Sender, StoreSettings,
};
pub use setting::{
    Allowance, ByteSize, ClockStart, Diagnosis, Fingerprint, NonceUse, Oid, PopulationName, ProfileName,
    ResultCheckName, RevocationAsked, Scope, Secret, SenderKind, ServiceList, SignerReading, Span, Transfer,
    TrustSource, UndefinedName, Url,
};

use sections::{
    RawAgencyCalls, RawBus, RawCertificates, RawClock, RawGateway, RawLimits, RawManagement, RawNastiness,
    RawRevocation, RawSender, RawStore,
};
use setting::Setting as _;
use value::{Faults, Value};

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Values that are not what their keys expect: all of them.
    #[error("the configuration has {} faults: {}", .0.len(), list(.0))]
    Faults(Vec<ConfigFault>),
    /// The file is no TOML, or a value is of the wrong shape.
    #[error("the configuration cannot be read as TOML: {message}")]
    Syntax {
        /// What the reader says, with line and column.
        message: String,
    },
    /// The file cannot be opened.
    #[error("the configuration file `{path}` cannot be read")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// One value that its key does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    /// Full key, for example `gateway.listen`.
    pub key: String,
    /// What was given; `…` in place of a secret.
    pub value: String,
    /// What the key takes.
    pub expected: String,
}

impl std::fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` is `{}`, expected {}", self.key, self.value, self.expected)
    }
}

fn list(faults: &[ConfigFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// What was written: every key optional, every unknown key an error.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawConfig {
    gateway: Option<RawGateway>,
    management: Option<RawManagement>,
    store: Option<RawStore>,
    bus: Option<RawBus>,
    clock: Option<RawClock>,
    certificates: Option<RawCertificates>,
    revocation: Option<RawRevocation>,
    agency: Option<RawAgencyCalls>,
    nastiness: Option<RawNastiness>,
    limits: Option<RawLimits>,
    agencies: Option<BTreeMap<String, Value>>,
    organizations: Option<BTreeMap<String, Value>>,
    senders: Option<BTreeMap<String, RawSender>>,
}

/// What runs. [`Config::default`] is a working, calm gateway on loopback that knows no sender and no agency yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Listener of the bus.
    pub gateway: GatewayListener,
    /// Listener of management.
    pub management: ManagementListener,
    /// Durable state.
    pub store: StoreSettings,
    /// Which checks refuse.
    pub bus: BusSettings,
    /// The virtual clock.
    pub clock: ClockSettings,
    /// Trust, and where the certificate services are.
    pub certificates: CertificateSettings,
    /// Revocation lists.
    pub revocation: RevocationSettings,
    /// Calls to agencies.
    pub agency: AgencyCalls,
    /// Faults on purpose.
    pub nastiness: NastinessSettings,
    /// Limits on messages and shutdown.
    pub limits: Limits,
    /// Where each agency system answers.
    pub agencies: BTreeMap<AgencyId, Url>,
    /// BINs of organisations that the acts' data name by key, where the synthetic population's are not wanted.
    pub organizations: BTreeMap<String, Bin>,
    /// Systems that may send, by sender id.
    pub senders: BTreeMap<SenderId, Sender>,
}

impl Default for Config {
    #[expect(clippy::expect_used, reason = "the built-in defaults are constants; a test reads them")]
    fn default() -> Self {
        Self::try_from(RawConfig::default()).expect("the built-in defaults are values that their keys take")
    }
}

impl Config {
    /// Reads the file, where one is given, and the environment over it.
    ///
    /// # Errors
    /// Every fault of file and environment together.
    pub fn load(file: Option<&Path>, environment: &dyn Strings) -> Result<Self, ConfigError> {
        let text = match file {
            None => String::new(),
            Some(path) => std::fs::read_to_string(path)
                .map_err(|source| ConfigError::Unreadable { path: path.display().to_string(), source })?,
        };
        Self::parse(&text, environment)
    }

    /// Reads TOML text and the environment over it.
    ///
    /// # Errors
    /// Every fault of text and environment together.
    pub fn parse(text: &str, environment: &dyn Strings) -> Result<Self, ConfigError> {
        let syntax = |error: toml::de::Error| ConfigError::Syntax { message: error.to_string() };
        let mut table: toml::Table = text.parse().map_err(syntax)?;
        let mut faults = Faults::default();
        environment::overlay(&mut table, environment, &mut faults);
        value::check_keys(&table, &mut faults);
        faults.result(())?;
        let raw: RawConfig = table.try_into().map_err(syntax)?;
        Self::try_from(raw)
    }

    /// The configuration as TOML, secrets redacted.
    pub fn print(&self) -> String {
        let mut out = String::new();
        let mut section = |name: &str, rows: Vec<(&'static str, String)>| {
            out.push_str(&format!("[{name}]\n"));
            for (key, shown) in rows {
                out.push_str(&format!("{key} = {shown}\n"));
            }
            out.push('\n');
        };
        section("gateway", self.gateway.rows());
        section("management", self.management.rows());
        section("store", self.store.rows());
        section("bus", self.bus.rows());
        section("clock", self.clock.rows());
        section("certificates", self.certificates.rows());
        section("revocation", self.revocation.rows());
        section("agency", self.agency.rows());
        section("nastiness", self.nastiness.rows());
        section("limits", self.limits.rows());
        for (id, sender) in &self.senders {
            section(&format!("senders.{}", value::toml_key(id.as_str())), sender.rows());
        }
        out.push_str("[agencies]\n");
        for (agency, url) in &self.agencies {
            out.push_str(&format!("{} = {}\n", agency.as_str(), value::toml_text(&url.show())));
        }
        out.push_str("\n[organizations]\n");
        for (key, bin) in &self.organizations {
            out.push_str(&format!("{} = {}\n", value::toml_key(key), value::toml_text(&bin.show())));
        }
        out
    }
}

impl TryFrom<RawConfig> for Config {
    type Error = ConfigError;

    fn try_from(raw: RawConfig) -> Result<Self, ConfigError> {
        let mut faults = Faults::default();
        let gateway = raw.gateway.unwrap_or_default().read("gateway", &mut faults);
        let management = raw.management.unwrap_or_default().read("management", &mut faults);
        let store = raw.store.unwrap_or_default().read("store", &mut faults);
        let bus = raw.bus.unwrap_or_default().read("bus", &mut faults);
        let clock = raw.clock.unwrap_or_default().read("clock", &mut faults);
        let certificates = raw.certificates.unwrap_or_default().read("certificates", &mut faults);
        let revocation = raw.revocation.unwrap_or_default().read("revocation", &mut faults);
        let agency = raw.agency.unwrap_or_default().read("agency", &mut faults);
        let nastiness = raw.nastiness.unwrap_or_default().read("nastiness", &mut faults);
        let limits = raw.limits.unwrap_or_default().read("limits", &mut faults);
        let agencies = read_agencies(raw.agencies.unwrap_or_default(), &mut faults);
        let organizations = read_organizations(raw.organizations.unwrap_or_default(), &mut faults);
        let senders = read_senders(raw.senders.unwrap_or_default(), &mut faults);
        let whole = (|| {
            Some(Self {
                gateway: gateway?,
                management: management?,
                store: store?,
                bus: bus?,
                clock: clock?,
                certificates: certificates?,
                revocation: revocation?,
                agency: agency?,
                nastiness: nastiness?,
                limits: limits?,
                agencies,
                organizations,
                senders,
            })
        })();
        if let Some(config) = &whole {
            config.check_together(&mut faults);
        }
        faults.result(())?;
        whole.ok_or_else(|| ConfigError::Faults(Vec::new()))
    }
}

fn read_agencies(raw: BTreeMap<String, Value>, faults: &mut Faults) -> BTreeMap<AgencyId, Url> {
    let mut agencies = BTreeMap::new();
    for (name, value) in raw {
        let url = faults.read::<Url>("agencies", &name, Some(value), "");
        match AgencyId::parse(&name) {
            Ok(agency) => agencies.extend(url.map(|url| (agency, url))),
            Err(error) => faults.add("agencies", &name, format!("the code of an agency: {error}")),
        }
    }
    agencies
}

fn read_organizations(raw: BTreeMap<String, Value>, faults: &mut Faults) -> BTreeMap<String, Bin> {
    let mut read = |(key, value): (String, Value)| {
        let bin = faults.read::<Bin>("organizations", &key, Some(value), "")?;
        Some((key, bin))
    };
    raw.into_iter().filter_map(&mut read).collect()
}

fn read_senders(raw: BTreeMap<String, RawSender>, faults: &mut Faults) -> BTreeMap<SenderId, Sender> {
    let mut senders = BTreeMap::new();
    for (name, raw) in raw {
        let sender = raw.read(&format!("senders.{name}"), faults);
        match SenderId::parse(&name) {
            Ok(id) => senders.extend(sender.map(|sender| (id, sender))),
            Err(error) => faults.add("senders", &name, format!("a sender id: {error}")),
        }
    }
    senders
}

impl Config {
    /// What no key can say alone.
    fn check_together(&self, faults: &mut Faults) {
        let gateway = &self.gateway;
        if gateway.tls_certificate.is_some() != gateway.tls_key.is_some() {
            faults.add("gateway.tls_key", "", "`tls_certificate` and `tls_key` both, or neither".to_owned());
        }
        if gateway.client_ca.is_some() && gateway.tls_certificate.is_none() {
            faults.add("gateway.client_ca", "", "a `tls_certificate` beside it".to_owned());
        }
        let guarded = gateway.tls_certificate.is_some() && !self.senders.is_empty();
        if !gateway.listen.ip().is_loopback() && !guarded && gateway.insecure == Allowance::Deny {
            let expected = "a loopback address, or TLS and known senders, or `insecure = \"allow\"`";
            faults.add("gateway.listen", &gateway.listen.to_string(), expected.to_owned());
        }
        if !self.management.listen.ip().is_loopback() && self.management.insecure == Allowance::Deny {
            let expected = "a loopback address, or `insecure = \"allow\"`";
            faults.add("management.listen", &self.management.listen.to_string(), expected.to_owned());
        }
        if self.certificates.trust == TrustSource::Files && self.certificates.anchors.is_empty() {
            faults.add(
                "certificates.anchors",
                "",
                "at least one file, because `trust = \"files\"`".to_owned(),
            );
        }
        let revocation = &self.revocation;
        for (key, urls) in [
            ("revocation.urls", revocation.urls.as_slice()),
            ("revocation.responders", &revocation.responders),
            ("revocation.allowed", &revocation.allowed),
            ("certificates.address", std::slice::from_ref(&self.certificates.address)),
        ] {
            for url in urls.iter().filter(|url| url.uri().scheme_str() != Some("http")) {
                let expected = "an `http` address: lists, answers and certificates are signed".to_owned();
                faults.add(key, &url.show(), expected);
            }
        }
        if revocation.answer_refresh.get() > revocation.answer_age.get() {
            let expected = "no longer than `revocation.answer_age`".to_owned();
            faults.add("revocation.answer_refresh", &revocation.answer_refresh.show(), expected);
        }
        for (agency, url) in &self.agencies {
            if url.uri().scheme_str() == Some("https") && self.agency.ca.is_none() {
                let expected =
                    "an `http` address, or `agency.ca` with the authorities of `https` ones".to_owned();
                faults.add(&format!("agencies.{agency}"), &url.show(), expected);
            }
        }
        for (id, sender) in &self.senders {
            let key = format!("senders.{id}");
            if sender.client_certificate_sha256.is_some() && gateway.client_ca.is_none() {
                let expected =
                    "no pin, or a `gateway.client_ca` that asks for client certificates".to_owned();
                faults.add(&format!("{key}.client_certificate_sha256"), "", expected);
            }
            if sender.kind == SenderKind::Agency && sender.agency.is_none() {
                faults.add(
                    &format!("{key}.agency"),
                    "",
                    "the agency's code, because `kind = \"agency\"`".to_owned(),
                );
            }
        }
    }
}
