//! The embedded data load, and what stands in them can be found.

use eush_domain::synthetic::numbers::Scheme;
use eush_domain::synthetic::population::Population;
use eush_domain::{FlowId, ServiceId};

use crate::{Catalogue, FILES, Medium, OnFailure, Operation, Signer, catalogue};

#[test]
fn embedded_data_load() {
    if let Err(error) = Catalogue::load(FILES) {
        panic!("{error}");
    }
}

#[test]
fn flows_resolve_by_short_form_and_in_full() {
    let id = catalogue().resolve("000-a/sc").unwrap();
    assert_eq!(id, FlowId::parse("astana/unemployed-certificate/state-corporation").unwrap());
    let flow = catalogue().flow(&id).unwrap();
    assert_eq!(flow.medium, Medium::Gateway);
    assert_eq!(catalogue().resolve("000-A/akim").and_then(|id| catalogue().flow(&id).map(|_| ())), None);
    assert_eq!(catalogue().resolve("000-Z/portal"), None);
}

#[test]
fn the_agency_of_a_service_is_the_one_that_flows_dispatch_to() {
    for resolved in catalogue().flows() {
        for item in &resolved.flow.items {
            if let Operation::Dispatch { agency, service } = &item.operation {
                assert_eq!(catalogue().service(service), Some(agency));
                assert_eq!(item.to.first().map(|system| system.as_str()), Some(agency.as_str()));
            }
        }
    }
    assert_eq!(catalogue().service(&ServiceId::parse("NOBODY_Service").unwrap()), None);
}

/// The table of the acts: services, and the services whose flows cross the gateway, by channel.
#[test]
fn totals_are_those_of_the_acts() {
    let gateway = |act: &str, channel: &str| -> Vec<u16> {
        catalogue()
            .flows()
            .filter(|found| found.regulation.source.act == act && found.flow.medium == Medium::Gateway)
            .filter(|found| found.flow.id.channel.name() == channel)
            .map(|found| found.regulation.service_number)
            .collect()
    };
    let corporation = "state-corporation";
    assert_eq!(gateway("000", corporation), [1, 2]);
    assert_eq!(gateway("000", "portal"), [1, 2]);
    assert_eq!(gateway("001", corporation), [1, 2, 6, 8, 9, 17, 19]);
    assert_eq!(gateway("001", "portal"), [2, 3, 4, 5, 7]);
    assert_eq!(gateway("002", "portal"), [1, 2]);
    assert_eq!(gateway("003", "portal"), [1, 3, 13, 14, 17, 18, 20]);
    for (act, services) in [("000", 2), ("001", 19), ("002", 2), ("003", 20), ("004", 5)] {
        let numbers: Vec<u16> = catalogue()
            .regulations()
            .iter()
            .filter(|regulation| regulation.source.act == act)
            .map(|regulation| regulation.service_number)
            .collect();
        assert_eq!(numbers, (1..=services).collect::<Vec<u16>>(), "act {act}");
    }
    let all = catalogue().flows().filter(|found| found.flow.medium == Medium::Gateway).count();
    assert_eq!(all, 25);
    assert!(gateway("004", "portal").is_empty());
}

#[test]
fn irregularities_are_kept() {
    let flow = |text: &str| catalogue().flow(&catalogue().resolve(text).unwrap()).unwrap();
    let numbers = |text: &str| -> Vec<Option<&str>> {
        flow(text).items.iter().map(|item| item.number.as_deref()).collect()
    };
    // Item 8) does not exist.
    let listed = numbers("000-A/sc");
    assert!(listed.contains(&Some("7)")) && listed.contains(&Some("9)")) && !listed.contains(&Some("8)")));
    // Item 11) has no label and is the provider's work.
    let eleventh =
        flow("002-A/portal").items.iter().find(|item| item.number.as_deref() == Some("11)")).unwrap();
    assert_eq!((eleventh.label.as_deref(), &eleventh.operation), (None, &Operation::Provide));
    // What follows a failed 3-шарт is not said by act 003.
    let third =
        flow("003-S01/portal").items.iter().find(|item| item.label.as_deref() == Some("3-шарт")).unwrap();
    assert_eq!(third.on_failure, OnFailure::Undefined);
    // The portal of act 001 does not check the period; the State corporation does.
    let checks = |text: &str| {
        let item = flow(text).items.iter().find(|item| item.operation == Operation::CheckCertificate);
        item.unwrap().checks.clone()
    };
    use crate::Check::{Revocation, Subject, Validity};
    assert_eq!(checks("001-S02/portal"), [Subject, Revocation]);
    assert_eq!(checks("001-S02/sc"), [Subject, Validity, Revocation]);
    assert_eq!(checks("000-A/portal"), [Validity, Revocation, Subject]);
}

#[test]
fn who_signs_fits_the_channel() {
    for found in catalogue().flows().filter(|found| found.flow.medium == Medium::Gateway) {
        let signer = match found.flow.id.channel.name() {
            "portal" => Signer::Applicant,
            _ => Signer::Operator,
        };
        assert_eq!(found.flow.signer, signer, "{}", found.flow.id);
        assert!(!found.flow.signer_roles.is_empty(), "{}", found.flow.id);
    }
}

#[test]
fn procedures_are_found_for_channel_and_kind() {
    let regulation = |alias: &str| catalogue().regulation(alias).unwrap();
    let portal = eush_domain::Channel::Portal;
    let permit = regulation("001-S05");
    // Two stages and the wait for the fee.
    let issue = permit.steps(portal, Some("issue"));
    assert_eq!(issue.iter().map(|step| step.stage).max(), Some(Some(2)));
    let waits: Vec<_> = issue.iter().filter(|step| step.kind == crate::StepKind::Wait).collect();
    assert_eq!(waits.len(), 1);
    assert_eq!(waits[0].duration.unwrap().to_string(), "10wd");
    assert_eq!(permit.variants.len(), 6);
    assert_eq!(permit.steps(portal, Some("transfer-issue")).len(), 5);
    // No kind, or one that does not exist: the first.
    assert_eq!(permit.steps(portal, None).len(), issue.len());
    assert_eq!(permit.steps(portal, Some("nothing")).len(), issue.len());
    assert_eq!(regulation("000-A").steps(portal, None).len(), 5);
}

#[test]
fn every_service_has_a_procedure_and_a_result() {
    for regulation in catalogue().regulations() {
        let channel = regulation.channels[0].id.channel;
        assert!(!regulation.steps(channel, None).is_empty(), "{}", regulation.id);
        assert!(!regulation.results.is_empty(), "{}", regulation.id);
    }
}

#[test]
fn every_provider_has_an_organization_in_the_population() {
    let population = Population::new(1, Scheme::default());
    for regulation in catalogue().regulations() {
        let key = &regulation.provider.organization;
        assert!(population.organization(key).is_some(), "{}: {key}", regulation.id);
    }
}

#[test]
fn a_name_means_what_its_regulation_prints_it_for() {
    let catalogue = catalogue();
    let means = |regulation: &str, printed: &str| {
        let regulation = catalogue.regulation(regulation).unwrap();
        catalogue.system_as_printed(regulation, printed).map(|system| system.code.as_str())
    };
    // One abbreviation for both gateways, in three services of act 001 and nowhere else.
    assert_eq!(means("001-S01", "ЭҮӨШ"), Some("gateway"));
    assert_eq!(means("001-S02", "ЭҮӨШ"), Some("regional-gateway"));
    assert_eq!(means("001-S07", "ЭҰШ"), Some("gateway"));
    for printed in ["ШЖҚ", "ЖШК", "\"ШЖК\" АЖ", "\"ЖШК\" АЖ"] {
        assert_eq!(means("001-S05", printed), Some("shzhk"), "{printed}");
    }
    assert_eq!(means("001-S05", "\"Е-лицензиялау МДҚ\" АЖ"), Some("elicense"));
    assert_eq!(means("001-S05", "МДБ"), None, "a data fund is no data base");
}
