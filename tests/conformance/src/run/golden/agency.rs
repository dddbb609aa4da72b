//! Golden messages to an agency.

use eush_wire::adapter::v1::{DeliverRequest, DeliveryInfo, LookupRequest, NotifyTermRequest};
use eush_wire::bus::v1::Document;
use eush_wire::conformance::v1::Step;
use prost::Message as _;

use super::{Draft, document, dynamic, form, party, payload, timestamp};
use crate::run::case::Playing;

fn delivery(
    playing: &Playing<'_>,
    message_id: &str,
    service: &str,
    document: Option<&Document>,
) -> DeliveryInfo {
    DeliveryInfo {
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

pub(super) fn lookup(playing: &Playing<'_>, step: &Step) -> Result<Draft, String> {
    let (payload, about) = payload(playing, step)?;
    let message_id = playing.shared.message_id();
    let request = LookupRequest {
        delivery: Some(delivery(playing, &message_id, &payload.service, None)),
        about: Some(party(playing, &about)?),
        request: Some(form(playing, payload, &about)?),
    };
    let request = dynamic("eush.adapter.v1.LookupRequest", &request)?;
    Ok(Draft { request, contents: Vec::new(), signer: String::new(), message_id })
}

pub(super) fn deliver(playing: &Playing<'_>, step: &Step) -> Result<Draft, String> {
    let message_id = playing.shared.message_id();
    let (document, signer, service) = document::of(playing, step, &message_id)?;
    let delivery = Some(delivery(playing, &message_id, &service, Some(&document)));
    let request = dynamic("eush.adapter.v1.DeliverRequest", &DeliverRequest { delivery, document: None })?;
    Ok(Draft { request, contents: vec![document::content(&document)?], signer, message_id })
}

pub(super) fn notify(playing: &Playing<'_>, step: &Step) -> Result<Draft, String> {
    let before = playing.record(&step.of)?;
    let sent = before.built.as_ref().ok_or("that step sent nothing")?;
    let sent = DeliverRequest::decode(sent.request.encode_to_vec().as_slice())
        .map_err(|_| "`of` must name a step that called AgencyService.Deliver".to_owned())?;
    // A term falls a working day later on the bus's clock.
    let due = timestamp(playing.now + time::Duration::days(1));
    let delivery = sent.delivery.map(|info| DeliveryInfo { bus_time: Some(due), ..info });
    let message_id = delivery.as_ref().map(|info| info.message_id.clone()).unwrap_or_default();
    let request = NotifyTermRequest { delivery, document: sent.document, due_at: Some(due) };
    let request = dynamic("eush.adapter.v1.NotifyTermRequest", &request)?;
    Ok(Draft { request, contents: Vec::new(), signer: String::new(), message_id })
}
