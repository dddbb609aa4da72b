//! People of a bus's own, by the binary alone.

use serde_json::json;

use crate::support::{Up, data, run};

#[test]
fn somebody_is_added_to_a_session_signs_there_and_outlives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("bus");
    let up = Up::start(&dir, &[]);
    for key in ["mine", "other"] {
        assert!(run(&dir, &["session", "create", key]).status.success());
    }
    let said = folder.path().join("dana.yaml");
    std::fs::write(&said, "unemployment: {number: ENB-77777, centre: astana-employment-centre}\n").unwrap();
    let add = [
        "--session",
        "mine",
        "people",
        "add",
        "dana",
        "--sex",
        "female",
        "--born",
        "1991-04-03",
        "--name",
        "Әлімова Дана Серікқызы",
        "--spouse",
        "bolat",
        "--power",
        "2026-1:daniyar",
        "--from",
        said.to_str().unwrap(),
    ];
    let (status, dana) = data(&dir, &add);
    assert!(status.success(), "{dana}");
    assert_eq!((&dana["origin"], &dana["birth_date"]), (&json!("added"), &json!("1991-04-03")));
    assert_eq!(dana["registers"], json!(["persons", "portal-accounts", "unemployed"]));
    assert_eq!(dana["unemployment"]["number"], "ENB-77777");
    assert_eq!(dana["powers"][0]["representative"], "daniyar");
    // She signs with a certificate of her own, and the labour market system knows her; elsewhere nobody does.
    let apply = ["apply", "000-A/portal", "--as", "dana", "--message-id", "m-1"];
    let here: Vec<_> = ["--session", "mine"].into_iter().chain(apply).collect();
    let (status, applied) = data(&dir, &here);
    assert!(status.success(), "{applied}");
    let keys = folder.path().join("keys").display().to_string();
    let issue = ["--session", "mine", "cert", "issue", "--as", "dana", "--label", "second", "--out", &keys];
    let (status, issued) = data(&dir, &issue);
    assert!(status.success(), "{issued}");
    let nobody = run(&dir, &apply);
    assert_eq!(nobody.status.code(), Some(2), "{}", String::from_utf8_lossy(&nobody.stderr));
    let (_, listed) = data(&dir, &["--session", "other", "people", "list"]);
    assert_eq!(listed, json!([]));
    let living = run(&dir, &["--session", "mine", "people", "add", "aru", "--iin", "not-a-number"]);
    assert_eq!(living.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&living.stderr).contains("12 digits"));

    up.kill();
    let _up = Up::start(&dir, &[]);
    let (_, again) = data(&dir, &["--session", "mine", "people", "show", "dana"]);
    assert_eq!(again, dana, "a kill takes nothing of it");
    let (status, gone) = data(
        &dir,
        &["--session", "mine", "people", "change", "dana", "--not-in", "unemployed", "--spouse", "none"],
    );
    assert!(status.success(), "{gone}");
    assert_eq!((&gone["unemployment"], &gone["spouse"]), (&json!(null), &json!("")));
    let refused = ["--session", "mine", "apply", "000-A/portal", "--as", "dana"];
    let (status, refused) = data(&dir, &refused);
    assert_eq!((status.code(), &refused["reason"]), (Some(1), &json!("GROUNDS_NOT_MET")), "{refused}");
    // The journal pages through what happened, the token in the data.
    let (_, page) = data(&dir, &["--session", "mine", "journal", "--limit", "1"]);
    let token = page["next_page_token"].as_str().unwrap();
    let (_, next) = data(&dir, &["--session", "mine", "journal", "--limit", "1", "--page", token]);
    assert_ne!(page["entries"][0]["message_id"], next["entries"][0]["message_id"], "{next}");
    let (_, all) = data(&dir, &["--session", "mine", "journal", "--limit", "1000"]);
    assert_eq!(all["next_page_token"], json!(null));
    assert!(run(&dir, &["--session", "mine", "people", "remove", "dana"]).status.success());
    assert_eq!(run(&dir, &["--session", "mine", "people", "show", "dana"]).status.code(), Some(1));
}
