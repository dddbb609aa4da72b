//! Judges a certificate on files, for the interoperability scripts under `tests/interop`.
//!
//! `judge AT ROOT.der ISSUING.der LEAF.der LIST.crl…`: `AT` in RFC 3339, each list tried with both authorities.
#![expect(clippy::print_stdout, reason = "an example that talks to a shell script")]

use std::error::Error;
use std::sync::Arc;

use eush_pki::judge::{Context, Expectations, Policy, judge};
use eush_pki::{Certificate, CrlIndex, RevocationEvidence, Timestamp, Trust};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [at, root, issuing, leaf, lists @ ..] = arguments.as_slice() else {
        return Err("usage: judge AT ROOT ISSUING LEAF LIST...".into());
    };
    let at = Timestamp::parse(at, &time::format_description::well_known::Rfc3339)?;
    let read = |path: &String| -> Result<Certificate, Box<dyn Error>> {
        Ok(Certificate::parse(&std::fs::read(path)?)?)
    };
    let (root, issuing, leaf) = (read(root)?, read(issuing)?, read(leaf)?);
    let mut evidence = RevocationEvidence::default();
    for path in lists {
        let der = std::fs::read(path)?;
        let list = CrlIndex::build(&der, &issuing).or_else(|_| CrlIndex::build(&der, &root))?;
        evidence.add(Arc::new(list));
    }
    let trust = Trust::new(vec![root], vec![issuing]);
    let (expectations, policy) = (Expectations::default(), Policy::default());
    let context =
        Context { trust: &trust, evidence: &evidence, at, expectations: &expectations, policy: &policy };
    let verdict = judge(&leaf, &[], &context);
    let reason = verdict.rejection.map_or("-", |rejection| rejection.facts().reason);
    println!("{} {reason}", verdict.indication.name());
    for stage in verdict.stages {
        println!(
            "  {} {} {:?} {:?}",
            stage.stage.name(),
            stage.outcome.name(),
            stage.evidence,
            stage.warnings
        );
    }
    Ok(())
}
