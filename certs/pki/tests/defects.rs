//! A golden chain, and one defect at a time: each gives exactly its reason, and every other stage still holds.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::sync::Arc;

use eush_domain::{CertificateRole, Rejection};
use eush_pki::judge::{
    Context, Expectations, Indication, Outcome, Policy, SubIndication, Verdict, judge, judge_document,
};
use eush_pki::{Certificate, RevocationEvidence, RevocationPolicy, RevocationScope, Timestamp, Trust};
use eush_sign::asn1::writer;
use eush_sign::cms::sign_detached;
use support::*;
use time::Duration;

const CONTENT: &[u8] = b"signed content";

/// Everything that a verdict is made from; a case changes one thing of it.
struct Case {
    leaf: Draft,
    trust: Trust,
    evidence: RevocationEvidence,
    expectations: Expectations,
    policy: Policy,
    at: Timestamp,
}

fn case() -> Case {
    let golden = golden();
    Case {
        leaf: leaf_draft(),
        trust: golden.trust,
        evidence: golden.evidence,
        expectations: Expectations {
            iin: Some(iin()),
            roles: vec![CertificateRole::Individual],
            ..Expectations::default()
        },
        policy: Policy::default(),
        at: AT,
    }
}

impl Case {
    fn context(&self) -> Context<'_> {
        Context {
            trust: &self.trust,
            evidence: &self.evidence,
            at: self.at,
            expectations: &self.expectations,
            policy: &self.policy,
        }
    }

    fn document(&self) -> Verdict {
        let leaf = self.leaf.der();
        let signature = sign_detached(CONTENT, &key(&self.leaf.key), &leaf, &[], AT).unwrap();
        let mut verdicts = judge_document(&signature, Some(CONTENT), &self.context());
        assert_eq!(verdicts.len(), 1);
        verdicts.remove(0)
    }

    fn certificate(&self) -> Verdict {
        judge(&self.leaf.sign(), &[], &self.context())
    }
}

#[track_caller]
fn check(name: &str, change: impl FnOnce(&mut Case), expected: Rejection, sub: SubIndication) {
    let mut case = case();
    change(&mut case);
    let verdict = case.document();
    assert_eq!(verdict.rejection, Some(expected), "{name}: {:#?}", verdict.stages);
    assert_eq!(verdict.sub_indication, Some(sub), "{name}");
    assert_ne!(verdict.indication, Indication::TotalPassed, "{name}");
    let failed: Vec<_> = verdict.stages.iter().filter(|one| one.outcome == Outcome::Fail).collect();
    assert_eq!(failed.len(), 1, "{name}: {failed:#?}");
    assert_eq!(failed[0].stage, expected.facts().stage, "{name}");
    assert!(!failed[0].evidence.is_empty(), "{name}");
    // A certificate judged by itself is refused for the same reason.
    assert_eq!(case.certificate().rejection, Some(expected), "{name}");
}

#[test]
fn the_golden_chain_passes() {
    for verdict in [case().document(), case().certificate()] {
        assert_eq!(verdict.indication, Indication::TotalPassed, "{:#?}", verdict.stages);
        assert_eq!((verdict.rejection, verdict.sub_indication), (None, None));
        assert!(
            verdict.stages.iter().all(|one| one.outcome != Outcome::Fail && one.outcome != Outcome::Warn)
        );
    }
    let stages: Vec<_> = case().document().stages.iter().map(|one| (one.stage.name(), one.outcome)).collect();
    let names = ["signature", "chain", "validity", "revocation", "subject", "role"];
    assert_eq!(stages, names.map(|name| (name, Outcome::Pass)));
    assert_eq!(case().certificate().stages[0].outcome, Outcome::NotChecked);
}

#[test]
fn validity_of_the_leaf() {
    let (before, after) = (leaf_draft().not_before, leaf_draft().not_after);
    check(
        "expired",
        |c| c.leaf.not_after = AT - Duration::SECOND,
        Rejection::CertificateExpired,
        SubIndication::OutOfBoundsNoPoe,
    );
    check(
        "not yet valid",
        |c| c.leaf.not_before = AT + Duration::SECOND,
        Rejection::CertificateNotYetValid,
        SubIndication::NotYetValid,
    );
    // Both ends belong to the period.
    for at in [before, after, after + Duration::milliseconds(999)] {
        let certificate = leaf_draft().sign();
        assert!(eush_pki::validity::check(&certificate, at).is_ok(), "{at}");
    }
    for at in [before - Duration::SECOND, after + Duration::SECOND] {
        assert!(eush_pki::validity::check(&leaf_draft().sign(), at).is_err(), "{at}");
    }
}

#[test]
fn chains_that_lead_nowhere() {
    let unknown = (Rejection::IssuerUnknown, SubIndication::NoCertificateChainFound);
    let only = |case: &mut Case, roots: Vec<Certificate>, rest| case.trust = Trust::new(roots, rest);
    let rejected = |change: &dyn Fn(&mut Case)| {
        let mut case = case();
        change(&mut case);
        let verdict = case.document();
        assert_eq!((verdict.rejection, verdict.sub_indication), (Some(unknown.0), Some(unknown.1)));
        // Without a chain nobody knows whose list to ask.
        assert_eq!(verdict.stages[3].outcome, Outcome::NotChecked);
    };
    rejected(&|c| only(c, vec![], vec![issuing_draft().sign()]));
    rejected(&|c| only(c, vec![root_draft().sign()], vec![]));
    rejected(&|c| only(c, vec![authority_draft("other", "other", 9).sign()], vec![issuing_draft().sign()]));
    // The same name with another key identifier is another authority.
    rejected(&|c| {
        let twin = Draft { key: "twin".to_owned(), ..issuing_draft() }.with(subject_key_id(b"twin"));
        only(c, vec![root_draft().sign()], vec![twin.sign()]);
    });
    // An authority that merely has the right name.
    rejected(&|c| c.leaf.issuer = common_name("issuing 2"));
}

#[test]
fn chains_with_a_broken_link() {
    let fault = |name: &str, fault: &str, change: &dyn Fn(&mut Case)| {
        let mut case = case();
        change(&mut case);
        let verdict = case.document();
        assert_eq!(verdict.rejection, Some(Rejection::ChainInvalid), "{name}: {:#?}", verdict.stages);
        let evidence = &verdict.stages[1].evidence;
        assert!(evidence.contains(&("fault", fault.to_owned())), "{name}: {evidence:?}");
    };
    let issuing = |case: &mut Case, draft: Draft| {
        case.trust = Trust::new(vec![root_draft().sign()], vec![draft.sign()]);
    };
    let root = |case: &mut Case, draft: Draft| {
        case.trust = Trust::new(vec![draft.sign()], vec![issuing_draft().sign()]);
    };
    fault("leaf by another key", "signature", &|c| c.leaf.signer = "stranger".to_owned());
    fault("issuing by another key", "signature", &|c| {
        issuing(c, Draft { signer: "stranger".to_owned(), ..issuing_draft() });
    });
    fault("issuing expired", "issuer-expired", &|c| {
        issuing(c, Draft { not_after: AT - Duration::DAY, ..issuing_draft() });
    });
    fault("issuing not yet valid", "issuer-not-yet-valid", &|c| {
        issuing(c, Draft { not_before: AT + Duration::DAY, ..issuing_draft() });
    });
    fault("root expired", "issuer-expired", &|c| {
        root(c, Draft { not_after: AT - Duration::DAY, ..root_draft() });
    });
    fault("issuing without constraints", "issuer-not-authority", &|c| {
        issuing(c, issuing_draft().without("2.5.29.19"));
    });
    fault("issuing is no authority", "issuer-not-authority", &|c| {
        issuing(c, issuing_draft().with(Extension(oid("2.5.29.19"), true, writer::sequence::<Vec<u8>>([]))));
    });
    fault("issuing may not sign certificates", "issuer-key-usage", &|c| {
        issuing(c, issuing_draft().with(key_usage(&[6])));
    });
    fault("root allows no intermediates", "path-length", &|c| {
        root(c, root_draft().with(basic_constraints(Some(0))))
    });
    fault("unknown critical extension of the leaf", "critical-extension", &|c| {
        c.leaf = leaf_draft().with(Extension(oid("1.2.398.3.3.99"), true, writer::null()));
    });
    fault("unknown critical extension of the issuer", "critical-extension", &|c| {
        issuing(c, issuing_draft().with(Extension(oid("1.2.398.3.3.99"), true, writer::null())));
    });
    fault("serial number 0", "serial-zero", &|c| c.leaf.serial = vec![0]);
}

#[test]
fn old_algorithms_are_welcome_only_by_choice() {
    use eush_pki::AlgorithmPolicy::{AllowLegacy, DenyLegacy};
    use eush_sign::{Algorithm, PublicKey};
    let mut case = case();
    case.expectations = Expectations::default();
    for (bits, expected) in
        [(1024, Some(Rejection::ChainInvalid)), (2040, Some(Rejection::ChainInvalid)), (2048, None)]
    {
        case.leaf.spki = Some(rsa_spki(bits));
        case.policy.chain.algorithms = DenyLegacy;
        assert_eq!(case.certificate().rejection, expected, "{bits}");
        case.policy.chain.algorithms = AllowLegacy;
        assert_eq!(case.certificate().rejection, None, "{bits}");
    }
    let key = |bits| PublicKey::from_spki_der(&rsa_spki(bits)).unwrap();
    assert!(DenyLegacy.welcomes(Algorithm::RsaSha256, &key(2048)));
    assert!(!DenyLegacy.welcomes(Algorithm::RsaSha1, &key(2048)));
    assert!(!DenyLegacy.welcomes(Algorithm::RsaSha256, &key(1024)));
    assert!(AllowLegacy.welcomes(Algorithm::RsaSha1, &key(1024)));
    // Keys outside the range of any use are none.
    case.leaf.spki = Some(rsa_spki(512));
    assert_eq!(case.certificate().rejection, Some(Rejection::ChainInvalid));
}

#[test]
fn revocation_of_the_leaf() {
    let listed = |reason| {
        move |c: &mut Case| c.evidence = evidence(list_draft("issuing").revoking(&[0x5a; 20], reason))
    };
    for reason in [None, Some(0), Some(1), Some(2), Some(3), Some(4), Some(5), Some(9), Some(10)] {
        check("revoked", listed(reason), Rejection::CertificateRevoked, SubIndication::RevokedNoPoe);
    }
    check("on hold", listed(Some(6)), Rejection::CertificateOnHold, SubIndication::TryLater);
    check(
        "no list",
        |c| c.evidence = RevocationEvidence::default(),
        Rejection::RevocationUnavailable,
        SubIndication::TryLater,
    );
    check(
        "stale",
        |c| {
            c.evidence =
                evidence(ListDraft { next_update: Some(AT - Duration::SECOND), ..list_draft("issuing") });
        },
        Rejection::RevocationStale,
        SubIndication::TryLater,
    );
    check(
        "from the future",
        |c| {
            c.evidence = evidence(ListDraft { this_update: AT + Duration::SECOND, ..list_draft("issuing") });
        },
        Rejection::RevocationUnavailable,
        SubIndication::TryLater,
    );
    check(
        "untrusted",
        |c| {
            let mut evidence = RevocationEvidence::new(vec![root_list()]);
            evidence.add_untrusted(&issuing_draft().sign(), "signature does not hold".to_owned());
            c.evidence = evidence;
        },
        Rejection::RevocationUntrusted,
        SubIndication::TryLater,
    );
}

fn root_list() -> Arc<eush_pki::CrlIndex> {
    Arc::new(list_draft("root").build(&root_draft().sign()).unwrap())
}

fn evidence(issuing: ListDraft) -> RevocationEvidence {
    RevocationEvidence::new(vec![Arc::new(issuing.build(&issuing_draft().sign()).unwrap()), root_list()])
}

#[test]
fn revocation_of_the_issuer() {
    let revoked = |c: &mut Case| {
        let list = list_draft("root").revoking(&[2], Some(2)).build(&root_draft().sign()).unwrap();
        let issuing = list_draft("issuing").build(&issuing_draft().sign()).unwrap();
        c.evidence = RevocationEvidence::new(vec![Arc::new(issuing), Arc::new(list)]);
    };
    check("issuer revoked", revoked, Rejection::CertificateRevoked, SubIndication::RevokedCaNoPoe);
    check(
        "no list of the root",
        |c| {
            let issuing = list_draft("issuing").build(&issuing_draft().sign()).unwrap();
            c.evidence = RevocationEvidence::new(vec![Arc::new(issuing)]);
        },
        Rejection::RevocationUnavailable,
        SubIndication::TryLater,
    );
    // With the narrower scope nobody asks, and the verdict says so.
    let mut case = case();
    revoked(&mut case);
    case.policy.revocation = RevocationPolicy { scope: RevocationScope::Leaf };
    let verdict = case.document();
    assert_eq!(verdict.indication, Indication::TotalPassed);
    assert_eq!(verdict.stages[3].outcome, Outcome::Warn);
}

#[test]
fn the_newest_usable_list_counts() {
    let issuing = issuing_draft().sign();
    let list = |number_: u64, revoked: bool| {
        let draft = list_draft("issuing").with(number(number_));
        let draft = if revoked { draft.revoking(&[0x5a; 20], Some(6)) } else { draft };
        Arc::new(draft.build(&issuing).unwrap())
    };
    for (lists, expected) in [
        ([list(8, true), list(300, false)], None),
        ([list(300, false), list(8, true)], None),
        ([list(8, false), list(300, true)], Some(Rejection::CertificateOnHold)),
    ] {
        let mut case = case();
        case.evidence = RevocationEvidence::new([&lists[..], &[root_list()]].concat());
        assert_eq!(case.document().rejection, expected);
    }
}

#[test]
fn subject_and_role() {
    let serial = |text: String| {
        move |c: &mut Case| {
            c.leaf.subject.retain(|row| row.0 != oid("2.5.4.5"));
            c.leaf.subject.push((oid("2.5.4.5"), text));
        }
    };
    let constraint = SubIndication::SigConstraintsFailure;
    check("another person", |c| c.expectations.iin = Some(other_iin()), Rejection::IinMismatch, constraint);
    check(
        "no person",
        |c| c.leaf.subject.retain(|row| row.0 != oid("2.5.4.5")),
        Rejection::IinAbsent,
        constraint,
    );
    check("too short", serial("IIN12345".to_owned()), Rejection::IinMalformed, constraint);
    check("no prefix", serial(iin().digits().to_owned()), Rejection::IinMalformed, constraint);
    check(
        "an organisation's number",
        serial(format!("BIN{}", bin().digits())),
        Rejection::IinAbsent,
        constraint,
    );
    check(
        "no organisation",
        |c| {
            c.expectations = Expectations { bin: Some(bin()), ..c.expectations.clone() };
        },
        Rejection::BinAbsent,
        constraint,
    );
    check(
        "another organisation",
        |c| {
            c.leaf.subject.push((oid("2.5.4.11"), format!("BIN{}", bin().digits())));
            c.expectations.bin = Some(eush_domain::synthetic::numbers::bin(5));
        },
        Rejection::BinMismatch,
        constraint,
    );
    check(
        "another system",
        |c| {
            c.leaf.subject.push((oid("2.5.4.11"), format!("BIN{}", bin().digits())));
            c.leaf.subject.push((oid("0.9.2342.19200300.100.1.1"), "1.2.398.6.10.1.1".to_owned()));
            c.expectations.bin = Some(bin());
            c.expectations.system = Some("1.2.398.6.10.1.2".to_owned());
        },
        Rejection::SystemMismatch,
        constraint,
    );
    check(
        "another role",
        |c| c.expectations.roles = vec![CertificateRole::Employee],
        Rejection::RoleNotAllowed,
        constraint,
    );
    check("no role", |c| c.leaf = leaf_draft().without("2.5.29.37"), Rejection::RoleNotAllowed, constraint);
    let usage = SubIndication::ChainConstraintsFailure;
    check(
        "authentication only",
        |c| c.leaf = leaf_draft().with(key_usage(&[0, 2])),
        Rejection::KeyUsageNotAllowed,
        usage,
    );
    check(
        "no key usage",
        |c| c.leaf = leaf_draft().without("2.5.29.15"),
        Rejection::KeyUsageNotAllowed,
        usage,
    );
}

#[test]
fn what_is_not_asked_is_not_checked() {
    let mut case = case();
    case.expectations = Expectations::default();
    let verdict = case.certificate();
    assert_eq!(verdict.indication, Indication::TotalPassed);
    let outcome = |index: usize| verdict.stages[index].outcome;
    assert_eq!(
        (outcome(0), outcome(4), outcome(5)),
        (Outcome::NotChecked, Outcome::NotChecked, Outcome::NotChecked)
    );
    // A signature asks for the key usage of signatures whatever else is asked.
    case.leaf = leaf_draft().with(key_usage(&[0, 2]));
    assert_eq!(case.certificate().rejection, None);
    assert_eq!(case.document().rejection, Some(Rejection::KeyUsageNotAllowed));
}

/// A document signed at [`AT`], judged at `now` by lists of that day: reason as judged now, reason as judged for the time of
/// signing, warnings of the latter.
fn judged_later(
    issuing: ListDraft,
    now: Timestamp,
) -> (Option<Rejection>, Option<Rejection>, Vec<&'static str>) {
    use eush_pki::judge::judge_document_as_signed;
    let fresh =
        |draft: ListDraft| ListDraft { this_update: now, next_update: Some(now + Duration::DAY), ..draft };
    let root = Arc::new(fresh(list_draft("root")).build(&root_draft().sign()).unwrap());
    let issuing = Arc::new(fresh(issuing).build(&issuing_draft().sign()).unwrap());
    let mut case = case();
    case.evidence = RevocationEvidence::new(vec![issuing, root]);
    case.at = now;
    let signature = sign_detached(CONTENT, &key("person"), &leaf_draft().der(), &[], AT).unwrap();
    let given = judge_document(&signature, Some(CONTENT), &case.context()).remove(0);
    let signed = judge_document_as_signed(&signature, Some(CONTENT), &case.context()).remove(0);
    (given.rejection, signed.rejection, signed.stages[3].warnings.clone())
}

#[test]
fn documents_judged_for_the_time_at_which_they_were_signed() {
    let now = AT + Duration::days(100);
    assert_eq!(judged_later(list_draft("issuing"), now), (None, None, vec![]));
    let revoked = |reason: Option<u8>, since: Timestamp| {
        let mut draft = list_draft("issuing");
        draft.entries.push((vec![0x5a; 20], since, reason));
        judged_later(draft, now)
    };
    let (since, refused) = (AT + Duration::HOUR, Some(Rejection::CertificateRevoked));
    for reason in [3, 4, 5, 9] {
        let after = vec!["revoked-after-signing"];
        assert_eq!(revoked(Some(reason), since), (refused, None, after), "{reason}");
        assert_eq!(revoked(Some(reason), AT).1, refused, "{reason}");
    }
    for reason in [None, Some(0), Some(1), Some(2), Some(10)] {
        assert_eq!(revoked(reason, since).1, refused, "{reason:?}");
    }
    assert_eq!(revoked(Some(6), since).1, Some(Rejection::CertificateOnHold));
    // A claim of the future is none, and fresh evidence is still demanded.
    let earlier = judged_later(list_draft("issuing"), AT - Duration::SECOND);
    assert_eq!(earlier.1, Some(Rejection::SignatureInvalid));
}

#[test]
fn a_date_of_invalidity_reaches_back_whatever_the_reason() {
    let now = AT + Duration::days(100);
    let revoked = |invalid_since: Timestamp| {
        let value = writer::generalized_time(invalid_since).unwrap();
        let mut draft = ListDraft {
            entry_extensions: vec![Extension(oid("2.5.29.24"), false, value)],
            ..list_draft("issuing")
        };
        draft.entries.push((vec![0x5a; 20], AT + Duration::days(50), Some(4)));
        judged_later(draft, now).1
    };
    assert_eq!(revoked(AT - Duration::DAY), Some(Rejection::CertificateRevoked));
    assert_eq!(revoked(AT), Some(Rejection::CertificateRevoked));
    assert_eq!(revoked(AT + Duration::DAY), None);
}

/// Lists drop certificates that have expired: that one is not there then proves nothing.
#[test]
fn evidence_made_after_a_certificate_expired_must_say_that_it_keeps_such() {
    let expired = leaf_draft().not_after;
    let now = expired + Duration::DAY;
    let keeping = |since: Timestamp| {
        let value = writer::generalized_time(since).unwrap();
        list_draft("issuing").with(Extension(oid("2.5.29.60"), false, value))
    };
    let rejection = Some(Rejection::CertificateExpired);
    let unavailable = Some(Rejection::RevocationUnavailable);
    assert_eq!(judged_later(list_draft("issuing"), now), (rejection, unavailable, vec![]));
    assert_eq!(judged_later(keeping(expired + Duration::SECOND), now).1, unavailable);
    assert_eq!(judged_later(keeping(expired), now).1, None);
    // What is there is believed all the same.
    let held = list_draft("issuing").revoking(&[0x5a; 20], Some(1));
    assert_eq!(judged_later(held, now).1, Some(Rejection::CertificateRevoked));
    // The last second of the period is within it.
    assert_eq!(judged_later(list_draft("issuing"), expired).1, None);
}

#[test]
fn documents_that_are_not_signed() {
    let case = case();
    let judged = |signature: &[u8], content: &[u8]| {
        let verdicts = judge_document(signature, Some(content), &case.context());
        assert_eq!(verdicts.len(), 1);
        assert_eq!(verdicts[0].certificate.is_none(), verdicts[0].stages[0].outcome == Outcome::Fail);
        (verdicts[0].rejection, verdicts[0].sub_indication)
    };
    let good = sign_detached(CONTENT, &key("person"), &leaf_draft().der(), &[], AT).unwrap();
    assert_eq!(judged(&good, CONTENT), (None, None));
    assert_eq!(
        judged(&good, b"other"),
        (Some(Rejection::SignatureInvalid), Some(SubIndication::HashFailure))
    );
    assert_eq!(
        judged(&[], CONTENT),
        (Some(Rejection::SignatureMissing), Some(SubIndication::SignedDataNotFound))
    );
    let html = judged(b"<html>sign in</html>", CONTENT);
    assert_eq!(html, (Some(Rejection::SignatureMalformed), Some(SubIndication::FormatFailure)));
    let mut broken = good.clone();
    let last = broken.len() - 1;
    broken[last] ^= 1;
    assert_eq!(
        judged(&broken, CONTENT),
        (Some(Rejection::SignatureInvalid), Some(SubIndication::SigCryptoFailure))
    );
}

#[test]
fn no_changed_bit_of_a_signed_document_passes() {
    let case = case();
    let good = sign_detached(CONTENT, &key("person"), &leaf_draft().der(), &[], AT).unwrap();
    for position in 0..good.len() {
        let mut changed = good.clone();
        changed[position] ^= 1 << (position % 8);
        for verdict in judge_document(&changed, Some(CONTENT), &case.context()) {
            // The set of digest algorithms around the signers is a hint that nobody signs.
            let passed = verdict.indication == Indication::TotalPassed;
            assert!(
                !passed || verdict.certificate.is_some_and(|one| one.iin == Some(iin())),
                "byte {position}"
            );
        }
    }
    for position in 0..CONTENT.len() {
        let mut changed = CONTENT.to_vec();
        changed[position] ^= 1 << (position % 8);
        let verdicts = judge_document(&good, Some(&changed), &case.context());
        assert_eq!(verdicts[0].rejection, Some(Rejection::SignatureInvalid), "byte {position}");
    }
}
