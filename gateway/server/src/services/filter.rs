//! Filters of management's calls: from the wire to what the store is asked, every fault told.

use eush_domain::Rejection;
use eush_pipeline::message::MessageKind;
use eush_pipeline::pseudonym::Pseudonym;
use eush_wire::management::v1 as wire;
use tonic::Status;

use crate::convert;
use crate::realm::Realm;
use crate::rescue;
use crate::store::{CallFilter, EntryFilter};

type Faults = Vec<(String, String)>;

fn asked(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// Who is meant; `None` matches everybody.
fn people(name: &str, realm: &Realm, wrong: &mut impl FnMut(&str, String)) -> Option<Vec<Pseudonym>> {
    if name.is_empty() {
        return None;
    }
    let people = realm.scripting.people.pseudonyms_of(name);
    if people.is_empty() {
        wrong("about", "a key of `eush people`, or twelve digits".to_owned());
    }
    Some(people)
}

fn kind(name: &str, known: &[&str], wrong: &mut impl FnMut(&str, String)) {
    if !name.is_empty() && !known.contains(&name) {
        wrong("kind", format!("one of {}", known.join(", ")));
    }
}

fn instant(
    field: &str,
    at: Option<&prost_types::Timestamp>,
    wrong: &mut impl FnMut(&str, String),
) -> Option<eush_domain::Timestamp> {
    let read = at.map(convert::instant);
    if read == Some(None) {
        wrong(field, "an instant of the years 1 to 9999".to_owned());
    }
    read.flatten()
}

/// The filter of calls to agencies at a place of a request.
pub(super) fn call_filter(
    place: &str,
    filter: wire::CallFilter,
    realm: &Realm,
    faults: &mut Faults,
) -> CallFilter {
    let mut wrong = |field: &str, expected: String| faults.push((format!("{place}.{field}"), expected));
    kind(&filter.kind, &[MessageKind::Lookup.name(), MessageKind::Send.name()], &mut wrong);
    CallFilter {
        about: people(&filter.about, realm, &mut wrong),
        since: instant("since", filter.since.as_ref(), &mut wrong),
        agency: asked(filter.agency),
        service_id: asked(filter.service_id),
        sender_id: asked(filter.sender_id),
        application_id: asked(filter.application_id),
        message_id: asked(filter.message_id),
        outcome: asked(filter.outcome),
        decided_by: asked(filter.decided_by),
        kind: asked(filter.kind),
        after: None,
    }
}

/// The filter of a request.
pub(super) fn entry_filter(filter: wire::EntryFilter, realm: &Realm) -> Result<EntryFilter, Status> {
    let mut faults = Faults::new();
    let mut wrong = |field: &str, expected: String| faults.push((format!("filter.{field}"), expected));
    let reasons = reasons(&filter, &mut wrong);
    let people = people(&filter.about, realm, &mut wrong);
    kind(&filter.kind, &MessageKind::ALL.map(MessageKind::name), &mut wrong);
    let since = instant("since", filter.since.as_ref(), &mut wrong);
    let until = instant("until", filter.until.as_ref(), &mut wrong);
    if !faults.is_empty() {
        return Err(rescue::fields(faults));
    }
    Ok(EntryFilter {
        message_id: None,
        message_prefix: asked(filter.message_id_prefix),
        sender_id: asked(filter.sender_id),
        application_id: asked(filter.application_id),
        reasons,
        kind: asked(filter.kind),
        service_id: asked(filter.service_id),
        agency: asked(filter.agency),
        decided_by: asked(filter.decided_by),
        people,
        since,
        until,
        before: None,
    })
}

/// The reasons that a filter by reason and stage means; `None` means all.
fn reasons(filter: &wire::EntryFilter, wrong: &mut impl FnMut(&str, String)) -> Option<Vec<&'static str>> {
    let all = || Rejection::ALL.iter().map(|rejection| rejection.facts());
    let mut found: Option<Vec<&'static str>> = match filter.reason.as_str() {
        "" => None,
        "passed" => Some(vec![""]),
        reason => {
            let known = all().find(|facts| facts.reason == reason).map(|facts| facts.reason);
            if known.is_none() {
                wrong("reason", "a reason of proto/ERRORS.md, or `passed`".to_owned());
            }
            Some(known.into_iter().collect())
        }
    };
    if !filter.stage.is_empty() {
        let of_stage: Vec<_> =
            all().filter(|facts| facts.stage.name() == filter.stage).map(|facts| facts.reason).collect();
        if of_stage.is_empty() {
            let known: std::collections::BTreeSet<_> = all().map(|facts| facts.stage.name()).collect();
            wrong("stage", format!("one of {}", known.into_iter().collect::<Vec<_>>().join(", ")));
        }
        found = Some(match found {
            None => of_stage,
            Some(reasons) => reasons.into_iter().filter(|reason| of_stage.contains(reason)).collect(),
        });
    }
    found
}
