//! Wrong use of everything: the right exit status, and a word that helps.

use std::net::TcpListener;

use crate::support::{Up, eush, run};

#[track_caller]
fn check(args: &[&str], code: i32, says: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), args);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    for word in says {
        assert!(said.contains(word), "{args:?} says `{said}`, which lacks `{word}`");
    }
}

#[test]
fn wrong_use_is_told_with_status_2() {
    check(&["frobnicate"], 2, &["frobnicate"]);
    check(&["demo", "--only", "no such case"], 2, &["the cases are", "tampered document"]);
    check(&["up", "--agency", "zhao"], 2, &["CODE=HOST:PORT"]);
    check(&["up", "--agency", "nobody=127.0.0.1:1"], 2, &["nobody", "gbdfl"]);
    check(&["agency", "nobody", "--secret", "x"], 2, &["nobody", "esobes"]);
    check(&["front", "window", "--secret", "x"], 2, &["window", "portal"]);
    check(&["certificates", "--listen", "0.0.0.0:0"], 2, &["--insecure-bind"]);
    check(&["up", "--nastiness", "rude"], 2, &["rude", "calm, realistic, hostile"]);
    check(&["up", "--knob", "latency"], 2, &["KNOB=PERCENT", "latency=12.5"]);
    check(&["people", "--magic", "--all"], 2, &["--all"]);
    check(&["--log", "[", "people"], 2, &["log filter"]);
    check(&["--session", "No such", "journal"], 2, &["session key", "a-z 0-9 -"]);
    check(&["session", "reset", "mine", "--only", "everything"], 2, &["everything", "revocations"]);
}

#[test]
fn wrong_use_is_told_before_a_bus_is_looked_for() {
    // Nothing runs over this folder: what is wrong by itself is told all the same, and not that nothing runs.
    check(&["fault", "add", "frobnicate"], 2, &["frobnicate", "agency-restart"]);
    check(&["fault", "add", "latency", "--set", "speed=1"], 2, &["speed"]);
    check(&["fault", "add", "hold", "--when", "often"], 2, &["often", "always"]);
    check(&["fault", "add", "hold", "--place", "moon"], 2, &["moon", "gateway"]);
    check(&["fault", "add", "hold", "--agency", "No such"], 2, &["--agency"]);
    check(&["fault", "knobs", "frobnicate"], 2, &["frobnicate", "latency"]);
    check(&["fault", "profile", "rude"], 2, &["rude", "hostile"]);
    check(&["fault", "profile", "--knob", "latency"], 2, &["KNOB=PERCENT"]);
    check(&["script", "add", "no-such-file.yaml"], 2, &["no-such-file.yaml"]);
    check(&["replay", "start", "--file", "no-such-file.yaml"], 2, &["no-such-file.yaml"]);
    check(&["session", "create", "BAD_KEY"], 2, &["BAD_KEY", "a-z 0-9 -"]);
    check(&["session", "create", "good", "--time-to-live", "soon"], 2, &["soon", "10min"]);
    check(&["session", "create", "good", "--offset", "soon"], 2, &["--offset"]);
    check(&["session", "end", "BAD_KEY"], 2, &["BAD_KEY"]);
    check(&["clock", "advance", "soon"], 2, &["soon"]);
    check(&["clock", "set", "tomorrow"], 2, &["tomorrow", "2026-03-02T09:00:00+05:00"]);
    check(&["journal", "--since", "yesterday"], 2, &["--since"]);
    check(&["people", "add", "dana", "--name", "Dana"], 2, &["surname"]);
    check(&["people", "add", "dana", "--power", "2026-1"], 2, &["NUMBER:REPRESENTATIVE"]);
    check(&["people", "add", "dana", "--from", "no-such-file.yaml"], 2, &["no-such-file.yaml"]);
    check(&["people", "change", "dana", "--in", "nothing"], 2, &["unemployed"]);
    check(&["snapshot", "restore", "no-such-file.eush"], 4, &["no-such-file.eush"]);
}

#[test]
fn a_bus_that_is_not_there_is_told_with_status_3() {
    for args in [
        &["journal"][..],
        &["clock"],
        &["cert", "list"],
        &["apply", "000-A/portal", "--as", "aigerim"],
        &["script", "list"],
        &["verify", "gbdfl"],
        &["explain", "m-1"],
        &["record", "list"],
        &["replay", "list"],
        &["session", "list"],
        &["session", "create", "mine"],
        &["fault", "add", "hold"],
        &["people", "add", "dana"],
        &["snapshot", "save", "state.eush"],
    ] {
        check(args, 3, &["eush up"]);
    }
}

#[test]
fn every_fault_of_a_configuration_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.toml");
    std::fs::write(&path, "[gateway]\nlisten = \"nowhere\"\n[bus]\nprofile = \"lax\"\n").unwrap();
    let path = path.to_str().unwrap();
    check(
        &["check-config", "--config", path],
        2,
        &["gateway.listen", "nowhere", "bus.profile", "lax", "`strict`"],
    );
    check(&["check-config", "--config", "/no/such/file"], 2, &["/no/such/file"]);
    let good = run(folder.path(), &["check-config"]);
    assert_eq!(good.status.code(), Some(0));
}

#[test]
fn secrets_are_not_printed() {
    let folder = tempfile::tempdir().unwrap();
    let output = eush(folder.path())
        .args(["print-config"])
        .env("EUSH_SENDERS__PORTAL__PASSWORD", "very-secret-word")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("PORTAL") && !said.contains("very-secret-word"), "{said}");
}

#[test]
fn a_port_in_use_is_told_with_status_4() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["up", "--port", &port]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    // Other tests take ports of their own: which of the bus's ports is found taken first is not ours to say.
    assert!(said.contains("in use") && said.contains("--port"), "{said}");
}

#[test]
fn one_folder_serves_one_bus() {
    let folder = tempfile::tempdir().unwrap();
    let _up = Up::start(folder.path(), &[]);
    let output = run(folder.path(), &["up", "--port", "0"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("another bus"), "{said}");

    // Wrong use that only a running bus can tell.
    let wrong = |args: &[&str], code: i32, says: &str| {
        let output = run(folder.path(), args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        assert!(said.contains(says), "{args:?} says `{said}`");
    };
    wrong(&["apply", "999-Z/portal", "--as", "aigerim"], 2, "999-Z");
    wrong(&["apply", "000-A/portal", "--as", "nobody"], 2, "nobody");
    wrong(&["apply", "000-B/portal", "--as", "aigerim"], 2, "no child");
    wrong(&["clock", "advance", "3 weeks"], 2, "3 weeks");
    wrong(&["clock", "set", "tomorrow"], 2, "tomorrow");
    wrong(&["clock", "set", "2001-01-01T00:00:00Z"], 1, "CLOCK_BACKWARD");
    wrong(&["journal", "no-such-message"], 1, "");
    wrong(&["cert", "revoke", "0000000000"], 1, "");
    wrong(&["health", "window"], 2, "window");
}
