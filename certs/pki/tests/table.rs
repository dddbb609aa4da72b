//! What a responder says × what the list at hand says × what is asked: every cell, spelled out.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/answers.rs"]
mod answers;
mod support;

use std::sync::Arc;

use answers::*;
use eush_domain::Rejection;
use eush_pki::{
    ChainPolicy, CrlIndex, OcspState, RevocationEvidence, RevocationPolicy, RevocationScope,
    RevocationSource, Timestamp, Trust, chain, revocation,
};
use eush_sign::asn1::{tag, writer};
use support::*;
use time::Duration;

/// Rows are what came of asking the responder, columns what list is at hand. The list is an hour old and the answer a minute,
/// unless a word says otherwise.
///
/// `G` good, `R` revoked, `H` on hold, `N` not issued, `S` stale, `U` unavailable, `T` untrusted.
const BY_LIST_ALONE: &str = "
                 fresh  revoked  hold  hold-newer  revoked-stale  stale  future  other-issuer  untrusted  missing
good             G      R        H     H           R              S      U       U             T          U
good-cached-old  G      R        H     H           R              S      U       U             T          U
revoked          G      R        H     H           R              S      U       U             T          U
hold             G      R        H     H           R              S      U       U             T          U
not-issued       G      R        H     H           R              S      U       U             T          U
unknown          G      R        H     H           R              S      U       U             T          U
no-nonce         G      R        H     H           R              S      U       U             T          U
other-nonce      G      R        H     H           R              S      U       U             T          U
bad-signature    G      R        H     H           R              S      U       U             T          U
wrong-responder  G      R        H     H           R              S      U       U             T          U
other-serial     G      R        H     H           R              S      U       U             T          U
too-old          G      R        H     H           R              S      U       U             T          U
too-old-revoked  G      R        H     H           R              S      U       U             T          U
too-old-hold     G      R        H     H           R              S      U       U             T          U
from-the-future  G      R        H     H           R              S      U       U             T          U
unauthorized     G      R        H     H           R              S      U       U             T          U
garbage          G      R        H     H           R              S      U       U             T          U
try-later        G      R        H     H           R              S      U       U             T          U
internal-error   G      R        H     H           R              S      U       U             T          U
no-connection    G      R        H     H           R              S      U       U             T          U
not-asked        G      R        H     H           R              S      U       U             T          U
";

const BY_RESPONDER_ALONE: &str = "
                 fresh  revoked  hold  hold-newer  revoked-stale  stale  future  other-issuer  untrusted  missing
good             G      G        G     G           G              G      G       G             G          G
good-cached-old  S      S        S     S           S              S      S       S             S          S
revoked          R      R        R     R           R              R      R       R             R          R
hold             H      H        H     H           H              H      H       H             H          H
not-issued       N      N        N     N           N              N      N       N             N          N
unknown          T      T        T     T           T              T      T       T             T          T
no-nonce         T      T        T     T           T              T      T       T             T          T
other-nonce      T      T        T     T           T              T      T       T             T          T
bad-signature    T      T        T     T           T              T      T       T             T          T
wrong-responder  T      T        T     T           T              T      T       T             T          T
other-serial     T      T        T     T           T              T      T       T             T          T
too-old          S      S        S     S           S              S      S       S             S          S
too-old-revoked  R      R        R     R           R              R      R       R             R          R
too-old-hold     H      H        H     H           H              H      H       H             H          H
from-the-future  T      T        T     T           T              T      T       T             T          T
unauthorized     T      T        T     T           T              T      T       T             T          T
garbage          T      T        T     T           T              T      T       T             T          T
try-later        U      U        U     U           U              U      U       U             U          U
internal-error   U      U        U     U           U              U      U       U             U          U
no-connection    U      U        U     U           U              U      U       U             U          U
not-asked        U      U        U     U           U              U      U       U             U          U
";

/// Only silence falls back. Beside a good answer the list counts where it knows better: it is newer, or what it says is for
/// good. A hold of an hour ago may have been lifted since.
const BY_RESPONDER_THEN_LIST: &str = "
                 fresh  revoked  hold  hold-newer  revoked-stale  stale  future  other-issuer  untrusted  missing
good             G      R        G     H           R              G      G       G             G          G
good-cached-old  S      S        S     S           S              S      S       S             S          S
revoked          R      R        R     R           R              R      R       R             R          R
hold             H      H        H     H           H              H      H       H             H          H
not-issued       N      N        N     N           N              N      N       N             N          N
unknown          T      T        T     T           T              T      T       T             T          T
no-nonce         T      T        T     T           T              T      T       T             T          T
other-nonce      T      T        T     T           T              T      T       T             T          T
bad-signature    T      T        T     T           T              T      T       T             T          T
wrong-responder  T      T        T     T           T              T      T       T             T          T
other-serial     T      T        T     T           T              T      T       T             T          T
too-old          S      S        S     S           S              S      S       S             S          S
too-old-revoked  R      R        R     R           R              R      R       R             R          R
too-old-hold     H      H        H     H           H              H      H       H             H          H
from-the-future  T      T        T     T           T              T      T       T             T          T
unauthorized     T      T        T     T           T              T      T       T             T          T
garbage          T      T        T     T           T              T      T       T             T          T
try-later        G      R        H     H           R              S      U       U             T          U
internal-error   G      R        H     H           R              S      U       U             T          U
no-connection    G      R        H     H           R              S      U       U             T          U
not-asked        G      R        H     H           R              S      U       U             T          U
";

/// Past its time when it comes.
fn too_old(draft: AnswerDraft) -> AnswerDraft {
    let at = AT - Duration::minutes(6);
    AnswerDraft { this_update: at, produced_at: at, ..draft }
}

/// What came of asking.
fn answer(word: &str) -> Option<OcspState> {
    let told = |told| AnswerDraft { told, ..good() };
    let draft = match word {
        "good" => good(),
        // Fresh when it came, four minutes before the age limit; judged when the limit is over.
        "good-cached-old" => {
            let came = AT - Duration::minutes(6);
            let draft = AnswerDraft { this_update: came, produced_at: came, ..good() };
            return Some(draft.judge_at(came));
        }
        "revoked" => told(revoked(AT - Duration::DAY, Some(1))),
        "hold" => told(revoked(AT - Duration::DAY, Some(6))),
        "not-issued" => {
            AnswerDraft { extended_revoke: true, ..told(revoked(Timestamp::UNIX_EPOCH, Some(6))) }
        }
        "unknown" => told(writer::tlv(tag::context(2), &[])),
        "no-nonce" => AnswerDraft { nonce: None, ..good() },
        "other-nonce" => AnswerDraft { nonce: Some(b"another!".to_vec()), ..good() },
        "bad-signature" => AnswerDraft { signer: "stranger".to_owned(), ..good() },
        "wrong-responder" => AnswerDraft { delegate: Some(responder_draft().without("2.5.29.37")), ..good() },
        "other-serial" => {
            let about = Draft { serial: vec![0x5b; 20], ..leaf_draft() }.sign();
            AnswerDraft { about, ..good() }
        }
        "too-old" => too_old(good()),
        "too-old-revoked" => too_old(told(revoked(AT - Duration::DAY, Some(1)))),
        "too-old-hold" => too_old(told(revoked(AT - Duration::DAY, Some(6)))),
        "from-the-future" => AnswerDraft { this_update: AT + Duration::MINUTE, ..good() },
        "unauthorized" => AnswerDraft { status: 6, ..good() },
        "try-later" => AnswerDraft { status: 3, ..good() },
        "internal-error" => AnswerDraft { status: 2, ..good() },
        "garbage" => {
            let issuing = issuing_draft().sign();
            let policy = eush_pki::OcspPolicy::default();
            return Some(eush_pki::ocsp::judge_answer(b"<html>", &request(), &issuing, AT, &policy));
        }
        "no-connection" => return Some(OcspState::unavailable("connection refused")),
        "not-asked" => return None,
        other => panic!("no row `{other}`"),
    };
    Some(draft.judge())
}

/// What list is at hand.
fn with_list(evidence: &mut RevocationEvidence, word: &str) {
    let issuing = issuing_draft().sign();
    let base = || list_draft("issuing");
    let stale = |draft: ListDraft| ListDraft { next_update: Some(AT - Duration::SECOND), ..draft };
    let build = |draft: ListDraft| -> Arc<CrlIndex> { Arc::new(draft.build(&issuing).unwrap()) };
    match word {
        "missing" => {}
        "fresh" => evidence.add(build(base())),
        "revoked" => evidence.add(build(base().revoking(&[0x5a; 20], Some(1)))),
        "hold" => evidence.add(build(base().revoking(&[0x5a; 20], Some(6)))),
        "hold-newer" => {
            let draft = base().revoking(&[0x5a; 20], Some(6));
            evidence.add(build(ListDraft { this_update: AT - Duration::SECOND, ..draft }));
        }
        "revoked-stale" => evidence.add(build(stale(base().revoking(&[0x5a; 20], Some(4))))),
        "stale" => evidence.add(build(stale(base()))),
        "future" => evidence.add(build(ListDraft { this_update: AT + Duration::SECOND, ..base() })),
        "other-issuer" => {
            evidence.add(Arc::new(list_draft("root").build(&root_draft().sign()).unwrap()));
        }
        "untrusted" => evidence.add_untrusted(&issuing, "signature does not hold".to_owned()),
        other => panic!("no column `{other}`"),
    }
}

fn outcome(source: RevocationSource, row: &str, column: &str) -> &'static str {
    let (leaf, issuing) = (leaf_draft().sign(), issuing_draft().sign());
    let mut evidence = RevocationEvidence::default().asking(source);
    with_list(&mut evidence, column);
    if let Some(state) = answer(row) {
        evidence.add_answer(&leaf, &issuing, state);
    }
    let trust = Trust::new(vec![root_draft().sign()], vec![issuing]);
    let path = chain::check(&leaf, &trust, &[], AT, &ChainPolicy::default()).unwrap();
    let policy = RevocationPolicy { scope: RevocationScope::Leaf };
    match revocation::check(&path, &evidence, AT, &policy).map_err(|failure| failure.rejection) {
        Ok(_) => "G",
        Err(Rejection::CertificateRevoked) => "R",
        Err(Rejection::CertificateOnHold) => "H",
        Err(Rejection::CertificateNotIssued) => "N",
        Err(Rejection::RevocationStale) => "S",
        Err(Rejection::RevocationUnavailable) => "U",
        Err(Rejection::RevocationUntrusted) => "T",
        Err(other) => panic!("{other:?} is no outcome of revocation"),
    }
}

/// Rows × columns of a table.
fn check(source: RevocationSource, table: &str) -> usize {
    let mut lines = table.trim().lines();
    let columns: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    let mut cells = 0;
    for line in lines {
        let mut words = line.split_whitespace();
        let row = words.next().unwrap();
        let expected: Vec<&str> = words.collect();
        let found: Vec<&str> = columns.iter().map(|column| outcome(source, row, column)).collect();
        assert_eq!(found, expected, "{source:?}: {row}: {columns:?}");
        cells += expected.len();
    }
    cells
}

#[test]
fn every_cell_of_the_list_alone() {
    assert_eq!(check(RevocationSource::Crl, BY_LIST_ALONE), 21 * 10);
}

#[test]
fn every_cell_of_the_responder_alone() {
    assert_eq!(check(RevocationSource::Ocsp, BY_RESPONDER_ALONE), 21 * 10);
}

#[test]
fn every_cell_of_the_responder_and_then_the_list() {
    assert_eq!(check(RevocationSource::OcspThenCrl, BY_RESPONDER_THEN_LIST), 21 * 10);
}

/// By the tables themselves: good stands only in a column of a fresh list or in the row of a fresh good answer.
#[test]
fn no_cell_is_good_without_fresh_evidence() {
    for table in [BY_LIST_ALONE, BY_RESPONDER_ALONE, BY_RESPONDER_THEN_LIST] {
        for line in table.trim().lines().skip(1) {
            let mut words = line.split_whitespace();
            let row = words.next().unwrap();
            for (column, cell) in words.enumerate() {
                assert!(cell != "G" || column == 0 || row == "good", "{row}, column {column}");
            }
        }
    }
}

// --- cells of time ---------------------------------------------------------------------------------------------------

#[test]
fn a_newer_list_knows_more_than_an_answer() {
    let issuing = issuing_draft().sign();
    let leaf = leaf_draft().sign();
    let at = AT + Duration::minutes(2);
    let newer = ListDraft { this_update: AT, ..list_draft("issuing").revoking(&[0x5a; 20], Some(1)) };
    let mut evidence = RevocationEvidence::new(vec![Arc::new(newer.build(&issuing).unwrap())])
        .asking(RevocationSource::OcspThenCrl);
    evidence.add_answer(&leaf, &issuing, good().judge());
    let trust = Trust::new(vec![root_draft().sign()], vec![issuing]);
    let path = chain::check(&leaf, &trust, &[], at, &ChainPolicy::default()).unwrap();
    let policy = RevocationPolicy { scope: RevocationScope::Leaf };
    let failure = revocation::check(&path, &evidence, at, &policy).unwrap_err();
    assert_eq!(failure.rejection, Rejection::CertificateRevoked);
}

#[test]
fn an_answer_grows_old_in_a_cache() {
    let cached = |at: Timestamp, with_list_too: bool| {
        let (leaf, issuing) = (leaf_draft().sign(), issuing_draft().sign());
        let mut evidence = RevocationEvidence::default().asking(RevocationSource::OcspThenCrl);
        with_list(&mut evidence, if with_list_too { "fresh" } else { "missing" });
        evidence.add_answer(&leaf, &issuing, good().judge());
        let trust = Trust::new(vec![root_draft().sign()], vec![issuing]);
        let path = chain::check(&leaf, &trust, &[], at, &ChainPolicy::default()).unwrap();
        let policy = RevocationPolicy { scope: RevocationScope::Leaf };
        revocation::check(&path, &evidence, at, &policy).err().map(|failure| failure.rejection)
    };
    let later = AT + Duration::minutes(5);
    assert_eq!(cached(later, true), Some(Rejection::RevocationStale));
    let earlier = AT - Duration::minutes(2);
    assert_eq!(cached(earlier, false), Some(Rejection::RevocationStale));
}
