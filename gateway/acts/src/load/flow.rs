//! Channels and their items.

use eush_domain::{FlowId, MessageClass, RegulationId};
use toml::Spanned;

use super::{Reader, on_failure};
use crate::catalogue::Catalogue;
use crate::error::Fault;
use crate::model::{ChannelFlow, Item, Lines, LookupRule, OnFailure, Operation};
use crate::raw::{RawChannel, RawItem, RawOperation};
use crate::validate;

pub(super) fn read(
    reader: &mut Reader<'_>,
    catalogue: &Catalogue,
    regulation: &RegulationId,
    raw: &Spanned<RawChannel>,
    outer: Lines,
) -> ChannelFlow {
    let (at, raw) = (raw.span().start, raw.get_ref());
    let lines = reader.lines(at, raw.lines, outer);
    reader.optional_text(at, "restriction", raw.restriction.as_ref());
    let mut items = Vec::new();
    for item in &raw.items {
        items.extend(read_item(reader, catalogue, item, lines));
    }
    ChannelFlow {
        id: FlowId { regulation: regulation.clone(), channel: raw.channel },
        medium: raw.medium,
        front: raw.front.as_deref().and_then(|code| reader.system(at, catalogue, code)),
        signer: raw.signer,
        signer_roles: raw.signer_roles.clone(),
        procedure: raw.procedure,
        restriction: raw.restriction.clone(),
        items,
        lines,
    }
}

fn read_item(
    reader: &mut Reader<'_>,
    catalogue: &Catalogue,
    raw: &Spanned<RawItem>,
    outer: Lines,
) -> Option<Item> {
    let (at, raw) = (raw.span().start, raw.get_ref());
    reader.text(at, "text", &raw.text);
    reader.known_actor(at, catalogue, &raw.actor);
    let operation = read_operation(reader, catalogue, at, raw);
    let from = raw.from.as_deref().and_then(|code| reader.system(at, catalogue, code));
    let to = raw.to.iter().filter_map(|code| reader.system(at, catalogue, code)).collect();
    let duration = reader.optional_term(at, raw.duration.as_deref());
    let otherwise = reader.otherwise(at, raw.otherwise.as_ref());
    if raw.access.is_some() && raw.to.is_empty() {
        reader.fault(at, Fault::AccessWithoutSystem);
    }
    let on_failure = on_failure(raw.on_failure.as_deref());
    if !raw.checks.is_empty() && on_failure == OnFailure::None {
        reader.fault(at, Fault::CheckWithoutOutcome);
    }
    if on_failure == OnFailure::Undefined && raw.ours.is_none() {
        reader.fault(at, Fault::UndefinedWithoutOurs);
    }
    let lines = reader.lines(at, raw.lines, outer);
    Some(Item {
        label: raw.label.clone(),
        printed: raw.printed.clone(),
        placement: raw.placement,
        number: raw.item.clone(),
        lines,
        kind: raw.kind,
        operation: operation?,
        actor: raw.actor.clone(),
        executed_by: raw.executed_by,
        from,
        to,
        via_gateway: raw.via_gateway,
        regional_gateway: raw.regional_gateway,
        checks: raw.checks.clone(),
        on_failure,
        access: raw.access,
        duration,
        otherwise,
        text: raw.text.clone(),
        ours: raw.ours.clone(),
    })
}

fn read_operation(
    reader: &mut Reader<'_>,
    catalogue: &Catalogue,
    at: usize,
    raw: &RawItem,
) -> Option<Operation> {
    validate::operation_keys(reader, at, raw);
    Some(match raw.operation {
        RawOperation::Arrive => Operation::Arrive,
        RawOperation::Authenticate => Operation::Authenticate,
        RawOperation::CheckCertificate => Operation::CheckCertificate,
        RawOperation::CheckDocuments => Operation::CheckDocuments,
        RawOperation::CheckLogin => Operation::CheckLogin,
        RawOperation::CheckPresence => Operation::CheckPresence,
        RawOperation::DeliverResult => Operation::DeliverResult,
        RawOperation::Dispatch => {
            let (agency, service) = reader.service(at, catalogue, raw.service.as_deref()?)?;
            Operation::Dispatch { agency, service }
        }
        RawOperation::FillForm => Operation::FillForm,
        RawOperation::HandOver => Operation::HandOver,
        RawOperation::Lookup => Operation::Lookup(read_lookup(reader, catalogue, at, raw)),
        RawOperation::OfficeStep => Operation::OfficeStep,
        RawOperation::Provide => Operation::Provide,
        RawOperation::Refuse => {
            let name = raw.message.as_deref()?;
            let class = message_class(name);
            if class.is_none() {
                reader.fault(at, Fault::UnknownName { what: "message", value: name.to_owned() });
            }
            Operation::Refuse(class?)
        }
        RawOperation::RegisterAtPortal => Operation::RegisterAtPortal,
        RawOperation::RegisterDocument => Operation::RegisterDocument,
        RawOperation::Sign => Operation::Sign,
    })
}

fn read_lookup(reader: &mut Reader<'_>, catalogue: &Catalogue, at: usize, raw: &RawItem) -> Vec<LookupRule> {
    let mut rules = Vec::new();
    for ask in &raw.ask {
        if let Some((agency, service)) = reader.service(at, catalogue, &ask.service) {
            let (subject, when, absent) = (ask.subject, ask.when, ask.absent);
            rules.push(LookupRule { agency, service, subject, when, absent });
        }
    }
    rules
}

fn message_class(name: &str) -> Option<MessageClass> {
    [
        MessageClass::AuthorizationRefused,
        MessageClass::DataUnavailable,
        MessageClass::DocumentsNotConforming,
        MessageClass::EdsNotConfirmed,
        MessageClass::None,
        MessageClass::ReasonedRefusal,
    ]
    .into_iter()
    .find(|class| class.name() == name)
}
