//! The regulations as data, typed and validated.
//!
//! One file a public service stands under `data/<act>/`; [`catalogue`] is all of them, read and checked once. This
//! crate says what the acts say. It runs nothing, knows no socket and no agency's code: the engine that runs a flow is
//! `gateway/pipeline`.

mod catalogue;
pub mod coverage;
pub mod diagram;
pub mod diff;
mod error;
mod load;
pub mod model;
mod raw;
mod validate;
pub mod view;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

pub use catalogue::{Act, Catalogue, Named, RegisteredService, Resolved, System, SystemKind};
pub use error::{CatalogueError, Fault, LoadError, Place};
pub use model::*;

/// Every data file of this crate: path below the crate's folder, and text.
pub const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The regulations that this binary was built with.
#[expect(clippy::expect_used, reason = "the data are compiled in, and a test of this crate loads them")]
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: LazyLock<Catalogue> =
        LazyLock::new(|| Catalogue::load(FILES).expect("the embedded regulations are valid"));
    &CATALOGUE
}
