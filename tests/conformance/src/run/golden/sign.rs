//! What is signed on its way into a message: changed first, signed then, spoilt last.

use bytes::Bytes;
use eush_wire::bus::v1::SignedDocument;
use eush_wire::conformance::v1::{Step, Twist};
use prost::Message as _;
use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};
use serde_json::Value as Json;

use super::{Draft, expanded, garbage_text};
use crate::fields;
use crate::run::case::Playing;
use crate::run::keys::{Signatory, Wanted};
use crate::run::twist;
use crate::words::{self, Method};

/// Where a signed document stands in its message.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// The document of a message.
    Document,
    /// The question of the query at this place.
    Question(usize),
}

impl Place {
    fn content_type(&self) -> &'static str {
        match self {
            Self::Document => "application/x-protobuf; message=eush.bus.v1.Document",
            Self::Question(_) => "application/x-protobuf; message=eush.bus.v1.RegisterQuery",
        }
    }

    /// Field of the content that holds the form or the question.
    fn form(&self) -> &'static str {
        match self {
            Self::Document => "form",
            Self::Question(_) => "request",
        }
    }
}

/// Content to be signed.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) place: Place,
    message: DynamicMessage,
    /// Its exact bytes, where somebody else encoded it: they are what is signed while it is not changed.
    bytes: Option<Bytes>,
    /// Signature that stays while the content is not changed.
    signature: Option<Vec<u8>>,
}

impl Content {
    /// Content that nobody has signed yet.
    pub(super) fn new(place: Place, message: DynamicMessage) -> Self {
        Self { place, message, bytes: None, signature: None }
    }

    /// A document that somebody else encoded and nobody has signed yet.
    pub(super) fn given(bytes: Bytes) -> Result<Self, String> {
        let message = DynamicMessage::decode(words::known("eush.bus.v1.Document"), bytes.clone())
            .map_err(|error| format!("the document to sign cannot be read: {error}"))?;
        Ok(Self { place: Place::Document, message, bytes: Some(bytes), signature: None })
    }
}

/// The same message once more.
pub(super) fn again(playing: &Playing<'_>, step: &Step, method: &Method) -> Result<Draft, String> {
    let before = playing.record(&step.again)?;
    let built = before.built.as_ref().ok_or("that step sent nothing")?;
    let (request, signer) = (built.request.clone(), built.signer.clone());
    if request.descriptor() != method.input {
        return Err(format!("step `{}` sent another kind of message", step.again));
    }
    let message_id = built.message_id.clone();
    let contents = match method.path.as_str() {
        "/eush.adapter.v1.AgencyService/Deliver" | "/eush.bus.v1.GatewayService/Send" => {
            vec![resigned(&request)?]
        }
        _ => Vec::new(),
    };
    Ok(Draft { request, contents, signer, message_id })
}

/// The signed content of a message that was sent before.
fn resigned(request: &DynamicMessage) -> Result<Content, String> {
    let signed = request.get_field_by_name("document").ok_or("no signed document")?;
    let signed = signed.as_message().ok_or("no signed document")?.clone();
    let message = words::signed_content(&signed).ok_or("the signed document cannot be read")?;
    let signature =
        signed.get_field_by_name("signature").and_then(|bytes| bytes.as_bytes().map(|bytes| bytes.to_vec()));
    let bytes = signed.get_field_by_name("content").and_then(|bytes| bytes.as_bytes().cloned());
    Ok(Content { place: Place::Document, message, bytes, signature })
}

/// Changes the content as the step says and signs it.
pub(super) async fn changed(
    playing: &Playing<'_>,
    step: &Step,
    content: &mut Content,
    signer: &str,
    twists: &[Twist],
) -> Result<SignedDocument, String> {
    let changed = change(playing, step, content, twists)?;
    let mut bytes = match &content.bytes {
        Some(given) if !changed => given.to_vec(),
        Some(_) | None => content.message.encode_to_vec(),
    };
    if twists.contains(&Twist::UnknownFields) {
        bytes.extend(twist::unknown_field());
    }
    if twists.contains(&Twist::ContentGarbage) {
        bytes = twist::garbage();
    }
    let anew = [Twist::ContentGarbage, Twist::SignAgain].iter().any(|twist| twists.contains(twist));
    let signature = match &content.signature {
        Some(kept) if !changed && !anew && step.signed_by.is_empty() => kept.clone(),
        Some(_) | None => {
            let signatory = signatory(playing, signer).await?;
            // A second signature over the same bytes must differ, and signing time is what may differ.
            let later = i64::from(twists.contains(&Twist::SignAgain));
            signatory.sign(&bytes, playing.now + time::Duration::seconds(later))?
        }
    };
    let content_type = content.place.content_type().to_owned();
    let mut signed = SignedDocument { content: bytes.into(), content_type, signature };
    twist::signed(&mut signed, twists);
    Ok(signed)
}

/// Signs the content as it is.
pub(super) async fn plain(
    playing: &Playing<'_>,
    content: &Content,
    signer: &str,
) -> Result<SignedDocument, String> {
    let bytes = content.message.encode_to_vec();
    let signature = signatory(playing, signer).await?.sign(&bytes, playing.now)?;
    let content_type = content.place.content_type().to_owned();
    Ok(SignedDocument { content: bytes.into(), content_type, signature })
}

/// Changes in what is signed. Says whether there were any.
fn change(
    playing: &Playing<'_>,
    step: &Step,
    content: &mut Content,
    twists: &[Twist],
) -> Result<bool, String> {
    let mut changed = false;
    for (path, json) in expanded(playing, &step.form)? {
        fields::set(&mut content.message, &format!("{}.{path}", content.place.form()), json)?;
        changed = true;
    }
    for (path, json) in expanded(playing, &step.document)? {
        fields::set(&mut content.message, &path, json)?;
        changed = true;
    }
    if twists.contains(&Twist::FormGarbage) {
        fields::set(
            &mut content.message,
            &format!("{}.value", content.place.form()),
            Json::String(garbage_text()),
        )?;
        changed = true;
    }
    if twists.contains(&Twist::UnknownFields) {
        grow(&mut content.message, content.place.form());
        changed = true;
    }
    Ok(changed)
}

/// Adds an unknown field to what is packed in a field, where there is something.
pub(super) fn grow(message: &mut DynamicMessage, field: &str) {
    let packed = message.get_field_by_name_mut(field).and_then(Value::as_message_mut);
    if let Some(packed) = packed
        && let Some(bytes) =
            packed.get_field_by_name("value").and_then(|value| value.as_bytes().map(|bytes| bytes.to_vec()))
    {
        let grown = [bytes, twist::unknown_field()].concat();
        packed.set_field_by_name("value", Value::Bytes(grown.into()));
    }
}

/// The key of a certificate step of this name, or else of a role.
async fn signatory(playing: &Playing<'_>, named: &str) -> Result<std::sync::Arc<Signatory>, String> {
    if let Some(made) = playing.certificates.get(named) {
        return Ok(std::sync::Arc::clone(made));
    }
    playing.enroll(&Wanted { role: named.to_owned(), ..Wanted::default() }).await
}
