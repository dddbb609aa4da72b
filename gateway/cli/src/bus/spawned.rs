//! An agency in a process of its own: this same program, started and wired to the bus like somebody else's system.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::exit::Failure;

/// A started process whose listener is bound and which waits to be told where the gateway is.
#[derive(Debug)]
pub(crate) struct Spawned {
    child: Child,
    /// Where it listens, `host:port`.
    pub(crate) address: String,
}

/// What a started agency has to know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wiring<'a> {
    /// Agency to be.
    pub(crate) code: &'a str,
    /// The certificate services, `host:port`.
    pub(crate) certificates: &'a str,
    /// Its secret as a sender.
    pub(crate) secret: &'a str,
    /// Seed of the population.
    pub(crate) seed: u64,
}

impl Spawned {
    /// Starts the process and waits until it says where it listens.
    pub(crate) async fn start(wiring: Wiring<'_>) -> Result<Self, Failure> {
        let failed =
            |what: &str| Failure::Environment(format!("cannot start the agency `{}`: {what}", wiring.code));
        let program = std::env::current_exe().map_err(|error| failed(&error.to_string()))?;
        let mut child = Command::new(program)
            .args(["agency", wiring.code, "--listen", "127.0.0.1:0", "--gateway", "-", "--json"])
            .args(["--certificates", wiring.certificates, "--seed", &wiring.seed.to_string()])
            .env("EUSH_BUS_SECRET", wiring.secret)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(&error.to_string()))?;
        let stdout = child.stdout.take().ok_or_else(|| failed("it has no output"))?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).await.map_err(|error| failed(&error.to_string()))?;
        let said: serde_json::Value =
            serde_json::from_str(&line).map_err(|_| failed("it did not say where it listens"))?;
        let address =
            said[wiring.code].as_str().ok_or_else(|| failed("it did not say where it listens"))?.to_owned();
        Ok(Self { child, address })
    }

    /// Tells it where the gateway is; from then on it serves.
    pub(crate) async fn link(&mut self, gateway: &str) -> Result<(), Failure> {
        let failed =
            |error: std::io::Error| Failure::Environment(format!("cannot reach the started agency: {error}"));
        let mut stdin = self
            .child
            .stdin
            .take()
            .ok_or_else(|| Failure::Bug("the started agency was linked before".to_owned()))?;
        stdin.write_all(format!("{gateway}\n").as_bytes()).await.map_err(failed)?;
        stdin.flush().await.map_err(failed)?;
        // Kept open: its end tells the process that whoever started it has gone.
        self.child.stdin = Some(stdin);
        Ok(())
    }

    /// Ends the process: the end of its input asks it to stop.
    pub(crate) async fn stop(&mut self) {
        self.child.stdin = None;
        // A process that does not stop by itself is killed when this is dropped.
        let _ = tokio::time::timeout(std::time::Duration::from_secs(5), self.child.wait()).await;
    }
}
