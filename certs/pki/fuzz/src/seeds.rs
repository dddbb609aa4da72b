//! What the targets start from: written into `corpus/` when one starts, made anew each time. Nobody else's files are in here.

use std::path::Path;

use eush_pki::OcspRequest;
use eush_sign::asn1::{tag, writer};
use time::Duration;

use crate::golden::{self, AT, GOLDEN};
use crate::{cms, ocsp, pkcs12};

/// Writes the seeds of a target.
pub fn write(target: &str) {
    let seeds = match target {
        "certificate" => certificates(),
        "cms" => documents(),
        "crl" => vec![golden::list("issuing"), golden::delta("issuing"), golden::indirect("issuing")],
        "ocsp" => answers(),
        "pkcs12" => vec![pkcs12::seed()],
        "subject" => names(),
        other => panic!("no target `{other}`"),
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    std::fs::create_dir_all(&folder).unwrap();
    for (number, seed) in seeds.iter().enumerate() {
        std::fs::write(folder.join(format!("golden-{number}")), seed).unwrap();
    }
}

fn certificates() -> Vec<Vec<u8>> {
    let golden = &*GOLDEN;
    let read = [&golden.root, &golden.issuing, &golden.between, &golden.responder, &golden.person];
    read.iter().map(|one| one.der().to_vec()).collect()
}

fn documents() -> Vec<Vec<u8>> {
    assert!(cms::is_sound(), "golden documents hold");
    let seeds = cms::seeds();
    let ber: Vec<Vec<u8>> = seeds.iter().map(|der| cms::as_ber(der)).collect();
    [seeds, ber].concat()
}

fn names() -> Vec<Vec<u8>> {
    let others = [("2.5.4.5", "IIN"), ("2.5.4.11", "BIN"), ("0.9.2342.19200300.100.1.1", "1.2.398.6.10.1.1")];
    vec![golden::person_name(), golden::name("test"), golden::attributes(&others)]
}

fn answers() -> Vec<Vec<u8>> {
    let golden = &*GOLDEN;
    let revoked = |at, code| {
        let reason = writer::explicit(0, &writer::enumerated(code));
        writer::tlv(tag::context_constructed(1), &[writer::generalized_time(at).unwrap(), reason].concat())
    };
    let rows = [
        ("issuing", writer::tlv(tag::context(0), &[]), false),
        ("responder", writer::tlv(tag::context(0), &[]), false),
        ("issuing", revoked(AT - Duration::DAY, 1), false),
        ("issuing", revoked(eush_pki::Timestamp::UNIX_EPOCH, 6), true),
        ("issuing", writer::tlv(tag::context(2), &[]), false),
    ];
    let mut seeds: Vec<Vec<u8>> = rows
        .iter()
        .map(|(who, status, never)| {
            ocsp::answer(&ocsp::response_data(who, status, *never), who, golden.responder.der())
        })
        .collect();
    seeds.push(OcspRequest::about(&golden.person, &golden.issuing, Some(&ocsp::NONCE)).unwrap().encode());
    seeds
}
