//! Golden messages, and the changes that a step makes to them.

use eush_wire::adapter::v1 as adapter;
use eush_wire::bus::v1 as bus;
use eush_wire::conformance::v1::{Payload, Step, Twist};
use prost::Message as _;
use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};
use prost_types::{Any, Timestamp};
use serde_json::{Value as Json, json};
use time::OffsetDateTime;

use super::case::Playing;
use super::keys::{Signatory, Wanted};
use super::{twist, vars};
use crate::suite::read;
use crate::words::{self, Method};
use crate::{fields, value};

/// Content types of what is signed.
const DOCUMENT: &str = "application/x-protobuf; message=eush.bus.v1.Document";
const QUERY: &str = "application/x-protobuf; message=eush.bus.v1.RegisterQuery";

/// A message ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Built {
    pub(crate) bytes: bytes::Bytes,
    /// As it was before twists of the whole; what `again` starts from.
    pub(crate) request: DynamicMessage,
    pub(crate) message_id: String,
}

/// What a golden request is made of.
struct Draft {
    request: DynamicMessage,
    /// Content to be signed, and where the signed document goes.
    content: Option<Content>,
    /// Role that signs unless the step names another.
    signer: String,
    message_id: String,
}

struct Content {
    path: &'static str,
    content_type: &'static str,
    message: DynamicMessage,
    /// Where the form or question is within.
    form: &'static str,
    /// Signature that stays while the content is not changed.
    signature: Option<Vec<u8>>,
}

/// Makes the request of a step.
pub(crate) async fn build(playing: &Playing<'_>, step: &Step, method: &Method) -> Result<Built, String> {
    let mut draft = draft(playing, step, method)?;
    let twists: Vec<Twist> = step.twists().collect();
    if let Some(content) = &mut draft.content {
        let changed = change_content(playing, step, content, &twists)?;
        let signed = sign(playing, step, content, &draft.signer, changed, &twists).await?;
        let wire = DynamicMessage::decode(
            words::known("eush.bus.v1.SignedDocument"),
            signed.encode_to_vec().as_slice(),
        )
        .map_err(|error| error.to_string())?;
        put(&mut draft.request, content.path, wire)?;
    } else {
        for (path, json) in expanded(playing, &step.form)? {
            fields::set(&mut draft.request, &format!("request.{path}"), json)?;
        }
        if twists.contains(&Twist::FormGarbage) {
            fields::set(&mut draft.request, "request.value", Json::String(garbage_text()))?;
        }
        if twists.contains(&Twist::UnknownFields) {
            grow(&mut draft.request, "request");
        }
    }
    for (path, json) in expanded(playing, &step.change)? {
        fields::set(&mut draft.request, &path, json)?;
    }
    let message_id = told_id(&draft.request).unwrap_or(draft.message_id);
    let bytes = twist::request(draft.request.encode_to_vec(), &twists);
    Ok(Built { bytes, request: draft.request, message_id })
}

// Bytes are written as text in suites; these are ASCII and no message.
fn garbage_text() -> String {
    "\u{a}\u{7f}garbage".to_owned()
}

/// The id that the request itself tells.
fn told_id(request: &DynamicMessage) -> Option<String> {
    let view = words::to_json(request);
    ["info", "delivery"].iter().find_map(|header| view[header]["message_id"].as_str().map(str::to_owned))
}

/// Changes in a stable order, expanded.
fn expanded(
    playing: &Playing<'_>,
    changes: &std::collections::HashMap<String, prost_types::Value>,
) -> Result<Vec<(String, Json)>, String> {
    let mut changes: Vec<_> = changes.iter().collect();
    changes.sort_by_key(|(path, _)| path.as_str());
    changes
        .into_iter()
        .map(|(path, json)| Ok((path.clone(), vars::expand(&value::of_value(json), playing)?)))
        .collect()
}

fn put(request: &mut DynamicMessage, path: &str, signed: DynamicMessage) -> Result<(), String> {
    if let Some(rest) = path.strip_prefix("queries[0].") {
        let list = request.get_field_by_name_mut("queries").ok_or("no queries")?;
        match list.as_list_mut().and_then(|list| list.first_mut()) {
            Some(Value::Message(query)) => query.set_field_by_name(rest, Value::Message(signed)),
            _ => return Err("no query".to_owned()),
        }
    } else {
        request.set_field_by_name(path, Value::Message(signed));
    }
    Ok(())
}

fn draft(playing: &Playing<'_>, step: &Step, method: &Method) -> Result<Draft, String> {
    if !step.again.is_empty() {
        return again(playing, step, method);
    }
    match method.path.as_str() {
        "/eush.adapter.v1.AgencyService/Lookup" => agency_lookup(playing, step),
        "/eush.adapter.v1.AgencyService/Deliver" => agency_deliver(playing, step),
        "/eush.adapter.v1.AgencyService/NotifyTerm" => agency_notify(playing, step),
        "/eush.bus.v1.GatewayService/Send" => gateway_send(playing, step),
        "/eush.bus.v1.GatewayService/Lookup" => gateway_lookup(playing, step),
        "/eush.application.v1.ApplicationService/Fill" => front_fill(playing, step),
        "/eush.application.v1.ApplicationService/Submit" => front_submit(playing, step),
        _ => plain(playing, step, method),
    }
}

fn dynamic(name: &str, message: &impl prost::Message) -> Result<DynamicMessage, String> {
    DynamicMessage::decode(words::known(name), message.encode_to_vec().as_slice())
        .map_err(|error| error.to_string())
}

/// The same message once more.
fn again(playing: &Playing<'_>, step: &Step, method: &Method) -> Result<Draft, String> {
    let before = playing.record(&step.again)?;
    let request = before.built.as_ref().ok_or("that step sent nothing")?.request.clone();
    if request.descriptor() != method.input {
        return Err(format!("step `{}` sent another kind of message", step.again));
    }
    let message_id = before.built.as_ref().map(|built| built.message_id.clone()).unwrap_or_default();
    let (content, signer) = match method.path.as_str() {
        "/eush.adapter.v1.AgencyService/Deliver" | "/eush.bus.v1.GatewayService/Send" => {
            (Some(resigned(&request, "document", DOCUMENT, "form")?), before.signer.clone())
        }
        _ => (None, String::new()),
    };
    Ok(Draft { request, content, signer, message_id })
}

/// The signed content of a message that was sent before.
fn resigned(
    request: &DynamicMessage,
    path: &'static str,
    content_type: &'static str,
    form: &'static str,
) -> Result<Content, String> {
    let signed = request.get_field_by_name(path).ok_or("no signed document")?;
    let signed = signed.as_message().ok_or("no signed document")?.clone();
    let message = words::signed_content(&signed).ok_or("the signed document cannot be read")?;
    let signature =
        signed.get_field_by_name("signature").and_then(|bytes| bytes.as_bytes().map(|bytes| bytes.to_vec()));
    Ok(Content { path, content_type, message, form, signature })
}

/// An empty request, with a header where it has one.
fn plain(playing: &Playing<'_>, step: &Step, method: &Method) -> Result<Draft, String> {
    let mut request = DynamicMessage::new(method.input.clone());
    let message_id = playing.shared.message_id();
    if method.input.get_field_by_name("info").is_some() {
        let info = info(playing, step, &message_id, "")?;
        request.set_field_by_name("info", Value::Message(info));
    }
    Ok(Draft { request, content: None, signer: String::new(), message_id })
}

/// The header of a message to a bus.
fn info(
    playing: &Playing<'_>,
    step: &Step,
    message_id: &str,
    service: &str,
) -> Result<DynamicMessage, String> {
    let who = if step.sender.is_empty() { "portal" } else { &step.sender };
    let sender =
        playing.shared.parameters.senders.get(who).ok_or_else(|| {
            format!("the secret of the sender `{who}` is not known; give it under `senders`")
        })?;
    let info = bus::MessageInfo {
        message_id: message_id.to_owned(),
        service_id: service.to_owned(),
        message_date: Some(timestamp(playing.now)),
        sender: Some(bus::Sender { sender_id: sender.sender_id.clone(), password: sender.password.clone() }),
        ..bus::MessageInfo::default()
    };
    dynamic("eush.bus.v1.MessageInfo", &info)
}

pub(crate) fn timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp { seconds: at.unix_timestamp(), nanos: 0 }
}

/// The payload of the step's service, and the role that it is about.
fn payload<'a>(playing: &Playing<'a>, step: &Step) -> Result<(&'a Payload, String), String> {
    let service = vars::text(&step.service, playing)?;
    let payload = playing
        .shared
        .payload(&service)
        .ok_or_else(|| format!("payloads.yaml has nothing for the service `{service}`"))?;
    let about = if step.about.is_empty() { payload.about.clone() } else { vars::text(&step.about, playing)? };
    Ok((payload, about))
}

/// The form or question of a payload, about a role.
fn form(playing: &Playing<'_>, payload: &Payload, about: &str) -> Result<Any, String> {
    let json = payload.form.clone().map_or_else(|| json!({}), value::of_struct);
    let scope = playing.about(about);
    let json = vars::expand(&json, &scope)?;
    let any = read::message_from(&words::known("google.protobuf.Any"), json)
        .map_err(|fault| format!("payload of `{}`: {fault}", payload.service))?;
    Any::decode(any.encode_to_vec().as_slice()).map_err(|error| error.to_string())
}

fn party(playing: &Playing<'_>, role: &str) -> Result<bus::Party, String> {
    let fields = playing.shared.roles.role(role).ok_or_else(|| format!("there is no role `{role}`"))?;
    let digits = |name: &str| fields.get(name).filter(|digits| !digits.is_empty()).cloned();
    let number = match (digits("iin"), digits("bin")) {
        (Some(iin), _) => bus::party::Number::Iin(iin),
        (None, Some(bin)) => bus::party::Number::Bin(bin),
        (None, None) => return Err(format!("role `{role}` has neither IIN nor BIN")),
    };
    Ok(bus::Party { number: Some(number) })
}

fn delivery(
    playing: &Playing<'_>,
    message_id: &str,
    service: &str,
    document: Option<&bus::Document>,
) -> adapter::DeliveryInfo {
    adapter::DeliveryInfo {
        message_id: message_id.to_owned(),
        application_id: document.map(|_| format!("app-{message_id}")).unwrap_or_default(),
        service_id: service.to_owned(),
        regulation_id: document.map(|document| document.regulation_id.clone()).unwrap_or_default(),
        channel: document.map(|document| document.channel).unwrap_or_default(),
        bus_time: Some(timestamp(playing.now)),
        attempt: 1,
        sender_id: "PORTAL".to_owned(),
        profile: "strict".to_owned(),
    }
}

fn agency_lookup(playing: &Playing<'_>, step: &Step) -> Result<Draft, String> {
    let (payload, about) = payload(playing, step)?;
    let message_id = playing.shared.message_id();
    let request = adapter::LookupRequest {
        delivery: Some(delivery(playing, &message_id, &payload.service, None)),
        about: Some(party(playing, &about)?),
        request: Some(form(playing, payload, &about)?),
    };
    let request = dynamic("eush.adapter.v1.LookupRequest", &request)?;
    Ok(Draft { request, content: None, signer: String::new(), message_id })
}

/// The document of a step, golden.
fn document(
    playing: &Playing<'_>,
    step: &Step,
    message_id: &str,
) -> Result<(bus::Document, String, String), String> {
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
    let mut attachments: Vec<bus::Attachment> = payload
        .attachments
        .iter()
        .filter(|kind| !step.without.contains(kind))
        .map(|kind| twist::attachment(kind, twist::paper(kind)))
        .collect();
    attachments.extend(twist::attachments(&twists));
    let document = bus::Document {
        message_id: message_id.to_owned(),
        regulation_id: given(&step.regulation, &payload.regulation)?,
        channel: number,
        applicant: Some(party(playing, &about)?),
        signer: Some(party(playing, &signer)?),
        representative: None,
        form: Some(form(playing, payload, &about)?),
        attachments,
    };
    Ok((document, signer, payload.service.clone()))
}

fn document_content(document: &bus::Document) -> Result<Content, String> {
    let message = dynamic("eush.bus.v1.Document", document)?;
    Ok(Content { path: "document", content_type: DOCUMENT, message, form: "form", signature: None })
}

fn agency_deliver(playing: &Playing<'_>, step: &Step) -> Result<Draft, String> {
    let message_id = playing.shared.message_id();
    let (document, signer, service) = document(playing, step, &message_id)?;
    let delivery = Some(delivery(playing, &message_id, &service, Some(&document)));
    let request =
        dynamic("eush.adapter.v1.DeliverRequest", &adapter::DeliverRequest { delivery, document: None })?;
    Ok(Draft { request, content: Some(document_content(&document)?), signer, message_id })
}

fn agency_notify(playing: &Playing<'_>, step: &Step) -> Result<Draft, String> {
    let before = playing.record(&step.of)?;
    let sent = before.built.as_ref().ok_or("that step sent nothing")?;
    let sent = adapter::DeliverRequest::decode(sent.request.encode_to_vec().as_slice())
        .map_err(|_| "`of` must name a step that called AgencyService.Deliver".to_owned())?;
    // A term falls a working day later on the bus's clock.
    let due = timestamp(playing.now + time::Duration::days(1));
    let delivery = sent.delivery.map(|info| adapter::DeliveryInfo { bus_time: Some(due), ..info });
    let message_id = delivery.as_ref().map(|info| info.message_id.clone()).unwrap_or_default();
    let request = adapter::NotifyTermRequest { delivery, document: sent.document, due_at: Some(due) };
    let request = dynamic("eush.adapter.v1.NotifyTermRequest", &request)?;
    Ok(Draft { request, content: None, signer: String::new(), message_id })
}

fn gateway_send(playing: &Playing<'_>, step: &Step) -> Result<Draft, String> {
    let message_id = playing.shared.message_id();
    let (document, signer, service) = document(playing, step, &message_id)?;
    let mut request = DynamicMessage::new(words::known("eush.bus.v1.SendRequest"));
    let info = info(playing, step, &message_id, &service)?;
    request.set_field_by_name("info", Value::Message(info));
    Ok(Draft { request, content: Some(document_content(&document)?), signer, message_id })
}

fn gateway_lookup(playing: &Playing<'_>, step: &Step) -> Result<Draft, String> {
    let (payload, about) = payload(playing, step)?;
    let message_id = playing.shared.message_id();
    let system =
        if step.sender == "state-corporation" { "state-corporation-system" } else { "portal-system" };
    let fields = playing.shared.roles.role(system).ok_or("no information system")?;
    let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let query = bus::RegisterQuery {
        message_id: message_id.clone(),
        service_id: payload.service.clone(),
        about: Some(party(playing, &about)?),
        asking_bin: field("bin"),
        asking_system: field("system"),
        request: Some(form(playing, payload, &about)?),
    };
    let mut request = DynamicMessage::new(words::known("eush.bus.v1.LookupRequest"));
    let info = info(playing, step, &message_id, "")?;
    request.set_field_by_name("info", Value::Message(info));
    let empty =
        dynamic("eush.bus.v1.Query", &bus::Query { service_id: payload.service.clone(), question: None })?;
    request.set_field_by_name("queries", Value::List(vec![Value::Message(empty)]));
    let message = dynamic("eush.bus.v1.RegisterQuery", &query)?;
    let content = Content {
        path: "queries[0].question",
        content_type: QUERY,
        message,
        form: "request",
        signature: None,
    };
    Ok(Draft { request, content: Some(content), signer: system.to_owned(), message_id })
}

fn front_fill(playing: &Playing<'_>, step: &Step) -> Result<Draft, String> {
    let message_id = playing.shared.message_id();
    let (document, ..) = document(playing, step, &message_id)?;
    let request = eush_wire::application::v1::FillRequest {
        applicant: document.applicant,
        form: document.form,
        attachments: document.attachments,
        message_id: message_id.clone(),
        ..Default::default()
    };
    let request = dynamic("eush.application.v1.FillRequest", &request)?;
    Ok(Draft { request, content: None, signer: String::new(), message_id })
}

/// Signs exactly the bytes that the front gave back.
fn front_submit(playing: &Playing<'_>, step: &Step) -> Result<Draft, String> {
    let before = playing.record(&step.of)?;
    let answer =
        before.reply.as_ref().and_then(|reply| reply.answer.as_ref()).ok_or("that step has no answer")?;
    let bytes = answer.get_field_by_name("document_to_sign").and_then(|bytes| bytes.as_bytes().cloned());
    let bytes = bytes.filter(|bytes| !bytes.is_empty()).ok_or("the front gave nothing to sign")?;
    let message = DynamicMessage::decode(words::known("eush.bus.v1.Document"), bytes)
        .map_err(|error| format!("the front's document cannot be read: {error}"))?;
    let request = DynamicMessage::new(words::known("eush.application.v1.SubmitRequest"));
    let content =
        Content { path: "document", content_type: DOCUMENT, message, form: "form", signature: None };
    let signer = if step.about.is_empty() { "unemployed".to_owned() } else { step.about.clone() };
    Ok(Draft { request, content: Some(content), signer, message_id: playing.shared.message_id() })
}

/// Adds an unknown field to what is packed in a field, where there is something.
fn grow(message: &mut DynamicMessage, field: &str) {
    let packed = message.get_field_by_name_mut(field).and_then(Value::as_message_mut);
    if let Some(packed) = packed
        && let Some(bytes) =
            packed.get_field_by_name("value").and_then(|value| value.as_bytes().map(|bytes| bytes.to_vec()))
    {
        let grown = [bytes, twist::unknown_field()].concat();
        packed.set_field_by_name("value", Value::Bytes(grown.into()));
    }
}

/// Changes in what is signed. Says whether there were any.
fn change_content(
    playing: &Playing<'_>,
    step: &Step,
    content: &mut Content,
    twists: &[Twist],
) -> Result<bool, String> {
    let mut changed = content.signature.is_none();
    for (path, json) in expanded(playing, &step.form)? {
        fields::set(&mut content.message, &format!("{}.{path}", content.form), json)?;
        changed = true;
    }
    for (path, json) in expanded(playing, &step.document)? {
        fields::set(&mut content.message, &path, json)?;
        changed = true;
    }
    if twists.contains(&Twist::FormGarbage) {
        fields::set(&mut content.message, &format!("{}.value", content.form), Json::String(garbage_text()))?;
        changed = true;
    }
    if twists.contains(&Twist::UnknownFields) {
        grow(&mut content.message, content.form);
        changed = true;
    }
    Ok(changed || twists.contains(&Twist::ContentGarbage) || twists.contains(&Twist::SignAgain))
}

async fn sign(
    playing: &Playing<'_>,
    step: &Step,
    content: &Content,
    signer: &str,
    changed: bool,
    twists: &[Twist],
) -> Result<bus::SignedDocument, String> {
    let mut bytes = content.message.encode_to_vec();
    if twists.contains(&Twist::UnknownFields) {
        bytes.extend(twist::unknown_field());
    }
    if twists.contains(&Twist::ContentGarbage) {
        bytes = twist::garbage();
    }
    let signature = match &content.signature {
        Some(kept) if !changed && step.signed_by.is_empty() => kept.clone(),
        _ => {
            let signatory = signatory(playing, step, signer).await?;
            // A second signature over the same bytes must differ, and signing time is what may differ.
            let later = i64::from(twists.contains(&Twist::SignAgain));
            signatory.sign(&bytes, playing.now + time::Duration::seconds(later))?
        }
    };
    let mut signed = bus::SignedDocument {
        content: bytes.into(),
        content_type: content.content_type.to_owned(),
        signature,
    };
    twist::signed(&mut signed, twists);
    Ok(signed)
}

async fn signatory(
    playing: &Playing<'_>,
    step: &Step,
    signer: &str,
) -> Result<std::sync::Arc<Signatory>, String> {
    let named = if step.signed_by.is_empty() { signer } else { &step.signed_by };
    if let Some(made) = playing.certificates.get(named) {
        return Ok(std::sync::Arc::clone(made));
    }
    playing.enroll(&Wanted { role: named.to_owned(), ..Wanted::default() }).await
}
