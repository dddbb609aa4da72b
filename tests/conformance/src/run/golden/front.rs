//! Golden messages to a front.

use eush_wire::application::v1::FillRequest;
use eush_wire::conformance::v1::Step;
use prost_reflect::DynamicMessage;

use super::sign::Content;
use super::{Draft, document, dynamic};
use crate::run::case::Playing;
use crate::words;

pub(super) fn fill(playing: &Playing<'_>, step: &Step) -> Result<Draft, String> {
    let message_id = playing.shared.message_id();
    let (document, signer, _) = document::of(playing, step, &message_id)?;
    let request = FillRequest {
        applicant: document.applicant,
        form: document.form,
        attachments: document.attachments,
        message_id: message_id.clone(),
        ..FillRequest::default()
    };
    let request = dynamic("eush.application.v1.FillRequest", &request)?;
    Ok(Draft { request, contents: Vec::new(), signer, message_id })
}

/// Signs exactly the bytes that the front gave back.
pub(super) fn submit(playing: &Playing<'_>, step: &Step) -> Result<Draft, String> {
    let before = playing.record(&step.of)?;
    let answer =
        before.reply.as_ref().and_then(|reply| reply.answer.as_ref()).ok_or("that step has no answer")?;
    let bytes = answer.get_field_by_name("document_to_sign").and_then(|bytes| bytes.as_bytes().cloned());
    let bytes = bytes.filter(|bytes| !bytes.is_empty()).ok_or("the front gave nothing to sign")?;
    let request = DynamicMessage::new(words::known("eush.application.v1.SubmitRequest"));
    let filled = before.built.as_ref().map(|built| built.signer.clone()).unwrap_or_default();
    let signer = if step.about.is_empty() { filled } else { step.about.clone() };
    let contents = vec![Content::given(bytes)?];
    Ok(Draft { request, contents, signer, message_id: playing.shared.message_id() })
}
