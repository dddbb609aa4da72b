//! Revocation lists: whatever came is signed by the golden issuing authority, indexed, and every entry is asked for again,
//! against a plain scan with `x509-parser`.

use std::sync::{Arc, LazyLock};

use eush_pki::certificate::general_name::GeneralName;
use eush_pki::judge::{Indication, judge};
use eush_pki::{CrlIndex, DistinguishedName, RevocationEvidence, RevocationReason};
use eush_sign::asn1::{Reader, tag};
use x509_parser::prelude::{CertificateRevocationList, FromDer as _};

use crate::golden::{self, AT, GOLDEN, PERSON};

/// What the golden authority did sign.
static SIGNED: LazyLock<[Vec<u8>; 3]> =
    LazyLock::new(|| [golden::list("issuing"), golden::delta("issuing"), golden::indirect("issuing")]);

/// The target.
pub fn check(data: &[u8]) {
    let golden = &*GOLDEN;
    let Ok(tbs) = golden::signed_part(data) else { return };
    for built in [CrlIndex::build(data, &golden.issuing), CrlIndex::build_delta(data, &golden.issuing)] {
        if built.is_ok() {
            let signed = SIGNED.iter().any(|list| golden::signed_part(list) == Ok(tbs));
            assert!(signed, "nobody signed this list");
        }
    }
    let der = golden::sign(tbs, "issuing");
    let complete = CrlIndex::build(&der, &golden.issuing);
    let delta = CrlIndex::build_delta(&der, &golden.issuing);
    assert!(complete.is_err() || delta.is_err(), "a list is complete or a delta");
    if let Ok(index) = complete {
        let rows = compare(&index, &der);
        judged(index, &rows);
    } else if let Ok(index) = delta {
        let rows = compare(&index, &der);
        judged_delta(index, &rows);
    }
}

struct Row {
    issuer: DistinguishedName,
    serial: Vec<u8>,
    at: i64,
    reason: u32,
}

/// Every entry by plain scan, and by the index.
fn compare(index: &CrlIndex, der: &[u8]) -> Vec<Row> {
    let (rest, list) = CertificateRevocationList::from_der(der).expect("we took it, so that it is a list");
    assert!(rest.is_empty());
    assert_eq!(list.tbs_cert_list.this_update.timestamp(), index.this_update().unix_timestamp());
    let next = list.tbs_cert_list.next_update.map(|at| at.timestamp());
    assert_eq!(next, Some(index.next_update().unix_timestamp()));
    let mut issuer = index.issuer().clone();
    let mut rows = Vec::new();
    for entry in list.iter_revoked_certificates() {
        for extension in entry.extensions() {
            if extension.oid.to_id_string() == "2.5.29.29" {
                let names = Reader::whole(extension.value, tag::SEQUENCE).unwrap().value;
                let names = GeneralName::read_all(names).unwrap();
                let first = names.into_iter().find_map(|name| match name {
                    GeneralName::Directory(name) => Some(name),
                    _ => None,
                });
                issuer = first.expect("an issuer is a directory name");
            }
        }
        let raw = entry.raw_serial();
        let skip = raw.iter().take_while(|&&byte| byte == 0).count().min(raw.len() - 1);
        let reason = entry.reason_code().map_or(0, |(_, code)| u32::from(code.0));
        let row = Row {
            issuer: issuer.clone(),
            serial: raw[skip..].to_vec(),
            at: entry.revocation_date.timestamp(),
            reason,
        };
        rows.push(row);
    }
    assert_eq!(rows.len(), index.len());
    for row in &rows {
        let same = rows.iter().filter(|one| one.issuer.is_same(&row.issuer) && one.serial == row.serial);
        let same: Vec<(i64, u32)> = same.map(|one| (one.at, one.reason)).collect();
        let found = index.lookup_of(&row.issuer, &row.serial).expect("it is listed");
        let found = (found.at.unix_timestamp(), found.reason.code());
        assert!(same.contains(&found), "the index says what no entry says");
        let light = |reason: u32| reason == 6 || reason == 8;
        assert!(!light(found.1) || same.iter().all(|one| light(one.1)), "a hold outweighs nothing");
        let mut other = row.serial.clone();
        *other.last_mut().unwrap() ^= 1;
        let listed = rows.iter().any(|one| one.issuer.is_same(&row.issuer) && one.serial == other);
        assert_eq!(index.lookup_of(&row.issuer, &other).is_some(), listed);
    }
    rows
}

fn listed<'a>(rows: &'a [Row], issuer: &DistinguishedName, serial: &[u8]) -> Option<&'a Row> {
    rows.iter().find(|row| row.issuer.is_same(issuer) && row.serial == serial)
}

fn judged(index: CrlIndex, rows: &[Row]) {
    let golden = &*GOLDEN;
    let (this_update, next_update) = (index.this_update(), index.next_update());
    // The golden authority's own list says nothing here, so that this one alone speaks of the person.
    let mut evidence = RevocationEvidence::new(vec![Arc::new(index)]);
    evidence.add(Arc::new(CrlIndex::build(&golden::list("root"), &golden.root).unwrap()));
    let verdict = judge(&golden.person, &[], &golden.context(&evidence));
    let row = listed(rows, golden.issuing.subject_dn(), &PERSON);
    if verdict.indication == Indication::TotalPassed {
        assert!(this_update <= AT && AT <= next_update, "a list that is not fresh is never good");
        assert!(row.is_none(), "the person is on the list");
    }
}

fn judged_delta(delta: CrlIndex, rows: &[Row]) {
    let golden = &*GOLDEN;
    let Some(complete) = golden.evidence.lists().first().cloned() else { return };
    let counts = complete.takes(&delta) && delta.this_update() <= AT;
    let mut evidence = golden.evidence.clone();
    evidence.add_delta(Arc::new(delta));
    let verdict = judge(&golden.person, &[], &golden.context(&evidence));
    let row = listed(rows, golden.issuing.subject_dn(), &PERSON);
    let revoked = row.is_some_and(|row| row.reason != RevocationReason::RemoveFromCrl.code());
    if counts && revoked {
        assert_ne!(verdict.indication, Indication::TotalPassed);
    }
}
