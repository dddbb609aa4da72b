//! People and organisations by their legal number.

use eush_domain::{Bin, Iin};
use serde::{Deserialize, Serialize};

/// A person or an organisation, by legal number. `Debug` masks the person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// An organisation.
    Bin(Bin),
    /// A natural person.
    Iin(Iin),
}

impl Party {
    /// The twelve digits. Not for logs.
    pub fn digits(&self) -> &str {
        match self {
            Self::Bin(bin) => bin.digits(),
            Self::Iin(iin) => iin.digits(),
        }
    }
}

/// Somebody who acts for the applicant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Representative {
    /// Who acts.
    pub party: Party,
    /// How the power of attorney is certified.
    pub certification: Certification,
    /// Number of the power of attorney; empty where it is certified otherwise than by a notary.
    pub power_of_attorney_number: String,
}

/// How a power of attorney is certified. Its data are entered, and asked for, only where a notary did it
/// (act 000, 2-үдеріс).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certification {
    /// By a notary.
    Notarized,
    /// By anybody else.
    Otherwise,
}
