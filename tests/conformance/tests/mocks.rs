//! The agencies of eush against their own suites, as processes, over the wire. The binary is another crate's: it is the
//! one that `EUSH_BIN` names, or the one beside this test; where there is none the test says so and judges nothing.

use std::path::PathBuf;

use eush_conformance::{RunOptions, SubjectKind, Target, run, text};
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
