//! Every check, in order.

use serde::{Deserialize, Serialize};

/// The durable trace of a clearance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clearance {}
