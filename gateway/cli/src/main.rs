//! The binary `eush`: everything is in the library, so that tests can start the same bus in their own process.

use std::process::ExitCode;

fn main() -> ExitCode {
    eush::run()
}
