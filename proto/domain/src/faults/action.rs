//! A knob with its parameters read, and what it comes to for one call once chance has spoken.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::knob::{Knob, Point};
use super::order::WireFault;
use super::rule::RuleError;
use super::words;
use crate::dice::Dice;
use crate::term::parse_terms;

words! {
    /// How a call is broken off.
    Reset {
        /// The whole connection.
        Connection = "connection",
        /// This call's stream alone.
        Stream = "stream",
    }
}

words! {
    /// What of a status cannot be read.
    CorruptPart {
        /// Code and details.
        Both = "both",
        /// The details.
        Details = "details",
        /// The code.
        Status = "status",
    }
}

words! {
    /// How long a call is made to last.
    Distribution {
        /// Always the same.
        Fixed = "fixed",
        /// Spread by a factor.
        LogNormal = "log-normal",
        /// Spread around a mean.
        Normal = "normal",
    }
}

words! {
    /// gRPC status codes other than OK, in the order of their numbers from 1.
    StatusCode {
        /// 1.
        Cancelled = "CANCELLED",
        /// 2.
        Unknown = "UNKNOWN",
        /// 3.
        InvalidArgument = "INVALID_ARGUMENT",
        /// 4.
        DeadlineExceeded = "DEADLINE_EXCEEDED",
        /// 5.
        NotFound = "NOT_FOUND",
        /// 6.
        AlreadyExists = "ALREADY_EXISTS",
        /// 7.
        PermissionDenied = "PERMISSION_DENIED",
        /// 8.
        ResourceExhausted = "RESOURCE_EXHAUSTED",
        /// 9.
        FailedPrecondition = "FAILED_PRECONDITION",
        /// 10.
        Aborted = "ABORTED",
        /// 11.
        OutOfRange = "OUT_OF_RANGE",
        /// 12.
        Unimplemented = "UNIMPLEMENTED",
        /// 13.
        Internal = "INTERNAL",
        /// 14.
        Unavailable = "UNAVAILABLE",
        /// 15.
        DataLoss = "DATA_LOSS",
        /// 16.
        Unauthenticated = "UNAUTHENTICATED",
    }
}

impl StatusCode {
    /// Number on the wire.
    pub fn number(self) -> i32 {
        self as i32 + 1
    }
}

/// One detail of a status: any message, such as those of `google.rpc`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detail {
    /// Type URL.
    pub type_url: String,
    /// Encoded message.
    pub value: Vec<u8>,
}

/// A knob with its parameters.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// [`Knob::AgencyRestart`].
    AgencyRestart(Point),
    /// [`Knob::BadResultSignature`].
    BadResultSignature,
    /// [`Knob::ClockJump`] by a term that reads well.
    ClockJump(String),
    /// [`Knob::DuplicateDelivery`] so many more times.
    DuplicateDelivery(u32),
    /// [`Knob::Hold`].
    Hold(Point),
    /// [`Knob::Latency`].
    Latency(Point, Spread),
    /// [`Knob::PublicationFault`]: names of publication and fault.
    PublicationFault(String, String),
    /// [`Knob::Reordering`] for at most so long.
    Reordering(Duration),
    /// [`Knob::Status`].
    Status(Point, StatusCode, String, Vec<Detail>),
    /// The knobs of the wire.
    Wire(WireFault),
    /// [`Knob::WrongCorrelation`].
    WrongCorrelation,
}

/// A distribution of durations, in milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    distribution: Distribution,
    millis: u32,
    deviation: u32,
    sigma: f64,
    longest: u32,
}

impl Spread {
    fn draw(&self, dice: &mut Dice) -> Duration {
        let millis = f64::from(self.millis);
        let drawn = match self.distribution {
            Distribution::Fixed => millis,
            Distribution::LogNormal => millis * (self.sigma * standard(dice)).exp(),
            Distribution::Normal => millis + f64::from(self.deviation) * standard(dice),
        };
        // In range by the clamp, whole by the rounding.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to u32")]
        let whole = drawn.round().clamp(0.0, f64::from(self.longest)) as u64;
        Duration::from_millis(whole)
    }
}

/// Normal with mean 0 and deviation 1: twelve even draws less their mean (Irwin and Hall), the same on every machine.
fn standard(dice: &mut Dice) -> f64 {
    const SCALE: u64 = 1 << 32;
    #[expect(clippy::cast_precision_loss, reason = "numbers below 2^36 are exact in an f64")]
    let sum = (0..12).map(|_| dice.below(SCALE)).sum::<u64>() as f64;
    #[expect(clippy::cast_precision_loss, reason = "a power of two is exact")]
    let scale = SCALE as f64;
    sum / scale - 6.0
}

/// What a fault does to one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Break a signature over a result.
    BadResultSignature,
    /// Move the clock by a term.
    ClockJump(String),
    /// Hand over again, so many times.
    DuplicateDelivery(u32),
    /// Wait until released.
    Hold(Point),
    /// Wait.
    Latency(Point, Duration),
    /// Have a publication served with a fault.
    PublicationFault {
        /// Name of the publication.
        publication: String,
        /// Name of the fault.
        fault: String,
    },
    /// Let another pass, for at most so long.
    Reordering(Duration),
    /// Answer with a status.
    Status {
        /// When.
        point: Point,
        /// Code.
        code: StatusCode,
        /// Message.
        message: String,
        /// Details.
        details: Vec<Detail>,
    },
    /// Damage the answer on the wire.
    Wire(WireFault),
    /// Name another message.
    WrongCorrelation,
}

impl Action {
    /// Reads a knob's parameters. Those not given have their defaults; an unknown one is an error that names those there
    /// are.
    ///
    /// # Errors
    /// [`RuleError::Parameter`], [`RuleError::UnknownParameter`], [`RuleError::DetailsNotTaken`].
    pub fn parse(
        knob: Knob,
        given: &BTreeMap<String, String>,
        details: &[Detail],
    ) -> Result<Self, RuleError> {
        let reading = Reading { knob, given };
        reading.known()?;
        if !details.is_empty() && knob != Knob::Status {
            return Err(RuleError::DetailsNotTaken { knob });
        }
        Ok(match knob {
            Knob::AgencyRestart => Self::AgencyRestart(reading.point()?),
            Knob::BadResultSignature => Self::BadResultSignature,
            Knob::ClockJump => {
                let by = reading.text("by");
                parse_terms(by).map_err(|_| reading.wrong("by"))?;
                Self::ClockJump(by.to_owned())
            }
            Knob::CorruptStatus => {
                Self::Wire(WireFault::CorruptStatus(reading.word("part", CorruptPart::parse)?))
            }
            Knob::DuplicateDelivery => Self::DuplicateDelivery(reading.number("copies", 1, 9)?),
            Knob::Hold => Self::Hold(reading.point()?),
            Knob::Latency => Self::Latency(reading.point()?, reading.spread()?),
            Knob::MissingStatus => Self::Wire(WireFault::MissingStatus),
            Knob::PublicationFault => Self::PublicationFault(
                reading.text("publication").to_owned(),
                reading.text("fault").to_owned(),
            ),
            Knob::Reordering => {
                Self::Reordering(Duration::from_millis(reading.number("longest", 0, 600_000)?.into()))
            }
            Knob::ResetAfterHeaders => {
                Self::Wire(WireFault::ResetAfterHeaders(reading.word("how", Reset::parse)?))
            }
            Knob::ResetBeforeHeaders => {
                Self::Wire(WireFault::ResetBeforeHeaders(reading.word("how", Reset::parse)?))
            }
            Knob::SlowBody => Self::Wire(WireFault::SlowBody {
                bytes: reading.number("bytes", 1, 65_536)?,
                pause: reading.number("pause", 0, 60_000)?,
            }),
            Knob::Status => {
                let message = reading.text("message");
                if message.chars().count() > 200 {
                    return Err(reading.wrong("message"));
                }
                let code = reading.word("code", StatusCode::parse)?;
                Self::Status(reading.point()?, code, message.to_owned(), details.to_vec())
            }
            Knob::TruncatedMessage => {
                let keep = u8::try_from(reading.number("keep", 0, 99)?).unwrap_or(0);
                Self::Wire(WireFault::Truncated { keep })
            }
            Knob::WrongCorrelation => Self::WrongCorrelation,
        })
    }

    /// What it comes to for one call, and the parameters that chance or rule gave it.
    pub(crate) fn draw(&self, dice: &mut Dice) -> (Act, Vec<(String, String)>) {
        let with = |name: &str, value: String| vec![(name.to_owned(), value)];
        match self {
            Self::AgencyRestart(point) => {
                let order = match point {
                    Point::Answer => WireFault::RestartAfter,
                    Point::Arrival => WireFault::RestartBefore,
                };
                (Act::Wire(order), with("point", point.to_string()))
            }
            Self::BadResultSignature => (Act::BadResultSignature, Vec::new()),
            Self::ClockJump(by) => (Act::ClockJump(by.clone()), with("by", by.clone())),
            Self::DuplicateDelivery(copies) => {
                (Act::DuplicateDelivery(*copies), with("copies", copies.to_string()))
            }
            Self::Hold(point) => (Act::Hold(*point), with("point", point.to_string())),
            Self::Latency(point, spread) => {
                let drawn = spread.draw(dice);
                (Act::Latency(*point, drawn), with("millis", drawn.as_millis().to_string()))
            }
            Self::PublicationFault(publication, fault) => (
                Act::PublicationFault { publication: publication.clone(), fault: fault.clone() },
                with(publication, fault.clone()),
            ),
            Self::Reordering(longest) => {
                (Act::Reordering(*longest), with("longest", longest.as_millis().to_string()))
            }
            Self::Status(point, code, message, details) => {
                let act = Act::Status {
                    point: *point,
                    code: *code,
                    message: message.clone(),
                    details: details.clone(),
                };
                (act, with("code", code.to_string()))
            }
            Self::Wire(fault) => (Act::Wire(*fault), with("order", fault.to_string())),
            Self::WrongCorrelation => (Act::WrongCorrelation, Vec::new()),
        }
    }
}

/// Reads parameters by the table of knobs.
struct Reading<'a> {
    knob: Knob,
    given: &'a BTreeMap<String, String>,
}

impl Reading<'_> {
    fn known(&self) -> Result<(), RuleError> {
        let known = self.knob.facts().parameters;
        match self.given.keys().find(|name| known.iter().all(|parameter| parameter.name != **name)) {
            None => Ok(()),
            Some(name) => Err(RuleError::UnknownParameter { knob: self.knob, name: name.clone() }),
        }
    }

    fn text(&self, name: &'static str) -> &str {
        let default = || self.knob.facts().parameters.iter().find(|parameter| parameter.name == name);
        self.given
            .get(name)
            .map_or_else(|| default().map_or("", |parameter| parameter.default), String::as_str)
    }

    fn wrong(&self, name: &'static str) -> RuleError {
        let parameter = self.knob.facts().parameters.iter().find(|parameter| parameter.name == name);
        RuleError::Parameter {
            knob: self.knob,
            name,
            value: self.text(name).to_owned(),
            expected: parameter.map_or("", |parameter| parameter.expected),
        }
    }

    fn word<T>(&self, name: &'static str, parse: impl Fn(&str) -> Option<T>) -> Result<T, RuleError> {
        parse(self.text(name)).ok_or_else(|| self.wrong(name))
    }

    fn number(&self, name: &'static str, least: u32, most: u32) -> Result<u32, RuleError> {
        let value = self.text(name).parse().ok().filter(|value| (least..=most).contains(value));
        value.ok_or_else(|| self.wrong(name))
    }

    fn point(&self) -> Result<Point, RuleError> {
        self.word("point", Point::parse)
    }

    fn spread(&self) -> Result<Spread, RuleError> {
        let sigma = self.text("sigma").parse::<f64>().ok().filter(|sigma| (0.0..=5.0).contains(sigma));
        Ok(Spread {
            distribution: self.word("distribution", Distribution::parse)?,
            millis: self.number("millis", 0, 600_000)?,
            deviation: self.number("deviation", 0, 600_000)?,
            sigma: sigma.ok_or_else(|| self.wrong("sigma"))?,
            longest: self.number("longest", 0, 600_000)?,
        })
    }
}
