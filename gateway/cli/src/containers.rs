//! Holds the container files against the binary: ports, paths, commands and flags must be ones that exist.

use clap::Parser as _;

use crate::args::Cli;
use crate::bus::senders::FRONTS;
use crate::bus::{AGENCIES, Ports};

const DOCKERFILE: &str = include_str!("../../../docker/Dockerfile");
const COMPOSE: &str = include_str!("../../../docker/compose.yaml");

/// Every port of the default bus.
fn ports() -> Vec<u16> {
    let ports =
        Ports::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), Some(crate::bus::DEFAULT_PORT));
    let mut all = vec![ports.gateway().port(), ports.management().port(), ports.certificates().port()];
    all.extend(AGENCIES.iter().map(|code| ports.agency(code).port()));
    all.extend(FRONTS.iter().map(|front| ports.front(front.code).port()));
    all.sort_unstable();
    all
}

/// `7080-7086` and `7080` as single ports.
fn expand(range: &str) -> Vec<u16> {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    (first.parse().unwrap()..=last.parse().unwrap()).collect()
}

#[test]
fn the_image_exposes_exactly_the_ports_of_the_bus() {
    let line = DOCKERFILE.lines().find_map(|line| line.strip_prefix("EXPOSE ")).unwrap();
    let exposed: Vec<u16> = line.split_whitespace().flat_map(expand).collect();
    assert_eq!(exposed, ports());
}

#[test]
fn every_command_of_the_containers_is_one_of_the_binary() {
    let mut seen = 0;
    for line in COMPOSE.lines().chain(DOCKERFILE.lines()).map(str::trim) {
        let list = line.strip_prefix("command: ").or_else(|| line.strip_prefix("CMD "));
        let Some(list) = list.filter(|list| list.starts_with('[')) else { continue };
        let words: Vec<String> = serde_json::from_str(list).unwrap_or_else(|error| panic!("{line}: {error}"));
        parse(&words);
        seen += 1;
    }
    assert_eq!(seen, 9, "a command was added or lost: seven services apart, one alone, the image's own");
}

#[test]
fn every_health_check_is_a_command_of_the_binary() {
    let checks = COMPOSE.lines().filter_map(|line| line.trim().strip_prefix("test: "));
    let image = DOCKERFILE.lines().filter_map(|line| line.split_once(" CMD [").map(|(_, rest)| rest));
    let mut seen = 0;
    for list in checks.map(str::to_owned).chain(image.map(|rest| format!("[{rest}"))) {
        let words: Vec<String> = serde_json::from_str(&list).unwrap();
        let words: Vec<String> = words.into_iter().skip_while(|word| word == "CMD").collect();
        assert_eq!(words[0], "eush");
        parse(&words[1..]);
        seen += 1;
    }
    assert_eq!(seen, 8);
}

fn parse(words: &[String]) {
    let mut line = vec!["eush".to_owned()];
    line.extend(words.iter().cloned());
    // The secret comes from the container's environment.
    if matches!(words.first().map(String::as_str), Some("agency" | "front")) {
        line.extend(["--secret".to_owned(), "x".to_owned()]);
    }
    if let Err(error) = Cli::try_parse_from(&line) {
        panic!("{line:?}: {error}");
    }
}

#[test]
fn published_ports_are_the_bus_s_own_and_on_loopback() {
    let known = ports();
    for line in COMPOSE.lines().map(str::trim).filter_map(|line| line.strip_prefix("- \"127.0.0.1:")) {
        let (outside, inside) = line.trim_end_matches('"').split_once(':').unwrap();
        assert_eq!(outside, inside);
        assert!(expand(inside).iter().all(|port| known.contains(port)), "{line}");
    }
    assert!(!COMPOSE.contains("- \"70"), "a port is published beyond loopback");
}

#[test]
fn addresses_between_containers_are_the_ports_of_the_bus() {
    let ports =
        Ports::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), Some(crate::bus::DEFAULT_PORT));
    for code in AGENCIES {
        let by_hand =
            eush_agencies::AGENCIES.iter().any(|entry| entry.code == code && entry.services.is_empty());
        let host = if by_hand { "registers" } else { "agencies" };
        let port = ports.agency(code).port();
        let line = format!("EUSH_AGENCIES__{}: http://{host}:{port}", code.to_uppercase());
        assert!(COMPOSE.contains(&line), "compose.yaml lacks `{line}`");
    }
    let gateway = format!("EUSH_GATEWAY: gateway:{}", ports.gateway().port());
    let certificates = format!("http://certificates:{}", ports.certificates().port());
    assert!(COMPOSE.contains(&gateway) && COMPOSE.contains(&certificates));
    assert!(
        DOCKERFILE.contains("EUSH_DATA_DIR=/var/lib/eush/data")
            && DOCKERFILE.contains("VOLUME /var/lib/eush/data")
    );
    assert!(COMPOSE.contains(":/var/lib/eush/data"));
}

#[test]
fn variables_of_the_containers_are_ones_that_somebody_reads() {
    let flags = ["EUSH_GATEWAY", "EUSH_CERTIFICATES", "EUSH_BUS_SECRET", "EUSH_DATA_DIR", "EUSH_CONFIG"];
    let lines = COMPOSE.lines().chain(DOCKERFILE.lines());
    for name in lines.filter_map(|line| line.trim().trim_start_matches("ENV ").split([':', '=']).next()) {
        if !name.starts_with("EUSH_") || flags.contains(&name) {
            continue;
        }
        assert!(name.contains("__"), "{name} is read by nobody");
    }
    // Configuration variables of the gateway's container: read them as the gateway would.
    let environment: std::collections::HashMap<String, String> = COMPOSE
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("EUSH_") && line.contains("__"))
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    assert!(environment.len() > 7);
    eush_gateway::Config::parse("", &environment).unwrap();
}
