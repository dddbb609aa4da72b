//! Every section and key, declared once: type, default, document. The structs, the readers, `CONFIG.md` and the full
//! example are all made from these declarations.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use eush_domain::faults::{KnobSetting, NastinessProfile};
use eush_domain::{AgencyId, Bin, Channel, Iin};

use super::setting::{
    Allowance, ByteSize, ClockStart, Diagnosis, Fingerprint, NonceUse, Oid, PopulationName, ProfileName,
    ResultCheckName, RevocationAsked, Scope, Secret, SenderKind, ServiceList, Setting, SignerReading, Span,
    Transfer, TrustSource, UndefinedName, Url,
};
use super::value::{Faults, Value};

/// One key as the reference shows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) key: &'static str,
    pub(crate) default: &'static str,
    pub(crate) list: bool,
    pub(crate) expected: fn() -> String,
    pub(crate) doc: &'static [&'static str],
}

/// One section as the reference shows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Section {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static [&'static str],
    pub(crate) fields: &'static [Field],
}

macro_rules! section {
    (
        $(#[doc = $about:literal])+ $name:ident, $raw:ident, $section:ident = $path:literal {
            $( $(#[doc = $doc:literal])+ $key:ident : $type:ty = $default:literal ),+ $(,)?
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name { $( $(#[doc = $doc])+ pub $key: $type, )+ }

        #[derive(Clone, Debug, Default, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $raw { $( $key: Option<Value>, )+ }

        impl $raw {
            pub(crate) fn read(self, path: &str, faults: &mut Faults) -> Option<$name> {
                // All keys are read before any is missed, so that every fault is told.
                $( let $key = faults.read::<$type>(path, stringify!($key), self.$key, $default); )+
                Some($name { $( $key: $key?, )+ })
            }
        }

        impl $name {
            pub(crate) fn rows(&self) -> Vec<(&'static str, String)> {
                vec![ $( (stringify!($key), self.$key.toml()), )+ ]
            }
        }

        pub(crate) const $section: Section = Section {
            name: $path,
            doc: &[$($about),+],
            fields: &[ $( Field {
                key: stringify!($key),
                default: $default,
                list: <$type as Setting>::LIST,
                expected: <$type as Setting>::expected,
                doc: &[$($doc),+],
            }, )+ ],
        };
    };
}

section! {
    /// Listener of the bus: what fronts and agencies send to.
    GatewayListener, RawGateway, GATEWAY = "gateway" {
        /// Address and port. Port 0 takes any free one. Loopback by default, because a simulator is nobody's business
        /// but its user's.
        listen: SocketAddr = "127.0.0.1:7070",
        /// Whether another than a loopback address may be served without TLS and known senders. Deny by default:
        /// everything that crosses the bus would be readable on the way.
        insecure: Allowance = "deny",
        /// PEM file with the server's certificate, then its chain. With it, TLS is served and nothing else. None by
        /// default: loopback needs none.
        tls_certificate: Option<PathBuf> = "",
        /// PEM file with the key of `tls_certificate`, PKCS#8.
        tls_key: Option<PathBuf> = "",
        /// PEM file with the authorities whose client certificates are asked for and taken. A sender that pins a
        /// fingerprint must present exactly that certificate. It identifies the sending system, never a person.
        client_ca: Option<PathBuf> = "",
    }
}

section! {
    /// Listener of management: clock, journal, state, and the calls to the test authority.
    ManagementListener, RawManagement, MANAGEMENT = "management" {
        /// Address and port. Port 0 takes any free one. Whoever reaches it can do anything to the simulation, hence
        /// loopback.
        listen: SocketAddr = "127.0.0.1:7071",
        /// Whether another than a loopback address may be served. Deny by default: management has neither TLS nor
        /// passwords.
        insecure: Allowance = "deny",
    }
}

section! {
    /// Durable state: applications, messages, journal, clock.
    StoreSettings, RawStore, STORE = "store" {
        /// Folder of the state, made if it is not there. Relative to the working folder.
        data_dir: PathBuf = ".eush",
        /// Newest journal entries kept in memory and for slow readers of the tail. The journal itself is on disk and
        /// whole.
        journal_tail: NonZeroU32 = "1024",
    }
}

section! {
    /// Which checks refuse.
    BusSettings, RawBus, BUS = "bus" {
        /// `strict` owes every check; `as-written` owes exactly those that the act lists. Strict by default, because a
        /// sender that passes it passes the other too.
        profile: ProfileName = "strict",
        /// Whether the checks go on after the first failure, for the journal. Off by default: it costs time and changes
        /// nothing for the caller.
        diagnose: Diagnosis = "off",
        /// Who signs in the State corporation's channel. The operator by default; the acts can be read both ways.
        signer: SignerReading = "operator",
        /// Whether the signature over a provider's result is checked. No act has anyone do it; `by-profile` checks it
        /// under `strict` only.
        result_check: ResultCheckName = "by-profile",
        /// What happens where an act says that a condition fails and not what follows: `refuse` ends the application with
        /// a message of ours, marked so; `hold` leaves it where the act leaves it. Refuse by default: nobody should wait
        /// for what no act promises.
        undefined: UndefinedName = "refuse",
        /// Seed of the simulation's chance and of the synthetic population, told by `DescribeBus`. Nothing means the
        /// seed that the data folder was made with, 1 for a new one. Another seed than the folder's is refused at start.
        seed: Option<u64> = "",
        /// Numbers of the synthetic population: `future` ones are nobody's, `plausible` ones may be somebody's.
        population: PopulationName = "future",
    }
}

section! {
    /// The virtual clock.
    ClockSettings, RawClock, CLOCK = "clock" {
        /// Where the clock starts when the data folder has none: `now` (running) or an instant (standing). A saved clock
        /// goes on from where it was, whatever stands here.
        start: ClockStart = "now",
        /// Working days moved by yearly decree, each `day-off/worked-instead`, such as `2026-05-08/2026-05-16`. None by
        /// default: the table of holidays in the code has no decrees.
        transfers: Vec<Transfer> = "",
        /// Real time until a term that could not be told to its agency is told again. Doubles with each failure.
        retry_first: Span = "1s",
        /// Longest real time between two such attempts.
        retry_longest: Span = "1min",
    }
}

section! {
    /// Trust, and where the certificate services are.
    CertificateSettings, RawCertificates, CERTIFICATES = "certificates" {
        /// Where the certificate services answer: gRPC and HTTP on one port.
        address: Url = "http://127.0.0.1:7072",
        /// Whose roots are trusted: those that the certificate services name (`test-authority`), or `files`.
        trust: TrustSource = "test-authority",
        /// DER or PEM files of trusted roots, with `trust = "files"`. A root of the real National Certification
        /// Authority is refused: this is a simulator.
        anchors: Vec<PathBuf> = "",
        /// DER or PEM files of issuing authorities, with `trust = "files"`.
        intermediates: Vec<PathBuf> = "",
    }
}

section! {
    /// Revocation: lists and responders. Missing, stale or untrusted evidence refuses always: there is no knob for that.
    RevocationSettings, RawRevocation, REVOCATION = "revocation" {
        /// What is asked: `crl` (lists), `ocsp` (a responder and nothing else) or `ocsp-then-crl` (a fresh list only where
        /// no responder was *available*; an answer that is stale, garbage or not believed never falls back). Lists by
        /// default, because it is the list of revoked certificates that the acts name.
        source: RevocationAsked = "crl",
        /// Addresses of lists beside those that the certificate services name. Plain HTTP: a list is signed.
        urls: Vec<Url> = "",
        /// Whose revocation is looked up. `chain` by default, because the test authority publishes lists for its
        /// authorities too.
        scope: Scope = "chain",
        /// Longest real time of one fetch.
        fetch_timeout: Span = "10s",
        /// Largest list. The real authority's are tens of megabytes.
        list_bytes: ByteSize = "64MiB",
        /// Virtual time before `nextUpdate` at which lists are fetched again.
        refresh_before: Span = "10min",
        /// Real time between two tries while a list is due and cannot be had. Until the first lists are there, tries are
        /// `clock.retry_first` apart.
        retry: Span = "30s",
        /// Addresses of responders that are asked first, about anybody; after them those that the certificate services
        /// name, then those that the certificate names. The next is asked only where one was not available.
        responders: Vec<Url> = "",
        /// Addresses that a certificate names are used only where they lie under one of these, and under
        /// `certificates.address`, which always counts. None more by default: whoever writes certificates would otherwise
        /// choose whom the gateway calls. Redirects are never followed.
        allowed: Vec<Url> = "",
        /// Whether a question carries a nonce: `demand` (it must come back), `optional` (an answer may leave it out) or
        /// `off`. Demanded by default: an answer without it may be one of yesterday.
        nonce: NonceUse = "demand",
        /// Longest real time of one question to one address.
        answer_timeout: Span = "3s",
        /// How long a responder that was not available is not asked again, in real or in virtual time, whichever passes
        /// first. Messages are told meanwhile that it was not available, and when it was tried; none is good for it.
        answer_retry: Span = "3s",
        /// Largest answer of a responder.
        answer_bytes: ByteSize = "1MiB",
        /// Virtual time that an answer without `nextUpdate` holds from its `thisUpdate`, and that any answer is used without
        /// asking again. Five minutes, as other Kazakh validators have it: the national responder gives no `nextUpdate`.
        answer_age: Span = "5min",
        /// Virtual time after which an answer that still holds is used and asked for again meanwhile.
        answer_refresh: Span = "1min",
        /// Most answers kept. Past it the older half is forgotten.
        answers: NonZeroU32 = "10000",
    }
}

section! {
    /// Calls to agencies. Their addresses stand in `[agencies]`.
    AgencyCalls, RawAgencyCalls, AGENCY = "agency" {
        /// Longest real time of one call where the sender gave no deadline, and of telling a term.
        timeout: Span = "30s",
        /// Longest real time to connect. Connections are made on first need and kept.
        connect_timeout: Span = "2s",
        /// The bus's own share of a deadline, kept back from the agency.
        own_cost: Span = "50ms",
        /// Least real time worth giving to an agency. With less left of the caller's deadline the message is refused with
        /// DEADLINE_TOO_SHORT, and nobody is called.
        least_timeout: Span = "20ms",
        /// PEM file with the authorities of agencies at `https` addresses.
        ca: Option<PathBuf> = "",
    }
}

section! {
    /// Faults on purpose, from the first call on. Management changes them while the bus runs; `NASTINESS.md` has every knob.
    NastinessSettings, RawNastiness, NASTINESS = "nastiness" {
        /// How nasty the bus is as a whole. Calm by default: nothing happens that was not asked for.
        profile: NastinessProfile = "calm",
        /// Shares of single knobs that override the profile, per cent, such as `latency=12.5`. None by default.
        knobs: Vec<KnobSetting> = "",
    }
}

section! {
    /// Limits on messages and shutdown.
    Limits, RawLimits, LIMITS = "limits" {
        /// Largest message, in and out. A document may carry 3 MiB of attachments.
        message_bytes: ByteSize = "8MiB",
        /// Messages worked on at one time on the bus's listener; more are refused with BUS_OVERLOADED.
        in_flight: NonZeroU32 = "1024",
        /// Most test sessions at one time. Each has a store of its own with a thread, and some megabytes of memory and
        /// disk; beyond it no other is made until one ends.
        sessions: NonZeroU32 = "256",
        /// Real time for messages in flight to end after a stop is asked for; then the listeners are cut.
        shutdown_grace: Span = "10s",
    }
}

section! {
    /// One system that may send. `PORTAL` stands for its sender id. A password must be given.
    Sender, RawSender, SENDER = "senders.PORTAL" {
        /// Shared secret, 1 to 256 characters. It must be given.
        password: Secret = "",
        /// What it is: `front` or `agency`.
        kind: SenderKind = "front",
        /// The agency that it is, where `kind = "agency"`: it completes that agency's deliveries and no others.
        agency: Option<AgencyId> = "",
        /// BIN of the organisation that runs it, as in its information-system certificate. Without one it can ask no
        /// signed question and have no operator sign. `eush up` fills in those of the two fronts.
        bin: Option<Bin> = "",
        /// Object identifier of the system, as in its certificate. Without one it can ask no signed question.
        system: Option<Oid> = "",
        /// Services that its agreement covers; `*` for all. None by default.
        services: ServiceList = "",
        /// Channels that its agreement covers. None by default.
        channels: Vec<Channel> = "",
        /// IINs of its operators, who alone may sign at a desk.
        operators: Vec<Iin> = "",
        /// The one client certificate that it may present, by SHA-256 of the DER. Needs `gateway.client_ca`.
        client_certificate_sha256: Option<Fingerprint> = "",
    }
}

/// The sections with fixed names, in the order of the reference.
pub(crate) const ALL: [Section; 10] =
    [GATEWAY, MANAGEMENT, STORE, BUS, CLOCK, CERTIFICATES, REVOCATION, AGENCY, NASTINESS, LIMITS];
