//! What is judged: an address, a program, or the bus that runs from the data folder.

use eush_conformance::{Input, Target};

use crate::args::{Common, ConformRun, Subject};
use crate::bus::secrets::Secrets;
use crate::connect::Addresses;
use crate::exit::Failure;

/// A subject, and what is known of it without being told.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) target: Target,
    pub(super) management: Option<String>,
    pub(super) parameters: Option<Input>,
}

/// Finds the subject that the words mean.
pub(super) fn find(args: &ConformRun, common: &Common) -> Result<Found, Failure> {
    if args.subject != Subject::Gateway && args.subject_management.is_some() {
        return Err(Failure::Usage(
            "--subject-management is a gateway's; agencies and fronts have none".to_owned(),
        ));
    }
    let management = args.subject_management.clone();
    let target = match (&args.address, args.program.is_empty()) {
        (Some(address), true) if address.starts_with("https://") && args.ca.is_none() => {
            return Err(Failure::Usage(format!(
                "`{address}` speaks TLS: name the authority of its certificate with --ca FILE"
            )));
        }
        (Some(address), true) => Target::Address(with_port(address)?),
        (None, false) => Target::Program(args.program.clone()),
        (Some(_), false) => {
            return Err(Failure::Usage("give --address or a program after --, not both".to_owned()));
        }
        (None, true) if args.subject == Subject::Gateway => return running(args, common),
        (None, true) => {
            return Err(Failure::Usage(
                "what is to be judged? give --address HOST:PORT, or a program to start after --".to_owned(),
            ));
        }
    };
    Ok(Found { target, management, parameters: None })
}

/// The bus of the data folder, which knows its own addresses and secrets.
fn running(args: &ConformRun, common: &Common) -> Result<Found, Failure> {
    let addresses = Addresses::load(&common.data_dir).map_err(|_| {
        Failure::Usage(format!(
            "what is to be judged? no bus runs from {}; start one with `eush up`, or give --address HOST:PORT",
            common.data_dir.display()
        ))
    })?;
    let listener = |name: &str| addresses.listeners.get(name).cloned();
    let gateway = listener("gateway").ok_or_else(|| {
        Failure::Usage("the bus of the data folder has no gateway; give --address HOST:PORT".to_owned())
    })?;
    let secrets = Secrets::open(&common.data_dir, &[])?;
    let mut senders = serde_json::Map::new();
    for (name, id) in [("portal", "PORTAL"), ("state-corporation", "STATE_CORPORATION")] {
        let sender = serde_json::json!({ "sender_id": id, "password": secrets.of(id)? });
        senders.insert(name.to_owned(), sender);
    }
    // JSON is YAML; of the listeners only those of agencies are ever looked up.
    let parameters = serde_json::json!({ "senders": senders, "agencies": addresses.listeners });
    Ok(Found {
        target: Target::Address(gateway),
        management: args.subject_management.clone().or_else(|| listener("management")),
        parameters: Some(Input { name: "the data folder".to_owned(), text: parameters.to_string() }),
    })
}

fn with_port(address: &str) -> Result<String, Failure> {
    let plain = address.trim_start_matches("http://").trim_start_matches("https://").trim_end_matches('/');
    let port = plain.rsplit_once(':').filter(|(host, _)| !host.is_empty());
    match port.and_then(|(_, port)| port.parse::<u16>().ok()) {
        Some(_) => Ok(plain.to_owned()),
        None => Err(Failure::Usage(format!("`{address}` is no HOST:PORT, for example 127.0.0.1:7083"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_port() {
        for address in ["127.0.0.1:7083", "http://127.0.0.1:7083/", "https://127.0.0.1:7083", "[::1]:7083"] {
            assert!(with_port(address).is_ok(), "{address}");
        }
        for address in ["127.0.0.1", "localhost:", ":7083", "nonsense", "https://127.0.0.1:x"] {
            assert!(with_port(address).is_err(), "{address}");
        }
    }
}
