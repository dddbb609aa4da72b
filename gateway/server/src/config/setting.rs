//! The types that configuration values become. Each reads itself from text, says what it expects, and shows itself.

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use eush_domain::faults::{KnobSetting, NastinessProfile};
use eush_domain::{AgencyId, Bin, Channel, Iin, ServiceId, Timestamp};
use time::Date;
use time::format_description::well_known::{Iso8601, Rfc3339};

use super::value::toml_text;

/// A value that can be configured.
pub(crate) trait Setting: Sized {
    /// Whether the value is never shown.
    const SECRET: bool = false;
    /// Whether the value is written as a TOML list.
    const LIST: bool = false;

    /// What a good value is, in words.
    fn expected() -> String;
    /// Reads the text; `None` where it is no good value.
    fn read(text: &str) -> Option<Self>;
    /// The text that reads as this value.
    fn show(&self) -> String;

    /// The value in TOML.
    fn toml(&self) -> String {
        if Self::SECRET { toml_text("redacted") } else { toml_form(&self.show(), Self::LIST) }
    }
}

/// A text form in TOML: numbers bare, lists in brackets.
pub(crate) fn toml_form(text: &str, list: bool) -> String {
    if list {
        let items: Vec<_> = text.split(',').filter(|item| !item.is_empty()).map(toml_text).collect();
        format!("[{}]", items.join(", "))
    } else if text.parse::<u32>().is_ok() {
        text.to_owned()
    } else {
        toml_text(text)
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $( $(#[$variant_doc:meta])* $variant:ident = $word:literal ),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $( $(#[$variant_doc])* $variant ),+ }

        impl $name {
            /// The word in configuration, banner and journal.
            pub fn name(self) -> &'static str {
                match self { $( Self::$variant => $word ),+ }
            }
        }

        impl Setting for $name {
            fn expected() -> String {
                [$( concat!("`", $word, "`") ),+].join(" or ")
            }
            fn read(text: &str) -> Option<Self> {
                match text { $( $word => Some(Self::$variant), )+ _ => None }
            }
            fn show(&self) -> String {
                self.name().to_owned()
            }
        }
    };
}

words! {
    /// Whether something doubtful is let through. Deny is the default everywhere.
    Allowance {
        /// It is let through.
        Allow = "allow",
        /// It is refused.
        Deny = "deny",
    }
}
words! {
    /// Whether every check runs although one has failed.
    Diagnosis {
        /// The first failure ends the checks.
        Off = "off",
        /// All checks run and are journalled; the caller is still told the first failure.
        On = "on",
    }
}
words! {
    /// Which checks refuse.
    ProfileName {
        /// Only those that the act lists.
        AsWritten = "as-written",
        /// All of them.
        Strict = "strict",
    }
}
words! {
    /// Who signs at the State corporation's desk, where act and law can be read both ways.
    SignerReading {
        /// The applicant signs.
        Applicant = "applicant",
        /// The operator signs.
        Operator = "operator",
    }
}
words! {
    /// How much of a chain needs revocation evidence.
    Scope {
        /// Every certificate below the root.
        Chain = "chain",
        /// The signer's certificate alone.
        Leaf = "leaf",
    }
}
words! {
    /// What is asked about a revocation.
    RevocationAsked {
        /// Lists.
        Crl = "crl",
        /// A responder and nothing else.
        Ocsp = "ocsp",
        /// A responder; a fresh list only where no responder was available.
        OcspThenCrl = "ocsp-then-crl",
    }
}
words! {
    /// What becomes of the nonce of a question to a responder.
    NonceUse {
        /// It is sent and must come back.
        Demand = "demand",
        /// None is sent: answers that were signed before the question will do.
        Off = "off",
        /// It is sent; an answer may leave it out, but not change it.
        Optional = "optional",
    }
}
words! {
    /// Whether a provider's signature over its result is checked.
    ResultCheckName {
        /// Under `strict`, and not under `as-written`.
        ByProfile = "by-profile",
        /// Always.
        Check = "check",
        /// Never.
        Skip = "skip",
    }
}
words! {
    /// What happens where an act says that a condition fails and not what follows.
    UndefinedName {
        /// The application stays where the act leaves it.
        Hold = "hold",
        /// It is refused with a message of ours.
        Refuse = "refuse",
    }
}
words! {
    /// How the births of the synthetic population become numbers.
    PopulationName {
        /// Births that have not happened: nobody's numbers.
        Future = "future",
        /// Living ages, for teams whose validators need them: possibly somebody's numbers.
        Plausible = "plausible",
    }
}
words! {
    /// Where trust comes from.
    TrustSource {
        /// Files.
        Files = "files",
        /// The certificate services of this bus.
        TestAuthority = "test-authority",
    }
}
words! {
    /// What kind of system sends.
    SenderKind {
        /// An agency, which completes deliveries.
        Agency = "agency",
        /// A front, which serves people.
        Front = "front",
    }
}

impl Setting for SocketAddr {
    fn expected() -> String {
        "an address and port, such as `127.0.0.1:7070` or `[::1]:0`".to_owned()
    }
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for PathBuf {
    fn expected() -> String {
        "a path".to_owned()
    }
    fn read(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self::from(text))
    }
    fn show(&self) -> String {
        self.display().to_string()
    }
}

impl Setting for NonZeroU32 {
    fn expected() -> String {
        "a whole number from 1".to_owned()
    }
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for u64 {
    fn expected() -> String {
        "a whole number from 0".to_owned()
    }
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for NastinessProfile {
    fn expected() -> String {
        let names: Vec<_> = Self::ALL.iter().map(|profile| format!("`{profile}`")).collect();
        names.join(" or ")
    }
    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
    fn show(&self) -> String {
        self.name().to_owned()
    }
}

impl Setting for KnobSetting {
    fn expected() -> String {
        "a knob and its share in per cent, such as `latency=12.5`".to_owned()
    }
    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl<T: Setting> Setting for Option<T> {
    const SECRET: bool = T::SECRET;
    const LIST: bool = T::LIST;
    fn expected() -> String {
        format!("{}, or nothing", T::expected())
    }
    fn read(text: &str) -> Option<Self> {
        if text.is_empty() { Some(None) } else { T::read(text).map(Some) }
    }
    fn show(&self) -> String {
        self.as_ref().map(T::show).unwrap_or_default()
    }
}

impl<T: Setting> Setting for Vec<T> {
    const SECRET: bool = T::SECRET;
    const LIST: bool = true;
    fn expected() -> String {
        format!("a list, each {}", T::expected())
    }
    fn read(text: &str) -> Option<Self> {
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(T::read).collect()
    }
    fn show(&self) -> String {
        self.iter().map(T::show).collect::<Vec<_>>().join(",")
    }
}

/// A stretch of real time, from a millisecond to a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(Duration);

impl Span {
    const UNITS: [(&'static str, u64); 4] = [("ms", 1), ("min", 60_000), ("s", 1000), ("h", 3_600_000)];

    /// As a duration.
    pub fn get(self) -> Duration {
        self.0
    }
}

impl Setting for Span {
    fn expected() -> String {
        "a time from `1ms` to `24h`, such as `500ms`, `30s` or `10min`".to_owned()
    }
    fn read(text: &str) -> Option<Self> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = text[..digits].parse().ok()?;
        let (_, factor) = Self::UNITS.into_iter().find(|(unit, _)| *unit == &text[digits..])?;
        let millis = number.checked_mul(factor).filter(|millis| (1..=86_400_000).contains(millis))?;
        Some(Self(Duration::from_millis(millis)))
    }
    fn show(&self) -> String {
        let millis = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        let (unit, factor) = Self::UNITS
            .into_iter()
            .filter(|(_, factor)| millis.is_multiple_of(*factor))
            .max_by_key(|(_, factor)| *factor)
            .unwrap_or(("ms", 1));
        format!("{}{unit}", millis / factor)
    }
}

/// A size in bytes, from 1 KiB to 2 GiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteSize(u32);

impl ByteSize {
    /// Bytes.
    pub fn get(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl Setting for ByteSize {
    fn expected() -> String {
        "a size from `1KiB` to `2GiB`, such as `8MiB`".to_owned()
    }
    fn read(text: &str) -> Option<Self> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = text[..digits].parse().ok()?;
        let factor = match &text[digits..] {
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return None,
        };
        let bytes = number.checked_mul(factor).filter(|bytes| (1 << 10..=2 << 30).contains(bytes))?;
        u32::try_from(bytes).ok().map(Self)
    }
    fn show(&self) -> String {
        let (unit, factor) = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
            .into_iter()
            .find(|(_, factor)| self.0.is_multiple_of(*factor))
            .unwrap_or(("KiB", 1 << 10));
        format!("{}{unit}", self.0 / factor)
    }
}

/// A shared secret. `Debug` and print-config never show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes 1 to 256 characters.
    pub fn parse(text: &str) -> Option<Self> {
        (1..=256).contains(&text.chars().count()).then(|| Self(text.to_owned()))
    }

    /// The secret itself. Not for logs.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Setting for Secret {
    const SECRET: bool = true;
    fn expected() -> String {
        "1 to 256 characters".to_owned()
    }
    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
    fn show(&self) -> String {
        self.0.clone()
    }
}

/// An `http` or `https` address with a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url(http::Uri);

impl Url {
    /// Takes an absolute `http` or `https` address.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: http::Uri = text.parse().ok()?;
        let known = matches!(uri.scheme_str(), Some("http" | "https"));
        (known && uri.host().is_some_and(|host| !host.is_empty())).then_some(Self(uri))
    }

    /// As an address.
    pub fn uri(&self) -> &http::Uri {
        &self.0
    }
}

impl Setting for Url {
    fn expected() -> String {
        "an address such as `http://127.0.0.1:7080`".to_owned()
    }
    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
    fn show(&self) -> String {
        self.0.to_string().trim_end_matches('/').to_owned()
    }
}

/// SHA-256 of a certificate's DER.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of a certificate's DER.
    pub fn of(der: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(der).into())
    }

    /// Takes 64 hexadecimal digits, colons allowed between pairs.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b':').collect();
        let (pairs, []) = digits.as_chunks::<2>() else { return None };
        let bytes: Option<Vec<u8>> = pairs
            .iter()
            .map(|pair| {
                let pair = std::str::from_utf8(pair).ok()?;
                u8::from_str_radix(pair, 16).ok().filter(|_| pair.bytes().all(|b| b.is_ascii_hexdigit()))
            })
            .collect();
        bytes?.try_into().ok().map(Self)
    }

    /// The digest.
    pub fn bytes(&self) -> [u8; 32] {
        self.0
    }

    /// Lower-case hexadecimal.
    pub fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({})", self.hex())
    }
}

impl Setting for Fingerprint {
    fn expected() -> String {
        "SHA-256 as 64 hexadecimal digits".to_owned()
    }
    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
    fn show(&self) -> String {
        self.hex()
    }
}

/// A dotted object identifier, as in the certificate of an information system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oid(String);

impl Oid {
    /// Takes at least two numbers with dots between.
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<_> = text.split('.').collect();
        let numbers = parts.iter().all(|part| part.parse::<u64>().is_ok());
        (parts.len() >= 2 && numbers).then(|| Self(text.to_owned()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Setting for Oid {
    fn expected() -> String {
        "an object identifier such as `1.2.398.3.3`".to_owned()
    }
    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
    fn show(&self) -> String {
        self.0.clone()
    }
}

/// Which services a sender may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceList {
    /// Every service of the catalogue.
    All,
    /// These.
    Listed(Vec<ServiceId>),
}

impl Setting for ServiceList {
    const LIST: bool = true;
    fn expected() -> String {
        "a list of service ids, or `*` for all".to_owned()
    }
    fn read(text: &str) -> Option<Self> {
        if text.trim() == "*" {
            return Some(Self::All);
        }
        let ids = text.split(',').map(str::trim).filter(|id| !id.is_empty());
        ids.map(|id| ServiceId::parse(id).ok()).collect::<Option<_>>().map(Self::Listed)
    }
    fn show(&self) -> String {
        match self {
            Self::All => "*".to_owned(),
            Self::Listed(ids) => ids.iter().map(ServiceId::as_str).collect::<Vec<_>>().join(","),
        }
    }
}

/// Where the virtual clock starts when there is no saved one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockStart {
    /// At this instant, standing.
    FrozenAt(Timestamp),
    /// At the real instant of first start, running.
    Now,
}

impl Setting for ClockStart {
    fn expected() -> String {
        "`now`, or an instant such as `2026-03-02T10:00:00Z`".to_owned()
    }
    fn read(text: &str) -> Option<Self> {
        if text == "now" {
            return Some(Self::Now);
        }
        Timestamp::parse(text, &Rfc3339).ok().map(Self::FrozenAt)
    }
    fn show(&self) -> String {
        match self {
            Self::FrozenAt(at) => at.format(&Rfc3339).unwrap_or_default(),
            Self::Now => "now".to_owned(),
        }
    }
}

/// A working day moved by decree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The day that becomes free.
    pub day_off: Date,
    /// The day that is worked instead.
    pub worked: Date,
}

impl Setting for Transfer {
    fn expected() -> String {
        "two dates such as `2026-05-08/2026-05-16`".to_owned()
    }
    fn read(text: &str) -> Option<Self> {
        let (day_off, worked) = text.split_once('/')?;
        let date = |text: &str| Date::parse(text, &Iso8601::DATE).ok();
        Some(Self { day_off: date(day_off)?, worked: date(worked)? })
    }
    fn show(&self) -> String {
        format!("{}/{}", self.day_off, self.worked)
    }
}

macro_rules! domain {
    ($type:ty, $expected:literal, $read:expr, $show:expr) => {
        impl Setting for $type {
            fn expected() -> String {
                $expected.to_owned()
            }
            fn read(text: &str) -> Option<Self> {
                $read(text)
            }
            fn show(&self) -> String {
                $show(self).to_owned()
            }
        }
    };
}

domain!(AgencyId, "an agency's code such as `gbdfl`", |text| Self::parse(text).ok(), Self::as_str);
domain!(Bin, "a BIN of 12 digits", |text| Self::parse(text).ok(), Self::digits);
domain!(Channel, "a channel such as `portal`", Self::parse, |channel: &Self| channel.name());

impl Setting for Iin {
    // Personal data: never printed, not even in a fault.
    const SECRET: bool = true;
    fn expected() -> String {
        "an IIN of 12 digits".to_owned()
    }
    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
    fn show(&self) -> String {
        self.digits().to_owned()
    }
}
