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
