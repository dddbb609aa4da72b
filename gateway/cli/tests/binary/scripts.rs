//! Scripts, verification, explanation, recording and the journal's search, by the binary alone.

use serde_json::json;

use crate::support::{Up, data, run};

const FILE: &str = "\
unmatched: pass-on
people: {she: aigerim}
scripts:
- id: unknown-to-the-register
  name: The register of persons does not know her
  when: {agency: gbdfl, about: she}
  answers:
  - {times: 1, absent: {}}
  - {pass_on: {}}
- id: never
  when: {agency: zhao, form.family.size: {at_least: 3}}
  answer: {refused: {reason: grounds-not-met}}
";

#[test]
fn scripts_are_added_answer_and_are_verified_and_explained() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scripts.yaml");
    std::fs::write(&file, FILE).unwrap();
    let file = file.to_str().unwrap();
    let dir = folder.path().join("bus");
    let _up = Up::start(&dir, &[]);
    let (status, checked) = data(&dir, &["script", "add", file, "--check"]);
    assert!(status.success() && checked["added"] == false);
    let (status, added) = data(&dir, &["script", "add", file]);
    assert!(status.success());
    assert_eq!(added["ids"], json!(["unknown-to-the-register", "never"]));

    // The State corporation's system looks her up before anything is signed.
    let (status, applied) = data(&dir, &["apply", "000-A/state-corporation", "--as", "aigerim"]);
    assert_eq!((status.code(), applied["state"].as_str()), (Some(1), Some("refused")), "{applied}");
    let (_, listed) = data(&dir, &["script", "list"]);
    let states = listed["scripts"].as_array().unwrap();
    let state = |id: &str| states.iter().find(|state| state["script"]["id"] == id).unwrap();
    assert_eq!(state("unknown-to-the-register")["matched"], 1);
    assert_eq!(state("never")["matched"], 0);
    assert_eq!(state("never")["script"]["when"]["form.family.size"]["at_least"], 3);

    let verify = |args: &[&str]| {
        let (status, answer) = data(&dir, &[&["verify"], args].concat());
        (status.code().unwrap(), answer)
    };
    assert_eq!(verify(&["gbdfl", "--about", "aigerim", "--times", "1"]).0, 0);
    assert_eq!(verify(&["gbdfl", "--decided-by", "script"]).0, 0);
    assert_eq!(verify(&["enbek", "--never"]).0, 0);
    let (code, answer) = verify(&["gbdfl", "--about", "bolat"]);
    assert_eq!((code, answer["found"].as_u64()), (1, Some(0)));
    assert_eq!(answer["instead"][0]["about"], "aigerim");
    assert_eq!(answer["instead"][0]["decided_by"], "script/unknown-to-the-register");
    assert_eq!(verify(&["--in-order", "gbdfl@aigerim"]).0, 0);
    assert_eq!(verify(&["--in-order", "gbdfl@aigerim", "enbek"]).0, 1);

    let lookup = answer["instead"][0]["message_id"].as_str().unwrap().to_owned();
    let (status, explained) = data(&dir, &["explain", &lookup]);
    assert!(status.success());
    let gbdfl = explained["calls"].as_array().unwrap().iter().find(|call| call["agency"] == "gbdfl").unwrap();
    assert_eq!(gbdfl["decided_by"], "script/unknown-to-the-register");
    assert_eq!(gbdfl["tried"][0]["verdict"], "answered");
    assert_eq!(gbdfl["tried"][1]["verdict"], "differs");

    let (_, found) =
        data(&dir, &["journal", "--about", "aigerim", "--kind", "lookup", "--decided-by", "script"]);
    assert_eq!(found["entries"].as_array().unwrap().len(), 1);
    let (_, none) = data(&dir, &["journal", "--about", "bolat"]);
    assert_eq!(none, json!({ "entries": [], "next_page_token": null }));
    let (_, removed) = data(&dir, &["script", "reset"]);
    assert_eq!(removed["removed"], 2);
}

#[test]
fn a_recording_goes_to_a_file_and_comes_back_as_a_replay() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("recorded.yaml");
    let out = out.to_str().unwrap();
    let dir = folder.path().join("bus");
    let _up = Up::start(&dir, &[]);
    assert!(data(&dir, &["record", "start", "r", "--agency", "gbdfl"]).0.success());
    let (_, first) =
        data(&dir, &["apply", "000-A/state-corporation", "--as", "aigerim", "--pending", "leave"]);
    assert_eq!(first["state"], "pending", "{first}");
    let (_, stopped) = data(&dir, &["record", "stop", "r"]);
    assert_eq!((stopped[0]["exchanges"].as_u64(), stopped[0]["redaction"].as_str()), (Some(1), Some("full")));
    assert!(run(&dir, &["record", "export", "r", "--out", out]).status.success());
    let text = std::fs::read_to_string(out).unwrap();
    assert!(text.contains("about: aigerim") && text.contains("HIDDEN"), "{text}");
    let (_, people) = data(&dir, &["people"]);
    let aigerim = people.as_array().unwrap().iter().find(|person| person["key"] == "aigerim").unwrap();
    assert!(!text.contains(aigerim["iin"].as_str().unwrap()), "{text}");

    let (status, started) = data(&dir, &["replay", "start", "--file", out, "--id", "again"]);
    assert!(status.success() && started[0]["answers"] == 1, "{started}");
    let (_, second) =
        data(&dir, &["apply", "000-A/state-corporation", "--as", "aigerim", "--pending", "leave"]);
    assert_eq!(second["state"], "pending", "{second}");
    assert_eq!(
        data(&dir, &["verify", "gbdfl", "--decided-by", "replay/again", "--times", "1"]).0.code(),
        Some(0)
    );
    let (_, stopped) = data(&dir, &["replay", "stop", "again"]);
    assert_eq!(stopped[0]["matched"], 1);
}

#[test]
fn wrong_use_of_scripts_is_told_with_status_2() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scripts.yaml");
    let dir = folder.path().join("bus");
    let _up = Up::start(&dir, &[]);
    let check = |text: &str, says: &[&str]| {
        std::fs::write(&file, text).unwrap();
        let output = run(&dir, &["script", "add", file.to_str().unwrap()]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        for word in says {
            assert!(said.contains(word), "`{said}` lacks `{word}`");
        }
    };
    check("scripts:\n- id: a\n  anser: {absent: {}}\n", &["scripts.yaml:3", "did you mean `answer`?"]);
    check(
        "scripts: [{id: a, when: {'form.famly.size': 3, agency: zhao, about: nobody}, answer: {accepted: {}}}]",
        &["scripts[0].when.form.famly.size", "did you mean `family`?", "scripts[0].when.about"],
    );
    for (args, says) in [
        (&["script", "add", "/no/such/file"][..], "/no/such/file"),
        (&["journal", "--stage", "heart"], "filter.stage"),
        (&["verify", "--about", "nobody"], "calls.about"),
        (&["replay", "start", "r", "--person", "somebody"], "NAME=PERSON"),
        (&["record", "start", "r", "--agency", "nobody"], "agencies[0]"),
        (&["journal", "--since", "yesterday"], "--since"),
    ] {
        let output = run(&dir, args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(says), "{args:?} says `{said}`");
    }
    for args in [
        &["explain", "no-such-message"][..],
        &["script", "remove", "nothing"],
        &["record", "stop", "nothing"],
    ] {
        assert_eq!(run(&dir, args).status.code(), Some(1), "{args:?}");
    }
}

#[test]
fn the_schema_needs_no_bus() {
    let folder = tempfile::tempdir().unwrap();
    let (status, schema) = data(folder.path(), &["script", "schema"]);
    assert!(status.success());
    assert_eq!(schema["title"], "Scripted answers of eush");
}
