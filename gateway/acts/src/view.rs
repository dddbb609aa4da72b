//! The catalogue as people and programs are shown it: `acts list` and `acts show`, in one closed vocabulary.
//!
//! These types are the JSON: field names and words are a contract. `kind` is `process`, `condition`, `action` or
//! `step`; `on_failure` a label, `refuse`, `undefined` or null; a duration `{value, unit}` with the unit `minute`,
//! `hour`, `working_day`, `calendar_day` or `month`; `checks` come from one list.

use eush_domain::{CertificateRole, Channel, LocalizedText, Term};
use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::model::{
    Access, ChannelFlow, Check, Executor, Item, ItemKind, Lines, LookupCondition, LookupSubject, Medium,
    Operation, Otherwise, Placement, ProcedureStep, ProcedureUse, Regulation, ResultOutcome, ResultSigner,
    ServiceForm, ServiceTerm, Signer, StepKind, TermKind, TermStart,
};

/// `acts list`.
#[derive(Debug, Serialize)]
pub struct Listing<'a> {
    /// Services in the order of acts and services.
    pub services: Vec<ListedService<'a>>,
    /// Counts over what is listed.
    pub totals: Totals,
}

/// Counts over a listing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Acts that the services come from.
    pub acts: usize,
    /// Public services.
    pub services: usize,
    /// Channels that the acts give them.
    pub channels: usize,
    /// Channels that are described item by item.
    pub described_channels: usize,
    /// Described channels that cross the e-government gateway.
    pub gateway_flows: usize,
    /// Items of all channels.
    pub items: usize,
}

/// One service in a listing.
#[derive(Debug, Serialize)]
pub struct ListedService<'a> {
    /// Stable id.
    pub id: &'a str,
    /// Short form.
    pub alias: &'a str,
    /// Act, `000` to `004`.
    pub source: &'a str,
    /// Order within the act.
    pub service_number: u16,
    /// Names.
    pub names: &'a LocalizedText,
    /// `full`, `partial`, `electronic` or `paper`.
    pub form: &'static str,
    /// Channels.
    pub channels: Vec<ListedChannel<'a>>,
}

/// One channel in a listing.
#[derive(Debug, Serialize)]
pub struct ListedChannel<'a> {
    /// `portal`, `state-corporation`, `provider`, `psc` or `akim`.
    pub channel: Channel,
    /// `gateway`, `office` or `paper`.
    pub medium: Medium,
    /// What stands in another paragraph before the list; absent where nothing does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<ListedItem<'a>>,
    /// The act's list.
    pub items: Vec<ListedItem<'a>>,
    /// What stands in another paragraph after the list; absent where nothing does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<ListedItem<'a>>,
}

/// One item in a listing.
#[derive(Debug, Serialize)]
pub struct ListedItem<'a> {
    /// Label as the act prints it; null where it prints none.
    pub label: Option<&'a str>,
    /// Printed number; null where there is none.
    pub item: Option<&'a str>,
    /// What the act calls it.
    pub kind: ItemKind,
    /// Whether it crosses the gateway.
    pub via_gateway: bool,
    /// Whether it crosses the regional gateway too.
    pub regional_gateway: bool,
    /// System it goes from, or that works.
    pub from: Option<&'a str>,
    /// Systems it goes to.
    pub to: Vec<&'a str>,
    /// Checks that the act lists.
    pub checks: &'a [Check],
    /// Label, `refuse`, `undefined` or null.
    pub on_failure: Option<&'a str>,
    /// Limit.
    pub duration: Option<Term>,
}

/// `acts show`: one service with everything the catalogue has of it.
#[derive(Debug, Serialize)]
pub struct ShownService<'a> {
    /// As in the listing; its channels are shown in full below instead.
    pub id: &'a str,
    /// Short form.
    pub alias: &'a str,
    /// Where it stands.
    pub source: ShownSource<'a>,
    /// Order within the act.
    pub service_number: u16,
    /// Names.
    pub names: &'a LocalizedText,
    /// Who provides it.
    pub provider: &'a LocalizedText,
    /// Who receives it.
    pub recipients: &'a LocalizedText,
    /// `full`, `partial`, `electronic` or `paper`.
    pub form: &'static str,
    /// Results.
    pub results: Vec<ShownResult<'a>>,
    /// Terms.
    pub terms: Vec<ShownTerm<'a>>,
    /// The provider's procedure.
    pub procedure: Vec<ShownStep<'a>>,
    /// Procedures by kind of request or channel.
    pub variants: Vec<ShownProcedure<'a>>,
    /// Channels.
    pub channels: Vec<ShownChannel<'a>>,
    /// Irregularities of the act, kept.
    pub oddities: &'a [String],
}

/// Where a service stands.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `Source`")]
pub struct ShownSource<'a> {
    pub act: &'a str,
    pub number: &'a str,
    pub date: &'a str,
    pub edition: Option<&'a str>,
    pub issuer: &'a LocalizedText,
    pub file: &'a str,
    pub lines: Lines,
}

/// A result.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `ServiceResult`")]
pub struct ShownResult<'a> {
    pub kind: &'a str,
    pub name: &'a LocalizedText,
    pub signed_by: ResultSigner,
    pub outcome: ResultOutcome,
    pub lines: Lines,
}

/// A term.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `ServiceTerm`")]
pub struct ShownTerm<'a> {
    pub duration: Term,
    pub kind: TermKind,
    pub starts: TermStart,
    pub channel: Option<Channel>,
    pub procedure: Option<&'a str>,
    pub acceptance_day: crate::model::AcceptanceDay,
    pub text: &'a LocalizedText,
    pub lines: Lines,
}

/// A procedure.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `Procedure`")]
pub struct ShownProcedure<'a> {
    pub key: &'a str,
    pub names: &'a LocalizedText,
    pub channel: Option<Channel>,
    pub steps: Vec<ShownStep<'a>>,
}

/// A step of a procedure.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `ProcedureStep`")]
pub struct ShownStep<'a> {
    pub number: u16,
    pub stage: Option<u16>,
    pub label: Option<&'a str>,
    pub kind: StepKind,
    pub actor: &'a str,
    pub text: &'a LocalizedText,
    pub duration: Option<Term>,
    pub otherwise: Option<ShownOtherwise<'a>>,
    pub system: Option<&'a str>,
    pub access: Option<Access>,
    pub checks: &'a [Check],
    pub on_failure: Option<&'a str>,
    pub result: Option<&'a LocalizedText>,
    pub ours: Option<&'a str>,
    pub lines: Lines,
}

/// A second duration.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `Otherwise`")]
pub struct ShownOtherwise<'a> {
    pub duration: Term,
    pub when: &'a LocalizedText,
}

/// A channel.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `ChannelFlow`")]
pub struct ShownChannel<'a> {
    pub channel: Channel,
    pub medium: Medium,
    pub front: Option<&'a str>,
    pub signer: Signer,
    pub signer_roles: &'a [CertificateRole],
    pub procedure: ProcedureUse,
    pub restriction: Option<&'a LocalizedText>,
    pub lines: Lines,
    pub items: Vec<ShownItem<'a>>,
}

/// An item.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `Item`")]
pub struct ShownItem<'a> {
    #[serde(flatten)]
    pub listed: ListedItem<'a>,
    pub printed: Option<&'a str>,
    pub placement: Placement,
    pub operation: &'static str,
    pub service: Option<&'a str>,
    pub lookups: Vec<ShownLookup<'a>>,
    pub message: Option<&'static str>,
    pub actor: &'a str,
    pub executed_by: Executor,
    pub access: Option<Access>,
    pub otherwise: Option<ShownOtherwise<'a>>,
    pub text: &'a LocalizedText,
    pub ours: Option<&'a str>,
    pub lines: Lines,
}

/// A register that an item asks.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `LookupRule`")]
pub struct ShownLookup<'a> {
    pub service: &'a str,
    pub subject: LookupSubject,
    pub when: LookupCondition,
    pub absent: eush_domain::Rejection,
}

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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{list, show};
    use crate::catalogue;

    fn channel<'a>(listing: &'a Value, id: &str, name: &str) -> &'a Value {
        let services = listing["services"].as_array().unwrap();
        let service = services.iter().find(|service| service["id"] == id).unwrap();
        service["channels"].as_array().unwrap().iter().find(|channel| channel["channel"] == name).unwrap()
    }

    #[test]
    fn the_listing_speaks_the_closed_vocabulary() {
        let listing = serde_json::to_value(list(catalogue())).unwrap();
        let desk = channel(&listing, "astana/unemployed-certificate", "state-corporation");
        let expected = json!({
            "label": "3-үдеріс",
            "item": "4)",
            "kind": "process",
            "via_gateway": true,
            "regional_gateway": false,
            "from": "state-corporation",
            "to": ["gbdfl", "gbdul", "enis"],
            "checks": [],
            "on_failure": null,
            "duration": { "value": 2, "unit": "minute" },
        });
        assert_eq!(desk["items"][3], expected);
        // Paragraph 10 is no item of the list in paragraph 9.
        assert_eq!(desk["items"].as_array().unwrap().len(), 10);
        assert_eq!(desk["after"][0]["duration"], json!({ "value": 20, "unit": "minute" }));
        let portal = channel(&listing, "mangystau/housing-assistance", "portal");
        assert_eq!(portal["items"][8]["on_failure"], "undefined");
        assert_eq!(portal["items"][8]["checks"], json!(["documents", "grounds"]));
        let totals = &listing["totals"];
        assert_eq!(totals["acts"], catalogue().acts().len());
        assert_eq!(totals["services"], catalogue().regulations().len());
        let described = catalogue().flows().filter(|found| !found.flow.items.is_empty()).count();
        assert_eq!(totals["described_channels"], described);
    }

    #[test]
    fn every_word_of_the_listing_is_of_its_list() {
        let listing = serde_json::to_value(list(catalogue())).unwrap();
        let words = |list: &[&str], value: &Value| list.contains(&value.as_str().unwrap());
        for service in listing["services"].as_array().unwrap() {
            assert!(words(&["full", "partial", "electronic", "paper"], &service["form"]));
            for channel in service["channels"].as_array().unwrap() {
                assert!(words(
                    &["portal", "state-corporation", "provider", "psc", "akim"],
                    &channel["channel"]
                ));
                assert!(words(&["gateway", "office", "paper"], &channel["medium"]));
                for item in channel["items"].as_array().unwrap() {
                    assert!(words(&["process", "condition", "action", "step"], &item["kind"]));
                    let units = ["minute", "hour", "working_day", "calendar_day", "month"];
                    assert!(item["duration"].is_null() || words(&units, &item["duration"]["unit"]));
                    for check in item["checks"].as_array().unwrap() {
                        assert!(crate::Check::ALL.iter().any(|known| check == known.name()));
                    }
                }
            }
        }
    }

    #[test]
    fn a_service_is_shown_whole() {
        let shown = serde_json::to_value(show(catalogue().regulation("001-S05").unwrap())).unwrap();
        assert_eq!(shown["source"]["edition"], "106/2, 2017-04-25");
        assert_eq!(shown["variants"].as_array().unwrap().len(), 6);
        let wait = &shown["variants"][0]["steps"][5];
        assert_eq!((&wait["kind"], &wait["stage"]), (&json!("wait"), &json!(2)));
        let shown = serde_json::to_value(show(catalogue().regulation("004-3").unwrap())).unwrap();
        let office = &shown["channels"].as_array().unwrap()[0];
        assert_eq!(
            (&office["items"][1]["label"], &office["items"][1]["printed"]),
            (&json!("1-шарт"), &json!("1 шарт"))
        );
        assert_eq!(office["items"][2]["access"], "write");
    }
}
