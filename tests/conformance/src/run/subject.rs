//! The subject: a server that runs already, or a program that the runner starts and ends.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value as Json;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, ChildStdout, Command};
use tonic::transport::Channel;

use crate::wire::{self, Dialer};

/// Longest a program may take to listen.
const START: Duration = Duration::from_secs(120);
/// Longest a program may take to end politely.
const END: Duration = Duration::from_secs(10);
/// Most that a program may print before its address.
const PRINTED: usize = 256 << 10;

/// How the subject is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// It listens already, at `host:port`.
    Address(String),
    /// A program and its arguments. `{port}`, `{gateway}`, `{certificates}`, `{secret}` and `{seed}` stand for what the
    /// runner chooses. Without `{port}` the program must print a line of JSON on standard output that has its
    /// `host:port` in it, for example `{"address": "127.0.0.1:7081"}`.
    Program(Vec<String>),
}

/// What placeholders of a command line stand for.
#[derive(Clone, Debug)]
pub(crate) struct Placeholders {
    pub(crate) gateway: String,
    pub(crate) secret: String,
    pub(crate) seed: u64,
    /// Name of the listener to speak to, where the program tells several.
    pub(crate) listener: &'static str,
}

/// A subject that can be spoken to.
pub(crate) struct Subject {
    target: Target,
    placeholders: Placeholders,
    /// How its own listener is reached.
    pub(crate) dialer: Dialer,
    child: Option<Child>,
    /// Port that `{port}` stands for, the same after a restart.
    port: u16,
    pub(crate) address: String,
    pub(crate) channel: Channel,
    /// Listeners by name, where the program told several.
    pub(crate) listeners: Vec<(String, String)>,
}

/// Why there is no subject.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SubjectError {
    /// Nobody answers at the address.
    #[error("nobody listens at `{address}`: {cause}; start the subject, or give the program to start")]
    Unreachable {
        /// Address tried.
        address: String,
        /// What the system says.
        cause: String,
    },
    /// Something answers at the address, and not in gRPC.
    #[error("what listens at `{address}` does not speak gRPC: {cause}")]
    Foreign {
        /// Address tried.
        address: String,
        /// What came, and what to do.
        cause: String,
    },
    /// Something takes connections at the address and never answers.
    #[error("what listens at `{address}` takes the call and does not answer")]
    Mute {
        /// Address tried.
        address: String,
    },
    /// The program ended before it listened.
    #[error("`{program}` ended before it listened ({status}); what it printed on standard error says why")]
    Ended {
        /// Program.
        program: String,
        /// Exit status or signal.
        status: String,
    },
    /// A bus that has test sessions gives none.
    #[error(
        "the bus has test sessions and makes none: {cause}; without one the run would move the bus's own clock"
    )]
    NoSession {
        /// What the bus says.
        cause: String,
    },
    /// The program could not be started.
    #[error("`{program}` cannot be started: {cause}")]
    Start {
        /// Program.
        program: String,
        /// What the system says.
        cause: String,
    },
    /// The program started and told no address.
    #[error("`{program}` told no address within {} seconds: print a line of JSON with it, or take `{{port}}`", START.as_secs())]
    Silent {
        /// Program.
        program: String,
    },
}

impl Subject {
    /// Reaches or starts it.
    pub(crate) async fn reach(
        target: Target,
        placeholders: Placeholders,
        dialer: Dialer,
    ) -> Result<Self, SubjectError> {
        match &target {
            Target::Address(address) => {
                let channel = connect(&dialer, address).await?;
                let address = address.clone();
                Ok(Self {
                    target,
                    placeholders,
                    dialer,
                    child: None,
                    port: 0,
                    address,
                    channel,
                    listeners: Vec::new(),
                })
            }
            Target::Program(_) => {
                let port = free_port().await;
                let started = start(&target, &placeholders, port, &dialer).await?;
                let Started { child, address, channel, listeners } = started;
                Ok(Self {
                    target,
                    placeholders,
                    dialer,
                    child: Some(child),
                    port,
                    address,
                    channel,
                    listeners,
                })
            }
        }
    }

    /// Whether the runner started it.
    pub(crate) fn is_ours(&self) -> bool {
        self.child.is_some()
    }

    /// Whether it speaks gRPC at all: any answer will do, an error too.
    pub(crate) async fn speaks(&self) -> Result<(), SubjectError> {
        let address = || self.address.clone();
        let line = wire::hand::Line { dialer: &self.dialer, address: &self.address };
        match wire::hand::speaks(&line).await {
            Ok(()) => Ok(()),
            Err(wire::hand::Mute::Silent) => Err(SubjectError::Mute { address: address() }),
            Err(wire::hand::Mute::Foreign(cause)) => Err(SubjectError::Foreign { address: address(), cause }),
        }
    }

    /// Where a started subject has ended by itself: starts it again, and says how it ended.
    pub(crate) async fn revive(&mut self) -> Option<String> {
        let status = self.child.as_mut()?.try_wait().ok().flatten()?;
        let again = match self.restart(false).await {
            Ok(()) => String::new(),
            Err(error) => format!(", and cannot be started again: {error}"),
        };
        Some(format!("the subject ended by itself ({status}){again}"))
    }

    /// Ends it at once and starts it again.
    pub(crate) async fn restart(&mut self, politely: bool) -> Result<(), SubjectError> {
        if politely {
            // Whether it ends politely is the drain cases' affair; here it must only be gone.
            let _ = self.terminate_within(END).await;
        }
        self.kill().await;
        let started = start(&self.target, &self.placeholders, self.port, &self.dialer).await?;
        self.child = Some(started.child);
        self.address = started.address;
        self.channel = started.channel;
        self.listeners = started.listeners;
        Ok(())
    }

    /// Asks it to end and waits that long.
    pub(crate) async fn terminate_within(&mut self, limit: Duration) -> Result<(), String> {
        let child = self.child.as_mut().ok_or("the runner did not start it")?;
        let id = child.id().ok_or("it has ended already")?;
        // The signal goes by the system's own `kill`, since a process cannot be signalled without unsafe code here.
        let asked = Command::new("kill").arg("-TERM").arg(id.to_string()).status().await;
        if !asked.is_ok_and(|status| status.success()) {
            return Err("it could not be asked to end".to_owned());
        }
        match tokio::time::timeout(limit, child.wait()).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("it had not ended after {} s", limit.as_secs())),
        }
    }

    /// Ends it at once.
    pub(crate) async fn kill(&mut self) {
        if let Some(child) = &mut self.child {
            // It may have ended by itself; what counts is that it is gone.
            let _ = child.kill().await;
        }
    }
}

struct Started {
    child: Child,
    address: String,
    channel: Channel,
    listeners: Vec<(String, String)>,
}

async fn connect(dialer: &Dialer, address: &str) -> Result<Channel, SubjectError> {
    dialer
        .connect(address)
        .await
        .map_err(|cause| SubjectError::Unreachable { address: address.to_owned(), cause })
}

/// A port that was free a moment ago.
async fn free_port() -> u16 {
    match tokio::net::TcpListener::bind(("127.0.0.1", 0)).await {
        Ok(listener) => listener.local_addr().map_or(0, |address| address.port()),
        Err(_) => 0,
    }
}

async fn start(
    target: &Target,
    placeholders: &Placeholders,
    port: u16,
    dialer: &Dialer,
) -> Result<Started, SubjectError> {
    let Target::Program(words) = target else { unreachable!("only programs are started") };
    let Some((program, arguments)) = words.split_first() else {
        return Err(SubjectError::Start { program: String::new(), cause: "no program is named".to_owned() });
    };
    let fill = |word: &String| {
        word.replace("{port}", &port.to_string())
            .replace("{gateway}", &placeholders.gateway)
            .replace("{certificates}", &placeholders.gateway)
            .replace("{secret}", &placeholders.secret)
            .replace("{seed}", &placeholders.seed.to_string())
    };
    let mut child = Command::new(program)
        .args(arguments.iter().map(fill))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| SubjectError::Start { program: program.clone(), cause: error.to_string() })?;
    let Some(stdout) = child.stdout.take() else {
        unreachable!("its standard output is a pipe, as asked above")
    };
    let chosen = arguments.iter().any(|word| word.contains("{port}"));
    let told = tokio::time::timeout(START, async {
        if chosen {
            tokio::spawn(drop_all(stdout));
            let address = format!("127.0.0.1:{port}");
            return listening(&mut child, address, dialer).await;
        }
        let mut listeners = told_address(stdout).await?;
        if let Some(place) = listeners.iter().position(|(name, _)| name == placeholders.listener) {
            listeners.swap(0, place);
        }
        let channel = dialer.connect(&listeners.first()?.1).await.ok()?;
        Some((listeners, channel))
    })
    .await;
    if let Ok(Some((listeners, channel))) = told {
        let address = listeners.first().map(|(_, address)| address.clone()).unwrap_or_default();
        return Ok(Started { child, address, channel, listeners });
    }
    // It may have closed its output a moment before it ends.
    let ended = tokio::time::timeout(Duration::from_secs(1), child.wait()).await;
    Err(match ended {
        Ok(Ok(status)) => SubjectError::Ended { program: program.clone(), status: status.to_string() },
        Ok(Err(_)) | Err(_) => SubjectError::Silent { program: program.clone() },
    })
}

/// Nobody tells when it listens; the connection itself is asked for until it is there, or the program is not.
async fn listening(
    child: &mut Child,
    address: String,
    dialer: &Dialer,
) -> Option<(Vec<(String, String)>, Channel)> {
    loop {
        if let Ok(channel) = dialer.connect(&address).await {
            return Some((vec![(String::new(), address)], channel));
        }
        if !matches!(child.try_wait(), Ok(None)) {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Reads and drops whatever is printed, so that the program never waits for a reader.
async fn drop_all(mut stdout: ChildStdout) {
    // The pipe breaks when the program ends: that is what is waited for.
    let _ = tokio::io::copy(&mut stdout, &mut tokio::io::sink()).await;
}

/// Reads until there is JSON with addresses in it; the rest of the output is read and dropped.
async fn told_address(mut stdout: ChildStdout) -> Option<Vec<(String, String)>> {
    let mut printed = Vec::new();
    let mut chunk = [0; 4096];
    while printed.len() < PRINTED {
        let count = stdout.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        printed.extend_from_slice(chunk.get(..count)?);
        if let Some(found) = addresses_in(&printed) {
            tokio::spawn(drop_all(stdout));
            return Some(found);
        }
    }
    None
}

/// Addresses in what was printed so far: in a line of JSON, or in JSON over several lines.
fn addresses_in(printed: &[u8]) -> Option<Vec<(String, String)>> {
    let text = String::from_utf8_lossy(printed);
    let whole = text.find('{').and_then(|start| text.get(start..));
    let lines = text.lines().filter(|line| line.trim_start().starts_with(['{', '[']));
    lines.chain(whole).find_map(|candidate| {
        let mut found = Vec::new();
        addresses("", &serde_json::from_str(candidate).ok()?, &mut found);
        (!found.is_empty()).then_some(found)
    })
}

/// Every text of the form `host:port`, with the key that it stands under.
fn addresses(key: &str, json: &Json, found: &mut Vec<(String, String)>) {
    match json {
        Json::String(text) => {
            let port = text
                .rsplit_once(':')
                .and_then(|(host, port)| (!host.is_empty()).then(|| port.parse::<u16>().ok())?);
            if port.is_some() {
                found.push((key.to_owned(), text.clone()));
            }
        }
        Json::Array(items) => items.iter().for_each(|item| addresses(key, item, found)),
        Json::Object(map) if map.contains_key("name") && map.contains_key("address") => {
            addresses(map["name"].as_str().unwrap_or_default(), &map["address"], found);
        }
        Json::Object(map) => map.iter().for_each(|(key, item)| addresses(key, item, found)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn addresses_are_found_among_whatever_is_printed() {
        let one = Some(vec![("address".to_owned(), "127.0.0.1:7".to_owned())]);
        assert_eq!(addresses_in(b"warming up\n{\"address\": \"127.0.0.1:7\"}\n"), one);
        assert_eq!(addresses_in(b"warming up\n{\n\"address\":\n\"127.0.0.1:7\"\n}\n"), one);
        assert_eq!(addresses_in(b"{\"pid\": 7}\n{\"address\": \"127.0.0.1:7\"}\n"), one);
        assert_eq!(addresses_in(b"listening at 127.0.0.1:7\n"), None);
        assert_eq!(addresses_in(b"{\"address\": \"127.0"), None);
    }

    #[test]
    fn addresses_are_found_wherever_they_stand() {
        let mut found = Vec::new();
        addresses(
            "",
            &json!({ "pid": 3, "listeners": { "enbek": "127.0.0.1:7083" }, "note": "no address" }),
            &mut found,
        );
        assert_eq!(found, [("enbek".to_owned(), "127.0.0.1:7083".to_owned())]);
        found.clear();
        addresses(
            "",
            &json!([{ "name": "gateway", "address": "127.0.0.1:7070", "purpose": "the bus: all" }]),
            &mut found,
        );
        assert_eq!(found, [("gateway".to_owned(), "127.0.0.1:7070".to_owned())]);
    }
}
