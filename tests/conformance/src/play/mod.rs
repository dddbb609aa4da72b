//! What the runner plays: the gateway that a subject answers to, and the authority that it gets keys from.

pub(crate) mod authority;
pub(crate) mod bus;
mod refuse;
pub(crate) mod x509;
