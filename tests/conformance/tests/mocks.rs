//! The agencies of eush against their own suites, as processes, over the wire. The binary is another crate's: it is the
//! one that `EUSH_BIN` names, or the one beside this test; where there is none the test says so and judges nothing.

mod tls;

use std::path::PathBuf;

use eush_conformance::{Input, Pattern, RunOptions, SubjectKind, Target, Verdict, run, text};
use time::macros::datetime;

/// Every agency of eush; the last five are used by hand alone.
const AGENCIES: [&str; 12] = [
    "gbdfl",
    "gbdul",
    "enis",
    "enbek",
    "esobes",
    "zhao",
    "regional",
    "oralman",
    "shzhk",
    "eqa",
    "elicense",
    "monitoring",
];

/// A run has a time of its own, as its message ids do.
const AT: time::OffsetDateTime = datetime!(2026-03-02 10:00 UTC);

fn binary() -> Option<PathBuf> {
    let named = std::env::var_os("EUSH_BIN").map(PathBuf::from);
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.parent()?.join("eush")));
    named.or(beside).filter(|path| path.exists())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_agency_of_eush_conforms() {
    let Some(binary) = binary() else { return skipped() };
    let mut broken = Vec::new();
    for code in AGENCIES {
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
        let options = RunOptions::new(SubjectKind::Agency, Target::Program(words), AT);
        let report = run(&options).await.unwrap();
        let tally = report.tally.unwrap();
        if (tally.fail, tally.warn, tally.error, tally.skip) != (0, 0, 0, 0) {
            broken.push(text(&report));
        }
        assert!(tally.pass >= 35, "{}", text(&report));
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
    fn start(binary: &std::path::Path, environment: &[(&str, &str)]) -> (Self, serde_json::Value) {
        let folder = tempfile::tempdir().unwrap();
        let mut command = std::process::Command::new(binary);
        command.args(["up", "--json", "--port", "0", "--data-dir"]).arg(folder.path());
        let (child, told) = said(command.envs(environment.iter().copied()));
        (Self { child, folder }, told)
    }

    /// A run of the gateway's suites against it.
    fn options(&self, told: &serde_json::Value) -> RunOptions {
        let mut options =
            RunOptions::new(SubjectKind::Gateway, Target::Address(address(told, "gateway")), AT);
        options.management = Some(address(told, "management"));
        options.parameters = Some(Input { name: "parameters.yaml".to_owned(), text: self.parameters(told) });
        options
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
        for code in AGENCIES {
            text.push_str(&format!("  {code}: \"{}\"\n", address(told, code)));
        }
        text
    }
}

fn address(told: &serde_json::Value, name: &str) -> String {
    let listeners = told["listeners"].as_array().into_iter().flatten();
    let found = listeners.into_iter().find(|listener| listener["name"] == name);
    // A single part tells its addresses by their names alone.
    let address = found.map_or(&told[name], |listener| &listener["address"]);
    address.as_str().unwrap_or_default().to_owned()
}

/// Starts a process and reads the line of JSON that it says.
#[expect(clippy::unwrap_used, reason = "a process that cannot be started is a broken test")]
fn said(command: &mut std::process::Command) -> (std::process::Child, serde_json::Value) {
    use std::io::BufRead as _;
    use std::process::Stdio;

    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, serde_json::from_str(&line).unwrap())
}

/// The word where there is nothing to judge.
#[expect(clippy::print_stderr, reason = "a test that judges nothing says so")]
fn skipped() {
    eprintln!(
        "skipped: there is no eush binary; build it with `cargo build -p eush`, or name it in EUSH_BIN"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bus_of_eush_conforms_and_nothing_of_it_is_left() {
    use eush_wire::management::v1 as management;
    use management::clock_service_client::ClockServiceClient;
    use management::journal_service_client::JournalServiceClient;
    use management::session_service_client::SessionServiceClient;

    let Some(binary) = binary() else { return skipped() };
    let (bus, told) = Bus::start(&binary, &[]);
    let options = bus.options(&told);
    let at = format!("http://{}", address(&told, "management"));
    let mut clock = ClockServiceClient::connect(at.clone()).await.unwrap();
    clock.freeze_clock(management::FreezeClockRequest {}).await.unwrap();
    let before = clock.get_clock(management::GetClockRequest {}).await.unwrap().into_inner().clock;

    let report = run(&options).await.unwrap();
    let tally = report.tally.unwrap();
    assert_eq!((tally.fail, tally.warn, tally.error, tally.skip), (0, 0, 0, 0), "{}", text(&report));
    assert!(report.subject.as_ref().unwrap().session.starts_with("conform-"), "{}", text(&report));

    let after = clock.get_clock(management::GetClockRequest {}).await.unwrap().into_inner().clock;
    assert_eq!(before, after, "the bus's own clock stands where it stood");
    let mut journal = JournalServiceClient::connect(at.clone()).await.unwrap();
    let entries = journal.list_entries(management::ListEntriesRequest::default()).await.unwrap();
    assert!(entries.into_inner().entries.is_empty(), "the bus's own journal has nothing of the run");
    let mut sessions = SessionServiceClient::connect(at).await.unwrap();
    let left = sessions.list_sessions(management::ListSessionsRequest {}).await.unwrap();
    assert!(left.into_inner().sessions.is_empty(), "the session of the run has ended");
}

/// A bus that asks a responder is judged by other cases of revocation than one that reads lists.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bus_of_eush_that_asks_a_responder_conforms() {
    let Some(binary) = binary() else { return skipped() };
    for source in ["ocsp", "ocsp-then-crl"] {
        let (bus, told) = Bus::start(&binary, &[("EUSH_REVOCATION__SOURCE", source)]);
        let mut options = bus.options(&told);
        options.only =
            ["Refusals/revocation/**", "Bus management/certificates/**"].map(Pattern::new).to_vec();
        let report = run(&options).await.unwrap();
        let tally = report.tally.unwrap();
        assert_eq!((tally.fail, tally.error, tally.skip), (0, 0, 0), "{source}: {}", text(&report));
        for name in ["Refusals/revocation/not-issued", "Refusals/revocation/unavailable"] {
            let judged = report.cases.iter().find(|case| case.name == name).unwrap();
            assert_eq!(judged.verdict(), Verdict::Pass, "{source}: {}", text(&report));
        }
    }
}

/// The parts of a bus in processes of their own, ended when dropped.
#[derive(Default)]
struct Parts(Vec<std::process::Child>);

impl Drop for Parts {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_of_eush_on_tls_conforms() {
    let Some(binary) = binary() else { return skipped() };
    let folder = tempfile::tempdir().unwrap();
    let issuer = tls::Issuer::new();
    let (server, client) = (issuer.issue("gateway.test"), issuer.issue("runner.test"));
    for (name, text) in
        [("server.pem", &server.certificate), ("server.key", &server.key), ("ca.pem", &issuer.pem())]
    {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let mut parts = Parts::default();
    let mut command = std::process::Command::new(&binary);
    command.args(["certificates", "--json", "--listen", "127.0.0.1:0", "--data-dir"]);
    let (child, told) = said(command.arg(folder.path().join("certificates")));
    parts.0.push(child);
    let path = |name: &str| folder.path().join(name).display().to_string();
    let config = format!(
        "[gateway]\nlisten = '127.0.0.1:0'\ntls_certificate = '{}'\ntls_key = '{}'\nclient_ca = '{}'\n\
         [management]\nlisten = '127.0.0.1:0'\n[certificates]\naddress = 'http://{}'\n",
        path("server.pem"),
        path("server.key"),
        path("ca.pem"),
        address(&told, "certificates"),
    );
    std::fs::write(folder.path().join("eush.toml"), config).unwrap();
    let mut command = std::process::Command::new(&binary);
    command.args(["gateway", "--json", "--config"]).arg(folder.path().join("eush.toml"));
    let (child, told) = said(command.arg("--data-dir").arg(folder.path().join("gateway")));
    parts.0.push(child);

    let target = Target::Address(address(&told, "gateway"));
    let mut options = RunOptions::new(SubjectKind::Gateway, target, AT);
    options.only = ["Bus wire/**", "Bus management/**"].map(Pattern::new).to_vec();
    options.management = Some(address(&told, "management"));
    // Nobody talks to it in the clear.
    let plain = run(&options).await.unwrap_err();
    assert_eq!(plain.exit_status(), 3, "{plain}");
    assert!(plain.to_string().contains("--ca"), "{plain}");
    options.tls = Some(tls::towards(&issuer, Some(&client)));
    let report = run(&options).await.unwrap();
    let tally = report.tally.unwrap();
    assert_eq!((tally.fail, tally.warn, tally.error), (0, 0, 0), "{}", text(&report));
    // Without senders and agencies there is this to judge: the wire itself, and management.
    assert!(tally.pass >= 20, "{}", text(&report));
    assert_eq!(report.subject.unwrap().transport, "mutual-tls");
}
