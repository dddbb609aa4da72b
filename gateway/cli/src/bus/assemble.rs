//! Starting the parts in their order.

use std::sync::Arc;

use eush_adapter_kit::{AgencyServer, BoundAgency, Link, Links, Secret, SenderCredentials};
use eush_agencies::BoundFront;
use eush_domain::AgencyId;
use eush_domain::synthetic::numbers::Scheme;
use eush_domain::synthetic::population::Population;
use eush_gateway::Config;
use eush_gateway::config::{Allowance, ClockStart, Url};

use super::parts::{bind_certificates, bind_front, bind_gateway, environment};
use super::secrets::Secrets;
use super::senders::{self, FRONTS};
use super::spawned::{Spawned, Wiring};
use super::state::{self, Lock};
use super::{AGENCIES, BusOptions, DEFAULT_PORT, Ports, Remote, RunningBus, Tier};
use crate::connect::{Addresses, prepare_data_dir};
use crate::exit::Failure;
use crate::single::listen;

/// What every part is started with.
struct Ground {
    population: Arc<Population>,
    secrets: Secrets,
    ports: Ports,
    insecure: bool,
}

impl Ground {
    fn links(&self, gateway: &str, certificates: &str, sender: &str) -> Result<Links, Failure> {
        let password = Secret::new(self.secrets.of(sender)?);
        Ok(Links {
            gateway: Some((
                Link::plain(gateway),
                SenderCredentials { sender_id: sender.to_owned(), password },
            )),
            certificates: Some(Link::plain(certificates)),
        })
    }
}

/// Starts a bus; see the module above for the order.
pub(super) async fn start(options: BusOptions) -> Result<RunningBus, Failure> {
    let data_dir = prepare_data_dir(&options.data_dir)?;
    let lock = Lock::take(&data_dir)?;
    let seed = state::settle_seed(&data_dir, options.seed)?;
    let first = if options.any_ports { None } else { Some(options.first_port.unwrap_or(DEFAULT_PORT)) };
    let ground = Ground {
        population: Arc::new(Population::new(seed, Scheme::default())),
        secrets: Secrets::open(&data_dir, &senders::standard())?,
        ports: Ports::new(options.host(), first),
        insecure: options.insecure_bind.is_some(),
    };
    let mut addresses = Addresses { pid: std::process::id(), ..Addresses::default() };
    let mut note = |name: &str, address: String| addresses.listeners.insert(name.to_owned(), address);

    let mut certificates = Tier::default();
    let server = bind_certificates(&data_dir, ground.ports.certificates(), options.authority(), None).await?;
    let authority = reachable(server.local_addr());
    note("certificates", authority.clone());
    let stop = certificates.stop.clone().cancelled_owned();
    certificates.tasks.spawn(async move { server.serve(stop).await.map_err(environment) });

    let (mut spawned, agencies) = bind_agencies(&options, &ground, &authority).await?;
    let fronts = bind_fronts(&ground).await?;
    let mut config = options.config.clone();
    config.store.data_dir.clone_from(&data_dir);
    config.bus.seed = Some(seed);
    place_listeners(&mut config, &options, &ground, &authority)?;
    for (code, address) in places(&options, &spawned, &agencies) {
        let agency = AgencyId::parse(&code).map_err(|error| Failure::Bug(error.to_string()))?;
        // An address that the configuration gives an agency holds over the mock's.
        config.agencies.entry(agency).or_insert(url(&address)?);
        note(&code, address);
    }
    senders::complete(&mut config, &ground.population, &ground.secrets)?;

    let bound = bind_gateway(config).await?;
    let gateway_address = reachable(bound.gateway_address());
    note("gateway", gateway_address.clone());
    note("management", reachable(bound.management_address()));
    let mut gateway = Tier::default();
    let stop = gateway.stop.clone().cancelled_owned();
    gateway.tasks.spawn(async move { bound.serve(stop).await.map_err(environment) });

    for (_, process) in &mut spawned {
        process.link(&gateway_address).await?;
    }
    let agencies = serve_agencies(agencies, &ground, &gateway_address, &authority)?;
    for (name, front) in &fronts {
        note(name, reachable(front.address()));
    }
    let fronts = serve_fronts(fronts, &ground, &gateway_address, &authority)?;

    addresses.store(&data_dir)?;
    let table = table(&addresses, &options);
    let Ground { population, secrets, .. } = ground;
    let population = Arc::unwrap_or_clone(population);
    let spawned = spawned.into_iter().map(|(_, process)| process).collect();
    Ok(RunningBus {
        addresses,
        table,
        population,
        secrets,
        data_dir,
        fronts,
        gateway,
        agencies,
        certificates,
        spawned,
        _lock: lock,
    })
}

type Agencies = Vec<(String, BoundAgency)>;

/// Binds the mocks, and starts the processes of the agencies that run on their own.
async fn bind_agencies(
    options: &BusOptions,
    ground: &Ground,
    authority: &str,
) -> Result<(Vec<(String, Spawned)>, Agencies), Failure> {
    let (mut spawned, mut bound) = (Vec::new(), Vec::new());
    for code in AGENCIES {
        let configured = options.config.agencies.keys().any(|agency| agency.as_str() == code);
        let elsewhere =
            options.remotes.iter().any(|remote| matches!(remote, Remote::At(other, _) if other == code));
        if configured || elsewhere {
            continue;
        }
        if options.remotes.contains(&Remote::Spawned(code.to_owned())) {
            let sender = senders::of_agency(code);
            let seed = ground.population.seed();
            let secret = ground.secrets.of(&sender)?;
            let process = Spawned::start(Wiring { code, certificates: authority, secret, seed }).await?;
            spawned.push((code.to_owned(), process));
            continue;
        }
        let agency = eush_agencies::agency(code, &ground.population)
            .ok_or_else(|| Failure::Bug(format!("no agency is called {code}")))?;
        let listen = listen(code, ground.ports.agency(code), ground.insecure);
        bound.push((code.to_owned(), AgencyServer::bind(agency, listen).await.map_err(environment)?));
    }
    Ok((spawned, bound))
}

/// Where every agency is that this bus starts or was told of by flag.
fn places(options: &BusOptions, spawned: &[(String, Spawned)], bound: &Agencies) -> Vec<(String, String)> {
    let told = options.remotes.iter().filter_map(|remote| match remote {
        Remote::At(code, address) => Some((code.clone(), address.clone())),
        Remote::Spawned(_) => None,
    });
    let started = spawned.iter().map(|(code, process)| (code.clone(), process.address.clone()));
    let mocks = bound.iter().map(|(code, agency)| (code.clone(), reachable(agency.address())));
    told.chain(started).chain(mocks).collect()
}

fn serve_agencies(bound: Agencies, ground: &Ground, gateway: &str, authority: &str) -> Result<Tier, Failure> {
    let mut tier = Tier::default();
    for (code, agency) in bound {
        let links = ground.links(gateway, authority, &senders::of_agency(&code))?;
        let stop = tier.stop.clone().cancelled_owned();
        tier.tasks.spawn(async move { agency.serve(links, stop).await.map_err(environment) });
    }
    Ok(tier)
}

async fn bind_fronts(ground: &Ground) -> Result<Vec<(&'static str, BoundFront)>, Failure> {
    let mut fronts = Vec::new();
    for name in FRONTS.iter().map(|front| front.code) {
        let listen = listen(name, ground.ports.front(name), ground.insecure);
        fronts.push((name, bind_front(name, &ground.population, listen).await?));
    }
    Ok(fronts)
}

fn serve_fronts(
    fronts: Vec<(&'static str, BoundFront)>,
    ground: &Ground,
    gateway: &str,
    authority: &str,
) -> Result<Tier, Failure> {
    let mut tier = Tier::default();
    for (name, front) in fronts {
        let sender = FRONTS.iter().find(|known| known.code == name).map_or(name, |known| known.sender_id);
        let links = ground.links(gateway, authority, sender)?;
        let stop = tier.stop.clone().cancelled_owned();
        tier.tasks.spawn(async move { front.serve(links, stop).await.map_err(environment) });
    }
    Ok(tier)
}

/// Puts the gateway's own listeners in their places and tells it where the certificate services are.
fn place_listeners(
    config: &mut Config,
    options: &BusOptions,
    ground: &Ground,
    authority: &str,
) -> Result<(), Failure> {
    // A configuration with addresses of its own keeps them.
    let default = Config::default();
    let moved = options.any_ports || options.first_port.is_some() || ground.insecure;
    if moved || config.gateway.listen == default.gateway.listen {
        config.gateway.listen = ground.ports.gateway();
    }
    if moved || config.management.listen == default.management.listen {
        config.management.listen = ground.ports.management();
    }
    if ground.insecure {
        config.gateway.insecure = Allowance::Allow;
        config.management.insecure = Allowance::Allow;
    }
    config.certificates.address = url(authority)?;
    if let Some(start) = options.start_at {
        config.clock.start = ClockStart::FrozenAt(start);
    }
    Ok(())
}

fn url(address: &str) -> Result<Url, Failure> {
    let text = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    Url::parse(&text).ok_or_else(|| Failure::Usage(format!("`{address}` is no address; write host:port")))
}

/// How this machine reaches a listener: one that is bound to every address is reached over loopback.
fn reachable(address: std::net::SocketAddr) -> String {
    if address.ip().is_unspecified() {
        return format!("127.0.0.1:{}", address.port());
    }
    address.to_string()
}

/// Listener, address and purpose, in the order in which a message meets them.
fn table(addresses: &Addresses, options: &BusOptions) -> Vec<[String; 3]> {
    let purpose = |name: &str| match name {
        "gateway" => "the bus: eush.bus.v1, eush.eds.v1".to_owned(),
        "management" => "clock, journal, certificates: eush.management.v1".to_owned(),
        "certificates" => "test authority: revocation lists and certificates over HTTP".to_owned(),
        "portal" => "portal with personal cabinet: eush.application.v1".to_owned(),
        "office" => "office of a provider, centre or akim: eush.application.v1".to_owned(),
        "state-corporation" => "State corporation's desk: eush.application.v1".to_owned(),
        agency => {
            let away = options.remotes.iter().any(|remote| match remote {
                Remote::At(code, _) | Remote::Spawned(code) => code == agency,
            });
            let entry = eush_agencies::AGENCIES.iter().find(|entry| entry.code == agency);
            let by_hand = entry.is_some_and(|entry| entry.services.is_empty());
            let mock = match (away, by_hand) {
                (true, _) => "agency of its own",
                (false, false) => "mock agency",
                (false, true) => "mock register, used by hand",
            };
            format!("{mock}: eush.adapter.v1")
        }
    };
    let order = ["portal", "state-corporation", "office", "gateway", "management", "certificates"];
    order
        .into_iter()
        .chain(AGENCIES)
        .filter_map(|name| {
            let address = addresses.listeners.get(name)?;
            Some([name.to_owned(), address.clone(), purpose(name)])
        })
        .collect()
}
