//! The agencies of eush against their own suites, as processes, over the wire. The binary is another crate's: it is the
//! one that `EUSH_BIN` names, or the one beside this test; where there is none the test says so and judges nothing.

use std::path::PathBuf;

use eush_conformance::{Input, RunOptions, SubjectKind, Target, run, text};
use time::macros::datetime;

fn binary() -> Option<PathBuf> {
    let named = std::env::var_os("EUSH_BIN").map(PathBuf::from);
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.parent()?.join("eush")));
    named.or(beside).filter(|path| path.exists())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_agency_of_eush_conforms() {
    let Some(binary) = binary() else {
        eprintln!(
            "skipped: there is no eush binary; build it with `cargo build -p eush`, or name it in EUSH_BIN"
        );
        return;
    };
    let mut broken = Vec::new();
    for code in ["gbdfl", "gbdul", "enis", "enbek", "esobes", "zhao", "regional"] {
        let arguments = [
            "agency",
            code,
            "--json",
            "--listen",
            "127.0.0.1:0",
            "--gateway",
            "{gateway}",
            "--certificates",
            "{certificates}",
            "--secret",
            "{secret}",
            "--seed",
            "{seed}",
        ];
        let words =
            std::iter::once(binary.display().to_string()).chain(arguments.map(str::to_owned)).collect();
        let options =
            RunOptions::new(SubjectKind::Agency, Target::Program(words), datetime!(2026-03-02 10:00 UTC));
        let report = run(&options).await.unwrap();
        let tally = report.tally.unwrap();
        if (tally.fail, tally.error, tally.skip) != (0, 0, 0) {
            broken.push(text(&report));
        }
        assert!(tally.pass > 40, "{}", text(&report));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
}

/// A bus of eush in a folder of its own, ended when dropped.
struct Bus {
    child: std::process::Child,
    folder: tempfile::TempDir,
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Bus {
    #[expect(clippy::unwrap_used, reason = "a bus that cannot be started is a broken test")]
    fn start(binary: &std::path::Path) -> (Self, serde_json::Value) {
        use std::io::BufRead as _;

        let folder = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new(binary)
            .args(["up", "--json", "--port", "0", "--data-dir"])
            .arg(folder.path())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (Self { child, folder }, serde_json::from_str(&line).unwrap())
    }

    /// Parameters for a run against it: secrets of the two fronts, and where the agencies are.
    #[expect(clippy::unwrap_used, reason = "a bus without secrets is a broken test")]
    fn parameters(&self, told: &serde_json::Value) -> String {
        let secrets = std::fs::read_to_string(self.folder.path().join("secrets.toml")).unwrap();
        let mut text = String::from("senders:\n");
        for (name, id) in [("portal", "PORTAL"), ("state-corporation", "STATE_CORPORATION")] {
            let line = secrets.lines().find(|line| line.starts_with(&format!("{id} "))).unwrap();
            let secret = line.split('"').nth(1).unwrap();
            text.push_str(&format!("  {name}: {{ sender_id: {id}, password: \"{secret}\" }}\n"));
        }
        text.push_str("agencies:\n");
        for code in ["gbdfl", "gbdul", "enis", "enbek", "esobes", "zhao", "regional"] {
            text.push_str(&format!("  {code}: \"{}\"\n", address(told, code)));
        }
        text
    }
}

fn address(told: &serde_json::Value, name: &str) -> String {
    let listeners = told["listeners"].as_array().into_iter().flatten();
    let found = listeners.into_iter().find(|listener| listener["name"] == name);
    found.and_then(|listener| listener["address"].as_str()).unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bus_of_eush_conforms() {
    let Some(binary) = binary() else {
        eprintln!(
            "skipped: there is no eush binary; build it with `cargo build -p eush`, or name it in EUSH_BIN"
        );
        return;
    };
    let (bus, told) = Bus::start(&binary);
    let target = Target::Address(address(&told, "gateway"));
    let mut options = RunOptions::new(SubjectKind::Gateway, target, datetime!(2026-03-02 10:00 UTC));
    options.management = Some(address(&told, "management"));
    options.parameters = Some(Input { name: "parameters.yaml".to_owned(), text: bus.parameters(&told) });
    let report = run(&options).await.unwrap();
    let tally = report.tally.unwrap();
    assert_eq!((tally.fail, tally.error, tally.skip), (0, 0, 0), "{}", text(&report));
}
