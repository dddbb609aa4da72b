//! What the test authority publishes, spoiled by command: the bus, and whoever else reads it, sees its own check fail.

use serde_json::{Value, json};

use crate::support::{Up, data, run};

fn names(rows: &Value, key: &str) -> Vec<String> {
    rows.as_array().unwrap().iter().map(|row| row[key].as_str().unwrap().to_owned()).collect()
}

#[test]
fn faults_are_set_met_listed_and_ended_by_command() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("eush.toml");
    let text = "[clock]\nstart = \"2026-03-02T09:00:00+05:00\"\n[revocation]\nsource = \"ocsp\"\n";
    std::fs::write(&config, text).unwrap();
    let home = folder.path().join("data");
    let _up = Up::start(&home, &["--config", config.to_str().unwrap()]);
    let code = |args: &[&str]| {
        let (status, value) = data(&home, args);
        (status.code().unwrap(), value)
    };

    let (status, catalogue) = code(&["cert", "defects"]);
    assert_eq!(status, 0);
    let known = names(&catalogue, "name");
    for name in ["expired", "broken-issuer-signature", "try-later", "wrong-base", "html", "never-issued"] {
        assert!(known.iter().any(|one| one == name), "{name}: {known:?}");
    }

    let apply = ["apply", "000-A/portal", "--as", "aigerim"];
    assert_eq!(code(&apply).0, 0);
    let (status, set) = code(&["cert", "fault", "set", "wrong-responder"]);
    assert_eq!((status, names(&set, "fault").len()), (0, 2), "both hierarchies: {set}");
    let (status, refused) = code(&apply);
    assert_eq!(status, 1);
    assert!(refused.to_string().contains("REVOCATION_UNTRUSTED"), "{refused}");
    let (_, listed) = code(&["cert", "fault", "list"]);
    assert!(listed.as_array().unwrap().iter().any(|row| row["served"].as_u64() > Some(0)), "{listed}");
    assert_eq!(code(&["cert", "fault", "reset", "--at", "ocsp"]), (0, json!({ "reset": 2 })));
    assert_eq!(code(&apply).0, 0);

    assert_eq!(code(&["cert", "publish"]).1["published"], 6);
    let (status, lists) = code(&["cert", "lists"]);
    assert_eq!((status, lists.as_array().unwrap().len()), (0, 6), "{lists}");
    code(&["cert", "fault", "set", "html", "--at", "root-list", "--algorithm", "gost"]);
    let (status, lists) = code(&["cert", "lists"]);
    let failed: Vec<_> = lists.as_array().unwrap().iter().filter(|row| row["error"] != "").collect();
    assert_eq!((status, failed.len()), (1, 1), "{lists}");
    assert_ne!(failed[0]["number"], "", "the last good list is kept");
    assert_eq!(code(&["cert", "fault", "reset"]), (0, json!({ "reset": 1 })));

    let wrong = |args: &[&str], says: &[&str]| {
        let output = run(&home, args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        for word in says {
            assert!(said.contains(word), "{args:?} says `{said}`, which lacks `{word}`");
        }
    };
    wrong(&["cert", "fault", "set", "smudged"], &["smudged", "try-later", "html"]);
    wrong(&["cert", "fault", "set", "expired"], &["expired", "try-later"]);
    wrong(&["cert", "fault", "set", "html"], &["--at", "root-list"]);
    wrong(&["cert", "fault", "set", "html", "--at", "ocsp"], &["html", "delta-list"]);
    wrong(&["cert", "fault", "set", "html", "--at", "moon"], &["moon", "root-list"]);
    wrong(&["cert", "publish", "--at", "ocsp"], &["responder"]);
    wrong(&["cert", "fault"], &["set"]);
}

#[test]
fn keys_are_exported_in_the_form_of_the_national_authority_too() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("data");
    let _up = Up::start(&home, &[]);
    let out = folder.path().join("keys").display().to_string();
    let (status, exported) = data(&home, &["cert", "export", "aigerim", "--out", &out]);
    assert!(status.success());
    let files = exported["files"].as_array().unwrap();
    assert_eq!(files.len(), 4, "{exported}");
    let store = files.iter().find(|file| file.as_str().unwrap().ends_with(".nca.p12")).unwrap();
    let password = exported["pkcs12_password"].as_str().unwrap();
    let shown = ["cert", "inspect", store.as_str().unwrap(), "--password", password];
    let (status, shown) = data(&home, &shown);
    assert!(status.success(), "{shown}");
    assert_eq!(shown.as_array().unwrap().len(), 1);
}
