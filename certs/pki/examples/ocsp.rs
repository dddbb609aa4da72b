//! Asks and judges OCSP on files, for the interoperability scripts under `tests/interop`.
//!
//! `ocsp ask LEAF.der ISSUING.der OUT` and `ocsp judge AT LEAF.der ISSUING.der ANSWER`. The nonce is fixed: nothing here is
//! a secret.
#![expect(clippy::print_stdout, reason = "an example that talks to a shell script")]

use std::error::Error;

use eush_pki::ocsp::judge_answer;
use eush_pki::{Certificate, OcspPolicy, OcspRequest, OcspState, Timestamp};

const NONCE: &[u8] = b"sixteen bytes!!!";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let read = |path: &str| -> Result<Certificate, Box<dyn Error>> {
        Ok(Certificate::parse(&std::fs::read(path)?)?)
    };
    match arguments.as_slice() {
        ["ask", leaf, issuing, out] => {
            let request = OcspRequest::about(&read(leaf)?, &read(issuing)?, Some(NONCE))?;
            std::fs::write(out, request.encode())?;
        }
        ["judge", at, leaf, issuing, answer] => {
            let at = Timestamp::parse(at, &time::format_description::well_known::Rfc3339)?;
            let (leaf, issuing) = (read(leaf)?, read(issuing)?);
            let request = OcspRequest::about(&leaf, &issuing, Some(NONCE))?;
            let policy = OcspPolicy { max_ahead: time::Duration::MINUTE, ..OcspPolicy::default() };
            let state = judge_answer(&std::fs::read(answer)?, &request, &issuing, at, &policy);
            match &state {
                OcspState::Answer(_) => println!("{}", state.name()),
                OcspState::Stale(answer) => println!("stale\n  since {}", answer.fresh_until),
                OcspState::Unavailable(failure) => println!("{}\n  {}", state.name(), failure.reason),
                OcspState::Untrusted(why) => println!("{}\n  {why}", state.name()),
            }
        }
        _ => return Err("usage: ocsp ask LEAF ISSUING OUT | ocsp judge AT LEAF ISSUING ANSWER".into()),
    }
    Ok(())
}
