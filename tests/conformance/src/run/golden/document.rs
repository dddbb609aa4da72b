//! The golden document of a public service.

use eush_wire::bus::v1::{Attachment, Document};
use eush_wire::conformance::v1::{Step, Twist};

use super::sign::{Content, Place};
use super::{dynamic, form, party, payload};
use crate::run::case::Playing;
use crate::run::{twist, vars};
use crate::words;

/// The document of a step, golden.
pub(super) fn of(
    playing: &Playing<'_>,
    step: &Step,
    message_id: &str,
) -> Result<(Document, String, String), String> {
    let (payload, about) = payload(playing, step)?;
    let twists: Vec<Twist> = step.twists().collect();
    let given = |text: &str, own: &str| -> Result<String, String> {
        if text.is_empty() { Ok(own.to_owned()) } else { vars::text(text, playing) }
    };
    let channel = given(&step.channel, &payload.channel)?;
    let channels = words::POOL.get_enum_by_name("eush.bus.v1.Channel").ok_or("no channels")?;
    let number =
        words::number(&channels, &channel).ok_or_else(|| format!("there is no channel `{channel}`"))?;
    let signer = if channel == "state-corporation" { "operator".to_owned() } else { about.clone() };
    let mut attachments: Vec<Attachment> = payload
        .attachments
        .iter()
        .filter(|kind| !step.without.contains(kind))
        .map(|kind| twist::attachment(kind, twist::paper(kind)))
        .collect();
    attachments.extend(twist::attachments(&twists));
    let document = Document {
        message_id: message_id.to_owned(),
        regulation_id: given(&step.regulation, &payload.regulation)?,
        channel: number,
        applicant: Some(party(playing, &about)?),
        signer: Some(party(playing, &signer)?),
        representative: None,
        form: Some(form(playing, payload, &about)?),
        attachments,
        procedure: String::new(),
    };
    Ok((document, signer, payload.service.clone()))
}

/// The document as it is signed.
pub(super) fn content(document: &Document) -> Result<Content, String> {
    Ok(Content::new(Place::Document, dynamic("eush.bus.v1.Document", document)?))
}
