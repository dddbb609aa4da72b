//! The meaning of the bus's words: identifiers, rejections, time, chance, the synthetic population.
//! No I/O, no async, no wire types, no agency's name: those belong to the rooms around this one.

pub mod access;
pub mod calendar;
pub mod channel;
pub mod clock;
pub mod dice;
pub mod faults;
pub mod ids;
pub mod number;
pub mod rejection;
pub mod role;
pub mod synthetic;
pub mod term;
pub mod text;

pub use access::Access;
pub use calendar::{Calendar, CalendarError};
pub use channel::Channel;
pub use clock::{Clock, HandClock, Timestamp, VirtualClock};
pub use dice::Dice;
pub use ids::{
    AgencyId, ApplicationId, DECIDED_BY_HEADER, FlowId, IdError, MessageId, RegulationId, SenderId,
    ServiceId, SessionKey, SystemId,
};
pub use number::{Bin, Iin, NumberError, NumberFinding};
pub use rejection::{Code, Facts, MessageClass, Rejection, Retry, Stage};
pub use role::CertificateRole;
pub use term::{Term, TermUnit};
pub use text::{Language, LocalizedText, Text};
