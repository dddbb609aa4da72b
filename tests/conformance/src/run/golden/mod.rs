//! Golden messages, and the changes that a step makes to them.

mod agency;
mod bus;
mod document;
mod front;
mod sign;
mod workplace;

use eush_wire::bus::v1::{Party, SignedDocument, party};
use eush_wire::conformance::v1::{Payload, Step, Twist};
use prost::Message as _;
use prost_reflect::{DynamicMessage, Value};
use prost_types::{Any, Timestamp};
use serde_json::{Value as Json, json};
use time::OffsetDateTime;

use self::sign::{Content, Place};
use super::case::Playing;
use super::{twist, vars};
use crate::suite::read;
use crate::words::{self, Method};
use crate::{fields, value};

/// A message ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Built {
    pub(crate) bytes: bytes::Bytes,
    /// As it was before twists of the whole; what `again` starts from.
    pub(crate) request: DynamicMessage,
    pub(crate) message_id: String,
    /// Role whose key signs where a step names no other.
    signer: String,
}

/// What a golden request is made of.
struct Draft {
    request: DynamicMessage,
    /// What is signed on its way into the request. The step's changes are of the first.
    contents: Vec<Content>,
    /// Role that signs unless the step names another.
    signer: String,
    message_id: String,
}

/// Makes the request of a step.
pub(crate) async fn build(playing: &Playing<'_>, step: &Step, method: &Method) -> Result<Built, String> {
    let Draft { mut request, contents, signer, message_id } = draft(playing, step, method)?;
    let signer = if step.signed_by.is_empty() { signer } else { step.signed_by.clone() };
    let twists: Vec<Twist> = step.twists().collect();
    if contents.is_empty() {
        change_question(playing, step, &mut request, &twists)?;
    }
    for (place, mut content) in contents.into_iter().enumerate() {
        let signed = if place == 0 {
            sign::changed(playing, step, &mut content, &signer, &twists).await?
        } else {
            sign::plain(playing, &content, &signer).await?
        };
        put(&mut request, &content.place, &signed)?;
    }
    for (path, json) in expanded(playing, &step.change)? {
        fields::set(&mut request, &path, json)?;
    }
    let message_id = told_id(&request).unwrap_or(message_id);
    let bytes = twist::request(request.encode_to_vec(), &twists);
    Ok(Built { bytes, request, message_id, signer })
}

/// Changes of a question that nobody signs.
fn change_question(
    playing: &Playing<'_>,
    step: &Step,
    request: &mut DynamicMessage,
    twists: &[Twist],
) -> Result<(), String> {
    for (path, json) in expanded(playing, &step.form)? {
        fields::set(request, &format!("request.{path}"), json)?;
    }
    if twists.contains(&Twist::FormGarbage) {
        fields::set(request, "request.value", Json::String(garbage_text()))?;
    }
    if twists.contains(&Twist::UnknownFields) {
        sign::grow(request, "request");
    }
    Ok(())
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

fn put(request: &mut DynamicMessage, place: &Place, signed: &SignedDocument) -> Result<(), String> {
    let signed = Value::Message(dynamic("eush.bus.v1.SignedDocument", signed)?);
    match place {
        Place::Document => request.set_field_by_name("document", signed),
        Place::Question(at) => {
            let list = request.get_field_by_name_mut("queries").and_then(Value::as_list_mut);
            match list.and_then(|list| list.get_mut(*at)) {
                Some(Value::Message(query)) => query.set_field_by_name("question", signed),
                Some(_) | None => return Err("there is no such query".to_owned()),
            }
        }
    }
    Ok(())
}

fn draft(playing: &Playing<'_>, step: &Step, method: &Method) -> Result<Draft, String> {
    if !step.again.is_empty() {
        return sign::again(playing, step, method);
    }
    match method.path.as_str() {
        "/eush.adapter.v1.AgencyService/Lookup" => agency::lookup(playing, step),
        "/eush.adapter.v1.AgencyService/Deliver" => agency::deliver(playing, step),
        "/eush.adapter.v1.AgencyService/NotifyTerm" => agency::notify(playing, step),
        "/eush.adapter.v1.WorkplaceService/Use" => workplace::by_hand(playing, step),
        "/eush.bus.v1.GatewayService/Send" => bus::send(playing, step),
        "/eush.bus.v1.GatewayService/Lookup" => bus::lookup(playing, step),
        "/eush.application.v1.ApplicationService/Fill" => front::fill(playing, step),
        "/eush.application.v1.ApplicationService/Submit" => front::submit(playing, step),
        _ => plain(playing, step, method),
    }
}

fn dynamic(name: &str, message: &impl prost::Message) -> Result<DynamicMessage, String> {
    DynamicMessage::decode(words::known(name), message.encode_to_vec().as_slice())
        .map_err(|error| error.to_string())
}

/// An empty request, with a header where it has one.
fn plain(playing: &Playing<'_>, step: &Step, method: &Method) -> Result<Draft, String> {
    let mut request = DynamicMessage::new(method.input.clone());
    let message_id = playing.shared.message_id();
    if method.input.get_field_by_name("info").is_some() {
        let info = bus::info(playing, step, &message_id, "")?;
        request.set_field_by_name("info", Value::Message(info));
    }
    Ok(Draft { request, contents: Vec::new(), signer: String::new(), message_id })
}

pub(crate) fn timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp { seconds: at.unix_timestamp(), nanos: 0 }
}

/// The payload of the step's service, and the role that it is about.
fn payload<'a>(playing: &Playing<'a>, step: &Step) -> Result<(&'a Payload, String), String> {
    let service = vars::text(&step.service, playing)?;
    let payload = payload_of(playing, &service, &vars::text(&step.regulation, playing)?)?;
    let about = if step.about.is_empty() { payload.about.clone() } else { vars::text(&step.about, playing)? };
    Ok((payload, about))
}

/// What a service is asked or given for a public service; the service's own first where none is named.
fn payload_of<'a>(playing: &Playing<'a>, service: &str, regulation: &str) -> Result<&'a Payload, String> {
    playing
        .shared
        .payload(service, regulation)
        .ok_or_else(|| format!("payloads.yaml has nothing for the service `{service}`"))
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

fn party(playing: &Playing<'_>, role: &str) -> Result<Party, String> {
    let fields = playing.shared.roles.role(role).ok_or_else(|| format!("there is no role `{role}`"))?;
    let digits = |name: &str| fields.get(name).filter(|digits| !digits.is_empty()).cloned();
    let number = match (digits("iin"), digits("bin")) {
        (Some(iin), _) => party::Number::Iin(iin),
        (None, Some(bin)) => party::Number::Bin(bin),
        (None, None) => return Err(format!("role `{role}` has neither IIN nor BIN")),
    };
    Ok(Party { number: Some(number) })
}
