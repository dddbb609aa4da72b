//! The worked example in Python through the suite, where Python has grpcio; elsewhere the test says so and judges nothing.

use std::process::Command;

use eush_conformance::{Conclusion, RunOptions, Skips, SubjectKind, Target, exit_status, run, text};
use eush_domain::synthetic::numbers::{Scheme, Sex};
use eush_domain::synthetic::population::{Population, Presence};
use time::macros::datetime;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_example_in_python_conforms() {
    let python = std::env::var("EUSH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let imports = "import grpc, grpc_tools, grpc_health, grpc_reflection";
    let has =
        Command::new(&python).args(["-c", imports]).output().is_ok_and(|output| output.status.success());
    if !has {
        eprintln!("skipped: `{python}` has no grpcio; see examples/python/README.md");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let people = folder.path().join("people.json");
    let population = Population::new(1, Scheme::default());
    let known = population.people().iter().filter(|person| person.presence == Presence::Present);
    let entries: Vec<serde_json::Value> = known
        .map(|person| {
            serde_json::json!({
                "iin": person.iin.digits(),
                "surname": person.names.kk.surname,
                "name": person.names.kk.given,
                "patronymic": person.names.kk.patronymic,
                "birth_date": person.birth_date.to_string(),
                "sex": if person.sex == Sex::Female { "female" } else { "male" },
            })
        })
        .collect();
    std::fs::write(&people, serde_json::to_vec(&entries).unwrap()).unwrap();
    let script = format!("{}/examples/python/agency.py", env!("CARGO_MANIFEST_DIR"));
    let words = [
        python,
        script,
        "--listen".to_owned(),
        "127.0.0.1:0".to_owned(),
        "--people".to_owned(),
        people.display().to_string(),
    ];
    let options = RunOptions::new(
        SubjectKind::Agency,
        Target::Program(words.to_vec()),
        datetime!(2026-03-02 10:00 UTC),
    );
    let report = run(&options).await.unwrap();
    assert_eq!(report.conclusion(), Conclusion::Conformant, "{}", text(&report));
    assert_eq!(exit_status(&report, Skips::Deny), 0);
    assert!(report.tally.unwrap().pass > 35, "{}", text(&report));
}
