//! Identifiers of the bus. Each is a checked text of its own type, so that none can stand in for another.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Channel;

/// Why a text is no identifier of its kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// A character that this kind of identifier does not allow.
    #[error("{kind} has the character `{character}`; allowed are {allowed}")]
    Character {
        /// Kind of identifier.
        kind: &'static str,
        /// First character at fault.
        character: char,
        /// What is allowed, in words.
        allowed: &'static str,
    },
    /// Nothing, or more than the kind allows.
    #[error("{kind} has {length} characters, expected 1 to {max}")]
    Length {
        /// Kind of identifier.
        kind: &'static str,
        /// Characters found.
        length: usize,
        /// Most characters allowed.
        max: usize,
    },
    /// The parts of the identifier are not what its kind is made of.
    #[error("{kind} is not of the form `{form}`")]
    Shape {
        /// Kind of identifier.
        kind: &'static str,
        /// Expected form.
        form: &'static str,
    },
}

fn checked(
    kind: &'static str,
    text: &str,
    max: usize,
    allowed: &'static str,
    allows: fn(char) -> bool,
) -> Result<String, IdError> {
    let length = text.chars().count();
    if length == 0 || length > max {
        return Err(IdError::Length { kind, length, max });
    }
    match text.chars().find(|&character| !allows(character)) {
        Some(character) => Err(IdError::Character { kind, character, allowed }),
        None => Ok(text.to_owned()),
    }
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $kind:literal, max $max:literal, $allowed:literal, $allows:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks length and characters.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                checked($kind, text, $max, $allowed, $allows).map(Self)
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

fn token(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | ':' | '-')
}

fn kebab(character: char) -> bool {
    character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-'
}

identifier! {
    /// Sender's own id of a message.
    MessageId, "message id", max 64, "A-Z a-z 0-9 . _ : -", token
}
identifier! {
    /// Id that the gateway gives an application.
    ApplicationId, "application id", max 64, "A-Z a-z 0-9 . _ : -", token
}
identifier! {
    /// Routing key of a system's service on the bus, for example `GBDFL_Person`.
    ServiceId, "service id", max 64, "A-Z a-z 0-9 . _ : -", token
}
identifier! {
    /// Code of an agency system, in the established Latin form of its acronym, for example `gbdfl`.
    AgencyId, "agency", max 32, "a-z 0-9 -", kebab
}
identifier! {
    /// Code of any system that an act names: an agency, a front, a gateway, for example `portal` or `regional-gateway`.
    SystemId, "system", max 32, "a-z 0-9 -", kebab
}
identifier! {
    /// A system that may send on the bus, for example `PORTAL`.
    SenderId, "sender id", max 64, "A-Z a-z 0-9 . _ : -", token
}

/// Name of a test session: a bus of its own on the same listeners, for one test among many. Not the wire's `session_id`,
/// which is the gateway's id of one exchange.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionKey(String);

impl SessionKey {
    /// Request metadata that names the session a call belongs to. Absent means the shared bus.
    pub const HEADER: &'static str = "eush-session";

    /// Checks length and characters; the first is no hyphen, so that a key is never taken for a flag.
    ///
    /// # Errors
    /// Where the text is not of the form `[a-z0-9][a-z0-9-]{0,62}`.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let text = checked("session key", text, 63, "a-z 0-9 -", kebab)?;
        if text.starts_with('-') {
            return Err(IdError::Shape { kind: "session key", form: "[a-z0-9][a-z0-9-]{0,62}" });
        }
        Ok(Self(text))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionKey({})", self.0)
    }
}

impl fmt::Display for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for SessionKey {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        Self::parse(&text)
    }
}

impl From<SessionKey> for String {
    fn from(key: SessionKey) -> Self {
        key.0
    }
}

/// Answer metadata that names what decided the answer: `check/<stage>`, `fault/<id>`, `script/<id>`, `replay/<id>` or
/// `agency/<code>`.
pub const DECIDED_BY_HEADER: &str = "eush-decided-by";

/// A public service, as `<region>/<service>`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegulationId(String);

impl RegulationId {
    /// Checks the form `<region>/<service>` in lower-case letters, digits and hyphens.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let shape = IdError::Shape { kind: "regulation id", form: "<region>/<service>" };
        let (region, service) = text.split_once('/').ok_or_else(|| shape.clone())?;
        for part in [region, service] {
            checked("regulation id", part, 64, "a-z 0-9 -", kebab)?;
        }
        Ok(Self(text.to_owned()))
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RegulationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegulationId({})", self.0)
    }
}

impl fmt::Display for RegulationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for RegulationId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        Self::parse(&text)
    }
}

impl From<RegulationId> for String {
    fn from(id: RegulationId) -> Self {
        id.0
    }
}

/// One channel of one public service, as `<regulation>/<channel>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FlowId {
    /// The public service.
    pub regulation: RegulationId,
    /// The channel.
    pub channel: Channel,
}

impl FlowId {
    /// Takes `<region>/<service>/<channel>`. Short forms such as `000-A/portal` are resolved by the catalogue.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let shape = IdError::Shape { kind: "flow", form: "<region>/<service>/<channel>" };
        let (regulation, channel) = text.rsplit_once('/').ok_or_else(|| shape.clone())?;
        Ok(Self {
            regulation: RegulationId::parse(regulation)?,
            channel: Channel::parse(channel).ok_or(shape)?,
        })
    }
}

impl fmt::Display for FlowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.regulation, self.channel.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_say_what_is_wrong() {
        assert_eq!(MessageId::parse("a-1:b.c_D").unwrap().as_str(), "a-1:b.c_D");
        let error = MessageId::parse("a b").unwrap_err().to_string();
        assert_eq!(error, "message id has the character ` `; allowed are A-Z a-z 0-9 . _ : -");
        let error = MessageId::parse(&"x".repeat(65)).unwrap_err().to_string();
        assert_eq!(error, "message id has 65 characters, expected 1 to 64");
        assert!(AgencyId::parse("GBDFL").is_err());
        assert!(RegulationId::parse("astana").is_err());
        assert!(RegulationId::parse("astana/").is_err());
        assert_eq!(SessionKey::parse("0-a").unwrap().as_str(), "0-a");
        for bad in ["", "-a", "A", "a_b", "a/b", "кілт", &"x".repeat(64)] {
            assert!(SessionKey::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn flows_round_trip() {
        let flow = FlowId::parse("astana/unemployed-certificate/sc").unwrap();
        assert_eq!(flow.to_string(), "astana/unemployed-certificate/state-corporation");
        assert_eq!(FlowId::parse(&flow.to_string()).unwrap(), flow);
        assert!(FlowId::parse("astana/unemployed-certificate/post").is_err());
    }
}
