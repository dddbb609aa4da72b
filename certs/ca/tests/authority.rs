//! The authority over time: what it keeps, when it publishes, what it refuses.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{NOW, authority, options, subject};
use eush_ca::{
    Authority, CertificateState, Defect, EnrollmentRequest, IssueError, KeyAlgorithm, OpenError,
    PublicationPoint, RevocationReason, RevokeError,
};
use time::Duration;

fn golden(key: &str) -> EnrollmentRequest {
    EnrollmentRequest::golden(subject(key))
}

#[test]
fn the_same_request_gives_the_same_certificate_for_ever() {
    let (folder, authority) = authority();
    let first = authority.enroll(&golden("aigerim")).unwrap();
    let again = authority.enroll(&golden("aigerim")).unwrap();
    assert_eq!(again.certificate, first.certificate);
    assert_eq!(again.key.pkcs8_der(), first.key.pkcs8_der());
    let other = EnrollmentRequest { label: "second".to_owned(), ..golden("aigerim") };
    assert_ne!(authority.enroll(&other).unwrap().certificate.serial, first.certificate.serial);
    let revoked = authority.revoke(&first.certificate.serial, RevocationReason::Superseded, None).unwrap();
    let before = authority.authorities().unwrap();
    let list = authority.list("gost").unwrap();
    drop(authority);

    let authority = Authority::open(folder.path(), options(NOW)).unwrap();
    let kept = authority.enroll(&golden("aigerim")).unwrap();
    assert_eq!(kept.certificate, revoked);
    assert_eq!((kept.chain, kept.key.pkcs8_der()), (first.chain, first.key.pkcs8_der()));
    assert_eq!(authority.authorities().unwrap(), before);
    assert_eq!(authority.list("gost").unwrap(), list);
    let iin = subject("aigerim").iin.unwrap();
    assert_eq!(authority.certificates(iin.digits(), "").unwrap().len(), 2);
    assert_eq!(authority.certificates("", "").unwrap().len(), 2);
    assert!(authority.certificates(iin.digits(), iin.digits()).unwrap().is_empty());
}

#[test]
fn time_never_goes_back() {
    let (folder, authority) = authority();
    let later = NOW + Duration::days(40);
    authority.publish_due(later + Duration::milliseconds(700)).unwrap();
    assert_eq!(authority.now(), later, "whole seconds, never ahead of what was given");
    authority.publish_due(NOW).unwrap();
    assert_eq!(authority.now(), later);
    drop(authority);
    let authority = Authority::open(folder.path(), options(NOW)).unwrap();
    assert_eq!(authority.now(), later);
    assert_eq!(authority.enroll(&golden("aigerim")).unwrap().certificate.not_before, later);
}

#[test]
fn lists_are_published_when_they_are_due() {
    let (_folder, authority) = authority();
    // The first lists of two hierarchies are there before anything is due.
    let first = authority.publish_due(NOW).unwrap();
    assert_eq!((first.published, first.next_due), (0, NOW + Duration::hours(6)));
    let list = authority.list("rsa").unwrap().unwrap();
    assert_eq!((list.number, list.this_update, list.next_update), (1, NOW, NOW + Duration::hours(24)));
    let delta = authority.list("rsa-delta").unwrap().unwrap();
    assert_eq!((delta.number, delta.base, delta.next_update), (2, Some(1), NOW + Duration::minutes(450)));
    let root = authority.list("rsa-root").unwrap().unwrap();
    assert_eq!((root.number, root.next_update), (1, NOW + Duration::days(30)));
    assert!(authority.list("rsa-root-delta").unwrap().is_none());

    let early = authority.publish_due(first.next_due - Duration::SECOND).unwrap();
    assert_eq!((early.published, early.next_due), (0, first.next_due));
    // The delta lists alone, of both hierarchies.
    let due = authority.publish_due(first.next_due).unwrap();
    assert_eq!((due.published, due.next_due), (2, first.next_due + Duration::hours(6)));
    let delta = authority.list("gost-delta").unwrap().unwrap();
    assert_eq!((delta.number, delta.base, delta.this_update), (3, Some(1), first.next_due));
    assert_eq!(authority.list("gost").unwrap().unwrap().number, 1);
    assert!(due.next_due < delta.next_update, "the next list comes before this one is stale");
    // The day's complete list with its delta list; the one builds on the other from now on.
    let day = NOW + Duration::hours(20);
    assert_eq!(authority.publish_due(day).unwrap().published, 4);
    let list = authority.list("gost").unwrap().unwrap();
    assert_eq!((list.number, list.this_update, list.base), (4, day, None));
    let delta = authority.list("gost-delta").unwrap().unwrap();
    assert_eq!((delta.number, delta.base), (5, Some(4)));
    // A long step publishes each list once, for the instant of the step.
    assert_eq!(authority.publish_due(NOW + Duration::days(100)).unwrap().published, 6);
}

#[test]
fn lists_are_published_on_demand() {
    let (_folder, authority) = authority();
    let number = |stem: &str| authority.list(stem).unwrap().unwrap().number;
    authority.publish_due(NOW).unwrap();
    assert_eq!(authority.publish_now(None, None).unwrap().published, 6);
    assert_eq!((number("gost"), number("gost-delta"), number("gost-root")), (3, 4, 2));
    let gost = Some(KeyAlgorithm::Gost2015_512);
    let now = |point| authority.publish_now(gost, Some(point)).unwrap().published;
    assert_eq!(now(PublicationPoint::DeltaList), 1);
    assert_eq!((number("gost"), number("gost-delta"), number("rsa-delta")), (3, 5, 4));
    assert_eq!(now(PublicationPoint::RootList), 1);
    assert_eq!(now(PublicationPoint::List), 2);
    assert_eq!(authority.list("gost-delta").unwrap().unwrap().base, Some(6));
    assert_eq!(now(PublicationPoint::Ocsp), 0);
}

#[test]
fn a_folder_of_the_first_version_gets_delta_lists() {
    let (folder, authority) = authority();
    let made = authority.enroll(&golden("aigerim")).unwrap();
    drop(authority);
    let connection = rusqlite::Connection::open(folder.path().join("certificates.sqlite")).unwrap();
    let back = "DROP TABLE deltas; DROP TABLE changes; DROP TABLE responders; PRAGMA user_version = 1;";
    connection.execute_batch(back).unwrap();
    drop(connection);
    let authority = Authority::open(folder.path(), options(NOW)).unwrap();
    assert_eq!(authority.publish_due(NOW).unwrap().published, 2);
    let delta = authority.list("gost-delta").unwrap().unwrap();
    assert_eq!((delta.number, delta.base), (2, Some(1)));
    assert_eq!(authority.enroll(&golden("aigerim")).unwrap().certificate, made.certificate);
    authority.hold(&made.certificate.serial).unwrap();
    assert_eq!(authority.list("gost-delta").unwrap().unwrap().base, Some(1));
}

#[test]
fn states_change_only_where_they_can() {
    let (_folder, authority) = authority();
    let serial = authority.enroll(&golden("aigerim")).unwrap().certificate.serial;
    let number = || authority.list("gost").unwrap().unwrap().number;
    let before = number();
    let is_state = |result: Result<_, RevokeError>| matches!(result, Err(RevokeError::State { .. }));
    assert!(is_state(authority.release(&serial)));
    assert!(matches!(
        authority.revoke(&serial, RevocationReason::CertificateHold, None),
        Err(RevokeError::HoldIsNoRevocation)
    ));
    assert!(matches!(
        authority.revoke(&serial, RevocationReason::Superseded, Some(NOW + Duration::SECOND)),
        Err(RevokeError::InFuture { .. })
    ));
    for unknown in ["", "00", "Z", "ұ"] {
        assert!(matches!(authority.hold(unknown), Err(RevokeError::SerialUnknown { .. })), "{unknown}");
    }
    let unknown = EnrollmentRequest { defect: Some(Defect::NotIssued), ..golden("bolat") };
    let unknown = authority.enroll(&unknown).unwrap().certificate.serial;
    assert!(matches!(authority.hold(&unknown), Err(RevokeError::SerialUnknown { .. })));
    assert_eq!(number(), before, "what is refused publishes nothing");
    authority.hold(&serial).unwrap();
    assert!(is_state(authority.hold(&serial)));
    authority.revoke(&serial, RevocationReason::Unspecified, None).unwrap();
    assert!(is_state(authority.hold(&serial)));
    assert!(is_state(authority.release(&serial)));
    assert!(is_state(authority.revoke(&serial, RevocationReason::Superseded, None)));
    let kept = &authority.certificates("", "").unwrap()[0];
    assert!(
        matches!(kept.state, CertificateState::Revoked(revoked) if revoked.reason == RevocationReason::Unspecified)
    );
}

#[test]
fn subjects_are_checked() {
    let (_folder, authority) = authority();
    let refused = |change: fn(&mut EnrollmentRequest)| {
        let mut request = golden("aigerim");
        change(&mut request);
        match authority.enroll(&request) {
            Err(IssueError::Subject { field, .. }) => field,
            Err(IssueError::DefectNotApplicable { .. }) => "defect",
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(|r| r.subject.common_name = "  ".to_owned()), "common_name");
    assert_eq!(refused(|r| r.subject.organization = "ұ".repeat(65)), "organization");
    assert_eq!(refused(|r| r.subject.surname = "a\nb".to_owned()), "surname");
    assert_eq!(refused(|r| r.subject.iin = None), "iin");
    assert_eq!(refused(|r| r.subject.system = "1.2.x".to_owned()), "system");
    assert_eq!(refused(|r| r.subject.roles.clear()), "roles");
    assert_eq!(refused(|r| r.label = "x".repeat(101)), "label");
    let no_iin = |r: &mut EnrollmentRequest| {
        *r = golden("portal-system");
        r.defect = Some(Defect::IinAbsent);
    };
    assert_eq!(refused(no_iin), "defect");
}

#[test]
fn an_authority_issues_nothing_beyond_its_own_end() {
    let (_folder, authority) = authority();
    authority.authorities().unwrap();
    authority.publish_due(NOW + Duration::days(7290)).unwrap();
    let made = authority.enroll(&golden("aigerim")).unwrap().certificate;
    assert_eq!(made.not_after, NOW + Duration::days(7297), "not after its issuer");
    authority.publish_due(NOW + Duration::days(7298)).unwrap();
    let refused = authority.enroll(&golden("bolat"));
    assert!(matches!(refused, Err(IssueError::AuthorityExpired { .. })), "{refused:?}");
}

#[test]
fn a_folder_is_opened_by_one_process_and_by_the_right_version() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Authority::open(folder.path(), options(NOW));
    let first = open().unwrap();
    assert!(matches!(open(), Err(OpenError::InUse { .. })));
    drop(first);
    let file = folder.path().join("certificates.sqlite");
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    assert!(matches!(open(), Err(OpenError::Schema { found: 99, .. })));
    std::fs::write(&file, "not a database, and long enough to have a header of its own").unwrap();
    assert!(matches!(open(), Err(OpenError::Store { .. })));
    assert!(matches!(Authority::open(&file, options(NOW)), Err(OpenError::File { .. })));
}

#[test]
fn names_of_algorithms_round_trip() {
    for algorithm in KeyAlgorithm::ALL {
        assert_eq!(KeyAlgorithm::parse(algorithm.name()), Some(algorithm));
    }
    assert_eq!(KeyAlgorithm::parse("dsa"), None);
}
