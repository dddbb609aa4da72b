//! Everybody whose number is magic, end to end: each applies as a person does, and exactly the one thing happens.

use std::path::Path;
use std::process::Stdio;

use eush_domain::synthetic::magic::MAGIC;
use serde_json::Value;

use crate::support::{Up, data, eush};

const START: &str = "2026-03-02T09:00:00+05:00";

/// What is demanded of one application.
struct Demand {
    key: &'static str,
    flow: &'static str,
    /// State and reason of the first application.
    first: (&'static str, Option<&'static str>),
}

const fn portal(key: &'static str, state: &'static str, reason: Option<&'static str>) -> Demand {
    Demand { key, flow: "000-A/portal", first: (state, reason) }
}

const fn desk(key: &'static str, state: &'static str, reason: &'static str) -> Demand {
    Demand { key, flow: "000-A/state-corporation", first: (state, Some(reason)) }
}

const fn refused(key: &'static str, reason: &'static str) -> Demand {
    portal(key, "refused", Some(reason))
}

const DEMANDS: &[Demand] = &[
    desk("magic-register-absent", "refused", "PERSON_ABSENT"),
    desk("magic-register-down", "open", "AGENCY_UNAVAILABLE"),
    portal("magic-agency-down", "open", Some("AGENCY_UNAVAILABLE")),
    portal("magic-agency-down-once", "open", Some("AGENCY_UNAVAILABLE")),
    portal("magic-agency-silent", "completed", None),
    portal("magic-agency-nonsense", "open", Some("AGENCY_ANSWER_INVALID")),
    portal("magic-agency-restarts", "open", Some("AGENCY_UNAVAILABLE")),
    portal("magic-delivered-twice", "completed", None),
    portal("magic-answer-lost", "pending", None),
    portal("magic-result-signature-bad", "pending", None),
    portal("magic-provider-refuses", "refused", Some("REASONED_REFUSAL")),
    refused("magic-certificate-on-hold", "CERTIFICATE_ON_HOLD"),
    refused("magic-certificate-revoked", "CERTIFICATE_REVOKED"),
    refused("magic-certificate-expired", "CERTIFICATE_EXPIRED"),
    refused("magic-certificate-not-yet-valid", "CERTIFICATE_NOT_YET_VALID"),
    refused("magic-iin-differs", "IIN_MISMATCH"),
    refused("magic-iin-absent", "IIN_ABSENT"),
    refused("magic-role-missing", "ROLE_NOT_ALLOWED"),
    refused("magic-issuer-unknown", "ISSUER_UNKNOWN"),
];

/// Whether the call of this id has come and is held.
fn is_held(home: &Path, id: &str) -> bool {
    let (_, held) = data(home, &["fault", "held"]);
    held.as_array().unwrap().iter().any(|call| call["id"] == id)
}

/// Applies; an agency that keeps silent is let speak as soon as it is silent.
fn apply(home: &Path, demand: &Demand) -> Value {
    let pending = if demand.key == "magic-result-signature-bad" { "leave" } else { "advance" };
    let args = ["apply", demand.flow, "--as", demand.key, "--pending", pending];
    let child = eush(home).arg("--json").args(args).stdout(Stdio::piped()).spawn().unwrap();
    if demand.key == "magic-agency-silent" {
        while !is_held(home, demand.key) {}
        let (_, released) = data(home, &["fault", "release", demand.key]);
        assert_eq!(released["released"], 1);
    }
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}: {text}", demand.key))
}

/// What a person's own fault did.
fn struck(home: &Path, key: &str) -> Vec<Value> {
    let (_, acts) = data(home, &["fault", "log", "--id", key]);
    acts.as_array().unwrap().clone()
}

#[test]
fn exactly_one_thing_happens_to_each() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("data");
    let config = folder.path().join("eush.toml");
    std::fs::write(&config, format!("[clock]\nstart = \"{START}\"\n")).unwrap();
    let up = Up::start(&home, &["--config", config.to_str().unwrap()]);
    let known: Vec<_> = MAGIC.iter().map(|magic| magic.key).collect();
    let demanded: Vec<_> = DEMANDS.iter().map(|demand| demand.key).collect();
    assert_eq!(demanded, known, "everybody is demanded of");
    for demand in DEMANDS {
        let came = apply(&home, demand);
        let found = (came["state"].as_str().unwrap(), came["reason"].as_str());
        assert_eq!(found, demand.first, "{}: {came}", demand.key);
        let application = came["application_id"].as_str().unwrap_or_default();
        let (_, entries) = data(&home, &["journal", "--application", application, "--limit", "100"]);
        let refusals =
            entries["entries"].as_array().unwrap().iter().filter(|entry| !entry["reason"].is_null());
        let expected = usize::from(demand.first.1.is_some());
        assert_eq!(refusals.count(), expected, "{}: {entries}", demand.key);
        let fault = struck(&home, demand.key);
        let by_fault = MAGIC.iter().any(|magic| {
            magic.key == demand.key
                && matches!(magic.effect, eush_domain::synthetic::magic::Effect::Fault { .. })
        });
        let expected = by_fault && demand.key != "magic-result-signature-bad";
        assert_eq!(!fault.is_empty(), expected, "{}: {fault:?}", demand.key);
    }
    // Everybody else is left alone.
    let (status, came) = data(&home, &["apply", "000-A/portal", "--as", "aigerim"]);
    assert!(status.success(), "{came}");
    // Her result came; the one with the broken signature did not, although its term has long passed.
    let acts = struck(&home, "magic-result-signature-bad");
    assert!(!acts.is_empty() && acts.iter().all(|act| act["knob"] == "bad-result-signature"), "{acts:?}");
    assert!(up.interrupt().success());
}

#[test]
fn they_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    let (status, people) = data(folder.path(), &["people", "--magic"]);
    assert!(status.success());
    let keys: Vec<_> =
        people.as_array().unwrap().iter().map(|person| person["key"].as_str().unwrap()).collect();
    assert_eq!(keys, MAGIC.iter().map(|magic| magic.key).collect::<Vec<_>>());
    let (_, other) = data(folder.path(), &["people", "--magic", "--seed", "77"]);
    let numbers = |people: &Value| -> Vec<String> {
        people.as_array().unwrap().iter().map(|person| person["iin"].to_string()).collect()
    };
    assert_eq!(numbers(&people), numbers(&other), "numbers do not depend on the seed");
    let (_, ready) = data(folder.path(), &["people"]);
    let ready = ready.as_array().unwrap().iter().map(|person| person["key"].as_str().unwrap());
    assert!(ready.into_iter().all(|key| !key.starts_with("magic-")));
}
