//! The catalogue: every act, system, actor and regulation, and how to find one.

use eush_domain::{AgencyId, Channel, FlowId, LocalizedText, ServiceId, SystemId};
use serde::{Deserialize, Serialize};

use crate::error::LoadError;
use crate::model::{ChannelFlow, Regulation};

/// An act of which regulations are part.
#[derive(Clone, Debug)]
pub struct Act {
    /// `000` to `004`.
    pub id: String,
    /// Number as published.
    pub number: String,
    /// Date as published, ISO.
    pub date: String,
    /// Issuing body; Kazakh as published.
    pub issuer: LocalizedText,
    /// File name of the published text.
    pub file: String,
}

/// What a system is to the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SystemKind {
    /// Takes deliveries or answers look-ups.
    Agency,
    /// People start here.
    Front,
    /// Carries messages.
    Gateway,
    /// Named by an act, written or read by hand; no message reaches it through the bus by the act.
    Manual,
}

/// A system that an act names.
#[derive(Clone, Debug)]
pub struct System {
    /// Code.
    pub code: SystemId,
    /// What it is to the bus.
    pub kind: SystemKind,
    /// Name in full.
    pub names: LocalizedText,
    /// How the acts write it: abbreviations, and slips that mean the same system.
    pub aliases: Vec<String>,
}

/// A routing key of the bus and the agency behind it.
#[derive(Clone, Debug)]
pub struct RegisteredService {
    /// Routing key.
    pub id: ServiceId,
    /// Agency that answers.
    pub agency: AgencyId,
    /// What it does.
    pub names: LocalizedText,
}

/// An actor's code and names.
#[derive(Clone, Debug)]
pub struct Named {
    /// Code used in data, for example `office-specialist`.
    pub code: String,
    /// Names.
    pub names: LocalizedText,
}

/// A flow with the regulation that it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Resolved<'a> {
    /// The regulation.
    pub regulation: &'a Regulation,
    /// The channel.
    pub flow: &'a ChannelFlow,
}

/// Every act, system, actor and regulation.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    pub(crate) acts: Vec<Act>,
    pub(crate) systems: Vec<System>,
    pub(crate) services: Vec<RegisteredService>,
    pub(crate) actors: Vec<Named>,
    pub(crate) regulations: Vec<Regulation>,
}

impl Catalogue {
    /// Reads and checks data files, given as path and text.
    ///
    /// # Errors
    /// Every fault of every file, with its line and what to do about it.
    pub fn load(files: &[(&str, &str)]) -> Result<Self, LoadError> {
        crate::load::load(files)
    }

    /// The acts, in the order of their ids.
    pub fn acts(&self) -> &[Act] {
        &self.acts
    }

    /// The act of this id.
    pub fn act(&self, id: &str) -> Option<&Act> {
        self.acts.iter().find(|act| act.id == id)
    }

    /// Every regulation, in the order of acts and services.
    pub fn regulations(&self) -> &[Regulation] {
        &self.regulations
    }

    /// The regulation of an id such as `astana/unemployed-certificate`, or of a short form such as `000-A`.
    pub fn regulation(&self, id_or_alias: &str) -> Option<&Regulation> {
        self.regulations.iter().find(|regulation| {
            regulation.id.as_str() == id_or_alias || regulation.alias.eq_ignore_ascii_case(id_or_alias)
        })
    }

    /// A channel that an act gives a service; `None` where the service is unknown or has no such channel.
    pub fn flow(&self, id: &FlowId) -> Option<&ChannelFlow> {
        self.resolved(id).map(|resolved| resolved.flow)
    }

    /// A channel together with its regulation.
    pub fn resolved(&self, id: &FlowId) -> Option<Resolved<'_>> {
        let regulation = self.regulation(id.regulation.as_str())?;
        let flow = regulation.channels.iter().find(|flow| flow.id.channel == id.channel)?;
        Some(Resolved { regulation, flow })
    }

    /// Every channel of every regulation, in order.
    pub fn flows(&self) -> impl Iterator<Item = Resolved<'_>> {
        self.regulations
            .iter()
            .flat_map(|regulation| regulation.channels.iter().map(move |flow| Resolved { regulation, flow }))
    }

    /// The flow id that a text means: `000-A/portal`, `000-a/sc` or `astana/unemployed-certificate/portal`.
    ///
    /// The regulation must exist; whether it has the channel is for [`Self::flow`] to say, so that the two faults can
    /// be told apart.
    pub fn resolve(&self, text: &str) -> Option<FlowId> {
        let (regulation, channel) = text.rsplit_once('/')?;
        let channel = Channel::parse(channel)?;
        let regulation = self.regulation(regulation)?;
        Some(FlowId { regulation: regulation.id.clone(), channel })
    }

    /// The systems that the acts name.
    pub fn systems(&self) -> &[System] {
        &self.systems
    }

    /// The system of a code, or of a name as an act writes it, for example `ЭҮӨШ`.
    pub fn system(&self, code_or_alias: &str) -> Option<&System> {
        self.systems.iter().find(|system| {
            system.code.as_str() == code_or_alias || system.aliases.iter().any(|alias| alias == code_or_alias)
        })
    }

    /// The system that a regulation means by a name: its own spellings come first, then everybody's aliases.
    pub fn system_as_printed(&self, regulation: &Regulation, printed: &str) -> Option<&System> {
        let own = regulation.spellings.iter().find(|spelling| spelling.printed == printed);
        self.system(own.map_or(printed, |spelling| spelling.system.as_str()))
    }

    /// The routing keys of the bus.
    pub fn services(&self) -> &[RegisteredService] {
        &self.services
    }

    /// The agency behind a routing key.
    pub fn service(&self, id: &ServiceId) -> Option<&AgencyId> {
        self.services.iter().find(|service| service.id == *id).map(|service| &service.agency)
    }

    /// The actors.
    pub fn actors(&self) -> &[Named] {
        &self.actors
    }

    /// Names of an actor.
    pub fn actor(&self, code: &str) -> Option<&LocalizedText> {
        self.actors.iter().find(|actor| actor.code == code).map(|actor| &actor.names)
    }
}
