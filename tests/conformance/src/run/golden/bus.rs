//! Golden messages to a bus.

use std::collections::HashMap;

use eush_wire::bus::v1::{MessageInfo, Query, RegisterQuery, Sender};
use eush_wire::conformance::v1::{Question, Step};
use prost_reflect::{DynamicMessage, Value};

use super::sign::{Content, Place};
use super::{Draft, document, dynamic, expanded, form, party, payload_of, timestamp};
use crate::fields;
use crate::run::case::Playing;
use crate::run::vars;
use crate::words;

/// The header of a message to a bus.
pub(super) fn info(
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
    let info = MessageInfo {
        message_id: message_id.to_owned(),
        service_id: service.to_owned(),
        message_date: Some(timestamp(playing.now)),
        sender: Some(Sender { sender_id: sender.sender_id.clone(), password: sender.password.clone() }),
        ..MessageInfo::default()
    };
    dynamic("eush.bus.v1.MessageInfo", &info)
}

pub(super) fn send(playing: &Playing<'_>, step: &Step) -> Result<Draft, String> {
    let message_id = playing.shared.message_id();
    let (document, signer, service) = document::of(playing, step, &message_id)?;
    let mut request = DynamicMessage::new(words::known("eush.bus.v1.SendRequest"));
    let info = info(playing, step, &message_id, &service)?;
    request.set_field_by_name("info", Value::Message(info));
    Ok(Draft { request, contents: vec![document::content(&document)?], signer, message_id })
}

/// Questions of a message: the step's own, and whatever it asks beside.
pub(super) fn lookup(playing: &Playing<'_>, step: &Step) -> Result<Draft, String> {
    let message_id = playing.shared.message_id();
    let system =
        if step.sender == "state-corporation" { "state-corporation-system" } else { "portal-system" };
    let mut request = DynamicMessage::new(words::known("eush.bus.v1.LookupRequest"));
    request.set_field_by_name("info", Value::Message(info(playing, step, &message_id, "")?));
    // The step's own changes of the question come when it is signed.
    let own = Question { service: step.service.clone(), about: step.about.clone(), form: HashMap::new() };
    let mut queries = Vec::new();
    let mut contents = Vec::new();
    for (at, asked) in std::iter::once(&own).chain(&step.also).enumerate() {
        let question = question(playing, asked, &message_id, system)?;
        let query = Query { service_id: question.service_id.clone(), question: None };
        queries.push(Value::Message(dynamic("eush.bus.v1.Query", &query)?));
        let mut message = dynamic("eush.bus.v1.RegisterQuery", &question)?;
        for (path, json) in expanded(playing, &asked.form)? {
            fields::set(&mut message, &format!("request.{path}"), json)?;
        }
        contents.push(Content::new(Place::Question(at), message));
    }
    request.set_field_by_name("queries", Value::List(queries));
    Ok(Draft { request, contents, signer: system.to_owned(), message_id })
}

fn question(
    playing: &Playing<'_>,
    asked: &Question,
    message_id: &str,
    system: &str,
) -> Result<RegisterQuery, String> {
    let payload = payload_of(playing, &vars::text(&asked.service, playing)?, "")?;
    let about =
        if asked.about.is_empty() { payload.about.clone() } else { vars::text(&asked.about, playing)? };
    let fields = playing.shared.roles.role(system).ok_or("no information system")?;
    let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
    Ok(RegisterQuery {
        message_id: message_id.to_owned(),
        service_id: payload.service.clone(),
        about: Some(party(playing, &about)?),
        asking_bin: field("bin"),
        asking_system: field("system"),
        request: Some(form(playing, payload, &about)?),
    })
}
