//! Serves the test authority of a folder on a loopback port, for tools that are not ours: `responder FOLDER RFC3339`.
//!
//! Prints its address, then an answer to each line of its input: `fault NAME` sets a fault of the RSA responder, `reset`
//! resets all. Ends with its input.
#![expect(clippy::print_stdout, reason = "an example that talks to a shell script")]

use std::io::BufRead as _;
use std::path::Path;

use anyhow::bail;
use eush_ca::{Authority, AuthorityOptions, KeyAlgorithm, PublicationFault, PublicationPoint, Server};
use eush_domain::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, now] = &arguments[..] else { bail!("usage: responder FOLDER RFC3339") };
    let now = Timestamp::parse(now, &time::format_description::well_known::Rfc3339)?;
    let options = AuthorityOptions { default_algorithm: KeyAlgorithm::Rsa2048, now };
    let authority = Authority::open(Path::new(folder), options)?;
    authority.publish_due(now)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(authority))
}

async fn serve(authority: Authority) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let server = Server::from_listener(authority.clone(), listener, None);
    println!("{}", server.local_addr());
    let (stop, stopped) = oneshot::channel::<()>();
    let commands = tokio::task::spawn_blocking(move || {
        let outcome = obey(&authority);
        // The server may have ended by itself.
        let _ = stop.send(());
        outcome
    });
    let shutdown = async {
        let _ = stopped.await;
    };
    server.serve(shutdown).await?;
    commands.await?
}

fn obey(authority: &Authority) -> anyhow::Result<()> {
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        match line.split_once(' ') {
            Some(("fault", name)) => {
                let Some(fault) = PublicationFault::ALL.into_iter().find(|fault| fault.name() == name) else {
                    bail!("no such fault: `{name}`")
                };
                authority.set_fault(Some(KeyAlgorithm::Rsa2048), PublicationPoint::Ocsp, fault)?;
            }
            None if line == "reset" => {
                authority.reset_faults(None, None);
            }
            Some(_) | None => bail!("no such command: `{line}`"),
        }
        println!("done");
    }
    Ok(())
}
