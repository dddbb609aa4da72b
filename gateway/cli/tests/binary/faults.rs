//! `eush fault` as a person uses it: make a fault, meet it, see it told, take it away.

use serde_json::json;

use crate::support::{Up, data, run};

const RETRY: &str = r#"{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"3s"}"#;

#[test]
fn a_fault_is_made_met_told_and_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("data");
    let config = folder.path().join("eush.toml");
    std::fs::write(&config, "[clock]\nstart = \"2026-03-02T09:00:00+05:00\"\n").unwrap();
    let up = Up::start(&home, &["--config", config.to_str().unwrap(), "--knob", "status=0"]);
    let args = [
        "fault", "add", "status", "--id", "down", "--agency", "enbek", "--when", "first:1", "--detail", RETRY,
    ];
    assert_eq!(data(&home, &args).1, json!({ "id": "down" }));

    let (status, refused) = data(&home, &["apply", "000-A/portal", "--as", "aigerim"]);
    assert_eq!((status.code(), &refused["reason"]), (Some(1), &json!("AGENCY_UNAVAILABLE")), "{refused}");
    let message = refused["message_id"].as_str().unwrap();
    let (_, entry) = data(&home, &["journal", message]);
    let told =
        json!([{ "rule": "down", "knob": "status", "place": "agency", "parameters": ["code=UNAVAILABLE"] }]);
    assert_eq!(entry["nastiness"], told);
    let text = run(&home, &["journal", message]);
    assert!(String::from_utf8_lossy(&text.stdout).contains("down (status at agency)"));
    let (_, log) = data(&home, &["fault", "log", "--message", message]);
    assert_eq!((log.as_array().unwrap().len(), &log[0]["id"]), (1, &json!("down")));

    // The second call and all others go well.
    let (status, applied) = data(&home, &["apply", "000-A/portal", "--as", "aigerim"]);
    assert!(status.success(), "{applied}");
    let (_, listed) = data(&home, &["fault", "list"]);
    let down = listed.as_array().unwrap().iter().find(|fault| fault["id"] == "down").unwrap();
    assert_eq!((&down["decided"], &down["scope"]), (&json!(1), &json!(["agency=enbek"])));
    assert!(down["met"].as_u64().unwrap() > 1, "{down}");
    assert_eq!(down["details"], json!(["type.googleapis.com/google.rpc.RetryInfo"]));
    assert_eq!(data(&home, &["fault", "remove", "down"]).1, json!({ "id": "down", "released": 0 }));
    assert_eq!(run(&home, &["fault", "remove", "down"]).status.code(), Some(1));

    let (_, profile) = data(&home, &["fault", "profile"]);
    assert_eq!(profile, json!({ "profile": "calm", "knobs": { "status": "0" } }));
    let (_, profile) = data(&home, &["fault", "profile", "realistic", "--knob", "hold=0.5"]);
    assert_eq!(profile, json!({ "profile": "realistic", "knobs": { "hold": "0.5" } }));
    assert_eq!(data(&home, &["fault", "reset"]).1["removed"], 0);
    let (_, knob) = data(&home, &["fault", "knobs", "latency"]);
    assert_eq!((knob.as_array().unwrap().len(), &knob[0]["name"]), (1, &json!("latency")));

    for (args, says) in [
        (&["fault", "add", "frobnicate"][..], "agency-restart"),
        (&["fault", "add", "hold", "--when", "often"], "always"),
        (&["fault", "add", "hold", "--person", "nobody"], "nobody"),
        (&["fault", "add", "status", "--detail", "{}"], "@type"),
        (&["fault", "knobs", "frobnicate"], "latency"),
        (&["fault", "profile", "rude"], "hostile"),
    ] {
        let output = run(&home, args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && said.contains(says),
            "{args:?} says `{said}`, which lacks `{says}`"
        );
    }
    assert!(up.interrupt().success());
}
