//! Scripted answers: when a call to an agency matches, what it is answered, why nothing matched, and recordings as scripts.
//!
//! Pure: a call comes in as it would go to the agency, an answer or "pass on" goes out. Who signs a scripted result, who
//! keeps scripts and who asks this crate is the gateway's affair. A script stands behind every check: nothing here can
//! make a message pass that was refused.

pub mod answer;
pub mod asked;
pub mod book;
pub mod classes;
pub mod condition;
pub mod fault;
pub mod filter;
mod path;
mod payload;
pub mod people;
pub mod record;
pub mod script;

pub use answer::{Answer, Draft};
pub use asked::{Asked, Kind, SignerFacts};
pub use book::{Book, BookState, Explained, Found};
pub use fault::{Fault, Faults};
pub use filter::{struct_of, value_of};
pub use people::People;
pub use script::{Script, file, read_file, schema, write_file};
