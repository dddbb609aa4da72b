//! Which listener has which port: one table, for the bus, the containers and the documents.

use std::net::{IpAddr, SocketAddr};

use eush_agencies::{AGENCIES, AgencyEntry};

use super::senders::FRONTS;

/// Ports of the default bus.
pub(crate) const GATEWAY: u16 = 7070;
/// Offsets from the gateway's port.
const MANAGEMENT: u16 = 1;
const CERTIFICATES: u16 = 2;
const FIRST_AGENCY: u16 = 10;
const FIRST_FRONT: u16 = 20;
/// Systems that people use by hand stand apart: they came after the fronts, whose ports stay.
const FIRST_BY_HAND: u16 = 30;

/// The ports of one bus.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    host: IpAddr,
    /// `None` leaves every port to the system.
    first: Option<u16>,
}

impl Ports {
    /// Ports that begin at `first`, or any.
    pub(crate) fn new(host: IpAddr, first: Option<u16>) -> Self {
        Self { host, first }
    }

    fn at(self, offset: u16) -> SocketAddr {
        SocketAddr::new(self.host, self.first.map_or(0, |first| first.saturating_add(offset)))
    }

    /// The gateway's.
    pub(crate) fn gateway(self) -> SocketAddr {
        self.at(0)
    }

    /// Management's.
    pub(crate) fn management(self) -> SocketAddr {
        self.at(MANAGEMENT)
    }

    /// The certificate services'.
    pub(crate) fn certificates(self) -> SocketAddr {
        self.at(CERTIFICATES)
    }

    /// An agency's, by its place among the agencies that take messages, or among those that people use by hand alone.
    pub(crate) fn agency(self, code: &str) -> SocketAddr {
        self.at(agency_offset(code))
    }

    /// A front's, by its place in [`FRONTS`].
    pub(crate) fn front(self, name: &str) -> SocketAddr {
        self.at(FIRST_FRONT + place(FRONTS.iter().position(|known| known.code == name)))
    }
}

fn agency_offset(code: &str) -> u16 {
    let by_hand = |entry: &&AgencyEntry| entry.services.is_empty();
    let among = |wanted: bool| AGENCIES.iter().filter(move |entry| by_hand(entry) == wanted);
    match among(true).position(|entry| entry.code == code) {
        Some(position) => FIRST_BY_HAND + place(Some(position)),
        None => FIRST_AGENCY + place(among(false).position(|entry| entry.code == code)),
    }
}

fn place(position: Option<usize>) -> u16 {
    position.and_then(|position| u16::try_from(position).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn every_listener_has_its_own_port() {
        let ports = Ports::new(IpAddr::V4(Ipv4Addr::LOCALHOST), Some(GATEWAY));
        let mut all = vec![ports.gateway(), ports.management(), ports.certificates()];
        all.extend(AGENCIES.iter().map(|entry| ports.agency(entry.code)));
        all.extend(FRONTS.iter().map(|front| ports.front(front.code)));
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert_eq!(ports.agency("regional").port(), 7086);
        assert_eq!(ports.agency("oralman").port(), 7100);
        assert_eq!(ports.front("state-corporation").port(), 7091);
        assert_eq!(Ports::new(IpAddr::V4(Ipv4Addr::LOCALHOST), None).agency("zhao").port(), 0);
    }
}
