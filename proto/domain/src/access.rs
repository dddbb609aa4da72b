//! How people use a system by hand.

use serde::{Deserialize, Serialize};

/// What is done with a system by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Data are looked up.
    Read,
    /// A document is signed in it.
    Sign,
    /// Data are entered.
    Write,
}

impl Access {
    /// Name in data, journal and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Sign => "sign",
            Self::Write => "write",
        }
    }
}
