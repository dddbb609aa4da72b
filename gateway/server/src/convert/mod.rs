//! Between the wire and the pipeline. Decoding is here, meaning is the pipeline's: nothing in these functions refuses.

mod answer;
mod request;
mod step;

pub(crate) use answer::{
    Exchange, applications, completed, get_application, journal_entry, lookup, opened, reported, send,
    watched,
};
pub(crate) use request::{
    ask, completion, document, list, lookup_request, open, provider_refusal, refusal, report_step,
    result_document, send_request, signed_request,
};
pub(crate) use step::{findings, steps};

use eush_domain::{Channel, LocalizedText, Timestamp};
use eush_pipeline::bytes::{Bytes, Payload, SignedDocument};
use eush_pipeline::party::Party;
use eush_wire::bus::v1 as wire;

/// An instant on the wire. Nanoseconds of a valid instant are always below 10^9.
pub(crate) fn timestamp(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.unix_timestamp(),
        nanos: i32::try_from(at.nanosecond()).unwrap_or_default(),
    }
}

/// An instant of the wire; `None` where it is no instant of the years 1 to 9999 or so.
pub(crate) fn instant(at: &prost_types::Timestamp) -> Option<Timestamp> {
    let nanos = u32::try_from(at.nanos).ok().filter(|nanos| *nanos < 1_000_000_000)?;
    Timestamp::from_unix_timestamp(at.seconds).ok()?.replace_nanosecond(nanos).ok()
}

pub(crate) fn text(text: &LocalizedText) -> wire::LocalizedText {
    wire::LocalizedText { kk: text.kk.clone(), ru: text.ru.clone(), en: text.en.clone() }
}

pub(crate) fn localized(text: Option<wire::LocalizedText>) -> LocalizedText {
    text.map(|text| LocalizedText { kk: text.kk, ru: text.ru, en: text.en }).unwrap_or_default()
}

pub(crate) fn channel(channel: Channel) -> wire::Channel {
    match channel {
        Channel::Akim => wire::Channel::Akim,
        Channel::Portal => wire::Channel::Portal,
        Channel::Provider => wire::Channel::Provider,
        Channel::Psc => wire::Channel::Psc,
        Channel::StateCorporation => wire::Channel::StateCorporation,
    }
}

/// The channel of a wire number; `None` where it is unspecified or unknown.
pub(crate) fn known_channel(number: i32) -> Option<Channel> {
    match wire::Channel::try_from(number).ok()? {
        wire::Channel::Unspecified => None,
        wire::Channel::Portal => Some(Channel::Portal),
        wire::Channel::StateCorporation => Some(Channel::StateCorporation),
        wire::Channel::Provider => Some(Channel::Provider),
        wire::Channel::Psc => Some(Channel::Psc),
        wire::Channel::Akim => Some(Channel::Akim),
    }
}

pub(crate) fn signed(document: &SignedDocument) -> wire::SignedDocument {
    wire::SignedDocument {
        content: document.content.0.clone().into(),
        content_type: document.content_type.clone(),
        signature: document.signature.0.clone(),
    }
}

pub(crate) fn signed_document(document: wire::SignedDocument) -> SignedDocument {
    SignedDocument {
        content: Bytes(document.content.into()),
        content_type: document.content_type,
        signature: Bytes(document.signature),
    }
}

pub(crate) fn payload(any: prost_types::Any) -> Payload {
    Payload { type_url: any.type_url, value: Bytes(any.value) }
}

pub(crate) fn any(payload: &Payload) -> prost_types::Any {
    prost_types::Any { type_url: payload.type_url.clone(), value: payload.value.0.clone() }
}

pub(crate) fn party(party: Party) -> wire::Party {
    let number = match party {
        Party::Bin(bin) => wire::party::Number::Bin(bin.digits().to_owned()),
        Party::Iin(iin) => wire::party::Number::Iin(iin.digits().to_owned()),
    };
    wire::Party { number: Some(number) }
}
