//! Responders: who is asked, when nobody is, and what each thing that can come of asking means for the message.

use eush_domain::{Rejection, Timestamp};
use eush_pki::{
    OcspAnswer, OcspState, OcspStatus, RevocationEvidence, RevocationReason, RevocationSource, Revoked,
};
use time::Duration;

use crate::application::ApplicationState;
use crate::bytes::Bytes;
use crate::finding::{CheckId, CheckOutcome};
use crate::fixture::people::{START, WORLD};
use crate::fixture::{CERTIFICATE_DESK, CERTIFICATE_PORTAL, Flow, TestBus};
use crate::ports::EvidenceSnapshot;
use crate::profile::{Diagnosis, Policy};
use crate::raw::{RawSend, Secret};
use crate::refusal::Refusal;

const PORTAL: Flow = CERTIFICATE_PORTAL;

fn answer(status: OcspStatus, at: Timestamp) -> OcspState {
    OcspState::Answer(said(status, at))
}

/// Past its time when it came, as another would have it that is said now.
fn stale(status: OcspStatus) -> OcspState {
    OcspState::Stale(said(status, START - Duration::hours(1)))
}

fn said(status: OcspStatus, at: Timestamp) -> OcspAnswer {
    OcspAnswer {
        status,
        responder: "CN=EUSH TEST responder".to_owned(),
        produced_at: at,
        this_update: at,
        fresh_from: at,
        fresh_until: at + Duration::minutes(5),
        keeps_expired_since: None,
        unchecked_responder: None,
    }
}

fn revoked(reason: RevocationReason) -> OcspState {
    answer(OcspStatus::Revoked(Revoked::new(START - Duration::days(1), reason)), START)
}

/// A bus that is ready for the signed request, whose policy asks this source from then on.
async fn ready(source: RevocationSource, policy: Policy, lists: bool) -> (std::sync::Arc<TestBus>, String) {
    let test = TestBus::with(policy);
    let application = test.ready(&PORTAL, "m").await;
    let golden = WORLD.evidence();
    let revocation = if lists { golden.revocation } else { RevocationEvidence::default() };
    test.set_evidence(EvidenceSnapshot { revocation: revocation.asking(source), ..WORLD.evidence() });
    (test, application)
}

fn asked(test: &TestBus) -> Vec<usize> {
    test.evidence.asked.lock().unwrap().iter().map(Vec::len).collect()
}

async fn refused(test: &TestBus, message: RawSend) -> Refusal {
    let refusal = TestBus::refused(test.send(message).await);
    assert_eq!(test.agencies.deliveries(), 0);
    refusal
}

#[tokio::test]
async fn a_good_answer_lets_a_message_pass_and_is_journalled() {
    let (test, application) = ready(RevocationSource::Ocsp, Policy::default(), false).await;
    *test.evidence.said.lock().unwrap() = Some(answer(OcspStatus::Good, START));
    let sent = test.send(PORTAL.request("m", &application)).await.unwrap();
    assert_eq!(sent.status.state, ApplicationState::Pending);
    // Once, about the signer and about the authority that issued it.
    assert_eq!(asked(&test), [2]);
    let finding = sent.findings.iter().find(|finding| finding.check == CheckId::Revocation).unwrap();
    for pair in ["ocsp=good", "responder=CN=EUSH TEST responder", "producedAt=", "thisUpdate="] {
        assert!(finding.evidence.iter().any(|row| row.starts_with(pair)), "{pair}: {:?}", finding.evidence);
    }
}

#[tokio::test]
async fn each_outcome_is_a_refusal_of_its_own() {
    let hold = RevocationReason::CertificateHold;
    for (state, rejection, word) in [
        (revoked(RevocationReason::KeyCompromise), Rejection::CertificateRevoked, "reason=keyCompromise"),
        (revoked(hold), Rejection::CertificateOnHold, "reason=certificateHold"),
        (answer(OcspStatus::NotIssued, START), Rejection::CertificateNotIssued, "ocsp=not-issued"),
        (answer(OcspStatus::Unknown, START), Rejection::RevocationUntrusted, "ocsp=unknown"),
        (OcspState::Untrusted("nonce".into()), Rejection::RevocationUntrusted, "ocsp=untrusted"),
        (OcspState::unavailable("down"), Rejection::RevocationUnavailable, "ocsp=unavailable"),
        (answer(OcspStatus::Good, START - Duration::hours(1)), Rejection::RevocationStale, "ocsp=good"),
        (stale(OcspStatus::Good), Rejection::RevocationStale, "fault=answer is too old"),
        (
            stale(OcspStatus::Revoked(Revoked::new(START - Duration::days(1), hold))),
            Rejection::CertificateOnHold,
            "reason=certificateHold",
        ),
    ] {
        // Fresh lists that say nothing of the person are at hand, and the policy has no use for them.
        let (test, application) = ready(RevocationSource::Ocsp, Policy::default(), true).await;
        *test.evidence.said.lock().unwrap() = Some(state);
        let refusal = refused(&test, PORTAL.request("m", &application)).await;
        assert_eq!(refusal.rejection, rejection, "{:?}", refusal.evidence);
        assert!(refusal.evidence.iter().any(|row| row == word), "{word}: {:?}", refusal.evidence);
        let journalled = test.store.last();
        assert_eq!(journalled.rejection, Some(rejection));
    }
}

#[tokio::test]
async fn only_an_unavailable_responder_lets_a_fresh_list_speak() {
    let source = RevocationSource::OcspThenCrl;
    let down = || Some(OcspState::unavailable("down"));
    let (test, application) = ready(source, Policy::default(), true).await;
    *test.evidence.said.lock().unwrap() = down();
    test.send(PORTAL.request("m", &application)).await.unwrap();
    assert_eq!(asked(&test), [2], "a list at hand does not save the asking");

    for (state, rejection) in [
        (OcspState::Untrusted("garbage".into()), Rejection::RevocationUntrusted),
        (answer(OcspStatus::Unknown, START), Rejection::RevocationUntrusted),
        (answer(OcspStatus::Good, START - Duration::hours(1)), Rejection::RevocationStale),
        (stale(OcspStatus::Good), Rejection::RevocationStale),
    ] {
        let (test, application) = ready(source, Policy::default(), true).await;
        *test.evidence.said.lock().unwrap() = Some(state);
        assert_eq!(refused(&test, PORTAL.request("m", &application)).await.rejection, rejection);
    }
    let (test, application) = ready(source, Policy::default(), false).await;
    *test.evidence.said.lock().unwrap() = down();
    let refusal = refused(&test, PORTAL.request("m", &application)).await;
    assert_eq!(refusal.rejection, Rejection::RevocationUnavailable);
}

#[tokio::test]
async fn an_evidence_that_says_nothing_is_asked_once_and_refuses() {
    for source in [RevocationSource::Ocsp, RevocationSource::OcspThenCrl] {
        let (test, application) = ready(source, Policy::default(), true).await;
        let refusal = refused(&test, PORTAL.request("m", &application)).await;
        assert_eq!(refusal.rejection, Rejection::RevocationUnavailable);
        assert_eq!(asked(&test), [2]);
    }
    let (test, application) = ready(RevocationSource::Crl, Policy::default(), false).await;
    let refusal = refused(&test, PORTAL.request("m", &application)).await;
    assert_eq!(refusal.rejection, Rejection::RevocationUnavailable);
    assert_eq!(asked(&test), [2], "whoever keeps the lists may know where one is to be had");
}

#[tokio::test]
async fn nobody_is_asked_for_a_message_that_is_refused_anyway() {
    let edits: [fn(&mut RawSend); 3] = [
        |message| message.info.password = Secret::default(),
        |message| message.signed.content.0.push(b'!'),
        |message| message.signed.signature = Bytes::default(),
    ];
    for diagnosis in [Diagnosis::First, Diagnosis::All] {
        for edit in edits {
            let policy = Policy { diagnosis, ..Policy::default() };
            let (test, application) = ready(RevocationSource::OcspThenCrl, policy, true).await;
            *test.evidence.said.lock().unwrap() = Some(answer(OcspStatus::Good, START));
            let mut message = PORTAL.request("m", &application);
            edit(&mut message);
            let refusal = refused(&test, message).await;
            assert_ne!(refusal.rejection, Rejection::RevocationUnavailable);
            assert_eq!(asked(&test), [0; 0]);
        }
    }
}

#[tokio::test]
async fn questions_and_results_are_judged_by_answers_too() {
    let test = TestBus::new();
    let golden = WORLD.evidence();
    let revocation = golden.revocation.clone().asking(RevocationSource::Ocsp);
    test.set_evidence(EvidenceSnapshot { revocation, ..WORLD.evidence() });
    *test.evidence.said.lock().unwrap() = Some(OcspState::Untrusted("garbage".into()));
    let at = test.filled(&CERTIFICATE_DESK, "q").await;
    let refusal = TestBus::refused(test.look_up(&CERTIFICATE_DESK, "q-look", &at).await);
    assert_eq!(refusal.rejection, Rejection::RevocationUntrusted);
    let failed = |refusal: &Refusal| {
        let mut rows = refusal.findings.iter();
        rows.find(|row| row.outcome == CheckOutcome::Failed).map(|row| row.check)
    };
    assert_eq!(failed(&refusal), Some(CheckId::Revocation));
    *test.evidence.said.lock().unwrap() = Some(answer(OcspStatus::Good, START));
    test.look_up(&CERTIFICATE_DESK, "q-again", &at).await.unwrap();
}
