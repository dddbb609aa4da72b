//! Paths after the sections of NIST's PKITS, by RFC 5280 alone: a golden world, and one defect a row. Policies and name
//! constraints (4.8 to 4.13) are in `constraints.rs`, distribution points and deltas (4.14, 4.15) in `scopes.rs`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::sync::Arc;

use eush_domain::Rejection;
use eush_pki::judge::{Context, Expectations, Policy, judge};
use eush_pki::{
    Certificate, ChainPolicy, CrlIndex, RevocationEvidence, RevocationPolicy, RevocationScope, Rules, Trust,
};
use eush_sign::asn1::writer;
use support::*;
use time::Duration;
use time::macros::datetime;

/// Root, middle, issuing authority and leaf, and the list of each authority.
struct World {
    root: Draft,
    middle: Draft,
    issuing: Draft,
    leaf: Draft,
    /// Further certificates that came with the leaf.
    others: Vec<Draft>,
    lists: Vec<ListDraft>,
}

fn world() -> World {
    World {
        root: root_draft(),
        middle: authority_draft("middle", "root", 3),
        issuing: authority_draft("issuing", "middle", 2),
        leaf: leaf_draft(),
        others: vec![],
        lists: vec![list_draft("root"), list_draft("middle"), list_draft("issuing")],
    }
}

impl World {
    /// Why the leaf is refused: the word of the rejection and, of a chain, the fault.
    fn judge(&self) -> String {
        let authorities: Vec<Certificate> = [&self.root, &self.middle, &self.issuing]
            .into_iter()
            .chain(&self.others)
            .map(Draft::sign)
            .collect();
        let trust = Trust::new(vec![authorities[0].clone()], authorities[1..].to_vec());
        let mut evidence = RevocationEvidence::default();
        for list in &self.lists {
            let der = list.der();
            let mut built = authorities.iter().filter_map(|one| CrlIndex::build(&der, one).ok());
            match built.next() {
                Some(index) => evidence.add(Arc::new(index)),
                None => authorities.iter().for_each(|one| evidence.add_untrusted(one, "unusable".to_owned())),
            }
        }
        let policy = Policy {
            chain: ChainPolicy { rules: Rules::Rfc5280, ..ChainPolicy::default() },
            revocation: RevocationPolicy { scope: RevocationScope::Chain },
        };
        let expectations = Expectations::default();
        let context = Context {
            trust: &trust,
            evidence: &evidence,
            at: AT,
            expectations: &expectations,
            policy: &policy,
        };
        let verdict = judge(&self.leaf.sign(), &[], &context);
        let fault = || {
            let evidence = &verdict.stages[1].evidence;
            evidence.iter().find(|row| row.0 == "fault").map(|row| row.1.clone()).unwrap_or_default()
        };
        match verdict.rejection {
            None => "good".to_owned(),
            Some(Rejection::ChainInvalid) => fault(),
            Some(other) => other.facts().reason.to_owned(),
        }
    }
}

/// Name, the one change, what it comes to.
type Row<'a> = (&'a str, &'a dyn Fn(&mut World), &'a str);

#[track_caller]
fn check(rows: &[Row<'_>]) {
    assert_eq!(world().judge(), "good", "the golden world");
    for (name, change, expected) in rows {
        let mut world = world();
        change(&mut world);
        assert_eq!(world.judge(), *expected, "{name}");
    }
}

const UNAVAILABLE: &str = "REVOCATION_UNAVAILABLE";
const UNTRUSTED: &str = "REVOCATION_UNTRUSTED";
const REVOKED: &str = "CERTIFICATE_REVOKED";

#[test]
fn signatures() {
    check(&[
        ("4.1.2 of an authority", &|w| w.issuing.signer = "stranger".to_owned(), "signature"),
        ("4.1.3 of the leaf", &|w| w.leaf.signer = "stranger".to_owned(), "signature"),
    ]);
}

#[test]
fn periods() {
    check(&[
        (
            "4.2.1 authority not yet valid",
            &|w| w.middle.not_before = AT + Duration::SECOND,
            "issuer-not-yet-valid",
        ),
        (
            "4.2.2 leaf not yet valid",
            &|w| w.leaf.not_before = AT + Duration::SECOND,
            "CERTIFICATE_NOT_YET_VALID",
        ),
        ("4.2.3 UTCTime before 2000", &|w| w.leaf.not_before = datetime!(1950-01-01 0:00 UTC), "good"),
        ("4.2.5 authority expired", &|w| w.middle.not_after = AT - Duration::SECOND, "issuer-expired"),
        ("4.2.6 leaf expired", &|w| w.leaf.not_after = AT - Duration::SECOND, "CERTIFICATE_EXPIRED"),
        (
            "4.2.7 expired before 2000",
            &|w| {
                w.leaf.not_before = datetime!(1990-01-01 0:00 UTC);
                w.leaf.not_after = datetime!(1999-12-31 0:00 UTC);
            },
            "CERTIFICATE_EXPIRED",
        ),
        ("4.2.8 GeneralizedTime", &|w| w.leaf.not_after = datetime!(9999-12-31 23:59:59 UTC), "good"),
    ]);
}

#[test]
fn names() {
    let spelled = |text: &str| common_name(text);
    check(&[
        ("4.3.1 another name", &|w| w.leaf.issuer = spelled("issuing 1"), "ISSUER_UNKNOWN"),
        ("4.3.2 another order", &|w| w.leaf.issuer.reverse(), "ISSUER_UNKNOWN"),
        ("4.3.3 white space", &|w| w.leaf.issuer = spelled("  issuing "), "good"),
        ("4.3.5 capitals", &|w| w.leaf.issuer = spelled("ISSUING"), "good"),
        (
            "4.3.6 identifiers of the keys",
            &|w| w.leaf = w.leaf.clone().with(authority_key_id(b"x")),
            "ISSUER_UNKNOWN",
        ),
        ("4.3.9 another string type", &|w| w.leaf.printable = true, "good"),
    ]);
}

/// A name that is spelled otherwise in the certificate than in the list must not hide the entry.
#[test]
fn names_spelled_otherwise_are_found_on_lists() {
    let listed = |w: &mut World| w.lists[2] = list_draft("issuing").revoking(&[0x5a; 20], Some(1));
    check(&[
        (
            "capitals",
            &|w| {
                w.leaf.issuer = common_name("ISSUING");
                listed(w);
            },
            REVOKED,
        ),
        (
            "another string type",
            &|w| {
                w.leaf.printable = true;
                listed(w);
            },
            REVOKED,
        ),
    ]);
}

#[test]
fn lists() {
    check(&[
        (
            "4.4.1 none",
            &|w| {
                w.lists.remove(2);
            },
            UNAVAILABLE,
        ),
        (
            "4.4.1 none of an authority",
            &|w| {
                w.lists.remove(1);
            },
            UNAVAILABLE,
        ),
        ("4.4.2 authority revoked", &|w| w.lists[1] = list_draft("middle").revoking(&[2], Some(1)), REVOKED),
        (
            "4.4.2 authority above revoked",
            &|w| w.lists[0] = list_draft("root").revoking(&[3], Some(1)),
            REVOKED,
        ),
        (
            "4.4.3 leaf revoked",
            &|w| w.lists[2] = list_draft("issuing").revoking(&[0x5a; 20], Some(1)),
            REVOKED,
        ),
        ("4.4.4 signed by another key", &|w| w.lists[2].signer = "stranger".to_owned(), UNTRUSTED),
        ("4.4.5 of another issuer", &|w| w.lists[2].issuer = common_name("issuing 1"), UNTRUSTED),
    ]);
}

#[test]
fn lists_of_odd_contents() {
    let critical = |dotted: &str| Extension(oid(dotted), true, writer::null());
    check(&[
        (
            "4.4.7 two lists of one key",
            &|w| {
                let newer = list_draft("issuing").with(number(8)).revoking(&[0x5a; 20], Some(1));
                w.lists.push(newer);
            },
            REVOKED,
        ),
        (
            "4.4.8 unknown extension of an entry",
            &|w| w.lists[2].entry_extensions = vec![critical("1.2.398.3.3.98")],
            UNTRUSTED,
        ),
        (
            "4.4.9 unknown extension",
            &|w| w.lists[2] = w.lists[2].clone().with(critical("1.2.398.3.3.98")),
            UNTRUSTED,
        ),
        (
            "4.4.11 past nextUpdate",
            &|w| w.lists[2].next_update = Some(AT - Duration::SECOND),
            "REVOCATION_STALE",
        ),
        (
            "4.4.12 past nextUpdate before 2000",
            &|w| {
                w.lists[2].this_update = datetime!(1998-01-01 0:00 UTC);
                w.lists[2].next_update = Some(datetime!(1999-01-01 0:00 UTC));
            },
            "REVOCATION_STALE",
        ),
        (
            "4.4.13 nextUpdate in GeneralizedTime",
            &|w| w.lists[2].next_update = Some(datetime!(2050-01-01 0:00 UTC)),
            "good",
        ),
        (
            "4.4.16 a long number, listed",
            &|w| {
                w.leaf.serial = vec![0x7f; 20];
                w.lists[2] = list_draft("issuing").revoking(&[0x7f; 20], None);
            },
            REVOKED,
        ),
        (
            "4.4.17 a long number, one digit off",
            &|w| {
                w.leaf.serial = vec![0x7f; 20];
                w.lists[2] = list_draft("issuing").revoking(&[&[0x7f; 19][..], &[0x7e]].concat(), None);
            },
            "good",
        ),
    ]);
}

/// An authority that changes its key certifies the new one with the old, and the old one with the new.
fn rollover(w: &mut World) {
    let new =
        Draft { key: "issuing new".to_owned(), ..w.issuing.clone() }.with(subject_key_id(b"issuing new"));
    let new_with_old = Draft {
        issuer: common_name("issuing"),
        signer: "issuing".to_owned(),
        serial: vec![0x44],
        ..new.clone()
    }
    .with(authority_key_id(b"issuing"));
    w.leaf =
        Draft { signer: "issuing new".to_owned(), ..w.leaf.clone() }.with(authority_key_id(b"issuing new"));
    w.others.push(new_with_old);
    // The new key signs the list about the leaf; the old one still speaks of the new key's certificate.
    let by_new = ListDraft { signer: "issuing new".to_owned(), ..list_draft("issuing") };
    w.lists.push(by_new.with(authority_key_id(b"issuing new")));
}

#[test]
fn self_issued_certificates() {
    check(&[
        ("4.5.1 new key by the old one", &rollover, "good"),
        (
            "4.5.2 leaf revoked by the new key",
            &|w| {
                rollover(w);
                let last = w.lists.len() - 1;
                w.lists[last] = w.lists[last].clone().revoking(&[0x5a; 20], Some(1));
            },
            REVOKED,
        ),
        (
            "4.5.5 new key's certificate revoked by the old one",
            &|w| {
                rollover(w);
                w.lists[2] = list_draft("issuing").revoking(&[0x44], Some(1));
            },
            REVOKED,
        ),
        (
            "4.6.15 self-issued ones do not count for length",
            &|w| {
                rollover(w);
                w.issuing = w.issuing.clone().with(basic_constraints(Some(0)));
                w.middle = w.middle.clone().with(basic_constraints(Some(1)));
            },
            "good",
        ),
        (
            "a new key without its own right to sign",
            &|w| {
                rollover(w);
                w.others[0] = w.others[0].clone().with(key_usage(&[6]));
            },
            "issuer-key-usage",
        ),
    ]);
}

#[test]
fn basic_constraints_and_key_usage() {
    let not = |critical| Extension(oid("2.5.29.19"), critical, writer::sequence::<Vec<u8>>([]));
    check(&[
        ("4.6.1 missing", &|w| w.issuing = w.issuing.clone().without("2.5.29.19"), "issuer-not-authority"),
        (
            "4.6.2 critical, no authority",
            &|w| w.issuing = w.issuing.clone().with(not(true)),
            "issuer-not-authority",
        ),
        (
            "4.6.3 not critical, no authority",
            &|w| w.issuing = w.issuing.clone().with(not(false)),
            "issuer-not-authority",
        ),
        (
            "4.6.4 not critical, authority",
            &|w| {
                let Extension(kind, _, value) = basic_constraints(None);
                w.issuing = w.issuing.clone().with(Extension(kind, false, value));
            },
            "good",
        ),
        (
            "4.6.5 no authority below",
            &|w| w.middle = w.middle.clone().with(basic_constraints(Some(0))),
            "path-length",
        ),
        (
            "4.6.7 length 0 above a leaf",
            &|w| w.issuing = w.issuing.clone().with(basic_constraints(Some(0))),
            "good",
        ),
        (
            "4.6.8 length of the root",
            &|w| w.root = w.root.clone().with(basic_constraints(Some(1))),
            "path-length",
        ),
        (
            "4.6.13 length that is enough",
            &|w| w.root = w.root.clone().with(basic_constraints(Some(2))),
            "good",
        ),
        (
            "4.7.1 may not sign certificates",
            &|w| w.issuing = w.issuing.clone().with(key_usage(&[0, 6])),
            "issuer-key-usage",
        ),
        (
            "4.7.2 the same, not critical",
            &|w| {
                let Extension(kind, _, value) = key_usage(&[6]);
                w.issuing = w.issuing.clone().with(Extension(kind, false, value));
            },
            "issuer-key-usage",
        ),
        ("4.7.3 no key usage at all", &|w| w.issuing = w.issuing.clone().without("2.5.29.15"), "good"),
        ("4.7.4 may not sign lists", &|w| w.issuing = w.issuing.clone().with(key_usage(&[5])), UNTRUSTED),
    ]);
}

#[test]
fn extensions_of_others() {
    let unknown = |critical| Extension(oid("1.2.398.3.3.99"), critical, writer::null());
    check(&[
        ("4.16.1 unknown, not critical", &|w| w.leaf = w.leaf.clone().with(unknown(false)), "good"),
        ("4.16.2 unknown, critical", &|w| w.leaf = w.leaf.clone().with(unknown(true)), "critical-extension"),
        (
            "4.16.2 in an authority",
            &|w| w.middle = w.middle.clone().with(unknown(true)),
            "critical-extension",
        ),
        ("4.16.2 in the root", &|w| w.root = w.root.clone().with(unknown(true)), "critical-extension"),
    ]);
}
