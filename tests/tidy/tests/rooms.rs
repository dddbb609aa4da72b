//! Who may depend on whom: the table of rooms in ARCHITECTURE.md, held against `cargo metadata`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Crate, and the crates of this workspace that it may depend on (not counting dev-dependencies).
const ROOMS: &[(&str, &[&str])] = &[
    ("eush-wire", &[]),
    ("eush-words", &["eush-wire"]),
    ("eush-reflection", &["eush-wire"]),
    ("eush-domain", &[]),
    ("eush-faults", &["eush-domain"]),
    ("eush-gost", &[]),
    ("eush-sign", &["eush-gost"]),
    ("eush-pki", &["eush-domain", "eush-gost", "eush-sign"]),
    ("eush-ca", &["eush-domain", "eush-wire", "eush-reflection", "eush-gost", "eush-sign", "eush-pki"]),
    ("eush-acts", &["eush-domain"]),
    ("eush-scripts", &["eush-wire", "eush-words", "eush-domain"]),
    ("eush-pipeline", &["eush-domain", "eush-pki", "eush-acts"]),
    (
        "eush-gateway",
        &[
            "eush-domain",
            "eush-wire",
            "eush-reflection",
            "eush-faults",
            "eush-sign",
            "eush-pki",
            "eush-pipeline",
            "eush-acts",
            "eush-scripts",
        ],
    ),
    ("eush-adapter-kit", &["eush-domain", "eush-wire", "eush-reflection", "eush-faults", "eush-sign"]),
    ("eush-agencies", &["eush-adapter-kit", "eush-domain", "eush-wire"]),
    (
        "eush",
        &[
            "eush-wire",
            "eush-words",
            "eush-domain",
            "eush-gost",
            "eush-sign",
            "eush-pki",
            "eush-ca",
            "eush-acts",
            "eush-scripts",
            "eush-pipeline",
            "eush-gateway",
            "eush-adapter-kit",
            "eush-agencies",
            "eush-conformance",
        ],
    ),
    ("eush-conformance", &["eush-wire", "eush-words", "eush-domain", "eush-sign"]),
    ("eush-e2e", &[]), // runs the whole bus in its tests
    ("eush-tidy", &[]),
];

/// Crates that a room must not reach even in its tests: the judged never judge themselves through the back door.
const NEVER: &[(&str, &[&str])] = &[
    ("eush-gateway", &["eush-adapter-kit", "eush-agencies"]),
    ("eush-adapter-kit", &["eush-gateway", "eush-pipeline", "eush-pki"]),
    ("eush-acts", &["eush-wire", "eush-pipeline"]),
    (
        "eush-conformance",
        &[
            "eush-gateway",
            "eush-pipeline",
            "eush-acts",
            "eush-pki",
            "eush-ca",
            "eush-adapter-kit",
            "eush-agencies",
        ],
    ),
];

fn metadata() -> serde_json::Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(eush_tidy::root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Crate to its dependencies within the workspace, of the kinds that `wanted` accepts.
fn edges(
    metadata: &serde_json::Value,
    wanted: fn(Option<&str>) -> bool,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut edges = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        let to = package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|dependency| wanted(dependency["kind"].as_str()))
            .filter_map(|dependency| dependency["name"].as_str())
            .filter(|name| *name == "eush" || name.starts_with("eush-"))
            .map(str::to_owned)
            .collect();
        edges.insert(package["name"].as_str().unwrap().to_owned(), to);
    }
    edges
}

#[test]
fn rooms_depend_only_on_the_rooms_that_the_table_allows() {
    let found = edges(&metadata(), |kind| kind.is_none() || kind == Some("build"));
    let known: BTreeSet<&str> = ROOMS.iter().map(|(room, _)| *room).collect();
    for (room, to) in &found {
        assert!(
            known.contains(room.as_str()),
            "{room} is not in the table of rooms in tests/tidy/tests/rooms.rs"
        );
        let allowed = ROOMS.iter().find(|(name, _)| name == room).map_or(&[][..], |(_, allowed)| allowed);
        for dependency in to {
            assert!(allowed.contains(&dependency.as_str()), "{room} must not depend on {dependency}");
        }
    }
    for room in known {
        assert!(found.contains_key(room), "{room} is in the table and not in the workspace");
    }
}

#[test]
fn forbidden_doors_stay_shut_in_tests_too() {
    let found = edges(&metadata(), |_| true);
    for (room, never) in NEVER {
        for dependency in &found[*room] {
            assert!(!never.contains(&dependency.as_str()), "{room} must never reach {dependency}");
        }
    }
}

#[test]
fn every_member_takes_the_workspace_lints_and_has_a_readme() {
    for package in metadata()["packages"].as_array().unwrap() {
        let manifest = std::path::PathBuf::from(package["manifest_path"].as_str().unwrap());
        let text = std::fs::read_to_string(&manifest).unwrap();
        assert!(
            text.contains("[lints]\nworkspace = true"),
            "{} lacks `[lints] workspace = true`",
            manifest.display()
        );
        let readme = manifest.with_file_name("README.md");
        assert!(
            readme.exists(),
            "{} is missing: say what the room owns, its door, where to start",
            readme.display()
        );
    }
}

#[test]
fn architecture_names_every_room_and_every_edge() {
    let text = std::fs::read_to_string(eush_tidy::root().join("ARCHITECTURE.md")).unwrap();
    for (room, allowed) in ROOMS {
        let row = text
            .lines()
            .find(|line| line.starts_with("| `") && line.contains(&format!("`{room}`")))
            .unwrap_or_else(|| panic!("ARCHITECTURE.md has no row for {room}"));
        // The binary wires everything and its row says so in a word.
        for dependency in allowed.iter().filter(|_| *room != "eush") {
            let short = dependency.trim_start_matches("eush-");
            assert!(
                row.contains(&format!("`{short}`")),
                "the row of {room} in ARCHITECTURE.md does not name `{short}`"
            );
        }
    }
}
