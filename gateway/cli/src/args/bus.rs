//! Running the bus, whole or in parts.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::fault::NastinessArgs;
use crate::bus::Keys;

/// A configuration file, and what people set by hand.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ConfigFile {
    /// Configuration file (TOML); environment variables EUSH_… override its keys.
    #[arg(long, env = "EUSH_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Which checks refuse.
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Option<ProfileArg>,
    #[command(flatten)]
    pub(crate) nastiness: NastinessArgs,
}

/// Profiles of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileArg {
    /// Every check, always.
    Strict,
    /// Exactly the checks that the act lists for the service and channel.
    AsWritten,
}

#[derive(Debug, Args)]
pub(crate) struct Gateway {
    #[command(flatten)]
    pub(crate) config: ConfigFile,
    /// Secret of every standard sender that the configuration gives none; drawn and kept in the data folder otherwise.
    #[arg(long, env = "EUSH_BUS_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub(crate) secret: Option<String>,
    /// Seed of the population, for the standard senders.
    #[arg(long, env = "EUSH_SEED", default_value_t = 1, value_name = "NUMBER")]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Up {
    #[command(flatten)]
    pub(crate) config: ConfigFile,
    /// First port: the gateway takes it, the other listeners the ones after it; 0 lets the system choose all of them.
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// Seed of the population and of chance; kept in the data folder from the first start on.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// Algorithm of the test keys.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) keys: Keys,
    /// Listen on this address instead of loopback, without TLS: for containers on a network of their own, never
    /// otherwise.
    #[arg(long, value_name = "IP")]
    pub(crate) insecure_bind: Option<std::net::IpAddr>,
    /// An agency that is not ours: its mock is not started and the bus calls this address. May be repeated.
    #[arg(long = "agency", value_name = "CODE=HOST:PORT")]
    pub(crate) agencies: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Only cases whose name has this text in it.
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
    /// Seed of the population.
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    pub(crate) seed: u64,
    /// Algorithm of the test keys.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) keys: Keys,
}

#[derive(Debug, Args)]
pub(crate) struct Health {
    /// Listener to ask: a name such as `gateway`, or host:port.
    #[arg(default_value = "gateway")]
    pub(crate) listener: String,
}

#[derive(Debug, Args)]
pub(crate) struct Certificates {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:7072", value_name = "HOST:PORT")]
    pub(crate) listen: String,
    /// Base of the addresses written into certificates; the listener's own where none is given.
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Algorithm of the test keys that are asked for without one.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) keys: Keys,
    #[command(flatten)]
    pub(crate) exposure: Exposure,
}

/// Whether a listener may be reached from outside the machine.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Exposure {
    /// Listen beyond loopback without TLS: for containers on a network of their own, never otherwise.
    #[arg(long)]
    pub(crate) insecure_bind: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Agency {
    /// Codes of the agencies, for example esobes; `all` for every one.
    #[arg(required = true)]
    pub(crate) codes: Vec<String>,
    /// Address of the first agency; the others take the ports after it. Port 0 lets the system choose.
    #[arg(long, default_value = "127.0.0.1:7080", value_name = "HOST:PORT")]
    pub(crate) listen: String,
    /// The gateway, for later results; `-` reads its address from standard input, for whoever starts both.
    #[arg(long, env = "EUSH_GATEWAY", default_value = "127.0.0.1:7070", value_name = "HOST:PORT")]
    pub(crate) gateway: String,
    /// The certificate services, for the provider's test keys.
    #[arg(long, env = "EUSH_CERTIFICATES", default_value = "127.0.0.1:7072", value_name = "HOST:PORT")]
    pub(crate) certificates: String,
    /// Secret with which the agencies send to the gateway.
    #[arg(long, env = "EUSH_BUS_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub(crate) secret: String,
    /// Seed of the population; the gateway's.
    #[arg(long, env = "EUSH_SEED", default_value_t = 1, value_name = "NUMBER")]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) exposure: Exposure,
}

#[derive(Debug, Args)]
pub(crate) struct Front {
    /// `portal`, `state-corporation` or `office`.
    pub(crate) name: String,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:7090", value_name = "HOST:PORT")]
    pub(crate) listen: String,
    /// The gateway.
    #[arg(long, env = "EUSH_GATEWAY", default_value = "127.0.0.1:7070", value_name = "HOST:PORT")]
    pub(crate) gateway: String,
    /// The certificate services, for the front's own test key.
    #[arg(long, env = "EUSH_CERTIFICATES", default_value = "127.0.0.1:7072", value_name = "HOST:PORT")]
    pub(crate) certificates: String,
    /// Secret with which the front sends to the gateway.
    #[arg(long, env = "EUSH_BUS_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub(crate) secret: String,
    /// Seed of the population; the gateway's.
    #[arg(long, env = "EUSH_SEED", default_value_t = 1, value_name = "NUMBER")]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) exposure: Exposure,
}
