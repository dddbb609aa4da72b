//! The ways in which a public service can be reached, as the acts name them.

use serde::{Deserialize, Serialize};

/// A channel of a public service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// Akim of a rural district; on paper only.
    Akim,
    /// The e-government web portal.
    Portal,
    /// The provider's own office.
    Provider,
    /// A public service centre of the older editions; on paper only.
    Psc,
    /// The State corporation "Government for citizens".
    StateCorporation,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 5] = [Self::Akim, Self::Portal, Self::Provider, Self::Psc, Self::StateCorporation];

    /// Name in ids, data and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Akim => "akim",
            Self::Portal => "portal",
            Self::Provider => "provider",
            Self::Psc => "psc",
            Self::StateCorporation => "state-corporation",
        }
    }

    /// The channel of a name; `sc` is taken as short for `state-corporation`.
    pub fn parse(name: &str) -> Option<Self> {
        let name = if name == "sc" { "state-corporation" } else { name };
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }
}
