//! The words of the JSON.

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
            assert!(words(&["portal", "state-corporation", "provider", "psc", "akim"], &channel["channel"]));
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
