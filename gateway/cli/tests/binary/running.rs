//! A running bus: apply, look, revoke, move the clock, kill, start again.

use crate::support::{Up, data, run};

/// A frozen Monday, so that terms fall where the test says.
const START: &str = "2026-03-02T09:00:00+05:00";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("eush.toml"), format!("[clock]\nstart = \"{START}\"\n")).unwrap();
    folder
}

fn start(folder: &tempfile::TempDir) -> Up {
    let config = folder.path().join("eush.toml");
    Up::start(&folder.path().join("data"), &["--config", config.to_str().unwrap()])
}

#[test]
fn a_person_applies_is_refused_and_the_journal_says_why() {
    let folder = folder();
    let home = folder.path().join("data");
    let up = start(&folder);

    let (status, applied) = data(&home, &["apply", "000-A/portal", "--as", "aigerim"]);
    assert!(status.success(), "{applied}");
    assert_eq!(applied["state"], "completed");
    assert_eq!(applied["result"]["kind"], "unemployed-certificate");
    let message = applied["message_id"].as_str().unwrap();
    let (_, entry) = data(&home, &["journal", message]);
    assert_eq!(entry["reason"], serde_json::Value::Null);
    let stages: Vec<_> =
        entry["checks"].as_array().unwrap().iter().map(|check| check["stage"].as_str().unwrap()).collect();
    for stage in ["signature", "chain", "validity", "revocation", "subject", "role"] {
        assert!(stages.contains(&stage), "{stages:?}");
    }

    let (_, held) = data(&home, &["cert", "hold", "aigerim"]);
    assert_eq!(held["state"], "on-hold");
    let (status, refused) = data(&home, &["apply", "000-A/portal", "--as", "aigerim"]);
    assert_eq!(status.code(), Some(1));
    assert_eq!(refused["reason"], "CERTIFICATE_ON_HOLD");
    assert_eq!(refused["state"], "refused");
    assert_eq!(refused["texts"].as_object().unwrap().len(), 3);
    let (_, listed) = data(&home, &["journal", "--reason", "CERTIFICATE_ON_HOLD"]);
    assert_eq!(listed["entries"].as_array().unwrap().len(), 1);
    assert_eq!(listed["entries"][0]["agency_calls"], serde_json::json!([]));

    let (_, released) = data(&home, &["cert", "release", "aigerim"]);
    assert_eq!(released["state"], "good");
    let (status, _) = data(&home, &["apply", "000-A/portal", "--as", "aigerim"]);
    assert!(status.success());

    let health = run(&home, &["health", "enbek"]);
    assert_eq!(health.status.code(), Some(0));
    assert!(up.interrupt().success());
    assert_eq!(run(&home, &["clock"]).status.code(), Some(3));
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let folder = folder();
    let home = folder.path().join("data");
    let up = start(&folder);
    let (status, applied) =
        data(&home, &["apply", "000-B/state-corporation", "--as", "bolat", "--pending", "leave"]);
    assert!(status.success(), "{applied}");
    assert_eq!(applied["state"], "pending");
    let application = applied["application_id"].as_str().unwrap().to_owned();
    up.kill();

    let up = start(&folder);
    let (_, clock) = data(&home, &["clock"]);
    assert_eq!(clock["running"], false);
    // Nine working days and fifteen minutes: Monday 2 March passes 8 and 9 March, both free.
    let (status, advanced) = data(&home, &["clock", "advance", "9wd15min"]);
    assert!(status.success(), "{advanced}");
    assert!(advanced["terms_fired"].as_u64().unwrap() > 0);
    let (_, entries) = data(&home, &["journal", "--application", &application]);
    let kinds: Vec<_> =
        entries["entries"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"complete"), "{kinds:?}");
    assert!(up.interrupt().success());
}

#[test]
fn the_same_message_id_gets_the_same_answer_and_other_content_is_refused() {
    let folder = folder();
    let home = folder.path().join("data");
    let _up = start(&folder);
    let apply = |person: &str| {
        data(
            &home,
            &["apply", "001-S02/portal", "--as", person, "--message-id", "twice", "--pending", "leave"],
        )
    };
    let (status, first) = apply("bolat");
    assert!(status.success(), "{first}");
    // Another visit signs another document at the same frozen instant: other content under the same id.
    let (status, second) = apply("bolat");
    assert_eq!(
        (status.code(), &second["reason"]),
        (Some(1), &serde_json::json!("MESSAGE_ID_REUSED")),
        "{second}"
    );
}

#[test]
fn a_second_start_keeps_keys_people_and_time() {
    let folder = folder();
    let home = folder.path().join("data");
    let up = start(&folder);
    let (_, before) = data(&home, &["cert", "list"]);
    let (_, clock_before) = data(&home, &["clock", "advance", "2h"]);
    assert!(up.interrupt().success());
    let _up = start(&folder);
    let (_, after) = data(&home, &["cert", "list"]);
    let (_, clock_after) = data(&home, &["clock"]);
    assert_eq!(before, after);
    assert_eq!(clock_before["now"], clock_after["now"]);
}

#[test]
fn an_exported_key_comes_with_its_chain() {
    let folder = folder();
    let home = folder.path().join("data");
    let _up = start(&folder);
    let out = folder.path().join("keys");
    let (status, written) = data(&home, &["cert", "export", "aigerim", "--out", out.to_str().unwrap()]);
    assert!(status.success(), "{written}");
    for name in ["aigerim.p12", "aigerim.key.pem", "aigerim.chain.pem"] {
        assert!(std::fs::metadata(out.join(name)).unwrap().len() > 0, "{name}");
    }
    let chain = std::fs::read_to_string(out.join("aigerim.chain.pem")).unwrap();
    assert_eq!(chain.matches("BEGIN CERTIFICATE").count(), 3);
}
