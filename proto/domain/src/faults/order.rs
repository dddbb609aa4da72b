//! Faults of one answer on the wire, and the words in which the gateway orders one from an agency: the value of the request
//! header [`HEADER`]. One process decides, so that counts, chance and journal are in one place; the process that answers
//! carries out.

use std::fmt;

use super::action::{CorruptPart, Reset};

/// Request header by which the gateway asks an agency for a fault of its answer. Agencies that do not know it answer as
/// always.
pub const HEADER: &str = "eush-fault";

/// What is done to an answer on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireFault {
    /// Status or details that cannot be read.
    CorruptStatus(CorruptPart),
    /// No status.
    MissingStatus,
    /// Headers, then the end.
    ResetAfterHeaders(Reset),
    /// No answer.
    ResetBeforeHeaders(Reset),
    /// The process begins again, for the call's session, after it has decided.
    RestartAfter,
    /// The process begins again, for the call's session, before it has looked at the call.
    RestartBefore,
    /// So many bytes at a time, so many milliseconds apart.
    SlowBody {
        /// Bytes of a drip.
        bytes: u32,
        /// Milliseconds between two drips.
        pause: u32,
    },
    /// This share of the message, per cent.
    Truncated {
        /// Per cent that come.
        keep: u8,
    },
}

impl fmt::Display for WireFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CorruptStatus(part) => write!(f, "corrupt-status {part}"),
            Self::MissingStatus => f.write_str("missing-status"),
            Self::ResetAfterHeaders(how) => write!(f, "reset-after-headers {how}"),
            Self::ResetBeforeHeaders(how) => write!(f, "reset-before-headers {how}"),
            Self::RestartAfter => f.write_str("restart-after"),
            Self::RestartBefore => f.write_str("restart-before"),
            Self::SlowBody { bytes, pause } => write!(f, "slow-body {bytes} {pause}"),
            Self::Truncated { keep } => write!(f, "truncated {keep}"),
        }
    }
}

impl WireFault {
    /// Reads what `Display` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let (name, one, two) = (words.next()?, words.next(), words.next());
        if words.next().is_some() {
            return None;
        }
        match (name, one, two) {
            ("corrupt-status", Some(part), None) => Some(Self::CorruptStatus(CorruptPart::parse(part)?)),
            ("missing-status", None, None) => Some(Self::MissingStatus),
            ("reset-after-headers", Some(how), None) => Some(Self::ResetAfterHeaders(Reset::parse(how)?)),
            ("reset-before-headers", Some(how), None) => Some(Self::ResetBeforeHeaders(Reset::parse(how)?)),
            ("restart-after", None, None) => Some(Self::RestartAfter),
            ("restart-before", None, None) => Some(Self::RestartBefore),
            ("slow-body", Some(bytes), Some(pause)) => {
                let bytes = bytes.parse().ok().filter(|bytes| *bytes > 0)?;
                Some(Self::SlowBody { bytes, pause: pause.parse().ok()? })
            }
            ("truncated", Some(keep), None) => {
                keep.parse().ok().filter(|keep| *keep < 100).map(|keep| Self::Truncated { keep })
            }
            _ => None,
        }
    }
}
