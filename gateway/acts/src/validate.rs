//! What must hold of the data beyond their form.

use std::collections::HashSet;

use toml::Spanned;

use crate::catalogue::Catalogue;
use crate::error::Fault;
use crate::load::Reader;
use crate::model::{ChannelFlow, Item, Medium, OnFailure, Operation, Placement, Regulation};
use crate::raw::{RawChannel, RawItem, RawOperation};

/// No other regulation has this id, this short form, or this place in the act.
pub(crate) fn unique_regulation(
    reader: &mut Reader<'_>,
    offset: usize,
    catalogue: &Catalogue,
    regulation: &Regulation,
) {
    for known in &catalogue.regulations {
        if known.id == regulation.id {
            reader.fault(offset, Fault::Duplicate { what: "regulation", value: regulation.id.to_string() });
        }
        if known.alias == regulation.alias {
            reader.fault(offset, Fault::Duplicate { what: "alias", value: regulation.alias.clone() });
        }
        if known.source.act != regulation.source.act {
            continue;
        }
        if known.service_number == regulation.service_number {
            let value = regulation.service_number.to_string();
            reader.fault(offset, Fault::Duplicate { what: "service number", value });
        }
        let (theirs, ours) = (known.source.lines, regulation.source.lines);
        if ours.first <= theirs.last && theirs.first <= ours.last {
            reader.fault(offset, Fault::Overlap(known.id.to_string()));
        }
    }
}

/// An item has the keys that its operation needs, and no others.
pub(crate) fn operation_keys(reader: &mut Reader<'_>, at: usize, raw: &RawItem) {
    let operation = raw.operation;
    let pairs = [
        (operation == RawOperation::Dispatch, raw.service.is_some(), "needs `service`", "takes no `service`"),
        (operation == RawOperation::Lookup, !raw.ask.is_empty(), "needs `ask`", "takes no `ask`"),
        (operation == RawOperation::Refuse, raw.message.is_some(), "needs `message`", "takes no `message`"),
    ];
    for (needed, present, missing, superfluous) in pairs {
        let problem = match (needed, present) {
            (true, false) => missing,
            (false, true) => superfluous,
            (true, true) | (false, false) => continue,
        };
        reader.fault(at, Fault::Operation { operation: format!("{operation:?}"), problem });
    }
    let checking = matches!(
        operation,
        RawOperation::CheckCertificate
            | RawOperation::CheckDocuments
            | RawOperation::CheckLogin
            | RawOperation::CheckPresence
    );
    if checking && raw.checks.is_empty() {
        let problem = "needs `checks`";
        reader.fault(at, Fault::Operation { operation: format!("{operation:?}"), problem });
    }
    if raw.regional_gateway && !raw.via_gateway {
        let problem = "crosses the regional gateway without the gateway";
        reader.fault(at, Fault::Operation { operation: format!("{operation:?}"), problem });
    }
}

/// Labels are unique, every branch ends, refusals are reached by failures only.
pub(crate) fn channel(
    reader: &mut Reader<'_>,
    raw: &Spanned<RawChannel>,
    flow: &ChannelFlow,
    before: &[ChannelFlow],
) {
    let at = raw.span().start;
    if before.iter().any(|known| known.id == flow.id) {
        let value = flow.id.channel.name().to_owned();
        reader.fault(at, Fault::Duplicate { what: "channel", value });
    }
    medium(reader, at, flow, raw.get_ref().front.is_some());
    // An item that could not be read was reported; what follows needs them all.
    if raw.get_ref().items.len() != flow.items.len() {
        return;
    }
    let offsets: Vec<usize> = raw.get_ref().items.iter().map(|item| item.span().start).collect();
    labels(reader, &offsets, flow);
    order(reader, &offsets, flow);
    branches(reader, at, &offsets, flow);
}

fn medium(reader: &mut Reader<'_>, at: usize, flow: &ChannelFlow, has_front: bool) {
    let dispatches = flow.items.iter().any(|item| matches!(item.operation, Operation::Dispatch { .. }));
    let fault = match flow.medium {
        Medium::Gateway if !dispatches => "is `gateway` and dispatches nothing",
        Medium::Gateway if !has_front => "is `gateway` and has no `front`",
        Medium::Office if flow.items.is_empty() => "is `office` and describes no item",
        Medium::Office if dispatches => "is `office` and dispatches through the gateway",
        Medium::Paper if dispatches => "is `paper` and dispatches through the gateway",
        Medium::Gateway | Medium::Office | Medium::Paper => return,
    };
    reader.fault(at, Fault::Medium(fault));
}

fn labels(reader: &mut Reader<'_>, offsets: &[usize], flow: &ChannelFlow) {
    let mut labels = HashSet::new();
    let mut numbers = HashSet::new();
    for (item, &at) in flow.items.iter().zip(offsets) {
        if let Some(label) = &item.label
            && !labels.insert(label)
        {
            reader.fault(at, Fault::Duplicate { what: "label", value: label.clone() });
        }
        if let Some(number) = &item.number
            && !numbers.insert(number)
        {
            reader.fault(at, Fault::Duplicate { what: "item number", value: number.clone() });
        }
    }
}

fn order(reader: &mut Reader<'_>, offsets: &[usize], flow: &ChannelFlow) {
    let mut before = 0;
    for (item, &at) in flow.items.iter().zip(offsets) {
        if item.placement == Placement::Outside {
            continue;
        }
        let found = item.lines.first;
        if found < before {
            reader.fault(at, Fault::OutOfOrder { found, before });
        }
        before = found;
    }
}

fn branches(reader: &mut Reader<'_>, at: usize, offsets: &[usize], flow: &ChannelFlow) {
    let refuses = |item: &Item| matches!(item.operation, Operation::Refuse(_));
    let labelled = |label: &str| flow.items.iter().find(|item| item.label.as_deref() == Some(label));
    let mut reached = HashSet::new();
    for (item, &at) in flow.items.iter().zip(offsets) {
        let OnFailure::Label(label) = &item.on_failure else { continue };
        match labelled(label) {
            None => reader.fault(at, Fault::FailureTarget(label.clone())),
            Some(target) if !refuses(target) => reader.fault(at, Fault::FailureNotRefusal(label.clone())),
            Some(_) => {
                reached.insert(label.as_str());
            }
        }
    }
    for (item, &at) in flow.items.iter().zip(offsets).filter(|(item, _)| refuses(item)) {
        let label = item.label.as_deref().unwrap_or_default();
        if !reached.contains(label) {
            reader.fault(at, Fault::RefusalUnreached(label.to_owned()));
        }
    }
    let last = flow.items.iter().rev().find(|item| !refuses(item));
    if let Some(last) = last
        && !matches!(last.operation, Operation::DeliverResult | Operation::HandOver)
    {
        reader.fault(at, Fault::OpenEnd(format!("{:?}", last.operation)));
    }
}
