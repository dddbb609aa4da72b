//! Running the binary as a user does. No sleeps: readiness is the line that `eush up` prints, ends are waited for.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use serde_json::Value;

/// A bus started by the binary, stopped when dropped.
pub(crate) struct Up {
    child: Child,
}

/// The binary with a data folder.
pub(crate) fn eush(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eush"));
    command
        .arg("--data-dir")
        .arg(data_dir)
        .env_remove("EUSH_CONFIG")
        .env_remove("EUSH_LANG")
        .env("LC_ALL", "en_US.UTF-8");
    command
}

/// Runs a command to its end.
pub(crate) fn run(data_dir: &Path, args: &[&str]) -> Output {
    eush(data_dir).args(args).output().unwrap()
}

/// Runs a command with `--json` and reads what it says; panics with everything it said where it is no data.
#[track_caller]
pub(crate) fn data(data_dir: &Path, args: &[&str]) -> (ExitStatus, Value) {
    let output = eush(data_dir).arg("--json").args(args).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let value = serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!("{args:?}: {error}\nstdout: {text}\nstderr: {}", String::from_utf8_lossy(&output.stderr))
    });
    (output.status, value)
}

impl Up {
    /// Starts a bus on free ports and waits until it says that it is there.
    #[track_caller]
    pub(crate) fn start(data_dir: &Path, more: &[&str]) -> Self {
        let mut child = eush(data_dir)
            .args(["--json", "up", "--port", "0"])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("`{line}`: {error}"));
        assert_eq!(said["listeners"].as_array().unwrap().len(), 18, "{said}");
        Self { child }
    }

    /// Kills the process as nobody can catch it.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks the process to stop, as Ctrl-C does, and waits for its end.
    pub(crate) fn interrupt(mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        self.child.wait().unwrap()
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
