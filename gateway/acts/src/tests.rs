//! The embedded data load, and what stands in them can be found.

use eush_domain::{FlowId, ServiceId};

use crate::{Catalogue, FILES, Medium, Operation, catalogue};

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
