//! From the model to what is shown.

use crate::catalogue::Catalogue;
use crate::model::{
    ChannelFlow, Item, Medium, Operation, Otherwise, Placement, ProcedureStep, Regulation, ServiceForm,
    ServiceTerm,
};

use super::{
    ListedChannel, ListedItem, ListedService, Listing, ShownChannel, ShownItem, ShownLookup, ShownOtherwise,
    ShownProcedure, ShownResult, ShownService, ShownSource, ShownSpelling, ShownStep, ShownTerm, Totals,
};

/// Every service of the catalogue.
pub fn list(catalogue: &Catalogue) -> Listing<'_> {
    list_some(catalogue.regulations())
}

/// Some services, for example those of one act.
pub fn list_some<'a>(regulations: impl IntoIterator<Item = &'a Regulation>) -> Listing<'a> {
    let regulations: Vec<&Regulation> = regulations.into_iter().collect();
    let services = regulations.iter().map(|regulation| listed_service(regulation)).collect();
    Listing { services, totals: totals(&regulations) }
}

/// One service in full.
pub fn show(regulation: &Regulation) -> ShownService<'_> {
    let source = &regulation.source;
    ShownService {
        id: regulation.id.as_str(),
        alias: &regulation.alias,
        source: ShownSource {
            act: &source.act,
            number: &source.number,
            date: &source.date,
            edition: source.edition.as_deref(),
            issuer: &source.issuer,
            file: &source.file,
            lines: source.lines,
        },
        service_number: regulation.service_number,
        names: &regulation.names,
        provider: &regulation.provider.name,
        recipients: &regulation.recipients,
        form: form(regulation.form),
        results: regulation
            .results
            .iter()
            .map(|result| ShownResult {
                kind: &result.kind,
                name: &result.name,
                signed_by: result.signed_by,
                outcome: result.outcome,
                lines: result.lines,
            })
            .collect(),
        terms: regulation.terms.iter().map(shown_term).collect(),
        procedure: regulation.procedure.iter().map(shown_step).collect(),
        variants: regulation
            .variants
            .iter()
            .map(|procedure| ShownProcedure {
                key: &procedure.key,
                names: &procedure.names,
                channel: procedure.channel,
                steps: procedure.steps.iter().map(shown_step).collect(),
            })
            .collect(),
        channels: regulation.channels.iter().map(shown_channel).collect(),
        oddities: &regulation.oddities,
        spellings: regulation
            .spellings
            .iter()
            .map(|spelling| ShownSpelling {
                printed: &spelling.printed,
                system: spelling.system.as_str(),
                lines: spelling.lines,
            })
            .collect(),
    }
}

fn totals(regulations: &[&Regulation]) -> Totals {
    let mut acts: Vec<&str> = regulations.iter().map(|regulation| regulation.source.act.as_str()).collect();
    acts.dedup();
    let flows = || regulations.iter().flat_map(|regulation| &regulation.channels);
    Totals {
        acts: acts.len(),
        services: regulations.len(),
        channels: flows().count(),
        described_channels: flows().filter(|flow| !flow.items.is_empty()).count(),
        gateway_flows: flows().filter(|flow| flow.medium == Medium::Gateway).count(),
        items: flows().map(|flow| flow.items.len()).sum(),
    }
}

fn form(form: ServiceForm) -> &'static str {
    match form {
        ServiceForm::Electronic => "electronic",
        ServiceForm::ElectronicFull => "full",
        ServiceForm::ElectronicPartial => "partial",
        ServiceForm::Paper => "paper",
    }
}

fn listed_service(regulation: &Regulation) -> ListedService<'_> {
    ListedService {
        id: regulation.id.as_str(),
        alias: &regulation.alias,
        source: &regulation.source.act,
        service_number: regulation.service_number,
        names: &regulation.names,
        form: form(regulation.form),
        channels: regulation.channels.iter().map(listed_channel).collect(),
    }
}

fn listed_channel(flow: &ChannelFlow) -> ListedChannel<'_> {
    let outside = |item: &&Item| item.placement == Placement::Outside;
    let list = flow.items.iter().position(|item| !outside(&item)).unwrap_or(flow.items.len());
    let (before, rest) = flow.items.split_at(list);
    ListedChannel {
        channel: flow.id.channel,
        medium: flow.medium,
        before: before.iter().map(listed_item).collect(),
        items: rest.iter().filter(|item| !outside(item)).map(listed_item).collect(),
        after: rest.iter().filter(outside).map(listed_item).collect(),
    }
}

fn listed_item(item: &Item) -> ListedItem<'_> {
    ListedItem {
        label: item.label.as_deref(),
        item: item.number.as_deref(),
        kind: item.kind,
        via_gateway: item.via_gateway,
        regional_gateway: item.regional_gateway,
        from: item.from.as_ref().map(|system| system.as_str()),
        to: item.to.iter().map(|system| system.as_str()).collect(),
        checks: &item.checks,
        on_failure: item.on_failure.as_text(),
        duration: item.duration,
    }
}

fn shown_channel(flow: &ChannelFlow) -> ShownChannel<'_> {
    ShownChannel {
        channel: flow.id.channel,
        medium: flow.medium,
        front: flow.front.as_ref().map(|system| system.as_str()),
        signer: flow.signer,
        signer_roles: &flow.signer_roles,
        procedure: flow.procedure,
        restriction: flow.restriction.as_ref(),
        lines: flow.lines,
        items: flow.items.iter().map(shown_item).collect(),
    }
}

fn shown_item(item: &Item) -> ShownItem<'_> {
    let (mut service, mut lookups, mut message) = (None, Vec::new(), None);
    if let Operation::Dispatch { service: id, .. } = &item.operation {
        service = Some(id.as_str());
    }
    if let Operation::Lookup(rules) = &item.operation {
        lookups.extend(rules.iter().map(|rule| ShownLookup {
            service: rule.service.as_str(),
            subject: rule.subject,
            when: rule.when,
            absent: rule.absent,
        }));
    }
    if let Operation::Refuse(class) = &item.operation {
        message = Some(class.name());
    }
    ShownItem {
        listed: listed_item(item),
        printed: item.printed.as_deref(),
        placement: item.placement,
        operation: item.operation.name(),
        service,
        lookups,
        message,
        actor: &item.actor,
        executed_by: item.executed_by,
        access: item.access,
        otherwise: item.otherwise.as_ref().map(shown_otherwise),
        text: &item.text,
        ours: item.ours.as_deref(),
        lines: item.lines,
    }
}

fn shown_otherwise(otherwise: &Otherwise) -> ShownOtherwise<'_> {
    ShownOtherwise { duration: otherwise.duration, when: &otherwise.when }
}

fn shown_term(term: &ServiceTerm) -> ShownTerm<'_> {
    ShownTerm {
        duration: term.term,
        kind: term.kind,
        starts: term.starts,
        channel: term.channel,
        procedure: term.procedure.as_deref(),
        acceptance_day: term.acceptance_day,
        text: &term.text,
        lines: term.lines,
    }
}

fn shown_step(step: &ProcedureStep) -> ShownStep<'_> {
    ShownStep {
        number: step.number,
        stage: step.stage,
        label: step.label.as_deref(),
        kind: step.kind,
        actor: &step.actor,
        text: &step.text,
        duration: step.duration,
        otherwise: step.otherwise.as_ref().map(shown_otherwise),
        system: step.system.as_ref().map(|used| used.system.as_str()),
        access: step.system.as_ref().map(|used| used.access),
        checks: &step.checks,
        on_failure: step.on_failure.as_text(),
        result: step.result.as_ref(),
        ours: step.ours.as_deref(),
        lines: step.lines,
    }
}
